//! What the clients of the catalog send on a push, and what they do when it is refused.

use crate::catalog;
use crate::catalog::client::Action;
use crate::engine::simulate;
use crate::record::Nothing;
use crate::replicate::{Prepared, prepare, run_one};
use crate::scenario::Document;

/// What one workload sends to its registry.
struct Pushed {
    /// Requests of each name.
    sent: Vec<(String, u64)>,
    failed: bool,
    /// When the last push ended; infinite where one failed.
    seconds: f64,
    /// When it could have ended at best.
    best: f64,
}

impl Pushed {
    fn count(&self, operation: &str) -> u64 {
        let of = self.sent.iter().filter(|(name, _)| name == operation);
        of.map(|(_, count)| count).sum()
    }

    fn total(&self) -> u64 {
        self.sent.iter().map(|(_, count)| count).sum()
    }
}

const WIDE: &str = "limiters: {all: {bucket: {burst: 1000, refill: 10/s}}}";

fn prepared(registry: &str, images: &str, push: &str) -> Prepared {
    let text = format!(
        "pullstorm: 1\nname: pushes\nservices: {{hub: {{{registry}}}}}\nimages: {{{images}}}\nworkloads: {{w: \
         {{kind: image-pushes, {push}}}}}\n"
    );
    let document = Document::parse("pushes", text.as_bytes()).unwrap_or_else(|it| panic!("{it}"));
    let mut prepared = prepare(&document, &[]).unwrap_or_else(|it| panic!("{it}"));
    prepared.remove(0)
}

/// What is pushed of images of a registry with these limiters and faults.
fn push_of(registry: &str, images: &str, push: &str) -> Pushed {
    let prepared = prepared(registry, images, push);
    let plan = &prepared.plan;
    let (outcome, _) = simulate(plan, 1, 0, Nothing);
    let sites = plan.sites.iter().zip(&outcome.totals.sites);
    let sent = sites.map(|(site, totals)| {
        let name = plan.operations[site.operation as usize].name.clone();
        (name, totals.attempts)
    });
    let run = run_one(&prepared, 1, 0);
    let value = |path: &str| run.values[prepared.metrics.find(path).unwrap()].unwrap();
    Pushed {
        sent: sent.collect(),
        failed: value("w.pushes.failed") > 0.0,
        seconds: value("w.finished_after"),
        best: run.best.finish.as_secs_f64(),
    }
}

/// One push of a layer above a base of two, whose requests take a second each.
fn pushed_to(registry: &str, image: &str, push: &str) -> Pushed {
    push_of(
        &format!("latency: 1s, {registry}"),
        &format!(
            "base: {{registry: hub, layers: 2}}, app: {{registry: hub, layers: 1, base: base{image}}}"
        ),
        &format!("push: {{images: app, auth: none, {push}}}"),
    )
}

/// A push of a layer above a base of two, which the registry lacks.
fn pushed(client: &str) -> Pushed {
    pushed_to(WIDE, "", &format!("client: {client}"))
}

/// The same to a registry that refuses one class of request.
fn refused(client: &str, class: &str) -> Pushed {
    let registry = format!(
        "limiters: {{one: {{bucket: {{burst: 1, refill: 1 per 100d}}, initial: 0, \
         operations: [{class}], status: 429, code: TOOMANYREQUESTS}}}}"
    );
    pushed_to(&registry, "", &format!("client: {client}, holds: nothing"))
}

const CLASSES: [&str; 6] = [
    "blob_check",
    "upload_start",
    "upload_part",
    "upload_finish",
    "resolve",
    "manifest_put",
];

#[test]
fn buildkit_sends_a_layer_in_two_requests_where_docker_sends_three() {
    // Three layers and the config, each looked for first; the last two are those of the manifest.
    let of = |client| CLASSES.map(|class| pushed(client).count(class));
    for containerd in ["buildkit", "docker-containerd"] {
        assert_eq!(of(containerd), [4, 4, 0, 4, 1, 1], "{containerd}");
    }
    // docker looks whether its config has come.
    assert_eq!(of("docker-classic"), [5, 4, 4, 4, 0, 1]);
    assert_eq!(of("podman-2026"), [4, 4, 4, 4, 0, 1]);
    for crane in ["crane-2026-05", "crane-before-2026-05"] {
        assert_eq!(of(crane), [4, 4, 4, 4, 1, 1], "{crane}");
    }
}

#[test]
fn what_the_registry_holds_is_looked_for_and_not_sent() {
    let clients = [
        "buildkit",
        "docker-containerd",
        "crane-2026-05",
        "podman-2026",
    ];
    for client in clients {
        let held = |holds: &str| pushed_to(WIDE, "", &format!("client: {client}, holds: {holds}"));
        let sent = |holds: &str| {
            let pushed = held(holds);
            ["blob_check", "upload_finish", "manifest_put"].map(|class| pushed.count(class))
        };
        assert_eq!(sent("base"), [4, 2, 1], "{client}");
        assert_eq!(sent("everything"), [4, 0, 1], "{client}");
    }
}

#[test]
fn an_attested_build_of_one_platform_writes_three_manifests() {
    let attested = pushed_to(WIDE, ", platforms: 2", "client: buildkit");
    assert_eq!(attested.count("resolve"), 3);
    assert_eq!(attested.count("manifest_put"), 3);
}

#[test]
fn a_manifest_that_is_refused_is_written_once_by_docker_and_five_or_six_times_by_containerd() {
    let tries = |client| {
        let push = refused(client, "manifest_put");
        assert!(push.failed, "{client}");
        push.count("manifest_put")
    };
    assert_eq!(tries("docker-classic"), 1);
    assert_eq!(tries("crane-2026-05"), 3);
    assert_eq!(tries("crane-before-2026-05"), 3);
    assert_eq!(tries("docker-containerd"), 5);
    assert_eq!(tries("buildkit"), 6, "an older containerd");
    // podman sends what has a body once, and starts the whole push again three times.
    assert_eq!(tries("podman-2026"), 4);
}

#[test]
fn podman_starts_the_push_again_and_finds_what_it_sent() {
    let push = refused("podman-2026", "manifest_put");
    assert_eq!(push.count("ping"), 4);
    assert_eq!(push.count("blob_check"), 4 * 4);
    assert_eq!(push.count("upload_start"), 4);
}

#[test]
fn crane_looks_for_a_blob_again_before_it_sends_it_again() {
    // All four blobs at once; the first that has failed three times stops the others.
    let push = refused("crane-2026-05", "upload_start");
    assert_eq!(push.count("blob_check"), push.count("upload_start"));
    assert!(
        (9..=12).contains(&push.count("blob_check")),
        "{}",
        push.total()
    );
    assert_eq!(push.count("manifest_put"), 0);
}

#[test]
fn a_look_up_that_is_refused_ends_a_push_by_crane_as_its_answer_has_no_body() {
    let push = refused("crane-2026-05", "blob_check");
    assert!(push.failed);
    assert_eq!(push.count("blob_check"), 4, "once each");
    // podman sends it again by itself, and does not start the push again.
    let push = refused("podman-2026", "blob_check");
    assert_eq!(push.count("blob_check"), 3 * 5);
    assert_eq!(push.count("ping"), 1);
}

#[test]
fn buildkit_tries_a_blob_again_after_a_503_and_not_after_a_429() {
    let fault = "limiters: {all: {bucket: {burst: 1000, refill: 10/s}}}, \
                 faults: {down: {operations: [upload_start], answer: {status: 503}}}";
    let failing = pushed_to(fault, "", "client: buildkit");
    assert!(failing.failed);
    // Four blobs, each in four tries, of which those under way when the first gives up may lack the last.
    let tries = failing.count("blob_check");
    assert!((13..=16).contains(&tries), "{tries}");
    let refused = refused("buildkit", "upload_start");
    assert_eq!(refused.count("blob_check"), 4);
}

#[test]
fn crane_sends_four_blobs_at_once_podman_six_and_the_containerd_store_all() {
    // Eleven layers of three or four requests of a second each, the config last or beside them.
    let seconds = |client: &str| {
        let pushed = push_of(
            &format!("latency: 1s, {WIDE}"),
            "app: {registry: hub, layers: 11}",
            &format!("push: {{images: app, auth: none, client: {client}}}"),
        );
        assert!(pushed.best <= pushed.seconds + 1e-6, "{client}");
        pushed.seconds.round()
    };
    // Ping, look-up of the manifest, three rounds of four blobs, manifest.
    assert_eq!(seconds("crane-2026-05"), 2.0 + 3.0 * 4.0 + 1.0);
    // Ping, two rounds of six layers, config, manifest.
    assert_eq!(seconds("podman-2026"), 1.0 + 2.0 * 4.0 + 4.0 + 1.0);
    // All blobs; the manifest is looked for and written.
    assert_eq!(seconds("docker-containerd"), 3.0 + 2.0);
    // Three rounds of four layers, the config beside them.
    assert_eq!(seconds("buildkit"), 3.0 * 3.0 + 2.0);
}

#[test]
fn buildkit_sends_the_next_layers_while_those_that_failed_sleep() {
    // Eight layers, four at a time, of three requests of a second; uploads fail for the first two
    // seconds, so that the first four sleep from the 2nd to the 3rd second. The next four begin at
    // once and are there at 5 s, the first four at 8 s; then the manifest is looked for and written.
    let registry = "latency: 1s, limiters: {all: {bucket: {burst: 1000, refill: 10/s}}}, \
                    faults: {down: {operations: [upload_start], answer: {status: 501}, until: 2s}}";
    let images = "app: {registry: hub, layers: 8}";
    let pushed = push_of(
        registry,
        images,
        "push: {images: app, auth: none, client: buildkit}",
    );
    assert!(!pushed.failed);
    // Four layers and the config a second time.
    assert_eq!(pushed.count("blob_check"), 9 + 5);
    assert_eq!(pushed.seconds.round(), 8.0 + 2.0);
}

#[test]
fn each_image_of_a_job_has_layers_of_its_own_at_the_registry() {
    // Under a second tag, layers and configs of both images are there: three, one and two configs.
    let images = "app: {registry: hub, layers: 3}, bare: {registry: hub, layers: 1}";
    for client in ["docker-classic", "buildkit", "crane-2026-05", "podman-2026"] {
        let push = format!("tags: 2, push: {{images: [app, bare], auth: none, client: {client}}}");
        let pushed = push_of(&format!("latency: 1s, {WIDE}"), images, &push);
        let counts = ["blob_check", "upload_start", "manifest_put"].map(|it| pushed.count(it));
        // docker looks whether each of two configs has come.
        let more = if client == "docker-classic" { 2 } else { 0 };
        assert_eq!(counts, [12 + more, 6, 4], "{client}");
    }
}

#[test]
fn only_the_first_look_ups_of_a_push_are_told_to_sign_in() {
    // Of nine blobs BuildKit looks for four at once, and for the config beside them: these have spent
    // one of six attempts on an answer of 401.
    let looked = |auth: &str, admitted: u32| {
        let registry = format!(
            "latency: 1s, limiters: {{one: {{bucket: {{burst: 9, refill: 1 per 100d}}, initial: {admitted}, operations: \
             [blob_check], status: 429}}}}"
        );
        let push = format!("push: {{images: app, auth: {auth}, client: buildkit}}");
        let pushed = push_of(&registry, "app: {registry: hub, layers: 8}", &push);
        assert!(pushed.failed);
        pushed.count("blob_check")
    };
    // Two of the next four are refused, six times each.
    assert_eq!([looked("none", 7), looked("token", 7)], [7 + 12; 2]);
    // All of the first five are; the next four begin before the failure reaches them.
    assert_eq!(
        [looked("none", 0), looked("token", 0)],
        [5 * 6 + 4, 5 * 5 + 4]
    );
}

#[test]
fn a_push_by_buildkit_asks_again_for_a_token_that_a_registry_failed_to_hand_out() {
    let registry = "latency: 100ms, limiters: {all: {bucket: {burst: 1000, refill: 10/s}}}, \
                    faults: {down: {operations: [token], answer: {status: 503}, until: 2s}}";
    let images = "app: {registry: hub, layers: 1}";
    let tokens = |client: &str| {
        let push = format!("push: {{images: app, auth: token, client: {client}}}");
        let pushed = push_of(registry, images, &push);
        (pushed.count("token"), pushed.failed)
    };
    // At 0.1 s, 1 s later, and another 2 s later.
    assert_eq!(tokens("buildkit"), (3, false));
    assert_eq!(tokens("docker-containerd"), (1, true));
}

#[test]
fn the_loop_of_the_script_is_told_apart_from_those_of_the_client() {
    let clients = catalog::clients().iter().filter(|it| {
        let engine = it.engine();
        engine.is_some_and(|engine| engine.actions.contains_key(&Action::Push))
    });
    let names: Vec<&str> = clients.map(|it| it.name.as_str()).collect();
    assert!(names.len() >= 6, "{names:?}");
    for client in names {
        let push = format!(
            "retry: {{strategy: fixed, delay: 1s, attempts: 2}}, push: {{images: app, auth: none, client: \
             {client}}}"
        );
        let prepared = prepared(WIDE, "app: {registry: hub, layers: 2}", &push);
        let loops = prepared.plan.loops.iter().filter(|it| !it.measured);
        let of_script = loops.filter(|it| it.name == "script");
        let attempts: Vec<u32> = of_script.map(|it| it.policy.attempts_max).collect();
        assert_eq!(attempts, [2], "{client}");
    }
}
