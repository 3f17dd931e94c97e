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
/// If the file cannot be read or has clients nobody knows.
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
            one(&mut tally, &rows[begin..end])?;
            begin = end;
        }
    }
    Ok(tally)
}

fn one(tally: &mut Tally, rows: &[Row]) -> Result<(), CaseError> {
    let Row {
        client: logged,
        image: name,
        reference,
        cond,
        ..
    } = &rows[0];
    let want: Vec<String> = rows
        .iter()
        .filter(|row| row.cls != "tls")
        .map(|row| match (row.cls.as_str(), row.status) {
            ("mtag" | "mdig", 401) => "challenge".to_owned(),
            _ => words(&row.cls, &row.method),
        })
        .collect();
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
    let case = format!("{logged} {name} by {reference}, {cond}");
    let got: Vec<String> = requests(&case, &scenario, 0)?
        .into_iter()
        .map(|sent| sent.class)
        .collect();
    tally.exact(case, got, want);
    Ok(())
}
