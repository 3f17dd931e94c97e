//! Retry policies: strategy and parameters of one retry loop.
//!
//! A policy decides after each failed attempt whether the loop sends again and how long it sleeps
//! first. It is a pure function of what failed, of the loop's own memory, of the state of the
//! client object it belongs to (retry quota, client-side rate limiter, retry budget) and of uniform
//! random numbers, in the order in which the real client draws them.

mod classify;
mod jitter;

pub use classify::{Class, ErrorShape, Origin};

use crate::random::Uniform;
use crate::units::{Span, Time};

/// Strategy and parameters of one retry loop.
#[derive(Clone, PartialEq, Debug)]
pub struct RetryPolicy {
    /// How long to sleep, and on which errors.
    pub strategy: Strategy,
    /// Sends in all, the first included: retries + 1. At least 1.
    pub attempts_max: u32,
}

/// How a loop waits between attempts.
#[derive(Clone, PartialEq, Debug)]
pub enum Strategy {
    /// Never sends again.
    None,
    /// The same sleep each time.
    Fixed {
        /// The sleep.
        delay: Span,
    },
    /// `min(cap, base * 2^r)`, where r counts the retries made before.
    Exponential {
        /// Sleep before the first retry.
        base: Span,
        /// Longest sleep.
        cap: Span,
    },
    /// Uniform between nothing and the exponential sleep.
    FullJitter {
        /// Ceiling before the first retry.
        base: Span,
        /// Highest ceiling.
        cap: Span,
    },
    /// Half the exponential sleep, and up to as much again.
    EqualJitter {
        /// Ceiling before the first retry.
        base: Span,
        /// Highest ceiling.
        cap: Span,
    },
    /// `min(cap, U[base, 3 * previous])`, where the first previous is `base`.
    DecorrelatedJitter {
        /// Shortest sleep.
        base: Span,
        /// Longest sleep.
        cap: Span,
    },
}

/// What one loop of one entity remembers between attempts.
#[derive(Copy, Clone, Default, Debug)]
pub struct Memory {
    /// Attempts sent so far in this loop.
    pub sends: u32,
    /// What the last retry took from the retry quota.
    pub quota_taken: u32,
    /// The last sleep (decorrelated jitter); zero before the first.
    pub previous: Span,
}

/// A failed attempt as the policy sees it.
#[derive(Copy, Clone, Debug)]
pub struct Failure {
    /// What the policy's own error lists make of it; `None` is not retried.
    pub class: Option<Class>,
    /// The server's hint when to come back, if it sent one.
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

/// State of one client object that its calls share: retry quota, client-side rate limiter, budget.
#[derive(Clone, Debug)]
pub struct ClientState {}

impl RetryPolicy {
    /// A loop that sends once.
    pub const NONE: RetryPolicy = RetryPolicy {
        strategy: Strategy::None,
        attempts_max: 1,
    };

    /// Whether the policy keeps state in the client object ([`ClientState`]); if not, calls of one
    /// client cannot see each other and none needs to be kept.
    pub fn keeps_client_state(&self) -> bool {
        false
    }

    /// The state of a new client object that is created at `now`.
    pub fn new_client(&self, _now: Time) -> ClientState {
        ClientState {}
    }

    /// What this policy makes of an error; `None` is not retried. Called when a plan is compiled.
    pub fn classify(&self, error: &ErrorShape) -> Option<Class> {
        classify::generic(error)
    }

    /// A call begins (its first attempt has not been sent yet).
    #[inline]
    pub fn begin_call(&self, _client: Option<&mut ClientState>, _now: Time) {}

    /// Asked before each send: how long the client itself holds the request back. Zero sends it.
    /// Asked again after the wait.
    #[inline]
    pub fn before_send(
        &self,
        _client: Option<&mut ClientState>,
        _memory: &Memory,
        _now: Time,
    ) -> Span {
        Span::ZERO
    }

    /// An attempt succeeded at `now`.
    #[inline]
    pub fn after_success(&self, _client: Option<&mut ClientState>, _memory: &Memory, _now: Time) {}

    /// An attempt failed at `now`. Decides, and updates the loop's memory and the client's state.
    #[inline]
    pub fn after_failure<U: Uniform>(
        &self,
        failure: Failure,
        memory: &mut Memory,
        _client: Option<&mut ClientState>,
        _now: Time,
        uniform: &mut U,
    ) -> Verdict {
        if failure.class.is_none() {
            return Verdict::NotRetried;
        }
        if memory.sends >= self.attempts_max {
            return Verdict::Exhausted;
        }
        Verdict::Retry(jitter::sleep(&self.strategy, memory, uniform))
    }
}
impl RetryPolicy {
    /// A policy of this strategy and number of attempts.
    pub const fn new(strategy: Strategy, attempts_max: u32) -> Self {
        RetryPolicy {
            strategy,
            attempts_max,
        }
    }
}
