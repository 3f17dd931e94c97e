//! What holds of every scenario in `scenarios/`.

use pullstorm_core::judge::Status;
use pullstorm_core::replicate::{Sequential, prepare, run_one};
use pullstorm_core::report::judge_variants;
use pullstorm_core::scenario::Document;
use pullstorm_core::scenarios::BUILT_IN;
use pullstorm_tests::incident::{incident, variants};
use std::fmt::Write;
use std::path::Path;

fn all() -> Vec<Document> {
    BUILT_IN
        .iter()
        .map(|built_in| incident(built_in.name))
        .collect()
}

/// The verdict of each variant of each scenario, as `tests/golden/verdicts.txt` has them. A change
/// of a verdict is a change for users: look at it, then accept it with `PULLSTORM_BLESS=1`.
#[test]
fn every_variant_comes_out_as_its_file_says() {
    let mut found = String::new();
    for document in all() {
        let seed = document.scenario().seed;
        let prepared = prepare(&document, &[]).unwrap_or_else(|problems| panic!("{problems}"));
        writeln!(found, "{}", document.scenario().name).unwrap();
        for judged in judge_variants(prepared, &Sequential, seed, None) {
            let verdict = match judged.verdict {
                Status::Met => "holds",
                Status::Broken => "fails",
                Status::Undecided => "undecided",
                Status::Skipped => "skipped",
            };
            let broken: Vec<&str> = judged
                .expectations
                .iter()
                .filter(|expectation| expectation.status != Status::Met)
                .map(|expectation| expectation.text.as_str())
                .collect();
            let line = format!(
                "  {:24}{verdict:8}{}",
                judged.prepared.name,
                broken.join("; ")
            );
            writeln!(found, "{}", line.trim_end()).unwrap();
        }
    }
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/verdicts.txt");
    if std::env::var_os("PULLSTORM_BLESS").is_some() {
        std::fs::write(&golden, &found).unwrap();
    }
    let expected = std::fs::read_to_string(&golden).unwrap_or_default();
    assert!(
        found == expected,
        "verdicts differ from {}; they are now:\n{found}",
        golden.display()
    );
}

#[test]
fn every_scenario_says_what_it_is_where_it_comes_from_and_what_should_hold() {
    for document in all() {
        let scenario = document.scenario();
        let name = &scenario.name;
        assert!(!scenario.title.is_empty(), "{name} has no title");
        assert!(
            scenario.about.contains("Where the numbers come from"),
            "{name} names no sources"
        );
        assert!(!scenario.assumptions.is_empty(), "{name} assumes nothing");
        assert!(!scenario.expect.is_empty(), "{name} expects nothing");
        assert!(scenario.load.is_some(), "{name} does not say what load is");
        for variant in document.variants() {
            assert!(!variant.about.is_empty(), "{name}: {}", variant.name);
        }
    }
}

#[test]
fn calls_that_may_be_given_up_set_no_lower_limit() {
    let text = "
pullstorm: 1
name: probe
services:
  api: {limiters: {all: {bucket: {burst: 1, refill: 1/min}}}}
workloads:
  probes: {kind: api-callers, service: api, calls: [Ask], rounds: 10, pause: 1s, on_failure: continue}
";
    let document = Document::parse("probe.yaml", text.as_bytes()).unwrap();
    let summary = run_one(&variants(&document)[0], 1, 0);
    assert_eq!(summary.best.finish.as_secs_f64(), 9.0);
    assert_eq!(summary.best.last_admission.as_secs_f64(), 0.0);
}
