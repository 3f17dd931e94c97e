//! Results that were kept as JSON, read back.

use super::model::{Review, SCHEMA};
use crate::capacity::{self, Capacity};
use crate::report::model::{self as report, Report};
use serde::Deserialize;
use std::fmt;

/// Why a file is not made into a review.
#[derive(Clone, Eq, PartialEq, Debug)]
pub enum NotKept {
    /// It is no JSON, or lacks something; where and what.
    Unreadable(String),
    /// It is something else, or of another version.
    Schema {
        /// What it says it is.
        found: String,
    },
    /// A capacity says nothing about changes.
    CapacityOnly,
}

impl fmt::Display for NotKept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotKept::Unreadable(why) => write!(f, "it is no result of Pullstorm: {why}"),
            NotKept::Schema { found } if found.is_empty() => {
                f.write_str("it does not say what it is: it has no `schema`")
            }
            NotKept::Schema { found } => write!(
                f,
                "it is `{found}`, and only `{SCHEMA}` and `{}` can be read",
                report::SCHEMA
            ),
            NotKept::CapacityOnly => f.write_str(
                "it is a capacity, which says nothing about changes; keep a review or a \
                 recommendation",
            ),
        }
    }
}

/// Reads a review, or a recommendation (also a comparison or a run) as a review that has nothing else.
///
/// # Errors
/// What is neither.
pub fn read(text: &str) -> Result<Review, NotKept> {
    #[derive(Deserialize)]
    struct Head {
        #[serde(default)]
        schema: String,
    }
    let unreadable = |error: serde_json::Error| NotKept::Unreadable(error.to_string());
    let head: Head = serde_json::from_str(text).map_err(unreadable)?;
    match head.schema.as_str() {
        SCHEMA => serde_json::from_str(text).map_err(unreadable),
        report::SCHEMA => {
            let report: Report = serde_json::from_str(text).map_err(unreadable)?;
            if report.variants.is_empty() {
                return Err(NotKept::Unreadable("it has no variants".to_owned()));
            }
            Ok(Review::of_kept(report))
        }
        capacity::SCHEMA => {
            let _: Capacity = serde_json::from_str(text).map_err(unreadable)?;
            Err(NotKept::CapacityOnly)
        }
        _ => Err(NotKept::Schema { found: head.schema }),
    }
}
