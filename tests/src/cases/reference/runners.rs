//! Loops around whole pulls: podman, kaniko, GitLab Runner, GitHub Actions runner.

use super::scripted::{answer, sleeps, times};
use super::{Case, Reason, Tried};
use crate::cases::Tally;
use pullstorm_core::catalog::client;
use pullstorm_core::catalog::client::{Around, OuterLoop, Role};
use pullstorm_core::retry::{ErrorShape, Origin, Params, RetryPolicy};
use pullstorm_core::units::Span;
use serde::Deserialize;

pub fn check(case: &Case, tally: &mut Tally) -> Tried {
    match (case.client.as_str(), case.case.as_str()) {
        ("podman-outer-retry", "skopeo_style_exponential") => outer(case, tally),
        ("kaniko", "image_download_retry") => kaniko(case, tally),
        ("gitlab-runner-docker", "transient_pull_retry") => gitlab(case, tally),
        ("github-actions-runner", "docker_pull_retry") => github(case, tally),
        _ => return Ok(None),
    }
    .map(Some)
}

/// The client's loop around pulls.
fn policy(name: &str) -> Result<RetryPolicy, Reason> {
    let loops: &[OuterLoop] = match &client(name).ok_or("no such client")?.role {
        Role::Engine(engine) => &engine.loops,
        Role::Wrapper(wrapper) => &wrapper.loops,
        Role::Helper(_) => &[],
    };
    let pull = loops.iter().find(|one| one.around == Around::Pull);
    Ok(pull.ok_or("no loop")?.policy.policy.clone())
}

fn with(policy: &RetryPolicy, params: &Params) -> Result<RetryPolicy, Reason> {
    policy.with(params).map_err(|error| format!("{error:?}"))
}

fn compare(case: &Case, tally: &mut Tally, got: &[Span], want: &[f64]) {
    tally.exact(format!("{} sleeps", case.name()), got.len(), want.len());
    for (n, (got, want)) in got.iter().zip(want).enumerate() {
        let label = format!("{} sleep {n}", case.name());
        tally.within(label, got.as_secs_f64(), *want, case.tolerance());
    }
}

/// containers/common without a fixed delay: the loop of podman with its delay doubled.
fn outer(case: &Case, tally: &mut Tally) -> Result<(), Reason> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inputs {
        max_retry: u32,
        delay_s: u64,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Expected {
        base_sleep_s: Vec<f64>,
        #[serde(rename = "jitter")]
        _jitter: String,
    }
    let (inputs, expected): (Inputs, Expected) = (case.inputs()?, case.expected()?);
    if inputs.delay_s != 0 {
        return Err("a fixed delay is another case".to_owned());
    }
    let params = Params {
        attempts: Some(inputs.max_retry + 1),
        cap: Some(Span::from_secs(3_600)),
        multiplier: Some(2.0),
        ..Params::default()
    };
    let policy = with(&policy("podman-2026")?, &params)?;
    let errors = times(&answer(429), expected.base_sleep_s.len() + 1);
    compare(
        case,
        tally,
        &sleeps(&policy, &errors, &[0.0]),
        &expected.base_sleep_s,
    );
    // "each + uniform [0, 10 %)", at its upper end.
    let longest: Vec<f64> = expected.base_sleep_s.iter().map(|s| s * 1.1).collect();
    compare(case, tally, &sleeps(&policy, &errors, &[1.0]), &longest);
    Ok(())
}

fn kaniko(case: &Case, tally: &mut Tally) -> Result<(), Reason> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inputs {
        retry_count: u32,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Expected {
        sleep_s: Vec<f64>,
    }
    let (inputs, expected): (Inputs, Expected) = (case.inputs()?, case.expected()?);
    let kaniko = policy("kaniko")?;
    tally.exact(format!("{} off", case.name()), kaniko.attempts_max, 1);
    let params = Params {
        attempts: Some(inputs.retry_count + 1),
        ..Params::default()
    };
    let errors = times(&answer(404), expected.sleep_s.len() + 1);
    let slept = sleeps(&with(&kaniko, &params)?, &errors, &[0.9]);
    compare(case, tally, &slept, &expected.sleep_s);
    Ok(())
}

fn gitlab(case: &Case, tally: &mut Tally) -> Result<(), Reason> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inputs {
        max_attempts: u32,
        rand: Vec<f64>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Expected {
        sleep_s: Vec<f64>,
    }
    let (inputs, expected): (Inputs, Expected) = (case.inputs()?, case.expected()?);
    let runner = policy("gitlab-runner")?;
    let attempts = format!("{} attempts", case.name());
    tally.exact(attempts, runner.attempts_max, inputs.max_attempts);
    let lost = ErrorShape {
        origin: Origin::Connection,
        status: None,
        code: None,
    };
    // The exact first sleep draws nothing.
    let units = inputs.rand.get(1..).unwrap_or(&[]);
    let slept = sleeps(&runner, &times(&lost, 3), units);
    compare(case, tally, &slept, &expected.sleep_s);
    let throttled = sleeps(&runner, &times(&answer(429), 3), &[0.5]);
    tally.exact(format!("{} after 429", case.name()), throttled.len(), 0);
    Ok(())
}

fn github(case: &Case, tally: &mut Tally) -> Result<(), Reason> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inputs {
        failures: usize,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Expected {
        attempts: u32,
        sleeps: usize,
        sleep_ms_min: u64,
        sleep_ms_max_exclusive: u64,
    }
    let (inputs, expected): (Inputs, Expected) = (case.inputs()?, case.expected()?);
    let runner = policy("github-actions-runner")?;
    let name = case.name();
    tally.exact(
        format!("{name} attempts"),
        runner.attempts_max,
        expected.attempts,
    );
    for (unit, want) in [
        (0.0, expected.sleep_ms_min),
        (1.0 - f64::EPSILON, expected.sleep_ms_max_exclusive - 1),
    ] {
        let slept = sleeps(&runner, &times(&answer(404), inputs.failures), &[unit]);
        tally.exact(format!("{name} sleeps"), slept.len(), expected.sleeps);
        for sleep in slept {
            tally.exact(format!("{name} {unit}"), sleep, Span::from_millis(want));
        }
    }
    Ok(())
}
