//! The token bucket: credits up to a burst, earned at a rate, one request one or more credits.
//!
//! Levels are whole numbers of 1/q credits, where the refill rate is the reduced fraction p/q per
//! nanosecond: a nanosecond adds exactly p. Nothing rounds, so a request that comes at the very
//! instant its credit is complete is admitted.

use super::{Decision, Initial, OverLimit, SpecError};
use crate::units::{Rate, Span, Time};

/// How credits come back.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Refill {
    /// All the time, in fractions of a credit.
    Continuous(Rate),
    /// `credits` at once at the end of each period; periods count from time 0.
    Lump {
        /// Credits a period brings.
        credits: u64,
        /// Length of a period.
        every: Span,
    },
}

/// Burst and refill.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct Spec {
    /// The most credits it holds.
    pub burst: u64,
    /// How they come back.
    pub refill: Refill,
}

/// One key's level, in 1/q credits, as of an instant.
#[derive(Copy, Clone, Debug)]
struct Level {
    units: u64,
    at: Time,
}

/// A token bucket for each key.
#[derive(Clone, Debug)]
pub struct TokenBucket {
    levels: Vec<Level>,
    capacity: u64,
    /// Units of one credit (q).
    credit: u64,
    /// Units earned per step (p), and nanoseconds per step (1 where refill is continuous).
    earned: u64,
    step: u64,
    /// Steps after which any level is full.
    steps_to_full: u64,
    charge_throttled: bool,
    over_limit: OverLimit,
    /// In `OverLimit::Wait`, units promised to waiting requests beyond an empty bucket.
    debts: Vec<u64>,
}

impl TokenBucket {
    /// Buckets for keys `0..keys`.
    ///
    /// # Errors
    /// - [`SpecError::NothingPasses`] if the burst is zero,
    /// - [`SpecError::NoPeriod`] if lumps come at no interval,
    /// - [`SpecError::TooLarge`] if burst times q does not fit in 62 bits.
    pub fn new(spec: &Spec, options: &super::Spec, keys: u32) -> Result<Self, SpecError> {
        if spec.burst == 0 {
            return Err(SpecError::NothingPasses);
        }
        let (earned, credit, step) = match spec.refill {
            Refill::Continuous(rate) => (rate.count(), rate.nanos(), 1),
            Refill::Lump { every, .. } if every.is_zero() => return Err(SpecError::NoPeriod),
            Refill::Lump { credits, every } => (credits, 1, every.as_nanos()),
        };
        let capacity = spec
            .burst
            .checked_mul(credit)
            .filter(|capacity| capacity.max(&earned) < &(1 << 62))
            .ok_or(SpecError::TooLarge)?;
        let steps_to_full = if earned == 0 {
            u64::MAX
        } else {
            capacity.div_ceil(earned)
        };
        let units = match options.initial {
            Initial::Full => capacity,
            Initial::Empty => 0,
            Initial::Credits(credits) => credits.min(spec.burst) * credit,
        };
        let waits = options.over_limit == OverLimit::Wait;
        Ok(TokenBucket {
            levels: vec![
                Level {
                    units,
                    at: Time::ZERO
                };
                keys as usize
            ],
            capacity,
            credit,
            earned,
            step,
            steps_to_full,
            charge_throttled: options.charge_throttled,
            over_limit: options.over_limit,
            debts: vec![0; if waits { keys as usize } else { 0 }],
        })
    }

    /// Units in the bucket at `now`, and the instant up to which steps are counted.
    #[inline]
    fn refilled(&self, level: Level, now: Time) -> Level {
        assert!(now >= level.at, "time ran backward");
        let elapsed = now.since(level.at).as_nanos();
        let (steps, at) = if self.step == 1 {
            (elapsed, now)
        } else {
            let steps = elapsed / self.step;
            (steps, level.at + Span::from_nanos(steps * self.step))
        };
        let units = if steps >= self.steps_to_full {
            self.capacity
        } else {
            // Below `steps_to_full` steps the product is below the capacity.
            (level.units + steps * self.earned).min(self.capacity)
        };
        Level { units, at }
    }

    /// See [`super::Limiter::decide`].
    #[inline]
    pub fn decide(&mut self, key: u32, cost: u32, now: Time) -> Decision {
        let mut level = self.refilled(self.levels[key as usize], now);
        let price = u64::from(cost).saturating_mul(self.credit);
        let decision = if level.units >= price {
            level.units -= price;
            Decision::Admitted
        } else {
            let wait = self.wait_for(price - level.units, level, now);
            if self.charge_throttled {
                level.units = 0;
            }
            Decision::Throttled(wait)
        };
        assert!(
            level.units <= self.capacity,
            "a bucket never holds more than its burst"
        );
        self.levels[key as usize] = level;
        decision
    }

    /// Time from `now` until `missing` more units have come.
    fn wait_for(&self, missing: u64, level: Level, now: Time) -> Option<Span> {
        if self.earned == 0 {
            return None;
        }
        let steps = missing.div_ceil(self.earned);
        let ready = level.at + Span::from_nanos(steps.saturating_mul(self.step));
        Some(ready.since(now))
    }

    /// See [`super::Limiter::credits`].
    pub fn credits(&self, key: u32, now: Time) -> f64 {
        self.refilled(self.levels[key as usize], now).units as f64 / self.credit as f64
    }

    /// See [`super::Limiter::next_admission`].
    pub fn next_admission(&self, key: u32, cost: u32, now: Time) -> Time {
        let level = self.refilled(self.levels[key as usize], now);
        let price = u64::from(cost).saturating_mul(self.credit);
        if price > self.capacity {
            return Time::NEVER;
        }
        if level.units >= price {
            return now;
        }
        self.wait_for(price - level.units, level, now)
            .map_or(Time::NEVER, |wait| now + wait)
    }
}
