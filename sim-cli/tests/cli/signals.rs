//! What happens when the user presses Ctrl-C or goes away, and when nothing can be written.

use std::io::{Read, Write};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

/// Long enough to be interrupted on any machine.
const LONG: [&str; 6] = [
    "compare",
    "circleci-ecr-fanout",
    "--runs",
    "1000000",
    "--format",
    "json",
];

fn pullstorm() -> Command {
    Command::new(env!("CARGO_BIN_EXE_pullstorm"))
}

/// How it ends if the user presses Ctrl-C two seconds after it began to read this.
#[cfg(unix)]
fn interrupted(command: &mut Command, input: &[u8]) -> Output {
    ended_by("-INT", command, input)
}

/// How it ends by a signal two seconds after it began to read this.
#[cfg(unix)]
fn ended_by(signal: &str, command: &mut Command, input: &[u8]) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input).unwrap();
    drop(stdin);
    std::thread::sleep(Duration::from_secs(2));
    let sent = Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(130));
    ended
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let mut child = pullstorm()
        .args(["catalog", "records", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut some = [0; 10];
    let mut out = child.stdout.take().unwrap();
    out.read_exact(&mut some).unwrap();
    drop(out);
    let ended = child.wait_with_output().unwrap();
    assert!(ended.status.success());
    assert!(ended.stderr.is_empty());
}

#[cfg(unix)]
#[test]
fn an_interrupted_comparison_prints_what_is_finished() {
    let ended = interrupted(pullstorm().args(LONG), b"");
    let report: serde_json::Value = serde_json::from_slice(&ended.stdout).unwrap();
    assert!(report["variants"][0]["runs"].as_u64().unwrap() > 0);
    assert_eq!(report["interrupted"], true);
    assert_eq!(report["lines"][0]["label"], "interrupted");
}

#[cfg(unix)]
#[test]
fn an_interrupted_table_is_whole_and_standard_error_says_that_it_was_interrupted() {
    let ended = interrupted(pullstorm().args(&LONG[..5]).arg("csv"), b"");
    let said = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(
        said,
        "note: interrupted: this is what was finished by then\n"
    );
    let table = String::from_utf8(ended.stdout).unwrap();
    let columns = |line: &str| line.matches(',').count();
    let headings = columns(table.lines().next().unwrap());
    assert!(table.lines().count() > 1 && table.lines().all(|line| columns(line) >= headings));
}

#[cfg(target_os = "linux")]
#[test]
fn an_answer_that_cannot_be_written_is_a_failure_of_nobodys_input() {
    let full = std::fs::File::options().write(true).open("/dev/full");
    let ended = pullstorm()
        .arg("catalog")
        .stdout(full.unwrap())
        .stderr(Stdio::piped())
        .spawn()
        .and_then(std::process::Child::wait_with_output)
        .unwrap();
    assert_eq!(ended.status.code(), Some(1));
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(
        said.starts_with("error: cannot write to standard output"),
        "{said}"
    );
}

/// One run of a hundred million calls.
const LONG_RUN: &str = "pullstorm: 1
name: long
services: {api: {latency: 1ms, limiters: {all: {bucket: {burst: 9, refill: 9/s}}}}}
workloads:
  pollers:
    kind: api-callers
    service: api
    callers: 100
    calls: [Ask]
    rounds: 1000000
    pause: 1ms
    on_failure: continue
";

#[cfg(unix)]
#[test]
fn a_run_that_takes_long_is_interrupted_while_it_runs() {
    let ended = interrupted(pullstorm().args(["run", "-"]), LONG_RUN.as_bytes());
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(
        said.contains("interrupted before anything was finished"),
        "{said}"
    );
    assert!(ended.stdout.is_empty());
}

#[cfg(unix)]
#[test]
fn an_interrupted_capacity_prints_the_borders_known_by_then() {
    let ended = interrupted(
        pullstorm()
            .args(["capacity", "circleci-ecr-fanout", "--format", "json"])
            .args(["--vary", "workloads.ci.workflows=1..400"])
            .args(["--runs", "1000000"]),
        b"",
    );
    let capacity: serde_json::Value = serde_json::from_slice(&ended.stdout).unwrap();
    assert_eq!(capacity["interrupted"], true);
    assert_eq!(capacity["variants"][0]["name"], "today");
}

#[cfg(unix)]
#[test]
fn a_job_that_is_ended_from_outside_prints_what_is_finished_too() {
    let ended = ended_by("-TERM", pullstorm().args(LONG), b"");
    let report: serde_json::Value = serde_json::from_slice(&ended.stdout).unwrap();
    assert_eq!(report["interrupted"], true);
    assert!(report["variants"][0]["runs"].as_u64().unwrap() > 0);
}
