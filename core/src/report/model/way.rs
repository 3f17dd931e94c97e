//! The ways of workloads: what they meet, who spends what they need, whether it ends by itself.

use super::{Figure, Quantity};
use serde::{Deserialize, Serialize};

/// The way of a workload: what its operations meet, in the order in which they do.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct WayReport {
    /// The workload.
    pub workload: String,
    /// What it meets.
    pub links: Vec<LinkReport>,
    /// The nested retry loops that make most of one operation, outermost first: each name, and its
    /// passes per entry. Those that never tried again are left out.
    pub loops: Vec<NestedLoop>,
    /// The product of their passes, each the mean over all that enter it: how often an operation is
    /// sent for each that was needed, if all are tried again as often.
    pub amplification: f64,
    /// The operation that is sent most often for each that is needed, if that is far more often.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worst: Option<WorstOperation>,
}

/// An operation that is sent again more often than others of its workload.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct WorstOperation {
    /// The service that is asked.
    pub service: String,
    /// Its operation.
    pub operation: String,
    /// Requests for each that is sent where nothing is in the way, the mean over runs.
    pub amplification: f64,
}

/// Something that can hold a workload up.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct LinkReport {
    /// `hub abuse`, `runners`.
    pub name: String,
    /// What it is.
    pub kind: LinkKind,
    /// Whether it is on the client's side.
    pub client_side: bool,
    /// The mirror that asks it on behalf of the workload.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mirror: Option<String>,
    /// How it counts.
    pub rule: String,
    /// Times the workload met it.
    pub offered: Figure,
    /// Attempts it refused.
    pub throttled: Figure,
    /// Times it made them wait.
    pub waited: Figure,
    /// Seconds it made them wait, all together.
    pub waiting: Figure,
    /// Whether it is what binds: of the limiters, the one that refused or held back most; if none
    /// did, the slots that were waited for longest.
    pub binds: bool,
}

/// What a link of a way is.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LinkKind {
    /// Slots that are waited for.
    Slots,
    /// The rate limiter of the client's retry policy.
    Pacer,
    /// A limiter.
    Limiter,
}

/// A retry loop inside others.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct NestedLoop {
    /// Its name within the workload: `orchestrator`.
    pub name: String,
    /// Passes per entry, the mean over runs.
    pub amplification: f64,
}

/// A workload's part of what a limiter was asked.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct SpenderReport {
    /// The workload; `other callers` for background load; `cache, for shop` for what a mirror asks on
    /// behalf of a workload.
    pub workload: String,
    /// Attempts that asked.
    pub offered: Figure,
    /// Attempts refused.
    pub throttled: Figure,
    /// Its part of all attempts that asked, 0 to 1.
    pub share: f64,
}

/// A workload that fails or waits because of what others spend.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Sufferer {
    /// Who suffers.
    pub workload: String,
    /// The limiter that binds it: `hub abuse`.
    pub limiter: String,
    /// Who spends most of it, under the keys under which the workload was refused.
    pub spender: String,
    /// The spender's part of what was spent under those keys, in run 0, 0 to 1.
    pub share: f64,
    /// What it suffers, in words: `12 of 12 tasks fail`.
    pub effect: String,
}

/// A limiter that goes on refusing when what set the load off is over.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Outlasting {
    /// The limiter: `hub abuse`.
    pub limiter: String,
    /// What ended last of what set the load off, or what does not end.
    pub trigger: String,
    /// When it ended, in seconds of scenario time, in run 0.
    pub trigger_ends: Quantity,
    /// How long after it the limiter still refused, in seconds.
    pub recovered_after: Quantity,
    /// How long after it the operations that are needed take at any retry timing, in seconds.
    pub needed: Quantity,
}

/// A claim of the trade that the sources refute, where it matters.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct NotSo {
    /// What is said.
    pub claim: String,
    /// What is so.
    pub fact: String,
    /// Where that is from.
    pub source: String,
    /// When the source was read.
    pub as_of: String,
}
