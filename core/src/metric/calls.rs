//! Metrics of calls (logins, API calls) and of the retry loops around them.

use super::Row;
use super::Unit::{Count, Ratio, Seconds, Share};
use super::entities::quantile;
use crate::engine::{LoopTotals, Totals};
use crate::plan::{NONE, Plan};
use crate::statistics::{Quantile, Samples};

/// All calls of one workload together.
#[derive(Debug, Default)]
pub(super) struct CallTotals {
    calls: u64,
    succeeded: u64,
    failed: u64,
    retries: u64,
    first_throttled: u64,
    slept: u64,
    attempts: u64,
    throttled: u64,
    faulted: u64,
    delays: Samples,
}

impl CallTotals {
    pub fn of(plan: &Plan, totals: &Totals, workload: u32) -> Self {
        let mut calls = CallTotals::default();
        for (retry, counted) in plan.loops.iter().zip(&totals.loops) {
            if retry.workload != workload || !retry.measured {
                continue;
            }
            calls.calls += counted.calls;
            calls.succeeded += counted.succeeded;
            calls.failed += counted.gave_up_in_all();
            calls.retries += counted.retries;
            calls.first_throttled += counted.first_throttled;
            calls.slept += counted.slept;
            calls.delays.merge(&counted.delays);
        }
        for (site, counted) in plan.sites.iter().zip(&totals.sites) {
            if is_measured(plan, site.retry, workload) {
                // What a mirror sends because of a call is not the caller's.
                if site.on_error == NONE {
                    calls.attempts += counted.attempts;
                }
                calls.throttled += totals.throttled_at(site);
                calls.faulted += counted.faulted;
            }
        }
        // Given up, cancelled, or still under way when the run was cut off.
        for _ in calls.succeeded..calls.calls {
            calls.delays.record_never();
        }
        calls.delays.sort();
        calls
    }
}

/// Whether a loop, the innermost being `retry`, is a call of this workload.
fn is_measured(plan: &Plan, mut retry: u32, workload: u32) -> bool {
    while let Some(around) = plan.loops.get(retry as usize) {
        if around.measured {
            return around.workload == workload;
        }
        retry = around.parent;
    }
    false
}

pub(super) const ROWS: [Row<CallTotals>; 16] = [
    ("count", Count, "calls that were needed", |calls| {
        Some(calls.calls as f64)
    }),
    ("succeeded", Count, "calls that succeeded", |calls| {
        Some(calls.succeeded as f64)
    }),
    ("failed", Count, "calls that were given up", |calls| {
        Some(calls.failed as f64)
    }),
    (
        "failed_share",
        Share,
        "part of the calls that was given up",
        |calls| super::share(calls.failed, calls.calls),
    ),
    (
        "first_throttled",
        Count,
        "calls whose first attempt a limiter refused",
        |calls| Some(calls.first_throttled as f64),
    ),
    ("attempts", Count, "attempts sent", |calls| {
        Some(calls.attempts as f64)
    }),
    ("throttled", Count, "attempts a limiter refused", |calls| {
        Some(calls.throttled as f64)
    }),
    (
        "throttled_share",
        Share,
        "part of the attempts that was refused",
        |calls| super::share(calls.throttled, calls.attempts),
    ),
    (
        "faulted",
        Count,
        "attempts that failed otherwise",
        |calls| Some(calls.faulted as f64),
    ),
    ("retries", Count, "sleeps before another attempt", |calls| {
        Some(calls.retries as f64)
    }),
    (
        "amplification",
        Ratio,
        "attempts per call that was needed",
        |calls| super::share(calls.attempts, calls.calls),
    ),
    (
        "asleep",
        Seconds,
        "time asleep between attempts, all calls together",
        |calls| Some(calls.slept as f64 / 1e9),
    ),
    (
        "delay.mean",
        Seconds,
        "from the first attempt to success, of calls that succeeded",
        |calls| calls.delays.mean_secs(),
    ),
    (
        "delay.p50",
        Seconds,
        "half of the calls succeeded within this",
        |calls| quantile(&calls.delays, Quantile::P50),
    ),
    (
        "delay.p99",
        Seconds,
        "99 of 100 calls succeeded within this",
        |calls| quantile(&calls.delays, Quantile::P99),
    ),
    (
        "delay.max",
        Seconds,
        "the longest; never if a call did not succeed",
        |calls| calls.delays.max().map(|sample| sample.as_secs_f64()),
    ),
];

/// Loops around calls: re-runs, engines, agents, orchestrators.
pub(super) const LOOP_ROWS: [Row<LoopTotals>; 5] = [
    ("passes", Count, "passes through the loop", |retry| {
        Some(retry.passes() as f64)
    }),
    ("retries", Count, "passes after the first", |retry| {
        Some(retry.retries as f64)
    }),
    ("amplification", Ratio, "passes per entry", |retry| {
        super::share(retry.passes(), retry.calls)
    }),
    (
        "asleep",
        Seconds,
        "time asleep between passes, all entities together",
        |retry| Some(retry.slept as f64 / 1e9),
    ),
    ("gave_up", Count, "times it stopped trying", |retry| {
        Some(retry.gave_up_in_all() as f64)
    }),
];

#[cfg(test)]
mod tests {
    use crate::replicate::{prepare, run_one};
    use crate::scenario::Document;

    #[test]
    fn a_call_that_was_under_way_when_the_run_was_cut_off_never_succeeded() {
        let text = "pullstorm: 1
name: cut
horizon: 1min
services:
  api: {limiters: {calls: {bucket: {burst: 1, refill: 1/h}}}}
workloads:
  deploys:
    kind: api-callers
    service: api
    callers: 2
    calls: [Update]
    retry: {strategy: fixed, delay: 10s, attempts: 1000}
";
        let document = Document::parse("cut", text.as_bytes()).unwrap();
        let prepared = &prepare(&document, &[]).unwrap()[0];
        let summary = run_one(prepared, 1, 0);
        let value = |name: &str| {
            let path = format!("deploys.calls.{name}");
            summary.values[prepared.metrics.find(&path).unwrap()]
        };
        assert_eq!(value("succeeded"), Some(1.0));
        assert_eq!(value("failed"), Some(0.0));
        assert_eq!(value("delay.max"), Some(f64::INFINITY));
    }
}
