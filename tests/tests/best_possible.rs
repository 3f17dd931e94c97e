//! Nobody finishes before the best possible: not in the built-in scenarios, and not in small ones
//! put together at random out of everything that can make a run draw, wait, fail and try again.
//!
//! The scenarios are drawn from a fixed seed, so a failure comes again; it prints the smallest
//! scenario that fails, which can be run as it stands.

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use pullstorm_core::judge::best_possible;
use pullstorm_core::replicate::{Prepared, prepare, run_one};
use pullstorm_core::scenario::Document;
use pullstorm_core::scenarios::BUILT_IN;
use pullstorm_tests::incident::{incident, variants};

/// As many scenarios as a debug build can try in a short time; release builds try more.
const CASES: u32 = if cfg!(debug_assertions) {
    2_000
} else {
    20_000
};

fn runner(cases: u32) -> TestRunner {
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]))
}

/// Workloads that finish before their best possible, in words.
fn too_early(prepared: &Prepared, seed: u64, run: u32) -> Result<u32, TestCaseError> {
    let summary = run_one(prepared, seed, run);
    let best = best_possible(&prepared.plan, seed, u64::from(run));
    let mut finishing = 0;
    for (workload, best) in prepared.plan.workloads.iter().zip(best) {
        let path = format!("{}.finished_after", workload.name);
        let Some(metric) = prepared.metrics.find(&path) else {
            continue;
        };
        // Infinity if one did not end well.
        let finished = summary.values[metric].expect("it is a time or never");
        finishing += u32::from(finished.is_finite());
        prop_assert!(
            finished >= best.finish.as_secs_f64(),
            "{} {} {path}, run {run}: {finished} s, best possible {best:?}",
            prepared.scenario.name,
            prepared.name
        );
    }
    Ok(finishing)
}

#[test]
fn no_workload_of_any_variant_finishes_before_its_best_possible() {
    let documents = BUILT_IN.iter().map(|built_in| incident(built_in.name));
    let all: Vec<Prepared> = documents.flat_map(|document| variants(&document)).collect();
    let strategy = (0..all.len(), any::<u64>(), 0..1000_u32);
    runner(400)
        .run(&strategy, |(index, seed, run)| {
            too_early(&all[index], seed, run).map(|_| ())
        })
        .unwrap();
}

fn one_of(texts: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    prop::sample::select(texts)
}

const SPANS: &[&str] = &[
    "0s",
    "700ms",
    "5s",
    "{uniform: [1s, 20s]}",
    "{exponential: 8s}",
    "{lognormal: {median: 3s, sigma: 1}}",
];

const MESSAGES: &[&str] = &[
    "0s",
    "60ms",
    "{uniform: [10ms, 4s]}",
    "{exponential: 1500ms}",
];

const COUNTINGS: &[&str] = &[
    "bucket: {burst: 6, refill: 1/s}",
    "bucket: {burst: 10, refill: 7/min}, charge_throttled: true",
    "bucket: {burst: 6, refill: {credits: 5, every: 9s}}",
    "bucket: {burst: 6, refill: {credits: 5, every: 9s}}, over_limit: wait",
    "bucket: {burst: 7, refill: 20/min}, over_limit: wait, initial: empty",
    "window: {limit: 10 per 30s}",
    "window: {limit: 7 per 20s, opens: first-request}",
    "window: {limit: 7 per 20s, opens: first-request}, background: 6/min",
    "window: {limit: 10 per 30s, kind: sliding}",
    "window: {limit: 7 per 20s, kind: sliding}, initial: 2",
    "in_flight: 6",
];

const FAULTS: &[&str] = &[
    "",
    "bad: {answer: {status: 503}, chance: 20%}",
    "slow: {timeout: 300ms, chance: 30%}",
    "slow: {timeout: 2s, chance: 30%, operations: [a]}",
    "down: {answer: {status: 500}, from: 2s, until: 15s}",
];

const RETRIES: &[&str] = &[
    "none",
    "{strategy: fixed, delay: 1s, attempts: 300}",
    "{strategy: full-jitter, base: 500ms, cap: 9s, attempts: 300}",
    "{strategy: decorrelated-jitter, base: 500ms, cap: 9s, attempts: 300}",
    "aws-legacy",
    "{preset: aws-adaptive-2.1, attempts: 100}",
];

/// One or two limiters.
fn limiters() -> impl Strategy<Value = String> {
    let limiter = (
        one_of(COUNTINGS),
        1..=6_u32,
        1..=6_u32,
        one_of(&["global", "host"]),
    );
    prop::collection::vec(limiter, 1..=2).prop_map(|limiters| {
        let limiter = |(index, (counting, a, b, scope)): (usize, (&str, u32, u32, &str))| {
            format!(
                "      l{index}: {{{counting}, scope: {scope}, operations: {{a: {a}, b: {b}}}}}\n"
            )
        };
        limiters.into_iter().enumerate().map(limiter).collect()
    })
}

fn callers() -> impl Strategy<Value = String> {
    let counts = (1..=4_u32, 1..=3_u32, 1..=3_u32, 1..=3_u32);
    let begin = one_of(&["0s", "{every: 7s}", "{at: [0s, 3s, 3s, 40s]}"]);
    let rest = (
        one_of(SPANS),
        one_of(SPANS),
        one_of(RETRIES),
        one_of(&["stop", "continue"]),
        one_of(&["separate", "shared", "per-call"]),
        one_of(&["", "poll: {calls: [b], every: {exponential: 3s}, times: 3}"]),
    );
    (counts, begin, rest).prop_map(|((callers, a, b, rounds), begin, rest)| {
        let (think, pause, retry, on_failure, client, poll) = rest;
        let callers = match begin.starts_with("{at") {
            true => String::new(),
            false => format!("callers: {callers}"),
        };
        format!(
            "    kind: api-callers\n    {callers}\n    begin: {begin}\n    calls: {{a: {a}, b: \
             {b}}}\n    rounds: {rounds}\n    think: {think}\n    pause: {pause}\n    retry: {retry}\n    \
             on_failure: {on_failure}\n    client: {client}\n    {poll}\n"
        )
    })
}

fn fan_out() -> impl Strategy<Value = String> {
    let counts = (1..=2_u32, 1..=5_u32, 1..=2_u32, 1..=3_u32);
    let logins = (
        one_of(&["per-image", "per-job", "per-host", "per-workflow"]),
        one_of(&["parallel", "sequential"]),
        one_of(&["", "runners: 1", "runners: 2", "runners: 4"]),
        one_of(&["random", "index"]),
        one_of(&["a", "b"]),
    );
    let spans = (one_of(SPANS), one_of(SPANS), one_of(&["0s", "6s"]));
    let again = (one_of(RETRIES), 0..=20_u32, one_of(&["0s", "4s"]));
    (counts, logins, spans, again).prop_map(|(counts, logins, spans, again)| {
        let (workflows, jobs, waves, images) = counts;
        let (login, order, runners, served, operation) = logins;
        let (spin_up, duration, spread) = spans;
        let (retry, times, delay) = again;
        format!(
            "    kind: ci-fanout\n    operation: {operation}\n    workflows: {workflows}\n    jobs: \
             {jobs}\n    waves: {}\n    images: {images}\n    login: {login}\n    logins: {order}\n    \
             order: {served}\n    launch_spread: {spread}\n    spin_up: {spin_up}\n    duration: \
             {duration}\n    token_lifetime: 10s\n    retry: {retry}\n    rerun: {{times: {times}, \
             delay: {delay}}}\n    {runners}\n",
            waves.min(jobs)
        )
    })
}

fn scenario() -> impl Strategy<Value = String> {
    let workload = prop_oneof![callers(), fan_out()];
    let workloads = prop::collection::vec(workload, 1..=2);
    let service = (one_of(MESSAGES), limiters(), one_of(FAULTS));
    (service, workloads).prop_map(|((latency, limiters, faults), workloads)| {
        let workload = |(index, text): (usize, &String)| {
            format!("  w{index}:\n    service: api\n{text}")
        };
        let workloads: String = workloads.iter().enumerate().map(workload).collect();
        format!(
            "pullstorm: 1\nname: random\nhorizon: 1h\nservices:\n  api:\n    latency: {latency}\n    \
             faults: {{{faults}}}\n    limiters:\n{limiters}workloads:\n{workloads}"
        )
    })
}

#[test]
fn no_workload_of_any_small_scenario_finishes_before_its_best_possible() {
    let finishing = never_too_early(scenario(), CASES);
    // The statement would be empty if everything failed.
    assert!(
        finishing > CASES,
        "{finishing} workloads finished in {CASES} scenarios"
    );
}

/// Countings of a registry.
const REGISTRIES: &[&str] = &[
    "bucket: {burst: 60, refill: 3/s}",
    "bucket: {burst: 20, refill: 4/s}, charge_throttled: true",
    "bucket: {burst: 30, refill: 2/s}, over_limit: wait",
    "window: {limit: 40 per 30s}",
    "window: {limit: 60 per 1min, kind: sliding-counter}",
    "in_flight: 5",
];

/// What pulls, and what starts it: the beginning of a workload and its client.
const STARTERS: &[(&str, &str)] = &[
    (
        "kind: image-pulls, pulls: 7, hosts: 3, begin: {every: 4s}",
        "docker-classic",
    ),
    ("kind: image-pulls, pulls: 5, hosts: 3", "containerd-1.6"),
    ("kind: image-pulls, pulls: 5, hosts: 3", "podman-2026"),
    (
        "kind: swarm-service, replicas: 5, nodes: 3",
        "swarm-executor",
    ),
    (
        "kind: swarm-service, services: 2, replicas: 3, nodes: 3, resolve_image: always",
        "swarm-executor",
    ),
    (
        "kind: swarm-service, replicas: 4, nodes: 3, fails: at-prepare, repaired: 30s, \
         update: {parallelism: 2, failure_action: continue, delay: 2s}",
        "swarm-executor",
    ),
    (
        "kind: swarm-service, replicas: 4, nodes: 3, fails: {after-start: 3s}, repaired: 20s, \
         resolve_image: always, update: {order: start-first}",
        "swarm-executor",
    ),
    ("kind: ecs-deployment, desired: 6, hosts: 3", "ecs-agent"),
    (
        "kind: ecs-deployment, services: 2, desired: 4, breaker: {rollback: true}",
        "fargate",
    ),
    (
        "kind: ecs-deployment, desired: 6, hosts: 3, minimum_healthy_percent: 50, \
         maximum_percent: 150, unhealthy_after: {uniform: [1s, 9s]}, repaired: 40s",
        "ecs-agent",
    ),
    ("kind: kubernetes-rollout, replicas: 7, nodes: 3", "kubelet"),
    (
        "kind: kubernetes-rollout, replicas: 5, nodes: 3, max_surge: 100%",
        "kubelet",
    ),
    (
        "kind: scale-out, nodes: 3, pods: 4, wave: 2, every: 20s",
        "kubelet",
    ),
    (
        "kind: herd, hosts: 3, at: [5s, 20s], splay: 2s, login: true",
        "docker-classic",
    ),
];

/// Spans of a starter, by its kind.
fn spans(starter: &str, first: &str, second: &str) -> String {
    let keys: &[&str] = match starter {
        _ if starter.contains("swarm") => &["schedule", "create"],
        _ if starter.contains("ecs") => &["provision", "start", "healthy_after", "drain"],
        _ if starter.contains("rollout") => &["schedule", "start", "ready_after", "terminate"],
        _ if starter.contains("scale") => &["boot", "start"],
        _ => &[],
    };
    let values = [first, second, second, first];
    let pairs = keys.iter().zip(values);
    pairs
        .map(|(key, value)| format!(", {key}: {value}"))
        .collect()
}

fn starter() -> impl Strategy<Value = String> {
    let what = (
        one_of(&["app", "[app, side]", "[side]"]),
        one_of(&["nothing", "base", "everything"]),
        one_of(&["none", "token"]),
        one_of(&["", ", bandwidth: 20MB/s"]),
        one_of(&["", ", behaviour: if-not-present", ", behaviour: always"]),
    );
    let starter = prop::sample::select(STARTERS);
    let on = one_of(&["", ", on: machines"]);
    let times = (one_of(SPANS), one_of(SPANS));
    (starter, on, what, times).prop_map(|((starter, client), on, what, (first, second))| {
        let (images, cached, auth, bandwidth, behaviour) = what;
        // Tasks on Fargate share no machines and begin with nothing.
        let (on, cached) = match client {
            "fargate" => ("", "nothing"),
            _ => (on, cached),
        };
        // Neither a Swarm nor ECS has a setting of those names.
        let has_none = ["swarm", "ecs"].iter().any(|kind| starter.contains(kind));
        let behaviour = if has_none { "" } else { behaviour };
        let spans = spans(starter, first, second);
        let ends = starter.contains("image-pulls") || starter.contains("herd");
        let until = match ends {
            true => "",
            false => ", until: 20min",
        };
        format!(
            "{{{starter}{until}{on}{spans}, pull: {{client: {client}, images: {images}, cached: \
             {cached}, auth: {auth}{bandwidth}{behaviour}}}}}"
        )
    })
}

/// Mirrors of the registry, and what makes clients pull through them. Nobody says what podman does.
const MIRRORS: &[&str] = &[
    "",
    "",
    "kind: distribution-proxy",
    "kind: distribution-proxy, single_flight: true, identity: {address: nat}",
    "kind: harbor-proxy, holds: everything",
    "kind: ecr-pull-through, serves_stale: true",
];

fn through(mirror: &str, workload: &str) -> String {
    if mirror.is_empty() || workload.contains("podman") {
        return workload.to_owned();
    }
    workload.replace("pull: {", "pull: {mirror: cache, ")
}

fn fleet() -> impl Strategy<Value = String> {
    // Eight layers are more than any engine fetches at a time.
    let layers = one_of(&["3", "8"]);
    let service = (
        one_of(MESSAGES),
        one_of(REGISTRIES),
        one_of(MIRRORS),
        layers,
    );
    let workloads = prop::collection::vec(starter(), 1..=2);
    (service, workloads).prop_map(|((latency, counting, mirror, layers), workloads)| {
        let workload = |(index, text): (usize, &String)| {
            format!("  w{index}: {}\n", through(mirror, text))
        };
        let workloads: String = workloads.iter().enumerate().map(workload).collect();
        let cache = match mirror {
            "" => String::new(),
            kind => format!("  cache: {{latency: 5ms, caches: {{upstream: api, {kind}}}}}\n"),
        };
        format!(
            "pullstorm: 1\nname: fleet\nhorizon: 1h\nservices:\n  api: {{latency: {latency}, \
             limiters: {{l: {{{counting}, scope: global}}}}}}\n{cache}images:\n  app: {{registry: api, \
             layers: {layers}, size: 30MB}}\n  side: {{registry: api, base: app, layers: 1, size: \
             5MB}}\nworkloads:\n{workloads}"
        )
    })
}

/// Tries random scenarios; returns how many workloads finished.
fn never_too_early(scenarios: impl Strategy<Value = String>, cases: u32) -> u32 {
    let finishing = std::cell::Cell::new(0);
    runner(cases)
        .run(&(scenarios, any::<u64>()), |(text, seed)| {
            let document = Document::parse("random.yaml", text.as_bytes());
            let document = document.unwrap_or_else(|problems| panic!("{problems}\n{text}"));
            let prepared = prepare(&document, &[]);
            let prepared = prepared.unwrap_or_else(|problems| panic!("{problems}\n{text}"));
            for run in 0..3 {
                let found = too_early(&prepared[0], seed, run).map_err(|early| {
                    TestCaseError::fail(format!("{early}, seed {seed}\n{text}"))
                })?;
                finishing.set(finishing.get() + found);
            }
            Ok(())
        })
        .unwrap_or_else(|failure| panic!("{failure}"));
    finishing.get()
}

#[test]
fn no_fleet_that_pulls_finishes_before_its_best_possible() {
    let cases = CASES / 4;
    let finishing = never_too_early(fleet(), cases);
    assert!(
        finishing > cases,
        "{finishing} workloads finished in {cases} scenarios"
    );
}

#[test]
fn who_runs_the_image_that_is_there_after_a_refusal_does_not_wait_for_the_rest_of_the_pull() {
    let text = "pullstorm: 1
name: local
horizon: 1h
services:
  api: {latency: 0s, limiters: {l: {bucket: {burst: 20, refill: 4/s}, charge_throttled: true, scope: global}}}
images:
  app: {registry: api, layers: 3, size: 30MB}
  side: {registry: api, base: app, layers: 1, size: 5MB}
workloads:
  w:
    kind: swarm-service
    replicas: 5
    nodes: 3
    until: 20min
    schedule: 0s
    create: 0s
    pull: {client: swarm-executor, images: [app, side], cached: everything, auth: token}
";
    let document = Document::parse("local.yaml", text.as_bytes()).unwrap();
    let prepared = &variants(&document)[0];
    let finishing = too_early(prepared, 1, 0).unwrap_or_else(|early| panic!("{early}"));
    assert_eq!(finishing, 1);
}

#[test]
fn every_new_node_needs_one_pull_of_an_image_however_many_of_its_pods_run_it() {
    let best = |behaviour: &str| {
        let text = format!(
            "pullstorm: 1
name: nodes
start: 2026-11-20T08:00:00Z
horizon: 30h
services:
  hub: {{preset: docker-hub-anonymous@2026-11, latency: 60ms}}
images:
  app: {{registry: hub, layers: 3, size: 30MB}}
workloads:
  nodes:
    kind: scale-out
    nodes: 201
    pods: 4
    until: 1h
    pull: {{client: kubelet, images: app, behaviour: {behaviour}}}
    identity: {{address: nat}}
"
        );
        let document = Document::parse("nodes.yaml", text.as_bytes()).unwrap();
        let prepared = &variants(&document)[0];
        too_early(prepared, 1, 0).unwrap_or_else(|early| panic!("{early}"));
        run_one(prepared, 1, 0).best.finish.as_secs_f64() / 3600.0
    };
    // 100 pulls in six hours: the last of 201 nodes waits for the third window.
    assert!(best("IfNotPresent") >= 12.0, "{}", best("IfNotPresent"));
    assert!(best("Always") >= 12.0, "{}", best("Always"));
}

#[test]
fn calls_of_mixed_costs_finish_no_earlier_than_their_sum_fits_and_not_as_if_they_stood_in_line() {
    let text = "pullstorm: 1
name: mixed
start: 2026-01-05T08:00:00Z
services:
  api: {limiters: {l: {window: {limit: 10 per 1min}, operations: {a: 6, b: 4}}}}
workloads:
  w: {kind: api-callers, service: api, callers: 2, calls: [a, b], retry: {strategy: fixed, delay: 60s, attempts: 9}}
";
    let document = Document::parse("mixed.yaml", text.as_bytes()).unwrap();
    let prepared = &variants(&document)[0];
    let best = run_one(prepared, 1, 0).best;
    assert_eq!(best.finish.as_secs_f64(), 60.0);
}
