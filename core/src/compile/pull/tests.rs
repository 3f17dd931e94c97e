//! What hosts that share something ask a registry.

use crate::catalog::client::{AfterFailure, Asks};
use crate::judge::best_possible;
use crate::record::Nothing;
use crate::replicate::prepare;
use crate::scenario::Document;
use crate::scenario::model::{Placed, PullBehaviour, PullSection};
use std::collections::BTreeMap;

/// Finished pulls and requests of each operation, of pulls one after another.
fn pulled(images: &str, workload: &str) -> (f64, Vec<(String, u64)>) {
    let hub = "{latency: 10ms, limiters: {all: {bucket: {burst: 1000, refill: 10/s}}}}";
    pulled_from(hub, images, workload)
}

/// The same from another registry.
fn pulled_from(hub: &str, images: &str, workload: &str) -> (f64, Vec<(String, u64)>) {
    let text = format!(
        "pullstorm: 1
name: pulls
services: {{hub: {hub}}}
images: {{{images}}}
workloads: {{w: {{kind: image-pulls, begin: {{every: 1min}}, {workload}}}}}
"
    );
    let document = Document::parse("pulls", text.as_bytes()).unwrap_or_else(|it| panic!("{it}"));
    let prepared = prepare(&document, &[]).unwrap_or_else(|it| panic!("{it}"));
    let plan = &prepared[0].plan;
    let (mut outcome, _) = crate::engine::simulate(plan, 1, 0, Nothing);
    assert_eq!(outcome.cut_off, None);
    let finished = outcome.workloads[0].finished_after;
    let best = best_possible(plan, 1, 0)[0].finish;
    assert!(
        finished.is_none_or(|finished| finished >= best),
        "{finished:?} {best:?}"
    );
    let mut sent: Vec<(String, u64)> = Vec::new();
    for (site, totals) in plan.sites.iter().zip(&outcome.totals.sites) {
        let name = &plan.operations[site.operation as usize].name;
        match sent.iter_mut().find(|(known, _)| known == name) {
            Some((_, count)) => *count += totals.attempts,
            None => sent.push((name.clone(), totals.attempts)),
        }
    }
    let values = prepared[0].metrics.values(plan, &mut outcome);
    let done = prepared[0].metrics.find("w.pulls.finished").unwrap();
    (values[done].unwrap(), sent)
}

fn count(sent: &[(String, u64)], operation: &str) -> u64 {
    let found = sent.iter().find(|(name, _)| name == operation);
    found.map_or(0, |(_, count)| *count)
}

const APP: &str = "app: {registry: hub, layers: 4}";
const FAMILY: &str = "base: {registry: hub, layers: 3}, one: {registry: hub, layers: 2, base: \
                      base}, two: {registry: hub, layers: 1, base: base}";

#[test]
fn a_host_that_has_the_image_only_checks_what_its_tag_stands_for() {
    let (done, sent) = pulled(
        APP,
        "pulls: 3, hosts: 1, pull: {client: docker-classic, images: app}",
    );
    assert_eq!(done, 3.0);
    assert_eq!(count(&sent, "layer"), 4);
    assert_eq!((count(&sent, "ping"), count(&sent, "resolve")), (3, 3));
}

#[test]
fn a_host_that_pulls_what_it_lacks_asks_once() {
    let workload = "pulls: 3, hosts: 1, pull: {client: docker-classic, images: app, behaviour: \
                    if-not-present}";
    let (done, sent) = pulled(APP, workload);
    assert_eq!(
        (done, count(&sent, "ping"), count(&sent, "layer")),
        (3.0, 1, 4)
    );
}

#[test]
fn the_docker_executor_of_circleci_logs_in_once_an_image_and_a_machine_once_a_job() {
    let logins = |client: &str, images: &str| {
        let text = format!(
            "pullstorm: 1
name: logins
services: {{ecr: {{preset: aws-ecr}}}}
images: {{a: {{registry: ecr, layers: 2}}, b: {{registry: ecr, layers: 1}}, c: {{registry: ecr, layers: 1}}}}
workloads: {{w: {{kind: image-pulls, pulls: 4, begin: {{every: 1min}}, pull: {{client: {client}, images: {images}}}}}}}
"
        );
        let document = Document::parse("x", text.as_bytes()).unwrap_or_else(|it| panic!("{it}"));
        let prepared = prepare(&document, &[]).unwrap_or_else(|it| panic!("{it}"));
        let plan = &prepared[0].plan;
        let (outcome, _) = crate::engine::simulate(plan, 1, 0, Nothing);
        let is_login = |it: &crate::plan::LimiterPlan| it.name == "GetAuthorizationToken";
        let of = plan.limiters.iter().position(is_login).unwrap();
        let keys = outcome.totals.limiters[of].iter();
        keys.map(crate::engine::KeyTotals::offered).sum::<u64>()
    };
    for client in ["circleci-docker", "circleci-machine"] {
        assert_eq!(logins(client, "a"), 4, "{client}");
    }
    assert_eq!(logins("circleci-docker", "[a, b, c]"), 4 * 3);
    // The steps of a job on a machine, and the agent of an instance, have one token for all three images.
    assert_eq!(logins("circleci-machine", "[a, b, c]"), 4);
    assert_eq!(logins("ecs-agent", "[a, b, c]"), 4);
}

#[test]
fn once_pulls_what_came_with_the_machine() {
    let asked = |behaviour: &str, cached: &str| {
        let workload = format!(
            "pulls: 3, hosts: 1, pull: {{client: ecs-agent, auth: none, images: app, behaviour: \
             {behaviour}, cached: {cached}}}"
        );
        let (done, sent) = pulled(APP, &workload);
        assert_eq!(done, 3.0, "{behaviour}");
        (count(&sent, "ping"), count(&sent, "layer"))
    };
    // The look-up and the pull of the first; the agent then knows that it pulled it.
    assert_eq!(asked("once", "everything"), (2, 0));
    assert_eq!(asked("once", "nothing"), (2, 4));
    assert_eq!(asked("prefer-cached", "everything"), (0, 0));
    assert_eq!(asked("always", "everything"), (3 * 2, 0));
}

#[test]
fn layers_of_a_common_base_are_fetched_once_by_each_host() {
    for client in ["docker-classic", "containerd-2.4"] {
        let workload =
            format!("pulls: 2, hosts: 2, pull: {{client: {client}, images: [one, two]}}");
        let (done, sent) = pulled(FAMILY, &workload);
        assert_eq!(
            (done, count(&sent, "layer")),
            (2.0, 2 * (3 + 2 + 1)),
            "{client}"
        );
    }
    let workload = "pulls: 1, pull: {client: docker-classic, images: [one, two], cached: base}";
    assert_eq!(count(&pulled(FAMILY, workload).1, "layer"), 2 + 1);
    let crane = "pulls: 1, pull: {client: crane-2026-05, images: [one, two]}";
    assert_eq!(
        count(&pulled(FAMILY, crane).1, "layer"),
        5 + 4,
        "it keeps nothing"
    );
}

#[test]
fn a_host_that_must_not_ask_and_has_nothing_fails() {
    let never = |cached| {
        format!(
            "pulls: 2, pull: {{client: containerd-1.6, images: app, behaviour: never, cached: {cached}}}"
        )
    };
    assert_eq!(pulled(APP, &never("nothing")).0, 0.0);
    let (done, sent) = pulled(APP, &never("everything"));
    assert_eq!(
        (done, sent.iter().map(|(_, count)| count).sum::<u64>()),
        (2.0, 0)
    );
}

#[test]
fn a_job_of_three_containers_fetches_one_password() {
    let images = "one: {registry: hub, layers: 2}, two: {registry: hub, layers: 2}, three: \
                  {registry: hub, layers: 2}";
    let passwords = |client: &str, rest: &str| {
        let workload =
            format!("pulls: 2, pull: {{client: {client}, images: [one, two, three]{rest}}}");
        let (done, sent) = pulled_from("{preset: aws-ecr}", images, &workload);
        assert_eq!(done, 2.0, "{client}");
        count(&sent, "GetAuthorizationToken")
    };
    // A step of the job signs in; each of its containers pulls with that password.
    assert_eq!(passwords("github-actions-runner", ""), 2);
    assert_eq!(passwords("circleci-machine", ""), 2);
    assert_eq!(passwords("circleci-machine", ", cached: everything"), 2);
    assert_eq!(passwords("circleci-docker", ""), 2 * 3);
}

#[test]
fn what_a_setting_means_is_what_the_record_of_its_client_says() {
    let mut held = 0;
    for client in crate::catalog::clients() {
        let rules = client.wrapper().map(|wrapper| &wrapper.pull_rules[..]);
        for (place, own) in rules.unwrap_or_default().iter().enumerate() {
            let runs_local = own.after_failure == AfterFailure::RunLocal;
            let named = match (own.asks, runs_local) {
                (Asks::Always, true) => Some(PullBehaviour::AlwaysOrLocal),
                (Asks::Always, false) => Some(PullBehaviour::Always),
                (Asks::IfNotPresent, _) => Some(PullBehaviour::IfNotPresent),
                (Asks::IfNeverPulled, _) => Some(PullBehaviour::Once),
                (Asks::Never, _) => Some(PullBehaviour::Never),
                // It can be had by default only.
                (Asks::UnlessPinnedAndPresent, _) => None,
            };
            let by_default = (place == 0).then_some(None);
            for behaviour in named.map(Some).into_iter().chain(by_default) {
                let mut section = PullSection::blank();
                section.behaviour = behaviour.map(|value| Placed { value, place: None });
                let rule = super::rule(&section, client);
                assert_eq!(
                    (rule.asks, rule.run_local),
                    (own.asks, runs_local),
                    "{} {}",
                    client.name,
                    own.name
                );
                held += 1;
            }
        }
    }
    assert!(held > 20, "{held}");
}

#[test]
fn a_push_sends_what_the_registry_lacks_and_a_second_tag_only_looks() {
    let pushed = |settings: &str| {
        let text = format!(
            "pullstorm: 1
name: pushes
services: {{hub: {{latency: 10ms, limiters: {{all: {{bucket: {{burst: 1000, refill: 10/s}}}}}}}}}}
images: {{{FAMILY}}}
workloads: {{w: {{kind: image-pushes, push: {{client: docker-classic, auth: none, {settings}}}}}
"
        );
        let document = Document::parse("pushes", text.as_bytes());
        let document = document.unwrap_or_else(|it| panic!("{it}"));
        let prepared = prepare(&document, &[]).unwrap_or_else(|it| panic!("{it}"));
        let (outcome, _) = crate::engine::simulate(&prepared[0].plan, 1, 0, Nothing);
        let mut sent = Vec::new();
        for (site, totals) in prepared[0].plan.sites.iter().zip(&outcome.totals.sites) {
            let name = prepared[0].plan.operations[site.operation as usize]
                .name
                .clone();
            sent.push((name, totals.attempts));
        }
        let count = |operation: &str| -> u64 {
            let of = sent.iter().filter(|(name, _)| name == operation);
            of.map(|(_, count)| count).sum()
        };
        [
            "blob_check",
            "upload_start",
            "upload_finish",
            "manifest_put",
        ]
        .map(count)
    };
    // Five layers, three of them the base's, and the config, which is looked for once it is sent, too.
    assert_eq!(pushed("images: one}"), [6 + 1, 6, 6, 1]);
    assert_eq!(pushed("images: one, holds: base}"), [6 + 1, 3, 3, 1]);
    assert_eq!(pushed("images: one, holds: everything}"), [6, 0, 0, 1]);
    assert_eq!(pushed("images: one}, tags: 3"), [18 + 1, 6, 6, 3]);
    assert_eq!(pushed("images: [one, two]}"), [11 + 2, 11, 11, 2]);
}

#[test]
fn a_client_whose_pushes_nobody_recorded_is_refused() {
    let text = "pullstorm: 1
name: pushes
services: {hub: {limiters: {all: {bucket: {burst: 1, refill: 1/s}}}}}
images: {app: {registry: hub, layers: 1}}
workloads: {w: {kind: image-pushes, push: {client: skopeo-2026, auth: none, images: app}}}
";
    let document = Document::parse("pushes", text.as_bytes()).unwrap_or_else(|it| panic!("{it}"));
    let Err(problems) = prepare(&document, &[]) else {
        panic!("nobody knows what skopeo sends on a push");
    };
    let said = problems.to_string();
    assert!(
        said.contains("what `skopeo-2026` sends on a push is not known")
            && said.contains(
                "known of: buildkit, podman-2026, docker-classic, docker-containerd, \
                 crane-before-2026-05, crane-2026-05"
            ),
        "{said}"
    );
}

/// Seconds until the last of `hosts` hosts has pulled 100 MB, with these settings of the world and
/// of the pull, and the bytes pulled, through the NAT and across regions.
fn moved(hosts: u32, world: &str, pull: &str) -> (f64, [Option<f64>; 3]) {
    moved_by("address: office", hosts, world, pull)
}

/// The same for hosts with this identity.
fn moved_by(identity: &str, hosts: u32, world: &str, pull: &str) -> (f64, [Option<f64>; 3]) {
    let text = format!(
        "pullstorm: 1
name: bytes
services: {{hub: {{region: us-east-1, limiters: {{all: {{bucket: {{burst: 1000, refill: 10/s}}}}}}}}}}
images: {{base: {{registry: hub, layers: [60MB]}}, app: {{registry: hub, layers: [30MB, 10MB], base: \
         base}}}}
workloads:
  w:
    kind: image-pulls
    pulls: {hosts}
    identity: {{{identity}, region: eu-west-1}}
    pull: {{auth: none, images: app, {pull}}}
{world}
"
    );
    let document = Document::parse("bytes", text.as_bytes()).unwrap_or_else(|it| panic!("{it}"));
    let prepared = prepare(&document, &[]).unwrap_or_else(|it| panic!("{it}"));
    let plan = &prepared[0].plan;
    let (mut outcome, _) = crate::engine::simulate(plan, 1, 0, Nothing);
    assert_eq!(outcome.cut_off, None);
    let metrics = &prepared[0].metrics;
    let values = metrics.values(plan, &mut outcome);
    let of = |name: &str| metrics.find(name).and_then(|index| values[index]);
    let sums = ["bytes_pulled", "nat_bytes", "cross_region_bytes"];
    let sums = sums.map(|name| of(&format!("w.{name}")));
    (of("w.finished_after").unwrap(), sums)
}

#[test]
fn ten_hosts_behind_one_nat_take_ten_times_as_long_as_one() {
    let nat = "nats: {office: {bandwidth: 100MB/s}}";
    let seconds = |hosts, world| moved(hosts, world, "client: crane-2026-05").0.round();
    assert_eq!((seconds(1, nat), seconds(10, nat)), (1.0, 10.0));
    let addresses = "nats: {office: {bandwidth: 100MB/s, addresses: 8}}";
    assert_eq!(seconds(10, addresses), 10.0, "it is still one gateway");
    let zones = "nats: {office: {bandwidth: 100MB/s, gateways: 5}}";
    assert_eq!(seconds(10, zones), 2.0, "two hosts behind each");
}

#[test]
fn layers_that_take_no_time_are_said_to() {
    let said = |world: &str, pull: &str| -> Vec<String> {
        let text = format!(
            "pullstorm: 1\nname: x\nservices: {{hub: {{limiters: {{all: {{bucket: {{burst: 9, \
             refill: 9/s}}}}}}}}}}\nimages: {{app: {{registry: hub, layers: 4, size: 9MB}}}}\n{world}\n\
             workloads: {{w: {{kind: image-pulls, pulls: 1, identity: {{address: office}}, pull: \
             {{client: docker-classic, images: app, auth: none{pull}}}}}}}\n"
        );
        let document = Document::parse("x", text.as_bytes()).unwrap_or_else(|it| panic!("{it}"));
        let prepared = prepare(&document, &[]).unwrap_or_else(|it| panic!("{it}"));
        let assumed = prepared[0].plan.assumptions();
        let of_layers = assumed.filter(|it| it.text.contains("layers of `w`"));
        of_layers.map(|it| it.text).collect()
    };
    let no_time =
        "layers of `w` are pulled in no time beyond their requests: no `bandwidth` is stated";
    assert_eq!(said("", ""), [no_time]);
    assert!(said("", ", bandwidth: 1Gbit/s").is_empty());
    assert!(said("nats: {office: {bandwidth: 1Gbit/s}}", "").is_empty());
}

#[test]
fn a_vpc_endpoint_is_a_path_and_no_quota_of_its_own() {
    // Claimed in the trade; the ECR quotas page (November 2026) knows no quota by path.
    let run = |identity: &str| {
        let text = format!(
            "pullstorm: 1\nname: x\nservices: {{ecr: {{preset: aws-ecr@2018-01}}}}\nworkloads: {{ci: \
             {{kind: ci-fanout, service: ecr, workflows: 2, jobs: 192, duration: 1min, retry: \
             aws-standard-2.1, identity: {{{identity}}}}}}}"
        );
        let document = Document::parse("x", text.as_bytes()).unwrap_or_else(|it| panic!("{it}"));
        let prepared = prepare(&document, &[]).unwrap_or_else(|it| panic!("{it}"));
        let plan = &prepared[0].plan;
        let (outcome, _) = crate::engine::simulate(plan, 1, 0, Nothing);
        let totals = &outcome.totals.limiters[0];
        let throttled: u64 = totals.iter().map(|key| key.throttled).sum();
        let said = |it: &crate::plan::Assumption| it.text.contains("VPC endpoint");
        (throttled, plan.stated.iter().filter(|it| said(it)).count())
    };
    let (throttled, said) = run("address: nat");
    assert!(throttled > 0);
    assert_eq!(said, 0);
    assert_eq!(run("address: nat, endpoints: [ecr]"), (throttled, 1));
}

#[test]
fn bytes_through_a_vpc_endpoint_pass_the_nat_gateway() {
    let nat = "nats: {office: {bandwidth: 100MB/s}}";
    let client = "client: crane-2026-05";
    let (seconds, [pulled, through_nat, _]) = moved(10, nat, client);
    assert_eq!(
        (seconds.round(), pulled, through_nat),
        (10.0, Some(1e9), Some(1e9))
    );
    let endpoint = "address: office, endpoints: [hub]";
    let (seconds, [pulled, through_nat, _]) = moved_by(endpoint, 10, nat, client);
    assert_eq!(
        (seconds.round(), pulled, through_nat),
        (0.0, Some(1e9), None)
    );
}

#[test]
fn each_host_has_a_network_of_its_own_and_the_narrower_link_decides() {
    let host = "client: docker-classic, bandwidth: 400Mbit/s";
    let seconds = |hosts, world| moved(hosts, world, host).0.round();
    assert_eq!((seconds(1, ""), seconds(10, "")), (2.0, 2.0));
    let nat = "nats: {office: {bandwidth: 100MB/s}}";
    assert_eq!((seconds(1, nat), seconds(10, nat)), (2.0, 10.0));
}

#[test]
fn bytes_are_those_of_the_layers_that_hosts_lack() {
    let bytes = |pull: &str| moved(7, "", pull).1;
    assert_eq!(bytes("client: docker-classic"), [Some(700e6); 3]);
    let base = "client: docker-classic, cached: base";
    assert_eq!(bytes(base), [Some(280e6); 3]);
    let crane = "client: crane-2026-05, cached: base";
    assert_eq!(bytes(crane), [Some(700e6); 3], "it keeps no layers");
}

/// What one new node with 24 pods of one image asks, by operation, and how many of its pods' tries its
/// own kubelet refuses.
fn asked_by_a_node(behaviour: &str) -> (BTreeMap<String, u64>, u64) {
    let text = format!(
        "pullstorm: 1
name: node
services: {{hub: {{limiters: {{all: {{bucket: {{burst: 1000, refill: 10/s}}}}}}}}}}
images: {{app: {{registry: hub, layers: 2}}}}
workloads:
  nodes:
    kind: scale-out
    nodes: 1
    pods: 24
    start: 1s
    kubelet: {{serialize_pulls: false}}
    pull: {{client: kubelet, auth: none, images: app, behaviour: {behaviour}}}
"
    );
    let document = Document::parse("node", text.as_bytes()).unwrap_or_else(|it| panic!("{it}"));
    let prepared = prepare(&document, &[]).unwrap_or_else(|it| panic!("{it}"));
    let plan = &prepared[0].plan;
    let (outcome, _) = crate::engine::simulate(plan, 1, 0, Nothing);
    let mut asked = BTreeMap::new();
    for (site, totals) in plan.sites.iter().zip(&outcome.totals.sites) {
        let operation = &plan.operations[site.operation as usize];
        *asked.entry(operation.name.clone()).or_default() += totals.attempts;
    }
    let own = plan.limiters.iter().position(|it| it.client_side).unwrap();
    let refused = &outcome.totals.limiters[own];
    (asked, refused.iter().map(|key| key.throttled).sum())
}

#[test]
fn a_pod_that_its_kubelet_refused_finds_what_a_neighbour_pulled_meanwhile() {
    let (asked, refused) = asked_by_a_node("IfNotPresent");
    // registryBurst lets ten through at once; the others find the image at their next sync.
    assert_eq!(refused, 14);
    assert_eq!((asked["resolve"], asked["manifest"]), (10, 10), "{asked:?}");
    assert_eq!(
        asked["pull"], 24,
        "who finds it asks the kubelet's limiter no more"
    );
}

#[test]
fn a_pod_that_always_pulls_only_checks_the_tag_at_a_try_after_a_neighbours_pull() {
    let (asked, refused) = asked_by_a_node("Always");
    assert_eq!(refused, 14);
    assert_eq!((asked["resolve"], asked["manifest"]), (24, 10), "{asked:?}");
}
