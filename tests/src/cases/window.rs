//! The most that any clients can get through in an interval: twice the limit of a fixed window in
//! no time at all, the limit of a sliding log, burst and refill of a bucket.
//!
//! The interval has its start and not its end, except for the bucket, where it has both. The figure
//! must be reached by clients that take all they can from the worst instant on, and not be exceeded
//! by clients that come at random.

use super::{CaseError, Directory, Exact, Family, Tally};
use pullstorm_core::limiter::{
    Algorithm, Clock, Decision, FixedWindowSpec, Limiter, Opening, Refill, SlidingLogSpec, Spec,
    TokenBucketSpec,
};
use pullstorm_core::random::{Key, Keys, Purpose, Uniform};
use pullstorm_core::units::{Span, Time};
use serde::Deserialize;

/// See the module.
pub const FAMILY: Family = Family::new("window-worst-case", &[FILE], check);

const FILE: &str = "window-worst-case.csv";

/// Instants at which clients come at random.
const VISITS: u32 = 400;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    limit: u64,
    #[serde(rename = "window_s")]
    window: Exact,
    #[serde(rename = "interval_s")]
    interval: Exact,
    #[serde(rename = "fixed_window_max")]
    fixed_window: u64,
    #[serde(rename = "sliding_log_max")]
    sliding_log: u64,
    #[serde(rename = "token_bucket_max_B=limit_r=limit/window")]
    token_bucket: u64,
}

/// A limiter and what it is to admit at most.
struct Claim {
    name: &'static str,
    algorithm: Algorithm,
    /// The instant from which most gets through; none where it is known not to be reached.
    worst: Option<Time>,
    /// Length of the interval without its end.
    interval: Span,
    most: u64,
}

fn check(directory: &Directory) -> Result<Tally, CaseError> {
    let mut tally = Tally::new();
    for row in directory.table::<Row>(FILE)? {
        let case = format!("{} per {} s in {} s", row.limit, row.window, row.interval);
        for claim in
            claims(&row).ok_or_else(|| CaseError::new(FILE, format!("no limit of {case}")))?
        {
            let clock = Clock {
                start_unix_nanos: Some(0),
                phase: 0,
            };
            let limiter = Limiter::new(&Spec::new(claim.algorithm), 1, clock)
                .map_err(|error| CaseError::new(FILE, format!("{case}: {error}")))?;
            let exceeded = at_random(limiter.clone(), &row, claim.interval);
            let miss = match claim
                .worst
                .map(|start| all_they_can(limiter, start, claim.interval))
            {
                _ if exceeded > claim.most => Some(exceeded),
                Some(reached) if reached != claim.most => Some(reached),
                Some(_) | None => None,
            };
            let miss = miss.map(|got| format!("{got} admitted, should be at most {}", claim.most));
            tally.count(format!("{}, {case}", claim.name), miss);
        }
    }
    Ok(tally)
}

fn claims(row: &Row) -> Option<[Claim; 4]> {
    let (limit, window, interval) = (row.limit, row.window.seconds()?, row.interval.seconds()?);
    let rate = row
        .window
        .inverse()?
        .times(Exact::from(limit))?
        .per_second()?;
    let closed = interval + Span::from_nanos(1);
    let fixed = |opening| {
        Algorithm::FixedWindow(FixedWindowSpec {
            limit,
            window,
            opening,
        })
    };
    let bucket = TokenBucketSpec {
        burst: limit,
        refill: Refill::Continuous(rate),
    };
    Some([
        Claim {
            name: "fixed window",
            algorithm: fixed(Opening::AlignedToClock),
            // The last instant of a window.
            worst: Some(Time::from_nanos(window.as_nanos() - 1)),
            interval,
            most: row.fixed_window,
        },
        Claim {
            name: "window opened by the first request",
            algorithm: fixed(Opening::FirstRequest),
            // The request that opens a window takes one from the most.
            worst: None,
            interval,
            most: row.fixed_window,
        },
        Claim {
            name: "sliding log",
            algorithm: Algorithm::SlidingLog(SlidingLogSpec { limit, window }),
            worst: Some(Time::ZERO),
            interval,
            most: row.sliding_log,
        },
        Claim {
            name: "token bucket",
            algorithm: Algorithm::TokenBucket(bucket),
            worst: Some(Time::ZERO),
            interval: closed,
            most: row.token_bucket,
        },
    ])
}

/// What gets through from `start` on if somebody asks whenever a request would pass.
fn all_they_can(mut limiter: Limiter, start: Time, interval: Span) -> u64 {
    let (mut now, mut admitted) = (start, 0);
    while now < start + interval {
        if limiter.decide(0, 1, now) == Decision::Admitted {
            admitted += 1;
        } else {
            now = limiter.next_admission(0, 1, now);
        }
    }
    admitted
}

/// The most that gets through in any interval if clients come at random, together and where windows
/// meet.
fn at_random(mut limiter: Limiter, row: &Row, interval: Span) -> u64 {
    let window = row.window.seconds().map_or(1, Span::as_nanos);
    let keys = Keys::new(row.limit, interval.as_nanos());
    let mut uniform = keys.sequence(Purpose::Arrival, Key::ROOT.named("visits"), 0);
    let mut admitted: Vec<Time> = Vec::new();
    let mut now = Time::ZERO;
    for _ in 0..VISITS {
        let to_boundary = window - now.as_nanos() % window;
        now += Span::from_nanos(match uniform.below(5) {
            0 => to_boundary,
            1 => to_boundary - 1,
            2 => uniform.below(interval.as_nanos() + 1),
            3 => uniform.below(window),
            _ => uniform.below(window.min(interval.as_nanos()) / 16 + 1),
        });
        for _ in 0..uniform.below(row.limit + row.limit / 4 + 2) {
            if limiter.decide(0, 1, now) == Decision::Admitted {
                admitted.push(now);
            }
        }
    }
    let (mut most, mut first) = (0, 0);
    for (last, end) in admitted.iter().enumerate() {
        while admitted[first] + interval <= *end {
            first += 1;
        }
        most = most.max(last - first + 1);
    }
    most as u64
}
