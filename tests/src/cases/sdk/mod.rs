//! Every attempt of real clients against a bucket: botocore on a virtual clock, in two generations.
//!
//! The engine runs the same clients with the same random numbers, and each row of a trace is one
//! case: who, which call, which attempt, admitted or not, when it was sent, decided and answered,
//! the sleep, what is left of the retry quota and the state of the client-side rate limiter.
//! Events, their order and the quota must agree exactly, times within a microsecond, rates within
//! a millionth. The rows of a summary are cases of their own.

mod replay;
mod trace;

use super::{CaseError, Directory, Exact, Family, Tally};
use serde::Deserialize;
use std::collections::BTreeSet;
use trace::{Attempt, Row};

/// See the module.
pub const FAMILY: Family = Family::new("sdk", &["sdk-summary-*.json", "sdk-trace-*.csv"], check);

/// A set-up and what came of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Summary {
    name: String,
    mode: Mode,
    sdk: String,
    /// Clients, each an object of its own.
    clients: u32,
    /// Calls of each, one after another.
    calls: u32,
    #[serde(rename = "B")]
    burst: u64,
    #[serde(rename = "r", deserialize_with = "number")]
    rate: Exact,
    #[serde(deserialize_with = "number")]
    latency: Exact,
    /// When the first client starts, and how much later each next one.
    #[serde(deserialize_with = "number")]
    start: Exact,
    #[serde(default, deserialize_with = "some_number")]
    stagger: Option<Exact>,
    /// Whether random numbers are cut down to three decimals, and what they are multiples of.
    #[serde(default)]
    u_quant: u8,
    u_mult: Option<f64>,
    error: Option<String>,
    retry_after_ms: Option<u64>,
    attempts: u64,
    throttled: u64,
    succeeded_calls: u64,
    failed_calls: u64,
    first_throttle: Option<f64>,
    last_success: Option<f64>,
    end: f64,
    min_quota: Option<u32>,
    /// How close the recorded decisions came to going the other way: about the recording, not the
    /// clients.
    #[serde(rename = "min_decision_margin_tokens")]
    _margin: Option<f64>,
    #[serde(rename = "min_distance_to_half_second")]
    _distance: Option<f64>,
    trace: Option<String>,
}

#[derive(Copy, Clone, Eq, PartialEq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    Legacy,
    Standard,
    Adaptive,
}

fn check(directory: &Directory) -> Result<Tally, CaseError> {
    let mut tally = Tally::new();
    let mut compared = BTreeSet::new();
    for file in directory.matching("sdk-summary-", ".json") {
        let summaries = directory.json::<Vec<Summary>>(file)?;
        for summary in &summaries {
            let case = format!("{} of {}", summary.name, summary.sdk);
            let attempts = replay::attempts(summary)
                .map_err(|reason| CaseError::new(file, format!("{case}: {reason}")))?;
            totals(&mut tally, &case, summary, &attempts);
            // Where both generations do the same, only one trace was kept.
            let Some(trace) = summary.trace.as_deref().filter(|file| directory.has(file)) else {
                continue;
            };
            rows(&mut tally, &case, &directory.table(trace)?, &attempts);
            compared.insert(trace.to_owned());
        }
    }
    match directory
        .matching("sdk-trace-", ".csv")
        .find(|file| !compared.contains(*file))
    {
        Some(stray) => Err(CaseError::new(stray, "no summary names this trace")),
        None => Ok(tally),
    }
}

fn totals(tally: &mut Tally, case: &str, summary: &Summary, attempts: &[Attempt]) {
    let throttled = attempts.iter().filter(|attempt| !attempt.admitted);
    let admitted = attempts.iter().filter(|attempt| attempt.admitted);
    let (refused, passed) = (throttled.clone().count(), admitted.clone().count());
    let calls = attempts.iter().filter(|attempt| attempt.last).count();
    tally.exact(
        format!("{case}: attempts, throttled, succeeded and failed calls"),
        (attempts.len(), refused, passed, calls - passed),
        (
            summary.attempts as usize,
            summary.throttled as usize,
            summary.succeeded_calls as usize,
            summary.failed_calls as usize,
        ),
    );
    tally.exact(
        format!("{case}: smallest quota"),
        attempts.iter().filter_map(|attempt| attempt.quota).min(),
        summary.min_quota,
    );
    let decided = |attempt: &Attempt| attempt.decided.as_secs_f64();
    let first = throttled.map(decided).reduce(f64::min);
    let last = admitted.map(decided).reduce(f64::max);
    let end = attempts
        .iter()
        .map(|attempt| attempt.answered.as_secs_f64())
        .reduce(f64::max);
    let times = [
        ("first throttled", first, summary.first_throttle),
        ("last admitted", last, summary.last_success),
        ("end", end, Some(summary.end)),
    ];
    for (what, got, want) in times {
        let miss = (!trace::agree(got, want)).then(|| format!("{got:?} s, should be {want:?} s"));
        tally.count(format!("{case}: {what}"), miss);
    }
}

fn rows(tally: &mut Tally, case: &str, rows: &[Row], attempts: &[Attempt]) {
    for (number, row) in rows.iter().enumerate() {
        let case = format!("{case}, line {}", number + 2);
        let miss = match attempts.get(number) {
            Some(attempt) => row.differs(attempt),
            None => Some("there is no such attempt".to_owned()),
        };
        tally.count(case, miss);
    }
}

fn number<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Exact, D::Error> {
    let number = serde_json::Number::deserialize(deserializer)?;
    Exact::try_from(number.to_string()).map_err(serde::de::Error::custom)
}

fn some_number<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Exact>, D::Error> {
    let number = Option::<serde_json::Number>::deserialize(deserializer)?;
    let exact = number.map(|number| Exact::try_from(number.to_string()));
    exact.transpose().map_err(serde::de::Error::custom)
}
