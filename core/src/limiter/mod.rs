//! Limiters: what counts requests and says no.
//!
//! A limiter keeps its state per key (an account and region, an IP address, a user ...) and decides
//! each request exactly: levels are integers, no server limiter uses floating point. It knows
//! neither events nor retries; it is a function of its state and the time.
//!
//! Another limiter is one file with a `Spec` and a `Keyed` state, and one line in each `match` here.

mod token_bucket;

pub use token_bucket::{Refill, Spec as TokenBucketSpec, TokenBucket};

use crate::units::{Span, Time};

/// What a limiter says to one request.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Decision {
    /// Let through at once.
    Admitted,
    /// Let through after this wait; the credits are spent already.
    Delayed(Span),
    /// Refused. The span is the earliest time after which the same request could be admitted if
    /// nobody else asked, where the limiter knows one.
    Throttled(Option<Span>),
}

/// The counting rule of a limiter.
#[derive(Clone, Eq, PartialEq, Debug)]
pub enum Algorithm {
    /// Credits up to a burst, refilled at a rate.
    TokenBucket(token_bucket::Spec),
}

/// How full a limiter is when the scenario begins.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Default)]
pub enum Initial {
    /// All credits there.
    #[default]
    Full,
    /// No credit left.
    Empty,
    /// This many credits left (clamped to what fits).
    Credits(u64),
}

/// What happens to a request that finds too few credits.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Default)]
pub enum OverLimit {
    /// It is refused.
    #[default]
    Throttle,
    /// It waits its turn (client-side limiters that queue).
    Wait,
}

/// A limiter as the plan describes it.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct Spec {
    /// The counting rule.
    pub algorithm: Algorithm,
    /// How full it is at time 0.
    pub initial: Initial,
    /// Whether a refused request costs credits too.
    pub charge_throttled: bool,
    /// What happens to a request that finds too few credits.
    pub over_limit: OverLimit,
}

/// What a limiter needs to know of the world to begin: the clock its windows are aligned to.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Default)]
pub struct Clock {
    /// Nanoseconds from the Unix epoch to scenario time 0, where the scenario states its start.
    pub start_unix_nanos: Option<u64>,
    /// 64 random bits, drawn per run: where windows begin if the start is not stated.
    pub phase: u64,
}

/// Why a limiter cannot be built.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum SpecError {
    /// Burst or limit is zero: nothing could ever pass.
    NothingPasses,
    /// The numbers are too large to count exactly in 64 bits.
    TooLarge,
    /// The window or refill period is zero.
    NoPeriod,
    /// The option does not go with this algorithm.
    NotForThisAlgorithm(&'static str),
}

/// A limiter with its state, for all its keys.
#[derive(Clone, Debug)]
pub enum Limiter {
    /// See [`Algorithm::TokenBucket`].
    TokenBucket(TokenBucket),
}

impl Limiter {
    /// A limiter for keys `0..keys`.
    ///
    /// # Errors
    /// See [`SpecError`].
    pub fn new(spec: &Spec, keys: u32, _clock: Clock) -> Result<Self, SpecError> {
        match &spec.algorithm {
            Algorithm::TokenBucket(bucket) => {
                TokenBucket::new(bucket, spec, keys).map(Limiter::TokenBucket)
            }
        }
    }

    /// Decides a request of `cost` credits under `key` at `now`. Times must not run backward.
    #[inline]
    pub fn decide(&mut self, key: u32, cost: u32, now: Time) -> Decision {
        match self {
            Limiter::TokenBucket(bucket) => bucket.decide(key, cost, now),
        }
    }

    /// Gives back `cost` credits held under `key` when an admitted request has been answered.
    /// Only limiters of requests in flight take them.
    #[inline]
    pub fn release(&mut self, _key: u32, _cost: u32) {
        match self {
            Limiter::TokenBucket(_) => {}
        }
    }

    /// Whether an answer gives credits back, so that it must be an event of its own.
    pub fn counts_in_flight(&self) -> bool {
        match self {
            Limiter::TokenBucket(_) => false,
        }
    }

    /// Credits left under `key` at `now`.
    pub fn credits(&self, key: u32, now: Time) -> f64 {
        match self {
            Limiter::TokenBucket(bucket) => bucket.credits(key, now),
        }
    }

    /// The earliest instant, not before `now`, at which a request of `cost` under `key` would be
    /// admitted if nobody else asked before it. [`Time::NEVER`] if it never would.
    pub fn next_admission(&self, key: u32, cost: u32, now: Time) -> Time {
        match self {
            Limiter::TokenBucket(bucket) => bucket.next_admission(key, cost, now),
        }
    }
}
