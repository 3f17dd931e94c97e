//! Version consistency of Amazon ECS: one task of a deployment finds the digests of its images, and
//! all others start by them.

use super::run;
use pullstorm_tests::incident::Runs;

/// A service of a hundred tasks on ten instances that hold the image, at a registry that counts
/// requests by what they ask for; `image` and `settings` are said of image and service.
fn deployed(image: &str, settings: &str) -> Runs {
    run(&format!(
        "
services:
  hub:
    latency: 100ms
    limiters:
      tags: {{scope: global, bucket: {{burst: 1000000, refill: 1/h}}, operations: [resolve]}}
      manifests: {{scope: global, bucket: {{burst: 1000000, refill: 1/h}}, operations: [manifest]}}
images:
  app: {{registry: hub, layers: 3, size: 300MB{image}}}
workloads:
  web:
    kind: ecs-deployment
    desired: 100
    launch_every: 0s
    {settings}
"
    ))
}

const WARM: &str =
    "hosts: 10\n    pull: {client: ecs-agent, images: app, auth: none, cached: everything}";

/// How often a tag was looked up by HEAD.
fn look_ups(runs: &Runs) -> f64 {
    runs.mean("limiters.hub.tags.offered")
}

#[test]
fn a_deployment_looks_a_tag_up_once_and_not_for_each_of_its_tasks() {
    let consistent = deployed("", WARM);
    let apart = deployed("", &format!("version_consistency: false\n    {WARM}"));
    // The agent's look-up, HEAD and manifest, and the HEAD of the pull.
    assert_eq!(look_ups(&consistent), 2.0);
    assert_eq!(consistent.mean("limiters.hub.manifests.offered"), 1.0);
    assert_eq!(look_ups(&apart), 200.0);
    assert_eq!(apart.mean("limiters.hub.manifests.offered"), 100.0);
    // Each service has digests of its own.
    let three = deployed("", &format!("services: 3\n    {WARM}"));
    assert_eq!(look_ups(&three), 6.0);
}

#[test]
fn images_named_by_digest_have_nothing_to_look_up() {
    for settings in [
        WARM.to_owned(),
        format!("version_consistency: false\n    {WARM}"),
    ] {
        let runs = deployed(", reference: digest", &settings);
        assert_eq!(runs.mean("web.requests.count"), 100.0);
        assert_eq!(runs.mean("web.finished_after"), 0.1, "a ping, all at once");
    }
}

#[test]
fn tasks_wait_for_the_look_up_of_an_agent_and_for_the_whole_pull_of_fargate() {
    let cold = |client: &str, settings: &str| {
        deployed(
            "",
            &format!(
                "{settings}\n    pull: {{client: {client}, images: app, auth: none, bandwidth: 10MB/s}}"
            ),
        )
    };
    let seconds = |runs: &Runs| runs.mean("web.finished_after");
    let alone = "version_consistency: false";
    // 300 MB take 30 s.
    let fargate = (cold("fargate", ""), cold("fargate", alone));
    let later = seconds(&fargate.0) - seconds(&fargate.1);
    assert!((30.0..31.0).contains(&later), "{later} s");
    // Nothing is saved: containerd asks for a digest as for a tag.
    assert_eq!(look_ups(&fargate.0), 100.0);
    assert_eq!(look_ups(&fargate.0), look_ups(&fargate.1));
    let agent = (cold("ecs-agent", ""), cold("ecs-agent", alone));
    let later = seconds(&agent.0) - seconds(&agent.1);
    assert!((-0.5..0.5).contains(&later), "{later} s");
}

#[test]
fn all_others_follow_when_the_first_has_come_up_and_looked_up() {
    let paced = |settings: &str| {
        let settings = format!("{settings}\n    {WARM}");
        deployed("", &settings).mean("web.finished_after")
    };
    let alone = paced("version_consistency: false\n    provision: 5s");
    let consistent = paced("provision: 5s");
    // All at once, or all but one when one has come up and looked up.
    assert!(alone < 6.0, "{alone} s");
    assert!((10.0..11.5).contains(&consistent), "{consistent} s");
}

#[test]
fn three_failures_to_find_digests_let_the_deployment_go_on_without_or_end_it() {
    // The registry is away until the third attempt has failed, each of which takes the agent up to 50 s.
    let away = |settings: &str| {
        run(&format!(
            "
services:
  hub:
    limiters: {{tags: {{scope: global, bucket: {{burst: 1000000, refill: 1/h}}, operations: [resolve]}}}}
    faults: {{away: {{answer: {{status: 503}}, until: 150s}}}}
images:
  app: {{registry: hub, layers: 3}}
workloads:
  web:
    kind: ecs-deployment
    desired: 10
    hosts: 10
    launch_every: 0s
    pull: {{client: ecs-agent, images: app, auth: none, behaviour: always}}
    {settings}
"
        ))
    };
    let without = away("");
    assert_eq!(without.mean("web.tasks.failed"), 0.0);
    // Nine look-ups of each attempt have failed by then; each of the ten tasks needs two more.
    assert!(
        look_ups(&without) >= 3.0 * 9.0 + 2.0 * 10.0,
        "each task looks the tag up: {}",
        look_ups(&without)
    );
    // No breaker of ten tasks would trip at three failures but for this.
    let ended = away("breaker: {threshold: {count: 10}}");
    assert_eq!(ended.mean("web.tasks.failed"), 10.0);
    assert_eq!(ended.mean("web.loops.orchestrator.passes"), 3.0);
}
