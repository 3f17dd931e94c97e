//! Ground truth: what real clients did against a real registry behind a real limiter, compared with
//! what the model of the same clients does.
//!
//! The project's own logs lie in `tests/groundtruth/`; the variable `PULLSTORM_TRACES` names another
//! directory with the same columns and other points. `docs/fidelity.md` is what [`page`] says of
//! the project's own logs.
//!
//! Fan-outs are replayed *trace-driven*: each caller begins when it began in the log, because the
//! machine that the logs come from was busy and launches spread over seconds. What else is taken
//! from a log stands in the table.

mod compare;
mod fanout;
mod log;
mod page;
mod refusals;
mod replay;
mod sdk;
mod sequences;
mod setup;
mod traffic;

pub use compare::{Comparison, Estimate, NotReplayed, Point, Reference};
pub use page::page;

use crate::cases::{CaseError, Directory, Tally};
use std::path::Path;

/// The variable that names another directory of logs.
pub const VARIABLE: &str = "PULLSTORM_TRACES";

/// The directory that `PULLSTORM_TRACES` names, or the project's own where it is not set. A relative
/// path counts from the root of the workspace.
///
/// # Errors
/// If the directory cannot be listed.
pub fn from_environment() -> Result<Directory, CaseError> {
    match std::env::var_os(VARIABLE) {
        None => the_projects_own(),
        Some(path) => {
            // Cargo runs a test inside its package, which is not where its user stands.
            let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
            Directory::open(&root.join(path), false)
        }
    }
}

/// The logs in `tests/groundtruth/`.
///
/// # Errors
/// If the directory cannot be listed.
pub fn the_projects_own() -> Result<Directory, CaseError> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("groundtruth");
    Directory::open(&own, true)
}

/// A family of replays: the points of one file of points.
#[derive(Copy, Clone, Debug)]
pub struct Replays {
    /// What it is called in the page.
    pub title: &'static str,
    /// What is replayed and how, in a paragraph.
    pub about: &'static str,
    /// The file without which there is nothing to replay.
    pub file: &'static str,
    /// Replays all points.
    pub points: fn(&Directory) -> Result<Vec<Replayed>, CaseError>,
}

/// A point, or why it or one of its repeats was not replayed: one entry that nobody knows does not keep
/// the others from being told.
pub type Replayed = Result<Point, NotReplayed>;

/// All families of replays, in the order of the page.
pub const REPLAYS: &[Replays] = &[sdk::REPLAYS, fanout::BUCKET, fanout::NGINX];

/// A family of logs that the model must agree with request by request.
#[derive(Copy, Clone, Debug)]
pub struct Exactly {
    /// What it is called in reports.
    pub name: &'static str,
    /// Its file.
    pub file: &'static str,
    /// Tries its cases.
    pub check: fn(&Directory) -> Result<Tally, CaseError>,
}

/// All families that must agree exactly.
pub const EXACTLY: &[Exactly] = &[
    Exactly {
        name: "requests of single pulls, in order",
        file: "pull_sequences.csv",
        check: sequences::check,
    },
    Exactly {
        name: "what a refused pull does",
        file: "retry_on_429.csv",
        check: refusals::check,
    },
    Exactly {
        name: "what a refused token or login does",
        file: "token_and_login_429.csv",
        check: refusals::check_tokens,
    },
];
