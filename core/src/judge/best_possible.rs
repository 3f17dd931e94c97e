//! Best possible: a lower limit on *finished after* that no retry timing can beat.
//!
//! The operations a variant's structure needs are sent as early as they can be, in a run in which
//! nothing is throttled, nothing fails and no slot is waited for. That gives two limits, and the
//! larger counts:
//!
//! - **(a) per limiter and key**: the needed operations, each admitted as early as the limiter
//!   lets it after it can arrive, first come, first served. For a bucket and N at once this is
//!   (N - B) / r; for a window the start of the last window needed.
//! - **(b) the longest chain**: the last end of any entity in that run.
//!
//! A slot that a machine's token makes needless costs no login here, and what follows the last
//! admission is not added to (a): both only lower the limit.

use crate::engine::simulate;
use crate::limiter::TokenBucketSpec;
use crate::limiter::{Algorithm, Clock, Decision, Limiter, OverLimit, Refill, Spec};
use crate::plan::{Plan, Step};
use crate::random::{Key, Keys, Purpose};
use crate::record::{Attempt, Recorder};
use crate::retry::RetryPolicy;
use crate::units::{Rate, Time};

/// The lower limit of one run, and what sets it.
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

/// The lower limit of run `run` of a plan.
pub fn best_possible(plan: &Plan, seed: u64, run: u64) -> BestPossible {
    let relaxed = relax(plan);
    let recorder = Arrivals {
        by_key: vec![Vec::new(); plan.limiters.len()],
    };
    let (outcome, arrivals) = simulate(&relaxed, seed, run, recorder);
    let chain = outcome
        .totals
        .blocks
        .iter()
        .zip(&plan.blocks)
        .filter(|(_, block)| !plan.workloads[block.workload as usize].background)
        .map(|(totals, _)| totals.last_end)
        .max()
        .unwrap_or(Time::ZERO);
    let mut best = BestPossible {
        finish: chain,
        set_by: SetBy::Chain,
        last_admission: Time::ZERO,
    };
    let keys = Keys::new(seed, run);
    for (index, mut asked) in arrivals.by_key.into_iter().enumerate() {
        let limiter = &plan.limiters[index];
        if matches!(limiter.spec.algorithm, Algorithm::ConcurrencyLimit(_)) || asked.is_empty() {
            continue;
        }
        let phase = keys.bits(Purpose::Phase, Key::ROOT.child(index as u64), 0);
        let clock = Clock {
            start_unix_nanos: plan.start_unix_nanos,
            phase,
        };
        let Ok(mut state) = Limiter::new(&limiter.spec, limiter.keys.len() as u32, clock) else {
            continue;
        };
        asked.sort_unstable();
        let mut last = vec![Time::ZERO; limiter.keys.len()];
        for (at, key, cost) in asked {
            let last = &mut last[key as usize];
            let admitted = earliest(&mut state, key, cost, at.max(*last));
            if admitted == Time::NEVER {
                best.finish = Time::NEVER;
                best.last_admission = Time::NEVER;
                best.set_by = SetBy::Limiter(index as u32, key);
                break;
            }
            *last = admitted;
            best.last_admission = best.last_admission.max(admitted);
            if admitted > best.finish {
                best.finish = admitted;
                best.set_by = SetBy::Limiter(index as u32, key);
            }
        }
    }
    best
}

/// When a request that can arrive at `at` is admitted at the earliest. Times must not run backward
/// for one key.
fn earliest(limiter: &mut Limiter, key: u32, cost: u32, at: Time) -> Time {
    let next = limiter.next_admission(key, cost, at);
    if next == Time::NEVER {
        return Time::NEVER;
    }
    match limiter.decide(key, cost, next) {
        Decision::Admitted => next,
        Decision::Delayed(wait) => next + wait,
        Decision::Throttled(_) => unreachable!("a limiter admits when it says it would"),
    }
}

/// The plan with nothing in its way.
fn relax(plan: &Plan) -> Plan {
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
    }
    for retry in &mut relaxed.loops {
        retry.policy = RetryPolicy::NONE;
        retry.client = None;
        retry.shared_client = false;
    }
    let everybody = plan.activities();
    for slots in &mut relaxed.pools {
        *slots = everybody.max(*slots);
    }
    for step in &mut relaxed.steps {
        if let Step::IfToken { to, .. } = *step {
            *step = Step::Jump { to };
        }
    }
    relaxed
}

/// Writes down when each needed operation arrives.
struct Arrivals {
    by_key: Vec<Vec<(Time, u32, u32)>>,
}

impl Recorder for Arrivals {
    fn decided(&mut self, attempt: &Attempt, _: Decision, _: &Limiter) {
        if !attempt.background {
            let asked = (attempt.at, attempt.key, attempt.cost);
            self.by_key[attempt.limiter as usize].push(asked);
        }
    }
}
