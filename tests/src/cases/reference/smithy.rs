//! smithy-rs, the runtime of the AWS SDK for Rust, under the 2.0 rules.

use super::aws_standard::{Answer, Expected, answers};
use super::scripted::{Client, policy, sleep_after};
use super::{Case, Tried};
use crate::cases::Tally;
use pullstorm_core::retry::{Class, Params, SendBucket, Verdict};
use pullstorm_core::units::Span;
use serde::Deserialize;

const PRESET: &str = "aws-rust-2.0";

pub fn check(case: &Case, tally: &mut Tally) -> Tried {
    match case.case.as_str() {
        "v2_0.eventual_success"
        | "v2_0.no_more_attempts"
        | "v2_0.no_quota"
        | "v2_0.quota_replenishes_on_success"
        | "v2_0.backoff_timing" => events(case, tally),
        "v2_0.retry_after_capped_at_max_backoff" => retry_after(case, tally),
        "backoff_overflow" => overflow(case, tally),
        "adaptive.capacity_never_negative" => capacity(case, tally),
        _ => Ok(None),
    }
}

fn only_2_0(spec: &str) -> Result<(), String> {
    match spec {
        "2.0" => Ok(()),
        _ => Err(format!("no rules {spec}")),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Events {
    spec: String,
    rand: f64,
    max_attempts: u32,
    initial_tokens: u32,
    events: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Outcome {
    delay_s: Vec<Option<f64>>,
    quota: Vec<u32>,
    retry: Option<Vec<bool>>,
}

fn events(case: &Case, tally: &mut Tally) -> Tried {
    let inputs: Events = case.inputs()?;
    let expected: Outcome = case.expected()?;
    only_2_0(&inputs.spec)?;
    let params = Params {
        attempts: Some(inputs.max_attempts),
        quota: Some(inputs.initial_tokens),
        ..Params::default()
    };
    let given: Vec<Answer> = inputs
        .events
        .iter()
        .map(|event| answer(event))
        .collect::<Result<_, _>>()?;
    if let Some(retry) = &expected.retry {
        let slept: Vec<bool> = expected.delay_s.iter().map(Option::is_some).collect();
        if *retry != slept {
            return Err("a retry has a delay, and nothing else has".to_owned());
        }
    }
    let mut client = Client::new(policy(PRESET, &params)?, inputs.rand);
    let expected = Expected {
        outcome: None,
        quota: &expected.quota,
        delay_s: &expected.delay_s,
    };
    answers(&case.name(), &mut client, &given, &expected, tally)?;
    Ok(Some(()))
}

/// `server_error`, `transient_error`, `throttling_error` or `success`; a failure may come with
/// `_explicit_delay_<n>s`.
fn answer(event: &str) -> Result<Answer, String> {
    let (kind, hint) = match event.split_once("_explicit_delay_") {
        None => (event, None),
        Some((kind, delay)) => {
            let seconds = delay.strip_suffix('s').and_then(|n| n.parse().ok());
            let seconds: f64 = seconds.ok_or_else(|| format!("{event}: no delay"))?;
            (kind, Some(Span::from_secs_f64(seconds)))
        }
    };
    let class = match kind {
        "success" => return Ok(Answer::Success),
        "server_error" => Class::Server,
        "transient_error" => Class::Transient,
        "throttling_error" => Class::Throttling,
        _ => return Err(format!("nobody knows the event {event}")),
    };
    Ok(Answer::Failure {
        class: Some(class),
        hint,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RetryAfter {
    spec: String,
    retry_after_s: f64,
    max_backoff_s: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Delay {
    delay_s: f64,
}

fn retry_after(case: &Case, tally: &mut Tally) -> Tried {
    let inputs: RetryAfter = case.inputs()?;
    let expected: Delay = case.expected()?;
    only_2_0(&inputs.spec)?;
    let cap = Some(Span::from_secs_f64(inputs.max_backoff_s));
    let policy = policy(
        PRESET,
        &Params {
            cap,
            retry_after_cap: cap,
            ..Params::default()
        },
    )?;
    let hint = Some(Span::from_secs_f64(inputs.retry_after_s));
    let got = Client::new(policy, 1.0).fails(Some(Class::Throttling), hint);
    let want = Verdict::Retry(Span::from_secs_f64(expected.delay_s));
    tally.exact(case.name(), got, want);
    Ok(Some(()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Overflow {
    spec: String,
    rand: f64,
    attempt_1based: u32,
    max_attempts: u32,
}

fn overflow(case: &Case, tally: &mut Tally) -> Tried {
    let inputs: Overflow = case.inputs()?;
    let expected: Delay = case.expected()?;
    only_2_0(&inputs.spec)?;
    let params = Params {
        attempts: Some(inputs.max_attempts),
        ..Params::default()
    };
    let policy = policy(PRESET, &params)?;
    let got = sleep_after(
        &policy,
        inputs.attempt_1based,
        Class::Transient,
        inputs.rand,
    );
    let want = Span::from_secs_f64(expected.delay_s);
    tally.exact(case.name(), got, Some(want));
    Ok(Some(()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Bucket {
    fill_rate: f64,
    capacity: f64,
    refill_from: f64,
    acquire_at: f64,
    amount: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Acquired {
    granted: bool,
    wait_s: f64,
    capacity_after: f64,
}

fn capacity(case: &Case, tally: &mut Tally) -> Tried {
    let inputs: Bucket = case.inputs()?;
    let expected: Acquired = case.expected()?;
    if inputs.capacity != 0.0 {
        return Err("the bucket begins empty".to_owned());
    }
    let mut bucket = SendBucket::new(inputs.fill_rate, Some(inputs.refill_from));
    let wait = bucket.acquire(inputs.amount, inputs.acquire_at);
    let label = |what| format!("{} {what}", case.name());
    tally.exact(label("granted"), wait.is_zero(), expected.granted);
    let wait = wait.as_secs_f64();
    tally.within(label("wait"), wait, expected.wait_s, case.tolerance());
    let left = bucket.tokens();
    tally.within(
        label("left"),
        left,
        expected.capacity_after,
        case.tolerance(),
    );
    Ok(Some(()))
}
