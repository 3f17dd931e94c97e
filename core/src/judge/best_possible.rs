//! Best possible: for each workload, a lower limit on *finished after* that no retry timing can
//! beat.
//!
//! The operations a workload's structure needs are sent as early as they can be, in a run in which
//! nothing is throttled, nothing fails and no slot is waited for. That gives two limits, and the
//! larger counts:
//!
//! - **(a) per limiter and key**: the needed operations, each admitted as early as the limiter
//!   lets it after it can arrive (`admission`). For a bucket and N at once this is (N - B) / r; for a
//!   window the start of the last window needed.
//! - **(b) the longest chain**: the last end of any entity in that run.
//!
//! A call that may be given up without ending its caller is not needed: it asks no limiter here,
//! unless nothing makes up for it (`fallback`).
//! A slot that a machine's token makes needless costs no login here, what follows the last admission
//! is not added to (a), and spans that a run may draw otherwise are as short as they can be
//! (`relax`): all of that only lowers the limit.

use super::admission::{Arrival, clock_of, last_admission, pooled, unrounded};
use super::earliest::{Earliest, Until};
use super::fallback::without_empty_fallbacks;
use super::relax::{alone, needed, relax_below};
use crate::engine::simulate_unless;
use crate::limiter::{Algorithm, Decision, Limiter};
use crate::plan::{KeyRule, Plan};
use crate::random::Keys;
use crate::record::{Attempt, Recorder};
use crate::units::Time;

/// The lower limit of one workload in one run, and what sets it.
#[derive(Copy, Clone, Eq, PartialEq, Debug, serde::Serialize, serde::Deserialize)]
pub struct BestPossible {
    /// No retry timing ends earlier. [`Time::NEVER`] where a limiter never lets all through.
    pub finish: Time,
    /// What sets it.
    pub set_by: SetBy,
    /// The latest of the limits by limiters alone: when the last needed operation can be admitted.
    pub last_admission: Time,
}

/// What sets a lower limit.
#[derive(Copy, Clone, Eq, PartialEq, Debug, serde::Serialize, serde::Deserialize)]
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
    at_best_unless(plan, seed, run, &|| false).map_or(Vec::new(), |best| best.limits)
}

/// What a run comes to in which nothing is in the way.
#[derive(Clone, Debug)]
pub struct AtBest {
    /// The lower limit of each workload.
    pub limits: Vec<BestPossible>,
    /// How often each site of the plan is asked: requests that are needed.
    pub sent: Vec<u64>,
}

/// The same with what it sends, unless `stopped` says meanwhile that nobody wants to know any more.
pub fn at_best_unless(
    plan: &Plan,
    seed: u64,
    run: u64,
    stopped: &dyn Fn() -> bool,
) -> Option<AtBest> {
    let plan = &without_empty_fallbacks(plan);
    let relaxed = relax_below(plan);
    let mut arrivals = Arrivals {
        plan,
        asked: vec![Vec::new(); plan.workloads.len() * plan.limiters.len()],
    };
    // By pointer, as all that is recorded rarely: an engine of its own would make the page larger.
    let recorder: &mut dyn Recorder = &mut arrivals;
    let (outcome, _) = simulate_unless(&relaxed, seed, run, recorder, stopped)?;
    let keys = Keys::new(seed, run);
    let needed = needed(plan);
    let mut arrivals = arrivals.asked.into_iter();
    let workloads = plan.workloads.iter().enumerate();
    let limits = workloads
        .map(|(workload, planned)| {
            // Nobody waits for events: old tasks that drain, managers that look images up.
            let waited_for = |block: &u32| plan.is_waited_for(&plan.blocks[*block as usize]);
            let ends = planned.blocks.clone().filter(waited_for);
            let ends = ends.map(|block| outcome.totals.blocks[block as usize].last_end);
            let mut best = BestPossible::of_chain(ends.max().unwrap_or(Time::ZERO));
            for (limiter, asked) in (0..plan.limiters.len()).zip(&mut arrivals) {
                if stopped() {
                    return None;
                }
                limit(
                    &mut best,
                    (plan, &needed),
                    (limiter, workload),
                    asked,
                    &keys,
                );
            }
            Some(best)
        })
        .collect::<Option<Vec<BestPossible>>>()?;
    let sent = outcome.totals.sites.iter().map(|site| site.attempts);
    Some(AtBest {
        limits,
        sent: sent.collect(),
    })
}

/// Raises a lower limit to what one limiter lets through of one workload at the earliest: `asked`
/// is when each operation can arrive, with its key and cost.
fn limit(
    best: &mut BestPossible,
    (plan, needed): (&Plan, &[bool]),
    (index, workload): (usize, usize),
    mut asked: Vec<(u32, Time, u32)>,
    keys: &Keys,
) {
    if asked.is_empty() {
        return;
    }
    let limiter = &plan.limiters[index];
    let clock = clock_of(plan, index, keys);
    let alone = alone(plan, needed, index, workload);
    asked.sort_unstable();
    for of_key in asked.chunk_by(|one, next| one.0 == next.0) {
        let key = of_key[0].0;
        let machines = machines(plan, index, key);
        let mixed = of_key.windows(2).any(|pair| pair[0].2 != pair[1].2);
        if let (Algorithm::NginxLimitReq(_), None, false) =
            (&limiter.spec.algorithm, machines, mixed)
        {
            let earliest = Earliest::new(plan, index, keys, Until::Through);
            let through = earliest.and_then(|mut earliest| {
                let each = of_key
                    .iter()
                    .map(|(key, at, cost)| earliest.next(*key, *cost, *at));
                each.max()
            });
            best.raise(index as u32, key, through.unwrap_or(Time::ZERO));
            continue;
        }
        let (spec, grain) = unrounded(&limiter.spec);
        let early = |at: &Time| Time::from_nanos(at.as_nanos().saturating_sub(grain.as_nanos()));
        let arrivals: Vec<Arrival> = of_key
            .iter()
            .map(|(_, at, cost)| (early(at), *cost))
            .collect();
        let spec = match machines {
            None => Some(spec),
            Some(machines) => pooled(&spec, u64::from(machines)),
        };
        let last = spec.and_then(|spec| last_admission(&spec, clock, &arrivals, alone));
        if let Some(last) = last {
            best.raise(index as u32, key, last);
        }
    }
}

/// How many machines or addresses the operations that are counted under `key` in the relaxed plan
/// are spread over, if nobody knows beforehand which of them it will be.
fn machines(plan: &Plan, limiter: usize, key: u32) -> Option<u32> {
    let asks = plan
        .checks
        .iter()
        .filter(|check| check.limiter as usize == limiter);
    asks.filter_map(|check| match check.key {
        KeyRule::Slot { base, keys, .. } | KeyRule::Egress { base, keys, .. } if base == key => {
            Some(keys)
        }
        _ => None,
    })
    .max()
}

/// Writes down when each needed operation arrives, by workload and limiter.
struct Arrivals<'p> {
    plan: &'p Plan,
    /// Key, time and cost.
    asked: Vec<Vec<(u32, Time, u32)>>,
}

impl Recorder for Arrivals<'_> {
    fn decided(&mut self, attempt: &Attempt, _: Decision, _: &Limiter) {
        if attempt.background {
            return;
        }
        let workload = self.plan.block_of(attempt.activity).workload as usize;
        let place = workload * self.plan.limiters.len() + attempt.limiter as usize;
        let asked = (attempt.key, attempt.at, attempt.cost);
        self.asked[place].push(asked);
    }
}
