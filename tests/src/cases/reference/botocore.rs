//! botocore: standard mode under both rules, its quota and lists, and the parts of adaptive mode.

use super::aws_standard::retry_after;
use super::scripted::{Client, Scripted, policy, sleep_after};
use super::{Case, Tried};
use crate::cases::Tally;
use pullstorm_core::retry::{
    Budget, Class, ClientState, Cubic, ErrorLists, ErrorShape, Failure, Memory, Origin, Params,
    QuotaRules, RateLimiterState, RateMeter, RetryPolicy, SendBucket, Strategy, Verdict,
};
use pullstorm_core::units::{Span, Time};
use serde::Deserialize;

pub fn check(case: &Case, tally: &mut Tally) -> Tried {
    match case.case.as_str() {
        "cubic.k" => cubic_k(case, tally),
        "cubic.success_at_k_returns_w_max" => cubic_at_k(case, tally),
        "cubic.t0_matches_beta" => cubic_at_0(case, tally),
        "standard_v2_0.backoff_rand1" => sleeps(
            case,
            &["aws-standard-2.0", "aws-standard-2.0-botocore-1.34"],
            tally,
        ),
        "standard_v2_1.backoff_rand1_transient" => sleeps(case, &["aws-standard-2.1"], tally),
        "standard_v2_0.backoff_range_attempt3" => range(case, tally),
        "quota_v2_0.retry_then_success"
        | "quota_v2_0.all_retries_failed"
        | "quota_v2_0.exhausted" => quota(case, "aws-standard-2.0", tally),
        "quota_v2_1.exhausted" => quota(case, "aws-standard-2.1", tally),
        "quota_v2_0.timeout_cost" => costs(case, "aws-standard-2.0", tally),
        "quota_v2_1.costs" => costs(case, "aws-standard-2.1", tally),
        "quota_object.bounds" => quota_object(case, tally),
        "max_attempts.three" => max_attempts(case, tally),
        "classify.throttling" => classify(case, Class::Throttling, tally),
        "classify.transient" => classify(case, Class::Transient, tally),
        "adaptive_bucket.blocking" => blocking(case, tally),
        "rate_clocker.first_second" | "rate_clocker.constant_1_tps" => clocker(case, tally),
        "adaptive.rate_capped_at_twice_measured" | "adaptive.rate_follows_cubic" => {
            allowed(case, tally)
        }
        "retry_after_v2_1.header" => header(case, tally),
        _ => Ok(None),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Curve {
    w_max: f64,
    beta: f64,
    scale: f64,
    last_fail: Option<f64>,
    t: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct K {
    k: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rate {
    rate: f64,
}

fn cubic_k(case: &Case, tally: &mut Tally) -> Tried {
    let Curve {
        w_max, beta, scale, ..
    } = case.inputs()?;
    let expected: K = case.expected()?;
    let got = Cubic { beta, scale }.seconds_to(w_max);
    tally.within(case.name(), got, expected.k, case.tolerance());
    Ok(Some(()))
}

fn cubic_at_k(case: &Case, tally: &mut Tally) -> Tried {
    let curve: Curve = case.inputs()?;
    let expected: Rate = case.expected()?;
    if curve.t.as_deref() != Some("k") || curve.last_fail.is_none() {
        return Err("t is k seconds after the last failure".to_owned());
    }
    let cubic = Cubic {
        beta: curve.beta,
        scale: curve.scale,
    };
    let got = cubic.rate(curve.w_max, cubic.seconds_to(curve.w_max));
    tally.within(case.name(), got, expected.rate, case.tolerance());
    Ok(Some(()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AtZero {
    #[serde(rename = "w_max_before")]
    _w_max_before: f64,
    beta: f64,
    scale: f64,
    error_rate: f64,
    t_error: f64,
    t_success: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RatesOut {
    error_rate_out: f64,
    success_rate_out: f64,
}

fn cubic_at_0(case: &Case, tally: &mut Tally) -> Tried {
    let inputs: AtZero = case.inputs()?;
    let expected: RatesOut = case.expected()?;
    let cubic = Cubic {
        beta: inputs.beta,
        scale: inputs.scale,
    };
    let error = cubic.throttled(inputs.error_rate);
    tally.within(
        case.name(),
        error,
        expected.error_rate_out,
        case.tolerance(),
    );
    let success = cubic.rate(inputs.error_rate, inputs.t_success - inputs.t_error);
    tally.within(
        case.name(),
        success,
        expected.success_rate_out,
        case.tolerance(),
    );
    Ok(Some(()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BackOff {
    #[serde(rename = "mode")]
    _mode: Option<String>,
    #[serde(rename = "spec")]
    _spec: String,
    rand: f64,
    max_backoff_s: f64,
    attempt_1based: Vec<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Delays {
    delay_s: Vec<f64>,
}

fn sleeps(case: &Case, presets: &[&str], tally: &mut Tally) -> Tried {
    let inputs: BackOff = case.inputs()?;
    let expected: Delays = case.expected()?;
    for preset in presets {
        let params = Params {
            attempts: Some(RetryPolicy::UNLIMITED),
            cap: Some(Span::from_secs_f64(inputs.max_backoff_s)),
            ..Params::default()
        };
        let policy = policy(preset, &params)?;
        for (n, attempt) in inputs.attempt_1based.iter().enumerate() {
            let want = *expected
                .delay_s
                .get(n)
                .ok_or("fewer delays than attempts")?;
            let got = sleep_after(&policy, *attempt, Class::Transient, inputs.rand);
            let label = format!("{} of {preset} attempt {attempt}", case.name());
            tally.exact(label, got, Some(Span::from_secs_f64(want)));
        }
    }
    Ok(Some(()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RangeInputs {
    #[serde(rename = "spec")]
    _spec: String,
    attempt_1based: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Range {
    min_s: f64,
    max_s: f64,
}

fn range(case: &Case, tally: &mut Tally) -> Tried {
    let inputs: RangeInputs = case.inputs()?;
    let expected: Range = case.expected()?;
    let params = Params {
        attempts: Some(RetryPolicy::UNLIMITED),
        ..Params::default()
    };
    let policy = policy("aws-standard-2.0", &params)?;
    for (u, want) in [(0.0, expected.min_s), (1.0, expected.max_s)] {
        let got = sleep_after(&policy, inputs.attempt_1based, Class::Transient, u);
        tally.exact(case.name(), got, Some(Span::from_secs_f64(want)));
    }
    Ok(Some(()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QuotaInputs {
    capacity: u32,
    events: Vec<Event>,
}

#[derive(Copy, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Event {
    /// A 500 after which attempts are left.
    #[serde(rename = "retryable_500", alias = "http_500")]
    Retryable500,
    /// A 500 on the last attempt.
    #[serde(rename = "final_500")]
    Final500,
    ReadTimeout,
    Throttling,
    Success,
}

impl Event {
    fn class(self) -> Option<Class> {
        let shape = |origin, status: u16, code: Option<&str>| ErrorShape {
            origin,
            status: (status > 0).then_some(status),
            code: code.map(str::to_owned),
        };
        ErrorLists::AwsStandard.classify(&match self {
            Event::Success => return None,
            Event::Retryable500 | Event::Final500 => shape(Origin::Response, 500, None),
            Event::ReadTimeout => shape(Origin::Timeout, 0, None),
            Event::Throttling => shape(Origin::Response, 400, Some("Throttling")),
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QuotaExpected {
    cost: Option<u32>,
    capacity_after: Option<Vec<u32>>,
    granted: Option<Vec<bool>>,
}

fn quota(case: &Case, preset: &str, tally: &mut Tally) -> Tried {
    let inputs: QuotaInputs = case.inputs()?;
    let expected: QuotaExpected = case.expected()?;
    let last = inputs
        .events
        .iter()
        .position(|event| *event == Event::Final500);
    let attempts = last.map_or(RetryPolicy::UNLIMITED, |last| last as u32 + 1);
    let params = Params {
        attempts: Some(attempts),
        quota: Some(inputs.capacity),
        ..Params::default()
    };
    let mut client = Client::new(policy(preset, &params)?, 1.0);
    for (n, event) in inputs.events.iter().enumerate() {
        let before = client.quota();
        let granted = match event {
            Event::Success => {
                client.succeeds();
                true
            }
            _ => matches!(client.fails(event.class(), None), Verdict::Retry(_)),
        };
        let label = |what| format!("{} event {n}, {what}", case.name());
        if let (Some(cost), 0) = (expected.cost, n) {
            tally.exact(label("cost"), before - client.quota(), cost);
        }
        if let Some(after) = &expected.capacity_after {
            let want = *after.get(n).ok_or("fewer capacities than events")?;
            tally.exact(label("capacity"), client.quota(), want);
        }
        if let Some(grants) = &expected.granted {
            let want = *grants.get(n).ok_or("fewer grants than events")?;
            tally.exact(label("granted"), granted, want);
        }
    }
    Ok(Some(()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CostInputs {
    capacity: u32,
    #[serde(alias = "error")]
    errors: OneOrMany<Event>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CostExpected {
    cost: OneOrMany<u32>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

impl<T: Copy> OneOrMany<T> {
    fn list(&self) -> Vec<T> {
        match self {
            OneOrMany::One(one) => vec![*one],
            OneOrMany::Many(many) => many.clone(),
        }
    }
}

fn costs(case: &Case, preset: &str, tally: &mut Tally) -> Tried {
    let inputs: CostInputs = case.inputs()?;
    let expected: CostExpected = case.expected()?;
    let (errors, costs) = (inputs.errors.list(), expected.cost.list());
    if errors.len() != costs.len() {
        return Err("as many costs as errors are needed".to_owned());
    }
    let params = Params {
        quota: Some(inputs.capacity),
        ..Params::default()
    };
    let policy = policy(preset, &params)?;
    for (error, want) in errors.into_iter().zip(costs) {
        let mut client = Client::new(policy.clone(), 1.0);
        client.fails(error.class(), None);
        tally.exact(case.name(), inputs.capacity - client.quota(), want);
    }
    Ok(Some(()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Operations {
    capacity: u32,
    ops: Vec<(String, u16)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Results {
    result: Vec<Option<bool>>,
    capacity_after: Vec<u32>,
}

fn quota_object(case: &Case, tally: &mut Tally) -> Tried {
    let inputs: Operations = case.inputs()?;
    let expected: Results = case.expected()?;
    let mut client = costing(inputs.capacity, 1).new_client(Time::ZERO);
    for (n, (operation, amount)) in inputs.ops.iter().enumerate() {
        let policy = costing(inputs.capacity, *amount);
        let result = match operation.as_str() {
            "acquire" => Some(took(&policy, &mut client).is_some()),
            "release" => {
                // A loop that took the amount from another client of the same policy.
                let other = costing(u32::from(*amount), *amount);
                let memory = took(&other, &mut other.new_client(Time::ZERO));
                let memory = memory.ok_or("a full quota pays its own size")?;
                policy.after_success(Some(&mut client), &memory, Time::ZERO);
                None
            }
            _ => return Err(format!("nobody knows the operation {operation}")),
        };
        let want = (
            *expected
                .result
                .get(n)
                .ok_or("fewer results than operations")?,
            expected.capacity_after.get(n).copied(),
        );
        tally.exact(case.name(), (result, client.quota_left()), want);
    }
    Ok(Some(()))
}

/// A policy each of whose retries costs the same.
fn costing(capacity: u32, cost: u16) -> RetryPolicy {
    RetryPolicy {
        budget: Budget::Quota(QuotaRules {
            capacity,
            throttling: cost,
            ..QuotaRules::STANDARD_2_0
        }),
        ..RetryPolicy::new(Strategy::None, RetryPolicy::UNLIMITED)
    }
}

/// The memory of a loop whose retry the quota paid for.
fn took(policy: &RetryPolicy, client: &mut ClientState) -> Option<Memory> {
    let mut memory = Memory::default();
    memory.sends = 1;
    let failure = Failure {
        class: Some(Class::Throttling),
        hint: None,
    };
    let mut uniform = Scripted::units(&[0.0]);
    match policy.after_failure(failure, &mut memory, Some(client), Time::ZERO, &mut uniform) {
        Verdict::Retry(_) => Some(memory),
        _ => None,
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Attempts {
    max_attempts: u32,
    attempt_1based: Vec<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Retried {
    retry: Vec<bool>,
}

fn max_attempts(case: &Case, tally: &mut Tally) -> Tried {
    let inputs: Attempts = case.inputs()?;
    let expected: Retried = case.expected()?;
    let params = Params {
        attempts: Some(inputs.max_attempts),
        ..Params::default()
    };
    for preset in ["aws-standard-2.0", "aws-standard-2.1", "aws-adaptive"] {
        let policy = policy(preset, &params)?;
        for (n, attempt) in inputs.attempt_1based.iter().enumerate() {
            let want = *expected.retry.get(n).ok_or("fewer answers than attempts")?;
            let got = sleep_after(&policy, *attempt, Class::Throttling, 0.5).is_some();
            tally.exact(format!("{} of {preset} {attempt}", case.name()), got, want);
        }
    }
    Ok(Some(()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Responses {
    responses: Vec<Response>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Response {
    status: Option<u16>,
    code: Option<String>,
    exception: Option<Exception>,
}

#[derive(Copy, Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Exception {
    ConnectionError,
    HttpClientError,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Classes {
    throttling: Option<Vec<bool>>,
    transient: Option<Vec<bool>>,
}

fn classify(case: &Case, class: Class, tally: &mut Tally) -> Tried {
    let inputs: Responses = case.inputs()?;
    let expected: Classes = case.expected()?;
    let expected = match class {
        Class::Throttling => expected.throttling,
        _ => expected.transient,
    };
    let expected = expected.ok_or("an answer for each response is needed")?;
    for (n, response) in inputs.responses.iter().enumerate() {
        let origin = match response.exception {
            Some(Exception::ConnectionError | Exception::HttpClientError) => Origin::Connection,
            None => Origin::Response,
        };
        let shape = ErrorShape {
            origin,
            status: response.status,
            code: response.code.clone(),
        };
        let got = ErrorLists::AwsStandard.classify(&shape) == Some(class);
        let want = *expected.get(n).ok_or("fewer answers than responses")?;
        tally.exact(format!("{} {shape:?}", case.name()), got, want);
    }
    Ok(Some(()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Bucket {
    max_rate: f64,
    min_rate: f64,
    created_at: f64,
    acquire_at: Vec<f64>,
    #[serde(rename = "second_wakes_at")]
    _second_wakes_at: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Granted {
    granted_at: Vec<f64>,
    capacity_after: Vec<Option<f64>>,
}

fn blocking(case: &Case, tally: &mut Tally) -> Tried {
    let inputs: Bucket = case.inputs()?;
    let expected: Granted = case.expected()?;
    if inputs.max_rate < inputs.min_rate {
        return Err("the lowest rate is a constant here".to_owned());
    }
    let mut bucket = SendBucket::new(inputs.max_rate, Some(inputs.created_at));
    for (n, at) in inputs.acquire_at.iter().enumerate() {
        let mut now = *at;
        loop {
            let wait = bucket.acquire(1.0, now);
            if wait.is_zero() {
                break;
            }
            now += wait.as_secs_f64();
        }
        let label = |what| format!("{} {n}, {what}", case.name());
        let want = *expected
            .granted_at
            .get(n)
            .ok_or("fewer grants than requests")?;
        tally.within(label("granted at"), now, want, case.tolerance().max(1e-9));
        if let Some(Some(want)) = expected.capacity_after.get(n) {
            let tolerance = case.tolerance().max(1e-8);
            tally.within(label("left"), bucket.tokens(), *want, tolerance);
        }
    }
    Ok(Some(()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Clocker {
    smoothing: f64,
    bucket_s: f64,
    start: f64,
    record_at: Vec<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Measured {
    measured: Option<Vec<f64>>,
    final_measured: Option<f64>,
}

fn clocker(case: &Case, tally: &mut Tally) -> Tried {
    let inputs: Clocker = case.inputs()?;
    let expected: Measured = case.expected()?;
    if (inputs.smoothing, inputs.bucket_s) != (0.8, 0.5) {
        return Err("smoothing and bucket are constants of the client".to_owned());
    }
    let mut meter = RateMeter::new(inputs.start);
    let mut rates = Vec::new();
    for at in &inputs.record_at {
        meter.record(*at);
        rates.push(meter.rate());
    }
    for (n, want) in expected.measured.iter().flatten().enumerate() {
        let got = *rates.get(n).ok_or("more rates than records")?;
        tally.within(format!("{} {n}", case.name()), got, *want, case.tolerance());
    }
    if let Some(want) = expected.final_measured {
        tally.within(case.name(), meter.rate(), want, case.tolerance());
    }
    Ok(Some(()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AllowedInputs {
    measured: f64,
    cubic: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Allowed {
    bucket_rate: f64,
}

fn allowed(case: &Case, tally: &mut Tally) -> Tried {
    let inputs: AllowedInputs = case.inputs()?;
    let expected: Allowed = case.expected()?;
    let got = RateLimiterState::allowed(inputs.cubic, inputs.measured);
    tally.within(case.name(), got, expected.bucket_rate, case.tolerance());
    Ok(Some(()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Headers {
    attempt_1based: u32,
    status: u16,
    rand: f64,
    header_ms: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HeaderExpected {
    delay_s: Vec<f64>,
    capacity_after_failure: Vec<u32>,
    capacity_after_success: Vec<u32>,
}

fn header(case: &Case, tally: &mut Tally) -> Tried {
    let inputs: Headers = case.inputs()?;
    let expected: HeaderExpected = case.expected()?;
    if inputs.attempt_1based != 1 {
        return Err("each header answers a first attempt".to_owned());
    }
    let policy = policy("aws-standard-2.1", &Params::default())?;
    let class = ErrorLists::AwsStandard.classify(&ErrorShape {
        origin: Origin::Response,
        status: Some(inputs.status),
        code: None,
    });
    for (n, text) in inputs.header_ms.iter().enumerate() {
        let mut client = Client::new(policy.clone(), inputs.rand);
        let verdict = client.fails(class, retry_after(text));
        let after_failure = client.quota();
        client.succeeds();
        let got = (verdict, after_failure, client.quota());
        let missing = "fewer expectations than headers";
        let want = (
            Verdict::Retry(Span::from_secs_f64(
                *expected.delay_s.get(n).ok_or(missing)?,
            )),
            *expected.capacity_after_failure.get(n).ok_or(missing)?,
            *expected.capacity_after_success.get(n).ok_or(missing)?,
        );
        tally.exact(format!("{} {text}", case.name()), got, want);
    }
    Ok(Some(()))
}
