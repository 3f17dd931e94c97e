//! Numbers that error lines carry.

use serde::Serialize;

/// A number in a line, and what it means.
#[derive(Clone, Eq, PartialEq, Debug, Serialize)]
pub struct Reading {
    /// What it is.
    pub what: &'static str,
    /// As it stands in the line.
    pub value: String,
    /// What it means, where that is not plain.
    pub means: Option<&'static str>,
}

/// A text, what the word after it is, and up to which characters that word goes.
struct Pattern {
    before: &'static str,
    what: &'static str,
    until: &'static [char],
}

const PATTERNS: [Pattern; 13] = [
    Pattern {
        before: "(reached max retries: ",
        what: "retries",
        until: &[')'],
    },
    Pattern {
        before: "exceeded maximum number of attempts, ",
        what: "attempts",
        until: &[',', ' '],
    },
    Pattern {
        before: "has been retried ",
        what: "retries of the pull",
        until: &[' '],
    },
    Pattern {
        before: "download failed after ",
        what: "attempts at a layer",
        until: &[' '],
    },
    Pattern {
        before: "retry quota exceeded, ",
        what: "retry quota left",
        until: &[' '],
    },
    Pattern {
        before: "available, ",
        what: "retry quota asked for",
        until: &[' '],
    },
    Pattern {
        before: "allowed: ",
        what: "allowed",
        until: &[' ', '"', '\\'],
    },
    Pattern {
        before: "retry-after: ",
        what: "retry after",
        until: &[',', ' ', '"', '\\'],
    },
    Pattern {
        before: "ratelimit-limit: ",
        what: "limit",
        until: &[' ', ',', '"'],
    },
    Pattern {
        before: "ratelimit-remaining: ",
        what: "remaining",
        until: &[' ', ',', '"'],
    },
    Pattern {
        before: "docker-ratelimit-source: ",
        what: "counted by",
        until: &[' ', ',', '"'],
    },
    Pattern {
        before: "rate exceeded for operation '",
        what: "resource type",
        until: &['\''],
    },
    Pattern {
        before: "error code: ",
        what: "error code",
        until: &[';', ')', ' '],
    },
];

/// All readings of a line, given also in lower case (ASCII only, so that places are the same).
pub(super) fn read(line: &str, lowered: &str) -> Vec<Reading> {
    PATTERNS
        .iter()
        .filter_map(|pattern| {
            let begin = lowered.find(pattern.before)? + pattern.before.len();
            let value = line[begin..].split(pattern.until).next()?;
            let means = meaning(pattern.what, value);
            let reading = Reading {
                what: pattern.what,
                value: value.to_owned(),
                means,
            };
            (!value.is_empty()).then_some(reading)
        })
        .collect()
}

/// Defaults of AWS SDKs: botocore data/_retry.json (5 attempts in legacy mode), SDK reference
/// "Retry behavior" (3 in standard mode).
fn meaning(what: &str, value: &str) -> Option<&'static str> {
    match (what, value) {
        ("retries", "4") => Some("5 attempts: the default of botocore's legacy mode"),
        ("retries", "2") => Some("3 attempts: the default of standard mode"),
        ("attempts", "3") => Some("the default of standard mode"),
        ("retry after", value) if value.ends_with("µs") || value.ends_with("ms") => {
            Some("below a second: without jitter, clients that come back then collide again")
        }
        ("limit", value) if value.ends_with(";w=3600") => Some("in an hour"),
        ("limit", value) if value.ends_with(";w=21600") => Some("in 6 hours"),
        _ => None,
    }
}

/// The Docker Hub preset whose numbers the rate headers show.
pub(super) fn hub_preset(readings: &[Reading]) -> Option<&'static str> {
    let limit = readings.iter().find(|reading| reading.what == "limit")?;
    match limit.value.as_str() {
        "100;w=21600" => Some("docker-hub-anonymous"),
        "100;w=3600" => Some("docker-hub-anonymous-observed"),
        "200;w=21600" => Some("docker-hub-free"),
        "200;w=3600" => Some("docker-hub-free-observed"),
        _ => None,
    }
}
