//! Whatever is wrong with what is to be checked: a clear message, exit code 2, nothing written.

use crate::world::{Folder, finish, program};
use insta::assert_snapshot;

const GOOD: &str = "\
pullstorm: 1
name: good
services: {ecr: {preset: aws-ecr@2018-01}}
workloads: {ci: {kind: ci-fanout, service: ecr, jobs: 8}}
expect: [ci.jobs.failed == 0]
";

fn folder(name: &str) -> Folder {
    let folder = Folder::new(name);
    folder.write("good.yaml", GOOD);
    folder
}

#[test]
fn a_path_to_nothing_and_a_folder_without_scenarios_are_refused() {
    let folder = folder("bad-path");
    assert_snapshot!(folder.pullstorm("check no/such.yaml").refusal(), @"error: there is no file `no/such.yaml`");
    folder.write("empty/stack.yaml", "services: {}\n");
    assert_snapshot!(folder.pullstorm("check empty").refusal(), @r"
    error: there is no scenario in `empty` or below
      help: a scenario is a .yaml file with the key `pullstorm`
    ");
    assert!(folder.pullstorm("check").refusal().contains("PATH"));
}

#[test]
fn all_problems_of_all_scenarios_are_said_at_once() {
    let folder = folder("bad-scenarios");
    folder.write("all/a.yaml", &GOOD.replace("jobs: 8", "jbos: 8"));
    folder.write("all/b.yaml", &GOOD.replace("services", "servcies"));
    let refusal = folder.pullstorm("check all no/such.yaml").refusal();
    for part in ["all/a.yaml:4", "all/b.yaml:3", "no/such.yaml"] {
        assert!(refusal.contains(part), "{refusal}");
    }
}

#[test]
fn two_scenarios_of_one_name_are_refused() {
    let folder = folder("bad-names");
    folder.write("other.yaml", GOOD);
    assert_snapshot!(folder.pullstorm("check good.yaml other.yaml").refusal(), @r"
    error: several scenarios are called `good`: good.yaml, other.yaml
      help: give each a `name:` of its own
    ");
}

#[test]
fn a_baseline_that_cannot_be_compared_with_is_refused() {
    let folder = folder("bad-baseline");
    let check = |text: &str| {
        folder.write("b.json", text);
        folder
            .pullstorm("check good.yaml --baseline b.json")
            .refusal()
    };
    assert_snapshot!(check(r#"{"schema": "pullstorm-baseline/2", "pullstorm": "3.0.0"}"#), @r"
    error: cannot compare with `b.json`: it is a pullstorm-baseline/2 file, written by Pullstorm 3.0.0; Pullstorm 0.1.0 reads pullstorm-baseline/1
      help: write it with `pullstorm baseline PATH... -o b.json`
    ");
    assert!(check(r#"{"schema": "pullstorm-report/1"}"#).contains("not a baseline"));
    assert!(check("hello").contains("not a baseline"));
    let none = folder
        .pullstorm("check good.yaml --baseline none.json")
        .refusal();
    assert_snapshot!(none, @"error: there is no file `none.json`");
    let of_folder = folder.pullstorm("check good.yaml --baseline .").refusal();
    assert!(of_folder.contains("it is a directory"), "{of_folder}");
}

#[test]
fn outputs_that_cannot_be_written_are_refused_before_anything_is_simulated() {
    let folder = folder("bad-output");
    for arguments in [
        "check good.yaml --runs 1000000 --junit no/such/out.xml",
        "check good.yaml --runs 1000000 --json no/such/out.json",
        "check good.yaml --runs 1000000 --comment no/such/out.md",
        "baseline good.yaml --runs 1000000 -o no/such/out.json",
    ] {
        let refusal = folder.pullstorm(arguments).refusal();
        assert!(refusal.contains("cannot write `no/such/out."), "{refusal}");
    }
    let mut check = program();
    check
        .args(["check", "good.yaml", "--github"])
        .env("GITHUB_STEP_SUMMARY", "no/such/summary.md")
        .current_dir(folder.path());
    let refusal = finish(check, b"").refusal();
    assert!(refusal.contains("GITHUB_STEP_SUMMARY"), "{refusal}");
    let mixed = folder
        .pullstorm("check good.yaml --github --format json")
        .refusal();
    assert!(mixed.contains("--json FILE"), "{mixed}");
}

#[test]
fn an_expectation_that_nothing_can_meet_or_that_names_nothing_is_refused_at_its_place() {
    let folder = folder("bad-expectation");
    let check = |expectation: &str| {
        folder.write("it.yaml", &GOOD.replace("ci.jobs.failed == 0", expectation));
        folder.pullstorm("check it.yaml").refusal()
    };
    assert_snapshot!(check("ci.jobs.finished >= 9"), @r"
    error: nothing can meet `ci.jobs.finished >= 9`
     --> it.yaml:5:10
      |
    5 | expect: [ci.jobs.finished >= 9]
      |          ^^^^^^^^^^^^^^^^^^^^^
      |
      = path: expect
      = help: `ci.jobs.finished` is from 0 to 8
    ");
    assert!(check("ci.jobs.failed < 0").contains("is from 0 to 8"));
    assert!(check("ci.jobs.failed_share > 100%").contains("nothing can meet"));
    assert!(check("ci.jobs.fialed == 0").contains("nearest: ci.jobs.failed"));
    assert!(check("{that: ci.jobs.failed == 0, variant: tuned}").contains("no variant `tuned`"));
}

#[test]
fn a_tolerance_or_variant_that_means_nothing_is_refused() {
    let folder = folder("bad-tolerance");
    let refusal = folder.pullstorm("check good.yaml --tolerance 5").refusal();
    assert!(refusal.contains("write `5%` for all numbers"), "{refusal}");
    let refusal = folder
        .pullstorm("baseline good.yaml --variant tuned")
        .refusal();
    assert!(refusal.contains("there is no variant `tuned`"), "{refusal}");
    let refusal = folder.pullstorm("check good.yaml --only-changes").refusal();
    assert!(refusal.contains("--comment"), "{refusal}");
}
