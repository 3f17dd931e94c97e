//! Limiters: what counts requests and says no.
//!
//! A limiter keeps its state per key (an account and region, an IP address, a user ...) and decides
//! each request exactly: levels are integers, no server limiter uses floating point. It knows
//! neither events nor retries; it is a function of its state and the time.
//!
//! | algorithm | credits come back |
//! |---|---|
//! | [`TokenBucket`] | at a rate, all the time or in lumps |
//! | [`FixedWindow`] | all at once when a window closes |
//! | [`SlidingLog`] | each one window after it was taken |
//! | [`SlidingCounter`] | evenly, over the window after the one they were taken in |
//! | [`NginxLimitReq`] | at a rate, by the millisecond and the thousandth of a request |
//! | [`ConcurrencyLimit`] | when the request that holds them has been answered |
//!
//! Any of them can lock out whom it has refused ([`LockOut`]).
//!
//! Another limiter is one file with a `Spec` and a keyed state, and one line in each `match` of
//! this module.
//!
//! ```
//! use pullstorm_core::limiter::*;
//! use pullstorm_core::units::{Rate, Span, Time};
//!
//! let refill = Refill::Continuous(Rate::per_second(4));
//! let spec = Spec::new(Algorithm::TokenBucket(TokenBucketSpec { burst: 2, refill }));
//! let mut logins = Limiter::new(&spec, 1, Clock::default()).unwrap();
//! assert_eq!(logins.decide(0, 1, Time::ZERO), Decision::Admitted);
//! assert_eq!(logins.decide(0, 1, Time::ZERO), Decision::Admitted);
//! let wait = Span::from_millis(250);
//! assert_eq!(logins.decide(0, 1, Time::ZERO), Decision::Throttled(Some(wait)));
//! assert_eq!(logins.decide(0, 1, Time::ZERO + wait), Decision::Admitted);
//! ```

mod concurrency;
mod error;
mod fixed_window;
mod lock_out;
mod nginx;
mod sliding_counter;
mod sliding_log;
mod token_bucket;

pub use concurrency::{ConcurrencyLimit, Spec as ConcurrencySpec};
pub use error::SpecError;
pub use fixed_window::{FixedWindow, Opening, Spec as FixedWindowSpec};
pub use lock_out::{LockOut, Spec as LockOutSpec};
pub use nginx::{Delay, NginxLimitReq, Spec as NginxLimitReqSpec};
pub use sliding_counter::{SlidingCounter, Spec as SlidingCounterSpec};
pub use sliding_log::{LOGGED_CREDITS_MAX, SlidingLog, Spec as SlidingLogSpec};
pub use token_bucket::{Refill, Spec as TokenBucketSpec, TokenBucket};

use crate::units::{Span, Time};

/// What a limiter says to one request.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Decision {
    /// Let through at once.
    Admitted,
    /// Let through after this wait; the credits are spent already.
    Delayed(Span),
    /// Refused. The span is the earliest time after which the same request would be admitted if
    /// nobody else asked, where the limiter knows one.
    Throttled(Option<Span>),
}

/// The counting rule of a limiter.
#[derive(Clone, Eq, PartialEq, Debug)]
pub enum Algorithm {
    /// Credits up to a burst, refilled at a rate.
    TokenBucket(token_bucket::Spec),
    /// So many credits in each window of the clock, or of the key's own.
    FixedWindow(fixed_window::Spec),
    /// So many credits in any interval of a length.
    SlidingLog(sliding_log::Spec),
    /// So many credits in a window, of which the one before counts in part.
    SlidingCounter(sliding_counter::Spec),
    /// nginx `limit_req`: an excess over a rate, of which requests wait or not.
    NginxLimitReq(nginx::Spec),
    /// So many requests in flight.
    ConcurrencyLimit(concurrency::Spec),
}

impl Algorithm {
    /// What people call it.
    pub const fn name(&self) -> &'static str {
        match self {
            Algorithm::TokenBucket(_) => "token bucket",
            Algorithm::FixedWindow(_) => "fixed window",
            Algorithm::SlidingLog(_) => "sliding window log",
            Algorithm::SlidingCounter(_) => "sliding window counter",
            Algorithm::NginxLimitReq(_) => "nginx limit_req",
            Algorithm::ConcurrencyLimit(_) => "concurrency limit",
        }
    }

    /// The most credits one request can ever get: the burst, or the limit.
    pub const fn credits_max(&self) -> u64 {
        match self {
            Algorithm::TokenBucket(spec) => spec.burst,
            Algorithm::FixedWindow(spec) => spec.limit,
            Algorithm::SlidingLog(spec) => spec.limit,
            Algorithm::SlidingCounter(spec) => spec.limit,
            Algorithm::NginxLimitReq(spec) => spec.credits_max(),
            Algorithm::ConcurrencyLimit(spec) => spec.limit,
        }
    }
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

impl Initial {
    /// Credits left of `most` at time 0.
    pub const fn credits(self, most: u64) -> u64 {
        match self {
            Initial::Full => most,
            Initial::Empty => 0,
            Initial::Credits(credits) if credits < most => credits,
            Initial::Credits(_) => most,
        }
    }
}

/// What happens to a request that finds too few credits.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Default)]
pub enum OverLimit {
    /// It is refused.
    #[default]
    Throttle,
    /// It waits its turn, first come, first served (client-side limiters that queue). Credits that
    /// come back go to those that wait; only what they leave over fills the limiter.
    Wait,
}

/// A limiter as the plan describes it.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct Spec {
    /// The counting rule.
    pub algorithm: Algorithm,
    /// How full it is at time 0. Credits that are not left were taken at time 0 and come back as if
    /// requests of that instant had taken them.
    pub initial: Initial,
    /// Whether a refused request is counted like an admitted one. A level never falls below zero:
    /// - a bucket loses the price of the request, or what is left in it if that is less, fractions
    ///   of a credit included, so that clients who ask faster than it refills keep it empty;
    /// - a fixed window does the same, which matters for requests of more than one credit only;
    /// - a sliding counter counts it in full, so that clients who ask for more than the limit get
    ///   nothing until they ask for less;
    /// - a sliding log notes the refusal, so that clients who never pause for a window never get
    ///   through (how Docker Hub counted until February 2022).
    pub charge_throttled: bool,
    /// What happens to a request that finds too few credits.
    pub over_limit: OverLimit,
    /// For how long who was refused is locked out.
    pub lock_out: Option<lock_out::Spec>,
}

impl Spec {
    /// A limiter that starts full, throttles, and does not charge for it.
    pub fn new(algorithm: Algorithm) -> Self {
        Spec {
            algorithm,
            initial: Initial::Full,
            charge_throttled: false,
            over_limit: OverLimit::Throttle,
            lock_out: None,
        }
    }

    /// Checks whether a limiter for `keys` keys can be built, without building it.
    ///
    /// # Errors
    /// - [`SpecError::NothingPasses`] if the burst or limit is zero,
    /// - [`SpecError::NoPeriod`] if a window, a lock-out or the period of a refill is zero,
    /// - [`SpecError::NoRate`] if nginx would round a rate down to nothing,
    /// - [`SpecError::TooLong`] if a window is 2^62 nanoseconds (146 years) or longer,
    /// - [`SpecError::TooLarge`] if a level does not fit in 62 bits of the fraction of a credit
    ///   that a nanosecond earns,
    /// - [`SpecError::CounterTooLarge`] if limit times window of a sliding counter does not fit,
    /// - [`SpecError::LogTooLarge`] if a sliding log would need more than [`LOGGED_CREDITS_MAX`],
    /// - [`SpecError::NotForThisAlgorithm`] if an option means nothing to the algorithm: waiting
    ///   goes with buckets only, a concurrency limit starts full and charges nobody it refuses, nor
    ///   does nginx, which has delays of its own,
    /// - [`SpecError::NobodyToCharge`] if throttled requests are charged where requests wait,
    /// - [`SpecError::NobodyToLockOut`] if who is refused is locked out where requests wait.
    pub fn check(&self, keys: u32) -> Result<(), SpecError> {
        if let Some(lock_out) = self.lock_out {
            if lock_out.lasting.is_zero() {
                return Err(SpecError::NoPeriod);
            }
            if self.over_limit == OverLimit::Wait {
                return Err(SpecError::NobodyToLockOut);
            }
        }
        match &self.algorithm {
            Algorithm::TokenBucket(spec) => spec.check(self),
            Algorithm::FixedWindow(spec) => spec.check(self),
            Algorithm::SlidingLog(spec) => spec.check(self, keys),
            Algorithm::SlidingCounter(spec) => spec.check(self),
            Algorithm::NginxLimitReq(spec) => spec.check(self),
            Algorithm::ConcurrencyLimit(spec) => spec.check(self),
        }
    }

    /// Memory that the state of one key takes, in bytes.
    pub fn bytes_per_key(&self) -> u64 {
        let counted = match &self.algorithm {
            Algorithm::TokenBucket(_) => token_bucket::BYTES_PER_KEY,
            Algorithm::FixedWindow(_) => fixed_window::BYTES_PER_KEY,
            Algorithm::SlidingLog(spec) => spec.bytes_per_key(),
            Algorithm::SlidingCounter(_) => sliding_counter::BYTES_PER_KEY,
            Algorithm::NginxLimitReq(_) => nginx::BYTES_PER_KEY,
            Algorithm::ConcurrencyLimit(_) => concurrency::BYTES_PER_KEY,
        };
        let locked = if self.lock_out.is_some() {
            size_of::<Time>() as u64
        } else {
            0
        };
        counted.saturating_add(locked)
    }

    fn refuse_wait(&self) -> Result<(), SpecError> {
        match self.over_limit {
            OverLimit::Throttle => Ok(()),
            OverLimit::Wait => Err(self.not_for_this_algorithm("waiting for credits")),
        }
    }

    fn not_for_this_algorithm(&self, option: &'static str) -> SpecError {
        SpecError::NotForThisAlgorithm {
            option,
            algorithm: self.algorithm.name(),
        }
    }
}

/// What a limiter needs to know of the world to begin: the clock its windows are aligned to.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Default)]
pub struct Clock {
    /// Nanoseconds from the Unix epoch to scenario time 0, where the scenario states its start.
    pub start_unix_nanos: Option<u64>,
    /// 64 random bits, drawn per run: where windows begin if the start is not stated.
    pub phase: u64,
}

impl Clock {
    /// How far into a window of length `window` scenario time 0 lies.
    pub fn into_window(self, window: Span) -> Span {
        let window = window.as_nanos();
        Span::from_nanos(match self.start_unix_nanos {
            Some(start) => start % window,
            // Multiply-high spreads the bits evenly over the window.
            None => ((u128::from(self.phase) * u128::from(window)) >> 64) as u64,
        })
    }
}

/// A limiter with its state, for all its keys.
///
/// A request that costs nothing is always admitted and counts nowhere.
#[derive(Clone, Debug)]
pub enum Limiter {
    /// See [`Algorithm::TokenBucket`].
    TokenBucket(TokenBucket),
    /// See [`Algorithm::FixedWindow`].
    FixedWindow(FixedWindow),
    /// See [`Algorithm::SlidingLog`].
    SlidingLog(SlidingLog),
    /// See [`Algorithm::SlidingCounter`].
    SlidingCounter(SlidingCounter),
    /// See [`Algorithm::NginxLimitReq`].
    NginxLimitReq(NginxLimitReq),
    /// See [`Algorithm::ConcurrencyLimit`].
    ConcurrencyLimit(ConcurrencyLimit),
    /// One of the others behind a lock, see [`Spec::lock_out`].
    LockOut(Box<LockOut>),
}

impl Limiter {
    /// A limiter for keys `0..keys`.
    ///
    /// # Errors
    /// See [`Spec::check`].
    pub fn new(spec: &Spec, keys: u32, clock: Clock) -> Result<Self, SpecError> {
        spec.check(keys)?;
        let limiter = match &spec.algorithm {
            Algorithm::TokenBucket(bucket) => {
                Limiter::TokenBucket(TokenBucket::new(bucket, spec, keys))
            }
            Algorithm::FixedWindow(window) => {
                Limiter::FixedWindow(FixedWindow::new(window, spec, keys, clock))
            }
            Algorithm::SlidingLog(log) => Limiter::SlidingLog(SlidingLog::new(log, spec, keys)),
            Algorithm::SlidingCounter(counter) => {
                Limiter::SlidingCounter(SlidingCounter::new(counter, spec, keys, clock))
            }
            Algorithm::NginxLimitReq(nginx) => {
                Limiter::NginxLimitReq(NginxLimitReq::new(nginx, spec, keys))
            }
            Algorithm::ConcurrencyLimit(limit) => {
                Limiter::ConcurrencyLimit(ConcurrencyLimit::new(limit, keys))
            }
        };
        Ok(match spec.lock_out {
            None => limiter,
            Some(lock_out) => Limiter::LockOut(Box::new(LockOut::new(lock_out, limiter, keys))),
        })
    }

    /// Decides a request of `cost` credits under `key` at `now`.
    ///
    /// # Panics
    /// If time runs backward within a key.
    #[inline(always)]
    pub fn decide(&mut self, key: u32, cost: u32, now: Time) -> Decision {
        match self {
            Limiter::TokenBucket(bucket) => bucket.decide(key, cost, now),
            Limiter::FixedWindow(window) => window.decide(key, cost, now),
            Limiter::SlidingLog(log) => log.decide(key, cost, now),
            Limiter::SlidingCounter(counter) => counter.decide(key, cost, now),
            Limiter::NginxLimitReq(nginx) => nginx.decide(key, cost, now),
            Limiter::ConcurrencyLimit(limit) => limit.decide(key, cost),
            Limiter::LockOut(lock) => lock.decide(key, cost, now),
        }
    }

    /// Gives back `cost` credits held under `key` when an admitted request has been answered.
    /// Only limiters of requests in flight take them.
    ///
    /// # Panics
    /// If more is given back than is held.
    #[inline]
    pub fn release(&mut self, key: u32, cost: u32) {
        match self {
            Limiter::ConcurrencyLimit(limit) => limit.release(key, cost),
            Limiter::LockOut(lock) => lock.release(key, cost),
            _ => {}
        }
    }

    /// Whether an answer gives credits back, so that it must be an event of its own.
    #[inline]
    pub fn counts_in_flight(&self) -> bool {
        match self {
            Limiter::ConcurrencyLimit(_) => true,
            Limiter::LockOut(lock) => lock.limiter().counts_in_flight(),
            _ => false,
        }
    }

    /// Credits left under `key` at `now`, a fraction where credits come in fractions. Below zero in
    /// a bucket whose requests wait: what those that wait have been promised.
    pub fn credits(&self, key: u32, now: Time) -> f64 {
        match self {
            Limiter::TokenBucket(bucket) => bucket.credits(key, now),
            Limiter::FixedWindow(window) => window.credits(key, now),
            Limiter::SlidingLog(log) => log.credits(key, now),
            Limiter::SlidingCounter(counter) => counter.credits(key, now),
            Limiter::NginxLimitReq(nginx) => nginx.credits(key, now),
            Limiter::ConcurrencyLimit(limit) => limit.credits(key),
            Limiter::LockOut(lock) => lock.credits(key, now),
        }
    }

    /// The earliest instant, not before `now`, at which a request of `cost` under `key` would get
    /// through if nobody else asked before it (at nginx: would be let in, perhaps to wait). [`Time::NEVER`] if it never would, or if that
    /// depends on when requests in flight are answered.
    pub fn next_admission(&self, key: u32, cost: u32, now: Time) -> Time {
        match self {
            Limiter::TokenBucket(bucket) => bucket.next_admission(key, cost, now),
            Limiter::FixedWindow(window) => window.next_admission(key, cost, now),
            Limiter::SlidingLog(log) => log.next_admission(key, cost, now),
            Limiter::SlidingCounter(counter) => counter.next_admission(key, cost, now),
            Limiter::NginxLimitReq(nginx) => nginx.next_admission(key, cost, now),
            Limiter::ConcurrencyLimit(limit) => limit.next_admission(key, cost, now),
            Limiter::LockOut(lock) => lock.next_admission(key, cost, now),
        }
    }
}
