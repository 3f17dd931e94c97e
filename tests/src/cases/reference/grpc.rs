//! gRPC A6: bounds of the sleep.

use super::scripted::sleep_after;
use super::{Case, Tried};
use crate::cases::Tally;
use pullstorm_core::retry::{Class, RetryPolicy, Strategy};
use pullstorm_core::units::Span;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Inputs {
    initial_s: f64,
    max_s: f64,
    multiplier: f64,
    retry: Vec<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    min_s: Vec<f64>,
    max_s: Vec<f64>,
}

pub fn check(case: &Case, tally: &mut Tally) -> Tried {
    if case.case != "backoff_bounds" {
        return Ok(None);
    }
    let inputs: Inputs = case.inputs()?;
    let expected: Expected = case.expected()?;
    let strategy = Strategy::Grpc {
        initial: Span::from_secs_f64(inputs.initial_s),
        max: Span::from_secs_f64(inputs.max_s),
        multiplier: inputs.multiplier,
    };
    let policy = RetryPolicy::new(strategy, RetryPolicy::UNLIMITED);
    for (n, retry) in inputs.retry.iter().enumerate() {
        for (u, bounds) in [(0.0, &expected.min_s), (1.0, &expected.max_s)] {
            let want = *bounds.get(n).ok_or("fewer bounds than retries")?;
            let got = sleep_after(&policy, *retry, Class::Transient, u);
            let got = got.map_or(f64::NAN, Span::as_secs_f64);
            let label = format!("{} retry {retry}", case.name());
            tally.within(label, got, want, case.tolerance().max(1e-9));
        }
    }
    Ok(Some(()))
}
