//! What to do, and what that comes to.

use super::{Figure, HoldsTo, Quantity};
use crate::catalog::{Effort, Owner, Pace};
use crate::judge::Status;
use serde::{Deserialize, Serialize};

/// A change that meets the expectations.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Answer {
    /// How soon it counts: `minutes` stops the bleeding, `days` is the fix.
    pub pace: Pace,
    /// The variant it is.
    pub variant: String,
    /// What it changes.
    pub about: String,
    /// Who has to make it.
    pub owner: Owner,
    /// What it takes.
    pub effort: Effort,
    /// Runs that the figures are of, with random numbers that it was not chosen by.
    pub runs: u32,
    /// Units that fail, with the difference to *today* under the same random numbers.
    pub failed: Figure,
    /// Nine of ten start within this, with the difference to *today*; seconds.
    pub start_delay_p90: Figure,
    /// When the last one starts, in seconds of scenario time; only where the change has some wanted
    /// later, which start delays do not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_start: Option<Figure>,
    /// When the last one is done; seconds.
    pub finished_after: Figure,
    /// Seconds by which that is later than any retry timing could make it, with this change.
    pub above_best_possible: Option<Quantity>,
    /// Up to which load it holds.
    pub holds_to: Option<HoldsTo>,
    /// What it does not fix.
    pub not_fixed: Vec<String>,
    /// How far each of its numbers may move before an expectation breaks.
    pub safe: Vec<SafeRegion>,
}

/// A setting, or several together, that are in no variant.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct LeverReport {
    /// What it is, for people: `waves of ci 4`.
    pub what: String,
    /// What it sets: paths and values.
    pub sets: Vec<(String, String)>,
    /// Who has to make it.
    pub owner: Owner,
    /// What it takes.
    pub effort: Effort,
    /// How soon it counts.
    pub pace: Pace,
    /// Whether it meets the expectations.
    pub verdict: Status,
    /// Runs that the figures are of; few where it does not hold.
    pub runs: u32,
    /// Units that fail.
    pub failed: Figure,
    /// Nine of ten start within this; seconds.
    pub start_delay_p90: Figure,
    /// Up to which load it holds; none where it does not, or where no load is named.
    pub holds_to: Option<HoldsTo>,
    /// Expectations that it breaks.
    pub broken: Vec<String>,
    /// Why it changes nothing, where it does not.
    pub no_effect: Option<String>,
}

/// How far a number may move, all others left as they are.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct SafeRegion {
    /// Its path; several, divided by commas, where one setting of a tool is behind them.
    pub path: String,
    /// What it is set to.
    pub value: String,
    /// The smallest number tried that holds.
    pub from: String,
    /// The largest number tried that holds.
    pub to: String,
    /// Runs in which both were seen to hold, of one perhaps in more; 1 where every run is the same.
    #[serde(default)]
    pub runs: u32,
    /// The number below at which an expectation breaks, and which; an empty text where the number
    /// cannot be set; none where none broke.
    pub breaks_below: Option<(String, String)>,
    /// The same above.
    pub breaks_above: Option<(String, String)>,
}
