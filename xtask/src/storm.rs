//! `cargo xtask storm`: a million clients, the engine against the floor.

use crate::command::{Outcome, cargo, run};

/// Runs the ratio bench with `words` (clients, rounds), a million clients without any, and then
/// once more for the peak of memory.
///
/// # Errors
/// If the bench cannot be built or run.
pub fn storm(words: &[&str]) -> Outcome {
    let clients = words.first().copied().unwrap_or("1000000");
    let rounds = words.get(1).copied().unwrap_or("3");
    run(&mut ratio(&[clients, rounds]))?;
    run(&mut ratio(&["memory", clients]))
}

fn ratio(words: &[&str]) -> std::process::Command {
    let bench = [
        "bench",
        "--locked",
        "--quiet",
        "--package",
        "pullstorm-core",
        "--bench",
        "ratio",
        "--",
    ];
    let mut command = cargo(&bench);
    command.args(words);
    command
}
