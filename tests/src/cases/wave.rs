//! n callers, each once and at a random instant of a window, on an empty bucket: mean and variance
//! of the number admitted are known exactly.

use super::{CaseError, Directory, Exact, Family, Samples, Tally};
use pullstorm_core::limiter::{
    Algorithm, Clock, Decision, Initial, Limiter, Refill, Spec, TokenBucketSpec,
};
use pullstorm_core::random::{Key, Keys, Purpose, Uniform};
use pullstorm_core::units::{Span, Time};
use serde::Deserialize;

/// See the module.
pub const FAMILY: Family = Family::new("uniform-wave", &[FILE], check);

const FILE: &str = "uniform-wave-empty-bucket.csv";
const RUNS: u64 = 200_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    #[serde(rename = "clients_n")]
    clients: u64,
    #[serde(rename = "window_W_s")]
    window: Exact,
    #[serde(rename = "rate_r")]
    rate: Exact,
    #[serde(rename = "expected_admitted")]
    mean: f64,
    #[serde(rename = "variance_admitted")]
    variance: f64,
}

fn check(directory: &Directory) -> Result<Tally, CaseError> {
    let samples = Samples::of(0, RUNS);
    let mut tally = Tally::new();
    for row in directory.table::<Row>(FILE)? {
        let case = format!("{} in {} s at {}/s", row.clients, row.window, row.rate);
        let wrong = |reason: &str| CaseError::new(FILE, format!("{case}: {reason}"));
        let window = row
            .window
            .seconds()
            .ok_or_else(|| wrong("no such window"))?;
        let rate = row.rate.per_second().ok_or_else(|| wrong("no such rate"))?;
        // The figures suppose that nothing ever spills over.
        let burst = row.rate.times(row.window).map_or(0, Exact::ceil) as u64;
        let algorithm = Algorithm::TokenBucket(TokenBucketSpec {
            burst: burst.max(1),
            refill: Refill::Continuous(rate),
        });
        let spec = Spec {
            initial: Initial::Empty,
            ..Spec::new(algorithm)
        };
        let bucket =
            Limiter::new(&spec, 1, Clock::default()).map_err(|error| wrong(&error.to_string()))?;
        let moments = Moments::of(samples.counted, |run| admitted(&bucket, &row, window, run));
        // The file rounds to nine places.
        let tolerance = |error: f64| (4.0 * error).max(1e-8);
        tally.within(
            format!("{case}, mean"),
            moments.mean,
            row.mean,
            tolerance(moments.mean_error),
        );
        tally.within(
            format!("{case}, variance"),
            moments.variance,
            row.variance,
            tolerance(moments.variance_error),
        );
    }
    samples.note().into_iter().for_each(|note| tally.note(note));
    Ok(tally)
}

fn admitted(empty: &Limiter, row: &Row, window: Span, run: u64) -> f64 {
    let keys = Keys::new(row.clients, run);
    let mut uniform = keys.sequence(Purpose::Arrival, Key::ROOT.named("wave"), 0);
    let mut arrivals: Vec<u64> = (0..row.clients)
        .map(|_| uniform.below(window.as_nanos()))
        .collect();
    arrivals.sort_unstable();
    let mut bucket = empty.clone();
    arrivals
        .iter()
        .filter(|nanos| bucket.decide(0, 1, Time::from_nanos(**nanos)) == Decision::Admitted)
        .count() as f64
}

/// Mean and variance of independent samples, with the standard error of each.
struct Moments {
    mean: f64,
    mean_error: f64,
    variance: f64,
    variance_error: f64,
}

impl Moments {
    fn of(count: u64, mut sample: impl FnMut(u64) -> f64) -> Self {
        let samples: Vec<f64> = (0..count).map(&mut sample).collect();
        let n = count as f64;
        let mean = samples.iter().sum::<f64>() / n;
        let square = |x: &f64| (x - mean) * (x - mean);
        let variance = samples.iter().map(square).sum::<f64>() / (n - 1.0);
        let fourth = samples.iter().map(|x| square(x) * square(x)).sum::<f64>() / n;
        Moments {
            mean,
            mean_error: (variance / n).sqrt(),
            variance,
            variance_error: ((fourth - variance * variance).max(0.0) / n).sqrt(),
        }
    }
}
