//! Ranks the variants, tunes a retry policy and says up to which load each variant holds.
//!
//! The order is: expectations met before undecided before broken; what somebody can change before
//! what nobody can; then owner (you, CI vendor, cloud vendor, provider) and effort (setting, pipeline
//! code, infrastructure, quota or money); then start delay, then load on the registry; headroom where
//! all of that is equal, or so nearly that nobody would choose by it. Owner and effort of each overridden path are the catalog's levers. What was
//! searched is offered only where no variant is at least as good in all of these.

mod answers;
mod beside;
mod change;
mod closest;
mod headroom;
mod idle;
mod levers;
mod lines;
mod places;
mod rank;
mod safe;
mod sets;
mod spread;
mod structure;
mod tune;
mod unwritten;
mod words;
mod writable;

#[cfg(test)]
mod tests;

pub use headroom::holds_to;
pub use lines::newer_presets;
pub use tune::{Range, Ranges};

use self::closest::Closest;
use self::headroom::Search;
use self::rank::Merit;
use self::tune::{Candidate, Tuned};
use crate::capacity;
use crate::catalog::{Owner, Pace};
use crate::emit;
use crate::judge::Status;
use crate::replicate::{Prepared, RUNS_DEFAULT, Workers, prepare};
use crate::report::model::{Change, HeadLine, HoldsTo, Label, Report, Settings, VariantReport};
use crate::report::{Judged, evidence, judge_variants, report};
use crate::scenario::Document;
use crate::yaml::Diagnostics;

/// Events that the runs of all variants are worth: a few seconds.
const EVENTS_WORTH: u64 = 60_000_000;

/// Runs of each variant at least.
const RUNS_LEAST: u32 = 10;

/// How a recommendation is made.
#[derive(Clone, Debug)]
pub struct Options {
    /// The seed.
    pub seed: u64,
    /// Runs of each variant; `None` lets Pullstorm choose.
    pub runs: Option<u32>,
    /// Variants to look at besides *today*; empty for all.
    pub only: Vec<String>,
    /// Where the tuner may look.
    pub ranges: Ranges,
}

impl Options {
    /// All variants of a document, with its own seed.
    pub fn of(document: &Document) -> Self {
        Options {
            seed: document.scenario().seed,
            runs: None,
            only: Vec::new(),
            ranges: Ranges::default(),
        }
    }
}

/// What to change, and what was simulated to say so.
#[derive(Clone, Debug)]
pub struct Recommendation {
    /// The answer.
    pub report: Report,
    /// The variants of the report, in its order: a retry policy that was searched is in no file.
    pub prepared: Vec<Prepared>,
}

/// The recommendation for a scenario: *today* first, then the variants, best first, a tuned retry
/// policy among them where that can help; with the settings to apply. If the user stops it, what was
/// finished by then; `None` if nothing was.
///
/// # Errors
/// All problems of the scenario that compile finds; a `load:` that goes further than a variant can.
pub fn recommend(
    document: &Document,
    options: &Options,
    workers: &dyn Workers,
) -> Result<Option<Recommendation>, Diagnostics> {
    let mut prepared = prepare(document, &options.only)?;
    let wanted = prepared.len();
    for variant in &prepared {
        capacity::check_load(document, variant, workers)?;
    }
    let variants = prepared.split_off(1);
    let mut judged = judge_variants(prepared, workers, options.seed, options.runs);
    let Some(today) = judged.first() else {
        return Ok(None);
    };
    let runs = options.runs.or_else(|| fewer_runs(today, variants.len()));
    judged.extend(judge_variants(variants, workers, options.seed, runs));
    let complete = judged.len() == wanted;
    let search = Search::new(document, workers, options.seed);
    let mut known: Vec<Candidate> = judged
        .into_iter()
        .map(|mut judged| {
            // A search that the user stopped has found no border.
            let holds_to = search.holds_to(&mut judged).filter(|_| !workers.stopped());
            Candidate { judged, holds_to }
        })
        .collect();
    let tuned = tune::tune(&known, &search, options, workers);
    if let Tuned::Found(found) = &tuned {
        known.push(found.as_ref().clone());
    }
    let mut single = sets::Found::default();
    // Who names variants asks about these.
    if known[0].judged.verdict == Status::Broken && complete && options.only.is_empty() {
        let found = other_levers(&search, &known);
        known.extend(found);
        single = sets::find(&search, &known);
        known.extend(single.best.take());
    }
    let (mut judged, holds_to): (Vec<Judged>, Vec<Option<HoldsTo>>) =
        known.into_iter().map(|it| (it.judged, it.holds_to)).unzip();
    let mut report = report(&judged, options.seed);
    let today = &judged[0];
    for ((variant, judged), holds_to) in report.variants.iter_mut().zip(&judged).zip(holds_to) {
        variant.holds_to = holds_to;
        if variant.name != "today" {
            let unchanged = idle::no_effect(judged, today);
            let mut change = change::of(&judged.prepared, &today.prepared, unchanged);
            if tune::is_tuned(&variant.name) {
                let sets = words::sets(&judged.prepared.overrides);
                change.remarks.push(format!("it is today with {sets}"));
            }
            if let Tuned::Found(found) = &tuned
                && found.judged.prepared.name == variant.name
                && let Some(within) = tune::within(&judged.prepared.scenario, &options.ranges)
            {
                let remark = format!("its retry policy was searched within {within}");
                change.remarks.push(remark);
            }
            variant.change = Some(change);
        }
    }
    // A setting that was searched is offered where no variant is at least as good in everything.
    let merits = report
        .variants
        .iter()
        .map(|it| (it, Merit::of(it, &judged)));
    let merits: Vec<(&VariantReport, Merit)> = merits.collect();
    let searched = merits.iter().filter(|found| tune::is_tuned(&found.0.name));
    let needless: Vec<String> = searched
        .filter(|found| merits.iter().any(|known| rank::dominates(known, found)))
        .map(|found| found.0.name.clone())
        .collect();
    report.variants.retain(|it| !needless.contains(&it.name));
    judged.retain(|it| !needless.contains(&it.prepared.name));
    lines::add(&mut report, document, &judged, &tuned, options, workers);
    rank::rank(&mut report.variants, &judged);
    report.settings = settings(&report, &judged);
    unwritten::remark(&mut report, &judged, document);
    beside::remark(&mut report, &judged);
    let without = report.variants[0].without_limits.as_ref();
    if without.is_none_or(|it| it.limits_matter) {
        (report.confirm, report.watch) = evidence(&judged[0]);
    }
    (report.levers, report.sets) = (single.levers, single.sets);
    report.levers_left_out = single.left_out;
    if !workers.stopped() {
        report.answers = answers::answers(&report, &judged, &search);
    }
    let tune = &document.scenario().tune;
    report
        .notes
        .extend(lines::searched(tune, search.tried.get()));
    report.notes.extend(tune::not_as_planned(&search));
    let is_searched = report.variants.iter().any(|it| tune::is_tuned(&it.name));
    let mut told = report.lines.iter_mut();
    if let Some(runs) = told.find(|it| it.label == Label::Runs && is_searched)
        && let Some(at) = tune::judged_at(&search)
    {
        runs.text = format!("{}; settings were searched at {at}", runs.text);
    }
    report.notes.extend(lines::roughly(&report.variants));
    report.interrupted = !complete || workers.stopped();
    let head = if report.interrupted {
        // What was not tried may be better than what was.
        report.answers.clear();
        report.settings.clear();
        vec![HeadLine {
            label: Label::Interrupted,
            text: interrupted(&report, wanted, search.closest.borrow().as_ref()),
        }]
    } else {
        let load = document.scenario().load.as_ref();
        let planned = load.and_then(|load| {
            let planned = load.value.plan_for?;
            Some((load.value.path.as_str(), planned))
        });
        let recommended = lines::recommended(&report.variants)
            .or_else(|| lines::recommended_for(&report.variants, planned?.1));
        report.recommended = recommended.map(|variant| variant.name.clone());
        lines::what_to_do(
            &report.variants,
            options.only.is_empty(),
            planned,
            search.closest.borrow().as_ref(),
        )
    };
    let place = match report.interrupted {
        true => 0,
        false => 1.min(report.lines.len()),
    };
    report.lines.splice(place..place, head);
    let ranked = report.variants.iter().map(|variant| {
        let mut known = judged.iter().map(|judged| &judged.prepared);
        known.find(|known| known.name == variant.name).cloned()
    });
    Ok(Some(Recommendation {
        prepared: ranked.flatten().collect(),
        report,
    }))
}

/// How many runs each variant gets, where runs are so long that the usual number would take longer than
/// somebody waits; the ranking needs fewer.
fn fewer_runs(today: &Judged, variants: usize) -> Option<u32> {
    if today.prepared.scenario.runs.is_some() {
        return None;
    }
    let each = today.runs.first()?.events;
    let round = each.saturating_mul(variants as u64).max(1);
    let runs = u32::try_from(EVENTS_WORTH / round).unwrap_or(u32::MAX);
    (runs < RUNS_DEFAULT).then(|| runs.max(RUNS_LEAST))
}

/// What is searched over all levers: a change that asks less than any that is known to hold, and one that
/// counts within minutes where none is known that does.
fn other_levers(search: &Search, known: &[Candidate]) -> Vec<Candidate> {
    let today = &known[0].judged.prepared;
    let holding = known[1..]
        .iter()
        .filter(|it| it.judged.verdict == Status::Met);
    let changes = holding.map(|it| change::of(&it.judged.prepared, today, None));
    let changes: Vec<Change> = changes.filter(|change| change.possible).collect();
    let toil = |change: &Change| (change.owner, change.effort);
    // Who says what may be set wants to know the best of it.
    let least = match today.scenario.tune.is_empty() {
        true => changes.iter().map(toil).min(),
        false => None,
    };
    let fast = changes.iter().any(|change| change.pace == Pace::Minutes);
    let mut found: Vec<Candidate> = levers::find(search, known, Pace::Days, least)
        .into_iter()
        .collect();
    let fast = fast
        || found
            .iter()
            .any(|it| change::of(&it.judged.prepared, today, None).pace == Pace::Minutes);
    if !fast {
        found.extend(levers::find(search, known, Pace::Minutes, None));
    }
    found
}

/// How far it came before the user stopped it, and the best by then.
fn interrupted(report: &Report, wanted: usize, closest: Option<&Closest>) -> String {
    let known = report.variants.len().min(wanted) - 1;
    let reached = match (wanted - 1, known) {
        (0, _) => "before the search came to its end".to_owned(),
        (_, 0) => "before any variant was tried".to_owned(),
        (all, some) if some < all => format!("when {some} of {all} variants were tried"),
        _ => "when all variants were tried, before the search came to its end".to_owned(),
    };
    let holding = lines::recommended(&report.variants);
    let holding = holding.map(|it| format!("; best so far: {}", lines::change_to(it)));
    let searched = closest.map(|it| format!("; {}", it.told()));
    format!(
        "{reached}, so nothing is recommended{}{}",
        holding.unwrap_or_default(),
        searched.unwrap_or_default()
    )
}

/// Native settings of the variants that hold, in their rank; of one that nobody can make, what there
/// is to ask its provider.
fn settings(report: &Report, judged: &[Judged]) -> Vec<Settings> {
    let Some(today) = judged.first() else {
        return Vec::new();
    };
    let candidates = report.variants.iter().skip(1);
    let holding = candidates.filter(|variant| variant.verdict == Status::Met);
    holding
        .filter_map(|variant| {
            let judged = judged
                .iter()
                .find(|judged| judged.prepared.name == variant.name)?;
            let possible = variant.change.as_ref()?.possible;
            let figures = (variant, report.variants.first()?);
            let settings = emit::settings(&judged.prepared, &today.prepared, Some(figures));
            let asks = move |it: &Settings| possible || it.owner == Owner::Provider;
            Some(settings.into_iter().filter(asks))
        })
        .flatten()
        .collect()
}
