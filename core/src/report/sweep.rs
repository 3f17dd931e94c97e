//! A sweep: one report for each of several values of a path, and what they say together.

use super::article::Article;
use super::cells;
use super::compare_article::has_lowest;
use super::csv::{HEADINGS, csv_line, metric_lines};
use super::model::{Label, Report, VariantReport};
use super::page::Tone;
use super::run_article::{tone_of, verdict};
use super::table::{Cell, Column, Table};
use crate::judge::Status;
use crate::metric::Unit;
use serde::Serialize;

/// The name and version of the JSON form.
const SCHEMA: &str = "pullstorm-sweep/1";

/// More values than this stand below each other, not side by side.
const VALUES_ABREAST_MAX: usize = 10;

/// Reports of one scenario at several values of a path.
#[derive(Clone, Debug, Serialize)]
pub struct Sweep {
    /// The name and version of the JSON form.
    pub schema: &'static str,
    /// The path.
    pub path: String,
    /// One report a value, with the same variants in the same order; if the user stopped it, fewer.
    pub steps: Vec<Step>,
    /// Whether the user stopped it before its end.
    pub interrupted: bool,
    /// What a reader should know besides.
    pub notes: Vec<String>,
}

/// One value and what comes of it.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// The value.
    pub value: String,
    /// The report.
    pub report: Report,
}

impl Sweep {
    /// A sweep without steps.
    pub fn new(path: &str) -> Sweep {
        Sweep {
            schema: SCHEMA,
            path: path.to_owned(),
            steps: Vec::new(),
            interrupted: false,
            notes: Vec::new(),
        }
    }

    /// The variants of all steps at one place.
    fn variants(&self, place: usize) -> impl Iterator<Item = (&str, &VariantReport)> {
        self.steps
            .iter()
            .filter_map(move |step| Some((step.value.as_str(), step.report.variants.get(place)?)))
    }

    /// How many variants a step has.
    fn width(&self) -> usize {
        let widths = self.steps.iter().map(|step| step.report.variants.len());
        widths.max().unwrap_or(0)
    }
}

/// A sweep, told to a person: where each variant holds, then the numbers.
pub fn sweep_article(sweep: &Sweep) -> Article {
    let mut article = Article::new();
    for place in 0..sweep.width() {
        let (tone, text) = sentence(sweep, place);
        let label = if place == 0 { "SWEEP" } else { "" };
        article.fact(label, tone, text);
    }
    for label in [Label::Limit, Label::Assumed] {
        if let Some(text) = said(sweep, label) {
            article.fact(label.word(), tone_of(label), text);
        }
    }
    article.gap();
    if sweep.width() > 1 && sweep.steps.len() <= VALUES_ABREAST_MAX {
        let units = sweep
            .variants(0)
            .next()
            .map_or("", |(_, variant)| variant.headline.units.as_str());
        article.heading(format!("Failed {units}, at {} =", sweep.path));
        article.table(abreast(sweep));
    } else {
        article.table(below(sweep));
    }
    article.gap();
    article.facts("NOTE", sweep.notes.iter().map(String::as_str));
    article
}

/// A labelled line of the first value that has it, and at how many values it is another one.
fn said(sweep: &Sweep, label: Label) -> Option<String> {
    let of = |step: &Step| {
        let line = step.report.lines.iter().find(|line| line.label == label);
        line.map(|line| line.text.clone())
    };
    let mut told = sweep
        .steps
        .iter()
        .filter_map(|step| Some((step, of(step)?)));
    let (first, text) = told.next()?;
    let others = sweep
        .steps
        .iter()
        .filter(|step| of(step).as_ref() != Some(&text));
    let others = others.count();
    Some(match others {
        0 => text,
        1 => format!("{text} (at {}; it differs at 1 other value)", first.value),
        _ => format!(
            "{text} (at {}; it differs at {others} other values)",
            first.value
        ),
    })
}

/// `today holds at 1 to 6, fails at 7, 8`.
fn sentence(sweep: &Sweep, place: usize) -> (Tone, String) {
    let mut stretches: Vec<(Status, &str, &str)> = Vec::new();
    let mut name = "";
    for (value, variant) in sweep.variants(place) {
        name = &variant.name;
        match stretches.last_mut() {
            Some((status, _, last)) if *status == variant.verdict => *last = value,
            _ => stretches.push((variant.verdict, value, value)),
        }
    }
    let word = |status| match status {
        Status::Met => "holds",
        Status::Broken => "fails",
        Status::Undecided | Status::Skipped => "is undecided",
    };
    let tone = match stretches.first() {
        Some((Status::Met, ..)) if stretches.len() == 1 => Tone::Good,
        Some((Status::Broken, ..)) if stretches.len() == 1 => Tone::Bad,
        _ => Tone::Warn,
    };
    let parts: Vec<String> = stretches
        .iter()
        .map(|(status, first, last)| match first == last {
            true => format!("{} at {first}", word(*status)),
            false => format!("{} at {first} to {last}", word(*status)),
        })
        .collect();
    (tone, format!("{name} {}", parts.join(", ")))
}

/// Variants below each other, values side by side: what fails.
fn abreast(sweep: &Sweep) -> Table {
    let values = sweep.steps.iter().map(|step| Column::numbers(&step.value));
    let mut table = Table::new([Column::words("VARIANT")].into_iter().chain(values));
    for place in 0..sweep.width() {
        let mut row: Vec<Cell> = Vec::new();
        for (_, variant) in sweep.variants(place) {
            if row.is_empty() {
                row.push(variant.name.as_str().into());
            }
            let failed = cells::mean(&variant.headline.failed, Unit::Count, variant.runs);
            row.push(Cell::new(verdict(variant.verdict).tone, failed));
        }
        row.resize(sweep.steps.len() + 1, Cell::default());
        table.row(row);
    }
    table
}

/// Values below each other, and for each its variants: all headline numbers.
fn below(sweep: &Sweep) -> Table {
    let head = sweep
        .variants(0)
        .next()
        .map(|(_, variant)| &variant.headline);
    let (units, calls) = head.map_or(("", ""), |head| (&head.units, &head.calls));
    let with_lowest = sweep
        .steps
        .iter()
        .any(|step| step.report.variants.iter().any(has_lowest));
    let lowest = with_lowest.then(|| Column::numbers("LOWEST RUNNING"));
    let headings = [
        Column::words(
            sweep
                .path
                .rsplit('.')
                .next()
                .unwrap_or("VALUE")
                .to_uppercase()
                .as_str(),
        ),
        Column::words("VARIANT"),
        Column::words("VERDICT"),
        Column::numbers(&format!("FAILED {}", units.to_uppercase())),
        Column::numbers(&format!("FIRST {} THROTTLED", calls.to_uppercase())),
        Column::numbers("START DELAY P90"),
        Column::numbers("FINISHED AFTER"),
        Column::numbers("BEST POSSIBLE"),
    ];
    let mut table = Table::new(headings.into_iter().chain(lowest));
    for step in &sweep.steps {
        for variant in &step.report.variants {
            let (head, runs) = (&variant.headline, variant.runs);
            let best = variant.best_possible.finished_after;
            let lowest = with_lowest.then(|| {
                let figure = head.running_lowest.as_ref();
                let told = figure.map(|it| cells::estimate(it, Unit::Count, runs));
                told.unwrap_or_default().into()
            });
            let row = [
                step.value.as_str().into(),
                variant.name.as_str().into(),
                verdict(variant.verdict),
                cells::estimate(&head.failed, Unit::Count, runs).into(),
                cells::estimate(&head.first_throttled, Unit::Count, runs).into(),
                cells::mean(&head.start_delay_p90, Unit::Seconds, runs).into(),
                cells::mean(&head.finished_after, Unit::Seconds, runs).into(),
                cells::quantity(best, Unit::Seconds).into(),
            ];
            table.row(row.into_iter().chain(lowest));
        }
    }
    table
}

/// Every metric of every variant at every value.
pub fn sweep_csv(sweep: &Sweep) -> String {
    let headings = std::iter::once(sweep.path.as_str()).chain(HEADINGS);
    let mut out = csv_line(headings.map(str::to_owned));
    for step in &sweep.steps {
        for line in metric_lines(&step.report) {
            out.push_str(&csv_line(std::iter::once(step.value.clone()).chain(line)));
        }
    }
    out
}
