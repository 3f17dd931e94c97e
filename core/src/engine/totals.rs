//! What every run counts, whatever else is recorded.

use super::State;
use crate::plan::{Plan, Site};
use crate::statistics::Samples;
use crate::units::{Span, Time};

/// Counters of one key of a limiter.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Default)]
pub struct KeyTotals {
    /// Attempts let through.
    pub admitted: u64,
    /// Attempts refused.
    pub throttled: u64,
    /// Those of other callers among the admitted.
    pub background_admitted: u64,
    /// Those of other callers among the refused.
    pub background_throttled: u64,
}

impl KeyTotals {
    /// Attempts that asked.
    pub fn offered(&self) -> u64 {
        self.admitted + self.throttled
    }
}

/// Counters of one retry loop, over all its entities.
#[derive(Clone, Debug, Default)]
pub struct LoopTotals {
    /// Times it was entered: calls that were needed.
    pub calls: u64,
    /// Passes through its body that failed.
    pub failed_passes: u64,
    /// Passes that succeeded.
    pub succeeded: u64,
    /// Passes that were begun after another: after a sleep, or because what it had worked for did not
    /// last.
    pub retries: u64,
    /// Time asleep, in nanoseconds.
    pub slept: u64,
    /// Requests that the client's own rate limiter held back.
    pub held_back: u64,
    /// How long together, in nanoseconds.
    pub held: u64,
    /// Calls whose first pass a limiter refused.
    pub first_throttled: u64,
    /// Times it stopped trying, by error and reason.
    pub gave_up: Vec<[u64; REASONS]>,
    /// How long calls took that succeeded, where the loop is measured.
    pub delays: Samples,
}

impl LoopTotals {
    /// Passes through the body.
    pub fn passes(&self) -> u64 {
        self.failed_passes + self.succeeded
    }

    /// Adds the counters of another loop.
    pub fn add(&mut self, other: &LoopTotals) {
        self.calls += other.calls;
        self.failed_passes += other.failed_passes;
        self.succeeded += other.succeeded;
        self.retries += other.retries;
        self.slept += other.slept;
        self.held_back += other.held_back;
        self.held += other.held;
        self.first_throttled += other.first_throttled;
        self.gave_up.resize(other.gave_up.len(), [0; REASONS]);
        for (mine, others) in self.gave_up.iter_mut().zip(&other.gave_up) {
            for (mine, other) in mine.iter_mut().zip(others) {
                *mine += other;
            }
        }
        self.delays.merge(&other.delays);
    }

    /// Times it stopped trying.
    pub fn gave_up_in_all(&self) -> u64 {
        self.gave_up.iter().flatten().sum()
    }
}

/// Why a loop stopped trying.
#[derive(
    Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Debug, serde::Serialize, serde::Deserialize,
)]
#[repr(u8)]
pub enum Reason {
    /// The error is not of a kind it retries.
    NotRetried = 0,
    /// Its attempts were used up.
    Exhausted = 1,
    /// The client's retry quota or budget was empty.
    QuotaEmpty = 2,
}

/// How many reasons there are.
pub const REASONS: usize = 3;

impl Reason {
    /// All reasons.
    pub const ALL: [Reason; REASONS] = [Reason::NotRetried, Reason::Exhausted, Reason::QuotaEmpty];
}

/// Counters of one site.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Default)]
pub struct SiteTotals {
    /// Attempts sent.
    pub attempts: u64,
    /// Attempts that failed, and no limiter refused.
    pub faulted: u64,
}

/// Counters of one check: the questions of one site to one limiter.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Default)]
pub struct CheckTotals {
    /// Attempts let through.
    pub admitted: u64,
    /// Attempts refused.
    pub throttled: u64,
    /// Attempts let through late, by a limiter that queues.
    pub delayed: u64,
    /// How late they were together, in nanoseconds.
    pub held: u64,
    /// When one was refused last.
    pub last_throttled: Option<Time>,
}

impl CheckTotals {
    /// Attempts that asked.
    pub fn asked(&self) -> u64 {
        self.admitted + self.throttled
    }

    /// Adds the counters of another check.
    pub fn add(&mut self, other: &CheckTotals) {
        self.admitted += other.admitted;
        self.throttled += other.throttled;
        self.delayed += other.delayed;
        self.held += other.held;
        self.last_throttled = self.last_throttled.max(other.last_throttled);
    }
}

/// Counters of one pool of slots, over all its owners.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Default)]
pub struct PoolTotals {
    /// Times a slot was taken.
    pub taken: u64,
    /// Times it came after a wait in line.
    pub waited: u64,
    /// Time in line, in nanoseconds, of those who got a slot.
    pub nanos: u64,
}

/// What came of the entities of one block.
#[derive(Clone, Debug, Default)]
pub struct BlockTotals {
    /// How many were wanted.
    pub wanted: u64,
    /// From wanting to start to started.
    pub start_delay: Samples,
    /// Its parts: waiting for a slot, lost to throttling, and the rest.
    pub waiting: Samples,
    /// See `waiting`.
    pub throttled: Samples,
    /// See `waiting`.
    pub work: Samples,
    /// How many ended in each state.
    pub ended: [u64; 6],
    /// When the last one of those that started did.
    pub last_start: Time,
    /// When the last one ended.
    pub last_end: Time,
}

impl BlockTotals {
    /// Nothing yet, with room for what `entities` entities will say.
    fn of(entities: u32) -> Self {
        let samples = || Samples::with_capacity(entities as usize);
        BlockTotals {
            start_delay: samples(),
            waiting: samples(),
            throttled: samples(),
            work: samples(),
            ..BlockTotals::default()
        }
    }

    /// How many ended, or were left, in this state.
    pub fn in_state(&self, state: State) -> u64 {
        self.ended[state as usize]
    }

    /// One started at `at`, so long after it was wanted; of that it spent so many nanoseconds in line
    /// and throttled.
    pub(super) fn started(&mut self, at: Time, delay: Span, waiting: u64, throttled: u64) {
        self.last_start = self.last_start.max(at);
        let waiting = Span::from_nanos(waiting).min(delay);
        let throttled = Span::from_nanos(throttled).min(delay - waiting);
        self.start_delay.record(delay);
        self.waiting.record(waiting);
        self.throttled.record(throttled);
        self.work.record(delay - waiting - throttled);
    }
}

/// All counters of a run.
#[derive(Clone, Debug)]
pub struct Totals {
    /// By limiter, by key.
    pub limiters: Vec<Vec<KeyTotals>>,
    /// By loop.
    pub loops: Vec<LoopTotals>,
    /// By site.
    pub sites: Vec<SiteTotals>,
    /// By check: what each site asked each of its limiters.
    pub checks: Vec<CheckTotals>,
    /// By pool.
    pub pools: Vec<PoolTotals>,
    /// By block.
    pub blocks: Vec<BlockTotals>,
    /// By gauge.
    pub gauges: Vec<GaugeTotals>,
    /// By tally.
    pub tallies: Vec<u64>,
    /// By workload: when the last of those began that somebody waits for and nobody forked.
    pub last_arrivals: Vec<Time>,
}

/// A count that was followed.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Default)]
pub struct GaugeTotals {
    /// At the end.
    pub last: i64,
    /// At its lowest.
    pub lowest: i64,
    /// At its highest.
    pub highest: i64,
}

impl GaugeTotals {
    fn new(initial: i64) -> Self {
        GaugeTotals {
            last: initial,
            lowest: initial,
            highest: initial,
        }
    }

    pub(super) fn count(&mut self, by: i32) {
        self.last += i64::from(by);
        self.lowest = self.lowest.min(self.last);
        self.highest = self.highest.max(self.last);
    }
}

impl Totals {
    /// Attempts of a site that a limiter refused.
    pub fn throttled_at(&self, site: &Site) -> u64 {
        let checks = &self.checks[site.checks.start as usize..site.checks.end as usize];
        checks.iter().map(|check| check.throttled).sum()
    }

    pub(super) fn new(plan: &Plan) -> Self {
        let activities = plan.activities() as usize;
        let loops = plan.loops.iter().map(|retry| LoopTotals {
            gave_up: vec![[0; REASONS]; plan.errors.len()],
            delays: Samples::with_capacity(if retry.measured { activities } else { 0 }),
            ..LoopTotals::default()
        });
        Totals {
            limiters: plan
                .limiters
                .iter()
                .map(|limiter| vec![KeyTotals::default(); limiter.keys.len()])
                .collect(),
            loops: loops.collect(),
            sites: vec![SiteTotals::default(); plan.sites.len()],
            checks: vec![CheckTotals::default(); plan.checks.len()],
            pools: vec![PoolTotals::default(); plan.pools.len()],
            blocks: plan
                .blocks
                .iter()
                .map(|block| BlockTotals::of(block.count))
                .collect(),
            gauges: plan
                .gauges
                .iter()
                .map(|gauge| GaugeTotals::new(gauge.initial))
                .collect(),
            tallies: vec![0; plan.tallies.len()],
            last_arrivals: vec![Time::ZERO; plan.workloads.len()],
        }
    }
}
