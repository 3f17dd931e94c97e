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
    use crate::compile::compile;
    use crate::limiter::Clock;
    use crate::random::mix;
    use crate::scenario::Document;

    /// A limiter with three keys.
    fn plan() -> Plan {
        let text = "pullstorm: 1
name: series
services: {api: {limiters: {calls: {bucket: {burst: 10, refill: 2/s}, scope: host}}}}
workloads: {w: {kind: api-callers, service: api, callers: 3, calls: [Ask]}}
";
        let document = Document::parse("series", text.as_bytes()).unwrap();
        compile(document.scenario(), "today").unwrap()
    }

    /// Series of such attempts: when, in milliseconds, under which key, admitted or not.
    fn recorded(attempts: impl IntoIterator<Item = (u64, u32, bool)>) -> Series {
        let plan = plan();
        let spec = &plan.limiters[0].spec;
        let limiter = Limiter::new(spec, 3, Clock::default()).unwrap();
        let mut series = crate::record::series(&plan);
        for (millis, key, admitted) in attempts {
            let attempt = Attempt {
                at: Time::from_nanos(millis * 1_000_000),
                limiter: 0,
                key,
                cost: 1,
                activity: 0,
                background: millis % 7 == 0,
            };
            let decision = match admitted {
                true => Decision::Admitted,
                false => Decision::Throttled(None),
            };
            series.decided(&attempt, decision, &limiter);
        }
        series
    }

    #[test]
    fn the_busiest_minute_is_found_for_each_key() {
        let minutes = |counts: &[(u64, u32, u64)]| -> Vec<(u64, u32, bool)> {
            let attempts = counts.iter().flat_map(|(minute, key, count)| {
                (0..*count).map(move |i| (minute * 60_000 + 100 * i, *key, i % 2 == 0))
            });
            let mut attempts: Vec<_> = attempts.collect();
            attempts.sort_unstable();
            attempts
        };
        let series = recorded(minutes(&[
            (0, 0, 2),
            (0, 1, 1),
            (1, 1, 4),
            (3, 0, 5),
            (4, 0, 1),
            (7, 1, 4),
            (90, 1, 3),
        ]));
        let minute = |minute: u64| Time::from_nanos(minute * MINUTE);
        assert_eq!(series.busiest_minute(0, 0), (minute(3), 5));
        assert_eq!(
            series.busiest_minute(0, 1),
            (minute(1), 4),
            "the first of equals"
        );
        assert_eq!(series.busiest_minute(0, 2), (minute(0), 0));
        let last = recorded(minutes(&[(0, 0, 2), (5, 0, 3)]));
        assert_eq!(
            last.busiest_minute(0, 0),
            (minute(5), 3),
            "the minute of the end"
        );
    }

    #[test]
    fn folded_bins_sum_to_the_totals() {
        // More and more rarely, for 28 h: bins of 100 ms are folded ten times.
        let attempts: Vec<(u64, u32, bool)> = (0..10_000)
            .map(|i| (i * i, (i % 3) as u32, i % 5 != 0))
            .collect();
        let series = recorded(attempts.iter().copied());
        let width = series.width();
        assert_eq!(width, Span::from_millis(100 << 10));
        let bins = series.bins(0);
        assert!((BINS / 2..=BINS).contains(&bins.len()), "{}", bins.len());
        let width = width.as_nanos() / 1_000_000;
        for (place, bin) in (0..).zip(bins) {
            let here = |(millis, _, _): &&(u64, u32, bool)| millis / width == place;
            let (mut admitted, mut background, mut all) = (0, 0, 0);
            for (millis, _, let_through) in attempts.iter().filter(here) {
                all += 1;
                admitted += u64::from(*let_through);
                background += u64::from(millis % 7 == 0);
            }
            assert_eq!(
                (bin.admitted, bin.offered(), bin.background),
                (admitted, all, background),
                "bin {place}"
            );
            assert_eq!(bin.credits.is_some(), all > 0, "bin {place}");
        }
        let offered: u64 = bins.iter().map(Bin::offered).sum();
        assert_eq!(offered, 10_000);
    }

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
