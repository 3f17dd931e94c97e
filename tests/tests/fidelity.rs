//! Runs every family of validation cases and prints, for each, cases tried and inside tolerance.
//!
//! `cargo test --profile release-test -p pullstorm-tests --test fidelity -- gcra` runs the families
//! whose name contains `gcra`. `PULLSTORM_CASES` names another directory of cases.

use pullstorm_tests::cases::{self, Directory};
use std::process::ExitCode;

fn main() -> ExitCode {
    // Flags are meant for the standard test runner (`--nocapture`, `--test-threads` ...).
    let filters: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    let directory = match Directory::from_environment() {
        Ok(directory) => directory,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let report = cases::run(&directory, &filters);
    print!("{report}");
    if report.holds() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
