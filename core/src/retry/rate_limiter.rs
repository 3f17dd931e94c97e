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

use super::Class;
use crate::units::{Span, Time};

/// Part of the rate that is kept when throttled.
const BETA: f64 = 0.7;
/// Steepness of the cubic curve.
const SCALE: f64 = 0.4;
/// Weight of the newest half second in the measured rate.
const SMOOTHING: f64 = 0.8;
/// Lowest refill rate, per second.
const FILL_RATE_MIN: f64 = 0.5;
/// Smallest bucket.
const CAPACITY_MIN: f64 = 1.0;

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
    fill_rate: f64,
    capacity: f64,
    tokens: f64,
    refilled_at: Option<f64>,
    measured_rate: f64,
    measured_until: f64,
    count: f64,
    rate_max: f64,
    throttled_at: f64,
}

impl RateLimiterState {
    pub(super) fn new(rule: RateLimiter, now: Time) -> Option<Self> {
        let seconds = now.as_secs_f64();
        // botocore's bucket begins at 1/s and refills from the start; the others begin empty.
        let (fill_rate, refilled_at) = match rule {
            RateLimiter::None => return None,
            RateLimiter::Botocore => (1.0, Some(seconds)),
            RateLimiter::Smithy20 { .. } => (0.0, None),
        };
        Some(RateLimiterState {
            rule,
            enabled: false,
            fill_rate,
            capacity: CAPACITY_MIN,
            tokens: 0.0,
            refilled_at,
            measured_rate: 0.0,
            measured_until: seconds.floor(),
            count: 0.0,
            rate_max: 0.0,
            throttled_at: seconds,
        })
    }

    /// Whether it was ever throttled: until then it only measures.
    pub fn enabled(&self) -> bool {
        self.enabled
    }

    /// Requests answered per second, smoothed over half seconds.
    pub fn measured_rate(&self) -> f64 {
        self.measured_rate
    }

    /// Tokens per second.
    pub fn fill_rate(&self) -> f64 {
        self.fill_rate
    }

    /// Most tokens the bucket holds.
    pub fn capacity(&self) -> f64 {
        self.capacity
    }

    /// Tokens when it was last refilled.
    pub fn tokens(&self) -> f64 {
        self.tokens
    }

    /// The rate when it was last throttled.
    pub fn rate_max(&self) -> f64 {
        self.rate_max
    }

    /// Seconds after a throttled answer at which the curve reaches that rate again.
    pub fn seconds_to_rate_max(&self) -> f64 {
        libm::cbrt(self.rate_max * (1.0 - BETA) / SCALE)
    }

    /// How long a send must wait; zero takes its tokens. `first` says whether it is the first
    /// attempt of its call.
    #[inline]
    pub(super) fn before_send(&mut self, first: bool, now: Time) -> Span {
        match self.rule {
            RateLimiter::Smithy20 { .. } if !first => Span::ZERO,
            _ => self.acquire(1.0, now),
        }
    }

    /// The wait of a retry that takes the place of its sleep, if there is one.
    #[inline]
    pub(super) fn before_retry(&mut self, class: Class, now: Time) -> Option<Span> {
        let RateLimiter::Smithy20 { wait_max } = self.rule else {
            return None;
        };
        let cost = match class {
            Class::Throttling | Class::Timeout => 10.0,
            Class::Transient | Class::Server => 5.0,
        };
        let wait = self.acquire(cost, now);
        (!wait.is_zero()).then(|| wait.min(wait_max))
    }

    /// An answer arrived.
    #[inline]
    pub(super) fn after_response(&mut self, throttled: bool, now: Time) {
        let now = now.as_secs_f64();
        self.measure(now);
        let rate = if throttled {
            let rate = self.measured_rate;
            self.rate_max = if self.enabled {
                rate.min(self.fill_rate)
            } else {
                rate
            };
            self.throttled_at = now;
            self.enabled = true;
            self.rate_max * BETA
        } else {
            let elapsed = now - self.throttled_at - self.seconds_to_rate_max();
            SCALE * (elapsed * elapsed * elapsed) + self.rate_max
        };
        self.set_rate(rate.min(2.0 * self.measured_rate), now);
    }

    #[inline]
    fn acquire(&mut self, cost: f64, now: Time) -> Span {
        if !self.enabled {
            return Span::ZERO;
        }
        self.refill(now.as_secs_f64());
        let wait = Span::from_secs_f64((cost - self.tokens) / self.fill_rate);
        // A shortage of under half a nanosecond of refill is rounding, not shortage.
        if wait.is_zero() {
            self.tokens -= cost;
        }
        wait
    }

    #[inline]
    fn measure(&mut self, now: f64) {
        let until = (now * 2.0).floor() / 2.0;
        self.count += 1.0;
        if until > self.measured_until {
            let rate = self.count / (until - self.measured_until);
            self.measured_rate = rate * SMOOTHING + self.measured_rate * (1.0 - SMOOTHING);
            self.count = 0.0;
            self.measured_until = until;
        }
    }

    #[inline]
    fn set_rate(&mut self, rate: f64, now: f64) {
        // Tokens up to now come at the old rate.
        self.refill(now);
        self.fill_rate = rate.max(FILL_RATE_MIN);
        self.capacity = rate.max(CAPACITY_MIN);
        self.tokens = self.tokens.min(self.capacity);
    }

    #[inline]
    fn refill(&mut self, now: f64) {
        if let Some(refilled_at) = self.refilled_at {
            let fill = (now - refilled_at) * self.fill_rate;
            self.tokens = (self.tokens + fill).min(self.capacity);
        }
        self.refilled_at = Some(now);
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
        assert_eq!(limiter.fill_rate(), 0.5);
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
