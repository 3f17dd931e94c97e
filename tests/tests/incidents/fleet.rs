//! Fleets that pull: Swarm behind one NAT, ECS and Kubernetes roll-outs, CI at Docker Hub and ECR
//! Public.

use pullstorm_core::replicate::{Sequential, prepare};
use pullstorm_core::report::{judge_variants, report};
use pullstorm_core::scenario::Document;
use pullstorm_tests::incident::{Runs, incident, variant, with};

fn runs(name: &str, of: &str, count: u32) -> Runs {
    Runs::of(variant(&incident(name), of), count)
}

const SWARM: &str = "swarm-restart-loop";

#[test]
fn a_swarm_that_restarts_every_second_sends_more_than_twenty_thousand_requests_a_minute() {
    // 30 services x 4 tasks x 3 requests, every second, for 14 minutes; and what the others ask.
    let asked = runs(SWARM, "today", 1).mean("limiters.hub.abuse.offered") / 14.0;
    assert!((20_000.0..22_500.0).contains(&asked), "{asked} a minute");
    let by_default = runs(SWARM, "default-delay", 1).mean("limiters.hub.abuse.offered") / 14.0;
    assert!(
        (4_300.0..4_800.0).contains(&by_default),
        "{by_default} a minute"
    );
}

#[test]
fn innocent_services_behind_the_same_address_do_not_start_while_the_loop_runs() {
    // A second stack, and single services.
    let failed = |name: &str| {
        let runs = runs(SWARM, name, 5);
        ["shop", "tools"].map(|stack| runs.mean(&format!("{stack}.tasks.failed")))
    };
    assert_eq!(failed("today"), [12.0, 4.0]);
    assert_eq!(
        failed("default-delay"),
        [12.0, 4.0],
        "5 s is still more than the limit lets through"
    );
    for cured in ["delay-30s", "max-attempts", "digest", "own-address"] {
        assert_eq!(failed(cured), [0.0, 0.0], "{cured}");
    }
}

#[test]
fn a_deploy_that_could_look_its_images_up_would_have_asked_once_a_service() {
    let of_broken = |name: &str| runs(SWARM, name, 5).mean("broken.requests.count");
    // Ping, token, HEAD, manifest and config, for 30 services; the nodes hold what that is.
    assert_eq!(of_broken("resolve-image"), 30.0 * 5.0);
    assert_eq!(of_broken("digest"), 0.0);
    let shop = runs(SWARM, "resolve-image", 5).mean("shop.tasks.failed");
    assert_eq!(shop, 0.0);
}

#[test]
fn more_addresses_help_only_once_each_gets_less_than_it_may_ask_for() {
    // 21,600 a minute over 8 addresses are 2,700 for each, more than the 2,500 that it may.
    let shop = |name: &str| runs(SWARM, name, 5).mean("shop.tasks.failed");
    assert_eq!(shop("addresses-8"), 12.0, "as if there were one");
    assert_eq!(shop("addresses-16"), 0.0);
    let of = |count: &str| {
        let today = with(&incident(SWARM), "nats.office-nat.addresses", count);
        Runs::of(variant(&today, "today"), 5)
    };
    assert_eq!(of("9").mean("shop.tasks.failed"), 0.0, "2,400 for each");
    // Nothing is asked less: the loop goes on, and is heard.
    let asked = |runs: &Runs| runs.mean("limiters.hub.abuse.offered");
    assert!(asked(&of("16")) > 0.95 * asked(&of("1")));
}

#[test]
fn they_start_within_minutes_once_the_failing_services_are_removed_or_repaired() {
    for name in ["removed", "repaired"] {
        let runs = runs(SWARM, name, 5);
        assert_eq!(runs.mean("shop.tasks.failed"), 0.0, "{name}");
        let finished = runs.mean("shop.finished_after");
        assert!((600.0..720.0).contains(&finished), "{name}: {finished} s");
    }
}

#[test]
fn the_restart_throttle_makes_an_ecs_rollout_last_five_times_as_long_as_the_logins_need() {
    let today = runs("ecs-rollout", "today", 5);
    assert_eq!(today.mean("web.tasks.failed"), 0.0);
    let best = today.summaries()[0].best.finish.as_secs_f64();
    // (1,200 - 200) / 4 a second, and what comes before and after.
    assert!((250.0..260.0).contains(&best), "{best} s");
    let finished = today.mean("web.finished_after");
    assert!(finished > 5.0 * best, "{finished} s against {best} s");
}

#[test]
fn maximum_percent_and_tokens_of_the_instance_end_it() {
    let finished = |name: &str| runs("ecs-rollout", name, 5).mean("web.finished_after");
    assert!(finished("maximum-125") < 360.0);
    // 75/125 lets half of the tasks start at once, so that logins are throttled after all.
    assert!(finished("minimum-75-maximum-125") > finished("maximum-125"));
    let instances = runs("ecs-rollout", "cold-instances", 5);
    assert!(instances.mean("web.finished_after") < 60.0);
    assert!(instances.mean("limiters.ecr.GetAuthorizationToken.offered") < 60.0);
    assert_eq!(
        runs("ecs-rollout", "prefer-cached", 1).mean("web.requests.count"),
        0.0
    );
}

#[test]
fn the_circuit_breaker_rolls_the_deployments_back() {
    let breaker = runs("ecs-rollout", "breaker", 5);
    assert!(breaker.mean("web.tasks.failed") > 600.0);
    let throttled = |runs: &Runs| runs.mean("limiters.ecr.GetAuthorizationToken.throttled");
    assert!(throttled(&breaker) < 0.5 * throttled(&runs("ecs-rollout", "today", 5)));
}

#[test]
fn raising_the_kubelet_s_limit_moves_the_failure_to_the_registry() {
    let today = runs("kubernetes-scale-out", "today", 5);
    let raised = runs("kubernetes-scale-out", "raised-qps", 5);
    let kubelet = "limiters.kubelet.nodes-pulls.throttled";
    let registry = "limiters.hub.abuse.throttled";
    assert!(today.mean(kubelet) > 300.0);
    assert_eq!(today.mean(registry), 0.0);
    assert_eq!(raised.mean(kubelet), 0.0);
    assert!(raised.mean(registry) > 1_000.0);
    let last = "nodes.finished_after";
    assert!(raised.mean(last) > today.mean(last) + 60.0);
    let serialised = runs("kubernetes-scale-out", "serialised", 5);
    assert_eq!(serialised.mean(kubelet) + serialised.mean(registry), 0.0);
}

#[test]
fn an_address_pulls_a_hundred_images_in_six_hours_or_in_one() {
    let pulled = |name: &str| runs("docker-hub-anonymous-ci", name, 1);
    // 240 jobs of three images: 33 whole jobs and one image of the next fit into 100.
    assert_eq!(pulled("today").mean("limiters.hub.pulls.admitted"), 100.0);
    assert_eq!(pulled("today").mean("ci.pulls.finished"), 33.0);
    let observed = pulled("observed-window").mean("ci.pulls.failed");
    assert!((30.0..70.0).contains(&observed), "{observed}");
    assert_eq!(pulled("signed-in").mean("ci.pulls.finished"), 66.0);
    for enough in [
        "signed-in-observed",
        "paid",
        "kept-machines",
        "own-addresses",
    ] {
        assert_eq!(pulled(enough).mean("ci.pulls.failed"), 0.0, "{enough}");
    }
}

#[test]
fn a_compose_file_of_six_images_is_more_than_ecr_public_serves_at_once() {
    let failed = |name: &str| runs("ecr-public-compose", name, 5).mean("compose.pulls.failed");
    assert_eq!(failed("today"), 7.0, "who is let in first goes on");
    assert_eq!(failed("one-after-another"), 0.0);
    assert_eq!(failed("podman"), 0.0, "who waits is served");
    let alone = with(
        &incident("ecr-public-compose"),
        "workloads.compose.pulls",
        "1",
    );
    let alone = Runs::of(variant(&alone, "today"), 1);
    assert_eq!(
        alone.mean("compose.pulls.failed"),
        0.0,
        "one image after another is no more than one a second"
    );
}

/// Of the six images of a compose file, how many are pulled in all where so many machines behind one
/// address ask for all of them at once.
fn side_by_side(machines: u32) -> f64 {
    const NAMES: [&str; 6] = ["api", "worker", "web", "db", "cache", "proxy"];
    let mut text = "pullstorm: 1
name: side-by-side
services: {public: {preset: aws-ecr-public-anonymous, latency: 80ms}}
"
    .to_owned();
    text += "images:\n";
    for name in NAMES {
        text += &format!("  {name}: {{registry: public, layers: 6}}\n");
    }
    text += "workloads:\n";
    for name in NAMES {
        text += &format!(
            "  {name}: {{kind: image-pulls, pulls: {machines}, hosts: {machines}, on: ci, identity: \
             {{address: office}}, pull: {{client: docker-classic, images: {name}}}}}\n"
        );
    }
    let document = Document::parse("side-by-side", text.as_bytes()).unwrap();
    let runs = Runs::of(variant(&document, "today"), 5);
    let finished = NAMES.map(|name| runs.mean(&format!("{name}.pulls.finished")));
    finished.iter().sum()
}

#[test]
fn side_by_side_a_machine_loses_five_of_six_images_and_eight_lose_nearly_all() {
    // What those report who pull a file of six images in parallel without signing in.
    assert_eq!(side_by_side(1), 1.0);
    let finished = side_by_side(8);
    assert!((1.0..=2.0).contains(&finished), "{finished} of 48");
}

const HUNDRED: &str = "ecs-hundred-tasks";

#[test]
fn a_hundred_tasks_take_longer_the_fewer_may_start_at_once_and_75_125_stops_25_first() {
    let doubled = runs(HUNDRED, "maximum-200", 3);
    let quarter = runs(HUNDRED, "today", 3);
    let both = runs(HUNDRED, "minimum-75", 3);
    for (runs, lowest) in [(&doubled, 100.0), (&quarter, 100.0), (&both, 75.0)] {
        assert_eq!(runs.mean("web.tasks.failed"), 0.0);
        assert_eq!(runs.mean("web.running.lowest"), lowest);
    }
    let minutes = |runs: &Runs| runs.mean("web.finished_after") / 60.0;
    // All at once: launches of 12 s, pull and start, 30 s until healthy. A quarter at a time: four
    // rounds of that and of the 30 s in which old ones drain. Half at a time: two.
    assert!(minutes(&doubled) < 1.0, "{}", minutes(&doubled));
    assert!(minutes(&both) > minutes(&doubled) && minutes(&both) < minutes(&quarter));
    assert!(
        (3.0..5.5).contains(&minutes(&quarter)),
        "{}",
        minutes(&quarter)
    );
}

#[test]
fn a_quarter_at_a_time_spares_a_registry_nothing_that_instances_ask_once() {
    let logins = "limiters.ecr.GetAuthorizationToken";
    for (variant, asked) in [
        ("today", 50.0),
        ("maximum-200", 50.0),
        ("fargate-200", 100.0),
    ] {
        let runs = runs(HUNDRED, variant, 3);
        // Two tasks that come to an instance together each ask.
        let offered = runs.mean(&format!("{logins}.offered"));
        assert!(
            (asked..asked + 2.0).contains(&offered),
            "{variant}: {offered}"
        );
        assert_eq!(runs.mean(&format!("{logins}.throttled")), 0.0, "{variant}");
    }
}

#[test]
fn fifty_cold_instances_log_in_and_pull_where_warm_ones_ask_nothing() {
    let cold = runs(HUNDRED, "fifty-cold", 3);
    let warm = runs(HUNDRED, "fifty-warm", 3);
    let logins = "limiters.ecr.GetAuthorizationToken.offered";
    assert_eq!(cold.mean(logins), 50.0);
    assert!(cold.mean("web.requests.count") > 50.0 * 12.0, "every layer");
    assert_eq!(warm.mean("web.requests.count"), 0.0);
    assert!(warm.mean("web.finished_after") < cold.mean("web.finished_after"));
}

#[test]
fn a_tag_of_each_build_is_asked_for_until_an_instance_has_it_and_latest_by_each_task_or_never() {
    let asked = |of: &str| runs(HUNDRED, of, 3).mean("web.requests.count");
    let (latest, immutable) = (asked("maximum-200"), asked("immutable-tag-200"));
    // Two tasks an instance, six seconds apart: many of the second ones come while the first still
    // pulls. Those that find it spare a look-up and the check of a pull.
    let saved = latest - immutable;
    assert!((50.0..50.0 * 6.0).contains(&saved), "{saved} of {latest}");
    assert_eq!(asked("prefer-cached-200"), 0.0, "it starts what it has");
}

#[test]
fn the_circuit_breaker_changes_nothing_where_tasks_start() {
    let with = runs(HUNDRED, "breaker-200", 3);
    let without = runs(HUNDRED, "maximum-200", 3);
    assert_eq!(
        with.mean("web.finished_after"),
        without.mean("web.finished_after")
    );
}

#[test]
fn a_digest_saves_the_look_up_of_each_task_and_hardly_any_time() {
    let seconds = |of: &str| runs(HUNDRED, of, 3).mean("web.finished_after");
    let (tag, digest) = (seconds("maximum-200"), seconds("digest-200"));
    assert!(digest < tag && digest > 0.9 * tag, "{digest} of {tag}");
}

#[test]
fn an_execution_role_brings_the_logins_back_that_instances_would_share() {
    let logins = "limiters.ecr.GetAuthorizationToken.offered";
    let role = runs("ecs-rollout", "execution-role", 3);
    let instance = runs("ecs-rollout", "cold-instances", 3);
    assert!(role.mean(logins) >= 1_200.0);
    assert!(instance.mean(logins) < 60.0);
    let (role, instance) = (
        role.mean("web.finished_after"),
        instance.mean("web.finished_after"),
    );
    assert!(role > instance, "{role} s against {instance} s");
}

#[test]
fn a_digest_saves_the_look_up_of_each_task_and_version_consistency_that_of_all_but_one() {
    // Limits of today, for they count manifests, too.
    let today = with(&incident("ecs-rollout"), "services.ecr.preset", "aws-ecr");
    let runs = |name: &str| Runs::of(variant(&today, name), 3);
    let (tag, digest) = (runs("cold-instances"), runs("digest"));
    let manifests = |runs: &Runs| runs.mean("limiters.ecr.BatchGetImage.offered");
    // HEAD and GET of the agent's look-up and HEAD of the pull, for each of 1,200 tasks.
    let saved = (manifests(&tag) - manifests(&digest)) / 1_200.0;
    assert!((2.97..3.03).contains(&saved), "{saved} a task");
    // What is left is a manifest for each instance, or few more.
    assert!((50.0..75.0).contains(&manifests(&digest)));
    // One task of each of the 24 services looks the tag up for all.
    let consistent = runs("version-consistency");
    let more = manifests(&consistent) - manifests(&digest);
    assert!((65.0..=75.0).contains(&more), "{more} for 24 services");
}

#[test]
fn the_launch_rate_of_fargate_is_far_above_what_ecr_let_log_in() {
    // 1,200 launches at 20 a second after the first 100 take a minute; the logins take four.
    let paced = runs("ecs-rollout", "fargate-launch-rate", 3);
    assert_eq!(paced.mean("web.tasks.failed"), 0.0);
    assert!(paced.mean("limiters.ecr.GetAuthorizationToken.throttled") > 500.0);
}

#[test]
fn a_denied_role_spends_the_logins_of_the_account_and_an_innocent_service_waits_for_them() {
    const DENIED: &str = "ecs-denied-role";
    let slowest = |of: &str| runs(DENIED, of, 5).mean("shop.tasks.start_delay.max");
    let today = runs(DENIED, "today", 5);
    // Nobody retries a denied manifest; each new task asks for a token and is denied once more.
    let denied = today.mean("renamed.requests.faulted");
    let logins = "renamed.limiters.ecr.GetAuthorizationToken";
    let admitted =
        today.mean(&format!("{logins}.offered")) - today.mean(&format!("{logins}.throttled"));
    assert_eq!(denied, admitted);
    assert_eq!(today.mean("renamed.tasks.finished"), 0.0);
    assert_eq!(today.mean("shop.tasks.failed"), 0.0);
    assert!(today.mean("shop.tasks.start_delay.max") > 75.0);
    for cured in ["granted", "breaker", "own-account", "limits-of-today"] {
        assert!(slowest(cured) < 60.0, "{cured}");
    }
}

#[test]
fn who_suffers_from_a_denied_role_is_named_with_who_spends() {
    let prepared = prepare(&incident("ecs-denied-role"), &["today".to_owned()]).unwrap();
    let judged = judge_variants(prepared, &Sequential, 1, Some(2));
    let lines = report(&judged, 1).lines;
    let suffers = lines.iter().find(|line| line.label.word() == "SUFFERS");
    let suffers = &suffers.expect("somebody suffers").text;
    assert!(suffers.starts_with("shop: "), "{suffers}");
    assert!(suffers.contains("; renamed spends 8"), "{suffers}");
    assert!(
        suffers.ends_with("% of ecr GetAuthorizationToken"),
        "{suffers}"
    );
}
