//! Results that were kept as JSON, read back.

use super::model::{Review, SCHEMA};
use crate::capacity::{self, Capacity};
use crate::report::model::{self as report, Report};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::error::Category;
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
    serde_json::from_str::<IgnoredAny>(text).map_err(|error| {
        NotKept::Unreadable(match error.classify() {
            Category::Eof => "it ends before its end".to_owned(),
            _ => format!("it is no JSON from {} on", place(&error)),
        })
    })?;
    // What is JSON and no object, or has a number there, says nothing of itself.
    let head: Head = serde_json::from_str(text).map_err(|_| NotKept::Schema {
        found: String::new(),
    })?;
    let unreadable = |error: serde_json::Error| {
        let why = format!(
            "it says that it is `{}`, and is none at {}",
            head.schema,
            place(&error)
        );
        NotKept::Unreadable(match missing(&error) {
            Some(field) => format!("{why}, which lacks `{field}`"),
            None => why,
        })
    };
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

fn place(error: &serde_json::Error) -> String {
    format!("line {}, column {}", error.line(), error.column())
}

/// The field that is missing, where that is what is wrong. Other words of an error speak of Rust.
fn missing(error: &serde_json::Error) -> Option<String> {
    let words = error.to_string();
    let rest = words.strip_prefix("missing field `")?;
    Some(rest.split('`').next()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_result_is_refused_without_words_of_rust() {
        let report = r#"{"schema": "pullstorm-report/2", "pullstorm": 7}"#;
        for (text, why) in [
            (
                "schema: 1",
                "it is no result of Pullstorm: it is no JSON from line 1, column 1 on",
            ),
            (
                "{\"schema\": \"pull",
                "it is no result of Pullstorm: it ends before its end",
            ),
            (
                "[1, 2",
                "it is no result of Pullstorm: it ends before its end",
            ),
            ("[1, 2]", "it does not say what it is: it has no `schema`"),
            (
                "{\"schema\": 7}",
                "it does not say what it is: it has no `schema`",
            ),
            (
                r#"{"schema": "pullstorm-review/1"}"#,
                "it is no result of Pullstorm: it says that it is `pullstorm-review/1`, and is none \
                 at line 1, column 32, which lacks `",
            ),
            (
                report,
                "it is no result of Pullstorm: it says that it is `pullstorm-report/2`, and is none \
                 at line 1, column ",
            ),
        ] {
            let said = read(text).unwrap_err().to_string();
            assert!(said.starts_with(why), "{said}");
            assert!(
                !said.contains("untagged") && !said.contains("expected"),
                "{said}"
            );
        }
    }
}
