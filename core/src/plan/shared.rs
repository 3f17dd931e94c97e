//! What activities share beside limiters: slots, caches, gauges, tallies.

use super::KeyRule;
use crate::units::{Span, Time};

/// Pools of slots, one for each owner, all of one size: the runners of a fleet (one owner), the
/// download slots of each daemon (as many owners as hosts).
///
/// A pool whose slots are made ([`super::Step::Signal`]) and used up ([`super::Step::Consume`])
/// instead of held is a semaphore.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct PoolPlan {
    /// Slots of each owner.
    pub slots: u32,
    /// How many owners.
    pub owners: u32,
    /// What its slots are, in words: `runners`.
    pub about: &'static str,
    /// What they are to the best possible.
    pub kind: PoolKind,
}

impl PoolPlan {
    /// Whether its slots are permits and no places.
    pub fn is_semaphore(&self) -> bool {
        self.kind != PoolKind::Places
    }
}

/// What the slots of a pool are to the best possible.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum PoolKind {
    /// Machines, or places on one: with nothing in the way nobody waits for them.
    Places,
    /// Permits that structure the work, as in a rolling update: they are kept to.
    Permits,
    /// Permits that also come when what gives them was given up, and that may be early: one of each
    /// owner is there from the start.
    PermitsOrNone,
}

/// A pool as the activities of one block find it.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct PoolRule {
    /// Into `pools`.
    pub pool: u32,
    /// Whose.
    pub owner: KeyRule,
}

/// A cache: cells by owner and item, each good until a time. Login tokens of hosts, layers on
/// nodes, manifests in a mirror.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct CachePlan {
    /// How many owners.
    pub owners: u32,
    /// Items of each.
    pub items: u32,
    /// How long a cell is good once filled; `None` is for ever.
    pub lifetime: Option<Span>,
    /// How many items, the first ones, each owner holds at the start.
    pub filled: u32,
    /// Whether who finds a cell being fetched waits for it ([`super::Step::Fetch`]).
    pub single_flight: bool,
    /// Whether a cell counts as filled as soon as somebody looks for it, to all but them. Only the best
    /// possible assumes that.
    pub filled_when_asked: bool,
}

/// A cell of a cache as the activities of one block find it.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct CellRule {
    /// Into `caches`.
    pub cache: u32,
    /// Whose.
    pub owner: Owner,
    /// Which item.
    pub item: KeyRule,
}

/// Whose cell it is.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Owner {
    /// By the activity's place. Others may own the same, so each look is timed by an event.
    Place(KeyRule),
    /// The machine whose slot of this pool (into `pools`) the activity holds. Nobody else is on it.
    Slot(u32),
}

/// An amount of each item: the bytes of layers.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct AmountRule {
    /// The amount of item 0, into `amounts`.
    pub first: u32,
    /// Which item.
    pub item: KeyRule,
}

/// Links of one bandwidth, one for each owner: the network of each host, a NAT gateway. Who
/// transfers at the same time shares the bandwidth equally.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct LinkPlan {
    /// Bytes a second, at least 1.
    pub bytes_per_second: u64,
    /// How many owners.
    pub owners: u32,
    /// Whether transfers share it. Only the best possible assumes that each has it all.
    pub shared: bool,
}

/// A link as the activities of one block find it.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct LinkRule {
    /// Into `links`.
    pub link: u32,
    /// Whose.
    pub owner: KeyRule,
}

/// Bytes to move.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct TransferPlan {
    /// How many.
    pub bytes: AmountRule,
    /// The links they go over, at most 8; a range of `link_rules`. A transfer is over when each link
    /// has carried it as if it were the only one that limits it.
    pub links: std::ops::Range<u32>,
}

/// Adds up amounts over a run: bytes through a NAT gateway, checks of a registry.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct TallyPlan {
    /// Into `workloads`.
    pub workload: u32,
    /// Its name in metrics.
    pub name: String,
    /// What is added up, in words.
    pub about: &'static str,
    /// Whether it counts bytes, not things.
    pub bytes: bool,
}

/// Follows a count over a run: tasks that are up.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct GaugePlan {
    /// Into `workloads`.
    pub workload: u32,
    /// Its name in metrics.
    pub name: String,
    /// What is counted.
    pub counts: Counted,
    /// The count at the start.
    pub initial: i64,
}

/// What a [`GaugePlan`] counts.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Counted {
    /// Tasks, of which nothing else is asked than that they run.
    TasksThatRun,
    /// Tasks of an old and a new version that have passed their health check.
    HealthyTasks,
    /// Pods of an old and a new version that are ready.
    ReadyPods,
}

impl Counted {
    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Counted::TasksThatRun => "tasks that run",
            Counted::HealthyTasks => "healthy tasks, old and new",
            Counted::ReadyPods => "ready pods, old and new",
        }
    }
}

/// Until when a cell is good that is good for ever.
pub const FOR_EVER: Time = Time::NEVER;
