//! Retry policies: strategy and parameters of one retry loop.
//!
//! A policy decides after each failed attempt whether the loop sends again and how long it sleeps
//! first. It is a pure function of what failed, of the loop's own [`Memory`], of the state of the
//! client object it belongs to ([`ClientState`]: retry quota or budget, client-side rate limiter)
//! and of uniform random numbers, in the order in which the real client draws them.
//!
//! A policy is put together from parts, each of which is one file with its source:
//!
//! | part | question | where |
//! |---|---|---|
//! | [`ErrorLists`] | is this error retried, and as what? | `classify` |
//! | [`Strategy`] | how long is the sleep? | `backoff` |
//! | [`HintRule`] | does the server's hint change it? | `hint` |
//! | [`Budget`] | may this client retry at all just now? | `budget` |
//! | [`RateLimiter`] | must this client hold the request back? | `rate_limiter` |
//!
//! [`preset`] names whole policies as real clients ship them; [`RetryPolicy::build`] and
//! [`RetryPolicy::with`] make policies from parameters.

mod backoff;
mod bounds;
mod budget;
mod classify;
mod hint;
mod params;
mod preset;
mod rate_limiter;
mod sdk;

pub use backoff::{CapOrder, Growth, HarnessSettings, JavaPair, Strategy, ThrottledJitter};
pub use budget::{Budget, BudgetError, QuotaRules};
pub use classify::{Class, ErrorLists, ErrorShape, Origin, StatusList};
pub use hint::{HintHeader, HintRule};
pub use params::{Need, Parameter, Params, PolicyError, StrategyKind, Value};
pub use preset::{Confidence, Preset, preset, presets};
pub use rate_limiter::{Cubic, RateLimiter, RateLimiterState, RateMeter, SendBucket};
pub use sdk::{DEFAULTS_CHANGED, SdkDefault, sdk_defaults};

use crate::random::Uniform;
use crate::units::{Span, Time};

/// Strategy and parameters of one retry loop.
#[derive(Clone, PartialEq, Debug)]
pub struct RetryPolicy {
    /// How long to sleep before the next attempt.
    pub strategy: Strategy,
    /// Sends in all, the first included: retries + 1. At least 1; [`RetryPolicy::UNLIMITED`] stands
    /// for no limit.
    pub attempts_max: u32,
    /// Which errors are retried, and as what.
    pub errors: ErrorLists,
    /// What a hint of the server does to the sleep.
    pub hint: HintRule,
    /// What all calls of one client object together may spend on retries.
    pub budget: Budget,
    /// How a client object holds its own requests back.
    pub rate_limiter: RateLimiter,
    /// Whether calls are long polls, which sleep once more before they fail for lack of quota, so
    /// that the caller's loop does not spin (standard 2.1 rules).
    pub long_polling: bool,
    /// Where the length of the next sleep comes from.
    pub remembers: Remembers,
}

/// Who remembers how often a loop has slept, on which the next sleep depends.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Default)]
pub enum Remembers {
    /// Each call: it begins anew.
    #[default]
    Call,
    /// The client object, for all its calls together and as long as it lives; success resets
    /// nothing (the back-off of the ECS agent: aws/amazon-ecs-agent @8dfceca6,
    /// `agent/engine/docker_task_engine.go`).
    Client,
    /// The client object, which holds all its calls back together: whoever fails while it does
    /// waits for the same end and makes it no later (a service scheduler that launches no task
    /// until its throttle is over). A success resets nothing.
    Gate,
}

/// What one loop of one entity remembers between attempts.
#[derive(Copy, Clone, Default, Debug)]
pub struct Memory {
    /// Attempts sent so far in this loop.
    pub sends: u32,
    /// What the loop holds of its client's budget: the cost of the last retry (AWS), or 1 while a
    /// retry is under way (Envoy).
    quota_taken: u16,
    /// Attempts sent when back-off last started anew (gRPC pushback).
    restarted_at: u16,
    /// The last sleep (decorrelated jitter); zero before the first.
    previous: Span,
}

/// A failed attempt as the policy sees it.
#[derive(Copy, Clone, Debug)]
pub struct Failure {
    /// What the policy's own error lists make of it; `None` is not retried.
    pub class: Option<Class>,
    /// The server's hint when to come back, if it sent one in the header that the policy reads
    /// ([`RetryPolicy::reads`]).
    pub hint: Option<Span>,
}

/// What the loop does after a failed attempt.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Verdict {
    /// Sleep this long, then send again.
    Retry(Span),
    /// Stop: this kind of error is not retried.
    NotRetried,
    /// Stop: attempts are used up.
    Exhausted,
    /// Stop, after this sleep: the client's retry quota or budget is empty.
    QuotaEmpty(Span),
}

/// State of one client object that its calls share: retry quota or budget, client-side rate
/// limiter. It lives as long as the client object, so a process per call starts afresh each time.
#[derive(Clone, Debug)]
pub struct ClientState {
    budget: budget::State,
    rate_limiter: Option<RateLimiterState>,
    /// What a loop remembers whose calls do not ([`Remembers::Client`]), and until when it holds
    /// them back ([`Remembers::Gate`]).
    memory: Memory,
    held_until: Time,
}

impl ClientState {
    /// What is left of the AWS retry quota, where the client has one.
    pub fn quota_left(&self) -> Option<u32> {
        self.budget.quota_left()
    }

    /// The client-side rate limiter, where the client has one.
    pub fn rate_limiter(&self) -> Option<&RateLimiterState> {
        self.rate_limiter.as_ref()
    }
}

impl RetryPolicy {
    /// Stands for no limit of attempts.
    pub const UNLIMITED: u32 = u32::MAX;

    /// A loop that sends once.
    pub const NONE: RetryPolicy = RetryPolicy::new(Strategy::None, 1);

    /// A policy of this strategy and number of attempts, with the error lists of a plain retry
    /// loop and nothing else: no hint honoured, no budget, no rate limiter.
    pub const fn new(strategy: Strategy, attempts_max: u32) -> Self {
        RetryPolicy {
            strategy,
            attempts_max,
            errors: ErrorLists::Generic,
            hint: HintRule::Ignore,
            budget: Budget::None,
            rate_limiter: RateLimiter::None,
            long_polling: false,
            remembers: Remembers::Call,
        }
    }

    /// Whether the policy keeps state in the client object ([`ClientState`]); if not, calls of one
    /// client cannot see each other and none needs to be kept.
    pub fn keeps_client_state(&self) -> bool {
        self.budget != Budget::None
            || self.rate_limiter != RateLimiter::None
            || self.remembers != Remembers::Call
    }

    /// The state of a new client object that is created at `now`.
    pub fn new_client(&self, now: Time) -> ClientState {
        ClientState {
            budget: budget::State::new(&self.budget, now),
            rate_limiter: RateLimiterState::new(self.rate_limiter, now),
            memory: Memory::default(),
            held_until: now,
        }
    }

    /// What this policy makes of an error; `None` is not retried. Called when a plan is compiled.
    pub fn classify(&self, error: &ErrorShape) -> Option<Class> {
        self.errors.classify(error)
    }

    /// Whether the policy reads hints from this header. A hint in another one is not passed on in
    /// [`Failure::hint`].
    pub fn reads(&self, header: HintHeader) -> bool {
        self.hint.header() == Some(header)
    }

    /// A call begins (its first attempt has not been sent yet).
    #[inline]
    pub fn begin_call(&self, client: Option<&mut ClientState>, now: Time) {
        if let Some(client) = client {
            client.budget.begin_call(&self.budget, now);
        }
    }

    /// Asked before each send: how long the client itself holds the request back. Zero sends it.
    /// Asked again after the wait: waiting reserves nothing.
    #[inline]
    pub fn before_send(
        &self,
        client: Option<&mut ClientState>,
        memory: &Memory,
        now: Time,
    ) -> Span {
        match client.and_then(|client| client.rate_limiter.as_mut()) {
            Some(limiter) => limiter.before_send(memory.sends == 0, now),
            None => Span::ZERO,
        }
    }

    /// An attempt succeeded at `now`.
    #[inline]
    pub fn after_success(&self, client: Option<&mut ClientState>, memory: &Memory, now: Time) {
        if let Some(client) = client {
            if let Some(limiter) = &mut client.rate_limiter {
                limiter.after_response(false, now);
            }
            client.budget.after_success(&self.budget, memory);
        }
    }

    /// The loop ends without an answer, because what it worked for was cancelled.
    #[inline]
    pub fn abandon(&self, client: Option<&mut ClientState>, memory: &Memory) {
        if let Some(client) = client {
            client.budget.abandon(memory);
        }
    }

    /// Whether [`Verdict::QuotaEmpty`] can come with a sleep.
    pub fn sleeps_before_stop(&self) -> bool {
        self.long_polling && self.budget != Budget::None
    }

    /// An attempt failed at `now`; `memory.sends` counts it. Decides, and updates the loop's memory
    /// and the client's state.
    ///
    /// The order is the AWS SDKs': is the error retried, are attempts left, is there quota, and
    /// then the sleep. Where a client asks in another order, its budget says so.
    #[inline(always)]
    pub fn after_failure<U: Uniform>(
        &self,
        failure: Failure,
        memory: &mut Memory,
        mut client: Option<&mut ClientState>,
        now: Time,
        uniform: &mut U,
    ) -> Verdict {
        assert!(memory.sends >= 1, "an attempt that failed was sent");
        if let Some(limiter) = client
            .as_deref_mut()
            .and_then(|client| client.rate_limiter.as_mut())
        {
            limiter.after_response(failure.class == Some(Class::Throttling), now);
        }
        let more = memory.sends < self.attempts_max;
        if let Some(client) = client.as_deref_mut() {
            client
                .budget
                .after_failure(&self.budget, failure.class, more, memory);
        }
        match failure.class {
            None => Verdict::NotRetried,
            Some(_) if !more => Verdict::Exhausted,
            Some(class) => {
                let paid = match client.as_deref_mut() {
                    Some(client) => client.budget.take(&self.budget, class, memory, now),
                    None => true,
                };
                if paid {
                    Verdict::Retry(self.sleep(failure.hint, class, memory, client, now, uniform))
                } else if self.long_polling {
                    let sleep = self.sleep(failure.hint, class, memory, None, now, uniform);
                    Verdict::QuotaEmpty(sleep)
                } else {
                    Verdict::QuotaEmpty(Span::ZERO)
                }
            }
        }
    }

    /// The time until the client object holds its calls back no longer.
    fn gate<U: Uniform>(
        &self,
        hint: Option<Span>,
        class: Class,
        client: &mut ClientState,
        now: Time,
        uniform: &mut U,
    ) -> Span {
        if client.held_until <= now {
            client.memory.sends += 1;
            let memory = &mut client.memory;
            let sleep = self
                .hint
                .sleep(hint, &self.strategy, class, memory, uniform);
            client.held_until = now + sleep;
        }
        client.held_until.since(now)
    }

    /// The sleep before the next attempt.
    #[inline(always)]
    fn sleep<U: Uniform>(
        &self,
        hint: Option<Span>,
        class: Class,
        memory: &mut Memory,
        client: Option<&mut ClientState>,
        now: Time,
        uniform: &mut U,
    ) -> Span {
        let mut memory = memory;
        if let Some(client) = client {
            let limiter = client.rate_limiter.as_mut();
            if let Some(wait) = limiter.and_then(|limiter| limiter.before_retry(class, now)) {
                return wait;
            }
            if self.remembers == Remembers::Gate {
                return self.gate(hint, class, client, now, uniform);
            }
            if self.remembers == Remembers::Client {
                memory = &mut client.memory;
                memory.sends += 1;
            }
        }
        self.hint
            .sleep(hint, &self.strategy, class, memory, uniform)
    }
}

#[cfg(test)]
mod tests {
    use super::backoff::tests::Scripted;
    use super::*;

    /// What two calls of one client sleep, each failing three times.
    fn sleeps(remembers: Remembers) -> Vec<u64> {
        let doubling = Strategy::Exponential(Growth {
            base: Span::from_secs(1),
            cap: Span::from_secs(5),
            first_exponent: 0,
        });
        let mut policy = RetryPolicy::new(doubling, 4);
        policy.remembers = remembers;
        let mut client = policy.new_client(Time::ZERO);
        let mut sleeps = Vec::new();
        for _ in 0..2 {
            let mut memory = Memory::default();
            for _ in 0..3 {
                memory.sends += 1;
                let failure = Failure {
                    class: Some(Class::Throttling),
                    hint: None,
                };
                let verdict = policy.after_failure(
                    failure,
                    &mut memory,
                    Some(&mut client),
                    Time::ZERO,
                    &mut Scripted::new(&[]),
                );
                let Verdict::Retry(sleep) = verdict else {
                    panic!("attempts are left")
                };
                sleeps.push(sleep.as_nanos() / 1_000_000_000);
            }
        }
        sleeps
    }

    #[test]
    fn an_agent_that_backed_off_once_sleeps_longest_ever_after() {
        assert_eq!(sleeps(Remembers::Call), [1, 2, 4, 1, 2, 4]);
        assert_eq!(sleeps(Remembers::Client), [1, 2, 4, 5, 5, 5]);
    }

    #[test]
    fn failures_while_a_scheduler_holds_back_count_as_one() {
        // Six at one instant: one delay, the first.
        assert_eq!(sleeps(Remembers::Gate), [1; 6]);
    }

    #[test]
    fn a_circuit_breaker_stops_all_calls_of_its_client() {
        let mut policy = RetryPolicy::new(Strategy::None, RetryPolicy::UNLIMITED);
        policy.budget = Budget::Failures {
            too_many: 3,
            forgiven: true,
        };
        let mut client = policy.new_client(Time::ZERO);
        let fail = |client: &mut ClientState| {
            let mut memory = Memory {
                sends: 1,
                ..Memory::default()
            };
            let failure = Failure {
                class: Some(Class::Transient),
                hint: None,
            };
            let uniform = &mut Scripted::new(&[]);
            let client = Some(client);
            policy.after_failure(failure, &mut memory, client, Time::ZERO, uniform)
        };
        let retried = Verdict::Retry(Span::ZERO);
        assert_eq!([fail(&mut client), fail(&mut client)], [retried; 2]);
        policy.after_success(Some(&mut client), &Memory::default(), Time::ZERO);
        assert_eq!([fail(&mut client), fail(&mut client)], [retried; 2]);
        assert_eq!(fail(&mut client), Verdict::QuotaEmpty(Span::ZERO));
    }
}
