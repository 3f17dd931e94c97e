//! Inevitable wait: how long one call at least has to wait for its credit, whoever goes first.
//!
//! Only calls count whose arrival no throttling can move: the first request of an activity that made
//! or waited for nothing before it, down from the workflow or caller. Served first come, first
//! served, the longest wait among them is as short as it can be; a retry policy whose last attempt
//! comes earlier fails at least one call, whatever it draws.

use super::admission::opened_by_requests;
use super::earliest::{Earliest, Until};
use super::relax::relax;
use crate::engine::simulate_told;
use crate::limiter::{Decision, Limiter, OverLimit};
use crate::plan::{Plan, Start, Step};
use crate::random::Keys;
use crate::record::{Attempt, Recorder};
use crate::units::{Span, Time};

/// The inevitable wait of a workload's calls in run `run`; [`Span::MAX`] where a limiter never lets
/// one through.
pub fn inevitable_wait(plan: &Plan, seed: u64, run: u64, workload: u32) -> Span {
    let relaxed = relax(plan);
    let mut first = FirstCalls {
        plan,
        workload,
        unmoved: unmoved(plan),
        asked: vec![false; plan.activities() as usize],
        arrivals: vec![Vec::new(); plan.limiters.len()],
    };
    simulate_told(&relaxed, seed, run, &mut first);
    let keys = Keys::new(seed, run);
    let mut longest = Span::ZERO;
    for (index, mut arrivals) in first.arrivals.into_iter().enumerate() {
        // A limiter that lets requests wait asks nothing of a retry policy.
        let spec = &plan.limiters[index].spec;
        // Of mixed costs a small one may go first, and a window may open later.
        let mixed = arrivals.windows(2).any(|pair| pair[0].2 != pair[1].2);
        let opens_later = opened_by_requests(&spec.algorithm).is_some();
        if spec.over_limit == OverLimit::Wait || mixed || opens_later {
            continue;
        }
        let Some(mut earliest) = Earliest::new(plan, index, &keys, Until::LetIn) else {
            continue;
        };
        arrivals.sort_unstable();
        for (at, key, cost) in arrivals {
            let let_in = earliest.next(key, cost, at);
            if let_in == Time::NEVER {
                return Span::MAX;
            }
            longest = longest.max(let_in.since(at));
        }
    }
    longest
}

/// For each block, which children of a parent begin before anything could have been throttled.
fn unmoved(plan: &Plan) -> Vec<Option<(u32, u32)>> {
    let mut unmoved = vec![None; plan.blocks.len()];
    for (index, block) in plan.blocks.iter().enumerate() {
        if !matches!(block.start, Start::Forked { .. }) {
            unmoved[index] = Some((0, u32::MAX));
        }
        if unmoved[index].is_none() {
            continue;
        }
        // Parents come before their children, so their own state is settled.
        if let Some(Step::Fork { fork }) = first_contact(plan, block.entry) {
            let fork = &plan.forks[fork as usize];
            unmoved[fork.block as usize] = Some((fork.from, fork.count));
        }
    }
    unmoved
}

/// The first step of a program at which something outside can hold it up.
fn first_contact(plan: &Plan, entry: u32) -> Option<Step> {
    plan.steps[entry as usize..].iter().copied().find(|step| {
        matches!(
            step,
            Step::Send { .. }
                | Step::Fork { .. }
                | Step::Take { .. }
                | Step::Consume { .. }
                | Step::ConsumeOr { .. }
                | Step::IfCached { .. }
                | Step::Fetch { .. }
                | Step::IfBefore { .. }
                | Step::IfPlace { .. }
                | Step::Fail { .. }
                | Step::End
        )
    })
}

/// Writes down the arrivals of calls that no throttling can move, by limiter.
struct FirstCalls<'p> {
    plan: &'p Plan,
    workload: u32,
    unmoved: Vec<Option<(u32, u32)>>,
    asked: Vec<bool>,
    arrivals: Vec<Vec<(Time, u32, u32)>>,
}

impl Recorder for FirstCalls<'_> {
    fn decided(&mut self, attempt: &Attempt, _: Decision, _: &Limiter) {
        let index = self
            .plan
            .blocks
            .partition_point(|block| block.first <= attempt.activity)
            - 1;
        let block = &self.plan.blocks[index];
        if attempt.background || block.workload != self.workload {
            return;
        }
        let asked = std::mem::replace(&mut self.asked[attempt.activity as usize], true);
        let place = attempt.activity - block.first;
        let sibling = match block.start {
            Start::Forked { each, .. } => place % each,
            Start::Arrivals(_) | Start::Spread(_) => place,
        };
        let unmoved = self.unmoved[index]
            .is_some_and(|(from, count)| (from..from.saturating_add(count)).contains(&sibling));
        let sends_first = matches!(
            first_contact(self.plan, block.entry),
            Some(Step::Send { .. })
        );
        if unmoved && sends_first && !asked {
            let arrival = (attempt.at, attempt.key, attempt.cost);
            self.arrivals[attempt.limiter as usize].push(arrival);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replicate::prepare;
    use crate::scenario::Document;

    fn wait(text: &str, variant: &str) -> f64 {
        let document = Document::parse("test.yaml", text.as_bytes()).unwrap();
        let prepared = prepare(&document, &[]).unwrap();
        let variant = prepared
            .iter()
            .find(|prepared| prepared.name == variant)
            .unwrap();
        inevitable_wait(&variant.plan, 1, 0, 0).as_secs_f64()
    }

    #[test]
    fn of_384_logins_at_once_one_has_to_wait_46_seconds() {
        let fan_out = include_str!("../../../scenarios/circleci-ecr-fanout.yaml");
        assert_eq!(wait(fan_out, "today"), 46.0);
        assert_eq!(wait(fan_out, "spaced"), 0.0);
        assert_eq!(wait(fan_out, "login-per-job"), 0.0);
    }

    #[test]
    fn of_forty_deploys_at_once_one_has_to_wait_twenty_seconds_however_long_they_poll() {
        let deploys = include_str!("../../../scenarios/harness-ecs-deploys.yaml");
        assert_eq!(wait(deploys, "today"), 20.0);
    }
}
