//! Each logged pull, request by request: the model sends the same classes of requests in the same
//! order. Blobs that are fetched side by side are of one class, so their order does not matter.

use super::setup::{client, image};
use super::traffic::{requests, words};
use crate::cases::{CaseError, Directory, Tally};
use serde::Deserialize;

const FILE: &str = "pull_sequences.csv";

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
struct Row {
    client: String,
    image: String,
    #[serde(rename = "ref")]
    reference: String,
    cond: String,
    #[serde(rename = "seq")]
    _sequence: u32,
    #[serde(rename = "t_us")]
    _at: u64,
    cls: String,
    method: String,
    status: u16,
    #[serde(rename = "auth")]
    _auth: Option<String>,
    #[serde(rename = "bytes")]
    _bytes: Option<u64>,
    #[serde(rename = "conn")]
    _connection: Option<u32>,
}

/// Tries every pull of the log.
///
/// # Errors
/// If the file cannot be read. A pull by a client or of an image that nobody knows is not tried.
pub fn check(directory: &Directory) -> Result<Tally, CaseError> {
    let rows: Vec<Row> = directory.table(FILE)?;
    let mut tally = Tally::new();
    let pull = |row: &Row| {
        let Row {
            client,
            image,
            reference,
            cond,
            ..
        } = row;
        (
            client.clone(),
            image.clone(),
            reference.clone(),
            cond.clone(),
        )
    };
    let mut begin = 0;
    for end in 1..=rows.len() {
        // A pull ends where another begins, or the same again.
        let ends = rows
            .get(end)
            .is_none_or(|next| pull(next) != pull(&rows[end - 1]) || next._sequence == 0);
        if ends {
            one(&mut tally, &rows[begin..end]);
            begin = end;
        }
    }
    Ok(tally)
}

fn one(tally: &mut Tally, rows: &[Row]) {
    let Row {
        client,
        image,
        reference,
        cond,
        ..
    } = &rows[0];
    let case = format!("{client} {image} by {reference}, {cond}");
    match got(&case, rows) {
        Ok(got) => tally.exact(case, got, wanted(rows)),
        Err(CaseError { reason, .. }) => tally.skip(case, reason),
    }
}

/// What the client sent, by class.
fn wanted(rows: &[Row]) -> Vec<String> {
    let rows = rows.iter().filter(|row| row.cls != "tls");
    rows.map(|row| match (row.cls.as_str(), row.status) {
        ("mtag" | "mdig", 401) => "challenge".to_owned(),
        _ => words(&row.cls, &row.method),
    })
    .collect()
}

/// What its model sends.
fn got(case: &str, rows: &[Row]) -> Result<Vec<String>, CaseError> {
    let Row {
        client: logged,
        image: name,
        reference,
        cond,
        ..
    } = &rows[0];
    let is_manifest = |row: &&Row| row.method == "G" && row.cls.starts_with('m');
    let docker = logged.starts_with("docker");
    let cached = match cond.starts_with("warm") {
        true => "everything",
        // A daemon that kept the manifest of an earlier pull does not ask for it again.
        false if docker && rows.iter().find(is_manifest).is_none() => "manifests",
        false => "nothing",
    };
    let auth = if cond.contains("token") {
        "token"
    } else {
        "none"
    };
    let scenario = format!(
        "pullstorm: 1
name: pull
services:
  registry: {{limiters: {{all: {{bucket: {{burst: 1000, refill: 1000/s}}}}}}}}
images:
  image: {}
workloads:
  host:
    kind: image-pulls
    pull: {{client: {}, images: image, auth: {auth}, cached: {cached}}}
",
        image(FILE, name, reference)?,
        client(FILE, logged)?,
    );
    let sent = requests(case, &scenario, 0)?;
    Ok(sent.into_iter().map(|sent| sent.class).collect())
}
