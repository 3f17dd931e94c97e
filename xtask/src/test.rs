//! `cargo xtask test`: everything that must hold, step by step.

use crate::command::{Failure, Outcome, cargo, run, target_folder};
use crate::steps::Steps;
use crate::toolchain::{
    WASM, WASM_DIGEST, build_wasm_digest, ensure_components, ensure_wasm_target, wasm_file,
};
use crate::{browser, bundle};
use std::path::PathBuf;
use std::process::Command;

type Step = (&'static str, fn() -> Outcome);

/// In the order in which a mistake shows soonest.
const STEPS: [Step; 9] = [
    ("toolchain", toolchain),
    ("format", format),
    ("lint", lint),
    ("lint for wasm32", lint_wasm),
    ("unit tests", unit_tests),
    ("core as wasm", core_as_wasm),
    ("page", page),
    ("browser", browser),
    ("end-to-end tests", end_to_end_tests),
];

/// Takes all steps, or those whose names begin with one of `names`, up to the first that fails, and
/// prints how long each took.
///
/// # Errors
/// If a step fails, or a name is none of a step.
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
    let outcome = STEPS
        .iter()
        .filter(|(step, _)| {
            // What is missing is added whatever was asked for.
            names.is_empty()
                || *step == "toolchain"
                || names.iter().any(|name| step.starts_with(name))
        })
        .try_for_each(|(name, step)| steps.take(name, step));
    println!("\n{}", steps.table());
    outcome
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
    let chromium = browser::chromium()?;
    eprintln!("{}", chromium.display());
    Ok(())
}

/// The fidelity and statistical families run hundreds of millions of events, hence optimised.
fn end_to_end_tests() -> Outcome {
    run(cargo(&[
        "test",
        "--locked",
        "--no-fail-fast",
        "--package",
        "pullstorm-tests",
        "--package",
        WASM_DIGEST,
        "--features",
        "pullstorm-tests/browser",
        "--profile",
        "release-test",
    ])
    .env(
        "PULLSTORM_WASM_DIGEST",
        wasm_file("pullstorm_wasm_digest.wasm"),
    )
    .env("PULLSTORM", command_line()?)
    .env("CHROME", browser::chromium()?))
}
