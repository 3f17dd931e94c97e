//! A Poisson stream on a token bucket, without retries.
//!
//! Requests that are throttled make the bucket an M/D/1/K queue with K = B and service time 1/r;
//! requests that wait for a credit make it an M/D/1 queue, whose workload above (B - 1)/r is the
//! wait. The stream has 1e6 arrivals after a warm-up of 1e5, in 20 batches; a figure is inside if
//! it is at most four standard errors of the batch means off, and never less than 1e-4.

use super::{Batches, CaseError, Directory, Exact, Family, Samples, Tally};
use pullstorm_core::limiter::{
    Algorithm, Clock, Decision, Limiter, OverLimit, Refill, Spec, TokenBucketSpec,
};
use pullstorm_core::random::{Distribution, Key, Keys, Purpose};
use pullstorm_core::units::{Rate, Span, Time};
use serde::Deserialize;

/// The share that is throttled, for continuous refill and for lumps of one and of four credits.
pub const THROTTLE: Family = Family::new("poisson-throttle", &[THROTTLE_FILE], check_throttle);

/// How many wait for a credit, and how long.
pub const WAIT: Family = Family::new("poisson-wait", &[WAIT_FILE], check_wait);

const THROTTLE_FILE: &str = "poisson-throttle-probability.csv";
const WAIT_FILE: &str = "poisson-wait-for-token.csv";

const BATCHES: u64 = 20;

/// The bucket earns one credit a second, so that waits in seconds are waits in units of 1/r.
const CREDITS_PER_SECOND: u64 = 1;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Throttle {
    #[serde(rename = "burst_B")]
    burst: u64,
    #[serde(rename = "rho=lambda/r")]
    load: Exact,
    #[serde(rename = "p_throttle_continuous_refill")]
    continuous: Option<f64>,
    #[serde(rename = "p_throttle_lump_1token_every_1/r")]
    lump_1: Option<f64>,
    #[serde(rename = "p_throttle_lump_4tokens_every_4/r")]
    lump_4: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wait {
    #[serde(rename = "burst_B")]
    burst: u64,
    #[serde(rename = "rho=lambda/r")]
    load: Exact,
    #[serde(rename = "p_wait>0")]
    waiting: f64,
    #[serde(rename = "mean_wait_in_units_of_1/r")]
    mean: f64,
}

fn check_throttle(directory: &Directory) -> Result<Tally, CaseError> {
    let samples = Samples::of(100_000, 1_000_000);
    let mut tally = Tally::new();
    for row in directory.table::<Throttle>(THROTTLE_FILE)? {
        let lump = |credits| Refill::Lump {
            credits,
            every: Span::from_secs(credits),
        };
        let continuous = Refill::Continuous(Rate::per_second(CREDITS_PER_SECOND));
        let columns = [
            ("continuous", continuous, row.continuous),
            ("lumps of 1", lump(1), row.lump_1),
            ("lumps of 4", lump(4), row.lump_4),
        ];
        for (name, refill, want) in columns {
            let Some(want) = want else { continue };
            let case = format!("B={} rho={} {name}", row.burst, row.load);
            let wrong = |reason: String| CaseError::new(THROTTLE_FILE, format!("{case}: {reason}"));
            let mut bucket = bucket(row.burst, refill, OverLimit::Throttle).map_err(wrong)?;
            let mut throttled = Batches::new(samples.counted, BATCHES);
            stream(row.load, samples, |now, counts| {
                let refused = bucket.decide(0, 1, now) != Decision::Admitted;
                if counts {
                    throttled.add(f64::from(u8::from(refused)));
                }
            })
            .map_err(wrong)?;
            within(&mut tally, samples, case, &throttled, want);
        }
    }
    samples.note().into_iter().for_each(|note| tally.note(note));
    Ok(tally)
}

fn check_wait(directory: &Directory) -> Result<Tally, CaseError> {
    let samples = Samples::of(100_000, 1_000_000);
    let mut tally = Tally::new();
    for row in directory.table::<Wait>(WAIT_FILE)? {
        let case = format!("B={} rho={}", row.burst, row.load);
        let wrong = |reason: String| CaseError::new(WAIT_FILE, format!("{case}: {reason}"));
        let refill = Refill::Continuous(Rate::per_second(CREDITS_PER_SECOND));
        let mut bucket = bucket(row.burst, refill, OverLimit::Wait).map_err(wrong)?;
        let mut waiting = Batches::new(samples.counted, BATCHES);
        let mut waits = Batches::new(samples.counted, BATCHES);
        stream(row.load, samples, |now, counts| {
            let wait = match bucket.decide(0, 1, now) {
                Decision::Delayed(wait) => wait.as_secs_f64(),
                Decision::Admitted => 0.0,
                Decision::Throttled(_) => f64::NAN,
            };
            if counts {
                waiting.add(if wait == 0.0 { 0.0 } else { 1.0 });
                waits.add(wait);
            }
        })
        .map_err(wrong)?;
        within(
            &mut tally,
            samples,
            format!("{case} share that waits"),
            &waiting,
            row.waiting,
        );
        within(
            &mut tally,
            samples,
            format!("{case} mean wait"),
            &waits,
            row.mean,
        );
    }
    samples.note().into_iter().for_each(|note| tally.note(note));
    Ok(tally)
}

fn within(tally: &mut Tally, samples: Samples, case: String, batches: &Batches, want: f64) {
    let (mean, error) = batches.mean_and_error();
    tally.within(case, mean, want, samples.tolerance(error));
}

fn bucket(burst: u64, refill: Refill, over_limit: OverLimit) -> Result<Limiter, String> {
    let algorithm = Algorithm::TokenBucket(TokenBucketSpec { burst, refill });
    let spec = Spec {
        over_limit,
        ..Spec::new(algorithm)
    };
    Limiter::new(&spec, 1, Clock::default()).map_err(|error| error.to_string())
}

/// Calls `arrive` at each instant of a Poisson stream that offers `load` times the refill; the flag
/// says whether the warm-up is over.
fn stream(load: Exact, samples: Samples, mut arrive: impl FnMut(Time, bool)) -> Result<(), String> {
    let mean = load
        .inverse()
        .and_then(Exact::seconds)
        .ok_or("no stream has this load")?;
    let gaps = Distribution::Exponential { mean };
    let keys = Keys::new(2, 0);
    let mut uniform = keys.sequence(Purpose::Arrival, Key::ROOT.named("poisson"), 0);
    let mut now = Time::ZERO;
    for arrival in 0..samples.warm_up + samples.counted {
        now += gaps.draw(&mut uniform);
        arrive(now, arrival >= samples.warm_up);
    }
    Ok(())
}
