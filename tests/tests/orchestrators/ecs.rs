//! Deployments of Amazon ECS: how many tasks start at once, what holds them back, and what ends them.

use super::{REGISTRY, run};
use pullstorm_tests::incident::Runs;

/// A hundred tasks that wait for no other.
fn ecs(settings: &str) -> Runs {
    run(&format!(
        "{REGISTRY}
workloads:
  web:
    kind: ecs-deployment
    desired: 100
    launch_every: 0s
    version_consistency: false
    provision: 1s
    start: 9s
    pull: {{client: ecs-agent, images: app, auth: none}}
{settings}"
    ))
}

#[test]
fn maximum_percent_decides_how_many_start_at_once() {
    let highest = |settings: &str| ecs(settings).mean("web.running.highest");
    let lowest = |settings: &str| ecs(settings).mean("web.running.lowest");
    let stays_up = "    minimum_healthy_percent: 100\n";
    assert_eq!(lowest(stays_up), 100.0);
    assert_eq!(
        highest("    maximum_percent: 125\n"),
        101.0,
        "each healthy one spares an old one"
    );
    // 75/125 stops 25 old tasks at once, so that 50 new ones are under way, not 25.
    let both = "    minimum_healthy_percent: 75\n    maximum_percent: 125\n";
    assert_eq!(lowest(both), 75.0);
    let seconds = |settings: &str| ecs(settings).mean("web.finished_after").round();
    assert_eq!(seconds("    maximum_percent: 200\n"), 10.0);
    assert_eq!(seconds("    maximum_percent: 125\n"), 40.0);
    assert_eq!(seconds(both), 20.0);
}

#[test]
fn the_circuit_breaker_stops_a_deployment_that_cannot_pull() {
    let closed = REGISTRY.replace(
        "burst: 1000000, refill: 1/h}}",
        "burst: 1, refill: 1/d}, initial: empty}",
    );
    let deployment = |settings: &str| {
        run(&format!(
            "{closed}
workloads:
  web:
    kind: ecs-deployment
    desired: 20
    version_consistency: false
    until: 2h
    pull: {{client: ecs-agent, images: app, auth: none, behaviour: always}}
{settings}"
        ))
    };
    let endless = deployment("");
    let stopped = deployment("    breaker: {rollback: true}\n");
    assert_eq!(endless.mean("web.tasks.failed"), 20.0);
    assert_eq!(stopped.mean("web.tasks.failed"), 20.0);
    // Half of 20 failures trip it; without it each task goes on for two hours.
    let tries = |runs: &Runs| runs.mean("web.loops.orchestrator.passes");
    assert!(tries(&stopped) <= 20.0, "{} launches", tries(&stopped));
    assert!(
        tries(&endless) > 2.0 * tries(&stopped),
        "{} launches",
        tries(&endless)
    );
    // Nothing old was stopped, for nothing new became healthy.
    assert_eq!(stopped.mean("web.running.lowest"), 20.0);
}

#[test]
fn a_refused_task_of_ecs_costs_nine_look_ups_and_five_pulls() {
    let closed = REGISTRY.replace(
        "burst: 1000000, refill: 1/h}}",
        "burst: 1, refill: 1/d}, initial: empty}",
    );
    let runs = run(&format!(
        "{closed}
workloads:
  web:
    kind: ecs-deployment
    desired: 1
    breaker: {{threshold: {{count: 1}}}}
    pull: {{client: ecs-agent, images: app, auth: none}}
"
    ));
    // Each look-up and each pull: ping, HEAD and the GET after it.
    assert_eq!(runs.mean("limiters.hub.all.offered"), 14.0 * 3.0);
}

#[test]
fn tasks_that_fail_their_health_check_trip_the_breaker_and_throttle_nobody() {
    let sick = |settings: &str| ecs(&format!("    unhealthy_after: 20s\n{settings}"));
    // Launched at once, each runs after 10 s and fails 20 s later: 50 failures are half of 100.
    let stopped = sick("    breaker: {rollback: true}\n");
    assert_eq!(stopped.mean("web.tasks.failed"), 100.0);
    assert_eq!(stopped.mean("web.running.lowest"), 100.0);
    assert_eq!(stopped.mean("limiters.hub.all.offered"), 100.0 * PULL);
    // Five in all are more than three of `COUNT`, but fewer than half.
    let small = |breaker: &str| {
        let settings = format!("    breaker: {breaker}\n    repaired: 25s\n");
        sick(&settings).mean("web.tasks.failed")
    };
    assert_eq!(small("{threshold: {count: 101}}"), 0.0);
    assert_eq!(small("{threshold: {count: 100}}"), 100.0);
    // Without a breaker each is launched every 30 s for an hour: no back-off, for they ran.
    let endless = sick("    until: 1h\n");
    assert_eq!(endless.mean("web.loops.health.passes"), 100.0 * 119.0);
    // The orchestrator launched each of them once, and then again and again: all of that is its loop.
    assert_eq!(endless.mean("web.loops.orchestrator.passes"), 100.0 * 120.0);
    assert_eq!(
        endless.mean("web.loops.orchestrator.retries"),
        100.0 * 119.0
    );
    assert_eq!(endless.mean("web.loops.orchestrator.amplification"), 120.0);
    let repaired = sick("    until: 1h\n    repaired: 10min\n");
    assert_eq!(repaired.mean("web.tasks.failed"), 0.0);
    assert!(repaired.mean("web.finished_after") < 640.0);
}

/// Requests of a task of three layers whose instance has nothing: the agent's look-up (ping, HEAD,
/// manifest, config), then ping, HEAD, manifest, config and layers.
const PULL: f64 = 11.0;

#[test]
fn an_execution_role_has_a_token_for_each_task_and_an_instance_has_one_for_all() {
    let logins = |settings: &str| {
        let runs = run(&format!(
            "
services: {{ecr: {{preset: aws-ecr}}}}
images: {{app: {{registry: ecr, layers: 3}}, sidecar: {{registry: ecr, layers: 1}}}}
workloads:
  web:
    kind: ecs-deployment
    desired: 20
    hosts: 4
    launch_every: 10s
    pull: {{client: ecs-agent, images: [app, sidecar]}}
{settings}"
        ));
        runs.mean("limiters.ecr.GetAuthorizationToken.offered")
    };
    assert_eq!(logins(""), 4.0);
    assert_eq!(
        logins("    execution_role: true\n"),
        20.0,
        "both containers of a task use its token"
    );
}

#[test]
fn fargate_launches_a_hundred_tasks_and_then_twenty_a_second() {
    let finished = |fargate: &str| {
        let services = format!("services:\n  fargate: {{preset: {fargate}}}");
        let world = REGISTRY.replace("services:", &services);
        let runs = run(&format!(
            "{world}
workloads:
  web:
    kind: ecs-deployment
    desired: 300
    launch_every: 0s
    launches: fargate
    pull: {{client: fargate, images: app, auth: none}}
"
        ));
        assert_eq!(runs.mean("web.tasks.failed"), 0.0);
        runs.mean("web.finished_after").round()
    };
    assert_eq!(finished("aws-fargate"), 10.0);
    // 25 and then 5 a second.
    assert_eq!(finished("aws-fargate-small-region"), 55.0);
}

#[test]
fn a_service_launches_500_tasks_a_minute() {
    let launched = |settings: &str| {
        let runs = run(&format!(
            "{REGISTRY}
workloads:
  web:
    kind: ecs-deployment
    desired: 1000
    pull: {{client: ecs-agent, images: app, auth: none, behaviour: prefer-cached, cached: everything}}
{settings}"
        ));
        (
            runs.mean("web.tasks.start_delay.mean"),
            runs.mean("web.finished_after"),
        )
    };
    let (mean, last) = launched("");
    assert!((55.0..65.0).contains(&mean), "{mean} s");
    assert!((115.0..=120.0).contains(&last), "{last} s");
    // A service more has a rate of its own.
    let (mean, last) = launched("    services: 2\n");
    assert!((55.0..65.0).contains(&mean), "{mean} s");
    assert!((115.0..=120.0).contains(&last), "{last} s");
    assert_eq!(launched("    launch_every: 0s\n"), (0.0, 0.0));
}

/// The registry, refusing everybody.
fn closed() -> String {
    REGISTRY.replace(
        "burst: 1000000, refill: 1/h}}",
        "burst: 1, refill: 1/d}, initial: empty}",
    )
}

#[test]
fn a_service_that_cannot_start_waits_27_minutes_at_last() {
    let launches = |settings: &str| {
        let runs = run(&format!(
            "{}
workloads:
  web:
    kind: ecs-deployment
    desired: 1
    launch_every: 0s
    until: 6h
    pull: {{client: fargate, images: app, auth: none}}
{settings}",
            closed()
        ));
        runs.mean("web.loops.orchestrator.passes")
    };
    // At 0, 10, 30, 70, 150, 310, 630, 1,270 and 2,550 s, then every 27 min: 11 more in 6 h.
    assert_eq!(launches(""), 20.0);
    // Doubling on, at 5,110, 10,230 and 20,470 s.
    assert_eq!(launches("    throttle_cap: 6h\n"), 12.0);
}

#[test]
fn pulls_of_a_host_share_the_back_off_of_its_agent() {
    // Of one agent's two tasks each sleeps as long as all failures before it, of both, demand.
    let asleep = |hosts: u32| {
        let runs = run(&format!(
            "{}
workloads:
  web:
    kind: ecs-deployment
    desired: 2
    hosts: {hosts}
    version_consistency: false
    breaker: {{threshold: {{count: 2}}}}
    pull: {{client: ecs-agent, images: app, auth: none}}
",
            closed()
        ));
        assert_eq!(runs.mean("web.tasks.failed"), 2.0);
        runs.mean("web.loops.pull.asleep")
    };
    // 1.1, 2.2, 4.4 and 5 s, each up to a fifth more, of either task.
    let apart = asleep(2);
    assert!((25.4..30.5).contains(&apart), "{apart} s");
    // 1.1, 2.2 and 4.4 s once, and five times 5 s.
    let together = asleep(1);
    assert!((32.7..39.3).contains(&together), "{together} s");
}

/// What the tasks that a rollback starts again ask, of a service half of whose old tasks have stopped
/// when its circuit breaker trips.
fn rolled_back(settings: &str) -> f64 {
    let asked = |rollback: bool| {
        let runs = run(&format!(
            "{REGISTRY}
workloads:
  web:
    kind: ecs-deployment
    desired: 20
    launch_every: 0s
    minimum_healthy_percent: 50
    unhealthy_after: 20s
    breaker: {{rollback: {rollback}}}
{settings}"
        ));
        let running = if rollback { 20.0 } else { 10.0 };
        assert_eq!(runs.mean("web.running.last"), running, "{settings}");
        runs.mean("limiters.hub.all.offered")
    };
    asked(true) - asked(false)
}

#[test]
fn tasks_of_a_rollback_pull_as_their_host_and_its_agent_have_it() {
    let by_tag = "    version_consistency: false\n";
    let pull = |client: &str| format!("    pull: {{auth: none, images: app, client: {client}}}\n");
    // Fargate keeps no image: HEAD, manifest, config and three layers for each.
    assert_eq!(rolled_back(&format!("{by_tag}{}", pull("fargate"))), 60.0);
    // Instances have it. By default the agent looks the tag up (ping, HEAD, manifest, config), and
    // the engine looks whether it has changed (ping, HEAD).
    let instances = |behaviour: &str, settings: &str| {
        let agent = pull(&format!("ecs-agent{behaviour}"));
        rolled_back(&format!("    hosts: 10\n{settings}{agent}"))
    };
    assert_eq!(instances("", by_tag), 60.0);
    assert_eq!(instances(", behaviour: always", by_tag), 60.0);
    for behaviour in [", behaviour: prefer-cached", ", behaviour: once"] {
        assert_eq!(instances(behaviour, by_tag), 0.0, "{behaviour}");
    }
    // The digests of the old revision are known: a ping.
    assert_eq!(instances("", ""), 10.0);
    assert_eq!(instances(", behaviour: prefer-cached", ""), 0.0);
}

/// Tasks of which every third is denied its image, a few at a time.
fn every_third_fails(breaker: &str) -> Runs {
    run(&format!(
        "
services:
  hub:
    limiters: {{all: {{scope: global, bucket: {{burst: 1000000, refill: 1/h}}}}}}
    faults: {{gone: {{answer: {{status: 404}}, chance: 33%, operations: [manifest]}}}}
images:
  app: {{registry: hub, layers: 3}}
workloads:
  web:
    kind: ecs-deployment
    desired: 100
    launch_every: 0s
    version_consistency: false
    maximum_percent: 102
    throttle_cap: 10s
    pull: {{client: fargate, images: app, auth: none}}
    breaker: {breaker}
"
    ))
}

#[test]
fn a_healthy_task_forgets_the_failures_before_it_unless_that_is_switched_off() {
    let failed = |breaker: &str| every_third_fails(breaker).mean("web.tasks.failed");
    // About fifty failures in a hundred tasks, and seldom two in a row.
    assert_eq!(failed("{threshold: {count: 12}}"), 0.0);
    let counts_all = "{threshold: {count: 12}, reset_on_healthy_task: false}";
    let left = failed(counts_all);
    assert!((60.0..95.0).contains(&left), "{left} tasks are left");
    assert_eq!(
        failed("{threshold: {count: 200}, reset_on_healthy_task: false}"),
        0.0
    );
}

#[test]
fn forms_of_the_breaker_trip_after_as_many_failures_as_they_say() {
    // Launches one by one, each of which fails: as many as the threshold.
    let launches = |desired: u32, threshold: &str| {
        let runs = run(&format!(
            "{}
workloads:
  web:
    kind: ecs-deployment
    desired: {desired}
    launch_every: 1s
    version_consistency: false
    throttle_base: 1ms
    throttle_cap: 1ms
    pull: {{client: fargate, images: app, auth: none}}
    breaker: {{threshold: {threshold}}}
",
            closed()
        ));
        assert_eq!(runs.mean("web.tasks.failed"), f64::from(desired));
        runs.mean("web.loops.orchestrator.passes")
    };
    // A single task: half of it is one, but three at least, and ten until mid 2023.
    assert_eq!(launches(1, "{bounded-percent: 50}"), 3.0);
    assert_eq!(launches(1, "before-2023"), 10.0);
    assert_eq!(launches(1, "{unbounded-percent: 50}"), 1.0);
    assert_eq!(launches(1, "{count: 7}"), 7.0);
}
