//! Every client of the catalog that pulls, in every kind of workload that pulls, can be compiled and
//! run, whatever hosts hold and whenever the registry is asked.

use pullstorm_core::catalog::{self, Client, client::Action};
use pullstorm_core::engine::simulate;
use pullstorm_core::record::Nothing;
use pullstorm_core::replicate::prepare;
use pullstorm_core::scenario::Document;
use pullstorm_core::scenario::model::orchestrator::{ECS, ECS_AGENT, FARGATE, KUBERNETES, SWARM};

/// Kinds of workloads, and the clients that pull there; none for all of them.
const KINDS: [(&str, &[&str]); 8] = [
    ("kind: image-pulls, pulls: 4, hosts: 2", &[]),
    ("kind: image-pulls, pulls: 4, login: true", &[]),
    (
        "kind: swarm-service, replicas: 4, nodes: 2, until: 2min, fails: at-prepare, restart: {delay: 20s}",
        SWARM.clients,
    ),
    (
        "kind: ecs-deployment, desired: 4, hosts: 2, until: 30min, breaker: {rollback: true}",
        &[ECS_AGENT],
    ),
    (
        "kind: ecs-deployment, desired: 4, until: 30min, unhealthy_after: 1min, breaker: {rollback: true}",
        &[FARGATE],
    ),
    (
        "kind: ecs-deployment, desired: 4, until: 10min",
        ECS.clients,
    ),
    (
        "kind: kubernetes-rollout, replicas: 4, nodes: 2, until: 10min",
        KUBERNETES.clients,
    ),
    (
        "kind: scale-out, nodes: 2, pods: 2, until: 10min",
        KUBERNETES.clients,
    ),
];
const BEHAVIOURS: [&str; 7] = [
    "",
    "behaviour: always, ",
    "behaviour: prefer-cached, ",
    "behaviour: if-not-present, ",
    "behaviour: default, ",
    "behaviour: once, ",
    "behaviour: never, ",
];
/// Those of an orchestrator's client: it is refused others.
const BEHAVIOURS_OF: [(&str, &[&str]); 4] = [
    ("swarm-executor", &["", "behaviour: never, "]),
    (
        ECS_AGENT,
        &[
            "",
            "behaviour: always, ",
            "behaviour: prefer-cached, ",
            "behaviour: once, ",
        ],
    ),
    (FARGATE, &["", "behaviour: always, "]),
    (
        "kubelet",
        &[
            "",
            "behaviour: Always, ",
            "behaviour: IfNotPresent, ",
            "behaviour: Never, ",
        ],
    ),
];
const CACHED: [&str; 4] = ["nothing", "manifests", "base", "everything"];
const AUTH: [&str; 3] = ["none", "token", "basic"];
const IMAGES: [&str; 4] = [
    "reference: tag",
    "reference: digest",
    "reference: tag, platforms: 2",
    "reference: digest, platforms: 2",
];
/// A registry that refuses nearly everything, one that refuses nothing, and one that fails.
const LIMITS: [&str; 3] = [
    "limiters: {all: {bucket: {burst: 3, refill: 1 per 30s}}}",
    "limiters: {all: {bucket: {burst: 1000, refill: 100/s}}}",
    "limiters: {all: {bucket: {burst: 1000, refill: 100/s}}}, faults: {sick: {chance: 50%, answer: {status: 503}}}",
];

/// A client over each engine that it can run over, as a scenario names them, and whether it can sign in.
fn named(client: &Client) -> Vec<(String, bool)> {
    let name = &client.name;
    match client.wrapper() {
        None => vec![(name.clone(), signs_in(name))],
        Some(wrapper) => {
            let over = wrapper.engines.iter();
            over.map(|it| {
                let named = format!("{name}, engine: {}", it.client);
                (named, signs_in(&it.client))
            })
            .collect()
        }
    }
}

fn signs_in(engine: &str) -> bool {
    let engine = catalog::client(engine).and_then(Client::engine);
    engine.is_some_and(|engine| engine.actions.contains_key(&Action::Login))
}

fn pulls(client: &Client) -> bool {
    let engine = client.default_engine().and_then(Client::engine);
    engine.is_some_and(|engine| engine.actions.contains_key(&Action::Pull))
}

#[test]
fn every_client_pulls_in_every_kind_of_workload() {
    let clients: Vec<&Client> = catalog::clients().iter().filter(|it| pulls(it)).collect();
    assert!(clients.len() > 15, "{}", clients.len());
    let mut at = 0;
    let mut refused = 0;
    for client in clients {
        let own =
            |&&(_, own): &&(&str, &[&str])| own.is_empty() || own.contains(&client.name.as_str());
        for (kind, own) in KINDS.iter().filter(own) {
            for (name, signs_in) in named(client) {
                // Nodes of a Swarm have the credentials of the deploy.
                let kind = match signs_in && !SWARM.clients.contains(&client.name.as_str()) {
                    true => (*kind).to_owned(),
                    false => kind.replace(", login: true", ""),
                };
                let mut settings = BEHAVIOURS_OF.iter();
                let settings = settings.find(|(of, _)| *of == client.name && !own.is_empty());
                for behaviour in settings.map_or(&BEHAVIOURS[..], |(_, own)| *own) {
                    // Tasks on Fargate begin with nothing.
                    let fargate = client.name == "fargate";
                    let cached = CACHED.iter().filter(|it| !fargate || **it == "nothing");
                    for cached in cached {
                        // The rest goes round, so that each pair of values meets.
                        at += 1;
                        let (auth, image, limits) =
                            (AUTH[at % 3], IMAGES[at / 3 % 4], LIMITS[at / 12 % 3]);
                        let text = format!(
                            "pullstorm: 1
name: every-client
services: {{hub: {{latency: 20ms, {limits}}}}}
images: {{base: {{registry: hub, layers: 2}}, app: {{registry: hub, layers: 2, base: base, {image}}}}}
workloads: {{w: {{{kind}, pull: {{client: {name}, images: [app, base], auth: {auth}, {behaviour}cached: \
                             {cached}}}}}}}
"
                        );
                        refused += u64::from(run(&text) > 0);
                    }
                }
            }
        }
    }
    assert!(refused > 100, "a tight limiter refuses: {refused}");
}

/// Runs a scenario; how many attempts were refused.
fn run(text: &str) -> u64 {
    let document = Document::parse("every-client", text.as_bytes())
        .unwrap_or_else(|it| panic!("{text}\n{it}"));
    let prepared = prepare(&document, &[]).unwrap_or_else(|it| panic!("{text}\n{it}"));
    let (outcome, _) = simulate(&prepared[0].plan, 1, 0, Nothing);
    outcome
        .totals
        .checks
        .iter()
        .map(|check| check.throttled)
        .sum()
}

const PUSHES: [&str; 3] = [
    "pushes: 3",
    "pushes: 3, hosts: 2, tags: 2, login: per-push",
    "pushes: 3, tags: 2, retry: {strategy: fixed, delay: 1s, attempts: 2}",
];

fn pushes(client: &Client) -> bool {
    let engine = client.engine();
    engine.is_some_and(|engine| engine.actions.contains_key(&Action::Push))
}

#[test]
fn every_client_that_pushes_pushes_whatever_the_registry_holds() {
    let clients: Vec<&Client> = catalog::clients().iter().filter(|it| pushes(it)).collect();
    let names: Vec<&str> = clients.iter().map(|it| it.name.as_str()).collect();
    let known = [
        "buildkit",
        "podman-2026",
        "docker-classic",
        "docker-containerd",
        "crane-before-2026-05",
        "crane-2026-05",
    ];
    assert_eq!(names, known);
    let mut refused = 0;
    for client in names {
        for workload in PUSHES {
            for holds in ["nothing", "base", "everything"] {
                for image in IMAGES {
                    for auth in AUTH {
                        for limits in LIMITS {
                            let text = format!(
                                "pullstorm: 1
name: every-client
services: {{hub: {{latency: 20ms, {limits}}}}}
images: {{base: {{registry: hub, layers: 2}}, app: {{registry: hub, layers: 2, base: base, {image}}}, bare: \
                                 {{registry: hub, layers: 1}}}}
workloads: {{w: {{kind: image-pushes, {workload}, push: {{client: {client}, images: [app, bare], auth: \
                                 {auth}, holds: {holds}}}}}}}
"
                            );
                            refused += u64::from(run(&text) > 0);
                        }
                    }
                }
            }
        }
    }
    assert!(refused > 100, "a tight limiter refuses: {refused}");
}
