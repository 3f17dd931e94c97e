//! What follows a request of a pull that has failed, and when.

use crate::engine::simulate;
use crate::record::{Recorder, Request};
use crate::replicate::prepare;
use crate::scenario::Document;
use crate::units::Time;

/// When requests left, and from where.
#[derive(Default)]
struct Sent(Vec<(u32, Time)>);

impl Recorder for Sent {
    fn sent(&mut self, request: &Request) {
        self.0.push((request.site, request.at));
    }
}

/// Operations and the seconds at which a workload asked for them, in order of time.
struct Log(Vec<(String, f64)>);

impl Log {
    fn of(hub: &str, image: &str, workload: &str) -> Log {
        let text = format!(
            "pullstorm: 1
name: retries
services: {{hub: {hub}}}
images: {{app: {{registry: hub{image}}}}}
workloads: {{w: {{{workload}}}}}
"
        );
        let document =
            Document::parse("retries", text.as_bytes()).unwrap_or_else(|it| panic!("{it}"));
        let prepared = prepare(&document, &[]).unwrap_or_else(|it| panic!("{it}"));
        let plan = &prepared[0].plan;
        let (_, sent) = simulate(plan, 1, 0, Sent::default());
        let name = |site: u32| {
            let operation = plan.sites[site as usize].operation;
            plan.operations[operation as usize].name.clone()
        };
        let mut log: Vec<_> = sent
            .0
            .into_iter()
            .map(|(site, at)| (name(site), at.as_secs_f64()))
            .collect();
        log.sort_by(|a, b| a.1.total_cmp(&b.1));
        Log(log)
    }

    /// One pull from a registry with a limiter or fault.
    fn pull(client: &str, fault: &str) -> Log {
        Log::pull_of(client, fault, "")
    }

    fn pull_of(client: &str, fault: &str, image: &str) -> Log {
        let hub = format!("{{latency: 0s, {fault}}}");
        let pull =
            format!("kind: image-pulls, pull: {{client: {client}, images: app, auth: none}}");
        Log::of(&hub, &format!(", layers: 1{image}"), &pull)
    }

    fn times(&self, operation: &str) -> Vec<f64> {
        let of = self.0.iter().filter(|(name, _)| name == operation);
        of.map(|(_, at)| *at).collect()
    }

    fn count(&self, operation: &str) -> usize {
        self.times(operation).len()
    }

    /// Seconds between requests for one operation, in milliseconds.
    fn gaps(&self, operation: &str) -> Vec<f64> {
        let times = self.times(operation);
        let gaps = times.windows(2).map(|pair| pair[1] - pair[0]);
        gaps.map(|gap| (gap * 1000.0).round()).collect()
    }
}

/// A registry has a limiter, and this one never refuses.
const WIDE: &str = "limiters: {all: {bucket: {burst: 1000, refill: 10/s}}}";

fn down(operation: &str) -> String {
    format!("{WIDE}, faults: {{down: {{operations: [{operation}], answer: {{status: 503}}}}}}")
}

fn shut(operations: &str) -> String {
    format!(
        "limiters: {{none: {{bucket: {{burst: 1, refill: 1 per 100d}}, initial: 0, operations: \
         [{operations}], status: 429}}}}"
    )
}

#[test]
fn docker_asks_five_times_for_a_config_that_the_registry_fails_to_give_and_once_if_it_refuses() {
    let log = Log::pull("docker-classic", &down("config"));
    assert_eq!(log.gaps("config"), [250.0, 500.0, 1000.0, 2000.0]);
    assert_eq!(log.count("layer"), 1, "beside the config");
    assert_eq!(
        Log::pull("docker-classic", &shut("config")).count("config"),
        1
    );
}

#[test]
fn docker_asks_for_a_layer_in_five_tries_of_two_requests_five_to_twenty_seconds_apart() {
    let log = Log::pull("docker-classic", &down("layer"));
    let tries = [5000.0, 10_000.0, 15_000.0, 20_000.0].map(|gap| [0.0, gap]);
    assert_eq!(log.gaps("layer"), [tries.as_flattened(), &[0.0]].concat());
    let refused = Log::pull("docker-classic", &shut("layer"));
    assert_eq!(refused.gaps("layer"), [0.0], "a 429 ends it");
}

#[test]
fn containerd_tries_a_lost_connection_once_more_since_it_counts_attempts() {
    let lost = &format!("{WIDE}, faults: {{lost: {{operations: [manifest], timeout: 1s}}}}");
    for newer in ["containerd-2.4", "docker-containerd"] {
        let gaps = Log::pull(newer, lost).gaps("manifest");
        assert_eq!(
            gaps,
            [1050.0],
            "{newer}: a second until it is lost, and 50 ms"
        );
    }
    for older in ["containerd-1.6", "containerd-2.1"] {
        assert_eq!(Log::pull(older, lost).count("manifest"), 1, "{older}");
    }
}

#[test]
fn containerd_tries_a_503_once_more_at_once_since_2_1() {
    let asked = |client| Log::pull(client, &down("manifest")).gaps("manifest");
    for client in ["containerd-2.1", "containerd-2.4", "docker-containerd"] {
        assert_eq!(asked(client), [0.0], "{client}");
    }
    assert!(asked("containerd-1.6").is_empty());
}

#[test]
fn a_refused_look_up_by_digest_is_followed_by_one_among_the_blobs_in_older_containerd() {
    let all = shut("resolve, blob_check, manifest");
    let by = |client, refused: &str, image| {
        let log = Log::pull_of(client, refused, image);
        ["resolve", "blob_check", "manifest"].map(|it| log.count(it))
    };
    let digest = ", reference: digest";
    assert_eq!(by("containerd-1.6", &all, digest), [6, 6, 0]);
    assert_eq!(by("containerd-1.6", &all, ""), [6, 0, 0]);
    // An answer from among the blobs is no manifest: the pull fails all the same.
    let resolve = shut("resolve");
    assert_eq!(by("containerd-1.6", &resolve, digest), [6, 1, 0]);
    for (client, tries) in [
        ("containerd-2.1", 6),
        ("containerd-2.4", 5),
        ("docker-containerd", 5),
        ("buildkit", 6),
    ] {
        assert_eq!(by(client, &all, digest), [tries, 0, 0], "{client}");
    }
}

#[test]
fn containerd_with_the_proposed_delays_waits_half_a_second_to_four() {
    let gaps = Log::pull("containerd-delayed", &shut("manifest")).gaps("manifest");
    assert_eq!(gaps.len(), 4);
    for (gap, longest) in gaps.iter().zip([500.0, 1000.0, 2000.0, 4000.0]) {
        assert!((0.8 * longest..=longest).contains(gap), "{gaps:?}");
    }
}

#[test]
fn podman_begins_the_whole_pull_again_after_any_request_that_a_registry_refused_to_the_end() {
    let refused = |class: &str, code: &str| {
        let hub = shut(class).replace("status: 429", &format!("status: 429{code}"));
        Log::pull("podman-2026", &hub).count(class)
    };
    for class in ["ping", "manifest", "config", "layer"] {
        assert_eq!(refused(class, ", code: TOOMANYREQUESTS"), 4 * 5, "{class}");
        assert_eq!(
            refused(class, ""),
            5,
            "{class}: a plain text is no registry's refusal"
        );
    }
    assert_eq!(Log::pull("podman-4", &shut("config")).count("config"), 5);
    // The registry's own failures: 502 to 504 only.
    let failed = |status: u16| {
        let fault = down("manifest").replace("503", &status.to_string());
        Log::pull("podman-2026", &fault).count("manifest")
    };
    assert_eq!([500, 502, 503, 504].map(failed), [1, 4, 4, 4]);
}

#[test]
fn buildkit_asks_four_times_for_content_one_two_and_four_seconds_apart() {
    for class in ["manifest", "config", "layer"] {
        // Each failed request is sent once more at once, by containerd's resolver.
        let log = Log::pull("buildkit", &down(class));
        let tries = [1000.0, 2000.0, 4000.0].map(|gap| [0.0, gap]);
        assert_eq!(
            log.gaps(class),
            [tries.as_flattened(), &[0.0]].concat(),
            "{class}"
        );
    }
    // A 429 only by the re-sends of containerd's resolver.
    let log = Log::pull("buildkit", &shut("manifest"));
    assert_eq!(log.gaps("manifest"), [0.0; 5]);
}

#[test]
fn a_layer_that_sleeps_keeps_its_slot_at_docker_and_gives_it_back_at_buildkit() {
    // Eight layers, none of which comes within the first second; three or four at a time.
    let hub = format!(
        "{{latency: 0s, {WIDE}, faults: {{down: {{operations: [layer], answer: {{status: 502}}, until: 500ms}}}}}}"
    );
    let at_once = |client: &str| {
        let pull =
            format!("kind: image-pulls, pull: {{client: {client}, images: app, auth: none}}");
        let log = Log::of(&hub, ", layers: 8", &pull);
        log.times("layer").iter().filter(|at| **at < 0.5).count()
    };
    assert_eq!(at_once("docker-classic"), 3 * 2);
    assert_eq!(at_once("buildkit"), 8);
}

#[test]
fn docker_pushes_a_layer_anew_after_a_503_and_neither_config_nor_manifest() {
    let push = "kind: image-pushes, push: {client: docker-classic, images: app, auth: none}";
    let pushed = |operation: &str, until: &str| {
        let fault = format!(
            "{WIDE}, faults: {{down: {{operations: [{operation}], answer: {{status: 503}}{until}}}}}"
        );
        Log::of(&format!("{{latency: 0s, {fault}}}"), ", layers: 1", push)
    };
    assert_eq!(
        pushed("upload_part", "").gaps("upload_part"),
        [5000.0, 10_000.0, 15_000.0, 20_000.0]
    );
    // The layer comes through at the second try, its upload begun anew; then the config.
    let log = pushed("upload_start", ", until: 2s");
    assert_eq!(log.times("upload_start"), [0.0, 5.0, 5.0]);
    assert_eq!(pushed("manifest_put", "").count("manifest_put"), 1);
}

#[test]
fn an_agent_whose_role_is_denied_looks_up_nine_times_and_pulls_once() {
    for engine in ["docker-classic", "docker-containerd"] {
        let denied = "{preset: aws-ecr, latency: 0s, faults: {role: {operations: [BatchGetImage], \
                      answer: access-denied}}}";
        let pull = format!(
            "kind: image-pulls, pull: {{client: ecs-agent, engine: {engine}, images: app}}"
        );
        let log = Log::of(denied, ", layers: 1", &pull);
        // docker asks again with GET what it was refused with HEAD, in a look-up as in a pull.
        let look_ups = 9 * 2;
        let pull = match engine {
            "docker-classic" => 2,
            _ => 1,
        };
        assert_eq!(log.count("BatchGetImage"), look_ups + pull, "{engine}");
        assert_eq!(log.count("GetAuthorizationToken"), 1, "{engine}");
    }
}

#[test]
fn the_token_of_an_agent_serves_its_host_for_eleven_hours() {
    let day = "kind: image-pulls, pulls: 25, hosts: 1, begin: {every: 1h}, pull: {client: ecs-agent, images: app}";
    let log = Log::of("{preset: aws-ecr, latency: 0s}", ", layers: 1", day);
    let hours = log.times("GetAuthorizationToken");
    let hours: Vec<f64> = hours.iter().map(|at| (at / 3600.0).floor()).collect();
    // Twelve hours less a margin of half an hour to an hour.
    assert_eq!(hours, [0.0, 11.0, 22.0]);
}

#[test]
fn nodes_of_a_scale_out_pull_wave_by_wave() {
    let nodes = "kind: scale-out, nodes: 7, wave: 3, every: 5min, from: 1min, until: 1h, pull: {client: kubelet, \
                 images: app, auth: none}";
    let log = Log::of(&format!("{{latency: 0s, {WIDE}}}"), ", layers: 1", nodes);
    let minutes: Vec<f64> = log.times("resolve").iter().map(|at| at / 60.0).collect();
    let in_wave = |from: f64| {
        let inside = |at: &&f64| (from..from + 0.5).contains(*at);
        minutes.iter().filter(inside).count()
    };
    assert_eq!([1.0, 6.0, 11.0].map(in_wave), [3, 3, 1], "{minutes:?}");
    assert_eq!(minutes.len(), 7);
}
