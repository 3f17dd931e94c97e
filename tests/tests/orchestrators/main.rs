//! Orchestrators as statements about the world: what starts tasks, when, and what follows a
//! failure.

mod ecs;
mod ecs_versions;

use pullstorm_core::scenario::Document;
use pullstorm_tests::incident::{Runs, variant};

/// What a scenario with these services, images and workloads comes to in one run.
fn run(world: &str) -> Runs {
    let text = format!("pullstorm: 1\nname: world\ntitle: a test\nhorizon: 12h\n{world}");
    let document = Document::parse("world", text.as_bytes());
    let document = document.unwrap_or_else(|problems| panic!("{problems}"));
    Runs::of(variant(&document, "today"), 1)
}

/// A registry with a limiter that never says no but counts, and one image of three layers.
const REGISTRY: &str = "
services:
  hub:
    limiters: {all: {scope: global, bucket: {burst: 1000000, refill: 1/h}}}
images:
  app: {registry: hub, layers: 3}
";

fn swarm(settings: &str) -> Runs {
    run(&format!(
        "{REGISTRY}
workloads:
  stack:
    kind: swarm-service
    until: 60s
    schedule: 100ms
    pull: {{client: swarm-executor, images: app, auth: none, cached: everything}}
{settings}"
    ))
}

/// Requests of one look at a registry for an image that is there: ping and HEAD.
const CHECK: f64 = 2.0;

#[test]
fn a_task_that_fails_in_preparation_asks_the_registry_once_every_restart_delay() {
    let offered = |settings: &str| swarm(settings).mean("limiters.hub.all.offered");
    let failing = "    fails: at-prepare\n";
    // At 0.1 s; its replacement is prepared at once, at 0.2 s, and fails while its own delay runs;
    // from then on every second: 59 more in the minute. By default every 5 s: 11 more.
    let every_second = offered(&format!("{failing}    restart: {{delay: 1s}}\n"));
    assert_eq!(every_second, 61.0 * CHECK);
    assert_eq!(offered(failing), 13.0 * CHECK);
    // 30 services of 4 tasks at one a second, as in the incident.
    let fleet = "    services: 30\n    replicas: 4\n    nodes: 4\n    restart: {delay: 1s}\n";
    assert_eq!(offered(&format!("{failing}{fleet}")), 120.0 * 61.0 * CHECK);
}

#[test]
fn max_attempts_ends_the_loop_and_a_window_forgives() {
    let offered = |restart: &str| {
        let settings = format!("    fails: at-prepare\n    restart: {{{restart}}}\n");
        swarm(&settings).mean("limiters.hub.all.offered")
    };
    assert_eq!(offered("delay: 1s, max_attempts: 3"), 4.0 * CHECK);
    assert_eq!(offered("condition: none"), CHECK);
    // Three restarts in any 100 s.
    assert_eq!(
        offered("delay: 1s, max_attempts: 3, window: 100s"),
        4.0 * CHECK
    );
    // Never three within 2 s: the first is forgotten before the third.
    assert_eq!(
        offered("delay: 1s, max_attempts: 3, window: 2s"),
        61.0 * CHECK
    );
}

#[test]
fn a_digest_that_the_node_holds_asks_nobody() {
    let text = REGISTRY.replace("layers: 3", "layers: 3, reference: digest");
    let runs = run(&format!(
        "{text}
workloads:
  stack:
    kind: swarm-service
    until: 60s
    fails: at-prepare
    restart: {{delay: 1s}}
    pull: {{client: swarm-executor, images: app, auth: none, cached: everything}}
"
    ));
    assert_eq!(runs.mean("limiters.hub.all.offered"), 0.0);
}

#[test]
fn a_task_that_fails_after_its_start_comes_round_after_delay_and_life() {
    let settings = "    fails: {after-start: 5s}\n    restart: {delay: 5s}\n";
    let offered = swarm(settings).mean("limiters.hub.all.offered");
    // Asked at 0.1 s; then the replacement is prepared as soon as the one before has failed: at
    // 5.2, 15.2, 25.2, 35.2, 45.2 and 55.2 s, while it has to wait for the restart delay.
    assert_eq!(offered, 7.0 * CHECK);
}

#[test]
fn removing_the_services_ends_the_storm_and_repair_lets_them_start() {
    let settings = "    fails: at-prepare\n    restart: {delay: 1s}\n    ";
    let removed = swarm(&format!("{settings}removed: 10s\n"));
    assert_eq!(removed.mean("limiters.hub.all.offered"), 11.0 * CHECK);
    assert_eq!(removed.mean("stack.tasks.failed"), 1.0);
    let repaired = swarm(&format!("{settings}repaired: 10s\n"));
    assert_eq!(repaired.mean("stack.tasks.finished"), 1.0);
    assert_eq!(repaired.mean("stack.running.last"), 1.0);
}

#[test]
fn a_kubelet_fails_pulls_over_its_own_limit_and_backs_off() {
    let pods = |kubelet: &str| {
        run(&format!(
            "{REGISTRY}
workloads:
  nodes:
    kind: scale-out
    nodes: 1
    pods: 30
    kubelet: {{serialize_pulls: false{kubelet}}}
    pull: {{client: kubelet, images: app, auth: none, behaviour: Always}}
"
        ))
    };
    let default = pods("");
    assert_eq!(default.mean("limiters.kubelet.nodes-pulls.throttled"), 20.0);
    assert_eq!(default.mean("nodes.pods.failed"), 0.0);
    assert!(default.mean("nodes.pods.start_delay.max") >= 10.0);
    let raised = pods(", registry_qps: 50/s, registry_burst: 100");
    assert_eq!(raised.mean("limiters.kubelet.nodes-pulls.throttled"), 0.0);
    assert!(raised.mean("nodes.pods.start_delay.max") < 1.0);
}

#[test]
fn a_kubelet_pulls_as_many_images_side_by_side_as_it_is_told() {
    let last = |kubelet: &str| {
        let slow = REGISTRY.replace("limiters:", "latency: 10s\n    limiters:");
        let runs = run(&format!(
            "{slow}
workloads:
  nodes:
    kind: scale-out
    nodes: 1
    pods: 4
    kubelet: {{{kubelet}}}
    pull: {{client: kubelet, images: app, auth: none, behaviour: Always, cached: everything}}
"
        ));
        runs.mean("nodes.pods.start_delay.max")
    };
    let (one, two) = (last(""), last("serialize_pulls: false, parallel_max: 2"));
    let four = last("serialize_pulls: false");
    // Each of the four asks the registry as often, 10 s each time.
    assert!(four >= 10.0, "{four}");
    assert!((one - 4.0 * four).abs() < 1.0, "{one} against {four}");
    assert!((two - 2.0 * four).abs() < 1.0, "{two} against {four}");
}

#[test]
fn a_rollout_of_kubernetes_surges_up_and_spares_down() {
    let rollout = |settings: &str| {
        run(&format!(
            "{REGISTRY}
workloads:
  web:
    kind: kubernetes-rollout
    replicas: 10
    nodes: 5
    ready_after: 10s
    pull: {{client: kubelet, images: app, auth: none}}
{settings}"
        ))
    };
    // 25 % of ten: three more, two fewer.
    let usual = rollout("");
    assert_eq!(usual.mean("web.running.lowest"), 8.0);
    let rounds = |runs: &Runs| (runs.mean("web.finished_after") / 10.0).round();
    assert_eq!(rounds(&usual), 2.0);
    let careful = rollout("    max_surge: 1\n    max_unavailable: 0\n");
    assert_eq!(careful.mean("web.running.lowest"), 10.0);
    assert_eq!(rounds(&careful), 10.0);
}

#[test]
fn workloads_on_the_same_machines_find_what_the_others_pulled() {
    let deployed = |on: &str| {
        run(&format!(
            "{REGISTRY}
workloads:
  web:
    kind: ecs-deployment
    desired: 4
    hosts: 4
    {on}
    pull: {{client: ecs-agent, images: app, auth: none, behaviour: prefer-cached}}
  worker:
    kind: ecs-deployment
    from: 1min
    desired: 8
    hosts: 4
    {on}
    pull: {{client: ecs-agent, images: app, auth: none, behaviour: prefer-cached}}
"
        ))
        .mean("worker.requests.count")
    };
    assert!(deployed("") > 0.0);
    assert_eq!(deployed("on: prod"), 0.0);
}

#[test]
fn pods_of_all_workloads_of_a_node_share_its_kubelet() {
    let rejected = |on: &str, limiter: &str| {
        run(&format!(
            "{REGISTRY}
workloads:
  daemons:
    kind: scale-out
    nodes: 1
    pods: 8
    {on}
    kubelet: {{serialize_pulls: false}}
    pull: {{client: kubelet, images: app, auth: none, behaviour: Always}}
  pods:
    kind: scale-out
    nodes: 1
    pods: 8
    {on}
    kubelet: {{serialize_pulls: false}}
    pull: {{client: kubelet, images: app, auth: none, behaviour: Always}}
"
        ))
        .mean(&format!("limiters.kubelet.{limiter}.throttled"))
    };
    // Eight fit into the burst of ten, sixteen do not.
    assert_eq!(rejected("", "pods-pulls"), 0.0);
    assert_eq!(rejected("on: new", "new-pulls"), 6.0);
}

#[test]
fn a_pod_backs_off_from_ten_seconds_to_five_minutes_on_its_own() {
    let closed = REGISTRY.replace(
        "burst: 1000000, refill: 1/h}}",
        "burst: 1, refill: 1/d}, initial: empty}",
    );
    let tries = |pods: u32| {
        let runs = run(&format!(
            "{closed}
workloads:
  nodes:
    kind: scale-out
    nodes: 1
    pods: {pods}
    until: 1810s
    pull: {{client: kubelet, images: app, auth: none, behaviour: Always}}
"
        ));
        runs.mean("nodes.loops.image-back-off.passes")
    };
    // At 0, 10, 30, 70, 150, 310 s and then every 300 s, each up to 10 s later: 10 in 30 minutes.
    assert_eq!(tries(1), 10.0);
    assert_eq!(tries(7), 70.0, "no pod waits for the back-off of another");
}

#[test]
fn a_pod_backs_off_from_each_of_its_images_anew() {
    let runs = run("
services:
  first:
    limiters: {all: {scope: global, bucket: {burst: 1000000, refill: 1/h}}}
    faults: {out: {answer: {status: 503}, until: 200s}}
  second:
    limiters: {all: {scope: global, bucket: {burst: 1000000, refill: 1/h}}}
    faults: {out: {answer: {status: 503}, until: 360s}}
images:
  app: {registry: first, layers: 1}
  sidecar: {registry: second, layers: 1}
workloads:
  nodes:
    kind: scale-out
    nodes: 1
    pods: 1
    pull: {client: kubelet, images: [app, sidecar], auth: none, behaviour: Always}
");
    // `app` is tried after 0, 10, 30, 70, 150 and 310 s, each up to 10 s later; then `sidecar` begins at 10 s
    // again. With one back-off for both it would wait 300 s.
    let ready = runs.mean("nodes.finished_after");
    assert!((310.0..450.0).contains(&ready), "{ready}");
}

fn stack(settings: &str) -> Runs {
    run(&format!(
        "{REGISTRY}
workloads:
  stack:
    kind: swarm-service
    services: 6
    replicas: 4
    nodes: 4
    until: 10min
    schedule: 100ms
    pull: {{client: swarm-executor, images: app, auth: none, cached: everything}}
{settings}"
    ))
}

#[test]
fn a_manager_looks_each_service_up_once_and_its_tasks_then_ask_nobody() {
    let offered = |settings: &str| stack(settings).mean("limiters.hub.all.offered");
    let look_up = 4.0;
    assert_eq!(offered(""), 24.0 * CHECK);
    assert_eq!(offered("    resolve_image: always\n"), 6.0 * look_up);
    // So it stays when the tasks fail, again and again.
    let failing = "    fails: at-prepare\n    resolve_image: always\n";
    assert_eq!(offered(failing), 6.0 * look_up);
}

#[test]
fn a_manager_that_is_refused_starts_tasks_by_tag_and_they_ask_each_time() {
    let closed = REGISTRY.replace(
        "burst: 1000000, refill: 1/h}}",
        "burst: 1, refill: 1/d}, initial: empty}",
    );
    let runs = run(&format!(
        "{closed}
workloads:
  stack:
    kind: swarm-service
    services: 6
    replicas: 4
    nodes: 4
    until: 10min
    resolve_image: always
    pull: {{client: swarm-executor, images: app, auth: none, cached: everything}}
"
    ));
    assert_eq!(runs.mean("stack.tasks.failed"), 0.0, "nodes have the image");
    // Ping, HEAD and GET, of the manager once a service and of each task.
    assert_eq!(runs.mean("limiters.hub.all.offered"), (6.0 + 24.0) * 3.0);
}

#[test]
fn an_update_replaces_as_many_tasks_at_a_time_as_its_parallelism_says() {
    let update =
        |settings: &str| stack(&format!("    create: 900ms\n    update: {{{settings}}}\n"));
    let one = update("delay: 9s");
    assert_eq!(
        one.mean("stack.running.lowest"),
        18.0,
        "one of each service"
    );
    assert_eq!(one.mean("stack.running.last"), 24.0);
    assert_eq!(one.mean("stack.finished_after").round(), 31.0);
    let two = update("delay: 9s, parallelism: 2");
    assert_eq!(two.mean("stack.running.lowest"), 12.0);
    assert_eq!(two.mean("stack.finished_after").round(), 11.0);
    let all = update("parallelism: 0, order: start-first");
    assert_eq!(all.mean("stack.running.lowest"), 24.0);
    assert_eq!(all.mean("stack.finished_after").round(), 1.0);
}

#[test]
fn an_update_stops_at_a_task_that_fails_unless_it_is_told_to_go_on() {
    let left = |action: &str| {
        let settings = format!(
            "    fails: at-prepare\n    repaired: 1min\n    update: {{failure_action: {action}}}\n"
        );
        let runs = stack(&settings);
        (
            runs.mean("stack.tasks.finished"),
            runs.mean("stack.running.last"),
        )
    };
    assert_eq!(left("continue"), (24.0, 24.0));
    // The first task of each service is restarted until it runs; the other old ones run on.
    assert_eq!(left("pause"), (6.0, 24.0));
    assert_eq!(left("rollback").0, 0.0);
}

#[test]
fn an_update_puts_up_with_as_many_failures_as_its_ratio_allows() {
    let replaced = |ratio: &str| {
        let update = format!("{{delay: 1s, max_failure_ratio: {ratio}}}");
        let runs = stack(&format!("    fails: at-prepare\n    update: {update}\n"));
        // Old tasks go first: each service has lost those whose turn came.
        24.0 - runs.mean("stack.running.last")
    };
    assert_eq!(replaced("0%"), 6.0, "the first failure of each service");
    assert_eq!(replaced("24%"), 6.0, "one of four is more than 24 %");
    assert_eq!(replaced("25%"), 12.0, "and not more than 25 %");
    assert_eq!(replaced("100%"), 24.0);
    let all = stack("    fails: at-prepare\n    update: {failure_action: continue}\n");
    assert_eq!(all.mean("stack.running.last"), 0.0, "nothing stops it");
}
