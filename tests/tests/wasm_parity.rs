//! The core gives the same bits in wasm as natively.

use pullstorm_tests::wasm::WasmCore;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Enough that a function which differs in one result of ten thousand is found.
const ROUNDS: u64 = 20_000;

/// Runs of each variant: an interpreter takes its time.
const RUNS: u64 = 1;

#[test]
fn mathematics_samplers_limiters_and_retries_have_the_same_bits_in_wasm() {
    let native = pullstorm_wasm_digest::fingerprint(ROUNDS);
    let wasm = WasmCore::load().text("fingerprint", ROUNDS);
    assert_eq!(native, wasm);
}

#[test]
fn charts_have_the_same_bytes_in_wasm() {
    let mut wasm = WasmCore::load();
    let text = include_str!("../../scenarios/circleci-ecr-fanout.yaml");
    wasm.give(text);
    let native = pullstorm_wasm_digest::scenario_charts(text, 1_000);
    assert!(native.starts_with("<svg"), "{native}");
    assert_eq!(native, wasm.text("scenario_charts", 1_000_u32));
}

/// Deploys that one bucket lets through in a minute, and a retry policy that gives up before.
const SEARCHED: &str = "
pullstorm: 1
name: searched
services:
  api: {latency: 60ms, limiters: {calls: {bucket: {burst: 5, refill: 1/s}, status: 429}}}
workloads:
  deploys:
    kind: api-callers
    service: api
    callers: 10
    calls: [register, update]
    think: {uniform: [500ms, 2s]}
    retry: harness-default
expect: [deploys.callers.failed == 0]
tune:
  workloads.deploys.retry.attempts: 3..20
  workloads.deploys.retry.throttled_base: 100ms..8s
  workloads.deploys.retry.cap: 5s..60s
";

#[test]
fn a_search_finds_the_same_setting_in_wasm() {
    let native = pullstorm_wasm_digest::search_answer(SEARCHED, 400);
    assert!(native.starts_with("p1:"), "{native}");
    assert!(native.contains("holds true"), "{native}");
    let mut wasm = WasmCore::load();
    wasm.give(SEARCHED);
    assert_eq!(native, wasm.text("search_answer", 400_u64));
}

/// Deploys that one bucket lets through in some seconds, with few of everything: an interpreter takes its
/// time, and a recommendation tries hundreds of settings.
const RECOMMENDED: &str = "
pullstorm: 1
name: recommended
services:
  api: {latency: 60ms, limiters: {calls: {bucket: {burst: 2, refill: 1/s}, status: 429}}}
workloads:
  deploys:
    kind: api-callers
    service: api
    callers: 4
    calls: [register]
    retry: {preset: harness-default, attempts: 2}
load: {path: workloads.deploys.callers, up_to: 8, unit: pipelines}
variants:
  patient: {about: More retries, set: {workloads.deploys.retry: harness-default}}
  apart: {about: A second apart, set: {workloads.deploys.begin: {every: 1s}}}
expect: [deploys.callers.failed == 0]
";

#[test]
fn a_whole_recommendation_is_the_same_in_wasm() {
    let native = pullstorm_wasm_digest::recommendation(RECOMMENDED);
    for part in ["\"recommended\"", "\"answers\"", "\"settings\"", "holds to"] {
        assert!(native.contains(part), "no {part} in {native}");
    }
    let mut wasm = WasmCore::load();
    wasm.give(RECOMMENDED);
    let wasm = wasm.text("recommendation", ());
    let differs = native.lines().zip(wasm.lines()).find(|(a, b)| a != b);
    assert_eq!(differs, None);
    assert_eq!(native.len(), wasm.len());
}

#[test]
fn a_storm_of_a_thousand_clients_has_the_same_digest_in_wasm() {
    let mut wasm = WasmCore::load();
    for (seed, run) in [(1, 0), (u64::MAX, 7)] {
        let native = pullstorm_wasm_digest::storm_digest(1_000, seed, run);
        assert_eq!(native, wasm.text("storm_digest", (1_000_u32, seed, run)));
    }
}

#[test]
fn every_built_in_scenario_has_the_same_digests_in_wasm() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios");
    let files = std::fs::read_dir(folder).expect("the built-in scenarios");
    let files = files.flatten().map(|file| file.path());
    let scenarios: Vec<PathBuf> = files
        .filter(|path| path.extension().is_some_and(|ending| ending == "yaml"))
        .collect();
    assert!(!scenarios.is_empty(), "there are built-in scenarios");
    // Interpreting takes minutes: each processor takes the next one that nobody has.
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                let mut wasm = WasmCore::load();
                while let Some(path) = scenarios.get(next.fetch_add(1, Ordering::Relaxed)) {
                    same_digests(path, &mut wasm);
                }
            });
        }
    });
}

fn same_digests(path: &Path, wasm: &mut WasmCore) {
    let text = std::fs::read_to_string(path).expect("a scenario");
    let native = pullstorm_wasm_digest::scenario_digests(&text, RUNS);
    let name = path.display();
    assert!(native.starts_with("today 0 p1:"), "{name}: {native}");
    wasm.give(&text);
    assert_eq!(native, wasm.text("scenario_digests", RUNS), "{name}");
}
