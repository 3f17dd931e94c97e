//! Reviews of built-in scenarios, and reviews of kept results.

use super::*;
use crate::capacity::{Answer, Vary};
use crate::judge::Status;
use crate::replicate::{Prepared, RunSummary, Sequential, Workers};

/// Ten jobs log in six times each, to a bucket of twenty; one login a job fits.
const FANOUT: &str = "
pullstorm: 1
name: fanout
title: Ten jobs, twenty logins
about: |
  It happened
  on a Friday.

  - one source
services:
  ecr:
    preset: aws-ecr@2018-01
    latency: 0s
    limiters: {GetAuthorizationToken: {bucket: {burst: 20}}}
workloads:
  ci: {kind: ci-fanout, service: ecr, workflows: 1, jobs: 10, images: 6, login: per-image}
load: {path: workloads.ci.workflows, up_to: 4, unit: workflows}
variants:
  per-job: {about: One login a job, set: {workloads.ci.login: per-job}}
expect: [ci.jobs.failed == 0]
";

fn made() -> Review {
    made_of(FANOUT)
}

fn made_of(text: &str) -> Review {
    let document = Document::parse("fanout.yaml", text.as_bytes()).unwrap();
    let options = Options {
        seed: 1,
        runs: Some(3),
        named: "fanout.yaml".to_owned(),
        sets: Vec::new(),
    };
    review(&document, &options, &Sequential).unwrap().unwrap().0
}

/// Hears how far each stage came.
#[derive(Default)]
struct Listening(std::cell::RefCell<Vec<Vec<f64>>>);

impl Workers for Listening {
    fn run(&self, prepared: &Prepared, seed: u64, first: u32, count: u32) -> Vec<RunSummary> {
        Sequential.run(prepared, seed, first, count)
    }

    fn begins(&self) {
        self.0.borrow_mut().push(Vec::new());
    }

    fn reached(&self, part: f64) {
        let mut stages = self.0.borrow_mut();
        stages.last_mut().expect("a stage has begun").push(part);
    }
}

#[test]
fn who_waits_hears_of_each_stage_how_far_it_is() {
    let document = Document::parse("fanout.yaml", FANOUT.as_bytes()).unwrap();
    let options = Options {
        seed: 1,
        runs: Some(3),
        named: "fanout.yaml".to_owned(),
        sets: Vec::new(),
    };
    let listening = Listening::default();
    review(&document, &options, &listening).unwrap().unwrap();
    let stages = listening.0.into_inner();
    assert_eq!(stages.len(), 2, "capacity and sensitivity: {stages:?}");
    for parts in stages {
        assert!(parts.is_sorted() && parts.len() > 2, "{parts:?}");
        assert!(parts[0] < 0.6, "{parts:?}");
        assert!((parts[parts.len() - 1] - 1.0).abs() < 1e-9, "{parts:?}");
    }
}

#[test]
fn a_review_answers_what_a_reviewer_asks_in_order() {
    let review = made();
    let page = html(&review);
    assert!(
        page.contains("<p>It happened on a Friday.</p>") && page.contains("<li>one source</li>")
    );
    let parts = [
        "<h1>",
        "Question</h2>",
        "Answer</h2>",
        "What it rests on</h2>",
        "Capacity</h2>",
        "Sensitivity</h2>",
        "What the model leaves out</h2>",
        "How to get these numbers again</h2>",
    ];
    let places: Vec<usize> = parts
        .iter()
        .map(|part| page.find(part).expect(part))
        .collect();
    assert!(places.is_sorted(), "{places:?}");
    let markdown = markdown(&review);
    for section in ["## Question", "## Answer", "## Capacity", "## Sensitivity"] {
        assert!(markdown.contains(section), "{section}");
    }
    for variant in &review.recommendation.variants {
        assert!(page.contains(&variant.digest), "{}", variant.name);
        assert!(markdown.contains(&variant.digest), "{}", variant.name);
    }
    let documents: Vec<usize> = review.limits.iter().map(|it| it.documents.len()).collect();
    assert!(
        !documents.is_empty() && !documents.contains(&0),
        "{documents:?}"
    );
}

#[test]
fn a_kept_review_is_read_back_whole() {
    let review = made();
    let kept = serde_json::to_string(&review).unwrap();
    let back = read(&kept).unwrap();
    assert!(
        serde_json::to_string(&back).unwrap() == kept,
        "it is another one"
    );
    assert!(html(&back) == html(&review), "it reads in another way");
}

#[test]
fn a_kept_recommendation_becomes_a_review_without_a_curve() {
    let review = made();
    let kept = serde_json::to_string(&review.recommendation).unwrap();
    let back = read(&kept).unwrap();
    assert!(back.capacity.is_none() && back.sensitivity.is_none());
    let lines = |review: &Review| {
        let lines = review.recommendation.lines.iter();
        lines.map(|line| line.text.clone()).collect::<Vec<_>>()
    };
    assert_eq!(lines(&back), lines(&review));
    assert!(html(&back).contains("these results have none"));
}

#[test]
fn a_review_without_a_curve_says_why() {
    let mut review = made();
    review.capacity = None;
    review.no_capacity = Some("5 workflows are too many".to_owned());
    assert!(markdown(&review).contains("No curve: 5 workflows are too many."));
    let kept = serde_json::to_string(&review).unwrap();
    assert!(html(&read(&kept).unwrap()).contains("No curve: 5 workflows are too many."));
}

#[test]
fn a_review_without_a_title_is_called_by_its_name() {
    let text = FANOUT.replace("title: Ten jobs, twenty logins\n", "");
    let review = made_of(&text);
    assert!(
        html(&review).contains("<title>fanout"),
        "{}",
        &html(&review)[..600]
    );
    assert!(markdown(&review).starts_with("# fanout\n"));
}

#[test]
fn curves_of_the_best_alone_are_said_to_be_no_more() {
    let more: String = (1..=CURVES + 1)
        .map(|it| format!("  v{it}: {{about: x, set: {{services.ecr.latency: {it}ms}}}}\n"))
        .collect();
    let text = FANOUT.replace("expect:", &format!("{more}expect:"));
    let review = made_of(&text);
    let said = format!(
        "these are the {CURVES} best ranked of {} candidates",
        CURVES + 2
    );
    assert!(markdown(&review).contains(&said));
    assert!(!markdown(&made()).contains("best ranked of"));
}

#[test]
fn what_is_no_result_is_refused_in_words() {
    let refused = |text: &str| read(text).unwrap_err().to_string();
    assert!(refused("{}").contains("no `schema`"));
    assert!(refused("[1, 2").contains("no result of Pullstorm"));
    assert!(refused(r#"{"schema": "pullstorm-review/9"}"#).contains("pullstorm-review/9"));
    assert!(refused(r#"{"schema": "pullstorm-report/2"}"#).contains("lacks `scenario`"));
}

#[test]
fn names_from_a_kept_result_run_nothing() {
    let mut review = made();
    let hostile = "</title><script>alert(1)</script>";
    review.title = hostile.to_owned();
    review.scenario = hostile.to_owned();
    review.figures.push(Figure {
        part: model::Part::Capacity,
        title: hostile.to_owned(),
        description: format!("\"{hostile}"),
        svg: format!("<svg onload='x'>{hostile}</svg>\""),
    });
    let page = html(&review);
    assert!(!page.contains("<script") && !page.contains("<svg"));
    assert_eq!(page.matches("</title>").count(), 1);
    assert!(markdown(&review).starts_with(r"# \</title\>\<script\>alert"));
}

#[test]
fn an_advice_that_needs_a_full_bucket_falls_with_an_empty_one() {
    let review = made();
    let known = review.sensitivity.unwrap();
    let empty = known
        .trials
        .iter()
        .find(|trial| trial.to == "empty")
        .unwrap();
    assert_eq!(
        empty.path,
        "services.ecr.limiters.GetAuthorizationToken.initial"
    );
    assert_eq!(known.as_is.verdict, Status::Met);
    let same: Vec<&Tried> = known
        .trials
        .iter()
        .filter(|trial| trial.path == "services.ecr.latency")
        .collect();
    assert_eq!(same.len(), 2, "a latency of nothing is tried at a little");
    assert!(same.iter().all(|trial| trial.verdict == Status::Met));
    assert_eq!(empty.verdict, Status::Broken);
    assert!(empty.broken.contains(&"ci.jobs.failed == 0".to_owned()));
    let said = markdown(&made());
    let said = said.split_once("## Sensitivity").unwrap().1;
    assert!(said.contains(
        "credits of ecr GetAuthorizationToken at the start empty instead of full: fails"
    ));
}

#[test]
fn commands_are_words_that_a_shell_reads_as_they_were_meant() {
    let document = Document::parse("x", FANOUT.as_bytes()).unwrap();
    let options = Options {
        seed: 1,
        runs: None,
        named: "d x/it's.yaml".to_owned(),
        sets: vec!["title=$(reboot) 'now'".to_owned()],
    };
    let commands = model::commands(&made().recommendation, &document, &options);
    assert_eq!(
        commands[0].line,
        r"pullstorm recommend 'd x/it'\''s.yaml' --set 'title=$(reboot) '\''now'\''' --seed 1"
    );
}

#[test]
fn a_winner_that_was_searched_has_no_curve_and_the_page_says_how_to_have_one() {
    // One login a job lets all of them start at once, which machines that come later do not.
    let review = made_of(&FANOUT.replace("workflows: 1", "workflows: 2").replace(
        "variants:\n  per-job: {about: One login a job, set: {workloads.ci.login: per-job}}",
        "variants:\n  spaced: {set: {workloads.ci.begin: {every: 1min}, workloads.ci.login: per-job}}",
    ));
    assert_eq!(
        review.recommendation.recommended.as_deref(),
        Some("one setting (searched)")
    );
    let notes = review.capacity.unwrap().notes.join("; ");
    assert!(
        notes.contains("`one setting (searched)` was found by search and stands in no file"),
        "{notes}"
    );
    let lines = review.commands.iter().map(|it| it.line.as_str());
    let own = lines
        .filter(|line| *line == "pullstorm report fanout.yaml --seed 1 --runs 3 -o review.html");
    assert_eq!(own.count(), 1, "the sensitivity has no command of its own");
}

#[test]
fn commands_of_a_scenario_that_came_through_a_pipe_name_the_file_it_is_to_be_saved_in() {
    let document = Document::parse("standard input", FANOUT.as_bytes()).unwrap();
    let options = Options {
        seed: 1,
        runs: None,
        named: "-".to_owned(),
        sets: Vec::new(),
    };
    let commands = model::commands(&made().recommendation, &document, &options);
    let file = format!("{}.yaml", document.scenario().name);
    assert_eq!(commands[0].line, format!("cat > {file}"));
    assert!(commands[0].gives.contains("standard input"));
    for command in &commands[1..] {
        assert_eq!(command.line.split(' ').nth(2), Some(file.as_str()));
    }
}

#[test]
fn windows_of_observation_are_no_circumstances() {
    let swarm = crate::scenarios::built_in("swarm-restart-loop").unwrap();
    let document = Document::parse(swarm.name, swarm.text.as_bytes()).unwrap();
    let prepared = &crate::replicate::prepare(&document, &[]).unwrap()[0];
    let found = circumstance::circumstances(&document, &prepared.plan, None);
    assert!(!found.is_empty());
    for it in found {
        assert!(
            !it.path.ends_with(".until") && !it.path.ends_with(".begin"),
            "{}",
            it.path
        );
    }
}

#[test]
fn a_quota_that_was_not_found_out_is_told_with_the_command_that_looks_for_it() {
    let document = Document::parse("fanout.yaml", FANOUT.as_bytes()).unwrap();
    let options = Options {
        seed: 1,
        runs: Some(3),
        named: "d x/it's.yaml".to_owned(),
        sets: vec!["title=two words".to_owned()],
    };
    let (mut review, _) = review(&document, &options, &Sequential).unwrap().unwrap();
    let line = |review: &Review| {
        let text = markdown(review);
        let line = text.lines().find(|line| line.contains("**QUOTA**"));
        line.unwrap_or_else(|| panic!("{text}")).to_owned()
    };
    assert!(
        !line(&review).contains("pullstorm capacity"),
        "it was found"
    );
    let today = &mut review.capacity.as_mut().unwrap().variants[0];
    today.quota.as_mut().unwrap().answer = Answer::Unknown;
    let command = r"`pullstorm capacity 'd x/it'\''s.yaml' --set 'title=two words' --seed 1 --vary 'workloads.ci.workflows=1..4' --target 2`";
    assert!(line(&review).ends_with(&format!("was not found out; {command} looks for it longer")));
    // It is one that the command line takes: the range is one of loads.
    let vary: Vary = "workloads.ci.workflows=1..4".parse().unwrap();
    assert_eq!(
        vary.path,
        document.scenario().load.as_ref().unwrap().value.path
    );
}
