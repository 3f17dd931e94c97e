//! Retry loops: entering and leaving them, and what happens after a pass that failed.

use super::Simulation;
use super::activity::{Answer, State};
use super::calendar::Calendar;
use super::source::Source;
use super::totals::Reason;
use crate::plan::{ErrorSource, GiveUp, NONE, Site};
use crate::random::Purpose;
use crate::record::{Line, LineKind, Pass, Recorder};
use crate::retry::{Class, Failure, Memory, Verdict};
use crate::units::{Span, Time};

/// How many numbers a policy may draw for one sleep; keeps the numbers of two sleeps apart.
const DRAWS_A_SLEEP: u64 = 4;

/// A pass through a loop that failed.
pub(super) struct FailedPass {
    /// Into the plan's loops.
    pub retry: u32,
    /// What the loop's policy makes of the error.
    pub class: Option<Class>,
    /// The server's hint when to come back.
    pub hint: Option<Span>,
    /// Whether a limiter refused it.
    pub throttled: bool,
    /// When it failed.
    pub at: Time,
}

impl<S: Source, R: Recorder, C: Calendar> Simulation<'_, S, R, C> {
    /// How long the client holds a request back.
    #[inline]
    pub(super) fn hold(&mut self, id: u32, site: &Site, at: Time) -> Span {
        if site.retry == NONE {
            return Span::ZERO;
        }
        let retry = &self.plan.loops[site.retry as usize];
        let Some(rule) = retry.client else {
            return Span::ZERO;
        };
        let memory = self.frame(id, retry.depth).memory;
        let client = rule.index(self.place(id)) as usize;
        retry
            .policy
            .before_send(self.clients.get_mut(client), &memory, at)
    }

    #[inline]
    pub(super) fn enter(&mut self, id: u32, retry: u32, at: Time) {
        let plan = self.plan;
        let entered = &plan.loops[retry as usize];
        let mut iteration = entered.ordinal;
        if entered.depth > 0 {
            let outer = *self.frame(id, entered.depth - 1);
            let mixed = crate::random::mix(
                u64::from(outer.iteration) << 32 | u64::from(outer.memory.sends + 1),
            );
            iteration = iteration.wrapping_add(mixed as u32);
        }
        if let Some([a, b]) = self.counters.get(id as usize) {
            let passes = u64::from(*a) << 32 | u64::from(*b);
            if passes > 0 {
                iteration = iteration.wrapping_add(crate::random::mix(passes) as u32);
            }
        }
        if self.activities[id as usize].generation > 1 {
            let again = crate::random::mix(u64::from(self.activities[id as usize].generation));
            iteration = iteration.wrapping_add(again as u32);
        }
        *self.frame(id, entered.depth) = super::Frame {
            memory: Default::default(),
            iteration,
        };
        self.totals.loops[retry as usize].calls += 1;
        if entered.measured {
            self.call_began[id as usize] = at;
        }
        if let Some(rule) = entered.client {
            let client = rule.index(self.place(id)) as usize;
            if entered.client_per_call {
                self.clients[client] = entered.policy.new_client(at);
            }
            entered.policy.begin_call(self.clients.get_mut(client), at);
        }
    }

    #[inline]
    pub(super) fn leave(&mut self, id: u32, retry: u32, at: Time) {
        let plan = self.plan;
        let left = &plan.loops[retry as usize];
        let memory = self.frame(id, left.depth).memory;
        let client = left.client.map(|rule| rule.index(self.place(id)) as usize);
        if let Some(client) = client {
            left.policy
                .after_success(self.clients.get_mut(client), &memory, at);
        }
        let pass = Pass {
            at,
            activity: id,
            retry,
            failure: None,
        };
        let client = client.and_then(|client| self.clients.get(client));
        self.recorder.passed(&pass, client);
        let totals = &mut self.totals.loops[retry as usize];
        totals.succeeded += 1;
        if left.measured {
            totals.delays.record(at.since(self.call_began[id as usize]));
        }
        self.forget(id, left.depth);
    }

    /// A pass through the loop `retry` failed (or an activity outside all loops did). Finds who
    /// goes on, and when.
    pub(super) fn failed(
        &mut self,
        id: u32,
        retry: u32,
        answer: Answer,
        at: Time,
    ) -> Option<(u32, Time)> {
        if retry == NONE {
            return self.end(id, State::Failed, answer.error, at);
        }
        let plan = self.plan;
        let source = plan.errors[answer.error as usize].source;
        let around = &plan.loops[retry as usize];
        let pass = FailedPass {
            retry,
            class: around.classes[answer.error as usize],
            hint: answer
                .hint
                .filter(|_| around.reads_hint[answer.error as usize]),
            throttled: matches!(source, ErrorSource::Limiter(_)),
            at,
        };
        let client = around
            .client
            .map(|rule| rule.index(self.place(id)) as usize);
        let (verdict, sends) = self.pass(id, &pass, client);
        let Verdict::Retry(sleep) = verdict else {
            return self.stopped(id, retry, answer, verdict, at);
        };
        for pool in &around.releases {
            self.give(id, *pool, at);
        }
        let at = self.sleep(id, &pass, sends, sleep);
        self.activities[id as usize].pc = around.body;
        Some((id, at))
    }

    /// Asks the policy of a loop what to do after a failed pass. Also returns the passes so far.
    #[inline(always)]
    pub(super) fn pass(
        &mut self,
        id: u32,
        pass: &FailedPass,
        client: Option<usize>,
    ) -> (Verdict, u32) {
        let around = &self.plan.loops[pass.retry as usize];
        let activity = &mut self.activities[id as usize];
        let key = activity.key;
        let depth = usize::from(around.depth);
        let frame = match depth {
            0 => &mut activity.outermost,
            _ => &mut self.frames[id as usize * self.inner + depth - 1],
        };
        frame.memory.sends += 1;
        let sends = frame.memory.sends;
        // Two bits tell loops apart; the iteration of a fifth is mixed from those around it.
        let index = u64::from(frame.iteration) << 32
            | (depth as u64 & 3) << 30
            | (u64::from(sends) * DRAWS_A_SLEEP) & 0x3fff_ffff;
        let failure = Failure {
            class: pass.class,
            hint: pass.hint,
        };
        let verdict = around.policy.after_failure(
            failure,
            &mut frame.memory,
            client.and_then(|client| self.clients.get_mut(client)),
            pass.at,
            &mut self.source.numbers(Purpose::Jitter, key, id, index),
        );
        let ended = Pass {
            at: pass.at,
            activity: id,
            retry: pass.retry,
            failure: Some(verdict),
        };
        let client = client.and_then(|client| self.clients.get(client));
        self.recorder.passed(&ended, client);
        let totals = &mut self.totals.loops[pass.retry as usize];
        totals.failed_passes += 1;
        totals.first_throttled += u64::from(pass.throttled && sends == 1);
        (verdict, sends)
    }

    /// Sleeps before the next pass; returns when that begins.
    #[inline(always)]
    pub(super) fn sleep(&mut self, id: u32, pass: &FailedPass, sends: u32, span: Span) -> Time {
        let totals = &mut self.totals.loops[pass.retry as usize];
        totals.retries += 1;
        totals.slept += span.as_nanos();
        let kind = LineKind::Sleeps {
            retry: pass.retry,
            span,
            sends,
        };
        self.recorder.happened(Line {
            at: pass.at,
            activity: id,
            kind,
        });
        let until = pass.at + span;
        if pass.throttled {
            let activity = &mut self.activities[id as usize];
            activity.throttled += until.since(activity.last).as_nanos();
        }
        until
    }

    /// The loop `retry` stops trying after the verdict on a pass, perhaps after a last sleep. Finds
    /// who goes on.
    #[cold]
    pub(super) fn stopped(
        &mut self,
        id: u32,
        retry: u32,
        answer: Answer,
        verdict: Verdict,
        at: Time,
    ) -> Option<(u32, Time)> {
        let (reason, slept) = match verdict {
            Verdict::Retry(_) => unreachable!("a loop that retries has not stopped"),
            Verdict::NotRetried => (Reason::NotRetried, Span::ZERO),
            Verdict::Exhausted => (Reason::Exhausted, Span::ZERO),
            Verdict::QuotaEmpty(sleep) => (Reason::QuotaEmpty, sleep),
        };
        if slept.is_zero() {
            return self.stop(id, retry, reason, answer, at);
        }
        let plan = self.plan;
        let around = &plan.loops[retry as usize];
        assert!(around.sleeps_before_stop, "the policy was asked for this");
        self.totals.loops[retry as usize].slept += slept.as_nanos();
        if matches!(
            plan.errors[answer.error as usize].source,
            ErrorSource::Limiter(_)
        ) {
            self.activities[id as usize].throttled += slept.as_nanos();
        }
        for pool in &around.releases {
            self.give(id, *pool, at);
        }
        // Slots, siblings and parents learn of the end when it comes, not when it is known.
        self.answers[id as usize] = answer;
        self.activities[id as usize].pc = around.exit - 1;
        self.queue(id, at + slept);
        None
    }

    /// The loop `retry` stops trying, now. Finds who goes on.
    #[cold]
    pub(super) fn stop(
        &mut self,
        id: u32,
        retry: u32,
        reason: Reason,
        answer: Answer,
        at: Time,
    ) -> Option<(u32, Time)> {
        let around = &self.plan.loops[retry as usize];
        self.totals.loops[retry as usize].gave_up[answer.error as usize][reason as usize] += 1;
        let kind = LineKind::GaveUp {
            retry,
            error: answer.error,
            sends: self.frame(id, around.depth).memory.sends,
        };
        self.recorder.happened(Line {
            at,
            activity: id,
            kind,
        });
        if around.give_up == GiveUp::Continue {
            self.forget(id, around.depth);
            for pool in &around.releases {
                self.give(id, *pool, at);
            }
            self.activities[id as usize].pc = around.exit;
            return Some((id, at));
        }
        self.failed(id, around.parent, answer, at)
    }

    /// Work after a loop must not depend on how often the loop tried.
    fn forget(&mut self, id: u32, depth: u8) {
        self.frame(id, depth).memory = Memory::default();
    }
}
