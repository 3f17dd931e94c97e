//! Commands that simulate nothing.

use crate::world::{pullstorm, pullstorm_reading, run};
use insta::assert_snapshot;

#[test]
fn a_bare_call_shows_what_there_is_and_is_bad_input() {
    let ended = pullstorm("");
    assert_eq!(ended.code, 2);
    assert_snapshot!(ended.err);
}

#[test]
fn an_error_line_is_diagnosed() {
    let line = "An error occurred (ThrottlingException) when calling the GetAuthorizationToken \
                operation (reached max retries: 4): Rate exceeded";
    assert_snapshot!("diagnose", run(&["diagnose", line], b"", 100).answer());
    let markdown = run(&["diagnose", line, "--format", "markdown"], b"", 100).answer();
    assert_snapshot!("diagnose_markdown", markdown);
    let json = run(&["diagnose", line, "--format", "json"], b"", 100).answer();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["answer"], "known");
    assert_eq!(json["finding"]["side"], "server");
}

#[test]
fn a_log_is_diagnosed_whatever_bytes_it_holds() {
    let log = b"\xff\xfe nonsense\n\x1b[31mtoomanyrequests: Too Many Requests (HAP429).\x1b[0m\n";
    let answer = pullstorm_reading("diagnose -", log).answer();
    assert!(answer.starts_with("LIMITER  Docker Hub abuse limiter"));
    assert!(!answer.contains('\u{1b}'));
}

#[test]
fn an_unknown_error_is_answered_with_what_to_look_for() {
    assert_snapshot!(pullstorm("diagnose the disk is full").answer());
}

#[test]
fn the_catalog_is_listed() {
    let list = pullstorm("catalog").answer();
    assert!(list.starts_with("NAME  "), "{list}");
    assert!(list.contains("\ndocker-classic "), "{list}");
    let line = list
        .lines()
        .find(|line| line.starts_with("aws-ecr@2018-01 "));
    assert!(line.unwrap().contains("documented, superseded"), "{list}");
    assert_snapshot!("catalog_retry", pullstorm("catalog retry").answer());
    assert_snapshot!("catalog_sdks", pullstorm("catalog sdks").answer());
    let csv = pullstorm("catalog records --format csv").answer();
    assert!(csv.starts_with("record,covers,figures,known,as_of\n"));
    assert!(csv.lines().count() > 150);
}

#[test]
fn a_preset_a_policy_and_a_record_are_explained() {
    let preset = pullstorm("catalog aws-ecr@2018-01").answer();
    assert_snapshot!("catalog_preset", preset);
    assert_snapshot!("catalog_policy", pullstorm("catalog aws-standard").answer());
    let record = pullstorm("catalog docker.client.concurrency").answer();
    assert_snapshot!("catalog_record", record);
}

#[test]
fn a_client_is_explained_by_its_requests_and_by_what_it_does_on_429() {
    let docker = pullstorm("catalog docker-classic").answer();
    assert!(docker.contains("3 requests (+1 token) for a pull whose manifest is refused"));
    assert_snapshot!("catalog_client", docker);
    assert_snapshot!("catalog_wrapper", pullstorm("catalog ecs-agent").answer());
}

#[test]
fn every_name_in_the_lists_can_be_explained_in_every_form() {
    for list in ["catalog", "catalog retry", "catalog records"] {
        let names = pullstorm(&format!("{list} --format csv")).answer();
        for name in names
            .lines()
            .skip(1)
            .filter_map(|line| line.split(',').next())
        {
            let json = pullstorm(&format!("catalog {name} --format json")).answer();
            let json: serde_json::Value = serde_json::from_str(&json).unwrap();
            assert_eq!(json["schema"], "pullstorm-explanation/1");
            if list == "catalog" {
                let text = pullstorm(&format!("catalog {name}")).answer();
                assert!(text.contains("USE ") || text.contains("VERSION "), "{text}");
            }
        }
    }
}

#[test]
fn built_in_scenarios_are_listed_and_printed() {
    assert_snapshot!("scenarios", pullstorm("scenarios").answer());
    let printed = pullstorm("scenarios circleci-ecr-fanout").answer();
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../scenarios/circleci-ecr-fanout.yaml"
    );
    assert_eq!(printed, std::fs::read_to_string(file).unwrap());
}

#[test]
fn the_schema_is_printed() {
    let schema: serde_json::Value = serde_json::from_str(&pullstorm("schema").answer()).unwrap();
    assert_eq!(schema["title"], "Pullstorm scenario");
}

#[test]
fn colours_are_written_when_they_are_asked_for() {
    assert!(
        pullstorm("scenarios --color always")
            .answer()
            .contains("\u{1b}[1m")
    );
    assert!(!pullstorm("scenarios").answer().contains('\u{1b}'));
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for columns in [80, 100, 140] {
        for arguments in [
            "catalog",
            "catalog retry",
            "scenarios",
            "run circleci-ecr-fanout",
            "compare circleci-ecr-fanout",
        ] {
            let arguments: Vec<&str> = arguments.split(' ').collect();
            for line in run(&arguments, b"", columns).out.lines() {
                let width = line.chars().count();
                assert!(width <= columns as usize, "{width} columns: {line}");
            }
        }
    }
}
