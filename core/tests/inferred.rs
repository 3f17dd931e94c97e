//! A number that nobody published is marked wherever it is shown.

use pullstorm_core::recommend::{Options, recommend};
use pullstorm_core::replicate::{Sequential, prepare};
use pullstorm_core::report::{
    Article, Report, Step, Sweep, compare_article, judge_variants, recommend_article, report,
    run_article, sweep_article,
};
use pullstorm_core::scenario::Document;

const CIRCLECI: &str = include_str!("../../scenarios/circleci-ecr-fanout.yaml");
const CLOUDFORMATION: &str = include_str!("../../scenarios/harness-cloudformation.yaml");

/// The incident under a preset, with load enough for its limit to bind.
fn scenario(preset: &str) -> Document {
    let text = CIRCLECI.replace("preset: aws-ecr@2018-01", &format!("preset: {preset}"));
    let document = Document::parse("circleci", text.as_bytes()).unwrap();
    document.set("workloads.ci.workflows", "12").unwrap()
}

fn judged(preset: &str, variants: &[&str]) -> Report {
    let variants: Vec<String> = variants.iter().map(|name| (*name).to_owned()).collect();
    let mut prepared = prepare(&scenario(preset), &variants).unwrap();
    prepared.retain(|it| it.name == "today" || variants.contains(&it.name));
    report(&judge_variants(prepared, &Sequential, 1, Some(2)), 1)
}

/// The lines of an article that say the burst of 500, which AWS does not publish.
fn saying_the_burst(article: &Article) -> Vec<String> {
    let markdown = article.markdown();
    let said = markdown
        .lines()
        .filter(|line| line.contains("500 burst") || line.contains("burst of 500"));
    said.map(str::to_owned).collect()
}

fn all_marked(article: &Article, at_least: usize) {
    let said = saying_the_burst(article);
    assert!(said.len() >= at_least, "{said:#?}");
    for line in said {
        assert!(line.contains("inferred"), "{line}");
    }
}

#[test]
fn an_inferred_burst_is_marked_in_each_line_that_says_it() {
    let today = judged("aws-ecr@2026-11", &["login-per-job"]);
    // The limit, what is assumed, the best possible and the table of limiters.
    all_marked(&run_article(&today), 4);
    all_marked(&compare_article(&today), 3);
    let values = ["12", "13"].map(|value| (value, today.clone()));
    all_marked(&sweep_article(&sweep("workloads.ci.workflows", &values)), 2);
    let mut options = Options::of(&scenario("aws-ecr@2018-01"));
    options.runs = Some(2);
    options.only = vec!["login-per-job".to_owned()];
    let old = recommend(&scenario("aws-ecr@2018-01"), &options, &Sequential);
    all_marked(&recommend_article(&old.unwrap().unwrap().report), 1);
}

fn sweep(path: &str, steps: &[(&str, Report)]) -> Sweep {
    let mut sweep = Sweep::new(path);
    sweep.steps.extend(steps.iter().map(|(value, report)| Step {
        value: (*value).to_owned(),
        report: report.clone(),
    }));
    sweep
}

/// The report of CloudFormation under a limit of 10 burst and so many calls a second.
fn assumed(refill: &str) -> Report {
    let document = Document::parse("cloudformation", CLOUDFORMATION.as_bytes()).unwrap();
    let path = "services.cloudformation.limiters.api.bucket.refill";
    let document = document.set(path, refill).unwrap();
    let mut prepared = prepare(&document, &[]).unwrap();
    prepared.retain(|it| ["today", "tuned"].contains(&it.name.as_str()));
    report(&judge_variants(prepared, &Sequential, 1, Some(2)), 1)
}

/// Whether an article says its limit, and in each line that does that it is assumed.
fn limit_is_marked(article: &Article, rule: &str) {
    let markdown = article.markdown().replace('\\', "");
    let said: Vec<&str> = markdown.lines().filter(|it| it.contains(rule)).collect();
    assert!(
        said.iter().any(|line| line.contains("**LIMIT**")),
        "{said:#?}"
    );
    for line in said {
        let marked = match line.starts_with("| ") {
            true => line.contains("see ASSUMED"),
            false => line.contains("[assumed by this scenario]"),
        };
        assert!(marked, "{line}");
    }
    let assumed = markdown.lines().find(|line| line.contains("**ASSUMED**"));
    let why = "nobody publishes a limit of cloudformation; the scenario assumes this one (stated)";
    assert!(assumed.is_some_and(|line| line.contains(why)), "{markdown}");
}

#[test]
fn an_assumed_limit_is_marked_in_each_line_that_says_it() {
    let five = assumed("5/s");
    let rule = "10 burst, 5/s";
    limit_is_marked(&run_article(&five), rule);
    limit_is_marked(&compare_article(&five), rule);
    let path = "services.cloudformation.limiters.api.bucket.refill";
    let same = sweep(path, &[("5/s", five.clone())]);
    limit_is_marked(&sweep_article(&same), rule);
    let mut none = five.clone();
    none.lines
        .retain(|line| line.label != pullstorm_core::report::model::Label::Limit);
    let some = sweep(path, &[("4/s", none), ("5/s", five.clone())]);
    let some = sweep_article(&some).markdown();
    assert!(
        some.contains("(at 5/s; it differs at 1 other value)"),
        "{some}"
    );
    let other = sweep(path, &[("5/s", five), ("6/s", assumed("6/s"))]);
    let other = sweep_article(&other);
    limit_is_marked(&other, rule);
    let differs = "(at 5/s; it differs at 1 other value)";
    assert_eq!(
        other.markdown().matches(differs).count(),
        1,
        "the limit does"
    );
    let mut options = Options::of(&Document::parse("x", CLOUDFORMATION.as_bytes()).unwrap());
    options.runs = Some(2);
    options.only = vec!["tuned".to_owned()];
    let document = Document::parse("cloudformation", CLOUDFORMATION.as_bytes()).unwrap();
    let told = recommend(&document, &options, &Sequential)
        .unwrap()
        .unwrap();
    limit_is_marked(&recommend_article(&told.report), rule);
}

#[test]
fn json_says_which_number_is_inferred_and_why() {
    let limiter = |preset| {
        let report = judged(preset, &[]);
        serde_json::to_value(&report.variants[0].limiters[0]).unwrap()
    };
    let inferred = limiter("aws-ecr@2026-11");
    assert!(
        inferred["source"]
            .as_str()
            .unwrap()
            .ends_with("; burst inferred")
    );
    assert!(
        inferred["assumption"]
            .as_str()
            .unwrap()
            .contains("burst of 500")
    );
    let documented = limiter("aws-ecr@2018-01");
    assert!(!documented["source"].as_str().unwrap().contains("inferred"));
    assert!(documented["assumption"].is_null());
}
