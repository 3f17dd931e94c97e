//! Offered, admitted and throttled attempts and the credits left, over time.

use super::{Attempt, Recorder};
use crate::limiter::{Decision, Limiter};
use crate::plan::Plan;
use crate::units::{Span, Time};

/// Bins of a series: when time outgrows them, neighbours are folded and the width doubles.
const BINS: usize = 1024;

/// Nanoseconds of a minute.
const MINUTE: u64 = 60_000_000_000;

/// One bin.
#[derive(Copy, Clone, PartialEq, Debug, Default, serde::Serialize)]
pub struct Bin {
    /// Attempts let through.
    pub admitted: u64,
    /// Attempts refused.
    pub throttled: u64,
    /// Attempts of other callers among both.
    pub background: u64,
    /// Credits left after the last attempt that the first key let through in the bin; where it let
    /// none through, after the first that it refused.
    pub credits: Option<f64>,
}

impl Bin {
    /// Attempts that asked.
    pub fn offered(&self) -> u64 {
        self.admitted + self.throttled
    }

    fn fold(earlier: Bin, later: Bin) -> Bin {
        Bin {
            admitted: earlier.admitted + later.admitted,
            throttled: earlier.throttled + later.throttled,
            background: earlier.background + later.background,
            credits: later.credits.or(earlier.credits),
        }
    }
}

/// The series of one limiter, all keys together; credits are those of the first key.
#[derive(Clone, PartialEq, Debug)]
pub struct LimiterSeries {
    bins: Vec<Bin>,
    last: usize,
    /// Per key: the current minute, its attempts, and the most attempts of any minute.
    minutes: Vec<Minute>,
}

#[derive(Copy, Clone, PartialEq, Debug, Default)]
struct Minute {
    current: u64,
    count: u64,
    busiest: u64,
    busiest_at: u64,
}

/// A stretch of time that lies in one bin and in one minute, in nanoseconds.
#[derive(Copy, Clone, PartialEq, Debug, Default)]
struct Stretch {
    from: u64,
    length: u64,
    bin: u64,
    minute: u64,
}

impl Stretch {
    /// The longest one around an instant, where bins have this width.
    fn around(nanos: u64, width: u64) -> Self {
        let (bin, minute) = (nanos / width, nanos / MINUTE);
        let from = (bin * width).max(minute * MINUTE);
        let bin_ends = (bin * width).saturating_add(width);
        let until = bin_ends.min((minute * MINUTE).saturating_add(MINUTE));
        Stretch {
            from,
            length: until - from,
            bin,
            minute,
        }
    }

    #[inline]
    fn contains(&self, nanos: u64) -> bool {
        // An instant before it wraps around and is too far.
        nanos.wrapping_sub(self.from) < self.length
    }
}

/// Series of all limiters of a plan.
#[derive(Clone, PartialEq, Debug)]
pub struct Series {
    width: Span,
    /// Where the last decision was: the next one is mostly there too, and divisions take longer
    /// than all the rest.
    current: Stretch,
    limiters: Vec<LimiterSeries>,
}

impl Series {
    /// Empty series whose bins begin with this width.
    pub fn new(plan: &Plan, width: Span) -> Self {
        let limiters = plan
            .limiters
            .iter()
            .map(|limiter| LimiterSeries {
                bins: vec![Bin::default(); BINS],
                last: 0,
                minutes: vec![Minute::default(); limiter.keys.len()],
            })
            .collect();
        Series {
            width,
            current: Stretch::default(),
            limiters,
        }
    }

    /// Width of a bin.
    pub fn width(&self) -> Span {
        self.width
    }

    /// The bins of a limiter up to the last one in which something happened.
    pub fn bins(&self, limiter: u32) -> &[Bin] {
        let series = &self.limiters[limiter as usize];
        &series.bins[..=series.last]
    }

    /// The busiest minute of a key: when it began, and its attempts. Minutes count from time 0.
    pub fn busiest_minute(&self, limiter: u32, key: u32) -> (Time, u64) {
        let minute = &self.limiters[limiter as usize].minutes[key as usize];
        let (at, count) = if minute.count > minute.busiest {
            (minute.current, minute.count)
        } else {
            (minute.busiest_at, minute.busiest)
        };
        (Time::from_nanos(at * MINUTE), count)
    }

    /// Finds the bin and the minute of an instant.
    #[inline(never)]
    fn reach(&mut self, nanos: u64) {
        while nanos / self.width.as_nanos() >= BINS as u64 {
            self.fold();
        }
        self.current = Stretch::around(nanos, self.width.as_nanos());
    }

    #[cold]
    fn fold(&mut self) {
        self.width = self.width + self.width;
        for series in &mut self.limiters {
            for at in 0..BINS / 2 {
                series.bins[at] = Bin::fold(series.bins[2 * at], series.bins[2 * at + 1]);
            }
            series.bins[BINS / 2..].fill(Bin::default());
            series.last /= 2;
        }
    }
}

impl Recorder for Series {
    #[inline(always)]
    fn decided(&mut self, attempt: &Attempt, decision: Decision, limiter: &Limiter) {
        let nanos = attempt.at.as_nanos();
        if !self.current.contains(nanos) {
            self.reach(nanos);
        }
        let at = self.current.bin as usize;
        let series = &mut self.limiters[attempt.limiter as usize];
        series.last = series.last.max(at);
        let bin = &mut series.bins[at];
        match decision {
            Decision::Throttled(_) => bin.throttled += 1,
            Decision::Admitted | Decision::Delayed(_) => bin.admitted += 1,
        }
        bin.background += u64::from(attempt.background);
        // A refusal leaves the level as it is, or near nothing: in a storm, asking for it at each
        // would cost more than counting.
        let took = !matches!(decision, Decision::Throttled(_));
        if attempt.key == 0 && (took || bin.credits.is_none()) {
            bin.credits = Some(limiter.credits(0, attempt.at));
        }
        let minute = &mut series.minutes[attempt.key as usize];
        let current = self.current.minute;
        if minute.current != current {
            if minute.count > minute.busiest {
                minute.busiest = minute.count;
                minute.busiest_at = minute.current;
            }
            minute.current = current;
            minute.count = 0;
        }
        minute.count += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::mix;

    #[test]
    fn every_instant_of_a_stretch_is_in_its_bin_and_its_minute_and_its_neighbours_are_not() {
        // Bins that do and do not divide a minute, and one longer than it.
        for width in [100_000_000, 409_600_000, 104_857_600_000] {
            for i in 0..2_000 {
                let nanos = mix(i) >> (i % 40);
                let stretch = Stretch::around(nanos, width);
                assert!(stretch.contains(nanos));
                let last = stretch.from + (stretch.length - 1);
                for inside in [stretch.from, nanos, last] {
                    assert!(stretch.contains(inside));
                    assert_eq!(inside / width, stretch.bin);
                    assert_eq!(inside / MINUTE, stretch.minute);
                }
                for outside in [stretch.from.checked_sub(1), last.checked_add(1)] {
                    let Some(outside) = outside else { continue };
                    assert!(!stretch.contains(outside));
                    let place = (outside / width, outside / MINUTE);
                    assert_ne!(place, (stretch.bin, stretch.minute));
                }
            }
        }
    }
}
