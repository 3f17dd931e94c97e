//! The interpreter: runs an activity's program up to the next step that others can see.

use super::Simulation;
use super::activity::{Answer, State};
use super::calendar::Calendar;
use super::cells::Found;
use super::source::Source;
use super::totals::Reason;
use crate::plan::{NONE, Owner, Site, Step};
use crate::random::{Purpose, mix};
use crate::record::{Line, LineKind, Recorder, Request};
use crate::units::{Span, Time};

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
                    if site.on_error != NONE {
                        self.answers[id as usize] = reply;
                        self.activities[id as usize].pc = site.on_error;
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
                    if site.on_error != NONE {
                        self.activities[id as usize].pc = site.on_error;
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
                        let totals = &mut self.totals.loops[site_plan.retry as usize];
                        totals.held_back += 1;
                        totals.held += hold.as_nanos();
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
                    let shared = entered.shared_client && !due;
                    if shared || self.may_be_cancelled_before(id, at) {
                        return self.queue(id, at);
                    }
                    if entered.shared_client {
                        due = false;
                    }
                    self.enter(id, retry, at);
                    self.activities[id as usize].pc = pc + 1;
                }
                Step::Leave { retry } => {
                    let shared = plan.loops[retry as usize].shared_client;
                    if shared && at > self.now || self.may_be_cancelled_before(id, at) {
                        return self.queue(id, at);
                    }
                    self.leave(id, retry, at);
                    self.activities[id as usize].pc = plan.loops[retry as usize].done;
                }
                Step::Stop { retry } => {
                    // Due: only `stopped` leads here, and by way of the calendar.
                    due = false;
                    match self.stop(id, retry, Reason::QuotaEmpty, self.answers[id as usize], at) {
                        Some(next) => (id, at) = next,
                        None => return,
                    }
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
                    if due && self.joins[id as usize].fork == fork {
                        // A failure among the children reaches the others now.
                        due = false;
                        match self.fail_fast(id, at) {
                            Some(next) => (id, at) = next,
                            None => return,
                        }
                        continue;
                    }
                    if self.may_be_cancelled_before(id, at) {
                        return self.queue(id, at);
                    }
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
                Step::Take { rule } => {
                    if !due {
                        return self.queue(id, at);
                    }
                    due = false;
                    if !self.take(id, rule, at) {
                        return;
                    }
                    self.activities[id as usize].pc = pc + 1;
                }
                Step::Consume { rule } => {
                    if !due {
                        return self.queue(id, at);
                    }
                    due = false;
                    if !self.take(id, rule, at) {
                        return;
                    }
                    let pool = plan.pool_rules[rule as usize].pool;
                    self.held[id as usize * plan.pools.len() + pool as usize] = NONE;
                    self.activities[id as usize].pc = pc + 1;
                }
                Step::ConsumeOr { rule, to } => {
                    if !due {
                        return self.queue(id, at);
                    }
                    due = false;
                    let there = self.use_up(id, rule);
                    self.activities[id as usize].pc = if there { pc + 1 } else { to };
                }
                Step::Give { rule } => {
                    if !due {
                        return self.queue(id, at);
                    }
                    due = false;
                    self.give(id, plan.pool_rules[rule as usize].pool, at);
                    self.activities[id as usize].pc = pc + 1;
                }
                Step::Signal { rule } => {
                    if !due {
                        return self.queue(id, at);
                    }
                    due = false;
                    let rule = plan.pool_rules[rule as usize];
                    let owner = rule.owner.index(self.place(id));
                    let slot = owner * self.numbered(rule.pool);
                    self.hand_on(rule.pool, owner, slot, at);
                    self.activities[id as usize].pc = pc + 1;
                }
                Step::IfCached { cell, to } => {
                    let rule = plan.cell_rules[cell as usize];
                    if matches!(rule.owner, Owner::Place(_)) && !due {
                        return self.queue(id, at);
                    }
                    due = false;
                    let cell = self.cell(id, rule);
                    let cache = &mut self.caches[rule.cache as usize];
                    let good = cell.is_some_and(|cell| cache.look(cell, at, id));
                    self.activities[id as usize].pc = if good { to } else { pc + 1 };
                }
                Step::Fetch { cell, to } => {
                    if !due {
                        return self.queue(id, at);
                    }
                    due = false;
                    match self.fetch(id, plan.cell_rules[cell as usize], at) {
                        Found::Good => self.activities[id as usize].pc = to,
                        Found::FetchIt => self.activities[id as usize].pc = pc + 1,
                        Found::Wait => return,
                    }
                }
                Step::Fill { cell } => {
                    let rule = plan.cell_rules[cell as usize];
                    if matches!(rule.owner, Owner::Place(_)) && !due {
                        return self.queue(id, at);
                    }
                    due = false;
                    self.fill(id, rule, at);
                    self.activities[id as usize].pc = pc + 1;
                }
                Step::Forget { cell } => {
                    if !due {
                        return self.queue(id, at);
                    }
                    due = false;
                    self.forget_cell(id, plan.cell_rules[cell as usize]);
                    self.activities[id as usize].pc = pc + 1;
                }
                Step::Abandon { cell } => {
                    if !due {
                        return self.queue(id, at);
                    }
                    due = false;
                    let rule = plan.cell_rules[cell as usize];
                    if let Some(cell) = self.cell(id, rule) {
                        self.abandon(id, (rule.cache, cell), at);
                    }
                    self.activities[id as usize].pc = pc + 1;
                }
                Step::Mark => {
                    self.marks[id as usize] = at;
                    self.activities[id as usize].pc = pc + 1;
                }
                Step::WaitSince { duration, draw } => {
                    self.activities[id as usize].pc = pc + 1;
                    let mark = self.marks[id as usize];
                    if mark != Time::NEVER {
                        let until = mark + self.work(id, duration, draw);
                        if until > at {
                            at = until;
                            due = false;
                        }
                    }
                }
                Step::IfBefore { time, to } => {
                    self.activities[id as usize].pc = if at < time { to } else { pc + 1 };
                }
                Step::IfPlace { each, below, to } => {
                    let first = self.place(id) % each < below;
                    self.activities[id as usize].pc = if first { to } else { pc + 1 };
                }
                Step::Fail { error, retry } => {
                    if at > self.now {
                        return self.queue(id, at);
                    }
                    due = false;
                    let answer = match error {
                        NONE => self.answers[id as usize],
                        error => Answer { error, hint: None },
                    };
                    match self.failed(id, retry, answer, at) {
                        Some(next) => (id, at) = next,
                        None => return,
                    }
                }
                Step::Charge { retry } => {
                    self.frame(id, plan.loops[retry as usize].depth)
                        .memory
                        .sends += 1;
                    self.activities[id as usize].pc = pc + 1;
                }
                Step::EndBlock { block } => {
                    if at > self.now {
                        return self.queue(id, at);
                    }
                    due = false;
                    let ended = &plan.blocks[block as usize];
                    for ended in ended.first..ended.first + ended.count {
                        self.cancel_root(ended, at);
                    }
                    self.activities[id as usize].pc = pc + 1;
                }
                Step::Count { gauge, by } => {
                    if at > self.now {
                        return self.queue(id, at);
                    }
                    due = false;
                    self.totals.gauges[gauge as usize].count(by);
                    self.activities[id as usize].pc = pc + 1;
                }
                Step::Transfer { transfer } => {
                    if !due {
                        return self.queue(id, at);
                    }
                    due = false;
                    let Some(alone) = self.transfer(id, transfer, at) else {
                        return;
                    };
                    self.activities[id as usize].pc = pc + 1;
                    at += alone;
                }
                Step::Serve => return self.serve(id, at),
                Step::Tally { tally, amount } => {
                    let amount = self.amount(id, amount);
                    self.totals.tallies[tally as usize] += amount;
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
                Step::Again { retry } => {
                    self.totals.loops[retry as usize].retries += 1;
                    // Each pass has random numbers of its own.
                    self.counters[id as usize][0] += 1;
                    self.activities[id as usize].pc = plan.loops[retry as usize].body;
                }
                Step::Jump { to } => self.activities[id as usize].pc = to,
                Step::Started => {
                    if self.may_be_cancelled_before(id, at) {
                        return self.queue(id, at);
                    }
                    self.started(id, at);
                    self.activities[id as usize].pc = pc + 1;
                }
                Step::End => {
                    let block = self.activities[id as usize].block;
                    let timed = self.plan.blocks[block as usize].timed_end && !due;
                    if timed || at > self.now && self.holds_a_slot(id) {
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

    /// Whether a sibling can still keep an activity from reaching `at`.
    fn may_be_cancelled_before(&self, id: u32, at: Time) -> bool {
        let block = self.activities[id as usize].block;
        at > self.now && self.plan.blocks[block as usize].cancellable
    }

    pub(super) fn work(&mut self, id: u32, duration: u32, draw: u32) -> Span {
        let passes = self
            .counters
            .get(id as usize)
            .map_or(0, |[a, b]| u64::from(*a) << 32 | u64::from(*b));
        let activity = &self.activities[id as usize];
        let again = u64::from(activity.generation) + u64::from(activity.outermost.memory.sends);
        // Up to sixteen numbers for one span.
        let index = mix(mix(u64::from(draw) << 32 ^ again) ^ passes) << 4;
        let distribution = &self.plan.durations[duration as usize];
        distribution.draw(&mut self.source.numbers(Purpose::Work, activity.key, id, index))
    }

    fn started(&mut self, id: u32, at: Time) {
        let activity = &mut self.activities[id as usize];
        let since = std::mem::replace(&mut self.since[id as usize], at);
        let waiting = self
            .waiting
            .get(id as usize)
            .map_or(0, |waiting| waiting.nanos);
        let block = &mut self.totals.blocks[activity.block as usize];
        block.started(at, at.since(since), waiting, activity.throttled);
        activity.state = State::Started;
        self.recorder.happened(Line {
            at,
            activity: id,
            kind: LineKind::Started,
        });
    }
}
