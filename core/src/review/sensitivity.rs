//! How far advice bends: the recommended variant with one circumstance after another changed.

use super::circumstance::{MOST, circumstances};
use super::model::{Sensitivity, Tried};
use crate::judge::Status;
use crate::recommend::Recommendation;
use crate::replicate::{Prepared, Workers};
use crate::report::{judge_variants, report};
use crate::scenario::Document;

/// Runs of each trial, at least and at most.
const RUNS: (u32, u32) = (5, 20);

/// Events that all trials together are worth: a few seconds.
const EVENTS_WORTH: u64 = 60_000_000;

/// The variant that a review is about: the recommended one, or *today*.
pub(super) fn advised(recommendation: &Recommendation) -> Option<&Prepared> {
    let wanted = recommendation
        .report
        .recommended
        .as_deref()
        .unwrap_or("today");
    let mut known = recommendation.prepared.iter();
    known.find(|prepared| prepared.name == wanted)
}

/// What becomes of a variant under other circumstances; `None` where there are none, or the user
/// stopped it before the first.
pub(super) fn of(
    document: &Document,
    advised: Option<&Prepared>,
    binds: Option<&str>,
    seed: u64,
    workers: &dyn Workers,
) -> Option<Sensitivity> {
    let advised = advised?;
    let changed = advised
        .overrides
        .iter()
        .try_fold(document.clone(), |document, (path, value)| {
            document.set_everywhere(path, value)
        });
    let changed = changed.ok()?;
    let mut trials = Vec::new();
    let all = circumstances(&changed, &advised.plan, binds);
    let values = all.iter().take(MOST).map(|it| it.to.len() as u64);
    let first = workers.run(advised, seed, 0, 1);
    let each = first.first().map_or(1, |run| run.events.max(1));
    let count: u64 = values.sum();
    let runs = runs_of(each, count);
    let reached = |tried: u64| workers.reached(tried as f64 / (count + 1) as f64);
    let (as_is, units) = tried(&changed, advised, seed, runs, workers)?;
    let mut done = 1;
    reached(done);
    for circumstance in all.iter().take(MOST) {
        for value in &circumstance.to {
            workers.tell(&format!("what if {} is {value}", circumstance.what));
            // A value that the scenario refuses is no circumstance of it.
            let other = changed.set_everywhere(&circumstance.path, value);
            let other = other.ok();
            let tried = other.and_then(|other| tried(&other, advised, seed, runs, workers));
            done += 1;
            reached(done);
            let Some((mut tried, _)) = tried else {
                continue;
            };
            if workers.stopped() {
                break;
            }
            tried.path.clone_from(&circumstance.path);
            tried.what.clone_from(&circumstance.what);
            tried.from.clone_from(&circumstance.from);
            tried.to.clone_from(value);
            trials.push(tried);
        }
    }
    (!trials.is_empty()).then_some(Sensitivity {
        variant: advised.name.clone(),
        units,
        runs,
        untried: all.len().saturating_sub(MOST) as u32,
        as_is,
        trials,
    })
}

/// How many runs each of so many trials gets, where a run takes `each` events: the longer, the fewer.
fn runs_of(each: u64, trials: u64) -> u32 {
    let affordable = EVENTS_WORTH / each.saturating_mul(trials + 1).max(1);
    u32::try_from(affordable).map_or(RUNS.1, |runs| runs.clamp(RUNS.0, RUNS.1))
}

/// How *today* of a document fares, and what it counts.
fn tried(
    document: &Document,
    advised: &Prepared,
    seed: u64,
    runs: u32,
    workers: &dyn Workers,
) -> Option<(Tried, String)> {
    let about = &advised.about;
    let prepared = Prepared::new(&advised.name, about, &[], document.scenario()).ok()?;
    let judged = judge_variants(vec![prepared], workers, seed, Some(runs));
    if judged.is_empty() {
        return None;
    }
    let variant = report(&judged, seed).variants.into_iter().next()?;
    let broken = variant.expectations.iter();
    let broken = broken.filter(|it| it.status == Status::Broken);
    let tried = Tried {
        path: String::new(),
        what: String::new(),
        from: String::new(),
        to: String::new(),
        verdict: variant.verdict,
        broken: broken.map(|it| it.text.clone()).collect(),
        failed: variant.headline.failed,
        start_delay_p90: variant.headline.start_delay_p90,
    };
    Some((tried, variant.headline.units))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trials_of_long_runs_are_fewer_and_never_too_few_to_say_anything() {
        assert_eq!(runs_of(1_000, 24), 20);
        assert_eq!(runs_of(200_000, 24), 12);
        assert_eq!(runs_of(90_000_000, 24), 5);
        assert_eq!(runs_of(0, 0), 20);
    }
}
