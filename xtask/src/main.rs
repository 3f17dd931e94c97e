//! Build, test and bench orchestration: `cargo xtask`.
//!
//! It knows which commands to run, in which order, and what they need installed; it contains
//! nothing of the product.

mod browser;
mod bundle;
mod command;
mod measure;
mod steps;
mod storm;
mod test;
mod toolchain;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  test [STEP ...]            run all tests, or the steps named; installs what they need
  storm [CLIENTS [ROUNDS]]   time the engine against the floor, by default a million clients
  storm wasm [CLIENTS [ROUNDS]]
                             time the engine as wasm in node against native code
  run [WORD ...]             build explorer and command line, and open the explorer
  web                        build the page into web-dist/
  measure-web                time the page and weigh its files";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        ["test", names @ ..] => test::run_steps(names),
        ["storm", "wasm", numbers @ ..] => storm::storm_as_wasm(numbers),
        ["storm", numbers @ ..] => storm::storm(numbers),
        ["run", words @ ..] => bundle::run_explorer(words),
        ["web"] => bundle::web(),
        ["measure-web"] => measure::measure(),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::FAILURE
        }
    }
}
