//! A number that nobody published is marked wherever it is shown.

use pullstorm_core::recommend::{Options, recommend};
use pullstorm_core::replicate::{Sequential, prepare};
use pullstorm_core::report::{
    Article, Report, compare_article, judge_variants, recommend_article, report, run_article,
};
use pullstorm_core::scenario::Document;

const CIRCLECI: &str = include_str!("../../scenarios/circleci-ecr-fanout.yaml");

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
    let mut options = Options::of(&scenario("aws-ecr@2018-01"));
    options.runs = Some(2);
    options.only = vec!["login-per-job".to_owned()];
    let old = recommend(&scenario("aws-ecr@2018-01"), &options, &Sequential);
    all_marked(&recommend_article(&old.unwrap().unwrap().report), 1);
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
