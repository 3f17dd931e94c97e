//! Hosts that one trigger sets off together: cron at the full hour, watchers after an outage.

use pullstorm_tests::incident::{Runs, incident, variant, with};

const CRON: &str = "cron-at-the-full-hour";
const OUTAGE: &str = "reconnect-after-outage";

fn runs(name: &str, of: &str) -> Runs {
    Runs::of(variant(&incident(name), of), 5)
}

#[test]
fn of_machines_at_minute_0_an_address_carries_416() {
    // A check of two images is six requests (ping, token and HEAD of each); 2,500 are allowed in a minute.
    let hosts = |hosts: &str| {
        let document = with(&incident(CRON), "workloads.cron.hosts", hosts);
        // Deploys ask, too: one, ten minutes before the hour.
        let alone = with(&document, "workloads.deploys.pulls", "1");
        Runs::of(variant(&alone, "today"), 5).mean("cron.pulls.failed")
    };
    assert_eq!(hosts("416"), 0.0, "2,496 requests");
    assert_eq!(hosts("417"), 2.0 * 2.0, "2,502 requests, twice");
    assert!(hosts("500") > 800.0, "most of two rounds of 500");
}

#[test]
fn another_minute_for_all_helps_nobody_and_a_minute_for_each_helps_all() {
    let failed = |name: &str| runs(CRON, name).mean("cron.pulls.failed");
    let today = failed("today");
    assert_eq!(failed("another-minute"), today);
    assert!(
        failed("splay-minute") > 0.0,
        "3,000 requests within a minute"
    );
    for cured in ["splay-half-hour", "fixed-splay", "two-addresses"] {
        assert_eq!(failed(cured), 0.0, "{cured}");
    }
}

#[test]
fn deploys_fail_in_the_minutes_after_full_hours_only() {
    let deploys = |name: &str| runs(CRON, name).mean("deploys.pulls.failed");
    assert!(deploys("today") > deploys("nightly"));
    assert!(deploys("nightly") > 0.0);
    assert_eq!(deploys("splay-half-hour"), 0.0);
}

#[test]
fn watchers_in_step_use_a_third_of_what_the_bucket_earns() {
    // Waves of 100 every 15 s: 2,000 watchers are 20 waves, and the service is up from 6 min on. The
    // first 100 credits were spent when the outage began, on answers of 503, and are there again.
    let finished = |name: &str| runs(OUTAGE, name).mean("watchers.finished_after");
    let today = finished("today");
    assert!((today - (360.0 + 20.0 * 15.0)).abs() < 20.0, "{today} s");
    // 95 s would do: (2,000 - 100) / 20 a second.
    for drawn in ["jitter", "lazy-reconnect"] {
        let late = finished(drawn) - (360.0 + 95.0);
        assert!((0.0..40.0).contains(&late), "{drawn}: {late} s");
    }
    assert!(finished("backoff") > 4.0 * 600.0);
}

#[test]
fn three_attempts_outlast_no_outage_of_minutes() {
    assert_eq!(
        runs(OUTAGE, "sdk-default").mean("watchers.callers.failed"),
        2_000.0
    );
    for waits in ["today", "jitter", "told-when-up"] {
        assert_eq!(runs(OUTAGE, waits).mean("watchers.callers.failed"), 0.0);
    }
}
