//! Statements about recommendations, on the first built-in incident and on small scenarios.

use super::{Options, recommend};
use crate::judge::Status;
use crate::replicate::Sequential;
use crate::report::model::{Label, Report, VariantReport};
use crate::scenario::Document;

fn of(text: &str) -> Report {
    let document = Document::parse("test.yaml", text.as_bytes()).unwrap();
    let recommendation = recommend(&document, &Options::of(&document), &Sequential);
    let recommendation = recommendation.unwrap().unwrap();
    let names = recommendation.prepared.iter().map(|known| &known.name);
    let ranked = recommendation.report.variants.iter();
    assert!(names.eq(ranked.map(|variant| &variant.name)));
    recommendation.report
}

fn fan_out() -> Report {
    of(include_str!("../../../scenarios/circleci-ecr-fanout.yaml"))
}

fn variant<'r>(report: &'r Report, name: &str) -> &'r VariantReport {
    report
        .variants
        .iter()
        .find(|variant| variant.name == name)
        .unwrap()
}

fn line(report: &Report, label: Label) -> &str {
    report
        .lines
        .iter()
        .find(|line| line.label == label)
        .map_or("", |line| line.text.as_str())
}

#[test]
fn the_first_line_says_how_many_logins_are_throttled_and_others_what_cannot_help() {
    let report = fan_out();
    assert_eq!(report.lines[0].label, Label::Fails);
    assert!(
        report.lines[0]
            .text
            .starts_with("184 of 384 first logins throttled")
    );
    assert!(line(&report, Label::Cannot).contains("has to wait 46s at least"));
    assert!(line(&report, Label::Limit).contains("200 burst, 4/s, not raisable"));
    assert!(line(&report, Label::Today).contains("--set services.ecr.preset=aws-ecr"));
}

#[test]
fn one_login_a_job_is_what_you_can_do_and_holds_to_six_workflows() {
    let report = fan_out();
    let best = &report.variants[1];
    assert_eq!(
        (best.name.as_str(), best.verdict),
        ("login-per-job", Status::Met)
    );
    let holds = best.holds_to.as_ref().unwrap();
    assert_eq!((holds.load, holds.or_more), (6, false));
    assert!(line(&report, Label::Do).starts_with("login-per-job"));
    assert_eq!(variant(&report, "today").holds_to.as_ref().unwrap().load, 1);
    assert!(
        report
            .settings
            .iter()
            .any(|settings| settings.variant == "login-per-job")
    );
}

#[test]
fn variants_that_hold_come_before_those_that_do_not() {
    let report = fan_out();
    let broken: Vec<bool> = report.variants[1..]
        .iter()
        .map(|variant| variant.verdict == Status::Broken)
        .collect();
    assert!(broken.is_sorted(), "{broken:?}");
    assert_eq!(variant(&report, "aws-legacy").verdict, Status::Broken);
}

/// Ten deploys at once, one bucket that holds four and earns one a second.
const DEPLOYS: &str = "
pullstorm: 1
name: deploys
services:
  api: {latency: 0s, limiters: {calls: {bucket: {burst: 4, refill: 1/s}, status: 429}}}
workloads:
  deploys:
    kind: api-callers
    service: api
    callers: 10
    calls: [deploy]
    retry: {strategy: aws-java, attempts: 3}
load: {path: workloads.deploys.callers, up_to: 40, unit: deploys}
expect: [deploys.callers.failed == 0]
";

#[test]
fn a_policy_that_gives_up_too_early_is_searched_anew_and_written_for_the_tool() {
    let report = of(DEPLOYS);
    assert_eq!(report.lines[0].label, Label::Fails);
    let searched = &report.variants[1];
    assert_eq!(
        (searched.name.as_str(), searched.verdict),
        ("today (searched)", Status::Met)
    );
    let settings = report
        .settings
        .iter()
        .find(|s| s.target.starts_with("Harness"))
        .unwrap();
    assert!(
        settings
            .text
            .contains("AmazonSDKDefaultBackoffStrategy_maxErrorRetry = ")
    );
    assert!(searched.holds_to.as_ref().unwrap().load >= 10);
}

#[test]
fn a_lever_without_effect_is_called_that_with_its_reason() {
    let text = format!(
        "{DEPLOYS}variants:\n  same: {{set: {{workloads.deploys.retry: {{strategy: aws-java, \
         attempts: 3}}}}}}\n"
    );
    let report = of(&text);
    let change = variant(&report, "same").change.as_ref().unwrap();
    assert!(
        change.remarks[0].contains("the one that is there today"),
        "{:?}",
        change.remarks
    );
}

#[test]
fn where_nothing_is_wrong_there_is_nothing_to_do() {
    let report = of(&DEPLOYS.replace("callers: 10", "callers: 4"));
    assert_eq!(report.lines[0].label, Label::Holds);
    assert_eq!(line(&report, Label::Do), "nothing: today holds");
    assert_eq!(line(&report, Label::Cannot), "");
}

#[test]
fn a_limit_that_no_policy_outlasts_is_said_in_a_line_of_its_own() {
    let text = DEPLOYS.replace("refill: 1/s", "refill: 1/h");
    let report = of(&text);
    let cannot = line(&report, Label::Cannot);
    assert!(
        cannot.contains("no retry policy within the ranges searched can hold"),
        "{cannot}"
    );
}
