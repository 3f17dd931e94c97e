//! The Amazon ECS agent and the ECR credential helper.

use super::scripted::{answer, sleeps, times};
use super::{Case, Reason, Tried};
use crate::cases::Tally;
use pullstorm_core::catalog::client;
use pullstorm_core::catalog::client::{Refresh, Role};
use pullstorm_core::retry::{Params, RetryPolicy};
use pullstorm_core::units::Span;
use serde::Deserialize;

pub fn check(case: &Case, tally: &mut Tally) -> Tried {
    match (case.client.as_str(), case.case.as_str()) {
        ("ecs-agent", "exponential_backoff") => exponential(case, tally),
        ("ecs-agent", "add_jitter") => jitter(case, tally),
        ("ecs-agent", "image_pull_sleeps_first_pull_after_agent_start") => pull(case, tally),
        ("ecs-agent", "ecr_token_refresh_window") => window(case, tally),
        (
            "amazon-ecr-credential-helper",
            "valid.new_entry"
            | "valid.just_before_half_life"
            | "valid.at_half_life"
            | "valid.old_entry",
        ) => valid(case, tally),
        _ => return Ok(None),
    }
    .map(Some)
}

/// The agent's loop around pulls.
fn agent() -> Result<RetryPolicy, Reason> {
    let agent = client("ecs-agent").and_then(|client| client.wrapper());
    let loops = &agent.ok_or("no agent")?.loops;
    let pull = loops.iter().find(|one| one.name == "pull");
    Ok(pull.ok_or("no loop")?.policy.policy.clone())
}

fn refresh(name: &str) -> Result<Refresh, Reason> {
    match &client(name).ok_or("no such client")?.role {
        Role::Helper(helper) => Ok(helper.refresh),
        Role::Wrapper(wrapper) => {
            let credentials = wrapper.credentials.as_ref();
            Ok(credentials.ok_or("it keeps no token")?.refresh)
        }
        Role::Engine(_) => Err("an engine keeps no token".to_owned()),
    }
}

fn compare(case: &Case, tally: &mut Tally, got: &[Span], want: &[f64]) {
    tally.exact(format!("{} sleeps", case.name()), got.len(), want.len());
    for (n, (got, want)) in got.iter().zip(want).enumerate() {
        let label = format!("{} sleep {n}", case.name());
        tally.within(label, got.as_secs_f64(), *want, case.tolerance());
    }
}

fn exponential(case: &Case, tally: &mut Tally) -> Result<(), Reason> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inputs {
        min_s: f64,
        max_s: f64,
        jitter_multiple: f64,
        multiple: f64,
        calls: usize,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Expected {
        delay_s: Vec<f64>,
        after_reset: Vec<f64>,
    }
    let (inputs, expected): (Inputs, Expected) = (case.inputs()?, case.expected()?);
    let params = Params {
        attempts: Some(RetryPolicy::UNLIMITED),
        base: Some(Span::from_secs_f64(inputs.min_s)),
        cap: Some(Span::from_secs_f64(inputs.max_s)),
        multiplier: Some(inputs.multiple),
        jitter: Some(inputs.jitter_multiple),
        ..Params::default()
    };
    let policy = agent()?
        .with(&params)
        .map_err(|error| format!("{error:?}"))?;
    for want in [&expected.delay_s, &expected.after_reset] {
        let slept = sleeps(&policy, &times(&answer(429), inputs.calls), &[0.9]);
        compare(case, tally, &slept, want);
    }
    Ok(())
}

fn jitter(case: &Case, tally: &mut Tally) -> Result<(), Reason> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inputs {
        duration_s: f64,
        jitter_s: f64,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Expected {
        min_s: f64,
        max_s: f64,
    }
    let (inputs, expected): (Inputs, Expected) = (case.inputs()?, case.expected()?);
    let sleep = Span::from_secs_f64(inputs.duration_s);
    let params = Params {
        base: Some(sleep),
        cap: Some(sleep),
        jitter: Some(inputs.jitter_s / inputs.duration_s),
        ..Params::default()
    };
    let policy = agent()?
        .with(&params)
        .map_err(|error| format!("{error:?}"))?;
    for (unit, want) in [(0.0, expected.min_s), (1.0, expected.max_s)] {
        let slept = sleeps(&policy, &times(&answer(429), 1), &[unit]);
        compare(case, tally, &slept, &[want]);
    }
    Ok(())
}

fn pull(case: &Case, tally: &mut Tally) -> Result<(), Reason> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inputs {
        attempts: usize,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Expected {
        base_sleep_s: Vec<f64>,
        #[serde(rename = "jitter")]
        _jitter: String,
    }
    let (inputs, expected): (Inputs, Expected) = (case.inputs()?, case.expected()?);
    let policy = agent()?;
    let errors = times(&answer(429), inputs.attempts);
    compare(
        case,
        tally,
        &sleeps(&policy, &errors, &[0.0]),
        &expected.base_sleep_s,
    );
    // "each + uniform [0, 20 %)", at its upper end.
    let longest: Vec<f64> = expected.base_sleep_s.iter().map(|s| s * 1.2).collect();
    compare(case, tally, &sleeps(&policy, &errors, &[1.0]), &longest);
    Ok(())
}

fn window(case: &Case, tally: &mut Tally) -> Result<(), Reason> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inputs {
        expires_in_h: f64,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Expected {
        refreshed_no_later_than_h: f64,
        refreshed_no_earlier_than_h: f64,
    }
    let (inputs, expected): (Inputs, Expected) = (case.inputs()?, case.expected()?);
    let refresh = refresh("ecs-agent")?;
    let life = hours(inputs.expires_in_h);
    let instant = Span::from_secs(1);
    for (unit, edge) in [
        (0.0, hours(expected.refreshed_no_later_than_h)),
        (1.0, hours(expected.refreshed_no_earlier_than_h)),
    ] {
        let name = case.name();
        let before = refresh.still_used(edge - instant, life, unit);
        tally.exact(format!("{name} used before"), before, true);
        let at = refresh.still_used(edge, life, unit);
        tally.exact(format!("{name} used no more"), at, false);
    }
    Ok(())
}

fn valid(case: &Case, tally: &mut Tally) -> Result<(), Reason> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inputs {
        requested_at_h: Option<f64>,
        expires_at_h: Option<f64>,
        now_h: Option<f64>,
        requested_at_s: Option<f64>,
        expires_at_s: Option<f64>,
        now_s: Option<f64>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Expected {
        valid: bool,
    }
    let (inputs, expected): (Inputs, Expected) = (case.inputs()?, case.expected()?);
    let at = |hours: Option<f64>, seconds: Option<f64>| {
        let seconds = seconds.or(hours.map(|hours| hours * 3_600.0));
        seconds.ok_or("a time is missing")
    };
    let requested = at(inputs.requested_at_h, inputs.requested_at_s)?;
    let expires = at(inputs.expires_at_h, inputs.expires_at_s)?;
    let now = at(inputs.now_h, inputs.now_s)?;
    let age = Span::from_secs_f64(now - requested);
    let life = Span::from_secs_f64(expires - requested);
    let used = refresh("amazon-ecr-credential-helper")?.still_used(age, life, 0.0);
    tally.exact(case.name(), used, expected.valid);
    Ok(())
}

fn hours(hours: f64) -> Span {
    Span::from_secs_f64(hours * 3_600.0)
}
