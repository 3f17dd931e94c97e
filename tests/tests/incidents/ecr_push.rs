//! Forty builds push to ECR at once: 80 manifests, of which the account may write ten a second.

use pullstorm_core::scenario::Document;
use pullstorm_tests::incident::{Runs, incident, variant, with};

const FAILED: &str = "ci.pushes.failed";

fn runs(document: &Document, name: &str) -> Runs {
    Runs::of(variant(document, name), 30)
}

fn throttled(runs: &Runs, operation: &str) -> f64 {
    runs.mean(&format!("limiters.ecr.{operation}.throttled"))
}

/// All round trips take 100 ms, so that builds go side by side.
fn in_step() -> Document {
    with(
        &incident("ecr-push-put-image"),
        "services.ecr.latency",
        "100ms",
    )
}

#[test]
fn put_image_breaks_first_and_nothing_else_does() {
    let today = runs(&incident("ecr-push-put-image"), "today");
    for operation in [
        "BatchCheckLayerAvailability",
        "InitiateLayerUpload",
        "UploadLayerPart",
        "CompleteLayerUpload",
    ] {
        assert_eq!(throttled(&today, operation), 0.0, "{operation}");
    }
    // docker does not try a refused manifest again: each refusal is a build.
    let (fewest, most) = today.range(FAILED);
    assert!(
        fewest >= 34.0 && most <= 38.0,
        "{fewest} to {most} builds fail"
    );
    assert_eq!(throttled(&today, "PutImage"), today.mean(FAILED));
}

/// Ten manifests of the first instant are written. Those ten builds come with their second tag
/// half a second later (ping, two rounds of five checks, the check of the config, the manifest) and
/// find five credits.
#[test]
fn builds_in_step_lose_exactly_what_the_bucket_does_not_hold() {
    let one_tag = |builds: u32| {
        let document = with(&in_step(), "workloads.ci.pushes", &builds.to_string());
        runs(&document, "one-tag").always(FAILED)
    };
    assert_eq!([one_tag(10), one_tag(11), one_tag(40)], [0.0, 1.0, 30.0]);
    assert_eq!(runs(&in_step(), "today").always(FAILED), 30.0 + 5.0);
}

#[test]
fn a_second_tag_sends_a_manifest_and_no_layer() {
    let offered = |name, operation: &str| {
        let runs = runs(&in_step(), name);
        runs.always(&format!("limiters.ecr.{operation}.offered"))
    };
    // Nobody is refused. Eight layers and the config are looked for under each of two tags, and the
    // config once it is sent; three layers and the config are sent once.
    assert_eq!(offered("staggered", "PutImage"), 40.0 * 2.0);
    let checks = offered("staggered", "BatchCheckLayerAvailability");
    assert_eq!(checks, 40.0 * (2.0 * 9.0 + 1.0));
    for operation in [
        "InitiateLayerUpload",
        "UploadLayerPart",
        "CompleteLayerUpload",
    ] {
        assert_eq!(offered("staggered", operation), 40.0 * 4.0, "{operation}");
    }
}

#[test]
fn retries_at_once_do_not_help_and_pauses_at_random_do() {
    let document = incident("ecr-push-put-image");
    let at_once = runs(&document, "retry-at-once");
    let (fewest, most) = at_once.range(FAILED);
    assert!(
        fewest >= 16.0 && most <= 24.0,
        "{fewest} to {most} builds fail"
    );
    let refused = throttled(&at_once, "PutImage");
    assert!(
        refused > 4.0 * throttled(&runs(&document, "today"), "PutImage"),
        "{refused}"
    );
    assert_eq!(runs(&document, "retry-with-jitter").always(FAILED), 0.0);
    assert_eq!(runs(&document, "staggered").always(FAILED), 0.0);
}

/// 40 builds begin 160 uploads within a second or so, of which 100 and what is earned meanwhile are
/// allowed: with a higher quota of PutImage alone, that is what breaks next.
#[test]
fn with_more_put_image_the_uploads_break_next() {
    let document = with(&incident("ecr-push-put-image"), "workloads.ci.pushes", "64");
    let raised = runs(&document, "quota-raised");
    assert!(throttled(&raised, "InitiateLayerUpload") > 0.0);
    assert_eq!(throttled(&raised, "PutImage"), 0.0);
    assert!(raised.mean(FAILED) > 0.0);
}

#[test]
fn a_build_that_signs_in_costs_one_login_and_no_other_call() {
    let logins = "limiters.ecr.GetAuthorizationToken.offered";
    let signed_in = variant(&in_step(), "staggered");
    assert_eq!(signed_in.metrics.find(logins), None, "nobody signs in");
    let signed_in = Runs::of(signed_in, 2);
    let signing_in = with(&in_step(), "workloads.ci.login", "per-push");
    let signing_in = Runs::of(variant(&signing_in, "staggered"), 2);
    assert_eq!(signing_in.mean(logins), 40.0);
    let put = "limiters.ecr.PutImage.offered";
    assert_eq!(signing_in.mean(put), signed_in.mean(put));
}

#[test]
fn layers_take_the_time_that_the_way_up_needs() {
    // Three layers of 10 MB over 8 Mbit/s take 30 s, however they share it.
    let sized = with(&in_step(), "images.service.size", "30MB");
    let slow = with(&sized, "workloads.ci.push.bandwidth", "8Mbit/s");
    let finished = |document: &Document| {
        Runs::of(variant(document, "one-tag-staggered"), 2).mean("ci.finished_after")
    };
    let (fast, slow) = (finished(&sized), finished(&slow));
    assert!((29.9..30.1).contains(&(slow - fast)), "{fast} s, {slow} s");
}
