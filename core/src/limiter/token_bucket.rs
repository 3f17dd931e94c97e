//! The token bucket: credits up to a burst, earned at a rate, one request one or more credits.
//!
//! Levels are whole numbers of 1/q credits, where the refill rate is the reduced fraction p/q per
//! nanosecond: a nanosecond adds exactly p. Nothing rounds, so a request that comes at the very
//! instant its credit is complete is admitted.
//!
//! Where requests wait instead of being throttled, the level falls below zero by what those that
//! wait have been promised. The wait of a request of one credit is then the workload above
//! (B - 1)/r of a queue with service time 1/r, B the burst and r the rate.

use super::{Decision, OverLimit, SpecError};
use crate::units::{Rate, Span, Time};

/// Levels and debts stay below this, so that their sums fit in 64 bits with a sign.
const UNITS_MAX: i64 = 1 << 62;

/// Memory that one key takes.
pub(super) const BYTES_PER_KEY: u64 = size_of::<Level>() as u64;

/// How credits come back.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Refill {
    /// All the time, in fractions of a credit.
    Continuous(Rate),
    /// `credits` at once at the end of each period; periods count from time 0 for all keys.
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

impl Spec {
    pub(super) fn check(&self, options: &super::Spec) -> Result<(), SpecError> {
        if self.burst == 0 {
            return Err(SpecError::NothingPasses);
        }
        if let Refill::Lump {
            every: Span::ZERO, ..
        } = self.refill
        {
            return Err(SpecError::NoPeriod);
        }
        let scale = Scale::of(self.refill);
        let fits = |units: u64| units < UNITS_MAX as u64;
        if !self.burst.checked_mul(scale.credit).is_some_and(fits) || !fits(scale.earned) {
            return Err(SpecError::TooLarge);
        }
        if options.charge_throttled && options.over_limit == OverLimit::Wait {
            return Err(SpecError::NobodyToCharge);
        }
        Ok(())
    }
}

/// How credits and time are counted in whole numbers.
#[derive(Copy, Clone, Debug)]
struct Scale {
    /// Units of one credit (q).
    credit: u64,
    /// Units a step brings (p).
    earned: u64,
    /// Nanoseconds of a step: 1 where refill is continuous.
    step: u64,
}

impl Scale {
    fn of(refill: Refill) -> Self {
        match refill {
            Refill::Continuous(rate) => Scale {
                credit: rate.nanos(),
                earned: rate.count(),
                step: 1,
            },
            Refill::Lump { credits, every } => Scale {
                credit: 1,
                earned: credits,
                step: every.as_nanos(),
            },
        }
    }
}

/// One key's level in units, as of the end of a step.
#[derive(Copy, Clone, Debug)]
struct Level {
    units: i64,
    at: Time,
}

/// A token bucket for each key.
#[derive(Clone, Debug)]
pub struct TokenBucket {
    levels: Vec<Level>,
    scale: Scale,
    capacity: i64,
    /// Steps after which a bucket without debts is full.
    steps_to_full: u64,
    charge_throttled: bool,
    over_limit: OverLimit,
}

impl TokenBucket {
    /// Buckets for keys `0..keys`, of a spec that has been checked.
    pub(super) fn new(spec: &Spec, options: &super::Spec, keys: u32) -> Self {
        let scale = Scale::of(spec.refill);
        let capacity = (spec.burst * scale.credit) as i64;
        let units = (options.initial.credits(spec.burst) * scale.credit) as i64;
        TokenBucket {
            levels: vec![
                Level {
                    units,
                    at: Time::ZERO
                };
                keys as usize
            ],
            scale,
            capacity,
            steps_to_full: match scale.earned {
                0 => u64::MAX,
                earned => (capacity as u64).div_ceil(earned),
            },
            charge_throttled: options.charge_throttled,
            over_limit: options.over_limit,
        }
    }

    /// See [`super::Limiter::decide`].
    #[inline(always)]
    pub fn decide(&mut self, key: u32, cost: u32, now: Time) -> Decision {
        let mut level = self.refilled(self.levels[key as usize], now);
        let price = self.price(cost);
        let decision = if level.units >= price {
            level.units -= price;
            Decision::Admitted
        } else {
            self.turn_away(&mut level, price, now)
        };
        assert!(
            level.units <= self.capacity,
            "a bucket never holds more than its burst"
        );
        self.levels[key as usize] = level;
        decision
    }

    /// See [`super::Limiter::credits`].
    pub fn credits(&self, key: u32, now: Time) -> f64 {
        self.refilled(self.levels[key as usize], now).units as f64 / self.scale.credit as f64
    }

    /// See [`super::Limiter::next_admission`].
    pub fn next_admission(&self, key: u32, cost: u32, now: Time) -> Time {
        let level = self.refilled(self.levels[key as usize], now);
        let price = self.price(cost);
        if level.units >= price || price == 0 {
            return now;
        }
        self.wait(level, price, now)
            .map_or(Time::NEVER, |wait| now + wait)
    }

    /// What `cost` credits are in units; more than any bucket holds where it does not fit.
    #[inline]
    fn price(&self, cost: u32) -> i64 {
        // Nearly every request costs one; wasm has no checked multiplication and calls for one.
        if cost == 1 {
            return self.scale.credit.min(i64::MAX as u64) as i64;
        }
        u64::from(cost)
            .saturating_mul(self.scale.credit)
            .min(i64::MAX as u64) as i64
    }

    /// The level after all steps that end by `now`.
    #[inline]
    fn refilled(&self, level: Level, now: Time) -> Level {
        assert!(now >= level.at, "time ran backward");
        let elapsed = now.since(level.at).as_nanos();
        let step = self.scale.step;
        let (steps, at) = if step == 1 {
            (elapsed, now)
        } else if elapsed < step {
            return level;
        } else {
            let steps = elapsed / step;
            (steps, level.at + Span::from_nanos(steps * step))
        };
        let earned = if steps < self.steps_to_full {
            steps * self.scale.earned
        } else if level.units >= 0 {
            return Level {
                units: self.capacity,
                at,
            };
        } else {
            steps.saturating_mul(self.scale.earned).min(i64::MAX as u64)
        };
        Level {
            units: level.units.saturating_add(earned as i64).min(self.capacity),
            at,
        }
    }

    /// What happens to a request whose price is above the level.
    #[inline]
    fn turn_away(&self, level: &mut Level, price: i64, now: Time) -> Decision {
        if price == 0 {
            return Decision::Admitted;
        }
        match self.over_limit {
            OverLimit::Wait => match self.wait(*level, price, now) {
                // A queue that can no longer be counted takes nobody else.
                Some(wait) if level.units - price > -UNITS_MAX => {
                    level.units -= price;
                    Decision::Delayed(wait)
                }
                _ => Decision::Throttled(None),
            },
            OverLimit::Throttle => {
                if self.charge_throttled {
                    level.units = 0;
                }
                Decision::Throttled(self.wait(*level, price, now))
            }
        }
    }

    /// Time from `now` until the level reaches `price`; nothing if it never does.
    #[inline]
    fn wait(&self, level: Level, price: i64, now: Time) -> Option<Span> {
        let Scale { earned, step, .. } = self.scale;
        if price > self.capacity || earned == 0 {
            return None;
        }
        let missing = (price - level.units) as u64;
        // Most published rates divide a second, and a division takes longer than all the rest.
        let steps = if earned == 1 {
            missing
        } else {
            missing.div_ceil(earned)
        };
        let nanos = if step == 1 {
            steps
        } else {
            steps.checked_mul(step)?
        };
        let ready = level.at.as_nanos().checked_add(nanos)?;
        Some(Time::from_nanos(ready).since(now))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Algorithm, Clock, Initial, Limiter, Spec as Options};
    use super::*;

    fn per_second(burst: u64, rate: u64) -> Options {
        let refill = Refill::Continuous(Rate::per_second(rate));
        Options::new(Algorithm::TokenBucket(Spec { burst, refill }))
    }

    fn limiter(spec: &Options) -> Limiter {
        Limiter::new(spec, 1, Clock::default()).unwrap()
    }

    fn seconds(seconds: f64) -> Time {
        Time::ZERO + Span::from_secs_f64(seconds)
    }

    fn throttled(seconds: f64) -> Decision {
        Decision::Throttled(Some(Span::from_secs_f64(seconds)))
    }

    #[test]
    fn a_second_build_of_192_logins_at_the_same_instant_has_184_refused() {
        let mut logins = limiter(&per_second(200, 4));
        let admitted = (0..384)
            .filter(|_| logins.decide(0, 1, Time::ZERO) == Decision::Admitted)
            .count();
        assert_eq!(admitted, 200);
        assert_eq!(logins.next_admission(0, 184, Time::ZERO), seconds(46.0));
    }

    #[test]
    fn a_request_at_the_instant_its_credit_is_complete_is_admitted_and_not_a_nanosecond_before() {
        // A third of a second is no whole number of nanoseconds: the credit is complete within one.
        let mut bucket = limiter(&Options {
            initial: Initial::Empty,
            ..per_second(2, 3)
        });
        let early = Time::from_nanos(333_333_333);
        let wait = Span::from_nanos(1);
        assert_eq!(bucket.decide(0, 1, early), Decision::Throttled(Some(wait)));
        assert_eq!(bucket.decide(0, 1, early + wait), Decision::Admitted);
        // What was left over of that nanosecond counts towards the next credit.
        let second_early = Time::from_nanos(666_666_666);
        assert_ne!(bucket.decide(0, 1, second_early), Decision::Admitted);
        assert_eq!(bucket.decide(0, 1, second_early + wait), Decision::Admitted);
        assert_eq!(bucket.decide(0, 1, seconds(1.0)), Decision::Admitted);
    }

    #[test]
    fn lumps_come_at_multiples_of_the_period_and_not_before() {
        let refill = Refill::Lump {
            credits: 4,
            every: Span::from_secs(1),
        };
        let mut spec = Options::new(Algorithm::TokenBucket(Spec { burst: 10, refill }));
        spec.initial = Initial::Empty;
        let mut bucket = limiter(&spec);
        assert_eq!(bucket.decide(0, 1, seconds(0.9)), throttled(0.1));
        for _ in 0..4 {
            assert_eq!(bucket.decide(0, 1, seconds(1.0)), Decision::Admitted);
        }
        assert_eq!(bucket.decide(0, 1, seconds(1.5)), throttled(0.5));
        assert_eq!(bucket.decide(0, 9, seconds(1.5)), throttled(2.5));
        assert_eq!(bucket.credits(0, seconds(3.0)), 8.0);
        assert_eq!(bucket.credits(0, seconds(100.0)), 10.0);
    }

    #[test]
    fn clients_who_are_charged_for_refusals_and_never_pause_keep_the_bucket_empty() {
        let mut spec = per_second(1, 4);
        spec.charge_throttled = true;
        let mut bucket = limiter(&spec);
        assert_eq!(bucket.decide(0, 1, Time::ZERO), Decision::Admitted);
        for hundredths in 1..1_000 {
            assert_eq!(
                bucket.decide(0, 1, seconds(f64::from(hundredths) / 100.0)),
                throttled(0.25)
            );
        }
        assert_eq!(
            bucket.decide(0, 1, seconds(9.99 + 0.25)),
            Decision::Admitted
        );
    }

    #[test]
    fn requests_that_wait_are_served_in_the_order_they_came() {
        let mut spec = per_second(2, 4);
        spec.over_limit = OverLimit::Wait;
        let mut bucket = limiter(&spec);
        let waits: Vec<Decision> = (0..5).map(|_| bucket.decide(0, 1, Time::ZERO)).collect();
        let after = |millis| Decision::Delayed(Span::from_millis(millis));
        let expected = [
            Decision::Admitted,
            Decision::Admitted,
            after(250),
            after(500),
            after(750),
        ];
        assert_eq!(waits, expected);
        assert_eq!(bucket.credits(0, Time::ZERO), -3.0);
        assert_eq!(bucket.decide(0, 1, seconds(0.5)), after(500));
        assert_eq!(bucket.credits(0, seconds(10.0)), 2.0);
    }

    #[test]
    fn a_request_above_the_burst_never_passes_even_where_requests_wait() {
        for over_limit in [OverLimit::Throttle, OverLimit::Wait] {
            let mut bucket = limiter(&Options {
                over_limit,
                ..per_second(2, 4)
            });
            assert_eq!(bucket.decide(0, 3, Time::ZERO), Decision::Throttled(None));
            assert_eq!(bucket.next_admission(0, 3, Time::ZERO), Time::NEVER);
            assert_eq!(bucket.decide(0, 2, Time::ZERO), Decision::Admitted);
        }
    }

    #[test]
    fn a_budget_without_refill_is_spent_once() {
        let mut bucket = limiter(&per_second(2, 0));
        assert_eq!(bucket.decide(0, 2, Time::ZERO), Decision::Admitted);
        assert_eq!(bucket.decide(0, 1, seconds(1e9)), Decision::Throttled(None));
        assert_eq!(bucket.next_admission(0, 1, seconds(1e9)), Time::NEVER);
    }

    #[test]
    fn keys_do_not_share_credits() {
        let mut bucket = Limiter::new(&per_second(1, 4), 2, Clock::default()).unwrap();
        assert_eq!(bucket.decide(1, 1, Time::ZERO), Decision::Admitted);
        assert_eq!(bucket.decide(0, 1, Time::ZERO), Decision::Admitted);
        assert_eq!(bucket.decide(1, 1, Time::ZERO), throttled(0.25));
    }

    #[test]
    fn what_cannot_be_counted_is_refused_when_the_bucket_is_built() {
        let build = |spec: &Options| Limiter::new(spec, 1, Clock::default()).map(drop);
        assert_eq!(build(&per_second(0, 4)), Err(SpecError::NothingPasses));
        assert_eq!(build(&per_second(u64::MAX, 4)), Err(SpecError::TooLarge));
        assert_eq!(
            build(&per_second(1 << 62, 1_000_000_000)),
            Err(SpecError::TooLarge)
        );
        let lump = |credits, every| {
            let refill = Refill::Lump { credits, every };
            Options::new(Algorithm::TokenBucket(Spec { burst: 1, refill }))
        };
        assert_eq!(build(&lump(1, Span::ZERO)), Err(SpecError::NoPeriod));
        assert_eq!(build(&lump(1 << 62, Span::MAX)), Err(SpecError::TooLarge));
        let mut both = per_second(1, 4);
        (both.charge_throttled, both.over_limit) = (true, OverLimit::Wait);
        assert_eq!(build(&both), Err(SpecError::NobodyToCharge));
    }

    #[test]
    fn levels_just_below_the_largest_do_not_overflow() {
        let mut spec = per_second((1 << 62) - 1, 1_000_000_000);
        spec.initial = Initial::Empty;
        let mut bucket = limiter(&spec);
        let late = Time::from_nanos(u64::MAX - 1);
        assert_eq!(
            bucket.next_admission(0, u32::MAX, Time::ZERO).as_nanos(),
            u64::from(u32::MAX)
        );
        assert_eq!(bucket.decide(0, u32::MAX, late), Decision::Admitted);
    }
}
