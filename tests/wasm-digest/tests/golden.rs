//! What happens in the built-in scenarios, as `tests/golden/digests.txt` has it.
//!
//! A digest that moves is a change of simulated results, which users compare with: find out why it
//! moved, say so in the changelog, then accept it with
//!
//! ```sh
//! PULLSTORM_BLESS=1 cargo test -p pullstorm-wasm-digest --test golden
//! ```
//!
//! `cargo xtask test` checks the file in a debug build and in a release build; the tests of wasm
//! compare with what native code finds.

use pullstorm_core::scenarios::BUILT_IN;
use pullstorm_wasm_digest::{scenario_digests, storm_digest};
use std::fmt::Write;
use std::path::Path;

const RUNS: u64 = 2;

#[test]
fn digests_are_those_of_the_golden_file() {
    let mut found = String::new();
    for scenario in BUILT_IN {
        let digests = scenario_digests(scenario.text, RUNS);
        assert!(digests.contains("p1:"), "{}: {digests}", scenario.name);
        writeln!(found, "{}\n{digests}", scenario.name).unwrap();
    }
    writeln!(found, "storm of 1000\n{}", storm_digest(1_000, 1, 0)).unwrap();
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../golden/digests.txt");
    if std::env::var_os("PULLSTORM_BLESS").is_some() {
        std::fs::write(&golden, &found).unwrap();
    }
    let expected = std::fs::read_to_string(&golden).unwrap_or_default();
    let moved: Vec<String> = difference(&expected, &found);
    assert!(
        found == expected,
        "{} lines differ from {} (see the head of this test):\n{}",
        moved.len(),
        golden.display(),
        moved.join("\n")
    );
}

/// The lines of `found` that are not in `expected`, each below the heading it stands under.
fn difference(expected: &str, found: &str) -> Vec<String> {
    let known: Vec<(&str, &str)> = headed(expected).collect();
    headed(found)
        .filter(|line| !known.contains(line))
        .map(|(heading, line)| format!("  {heading}: {line}"))
        .collect()
}

fn headed(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut heading = "";
    text.lines().filter_map(move |line| {
        if line.contains("p1:") {
            return Some((heading, line));
        }
        if !line.is_empty() {
            heading = line;
        }
        None
    })
}
