//! The fixed window: so many credits in each window of time, all back when the next one opens.
//!
//! Windows follow one another on the clock (multiples of their length since the Unix epoch), or a
//! key's first request opens one that closes its length later. An instant belongs to the window
//! that opens at it. Twice the limit passes in no time at all where two windows meet.

use super::{Clock, Decision, SpecError};
use crate::units::{Span, Time};

/// Windows stay shorter than this many nanoseconds.
pub(super) const WINDOW_NANOS_MAX: u64 = 1 << 62;

/// Memory that one key takes.
pub(super) const BYTES_PER_KEY: u64 = size_of::<Window>() as u64;

/// What opens a window.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Default)]
pub enum Opening {
    /// The clock: windows begin at multiples of their length since the Unix epoch, for all keys at
    /// once. Where the scenario does not say when it starts, their phase is drawn per run.
    #[default]
    AlignedToClock,
    /// The first request that counts after the last window has closed, for each key by itself.
    FirstRequest,
}

/// Limit and window.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct Spec {
    /// The most credits a window has.
    pub limit: u64,
    /// Length of a window.
    pub window: Span,
    /// What opens a window.
    pub opening: Opening,
}

impl Spec {
    pub(super) fn check(&self, options: &super::Spec) -> Result<(), SpecError> {
        check_limit_and_window(self.limit, self.window)?;
        options.refuse_wait()
    }
}

pub(super) fn check_limit_and_window(limit: u64, window: Span) -> Result<(), SpecError> {
    if limit == 0 {
        return Err(SpecError::NothingPasses);
    }
    match window.as_nanos() {
        0 => Err(SpecError::NoPeriod),
        WINDOW_NANOS_MAX.. => Err(SpecError::TooLong),
        _ => Ok(()),
    }
}

/// One key's latest window.
#[derive(Copy, Clone, Debug)]
struct Window {
    closes: Time,
    used: u64,
}

/// A fixed window for each key.
#[derive(Clone, Debug)]
pub struct FixedWindow {
    windows: Vec<Window>,
    limit: u64,
    length: Span,
    opening: Opening,
    /// How far into a window time 0 lies, where windows are aligned to the clock.
    offset: Span,
    charge_throttled: bool,
}

impl FixedWindow {
    /// Windows for keys `0..keys`, of a spec that has been checked.
    pub(super) fn new(spec: &Spec, options: &super::Spec, keys: u32, clock: Clock) -> Self {
        let mut limiter = FixedWindow {
            windows: Vec::new(),
            limit: spec.limit,
            length: spec.window,
            opening: spec.opening,
            offset: clock.into_window(spec.window),
            charge_throttled: options.charge_throttled,
        };
        let used = spec.limit - options.initial.credits(spec.limit);
        let first = match used {
            // Nothing has been taken, so nothing has opened a window.
            0 => Window {
                closes: Time::ZERO,
                used,
            },
            _ => Window {
                used,
                ..limiter.opened_at(Time::ZERO)
            },
        };
        limiter.windows = vec![first; keys as usize];
        limiter
    }

    /// See [`super::Limiter::decide`].
    #[inline]
    pub fn decide(&mut self, key: u32, cost: u32, now: Time) -> Decision {
        let mut window = self.current(key, now);
        let cost = u64::from(cost);
        if cost <= self.limit - window.used {
            if cost > 0 {
                window.used += cost;
                self.windows[key as usize] = window;
            }
            return Decision::Admitted;
        }
        if self.charge_throttled {
            window.used = self.limit;
            self.windows[key as usize] = window;
        }
        Decision::Throttled((cost <= self.limit).then(|| window.closes.since(now)))
    }

    /// See [`super::Limiter::credits`].
    pub fn credits(&self, key: u32, now: Time) -> f64 {
        (self.limit - self.current(key, now).used) as f64
    }

    /// See [`super::Limiter::next_admission`].
    pub fn next_admission(&self, key: u32, cost: u32, now: Time) -> Time {
        let window = self.current(key, now);
        let cost = u64::from(cost);
        if cost <= self.limit - window.used {
            now
        } else if cost <= self.limit {
            window.closes
        } else {
            Time::NEVER
        }
    }

    /// The window of `key` at `now`; a fresh one where the last has closed.
    #[inline]
    fn current(&self, key: u32, now: Time) -> Window {
        let window = self.windows[key as usize];
        assert!(now + self.length >= window.closes, "time ran backward");
        if now < window.closes {
            window
        } else {
            self.opened_at(now)
        }
    }

    #[inline]
    fn opened_at(&self, now: Time) -> Window {
        Window {
            closes: opened_at(self.opening, self.length, self.offset, now),
            used: 0,
        }
    }
}

/// When the window closes that is open at `now`, if no earlier request has opened one. `offset` is
/// how far into a window time 0 lies, where windows are aligned to the clock.
#[inline]
pub(super) fn opened_at(opening: Opening, length: Span, offset: Span, now: Time) -> Time {
    let left = match opening {
        Opening::FirstRequest => length,
        Opening::AlignedToClock => {
            let length = length.as_nanos();
            let into = (now.as_nanos() % length + offset.as_nanos()) % length;
            Span::from_nanos(length - into)
        }
    };
    now + left
}

#[cfg(test)]
mod tests {
    use super::super::{Algorithm, Initial, Limiter, OverLimit, Spec as Options};
    use super::*;

    const MINUTE: Span = Span::from_secs(60);

    fn options(limit: u64, opening: Opening) -> Options {
        Options::new(Algorithm::FixedWindow(Spec {
            limit,
            window: MINUTE,
            opening,
        }))
    }

    fn at(seconds: u64) -> Time {
        Time::ZERO + Span::from_secs(seconds)
    }

    fn throttled(seconds: u64) -> Decision {
        Decision::Throttled(Some(Span::from_secs(seconds)))
    }

    #[test]
    fn twice_the_limit_passes_where_two_windows_meet() {
        // The scenario starts 20 s past a full minute: the window closes 40 s later.
        let clock = Clock {
            start_unix_nanos: Some(1_600_000_000_000_000_000),
            phase: 7,
        };
        let spec = options(3, Opening::AlignedToClock);
        let mut window = Limiter::new(&spec, 1, clock).unwrap();
        for now in [Time::from_nanos(19_999_999_999), at(20)] {
            for _ in 0..3 {
                assert_eq!(window.decide(0, 1, now), Decision::Admitted, "{now}");
            }
            assert_ne!(window.decide(0, 1, now), Decision::Admitted);
        }
        assert_eq!(window.decide(0, 1, at(21)), throttled(59));
        assert_eq!(window.next_admission(0, 3, at(21)), at(80));
    }

    #[test]
    fn a_window_that_the_first_request_opens_closes_its_length_later() {
        let mut window =
            Limiter::new(&options(2, Opening::FirstRequest), 2, Clock::default()).unwrap();
        assert_eq!(window.decide(0, 1, at(100)), Decision::Admitted);
        assert_eq!(window.decide(0, 1, at(159)), Decision::Admitted);
        assert_eq!(window.decide(0, 1, at(159)), throttled(1));
        assert_eq!(window.decide(1, 2, at(159)), Decision::Admitted);
        assert_eq!(window.decide(0, 1, at(160)), Decision::Admitted);
        assert_eq!(window.decide(0, 2, at(161)), throttled(59));
    }

    #[test]
    fn a_request_that_counts_nowhere_opens_no_window() {
        let mut window =
            Limiter::new(&options(2, Opening::FirstRequest), 1, Clock::default()).unwrap();
        assert_eq!(window.decide(0, 0, at(0)), Decision::Admitted);
        assert_eq!(window.decide(0, 3, at(0)), Decision::Throttled(None));
        assert_eq!(window.decide(0, 2, at(59)), Decision::Admitted);
        assert_eq!(window.next_admission(0, 1, at(59)), at(119));
    }

    #[test]
    fn without_a_stated_start_the_phase_of_windows_is_spread_over_their_length() {
        let closes = |phase| {
            let clock = Clock {
                start_unix_nanos: None,
                phase,
            };
            let mut spec = options(1, Opening::AlignedToClock);
            spec.initial = Initial::Empty;
            Limiter::new(&spec, 1, clock)
                .unwrap()
                .next_admission(0, 1, Time::ZERO)
        };
        assert_eq!(closes(0), at(60));
        assert_eq!(closes(1 << 63), at(30));
        assert_eq!(closes(u64::MAX), Time::from_nanos(1));
    }

    #[test]
    fn a_refused_request_that_is_charged_takes_what_is_left() {
        let mut spec = options(5, Opening::FirstRequest);
        spec.charge_throttled = true;
        let mut window = Limiter::new(&spec, 1, Clock::default()).unwrap();
        assert_eq!(window.decide(0, 3, at(0)), Decision::Admitted);
        assert_eq!(window.decide(0, 3, at(1)), throttled(59));
        assert_eq!(window.decide(0, 1, at(2)), throttled(58));
        assert_eq!(window.credits(0, at(2)), 0.0);
        assert_eq!(window.credits(0, at(60)), 5.0);
    }

    #[test]
    fn windows_that_never_end_or_let_nothing_through_are_refused() {
        let build = |spec: &Options| Limiter::new(spec, 1, Clock::default()).map(drop);
        assert_eq!(
            build(&options(0, Opening::FirstRequest)),
            Err(SpecError::NothingPasses)
        );
        let of = |window| {
            let opening = Opening::AlignedToClock;
            Options::new(Algorithm::FixedWindow(Spec {
                limit: 1,
                window,
                opening,
            }))
        };
        assert_eq!(build(&of(Span::ZERO)), Err(SpecError::NoPeriod));
        assert_eq!(build(&of(Span::MAX)), Err(SpecError::TooLong));
        let waits = Options {
            over_limit: OverLimit::Wait,
            ..of(MINUTE)
        };
        let error = build(&waits).unwrap_err();
        assert_eq!(
            error.to_string(),
            "waiting for credits means nothing to a fixed window; leave it out"
        );
    }
}
