//! Container engines: moby, containers/image, containerd, go-containerregistry.

use super::scripted::{answer, sleeps, times};
use super::{Case, Reason, Tried};
use crate::cases::Tally;
use pullstorm_core::catalog::client::{ClassRule, OnFailure};
use pullstorm_core::catalog::{Action, RequestClass, client};
use pullstorm_core::retry::{Params, RetryPolicy};
use pullstorm_core::units::Span;
use serde::Deserialize;

pub fn check(case: &Case, tally: &mut Tally) -> Tried {
    match (case.client.as_str(), case.case.as_str()) {
        ("moby-graphdriver-pull", "max_download_attempts") => max_download_attempts(case, tally),
        ("moby-graphdriver-pull", "layer_retry_sleeps") => layer_retry_sleeps(case, tally),
        ("moby-graphdriver-pull", "tag_lookup_on_429_costs_two_requests") => tag(case, tally),
        ("containers-image", "429_without_header" | "429_retry_after_above_cap") => {
            image(case, tally)
        }
        ("containerd-resolver", "429_forever" | "same_5xx_twice" | "5xx_on_mirror") => {
            resolver(case, tally)
        }
        ("go-containerregistry", "default_retry") => ggcr(case, tally),
        _ => return Ok(None),
    }
    .map(Some)
}

/// The rule of a client for a class of a pull.
fn rule(name: &str, class: RequestClass) -> Result<&'static ClassRule, Reason> {
    let engine = client(name).and_then(|client| client.engine());
    let engine = engine.ok_or_else(|| format!("no engine {name}"))?;
    Ok(engine.rule(Action::Pull, class))
}

/// The loop of a rule of this name.
fn policy(rule: &ClassRule, name: &str) -> Result<RetryPolicy, Reason> {
    let found = rule.loops.iter().find(|one| one.name == name);
    Ok(found
        .ok_or_else(|| format!("no loop {name}"))?
        .policy
        .clone())
}

fn in_seconds(case: &Case, tally: &mut Tally, got: &[Span], want: &[f64]) {
    tally.exact(format!("{} sleeps", case.name()), got.len(), want.len());
    for (n, (got, want)) in got.iter().zip(want).enumerate() {
        let label = format!("{} sleep {n}", case.name());
        tally.within(label, got.as_secs_f64(), *want, case.tolerance());
    }
}

fn max_download_attempts(case: &Case, tally: &mut Tally) -> Result<(), Reason> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Download {
        max: u32,
        failures: usize,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inputs {
        cases: Vec<Download>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Expected {
        success: Vec<bool>,
    }
    let (inputs, expected): (Inputs, Expected) = (case.inputs()?, case.expected()?);
    let layer = policy(rule("docker-classic", RequestClass::Layer)?, "layer")?;
    for (n, download) in inputs.cases.iter().enumerate() {
        let params = Params {
            attempts: Some(download.max),
            ..Params::default()
        };
        let layer = layer.with(&params).map_err(|error| format!("{error:?}"))?;
        let slept = sleeps(&layer, &times(&answer(500), download.failures), &[0.0]);
        // A download that is tried again after its last failure succeeds.
        let success = slept.len() == download.failures;
        let want = *expected.success.get(n).ok_or("fewer answers than cases")?;
        tally.exact(format!("{} {n}", case.name()), success, want);
    }
    Ok(())
}

fn layer_retry_sleeps(case: &Case, tally: &mut Tally) -> Result<(), Reason> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inputs {
        max_attempts: u32,
        failures: usize,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Expected {
        sleep_s: Vec<f64>,
    }
    let (inputs, expected): (Inputs, Expected) = (case.inputs()?, case.expected()?);
    let layer = policy(rule("docker-classic", RequestClass::Layer)?, "layer")?;
    let attempts = format!("{} attempts", case.name());
    tally.exact(attempts, layer.attempts_max, inputs.max_attempts);
    let slept = sleeps(&layer, &times(&answer(500), inputs.failures), &[0.0]);
    in_seconds(case, tally, &slept, &expected.sleep_s);
    Ok(())
}

fn tag(case: &Case, tally: &mut Tally) -> Result<(), Reason> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inputs {
        head_status: u16,
        get_status: u16,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Expected {
        requests: Vec<String>,
        retries: u32,
        pull_fails: bool,
    }
    let (inputs, expected): (Inputs, Expected) = (case.inputs()?, case.expected()?);
    let head = rule("docker-classic", RequestClass::Resolve)?;
    let get = rule("docker-classic", RequestClass::Manifest)?;
    let name = case.name();
    let sent = head.attempts(&answer(inputs.head_status), true)
        + get.attempts(&answer(inputs.get_status), true);
    let requests = u32::try_from(expected.requests.len()).map_err(|error| error.to_string())?;
    tally.exact(format!("{name} requests"), sent, requests);
    tally.exact(format!("{name} retries"), sent - 2, expected.retries);
    let falls_back = head.on_failure == OnFailure::FallBack(RequestClass::Manifest);
    tally.exact(format!("{name} asks with GET"), falls_back, true);
    let fails = get.on_failure == OnFailure::Fail;
    tally.exact(format!("{name} fails"), fails, expected.pull_fails);
    Ok(())
}

fn image(case: &Case, tally: &mut Tally) -> Result<(), Reason> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inputs {
        responses: Vec<u16>,
        #[serde(default)]
        retry_after_s: Vec<Option<u64>>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Expected {
        sleep_s: Vec<f64>,
        requests: Option<usize>,
    }
    let (inputs, expected): (Inputs, Expected) = (case.inputs()?, case.expected()?);
    for name in ["podman-4", "podman-2026", "skopeo-2026", "cri-o"] {
        let request = policy(rule(name, RequestClass::Manifest)?, "request")?;
        let numbered = inputs.responses.iter().enumerate();
        let errors: Vec<_> = numbered
            .map(|(n, status)| {
                let hint = inputs.retry_after_s.get(n).copied().flatten();
                (answer(*status), hint.map(Span::from_secs))
            })
            .collect();
        let slept = sleeps(&request, &errors, &[0.9]);
        in_seconds(case, tally, &slept, &expected.sleep_s);
        if let Some(requests) = expected.requests {
            tally.exact(
                format!("{} requests", case.name()),
                slept.len() + 1,
                requests,
            );
        }
    }
    Ok(())
}

fn resolver(case: &Case, tally: &mut Tally) -> Result<(), Reason> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inputs {
        status: Vec<u16>,
        last_host: Option<bool>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Expected {
        requests: u32,
        sleep_s: Option<Vec<f64>>,
    }
    let (inputs, expected): (Inputs, Expected) = (case.inputs()?, case.expected()?);
    let status = *inputs.status.first().ok_or("no status")?;
    if inputs.status.iter().any(|other| *other != status) {
        return Err("statuses differ: only the same one over and over is modelled".to_owned());
    }
    for name in ["containerd-2.4", "docker-containerd"] {
        let rule = rule(name, RequestClass::Resolve)?;
        let sent = rule.attempts(&answer(status), inputs.last_host.unwrap_or(true));
        let label = format!("{} requests of {name}", case.name());
        tally.exact(label, sent, expected.requests);
        if let Some(want) = &expected.sleep_s {
            let retrying = rule
                .loops
                .iter()
                .find(|one| one.policy.classify(&answer(status)).is_some());
            let policy = &retrying.ok_or("nothing retries it")?.policy;
            let slept = sleeps(policy, &times(&answer(status), inputs.status.len()), &[0.9]);
            in_seconds(case, tally, &slept, want);
        }
    }
    Ok(())
}

fn ggcr(case: &Case, tally: &mut Tally) -> Result<(), Reason> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inputs {
        status: Vec<u16>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Expected {
        requests: usize,
        base_sleep_s: Vec<f64>,
        #[serde(rename = "jitter")]
        _jitter: String,
    }
    let (inputs, expected): (Inputs, Expected) = (case.inputs()?, case.expected()?);
    let request = policy(rule("crane-2026-05", RequestClass::Manifest)?, "request")?;
    let errors: Vec<_> = inputs.status.iter().map(|s| (answer(*s), None)).collect();
    let shortest = sleeps(&request, &errors, &[0.0]);
    let requests = format!("{} requests", case.name());
    tally.exact(requests, shortest.len() + 1, expected.requests);
    in_seconds(case, tally, &shortest, &expected.base_sleep_s);
    // "each + uniform [0, 10 %)", at its upper end.
    let longest: Vec<f64> = expected.base_sleep_s.iter().map(|s| s * 1.1).collect();
    let slept = sleeps(&request, &errors, &[1.0]);
    in_seconds(case, tally, &slept, &longest);
    let before = rule("crane-before-2026-05", RequestClass::Manifest)?;
    let once = format!("{} once before May 2026", case.name());
    tally.exact(once, before.attempts(&answer(429), true), 1);
    Ok(())
}
