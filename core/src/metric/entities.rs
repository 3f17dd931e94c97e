//! Metrics of workflows, jobs and callers.

use super::Row;
use super::Unit::{Count, Seconds, Share};
use crate::engine::{BlockTotals, State};
use crate::statistics::{Quantile, Samples};

pub(super) const ROWS: [Row<BlockTotals>; 14] = [
    ("wanted", Count, "how many were wanted", |block| {
        Some(block.wanted as f64)
    }),
    ("finished", Count, "how many ended well", |block| {
        Some(block.in_state(State::Done) as f64)
    }),
    (
        "failed",
        Count,
        "how many ended without success or never started",
        |block| Some(failed(block) as f64),
    ),
    (
        "failed_share",
        Share,
        "part of those wanted that failed",
        |block| super::share(failed(block), block.wanted),
    ),
    (
        "never_started",
        Count,
        "how many never got what they wanted",
        |block| Some(block.start_delay.nevers() as f64),
    ),
    (
        "start_delay.mean",
        Seconds,
        "from wanting to start to started, of those that started",
        |b| b.start_delay.mean_secs(),
    ),
    (
        "start_delay.p50",
        Seconds,
        "half of those wanted started within this",
        |block| quantile(&block.start_delay, Quantile::P50),
    ),
    (
        "start_delay.p90",
        Seconds,
        "nine of ten wanted started within this",
        |block| quantile(&block.start_delay, Quantile::P90),
    ),
    (
        "start_delay.p99",
        Seconds,
        "99 of 100 wanted started within this",
        |block| quantile(&block.start_delay, Quantile::P99),
    ),
    (
        "start_delay.max",
        Seconds,
        "the longest start delay; never if one never started",
        |block| block.start_delay.max().map(|sample| sample.as_secs_f64()),
    ),
    (
        "start_delay.waiting",
        Seconds,
        "mean part of the start delay in line for a slot",
        |block| block.waiting.mean_secs(),
    ),
    (
        "start_delay.throttled",
        Seconds,
        "mean part of the start delay lost to throttling",
        |b| b.throttled.mean_secs(),
    ),
    (
        "start_delay.work",
        Seconds,
        "mean part of the start delay that was needed",
        |block| block.work.mean_secs(),
    ),
    (
        "unfinished",
        Count,
        "how many were still under way at the cut-off",
        |block| Some((block.in_state(State::Running) + block.in_state(State::Started)) as f64),
    ),
];

/// Whether a row speaks of starting, not of ending.
pub(super) fn is_about_starting(name: &str) -> bool {
    name.starts_with("start_delay") || name == "never_started"
}

/// Those that ended without success, were cancelled, or whose turn never came.
fn failed(block: &BlockTotals) -> u64 {
    let under_way = block.in_state(State::Running) + block.in_state(State::Started);
    block
        .wanted
        .saturating_sub(block.in_state(State::Done) + under_way)
}

pub(super) fn quantile(samples: &Samples, quantile: Quantile) -> Option<f64> {
    samples
        .quantile(quantile)
        .map(|sample| sample.as_secs_f64())
}
