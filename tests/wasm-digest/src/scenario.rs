//! Whole scenarios: text in, digests out.

use pullstorm_core::compile::compile;
use pullstorm_core::engine::simulate;
use pullstorm_core::record::Nothing;
use pullstorm_core::scenario::{Document, Scenario};
use std::fmt::Write;

/// One line for each variant and run: `variant run digest`. A scenario that cannot be run gives its
/// problems instead.
pub fn scenario_digests(text: &str, runs: u64) -> String {
    let document = match Document::parse("scenario.yaml", text.as_bytes()) {
        Ok(document) => document,
        Err(problems) => return problems.to_string(),
    };
    let mut lines = String::new();
    add(&mut lines, "today", document.scenario(), runs);
    for variant in document.variants() {
        add(&mut lines, &variant.name, &variant.scenario, runs);
    }
    lines
}

fn add(lines: &mut String, variant: &str, scenario: &Scenario, runs: u64) {
    // Writing to a string cannot fail.
    match compile(scenario, variant) {
        Ok(plan) => {
            for run in 0..runs {
                let (outcome, _) = simulate(&plan, scenario.seed, run, Nothing);
                let _ = writeln!(lines, "{variant} {run} {}", outcome.digest);
            }
        }
        Err(problems) => {
            let _ = writeln!(lines, "{variant} {problems:?}");
        }
    }
}
