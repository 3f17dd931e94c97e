//! What page and worker say to each other, as JSON text.
//!
//! A worker answers one question after another. Who wants no answer any more ends the worker: that
//! is immediate whatever it is doing, and the next one is there in a tenth of a second.

use pullstorm_core::report::{Article, Table};
use serde::{Deserialize, Serialize};

/// From the page to the worker: what to simulate.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Question {
    /// In place of the scenario's own seed.
    pub seed: Option<u64>,
    /// In place of the number of runs that the scenario calls for.
    pub runs: Option<u32>,
}

/// From the worker to the page.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum News {
    /// The worker listens. What is sent before that may be lost.
    Ready,
    /// So many runs are done.
    Progress(u64),
    /// The answer.
    Answer(Box<Answer>),
    /// There will be no answer, and why.
    Failed(String),
}

/// An answer. The core has worded it; the page lays it out.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Answer {
    /// The recommendation; its first fact is the verdict.
    pub article: Article,
    /// Pictures of it.
    pub charts: Vec<Picture>,
    /// Identifies all runs of *today*.
    pub digest: String,
    /// The command that gives the same digest.
    pub command: String,
}

/// A chart in all the forms in which the page may show it, as SVG documents.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Picture {
    /// What it shows, in sentences.
    pub description: String,
    /// For large screens, light and dark.
    pub wide: [String; 2],
    /// For small screens, light and dark.
    pub narrow: [String; 2],
    /// The same facts in words.
    pub table: Table,
}
