//! AWS SDK for Java v1: the back-off strategies in whole milliseconds.

use super::scripted::Scripted;
use super::{Case, Few, Tried};
use crate::cases::Tally;
use pullstorm_core::retry::{Class, JavaPair, Memory, RetryPolicy, Strategy, Verdict};
use pullstorm_core::units::{Span, Time};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Inputs {
    #[serde(alias = "strategies")]
    strategy: Kinds,
    #[serde(default)]
    error: Option<Error>,
    #[serde(alias = "throttled_base_ms")]
    base_ms: u64,
    cap_ms: u64,
    retries_attempted: Few<u32>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Kinds {
    One(Kind),
    Many(Vec<Kind>),
}

#[derive(Copy, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Exponential,
    FullJitter,
    EqualJitter,
    SdkDefault,
}

#[derive(Copy, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Error {
    Throttling,
    Other,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    delay_ms: Option<Few<f64>>,
    ceil_ms: Option<Few<f64>>,
    min_ms: Option<Few<f64>>,
    max_ms: Option<Few<f64>>,
}

/// The sleeps at both ends of the draw, in milliseconds.
struct Ends {
    ceiling: f64,
    shortest: f64,
    longest: f64,
    /// What the 1.11 generation may draw.
    longest_1_11: f64,
}

pub fn check(case: &Case, tally: &mut Tally) -> Tried {
    let bounds_only = match case.case.as_str() {
        "overflow.range" => true,
        "exponential.values"
        | "full_jitter.bounds"
        | "overflow.exponential_max_int"
        | "sdk_default.throttled_ceilings"
        | "exponent_guard" => false,
        _ => return Ok(None),
    };
    let inputs: Inputs = case.inputs()?;
    let expected: Expected = case.expected()?;
    let kinds = match inputs.strategy {
        Kinds::One(kind) => vec![kind],
        Kinds::Many(kinds) => kinds,
    };
    for kind in kinds {
        for (n, retries) in inputs.retries_attempted.list().into_iter().enumerate() {
            let throttled = inputs.error.is_none_or(|error| error == Error::Throttling);
            let class = match kind {
                Kind::EqualJitter => Class::Throttling,
                Kind::SdkDefault if throttled => Class::Throttling,
                _ => Class::Transient,
            };
            let got = ends(class, inputs.base_ms, inputs.cap_ms, retries);
            let label = |what| format!("{} after {retries} retries, {what}", case.name());
            let want = |column: &Option<Few<f64>>| column.as_ref().and_then(|few| few.nth(n));
            if let Some(delay) = want(&expected.delay_ms) {
                tally.exact(label("delay"), got.ceiling, delay);
            }
            if let Some(ceiling) = want(&expected.ceil_ms) {
                tally.exact(label("ceiling"), got.ceiling, ceiling);
            }
            let (Some(min), Some(max)) = (want(&expected.min_ms), want(&expected.max_ms)) else {
                continue;
            };
            if bounds_only || kind == Kind::Exponential {
                let inside = got.shortest >= min && got.longest_1_11 <= max;
                let miss = format!("{} to {}", got.shortest, got.longest_1_11);
                tally.count(label("range"), (!inside).then_some(miss));
            } else {
                tally.exact(label("shortest"), got.shortest, min);
                // The client's test allows the ceiling, which only the 1.11 generation reaches.
                let full = class == Class::Transient;
                let longest = (got.longest + f64::from(u8::from(full)), got.longest_1_11);
                tally.exact(label("longest"), longest, (max, max));
            }
        }
    }
    Ok(Some(()))
}

fn ends(class: Class, base_ms: u64, cap_ms: u64, retries: u32) -> Ends {
    let pair = |full_reaches_ceiling| JavaPair {
        base: Span::from_millis(base_ms),
        throttled_base: Span::from_millis(base_ms),
        cap: Span::from_millis(cap_ms),
        full_reaches_ceiling,
        ..JavaPair::SDK
    };
    let sleep = |pair, u| {
        let policy = RetryPolicy::new(Strategy::Java(pair), RetryPolicy::UNLIMITED);
        let mut memory = Memory::default();
        memory.sends = retries + 1;
        let failure = pullstorm_core::retry::Failure {
            class: Some(class),
            hint: None,
        };
        let mut uniform = Scripted::units(&[u]);
        match policy.after_failure(failure, &mut memory, None, Time::ZERO, &mut uniform) {
            Verdict::Retry(span) => millis(span),
            _ => f64::NAN,
        }
    };
    Ends {
        ceiling: millis(pair(false).ceiling(class, retries)),
        shortest: sleep(pair(false), 0.0),
        longest: sleep(pair(false), 1.0),
        longest_1_11: sleep(pair(true), 1.0),
    }
}

fn millis(span: Span) -> f64 {
    span.as_nanos() as f64 / 1e6
}
