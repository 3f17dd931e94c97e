//! The retry defaults of the AWS SDKs before and after 2026-11-10, under throttling and under 503s.

use pullstorm_core::engine::Reason;
use pullstorm_core::retry::{preset, sdk_defaults};
use pullstorm_core::scenario::Document;
use pullstorm_core::scenario::model::{RetryChoice, Scenario};
use pullstorm_tests::incident::{Runs, incident, variant, with};

const FAILED: &str = "scripts.callers.failed";
const WORKERS: &str = "workers.calls.failed_share";

fn throttling() -> Document {
    incident("aws-retry-defaults")
}

fn trouble() -> Document {
    incident("aws-retry-defaults-503")
}

fn runs(document: &Document, name: &str) -> Runs {
    Runs::of(variant(document, name), 100)
}

fn retries(scenario: &Scenario) -> Vec<&RetryChoice> {
    let workloads = scenario.workloads.iter();
    workloads
        .filter_map(|workload| workload.value.retry())
        .collect()
}

#[test]
fn every_sdk_is_there_with_its_default_before_and_after() {
    for document in [throttling(), trouble()] {
        let uses = |scenario: &Scenario, name: &str| {
            let policy = preset(name).expect("defaults are presets").policy;
            let retries = retries(scenario);
            retries.iter().all(|retry| retry.policy == policy)
        };
        for default in sdk_defaults() {
            let mut variants = document.variants().iter();
            assert!(
                variants.any(|variant| uses(&variant.scenario, default.before)),
                "{} before",
                default.sdk
            );
            if default.since.is_some() {
                assert!(
                    uses(document.scenario(), default.after),
                    "{} after",
                    default.sdk
                );
            }
        }
    }
}

/// Legacy mode lasts up to 15 s where 5 s are needed; standard mode lasts 3 s, in which the bucket
/// earns 60 of the 100 that are wanting.
#[test]
fn boto3_serves_fewer_calls_since_the_change() {
    let document = throttling();
    let (before, after) = (runs(&document, "boto3-before"), runs(&document, "today"));
    let lost = after.values(FAILED);
    let lost_before = before.values(FAILED);
    let fewer = lost.iter().zip(&lost_before).all(|(now, then)| now > then);
    assert!(fewer, "in every run");
    assert!(after.range(FAILED).0 >= 39.0);
    assert!((after.mean(FAILED) - 46.0).abs() < 2.0);
    assert!(before.range(FAILED).1 <= 3.0);
}

#[test]
fn under_throttling_nothing_changed_for_the_command_line_v2_for_rust_and_for_dotnet() {
    let document = throttling();
    let today = runs(&document, "today");
    for name in ["cli-v2-before", "rust-before", "dotnet-before"] {
        assert!(runs(&document, name).same_as(&today), "{name}");
    }
}

#[test]
fn go_and_cpp_lost_by_the_change_and_javascript_gained() {
    let document = throttling();
    let mean = |name| runs(&document, name).mean(FAILED);
    let today = mean("today");
    // Sleeps of up to 6 s in all instead of 3 s.
    assert!(mean("go-v2-before") < today - 25.0);
    // Ten sleeps without jitter, 25.6 s in all.
    assert_eq!(runs(&document, "cpp-before").always(FAILED), 0.0);
    // Half the base, half the time.
    assert!(mean("js-v3-before") > today + 20.0);
}

#[test]
fn both_generations_of_java_do_the_same_under_throttling() {
    let document = throttling();
    assert!(runs(&document, "java-v2").same_as(&runs(&document, "java-v1")));
}

#[test]
fn eight_attempts_bring_back_what_boto3_lost() {
    assert!(runs(&throttling(), "eight-attempts").range(FAILED).1 <= 1.0);
}

/// Two sleeps of at most 50 and 100 ms end within the two seconds of the outage for everybody that
/// comes in its first.
#[test]
fn nobody_survives_an_outage_of_two_seconds_any_more() {
    let document = trouble();
    assert_eq!(runs(&document, "today").always(FAILED), 100.0);
    assert!(runs(&document, "boto3-before").range(FAILED).1 <= 5.0);
    // The command line, whose change throttling does not show, lost half of its calls only.
    let cli = runs(&document, "cli-v2-before").mean(FAILED);
    assert!((cli - 48.0).abs() < 4.0, "{cli}");
    let go = runs(&document, "go-v2-before").mean(FAILED);
    assert!((go - 14.0).abs() < 3.0, "{go}");
}

/// With 30 % errors a call takes 0.3 retries or more: successes earn back what these cost at 5
/// apiece and do not at 14.
#[test]
fn a_retry_at_fourteen_empties_the_quota_and_at_five_it_does_not() {
    let document = trouble();
    let (before, after) = (runs(&document, "cli-v2-before"), runs(&document, "today"));
    assert_eq!(before.gave_up(Reason::QuotaEmpty), 0);
    assert!(after.gave_up(Reason::QuotaEmpty) > 100 * 2000);
    assert!(
        before.range(WORKERS).1 < 0.027,
        "three attempts leave 2.7 %"
    );
    assert!(after.range(WORKERS).0 > 0.09);
    // More attempts spend the same quota.
    assert!(runs(&document, "eight-attempts").range(WORKERS).0 > 0.09);
    assert!(runs(&document, "boto3-before").range(WORKERS).1 < 0.003);
}

#[test]
fn twenty_workers_with_one_client_empty_its_quota_sooner() {
    let of = |client: &str, trouble: &str| {
        let document = with(&trouble_until(trouble), "workloads.workers.client", client);
        Runs::of(variant(&document, "today"), 20)
    };
    // In half a minute no worker's own 500 are spent, and the 500 of all twenty are.
    assert_eq!(of("separate", "30s").gave_up(Reason::QuotaEmpty), 0);
    assert!(of("shared", "30s").gave_up(Reason::QuotaEmpty) > 20 * 20);
    let (separate, shared) = (of("separate", "10min"), of("shared", "10min"));
    assert!(shared.range(WORKERS).0 > separate.range(WORKERS).1 + 0.03);
}

/// The incident with 503s for so long.
fn trouble_until(time: &str) -> Document {
    with(&trouble(), "services.s3.faults.trouble.until", time)
}
