//! `pullstorm report`: the document for a capacity review.

use crate::world::{Folder, pullstorm};
use serde_json::Value;

const SCENARIO: &str = "
pullstorm: 1
name: logins
title: Ten jobs, twenty logins
services:
  ecr:
    preset: aws-ecr@2018-01
    limiters: {GetAuthorizationToken: {bucket: {burst: 20}}}
workloads:
  ci: {kind: ci-fanout, service: ecr, workflows: 1, jobs: 10, images: 6, login: per-image}
load: {path: workloads.ci.workflows, up_to: 4, unit: workflows}
variants:
  per-job: {about: One login a job, set: {workloads.ci.login: per-job}}
expect: [ci.jobs.failed == 0]
";

fn folder(name: &str) -> Folder {
    let folder = Folder::new(name);
    folder.write("logins.yaml", SCENARIO);
    folder
}

#[test]
fn a_review_is_one_file_that_fetches_and_runs_nothing() {
    let folder = folder("review");
    let said = folder
        .pullstorm("report logins.yaml -o review.html --runs 5")
        .answer();
    assert!(said.starts_with("wrote review.html: "), "{said}");
    let page = folder.read("review.html");
    assert!(page.starts_with("<!doctype html>"));
    for forbidden in [
        "<script",
        "http-equiv=\"refresh\"",
        "<link",
        "src=\"http",
        "@import",
        "url(",
    ] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    // Start delays, a timeline of each variant, and capacity.
    assert_eq!(page.matches("<img alt=\"").count(), 4);
    assert!(page.contains("per-job"));
    assert!(page.contains("pullstorm run logins.yaml --seed 1 --variant per-job --runs 5"));
}

#[test]
fn the_commands_of_a_review_print_its_digests() {
    let folder = folder("review-again");
    folder
        .pullstorm("report logins.yaml -o kept.json --runs 5")
        .answer();
    let kept: Value = serde_json::from_str(&folder.read("kept.json")).unwrap();
    let commands = kept["commands"].as_array().unwrap();
    let with_digest: Vec<&Value> = commands
        .iter()
        .filter(|it| it["digest"].is_string())
        .collect();
    assert!(with_digest.len() >= 2);
    for command in with_digest {
        let line = command["line"].as_str().unwrap();
        let digest = command["digest"].as_str().unwrap();
        let again = folder
            // No shell reads it here.
            .pullstorm(&line.strip_prefix("pullstorm ").unwrap().replace('\'', ""))
            .out;
        let again = again.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            again.contains(&format!("digest {digest}")),
            "{line}: {again}"
        );
    }
}

#[test]
fn kept_results_make_the_same_review_without_simulating() {
    let folder = folder("review-kept");
    folder
        .pullstorm("report logins.yaml -o kept.json --runs 5")
        .answer();
    for form in ["html", "md"] {
        folder
            .pullstorm(&format!("report logins.yaml -o now.{form} --runs 5"))
            .answer();
        folder
            .pullstorm(&format!("report --from kept.json -o then.{form}"))
            .answer();
        let (now, then) = (format!("now.{form}"), format!("then.{form}"));
        assert!(folder.read(&now) == folder.read(&then), "{form}");
    }
    let advice = folder
        .pullstorm("recommend logins.yaml --runs 5 --format json")
        .answer();
    folder.write("advice.json", &advice);
    let review = folder.pullstorm("report --from advice.json").answer();
    assert!(
        review.starts_with("# Ten jobs, twenty logins\n"),
        "{review}"
    );
}

#[test]
fn what_no_review_can_be_made_of_is_refused() {
    let folder = folder("review-refused");
    let refused = |arguments: &str| folder.pullstorm(arguments).refusal();
    assert!(
        refused("report logins.yaml -o review.pdf").contains("end the name in .html, .md or .json")
    );
    assert!(refused("report logins.yaml -o none/review.html").contains("cannot write"));
    assert!(refused("report --from none.json").contains("there is no file `none.json`"));
    assert!(refused("report --from logins.yaml").contains("it is no result of Pullstorm"));
    assert!(refused("report logins.yaml --from kept.json").contains("cannot be used with"));
    assert!(refused("report").contains("<SCENARIO>"));
    folder.write("old.json", "{\"schema\": \"pullstorm-report/1\"}");
    folder.write(
        "wrong.json",
        "{\"schema\": \"pullstorm-report/2\", \"pullstorm\": \"1\"}",
    );
    let wrong = refused("report --from wrong.json");
    assert!(
        wrong.contains("says that it is `pullstorm-report/2`, and is none at line 1"),
        "{wrong}"
    );
    assert!(
        wrong.contains("help: keep results with `pullstorm report SCENARIO"),
        "{wrong}"
    );
    assert!(refused("report --from old.json").contains("it is `pullstorm-report/1`"));
    assert!(!folder.path().join("review.pdf").exists());
}

#[test]
fn a_review_without_a_file_is_markdown() {
    let folder = folder("review-printed");
    let printed = folder.pullstorm("report logins.yaml --runs 5").answer();
    assert!(
        printed.starts_with("# Ten jobs, twenty logins\n\n- **FAILS**"),
        "{printed}"
    );
    assert!(
        pullstorm("report --help")
            .answer()
            .contains("--from results.json")
    );
}
