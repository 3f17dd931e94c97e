//! `cargo xtask measure-web`: how fast the page answers, what its files weigh, and what the core loses as
//! wasm.

use crate::command::{Outcome, cargo, run};
use crate::toolchain::ensure_wasm_target;
use crate::{browser, bundle, storm};

/// Builds the page and measures it in the browser, then the storm as wasm against native code. The
/// numbers are printed; no test asserts them.
///
/// # Errors
/// If a tool is missing, something does not compile, or the page does not answer.
pub fn measure() -> Outcome {
    ensure_wasm_target()?;
    bundle::build()?;
    let mut command = cargo(&[
        "bench",
        "--locked",
        "--quiet",
        "--package",
        "pullstorm-tests",
    ]);
    command.args(["--features", "browser", "--bench", "explorer"]);
    run(command.env("CHROME", browser::chromium()?))?;
    storm::storm_as_wasm(&[])
}
