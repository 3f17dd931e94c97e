//! Headroom: up to which load all expectations are met.
//!
//! The load is the whole number that the scenario's `load:` names. It is doubled until a variant
//! breaks, then the border is found by halving. A variant that holds at some load is taken to hold
//! at every smaller one.

use crate::judge::Status;
use crate::replicate::{Prepared, Workers};
use crate::report::Judged;
use crate::report::model::HoldsTo;
use crate::scenario::Document;

/// Runs at each load on the way to the border, where runs differ.
const RUNS_TO_FIND: u32 = 10;

/// Runs at the border itself: none of them may break an expectation. Then fewer than 3 runs in 100
/// do, with 95 % confidence.
const RUNS_TO_CONFIRM: u32 = 100;

/// Up to which load a variant holds; `None` where the scenario names no load.
pub(super) fn holds_to(
    document: &Document,
    judged: &Judged,
    workers: &dyn Workers,
    seed: u64,
) -> Option<HoldsTo> {
    let load = &judged.prepared.scenario.load.as_ref()?.value;
    let holds = |n: u32, runs: u32| holds_at(document, judged, &load.path, n, runs, workers, seed);
    let mut found = border(load.up_to, |n| holds(n, RUNS_TO_FIND));
    if found > 0 && !holds(found, RUNS_TO_CONFIRM) {
        // What is rare, few runs do not see: find the border again with as many as decide it.
        found = border(found - 1, |n| holds(n, RUNS_TO_CONFIRM));
    }
    Some(HoldsTo {
        load: found,
        or_more: found == load.up_to,
        unit: load.unit.clone(),
        runs: match judged.prepared.deterministic {
            true => 1,
            false => RUNS_TO_CONFIRM,
        },
    })
}

/// The largest load up to `most` at which something holds, 0 if it does not hold at 1.
fn border(most: u32, holds: impl Fn(u32) -> bool) -> u32 {
    if most == 0 || !holds(1) {
        return 0;
    }
    let mut good = 1;
    let mut bad = None;
    while good < most {
        let next = good.saturating_mul(2).min(most);
        if holds(next) {
            good = next;
        } else {
            bad = Some(next);
            break;
        }
    }
    let Some(mut bad) = bad else {
        return good;
    };
    while bad - good > 1 {
        let middle = good + (bad - good) / 2;
        if holds(middle) {
            good = middle;
        } else {
            bad = middle;
        }
    }
    good
}

fn holds_at(
    document: &Document,
    judged: &Judged,
    path: &str,
    load: u32,
    runs: u32,
    workers: &dyn Workers,
    seed: u64,
) -> bool {
    let Some(prepared) = at(document, judged, path, &load.to_string()) else {
        return false;
    };
    let runs = if prepared.deterministic { 1 } else { runs };
    let tried = Judged::new(prepared, workers, seed, Some(runs));
    tried.verdict == Status::Met || undecided_for_want_of_runs(&tried)
}

/// With few runs an interval can contain the number although every run meets it.
fn undecided_for_want_of_runs(tried: &Judged) -> bool {
    tried.verdict == Status::Undecided
        && tried
            .expectations
            .iter()
            .all(|expectation| expectation.status != Status::Broken)
        && tried.runs.iter().all(|run| run.cut_off.is_none())
}

/// The variant with one value of the scenario set anew.
pub(super) fn at(
    document: &Document,
    judged: &Judged,
    path: &str,
    value: &str,
) -> Option<Prepared> {
    let changed = document.set_everywhere(path, value).ok()?;
    let prepared = &judged.prepared;
    let scenario = changed
        .variants()
        .iter()
        .find(|variant| variant.name == prepared.name)
        .map_or(changed.scenario(), |variant| &variant.scenario);
    let mut scenario = scenario.clone();
    if super::tune::is_tuned(&prepared.name) {
        super::tune::transfer(&prepared.scenario, &mut scenario);
    }
    Prepared::new(
        &prepared.name,
        &prepared.about,
        &prepared.overrides,
        &scenario,
    )
    .ok()
}

#[cfg(test)]
mod tests {
    use super::border;

    #[test]
    fn the_border_is_the_largest_load_that_holds() {
        for most in [1, 2, 7, 64, 100] {
            for largest in 0..=most {
                assert_eq!(border(most, |load| load <= largest), largest);
            }
        }
        assert_eq!(border(0, |_| true), 0);
    }
}
