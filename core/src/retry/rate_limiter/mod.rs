//! The client-side rate limiter of adaptive mode.
//!
//! It starts disabled; the first throttled answer enables it. From then on each send takes tokens
//! out of a bucket whose refill rate follows a cubic curve, as TCP CUBIC does: on a throttled answer
//! the rate falls to 0.7 of what was measured, and grows back past it afterwards, never above twice
//! the measured rate. A client throttled in its first half second has measured nothing and may send
//! once in two seconds.
//!
//! Sources: boto/botocore @0e6e2404 (`retries/adaptive.py`, `bucket.py`, `throttling.py`);
//! smithy-lang/smithy-rs @56ee88c5 (`client_rate_limiter.rs`); aws/aws-sdk-go-v2 @6925d1e9
//! (`adaptive_ratelimit.go`). In doubles, as they are. Half-second buckets count from scenario time 0.

mod bucket;
mod cubic;
mod meter;

pub use bucket::SendBucket;
pub use cubic::Cubic;
pub use meter::RateMeter;

use super::Class;
use crate::units::{Span, Time};

/// Whether and how a client holds its own requests back.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum RateLimiter {
    /// It does not.
    None,
    /// botocore's adaptive mode, and smithy-rs under the 2.1 rules: each send takes 1 token, retries
    /// sleep first and are held back afterwards. Go v2 and the others use the same curve.
    Botocore,
    /// smithy-rs under the 2.0 rules: a first attempt takes 1 token, a retry 5, after throttling or
    /// a timeout 10. A retry that finds too few waits for them in place of its sleep, at most this
    /// long, and then sends without asking again.
    Smithy20 {
        /// The longest wait of a retry.
        wait_max: Span,
    },
}

/// The state of one client's rate limiter.
#[derive(Clone, Debug)]
pub struct RateLimiterState {
    rule: RateLimiter,
    enabled: bool,
    meter: RateMeter,
    bucket: SendBucket,
    rate_max: f64,
    throttled_at: f64,
}

impl RateLimiterState {
    pub(super) fn new(rule: RateLimiter, now: Time) -> Option<Self> {
        let now = now.as_secs_f64();
        let bucket = match rule {
            RateLimiter::None => return None,
            // Refills from the start on, although nothing is taken before it is enabled.
            RateLimiter::Botocore => SendBucket::new(1.0, Some(now)),
            RateLimiter::Smithy20 { .. } => SendBucket::new(0.0, None),
        };
        Some(RateLimiterState {
            rule,
            enabled: false,
            meter: RateMeter::new(now),
            bucket,
            rate_max: 0.0,
            throttled_at: now,
        })
    }

    /// Whether it was ever throttled: until then it only measures.
    pub fn enabled(&self) -> bool {
        self.enabled
    }

    /// The meter of what the client sends.
    pub fn meter(&self) -> &RateMeter {
        &self.meter
    }

    /// The bucket that sends are taken out of.
    pub fn bucket(&self) -> &SendBucket {
        &self.bucket
    }

    /// The rate at which it was last throttled.
    pub fn rate_max(&self) -> f64 {
        self.rate_max
    }

    /// How long a send must wait; zero takes its tokens. `first` says whether it is the first
    /// attempt of its call.
    #[inline]
    pub(super) fn before_send(&mut self, first: bool, now: Time) -> Span {
        if !self.enabled || !first && self.rule != RateLimiter::Botocore {
            return Span::ZERO;
        }
        self.bucket.acquire(1.0, now.as_secs_f64())
    }

    /// The wait of a retry that takes the place of its sleep, if there is one.
    #[inline]
    pub(super) fn before_retry(&mut self, class: Class, now: Time) -> Option<Span> {
        let RateLimiter::Smithy20 { wait_max } = self.rule else {
            return None;
        };
        if !self.enabled {
            return None;
        }
        let cost = match class {
            Class::Throttling | Class::Timeout => 10.0,
            Class::Transient | Class::Server => 5.0,
        };
        let wait = self.bucket.acquire(cost, now.as_secs_f64());
        (!wait.is_zero()).then(|| wait.min(wait_max))
    }

    /// An answer arrived.
    #[inline]
    pub(super) fn after_response(&mut self, throttled: bool, now: Time) {
        let now = now.as_secs_f64();
        self.meter.record(now);
        let measured = self.meter.rate();
        let rate = if throttled {
            self.rate_max = if self.enabled {
                measured.min(self.bucket.fill_rate())
            } else {
                measured
            };
            self.throttled_at = now;
            self.enabled = true;
            Cubic::AWS.throttled(self.rate_max)
        } else {
            Cubic::AWS.rate(self.rate_max, now - self.throttled_at)
        };
        self.bucket.set_rate(Self::allowed(rate, measured), now);
    }

    /// The rate that the bucket is set to: the curve's, and at most twice what is measured.
    #[inline]
    pub fn allowed(curve: f64, measured: f64) -> f64 {
        curve.min(2.0 * measured)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: f64) -> Time {
        Time::ZERO + Span::from_secs_f64(seconds)
    }

    fn botocore() -> RateLimiterState {
        RateLimiterState::new(RateLimiter::Botocore, Time::ZERO).unwrap()
    }

    #[test]
    fn it_holds_nothing_back_before_the_first_throttled_answer() {
        let mut limiter = botocore();
        for _ in 0..1_000 {
            assert_eq!(limiter.before_send(true, Time::ZERO), Span::ZERO);
        }
    }

    #[test]
    fn a_client_throttled_at_once_may_send_every_two_seconds() {
        let mut limiter = botocore();
        limiter.after_response(true, at(0.125));
        assert_eq!(limiter.bucket().fill_rate(), 0.5);
        assert_eq!(
            limiter.before_send(true, at(0.125)),
            Span::from_millis(1_750)
        );
        assert_eq!(limiter.before_send(true, at(1.875)), Span::ZERO);
        assert_eq!(limiter.before_send(true, at(1.875)), Span::from_secs(2));
    }

    #[test]
    fn who_waits_reserves_nothing() {
        let mut limiter = botocore();
        limiter.after_response(true, at(0.0));
        let first = limiter.before_send(true, at(0.5));
        assert_eq!(limiter.before_send(true, at(0.5)), first);
        assert!(!first.is_zero());
    }

    #[test]
    fn a_retry_of_the_rust_sdk_costs_five_or_ten() {
        let rule = RateLimiter::Smithy20 {
            wait_max: Span::from_secs(20),
        };
        let mut limiter = RateLimiterState::new(rule, Time::ZERO).unwrap();
        limiter.after_response(true, Time::ZERO);
        let wait = |limiter: &RateLimiterState, class| limiter.clone().before_retry(class, at(0.0));
        assert_eq!(wait(&limiter, Class::Transient), Some(Span::from_secs(10)));
        assert_eq!(wait(&limiter, Class::Throttling), Some(Span::from_secs(20)));
        assert_eq!(limiter.before_send(false, at(1.0)), Span::ZERO);
        assert_eq!(limiter.before_send(true, at(1.0)), Span::from_secs(1));
    }
}
