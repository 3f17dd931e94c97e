//! `pullstorm check` and `pullstorm baseline`: what is told apart, and in which forms.

use crate::world::{Folder, finish, program, pullstorm};
use insta::assert_snapshot;
use serde_json::Value;

/// Two scenarios, one below a folder, and a YAML file that is none.
fn limits(name: &str) -> Folder {
    let folder = Folder::new(name);
    folder.write("limits/logins.yaml", LOGINS);
    folder.write("limits/more/deploys.yml", DEPLOYS);
    folder.write("limits/.hidden/broken.yaml", "pullstorm: [\n");
    folder
}

/// 240 logins meet a bucket of 200 that earns 4 a second: the last waits for 10 s.
const LOGINS: &str = "\
pullstorm: 1
name: logins
services: {ecr: {preset: aws-ecr@2018-01, latency: 0s}}
workloads:
  ci:
    kind: ci-fanout
    service: ecr
    jobs: 240
    retry: {strategy: fixed, delay: 1s, attempts: 60}
variants:
  bare: {set: {workloads.ci.retry: none}}
check: today
expect:
  - ci.jobs.failed == 0
  - {that: ci.finished_after <= 5min, severity: warn}
";

const DEPLOYS: &str = "\
pullstorm: 1
name: deploys
services: {api: {latency: 0s, limiters: {calls: {bucket: {burst: 10, refill: 1/s}}}}}
workloads:
  app:
    kind: api-callers
    service: api
    callers: 20
    calls: [Update]
    retry: {strategy: full-jitter, base: 1s, cap: 20s, attempts: 20}
expect:
  - app.callers.failed == 0 holds in 90%
";

#[test]
fn what_holds_as_in_its_baseline_is_said_in_a_line_and_exits_with_0() {
    let folder = limits("check-holds");
    let written = folder.pullstorm("baseline limits -o limits/baseline.json");
    assert_eq!(
        written.answer(),
        "wrote 2 variants, whose expectations hold\n"
    );
    let answer = folder
        .pullstorm("check limits --baseline limits/baseline.json")
        .answer();
    let first = answer.lines().next().unwrap();
    assert_eq!(
        first,
        "HOLDS    2 variants of 2 scenarios, all as in the baseline"
    );
    let fewer = folder.pullstorm("check limits --baseline limits/baseline.json --threads 1");
    assert_eq!(fewer.answer(), answer);
}

#[test]
fn a_breach_a_drift_a_changed_preset_and_a_warning_are_told_apart() {
    let folder = limits("check-apart");
    folder.pullstorm("baseline limits -o b.json").answer();

    folder.write(
        "limits/logins.yaml",
        &LOGINS.replace("attempts: 60", "attempts: 2"),
    );
    let breach = folder.pullstorm("check limits --baseline b.json");
    assert_eq!(breach.code, 99);
    assert_snapshot!("check_breach", breach.out);

    folder.write(
        "limits/logins.yaml",
        &LOGINS.replace("delay: 1s", "delay: 3s"),
    );
    let drift = folder.pullstorm("check limits --baseline b.json");
    assert_eq!(drift.code, 99);
    assert_snapshot!("check_drift", drift.out);
    let allowed = "check limits --baseline b.json --tolerance 500%";
    assert!(
        folder
            .pullstorm(allowed)
            .answer()
            .contains("1 moved within tolerance")
    );

    folder.write("limits/logins.yaml", LOGINS);
    let older = folder
        .read("b.json")
        .replace("200 burst, 4/s", "200 burst, 5/s");
    let older = older.replace(
        "\"preset\": \"aws-ecr@2018-01\"",
        "\"preset\": \"aws-ecr@2017-06\"",
    );
    folder.write("b.json", &older);
    let preset = folder.pullstorm("check limits --baseline b.json");
    assert_eq!(preset.code, 0);
    assert!(
        preset.out.contains(
            "preset aws-ecr@2018-01 changed 200 burst, 5/s -> 200 burst, 4/s on 2018-01-29"
        ),
        "{}",
        preset.out
    );
    assert_eq!(
        folder
            .pullstorm("check limits --baseline b.json --strict")
            .code,
        99
    );

    folder.write("limits/logins.yaml", &LOGINS.replace("<= 5min", "<= 5s"));
    let warns = folder.pullstorm("check limits");
    assert_eq!(warns.code, 0);
    assert!(warns.out.contains("\nWARNS "), "{}", warns.out);
    let said = warns.out.split_whitespace().collect::<Vec<_>>().join(" ");
    let best = "no retry timing can meet it: 10s is the best possible, set by ecr";
    assert!(said.contains(best), "{said}");
    assert_eq!(folder.pullstorm("check limits --strict").code, 99);
}

#[test]
fn a_variant_that_the_baseline_does_not_know_is_new_and_one_that_is_left_out_is_noted() {
    let folder = limits("check-new");
    folder
        .pullstorm("baseline limits/logins.yaml --variant bare -o b.json")
        .answer();
    let answer = folder
        .pullstorm("check limits/logins.yaml --baseline b.json")
        .answer();
    assert!(answer.contains("1 not in the baseline"), "{answer}");
    assert!(answer.contains("not under check: logins bare"), "{answer}");
}

#[test]
fn what_a_baseline_has_of_files_that_are_gone_or_not_named_is_said() {
    let folder = limits("check-gone");
    folder.pullstorm("baseline limits -o b.json").answer();
    let said = |paths: &str| {
        let ended = folder.pullstorm(&format!("check {paths} --baseline b.json"));
        ended
            .answer()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert!(!said("limits").contains("NOTE"));
    let other = "NOTE the baseline also has scenarios that were not among the paths: \
                 limits/more/deploys.yml (deploys)";
    assert!(said("limits/logins.yaml").ends_with(other));
    std::fs::remove_file(folder.path().join("limits/more/deploys.yml")).unwrap();
    let gone = "LOST nothing is compared with what the baseline has of files that are gone: \
                limits/more/deploys.yml (deploys); to take them out of it: `pullstorm baseline limits -o \
                b.json`";
    assert!(said("limits").contains(gone), "{}", said("limits"));
    assert!(!said("limits").contains("all as in the baseline"));
    let told = folder.pullstorm("check limits --baseline b.json --strict --github --junit j.xml");
    assert_eq!(
        told.code, 99,
        "a strict check fails where a scenario is gone"
    );
    assert!(told.out.starts_with("FAILS "), "{}", told.out);
    assert!(
        told.out
            .contains("\n::error title=baseline%3A nothing is compared::"),
        "{}",
        told.out
    );
    assert!(folder.read("j.xml").contains("failures=\"1\""));
    // Under another name it is no longer the scenario that the baseline holds.
    folder.write(
        "limits/more/deploys.yml",
        &DEPLOYS.replace("name: deploys", "name: rollouts"),
    );
    let renamed = "limits/more/deploys.yml (deploys, now rollouts)";
    assert!(said("limits").contains(renamed), "{}", said("limits"));
}

#[test]
fn a_number_that_somebody_edits_in_a_baseline_is_a_drift_however_small() {
    let folder = limits("check-edited");
    folder.pullstorm("baseline limits -o b.json").answer();
    let written = folder.read("b.json");
    let mut baseline: Value = serde_json::from_str(&written).unwrap();
    let number = baseline["entries"][1]["numbers"].as_array_mut().unwrap();
    let number = number
        .iter_mut()
        .find(|it| it["path"] == "ci.finished_after");
    let mean = &mut number.unwrap()["mean"];
    *mean = (mean.as_f64().unwrap() * 1.01).into();
    folder.write("b.json", &baseline.to_string());
    let edited = folder.pullstorm("check limits --baseline b.json");
    assert_eq!(edited.code, 99);
    let said: Vec<&str> = edited.out.split_whitespace().collect();
    let said = said.join(" ");
    let why = "DRIFT ci.finished_after: the baseline says 10.1s, the run comes to 10s with the same digest: \
               the baseline was edited";
    assert!(said.contains(why), "{said}");
    assert!(!said.contains("WHY"), "{said}");
}

#[test]
fn a_preset_that_the_scenario_names_anew_or_overrides_is_told_with_its_limits_before_and_after() {
    let folder = limits("check-limits");
    folder.pullstorm("baseline limits -o b.json").answer();
    let said = |service: &str| {
        let logins = LOGINS.replace("preset: aws-ecr@2018-01", service);
        folder.write("limits/logins.yaml", &logins);
        let ended = folder.pullstorm("check limits --baseline b.json");
        let said = ended.out.split_whitespace().collect::<Vec<_>>().join(" ");
        (ended.code, said)
    };
    let (code, other_date) = said("preset: aws-ecr");
    assert_eq!(code, 99, "ten times the rate is a drift: {other_date}");
    let told = "PRESET preset aws-ecr changed 200 burst, 4/s -> 500 burst, 500/s on";
    assert!(other_date.contains(told), "{other_date}");
    assert!(
        other_date.contains("aws-ecr@2018-01 -> aws-ecr@"),
        "{other_date}"
    );
    assert!(
        other_date.contains("as the scenario has it now"),
        "{other_date}"
    );
    assert!(other_date.contains("has been edited"), "{other_date}");
    let own = "preset: aws-ecr@2018-01, limiters: {GetAuthorizationToken: {bucket: {burst: 210, \
               refill: 4/s}}}";
    let (_, own) = said(own);
    let told = "limit GetAuthorizationToken of ecr changed 200 burst, 4/s -> 210 burst, 4/s";
    assert!(own.contains(told), "{own}");
    assert!(!own.contains("PRESET"), "{own}");
}

#[test]
fn a_baseline_of_another_pullstorm_is_compared_and_named() {
    let folder = limits("check-version");
    folder.pullstorm("baseline limits -o b.json").answer();
    let older = folder
        .read("b.json")
        .replace("\"pullstorm\": \"0.1.0\"", "\"pullstorm\": \"0.0.9\"")
        .replace("\"digest\": \"p1:", "\"digest\": \"p0:");
    folder.write("b.json", &older);
    let answer = folder.pullstorm("check limits --baseline b.json").answer();
    assert!(answer.contains("Pullstorm 0.0.9 -> "), "{answer}");
    assert!(answer.contains("only numbers were compared"), "{answer}");
}

#[test]
fn junit_reads_back_with_an_independent_parser() {
    let folder = limits("check-junit");
    folder.pullstorm("baseline limits -o b.json").answer();
    let broken = LOGINS
        .replace("attempts: 60", "attempts: 2")
        .replace("name: logins", "name: logins\ntitle: '<&> \"quotes\"'");
    folder.write("limits/logins.yaml", &broken);
    let ended = folder.pullstorm("check limits --baseline b.json --junit out.xml");
    assert_eq!(ended.code, 99);
    let text = folder.read("out.xml");
    let xml = roxmltree::Document::parse(&text).unwrap();
    let root = xml.root_element();
    assert!(root.has_tag_name("testsuites"));
    let named = |name: &str| {
        let mut nodes = root.descendants();
        nodes.find(|node| node.has_tag_name("testcase") && node.attribute("name") == Some(name))
    };
    let broken = named("ci.jobs.failed == 0").unwrap();
    assert_eq!(broken.attribute("classname"), Some("logins.today"));
    assert_eq!(broken.attribute("file"), Some("limits/logins.yaml"));
    let failure = broken
        .children()
        .find(|node| node.has_tag_name("failure"))
        .unwrap();
    assert_eq!(failure.attribute("type"), Some("breach"));
    assert!(failure.text().unwrap().contains("is observed"), "{text}");
    let good = named("app.callers.failed == 0 holds in 90%").unwrap();
    assert!(good.children().all(|node| !node.has_tag_name("failure")));
    let count = |tag: &str| {
        root.descendants()
            .filter(|node| node.has_tag_name(tag))
            .count()
    };
    let attribute = |name: &str| root.attribute(name).and_then(|n| n.parse().ok());
    assert_eq!(attribute("tests"), Some(count("testcase")));
    assert_eq!(attribute("failures"), Some(count("failure")));
    assert_eq!(count("testsuite"), 2);
}

#[test]
fn github_gets_annotations_at_the_line_and_a_job_summary() {
    let folder = limits("check-github");
    folder.pullstorm("baseline limits -o b.json").answer();
    folder.write(
        "limits/logins.yaml",
        &LOGINS.replace("attempts: 60", "attempts: 2"),
    );
    folder.write("summary.md", "before\n");
    let mut check = program();
    check
        .args("check limits --baseline b.json --github".split(' '))
        .env("GITHUB_STEP_SUMMARY", folder.path().join("summary.md"))
        .current_dir(folder.path());
    let ended = finish(check, b"");
    assert_eq!(ended.code, 99);
    let annotations: Vec<&str> = ended
        .out
        .lines()
        .filter(|line| line.starts_with("::"))
        .collect();
    assert!(
        annotations[0].starts_with(
            "::error file=limits/logins.yaml,line=14,title=logins%2C today%3A expectation \
             broken::ci.jobs.failed == 0: "
        ),
        "{}",
        annotations[0]
    );
    assert!(
        annotations
            .iter()
            .all(|line| line.matches("::").count() == 2)
    );
    let summary = folder.read("summary.md");
    assert!(summary.starts_with("before\n- **FAILS** "), "{summary}");
}

#[test]
fn an_expectation_of_too_few_is_said_to_be_skipped_and_fails_where_a_check_is_strict() {
    let folder = Folder::new("check-skipped");
    let few = LOGINS.replace("jobs: 240", "jobs: 4");
    let from = few.find("expect:").unwrap();
    let few = format!(
        "{}expect: [ci.jobs.start_delay.p90 <= 1min]\n",
        &few[..from]
    );
    folder.write("few.yaml", &few);
    let check = "check few.yaml --github --junit j.xml";
    let lax = folder.pullstorm(check);
    assert_eq!(lax.code, 0, "{}", lax.out);
    assert!(lax.out.contains("SKIPPED"), "{}", lax.out);
    let why = "expectation skipped::ci.jobs.start_delay.p90 <= 1min: skipped: too few entities";
    assert!(
        lax.out.contains("::warning file=few.yaml") && lax.out.contains(why),
        "{}",
        lax.out
    );
    assert!(folder.read("j.xml").contains("failures=\"0\""));
    let strict = folder.pullstorm(&format!("{check} --strict"));
    assert_eq!(strict.code, 99, "{}", strict.out);
    assert!(
        strict.out.contains("::error file=few.yaml"),
        "{}",
        strict.out
    );
    assert!(folder.read("j.xml").contains("failures=\"1\""));
}

#[test]
fn a_comment_has_its_marker_and_its_verdict_first_and_can_be_silent() {
    let folder = limits("check-comment");
    folder.pullstorm("baseline limits -o b.json").answer();
    let check = "check limits --baseline b.json --comment c.md";
    folder.pullstorm(check).answer();
    let comment = folder.read("c.md");
    let mut lines = comment.lines();
    assert_eq!(lines.next(), Some("<!-- pullstorm-check -->"));
    assert!(
        lines.next().unwrap().starts_with("- **HOLDS** 2 variants"),
        "{comment}"
    );
    assert!(comment.contains("<details>"), "{comment}");
    folder
        .pullstorm(&format!("{check} --only-changes"))
        .answer();
    assert_eq!(folder.read("c.md"), "");
    folder.write(
        "limits/logins.yaml",
        &LOGINS.replace("attempts: 60", "attempts: 2"),
    );
    folder.pullstorm(&format!("{check} --only-changes"));
    assert_snapshot!("check_comment", folder.read("c.md"));
}

#[test]
fn json_is_versioned_and_csv_has_a_line_an_expectation() {
    let folder = limits("check-json");
    let json = folder.pullstorm("check limits --format json").answer();
    let report: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(report["schema"], "pullstorm-check/1");
    assert_eq!(
        (&report["outcome"], &report["fails"]),
        (&"holds".into(), &false.into())
    );
    let expected = &report["cases"][0]["expectations"][0];
    assert_eq!(expected["metric"], "ci.jobs.failed");
    assert_eq!(expected["line"], 14);
    folder.pullstorm("check limits --json out.json").answer();
    assert_eq!(folder.read("out.json"), json);
    let csv = folder.pullstorm("check limits --format csv").answer();
    assert_eq!(csv.lines().count(), 4, "{csv}");
}

#[test]
fn built_in_names_files_and_folders_stand_side_by_side_and_nothing_is_checked_twice() {
    let folder = limits("check-paths");
    let all = "check limits limits/logins.yaml ./limits circleci-ecr-fanout --format json";
    let report: Value = serde_json::from_str(&folder.pullstorm(all).out).unwrap();
    let names: Vec<&str> = report["cases"]
        .as_array()
        .unwrap()
        .iter()
        .map(|case| case["scenario"].as_str().unwrap())
        .collect();
    assert_eq!(&names[..2], ["logins", "deploys"]);
    assert!(names[2..].iter().all(|name| *name == "circleci-ecr-fanout"));
}

#[test]
fn a_check_of_a_variant_by_name_overrides_what_the_scenario_names() {
    let ended = pullstorm("check circleci-ecr-fanout --variant aws-legacy");
    assert_eq!(ended.code, 99);
    assert!(
        ended.out.contains("circleci-ecr-fanout, aws-legacy"),
        "{}",
        ended.out
    );
}
