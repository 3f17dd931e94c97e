//! Ending: of activities, of forks, and of the run.

use super::Simulation;
use super::activity::{Answer, State};
use super::calendar::Calendar;
use super::source::Source;
use crate::outcome::{DigestWriter, Outcome, WorkloadOutcome};
use crate::plan::{BlockRole, JoinRule, NONE, Start, Step};
use crate::record::{Line, LineKind, Recorder};
use crate::units::Time;

/// Which of an activity's spans the way of a cancellation to its children is.
const CANCEL: u32 = u32::MAX;

impl<S: Source, R: Recorder, C: Calendar> Simulation<'_, S, R, C> {
    /// Ends an activity. Returns the parent and its time if that goes on now.
    pub(super) fn end(
        &mut self,
        id: u32,
        state: State,
        error: u32,
        at: Time,
    ) -> Option<(u32, Time)> {
        let plan = self.plan;
        let index = self.activities[id as usize].block;
        let block = &plan.blocks[index as usize];
        if block.timed_end && at > self.now && state == State::Failed {
            // Others will see this end, but its time has not come: come back then. Only failures
            // get here; `End` steps wait by themselves.
            unreachable!("programs whose end is timed answer by events");
        }
        if state == State::Done && block.starts_when_done {
            let activity = &self.activities[id as usize];
            let waiting = self
                .waiting
                .get(id as usize)
                .map_or(0, |waiting| waiting.nanos);
            let delay = at.since(self.since[id as usize]);
            let throttled = activity.throttled;
            self.totals.blocks[index as usize].started(at, delay, waiting, throttled);
        }
        self.give_all(id, at);
        let activity = &mut self.activities[id as usize];
        activity.state = state;
        activity.last = at;
        activity.generation += 1;
        let kind = if state == State::Done {
            LineKind::Done
        } else {
            LineKind::Failed
        };
        self.recorder.happened(Line {
            at,
            activity: id,
            kind,
        });
        let totals = &mut self.totals.blocks[index as usize];
        totals.last_end = totals.last_end.max(at);
        match block.start {
            Start::Forked { parent, each } => {
                let place = id - block.first;
                let parent = plan.blocks[parent as usize].first + place / each;
                self.child_ended(parent, id, state, error, at)
            }
            Start::Arrivals(_) | Start::Spread(_) => {
                self.live -= u64::from(plan.is_waited_for(block));
                None
            }
        }
    }

    fn child_ended(
        &mut self,
        parent: u32,
        child: u32,
        state: State,
        error: u32,
        at: Time,
    ) -> Option<(u32, Time)> {
        let join = &mut self.joins[parent as usize];
        assert!(
            join.fork != NONE && join.pending > 0,
            "a child ends within its fork"
        );
        join.pending -= 1;
        if join.critical == NONE || at >= join.latest {
            join.critical = child;
            join.latest = join.latest.max(at);
        }
        if state == State::Failed {
            join.failed += 1;
            if at < join.failed_at {
                join.failed_at = at;
                join.error = error;
            }
            let fork = &self.plan.forks[join.fork as usize];
            if fork.join == JoinRule::FailFast && join.failed == 1 {
                if fork.cancel_after == NONE {
                    return self.fail_fast(parent, at);
                }
                let delay = self.work(parent, fork.cancel_after, CANCEL);
                self.queue(parent, at + delay);
                return None;
            }
        }
        let join = &self.joins[parent as usize];
        let failing =
            join.failed > 0 && self.plan.forks[join.fork as usize].join == JoinRule::FailFast;
        if join.pending == 0 && !failing {
            self.joined(parent)
        } else {
            None
        }
    }

    /// The first failure of a fork cancels the other children.
    pub(super) fn fail_fast(&mut self, parent: u32, at: Time) -> Option<(u32, Time)> {
        self.cancel_children(parent, at);
        let error = self.joins[parent as usize].error;
        let retry = self.plan.forks[self.joins[parent as usize].fork as usize].retry;
        self.joins[parent as usize].fork = NONE;
        self.failed(parent, retry, Answer { error, hint: None }, at)
    }

    fn cancel_children(&mut self, parent: u32, at: Time) {
        let fork = self.joins[parent as usize].fork;
        let fork = &self.plan.forks[fork as usize];
        let first = self.children(parent, fork.block) + fork.from;
        for child in first..first + fork.count {
            self.cancel(child, at);
        }
    }

    /// Ends an activity that nobody forked, if it is still at something.
    pub(super) fn cancel_root(&mut self, id: u32, at: Time) {
        let activity = &self.activities[id as usize];
        if !matches!(activity.state, State::Running | State::Started) {
            return;
        }
        let block = &self.plan.blocks[activity.block as usize];
        assert!(
            !matches!(block.start, Start::Forked { .. }),
            "children end with their parents"
        );
        self.live -= u64::from(self.plan.is_waited_for(block));
        self.cancel(id, at);
    }

    /// Ends an activity whose result nobody wants any more. Credits it spent stay spent.
    fn cancel(&mut self, id: u32, at: Time) {
        let activity = &self.activities[id as usize];
        if !matches!(activity.state, State::Running | State::Started) {
            return;
        }
        let plan = self.plan;
        match plan.steps[activity.pc as usize] {
            Step::Answer { site } => self.release(id, &plan.sites[site as usize]),
            Step::Fork { .. } if self.joins[id as usize].fork != NONE => {
                self.cancel_children(id, at);
                self.joins[id as usize].fork = NONE;
            }
            Step::Fetch { cell, .. } => {
                let rule = plan.cell_rules[cell as usize];
                if let Some(cell) = self.cell(id, rule) {
                    let cells = &mut self.caches[rule.cache as usize];
                    cells.leave_line(cell, id, &mut self.next_in_line);
                }
            }
            Step::Transfer { .. } => self.stop_moving(id, at),
            _ => {}
        }
        self.abandon_calls(id);
        self.give_all(id, at);
        let activity = &mut self.activities[id as usize];
        activity.generation += 1;
        activity.state = State::Cancelled;
        activity.last = at;
        self.recorder.happened(Line {
            at,
            activity: id,
            kind: LineKind::Cancelled,
        });
    }

    /// Tells the clients of the calls that an activity is in the middle of that nobody will end them.
    fn abandon_calls(&mut self, id: u32) {
        let plan = self.plan;
        let pc = self.activities[id as usize].pc;
        for retry in &plan.loops {
            // In its last sleep a loop has ended its call already.
            let body = retry.body..retry.exit - u32::from(retry.sleeps_before_stop);
            let Some(rule) = retry.client.filter(|_| body.contains(&pc)) else {
                continue;
            };
            let memory = self.frame(id, retry.depth).memory;
            let client = rule.index(self.place(id)) as usize;
            retry.policy.abandon(self.clients.get_mut(client), &memory);
        }
    }

    /// All children of `id` have ended. Returns who goes on.
    pub(super) fn joined(&mut self, id: u32) -> Option<(u32, Time)> {
        let join = self.joins[id as usize];
        let fork = &self.plan.forks[join.fork as usize];
        self.joins[id as usize].fork = NONE;
        if join.failed > 0 && fork.join != JoinRule::Any {
            let answer = Answer {
                error: join.error,
                hint: None,
            };
            return self.failed(id, fork.retry, answer, join.latest);
        }
        if join.critical != NONE {
            let lost = self.activities[join.critical as usize].throttled;
            self.activities[id as usize].throttled += lost;
            if !self.waiting.is_empty() {
                self.waiting[id as usize].nanos += self.waiting[join.critical as usize].nanos;
            }
        }
        self.activities[id as usize].pc += 1;
        Some((id, join.latest))
    }

    /// What the run came to by now.
    pub fn finish(mut self) -> (Outcome, R) {
        let entities = &self.activities[..self.plan.activities() as usize];
        for activity in entities {
            let block = &mut self.totals.blocks[activity.block as usize];
            block.ended[activity.state as usize] += 1;
        }
        let mut digest = DigestWriter::new();
        for (activity, since) in entities.iter().zip(&self.since) {
            let began = activity.state != State::Unborn;
            digest.entity(
                activity.state as u8,
                activity.attempts,
                if began { *since } else { Time::NEVER },
                activity.last,
            );
        }
        for (limiter, keys) in self.totals.limiters.iter().enumerate() {
            for (key, totals) in keys.iter().enumerate() {
                digest.limiter(
                    limiter as u32,
                    key as u32,
                    totals.admitted,
                    totals.throttled,
                );
            }
        }
        let workloads = self.workload_outcomes();
        let outcome = Outcome {
            digest: digest.finish(),
            events: self.events,
            end: self.now,
            cut_off: self.cut_off,
            workloads,
            totals: self.totals,
        };
        (outcome, self.recorder)
    }

    fn workload_outcomes(&mut self) -> Vec<WorkloadOutcome> {
        let plan = self.plan;
        let mut outcomes = Vec::with_capacity(plan.workloads.len());
        for workload in &plan.workloads {
            let mut finished_after = Some(Time::ZERO);
            for block in workload.blocks.clone() {
                let planned = &plan.blocks[block as usize];
                if planned.role == BlockRole::Event {
                    continue;
                }
                let surplus = matches!(planned.start, Start::Arrivals(_));
                let totals = &mut self.totals.blocks[block as usize];
                let unborn = if surplus {
                    totals.in_state(State::Unborn)
                } else {
                    0
                };
                totals.wanted = u64::from(planned.count) - unborn;
                let never = totals.wanted.saturating_sub(totals.start_delay.len());
                for _ in 0..never {
                    totals.start_delay.record_never();
                }
                // Calls are part of what calls them, and some may not have been needed.
                let all_done = totals.in_state(State::Done) >= totals.wanted;
                if !all_done && planned.role != BlockRole::Call {
                    finished_after = None;
                }
                finished_after = finished_after.map(|end| end.max(totals.last_end));
            }
            outcomes.push(WorkloadOutcome { finished_after });
        }
        outcomes
    }
}
