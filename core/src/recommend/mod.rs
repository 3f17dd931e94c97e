//! Ranks the variants, tunes a retry policy and says up to which load each variant holds.
//!
//! The order is: expectations met before undecided before broken; what somebody can change before
//! what nobody can; then owner (you, CI vendor, cloud vendor, provider) and effort (setting, pipeline
//! code, infrastructure, quota or money); then start delay. Owner and effort of each overridden path are the catalog's levers.

mod change;
mod headroom;
mod lines;
mod spread;
mod tune;

#[cfg(test)]
mod tests;

pub use tune::{Range, Ranges};

use crate::emit;
use crate::judge::Status;
use crate::replicate::{Prepared, Workers, prepare};
use crate::report::model::{HeadLine, Label, Quantity, Report, VariantReport};
use crate::report::{Judged, judge_variants, report};
use crate::scenario::Document;
use crate::yaml::Diagnostics;

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
/// All problems of the scenario that compile finds.
pub fn recommend(
    document: &Document,
    options: &Options,
    workers: &dyn Workers,
) -> Result<Option<Recommendation>, Diagnostics> {
    let prepared = prepare(document, &options.only)?;
    let mut judged = judge_variants(prepared, workers, options.seed, options.runs);
    if judged.is_empty() {
        return Ok(None);
    }
    let tuned = tune::tune(&judged, options, workers);
    if let tune::Tuned::Found(found) = &tuned {
        judged.push(found.as_ref().clone());
    }
    let mut report = report(&judged, options.seed);
    let judged_today = judged[0].clone();
    for (variant, judged) in report.variants.iter_mut().zip(&judged) {
        // A search that the user stopped has found no border.
        variant.holds_to = headroom::holds_to(document, judged, workers, options.seed)
            .filter(|_| !workers.stopped());
        if variant.name != "today" {
            let unchanged = no_effect(variant, judged, &judged_today);
            variant.change = Some(change::of(judged, &unchanged));
        }
    }
    lines::add(&mut report, document, &judged, &tuned, options, workers);
    rank(&mut report.variants);
    report.settings = settings(&report, &judged);
    let line = HeadLine {
        label: Label::Do,
        text: lines::what_to_do(&report.variants),
    };
    report.lines.insert(1.min(report.lines.len()), line);
    let ranked = report.variants.iter().map(|variant| {
        let mut known = judged.iter().map(|judged| &judged.prepared);
        known.find(|known| known.name == variant.name).cloned()
    });
    Ok(Some(Recommendation {
        prepared: ranked.flatten().collect(),
        report,
    }))
}

/// Why a variant differs from *today* in nothing that was measured, if every paired difference of
/// a headline number is zero in every run.
fn no_effect(variant: &VariantReport, judged: &Judged, today: &Judged) -> Option<String> {
    let head = &variant.headline;
    let same = |figure: &crate::report::model::Figure| {
        figure.difference.as_ref().is_none_or(|difference| {
            difference.mean == 0.0
                && difference.low.is_none_or(|low| low == 0.0)
                && difference.high.is_none_or(|high| high == 0.0)
        })
    };
    let figures = [
        &head.failed,
        &head.calls_failed,
        &head.amplification,
        &head.start_delay_p90,
    ];
    if !figures.into_iter().all(same) {
        return None;
    }
    let policies = |judged: &Judged| -> Vec<crate::retry::RetryPolicy> {
        judged
            .prepared
            .plan
            .loops
            .iter()
            .map(|retry| retry.policy.clone())
            .collect()
    };
    let nothing_fails = today.runs.iter().all(|run| run.causes.is_empty());
    let only_retry = variant
        .overrides
        .iter()
        .all(|(path, _)| path.contains(".retry"));
    let why = if only_retry && policies(judged) == policies(today) {
        "the policy it sets is the one that is there today"
    } else if nothing_fails
        && variant
            .overrides
            .iter()
            .all(|(path, _)| path.contains(".retry"))
    {
        "no call fails, so there is nothing to retry otherwise"
    } else {
        "it changes no attempt that a limiter sees in these runs"
    };
    Some(format!("no effect here: {why}"))
}

/// *Today* stays first; the candidates follow, best first.
fn rank(variants: &mut [VariantReport]) {
    let Some((_, candidates)) = variants.split_first_mut() else {
        return;
    };
    candidates.sort_by(|a, b| {
        let status = |variant: &VariantReport| match variant.verdict {
            Status::Met => 0,
            Status::Undecided => 1,
            Status::Broken => 2,
        };
        let possible = |variant: &VariantReport| {
            variant
                .change
                .as_ref()
                .is_some_and(|change| !change.possible)
        };
        let effort = |variant: &VariantReport| {
            variant
                .change
                .as_ref()
                .map_or(0, |change| change::effort_rank(&change.effort))
        };
        let owner = |variant: &VariantReport| {
            variant
                .change
                .as_ref()
                .map_or(0, |change| change::owner_rank(&change.owner))
        };
        let failed = |variant: &VariantReport| number(variant.headline.failed.mean);
        let delay = |variant: &VariantReport| number(variant.headline.start_delay_p90.mean);
        status(a)
            .cmp(&status(b))
            .then_with(|| possible(a).cmp(&possible(b)))
            .then_with(|| {
                if a.verdict == Status::Broken {
                    failed(a).total_cmp(&failed(b))
                } else {
                    owner(a)
                        .cmp(&owner(b))
                        .then_with(|| effort(a).cmp(&effort(b)))
                }
            })
            .then_with(|| delay(a).total_cmp(&delay(b)))
            .then_with(|| effort(a).cmp(&effort(b)))
    });
}

fn number(quantity: Option<Quantity>) -> f64 {
    match quantity {
        Some(Quantity::Number(number)) => number,
        Some(Quantity::Never) | None => f64::INFINITY,
    }
}

/// Native settings of the variants that hold, in their rank; of the best of the others if none does.
fn settings(report: &Report, judged: &[Judged]) -> Vec<crate::report::model::Settings> {
    let Some(today) = judged.first() else {
        return Vec::new();
    };
    let candidates = report.variants.iter().skip(1);
    let holding = candidates.filter(|variant| {
        variant.verdict == Status::Met
            && variant
                .change
                .as_ref()
                .is_some_and(|change| change.possible)
    });
    holding
        .filter_map(|variant| {
            let judged = judged
                .iter()
                .find(|judged| judged.prepared.name == variant.name)?;
            Some(emit::settings(&judged.prepared, &today.prepared))
        })
        .flatten()
        .collect()
}
