//! What a single client does when a limiter refuses it: the same requests in the same order, each
//! refused or not as in the log, after the same sleeps.
//!
//! Sleeps may differ by the jitter of the client and by what the busy machine adds. Where a refused
//! blob stops the others some milliseconds later, how many of those were sent by then is a race:
//! the log must lie within what 50 runs of the model do.

use super::setup::client;
use super::traffic::{Sent, requests, words};
use crate::cases::{CaseError, Directory, Tally};
use serde::Deserialize;

const REFUSED: &str = "retry_on_429.csv";
const TOKENS: &str = "token_and_login_429.csv";

/// What the machine adds to a sleep, in seconds.
const OVERHEAD: f64 = 0.25;

/// Part of a sleep that jitter can add.
const JITTER: f64 = 0.1;

/// Runs that show how a race can end.
const RUNS: u32 = 50;

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
struct Row {
    client: String,
    case: String,
    #[serde(rename = "seq")]
    _sequence: u32,
    t: f64,
    cls: String,
    method: String,
    status: u16,
    #[serde(default, rename = "auth")]
    _auth: Option<String>,
}

/// Tries every case of refused pulls.
///
/// # Errors
/// If the file cannot be read. A client or a case that nobody knows is not tried.
pub fn check(directory: &Directory) -> Result<Tally, CaseError> {
    try_all(directory, REFUSED, |case| {
        let unknown = || CaseError::new(REFUSED, format!("nobody knows the case {case}"));
        let (bucket, more) = case.split_once('_').unwrap_or((case, ""));
        let credits = bucket.strip_prefix('b').and_then(|it| it.parse().ok());
        let (refusal, hint) = match more {
            "" => (", code: TOOMANYREQUESTS", String::new()),
            "html" => ("", String::new()),
            other => {
                let seconds = other.strip_prefix("ra").ok_or_else(unknown)?;
                (
                    ", code: TOOMANYREQUESTS",
                    format!(", retry_after: {seconds}s"),
                )
            }
        };
        Ok(Setup {
            credits: credits.ok_or_else(unknown)?,
            refusal: format!("{refusal}{hint}"),
            auth: "none",
            login: false,
        })
    })
}

/// Tries every case of refused tokens and logins.
///
/// # Errors
/// If the file cannot be read. A client or a case that nobody knows is not tried.
pub fn check_tokens(directory: &Directory) -> Result<Tally, CaseError> {
    try_all(directory, TOKENS, |case| {
        let of = |credits, operations: &str, login| Setup {
            credits,
            refusal: format!(", code: TOOMANYREQUESTS{operations}"),
            auth: "token",
            login,
        };
        let tokens = ", operations: [token]";
        match case {
            "token-always429" | "token-429-1per3s" => Ok(of(0, tokens, false)),
            "login-token429" => Ok(of(0, tokens, true)),
            "login-all429" => Ok(of(0, "", true)),
            "login" => Ok(of(100, "", true)),
            _ => {
                let reason = format!("nobody knows the case {case}");
                Err(CaseError::new(TOKENS, reason))
            }
        }
    })
}

/// How a case is set up.
struct Setup {
    credits: u64,
    /// What is said about refusals.
    refusal: String,
    auth: &'static str,
    login: bool,
}

fn try_all(
    directory: &Directory,
    file: &str,
    setup: impl Fn(&str) -> Result<Setup, CaseError>,
) -> Result<Tally, CaseError> {
    let rows: Vec<Row> = directory.table(file)?;
    let mut tally = Tally::new();
    let cases = rows.chunk_by(|a, b| a.client == b.client && a.case == b.case);
    for rows in cases {
        match setup(&rows[0].case).and_then(|setup| one(file, rows, &setup)) {
            Ok(tried) => tally.absorb(tried),
            Err(CaseError { reason, .. }) => {
                tally.skip(format!("{} {}", rows[0].client, rows[0].case), reason);
            }
        }
    }
    Ok(tally)
}

fn one(file: &str, rows: &[Row], setup: &Setup) -> Result<Tally, CaseError> {
    let mut tally = Tally::new();
    let Row {
        client: logged,
        case,
        ..
    } = &rows[0];
    let want: Vec<Sent> = rows
        .iter()
        .filter(|row| row.cls != "tls")
        .map(|row| Sent {
            class: match (row.cls.as_str(), row.status) {
                ("mtag" | "mdig", 401) => "challenge".to_owned(),
                _ => words(&row.cls, &row.method),
            },
            at: row.t,
            refused: row.status == 429,
        })
        .collect();
    let reached_blobs = want.iter().any(|sent| sent.class == "blob");
    let asked = want.iter().any(|sent| sent.class == "GET manifest");
    let cached = match reached_blobs && !asked {
        true => "manifests",
        false => "nothing",
    };
    let Setup {
        credits,
        refusal,
        auth,
        login,
    } = setup;
    let scenario = format!(
        "pullstorm: 1
name: refused
services:
  registry:
    limiters:
      all: {{bucket: {{burst: {}, refill: 1 per 100d}}, initial: {credits}, status: 429{refusal}}}
images:
  image: {{registry: registry, layers: 3}}
workloads:
  host:
    kind: image-pulls
    login: {login}
    pull: {{client: {}, images: image, auth: {auth}, cached: {cached}}}
",
        credits.max(&1),
        client(file, logged)?,
    );
    let name = format!("{logged} {case}");
    let mut got = requests(&name, &scenario, 0)?;
    if *login {
        // The log ends with the login.
        got.truncate(want.len());
    }
    let races = logged.starts_with("docker") || logged.starts_with("containerd");
    if races && reached_blobs {
        race(&mut tally, &name, &scenario, &want)?;
        return Ok(tally);
    }
    let what = |sent: &[Sent]| -> Vec<(String, bool)> {
        let pair = |sent: &Sent| (sent.class.clone(), sent.refused);
        sent.iter().map(pair).collect()
    };
    tally.exact(format!("{name}: requests"), what(&got), what(&want));
    if got.len() == want.len() {
        let late = |pair: &[Sent]| pair[1].at - pair[0].at;
        for (number, (got, want)) in got.windows(2).zip(want.windows(2)).enumerate() {
            let jitter = match logged.starts_with("crane") {
                true => JITTER * late(got),
                false => 0.0,
            };
            // A password is checked by the registry's own slow hash.
            let overhead = if *login { 2.0 } else { OVERHEAD };
            let case = format!("{name}: sleep before request {}", number + 2);
            tally.within(case, late(got), late(want), jitter + overhead);
        }
    }
    Ok(tally)
}

/// Before the blobs everything is as in the log, and so many blobs are asked for as in some run.
fn race(tally: &mut Tally, name: &str, scenario: &str, want: &[Sent]) -> Result<(), CaseError> {
    let blobs = |sent: &[Sent]| sent.iter().filter(|sent| sent.class == "blob").count();
    let before = |sent: &[Sent]| -> Vec<(String, bool)> {
        let before = sent.iter().filter(|sent| sent.class != "blob");
        before
            .map(|sent| (sent.class.clone(), sent.refused))
            .collect()
    };
    let (mut fewest, mut most) = (usize::MAX, 0);
    for run in 0..RUNS {
        let got = requests(name, scenario, run)?;
        if run == 0 {
            tally.exact(
                format!("{name}: before the blobs"),
                before(&got),
                before(want),
            );
        }
        fewest = fewest.min(blobs(&got));
        most = most.max(blobs(&got));
    }
    let found = blobs(want);
    let miss = (!(fewest..=most).contains(&found))
        .then(|| format!("{fewest} to {most} requests, should be {found}"));
    tally.count(format!("{name}: blobs"), miss);
    Ok(())
}
