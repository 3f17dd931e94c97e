//! Recovery: whether throttling outlives what set it off, and how long.
//!
//! - The **trigger** of what a limiter refuses is over when the last cause from outside is: the last
//!   arrival of something that somebody waits for, the end of the last fault of a service, the time at
//!   which tasks that fail are repaired or removed. A cause that nothing ends is never over. Where one
//!   workload asked for more than half of what several asked for under the key that refuses, and had
//!   more than half of what they were let through, only its arrivals count: those of the others are
//!   what it does harm to.
//! - A limiter has **recovered** at its last refusal of a workload (refusals of other callers do
//!   not count). It *never* recovers if it was still refusing when the run was cut off or looked at no
//!   longer: if its last refusal lies in the last tenth of the time between the trigger's end (time
//!   0, if it is never over) and the end of the run.

use crate::engine::{CheckTotals, Totals};
use crate::outcome::{CutOff, Outcome};
use crate::plan::{Chain, Plan};
use crate::units::{Span, Time};

/// When the last cause from outside is over, and which it is.
#[derive(Copy, Clone, Eq, PartialEq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Trigger {
    /// [`Time::NEVER`] if nothing ends it.
    pub ends: Time,
    /// What it is.
    pub by: TriggeredBy,
}

/// A cause from outside.
#[derive(Copy, Clone, Eq, PartialEq, Debug, serde::Serialize, serde::Deserialize)]
pub enum TriggeredBy {
    /// The arrivals of all that somebody waits for.
    Arrivals,
    /// The arrivals of one workload, into the plan's workloads.
    ArrivalsOf(u32),
    /// Into the plan's triggers.
    Told(u32),
}

/// The trigger of what a limiter refuses in a run. `chains` are those of the plan.
pub fn trigger(plan: &Plan, chains: &[Chain], totals: &Totals, limiter: u32) -> Trigger {
    let arrivals = &totals.last_arrivals;
    let arrival = match spender(plan, chains, totals, limiter) {
        Some(workload) => Trigger {
            ends: arrivals[workload as usize],
            by: TriggeredBy::ArrivalsOf(workload),
        },
        None => Trigger {
            ends: arrivals.iter().copied().max().unwrap_or(Time::ZERO),
            by: TriggeredBy::Arrivals,
        },
    };
    let others = (0..).zip(&plan.triggers).map(|(index, trigger)| Trigger {
        ends: trigger.ends,
        by: TriggeredBy::Told(index),
    });
    others.fold(arrival, |last, other| match other.ends > last.ends {
        true => other,
        false => last,
    })
}

/// The workload that asked for more than half of what several asked for, and was let through more than
/// half of what they were. Of a limiter that refuses under several keys there is none, for who spends
/// one does the others no harm.
fn spender(plan: &Plan, chains: &[Chain], totals: &Totals, limiter: u32) -> Option<u32> {
    let keys = totals.limiters[limiter as usize].iter();
    if keys.filter(|key| key.throttled > 0).count() > 1 {
        return None;
    }
    let own = chains
        .iter()
        .filter(|chain| !plan.workloads[chain.workload as usize].background);
    let asked: Vec<(u32, u64, u64)> = own
        .filter_map(|chain| {
            let checks = chain.limiter(limiter)?;
            let checks = checks.iter().map(|check| &totals.checks[*check as usize]);
            let sum = |(asked, admitted), check: &CheckTotals| {
                (asked + check.asked(), admitted + check.admitted)
            };
            let (asked, admitted) = checks.fold((0, 0), sum);
            Some((chain.workload, asked, admitted))
        })
        .collect();
    let all = asked.iter().fold((0, 0), |(asked, admitted), own| {
        (asked + own.1, admitted + own.2)
    });
    let most = asked
        .iter()
        .find(|own| own.1 * 2 > all.0 && own.2 * 2 > all.1)?;
    (asked.len() > 1).then_some(most.0)
}

/// How long a limiter still refused after the trigger was over; `None` is never.
pub fn recovered_after(
    plan: &Plan,
    chains: &[Chain],
    outcome: &Outcome,
    limiter: u32,
) -> Option<Span> {
    let Some(last) = last_throttled(plan, &outcome.totals, limiter) else {
        return Some(Span::ZERO);
    };
    let ends = trigger(plan, chains, &outcome.totals, limiter).ends;
    if let Some(cut) = cut_short(plan, outcome) {
        let from = if ends < cut { ends } else { Time::ZERO };
        let tenth = Span::from_nanos(cut.since(from).as_nanos() / 10);
        if last + tenth >= cut {
            return None;
        }
    }
    Some(if last > ends {
        last.since(ends)
    } else {
        Span::ZERO
    })
}

/// When a run ended that would have gone on.
fn cut_short(plan: &Plan, outcome: &Outcome) -> Option<Time> {
    let watched = plan.watched_until.is_some_and(|at| outcome.end >= at);
    let cut = match outcome.cut_off {
        Some(CutOff::Horizon | CutOff::Events) => true,
        // Nothing happens any more.
        Some(CutOff::Stuck) => false,
        None => watched,
    };
    cut.then_some(outcome.end)
}

fn last_throttled(plan: &Plan, totals: &Totals, limiter: u32) -> Option<Time> {
    let sites = plan.sites.iter().filter(|site| !site.background);
    let checks = sites.flat_map(|site| site.checks.clone());
    let of_limiter = checks.filter(|check| plan.checks[*check as usize].limiter == limiter);
    of_limiter
        .filter_map(|check| totals.checks[check as usize].last_throttled)
        .max()
}
