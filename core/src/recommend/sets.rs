//! Single settings that are in no variant, and the smallest sets of changes that hold where none does
//! alone.

use super::headroom::Search;
use super::rank::{Effect, Merit, mean, number};
use super::tune::{self, Candidate, Toil};
use super::{change, idle, levers, rank, words, writable};
use crate::catalog::Pace;
use crate::judge::Status;
use crate::order::Arrange;
use crate::replicate::Prepared;
use crate::report::Judged;
use crate::report::main_workload;
use crate::report::model::LeverReport;
use std::cmp::Ordering;

/// Events that all of this is worth: a second or two.
const EVENTS_WORTH: u64 = 8_000_000;

/// Events that are spent on up to which load one holds.
const EVENTS_OF_LOAD: u64 = 1_500_000;

/// Events that it is worth to judge one that seems to hold.
const EVENTS_TO_JUDGE: u64 = 3_000_000;

/// Runs of a setting at least and at most.
const RUNS: (u64, u64) = (3, 10);

/// Changes that are put together, the best of those that do not hold alone.
const TOGETHER: usize = 10;

/// More than this an expectation does not lack.
const LACK_MOST: f64 = 1e6;

/// Sets that are told.
const SETS_MOST: usize = 5;

/// Changes of a set at most.
const SIZE_MOST: usize = 3;

/// What single settings come to, and the smallest sets that hold.
#[derive(Default)]
pub(super) struct Found {
    /// Each setting, best first.
    pub levers: Vec<LeverReport>,
    /// The sets, best first; none where a single change holds.
    pub sets: Vec<LeverReport>,
    /// The best set, or the single setting that is better than all that is known, to be ranked with the
    /// variants.
    pub best: Option<Candidate>,
    /// What could be set and was not tried for want of runs.
    pub left_out: u32,
}

/// A change to put together with others.
struct Part {
    what: String,
    sets: Vec<(String, String)>,
    toil: Toil,
    lack: f64,
}

/// Looks at single settings, and at sets where no change that is known holds.
pub(super) fn find(search: &Search, known: &[Candidate]) -> Found {
    let Some(today) = known.first().map(|today| &today.judged) else {
        return Found::default();
    };
    let space = levers::space(search, known, Pace::Days);
    let settings: usize = space.dimensions.iter().map(|it| it.settings.len()).sum();
    let mut left = EVENTS_WORTH;
    let runs = EVENTS_WORTH / tune::each(today) / (settings as u64).max(1);
    let runs = runs.clamp(RUNS.0, RUNS.1) as u32;
    let mut chosen: Vec<(LeverReport, Judged)> = Vec::new();
    let mut found = Found::default();
    for dimension in space
        .dimensions
        .iter()
        .filter(|it| it.name != levers::VARIANT)
    {
        let mut tried: Vec<Judged> = Vec::new();
        for setting in dimension.settings.iter().filter(|it| !it.sets.is_empty()) {
            found.left_out += u32::from(left == 0);
            let judged = attempt(search, &setting.sets, runs, &mut left);
            tried.extend(judged);
            // The first of rising values that holds asks least.
            if dimension.ordered && tried.last().is_some_and(holds) {
                break;
            }
        }
        for best in best_of_each_toil(tried, today) {
            if known.iter().all(|it| !is_same(&it.judged, &best)) {
                chosen.push(told(search, &best, today));
            }
        }
    }
    let known_to_hold = |it: &&Candidate| {
        it.judged.verdict == Status::Met
            && change::of(&it.judged.prepared, &today.prepared, None).possible
    };
    let held = known[1..].iter().filter(known_to_hold);
    let alone = held.clone().any(is_one) || chosen.iter().any(|(it, _)| it.verdict == Status::Met);
    if !alone {
        let parts = parts(known, &chosen);
        for size in 2..=SIZE_MOST {
            found.sets = sets(search, today, &parts, size, runs, &mut left);
            if !found.sets.is_empty() {
                break;
            }
        }
        if held.clone().next().is_none() {
            let mut best = found.sets.iter().take(tried_for_plan(search));
            found.best = best.find_map(|best| candidate(search, best));
        }
    }
    found.levers = ranked(chosen, today);
    if alone {
        let held: Vec<&Candidate> = held.collect();
        let levers = found.levers.iter();
        let hold = levers.filter(|it| it.verdict == Status::Met && it.no_effect.is_none());
        let mut best = hold.take(tried_for_plan(search));
        found.best = best.find_map(|best| better(search, best, &held, today));
    }
    found
}

/// How many of those that hold today are looked at: of some the first may not hold to the load that is
/// planned for.
fn tried_for_plan(search: &Search) -> usize {
    match tune::planned(search) {
        Some(_) => 3,
        None => 1,
    }
}

/// A single setting, if it is clearly better than all that is known to hold: what somebody wrote is
/// not left for a trifle.
fn better(
    search: &Search,
    lever: &LeverReport,
    held: &[&Candidate],
    today: &Judged,
) -> Option<Candidate> {
    let merit = |it: &Candidate| {
        let change = change::of(&it.judged.prepared, &today.prepared, None);
        let effect = Effect::of(&it.judged, today);
        Merit::new(
            it.judged.verdict,
            Some(&change),
            effect,
            it.holds_to.as_ref(),
        )
    };
    let scenario = search.document.with_all(&lever.sets).ok()?;
    let name = format!("one setting{}", tune::SUFFIX);
    let about = format!("Found by search: {}", lever.what);
    let own = tune::judge(search, &name, &about, &lever.sets, &scenario)?;
    let found = merit(&own);
    let holds = own.judged.verdict == Status::Met;
    let clearly = held.iter().all(|it| found.is_clearly_better(&merit(it)));
    (holds && clearly && tune::holds_as_planned(search, &own)).then_some(own)
}

/// The best of those that ask as much of the same owner.
fn best_of_each_toil(tried: Vec<Judged>, today: &Judged) -> Vec<Judged> {
    let mut best: Vec<(Toil, Judged)> = Vec::new();
    for judged in tried {
        let change = change::of(&judged.prepared, &today.prepared, None);
        let toil = (change.owner, change.effort);
        match best.iter_mut().find(|it| it.0 == toil) {
            Some((_, known)) if is_better(&judged, known, today) => *known = judged,
            Some(_) => {}
            None => best.push((toil, judged)),
        }
    }
    best.into_iter().map(|it| it.1).collect()
}

fn is_better(a: &Judged, b: &Judged, today: &Judged) -> bool {
    let effect = |it: &Judged| Effect::of(it, today);
    let order = holds(b)
        .cmp(&holds(a))
        .then_with(|| lack(a).total_cmp(&lack(b)))
        .then_with(|| match holds(a) {
            true => effect(a).order(&effect(b)),
            // Who gives up sooner asks less.
            false => effect(a).delay.total_cmp(&effect(b).delay),
        });
    order == Ordering::Less
}

/// Whether a candidate changes the same as a setting: the same paths, and runs that come to the same.
fn is_same(known: &Judged, setting: &Judged) -> bool {
    let paths = |it: &Judged| -> Vec<String> {
        let mut paths: Vec<String> = it
            .prepared
            .overrides
            .iter()
            .map(|it| it.0.clone())
            .collect();
        paths.arrange();
        paths
    };
    let runs = known.runs.iter().zip(&setting.runs);
    paths(known) == paths(setting)
        && runs.clone().next().is_some()
        && runs.clone().all(|(a, b)| a.digest == b.digest)
}

/// Whether it is one change: a variant, a policy or a setting.
fn is_one(known: &Candidate) -> bool {
    let prepared = &known.judged.prepared;
    let policy = prepared
        .overrides
        .iter()
        .all(|(path, _)| path.contains(".retry"));
    !tune::is_tuned(&prepared.name) || policy || prepared.overrides.len() == 1
}

/// Best first, by the order of merit; those without effect last.
fn ranked(levers: Vec<(LeverReport, Judged)>, today: &Judged) -> Vec<LeverReport> {
    let merit = |lever: &LeverReport, judged: &Judged| {
        let change = change::of(&judged.prepared, &today.prepared, None);
        let effect = Effect::of(judged, today);
        Merit::new(
            lever.verdict,
            Some(&change),
            effect,
            lever.holds_to.as_ref(),
        )
    };
    let each = levers.into_iter();
    let mut each: Vec<(Merit, LeverReport)> = each
        .map(|(lever, judged)| (merit(&lever, &judged), lever))
        .collect();
    let failed = |lever: &LeverReport| number(lever.failed.mean);
    // What is as good stays in this order.
    each.arrange_by(|(_, a), (_, b)| failed(a).total_cmp(&failed(b)));
    rank::sort(&mut each);
    each.arrange_by_key(|(_, lever)| lever.no_effect.is_some());
    each.into_iter().map(|(_, lever)| lever).collect()
}

fn attempt(
    search: &Search,
    sets: &[(String, String)],
    runs: u32,
    left: &mut u64,
) -> Option<Judged> {
    if *left == 0 || search.workers.stopped() {
        return None;
    }
    if !writable::can_be_written(search.document, sets) {
        return None;
    }
    let scenario = search.document.with_all(sets).ok()?;
    let prepared = Prepared::new(&words::list(sets), "", sets, &scenario).ok()?;
    let runs = if prepared.deterministic { 1 } else { runs };
    let judged = Judged::new(prepared, search.workers, search.seed, Some(runs));
    let events = judged.runs.iter().map(|run| run.events).sum();
    *left = left.saturating_sub(events);
    (!judged.runs.is_empty()).then_some(judged)
}

fn holds(judged: &Judged) -> bool {
    judged.verdict == Status::Met || judged.every_run_meets()
}

/// By how much expectations are broken, in parts of their bounds.
fn lack(judged: &Judged) -> f64 {
    let expected = judged.expected();
    let each = expected.iter().map(|it| {
        let mean = mean(judged, &it.metric).unwrap_or(LACK_MOST);
        match it.comparison.holds(mean, it.value) {
            true => 0.0,
            false => ((mean - it.value).abs() / it.value.abs().max(1.0)).min(LACK_MOST),
        }
    });
    each.sum()
}

/// A change as a report tells it; one that seems to hold is measured with as many runs as variants.
fn told(search: &Search, tried: &Judged, today: &Judged) -> (LeverReport, Judged) {
    let mut judged = tried.clone();
    if holds(&judged) && !judged.prepared.deterministic {
        let prepared = judged.prepared.clone();
        judged = Judged::searched(prepared, search.workers, search.seed, EVENTS_TO_JUDGE);
    }
    let mut holds_to = None;
    if judged.verdict == Status::Met {
        holds_to = search.holds_to_within(&mut judged, EVENTS_OF_LOAD);
    }
    let change = change::of(&judged.prepared, &today.prepared, None);
    let (workload, units, _) = main_workload(&judged.prepared.plan);
    let figure = |metric: &str| judged.figure(&format!("{workload}.{units}.{metric}"), None);
    let lever = LeverReport {
        what: judged.prepared.name.clone(),
        sets: judged.prepared.overrides.clone(),
        owner: change.owner,
        effort: change.effort,
        pace: change.pace,
        verdict: judged.verdict,
        runs: judged.runs.len() as u32,
        failed: figure("failed"),
        start_delay_p90: figure("start_delay.p90"),
        no_effect: idle::no_effect(&judged, today),
        broken: judged
            .expectations
            .iter()
            .filter(|it| it.status == Status::Broken)
            .map(|it| it.text.clone())
            .collect(),
        holds_to,
    };
    (lever, judged)
}

/// The changes that have an effect and do not hold alone, best first.
fn parts(known: &[Candidate], chosen: &[(LeverReport, Judged)]) -> Vec<Part> {
    let today = &known[0].judged;
    let mut parts: Vec<Part> = Vec::new();
    let load = today.prepared.scenario.load.as_ref();
    let of_load = |sets: &[(String, String)]| {
        load.is_some_and(|load| sets.iter().any(|(path, _)| *path == load.value.path))
    };
    let written = known[1..].iter().filter(|it| is_one(it));
    for judged in written.map(|it| &it.judged) {
        let change = change::of(&judged.prepared, &today.prepared, None);
        let usable = change.possible
            && change.remarks.is_empty()
            && !of_load(&judged.prepared.overrides)
            && idle::no_effect(judged, today).is_none();
        if usable {
            parts.push(Part {
                what: judged.prepared.name.clone(),
                sets: judged.prepared.overrides.clone(),
                toil: (change.owner, change.effort),
                lack: lack(judged),
            });
        }
    }
    for (lever, judged) in chosen.iter().filter(|(it, _)| it.no_effect.is_none()) {
        parts.push(Part {
            what: lever.what.clone(),
            sets: lever.sets.clone(),
            toil: (lever.owner, lever.effort),
            lack: lack(judged),
        });
    }
    parts.arrange_by(|a, b| a.lack.total_cmp(&b.lack).then(a.toil.cmp(&b.toil)));
    parts.truncate(TOGETHER);
    parts
}

/// Sets of a size that hold, least toil first.
fn sets(
    search: &Search,
    today: &Judged,
    parts: &[Part],
    size: usize,
    runs: u32,
    left: &mut u64,
) -> Vec<LeverReport> {
    let mut all: Vec<Vec<&Part>> = vec![Vec::new()];
    for part in parts {
        let longer: Vec<Vec<&Part>> = all
            .iter()
            .filter(|set| set.len() < size && set.iter().all(|own| apart(own, part)))
            .map(|set| set.iter().copied().chain([part]).collect())
            .collect();
        all.extend(longer);
    }
    all.retain(|set| set.len() == size);
    let toil = |set: &Vec<&Part>| set.iter().map(|part| part.toil).max();
    all.arrange_by_key(toil);
    let mut found = Vec::new();
    for set in all {
        let sets: Vec<(String, String)> = set.iter().flat_map(|it| it.sets.clone()).collect();
        let Some(judged) = attempt(search, &sets, runs, left).filter(holds) else {
            continue;
        };
        let (mut lever, judged) = told(search, &judged, today);
        if lever.verdict == Status::Met {
            let whats: Vec<&str> = set.iter().map(|it| it.what.as_str()).collect();
            lever.what = whats.join(" + ");
            found.push((lever, judged));
        }
        if found.len() == SETS_MOST {
            break;
        }
    }
    ranked(found, today)
}

/// Whether two changes set nothing of each other.
fn apart(a: &Part, b: &Part) -> bool {
    let within = |path: &str, of: &str| {
        path == of
            || path
                .strip_prefix(of)
                .is_some_and(|rest| rest.starts_with('.'))
    };
    a.sets.iter().all(|(one, _)| {
        b.sets
            .iter()
            .all(|(other, _)| !within(one, other) && !within(other, one))
    })
}

fn candidate(search: &Search, set: &LeverReport) -> Option<Candidate> {
    let scenario = search.document.with_all(&set.sets).ok()?;
    let name = format!("together{}", tune::SUFFIX);
    let about = format!("Found by search: {}", set.what);
    let own = tune::judge(search, &name, &about, &set.sets, &scenario);
    own.filter(|own| tune::holds_as_planned(search, own))
}

#[cfg(test)]
mod tests {
    use crate::judge::Status;
    use crate::recommend::tests::{DEPLOYS, of, variant};

    /// Two services with a bucket each, and nobody who tries again.
    const TWO: &str = "
pullstorm: 1
name: two
services:
  one: {latency: 0s, limiters: {calls: {bucket: {burst: 4, refill: 1/s}, status: 429}}}
  two: {latency: 0s, limiters: {calls: {bucket: {burst: 4, refill: 1/s}, status: 429}}}
workloads:
  a: {kind: api-callers, service: one, callers: 6, calls: [deploy], retry: none}
  b: {kind: api-callers, service: two, callers: 6, calls: [deploy], retry: none}
load: {path: workloads.a.callers, up_to: 8, unit: callers}
expect: [a.callers.failed == 0, b.callers.failed == 0]
";

    #[test]
    fn where_no_single_setting_holds_the_smallest_sets_that_do_are_pairs() {
        let report = of(TWO);
        assert!(report.levers.iter().all(|it| it.verdict == Status::Broken));
        let best = &report.sets[0];
        assert_eq!(best.verdict, Status::Met);
        let paths: Vec<&str> = best.sets.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(paths, ["workloads.a.begin", "workloads.b.begin"]);
        assert!(best.holds_to.as_ref().unwrap().load >= 6);
        assert!(report.sets.iter().all(|set| set.sets.len() == 2));
    }

    #[test]
    fn where_a_single_setting_holds_it_is_told_with_its_load_and_no_set_is() {
        let report = of(DEPLOYS);
        assert!(report.sets.is_empty());
        let begin = &report.levers[0];
        assert_eq!(begin.what, "begin of deploys {every: 1s}");
        assert_eq!(begin.verdict, Status::Met);
        assert!(begin.holds_to.as_ref().unwrap().or_more);
    }

    #[test]
    fn a_share_of_runs_is_found_to_hold_by_searches_whatever_number_of_runs_is_asked_for() {
        let share = DEPLOYS.replace("failed == 0]", "failed == 0 holds in 95%]");
        for runs in ["", "runs: 20\n", "runs: 100\n"] {
            let report = of(&format!("{runs}{share}"));
            let best = report.recommended.as_deref().unwrap_or("none");
            let searched = variant(&report, best);
            assert!(
                searched.verdict == Status::Met && best.ends_with("(searched)"),
                "{best}"
            );
            assert!(
                searched.runs >= 59 && !report.settings.is_empty(),
                "{}",
                searched.runs
            );
            assert!(!report.answers.is_empty());
        }
        let report = of(&share);
        let begin = &report.levers[0];
        assert_eq!(begin.what, "begin of deploys {every: 1s}");
        assert_eq!(begin.verdict, Status::Met);
    }
}
