//! N requests at once on a full bucket: exactly max(0, N - B) are throttled, and no retry timing
//! gets the last one through before (N - B)/r.

use super::{CaseError, Directory, Exact, Family, Tally};
use pullstorm_core::limiter::{Algorithm, Clock, Decision, Limiter, Refill, Spec, TokenBucketSpec};
use pullstorm_core::units::{Span, Time};
use serde::Deserialize;

/// See the module.
pub const FAMILY: Family = Family::new("fluid-bound", &[FILE], check);

const FILE: &str = "fluid-bound.csv";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    #[serde(rename = "burst_B")]
    burst: u64,
    #[serde(rename = "rate_r")]
    rate: Exact,
    #[serde(rename = "N")]
    requests: u64,
    #[serde(rename = "throttled_if_all_arrive_at_t0")]
    throttled: u64,
    #[serde(rename = "earliest_possible_last_admission_s")]
    earliest_s: f64,
    /// The same without rounding.
    #[serde(rename = "exact_fraction")]
    earliest: Exact,
}

fn check(directory: &Directory) -> Result<Tally, CaseError> {
    let mut tally = Tally::new();
    for row in directory.table::<Row>(FILE)? {
        let case = format!(
            "{} requests on {} + {}/s",
            row.requests, row.burst, row.rate
        );
        let wrong = |reason: &str| CaseError::new(FILE, format!("{case}: {reason}"));
        if (row.earliest.to_f64() - row.earliest_s).abs() > 1e-6 * row.earliest_s.max(1.0) {
            return Err(wrong("the fraction and the decimal number differ"));
        }
        let earliest = row
            .earliest
            .seconds()
            .ok_or_else(|| wrong("after the end of time"))?;
        let rate = row.rate.per_second().ok_or_else(|| wrong("no such rate"))?;
        let algorithm = Algorithm::TokenBucket(TokenBucketSpec {
            burst: row.burst,
            refill: Refill::Continuous(rate),
        });
        let spec = Spec::new(algorithm);
        let bucket =
            Limiter::new(&spec, 1, Clock::default()).map_err(|error| wrong(&error.to_string()))?;
        let got = all_at_once(bucket, row.requests);
        tally.exact(case, got, (row.throttled, Some(Time::ZERO + earliest)));
    }
    Ok(tally)
}

/// How many of `requests` at time 0 are throttled, and when the last of them passes if each comes
/// back at the first instant at which it would be let through; nothing if one comes a nanosecond
/// early and passes.
fn all_at_once(mut bucket: Limiter, requests: u64) -> (u64, Option<Time>) {
    let throttled = (0..requests)
        .filter(|_| bucket.decide(0, 1, Time::ZERO) != Decision::Admitted)
        .count();
    let mut last = Time::ZERO;
    for _ in 0..throttled {
        let next = bucket.next_admission(0, 1, last);
        let early = Time::from_nanos(next.as_nanos() - 1);
        if early.since(last) > Span::ZERO && bucket.decide(0, 1, early) == Decision::Admitted {
            return (throttled as u64, None);
        }
        if bucket.decide(0, 1, next) != Decision::Admitted {
            return (throttled as u64, None);
        }
        last = next;
    }
    (throttled as u64, Some(last))
}
