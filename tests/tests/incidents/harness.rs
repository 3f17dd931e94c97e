//! Harness pipelines on ECS and CloudFormation: the default back-off of the account settings
//! against tuned ones, under documented limits, an assumed one, and 503s.

use pullstorm_core::plan::Basis;
use pullstorm_core::replicate::prepare;
use pullstorm_core::retry::RetryPolicy;
use pullstorm_core::scenario::Document;
use pullstorm_core::scenario::model::Scenario;
use pullstorm_tests::incident::{Runs, incident, variant, variants, with};

const FAILED: &str = "deploys.callers.failed";
const THROTTLED: &str = "deploys.calls.first_throttled";

fn runs(document: &Document, name: &str, count: u32) -> Runs {
    Runs::of(variant(document, name), count)
}

fn policies(scenario: &Scenario) -> Vec<&RetryPolicy> {
    let workloads = scenario.workloads.iter();
    workloads
        .filter_map(|workload| Some(&workload.value.retry()?.policy))
        .collect()
}

/// The bucket holds 20 and earns 1 a second: five retries last 15.5 s and a few latencies, three
/// last 3.5 s.
#[test]
fn defaults_lose_the_pipelines_that_the_bucket_cannot_serve_within_their_span() {
    let document = incident("harness-ecs-deploys");
    let today = runs(&document, "today", 200);
    assert_eq!(today.always(THROTTLED), 40.0 - 20.0);
    let (fewest, most) = today.range(FAILED);
    assert!(fewest >= 40.0 - 20.0 - 15.0, "{fewest} pipelines fail");
    assert!(most <= 8.0, "{most} pipelines fail");
    let sdk = runs(&document, "sdk-default", 200);
    let (fewest, most) = sdk.range(FAILED);
    assert!(fewest >= 40.0 - 20.0 - 3.0, "{fewest} pipelines fail");
    assert!(most <= 18.0, "{most} pipelines fail");
}

#[test]
fn ten_retries_outlast_what_forty_pipelines_need() {
    let tuned = runs(&incident("harness-ecs-deploys"), "tuned", 500);
    assert_eq!(tuned.always(FAILED), 0.0);
}

/// 40 pipelines ask 8 times a second in each of two buckets that earn 20.
#[test]
fn the_polls_of_forty_pipelines_fit_the_read_buckets() {
    let document = incident("harness-ecs-deploys");
    for prepared in variants(&document) {
        let runs = Runs::of(prepared, 30);
        assert_eq!(runs.always("limiters.ecs.service-read.throttled"), 0.0);
        assert_eq!(
            runs.always("limiters.ecs.cluster-resource-read.throttled"),
            0.0
        );
    }
}

#[test]
fn one_setting_counts_for_both_accounts() {
    let document = incident("harness-two-accounts");
    let scenarios = document.variants().iter().map(|variant| &variant.scenario);
    for scenario in scenarios.chain([document.scenario()]) {
        let policies = policies(scenario);
        assert_eq!(policies.len(), 2);
        assert_eq!(policies[0], policies[1]);
    }
}

#[test]
fn accounts_have_buckets_of_their_own() {
    let document = incident("harness-two-accounts");
    let alone = with(&document, "workloads.sandbox.callers", "1");
    for path in ["production.callers.failed", "production.calls.attempts"] {
        let both = runs(&document, "today", 30).values(path);
        assert_eq!(both, runs(&alone, "today", 30).values(path), "{path}");
    }
}

#[test]
fn tuning_for_one_account_changes_the_other() {
    let document = incident("harness-two-accounts");
    let [today, production, both] =
        ["today", "tuned-for-production", "tuned-for-both"].map(|name| runs(&document, name, 100));
    assert_eq!(production.always("production.callers.failed"), 0.0);
    assert!(production.range("sandbox.callers.failed").0 >= 40.0);
    assert!(today.range("sandbox.callers.failed").0 > 80.0);
    let asleep = "sandbox.calls.asleep";
    assert!(production.mean(asleep) > 2.0 * today.mean(asleep));
    assert_eq!(both.always("production.callers.failed"), 0.0);
    assert_eq!(both.always("sandbox.callers.failed"), 0.0);
}

#[test]
fn the_limit_of_cloudformation_is_asked_for_and_what_is_assumed_is_said() {
    let document = incident("harness-cloudformation");
    for prepared in variants(&document) {
        let assumptions: Vec<_> = prepared.plan.assumptions().collect();
        assert!(
            assumptions.iter().any(|assumption| {
                assumption.basis == Basis::Stated && assumption.text.contains("nobody publishes")
            }),
            "{assumptions:?}"
        );
        let limiter = &prepared.plan.limiters[0];
        assert!(limiter.assumption.is_some());
    }
    let unstated = with(&document, "services.cloudformation.limiters", "null");
    let problems = prepare(&unstated, &[]).unwrap_err().to_string();
    assert!(
        problems.contains("AWS publishes no limit for the CloudFormation API"),
        "{problems}"
    );
}

/// In how many of 300 runs a pipeline fails, if CloudFormation allows so many calls a second.
fn runs_that_fail(document: &Document, name: &str, rate: u32) -> usize {
    let path = "services.cloudformation.limiters.api.bucket.refill";
    let document = with(document, path, &format!("{rate}/s"));
    let failed = runs(&document, name, 300).values(FAILED);
    failed.iter().filter(|failed| **failed > 0.0).count()
}

/// 30 stacks make 12 calls a second while all are under way. The borders are marginal: a step below
/// each, a few runs in 300 fail, which 30 runs may not see.
#[test]
fn tuned_parameters_hold_at_a_third_of_the_rate_that_the_defaults_need() {
    let document = incident("harness-cloudformation");
    for (name, hopeless, from) in [("tuned", 1, 4), ("today", 10, 12), ("sdk-default", 11, 17)] {
        let fails = |rate| runs_that_fail(&document, name, rate);
        assert!(fails(hopeless) >= 200, "{name} fails at {hopeless}/s");
        let marginal = fails(from - 1);
        assert!((1..=6).contains(&marginal), "{name}: {marginal} of 300");
        for rate in [from, from + 1, 20] {
            assert_eq!(fails(rate), 0, "{name} at {rate}/s");
        }
    }
}

#[test]
fn under_503s_fewer_retries_lose_more_pipelines_and_hardly_a_limiter_is_to_blame() {
    let document = incident("harness-ecs-503");
    let [today, sdk, tuned] =
        ["today", "sdk-default", "tuned"].map(|name| runs(&document, name, 200));
    // 740 calls of which each of n attempts fails with 30 %.
    let six_in_a_row = 0.3 * 0.3 * 0.3 * 0.3 * 0.3 * 0.3;
    assert!((today.mean("deploys.calls.failed") - 740.0 * six_in_a_row).abs() < 0.25);
    assert!(sdk.mean(FAILED) > 4.0 * today.mean(FAILED));
    assert_eq!(tuned.always(FAILED), 0.0);
    for runs in [today, sdk, tuned] {
        assert!(runs.mean("deploys.calls.throttled") < 0.1);
    }
}

#[test]
fn after_a_503_the_base_for_throttling_plays_no_part() {
    let document = incident("harness-ecs-503");
    let with_base = |parameter: &str| {
        let policy = format!("{{AmazonSDKDefaultBackoffStrategy_{parameter}: 5000}}");
        let document = with(&document, "workloads.deploys.retry", &policy);
        runs(&document, "today", 10)
    };
    let today = runs(&document, "today", 10);
    assert!(with_base("throttledBaseDelay").same_as(&today));
    assert!(!with_base("baseDelay").same_as(&today));
}

#[test]
fn a_deploy_has_started_when_its_changes_are_accepted_and_ends_with_its_polls() {
    let runs = runs(&incident("harness-ecs-deploys"), "one-a-second", 30);
    assert_eq!(
        runs.always("deploys.calls.count"),
        40.0 * (2.0 + 2.0 * 36.0)
    );
    let (_, longest) = runs.range("deploys.callers.start_delay.max");
    assert!(
        longest < 3.0,
        "{longest} s for two calls and a pause of 2 s"
    );
    let (first, _) = runs.range("deploys.finished_after");
    assert!(first > 39.0 + 36.0 * 5.0, "{first} s");
}
