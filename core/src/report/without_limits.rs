//! Whether what breaks would break without any limiter, too, and what is waited for then.
//!
//! A variant that breaks an expectation is run again, under the same random numbers, with every
//! limiter out of its way. What breaks there is no limiter's doing, and no quota, login or retry policy
//! mends it.

use super::build::{cause_text, names};
use super::model::{BrokenAnyway, Quantity, WithoutLimits};
use super::{Judged, cells, main_workload, words};
use crate::engine::simulate;
use crate::judge::{CauseKey, causes};
use crate::metric::Unit;
use crate::plan::{BlockRole, Link, Plan};
use crate::record::Nothing;
use crate::replicate::{Met, Prepared};
use crate::statistics::Estimate;
use std::collections::BTreeMap;

/// Runs without limits at most: enough that chance alone does not break something in each of them.
const RUNS: usize = 3;

/// Runs of a variant whose runs take more events than this are not repeated.
const EVENTS_OF_SHORT_RUNS: u64 = 2_000_000;

/// A wait has a part in what is broken if it is at least this part of what is too much.
const SHARE_OF_EXCESS: f64 = 0.1;

/// A run with all limiters out of the way.
struct Run {
    values: Vec<Option<f64>>,
    causes: BTreeMap<CauseKey, u64>,
    ways: Vec<Vec<Met>>,
}

/// What of a broken variant breaks without any limit, too; `None` if that is nothing, or if no
/// expectation is broken.
pub(crate) fn without_limits(judged: &Judged) -> Option<WithoutLimits> {
    let broken: Vec<_> = judged
        .expectations
        .iter()
        .filter(|it| it.breaks())
        .collect();
    let first = judged.runs.first()?;
    if broken.is_empty() {
        return None;
    }
    let count = match first.events > EVENTS_OF_SHORT_RUNS {
        true => 1,
        false => judged.runs.len().min(RUNS),
    };
    let free = unlimited(&judged.prepared);
    let runs: Vec<Run> = judged.runs[..count]
        .iter()
        .map(|run| simulated(&free, judged.seed, run.run))
        .collect();
    let expected = judged.expected();
    let of = |path: &str| -> Vec<Option<f64>> {
        let at = free.metrics.find(path);
        let value = |run: &Run| at.and_then(|at| run.values[at]);
        runs.iter().map(value).collect()
    };
    let anyway = broken.iter().filter_map(|expectation| {
        let stated = expected.iter().find(|it| it.text == expectation.text)?;
        let values = of(&expectation.metric);
        let breaks = |value: &Option<f64>| {
            value.is_some_and(|value| !stated.comparison.holds(value, stated.value))
        };
        values.iter().all(breaks).then(|| {
            let broken = BrokenAnyway {
                text: expectation.text.clone(),
                metric: expectation.metric.clone(),
                unit: expectation.unit,
                observed: match values.iter().flatten().any(|value| value.is_infinite()) {
                    true => Quantity::Never,
                    false => Quantity::of(Estimate::of(&values).map_or(0.0, |it| it.mean)),
                },
            };
            (broken, stated.value)
        })
    });
    let (anyway, bounds): (Vec<BrokenAnyway>, Vec<f64>) = anyway.unzip();
    let (first, bound) = (anyway.first()?, *bounds.first()?);
    let plan = &judged.prepared.plan;
    let foreground = plan.workloads.iter().filter(|it| !it.background);
    let fewer_fail = foreground.into_iter().any(|workload| {
        let (workload, units, _) = names(plan, workload);
        let path = format!("{workload}.{units}.failed");
        let with = judged.values(&path).unwrap_or_default();
        let with = with.into_iter().take(count).flatten().sum::<f64>();
        with > of(&path).into_iter().flatten().sum()
    });
    Some(WithoutLimits {
        limits_matter: anyway.len() < broken.len() || fewer_fail,
        because: because(&free, &runs, first, bound),
        broken: anyway,
    })
}

/// The variant with every limiter out of its way.
fn unlimited(prepared: &Prepared) -> Prepared {
    let mut free = prepared.clone();
    for site in &mut free.plan.sites {
        site.checks = 0..0;
    }
    free
}

fn simulated(free: &Prepared, seed: u64, run: u32) -> Run {
    let (mut outcome, _) = simulate(&free.plan, seed, u64::from(run), Nothing);
    let values = free.metrics.values(&free.plan, &mut outcome);
    let given_up = causes(&free.plan, &outcome.totals.loops);
    Run {
        values,
        causes: given_up.into_iter().map(|it| (it.key, it.count)).collect(),
        ways: Met::of(&free.chains, &outcome.totals),
    }
}

/// What it is instead: what calls are given up on, or of a time beyond its bound the slots that are
/// waited for longest, if those waits are a real part of what is too much.
fn because(free: &Prepared, runs: &[Run], broken: &BrokenAnyway, bound: f64) -> String {
    let plan = &free.plan;
    let named = broken.metric.split('.').next().unwrap_or_default();
    let place = free
        .chains
        .iter()
        .position(|it| plan.workloads[it.workload as usize].name == named);
    let (main, units, _) = main_workload(plan);
    let units = match place {
        Some(place) => names(plan, &plan.workloads[free.chains[place].workload as usize]).1,
        None => units,
    };
    let place = place.or_else(|| {
        let mut chains = free.chains.iter();
        chains.position(|it| plan.workloads[it.workload as usize].name == main)
    });
    let excess = match broken.observed {
        Quantity::Number(observed) => observed - bound,
        // Of what never comes about, any part of the bound is.
        Quantity::Never => bound,
    };
    let takes_longer = broken.unit == Unit::Seconds && excess >= 0.0;
    let wait = place.filter(|_| takes_longer);
    let wait = wait.and_then(|place| longest_wait(free, runs, place));
    match (wait, given_up(plan, runs)) {
        (Some(wait), _) if wait.longest >= SHARE_OF_EXCESS * excess => {
            let each = words::seconds(wait.each);
            format!("{units} wait for {}, {each} each on average", wait.slots)
        }
        (_, Some(cause)) => cause,
        (_, None) if !takes_longer => format!("it comes of what {units} do by themselves"),
        (Some(_), None) => format!("what {units} do takes that long, with next to no waiting"),
        (None, None) => format!("what {units} do takes that long, with nothing to wait for"),
    }
}

/// The slots that a workload waits for longest.
struct Wait {
    /// What they are called, with their number.
    slots: String,
    /// How long each of those waits that take one, in seconds.
    each: f64,
    /// How long one waits that has to, or a unit of the workload one time after another, whichever is
    /// longer, in seconds.
    longest: f64,
}

/// The slots that a workload waits for longest; `None` if nobody waits.
fn longest_wait(free: &Prepared, runs: &[Run], place: usize) -> Option<Wait> {
    let chain = &free.chains[place];
    let links = chain.links.iter().enumerate();
    let waits = links.filter_map(|(index, link)| {
        let Link::Slots { pool } = link else {
            return None;
        };
        let met = || runs.iter().map(|run| run.ways[place][index]);
        let nanos: u64 = met().map(|met| met.nanos).sum();
        let taken: u64 = met().map(|met| met.offered).sum();
        let waited: u64 = met().map(|met| met.waited).sum();
        Some((nanos, taken, waited, *pool))
    });
    let (nanos, taken, waited, pool) = waits.max_by_key(|(nanos, ..)| *nanos)?;
    let blocks = free.plan.workloads[chain.workload as usize].blocks.clone();
    let blocks = blocks.map(|block| &free.plan.blocks[block as usize]);
    let units = blocks.filter(|it| it.role == BlockRole::Unit);
    let units: u64 = units.map(|it| u64::from(it.count)).sum();
    let of = |count: u64| nanos as f64 / 1e9 / count.max(1) as f64;
    let pool = &free.plan.pools[pool as usize];
    let slots = match (pool.is_semaphore(), pool.owners) {
        (true, _) => pool.about.to_owned(),
        (false, 1) => format!("{} ({})", pool.about, pool.slots),
        (false, _) => format!("{} ({} each)", pool.about, pool.slots),
    };
    (nanos > 0).then(|| Wait {
        slots,
        each: of(taken),
        longest: of(waited).max(of(units * runs.len() as u64)),
    })
}

/// What most calls are given up on.
fn given_up(plan: &Plan, runs: &[Run]) -> Option<String> {
    let mut counts: BTreeMap<CauseKey, u64> = BTreeMap::new();
    for (key, count) in runs.iter().flat_map(|run| &run.causes) {
        *counts.entry(*key).or_insert(0) += count;
    }
    let (key, count) = counts.into_iter().rev().max_by_key(|(_, count)| *count)?;
    let each = count as f64 / runs.len().max(1) as f64;
    Some(format!(
        "{} ({} a run)",
        cause_text(plan, key),
        words::number(each)
    ))
}

/// What breaks without any limit, too, in a sentence:
/// `` `ci.finished_after <= 5min` breaks without any limit, too (6min): jobs wait for runners (4), 3min each ``.
pub(crate) fn sentence(without: &WithoutLimits) -> String {
    let broken = without.broken.iter().map(|it| {
        let then = cells::quantity(it.observed, it.unit);
        format!("`{}` breaks without any limit, too ({then} then)", it.text)
    });
    let broken: Vec<String> = broken.collect();
    format!("{}: {}", broken.join(" and "), without.because)
}

#[cfg(test)]
mod tests {
    use super::{because, simulated, unlimited};
    use crate::check::{self, Checked};
    use crate::metric::Unit;
    use crate::recommend::{Options, recommend};
    use crate::replicate::{Sequential, prepare};
    use crate::report::model::{BrokenAnyway, Label, LinkKind, Quantity, Report};
    use crate::report::{judge_variants, report, run_article};
    use crate::scenario::Document;

    /// Twelve jobs of a minute that log in to a registry which refuses some of them at first, and as many
    /// machines to run on as `runners` says.
    fn jobs(runners: &str, expect: &str) -> Document {
        let text = format!(
            "
pullstorm: 1
name: machines
services:
  hub: {{latency: 1ms, limiters: {{logins: {{bucket: {{burst: 1, refill: 30/min}}, status: 429}}}}}}
workloads:
  ci: {{kind: ci-fanout, service: hub, operation: login, jobs: 12, images: 1, login: per-image,
       spin_up: 0s, duration: 1min, runners: {runners}, retry: {{strategy: fixed, delay: 1s, attempts: 99}}}}
variants:
  more: {{about: Another login, set: {{workloads.ci.login: anonymous}}}}
expect: [{expect}]
"
        );
        Document::parse("machines.yaml", text.as_bytes()).unwrap()
    }

    const IN_TIME: &str = "ci.finished_after <= 2min";

    fn told(document: &Document) -> Report {
        let prepared = prepare(document, &["today".to_owned()]).unwrap();
        report(&judge_variants(prepared, &Sequential, 1, None), 1)
    }

    fn has(report: &Report, label: Label) -> bool {
        report.lines.iter().any(|line| line.label == label)
    }

    #[test]
    fn where_machines_are_what_jobs_wait_for_no_limiter_is_blamed() {
        let told = told(&jobs("3", IN_TIME));
        let first = &told.lines[0];
        assert_eq!(first.label, Label::Fails);
        assert!(
            first.text.starts_with(
                "`ci.finished_after <= 2min` breaks without any limit, too (4min then): jobs wait for \
                 runners (3), 1min 30s each on average; "
            ),
            "{}",
            first.text
        );
        assert!(!has(&told, Label::Limit), "{:?}", told.lines);
        let links = &told.variants[0].ways[0].links;
        let binds: Vec<LinkKind> = links
            .iter()
            .filter(|it| it.binds)
            .map(|it| it.kind)
            .collect();
        assert_eq!(binds, [LinkKind::Slots]);
        assert!(
            told.variants[0].limiters[0].throttled.min > Some(0.0),
            "it throttles nevertheless"
        );
    }

    #[test]
    fn where_there_are_machines_enough_the_limiter_is_what_it_is() {
        let document = jobs("12", "ci.jobs.start_delay.max <= 10s");
        let told = told(&document);
        assert!(told.variants[0].without_limits.is_none());
        assert!(has(&told, Label::Limit));
        assert!(!run_article(&told).markdown().contains("without any limit"));
    }

    #[test]
    fn where_both_break_something_both_are_named() {
        let both = format!("{IN_TIME}, ci.logins.first_throttled == 0");
        let told = told(&jobs("3", &both));
        assert!(
            told.lines[0]
                .text
                .starts_with("`ci.finished_after <= 2min` breaks without")
        );
        assert!(
            told.variants[0]
                .without_limits
                .as_ref()
                .unwrap()
                .limits_matter
        );
        assert!(has(&told, Label::Limit));
    }

    #[test]
    fn where_nothing_is_waited_for_the_work_takes_that_long() {
        let told = told(&jobs("12", "ci.finished_after <= 30s"));
        let first = &told.lines[0].text;
        assert!(
            first.contains("(1min then): what jobs do takes that long"),
            "{first}"
        );
    }

    #[test]
    fn what_is_no_time_is_not_put_down_to_waiting() {
        let told = told(&jobs("3", "ci.logins.count <= 10"));
        let first = &told.lines[0].text;
        assert!(
            first.contains("(12 then): it comes of what jobs do by themselves"),
            "{first}"
        );
    }

    #[test]
    fn a_wait_is_the_cause_only_if_it_is_a_real_part_of_what_is_too_much() {
        let document = jobs("3", "ci.finished_after <= 30s");
        let prepared = prepare(&document, &["today".to_owned()]).unwrap().remove(0);
        let free = unlimited(&prepared);
        let broken = BrokenAnyway {
            text: "ci.finished_after <= 30s".to_owned(),
            metric: "ci.finished_after".to_owned(),
            unit: Unit::Seconds,
            observed: Quantity::Number(60.0),
        };
        let of = |each_millis: u64| {
            let mut run = simulated(&free, 1, 0);
            for met in run.ways.iter_mut().flatten() {
                met.nanos = met.waited * each_millis * 1_000_000;
            }
            because(&free, &[run], &broken, 30.0)
        };
        let work = "what jobs do takes that long, with next to no waiting";
        assert_eq!((of(1), of(2_900)), (work.to_owned(), work.to_owned()));
        assert!(of(3_100).starts_with("jobs wait for runners (3)"));
    }

    #[test]
    fn a_recommendation_and_a_check_say_so_too() {
        let document = jobs("3", IN_TIME);
        let found = recommend(&document, &Options::of(&document), &Sequential);
        let found = found.unwrap().unwrap().report;
        assert!(
            found.lines[0].text.contains("jobs wait for runners (3)"),
            "{:?}",
            found.lines
        );
        assert!(!has(&found, Label::Limit) && !has(&found, Label::Cannot));
        assert!(found.confirm.is_empty());
        let of = |name: &str| found.variants.iter().find(|it| it.name == name).unwrap();
        let because = of("more").broken_because.clone().unwrap_or_default();
        assert!(because.ends_with("without any limit too"), "{because}");
        let prepared = check::variants(&document, &[]).unwrap();
        let judged = judge_variants(prepared, &Sequential, 1, None).remove(0);
        let file = None;
        let case = check::case(
            &Checked {
                file,
                document: &document,
                judged,
            },
            None,
        );
        let note = case.expectations[0].judged.note.clone().unwrap_or_default();
        assert!(
            note.contains(
                "without any limit it is 4min, and breaks too: jobs wait for runners (3)"
            ),
            "{note}"
        );
    }
}
