//! Best possible: for each workload, a lower limit on *finished after* that no retry timing can
//! beat.
//!
//! The operations a workload's structure needs are sent as early as they can be, in a run in which
//! nothing is throttled, nothing fails and no slot is waited for. That gives two limits, and the
//! larger counts:
//!
//! - **(a) per limiter and key**: the needed operations, each admitted as early as the limiter
//!   lets it after it can arrive, first come, first served. For a bucket and N at once this is
//!   (N - B) / r; for a window the start of the last window needed.
//! - **(b) the longest chain**: the last end of any entity in that run.
//!
//! A call that may be given up without ending its caller is not needed: it asks no limiter here.
//! A slot that a machine's token makes needless costs no login here, and what follows the last
//! admission is not added to (a): both only lower the limit.

use super::earliest::{Earliest, Until};
use crate::engine::simulate;
use crate::limiter::TokenBucketSpec;
use crate::limiter::{Algorithm, Decision, Limiter, OverLimit, Refill, Spec};
use crate::plan::{Check, GiveUp, KeyRule, Owner, Plan, Step};
use crate::random::Keys;
use crate::record::{Attempt, Recorder};
use crate::retry::RetryPolicy;
use crate::units::{Rate, Time};

/// The lower limit of one workload in one run, and what sets it.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct BestPossible {
    /// No retry timing ends earlier. [`Time::NEVER`] where a limiter never lets all through.
    pub finish: Time,
    /// What sets it.
    pub set_by: SetBy,
    /// The latest of the limits by limiters alone: when the last needed operation can be admitted.
    pub last_admission: Time,
}

/// What sets a lower limit.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum SetBy {
    /// A limiter and key; into the plan.
    Limiter(u32, u32),
    /// The longest chain of one entity.
    Chain,
}

impl BestPossible {
    /// Where no limiter has a say.
    const fn of_chain(finish: Time) -> Self {
        BestPossible {
            finish,
            set_by: SetBy::Chain,
            last_admission: Time::ZERO,
        }
    }

    fn raise(&mut self, limiter: u32, key: u32, admitted: Time) {
        self.last_admission = self.last_admission.max(admitted);
        if admitted > self.finish {
            self.finish = admitted;
            self.set_by = SetBy::Limiter(limiter, key);
        }
    }
}

/// The lower limits of run `run` of a plan, one for each workload. Other workloads may stand back
/// for the one in question, so each is limited by its own operations only.
pub fn best_possible(plan: &Plan, seed: u64, run: u64) -> Vec<BestPossible> {
    let relaxed = relax(plan);
    let recorder = Arrivals {
        plan,
        asked: vec![Vec::new(); plan.workloads.len() * plan.limiters.len()],
    };
    let (outcome, arrivals) = simulate(&relaxed, seed, run, recorder);
    let keys = Keys::new(seed, run);
    let workloads = plan.workloads.iter().enumerate();
    workloads
        .map(|(workload, planned)| {
            let ends = planned.blocks.clone();
            let ends = ends.map(|block| outcome.totals.blocks[block as usize].last_end);
            let mut best = BestPossible::of_chain(ends.max().unwrap_or(Time::ZERO));
            for limiter in 0..plan.limiters.len() {
                let asked = arrivals.asked[workload * plan.limiters.len() + limiter].clone();
                limit(&mut best, plan, limiter, asked, &keys);
            }
            best
        })
        .collect()
}

/// Raises a lower limit to what one limiter lets through at the earliest: `asked` is when each
/// operation can arrive, with its key and cost.
fn limit(
    best: &mut BestPossible,
    plan: &Plan,
    index: usize,
    mut asked: Vec<(Time, u32, u32)>,
    keys: &Keys,
) {
    if asked.is_empty() {
        return;
    }
    // Nobody knows which machine an operation will be counted on.
    let by_slot = |check: &Check| {
        check.limiter as usize == index && matches!(check.key, KeyRule::Slot { .. })
    };
    if plan.checks.iter().any(by_slot) {
        return;
    }
    let Some(mut earliest) = Earliest::new(plan, index, keys, Until::Through) else {
        return;
    };
    asked.sort_unstable();
    for (at, key, cost) in asked {
        let through = earliest.next(key, cost, at);
        best.raise(index as u32, key, through);
        if through == Time::NEVER {
            return;
        }
    }
}

/// The plan with nothing in its way.
pub(super) fn relax(plan: &Plan) -> Plan {
    let mut relaxed = plan.clone();
    let endless = TokenBucketSpec {
        burst: 1 << 50,
        refill: Refill::Continuous(Rate::ZERO),
    };
    for limiter in &mut relaxed.limiters {
        limiter.spec = Spec::new(Algorithm::TokenBucket(endless));
        limiter.spec.over_limit = OverLimit::Throttle;
    }
    for site in &mut relaxed.sites {
        site.faults = 0..0;
        if may_be_given_up(plan, site.retry) {
            site.checks = 0..0;
        }
    }
    for retry in &mut relaxed.loops {
        retry.policy = RetryPolicy::NONE;
        retry.client = None;
        retry.shared_client = false;
    }
    for check in &mut relaxed.checks {
        if let KeyRule::Slot { base, .. } = check.key {
            check.key = KeyRule::Constant(base);
        }
    }
    let everybody = plan.activities();
    for pool in &mut relaxed.pools {
        if !pool.semaphore {
            pool.slots = everybody.min(u32::MAX / pool.owners.max(1)).max(pool.slots);
        }
    }
    for link in &mut relaxed.links {
        link.shared = false;
    }
    for cache in &mut relaxed.caches {
        // One fetch of each item is needed, and nobody waits for it.
        cache.single_flight = false;
        cache.filled_when_asked = true;
        cache.lifetime = None;
    }
    for step in &mut relaxed.steps {
        if let Step::IfCached { cell, to } = *step
            && matches!(relaxed.cell_rules[cell as usize].owner, Owner::Slot(_))
        {
            *step = Step::Jump { to };
        }
    }
    relaxed
}

/// Whether a loop around a site, the innermost being `retry`, goes on without success.
fn may_be_given_up(plan: &Plan, mut retry: u32) -> bool {
    while let Some(around) = plan.loops.get(retry as usize) {
        if around.give_up == GiveUp::Continue {
            return true;
        }
        retry = around.parent;
    }
    false
}

/// Writes down when each needed operation arrives, by workload and limiter.
struct Arrivals<'p> {
    plan: &'p Plan,
    asked: Vec<Vec<(Time, u32, u32)>>,
}

impl Recorder for Arrivals<'_> {
    fn decided(&mut self, attempt: &Attempt, _: Decision, _: &Limiter) {
        if attempt.background {
            return;
        }
        let workload = self.plan.block_of(attempt.activity).workload as usize;
        let place = workload * self.plan.limiters.len() + attempt.limiter as usize;
        let asked = (attempt.at, attempt.key, attempt.cost);
        self.asked[place].push(asked);
    }
}
