//! Commands that keep numbers and compare with them.

use super::Form;
use super::number::{runs, threads};
use clap::Args;
use pullstorm_core::check::Tolerance;
use pullstorm_core::review::shell_word;
use std::path::{Path, PathBuf};

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

    /// Fail on warnings, skipped expectations, changed presets and lost scenarios too
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
