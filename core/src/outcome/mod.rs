//! What one run came to: counters, and the digest that identifies them.

mod digest;

pub use digest::{Digest, DigestWriter};

use crate::engine::Totals;
use crate::units::Time;

/// The outcome of one run.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Identifies what happened.
    pub digest: Digest,
    /// Events it took.
    pub events: u64,
    /// Scenario time at the end.
    pub end: Time,
    /// Why it was stopped before everything had ended, if it was.
    pub cut_off: Option<CutOff>,
    /// By workload.
    pub workloads: Vec<WorkloadOutcome>,
    /// All counters.
    pub totals: Totals,
}

/// What came of one workload.
#[derive(Clone, Debug)]
pub struct WorkloadOutcome {
    /// From time 0 to the end of the last entity; `None` (never) if one did not end well.
    pub finished_after: Option<Time>,
}

/// Why a run was stopped before everything had ended.
#[derive(Copy, Clone, Eq, PartialEq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CutOff {
    /// Scenario time reached the horizon.
    Horizon,
    /// It took more events than allowed.
    Events,
    /// Entities wait for something that will not come.
    Stuck,
}
