//! The sliding window counter: two counters in place of a log.
//!
//! Each key counts what it let through in the present window and in the one before. Of the one
//! before, it takes as much as would still lie in an interval of one window that ends now, were it
//! spread evenly. A request of `cost` credits passes if
//!
//! `previous * (window - elapsed) / window + current + cost <= limit`,
//!
//! which is decided in whole numbers: nothing is rounded. Source of the formula: Cloudflare, "How we
//! built rate limiting capable of scaling to millions of domains" (2017). Where the first request
//! opens a window and refused requests count, this is how HAProxy judges a request rate
//! (`freq_ctr.h`), which rounds the sum down.
//!
//! It admits more than the limit in an interval of one window where requests are not spread evenly,
//! but never more than the limit in each of its own windows.

use super::fixed_window::{Opening, check_limit_and_window, opened_at};
use super::{Clock, Decision, SpecError};
use crate::units::{Span, Time};

/// Memory that one key takes.
pub(super) const BYTES_PER_KEY: u64 = size_of::<Windows>() as u64;

/// Limit times window, in nanoseconds, stays below this.
const CREDIT_NANOS_MAX: u64 = 1 << 62;

/// Limit and window.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct Spec {
    /// The most credits in a window, as the formula estimates them.
    pub limit: u64,
    /// Length of a window.
    pub window: Span,
    /// What opens the first of a row of windows.
    pub opening: Opening,
}

impl Spec {
    pub(super) fn check(&self, options: &super::Spec) -> Result<(), SpecError> {
        check_limit_and_window(self.limit, self.window)?;
        let product = self.limit.checked_mul(self.window.as_nanos());
        if product.is_none_or(|product| product >= CREDIT_NANOS_MAX) {
            return Err(SpecError::CounterTooLarge);
        }
        options.refuse_wait()
    }
}

/// One key's window and the one before.
#[derive(Copy, Clone, Debug)]
struct Windows {
    /// When the present window closes.
    closes: Time,
    current: u64,
    previous: u64,
}

/// A sliding window counter for each key.
#[derive(Clone, Debug)]
pub struct SlidingCounter {
    windows: Vec<Windows>,
    limit: u64,
    length: Span,
    opening: Opening,
    /// How far into a window time 0 lies, where windows are aligned to the clock.
    offset: Span,
    charge_throttled: bool,
}

impl SlidingCounter {
    /// Counters for keys `0..keys`, of a spec that has been checked.
    pub(super) fn new(spec: &Spec, options: &super::Spec, keys: u32, clock: Clock) -> Self {
        let mut limiter = SlidingCounter {
            windows: Vec::new(),
            limit: spec.limit,
            length: spec.window,
            opening: spec.opening,
            offset: clock.into_window(spec.window),
            charge_throttled: options.charge_throttled,
        };
        let taken = spec.limit - options.initial.credits(spec.limit);
        let first = match taken {
            // Nothing has been taken, so nothing has opened a window.
            0 => Windows {
                closes: Time::ZERO,
                current: 0,
                previous: 0,
            },
            current => Windows {
                current,
                ..limiter.opened_at(Time::ZERO)
            },
        };
        limiter.windows = vec![first; keys as usize];
        limiter
    }

    /// See [`super::Limiter::decide`].
    #[inline]
    pub fn decide(&mut self, key: u32, cost: u32, now: Time) -> Decision {
        if cost == 0 {
            return Decision::Admitted;
        }
        let mut windows = self.at(key, now);
        let admitted = self.admits(windows, cost, now);
        if admitted || self.charge_throttled {
            windows.current += u64::from(cost);
            self.windows[key as usize] = windows;
        }
        if admitted {
            return Decision::Admitted;
        }
        let next = self.next(windows, cost, now);
        Decision::Throttled((next != Time::NEVER).then(|| next.since(now)))
    }

    /// See [`super::Limiter::credits`].
    pub fn credits(&self, key: u32, now: Time) -> f64 {
        let windows = self.at(key, now);
        let left = windows.closes.since(now).as_nanos() as f64;
        let weighed = windows.previous as f64 * (left / self.length.as_nanos() as f64);
        (self.limit as f64 - windows.current as f64 - weighed).max(0.0)
    }

    /// See [`super::Limiter::next_admission`].
    pub fn next_admission(&self, key: u32, cost: u32, now: Time) -> Time {
        if cost == 0 {
            return now;
        }
        self.next(self.at(key, now), cost, now)
    }

    /// The windows of `key` at `now`.
    #[inline]
    fn at(&self, key: u32, now: Time) -> Windows {
        let windows = self.windows[key as usize];
        assert!(now + self.length >= windows.closes, "time ran backward");
        if now < windows.closes {
            return windows;
        }
        if now < windows.closes + self.length && windows.current > 0 {
            return self.after(windows);
        }
        self.opened_at(now)
    }

    /// The windows once the present one has closed.
    #[inline]
    fn after(&self, windows: Windows) -> Windows {
        Windows {
            closes: windows.closes + self.length,
            current: 0,
            previous: windows.current,
        }
    }

    fn opened_at(&self, now: Time) -> Windows {
        Windows {
            closes: opened_at(self.opening, self.length, self.offset, now),
            current: 0,
            previous: 0,
        }
    }

    #[inline]
    fn admits(&self, windows: Windows, cost: u32, now: Time) -> bool {
        let left = windows.closes.since(now).as_nanos();
        // A product that does not fit is above any room.
        self.room(windows, cost)
            .is_some_and(|room| windows.previous.saturating_mul(left) <= room)
    }

    /// What the present window leaves for the one before, in credits times nanoseconds.
    #[inline]
    fn room(&self, windows: Windows, cost: u32) -> Option<u64> {
        let credits = self.limit.checked_sub(windows.current)?;
        let credits = credits.checked_sub(u64::from(cost))?;
        Some(credits * self.length.as_nanos())
    }

    /// The earliest instant from `now` on at which a request passes, if nobody else asks.
    fn next(&self, mut windows: Windows, cost: u32, mut now: Time) -> Time {
        if u64::from(cost) > self.limit {
            return Time::NEVER;
        }
        // After two windows without requests nothing is left to weigh.
        for _ in 0..2 {
            if let Some(room) = self.room(windows, cost) {
                let left = windows.closes.since(now).as_nanos();
                let most = match windows.previous {
                    0 => left,
                    previous => left.min(room / previous),
                };
                if most > 0 {
                    return now + Span::from_nanos(left - most);
                }
            }
            now = windows.closes;
            windows = self.after(windows);
        }
        now
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Algorithm, Initial, Limiter, OverLimit, Spec as Options};
    use super::*;

    const MINUTE: Span = Span::from_secs(60);

    fn options(limit: u64, opening: Opening) -> Options {
        Options::new(Algorithm::SlidingCounter(Spec {
            limit,
            window: MINUTE,
            opening,
        }))
    }

    fn limiter(limit: u64) -> Limiter {
        let spec = options(limit, Opening::FirstRequest);
        Limiter::new(&spec, 2, Clock::default()).unwrap()
    }

    fn at(seconds: u64) -> Time {
        Time::ZERO + Span::from_secs(seconds)
    }

    fn throttled(seconds: u64) -> Decision {
        Decision::Throttled(Some(Span::from_secs(seconds)))
    }

    #[test]
    fn of_the_window_before_counts_what_an_even_spread_would_leave() {
        // The example of the formula's authors: 42 in the minute before, 18 in the first 15 s.
        let mut limiter = limiter(50);
        assert_eq!(limiter.decide(0, 42, at(0)), Decision::Admitted);
        assert_eq!(limiter.decide(0, 18, at(75)), Decision::Admitted);
        assert_eq!(limiter.credits(0, at(75)), 50.0 - 49.5);
        // One more needs 31.5 of the 42 to go down to 31: less than a second.
        let wait = Span::from_nanos(714_285_715);
        assert_eq!(
            limiter.decide(0, 1, at(75)),
            Decision::Throttled(Some(wait))
        );
        assert_eq!(limiter.decide(0, 1, at(75) + wait), Decision::Admitted);
    }

    #[test]
    fn the_limit_that_passes_at_once_comes_back_evenly_in_the_window_after() {
        let mut limiter = limiter(6);
        assert_eq!(limiter.decide(0, 6, at(0)), Decision::Admitted);
        assert_eq!(limiter.decide(0, 1, at(59)), throttled(11));
        assert_eq!(limiter.decide(0, 6, at(59)), throttled(61));
        assert_eq!(limiter.decide(0, 1, at(70)), Decision::Admitted);
        assert_eq!(limiter.decide(0, 1, at(70)), throttled(10));
        assert_eq!(limiter.decide(1, 6, at(70)), Decision::Admitted);
    }

    #[test]
    fn after_two_windows_of_silence_everything_is_back() {
        let mut limiter = limiter(6);
        assert_eq!(limiter.decide(0, 6, at(5)), Decision::Admitted);
        assert_eq!(limiter.credits(0, at(5 + 119)), 6.0 - 0.1);
        assert_eq!(limiter.decide(0, 6, at(5 + 120)), Decision::Admitted);
    }

    #[test]
    fn windows_of_the_clock_are_the_same_for_all_keys() {
        let spec = options(6, Opening::AlignedToClock);
        let clock = Clock {
            start_unix_nanos: Some(1_600_000_000_000_000_000),
            phase: 0,
        };
        // The scenario starts 40 s into a minute.
        let mut limiter = Limiter::new(&spec, 2, clock).unwrap();
        assert_eq!(limiter.decide(0, 6, at(19)), Decision::Admitted);
        assert_eq!(limiter.decide(0, 1, at(19)), throttled(11));
        assert_eq!(limiter.credits(0, at(50)), 3.0);
    }

    #[test]
    fn who_keeps_asking_over_the_limit_gets_nothing_if_refusals_count() {
        let mut spec = options(100, Opening::FirstRequest);
        spec.charge_throttled = true;
        let mut limiter = Limiter::new(&spec, 1, Clock::default()).unwrap();
        // 150 a minute: 100 pass at first, then none while it goes on.
        let asked = (0..1_500).map(|n| Time::ZERO + Span::from_millis(400 * n));
        let passed = asked.filter(|at| limiter.decide(0, 1, *at) == Decision::Admitted);
        assert_eq!(passed.count(), 100);
        let quiet = limiter.next_admission(0, 1, at(600)).since(at(600));
        assert!(Span::from_secs(15) < quiet && quiet < MINUTE, "{quiet}");
    }

    #[test]
    fn credits_that_are_not_left_at_the_start_were_taken_at_time_0() {
        let mut spec = options(6, Opening::FirstRequest);
        spec.initial = Initial::Empty;
        let mut limiter = Limiter::new(&spec, 1, Clock::default()).unwrap();
        assert_eq!(limiter.decide(0, 1, at(0)), throttled(70));
        assert_eq!(limiter.decide(0, 7, at(0)), Decision::Throttled(None));
        assert_eq!(limiter.decide(0, 0, at(0)), Decision::Admitted);
    }

    #[test]
    fn what_cannot_be_counted_exactly_is_refused() {
        let build = |spec: &Options| spec.check(1);
        let zero = options(0, Opening::FirstRequest);
        assert_eq!(build(&zero), Err(SpecError::NothingPasses));
        let large = options(1 << 40, Opening::FirstRequest);
        assert_eq!(build(&large), Err(SpecError::CounterTooLarge));
        let mut waits = options(1, Opening::FirstRequest);
        waits.over_limit = OverLimit::Wait;
        assert!(matches!(
            build(&waits),
            Err(SpecError::NotForThisAlgorithm { .. })
        ));
    }
}
