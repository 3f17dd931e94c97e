//! The sliding window log: so many credits in any interval as long as the window, exactly.
//!
//! Each key remembers, in a ring, when each of its last `limit` credits comes back: one window
//! after it was taken, at that very instant. A request of n credits passes if the n oldest are back.
//! More than `limit` entries need not be kept even where refused requests are charged, as only the
//! question whether the limit is reached matters.

use super::fixed_window::check_limit_and_window;
use super::{Decision, SpecError};
use crate::units::{Span, Time};

/// The most credits that the logs of one limiter hold, over all its keys: half a gigabyte.
pub const LOGGED_CREDITS_MAX: u64 = 1 << 26;

/// Limit and window.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct Spec {
    /// The most credits in any interval as long as the window.
    pub limit: u64,
    /// Length of the window.
    pub window: Span,
}

impl Spec {
    pub(super) fn check(&self, options: &super::Spec, keys: u32) -> Result<(), SpecError> {
        check_limit_and_window(self.limit, self.window)?;
        let logged = self.limit.checked_mul(u64::from(keys));
        if logged.is_none_or(|credits| credits > LOGGED_CREDITS_MAX)
            || self.limit > LOGGED_CREDITS_MAX
        {
            return Err(SpecError::LogTooLarge {
                limit: self.limit,
                keys,
            });
        }
        options.refuse_wait()
    }

    /// Memory that one key takes.
    pub(super) fn bytes_per_key(&self) -> u64 {
        self.limit
            .saturating_mul(size_of::<u64>() as u64)
            .saturating_add(size_of::<u32>() as u64)
    }
}

/// A sliding window log for each key.
#[derive(Clone, Debug)]
pub struct SlidingLog {
    /// For each key a ring of `limit` instants, in nanoseconds, at which credits come back.
    back_at: Vec<u64>,
    /// For each key the place of its oldest entry.
    oldest: Vec<u32>,
    limit: u32,
    window: Span,
    charge_throttled: bool,
}

impl SlidingLog {
    /// Logs for keys `0..keys`, of a spec that has been checked.
    pub(super) fn new(spec: &Spec, options: &super::Spec, keys: u32) -> Self {
        let limit = spec.limit as usize;
        let mut back_at = vec![0; limit * keys as usize];
        let left = options.initial.credits(spec.limit) as usize;
        if left < limit {
            for ring in back_at.chunks_exact_mut(limit) {
                ring[left..].fill(spec.window.as_nanos());
            }
        }
        SlidingLog {
            back_at,
            oldest: vec![0; keys as usize],
            limit: spec.limit as u32,
            window: spec.window,
            charge_throttled: options.charge_throttled,
        }
    }

    /// See [`super::Limiter::decide`].
    #[inline]
    pub fn decide(&mut self, key: u32, cost: u32, now: Time) -> Decision {
        if cost == 0 {
            return Decision::Admitted;
        }
        if cost > self.limit {
            if self.charge_throttled {
                self.take(key, self.limit, now);
            }
            return Decision::Throttled(None);
        }
        let admitted = self.back_at(key, cost) <= now;
        if admitted || self.charge_throttled {
            self.take(key, cost, now);
        }
        if admitted {
            return Decision::Admitted;
        }
        Decision::Throttled(Some(self.back_at(key, cost).since(now)))
    }

    /// See [`super::Limiter::credits`].
    pub fn credits(&self, key: u32, now: Time) -> f64 {
        let (mut back, mut above) = (0, self.limit);
        while back < above {
            let middle = back + (above - back) / 2;
            if self.back_at(key, middle + 1) <= now {
                back = middle + 1;
            } else {
                above = middle;
            }
        }
        f64::from(back)
    }

    /// See [`super::Limiter::next_admission`].
    pub fn next_admission(&self, key: u32, cost: u32, now: Time) -> Time {
        match cost {
            0 => now,
            cost if cost > self.limit => Time::NEVER,
            cost => self.back_at(key, cost).max(now),
        }
    }

    /// When the `cost` oldest credits are back.
    #[inline]
    fn back_at(&self, key: u32, cost: u32) -> Time {
        let place = self.wrapped(self.oldest[key as usize] + cost - 1);
        Time::from_nanos(self.back_at[self.ring(key) + place as usize])
    }

    /// Takes the `cost` oldest credits until one window from `now`.
    #[inline]
    fn take(&mut self, key: u32, cost: u32, now: Time) {
        let ring = self.ring(key);
        let mut place = self.oldest[key as usize];
        let newest = self.wrapped(place + self.limit - 1);
        let back = (now + self.window).as_nanos();
        assert!(
            back >= self.back_at[ring + newest as usize],
            "time ran backward"
        );
        for _ in 0..cost {
            self.back_at[ring + place as usize] = back;
            place = self.wrapped(place + 1);
        }
        self.oldest[key as usize] = place;
    }

    #[inline]
    fn ring(&self, key: u32) -> usize {
        key as usize * self.limit as usize
    }

    /// A place at most one round too far, back in the ring.
    #[inline]
    fn wrapped(&self, place: u32) -> u32 {
        if place >= self.limit {
            place - self.limit
        } else {
            place
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Algorithm, Clock, Initial, Limiter, Spec as Options};
    use super::*;

    const HOUR: u64 = 3_600;

    fn options(limit: u64) -> Options {
        Options::new(Algorithm::SlidingLog(Spec {
            limit,
            window: Span::from_secs(HOUR),
        }))
    }

    fn at(seconds: u64) -> Time {
        Time::ZERO + Span::from_secs(seconds)
    }

    fn throttled(seconds: u64) -> Decision {
        Decision::Throttled(Some(Span::from_secs(seconds)))
    }

    #[test]
    fn each_credit_is_back_one_window_after_it_was_taken() {
        let mut pulls = Limiter::new(&options(2), 1, Clock::default()).unwrap();
        assert_eq!(pulls.decide(0, 1, at(0)), Decision::Admitted);
        assert_eq!(pulls.decide(0, 1, at(100)), Decision::Admitted);
        assert_eq!(pulls.decide(0, 1, at(200)), throttled(HOUR - 200));
        assert_eq!(pulls.decide(0, 2, at(200)), throttled(HOUR - 100));
        assert_eq!(pulls.credits(0, at(HOUR - 1)), 0.0);
        assert_eq!(pulls.credits(0, at(HOUR)), 1.0);
        assert_eq!(pulls.decide(0, 1, at(HOUR)), Decision::Admitted);
        assert_eq!(pulls.decide(0, 1, at(HOUR)), throttled(100));
    }

    #[test]
    fn no_more_than_the_limit_passes_where_two_fixed_windows_would_meet() {
        let mut pulls = Limiter::new(&options(3), 1, Clock::default()).unwrap();
        let early = at(HOUR).since(Time::from_nanos(1));
        assert_eq!(pulls.decide(0, 3, Time::ZERO + early), Decision::Admitted);
        assert_ne!(pulls.decide(0, 1, at(HOUR)), Decision::Admitted);
        assert_eq!(
            pulls.next_admission(0, 1, at(HOUR)),
            at(2 * HOUR - 1) + Span::from_nanos(999_999_999)
        );
    }

    #[test]
    fn clients_who_are_charged_for_refusals_and_never_pause_never_get_through() {
        let mut spec = options(2);
        spec.charge_throttled = true;
        let mut pulls = Limiter::new(&spec, 1, Clock::default()).unwrap();
        assert_eq!(pulls.decide(0, 2, at(0)), Decision::Admitted);
        for minute in 1..1_000 {
            assert_ne!(pulls.decide(0, 1, at(60 * minute)), Decision::Admitted);
        }
        assert_eq!(
            pulls.next_admission(0, 2, at(60 * 999)),
            at(60 * 999 + HOUR)
        );
    }

    #[test]
    fn credits_that_are_not_left_at_the_start_are_back_after_one_window() {
        let mut spec = options(3);
        spec.initial = Initial::Credits(1);
        let mut pulls = Limiter::new(&spec, 2, Clock::default()).unwrap();
        for key in 0..2 {
            assert_eq!(pulls.decide(key, 1, at(5)), Decision::Admitted);
            assert_eq!(pulls.decide(key, 1, at(5)), throttled(HOUR - 5));
            assert_eq!(pulls.decide(key, 3, at(5)), throttled(HOUR));
        }
    }

    #[test]
    fn a_log_that_does_not_fit_in_memory_is_refused_before_it_is_built() {
        let check = |limit, keys| options(limit).check(keys);
        assert_eq!(check(LOGGED_CREDITS_MAX, 1), Ok(()));
        let (limit, keys) = (LOGGED_CREDITS_MAX / 2, 3);
        assert_eq!(
            check(limit, keys),
            Err(SpecError::LogTooLarge { limit, keys })
        );
        assert!(check(u64::MAX, 2).is_err() && check(u64::MAX, 0).is_err());
    }
}
