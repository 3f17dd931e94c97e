//! What GitHub Actions reads: annotations at lines of scenarios, and the summary of a job.
//!
//! Workflow commands and their escapes: GitHub Docs, "Workflow commands for GitHub Actions", and
//! `actions/toolkit`, `packages/core/src/command.ts`; read in November 2026.

use crate::failure::Failure;
use crate::input::reason;
use pullstorm_core::check::{Case, CheckReport, sentence};
use pullstorm_core::judge::Status;
use pullstorm_core::scenario::model::Severity;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;

/// The variable that says where the summary of a job is.
const STEP_SUMMARY: &str = "GITHUB_STEP_SUMMARY";

/// A line of each thing that a reviewer should see where the scenario is shown.
pub fn annotations(report: &CheckReport, strict: bool) -> String {
    let warning = if strict { "error" } else { "warning" };
    let mut lines = String::new();
    for case in &report.cases {
        let mut say = |level: &str, line: Option<usize>, what: &str, message: &str| {
            lines.push_str(&annotation(level, case, line, what, message));
        };
        for expected in &case.expectations {
            let level = match (expected.judged.status, expected.judged.severity) {
                (Status::Broken | Status::Undecided, Severity::Fail) => "error",
                (Status::Broken, Severity::Warn) | (Status::Skipped, Severity::Fail) => warning,
                _ => continue,
            };
            let what = match expected.judged.status {
                Status::Undecided => "undecided",
                Status::Skipped => "expectation skipped",
                _ => "expectation broken",
            };
            say(level, expected.line, what, &sentence(expected));
        }
        for drift in &case.drifts {
            let why = case.reasons.iter().map(|why| format!("\nwhy: {why}"));
            let message = drift.text.clone() + &why.collect::<String>();
            say("error", None, "drift", &message);
        }
        for preset in &case.presets {
            say(warning, None, "preset changed", &preset.text);
        }
    }
    for lost in &report.lost {
        let title = property("baseline: nothing is compared");
        lines.push_str(&format!("::{warning} title={title}::{}\n", data(lost)));
    }
    lines
}

fn annotation(level: &str, case: &Case, line: Option<usize>, what: &str, message: &str) -> String {
    let title = format!("{}, {}: {what}", case.scenario, case.variant);
    let mut properties = Vec::new();
    if let Some(file) = &case.file {
        properties.push(format!("file={}", property(file)));
        let line = line.unwrap_or(1);
        properties.push(format!("line={line}"));
    }
    properties.push(format!("title={}", property(&title)));
    format!("::{level} {}::{}\n", properties.join(","), data(message))
}

/// A message, in which `%` begins an escape and a line feed would end the command.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// A property, which `,` and `:` would end too.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// The summary of a job, which steps add to.
pub struct StepSummary(PathBuf);

impl StepSummary {
    /// The summary of the job that this runs in; `None` outside of one.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn from_environment() -> Result<Option<StepSummary>, Failure> {
        let path = std::env::var_os(STEP_SUMMARY).filter(|path| !path.is_empty());
        let Some(path) = path.map(PathBuf::from) else {
            return Ok(None);
        };
        let summary = StepSummary(path);
        match summary.open() {
            Ok(_) => Ok(Some(summary)),
            Err(error) => Err(Failure::input(summary.unwritable(&error))),
        }
    }

    /// Adds Markdown.
    ///
    /// # Errors
    /// Where it cannot be written after all.
    pub fn add(&self, markdown: &str) -> Result<(), Failure> {
        self.open()
            .and_then(|mut file| file.write_all(markdown.as_bytes()))
            .map_err(|error| Failure::Own(self.unwritable(&error)))
    }

    fn open(&self) -> io::Result<File> {
        OpenOptions::new().append(true).create(true).open(&self.0)
    }

    fn unwritable(&self, error: &io::Error) -> String {
        let (path, why) = (self.0.display(), reason(error));
        format!("cannot write `{path}`, which {STEP_SUMMARY} names: {why}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_end_a_command_or_a_property_is_escaped() {
        assert_eq!(data("5 %\r\nof 2:30, a"), "5 %25%0D%0Aof 2:30, a");
        assert_eq!(property("a,b: 5 %"), "a%2Cb%3A 5 %25");
    }
}
