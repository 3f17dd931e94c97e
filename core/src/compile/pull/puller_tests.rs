//! What pulls, and over which engine: what it sends, and what is refused.

use crate::engine::simulate;
use crate::plan::Plan;
use crate::record::Nothing;
use crate::replicate::{Prepared, prepare, run_one};
use crate::scenario::Document;

/// A scenario of these workloads and this image at a registry with a limiter.
fn text(limiter: &str, image: &str, workloads: &str) -> String {
    format!(
        "pullstorm: 1
name: engines
services: {{hub: {{latency: 1ms, limiters: {{all: {{{limiter}}}}}}}}}
images: {{app: {{registry: hub, layers: 2{image}}}}}
workloads: {{{workloads}}}
"
    )
}

const WIDE: &str = "bucket: {burst: 1000, refill: 10/s}";

/// A registry that refuses everything from its first request on.
const SHUT: &str = "bucket: {burst: 1, refill: 1 per 100d}, initial: 0, status: 429, code: \
                    TOOMANYREQUESTS";

fn prepared(text: &str) -> Prepared {
    let document = Document::parse("engines", text.as_bytes()).unwrap_or_else(|it| panic!("{it}"));
    let mut prepared = prepare(&document, &[]).unwrap_or_else(|it| panic!("{it}"));
    prepared.remove(0)
}

fn plan(text: &str) -> Plan {
    prepared(text).plan
}

/// Requests of the registry, by name, in the order of its operations.
fn asked(text: &str) -> Vec<(String, u64)> {
    let plan = plan(text);
    let (outcome, _) = simulate(&plan, 1, 0, Nothing);
    let mut asked: Vec<(String, u64)> = Vec::new();
    for (site, totals) in plan.sites.iter().zip(&outcome.totals.sites) {
        let operation = &plan.operations[site.operation as usize];
        if operation.service != "hub" || totals.attempts == 0 {
            continue;
        }
        match asked.iter_mut().find(|(name, _)| *name == operation.name) {
            Some((_, count)) => *count += totals.attempts,
            None => asked.push((operation.name.clone(), totals.attempts)),
        }
    }
    asked
}

fn problems(workloads: &str) -> String {
    let text = text(WIDE, "", workloads);
    let document = Document::parse("engines", text.as_bytes()).unwrap_or_else(|it| panic!("{it}"));
    let found = prepare(&document, &[]).err();
    found.map_or(String::new(), |found| found.to_string())
}

/// A Swarm whose tasks are rejected and restarted for ten minutes on nodes that hold the image.
fn swarm(reference: &str, engine: &str) -> Vec<(String, u64)> {
    let workload = format!(
        "w: {{kind: swarm-service, replicas: 3, nodes: 3, fails: at-prepare, until: 10min, pull: \
         {{client: swarm-executor{engine}, images: app, auth: none, cached: everything}}}}"
    );
    asked(&text(WIDE, &format!(", reference: {reference}"), &workload))
}

#[test]
fn a_swarm_over_the_containerd_store_asks_nothing_for_a_digest_it_holds() {
    // moby `daemon/cluster/executor/container/adapter.go`, whatever the store.
    for engine in [
        "",
        ", engine: docker-classic",
        ", engine: docker-containerd",
    ] {
        assert_eq!(swarm("digest", engine), [], "{engine}");
        assert!(!swarm("tag", engine).is_empty(), "{engine}");
    }
}

/// The requests of one pod's first try at a registry that refuses everything, before its back-off of
/// 10 s is over.
fn first_try(engine: &str) -> Vec<(String, u64)> {
    let workload = format!(
        "w: {{kind: scale-out, nodes: 1, pods: 1, boot: 0s, until: 9s, pull: {{client: \
         kubelet{engine}, images: app, auth: none}}}}"
    );
    asked(&text(SHUT, "", &workload))
}

#[test]
fn a_kubelet_over_containerd_2_4_asks_five_times_where_one_over_an_older_one_asks_six_times() {
    let resolve = |count| vec![("resolve".to_owned(), count)];
    assert_eq!(first_try(""), resolve(6));
    assert_eq!(first_try(", engine: containerd-1.6"), resolve(6));
    assert_eq!(first_try(", engine: containerd-2.4"), resolve(5));
}

#[test]
fn a_kubelet_over_cri_o_waits_between_its_requests_instead() {
    // 2, 4 and 8 s: the second request leaves after 2 s, the third after 6 s, the fourth after 14 s.
    let asked = first_try(", engine: cri-o");
    assert_eq!(asked, [("ping".to_owned(), 3)]);
}

#[test]
fn a_report_says_which_engine_was_taken_where_none_is_named() {
    let said = |pulls: &str| -> Vec<String> {
        let workloads = ["a", "b"].map(|name| {
            format!("{name}: {{kind: image-pulls, pulls: 1, pull: {{auth: none, images: app, {pulls}}}}}")
        });
        let plan = plan(&text(WIDE, "", &workloads.join(", ")));
        let assumed = plan.assumptions().map(|it| it.text);
        assumed.filter(|text| text.contains("runs over")).collect()
    };
    let usual = "kubelet runs over containerd-1.6 (containerd 1.x and 2.0 through the CRI); `engine` \
                 of `pull` names another";
    assert_eq!(said("client: kubelet"), [usual], "once for both workloads");
    let none: [&str; 0] = [];
    assert_eq!(said("client: kubelet, engine: cri-o"), none);
    assert_eq!(said("client: docker-classic"), none);
    assert_eq!(said("client: fargate"), none, "it has one engine only");
}

#[test]
fn an_engine_that_is_not_the_clients_is_refused_with_those_that_are() {
    let refused = |client: &str| {
        problems(&format!(
            "w: {{kind: image-pulls, pulls: 1, pull: {{client: {client}, images: app, auth: none}}}}"
        ))
    };
    for engine in ["docker-classic", "containerd-2.3", "kubelet"] {
        let said = refused(&format!("kubelet, engine: {engine}"));
        assert!(
            said.contains(&format!("`kubelet` does not run over `{engine}`"))
                && said.contains(
                    "engines of kubelet: containerd-1.6, containerd-2.1, containerd-2.4, cri-o"
                )
                && said.contains("workloads.w.pull.engine"),
            "{said}"
        );
    }
    let itself = refused("docker-classic, engine: docker-classic");
    assert!(
        itself.contains("`docker-classic` is an engine itself"),
        "{itself}"
    );
}

#[test]
fn an_orchestrator_pulls_with_its_own_client_and_not_with_the_bare_engine() {
    let refused = |workload: &str, client: &str| {
        problems(&format!(
            "w: {{{workload}, pull: {{client: {client}, images: app, auth: none}}}}"
        ))
    };
    let swarm = refused(
        "kind: swarm-service, replicas: 2, nodes: 2",
        "docker-containerd",
    );
    assert!(
        swarm.contains("nodes of a Swarm do not pull with `docker-containerd`")
            && swarm.contains("write `client: swarm-executor` and `engine: docker-containerd`"),
        "{swarm}"
    );
    let nodes = "kind: scale-out, nodes: 2, pods: 1, kubelet: {registry_qps: 1/s}";
    let kubelet = refused(nodes, "containerd-2.4");
    assert!(
        kubelet.contains("write `client: kubelet` and `engine: containerd-2.4`"),
        "{kubelet}"
    );
    assert_eq!(refused(nodes, "kubelet, engine: containerd-2.4"), "");
    let rollout = refused(
        "kind: kubernetes-rollout, replicas: 2, nodes: 2",
        "github-actions-runner",
    );
    assert!(
        rollout.contains("nodes of Kubernetes do not pull with `github-actions-runner`")
            && rollout.contains("write `client: kubelet`; `pullstorm catalog kubelet` lists"),
        "{rollout}"
    );
    let ecs = refused(
        "kind: ecs-deployment, desired: 2, execution_role: true",
        "crane-2026-05",
    );
    assert!(
        ecs.contains("write `client: ecs-agent` or `client: fargate`"),
        "{ecs}"
    );
}

#[test]
fn machines_have_one_engine_below_a_client() {
    let nodes = |engine: &str| {
        problems(&format!(
            "a: {{kind: scale-out, on: prod, nodes: 2, pods: 1, pull: {{client: kubelet, images: app, \
             auth: none}}}}, b: {{kind: scale-out, on: prod, nodes: 2, pods: 1, pull: {{client: kubelet, \
             engine: {engine}, images: app, auth: none}}}}"
        ))
    };
    assert_eq!(nodes("containerd-1.6"), "");
    let said = nodes("containerd-2.4");
    assert!(
        said.contains(
            "kubelet runs over another engine here than over containerd-1.6 in `workloads.a`"
        ),
        "{said}"
    );
}

#[test]
fn a_kubelet_over_containerd_fetches_three_blobs_of_a_pull_at_once() {
    // `max_concurrent_downloads` of containerd's CRI configuration; a client of its own has no such
    // limit.
    let seconds = |client: &str| {
        let text = format!(
            "pullstorm: 1
name: layers
services: {{hub: {{latency: 10s, limiters: {{all: {{{WIDE}}}}}}}}}
images: {{app: {{registry: hub, layers: 11}}}}
workloads: {{w: {{kind: image-pulls, pulls: 1, pull: {{images: app, auth: none, client: {client}}}}}}}
"
        );
        let prepared = prepared(&text);
        let run = run_one(&prepared, 1, 0);
        let finished = prepared.metrics.find("w.finished_after").unwrap();
        let finished = run.values[finished].unwrap();
        assert!(run.best.finish.as_secs_f64() <= finished);
        finished
    };
    for engine in ["containerd-1.6", "containerd-2.4"] {
        // Twelve blobs, the configuration among them: four rounds of three instead of one of all.
        let rounds = (seconds(&format!("kubelet, engine: {engine}")) - seconds(engine)) / 10.0;
        assert!((2.9..3.1).contains(&rounds), "{engine}: {rounds}");
    }
}

#[test]
fn pulls_of_one_machine_fetch_a_layer_once_over_containerd_and_each_for_itself_with_podman() {
    // containerd core/content/helpers.go, `OpenWriter`; cri-o server/image_pull.go. podman is a process
    // for each pull.
    let layers = |client: &str| {
        let workload = format!(
            "w: {{kind: image-pulls, pulls: 10, hosts: 1, pull: {{client: {client}, images: app, auth: none, \
             bandwidth: 8Mbit/s}}}}"
        );
        let asked = asked(&text(WIDE, ", size: 10MB", &workload));
        asked.iter().find(|(name, _)| name == "layer").unwrap().1
    };
    for shared in [
        "containerd-1.6",
        "containerd-2.4",
        "docker-containerd",
        "docker-classic",
        "cri-o",
    ] {
        assert_eq!(layers(shared), 2, "{shared}");
    }
    assert_eq!(layers("podman-2026"), 20);
}

#[test]
fn machines_and_images_that_fargate_does_not_have_are_refused() {
    let on = |settings: &str, pull: &str| {
        problems(&format!(
            "w: {{kind: ecs-deployment, desired: 4, {settings} pull: {{client: fargate, auth: none, images: app{pull}}}}}"
        ))
    };
    assert_eq!(on("", ""), "");
    assert!(on("hosts: 2,", "").contains("share no machines"));
    assert!(on("", ", cached: everything").contains("begins with no image"));
}

#[test]
fn a_registry_is_no_mirror_of_itself() {
    let found = problems(
        "w: {kind: image-pulls, pulls: 1, pull: {client: docker-classic, auth: none, images: app, mirror: hub}}",
    );
    assert!(
        found.contains("`hub` is the registry of `app` itself"),
        "{found}"
    );
}

#[test]
fn a_restart_loop_is_looked_at_as_long_as_those_it_harms() {
    let stacks = |broken: &str| {
        problems(&format!(
            "broken: {{kind: swarm-service, fails: at-prepare, until: 10min{broken}, pull: {{client: \
             swarm-executor, auth: none, images: app}}}}, shop: {{kind: swarm-service, from: 5min, until: 12min, \
             pull: {{client: swarm-executor, auth: none, images: app}}}}"
        ))
    };
    let found = stacks("");
    assert!(
        found.contains("`broken` fails for ever and is looked at until 10min"),
        "{found}"
    );
    assert!(
        found.contains("write `until: 12min`, or `removed: 10min`"),
        "{found}"
    );
    assert_eq!(stacks(", removed: 10min"), "");
    assert_eq!(stacks(", restart: {max_attempts: 3}"), "");
    // Three restarts, 5 s apart, are within two minutes: the fourth is not allowed.
    let within =
        |window: &str| stacks(&format!(", restart: {{max_attempts: 3, window: {window}}}"));
    assert_eq!(within("2min"), "");
    assert!(within("15s").contains("`broken` fails for ever"));
}

#[test]
fn repairs_of_what_does_not_fail_are_refused() {
    let parsed = |workload: &str| {
        let text = text(WIDE, "", workload);
        let found = Document::parse("engines", text.as_bytes()).err();
        found.map_or(String::new(), |found| found.to_string())
    };
    let swarm = |settings: &str| {
        parsed(&format!(
            "w: {{kind: swarm-service{settings}, pull: {{client: swarm-executor, auth: none, images: app}}}}"
        ))
    };
    assert!(swarm(", repaired: 5min").contains("nothing fails here"));
    assert_eq!(swarm(", fails: at-prepare, repaired: 5min"), "");
}

#[test]
fn an_orchestrator_is_refused_a_behaviour_that_its_client_has_no_setting_for() {
    let swarm = |behaviour: &str| {
        problems(&format!(
            "w: {{kind: swarm-service, replicas: 2, nodes: 2, until: 1min, pull: {{client: swarm-executor, \
             images: app, auth: none, behaviour: {behaviour}}}}}"
        ))
    };
    for of_others in ["IfNotPresent", "Always", "once", "default"] {
        let refused = swarm(of_others);
        assert!(
            refused.contains("`swarm-executor` has no setting that pulls like this")
                && refused.contains("leave `behaviour` out"),
            "{refused}"
        );
    }
    assert_eq!(swarm("never"), "");
    let pods = |behaviour: &str| {
        problems(&format!(
            "w: {{kind: scale-out, nodes: 2, until: 1min, pull: {{client: kubelet, images: app, auth: none, \
             behaviour: {behaviour}}}}}"
        ))
    };
    for of_others in ["once", "default"] {
        let refused = pods(of_others);
        assert!(
            refused.contains("write an imagePullPolicy: `Always`"),
            "{refused}"
        );
    }
    for own in ["Always", "IfNotPresent", "Never"] {
        assert_eq!(pods(own), "", "{own}");
    }
    let tasks = |client: &str, behaviour: &str| {
        problems(&format!(
            "w: {{kind: ecs-deployment, desired: 2, until: 1min, pull: {{client: {client}, images: app, auth: \
             none, behaviour: {behaviour}}}}}"
        ))
    };
    for own in ["default", "always", "once", "prefer-cached"] {
        assert_eq!(tasks("ecs-agent", own), "", "{own}");
    }
    assert!(tasks("ecs-agent", "Never").contains("ECS_IMAGE_PULL_BEHAVIOR"));
    assert!(tasks("fargate", "prefer-cached").contains("tasks on Fargate pull always"));
}
