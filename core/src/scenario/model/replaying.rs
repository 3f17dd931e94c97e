//! Recorded arrivals as load.

use super::{Client, ImagePulls, Placed, Requests};
use crate::recording::{Columns, Recording};
use crate::units::Span;
use std::sync::Arc;

/// Arrivals as somebody recorded them.
#[derive(Clone, PartialEq, Debug)]
pub struct Replay {
    /// The recording.
    pub recording: Placed<RecordingChoice>,
    /// When the first arrival comes; `None`: at its date, or at time 0 if either it or the scenario
    /// has none.
    pub from: Option<Span>,
    /// How much faster the recording goes, above 0.
    pub speed: f64,
    /// How often each arrival comes, at least 1.
    pub copies: u32,
    /// Each arrival is later by a random part of this; `None`: of the recording's resolution.
    pub spread: Option<Span>,
    /// What each arrival is.
    pub arrival: ReplayedArrival,
}

/// Where arrivals are recorded.
#[derive(Clone, PartialEq, Debug)]
pub struct RecordingChoice {
    /// The file; `None` if it is written in the scenario.
    pub file: Option<String>,
    /// Which column is what.
    pub columns: Columns,
    /// Whose calls count, as CloudTrail names them (`ecr.amazonaws.com`); `None`: those of the service
    /// that is called.
    pub event_source: Option<Placed<String>>,
    /// What was read; `None` of a file that nobody has read.
    pub content: Option<Arc<Recording>>,
}

/// What each arrival of a recording is.
#[derive(Clone, PartialEq, Debug)]
pub enum ReplayedArrival {
    /// A call.
    Call {
        /// Whom it calls, and how it tries again.
        requests: Requests,
        /// What it calls; `None`: what the recording tells.
        operation: Option<Placed<String>>,
        /// How calls share SDK client objects.
        client: Client,
    },
    /// A pull. When it begins is the recording's business.
    Pull(ImagePulls),
}
