//! What a check says of each variant, and together: the data that every form of output shows.

use super::baseline::{Baseline, Entry};
use super::drift::{Drift, drifts, edited};
use super::origin::{PresetChange, preset_changes};
use super::reasons::{nothing_else_changed, reasons};
use super::tolerance::Tolerance;
use super::unmatched::Unmatched;
use crate::judge::Status;
use crate::replicate::{Prepared, prepare};
use crate::report::model::{ExpectationReport, WithoutLimits};
use crate::report::{Judged, cells, out_of_range, too_soon, without_limits};
use crate::scenario::model::Severity;
use crate::scenario::{Document, Problem};
use crate::yaml::Diagnostics;
use serde::Serialize;

/// The name and version of the JSON form.
pub const SCHEMA: &str = "pullstorm-check/1";

/// What is said of a variant, or of all, the worst first.
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// An expectation is broken.
    Breach,
    /// A headline number has moved beyond the tolerance, or the baseline says another one of the same
    /// runs.
    Drift,
    /// The runs do not say whether an expectation holds.
    Undecided,
    /// All that can be said holds, and of an expectation nothing can: its quantile needs more entities
    /// than there are.
    Skipped,
    /// All holds, and the catalog knows other numbers than the baseline was made with.
    PresetChanged,
    /// All holds except what only warns.
    Warns,
    /// All holds, and the results are other ones within the tolerance.
    Moved,
    /// All holds, and the baseline does not know the variant.
    New,
    /// All holds; compared with a baseline, everything is as it was, bit by bit.
    Holds,
}

impl Outcome {
    /// As it is printed.
    pub const fn word(self) -> &'static str {
        match self {
            Outcome::Breach => "breach",
            Outcome::Drift => "drift",
            Outcome::Undecided => "undecided",
            Outcome::Skipped => "skipped",
            Outcome::PresetChanged => "preset changed",
            Outcome::Warns => "warns",
            Outcome::Moved => "moved",
            Outcome::New => "new",
            Outcome::Holds => "holds",
        }
    }

    /// Whether a check fails that comes to it; a strict one fails on warnings too.
    pub fn fails(self, strict: bool) -> bool {
        match self {
            Outcome::Breach | Outcome::Drift | Outcome::Undecided => true,
            Outcome::Skipped | Outcome::PresetChanged | Outcome::Warns => strict,
            Outcome::Moved | Outcome::New | Outcome::Holds => false,
        }
    }
}

/// A variant under check, after its runs.
#[derive(Clone, Debug)]
pub struct Checked<'d> {
    /// The scenario's file as it was named; `None` for a built-in scenario.
    pub file: Option<String>,
    /// The scenario.
    pub document: &'d Document,
    /// The variant.
    pub judged: Judged,
}

/// What is said of all variants.
#[derive(Clone, Debug, Serialize)]
pub struct CheckReport {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// The version of Pullstorm.
    pub pullstorm: &'static str,
    /// The worst that is said of a variant.
    pub outcome: Outcome,
    /// Whether the check fails.
    pub fails: bool,
    /// What it was compared with.
    pub baseline: Option<BaselineReport>,
    /// The variants, in the order they were checked.
    pub cases: Vec<Case>,
    /// What the baseline has and nothing was compared with, as its file is gone or has another scenario
    /// now.
    pub lost: Vec<String>,
    /// What a reader should know besides.
    pub notes: Vec<String>,
    /// Whether the user stopped it before its end.
    pub interrupted: bool,
}

/// What was compared with.
#[derive(Clone, Debug, Serialize)]
pub struct BaselineReport {
    /// Its file as it was named.
    pub file: String,
    /// The version of Pullstorm that wrote it.
    pub pullstorm: String,
}

/// What is said of one variant.
#[derive(Clone, Debug, Serialize)]
pub struct Case {
    /// Name of the scenario.
    pub scenario: String,
    /// Name of the variant.
    pub variant: String,
    /// The scenario's file; none for a built-in scenario.
    pub file: Option<String>,
    /// What is said in a word.
    pub outcome: Outcome,
    /// The seed of its runs.
    pub seed: u64,
    /// How many runs.
    pub runs: u32,
    /// The digest of all runs, in order.
    pub digest: String,
    /// How many runs were stopped before their end, and why.
    pub cut_off: Option<String>,
    /// The expectations.
    pub expectations: Vec<Expected>,
    /// Numbers that have drifted.
    pub drifts: Vec<Drift>,
    /// Presets that are not what they were.
    pub presets: Vec<PresetChange>,
    /// Why results are not those of the baseline, as far as that can be told.
    pub reasons: Vec<String>,
}

/// An expectation and where it stands.
#[derive(Clone, Debug, Serialize)]
pub struct Expected {
    /// The expectation.
    #[serde(flatten)]
    pub judged: ExpectationReport,
    /// What is observed, with half its 95 % interval, in words.
    pub shown: String,
    /// Line in the scenario's file, from 1.
    pub line: Option<usize>,
}

/// The variants of a scenario that are under check, ready to run: those that it names, else today
/// and those that its expectations name; `only` names them instead, if it is not empty.
///
/// # Errors
/// What is wrong with the scenario, and expectations that nothing can meet.
pub fn variants(document: &Document, only: &[String]) -> Result<Vec<Prepared>, Diagnostics> {
    let names = match only {
        [] => under_check(document),
        only => only.to_vec(),
    };
    let mut prepared = prepare(document, &names)?;
    prepared.retain(|variant| names.contains(&variant.name));
    let problems: Vec<Problem> = prepared.iter().flat_map(out_of_range).collect();
    match problems.is_empty() {
        true => Ok(prepared),
        false => Err(document.diagnostics(problems)),
    }
}

fn under_check(document: &Document) -> Vec<String> {
    let scenario = document.scenario();
    if !scenario.check.is_empty() {
        let names = scenario.check.iter();
        return names.map(|name| name.value.clone()).collect();
    }
    let spoken_of = scenario.expect.iter().map(|it| it.variant.as_ref());
    let mut names: Vec<String> = spoken_of
        .map(|named| named.map_or_else(|| "today".to_owned(), |named| named.value.clone()))
        .collect();
    if names.is_empty() {
        names.push("today".to_owned());
    }
    names
}

/// What is said of a variant; `baseline` and its tolerance if there is one.
pub fn case(checked: &Checked<'_>, baseline: Option<(&Baseline, &Tolerance)>) -> Case {
    let Checked { file, judged, .. } = checked;
    let entry = Entry::of(checked);
    let known = baseline.and_then(|(baseline, tolerance)| {
        let known = baseline.find(&entry.scenario, &entry.variant)?;
        Some((baseline, known, tolerance))
    });
    let mut case = Case {
        scenario: entry.scenario.clone(),
        variant: entry.variant.clone(),
        file: file.clone(),
        outcome: Outcome::Holds,
        seed: judged.seed,
        runs: entry.runs,
        digest: entry.digest.clone(),
        cut_off: crate::report::cut_off(&judged.runs),
        expectations: expectations(checked),
        drifts: Vec::new(),
        presets: Vec::new(),
        reasons: Vec::new(),
    };
    if let Some((baseline, known, tolerance)) = known {
        let in_force = entry.limits.as_deref().unwrap_or_default();
        case.presets = preset_changes(&known.presets, &entry.presets, in_force);
        let same_runs = known.digest == entry.digest;
        case.drifts = match same_runs && nothing_else_changed(baseline, known, &entry) {
            true => edited(known, &entry, tolerance),
            false => drifts(known, &entry, tolerance),
        };
        if !same_runs || case.drifts.iter().any(|it| !it.edited) {
            case.reasons = reasons(baseline, known, &entry, &case.presets);
        }
    }
    let skipped =
        |it: &Expected| it.judged.severity == Severity::Fail && it.judged.status == Status::Skipped;
    let warns =
        |it: &Expected| it.judged.severity == Severity::Warn && it.judged.status == Status::Broken;
    case.outcome = if judged.verdict == Status::Broken {
        Outcome::Breach
    } else if !case.drifts.is_empty() {
        Outcome::Drift
    } else if judged.verdict != Status::Met {
        Outcome::Undecided
    } else if case.expectations.iter().any(skipped) {
        Outcome::Skipped
    } else if !case.presets.is_empty() {
        Outcome::PresetChanged
    } else if case.expectations.iter().any(warns) {
        Outcome::Warns
    } else if baseline.is_some() && known.is_none() {
        Outcome::New
    } else if known.is_some_and(|(_, known, _)| known.digest != entry.digest) {
        Outcome::Moved
    } else {
        Outcome::Holds
    };
    case
}

fn expectations(checked: &Checked<'_>) -> Vec<Expected> {
    let judged = &checked.judged;
    let expected = judged.expected();
    let without = without_limits(judged);
    let told = judged.expectations.iter().map(|it| {
        let mut report = it.clone();
        let anyway = without
            .as_ref()
            .and_then(|without| breaks_anyway(without, it));
        if it.status == Status::Broken
            && let Some(forbids) = anyway.or_else(|| {
                let expectation = expected.iter().find(|known| known.text == it.text)?;
                too_soon(judged, expectation).map(|why| why.of_a_check())
            })
        {
            report.note = Some(forbids);
        }
        let figure = judged.figure(&it.metric, None);
        let place = it.place;
        Expected {
            shown: cells::estimate(&figure, it.unit, judged.runs.len() as u32),
            line: place
                .and_then(|place| checked.document.line_and_column(place))
                .map(|(line, _)| line),
            judged: report,
        }
    });
    told.collect()
}

/// That an expectation breaks without any limit, too, and what is waited for then.
fn breaks_anyway(without: &WithoutLimits, expectation: &ExpectationReport) -> Option<String> {
    let mut broken = without.broken.iter();
    let broken = broken.find(|it| it.text == expectation.text)?;
    Some(format!(
        "without any limit it is {}, and breaks too: {}",
        cells::quantity(broken.observed, broken.unit),
        without.because
    ))
}

/// What is said of all variants together.
pub fn report(
    cases: Vec<Case>,
    baseline: Option<(String, &Baseline)>,
    strict: bool,
) -> CheckReport {
    let outcome = cases.iter().map(|case| case.outcome).min();
    let mut notes = Vec::new();
    if let Some((file, baseline)) = &baseline {
        let unchecked: Vec<String> = baseline
            .entries
            .iter()
            .filter(|entry| {
                // Of scenarios that were not given `unmatched` tells.
                let mut own = cases.iter().filter(|case| case.scenario == entry.scenario);
                own.clone().next().is_some() && own.all(|case| case.variant != entry.variant)
            })
            .map(|entry| format!("{} {}", entry.scenario, entry.variant))
            .collect();
        if !unchecked.is_empty() {
            let names = unchecked.join(", ");
            notes.push(format!(
                "{file} has variants that are not under check: {names}"
            ));
        }
    }
    CheckReport {
        schema: SCHEMA,
        pullstorm: env!("CARGO_PKG_VERSION"),
        outcome: outcome.unwrap_or(Outcome::Holds),
        fails: cases.iter().any(|case| case.outcome.fails(strict)),
        baseline: baseline.map(|(file, baseline)| BaselineReport {
            file,
            pullstorm: baseline.pullstorm.clone(),
        }),
        cases,
        lost: Vec::new(),
        notes,
        interrupted: false,
    }
}

impl CheckReport {
    /// Adds what a baseline has of scenarios that were not given. What is lost fails a strict check.
    pub fn add(&mut self, unmatched: Unmatched, strict: bool) {
        self.fails |= strict && !unmatched.lost.is_empty();
        self.lost.extend(unmatched.lost);
        self.notes.extend(unmatched.notes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replicate::Sequential;

    fn document(more: &str) -> Document {
        let text = format!(
            "pullstorm: 1\nname: x\nservices: {{ecr: {{preset: aws-ecr@2018-01}}}}\nworkloads:\n  ci: \
             {{kind: ci-fanout, service: ecr, jobs: 8}}\nvariants:\n  one: {{set: \
             {{workloads.ci.jobs: 1}}}}\n  two: {{set: {{workloads.ci.jobs: 2}}}}\n{more}\n"
        );
        Document::parse("x.yaml", text.as_bytes()).unwrap_or_else(|problems| panic!("{problems}"))
    }

    fn checked(more: &str, only: &[&str]) -> Vec<String> {
        let only: Vec<String> = only.iter().map(ToString::to_string).collect();
        let prepared = variants(&document(more), &only);
        let prepared = prepared.unwrap_or_else(|problems| panic!("{problems}"));
        prepared.into_iter().map(|variant| variant.name).collect()
    }

    #[test]
    fn under_check_is_what_the_scenario_names_else_what_its_expectations_speak_of() {
        assert_eq!(checked("", &[]), ["today"]);
        assert_eq!(checked("expect: [ci.jobs.failed == 0]", &[]), ["today"]);
        assert_eq!(checked("check: [two, one]", &[]), ["one", "two"]);
        let named = "{that: ci.jobs.failed == 0, variant: two}";
        assert_eq!(checked(&format!("expect: [{named}]"), &[]), ["two"]);
        let both = format!("expect: [ci.jobs.failed == 0, {named}]");
        assert_eq!(checked(&both, &[]), ["today", "two"]);
        assert_eq!(checked("check: two", &["today", "one"]), ["today", "one"]);
    }

    #[test]
    fn what_is_only_said_of_a_scenario_does_not_change_what_is_simulated() {
        let plain = document("").fingerprint("one");
        let said = document("title: Other\nexpect: [ci.jobs.failed == 0]\ncheck: one # why\n");
        assert_eq!(said.fingerprint("one"), plain);
        assert_ne!(document("").fingerprint("two"), plain);
        assert_ne!(document("seed: 2").fingerprint("one"), plain);
        let set = document("").set("workloads.ci.images", "2").unwrap();
        assert_ne!(set.fingerprint("one"), plain);
    }

    #[test]
    fn an_expectation_of_too_few_entities_is_told_as_skipped_and_fails_a_strict_check() {
        let said = |jobs: u32, severity: &str| {
            let text = format!(
                "pullstorm: 1\nname: few\nservices: {{ecr: {{preset: aws-ecr@2018-01}}}}\nworkloads:\n  \
                 ci: {{kind: ci-fanout, service: ecr, jobs: {jobs}}}\nexpect: [{{that: \
                 ci.jobs.start_delay.p90 <= 1min, severity: {severity}}}]\n"
            );
            let document = Document::parse("x.yaml", text.as_bytes()).unwrap();
            let prepared = variants(&document, &[]).unwrap().remove(0);
            let checked = Checked {
                file: None,
                document: &document,
                judged: Judged::new(prepared, &Sequential, 1, None),
            };
            let report = |strict| report(vec![case(&checked, None)], None, strict);
            assert!(!report(false).fails);
            let strict = report(true);
            let told = crate::check::check_article(&strict).markdown();
            (strict.outcome, strict.fails, told)
        };
        let (outcome, fails, told) = said(4, "fail");
        assert_eq!((outcome, fails), (Outcome::Skipped, true));
        assert!(
            told.starts_with("- **SKIPPED** 1 variant of few: 1 with a skipped"),
            "{told}"
        );
        let why = "1min: skipped: too few entities for this quantile";
        assert!(told.contains(why), "{told}");
        assert_eq!(said(10, "fail").0, Outcome::Holds);
        assert_eq!(said(4, "warn").0, Outcome::Holds);
    }

    /// What a check says of one call a run that fails by chance, of a hundred runs and of how many of
    /// them nothing failed in.
    fn by_chance(chance: &str) -> (usize, Outcome) {
        let text = format!(
            "pullstorm: 1\nname: chance\nservices:\n  api: {{latency: 1ms, limiters: {{all: {{bucket: \
             {{burst: 9, refill: 9/s}}}}}}, faults: {{down: {{answer: {{status: 503}}, chance: {chance}}}}}}}\nworkloads:\n  \
             w: {{kind: api-callers, service: api, callers: 1, calls: [call], retry: none}}\nexpect: \
             ['w.callers.failed == 0 holds in 95%']\n"
        );
        let document = Document::parse("x.yaml", text.as_bytes()).unwrap();
        let prepared = variants(&document, &[]).unwrap().remove(0);
        let judged = Judged::new(prepared, &Sequential, 1, Some(100));
        let values = judged.values("w.callers.failed").unwrap();
        assert_eq!(values.len(), 100);
        let so = values.iter().filter(|failed| **failed == Some(0.0)).count();
        let file = None;
        let checked = Checked {
            file,
            document: &document,
            judged,
        };
        (so, case(&checked, None).outcome)
    }

    #[test]
    fn what_holds_in_95_of_100_runs_is_checked_by_how_many_of_them_leave_little_doubt() {
        // Of a hundred runs 99 and more are rarely so many by chance where it is so in fewer than 95 of
        // all, and 90 and less rarely so few where it is so in 95 (binomial, 5 %).
        let mut seen = [false; 3];
        for chance in ["0.2%", "0.5%", "1%", "3%", "5%", "8%", "12%", "20%"] {
            let (so, outcome) = by_chance(chance);
            let (place, expected) = match so {
                99.. => (0, Outcome::Holds),
                91..=98 => (1, Outcome::Undecided),
                _ => (2, Outcome::Breach),
            };
            assert_eq!(outcome, expected, "so in {so} of 100 runs");
            assert_eq!(outcome.fails(false), so < 99);
            seen[place] = true;
        }
        assert_eq!(seen, [true; 3]);
    }

    #[test]
    fn a_check_that_warns_fails_only_if_it_is_strict() {
        assert!(!Outcome::Warns.fails(false) && Outcome::Warns.fails(true));
        assert!(Outcome::Drift.fails(false) && Outcome::Undecided.fails(false));
        assert!(!Outcome::New.fails(true) && !Outcome::Moved.fails(true));
        assert_eq!(
            [Outcome::Holds, Outcome::Breach].iter().min(),
            Some(&Outcome::Breach)
        );
    }
}
