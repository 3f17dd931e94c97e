//! `cargo xtask test`: everything that must hold, step by step.

use crate::command::{Failure, Outcome, cargo, run, target_folder};
use crate::steps::Steps;
use crate::toolchain::{
    WASM, WASM_DIGEST, build_wasm_digest, ensure_components, ensure_wasm_target, wasm_file,
};
use crate::{browser, bundle};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

type Step = (&'static str, fn() -> Outcome);

/// The step without which the others still tell something.
const BROWSER: &str = "browser";

/// In the order in which a mistake shows soonest.
const STEPS: [Step; 9] = [
    ("toolchain", toolchain),
    ("format", format),
    ("lint", lint),
    ("lint for wasm32", lint_wasm),
    ("unit tests", unit_tests),
    ("core as wasm", core_as_wasm),
    ("page", page),
    (BROWSER, browser),
    ("end-to-end tests", end_to_end_tests),
];

/// Takes all steps, or those whose names begin with one of `names`, up to the first that fails, and
/// prints how long each took. Where there is no browser, everything is tested that needs none, and it
/// fails in the end.
///
/// # Errors
/// If a step fails, a name is none of a step, or there is no browser.
pub fn run_steps(names: &[&str]) -> Outcome {
    for name in names {
        if !STEPS.iter().any(|(step, _)| step.starts_with(name)) {
            let known: Vec<&str> = STEPS.iter().map(|(step, _)| *step).collect();
            return Err(Failure(format!(
                "no step is called `{name}`; there are: {}",
                known.join(", ")
            )));
        }
    }
    let mut steps = Steps::default();
    let wanted = STEPS.iter().filter(|(step, _)| {
        // What is missing is added whatever was asked for.
        names.is_empty() || *step == "toolchain" || names.iter().any(|name| step.starts_with(name))
    });
    let outcome = take_all(&mut steps, wanted);
    println!("\n{}", steps.table());
    outcome
}

/// Takes steps up to the first that fails; one that lacks a browser only is told in the end.
fn take_all<'s>(steps: &mut Steps, all: impl Iterator<Item = &'s Step>) -> Outcome {
    let mut lacking = None;
    for (name, step) in all {
        match steps.take(name, step) {
            Err(failure) if *name == BROWSER => {
                eprintln!("{failure}; the other steps go on");
                lacking = Some(failure);
            }
            Err(failure) => {
                let lacking = lacking.filter(|lacking: &Failure| lacking.0 != failure.0);
                let both = lacking.map(|lacking| format!("{}\n{}", failure.0, lacking.0));
                return Err(both.map_or(failure, Failure));
            }
            Ok(()) => {}
        }
    }
    lacking.map_or(Ok(()), Err)
}

fn toolchain() -> Outcome {
    ensure_components()?;
    ensure_wasm_target()
}

fn format() -> Outcome {
    run(&mut cargo(&["fmt", "--all", "--check"]))
}

fn lint() -> Outcome {
    // The page is looked at where it runs, in the next step.
    run(&mut cargo(&[
        "clippy",
        "--locked",
        "--workspace",
        "--exclude",
        "pullstorm-web",
        "--all-targets",
        "--all-features",
        "--",
        "-D",
        "warnings",
    ]))
}

fn lint_wasm() -> Outcome {
    // Each by itself: the core has to build without what the page switches on.
    ["pullstorm-core", "pullstorm-web"]
        .iter()
        .try_for_each(|package| {
            run(&mut cargo(&[
                "clippy",
                "--locked",
                "--package",
                package,
                "--target",
                WASM,
                "--",
                "-D",
                "warnings",
            ]))
        })
}

/// Not optimised, with overflow checks; the digests of the built-in scenarios among them.
fn unit_tests() -> Outcome {
    run(&mut unit_test_command())
}

fn unit_test_command() -> Command {
    cargo(&[
        "test",
        "--locked",
        // A run takes half an hour: it tells of all that is broken, not only of the first.
        "--no-fail-fast",
        "--package",
        "pullstorm-core",
        "--package",
        "pullstorm",
        "--package",
        "pullstorm-web",
        "--package",
        WASM_DIGEST,
        "--package",
        "xtask",
        "--all-features",
    ])
}

/// The command line as its own tests start it: built with them, so asking for it after the unit
/// tests compiles nothing.
fn command_line() -> Result<PathBuf, Failure> {
    run(unit_test_command().args(["--test", "cli", "--no-run"]))?;
    let file = format!("pullstorm{}", std::env::consts::EXE_SUFFIX);
    Ok(target_folder().join("debug").join(file))
}

/// Before the tests, which would otherwise build it a second time on their own.
fn core_as_wasm() -> Outcome {
    build_wasm_digest()
}

fn page() -> Outcome {
    bundle::build()
}

fn browser() -> Outcome {
    let chromium = chromium()?;
    eprintln!("{}", chromium.display());
    Ok(())
}

/// Looked for once: what cannot be installed takes its time to say so.
fn chromium() -> Result<PathBuf, Failure> {
    static FOUND: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let found = FOUND.get_or_init(|| browser::chromium().map_err(|failure| failure.0));
    found.clone().map_err(Failure)
}

/// The fidelity and statistical families run hundreds of millions of events, hence optimised. Without
/// a browser the others run, and it fails afterwards.
fn end_to_end_tests() -> Outcome {
    let chromium = chromium();
    let mut tests = end_to_end_command(chromium.as_deref().ok());
    run(tests.env("PULLSTORM", command_line()?))?;
    chromium.map(|_| ())
}

fn end_to_end_command(chromium: Option<&Path>) -> Command {
    let mut tests = cargo(&[
        "test",
        "--locked",
        "--no-fail-fast",
        "--package",
        "pullstorm-tests",
        "--package",
        WASM_DIGEST,
        "--profile",
        "release-test",
    ]);
    if let Some(chromium) = chromium {
        tests.args(["--features", "pullstorm-tests/browser"]);
        tests.env("CHROME", chromium);
    }
    tests.env(
        "PULLSTORM_WASM_DIGEST",
        wasm_file("pullstorm_wasm_digest.wasm"),
    );
    tests
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes() -> Outcome {
        Ok(())
    }

    fn has_no_browser() -> Outcome {
        Err(Failure("Chromium is missing".into()))
    }

    fn breaks() -> Outcome {
        Err(Failure("a test broke".into()))
    }

    /// What went wrong, and the names of the steps that were taken.
    fn taken(all: &[Step]) -> (Option<String>, String) {
        let mut steps = Steps::default();
        let failure = take_all(&mut steps, all.iter()).err();
        (failure.map(|failure| failure.0), steps.table())
    }

    #[test]
    fn without_a_browser_all_other_steps_are_taken_and_what_is_missing_is_said_in_the_end() {
        let (failure, table) = taken(&[
            ("lint", passes),
            (BROWSER, has_no_browser),
            ("rest", passes),
        ]);
        assert_eq!(failure.as_deref(), Some("Chromium is missing"));
        assert!(table.contains("rest"), "{table}");
        let line = table.lines().find(|line| line.starts_with(BROWSER));
        assert!(line.is_some_and(|line| line.ends_with("FAILED")), "{table}");
    }

    #[test]
    fn another_step_that_fails_is_the_last() {
        let (failure, table) = taken(&[("lint", breaks), (BROWSER, passes), ("rest", passes)]);
        assert_eq!(failure.as_deref(), Some("a test broke"));
        assert!(!table.contains("rest"), "{table}");
    }

    #[test]
    fn a_test_that_breaks_without_a_browser_does_not_hide_that_there_is_none() {
        let (failure, _) = taken(&[(BROWSER, has_no_browser), ("rest", breaks)]);
        assert_eq!(
            failure.as_deref(),
            Some("a test broke\nChromium is missing")
        );
        // The end-to-end tests lack it, too, and that is said once.
        let (failure, _) = taken(&[(BROWSER, has_no_browser), ("rest", has_no_browser)]);
        assert_eq!(failure.as_deref(), Some("Chromium is missing"));
    }

    #[test]
    fn tests_in_a_browser_are_asked_for_where_there_is_one() {
        let asks = |chromium: Option<&Path>| {
            let command = end_to_end_command(chromium);
            command
                .get_args()
                .any(|word| word == "pullstorm-tests/browser")
        };
        assert!(asks(Some(Path::new("/usr/bin/chromium"))));
        assert!(!asks(None));
    }
}
