//! Prints how far the models of real clients are from what those did, point by point.
//!
//! `PULLSTORM_TRACES=directory cargo run --profile release-test -p pullstorm-tests --bin groundtruth`
//! compares with other logs of the same format.

use pullstorm_tests::groundtruth;
use std::process::ExitCode;

fn main() -> ExitCode {
    let page = groundtruth::from_environment().and_then(|logs| groundtruth::page(&logs));
    match page {
        Ok(page) => {
            print!("{page}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
