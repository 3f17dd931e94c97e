//! Fan-outs: k pulls at once against a limiter.

use super::Replays;
use super::compare::Point;
use super::log::{Log, Logged};
use super::replay::{Paths, Repeat, compare};
use super::setup::{client, fetching};
use crate::cases::{CaseError, Directory};
use crate::parallel;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Pulls against an exact token bucket.
pub const BUCKET: Replays = Replays {
    title: "Pulls against a token bucket",
    about: "Each caller is a host of its own with the client's record from the catalog.",
    file: POINTS,
    points: bucket_points,
};

/// Pulls against nginx.
pub const NGINX: Replays = Replays {
    title: "Pulls against nginx limit_req",
    about: "As before. `limit_req` with `nodelay` is a token bucket of burst + 1, which stands here \
            in its place.",
    file: NGINX_REQUESTS,
    points: nginx_points,
};

const POINTS: &str = "fanout_points.csv";
const REQUESTS: &str = "fanout_requests.csv";
const CALLERS: &str = "fanout_callers.csv";
const NGINX_REQUESTS: &str = "nginx_requests.csv";
const NGINX_CALLERS: &str = "nginx_callers.csv";

const PATHS: Paths = Paths {
    requests: &["kept.requests.attempts", "fresh.requests.attempts"],
    succeeded: &["kept.pulls.finished", "fresh.pulls.finished"],
};

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
struct PointRow {
    id: String,
    point: String,
    client: String,
    image: String,
    layers: u32,
    k: u32,
    burst: u64,
    rate: String,
    scope: String,
    retry_after: Option<String>,
    #[serde(rename = "reps")]
    _repeats: u32,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
struct RequestRow {
    id: String,
    rep: u32,
    t_us: u64,
    caller: u32,
    cls: String,
    method: String,
    obj: String,
    status: u16,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
struct CallerRow {
    id: String,
    rep: u32,
    #[serde(rename = "caller")]
    _caller: u32,
    #[serde(rename = "start_ms")]
    _start: Option<f64>,
    #[serde(rename = "end_ms")]
    _end: Option<f64>,
    ok: u32,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
struct NginxRow {
    point: String,
    rep: u32,
    t: f64,
    caller: u32,
    cls: String,
    method: String,
    obj: String,
    status: u16,
    #[serde(rename = "limit_req")]
    _passed: String,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
struct NginxCallerRow {
    point: String,
    rep: u32,
    #[serde(rename = "caller")]
    _caller: u32,
    #[serde(rename = "start")]
    _start: Option<f64>,
    #[serde(rename = "end")]
    _end: Option<f64>,
    ok: u32,
}

/// Repeats of points, by the point's name.
type Logs = BTreeMap<(String, u32), Log>;

fn bucket_points(directory: &Directory) -> Result<Vec<Point>, CaseError> {
    let mut logs = Logs::new();
    for row in directory.table::<RequestRow>(REQUESTS)? {
        let request = Logged {
            at: row.t_us,
            class: row.cls,
            method: row.method,
            object: row.obj,
            refused: row.status == 429,
        };
        add(&mut logs, (row.id, row.rep), row.caller, request);
    }
    for row in directory.table::<CallerRow>(CALLERS)? {
        logs.entry((row.id, row.rep)).or_default().succeeded += row.ok;
    }
    let points: Vec<PointRow> = directory.table(POINTS)?;
    parallel::map(&points, |point| replay(POINTS, point, &logs))
        .into_iter()
        .collect()
}

fn nginx_points(directory: &Directory) -> Result<Vec<Point>, CaseError> {
    let mut logs = Logs::new();
    let mut points: Vec<String> = Vec::new();
    for row in directory.table::<NginxRow>(NGINX_REQUESTS)? {
        if points.last() != Some(&row.point) && !points.contains(&row.point) {
            points.push(row.point.clone());
        }
        let request = Logged {
            at: (row.t * 1e6) as u64,
            class: row.cls,
            method: row.method,
            object: row.obj,
            refused: row.status == 429,
        };
        add(&mut logs, (row.point, row.rep), row.caller, request);
    }
    for row in directory.table::<NginxCallerRow>(NGINX_CALLERS)? {
        logs.entry((row.point, row.rep)).or_default().succeeded += row.ok;
    }
    let points: Vec<PointRow> = points
        .iter()
        .map(|name| {
            let unknown = || CaseError::new(NGINX_REQUESTS, format!("nobody knows {name}"));
            nginx_point(name).ok_or_else(unknown)
        })
        .collect::<Result<_, _>>()?;
    parallel::map(&points, |point| replay(NGINX_REQUESTS, point, &logs))
        .into_iter()
        .collect()
}

fn add(logs: &mut Logs, repeat: (String, u32), caller: u32, request: Logged) {
    let log = logs.entry(repeat).or_default();
    if request.class != "tls" {
        log.callers.entry(caller).or_default().push(request);
    }
}

/// A point by its name: `crane-0.21.9_l3_k16_nginx-b20r4`.
fn nginx_point(name: &str) -> Option<PointRow> {
    let mut parts = name.split('_');
    let client = parts.next()?.to_owned();
    let layers = parts.next()?.strip_prefix('l')?.parse().ok()?;
    let k = parts.next()?.strip_prefix('k')?.parse().ok()?;
    let (burst, rate) = parts.next()?.strip_prefix("nginx-b")?.split_once('r')?;
    Some(PointRow {
        id: name.to_owned(),
        point: name.to_owned(),
        client,
        image: "single-arch".to_owned(),
        layers,
        k,
        burst: burst.parse::<u64>().ok()? + 1,
        rate: rate.to_owned(),
        scope: "all".to_owned(),
        retry_after: None,
        _repeats: 0,
    })
}

fn replay(file: &str, point: &PointRow, logs: &Logs) -> Result<Point, CaseError> {
    let record = client(file, &point.client)?;
    let mut repeats = Vec::new();
    for (_, log) in logs.iter().filter(|((id, _), _)| *id == point.id) {
        if log.callers.len() != point.k as usize {
            let found = log.callers.len();
            let reason = format!("{}: {found} of {} callers sent", point.point, point.k);
            return Err(CaseError::new(file, reason));
        }
        repeats.push(Repeat {
            requests: log.requests(),
            succeeded: log.succeeded,
            scenario: scenario(file, point, record, log)?,
        });
    }
    if repeats.is_empty() {
        return Err(CaseError::new(file, format!("nothing of {}", point.point)));
    }
    let (requests, succeeded) = compare(&point.point, &repeats, PATHS)?;
    let docker = record == "docker-classic";
    Ok(Point {
        name: point.point.clone(),
        repeats: repeats.len(),
        requests,
        succeeded,
        taken: match (docker, fetching(record).at_once) {
            (true, _) => "times by phase, median time of an attempt, who had kept the manifest",
            (false, true) => "times by phase, median time of an attempt",
            (false, false) => "times by phase",
        },
        cause: "a caller that was slow was slow in each phase, which decides who comes through; \
                the model draws each pause for itself",
    })
}

fn scenario(file: &str, point: &PointRow, record: &str, log: &Log) -> Result<String, CaseError> {
    let platforms = match point.image.as_str() {
        "single-arch" => "",
        "multi-arch" => ", platforms: 3",
        other => {
            let reason = format!("{}: nobody knows the image {other}", point.point);
            return Err(CaseError::new(file, reason));
        }
    };
    let operations = match point.scope.as_str() {
        "all" => "",
        "manifest-GET" => ", operations: [index, manifest]",
        other => {
            let reason = format!("{}: nobody knows the scope {other}", point.point);
            return Err(CaseError::new(file, reason));
        }
    };
    let hint = match point.retry_after.as_deref() {
        None | Some("") => "",
        Some(_) => ", retry_after: exact",
    };
    let how = fetching(record);
    let attempts = log.attempts();
    let attempt = match (how.at_once, attempts.is_empty()) {
        (true, false) => median(&attempts),
        _ => 0,
    };
    let latency = format!("{attempt}us");
    let phases = log.phases(how.side_by_side, how.config_first);
    let (think, stagger) = (phases.think(attempt), phases.stagger());
    let PointRow {
        layers,
        burst,
        rate,
        ..
    } = point;
    let mut text = format!(
        "pullstorm: 1
name: replay
services:
  registry:
    latency: {latency}
    limiters:
      all: {{bucket: {{burst: {burst}, refill: {rate}/s}}, status: 429, code: TOOMANYREQUESTS{hint}\
         {operations}}}
images:
  image: {{registry: registry, layers: {layers}{platforms}}}
workloads:
"
    );
    let (kept, fresh) = match record {
        "docker-classic" => log.by_kept_manifest(),
        _ => (Vec::new(), log.callers.keys().copied().collect()),
    };
    for (name, cached, callers) in [("kept", "manifests", kept), ("fresh", "nothing", fresh)] {
        if callers.is_empty() {
            continue;
        }
        // A request is decided half a round trip after it is sent.
        let starts = log.starts(&callers);
        let at: Vec<String> = starts
            .iter()
            .map(|at| format!("{}us", at.saturating_sub(attempt / 2)))
            .collect();
        let _ = writeln!(
            text,
            "  {name}:
    kind: image-pulls
    begin: {{at: [{}]}}
    pull: {{client: {record}, images: image, auth: none, cached: {cached}, think: \
             {think}{stagger}}}",
            at.join(", ")
        );
    }
    Ok(text)
}

fn median(spans: &[u64]) -> u64 {
    let mut sorted = spans.to_vec();
    sorted.sort_unstable();
    sorted[sorted.len() / 2]
}
