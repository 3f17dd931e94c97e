//! What can be written on the command line.

mod examples;
mod keep;
mod look_up;
mod number;
mod simulate;

pub use self::keep::{Baseline, Check, Subjects};
pub use self::look_up::{Catalog, Diagnose, Metrics, Scenarios, Web};
pub use self::simulate::{Capacity, Compare, Recommend, Report, Run, Simulated};

use clap::{Args, Parser, Subcommand, ValueEnum};

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
    #[command(after_help = examples::RECOMMEND)]
    Recommend(Recommend),
    /// Put the variants of a scenario side by side, with differences and intervals
    #[command(after_help = examples::COMPARE)]
    Compare(Compare),
    /// Say up to which load each variant holds, how far today is from it, and what quota more needs
    #[command(after_help = examples::CAPACITY)]
    Capacity(Capacity),
    /// Write the document for a capacity review: question, sources, candidates, curve, settings
    #[command(after_help = examples::REPORT)]
    Report(Report),
    /// Simulate a scenario as it is, or one variant, and judge its expectations
    #[command(after_help = examples::RUN)]
    Run(Run),
    /// Keep tuned settings from rotting: judge expectations, and compare with a baseline
    #[command(after_help = examples::CHECK)]
    Check(Check),
    /// Write the numbers of today into a file that `check` compares with
    #[command(after_help = examples::BASELINE)]
    Baseline(Baseline),
    /// Say which limiter is behind an error line, and whether waiting helps
    #[command(after_help = examples::DIAGNOSE)]
    Diagnose(Diagnose),
    /// List and explain what is known about providers' limits and clients' retries
    #[command(after_help = examples::CATALOG)]
    Catalog(Catalog),
    /// List what is measured: path, unit and meaning of every metric
    #[command(after_help = examples::METRICS)]
    Metrics(Metrics),
    /// List the built-in scenarios, or print one to begin your own with
    #[command(after_help = examples::SCENARIOS)]
    Scenarios(Scenarios),
    /// Print the JSON Schema of scenario files, for editors
    #[command(after_help = examples::SCHEMA)]
    Schema,
    /// Open the explorer in the browser: move settings and see at once what they do
    #[command(after_help = examples::WEB)]
    Web(Web),
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
