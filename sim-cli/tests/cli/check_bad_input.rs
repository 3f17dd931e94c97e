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
      help: write one with `pullstorm baseline PATH... -o b.json`
    ");
    assert!(check(r#"{"schema": "pullstorm-report/1"}"#).contains("not a baseline"));
    assert!(check("hello").contains("not a baseline"));
    let of_good = folder.pullstorm("baseline good.yaml").answer();
    let start = of_good.find("\"entries\": [").unwrap() + "\"entries\": [".len();
    let end = of_good.rfind(']').unwrap();
    let entry = &of_good[start..end];
    let twice = format!("{}{entry},{entry}{}", &of_good[..start], &of_good[end..]);
    assert_snapshot!(check(&twice), @r"
    error: cannot compare with `b.json`: it has `good`, variant `today`, twice, and which of both counts is not known
      help: write one with `pullstorm baseline PATH... -o b.json`
    ");
    // A command to paste never names a file that is somebody's work.
    let of_scenario = folder
        .pullstorm("check good.yaml --baseline good.yaml")
        .refusal();
    assert!(of_scenario.contains("-o FILE.json`"), "{of_scenario}");
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
fn an_output_never_replaces_what_was_read() {
    let folder = folder("own-input");
    folder.pullstorm("baseline good.yaml -o base.json").answer();
    folder.pullstorm("report good.yaml -o kept.json").answer();
    let base = folder.read("base.json");
    for arguments in [
        "check good.yaml --comment good.yaml",
        "check . --json ./good.yaml",
        "check good.yaml --baseline base.json --json base.json",
        "check good.yaml --baseline base.json --junit base.json",
        "baseline good.yaml -o ./good.yaml",
        "run good.yaml --plot good.yaml",
        "compare good.yaml --plot good.yaml",
        "recommend good.yaml --plot good.yaml",
        "capacity good.yaml --vary workloads.ci.jobs=1..8 --plot good.yaml",
        "report --from kept.json -o kept.json",
    ] {
        let refusal = folder.pullstorm(arguments).refusal();
        assert!(
            refusal.contains("it is what was read"),
            "{arguments}: {refusal}"
        );
    }
    assert_eq!(
        (folder.read("good.yaml").as_str(), folder.read("base.json")),
        (GOOD, base)
    );
    let folder_like = folder.pullstorm("report good.yaml -o it.html/").refusal();
    assert_snapshot!(folder_like, @"error: cannot write `it.html/`: it is a directory");
}

#[test]
fn what_a_folder_holds_besides_scenarios_is_said_and_a_misspelt_one_is_refused() {
    let folder = folder("left-out");
    folder.write("stack/good.yaml", GOOD);
    folder.write("stack/compose.yaml", "# of a stack\nservices: {}\n");
    let ended = folder.pullstorm("check stack");
    assert_eq!(ended.code, 0);
    assert_snapshot!(ended.err, @"note: left out, as they have no key `pullstorm`: stack/compose.yaml");
    folder.write("stack/b.yaml", &GOOD.replace("pullstorm", "pulstorm"));
    assert_snapshot!(folder.pullstorm("check stack").refusal(), @r"
    error: `stack/b.yaml` begins with `pulstorm`
      help: a scenario begins with `pullstorm: 1`
    ");
}

#[test]
fn a_baseline_without_entries_is_said_to_compare_nothing() {
    let folder = folder("empty-baseline");
    let head = r#"{"schema": "pullstorm-baseline/1", "pullstorm": "0.1.0""#;
    let text = format!(r#"{head}, "tolerance": {{"all": {{"relative": 0.02}}}}, "entries": []}}"#);
    folder.write("b.json", &text);
    let ended = folder.pullstorm("check good.yaml --baseline b.json");
    assert!(ended.err.contains("has no entries"), "{}", ended.err);
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
        .pullstorm("check good.yaml --tolerance ci.jobs.fialed=5s")
        .refusal();
    assert_snapshot!(refusal, @r"
    error: `--tolerance ci.jobs.fialed=5s`: no scenario has a number `ci.jobs.fialed`
      help: did you mean `ci.jobs.failed`?
    ");
    for nothing in ["ci.nope=5s", "==5s", "=5s"] {
        for command in ["check", "baseline"] {
            let arguments = format!("{command} good.yaml --tolerance {nothing}");
            let refusal = folder.pullstorm(&arguments).refusal();
            assert!(refusal.contains(nothing), "{refusal}");
        }
    }
    let refusal = folder
        .pullstorm("baseline good.yaml --variant tuned")
        .refusal();
    assert!(refusal.contains("there is no variant `tuned`"), "{refusal}");
    let refusal = folder.pullstorm("check good.yaml --only-changes").refusal();
    assert!(refusal.contains("--comment"), "{refusal}");
}
