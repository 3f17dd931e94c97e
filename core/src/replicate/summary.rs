//! What is kept of one run.

use super::Prepared;
use crate::engine::simulate_totals;
use crate::judge::{BestPossible, Cause, best_possible, causes};
use crate::outcome::{CutOff, Digest};
use crate::statistics::Samples;

/// One run in numbers; its outcome is dropped.
#[derive(Clone, Debug)]
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
}

/// Runs one replication.
///
/// # Panics
/// If the plan was not made by compile.
pub fn run_one(prepared: &Prepared, seed: u64, run: u32) -> RunSummary {
    let plan = &prepared.plan;
    let main = plan.workloads.iter().position(|it| !it.background);
    let main = main.expect("compile refuses a scenario without workloads");
    let mut outcome = simulate_totals(plan, seed, u64::from(run));
    let blocks = outcome.totals.blocks.iter().map(|block| &block.start_delay);
    let loops = outcome.totals.loops.iter().map(|retry| &retry.delays);
    let exact = blocks.chain(loops).all(Samples::is_exact);
    RunSummary {
        run,
        digest: outcome.digest,
        events: outcome.events,
        cut_off: outcome.cut_off,
        values: prepared.metrics.values(plan, &mut outcome),
        causes: causes(plan, &outcome.totals.loops),
        exact,
        best: best_possible(plan, seed, u64::from(run))[main],
    }
}
