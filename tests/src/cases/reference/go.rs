//! AWS SDK for Go v2: its own 2.0 back-off, the 2.1 rules, and the adaptive limiter.

use super::aws_standard::{Answer, Expected, answers, retry_after};
use super::scripted::{Client, policy, sleep_after};
use super::{Case, Tried};
use crate::cases::Tally;
use pullstorm_core::retry::{
    Class, Cubic, ErrorLists, ErrorShape, Failure, Memory, Origin, Params, RetryPolicy,
};
use pullstorm_core::units::{Span, Time};
use serde::Deserialize;

pub fn check(case: &Case, tally: &mut Tally) -> Tried {
    match case.case.as_str() {
        "cubic.success_series" => cubic(case, tally),
        "adaptive.update_series_0_2_to_2_2" => updates(case, tally),
        "legacy_jitter" => legacy_jitter(case, tally),
        "retry2026.eventually_succeeds"
        | "retry2026.max_attempts"
        | "retry2026.quota_reached_after_one_retry"
        | "retry2026.no_retry_if_quota_zero"
        | "retry2026.exponential_timing"
        | "retry2026.quota_recovery"
        | "retry2026.throttling_cost_and_base"
        | "retry2026.retry_after_max"
        | "retry2026.retry_after_min"
        | "retry2026.long_polling_max_attempts_no_delay" => retry_2026(case, tally),
        _ => Ok(None),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CubicInputs {
    last_max_rate: f64,
    last_throttle_t: f64,
    t: Vec<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rates {
    rate: Vec<f64>,
}

fn cubic(case: &Case, tally: &mut Tally) -> Tried {
    let inputs: CubicInputs = case.inputs()?;
    let expected: Rates = case.expected()?;
    for (n, t) in inputs.t.iter().enumerate() {
        let want = *expected.rate.get(n).ok_or("fewer rates than times")?;
        let got = Cubic::AWS.rate(inputs.last_max_rate, t - inputs.last_throttle_t);
        tally.within(
            format!("{} at {t}", case.name()),
            got,
            want,
            case.tolerance(),
        );
    }
    Ok(Some(()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Updates {
    t: Vec<f64>,
    throttled: Vec<bool>,
    start_t: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Updated {
    measured_tx_rate: Vec<f64>,
    fill_rate: Vec<f64>,
}

/// The table stands in the tests of Go and of Rust, so both limiters must give it.
fn updates(case: &Case, tally: &mut Tally) -> Tried {
    let inputs: Updates = case.inputs()?;
    let expected: Updated = case.expected()?;
    let at = |seconds| Time::ZERO + Span::from_secs_f64(seconds);
    for preset in ["aws-adaptive-2.1", "aws-rust-adaptive-2.0"] {
        let policy = policy(preset, &Params::default())?;
        let mut client = policy.new_client(at(inputs.start_t));
        for (n, t) in inputs.t.iter().enumerate() {
            let mut memory = Memory::default();
            memory.sends = 1;
            let throttled = *inputs.throttled.get(n).ok_or("fewer answers than times")?;
            if throttled {
                let failure = Failure {
                    class: Some(Class::Throttling),
                    hint: None,
                };
                let mut uniform = super::scripted::Scripted::units(&[0.0]);
                policy.after_failure(
                    failure,
                    &mut memory,
                    Some(&mut client),
                    at(*t),
                    &mut uniform,
                );
            } else {
                policy.after_success(Some(&mut client), &memory, at(*t));
            }
            let limiter = client.rate_limiter().ok_or("no limiter")?;
            let label = |what| format!("{} of {preset} at {t}, {what}", case.name());
            let want = *expected
                .measured_tx_rate
                .get(n)
                .ok_or("fewer rates than times")?;
            let got = limiter.meter().rate();
            tally.within(label("measured"), got, want, case.tolerance());
            let want = *expected.fill_rate.get(n).ok_or("fewer rates than times")?;
            let got = limiter.bucket().fill_rate();
            tally.within(label("fill"), got, want, case.tolerance());
        }
    }
    Ok(Some(()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LegacyJitter {
    max_backoff_s: f64,
    attempt_passed: Vec<u32>,
    rand: Vec<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Delays {
    delay_s: Vec<f64>,
}

fn legacy_jitter(case: &Case, tally: &mut Tally) -> Tried {
    let inputs: LegacyJitter = case.inputs()?;
    let expected: Delays = case.expected()?;
    let params = Params {
        attempts: Some(RetryPolicy::UNLIMITED),
        cap: Some(Span::from_secs_f64(inputs.max_backoff_s)),
        ..Params::default()
    };
    let policy = policy("aws-go-v2-2.0", &params)?;
    for (n, attempt) in inputs.attempt_passed.iter().enumerate() {
        let u = *inputs.rand.get(n).ok_or("fewer draws than attempts")?;
        let want = *expected
            .delay_s
            .get(n)
            .ok_or("fewer delays than attempts")?;
        let got = sleep_after(&policy, *attempt, Class::Throttling, u);
        let label = format!("{} attempt {attempt}", case.name());
        tally.exact(label, got, Some(Span::from_secs_f64(want)));
    }
    Ok(Some(()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Retry2026 {
    spec: String,
    rand: f64,
    max_attempts: u32,
    initial_tokens: u32,
    max_backoff_s: f64,
    service: Service,
    responses: Vec<Response>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Service {
    Default,
    Dynamodb,
    /// The test's operation is a long poll.
    Sqs,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Response {
    Status(u16),
    Full(FullResponse),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FullResponse {
    status: u16,
    code: Option<String>,
    #[serde(rename = "x-amz-retry-after")]
    retry_after: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Outcome {
    outcome: Vec<String>,
    quota: Vec<u32>,
    delay_s: Vec<Option<f64>>,
}

fn retry_2026(case: &Case, tally: &mut Tally) -> Tried {
    let inputs: Retry2026 = case.inputs()?;
    let expected: Outcome = case.expected()?;
    if inputs.spec != "2.1" {
        return Err(format!("no rules {}", inputs.spec));
    }
    let params = Params {
        attempts: Some(inputs.max_attempts),
        cap: Some(Span::from_secs_f64(inputs.max_backoff_s)),
        quota: Some(inputs.initial_tokens),
        long_polling: Some(matches!(inputs.service, Service::Sqs)),
        ..Params::default()
    };
    let preset = match inputs.service {
        Service::Dynamodb => "aws-standard-2.1-dynamodb",
        Service::Default | Service::Sqs => "aws-standard-2.1",
    };
    let policy = policy(preset, &params)?;
    let given: Vec<Answer> = inputs.responses.iter().map(answer).collect();
    let expected = Expected {
        outcome: Some(&expected.outcome),
        quota: &expected.quota,
        delay_s: &expected.delay_s,
    };
    let mut client = Client::new(policy, inputs.rand);
    answers(&case.name(), &mut client, &given, &expected, tally)?;
    Ok(Some(()))
}

fn answer(response: &Response) -> Answer {
    let (status, code, header) = match response {
        Response::Status(status) => (*status, None, None),
        Response::Full(full) => (full.status, full.code.clone(), full.retry_after.as_deref()),
    };
    if (200..300).contains(&status) {
        return Answer::Success;
    }
    let shape = ErrorShape {
        origin: Origin::Response,
        status: Some(status),
        code,
    };
    Answer::Failure {
        class: ErrorLists::AwsStandard.classify(&shape),
        hint: header.and_then(retry_after),
    }
}
