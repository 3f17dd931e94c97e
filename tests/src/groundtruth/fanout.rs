//! Fan-outs: k pulls at once against a limiter.

use super::compare::{NotReplayed, Point, Reference};
use super::log::{Log, Logged, attempts_of, had_kept_manifest, phases_of};
use super::replay::{Paths, Repeat, compare};
use super::setup::{client, fetching};
use super::{Replayed, Replays};
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
    about: "As before, with the limiter `nginx` in its form `nodelay`.",
    file: NGINX_REQUESTS,
    points: nginx_points,
};

const POINTS: &str = "fanout_points.csv";
const REQUESTS: &str = "fanout_requests.csv";
const CALLERS: &str = "fanout_callers.csv";
const NGINX_REQUESTS: &str = "nginx_requests.csv";
const NGINX_CALLERS: &str = "nginx_callers.csv";

const PATHS: Paths = Paths {
    requests: "requests.attempts",
    succeeded: "pulls.finished",
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

fn bucket_points(directory: &Directory) -> Result<Vec<Replayed>, CaseError> {
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
    let rows = parallel::map(&points, |point| replay(POINTS, point, &logs));
    Ok(rows.into_iter().flatten().collect())
}

fn nginx_points(directory: &Directory) -> Result<Vec<Replayed>, CaseError> {
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
    let rows = parallel::map(&points, |name| match nginx_point(name) {
        Some(point) => replay(NGINX_REQUESTS, &point, &logs),
        None => vec![Err(NotReplayed {
            name: name.clone(),
            reason: "its name does not say client, layers, callers and limiter".to_owned(),
        })],
    });
    Ok(rows.into_iter().flatten().collect())
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
        burst: burst.parse().ok()?,
        rate: rate.to_owned(),
        scope: "all".to_owned(),
        retry_after: None,
        _repeats: 0,
    })
}

/// The point, and those of its repeats that are not whole.
fn replay(file: &str, point: &PointRow, logs: &Logs) -> Vec<Replayed> {
    let mut rows = Vec::new();
    let mut whole = Vec::new();
    for ((_, repeat), log) in logs.iter().filter(|((id, _), _)| *id == point.id) {
        let found = log.callers.len();
        if found == point.k as usize {
            whole.push(log);
        } else {
            rows.push(Err(NotReplayed {
                name: format!("{}, repeat {repeat}", point.point),
                reason: format!("{found} of {} callers sent", point.k),
            }));
        }
    }
    let told = of_repeats(file, point, &whole).map_err(|CaseError { reason, .. }| NotReplayed {
        name: point.point.clone(),
        reason,
    });
    rows.insert(0, told);
    rows
}

fn of_repeats(file: &str, point: &PointRow, logs: &[&Log]) -> Result<Point, CaseError> {
    let record = client(file, &point.client)?;
    let mut repeats = Vec::new();
    for log in logs {
        repeats.push(Repeat {
            requests: log.requests(),
            succeeded: log.succeeded,
            scenario: scenario(file, point, record, log)?,
        });
    }
    if repeats.is_empty() {
        return Err(CaseError::new(file, "the log has no whole repeat of it"));
    }
    let (requests, succeeded) = compare(&point.point, &repeats, PATHS)?;
    let docker = record == "docker-classic";
    Ok(Point {
        name: point.point.clone(),
        repeats: repeats.len(),
        requests,
        succeeded,
        taken: match (docker, fetching(record).at_once) {
            (true, _) => {
                "each caller's times by phase, median time of an attempt, who had kept the manifest"
            }
            (false, true) => "each caller's times by phase, median time of an attempt",
            (false, false) => "each caller's times by phase",
        },
        cause: "pauses of one caller are drawn in any order, and where it did not reach a phase, from \
                those of all",
        reference: reference(record),
    })
}

/// The worst that the reference model does at points of a client.
fn reference(record: &str) -> Option<Reference> {
    const WORST: [(&str, f64, f64, &str); 6] = [
        ("crane", 0.036, 2.6, "2.6 pulls of 192 and 1.8 of 48"),
        ("skopeo", 0.096, 6.6, "6.6 pulls of 192 and 1.9 of 48"),
        ("podman", 0.095, 0.3, "0.3 pulls of 16"),
        ("containerd-1", 0.126, 2.3, "2.3 pulls of 192 and 1.0 of 48"),
        ("containerd-2", 0.2, 1.3, "1.3 pulls of 48"),
        ("docker", 0.079, 1.8, "1.8 pulls of 8"),
    ];
    let found = WORST.iter().find(|(begins, ..)| record.starts_with(begins));
    found.map(|&(_, requests, pulls, pulls_of)| Reference {
        requests,
        pulls,
        pulls_of,
    })
}

fn scenario(file: &str, point: &PointRow, record: &str, log: &Log) -> Result<String, CaseError> {
    let platforms = match point.image.as_str() {
        "single-arch" => "",
        "multi-arch" => ", platforms: 3",
        other => {
            let reason = format!("nobody knows the image {other}");
            return Err(CaseError::new(file, reason));
        }
    };
    let operations = match point.scope.as_str() {
        "all" => "",
        "manifest-GET" => ", operations: [index, manifest]",
        other => {
            let reason = format!("nobody knows the scope {other}");
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
    let all = log.phases(how);
    let PointRow {
        layers,
        burst,
        rate,
        ..
    } = point;
    let limiter = match file {
        NGINX_REQUESTS => format!("nginx: {{rate: {rate}/s, burst: {burst}, nodelay: true}}"),
        _ => format!("bucket: {{burst: {burst}, refill: {rate}/s}}"),
    };
    let mut text = format!(
        "pullstorm: 1
name: replay
services:
  registry:
    latency: {latency}
    limiters:
      all: {{{limiter}, status: 429, code: TOOMANYREQUESTS{hint}\
         {operations}}}
images:
  image: {{registry: registry, layers: {layers}{platforms}}}
workloads:
"
    );
    for (caller, sent) in &log.callers {
        let Some(first) = sent.first() else { continue };
        let cached = match record {
            "docker-classic" if had_kept_manifest(sent) => "manifests",
            _ => "nothing",
        };
        let phases = phases_of(sent, how).or(&all);
        let own = attempts_of(sent);
        let attempt = match (how.at_once, own.is_empty()) {
            (true, false) => median(&own),
            _ => attempt,
        };
        let latency: Vec<String> = PHASES.map(|phase| format!("{phase}: {attempt}us")).to_vec();
        let latency = latency.join(", ");
        let (think, stagger) = (phases.think(attempt), phases.stagger());
        // A request is decided half a round trip after it is sent.
        let at = first.at.saturating_sub(attempt / 2);
        let _ = writeln!(
            text,
            "  c{caller}:
    kind: image-pulls
    begin: {{at: [{at}us]}}
    pull: {{client: {record}, images: image, auth: none, cached: {cached}, latency: {{{latency}}}, \
             think: {think}{stagger}}}"
        );
    }
    Ok(text)
}

/// The phases of a pull that have a round trip.
const PHASES: [&str; 6] = ["ping", "resolve", "index", "manifest", "config", "layer"];

fn median(spans: &[u64]) -> u64 {
    let mut sorted = spans.to_vec();
    sorted.sort_unstable();
    sorted[sorted.len() / 2]
}
