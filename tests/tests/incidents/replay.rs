//! A recorded release morning, once and twice over.

use pullstorm_tests::incident::{Runs, incident, variant, with};

const MORNING: &str = "replay-release-morning";
const FAILED: &str = "releases.arrivals.failed";

fn runs(of: &str) -> Runs {
    Runs::of(variant(&incident(MORNING), of), 10)
}

#[test]
fn what_was_recorded_without_a_refusal_is_replayed_without_one() {
    let today = runs("today");
    assert_eq!(today.always(FAILED), 0.0);
    // 415 calls stand in the recording, five of them ListImages, which ECS does not have.
    assert_eq!(today.always("releases.arrivals.wanted"), 415.0 - 5.0);
    assert_eq!(
        runs("twice").always("releases.arrivals.wanted"),
        2.0 * 410.0
    );
}

#[test]
fn twice_the_load_exhausts_task_definitions_first() {
    let twice = runs("twice");
    let refused = |group: &str| twice.mean(&format!("limiters.ecs.{group}.throttled"));
    // 38 are registered within eleven seconds; 20 credits and one a second let 29 to 31 of them through.
    let definitions = refused("task-definition-modify");
    assert!((6.0..10.0).contains(&definitions), "{definitions}");
    assert!(twice.mean(FAILED) >= definitions);
    assert_eq!(refused("service-modify"), 0.0);
}

#[test]
fn retries_carry_twice_the_load_over_it() {
    assert_eq!(runs("twice-with-retries").always(FAILED), 0.0);
}

#[test]
fn the_beginning_of_each_second_is_the_worst_case() {
    assert!(runs("twice-in-step").mean(FAILED) >= runs("twice").mean(FAILED));
    let document = with(&incident(MORNING), "workloads.releases.copies", "1");
    let in_step = with(&document, "workloads.releases.spread", "0s");
    assert_eq!(Runs::of(variant(&in_step, "today"), 1).always(FAILED), 0.0);
}
