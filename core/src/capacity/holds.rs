//! Up to which load a variant holds, in one number: what a recommendation says of each.

use super::axis::Axis;
use super::point::Hands;
use super::probe::Probe;
use super::{Load, Options, Values};
use crate::judge::Status;
use crate::replicate::{Prepared, Workers};
use crate::report::Judged;
use crate::report::model::HoldsTo;
use crate::scenario::{Document, Problem};
use crate::yaml::Diagnostics;
use std::ops::RangeInclusive;

/// Up to which load a variant that was judged holds; `None` where the scenario names no load that
/// counts, or nothing that is expected can be judged at the largest that holds. It may spend so many events: where runs are long, it looks at fewer of them, and where they
/// end before the border is found, it is the largest load that is known to hold. A variant that held by
/// chance is judged anew with as many runs as showed that.
pub(crate) fn holds_to(
    document: &Document,
    judged: &mut Judged,
    workers: &dyn Workers,
    events: u64,
) -> Option<HoldsTo> {
    let load = judged.prepared.scenario.load.as_ref()?.value.clone();
    if sets_load(&judged.prepared) {
        return None;
    }
    let now = load_now(document, judged, &load.path);
    let held = now.filter(|_| judged.verdict == Status::Met);
    // The load it was judged at counts as any other: what does not hold there holds to less.
    let most = match (now, held) {
        (_, Some(held)) => load.up_to.max(held),
        (Some(now), None) => load.up_to.min(now.saturating_sub(1)),
        (None, None) => load.up_to,
    };
    // What it was judged at can be, whatever is written.
    let from = now.map_or(load.from, |now| load.from.min(now)).max(1);
    let mut found = (0, 1, true);
    if most >= from {
        check_load(document, &judged.prepared, workers).ok()?;
        found = border(
            document,
            judged,
            workers,
            events,
            (&load.path, from..=most, held),
        )?;
        if let Some(now) = held.filter(|now| found.0 < *now) {
            let again = judged.prepared.clone();
            *judged = Judged::new(again, workers, judged.seed, Some(found.1));
            if judged.verdict == Status::Met {
                found.0 = now;
            }
        }
    }
    let (holds, runs, is_found) = found;
    Some(HoldsTo {
        load: holds,
        or_more: holds > 0 && holds == most.max(load.up_to),
        about: !is_found,
        unit: load.unit,
        runs,
        now,
    })
}

/// Whether a variant sets the number that means load: up to which load it holds is then no question to
/// ask of it.
pub(crate) fn sets_load(prepared: &Prepared) -> bool {
    let load = prepared.scenario.load.as_ref();
    let mut paths = prepared.overrides.iter().map(|(path, _)| path);
    load.is_some_and(|load| paths.any(|path| *path == load.value.path))
}

/// Tries whether a variant takes the loads that the scenario's `load:` names, smallest and largest.
///
/// # Errors
/// What it is refused for there, at `up_to`.
pub(crate) fn check_load(
    document: &Document,
    prepared: &Prepared,
    workers: &dyn Workers,
) -> Result<(), Diagnostics> {
    let Some(load) = prepared.scenario.load.as_ref().map(|load| &load.value) else {
        return Ok(());
    };
    let values = Values::counting(load.from.into(), load.up_to.max(load.from).into());
    let Ok(axis) = Axis::new(&values) else {
        return Ok(());
    };
    let options = Options::of(document);
    let probe = Probe::new(document, prepared, &load.path, &axis, &options, workers);
    probe.check().map(|_| ()).map_err(|problems| {
        let why = problems.items().iter().map(|it| it.message.as_str());
        let why = why.collect::<Vec<_>>().join("; ");
        let problem = Problem {
            place: None,
            path: "load.up_to".to_owned(),
            message: format!(
                "{} cannot be tried at every load up to {} {}: {why}",
                prepared.name, load.up_to, load.unit
            ),
            hint: Some(
                "lower `up_to`, begin with a larger `from`, or name another number in `path`"
                    .to_owned(),
            ),
        };
        document.diagnostics(vec![problem])
    })
}

/// The largest load that holds, the runs that say so, and whether the search came to its end.
fn border(
    document: &Document,
    judged: &Judged,
    workers: &dyn Workers,
    events: u64,
    (path, loads, held): (&str, RangeInclusive<u32>, Option<u32>),
) -> Option<(u32, u32, bool)> {
    let (from, most) = loads.into_inner();
    let axis = Axis::new(&Values::counting(from.into(), most.into())).ok()?;
    let options = Options {
        seed: judged.seed,
        ..Options::of(document)
    };
    let probe = Probe::new(document, &judged.prepared, path, &axis, &options, workers);
    let all: u64 = judged.runs.iter().map(|run| run.events).sum();
    let each = all / (judged.runs.len() as u64).max(1);
    let mut probe = probe.with(Hands::sparing(workers, judged.seed, events, each));
    let place = held.map(|held| u64::from(held.max(from) - from));
    if let Some(held) = held {
        let (load, _) = Load::read(&held.to_string())?;
        probe.take(&load, &judged.runs).ok()?;
    }
    let border = probe.rise(place).ok()?;
    if border.is_some_and(|border| probe.is_skipped_at(border)) {
        return None;
    }
    // What held by chance is judged anew with the runs that showed it.
    let by_chance = place.filter(|place| border.is_none_or(|border| border < *place));
    let runs = by_chance.or(border).map_or(1, |place| probe.runs_at(place));
    let load = border.map_or(0, |place| place as u32 + from);
    Some((load, runs.max(1), probe.is_found()))
}

/// The load that a variant was judged at, where it is written.
fn load_now(document: &Document, judged: &Judged, path: &str) -> Option<u32> {
    let overrides = &judged.prepared.overrides;
    let own = overrides.iter().find(|(known, _)| known == path);
    let now = match own {
        Some((_, value)) => value.parse().ok(),
        None => document.number_at(path),
    };
    now.and_then(|now| u32::try_from(now).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replicate::{Sequential, prepare};
    use crate::report::judge_variants;
    use crate::scenarios::built_in;

    #[test]
    fn what_cannot_be_judged_of_so_few_counts_as_no_load_that_holds() {
        let load = |burst: u32| {
            let text = format!(
                "pullstorm: 1\nname: few\nservices: {{api: {{latency: 0s, limiters: {{calls: {{bucket: {{burst: \
                 {burst}, refill: 1/s}}}}}}}}}}\nworkloads:\n  w: {{kind: api-callers, service: api, callers: \
                 20, calls: [call], retry: {{strategy: fixed, delay: 1s, attempts: 99}}}}\nload: {{path: \
                 workloads.w.callers, up_to: 40, unit: callers}}\nexpect: [w.callers.start_delay.p90 <= \
                 2s]\n"
            );
            let document = Document::parse("x.yaml", text.as_bytes()).unwrap();
            let prepared = prepare(&document, &[]).unwrap();
            let mut judged = judge_variants(prepared, &Sequential, 1, Some(30)).remove(0);
            let found = holds_to(&document, &mut judged, &Sequential, u64::MAX);
            found.map(|it| it.load)
        };
        // Nine of ten need ten callers: of nine, whom this bucket serves, nothing can be said.
        assert_eq!(load(4), None);
        assert!(load(12).is_some_and(|load| load >= 10));
    }

    #[test]
    fn a_search_that_ends_early_says_so_and_one_that_does_not_says_the_border() {
        let scenario = built_in("circleci-ecr-fanout").unwrap();
        let document = Document::parse(scenario.name, scenario.text.as_bytes()).unwrap();
        let prepared = prepare(&document, &["login-per-job".to_owned()]).unwrap();
        let judged = judge_variants(prepared, &Sequential, 1, Some(30));
        let within = |events: u64| {
            let mut judged = judged[1].clone();
            holds_to(&document, &mut judged, &Sequential, events).unwrap()
        };
        let early = within(1);
        assert!(early.about && (2..6).contains(&early.load), "{early:?}");
        let named = early.named();
        assert_eq!(named, format!("about {} workflows", early.load));
        let whole = within(8_000_000);
        assert_eq!((whole.load, whole.about), (6, false), "{whole:?}");
    }
}
