//! What `run`, `compare` and `recommend` have in common.

use crate::args::{Format, Simulated};
use crate::failure::Failure;
use crate::input;
use crate::plot::Plot;
use crate::sweep::Sweep;
use crate::terminal::Terminal;
use crate::workers::Threads;
use pullstorm_core::replicate::{Prepared, Workers, prepare_sparing};
use pullstorm_core::report::{self, Article, Report, judge_variants};
use pullstorm_core::review::shell_word;
use pullstorm_core::scenario::{Document, Refused};
use serde::Serialize;

/// What is said when Ctrl-C left something out.
pub const INTERRUPTED: &str = "this is what was finished by then";

/// The scenario with everything set that `--set` sets.
///
/// # Errors
/// What is unreadable, and all problems of the scenario with those values.
pub fn document(simulated: &Simulated) -> Result<Document, Failure> {
    let memory = simulated.memory.as_deref();
    input::scenario_with(&simulated.scenario, &simulated.set, memory)
}

/// Says which values of `--set` do nothing to which of the variants that are shown: all, if none is
/// named.
pub fn say_what_is_kept(document: &Document, named: &[String], terminal: &Terminal) {
    let mut kept: Vec<(String, Vec<&str>)> = Vec::new();
    for variant in document.variants() {
        if !named.is_empty() && !named.contains(&variant.name) {
            continue;
        }
        for argument in document.kept_from(&variant.name) {
            match kept.iter_mut().find(|(known, _)| *known == argument) {
                Some((_, variants)) => variants.push(&variant.name),
                None => kept.push((argument, vec![&variant.name])),
            }
        }
    }
    for (argument, variants) in kept {
        let keeps = if variants.len() == 1 { "keeps" } else { "keep" };
        let variants = variants.join(", ");
        terminal.warn(&format!(
            "note: --set {argument} changes today; {variants} {keeps} what the scenario sets there\n"
        ));
    }
}

/// The seed asked for, or the scenario's.
pub fn seed(simulated: &Simulated, document: &Document) -> u64 {
    simulated.seed.unwrap_or(document.scenario().seed)
}

/// How a report is put on paper.
pub struct Forms<R> {
    /// For people.
    pub article: fn(&R) -> Article,
    /// For spreadsheets.
    pub csv: fn(&R) -> String,
}

/// Simulates and judges variants and prints the report.
///
/// # Errors
/// [`Failure::Stopped`] after printing, if the user interrupted it.
pub fn once(
    simulated: &Simulated,
    prepared: Vec<Prepared>,
    seed: u64,
    forms: &Forms<Report>,
    terminal: &Terminal,
) -> Result<Vec<Report>, Failure> {
    let plot = plot(simulated)?;
    let threads = Threads::new(simulated.threads)?;
    let judged = judge_variants(prepared, &threads, seed, simulated.runs);
    let interrupted = threads.finish();
    if judged.is_empty() {
        return Err(nothing_finished());
    }
    let mut report = report::report(&judged, seed);
    if interrupted {
        report.interrupt(INTERRUPTED);
    }
    print(&report, forms, simulated.form.format, terminal)?;
    if let Some(plot) = plot {
        let variants: Vec<&Prepared> = judged.iter().map(|judged| &judged.prepared).collect();
        plot.draw(&variants, seed, report.variants[0].runs)?;
    }
    ended(interrupted, simulated.form.format, terminal).map(|()| vec![report])
}

/// Simulates and judges variants at each value of a sweep and prints what they say together. Every
/// value is tried for errors before the first is simulated. A variant that nobody named and that a value
/// contradicts is left out, and a note says so.
///
/// # Errors
/// A plot, which shows one load; all problems of *today* and of variants that were named with the first value that
/// has any; [`Failure::Stopped`] after printing, if the user interrupted it.
pub fn sweep(
    simulated: &Simulated,
    document: &Document,
    sweep: &Sweep,
    asked: &Asked<'_>,
    seed: u64,
    terminal: &Terminal,
) -> Result<Vec<Report>, Failure> {
    if let Some(plot) = &simulated.plot {
        let message = "--plot draws one load, and --sweep simulates several";
        let scenario = shell_word(&simulated.scenario);
        let plot = shell_word(&plot.display().to_string());
        let varied = shell_word(&format!("{}={}", sweep.path, sweep.range));
        let set = shell_word(&format!("{}={}", sweep.path, sweep.values[0]));
        // Words are no loads.
        let over_all = match sweep.is_of_numbers {
            true => format!(
                "for curves over a range, `pullstorm capacity {scenario} --vary {varied} --plot \
                 {plot}`; "
            ),
            false => String::new(),
        };
        return Err(Failure::input(message).hint(format!(
            "{over_all}for one of the values, `--set {set} --plot {plot}`"
        )));
    }
    let sets = simulated.set.iter().filter_map(|set| set.split_once('='));
    if let Some((path, value)) = sets
        .map(|(path, value)| (path.trim(), value))
        .find(|it| it.0 == sweep.path)
    {
        let message = format!("`--sweep` sets `{path}`, and so does `--set {path}={value}`");
        return Err(Failure::input(message).hint("leave one of them out"));
    }
    say_what_is_swept(document, sweep, asked.named, terminal);
    let mut left_out: Vec<(String, String)> = Vec::new();
    for value in &sweep.values {
        for refused in asked.at(document, sweep, value)?.1 {
            if !left_out.iter().any(|(name, _)| *name == refused.name) {
                let text = without(&refused, &sweep.path, value);
                left_out.push((refused.name, text));
            }
        }
    }
    let threads = Threads::new(simulated.threads)?;
    let mut swept = report::Sweep::new(&sweep.path);
    for value in &sweep.values {
        let (mut prepared, _) = asked.at(document, sweep, value)?;
        // All values have the same variants, which stand beside each other.
        prepared.retain(|it| !left_out.iter().any(|(name, _)| *name == it.name));
        let wanted = prepared.len();
        let judged = judge_variants(prepared, &threads, seed, simulated.runs);
        // A value that lacks a variant cannot stand beside the others.
        if judged.len() < wanted || threads.stopped() {
            break;
        }
        swept.steps.push(report::Step {
            value: value.clone(),
            report: report::report(&judged, seed),
        });
    }
    let interrupted = threads.finish();
    if swept.steps.is_empty() {
        return Err(nothing_finished());
    }
    swept
        .notes
        .extend(left_out.into_iter().map(|(_, text)| text));
    if interrupted {
        swept.interrupted = true;
        swept.notes.push(format!("interrupted: {INTERRUPTED}"));
    }
    let forms = Forms {
        article: report::sweep_article,
        csv: report::sweep_csv,
    };
    print(&swept, &forms, simulated.form.format, terminal)?;
    ended(interrupted, simulated.form.format, terminal)
        .map(|()| swept.steps.into_iter().map(|step| step.report).collect())
}

/// Says which of the variants that are shown would have a value of their own where the sweep has its.
fn say_what_is_swept(document: &Document, sweep: &Sweep, named: &[String], terminal: &Terminal) {
    let own = document.variants().iter().filter(|variant| {
        let is_shown = named.is_empty() || named.contains(&variant.name);
        let meets = |path: &str| {
            let mut both = path.split('.').zip(sweep.path.split('.'));
            both.all(|(own, swept)| own == swept)
        };
        is_shown && variant.overrides.iter().any(|(path, _)| meets(path))
    });
    let own: Vec<&str> = own.map(|variant| variant.name.as_str()).collect();
    if !own.is_empty() {
        terminal.warn(&format!(
            "note: the sweep sets {} in {} in place of what the scenario sets there\n",
            sweep.path,
            own.join(", ")
        ));
    }
}

/// That a variant is left out, and why.
fn without(refused: &Refused, path: &str, value: &str) -> String {
    let why = refused.problems.items().iter();
    let why: Vec<&str> = why.map(|it| it.message.as_str()).collect();
    format!(
        "{} is left out, as it cannot be at {path} = {value}: {}",
        refused.name,
        why.join("; ")
    )
}

/// The variants that a sweep is of.
pub struct Asked<'a> {
    /// Those that were named; none for all.
    pub named: &'a [String],
    /// Whether *today*, which every comparison is with, does not stand beside them.
    pub alone: bool,
}

impl Asked<'_> {
    /// The variants at a value, and those of which nobody said that they have to be there and which the
    /// value contradicts.
    fn at(
        &self,
        document: &Document,
        sweep: &Sweep,
        value: &str,
    ) -> Result<(Vec<Prepared>, Vec<Refused>), Failure> {
        let is_named = |name: &str| self.named.iter().any(|named| named == name);
        let named = |refused: &mut Vec<Refused>| {
            refused.retain(|it| self.named.is_empty() || is_named(&it.name));
            let first = refused.iter().find(|it| is_named(&it.name));
            first.map_or(Ok(()), |it| Err(Failure::Scenario(it.problems.clone())))
        };
        let (document, mut refused) = document.set_sparing("--sweep", &sweep.path, value)?;
        named(&mut refused)?;
        let (mut prepared, mut more) = prepare_sparing(&document, self.named)?;
        named(&mut more)?;
        prepared.retain(|it| !self.alone || is_named(&it.name));
        refused.extend(more);
        Ok((prepared, refused))
    }
}

/// The file that charts go to, if they were asked for; tried before anything is simulated.
///
/// # Errors
/// Where it cannot be written.
pub fn plot(simulated: &Simulated) -> Result<Option<Plot>, Failure> {
    simulated.plot.as_deref().map(Plot::new).transpose()
}

/// Prints a report in the form asked for.
///
/// # Errors
/// Where it cannot be written.
pub fn print<R: Serialize>(
    report: &R,
    forms: &Forms<R>,
    format: Format,
    terminal: &Terminal,
) -> Result<(), Failure> {
    terminal.print(&match format {
        Format::Text => (forms.article)(report).text(&terminal.page),
        Format::Markdown => (forms.article)(report).markdown(),
        Format::Json => super::json(report)?,
        Format::Csv => (forms.csv)(report),
    })
}

/// What the user gets whose Ctrl-C came first.
pub fn nothing_finished() -> Failure {
    Failure::Interrupted("interrupted before anything was finished".to_owned())
}

/// Ends with the exit code of an interruption, if there was one. A table for spreadsheets has no
/// place to say so, so standard error does.
///
/// # Errors
/// [`Failure::Stopped`] if there was one.
pub fn ended(interrupted: bool, format: Format, terminal: &Terminal) -> Result<(), Failure> {
    if interrupted && format == Format::Csv {
        terminal.warn(&format!("note: interrupted: {INTERRUPTED}\n"));
    }
    stopped(interrupted)
}

/// Ends with the exit code of an interruption, if there was one.
///
/// # Errors
/// [`Failure::Stopped`] if there was one.
pub fn stopped(interrupted: bool) -> Result<(), Failure> {
    if interrupted {
        Err(Failure::Stopped)
    } else {
        Ok(())
    }
}
