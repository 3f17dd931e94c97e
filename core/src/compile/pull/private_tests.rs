//! Who has no credentials is denied private images, and asks for them all the same.

use crate::plan::Plan;
use crate::replicate::{Prepared, prepare, run_one};
use crate::scenario::Document;

fn prepared(registry: &str, image: &str, workloads: &str) -> Prepared {
    let text = format!(
        "pullstorm: 1\nname: private\nservices: {{hub: {{{registry}}}}}\nimages: {{app: {{registry: hub, \
         layers: 2{image}}}}}\nworkloads: {{{workloads}}}\n"
    );
    let document = Document::parse("private", text.as_bytes()).unwrap_or_else(|it| panic!("{it}"));
    let mut prepared = prepare(&document, &[]).unwrap_or_else(|it| panic!("{it}"));
    prepared.remove(0)
}

const COUNTED: &str = "limiters: {all: {scope: global, bucket: {burst: 1000000, refill: 1/h}}}";

/// A metric of one run.
fn value(prepared: &Prepared, path: &str) -> f64 {
    let metric = prepared
        .metrics
        .find(path)
        .unwrap_or_else(|| panic!("{path}"));
    run_one(prepared, 1, 0).values[metric].unwrap()
}

/// Tasks of a Swarm that fail for want of the image, and requests of the registry.
fn stack(image: &str, pull: &str, settings: &str) -> (f64, f64) {
    let workload = format!(
        "w: {{kind: swarm-service, services: 3, replicas: 4, nodes: 4, until: 1min, restart: {{condition: \
         none}}, {settings} pull: {{client: swarm-executor, auth: none, images: app{pull}}}}}"
    );
    let prepared = prepared(COUNTED, image, &workload);
    (
        value(&prepared, "w.tasks.failed"),
        value(&prepared, "limiters.hub.all.offered"),
    )
}

const PRIVATE: &str = ", private: true";
const WITHOUT: &str = ", credentials: none";

#[test]
fn a_stack_without_registry_auth_cannot_start_a_private_image_that_its_nodes_lack() {
    let (failed, _) = stack(PRIVATE, WITHOUT, "");
    assert_eq!(failed, 12.0);
    for (image, pull) in [(PRIVATE, ""), ("", WITHOUT)] {
        assert_eq!(stack(image, pull, "").0, 0.0, "{image}{pull}");
    }
}

#[test]
fn a_look_up_of_a_private_image_is_denied_without_registry_auth_and_tasks_ask_by_tag() {
    let held = |pull: &str| {
        let pull = format!("{pull}, cached: everything");
        stack(PRIVATE, &pull, "resolve_image: always,")
    };
    // Of the manager once a service: ping, HEAD, manifest and configuration; nodes ask nothing.
    assert_eq!(held(""), (0.0, 3.0 * 4.0));
    // Ping, HEAD and the GET after it, of the manager and then of each task, which runs what its node has.
    assert_eq!(held(WITHOUT), (0.0, (3.0 + 12.0) * 3.0));
}

#[test]
fn pods_without_a_pull_secret_come_again_and_again() {
    let pods = |pull: &str| {
        let workload = format!(
            "w: {{kind: kubernetes-rollout, replicas: 4, nodes: 4, until: 10min, pull: {{client: kubelet, \
             auth: none, images: app{pull}}}}}"
        );
        let prepared = prepared(COUNTED, PRIVATE, &workload);
        value(&prepared, "limiters.hub.all.offered")
    };
    // HEAD, manifest, configuration and two layers of each.
    assert_eq!(pods(""), 4.0 * 5.0);
    // One pod more and one fewer at a time: two, which ask six times in ten minutes, 10 s doubling apart.
    assert_eq!(pods(WITHOUT), 2.0 * 6.0);
}

#[test]
fn whatever_is_in_a_registry_that_wants_a_password_is_private() {
    let pulls = |pull: &str| {
        let workload = format!(
            "w: {{kind: image-pulls, pulls: 5, pull: {{client: docker-classic, images: app{pull}}}}}"
        );
        let prepared = prepared("preset: aws-ecr@2026-11", "", &workload);
        (value(&prepared, "w.pulls.failed"), denials(&prepared.plan))
    };
    assert_eq!(pulls("").0, 0.0);
    let (failed, denials) = pulls(WITHOUT);
    assert_eq!(failed, 5.0);
    assert!(denials.contains(&"hub: private image, no credentials".to_owned()));
}

#[test]
fn who_is_a_stranger_by_the_limits_it_has_is_denied_private_images_and_does_not_sign_in() {
    let pulls = |preset: &str, image: &str, login: &str| {
        let text = format!(
            "pullstorm: 1\nname: private\nservices: {{hub: {{preset: {preset}}}}}\nimages: {{app: {{registry: hub, \
             layers: 2{image}}}}}\nworkloads: {{w: {{kind: image-pulls, pulls: 5{login}, pull: {{client: \
             docker-classic, images: app}}}}}}\n"
        );
        let document =
            Document::parse("private", text.as_bytes()).unwrap_or_else(|it| panic!("{it}"));
        let prepared = prepare(&document, &[]).map_err(|it| it.to_string())?;
        Ok::<f64, String>(value(&prepared[0], "w.pulls.failed"))
    };
    let (anonymous, free) = ("docker-hub-anonymous@2026-11", "docker-hub-free@2026-11");
    assert_eq!(pulls(anonymous, PRIVATE, ""), Ok(5.0));
    assert_eq!(pulls(free, PRIVATE, ""), Ok(0.0));
    assert_eq!(pulls(free, PRIVATE, ", login: true"), Ok(0.0));
    let refused = pulls(anonymous, "", ", login: true").unwrap_err();
    assert!(
        refused.contains("the limits of `hub` are those of who does not"),
        "{refused}"
    );
}

#[test]
fn a_mirror_has_credentials_of_its_own() {
    let pulls = |mirror: &str| {
        let text = format!(
            "pullstorm: 1\nname: private\nservices:\n  hub: {{{COUNTED}}}\n  cache: {{caches: {{upstream: hub, \
             kind: distribution-proxy}}}}\nimages: {{app: {{registry: hub, layers: 2, private: true}}}}\n\
             workloads: {{w: {{kind: image-pulls, pulls: 5, pull: {{client: docker-classic, auth: none, \
             credentials: none, images: app{mirror}}}}}}}\n"
        );
        let document =
            Document::parse("private", text.as_bytes()).unwrap_or_else(|it| panic!("{it}"));
        let prepared = prepare(&document, &[]).unwrap_or_else(|it| panic!("{it}"));
        value(&prepared[0], "w.pulls.failed")
    };
    assert_eq!((pulls(""), pulls(", mirror: cache")), (5.0, 0.0));
}

fn denials(plan: &Plan) -> Vec<String> {
    let errors = plan.errors.iter().map(|error| error.text.clone());
    errors.filter(|text| text.contains("credentials")).collect()
}

#[test]
fn a_push_that_signs_in_at_the_limits_of_who_does_not_is_refused() {
    let refused = |preset: &str, login: &str| {
        let text = format!(
            "pullstorm: 1\nname: private\nservices: {{hub: {{preset: {preset}}}}}\nimages: {{app: {{registry: hub, \
             layers: 2}}}}\nworkloads: {{w: {{kind: image-pushes, pushes: 5{login}, push: {{client: \
             docker-classic, images: app}}}}}}\n"
        );
        let document =
            Document::parse("private", text.as_bytes()).unwrap_or_else(|it| panic!("{it}"));
        let refused = prepare(&document, &[]).err();
        refused.map_or(String::new(), |it| it.to_string())
    };
    let (anonymous, free) = ("docker-hub-anonymous@2026-11", "docker-hub-free@2026-11");
    let told = refused(anonymous, ", login: per-push");
    assert!(
        told.contains("`login` signs in, and the limits of `hub` are those of who does not"),
        "{told}"
    );
    assert_eq!(refused(anonymous, ""), "");
    assert_eq!(refused(free, ", login: per-push"), "");
}

/// Pushes that fail of five by BuildKit, and those that sign in.
fn pushes(service: &str, push: &str) -> f64 {
    let text = format!(
        "pullstorm: 1\nname: private\nservices: {{hub: {{{service}}}}}\nimages: {{app: {{registry: hub, layers: \
         2}}}}\nworkloads: {{w: {{kind: image-pushes, pushes: 5{push}}}}}\n"
    );
    let document = Document::parse("private", text.as_bytes()).unwrap_or_else(|it| panic!("{it}"));
    let prepared = prepare(&document, &[]).unwrap_or_else(|it| panic!("{it}"));
    value(&prepared[0], "w.pushes.failed")
}

#[test]
fn no_registry_takes_a_push_of_a_stranger() {
    let push = |more: &str| format!(", push: {{client: buildkit, images: app{more}}}");
    let anonymous = "preset: docker-hub-anonymous@2026-11";
    assert_eq!(pushes(anonymous, &push("")), 5.0);
    assert_eq!(pushes("preset: docker-hub-free@2026-11", &push("")), 0.0);
    assert_eq!(
        pushes("preset: docker-hub-free@2026-11", &push(", auth: none")),
        5.0
    );
    // Who says how it signs in and as whom is nobody's stranger.
    let user = format!("{}, identity: {{user: ci}}", push(", auth: token"));
    assert_eq!(pushes(anonymous, &user), 0.0);
    // A registry of one's own asks for nothing but what the scenario says.
    assert_eq!(pushes(COUNTED, &push(", auth: none")), 0.0);
}

#[test]
fn who_names_its_user_is_no_stranger_wherever_that_is_asked() {
    let pulls = |preset: &str, pull: &str| {
        let workload = format!(
            "w: {{kind: image-pulls, pulls: 5, pull: {{client: docker-classic, images: app{pull}}}{}}}",
            if pull.contains("token") {
                ", identity: {user: ci}"
            } else {
                ""
            }
        );
        let prepared = prepared(&format!("preset: {preset}"), PRIVATE, &workload);
        value(&prepared, "w.pulls.failed")
    };
    let (anonymous, free) = ("docker-hub-anonymous@2026-11", "docker-hub-free@2026-11");
    assert_eq!(pulls(anonymous, ", auth: token"), 0.0);
    assert_eq!(pulls(free, ", auth: none"), 5.0);
}
