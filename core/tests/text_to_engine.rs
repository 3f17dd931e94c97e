//! Options of a limiter from the text of a scenario to what its callers live through.

use pullstorm_core::engine::simulate;
use pullstorm_core::limiter::{Decision, Limiter};
use pullstorm_core::record::{Attempt, Recorder};
use pullstorm_core::replicate::{prepare, run_one};
use pullstorm_core::scenario::Document;

/// Each decision: second, cost, whether it was admitted.
#[derive(Default)]
struct Decided(Vec<(f64, u32, bool)>);

impl Recorder for Decided {
    fn decided(&mut self, attempt: &Attempt, decision: Decision, _: &Limiter) {
        let admitted = matches!(decision, Decision::Admitted);
        self.0
            .push((attempt.at.as_secs_f64(), attempt.cost, admitted));
    }
}

/// What one caller meets who makes `calls`, one after another without any time between them.
fn decided(limiter: &str, calls: &str, retry: &str) -> Vec<(f64, u32, bool)> {
    let limiters = format!("pulls: {{status: 429, {limiter}}}");
    decided_by(&limiters, &format!("calls: {calls}, retry: {retry}"), 0).0
}

/// What callers meet in a run.
fn decided_by(limiters: &str, callers: &str, run: u64) -> Decided {
    let text = format!(
        "pullstorm: 1
name: options
services:
  hub:
    latency: 0s
    limiters: {{{limiters}}}
workloads:
  one: {{kind: api-callers, service: hub, {callers}}}
"
    );
    let document = Document::parse("options", text.as_bytes()).unwrap_or_else(|it| panic!("{it}"));
    let prepared = prepare(&document, &[]).unwrap_or_else(|it| panic!("{it}"));
    let (outcome, decided) = simulate(&prepared[0].plan, 1, run, Decided::default());
    assert_eq!(outcome.cut_off, None);
    decided
}

#[test]
fn an_engine_that_fetches_six_layers_at_a_time_comes_to_the_end_of_twelve_on_a_narrow_line() {
    for client in ["podman-4", "cri-o"] {
        let text = format!(
            "pullstorm: 1
name: layers
services: {{hub: {{latency: 80ms, limiters: {{pulls: {{bucket: {{burst: 100, refill: 1/s}}, status: 429}}}}}}}}
images: {{app: {{registry: hub, layers: 12, size: 180MB}}}}
workloads:
  machines: {{kind: image-pulls, pulls: 1, pull: {{client: {client}, images: app, bandwidth: 100Mbit/s}}}}
"
        );
        let document = Document::parse("layers", text.as_bytes());
        let document = document.unwrap_or_else(|it| panic!("{it}"));
        let prepared = prepare(&document, &[]).unwrap_or_else(|it| panic!("{it}"));
        let run = run_one(&prepared[0], 1, 0);
        let metric = |path: &str| run.values[prepared[0].metrics.find(path).unwrap()].unwrap();
        assert_eq!(metric("machines.pulls.finished"), 1.0);
        // 180 MB at 100 Mbit/s, and the requests before them.
        let (best, finished) = (
            run.best.finish.as_secs_f64(),
            metric("machines.finished_after"),
        );
        assert!(best <= finished, "{client}: {best} {finished}");
        assert!(14.4 < finished && finished < 20.0, "{client}: {finished}");
    }
}

#[test]
fn a_limiter_that_lets_in_keeps_its_credit_whatever_the_next_says_and_one_that_refuses_is_the_last_asked()
 {
    let bucket = |burst: u32| format!("{{bucket: {{burst: {burst}, refill: 1/d}}}}");
    let limiters = format!("first: {}, then: {}", bucket(2), bucket(1));
    let callers = "callers: 3, calls: [get], retry: none";
    let met = decided_by(&limiters, callers, 0).0;
    let met: Vec<bool> = met.into_iter().map(|(_, _, admitted)| admitted).collect();
    // The first caller passes both; the second spends a credit and is refused behind it; the third
    // finds none and asks no further.
    assert_eq!(met, [true, true, true, false, false]);
}

#[test]
fn where_no_start_is_stated_each_run_begins_at_another_moment_of_a_window() {
    let callers = "calls: {get: 2}, retry: {strategy: fixed, delay: 1s, attempts: 70}";
    let second_let_in = |run: u64| {
        let limiters = "all: {window: {limit: 1 per 1min}}";
        let met = decided_by(limiters, callers, run).0;
        let mut admitted = met.into_iter().filter(|(_, _, admitted)| *admitted);
        admitted.nth(1).expect("a window is a minute").0
    };
    let at: Vec<f64> = (0..8).map(second_let_in).collect();
    let other = at.iter().filter(|it| **it != at[0]).count();
    assert!(other >= 6, "{at:?}");
    assert!(at.iter().all(|it| (0.0..=60.0).contains(it)), "{at:?}");
}

#[test]
fn operations_cost_what_the_scenario_says() {
    let limiter = |costs: &str| {
        format!("bucket: {{burst: 4, refill: {{credits: 4, every: 1h}}}}, operations: {costs}")
    };
    let calls = "{head: 3, manifest: 2, index: 1}";
    let met = decided(&limiter("{manifest: 1, head: 0, index: 3}"), calls, "none");
    let paid: Vec<(f64, u32, bool)> = met.into_iter().filter(|(_, cost, _)| *cost > 0).collect();
    assert_eq!(paid, [(0.0, 1, true), (0.0, 1, true), (0.0, 3, false)]);
    let met = decided(&limiter("{manifest: 1, head: 1, index: 1}"), calls, "none");
    let admitted = met.iter().filter(|(_, _, admitted)| *admitted).count();
    assert_eq!((met.len(), admitted), (5, 4), "heads are not free here");
    let met = decided(&limiter("[manifest]"), calls, "none");
    assert_eq!(
        met,
        [(0.0, 1, true), (0.0, 1, true)],
        "others are not asked about"
    );
}

#[test]
fn throttled_attempts_count_where_they_are_charged() {
    let limiter = |charged: bool| {
        format!("window: {{limit: 1 per 10s, kind: sliding}}, charge_throttled: {charged}")
    };
    let retry = "{strategy: fixed, delay: 6s, attempts: 4}";
    let admitted = |charged| decided(&limiter(charged), "{manifest: 2}", retry);
    assert_eq!(
        admitted(false),
        [
            (0.0, 1, true),
            (0.0, 1, false),
            (6.0, 1, false),
            (12.0, 1, true)
        ]
    );
    assert_eq!(
        admitted(true),
        [
            (0.0, 1, true),
            (0.0, 1, false),
            (6.0, 1, false),
            (12.0, 1, false),
            (18.0, 1, false)
        ],
        "whoever asks again within ten seconds is never let in"
    );
}

#[test]
fn a_policy_that_reads_exact_hints_comes_back_when_the_credit_is_there() {
    let limiter =
        |hint: &str| format!("bucket: {{burst: 2, refill: 1 per 10s}}, retry_after: {hint}");
    let retry = |more: &str| format!("{{strategy: fixed, delay: 4s, attempts: 4{more}}}");
    let met = |hint: &str, more: &str| {
        let met = decided(&limiter(hint), "{manifest: 3}", &retry(more));
        met[2..]
            .iter()
            .map(|(at, _, admitted)| (*at, *admitted))
            .collect::<Vec<_>>()
    };
    let reads = ", retry_after: true";
    assert_eq!(met("exact", reads), [(0.0, false), (10.0, true)]);
    let own = [(0.0, false), (4.0, false), (8.0, false), (12.0, true)];
    assert_eq!(met("exact", ""), own, "it does not read hints");
    assert_eq!(met("none", reads), own, "there is no hint to read");
    assert_eq!(met("7s", reads), [(0.0, false), (7.0, false), (14.0, true)]);
}
