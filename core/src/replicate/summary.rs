//! What is kept of one run.

use super::{Asked, Met, Passed, Prepared};
use crate::engine::simulate_unless;
use crate::judge::{BestPossible, Cause, Trigger, at_best_unless, causes, trigger};
use crate::outcome::{CutOff, Digest};
use crate::record::Nothing;
use crate::statistics::Samples;
use crate::units::Time;

/// One run in numbers; its outcome is dropped.
#[derive(Clone, PartialEq, Debug, serde::Serialize, serde::Deserialize)]
pub struct RunSummary {
    /// Which run.
    pub run: u32,
    /// Its digest.
    pub digest: Digest,
    /// Events it took.
    pub events: u64,
    /// Why it was stopped early, if it was.
    pub cut_off: Option<CutOff>,
    /// The values of the variant's metrics, in their order.
    pub values: Vec<Option<f64>>,
    /// Why loops gave up.
    pub causes: Vec<Cause>,
    /// Whether all samples were kept one by one, so that quantiles are exact.
    pub exact: bool,
    /// The first workload, which the headline is about, ends no earlier with any retry timing.
    pub best: BestPossible,
    /// By workload: when its last needed operation can be admitted, at any retry timing; time 0 of
    /// those that nobody waits for.
    pub needed_until: Vec<Time>,
    /// By limiter: when what set the load off was over.
    pub triggers: Vec<Trigger>,
    /// What each link of each workload's way did, in the order of the variant's chains.
    pub ways: Vec<Vec<Met>>,
    /// The loops, in the plan's order.
    pub loops: Vec<Passed>,
    /// What each workload asked of each operation.
    pub asked: Vec<Asked>,
}

/// Runs one replication.
///
/// # Panics
/// If the plan was not made by compile.
pub fn run_one(prepared: &Prepared, seed: u64, run: u32) -> RunSummary {
    run_unless(prepared, seed, run, &|| false).expect("nobody stops it")
}

/// Runs one replication, unless `stopped` says meanwhile that nobody wants to know any more.
///
/// # Panics
/// If the plan was not made by compile.
pub fn run_unless(
    prepared: &Prepared,
    seed: u64,
    run: u32,
    stopped: &dyn Fn() -> bool,
) -> Option<RunSummary> {
    let plan = &prepared.plan;
    let main = plan.workloads.iter().position(|it| !it.background);
    let main = main.expect("compile refuses a scenario without workloads");
    let (mut outcome, _) = simulate_unless(plan, seed, u64::from(run), Nothing, stopped)?;
    let blocks = outcome.totals.blocks.iter().map(|block| &block.start_delay);
    let loops = outcome.totals.loops.iter().map(|retry| &retry.delays);
    let exact = blocks.chain(loops).all(Samples::is_exact);
    let at_best = at_best_unless(plan, seed, u64::from(run), stopped)?;
    let best = &at_best.limits;
    let waited_for = plan.workloads.iter().zip(best);
    let needed = waited_for.map(|(workload, best)| match workload.background {
        true => Time::ZERO,
        false => best.last_admission,
    });
    let needed_until = needed.collect();
    let limiters = 0..plan.limiters.len() as u32;
    let triggers = limiters.map(|it| trigger(plan, &prepared.chains, &outcome.totals, it));
    let triggers = triggers.collect();
    Some(RunSummary {
        run,
        digest: outcome.digest,
        events: outcome.events,
        cut_off: outcome.cut_off,
        values: prepared.metrics.values(plan, &mut outcome),
        causes: causes(plan, &outcome.totals.loops),
        exact,
        best: best[main],
        needed_until,
        triggers,
        ways: Met::of(&prepared.chains, &outcome.totals),
        loops: Passed::of(&outcome.totals),
        asked: Asked::of(plan, &outcome.totals, &at_best.sent),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replicate::prepare;
    use crate::scenario::Document;
    use std::cell::Cell;

    #[test]
    fn a_run_that_nobody_waits_for_any_more_stops_in_the_middle() {
        let text = "pullstorm: 1
name: long
services: {api: {latency: 1ms, limiters: {l: {bucket: {burst: 9, refill: 9/s}}}}}
workloads:
  w: {kind: api-callers, service: api, calls: [a], rounds: 300000, pause: 10ms, on_failure: continue}
";
        let document = Document::parse("long", text.as_bytes()).unwrap();
        let prepared = &prepare(&document, &[]).unwrap()[0];
        let looks = Cell::new(0);
        let stopped = |after: u32| {
            looks.set(looks.get() + 1);
            looks.get() >= after
        };
        assert!(run_unless(prepared, 1, 0, &|| stopped(2)).is_none());
        assert_eq!(looks.get(), 2);
        let patient = run_unless(prepared, 1, 0, &|| stopped(u32::MAX)).unwrap();
        assert_eq!(patient.digest, run_one(prepared, 1, 0).digest);
    }
}
