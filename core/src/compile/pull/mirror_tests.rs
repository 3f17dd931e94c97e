//! What mirrors ask of their upstream, and what clients do when a mirror fails.

use crate::judge::best_possible;
use crate::record::Nothing;
use crate::replicate::prepare;
use crate::scenario::Document;

/// What a run came to.
struct Ran {
    finished: f64,
    sent: Vec<(String, u64)>,
    metrics: Vec<(String, f64)>,
}

impl Ran {
    /// Requests of an operation at a service, `hub.manifest-get`.
    fn sent(&self, name: &str) -> u64 {
        let found = self.sent.iter().find(|(known, _)| known == name);
        found.map_or(0, |(_, count)| *count)
    }

    fn metric(&self, name: &str) -> f64 {
        let found = self.metrics.iter().find(|(known, _)| known == name);
        found.map_or(0.0, |(_, value)| *value)
    }
}

fn text(mirror: &str, caches: &str, pulls: &str) -> String {
    format!(
        "pullstorm: 1
name: mirrored
horizon: 40h
services:
  hub: {{preset: docker-hub-anonymous@2026-11, latency: 60ms}}
  quay: {{limiters: {{all: {{bucket: {{burst: 1, refill: 1/s}}}}}}}}
  mirror: {{latency: 4ms, {mirror}, caches: {{upstream: hub, {caches}}}}}
images:
  app: {{registry: hub, layers: 5, platforms: 4}}
  tool: {{registry: quay, layers: 1}}
workloads: {{w: {{kind: image-pulls, {pulls}}}}}
"
    )
}

fn run(mirror: &str, caches: &str, pulls: &str) -> Ran {
    run_text(&text(mirror, caches, pulls))
}

fn run_text(text: &str) -> Ran {
    let document = Document::parse("m", text.as_bytes()).unwrap_or_else(|it| panic!("{it}"));
    let prepared = prepare(&document, &[]).unwrap_or_else(|it| panic!("{it}"));
    let plan = &prepared[0].plan;
    let (mut outcome, _) = crate::engine::simulate(plan, 1, 0, Nothing);
    assert_eq!(outcome.cut_off, None, "{text}");
    let best = best_possible(plan, 1, 0)[0].finish;
    let finished = outcome.workloads[0].finished_after;
    assert!(
        finished.is_none_or(|finished| finished >= best),
        "{finished:?} before {best:?}: {text}"
    );
    let mut sent: Vec<(String, u64)> = Vec::new();
    for (site, totals) in plan.sites.iter().zip(&outcome.totals.sites) {
        let operation = &plan.operations[site.operation as usize];
        let name = format!("{}.{}", operation.service, operation.name);
        match sent.iter_mut().find(|(known, _)| *known == name) {
            Some((_, count)) => *count += totals.attempts,
            None => sent.push((name, totals.attempts)),
        }
    }
    let metrics = &prepared[0].metrics;
    let values = metrics.values(plan, &mut outcome);
    let names = ["hits", "misses", "checks", "falls"].map(|it| format!("w.mirror_{it}"));
    let more = ["w.pulls.finished", "w.requests.amplification"].map(str::to_owned);
    let of = |name: String| {
        let value = values[metrics.find(&name)?]?;
        Some((name, value))
    };
    let metrics = names.into_iter().chain(more).filter_map(of).collect();
    let mut ran = Ran {
        finished: 0.0,
        sent,
        metrics,
    };
    ran.finished = ran.metric("w.pulls.finished");
    ran
}

fn refused(caches: &str, pull: &str) -> String {
    let text = text("region: x", caches, &format!("pulls: 1, pull: {pull}"));
    let document = Document::parse("m", text.as_bytes()).unwrap_or_else(|it| panic!("{it}"));
    let problems = prepare(&document, &[]).expect_err("it cannot be");
    problems.to_string()
}

const DISTRIBUTION: &str = "kind: distribution-proxy";
const DOCKER: &str = "{client: docker-classic, images: app, mirror: mirror}";

#[test]
fn a_distribution_proxy_looks_each_tag_up_and_fetches_the_rest_once() {
    let pulls = format!("pulls: 3, begin: {{every: 1min}}, pull: {DOCKER}");
    let ran = run("region: x", DISTRIBUTION, &pulls);
    assert_eq!(ran.finished, 3.0);
    assert_eq!(ran.sent("hub.manifest-head"), 3);
    assert_eq!(
        (ran.sent("hub.index-get"), ran.sent("hub.manifest-get")),
        (1, 1)
    );
    assert_eq!(ran.sent("hub.blob-get"), 6);
    assert_eq!(
        (ran.metric("w.mirror_checks"), ran.metric("w.mirror_misses")),
        (3.0, 8.0)
    );
    // HEAD, index, manifest and six blobs of each, of which eight were not there.
    assert_eq!(ran.metric("w.mirror_hits"), 3.0 * 9.0 - 8.0);
    let tries = ran.metric("w.requests.amplification");
    assert_eq!(tries, 1.0, "what a mirror sends is not the caller's");
}

#[test]
fn pulls_at_once_are_one_request_upstream_each_unless_the_mirror_lets_them_wait() {
    let pulls = format!("pulls: 20, pull: {DOCKER}");
    let each = run("region: x", DISTRIBUTION, &pulls);
    assert_eq!((each.finished, each.sent("hub.manifest-get")), (20.0, 20));
    let caches = "kind: distribution-proxy, single_flight: true";
    let one = run("region: x", caches, &pulls);
    assert_eq!((one.finished, one.sent("hub.manifest-get")), (20.0, 1));
    assert_eq!(one.sent("hub.blob-get"), 6);
    let caches = "kind: distribution-proxy, holds: everything";
    let held = run("region: x", caches, &pulls);
    assert_eq!(
        (
            held.sent("hub.manifest-get"),
            held.sent("hub.manifest-head")
        ),
        (0, 20)
    );
}

#[test]
fn ecr_imports_all_platforms_and_looks_a_tag_up_once_a_day() {
    let caches = "kind: ecr-pull-through";
    let pull = "{client: crane-2026-05, images: app, registry: mirror}";
    let pulls = format!("pulls: 26, begin: {{every: 1h}}, pull: {pull}");
    let ran = run("preset: aws-ecr", caches, &pulls);
    assert_eq!(ran.finished, 26.0);
    assert_eq!(
        (ran.sent("hub.index-get"), ran.sent("hub.manifest-get")),
        (1, 4)
    );
    assert_eq!(
        ran.sent("hub.manifest-head"),
        2,
        "at the start and a day later"
    );
}

#[test]
fn an_import_that_upstream_cuts_short_goes_on_from_the_manifests_that_came() {
    let pull = "{client: docker-classic, images: app, registry: mirror}";
    let pulls = format!("pulls: 12, begin: {{every: 20s}}, pull: {pull}");
    let text = text("region: x", "kind: ecr-pull-through", &pulls);
    // Two requests each time: the tag is known after the first one, an index has four platforms.
    let hub = "hub: {preset: docker-hub-anonymous@2026-11, latency: 60ms}";
    let slow = "hub: {limiters: {all: {bucket: {burst: 2, refill: 2 per 20s}, operations: [index, manifest]}}}";
    assert!(text.contains(hub));
    let ran = run_text(&text.replace(hub, slow));
    assert_eq!(ran.finished, 9.0, "{:?}", ran.sent);
}

#[test]
fn containerd_hits_a_throttling_mirror_five_times_before_each_request_goes_on() {
    let nothing = "limiters: {all: {bucket: {burst: 1, refill: 1/d}, initial: empty}}";
    let pull = "{client: containerd-2.4, images: app, mirror: mirror}";
    let ran = run(nothing, DISTRIBUTION, &format!("pulls: 1, pull: {pull}"));
    assert_eq!(ran.finished, 1.0);
    assert_eq!(ran.sent("mirror.resolve"), 5);
    assert_eq!(
        ran.sent("mirror.index"),
        5,
        "the next request begins with the mirror"
    );
    // HEAD, index, the manifests of four platforms, their configs and the layers.
    assert_eq!(ran.metric("w.mirror_falls"), f64::from(1 + 1 + 4 + 4 + 5));
    assert_eq!(ran.sent("hub.manifest-get"), 4);
}

#[test]
fn containerd_asks_the_mirror_for_the_manifests_of_all_platforms() {
    let pull = "{client: containerd-2.4, images: app, mirror: mirror}";
    let pulls = format!("pulls: 2, begin: {{every: 1min}}, pull: {pull}");
    let ran = run("region: x", DISTRIBUTION, &pulls);
    assert_eq!(ran.finished, 2.0);
    assert_eq!(
        (ran.sent("hub.index-get"), ran.sent("hub.manifest-get")),
        (1, 4)
    );
    assert_eq!(ran.sent("hub.blob-get"), 4 + 5, "configs and layers");
}

#[test]
fn docker_begins_the_whole_pull_again_at_docker_hub() {
    let nothing = "limiters: {all: {bucket: {burst: 4, refill: 1/d}}}";
    let ran = run(nothing, DISTRIBUTION, &format!("pulls: 1, pull: {DOCKER}"));
    assert_eq!((ran.finished, ran.metric("w.mirror_falls")), (1.0, 1.0));
    assert_eq!(
        ran.sent("hub.manifest-head"),
        2,
        "one of the mirror and one of docker"
    );
    assert_eq!(ran.sent("hub.token"), 1);
    assert!(ran.sent("hub.blob-get") >= 6);
}

#[test]
fn a_tag_that_the_mirror_knows_will_do_only_where_its_kind_says_so() {
    let pull = "{client: docker-classic, images: app, registry: mirror}";
    let pulls = format!("pulls: 2, begin: {{every: 1h}}, pull: {pull}");
    let ran = |kind: &str| {
        let text = text("region: x", kind, &pulls).replace(
            "docker-hub-anonymous@2026-11,",
            "docker-hub-anonymous@2026-11, faults: {down: {answer: {status: 503}, from: 30min}},",
        );
        let document = Document::parse("m", text.as_bytes()).unwrap();
        let prepared = prepare(&document, &[]).unwrap_or_else(|it| panic!("{it}"));
        let plan = &prepared[0].plan;
        let (mut outcome, _) = crate::engine::simulate(plan, 1, 0, Nothing);
        let values = prepared[0].metrics.values(plan, &mut outcome);
        values[prepared[0].metrics.find("w.pulls.finished").unwrap()].unwrap()
    };
    assert_eq!(ran(DISTRIBUTION), 2.0);
    assert_eq!(ran("kind: ecr-pull-through, refresh: 0s"), 1.0);
    assert_eq!(
        ran("kind: ecr-pull-through"),
        2.0,
        "not looked up again yet"
    );
}

#[test]
fn nobody_finishes_before_the_best_possible_whatever_the_mirror_does() {
    let limits = [
        "region: x",
        "limiters: {all: {bucket: {burst: 3, refill: 1/s}}}",
    ];
    let caches = [
        "kind: distribution-proxy",
        "kind: harbor-proxy, single_flight: true",
        "kind: ecr-pull-through, refresh: 1min, single_flight: true",
        "kind: ecr-pull-through, serves_stale: true",
    ];
    let clients = [
        DOCKER,
        "{client: containerd-2.4, images: app, mirror: mirror}",
        "{client: docker-containerd, images: app, mirror: mirror}",
        "{client: crane-2026-05, images: app, registry: mirror}",
        "{client: podman-4, images: app, registry: mirror}",
    ];
    for limits in limits {
        for caches in caches {
            for client in clients {
                for (hosts, begin) in [("30", "every: 1ms"), ("4", "every: 10s")] {
                    let pulls =
                        format!("pulls: 30, hosts: {hosts}, begin: {{{begin}}}, pull: {client}");
                    run(limits, caches, &pulls);
                }
            }
        }
    }
}

#[test]
fn a_mirror_stands_only_before_what_it_and_the_client_can_have_it_for() {
    let said = refused(
        DISTRIBUTION,
        "{client: crane-2026-05, images: app, mirror: mirror}",
    );
    assert!(
        said.contains("what `crane-2026-05` does with a mirror is not known"),
        "{said}"
    );
    let said = refused(
        DISTRIBUTION,
        "{client: containerd-2.4, images: tool, mirror: mirror}",
    );
    assert!(
        said.contains("mirror fetches from hub, and the image is in quay"),
        "{said}"
    );
    let said = refused("kind: squid", DOCKER);
    assert!(
        said.contains("there is no kind of mirror `squid`"),
        "{said}"
    );
    let pulls = "pulls: 1, pull: {client: docker-classic, images: app}";
    let pushes = text("region: x", DISTRIBUTION, pulls)
        .replace("image-pulls, pulls", "image-pushes, pushes")
        .replace("pull: {", "push: {registry: mirror, ");
    let document = Document::parse("m", pushes.as_bytes()).unwrap_or_else(|it| panic!("{it}"));
    let said = prepare(&document, &[]).expect_err("no push").to_string();
    assert!(
        said.contains("mirror is a mirror, to which nothing is pushed"),
        "{said}"
    );
    let chain = text("region: x", DISTRIBUTION, pulls).replace(
        "quay: {limiters",
        "quay: {caches: {upstream: mirror, kind: harbor-proxy}, limiters",
    );
    let document = Document::parse("m", chain.as_bytes()).unwrap_or_else(|it| panic!("{it}"));
    let said = prepare(&document, &[]).expect_err("no chain").to_string();
    assert!(said.contains("`mirror` is a mirror itself"), "{said}");
    let both = text(
        "region: x",
        DISTRIBUTION,
        "pulls: 1, pull: {client: docker-classic, images: app, \
                     mirror: mirror, registry: hub}",
    );
    let problems = Document::parse("m", both.as_bytes()).expect_err("one of the two");
    assert!(
        problems.to_string().contains("write one of the two"),
        "{problems}"
    );
}
