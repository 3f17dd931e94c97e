//! What can be written on the command line.

use crate::sweep::Sweep;
use clap::{Args, Parser, Subcommand, ValueEnum};
use pullstorm_core::capacity::Vary;
use pullstorm_core::check::Tolerance;
use pullstorm_core::review::shell_word;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Will our registry or cloud API throttle us, what does that cost, and which settings stop it?
#[derive(Parser, Debug)]
#[command(version, max_term_width = 100, arg_required_else_help = true)]
#[command(after_help = "\
Begin with the incident that is built in:
  pullstorm recommend circleci-ecr-fanout
or with the error you see:
  pullstorm diagnose 'ThrottlingException: Rate exceeded (GetAuthorizationToken)'

Exit codes: 0 answered; 1 pullstorm failed; 2 bad input; 99 an expectation is broken or
undecided, or a number has drifted (run and check only); 130 interrupted, after printing what is finished.")]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,

    /// Colours: on a terminal, always, or never (NO_COLOR is honoured)
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    pub color: Color,
}

/// What to do.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Say what fails, which limit binds, and what to change, best first
    #[command(after_help = RECOMMEND_EXAMPLES)]
    Recommend(Recommend),
    /// Put the variants of a scenario side by side, with differences and intervals
    #[command(after_help = COMPARE_EXAMPLES)]
    Compare(Compare),
    /// Say up to which load each variant holds, how far today is from it, and what quota more needs
    #[command(after_help = CAPACITY_EXAMPLES)]
    Capacity(Capacity),
    /// Write the document for a capacity review: question, sources, candidates, curve, settings
    #[command(after_help = REPORT_EXAMPLES)]
    Report(Report),
    /// Simulate a scenario as it is, or one variant, and judge its expectations
    #[command(after_help = RUN_EXAMPLES)]
    Run(Run),
    /// Keep tuned settings from rotting: judge expectations, and compare with a baseline
    #[command(after_help = CHECK_EXAMPLES)]
    Check(Check),
    /// Write the numbers of today into a file that `check` compares with
    #[command(after_help = BASELINE_EXAMPLES)]
    Baseline(Baseline),
    /// Say which limiter is behind an error line, and whether waiting helps
    #[command(after_help = DIAGNOSE_EXAMPLES)]
    Diagnose(Diagnose),
    /// List and explain what is known about providers' limits and clients' retries
    #[command(after_help = CATALOG_EXAMPLES)]
    Catalog(Catalog),
    /// List what is measured: path, unit and meaning of every metric
    #[command(after_help = METRICS_EXAMPLES)]
    Metrics(Metrics),
    /// List the built-in scenarios, or print one to begin your own with
    #[command(after_help = SCENARIOS_EXAMPLES)]
    Scenarios(Scenarios),
    /// Print the JSON Schema of scenario files, for editors
    #[command(after_help = SCHEMA_EXAMPLES)]
    Schema,
    /// Open the explorer in the browser: move settings and see at once what they do
    #[command(after_help = WEB_EXAMPLES)]
    Web(Web),
}

const RECOMMEND_EXAMPLES: &str = "\
Examples:
  pullstorm recommend circleci-ecr-fanout
  pullstorm recommend circleci-ecr-fanout --set services.ecr.preset=aws-ecr
  pullstorm recommend mine.yaml --format markdown >> $GITHUB_STEP_SUMMARY";

const COMPARE_EXAMPLES: &str = "\
Examples:
  pullstorm compare circleci-ecr-fanout
  pullstorm compare circleci-ecr-fanout --variant login-per-job --variant two-waves
  pullstorm compare circleci-ecr-fanout --plot fanout.svg
  pullstorm compare circleci-ecr-fanout --sweep workloads.ci.workflows=1..8";

const CAPACITY_EXAMPLES: &str = "\
Examples:
  pullstorm capacity circleci-ecr-fanout
  pullstorm capacity circleci-ecr-fanout --variant login-per-job --target 12 --plot capacity.svg
  pullstorm capacity circleci-ecr-fanout --vary workloads.ci.jobs=1..128
  pullstorm capacity circleci-ecr-fanout --vary workloads.ci.launch_spread=0s..120s

A range takes `1..64`, `0.5/s..20/s`, `10..100+10`, `1..64*2`, `0s..60s`, or `a,b,c`, as --sweep does.
Runs are spent where the answer is uncertain; what --runs does not suffice for is said.";

const REPORT_EXAMPLES: &str = "\
Examples:
  pullstorm report circleci-ecr-fanout -o review.html
  pullstorm report mine.yaml -o review.md
  pullstorm report mine.yaml -o results.json && pullstorm report --from results.json -o review.html

The ending of the file says what is written; without a file, Markdown is printed. The HTML is one
file without scripts, for mailing and printing. --from also takes what `recommend --format json` prints.";

const RUN_EXAMPLES: &str = "\
Examples:
  pullstorm run circleci-ecr-fanout
  pullstorm run circleci-ecr-fanout --variant aws-legacy --runs 100
  pullstorm run circleci-ecr-fanout --set workloads.ci.jobs=16
  pullstorm run circleci-ecr-fanout --sweep workloads.ci.workflows=1..64*2
  pullstorm run circleci-ecr-fanout --variant aws-legacy --explain 'ci.jobs[3]'

A sweep takes `1..8`, `10..100+10`, `1..64*2`, with a unit (`0s..60s+10s`), or `a,b,c`.
Exit code 99 says that an expectation is broken or undecided; a story (--explain) is not judged.";

const CHECK_EXAMPLES: &str = "\
Examples:
  pullstorm check limits/                        every scenario below the folder
  pullstorm check limits/ --baseline limits/baseline.json
  pullstorm check limits/ --baseline limits/baseline.json --tolerance ci.finished_after=5s
  pullstorm check limits/ --junit pullstorm.xml --comment pullstorm.md --github

What is checked of a scenario are the variants that its `check:` names, else the scenario as it is.
A check fails (exit code 99) when an expectation is broken or undecided, or when a number has moved
away from the baseline by more than the tolerance and more than chance explains. A preset of the
catalog that has changed, and an expectation with `severity: warn`, are told and fail with --strict.
docs/ci has workflows for GitHub Actions and GitLab.";

const BASELINE_EXAMPLES: &str = "\
Examples:
  pullstorm baseline limits/ -o limits/baseline.json
  pullstorm baseline limits/ -o limits/baseline.json --tolerance 5%
  pullstorm baseline circleci-ecr-fanout --variant tuned

Commit the file, and run `pullstorm check` with --baseline where your tests run. When a number is
meant to change, write the file again: its difference is what there is to review.";

const METRICS_EXAMPLES: &str = "\
Examples:
  pullstorm metrics circleci-ecr-fanout
  pullstorm metrics mine.yaml --format csv";

const DIAGNOSE_EXAMPLES: &str = "\
Examples:
  pullstorm diagnose 'toomanyrequests: Too Many Requests (HAP429).'
  journalctl -u docker --since -1h | pullstorm diagnose -";

const CATALOG_EXAMPLES: &str = "\
Examples:
  pullstorm catalog                    every preset and client, and how sure its numbers are
  pullstorm catalog aws-ecr@2018-01    one preset: limits, what is assumed, sources, dates
  pullstorm catalog docker-classic     one client: its requests, and what it does on 429
  pullstorm catalog retry              every retry policy, and when it gives up
  pullstorm catalog sdks               which SDK has which policy by default
  pullstorm catalog aws-standard       one retry policy
  pullstorm catalog records            every fact, also those that no preset uses";

const SCENARIOS_EXAMPLES: &str = "\
Examples:
  pullstorm scenarios
  pullstorm scenarios circleci-ecr-fanout > mine.yaml";

const SCHEMA_EXAMPLES: &str = "\
Example:
  pullstorm schema > scenario.schema.json
and as the first line of a scenario, so that editors complete and check it:
  # yaml-language-server: $schema=./scenario.schema.json";

const WEB_EXAMPLES: &str = "\
Examples:
  pullstorm web
  pullstorm web --scenario swarm-restart-loop
  pullstorm web --scenario mine.yaml

It is served to this machine only; nothing is uploaded. Another port: --port.";

/// Reads a seed.
fn seed(text: &str) -> Result<u64, String> {
    let range = || format!("write a whole number from 0 to {}", u64::MAX);
    text.parse().map_err(|_| range())
}

/// Reads a number of runs.
fn runs(text: &str) -> Result<u32, String> {
    from_one_to(1_000_000, text)
}

/// Reads a number of threads.
fn threads(text: &str) -> Result<u16, String> {
    from_one_to(1024, text)
}

fn from_one_to<N: FromStr + PartialOrd + From<u8> + Display>(
    most: N,
    text: &str,
) -> Result<N, String> {
    let number = text.parse().ok();
    let in_range = number.filter(|it| *it >= N::from(1) && *it <= most);
    in_range.ok_or_else(|| format!("write a whole number from 1 to {most}"))
}

/// `pullstorm web`.
#[derive(Args, Debug)]
pub struct Web {
    /// What to begin with: a built-in scenario, a file, or `-` for standard input
    #[arg(long, value_name = "SCENARIO")]
    pub scenario: Option<String>,

    /// The port to serve on; 0 for any that is free
    #[arg(long, default_value_t = 7413, value_name = "NUMBER")]
    pub port: u16,

    /// Only serve; do not open the browser
    #[arg(long)]
    pub no_open: bool,
}

/// What to simulate, and how often.
#[derive(Args, Debug)]
pub struct Simulated {
    /// A built-in scenario, a file, or `-` for standard input
    pub scenario: String,

    /// Set a value of the scenario, by its path
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,

    /// Memory that one run may take [default: the scenario's, or 2GiB]
    #[arg(long, value_name = "BYTES")]
    pub memory: Option<String>,

    /// Seed of all random numbers [default: the scenario's]
    #[arg(long, allow_negative_numbers = true, value_name = "NUMBER", value_parser = seed)]
    pub seed: Option<u64>,

    /// Runs of each variant [default: the scenario's, or 30 and more while undecided]
    #[arg(long, allow_negative_numbers = true, value_name = "NUMBER", value_parser = runs)]
    pub runs: Option<u32>,

    /// Threads; the answer does not depend on it [default: one for each processor]
    #[arg(long, allow_negative_numbers = true, value_name = "NUMBER", value_parser = threads)]
    pub threads: Option<u16>,

    /// Also draw timelines and start delays into an SVG file
    #[arg(long, value_name = "FILE.svg")]
    pub plot: Option<PathBuf>,

    #[command(flatten)]
    pub form: Form,
}

/// `pullstorm run`.
#[derive(Args, Debug)]
pub struct Run {
    #[command(flatten)]
    pub simulated: Simulated,

    /// The variant to run instead of today
    #[arg(long, value_name = "NAME")]
    pub variant: Option<String>,

    /// Run once for each of several values
    #[arg(long, value_name = "PATH=VALUES", conflicts_with = "explain")]
    pub sweep: Option<Sweep>,

    /// Tell what happened to one entity in the first run, as in 'ci.jobs[3]'
    #[arg(long, value_name = "ENTITY", conflicts_with = "plot")]
    pub explain: Option<String>,
}

/// `pullstorm compare`.
#[derive(Args, Debug)]
pub struct Compare {
    #[command(flatten)]
    pub simulated: Simulated,

    /// A variant to compare with today; may be repeated [default: all]
    #[arg(long, value_name = "NAME")]
    pub variant: Vec<String>,

    /// Compare once for each of several values
    #[arg(long, value_name = "PATH=VALUES")]
    pub sweep: Option<Sweep>,
}

/// `pullstorm recommend`.
#[derive(Args, Debug)]
pub struct Recommend {
    #[command(flatten)]
    pub simulated: Simulated,

    /// A variant to look at besides today; may be repeated [default: all]
    #[arg(long, value_name = "NAME")]
    pub variant: Vec<String>,
}

/// `pullstorm capacity`.
#[derive(Args, Debug)]
pub struct Capacity {
    /// A built-in scenario, a file, or `-` for standard input
    pub scenario: String,

    /// The number that means load, and how far to look [default: the scenario's `load:`]
    #[arg(long, value_name = "PATH=RANGE")]
    pub vary: Option<Vary>,

    /// The load to find the quota for [default: twice that of today]
    #[arg(long, allow_negative_numbers = true, value_name = "LOAD")]
    pub target: Option<String>,

    /// A variant to look at besides today; may be repeated [default: all]
    #[arg(long, value_name = "NAME")]
    pub variant: Vec<String>,

    /// Set a value of the scenario, by its path
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,

    /// Memory that one run may take [default: the scenario's, or 2GiB]
    #[arg(long, value_name = "BYTES")]
    pub memory: Option<String>,

    /// Seed of all random numbers [default: the scenario's]
    #[arg(long, allow_negative_numbers = true, value_name = "NUMBER", value_parser = seed)]
    pub seed: Option<u64>,

    /// The most runs of each variant, all loads together [default: 5000]
    #[arg(long, allow_negative_numbers = true, value_name = "NUMBER", value_parser = runs)]
    pub runs: Option<u32>,

    /// Threads; the answer does not depend on it [default: one for each processor]
    #[arg(long, allow_negative_numbers = true, value_name = "NUMBER", value_parser = threads)]
    pub threads: Option<u16>,

    /// Also draw the curves into an SVG file
    #[arg(long, value_name = "FILE.svg")]
    pub plot: Option<PathBuf>,

    #[command(flatten)]
    pub form: Form,
}

/// `pullstorm report`.
#[derive(Args, Debug)]
pub struct Report {
    /// A built-in scenario, a file, or `-` for standard input
    #[arg(required_unless_present = "from")]
    pub scenario: Option<String>,

    /// Make the report of kept results instead of simulating
    #[arg(long, value_name = "FILE.json", conflicts_with_all = ["scenario", "set", "memory", "seed", "runs", "threads"])]
    pub from: Option<PathBuf>,

    /// The file to write: .html, .md, or .json to keep the results [default: Markdown to standard output]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Set a value of the scenario, by its path
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,

    /// Memory that one run may take [default: the scenario's, or 2GiB]
    #[arg(long, value_name = "BYTES")]
    pub memory: Option<String>,

    /// Seed of all random numbers [default: the scenario's]
    #[arg(long, allow_negative_numbers = true, value_name = "NUMBER", value_parser = seed)]
    pub seed: Option<u64>,

    /// Runs of each variant [default: the scenario's, or 30 and more while undecided]
    #[arg(long, allow_negative_numbers = true, value_name = "NUMBER", value_parser = runs)]
    pub runs: Option<u32>,

    /// Threads; the answer does not depend on it [default: one for each processor]
    #[arg(long, allow_negative_numbers = true, value_name = "NUMBER", value_parser = threads)]
    pub threads: Option<u16>,
}

/// Which scenarios, and which of their variants.
#[derive(Args, Debug)]
pub struct Subjects {
    /// Files, folders with scenarios in them, or built-in scenarios
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<String>,

    /// A variant instead of those that `check:` names; may be repeated
    #[arg(long, value_name = "NAME")]
    pub variant: Vec<String>,

    /// How far numbers may move: `5%`, or `ci.finished_after=2s` for one; may be repeated
    /// [default: 2%, or what the baseline that is compared with was written with]
    #[arg(long, value_name = "PART|METRIC=AMOUNT")]
    pub tolerance: Vec<String>,

    /// Runs of each variant [default: the scenario's, or 30 and more while undecided]
    #[arg(long, allow_negative_numbers = true, value_name = "NUMBER", value_parser = runs)]
    pub runs: Option<u32>,

    /// Threads; the answer does not depend on it [default: one for each processor]
    #[arg(long, allow_negative_numbers = true, value_name = "NUMBER", value_parser = threads)]
    pub threads: Option<u16>,
}

impl Subjects {
    /// The command that writes a baseline of these and of more paths, to be pasted into a shell.
    pub fn baseline_again(&self, more: &[&str], tolerance: &Tolerance, path: &Path) -> String {
        let mut words = vec!["pullstorm".to_owned(), "baseline".to_owned()];
        words.extend(self.paths.iter().map(|it| shell_word(it)));
        words.extend(more.iter().map(|it| shell_word(it)));
        let mut option =
            |name: &str, value: &str| words.push(format!("{name} {}", shell_word(value)));
        for variant in &self.variant {
            option("--variant", variant);
        }
        for tolerance in tolerance.arguments().iter().chain(&self.tolerance) {
            option("--tolerance", tolerance);
        }
        if let Some(runs) = self.runs {
            option("--runs", &runs.to_string());
        }
        option("-o", &path.display().to_string());
        words.join(" ")
    }
}

/// `pullstorm check`.
#[derive(Args, Debug)]
pub struct Check {
    #[command(flatten)]
    pub subjects: Subjects,

    /// Compare with a file that `pullstorm baseline` wrote
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,

    /// Fail on warnings and changed presets too
    #[arg(long)]
    pub strict: bool,

    /// Also write JUnit XML, which CI systems show as tests
    #[arg(long, value_name = "FILE.xml")]
    pub junit: Option<PathBuf>,

    /// Also write JSON
    #[arg(long, value_name = "FILE.json")]
    pub json: Option<PathBuf>,

    /// Also write a comment for a pull request, with a marker to find it again by
    #[arg(long, value_name = "FILE.md")]
    pub comment: Option<PathBuf>,

    /// Leave the comment empty where everything is as the baseline says
    #[arg(long, requires = "comment", requires = "baseline")]
    pub only_changes: bool,

    /// Also print annotations for GitHub Actions, and add to its job summary
    #[arg(long)]
    pub github: bool,

    #[command(flatten)]
    pub form: Form,
}

/// `pullstorm baseline`.
#[derive(Args, Debug)]
pub struct Baseline {
    #[command(flatten)]
    pub subjects: Subjects,

    /// The file to write [default: standard output]
    #[arg(short, long, value_name = "FILE.json")]
    pub output: Option<PathBuf>,
}

/// `pullstorm metrics`.
#[derive(Args, Debug)]
pub struct Metrics {
    /// A built-in scenario, a file, or `-` for standard input
    #[arg(default_value = "circleci-ecr-fanout")]
    pub scenario: String,
    #[command(flatten)]
    pub form: Form,
}

/// `pullstorm diagnose`.
#[derive(Args, Debug)]
pub struct Diagnose {
    /// The error as you see it, or `-` to read a log from standard input
    #[arg(required = true, value_name = "TEXT|-")]
    pub text: Vec<String>,
    #[command(flatten)]
    pub form: Form,
}

/// `pullstorm catalog`.
#[derive(Args, Debug)]
pub struct Catalog {
    /// A preset, a client, a retry policy or a record; or the list `retry`, `sdks` or `records`
    pub name: Option<String>,
    #[command(flatten)]
    pub form: Form,
}

/// `pullstorm scenarios`.
#[derive(Args, Debug)]
pub struct Scenarios {
    /// The scenario to print
    pub name: Option<String>,
    #[command(flatten)]
    pub form: Form,
}

/// The form of the answer.
#[derive(Args, Debug)]
pub struct Form {
    /// For people, for programs, for a comment or job summary, for a spreadsheet
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// The forms there are.
#[derive(ValueEnum, Copy, Clone, Eq, PartialEq, Debug)]
pub enum Format {
    /// Text as wide as the terminal.
    Text,
    /// JSON, versioned and stable.
    Json,
    /// Markdown.
    Markdown,
    /// CSV.
    Csv,
}

/// When to write colours.
#[derive(ValueEnum, Copy, Clone, Eq, PartialEq, Debug)]
pub enum Color {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_that_writes_a_baseline_again_keeps_what_it_was_written_with() {
        let subjects = Subjects {
            paths: vec!["our limits".to_owned()],
            variant: vec!["tuned".to_owned()],
            tolerance: vec!["ci.finished_after=2s".to_owned()],
            runs: Some(50),
            threads: None,
        };
        let mut tolerance = Tolerance::default();
        tolerance.set("5%").unwrap();
        let again = subjects.baseline_again(&["b.yaml"], &tolerance, Path::new("b.json"));
        assert_eq!(
            again,
            "pullstorm baseline 'our limits' b.yaml --variant tuned --tolerance 5% --tolerance \
             'ci.finished_after=2s' --runs 50 -o b.json"
        );
    }
}
