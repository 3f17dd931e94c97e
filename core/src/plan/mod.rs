//! The compiled scenario: flat, immutable, names replaced by indices. One plan per variant.
//!
//! A plan lays out everything a run can need before it begins. *Blocks* are runs of activities that
//! do the same thing (the workflows of a workload, their jobs, the logins of the jobs); an activity
//! is known by its index. Each block runs a *program*, a stretch of [`Step`]s. Steps name *sites*
//! (places that send a request), *loops* (what is tried again, and how), *forks*, *pools* of slots
//! and *token caches* by index.

mod block;
mod builder;
mod chain;
mod limit;
mod shared;
mod step;
mod storm;
mod trigger;

pub use block::{Block, BlockRole, Fork, JoinRule, Start, Wanted};
pub use builder::{BlockSpec, ClientRule, EVENTS_MAX, Latency, LoopSpec, PlanBuilder, SiteSpec};
pub use chain::{Chain, Link};
pub use limit::{
    Check, EgressPlan, ErrorPlan, ErrorSource, FaultPlan, Hint, KeyRule, LimiterPlan, OperationPlan,
};
pub use shared::{
    AmountRule, CachePlan, CellRule, Counted, FOR_EVER, GaugePlan, LinkPlan, LinkRule, Owner,
    PoolKind, PoolPlan, PoolRule, TallyPlan, TransferPlan,
};
pub use step::{GiveUp, LoopPlan, Service, Site, Step};
pub use storm::storm;
pub use trigger::TriggerPlan;

use crate::random::{Distribution, Key};
use crate::units::{Span, Time};
use std::collections::BTreeMap;

/// No index.
pub const NONE: u32 = u32::MAX;

/// The most loops that may enclose a request.
pub const DEPTH_MAX: usize = 5;

/// A compiled variant of a scenario.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Name of the scenario.
    pub scenario: String,
    /// Name of the variant; `today` without overrides.
    pub variant: String,
    /// UTC of time 0, if stated.
    pub start_unix_nanos: Option<u64>,
    /// When a run is cut off.
    pub horizon: Span,
    /// Events after which a run is cut off.
    pub events_max: u64,
    /// Whether things of one instant happen in an order drawn per run, or first come, first served.
    pub random_order: bool,
    /// All programs, one after another.
    pub steps: Vec<Step>,
    /// Activities by block; parents come before their children.
    pub blocks: Vec<Block>,
    /// Places that send requests.
    pub sites: Vec<Site>,
    /// Retry loops.
    pub loops: Vec<LoopPlan>,
    /// Forks and joins.
    pub forks: Vec<Fork>,
    /// Pools of slots, and whose pool each block uses.
    pub pools: Vec<PoolPlan>,
    /// See `pools`.
    pub pool_rules: Vec<PoolRule>,
    /// Caches, and which cell of them each block uses.
    pub caches: Vec<CachePlan>,
    /// See `caches`.
    pub cell_rules: Vec<CellRule>,
    /// Links of limited bandwidth, which of them each block uses, and what goes over them.
    pub links: Vec<LinkPlan>,
    /// See `links`.
    pub link_rules: Vec<LinkRule>,
    /// Keys by the places of activities.
    pub lists: Vec<Vec<u32>>,
    /// Ways out through NAT gateways that have several addresses.
    pub egresses: Vec<EgressPlan>,
    /// See `links`.
    pub transfers: Vec<TransferPlan>,
    /// Counts that are followed.
    pub gauges: Vec<GaugePlan>,
    /// Amounts that are added up.
    pub tallies: Vec<TallyPlan>,
    /// Amounts of items (bytes of layers).
    pub amounts: Vec<u64>,
    /// How long work and messages take.
    pub durations: Vec<Distribution>,
    /// Operations of the services.
    pub operations: Vec<OperationPlan>,
    /// Limiters.
    pub limiters: Vec<LimiterPlan>,
    /// Which limiters an attempt asks, in order; sites own ranges of this.
    pub checks: Vec<Check>,
    /// Names of mirrors that ask their upstream.
    pub mirrors: Vec<String>,
    /// The mirror that sends a request, by site: what a workload's program has a mirror ask.
    pub asked_by: BTreeMap<u32, u32>,
    /// Ways in which services fail by themselves; sites own ranges of this.
    pub faults: Vec<FaultPlan>,
    /// What can go wrong.
    pub errors: Vec<ErrorPlan>,
    /// Cells of services that keep a version (optimistic concurrency control).
    pub versions: u32,
    /// Workloads, in the scenario's order.
    pub workloads: Vec<WorkloadPlan>,
    /// Client objects that keep state; sites and loops own ranges of this.
    pub clients: u32,
    /// What is taken for granted besides the numbers of limiters.
    pub stated: Vec<Assumption>,
    /// What sets load off from outside, beside arrivals.
    pub triggers: Vec<TriggerPlan>,
    /// When the last orchestrator is looked at no longer; `None` if there is none. What runs then
    /// has not come to an end by itself.
    pub watched_until: Option<Time>,
}

/// A workload of the plan.
#[derive(Clone, Debug)]
pub struct WorkloadPlan {
    /// Its name.
    pub name: String,
    /// What its calls are called in paths: `logins`, `calls`.
    pub calls: String,
    /// The blocks that belong to it, as a range.
    pub blocks: std::ops::Range<u32>,
    /// Its key: the root of the keys of its entities.
    pub key: Key,
    /// Whether it is other callers' load, which nobody waits for.
    pub background: bool,
}

/// Something the plan takes for granted.
#[derive(Clone, Eq, PartialEq, Ord, PartialOrd, Debug, serde::Deserialize, serde::Serialize)]
pub struct Assumption {
    /// In words.
    pub text: String,
    /// Where it comes from.
    pub basis: Basis,
}

/// Why something is taken for granted.
#[derive(
    Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Debug, serde::Deserialize, serde::Serialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Basis {
    /// Deduced from what is published.
    Inferred,
    /// Seen by users or said by staff.
    Observed,
    /// The scenario's author says so.
    Stated,
    /// A default of this program.
    Default,
}

impl Plan {
    /// How many activities a run has.
    pub fn activities(&self) -> u32 {
        self.blocks
            .last()
            .map_or(0, |block| block.first + block.count)
    }

    /// The most loops around any request.
    pub fn depth(&self) -> usize {
        self.loops
            .iter()
            .map(|l| usize::from(l.depth) + 1)
            .max()
            .unwrap_or(0)
    }

    /// Whether a run goes on until the activities of a block have ended.
    pub fn is_waited_for(&self, block: &Block) -> bool {
        let background = self.workloads[block.workload as usize].background;
        !background && block.role != BlockRole::Event
    }

    /// The places of the steps of the program that begins at `entry`.
    pub fn program(&self, entry: u32) -> std::ops::Range<usize> {
        // A program may end in several places; the next one begins behind the last of them.
        let entries = self.blocks.iter().map(|block| block.entry);
        let next = entries.filter(|other| *other > entry && *other != NONE);
        let end = next.min().map_or(self.steps.len(), |next| next as usize);
        entry as usize..end
    }

    /// What is assumed or inferred, shown beside the verdict: of the limiters that requests meet,
    /// then what the scenario's author states or a workload implies.
    pub fn assumptions(&self) -> impl Iterator<Item = Assumption> {
        let met = self
            .limiters
            .iter()
            .filter(|limiter| !limiter.keys.is_empty());
        let theirs = met.filter_map(|limiter| {
            let assumption = limiter.assumption.as_ref()?;
            Some(Assumption {
                text: format!("{}: {}", limiter.name, assumption.text),
                basis: assumption.basis,
            })
        });
        theirs.chain(self.stated.iter().cloned())
    }

    /// The block an activity belongs to.
    pub fn block_of(&self, activity: u32) -> &Block {
        let after = self.blocks.partition_point(|block| block.first <= activity);
        &self.blocks[after - 1]
    }
}
