//! Recordings that lie beside a scenario.

use crate::world::{Ended, Folder};
use insta::assert_snapshot;

const CSV: &str = "eventtime,eventname,count
2026-11-18T09:00:02Z,UpdateService,5
2026-11-18T09:00:03.5Z,DescribeServices,2
";

const NDJSON: &str = r#"{"eventTime": "2026-11-18T09:00:02Z", "eventName": "UpdateService", "count": 5}
{"eventTime": "2026-11-18T09:00:03.5Z", "eventName": "DescribeServices", "count": 2}
"#;

/// What one run says of a scenario in a folder that replays the file `calls` beside it.
fn replayed(name: &str, recording: Option<&str>) -> Ended {
    replayed_by(name, "aws-ecs@2026-11", recording)
}

/// The same of another service.
fn replayed_by(name: &str, preset: &str, recording: Option<&str>) -> Ended {
    let folder = Folder::new(name);
    folder.write(
        "plans/scenario.yaml",
        &format!(
            "pullstorm: 1
name: arrivals
start: 2026-11-18T09:00:00Z
services:
  ecs: {{preset: {preset}, latency: 0s}}
workloads:
  team: {{kind: replay, service: ecs, recording: calls}}
"
        ),
    );
    if let Some(recording) = recording {
        folder.write("plans/calls", recording);
    }
    folder.pullstorm("run plans/scenario.yaml --runs 1")
}

#[test]
fn csv_and_a_json_object_a_line_are_the_same_arrivals() {
    let (csv, json) = (
        replayed("recording-csv", Some(CSV)).answer(),
        replayed("recording-json", Some(NDJSON)).answer(),
    );
    assert!(
        csv.starts_with(
            "HOLDS    0 of 7 first calls throttled; all 7 arrivals finish, the last done after 3.5s"
        ),
        "{csv}"
    );
    assert_eq!(csv, json, "the digest too");
}

#[test]
fn a_recording_that_is_not_there_is_refused_where_the_scenario_names_it() {
    assert_snapshot!(replayed("recording-gone", None).refusal(), @r"
    error: cannot read `calls`: there is no such file
     --> plans/scenario.yaml:7:49
      |
    7 |   team: {kind: replay, service: ecs, recording: calls}
      |                                                 ^^^^^
      |
      = path: workloads.team.recording
      = help: files are looked for beside the scenario
    ");
}

#[test]
fn a_recording_without_times_is_refused_with_the_columns_it_has() {
    let untimed = CSV.replace("eventtime", "begun");
    assert_snapshot!(replayed("recording-untimed", Some(&untimed)).refusal(), @r"
    error: no column of times was found
     --> calls:1:1
      |
    1 | begun,eventname,count
      | ^^^^^^^^^^^^^^^^^^^^^
      |
      = path: workloads.team.recording
      = help: name it, `time: COLUMN`; columns here: begun, eventname, count
    ");
}

#[test]
fn a_time_that_is_none_is_refused_at_its_line() {
    let csv = CSV.replace("2026-11-18T09:00:03.5Z", "yesterday");
    assert_snapshot!(replayed("recording-bad-csv", Some(&csv)).refusal(), @r"
    error: `yesterday` is no time (column `eventtime`)
     --> calls:3:1
      |
    3 | yesterday,DescribeServices,2
      | ^^^^^^^^^
      |
      = path: workloads.team.recording
      = help: write it like `2026-11-20T03:00:00.250Z`, or as a number of seconds
    ");
    let json = NDJSON.replace("2026-11-18T09:00:03.5Z", "yesterday");
    assert_snapshot!(replayed("recording-bad-json", Some(&json)).refusal(), @r#"
    error: `yesterday` is no time
     --> calls:2:15
      |
    2 | {"eventTime": "yesterday", "eventName": "DescribeServices", "count": 2}
      |               ^^^^^^^^^^^
      |
      = path: workloads.team.recording
      = help: write it like `2026-11-20T03:00:00.250Z`, or as a number of seconds
    "#);
}

#[test]
fn an_access_log_is_a_recording_as_it_is() {
    let log = r#"203.0.113.7 - ci [18/Nov/2026:09:00:03 +0000] "GET /v2/acme/web/manifests/1.2 HTTP/1.1" 200 87 "-" "containerd/2.1.3"
203.0.113.7 - ci [18/Nov/2026:10:00:04 +0100] "GET /v2/acme/web/blobs/sha256:00 HTTP/1.1" 200 87 "-" "containerd/2.1.3"
"#;
    let hub = "docker-hub-anonymous@2026-11";
    // Of whole seconds one run is no proof, so the verdict is open.
    let said = replayed_by("recording-access-log", hub, Some(log)).out;
    assert!(
        said.contains("0 of 2 first calls throttled; all 2 arrivals finish"),
        "{said}"
    );
    let wrong = log.replace("[18/Nov/2026:10", "[18/Nov/2026 10");
    let said = replayed_by("recording-bad-access-log", hub, Some(&wrong)).refusal();
    let first = "error: `18/Nov/2026 10:00:04 +0100` is no time\n --> calls:2:19\n";
    assert!(said.starts_with(first), "{said}");
    let torn = format!("{log}203.0.113.7 - ci [18/Nov/2026:10:00:05 +0100]\n");
    let said = replayed_by("recording-torn-access-log", hub, Some(&torn)).refusal();
    assert!(
        said.contains("is no line of an access log\n --> calls:3:1\n"),
        "{said}"
    );
}

#[test]
fn one_arrival_is_spoken_of_as_one() {
    let one = "time,operation\n2026-11-18T09:00:02Z,UpdateService\n";
    let said = replayed("recording-of-one", Some(one)).answer();
    assert!(
        said.starts_with("HOLDS    0 of 1 first call throttled; 1 arrival finishes, done after 2"),
        "{said}"
    );
}
