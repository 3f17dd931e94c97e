//! SDK callers: n processes call GetAuthorizationToken once, each with a client of its own, against
//! a token bucket that answers `ThrottlingException`.

use super::compare::{NotReplayed, Point};
use super::replay::{Paths, Repeat, compare};
use super::{Replayed, Replays};
use crate::cases::{CaseError, Directory};
use crate::parallel;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write;

/// See the module.
pub const REPLAYS: Replays = Replays {
    title: "SDK callers of GetAuthorizationToken",
    about: "Each caller has an SDK client of its own and makes one call. The policy is the preset of \
            that SDK, mode and version with the attempts of the point.",
    file: POINTS,
    points,
};

const POINTS: &str = "sdk_points.csv";
const REQUESTS: &str = "sdk_requests.csv";
const CALLERS: &str = "sdk_callers.csv";

const PATHS: Paths = Paths {
    requests: "calls.attempts",
    succeeded: "callers.finished",
};

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
struct PointRow {
    id: String,
    point: String,
    sdk: String,
    mode: String,
    max_attempts: u32,
    n: u32,
    burst: u64,
    rate: String,
    initial_tokens: u64,
    #[serde(rename = "reps")]
    _repeats: u32,
}

/// A request. The project's own log has only the first of each caller: the others are counted in the
/// table of callers.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
struct RequestRow {
    id: String,
    rep: u32,
    t_us: u64,
    caller: u32,
    #[serde(rename = "status")]
    _status: u16,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
struct CallerRow {
    id: String,
    rep: u32,
    #[serde(rename = "caller")]
    _caller: u32,
    #[serde(rename = "end_ms")]
    _end_ms: f64,
    attempts: u32,
    ok: u32,
}

/// What the log says of one repeat.
#[derive(Clone, Debug, Default)]
struct Log {
    /// First request of each caller, in microseconds since the bucket was full to its level.
    first: BTreeMap<u32, u64>,
    requests: u32,
    succeeded: u32,
}

fn points(directory: &Directory) -> Result<Vec<Replayed>, CaseError> {
    let points: Vec<PointRow> = directory.table(POINTS)?;
    let mut logs: BTreeMap<(String, u32), Log> = BTreeMap::new();
    for row in directory.table::<RequestRow>(REQUESTS)? {
        let log = logs.entry((row.id, row.rep)).or_default();
        let first = log.first.entry(row.caller).or_insert(row.t_us);
        *first = row.t_us.min(*first);
    }
    for row in directory.table::<CallerRow>(CALLERS)? {
        let log = logs.entry((row.id, row.rep)).or_default();
        log.requests += row.attempts;
        log.succeeded += row.ok;
    }
    let rows = parallel::map(&points, |point| replay(point, &logs));
    Ok(rows.into_iter().flatten().collect())
}

/// The point, and those of its repeats that are not whole.
fn replay(point: &PointRow, logs: &BTreeMap<(String, u32), Log>) -> Vec<Replayed> {
    let mut rows = Vec::new();
    let mut whole = Vec::new();
    for ((_, repeat), log) in logs.iter().filter(|((id, _), _)| *id == point.id) {
        let found = log.first.len();
        if found == point.n as usize {
            whole.push(log);
        } else {
            rows.push(Err(NotReplayed {
                name: format!("{}, repeat {repeat}", point.point),
                reason: format!("{found} of {} callers sent", point.n),
            }));
        }
    }
    let told = of_repeats(point, &whole).map_err(|CaseError { reason, .. }| NotReplayed {
        name: point.point.clone(),
        reason,
    });
    rows.insert(0, told);
    rows
}

fn of_repeats(point: &PointRow, logs: &[&Log]) -> Result<Point, CaseError> {
    let mut repeats = Vec::new();
    for log in logs {
        repeats.push(Repeat {
            requests: log.requests,
            succeeded: log.succeeded,
            scenario: scenario(point, log)?,
        });
    }
    if repeats.is_empty() {
        return Err(CaseError::new(
            REQUESTS,
            "the log has no whole repeat of it",
        ));
    }
    let (requests, succeeded) = compare(&point.point, &repeats, PATHS)?;
    Ok(Point {
        name: point.point.clone(),
        repeats: repeats.len(),
        requests,
        succeeded,
        taken: "",
        cause: cause(point),
        reference: None,
    })
}

fn scenario(point: &PointRow, log: &Log) -> Result<String, CaseError> {
    let mut at = String::new();
    for (place, first) in log.first.values().enumerate() {
        let comma = if place > 0 { ", " } else { "" };
        let _ = write!(at, "{comma}{first}us");
    }
    let PointRow {
        burst,
        rate,
        initial_tokens,
        max_attempts,
        ..
    } = point;
    let preset = preset(point)?;
    Ok(format!(
        "pullstorm: 1
name: replay
services:
  ecr:
    limiters:
      logins:
        bucket: {{burst: {burst}, refill: {rate}/s}}
        initial: {initial_tokens}
        status: 400
        code: ThrottlingException
workloads:
  clients:
    kind: api-callers
    service: ecr
    begin: {{at: [{at}]}}
    calls: [GetAuthorizationToken]
    client: separate
    retry: {{preset: {preset}, attempts: {max_attempts}}}
"
    ))
}

/// The preset of an SDK's version and mode. The rules changed with botocore 1.44.0 and version
/// 3.1166.0 of the SDK for JavaScript.
fn preset(point: &PointRow) -> Result<&'static str, CaseError> {
    let PointRow { sdk, mode, .. } = point;
    let unknown = || CaseError::new(POINTS, format!("nothing is known about {sdk}, {mode}"));
    let minor = |version: &str| version.split('.').nth(1)?.parse::<u32>().ok();
    let (new, script) = match (
        sdk.strip_prefix("botocore-"),
        sdk.strip_prefix("aws-sdk-js-"),
    ) {
        (Some(version), _) => (minor(version).ok_or_else(unknown)? >= 44, false),
        (_, Some(version)) => (minor(version).ok_or_else(unknown)? >= 1166, true),
        (None, None) => return Err(unknown()),
    };
    match (mode.as_str(), new, script) {
        ("standard", true, _) => Ok("aws-standard-2.1"),
        ("adaptive", true, _) => Ok("aws-adaptive-2.1"),
        ("standard", false, false) => Ok("aws-standard-2.0-botocore-1.34"),
        ("standard", false, true) => Ok("aws-js-v3-2.0"),
        ("adaptive", false, false) => Ok("aws-adaptive-2.0"),
        ("legacy", _, false) => Ok("aws-legacy"),
        _ => Err(unknown()),
    }
}

fn cause(point: &PointRow) -> &'static str {
    match (point.sdk.starts_with("aws-sdk-js-"), point.mode.as_str()) {
        (true, "adaptive") => {
            "all callers share one event loop, and the send limiter of this SDK holds the second try \
             already; the preset is botocore's"
        }
        (true, _) => "all callers share one event loop, whose lag is not modelled",
        (false, _) => "",
    }
}
