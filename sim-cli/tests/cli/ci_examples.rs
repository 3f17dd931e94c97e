//! The workflows in `docs/ci`: their shell steps, run as a CI system would.

#![cfg(unix)]

use crate::world::{Ended, Folder, finish};
use pullstorm_core::yaml::{Node, SourceId, Value, read};
use std::path::Path;
use std::process::Command;

const SCENARIO: &str = "\
pullstorm: 1
name: logins
services: {ecr: {preset: aws-ecr@2018-01}}
workloads: {ci: {kind: ci-fanout, service: ecr, jobs: 8}}
expect: [ci.jobs.failed == 0]
";

/// Says what it is asked for, and knows no comment, or the one that `known` names.
const GH: &str =
    "#!/bin/sh\necho \"$*\" >> gh.log\ncase \"$*\" in\n  *--paginate*) cat known;;\nesac\n";

fn repository(name: &str) -> Folder {
    let folder = Folder::new(name);
    folder.write("limits/logins.yaml", SCENARIO);
    folder.write("known", "");
    folder.write("gh.log", "");
    folder.write("bin/gh", GH);
    let made = Command::new("chmod")
        .args(["+x", "bin/gh"])
        .current_dir(folder.path())
        .status();
    assert!(made.unwrap().success());
    let baseline = "baseline limits/ -o limits/baseline.json";
    folder.pullstorm(baseline).answer();
    folder
}

fn example(name: &str) -> Node {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/ci");
    let text = std::fs::read_to_string(root.join(name)).unwrap();
    read(&text, SourceId::FILE).unwrap_or_else(|problems| panic!("{name}: {problems:?}"))
}

/// A script in a shell that stops at the first failure, as CI systems run it.
fn shell(folder: &Folder, script: &str) -> Ended {
    let binary = Path::new(env!("CARGO_BIN_EXE_pullstorm"));
    let path = std::env::join_paths([
        folder.path().join("bin"),
        binary.parent().unwrap().to_owned(),
        "/usr/bin".into(),
        "/bin".into(),
    ]);
    let mut sh = Command::new("sh");
    sh.args(["-e", "-c", script])
        .env("PATH", path.unwrap())
        .env("GITHUB_REPOSITORY", "acme/infra")
        .env("GITHUB_STEP_SUMMARY", folder.path().join("summary.md"))
        .env("PULL_REQUEST", "7")
        .current_dir(folder.path());
    finish(sh, b"")
}

fn list<'n>(node: &'n Node, key: &str) -> &'n [Node] {
    match node.get(key).map(|node| &node.value) {
        Some(Value::List(items)) => items,
        other => panic!("{key} is a list, not {other:?}"),
    }
}

/// The script of the step of this name.
fn step(name: &str) -> String {
    let workflow = example("github-actions.yml");
    let job = workflow
        .get("jobs")
        .and_then(|jobs| jobs.get("check"))
        .unwrap();
    let mut steps = list(job, "steps").iter();
    let named = |step: &&Node| step.get("name").and_then(Node::text) == Some(name);
    let script = steps.find(named).and_then(|step| step.get("run")?.text());
    script
        .unwrap_or_else(|| panic!("there is a step {name}"))
        .to_owned()
}

#[test]
fn github_actions_checks_and_says_nothing_while_nothing_changes() {
    let folder = repository("ci-github");
    for name in ["Install", "Check", "Comment"] {
        let ended = shell(&folder, &step(name));
        assert_eq!(ended.code, 0, "{name}: {}{}", ended.out, ended.err);
    }
    assert!(folder.read("summary.md").contains("**HOLDS**"));
    assert!(folder.read("pullstorm.xml").contains("<testsuite "));
    let asked = folder.read("gh.log");
    assert_eq!(
        asked.lines().count(),
        1,
        "it only looks for its comment: {asked}"
    );
}

#[test]
fn github_actions_fails_comments_once_and_takes_the_comment_back() {
    let folder = repository("ci-github-broken");
    folder.write(
        "limits/logins.yaml",
        &SCENARIO.replace("jobs: 8", "jobs: 300"),
    );
    let check = shell(&folder, &step("Check"));
    assert_eq!(check.code, 99, "{}{}", check.out, check.err);
    assert!(
        check
            .out
            .contains("\n::error file=limits/logins.yaml,line=5,"),
        "{}",
        check.out
    );
    let comment = |folder: &Folder| {
        folder.write("gh.log", "");
        assert_eq!(shell(folder, &step("Comment")).code, 0);
        folder.read("gh.log")
    };
    assert!(comment(&folder).contains("--method POST repos/acme/infra/issues/7/comments"));
    folder.write("known", "41\n");
    let again = comment(&folder);
    assert!(
        again.contains("--method PATCH repos/acme/infra/issues/comments/41"),
        "{again}"
    );
    folder.write("limits/logins.yaml", SCENARIO);
    assert_eq!(shell(&folder, &step("Check")).code, 0);
    let gone = comment(&folder);
    assert!(
        gone.contains("--method DELETE repos/acme/infra/issues/comments/41"),
        "{gone}"
    );
}

#[test]
fn gitlab_checks_and_fails_when_an_expectation_breaks() {
    let pipeline = example("gitlab-ci.yml");
    let job = pipeline.get("pullstorm").unwrap();
    let lines: Vec<&str> = list(job, "script").iter().filter_map(Node::text).collect();
    let folder = repository("ci-gitlab");
    let ended = shell(&folder, &lines.join("\n"));
    assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
    folder.write(
        "limits/logins.yaml",
        &SCENARIO.replace("jobs: 8", "jobs: 300"),
    );
    assert_eq!(shell(&folder, &lines.join("\n")).code, 99);
    let report = job
        .get("artifacts")
        .and_then(|it| it.get("reports")?.get("junit")?.text());
    let junit = folder.read(report.unwrap());
    assert!(roxmltree::Document::parse(&junit).is_ok(), "{junit}");
}
