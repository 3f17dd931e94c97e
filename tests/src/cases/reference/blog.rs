//! The program of the AWS Architecture Blog. Its unit of time is read as a second.

use super::scripted::Scripted;
use super::{Case, Tried};
use crate::cases::Tally;
use pullstorm_core::retry::{Class, Failure, Growth, Memory, RetryPolicy, Strategy, Verdict};
use pullstorm_core::units::{Span, Time};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Path {
    base: f64,
    cap: f64,
    uniform01: Vec<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sleeps {
    sleep: Vec<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Attempts {
    base: f64,
    cap: f64,
    attempt: Vec<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ceilings {
    ceiling: Vec<f64>,
}

pub fn check(case: &Case, tally: &mut Tally) -> Tried {
    match case.case.as_str() {
        "decorrelated.upper_path" => {
            let path: Path = case.inputs()?;
            let expected: Sleeps = case.expected()?;
            let strategy = Strategy::DecorrelatedJitter {
                base: Span::from_secs_f64(path.base),
                cap: Span::from_secs_f64(path.cap),
            };
            let policy = RetryPolicy::new(strategy, RetryPolicy::UNLIMITED);
            let mut uniform = Scripted::units(&path.uniform01);
            let mut memory = Memory::default();
            let failure = Failure {
                class: Some(Class::Throttling),
                hint: None,
            };
            for (n, want) in expected.sleep.iter().enumerate() {
                memory.sends += 1;
                let got = match policy.after_failure(
                    failure,
                    &mut memory,
                    None,
                    Time::ZERO,
                    &mut uniform,
                ) {
                    Verdict::Retry(sleep) => sleep.as_secs_f64(),
                    _ => f64::NAN,
                };
                tally.within(format!("{} {n}", case.name()), got, *want, 1e-6);
            }
        }
        "expo_ceiling_attempt_starts_at_1" => {
            let inputs: Attempts = case.inputs()?;
            let expected: Ceilings = case.expected()?;
            let growth = Growth {
                first_exponent: 1,
                ..Growth::new(
                    Span::from_secs_f64(inputs.base),
                    Span::from_secs_f64(inputs.cap),
                )
            };
            if inputs.attempt.contains(&0) || inputs.attempt.len() != expected.ceiling.len() {
                return Err("attempts count from 1 and have a ceiling each".to_owned());
            }
            for (attempt, want) in inputs.attempt.iter().zip(&expected.ceiling) {
                let got = growth.ceiling(attempt - 1).as_secs_f64();
                tally.within(
                    format!("{} {attempt}", case.name()),
                    got,
                    *want,
                    case.tolerance(),
                );
            }
        }
        _ => return Ok(None),
    }
    Ok(Some(()))
}
