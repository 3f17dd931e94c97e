//! Causes: failures grouped by which limiter or fault it was and which loop gave up, why.

use crate::engine::{LoopTotals, Reason};
use crate::plan::{ErrorSource, Plan};

/// What a cause is made of; indices point into the plan.
#[derive(
    Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Debug, serde::Serialize, serde::Deserialize,
)]
pub struct CauseKey {
    /// The loop that gave up.
    pub retry: u32,
    /// The error it gave up on.
    pub error: u32,
    /// Why it stopped trying.
    pub reason: Reason,
}

/// A cause, and how often it struck.
#[derive(Clone, Eq, PartialEq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Cause {
    /// What it is made of.
    pub key: CauseKey,
    /// Whether a limiter said no (not a fault of the service).
    pub throttled: bool,
    /// How often, over all runs counted.
    pub count: u64,
}

/// The causes in the loop totals of a run, in the plan's order.
pub fn causes(plan: &Plan, loops: &[LoopTotals]) -> Vec<Cause> {
    let mut causes = Vec::new();
    for (retry, totals) in loops.iter().enumerate() {
        for (error, reasons) in totals.gave_up.iter().enumerate() {
            for reason in Reason::ALL {
                let count = reasons[reason as usize];
                if count > 0 {
                    let source = plan.errors[error].source;
                    causes.push(Cause {
                        key: CauseKey {
                            retry: retry as u32,
                            error: error as u32,
                            reason,
                        },
                        throttled: matches!(source, ErrorSource::Limiter(_)),
                        count,
                    });
                }
            }
        }
    }
    causes
}
