//! The bucket that a client takes its sends out of.

use crate::units::Span;

/// Lowest refill rate, per second.
const FILL_RATE_MIN: f64 = 0.5;
/// Smallest capacity.
const CAPACITY_MIN: f64 = 1.0;

/// A token bucket whose capacity is one second of its rate, and at least one token.
#[derive(Copy, Clone, PartialEq, Debug)]
pub struct SendBucket {
    fill_rate: f64,
    capacity: f64,
    tokens: f64,
    refilled_at: Option<f64>,
}

impl SendBucket {
    /// An empty bucket of this rate. It refills from `refilled_at` on, in seconds, or from when it
    /// is first looked at.
    pub fn new(rate: f64, refilled_at: Option<f64>) -> Self {
        SendBucket {
            fill_rate: rate.max(FILL_RATE_MIN),
            capacity: rate.max(CAPACITY_MIN),
            tokens: 0.0,
            refilled_at,
        }
    }

    /// How long a send of `cost` tokens must wait at `now`, in seconds. Zero takes the tokens;
    /// waiting takes and reserves nothing.
    #[inline]
    pub fn acquire(&mut self, cost: f64, now: f64) -> Span {
        self.refill(now);
        let wait = Span::from_secs_f64((cost - self.tokens) / self.fill_rate);
        // A shortage of under half a nanosecond of refill is rounding, not shortage.
        if wait.is_zero() {
            self.tokens -= cost;
        }
        wait
    }

    /// Sets the rate at `now`, in seconds. Tokens up to now come at the old rate.
    #[inline]
    pub fn set_rate(&mut self, rate: f64, now: f64) {
        self.refill(now);
        self.fill_rate = rate.max(FILL_RATE_MIN);
        self.capacity = rate.max(CAPACITY_MIN);
        self.tokens = self.tokens.min(self.capacity);
    }

    /// Tokens per second.
    #[inline]
    pub fn fill_rate(&self) -> f64 {
        self.fill_rate
    }

    /// Most tokens it holds.
    pub fn capacity(&self) -> f64 {
        self.capacity
    }

    /// Tokens when it was last refilled.
    pub fn tokens(&self) -> f64 {
        self.tokens
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
