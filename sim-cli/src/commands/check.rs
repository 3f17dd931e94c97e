//! `pullstorm check`.

use crate::args::{Check, Format, Subjects};
use crate::failure::Failure;
use crate::gather::{Subject, gather};
use crate::github::{self, StepSummary};
use crate::input;
use crate::junit;
use crate::output::Output;
use crate::terminal::Terminal;
use crate::workers::Threads;
use pullstorm_core::check::{
    self, Baseline, CheckReport, Checked, Outcome, Tolerance, check_article, check_table,
};
use pullstorm_core::replicate::{Prepared, Workers};
use pullstorm_core::report::Judged;
use std::path::Path;

/// By which a comment is found again, to be replaced by the next one.
const MARKER: &str = "<!-- pullstorm-check -->";

/// Judges expectations, compares with a baseline, and tells people and CI systems.
pub fn run(args: &Check, terminal: &Terminal) -> Result<(), Failure> {
    let written = Written::new(args)?;
    let baseline = args.baseline.as_deref().map(read_baseline).transpose()?;
    let known = baseline.as_ref().map(|baseline| baseline.tolerance.clone());
    let tolerance = tolerance(known.unwrap_or_default(), &args.subjects.tolerance)?;
    let simulated = Simulated::prepare(&args.subjects)?;
    let (checked, interrupted) = simulated.judge(&args.subjects)?;
    if checked.is_empty() {
        return Err(super::simulate::nothing_finished());
    }
    let against = baseline.as_ref().map(|baseline| (baseline, &tolerance));
    let cases = checked.iter().map(|it| check::case(it, against)).collect();
    let named = baseline.as_ref().zip(args.baseline.as_deref());
    let named = named.map(|(baseline, path)| (path.display().to_string(), baseline));
    let mut report = check::report(cases, named, args.strict);
    report.interrupted = interrupted;
    terminal.print(&match args.form.format {
        Format::Text => check_article(&report).text(&terminal.page),
        Format::Markdown => check_article(&report).markdown(),
        Format::Json => super::json(&report)?,
        Format::Csv => check_table(&report).csv(),
    })?;
    written.write(&report, terminal)?;
    super::simulate::ended(interrupted, args.form.format, terminal)?;
    match report.fails {
        true => Err(Failure::Broken),
        false => Ok(()),
    }
}

/// What is written besides the answer; tried before anything is simulated.
struct Written {
    junit: Option<Output>,
    json: Option<Output>,
    comment: Option<Output>,
    only_changes: bool,
    annotations: bool,
    summary: Option<StepSummary>,
    strict: bool,
}

impl Written {
    fn new(args: &Check) -> Result<Written, Failure> {
        if args.github && matches!(args.form.format, Format::Json | Format::Csv) {
            let message = "annotations go to standard output, which --format json and csv have for \
                           themselves";
            return Err(Failure::input(message).hint("use --json FILE beside --github"));
        }
        let output = |path: &Option<_>| {
            let path: Option<&Path> = path.as_deref();
            path.map(Output::new).transpose()
        };
        Ok(Written {
            junit: output(&args.junit)?,
            json: output(&args.json)?,
            comment: output(&args.comment)?,
            only_changes: args.only_changes,
            annotations: args.github,
            summary: match args.github {
                true => StepSummary::from_environment()?,
                false => None,
            },
            strict: args.strict,
        })
    }

    fn write(&self, report: &CheckReport, terminal: &Terminal) -> Result<(), Failure> {
        if let Some(junit) = &self.junit {
            junit.write(&junit::xml(report, self.strict)?)?;
        }
        if let Some(json) = &self.json {
            json.write(&super::json(report)?)?;
        }
        if let Some(comment) = &self.comment {
            let unchanged = report.cases.iter().all(|it| it.outcome == Outcome::Holds);
            let silent = self.only_changes && unchanged && !report.interrupted;
            comment.write(&match silent {
                true => String::new(),
                false => format!("{MARKER}\n{}", check_article(report).markdown()),
            })?;
        }
        if self.annotations {
            terminal.print(&github::annotations(report, self.strict))?;
        }
        match &self.summary {
            Some(summary) => summary.add(&check_article(report).markdown()),
            None => Ok(()),
        }
    }
}

/// A tolerance with what arguments change of it.
///
/// # Errors
/// An argument that is no tolerance.
pub fn tolerance(mut tolerance: Tolerance, arguments: &[String]) -> Result<Tolerance, Failure> {
    for argument in arguments {
        tolerance.set(argument).map_err(Failure::input)?;
    }
    Ok(tolerance)
}

fn read_baseline(path: &Path) -> Result<Baseline, Failure> {
    let named = path.display();
    let text = input::text(path)?;
    Baseline::parse(&text).map_err(|error| {
        Failure::input(format!("cannot compare with `{named}`: {error}")).hint(format!(
            "write it with `pullstorm baseline PATH... -o {named}`"
        ))
    })
}

/// Scenarios with the variants that are to be run.
pub struct Simulated {
    subjects: Vec<(Subject, Vec<Prepared>)>,
}

impl Simulated {
    /// Finds the scenarios and compiles the variants.
    ///
    /// # Errors
    /// All problems of all scenarios.
    pub fn prepare(args: &Subjects) -> Result<Simulated, Failure> {
        let (mut subjects, mut failures) = (Vec::new(), Vec::new());
        for subject in gather(&args.paths)? {
            match check::variants(&subject.document, &args.variant) {
                Ok(variants) => subjects.push((subject, variants)),
                Err(problems) => failures.push(Failure::Scenario(problems)),
            }
        }
        match failures.is_empty() {
            true => Ok(Simulated { subjects }),
            false => Err(Failure::Several(failures)),
        }
    }

    /// Runs and judges all of them; those that were finished, and whether the user stopped it.
    ///
    /// # Errors
    /// Where threads cannot be had.
    pub fn judge(&self, args: &Subjects) -> Result<(Vec<Checked<'_>>, bool), Failure> {
        let threads = Threads::new(args.threads)?;
        let mut checked = Vec::new();
        for (subject, variants) in &self.subjects {
            let seed = subject.document.scenario().seed;
            for variant in variants {
                let judged = Judged::new(variant.clone(), &threads, seed, args.runs);
                if threads.stopped() {
                    break;
                }
                checked.push(Checked {
                    file: subject.file.clone(),
                    document: &subject.document,
                    judged,
                });
            }
        }
        Ok((checked, threads.finish()))
    }
}
