//! A check, told to a person: the verdict, what is wrong and why, and everything else behind it.

use super::report::{Case, CheckReport, Expected, Outcome};
use crate::judge::Status;
use crate::report::{Article, Cell, Column, Table, Tone, standing};
use crate::scenario::model::Severity;

/// The verdict first, then each variant of which there is something to say, then all of them.
pub fn check_article(report: &CheckReport) -> Article {
    let mut article = Article::new();
    if report.interrupted {
        let text = "these variants were finished by then";
        article.fact("INTERRUPTED", Tone::Bad, text);
    }
    let tone = match tone(report.outcome) {
        Tone::Good if report.fails => Tone::Bad,
        tone => tone,
    };
    article.fact(verdict_word(report), tone, verdict(report));
    article.facts("LOST", report.lost.iter().map(String::as_str));
    for case in report.cases.iter().filter(|case| is_told(case)) {
        tell(case, &mut article);
    }
    let mut detail = Article::new();
    detail.table(table(&report.cases));
    let all = match report.cases.len() {
        1 => "The variant".to_owned(),
        count => format!("All {count} variants"),
    };
    article.folded(&all, detail);
    if !report.notes.is_empty() {
        article.gap();
        article.facts("NOTE", report.notes.iter().map(String::as_str));
    }
    article
}

/// Every expectation of every variant, for a spreadsheet.
pub fn check_table(report: &CheckReport) -> Table {
    let columns = ["scenario", "variant", "outcome", "expectation"];
    let columns = columns
        .into_iter()
        .chain(["severity", "status", "observed", "note"]);
    let mut table = Table::new(columns.map(Column::words));
    for case in &report.cases {
        for expected in &case.expectations {
            let severity = match expected.judged.severity {
                Severity::Fail => "fail",
                Severity::Warn => "warn",
            };
            table.row([
                case.scenario.as_str().into(),
                case.variant.as_str().into(),
                case.outcome.word().into(),
                expected.judged.text.as_str().into(),
                severity.into(),
                standing(&expected.judged),
                expected.shown.as_str().into(),
                expected.judged.note.clone().unwrap_or_default().into(),
            ]);
        }
    }
    table
}

fn verdict_word(report: &CheckReport) -> &'static str {
    match report.outcome {
        Outcome::Undecided => "UNDECIDED",
        Outcome::Skipped => "SKIPPED",
        _ if report.fails => "FAILS",
        _ => "HOLDS",
    }
}

fn verdict(report: &CheckReport) -> String {
    let count = report.cases.len();
    let variants = match count {
        1 => "1 variant".to_owned(),
        count => format!("{count} variants"),
    };
    let mut scenarios: Vec<&str> = report.cases.iter().map(|it| it.scenario.as_str()).collect();
    scenarios.dedup();
    let of = match scenarios.len() {
        1 => format!("of {}", scenarios[0]),
        count => format!("of {count} scenarios"),
    };
    let outcomes = [
        (Outcome::Breach, "with a broken expectation"),
        (Outcome::Drift, "drifted from the baseline"),
        (Outcome::Undecided, "undecided"),
        (Outcome::Skipped, "with a skipped expectation"),
        (Outcome::PresetChanged, "with a changed preset"),
        (Outcome::Warns, "with a warning"),
        (Outcome::Moved, "moved within tolerance"),
        (Outcome::New, "not in the baseline"),
    ];
    let parts = outcomes.iter().filter_map(|(outcome, words)| {
        let so = report.cases.iter().filter(|case| case.outcome == *outcome);
        let so = so.count();
        (so > 0).then(|| format!("{so} {words}"))
    });
    let parts: Vec<String> = parts.collect();
    match (parts.is_empty(), &report.baseline) {
        (true, Some(_)) if report.lost.is_empty() => {
            format!("{variants} {of}, all as in the baseline")
        }
        (true, Some(_)) => {
            format!("{variants} {of}, as in the baseline, which has scenarios that are gone")
        }
        (true, None) => format!("{variants} {of}"),
        (false, _) => format!("{variants} {of}: {}", parts.join(", ")),
    }
}

fn tone(outcome: Outcome) -> Tone {
    match outcome {
        Outcome::Breach | Outcome::Drift => Tone::Bad,
        Outcome::Undecided | Outcome::Skipped | Outcome::PresetChanged | Outcome::Warns => {
            Tone::Warn
        }
        Outcome::Moved | Outcome::New | Outcome::Holds => Tone::Good,
    }
}

/// Whether there is something to say of a variant.
fn is_told(case: &Case) -> bool {
    !matches!(case.outcome, Outcome::Holds | Outcome::New)
}

fn tell(case: &Case, article: &mut Article) {
    article.heading(format!("{}, {}", case.scenario, case.variant));
    for expected in &case.expectations {
        let label = match (expected.judged.status, expected.judged.severity) {
            (Status::Broken, Severity::Fail) => ("BREACH", Tone::Bad),
            (Status::Broken, Severity::Warn) => ("WARNS", Tone::Warn),
            (Status::Undecided, Severity::Fail) => ("UNDECIDED", Tone::Warn),
            (Status::Skipped, Severity::Fail) => ("SKIPPED", Tone::Warn),
            _ => continue,
        };
        article.fact(label.0, label.1, sentence(expected));
    }
    for drift in &case.drifts {
        article.fact("DRIFT", Tone::Bad, drift.text.as_str());
    }
    for preset in &case.presets {
        article.fact("PRESET", Tone::Warn, preset.text.as_str());
    }
    if let Some(cut_off) = &case.cut_off {
        article.fact("CUT OFF", Tone::Bad, cut_off.as_str());
    }
    article.facts("WHY", case.reasons.iter().map(String::as_str));
}

/// An expectation with what is observed of it.
pub fn sentence(expected: &Expected) -> String {
    let Expected { judged, shown, .. } = expected;
    if judged.status == Status::Skipped {
        let why = judged.note.as_deref().unwrap_or(judged.status.word());
        return format!("{}: {why}", judged.text);
    }
    let note = judged.note.as_ref();
    let note = note.map_or(String::new(), |note| format!("; {note}"));
    format!("{}: {shown} is observed{note}", judged.text)
}

fn table(cases: &[Case]) -> Table {
    let mut table = Table::new([
        Column::words("SCENARIO"),
        Column::words("VARIANT"),
        Column::words("IS"),
        Column::sentences("EXPECTED"),
        Column::numbers("RUNS"),
    ]);
    for case in cases {
        let expected: Vec<&str> = case
            .expectations
            .iter()
            .map(|expected| expected.judged.text.as_str())
            .collect();
        table.row([
            case.scenario.as_str().into(),
            case.variant.as_str().into(),
            Cell::new(tone(case.outcome), case.outcome.word()),
            expected.join("; ").into(),
            case.runs.to_string().into(),
        ]);
    }
    table
}
