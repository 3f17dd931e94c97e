//! A plan with nothing in its way: no limiter refuses, nothing fails, no slot or link is waited for.
//!
//! What it takes is a lower limit only where the same numbers are drawn as in the run it is compared
//! with. A job that runs again draws its work anew, an attempt that times out never learns how long
//! its answer would have taken, a cancelled sibling ends in the middle of it. Where that can happen,
//! a span is as short as it can be drawn. Who goes on from a failure leaves out what would have
//! followed: that takes no time at all.

use crate::limiter::{Algorithm, OverLimit, Refill, Spec, TokenBucketSpec};
use crate::plan::{Check, FaultPlan, GiveUp, KeyRule, NONE, Owner, Plan, PoolKind, Site, Step};
use crate::random::Distribution;
use crate::retry::RetryPolicy;
use crate::units::{Rate, Span};
use std::ops::Range;

/// The plan with nothing in its way, in which no entity gets anywhere later than in any run with the
/// same seed and number.
pub(super) fn relax_below(plan: &Plan) -> Plan {
    let mut relaxed = relax(plan);
    shorten(plan, &mut relaxed);
    relaxed
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
    for (site, needed) in relaxed.sites.iter_mut().zip(needed(plan)) {
        site.faults = 0..0;
        if !needed {
            site.checks = 0..0;
        }
    }
    for retry in &mut relaxed.loops {
        retry.policy = RetryPolicy::NONE;
        retry.client = None;
        retry.shared_client = false;
    }
    for check in &mut relaxed.checks {
        // Nobody knows yet which machine it will be, or which address a later attempt would have.
        if let KeyRule::Slot { base, .. } | KeyRule::Egress { base, .. } = check.key {
            check.key = KeyRule::Constant(base);
        }
    }
    let everybody = plan.activities();
    for pool in &mut relaxed.pools {
        pool.slots = match pool.kind {
            PoolKind::Places => everybody.min(u32::MAX / pool.owners.max(1)).max(pool.slots),
            PoolKind::Permits => pool.slots,
            PoolKind::PermitsOrNone => pool.slots.max(1),
        };
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
    for (place, step) in relaxed.steps.iter_mut().enumerate() {
        // Who would come after the repair may come before it where nothing is in the way.
        if let Step::IfBefore { .. } = *step {
            *step = Step::Jump {
                to: place as u32 + 1,
            };
        }
        if let Step::IfCached { cell, to } = *step
            && matches!(relaxed.cell_rules[cell as usize].owner, Owner::Slot(_))
        {
            *step = Step::Jump { to };
        }
    }
    relaxed
}

/// Which sites a workload needs well answered to come to its end: not those whose errors a program
/// or a loop around them goes on from, nor those of children whose failure it goes on from.
pub(super) fn needed(plan: &Plan) -> Vec<bool> {
    let passes_errors_on = |site: &Site| {
        let after = plan.steps[site.on_error as usize..].iter();
        let mut after = after.skip_while(|step| matches!(step, Step::Abandon { .. }));
        matches!(after.next(), Some(Step::Fail { .. }))
    };
    let in_program = |site: &Site| {
        (site.on_error == NONE || passes_errors_on(site)) && !may_be_given_up(plan, site.retry)
    };
    let mut needed: Vec<bool> = plan.sites.iter().map(in_program).collect();
    let given_up = given_up(plan);
    for (block, given_up) in plan.blocks.iter().zip(given_up) {
        for step in &plan.steps[whole_program(plan, block.entry)] {
            if let (Step::Send { site }, true) = (*step, given_up) {
                needed[site as usize] = false;
            }
        }
    }
    needed
}

/// Blocks whose failure a program above them goes on from.
fn given_up(plan: &Plan) -> Vec<bool> {
    let mut given_up = vec![false; plan.blocks.len()];
    // Parents come before their children, so one pass settles what follows downward.
    for (index, block) in plan.blocks.iter().enumerate() {
        for step in &plan.steps[whole_program(plan, block.entry)] {
            if let Step::Fork { fork } = *step {
                let fork = &plan.forks[fork as usize];
                given_up[fork.block as usize] |=
                    given_up[index] || may_be_given_up(plan, fork.retry);
            }
        }
    }
    given_up
}

/// The places of all steps of the program that begins at `entry`, also behind an early end.
pub(super) fn whole_program(plan: &Plan, entry: u32) -> Range<usize> {
    let entries = plan.blocks.iter().map(|block| block.entry);
    let next = entries.filter(|other| *other > entry).min();
    let end = next.map_or(plan.steps.len(), |next| next as usize);
    entry as usize..end.min(plan.steps.len())
}

/// Whether a loop around a site, the innermost being `retry`, goes on without success.
pub(super) fn may_be_given_up(plan: &Plan, mut retry: u32) -> bool {
    while let Some(around) = plan.loops.get(retry as usize) {
        if around.give_up == GiveUp::Continue {
            return true;
        }
        retry = around.parent;
    }
    false
}

/// Makes every span as short as it can be drawn that a run may draw otherwise or not wait out.
fn shorten(plan: &Plan, relaxed: &mut Plan) {
    let needed = needed(plan);
    // Parents come before their children, so this settles which blocks may begin more than once.
    let mut again = vec![false; plan.blocks.len()];
    // ... and which may do nothing, because another one of the same block has done it.
    let mut by_another = vec![false; plan.blocks.len()];
    for (index, block) in plan.blocks.iter().enumerate() {
        let program = whole_program(plan, block.entry);
        for at in program.clone() {
            if let Step::Fork { fork } = plan.steps[at] {
                let child = plan.forks[fork as usize].block as usize;
                again[child] |= again[index] || retried(plan, &program, at);
                by_another[child] |= by_another[index] || fetched(plan, &program, at);
                let below = whole_program(plan, plan.blocks[child].entry);
                let shared = plan.steps[below]
                    .iter()
                    .any(|it| fetches(plan, it).is_some());
                if shared || fetched(plan, &program, at) {
                    // Who fetches first may be another one, who begins at another time.
                    relaxed.forks[fork as usize].spread = Span::ZERO;
                }
            }
        }
        for at in program.clone() {
            let duration = match &mut relaxed.steps[at] {
                Step::Wait { duration, .. } | Step::WaitSince { duration, .. } => duration,
                _ => continue,
            };
            let drawn_anew = block.cancellable
                || by_another[index]
                || fetched(plan, &program, at)
                || again[index] && may_fail_before(plan, &program, at)
                || drawn_anew(plan, &program, at);
            if drawn_anew {
                let shortest = plan.durations[*duration as usize].shortest();
                *duration = constant(&mut relaxed.durations, shortest);
            }
        }
        let may = (block.cancellable || by_another[index], again[index]);
        shorten_messages(plan, relaxed, &program, may, &needed);
    }
    leave_out(plan, relaxed);
}

/// Takes the time out of all that is left out where something fails and its program goes on: what
/// follows the first of what may fail in the body of a loop that may be given up, and the children
/// that are forked in one.
fn leave_out(plan: &Plan, relaxed: &mut Plan) {
    let nothing = constant(&mut relaxed.durations, Span::ZERO);
    let given_up = given_up(plan);
    for (fork, planned) in relaxed.forks.iter_mut().zip(&plan.forks) {
        if given_up[planned.block as usize] {
            fork.spread = Span::ZERO;
        }
    }
    for (block, given_up) in plan.blocks.iter().zip(given_up) {
        let program = whole_program(plan, block.entry);
        for at in program.clone() {
            if !given_up && !may_be_left_out(plan, &program, at) {
                continue;
            }
            match &mut relaxed.steps[at] {
                Step::Wait { duration, .. } | Step::WaitSince { duration, .. } => {
                    *duration = nothing;
                }
                Step::Send { site } => {
                    let site = &mut relaxed.sites[*site as usize];
                    (site.there, site.back, site.halves) = (nothing, nothing, false);
                }
                step @ Step::Transfer { .. } => *step = Step::Jump { to: at as u32 + 1 },
                _ => {}
            }
        }
    }
}

/// Whether a step is in the body of a loop that may be given up, and comes after what may fail there.
fn may_be_left_out(plan: &Plan, program: &Range<usize>, at: usize) -> bool {
    let fails = |step: &Step| match *step {
        Step::Send { site } => {
            let site = &plan.sites[site as usize];
            !site.checks.is_empty() || !site.faults.is_empty()
        }
        Step::Fork { .. } | Step::Fail { .. } => true,
        _ => false,
    };
    let goes_back = |place: usize| match plan.steps[place] {
        Step::Jump { to } => to as usize <= place,
        Step::Repeat { .. } | Step::Again { .. } => true,
        _ => false,
    };
    let mut entered = plan.steps[program.clone()]
        .iter()
        .filter_map(|step| match step {
            Step::Enter { retry } => Some(&plan.loops[*retry as usize]),
            _ => None,
        });
    entered.any(|around| {
        let body = around.body as usize..around.exit as usize;
        let end = match body.clone().any(goes_back) {
            true => body.end,
            false => at,
        };
        around.give_up == GiveUp::Continue
            && body.contains(&at)
            && plan.steps[body.start..end].iter().any(fails)
    })
}

/// An attempt draws the time of its messages by how many its activity has sent. Where all messages
/// of an activity are of one kind and each is waited for, more attempts only add to those that are
/// needed; elsewhere a message takes as little as it can.
fn shorten_messages(
    plan: &Plan,
    relaxed: &mut Plan,
    program: &Range<usize>,
    (may_not_be_sent, again): (bool, bool),
    needed: &[bool],
) {
    let sites: Vec<u32> = program
        .clone()
        .filter_map(|at| match plan.steps[at] {
            Step::Send { site } => Some(site),
            _ => None,
        })
        .collect();
    let site = |index: u32| &plan.sites[index as usize];
    let of_one_kind = sites.windows(2).all(|pair| {
        let kind = |site: &Site| (site.there, site.back, site.halves);
        kind(site(pair[0])) == kind(site(pair[1]))
    });
    let more_or_fewer = again
        || plan.steps[program.clone()].iter().any(|step| match step {
            Step::Enter { retry } => {
                let entered = &plan.loops[*retry as usize];
                entered.policy.attempts_max > 1 || entered.done != entered.exit
            }
            Step::IfCached { .. } | Step::Fetch { .. } | Step::IfBefore { .. } => true,
            _ => false,
        });
    let fetches = plan.steps[program.clone()]
        .iter()
        .any(|step| fetches(plan, step).is_some());
    let times_out = |index: u32| {
        let faults = site(index).faults.start as usize..site(index).faults.end as usize;
        plan.faults[faults]
            .iter()
            .any(|fault: &FaultPlan| fault.timeout.is_some())
    };
    let any_times_out = sites.iter().any(|index| times_out(*index));
    let not_waited_out = may_not_be_sent || fetches || any_times_out;
    if !not_waited_out && (of_one_kind || !more_or_fewer) {
        return;
    }
    for index in sites {
        let shortest = |duration: u32| plan.durations[duration as usize].shortest();
        let (there, back) = match site(index).halves {
            true => {
                let trip = shortest(site(index).there).as_nanos();
                (
                    Span::from_nanos(trip / 2),
                    Span::from_nanos(trip - trip / 2),
                )
            }
            false => (shortest(site(index).there), shortest(site(index).back)),
        };
        // Who may go on without an answer need not wait for it.
        let unanswered = times_out(index) && !needed[index as usize];
        let back = if unanswered { Span::ZERO } else { back };
        let there = constant(&mut relaxed.durations, there);
        let back = constant(&mut relaxed.durations, back);
        let short = &mut relaxed.sites[index as usize];
        (short.there, short.back, short.halves) = (there, back, false);
    }
}

/// The bodies of the loops around a step that may try again.
fn bodies<'p>(
    plan: &'p Plan,
    program: &Range<usize>,
    at: usize,
) -> impl Iterator<Item = Range<usize>> + use<'p> {
    let entered = plan.steps[program.clone()]
        .iter()
        .filter_map(|step| match step {
            Step::Enter { retry } => Some(&plan.loops[*retry as usize]),
            _ => None,
        });
    entered
        .filter(|retry| retry.policy.attempts_max > 1)
        .map(|retry| retry.body as usize..retry.exit as usize)
        .filter(move |body| body.contains(&at))
}

fn retried(plan: &Plan, program: &Range<usize>, at: usize) -> bool {
    bodies(plan, program, at).next().is_some()
}

/// Whether a pass through a loop around the step can draw its span although an earlier pass, which
/// drew another, never came to it.
fn drawn_anew(plan: &Plan, program: &Range<usize>, at: usize) -> bool {
    bodies(plan, program, at).any(|body| may_fail_before(plan, &body, at))
}

/// Whether something can fail in a stretch of steps before it comes to the step at `at`.
fn may_fail_before(plan: &Plan, stretch: &Range<usize>, at: usize) -> bool {
    let repeats = plan.steps[stretch.clone()].iter().any(|step| {
        matches!(
            step,
            Step::Repeat { .. } | Step::Again { .. } | Step::Jump { .. }
        )
    });
    let before = if repeats {
        stretch.clone()
    } else {
        stretch.start..at
    };
    plan.steps[before].iter().any(|step| {
        matches!(
            step,
            Step::Send { .. } | Step::Fork { .. } | Step::Fail { .. }
        )
    })
}

/// Where a step goes on if somebody else has filled the cell it looks at.
fn fetches(plan: &Plan, step: &Step) -> Option<u32> {
    let (cell, to) = match *step {
        Step::IfCached { cell, to } | Step::Fetch { cell, to } => (cell, to),
        _ => return None,
    };
    matches!(plan.cell_rules[cell as usize].owner, Owner::Place(_)).then_some(to)
}

/// Whether a step is left out by who finds its work done by somebody else.
fn fetched(plan: &Plan, program: &Range<usize>, at: usize) -> bool {
    let mut before = program.start..at;
    before.any(|look| {
        let to = fetches(plan, &plan.steps[look]);
        to.is_some_and(|to| at < to as usize)
    })
}

fn constant(durations: &mut Vec<Distribution>, span: Span) -> u32 {
    let wanted = Distribution::Constant(span);
    let known = durations.iter().position(|known| *known == wanted);
    if known.is_none() {
        durations.push(wanted);
    }
    known.unwrap_or(durations.len() - 1) as u32
}

/// Whether a limiter is asked by nothing but the needed operations of one workload.
pub(super) fn alone(plan: &Plan, needed: &[bool], limiter: usize, workload: usize) -> bool {
    let asks = |check: &Check| check.limiter as usize == limiter;
    let own = |site: &Site| {
        let retry = plan.loops.get(site.retry as usize);
        retry.is_some_and(|retry| retry.workload as usize == workload)
    };
    plan.limiters[limiter].background.is_zero()
        && plan.sites.iter().zip(needed).all(|(site, needed)| {
            let checks = site.checks.start as usize..site.checks.end as usize;
            *needed && own(site) || !plan.checks[checks].iter().any(asks)
        })
}
