//! Offered, admitted and throttled attempts and the credits left, over time.

use super::{Attempt, Recorder};
use crate::limiter::{Decision, Limiter};
use crate::plan::Plan;
use crate::units::{Span, Time};

/// Bins of a series: when time outgrows them, neighbours are folded and the width doubles.
const BINS: usize = 1024;

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

/// Series of all limiters of a plan.
#[derive(Clone, PartialEq, Debug)]
pub struct Series {
    width: Span,
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
        Series { width, limiters }
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
        (Time::from_nanos(at * 60_000_000_000), count)
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
    #[inline]
    fn decided(&mut self, attempt: &Attempt, decision: Decision, limiter: &Limiter) {
        let nanos = attempt.at.as_nanos();
        while nanos / self.width.as_nanos() >= BINS as u64 {
            self.fold();
        }
        let at = (nanos / self.width.as_nanos()) as usize;
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
        let current = nanos / 60_000_000_000;
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
