//! `cargo xtask storm`: a million clients, the engine against the floor; or wasm against native.

use crate::command::{Failure, Outcome, cargo, output_of, program, run};
use crate::toolchain::{WASM_DIGEST, build_wasm_digest, ensure_wasm_target, wasm_file};

/// Runs the ratio bench with `words` (clients, rounds), a million clients without any, and then
/// once more for the peak of memory.
///
/// # Errors
/// If the bench cannot be built or run.
pub fn storm(words: &[&str]) -> Outcome {
    let clients = words.first().copied().unwrap_or("1000000");
    let rounds = words.get(1).copied().unwrap_or("3");
    run(&mut bench("pullstorm-core", "ratio", &[clients, rounds]))?;
    run(&mut bench("pullstorm-core", "ratio", &["memory", clients]))
}

/// Times the storm as wasm in node against native code, with `words` (clients, rounds) or 1e4 and
/// 1e5 clients without any. The module is built as the page is.
///
/// # Errors
/// If there is no node, or something cannot be built or run.
pub fn storm_as_wasm(words: &[&str]) -> Outcome {
    let node = std::env::var("NODE").unwrap_or_else(|_| "node".into());
    let Some(version) = output_of(program(&node).arg("--version")) else {
        return Err(Failure(format!(
            "cannot run `{node}`: wasm is timed in node (18 or newer); install it \
             (`sudo apt-get install nodejs`, or nodejs.org), or set NODE to its path"
        )));
    };
    eprintln!("node {version}");
    ensure_wasm_target()?;
    build_wasm_digest()?;
    let mut bench = bench(WASM_DIGEST, "node", &[]);
    run(bench
        .arg(wasm_file("pullstorm_wasm_digest.wasm"))
        .args(words))
}

fn bench(package: &str, name: &str, words: &[&str]) -> std::process::Command {
    let mut command = cargo(&["bench", "--locked", "--quiet", "--package", package]);
    command.args(["--bench", name, "--"]).args(words);
    command
}
