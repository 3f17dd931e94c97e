//! What the Rust toolchain must bring along, added where it is missing.

use crate::command::{Failure, Outcome, cargo, output_of, program, run, target_folder};
use std::path::{Path, PathBuf};

/// The target that browsers run.
pub const WASM: &str = "wasm32-unknown-unknown";

/// The package that becomes the module in which tests and benches run the core as wasm.
pub const WASM_DIGEST: &str = "pullstorm-wasm-digest";

/// Where cargo puts a file that it builds for wasm32 under the profile `web`.
pub fn wasm_file(name: &str) -> PathBuf {
    target_folder().join(WASM).join("web").join(name)
}

/// Adds rustfmt and clippy where a minimal toolchain lacks them.
///
/// # Errors
/// If one is missing and rustup cannot add it.
pub fn ensure_components() -> Outcome {
    for (subcommand, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        if output_of(&mut cargo(&[subcommand, "--version"])).is_none() {
            rustup(&["component", "add", component])?;
        }
    }
    Ok(())
}

/// Adds the standard library for wasm32 where it is missing.
///
/// # Errors
/// If it is missing and rustup cannot add it.
pub fn ensure_wasm_target() -> Outcome {
    let folder = output_of(program("rustc").args(["--print", "target-libdir", "--target", WASM]));
    if folder.is_some_and(|folder| Path::new(&folder).is_dir()) {
        return Ok(());
    }
    rustup(&["target", "add", WASM])
}

/// Builds [`WASM_DIGEST`] with the profile of the page, the wasm target being there.
///
/// # Errors
/// If it does not compile.
pub fn build_wasm_digest() -> Outcome {
    run(&mut cargo(&[
        "build",
        "--locked",
        "--package",
        WASM_DIGEST,
        "--target",
        WASM,
        "--profile",
        "web",
    ]))
}

fn rustup(words: &[&str]) -> Outcome {
    if output_of(program("rustup").arg("--version")).is_none() {
        return Err(Failure(format!(
            "the Rust toolchain lacks something and rustup is not there to add it; \
             install what `rustup {}` would",
            words.join(" ")
        )));
    }
    run(program("rustup").args(words))
}
