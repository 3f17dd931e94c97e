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
use pullstorm_core::catalog::nearest;
use pullstorm_core::check::{
    self, Baseline, BaselineError, CheckReport, Checked, Given, Outcome, Tolerance, Unmatched,
    check_article, check_table,
};
use pullstorm_core::replicate::{Prepared, Workers};
use pullstorm_core::report::Judged;
use std::collections::BTreeSet;
use std::path::Path;

/// By which a comment is found again, to be replaced by the next one.
const MARKER: &str = "<!-- pullstorm-check -->";

/// Judges expectations, compares with a baseline, and tells people and CI systems.
pub fn run(args: &Check, terminal: &Terminal) -> Result<(), Failure> {
    let baseline = args.baseline.as_deref().map(read_baseline).transpose()?;
    let known = baseline.as_ref().map(|baseline| baseline.tolerance.clone());
    let tolerance = tolerance(known.unwrap_or_default(), &args.subjects.tolerance)?;
    let simulated = Simulated::prepare(&args.subjects, terminal)?;
    if baseline.as_ref().is_some_and(|it| it.entries.is_empty()) {
        terminal.warn("note: the baseline has no entries, so nothing is compared with it\n");
    }
    let written = Written::new(args)?;
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
    if let Some((baseline, path)) = baseline.as_ref().zip(args.baseline.as_deref()) {
        report.add(simulated.unmatched(args, baseline, path), args.strict);
    }
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
            let unchanged = unchanged && report.lost.is_empty();
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
        let to = match &error {
            BaselineError::Version { .. } | BaselineError::Twice(_) => named.to_string(),
            // What is no baseline is somebody's file, which no pasted command should replace.
            BaselineError::Other(_) => "FILE.json".to_owned(),
        };
        Failure::input(format!("cannot compare with `{named}`: {error}")).hint(format!(
            "write one with `pullstorm baseline PATH... -o {to}`"
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
    /// All problems of all scenarios; a tolerance of a number that none of them has.
    pub fn prepare(args: &Subjects, terminal: &Terminal) -> Result<Simulated, Failure> {
        let (mut subjects, mut failures) = (Vec::new(), Vec::new());
        let gathered = gather(&args.paths)?;
        if let Some(note) = gathered.left_out() {
            terminal.warn(&format!("note: {note}\n"));
        }
        for subject in gathered.subjects {
            match check::variants(&subject.document, &args.variant) {
                Ok(variants) => subjects.push((subject, variants)),
                Err(problems) => failures.push(Failure::Scenario(problems)),
            }
        }
        if !failures.is_empty() {
            return Err(Failure::Several(failures));
        }
        let simulated = Simulated { subjects };
        for argument in &args.tolerance {
            simulated.check_tolerance(argument)?;
        }
        Ok(simulated)
    }

    /// What to say of scenarios of a baseline that were not given.
    fn unmatched(&self, args: &Check, baseline: &Baseline, path: &Path) -> Unmatched {
        let given = self.subjects.iter().map(|(subject, _)| Given {
            scenario: subject.document.scenario().name.clone(),
            file: subject.file.clone(),
        });
        let given: Vec<Given> = given.collect();
        // Files are named as from where the baseline was written, which often is its own folder.
        let beside = path.parent().unwrap_or(Path::new(""));
        let is_there = |file: &str| Path::new(file).exists() || beside.join(file).exists();
        let again = |more: &[&str]| {
            args.subjects
                .baseline_again(more, &baseline.tolerance, path)
        };
        check::unmatched(baseline, &given, &is_there, &again)
    }

    /// Refuses a tolerance of a number that no scenario has.
    fn check_tolerance(&self, argument: &str) -> Result<(), Failure> {
        let Some((path, _)) = argument.split_once('=') else {
            return Ok(());
        };
        let path = path.trim();
        let variants = || self.subjects.iter().flat_map(|(_, variants)| variants);
        if variants().any(|variant| variant.metrics.find(path).is_some()) {
            return Ok(());
        }
        let metrics = variants().flat_map(|variant| variant.metrics.iter());
        let known: BTreeSet<&str> = metrics.map(|metric| metric.path.as_str()).collect();
        let message = format!("`--tolerance {argument}`: no scenario has a number `{path}`");
        Err(
            Failure::input(message).hint(match nearest(path, known, 1).first() {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`pullstorm metrics` lists those of a scenario".to_owned(),
            }),
        )
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
