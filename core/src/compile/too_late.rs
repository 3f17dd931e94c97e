//! Workloads that begin when runs are over: nothing of them would happen, and nothing would say so.

use super::problem::Problems;
use crate::plan::{BlockRole, Plan, Start};
use crate::scenario::model::Scenario;

/// Refuses workloads of which nothing begins before the horizon.
pub(super) fn refuse(plan: &Plan, scenario: &Scenario, problems: &mut Problems) {
    for (index, workload) in plan.workloads.iter().enumerate() {
        let of_it = plan.blocks.iter().filter(|block| {
            let is_event = matches!(block.role, BlockRole::Background | BlockRole::Event);
            block.workload as usize == index && !is_event
        });
        let begins = of_it.filter_map(|block| match &block.start {
            Start::Arrivals(arrivals) => arrivals.first(),
            Start::Spread(_) | Start::Forked { .. } => None,
        });
        let Some(begins) = begins.min().filter(|begins| *begins >= scenario.horizon) else {
            continue;
        };
        let message = format!(
            "`{}` begins at {begins}, when runs are over: they are cut off at {}",
            workload.name, scenario.horizon
        );
        let hint = format!("begin earlier, or write a `horizon` beyond {begins}");
        // Without a place of its own it is shown where a variant sets it, else where it is written.
        let path = format!("workloads.{}", workload.name);
        problems.push(None, &path, message, Some(hint));
    }
}
