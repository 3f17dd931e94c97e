//! The arithmetic of the fleet incidents, from whole scenarios: what a Swarm asks a minute when its
//! tasks are rejected and restarted, and what the rounding of an ECS deployment lets start.

use super::Tally;
use super::seed_arithmetic::World;
use crate::parallel;
use serde::Deserialize;

/// Requests with which a task that Swarm restarts checks an image named by tag: ping, token, HEAD.
const REQUESTS: f64 = 3.0;

/// What the arithmetic of the Swarm incident says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Swarm {
    target_requests_per_min: f64,
    allowed_per_min: [f64; 2],
    rows: Vec<SwarmRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SwarmRow {
    services: u32,
    tasks_failing_per_service: u32,
    retry_period_s: u32,
    pull_attempts_per_min: f64,
    requests_per_attempt_needed_exact: f64,
    requests_per_attempt_needed_integer: u32,
    resulting_requests_per_min: f64,
    overload_vs_2500: f64,
    overload_vs_2000: f64,
    largest_integer_requests_per_attempt_within_2000: u32,
    within_2500: u32,
}

/// Holds the rows of the Swarm incident to a swarm of the model whose tasks are rejected.
pub(super) fn swarm(figures: &Swarm) -> Result<Tally, String> {
    let mut tally = Tally::new();
    for found in parallel::map(&figures.rows, |row| restarts(figures, row)) {
        tally.absorb(found?);
    }
    Ok(tally)
}

fn restarts(figures: &Swarm, row: &SwarmRow) -> Result<Tally, String> {
    let SwarmRow {
        services,
        tasks_failing_per_service: tasks,
        retry_period_s: period,
        ..
    } = *row;
    let asked = |until: u32| -> Result<f64, String> {
        let world = World::of(&format!(
            "pullstorm: 1
name: restarts
horizon: 10min
services:
  hub: {{limiters: {{all: {{bucket: {{burst: 1000000, refill: 1000/s}}}}}}}}
images: {{app: {{registry: hub, layers: 1, size: 1MB}}}}
workloads:
  broken:
    kind: swarm-service
    services: {services}
    replicas: {tasks}
    nodes: 4
    fails: at-prepare
    schedule: 0s
    restart: {{delay: {period}s}}
    until: {until}min
    pull: {{client: swarm-executor, images: app, auth: token, cached: everything}}
"
        ))?;
        Ok(world.count(&world.run(0), "limiters.hub.all.offered") as f64)
    };
    // The arithmetic knows neither how the loop begins nor how it ends: the difference leaves out both.
    let asked = (asked(6)? - asked(1)?) / 5.0;
    let attempts = asked / REQUESTS;
    let of = format!("{services} services of {tasks}, every {period} s");
    let mut tally = Tally::new();
    tally.exact(
        format!("{of}: starts a minute"),
        attempts,
        row.pull_attempts_per_min,
    );
    let needed = figures.target_requests_per_min / attempts;
    let whole = needed.ceil() as u32;
    let resulting = attempts * f64::from(whole);
    let [low, high] = figures.allowed_per_min;
    let rounded = |value: f64| (value * 1e6).round() / 1e6;
    tally.exact(
        format!("{of}: requests a start that make it the incident"),
        (rounded(needed), whole, resulting),
        (
            row.requests_per_attempt_needed_exact,
            row.requests_per_attempt_needed_integer,
            row.resulting_requests_per_min,
        ),
    );
    tally.exact(
        format!("{of}: times what is allowed"),
        (
            (resulting / high * 1e4).round(),
            (resulting / low * 1e4).round(),
        ),
        (
            (row.overload_vs_2500 * 1e4).round(),
            (row.overload_vs_2000 * 1e4).round(),
        ),
    );
    tally.exact(
        format!("{of}: requests a start that would be allowed"),
        ((low / attempts) as u32, (high / attempts) as u32),
        (
            row.largest_integer_requests_per_attempt_within_2000,
            row.within_2500,
        ),
    );
    Ok(tally)
}

/// What the arithmetic of ECS deployments says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EcsRow {
    desired: u32,
    #[serde(rename = "minimumHealthyPercent")]
    minimum: u32,
    #[serde(rename = "maximumPercent")]
    maximum: u32,
    upper_limit: u32,
    lower_limit: u32,
    new_tasks_before_any_old_stops: u32,
    max_new_tasks_in_flight: u32,
    rounds_if_none_stopped_first: u32,
    registry_calls_per_task: u32,
    calls_first_wave: u64,
    calls_whole_deployment: u64,
}

/// Holds the rows of ECS deployments to deployments of the model.
pub(super) fn ecs(rows: &[EcsRow]) -> Result<Tally, String> {
    let mut tally = Tally::new();
    for found in parallel::map(rows, deployments) {
        tally.absorb(found?);
    }
    Ok(tally)
}

fn deployments(row: &EcsRow) -> Result<Tally, String> {
    let calls = |world: &World| world.count(&world.run(0), "limiters.hub.calls.offered");
    let each = u64::from(row.registry_calls_per_task);
    let of = format!(
        "{} tasks, {}/{} %, {each} calls each",
        row.desired, row.minimum, row.maximum
    );
    let mut tally = Tally::new();
    // Nothing gets healthy, and old tasks take longer to stop than one looks.
    let first = calls(&deployment(
        row,
        row.minimum,
        "healthy_after: 2h, drain: 2h",
    )?);
    tally.exact(
        format!("{of}: before any old one has stopped, and up to the upper limit"),
        (first, first / each, u64::from(row.desired) + first / each),
        (
            row.calls_first_wave,
            u64::from(row.new_tasks_before_any_old_stops),
            u64::from(row.upper_limit),
        ),
    );
    // Old ones stop at once, down to the lower limit, and no further.
    let world = deployment(row, row.minimum, "healthy_after: 2h, drain: 0s")?;
    let in_flight = calls(&world) / each;
    let lowest = world.count(&world.run(0), "web.running.lowest");
    tally.exact(
        format!("{of}: at most under way, and the lower limit"),
        (in_flight, lowest),
        (
            u64::from(row.max_new_tasks_in_flight),
            u64::from(row.lower_limit),
        ),
    );
    let whole = deployment(row, 100, "healthy_after: 1min, drain: 0s")?;
    let rounds = whole.seconds(&whole.run(0), "web.finished_after") / 60.0;
    tally.exact(
        format!("{of}: the whole deployment, and rounds if none stops first"),
        (calls(&whole), rounds as u32),
        (row.calls_whole_deployment, row.rounds_if_none_stopped_first),
    );
    Ok(tally)
}

/// A deployment whose tasks make as many counted calls as the row says: the look-up of a tag, or
/// manifest, config and layers of an image that is not there.
fn deployment(row: &EcsRow, minimum: u32, settings: &str) -> Result<World, String> {
    let (counted, layers) = match row.registry_calls_per_task {
        1 => ("resolve", 1),
        calls => ("manifest, config, layer", calls.saturating_sub(2)),
    };
    World::of(&format!(
        "pullstorm: 1
name: deployment
horizon: 1h
services:
  hub:
    limiters: {{calls: {{bucket: {{burst: 1000000, refill: 1000/s}}, operations: [{counted}]}}}}
images: {{app: {{registry: hub, layers: {layers}, size: 1MB}}}}
workloads:
  web:
    kind: ecs-deployment
    desired: {desired}
    minimum_healthy_percent: {minimum}
    maximum_percent: {maximum}
    provision: 0s
    start: 0s
    launch_every: 0s
    version_consistency: false
    until: 1h
    {settings}
    pull: {{client: fargate, images: app, auth: none}}
",
        desired = row.desired,
        maximum = row.maximum,
        settings = settings.replace(", ", "\n    "),
    ))
}
