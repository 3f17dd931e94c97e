//! Metrics of limiters, all keys together.

use super::Unit::{Count, Share};
use super::{Row, share};
use crate::engine::{CheckTotals, KeyTotals};

pub(super) const ROWS: [Row<[KeyTotals]>; 5] = [
    ("offered", Count, "attempts that asked", |keys| {
        Some(offered(keys) as f64)
    }),
    ("admitted", Count, "attempts let through", |keys| {
        Some((offered(keys) - throttled(keys)) as f64)
    }),
    ("throttled", Count, "attempts refused", |keys| {
        Some(throttled(keys) as f64)
    }),
    (
        "throttled_share",
        Share,
        "part of the attempts that was refused",
        |keys| share(throttled(keys), offered(keys)),
    ),
    (
        "background_share",
        Share,
        "part of the attempts that other callers made",
        |keys| {
            let background: u64 = keys
                .iter()
                .map(|key| key.background_admitted + key.background_throttled)
                .sum();
            share(background, offered(keys))
        },
    ),
];

/// A line of the table of limiters by workload: last part of the path, meaning, extractor.
type SharedRow = (&'static str, &'static str, fn(&CheckTotals) -> u64);

/// Limiters that several workloads meet, by workload.
pub(super) const SHARED_ROWS: [SharedRow; 2] = [
    (
        "offered",
        "attempts of this workload that asked a limiter which others meet too",
        CheckTotals::asked,
    ),
    (
        "throttled",
        "attempts of this workload that it refused",
        |check| check.throttled,
    ),
];

fn offered(keys: &[KeyTotals]) -> u64 {
    keys.iter().map(KeyTotals::offered).sum()
}

fn throttled(keys: &[KeyTotals]) -> u64 {
    keys.iter().map(|key| key.throttled).sum()
}
