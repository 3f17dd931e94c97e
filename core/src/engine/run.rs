//! The interpreter: runs an activity's program up to the next step that others can see.

use super::activity::{Answer, State};
use super::calendar::Calendar;
use super::slots::Waiter;
use super::source::Source;
use super::{Reason, Simulation};
use crate::limiter::Decision;
use crate::plan::{Check, GiveUp, Hint, KeyRule, NONE, Service, Site, Step};
use crate::random::{Purpose, Uniform};
use crate::record::{Attempt, Line, LineKind, Pass, Recorder, Request};
use crate::retry::{Failure, Verdict};
use crate::units::{Span, Time};

/// How many numbers a policy may draw for one sleep; keeps the numbers of two sleeps apart.
const DRAWS_A_SLEEP: u64 = 4;

/// What a service decided about one attempt.
struct Decided {
    /// Into the plan's errors; `NONE` is success.
    error: u32,
    hint: Option<Span>,
    /// How long a limiter that queues holds the request.
    held: Span,
    /// When the client stops waiting, if no answer comes.
    timeout: Option<Span>,
}

impl<S: Source, R: Recorder, C: Calendar> Simulation<'_, S, R, C> {
    /// Runs activity `id` from its present step, at its own time `at`. `due` says that the step's
    /// time has come in the calendar: one shared step may be taken.
    pub(super) fn run(&mut self, id: u32, at: Time, due: bool) {
        let plan = self.plan;
        let (mut id, mut at, mut due) = (id, at, due);
        loop {
            let pc = self.activities[id as usize].pc;
            match plan.steps[pc as usize] {
                Step::Decide { site } => {
                    if !due {
                        return self.queue(id, at);
                    }
                    due = false;
                    let decided = self.decide(id, site, at);
                    let site = &plan.sites[site as usize];
                    if site.background {
                        self.activities[id as usize].pc = pc + 2;
                        continue;
                    }
                    let reply = Answer {
                        error: decided.error,
                        hint: decided.hint,
                    };
                    at = match decided.timeout {
                        Some(timeout) => (self.activities[id as usize].last + timeout).max(at),
                        None => at + decided.held + self.back(id, site),
                    };
                    if site.answer_is_event {
                        self.answers[id as usize] = reply;
                        self.activities[id as usize].pc = pc + 1;
                        return self.queue(id, at);
                    }
                    if reply.error == NONE {
                        self.activities[id as usize].pc = pc + 2;
                        continue;
                    }
                    match self.failed(id, site.retry, reply, at) {
                        Some(next) => (id, at) = next,
                        None => return,
                    }
                }
                Step::Answer { site } => {
                    // Only answers that are events wait here; the others are handled at once.
                    due = false;
                    let site = &plan.sites[site as usize];
                    self.release(id, site);
                    let answer = self.answers[id as usize];
                    if answer.error == NONE {
                        self.activities[id as usize].pc = pc + 1;
                        continue;
                    }
                    match self.failed(id, site.retry, answer, at) {
                        Some(next) => (id, at) = next,
                        None => return,
                    }
                }
                Step::Send { site } => {
                    let site_plan = &plan.sites[site as usize];
                    if site_plan.send_is_event && !due {
                        return self.queue(id, at);
                    }
                    let hold = self.hold(id, site_plan, at);
                    if !hold.is_zero() {
                        at += hold;
                        due = false;
                        continue;
                    }
                    if site_plan.send_is_event {
                        due = false;
                    }
                    self.totals.sites[site as usize].attempts += 1;
                    let activity = &mut self.activities[id as usize];
                    activity.attempts += 1;
                    activity.last = at;
                    activity.pc = pc + 1;
                    self.recorder.sent(&Request {
                        at,
                        activity: id,
                        site,
                    });
                    let there = self.there(id, site_plan);
                    if !there.is_zero() {
                        at += there;
                        due = false;
                    }
                }
                Step::Enter { retry } => {
                    let entered = &plan.loops[retry as usize];
                    if entered.shared_client && !due {
                        return self.queue(id, at);
                    }
                    if entered.shared_client {
                        due = false;
                    }
                    self.enter(id, retry, at);
                    self.activities[id as usize].pc = pc + 1;
                }
                Step::Leave { retry } => {
                    self.leave(id, retry, at);
                    self.activities[id as usize].pc = pc + 1;
                }
                Step::Wait { duration, draw } => {
                    let span = self.work(id, duration, draw);
                    self.activities[id as usize].pc = pc + 1;
                    if !span.is_zero() {
                        at += span;
                        due = false;
                    }
                }
                Step::Fork { fork } => {
                    self.fork(id, fork, at);
                    let join = &mut self.joins[id as usize];
                    if join.fork == NONE {
                        return;
                    }
                    join.pending -= 1;
                    if join.pending > 0 {
                        return;
                    }
                    match self.joined(id) {
                        Some(next) => (id, at) = next,
                        None => return,
                    }
                    due = false;
                }
                Step::Take { pool } => {
                    if !due {
                        return self.queue(id, at);
                    }
                    due = false;
                    let holding = id as usize * self.plan.pools.len() + pool as usize;
                    if self.held[holding] == NONE {
                        let Some(slot) = self.pools[pool as usize].take() else {
                            let generation = self.activities[id as usize].generation;
                            self.pools[pool as usize].wait(Waiter {
                                activity: id,
                                generation,
                                since: at,
                            });
                            let kind = LineKind::Waits { pool };
                            self.recorder.happened(Line {
                                at,
                                activity: id,
                                kind,
                            });
                            return;
                        };
                        self.held[holding] = slot;
                    }
                    self.recorder.happened(Line {
                        at,
                        activity: id,
                        kind: LineKind::Took { pool },
                    });
                    self.activities[id as usize].pc = pc + 1;
                }
                Step::Give { pool } => {
                    if !due {
                        return self.queue(id, at);
                    }
                    due = false;
                    self.give(id, pool, at);
                    self.activities[id as usize].pc = pc + 1;
                }
                Step::IfToken { cache, to } => {
                    let good = self.token(id, cache).is_some_and(|until| *until > at);
                    self.activities[id as usize].pc = if good { to } else { pc + 1 };
                }
                Step::StoreToken { cache } => {
                    let until = at + self.plan.tokens[cache as usize].lifetime;
                    if let Some(token) = self.token(id, cache) {
                        *token = until;
                    }
                    self.activities[id as usize].pc = pc + 1;
                }
                Step::Repeat { counter, times, to } => {
                    let passes = &mut self.counters[id as usize][counter as usize];
                    *passes += 1;
                    let again = *passes < times;
                    if counter > 0 && !again {
                        *passes = 0;
                    }
                    self.activities[id as usize].pc = if again { to } else { pc + 1 };
                }
                Step::Jump { to } => self.activities[id as usize].pc = to,
                Step::Started => {
                    self.started(id, at);
                    self.activities[id as usize].pc = pc + 1;
                }
                Step::End => {
                    let block = self.activities[id as usize].block;
                    if self.plan.blocks[block as usize].timed_end && !due {
                        return self.queue(id, at);
                    }
                    match self.end(id, State::Done, NONE, at) {
                        Some(next) => (id, at) = next,
                        None => return,
                    }
                    due = false;
                }
            }
        }
    }

    /// Asks the limiters of a site in order, then the service itself.
    #[inline]
    fn decide(&mut self, id: u32, site: u32, at: Time) -> Decided {
        let plan = self.plan;
        let site_plan = &plan.sites[site as usize];
        let mut held = Span::ZERO;
        let checks = &plan.checks[site_plan.checks.start as usize..site_plan.checks.end as usize];
        for (asked, check) in checks.iter().enumerate() {
            let key = self.key_of(check, id);
            let limiter = &mut self.limiters[check.limiter as usize];
            let decision = limiter.decide(key, check.cost, at);
            let background = site_plan.background;
            let attempt = Attempt {
                at,
                limiter: check.limiter,
                key,
                cost: check.cost,
                activity: id,
                background,
            };
            self.recorder.decided(&attempt, decision, limiter);
            let totals = &mut self.totals.limiters[check.limiter as usize][key as usize];
            match decision {
                Decision::Admitted => totals.admitted += 1,
                Decision::Delayed(span) => {
                    totals.admitted += 1;
                    held += span;
                }
                Decision::Throttled(_) => {
                    totals.throttled += 1;
                    totals.background_throttled += u64::from(background);
                    self.totals.sites[site as usize].throttled += 1;
                    if site_plan.in_flight {
                        // The service is done with it now: what counted it in flight lets it go.
                        for earlier in &checks[..asked] {
                            let key = self.key_of(earlier, id);
                            self.limiters[earlier.limiter as usize].release(key, earlier.cost);
                        }
                    }
                    let limiter = &plan.limiters[check.limiter as usize];
                    let hint = hint(limiter.hint, decision);
                    return Decided {
                        error: limiter.error,
                        hint,
                        held,
                        timeout: None,
                    };
                }
            }
            totals.background_admitted += u64::from(background);
        }
        if let Some(fault) = self.fault(id, site_plan, at) {
            self.totals.sites[site as usize].faulted += 1;
            return fault;
        }
        match site_plan.service {
            Service::Plain => {}
            Service::ReadVersion(cell) => {
                self.versions_read[id as usize] = self.versions[cell as usize];
            }
            Service::WriteVersion(cell) => {
                let version = &mut self.versions[cell as usize];
                if *version != self.versions_read[id as usize] {
                    self.totals.sites[site as usize].faulted += 1;
                    let error = plan
                        .errors
                        .iter()
                        .position(|error| error.source == crate::plan::ErrorSource::Conflict);
                    let error = error.map_or(NONE, |error| error as u32);
                    return Decided {
                        error,
                        hint: None,
                        held,
                        timeout: None,
                    };
                }
                *version += 1;
            }
        }
        Decided {
            error: NONE,
            hint: None,
            held,
            timeout: None,
        }
    }

    /// The key under which an activity asks a limiter.
    #[inline]
    fn key_of(&self, check: &Check, id: u32) -> u32 {
        match check.key {
            KeyRule::Constant(key) => key,
            rule => rule.index(self.place(id)),
        }
    }

    /// Whether the service fails this attempt by itself.
    #[inline]
    fn fault(&mut self, id: u32, site: &Site, at: Time) -> Option<Decided> {
        for index in site.faults.clone() {
            let fault = self.plan.faults[index as usize];
            if at < fault.from || at >= fault.until {
                continue;
            }
            let activity = &self.activities[id as usize];
            let draw = u64::from(activity.attempts) << 8 | u64::from(index - site.faults.start);
            let numbers = &mut self.source.numbers(Purpose::Fault, activity.key, id, draw);
            if numbers.below(1_000_000) < u64::from(fault.chance_ppm) {
                let kind = LineKind::Fault { error: fault.error };
                self.recorder.happened(Line {
                    at,
                    activity: id,
                    kind,
                });
                return Some(Decided {
                    error: fault.error,
                    hint: None,
                    held: Span::ZERO,
                    timeout: fault.timeout,
                });
            }
        }
        None
    }

    /// Lets go of what counted the request in flight.
    pub(super) fn release(&mut self, id: u32, site: &Site) {
        if !site.in_flight {
            return;
        }
        if self.answers[id as usize].error != NONE
            && matches!(
                self.plan.errors[self.answers[id as usize].error as usize].source,
                crate::plan::ErrorSource::Limiter(_)
            )
        {
            // It was let go when it was refused.
            return;
        }
        let place = self.place(id);
        for check in &self.plan.checks[site.checks.start as usize..site.checks.end as usize] {
            self.limiters[check.limiter as usize].release(check.key.index(place), check.cost);
        }
    }

    /// How long the client holds a request back.
    #[inline]
    fn hold(&mut self, id: u32, site: &Site, at: Time) -> Span {
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
    fn there(&mut self, id: u32, site: &Site) -> Span {
        let draw = self.leg(id, site.there, 0);
        if site.halves {
            Span::from_nanos(draw.as_nanos() / 2)
        } else {
            draw
        }
    }

    #[inline]
    fn back(&mut self, id: u32, site: &Site) -> Span {
        if site.halves {
            let draw = self.leg(id, site.there, 0);
            Span::from_nanos(draw.as_nanos() - draw.as_nanos() / 2)
        } else {
            self.leg(id, site.back, 1)
        }
    }

    #[inline]
    fn leg(&mut self, id: u32, duration: u32, leg: u64) -> Span {
        let activity = &self.activities[id as usize];
        // Up to eight numbers for one leg.
        let index = (u64::from(activity.attempts) * 2 + leg) * 8;
        let distribution = &self.plan.durations[duration as usize];
        distribution.draw(
            &mut self
                .source
                .numbers(Purpose::Latency, activity.key, id, index),
        )
    }

    fn work(&mut self, id: u32, duration: u32, draw: u32) -> Span {
        let passes = self
            .counters
            .get(id as usize)
            .map_or(0, |[a, b]| u64::from(*a) << 12 ^ u64::from(*b));
        let activity = &self.activities[id as usize];
        let again = u64::from(activity.generation) + u64::from(activity.outermost.memory.sends);
        let index = (u64::from(draw) << 56) ^ (passes << 24) ^ (again << 4);
        let distribution = &self.plan.durations[duration as usize];
        distribution.draw(&mut self.source.numbers(Purpose::Work, activity.key, id, index))
    }

    fn token(&mut self, id: u32, cache: u32) -> Option<&mut Time> {
        let pool = self.plan.tokens[cache as usize].pool;
        let slot = self.held[id as usize * self.plan.pools.len() + pool as usize];
        self.tokens[cache as usize].get_mut(slot as usize)
    }

    #[inline]
    fn enter(&mut self, id: u32, retry: u32, at: Time) {
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
    fn leave(&mut self, id: u32, retry: u32, at: Time) {
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
        let plan = self.plan;
        let throttled = matches!(
            plan.errors[answer.error as usize].source,
            crate::plan::ErrorSource::Limiter(_)
        );
        let mut at = at;
        let mut retry = retry;
        while retry != NONE {
            let around = &plan.loops[retry as usize];
            let client = around
                .client
                .map(|rule| rule.index(self.place(id)) as usize);
            let key = self.activities[id as usize].key;
            let depth = around.depth;
            let frame = self.frame(id, depth);
            frame.memory.sends += 1;
            let mut memory = frame.memory;
            let iteration = frame.iteration;
            let sends = memory.sends;
            let index = u64::from(iteration) << 32
                | u64::from(depth) << 30
                | (u64::from(sends) * DRAWS_A_SLEEP) & 0x3fff_ffff;
            let failure = Failure {
                class: around.classes[answer.error as usize],
                hint: answer.hint,
            };
            let verdict = around.policy.after_failure(
                failure,
                &mut memory,
                client.and_then(|client| self.clients.get_mut(client)),
                at,
                &mut self.source.numbers(Purpose::Jitter, key, id, index),
            );
            self.frame(id, depth).memory = memory;
            let pass = Pass {
                at,
                activity: id,
                retry,
                failure: Some(verdict),
            };
            let client = client.and_then(|client| self.clients.get(client));
            self.recorder.passed(&pass, client);
            let totals = &mut self.totals.loops[retry as usize];
            totals.failed_passes += 1;
            totals.first_throttled += u64::from(throttled && sends == 1);
            let reason = match verdict {
                Verdict::Retry(sleep) => {
                    totals.retries += 1;
                    totals.slept += sleep.as_nanos();
                    for pool in &around.releases {
                        self.give(id, *pool, at);
                    }
                    let kind = LineKind::Sleeps {
                        retry,
                        span: sleep,
                        sends,
                    };
                    self.recorder.happened(Line {
                        at,
                        activity: id,
                        kind,
                    });
                    at += sleep;
                    let activity = &mut self.activities[id as usize];
                    if throttled {
                        activity.throttled += at.since(activity.last).as_nanos();
                    }
                    activity.pc = around.body;
                    return Some((id, at));
                }
                Verdict::NotRetried => Reason::NotRetried,
                Verdict::Exhausted => Reason::Exhausted,
                Verdict::QuotaEmpty(sleep) => {
                    totals.slept += sleep.as_nanos();
                    at += sleep;
                    Reason::QuotaEmpty
                }
            };
            totals.gave_up[answer.error as usize][reason as usize] += 1;
            let kind = LineKind::GaveUp {
                retry,
                error: answer.error,
                sends,
            };
            self.recorder.happened(Line {
                at,
                activity: id,
                kind,
            });
            if around.give_up == GiveUp::Continue {
                self.activities[id as usize].pc = around.exit;
                return Some((id, at));
            }
            retry = around.parent;
        }
        self.end(id, State::Failed, answer.error, at)
    }

    fn started(&mut self, id: u32, at: Time) {
        let activity = &mut self.activities[id as usize];
        let since = std::mem::replace(&mut self.since[id as usize], at);
        let waiting = self
            .waiting
            .get(id as usize)
            .map_or(0, |waiting| waiting.nanos);
        let block = &mut self.totals.blocks[activity.block as usize];
        block.started(at.since(since), waiting, activity.throttled);
        activity.state = State::Started;
        self.recorder.happened(Line {
            at,
            activity: id,
            kind: LineKind::Started,
        });
    }
}

/// What a refusal tells the client about coming back.
#[inline]
fn hint(hint: Hint, decision: Decision) -> Option<Span> {
    match (hint, decision) {
        (Hint::Fixed(span), _) => Some(span),
        (Hint::Exact, Decision::Throttled(Some(wait))) => {
            Some(Span::from_secs(wait.as_nanos().div_ceil(1_000_000_000)))
        }
        _ => None,
    }
}
