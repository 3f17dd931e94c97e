//! Capacity of incidents whose answers are known by arithmetic, and of worlds made up to be hard.

use super::*;
use crate::judge::Status;
use crate::replicate::{Prepared, RunSummary, Sequential};
use crate::report::capacity_article;
use crate::report::model::Quantity;
use crate::scenarios::built_in;
use std::cell::{Cell, RefCell};

fn incident(sets: &[(&str, &str)]) -> Document {
    let scenario = built_in("circleci-ecr-fanout").unwrap();
    let document = Document::parse(scenario.name, scenario.text.as_bytes()).unwrap();
    let set = |document: Document, (path, value): &(&str, &str)| document.set(path, value).unwrap();
    sets.iter().fold(document, set)
}

fn options(document: &Document, only: &str, vary: &str) -> Options {
    Options {
        only: vec![only.to_owned()],
        vary: (!vary.is_empty()).then(|| vary.parse().unwrap()),
        ..Options::of(document)
    }
}

fn found(document: &Document, options: &Options) -> Capacity {
    capacity(document, options, &Sequential).unwrap().unwrap()
}

fn text(load: &Option<Load>) -> &str {
    load.as_ref().map_or("none", |load| &load.text)
}

#[test]
fn thirty_two_logins_a_workflow_fit_a_bucket_of_two_hundred_six_times() {
    let document = incident(&[]);
    let capacity = found(&document, &options(&document, "login-per-job", ""));
    let [today, per_job] = &capacity.variants[..] else {
        panic!("today and one variant");
    };
    assert_eq!((text(&today.holds_to), text(&today.fails_from)), ("1", "2"));
    assert_eq!(
        (text(&per_job.holds_to), text(&per_job.fails_from)),
        ("6", "7")
    );
    assert_eq!(
        (today.unsure, per_job.unsure, per_job.or_more),
        (None, None, false)
    );
    // Two of today's workflows are one too many; of those that log in once a job four more fit.
    let spare = |it: &VariantCapacity| it.headroom.as_ref().map(|it| (it.spare, it.spare_percent));
    assert_eq!(spare(today), Some((-1.0, Some(-50.0))));
    assert_eq!(spare(per_job), Some((4.0, Some(200.0))));
    // Up to six nothing is throttled, and beyond it everything that is more.
    assert_eq!(text(&per_job.knee), "6");
    // 7 x 32 - 200 logins are throttled, and earned at 4 a second by who waits.
    let seven = per_job.curve.iter().find(|it| it.load.text == "7").unwrap();
    assert_eq!(seven.throttled.mean, Some(Quantity::Number(24.0)));
    assert_eq!(seven.best_possible, Some(Quantity::Number(6.0)));
}

#[test]
fn where_less_of_a_number_is_more_load_the_smallest_that_holds_is_found() {
    // The second workflow lacks 2 x 192 - 200 logins, which the bucket earns in 46 s.
    let document = incident(&[("workloads.ci.begin", "{every: 60s}")]);
    let options = options(&document, "today", "workloads.ci.begin.every=1s..120s");
    let today = &found(&document, &options).variants[0];
    assert!(today.falling);
    assert_eq!(
        (text(&today.holds_to), text(&today.fails_from)),
        ("46s", "45s")
    );
    let headroom = today.headroom.as_ref().unwrap();
    assert_eq!((headroom.now.text.as_str(), headroom.spare), ("60s", 14.0));
    // Twice the load is half the interval.
    assert_eq!(today.quota.as_ref().unwrap().target.text, "30s");
}

#[test]
fn a_limit_is_no_load_and_holds_from_the_smallest_that_suffices() {
    // Two workflows log in 2 x 192 times in one instant.
    let document = incident(&[]);
    let vary = "services.ecr.limiters.GetAuthorizationToken.bucket.burst=1..1024";
    let capacity = found(&document, &options(&document, "today", vary));
    let today = &capacity.variants[0];
    assert_eq!(
        (text(&today.holds_to), text(&today.fails_from)),
        ("384", "383")
    );
    assert!(today.falling && today.quota.is_none());
    let headroom = today.headroom.as_ref().unwrap();
    assert_eq!(
        (headroom.now.text.as_str(), headroom.spare),
        ("200", -184.0)
    );
    let told = capacity_article(&capacity).markdown();
    assert!(
        told.contains("HOLDS FROM") && !told.contains("HOLDS TO "),
        "{told}"
    );
    assert!(
        told.contains("holds from 384 burst, fails at 383"),
        "{told}"
    );
}

#[test]
fn a_limit_that_suffices_nowhere_fails_at_both_ends() {
    let document = toy("expect: [w.calls.attempts < 1]", "");
    let vary = "services.s.limiters.l.bucket.burst=1..8";
    let capacity = found(&document, &options(&document, "today", vary));
    let told = capacity_article(&capacity).markdown();
    assert!(told.contains("today fails at 1 and at 8"), "{told}");
    assert!(capacity.variants[0].quota.is_none());
}

#[test]
fn a_number_that_is_not_written_has_the_headroom_and_the_quota_of_its_default() {
    let text = "pullstorm: 1\nname: toy\nservices: {s: {preset: aws-ecr@2018-01}}\nworkloads:\n  w: \
                {kind: ci-fanout, service: s, jobs: 2, images: 1, login: per-job}\nexpect: \
                [w.jobs.failed == 0]\n";
    let document = Document::parse("toy", text.as_bytes()).unwrap();
    assert_eq!(document.value_at("workloads.w.workflows"), None);
    let capacity = found(
        &document,
        &options(&document, "today", "workloads.w.workflows=1..8"),
    );
    let today = &capacity.variants[0];
    let headroom = today.headroom.as_ref().unwrap();
    assert_eq!(headroom.now.text, "1");
    assert_eq!(today.quota.as_ref().unwrap().target.text, "2");
    // The same number as the scenario's load.
    let load = "load: {path: workloads.w.workflows, up_to: 8, unit: workflows}\n";
    let document = Document::parse("toy", format!("{text}{load}").as_bytes()).unwrap();
    assert_eq!(document.number_at("workloads.w.workflows"), Some(1));
    let asked = crate::recommend::Options {
        runs: Some(2),
        ..crate::recommend::Options::of(&document)
    };
    let answer = crate::recommend::recommend(&document, &asked, &Sequential);
    let answer = answer.unwrap().unwrap();
    let holds = answer.report.variants[0].holds_to.as_ref().unwrap();
    assert_eq!((holds.now, holds.load), (Some(1), 8));
}

#[test]
fn a_load_that_cannot_be_is_refused_where_it_is_written() {
    let text = incident(&[])
        .text()
        .replace("up_to: 64", "up_to: 4000000000");
    let document = Document::parse("x", text.as_bytes()).unwrap();
    let refused = |problems: Diagnostics| {
        let problem = &problems.items()[0];
        assert_eq!(problem.path, "load.up_to");
        assert!(problem.place.is_some());
        assert!(
            problem
                .message
                .contains("today cannot be tried at every load up to 4000000000 workflows"),
            "{}",
            problem.message
        );
    };
    match capacity(&document, &options(&document, "today", ""), &Sequential) {
        Err(Refusal::Scenario(problems)) => refused(problems),
        other => panic!("{other:?}"),
    }
    let asked = crate::recommend::Options::of(&document);
    refused(crate::recommend::recommend(&document, &asked, &Sequential).unwrap_err());
}

#[test]
fn a_load_that_can_only_begin_later_is_looked_at_from_there() {
    // Of three tasks 125 % are three, so that none could be added: nothing can be deployed.
    let yaml = built_in("ecs-hundred-tasks").unwrap().text;
    let document = |from: &str| {
        let yaml = yaml.replace("from: 100, up_to: 400", &format!("{from}up_to: 120"));
        Document::parse("x", yaml.as_bytes())
    };
    let of_today = |from: &str| {
        let document = document(from).unwrap_or_else(|it| panic!("{it}"));
        capacity(&document, &options(&document, "today", ""), &Sequential)
    };
    let capacity = of_today("from: 110, ").unwrap().unwrap();
    assert_eq!(
        (capacity.from.text.as_str(), capacity.to.text.as_str()),
        ("110", "120")
    );
    let Err(Refusal::Scenario(problems)) = of_today("") else {
        panic!("one task cannot be replaced while it runs")
    };
    let hint = problems.items()[0].hint.as_deref().unwrap_or_default();
    assert!(hint.contains("a larger `from`"), "{hint}");
    let known = {
        let document = document("from: 110, ").unwrap();
        let prepared = crate::replicate::prepare(&document, &["maximum-200".to_owned()]).unwrap();
        let mut judged = crate::report::judge_variants(prepared, &Sequential, 1, None);
        let all_at_once = judged
            .iter_mut()
            .find(|it| it.prepared.name == "maximum-200");
        holds_to(&document, all_at_once.unwrap(), &Sequential, u64::MAX).unwrap()
    };
    assert_eq!((known.load, known.or_more), (120, true), "of 100, as it is");
    for (wrong, path) in [
        ("from: 121, ", "load.from"),
        ("from: 20, plan_for: 10, ", "load.plan_for"),
    ] {
        let problems = document(wrong).unwrap_err();
        assert_eq!(problems.items()[0].path, path, "{wrong}");
    }
}

#[test]
fn the_quota_for_a_target_is_the_smallest_that_holds_and_says_whether_it_can_be_had() {
    // 4 x 192 logins of one instant need a burst of 768; today a second's worth of the rate.
    let today = [("services.ecr.preset", "aws-ecr")];
    let document = incident(&today);
    let mut asked = options(&document, "today", "");
    asked.target = Some("4".to_owned());
    let quota = found(&document, &asked).variants[0].quota.clone().unwrap();
    assert_eq!(quota.answer, Answer::Raises);
    let raise = &quota.raises[0];
    assert_eq!(raise.limiter, "GetAuthorizationToken");
    assert_eq!(raise.to, "768 burst, 768/s");
    assert_eq!(raise.raisable, Some(true));
    // The texts to send have the numbers that justify it, of that load.
    let [command, letter] = &quota.requests[..] else {
        panic!("{:?}", quota.requests);
    };
    assert!(
        command.text.contains("--desired-value 768 "),
        "{}",
        command.text
    );
    assert!(
        letter
            .text
            .contains("raised from 500 burst, 500/s to 768 burst, 768/s"),
        "{}",
        letter.text
    );
    assert!(
        letter
            .text
            .contains("Simulated at 4 workflows: without the change "),
        "{}",
        letter.text
    );
    // What is said to suffice does, and a little less does not.
    let verdict = |burst: u32| {
        let value = format!("{{burst: {burst}, refill: {burst}/s}}");
        let (path, _) = raise.set.clone().unwrap();
        let document = incident(&[today[0], (&path, &value)]);
        let mut asked = options(&document, "today", "workloads.ci.workflows=4");
        asked.runs = 100;
        found(&document, &asked).variants[0]
            .curve
            .last()
            .unwrap()
            .verdict
    };
    assert_eq!((verdict(768), verdict(767)), (Status::Met, Status::Broken));

    // In April 2018 nobody got more: 200 x 8 / 4 are 400, as 384 would have done.
    let document = incident(&[]);
    asked.target = Some("2".to_owned());
    let quota = found(&document, &asked).variants[0].quota.clone().unwrap();
    assert_eq!(quota.answer, Answer::CannotBeRaised);
    assert_eq!(quota.raises[0].to, "400 burst, 8/s");
    let [mail] = &quota.requests[..] else {
        panic!("{:?}", quota.requests);
    };
    assert!(
        mail.text
            .contains("We understand that it is not raised on request")
    );
    assert!(
        mail.text.contains("or admit 400 burst, 8/s?"),
        "{}",
        mail.text
    );
}

#[test]
fn a_letter_counts_in_the_unit_of_the_load() {
    let text = include_str!("../../../scenarios/harness-ecs-deploys.yaml");
    let document = Document::parse("harness-ecs-deploys.yaml", text.as_bytes()).unwrap();
    let mut asked = options(&document, "today", "");
    asked.target = Some("50".to_owned());
    let quota = found(&document, &asked).variants[0].quota.clone().unwrap();
    let letter = quota.requests.last().unwrap();
    assert!(
        letter.text.contains("Simulated at 50 pipelines: "),
        "{}",
        letter.text
    );
}

#[test]
fn no_quota_helps_against_what_is_no_limit() {
    let document = toy(
        "expect: [w.calls.failed == 0]",
        "faults: {f: {answer: {status: 503}, chance: 50%}}, ",
    );
    let mut asked = options(&document, "today", "workloads.w.callers=1..4");
    asked.target = Some("4".to_owned());
    let today = &found(&document, &asked).variants[0];
    assert_eq!(today.holds_to, None);
    assert_eq!(today.quota.as_ref().unwrap().answer, Answer::NoQuota);
}

/// Callers of a service that lets everything through, in runs that differ.
fn toy(expect: &str, service: &str) -> Document {
    let text = format!(
        "pullstorm: 1\nname: toy\nservices:\n  s: {{{service}limiters: {{l: {{bucket: {{burst: \
         1000, refill: 1/s}}}}}}}}\nworkloads:\n  w: {{kind: api-callers, service: s, calls: [c], \
         callers: 4, retry: aws-legacy}}\n{expect}\n"
    );
    Document::parse("toy", text.as_bytes()).unwrap()
}

const AT_MOST_FIVE: &str = "expect: [w.calls.attempts <= 5]";

/// A world in which the calls' attempts are what somebody makes up, by load and run; NaN where nothing can
/// be said of them.
struct MadeUp<F> {
    attempts: F,
    /// Rounds of runs, by load.
    rounds: RefCell<Vec<(u32, u32)>>,
    /// After how many rounds the user has enough.
    patience: Cell<u32>,
}

impl<F: Fn(u32, u32) -> f64> MadeUp<F> {
    fn new(attempts: F) -> Self {
        MadeUp {
            attempts,
            rounds: RefCell::default(),
            patience: Cell::new(u32::MAX),
        }
    }

    fn found(&self, values: &str, runs: u32) -> Option<Capacity> {
        let document = toy(AT_MOST_FIVE, "");
        let vary = format!("workloads.w.callers={values}");
        let options = Options {
            runs,
            target: Some("1".to_owned()),
            ..options(&document, "today", &vary)
        };
        capacity(&document, &options, self).unwrap()
    }

    fn runs_at(&self, load: u32) -> u32 {
        let rounds = self.rounds.borrow();
        let at = rounds.iter().filter(|(known, _)| *known == load);
        at.map(|(_, runs)| runs).sum()
    }
}

impl<F: Fn(u32, u32) -> f64> Workers for MadeUp<F> {
    fn run(&self, prepared: &Prepared, seed: u64, first: u32, count: u32) -> Vec<RunSummary> {
        self.patience.set(self.patience.get().saturating_sub(1));
        let mut runs = Sequential.run(prepared, seed, first, count);
        let metric = |path: &str| prepared.metrics.find(path).unwrap();
        let (callers, attempts) = (metric("w.callers.wanted"), metric("w.calls.attempts"));
        let load = runs[0].values[callers].unwrap() as u32;
        self.rounds.borrow_mut().push((load, count));
        for run in &mut runs {
            let made_up = (self.attempts)(load, run.run);
            run.values[attempts] = Some(made_up).filter(|it| !it.is_nan());
        }
        runs
    }

    fn stopped(&self) -> bool {
        self.patience.get() == 0
    }
}

#[test]
fn runs_are_spent_where_the_answer_is_uncertain() {
    // One attempt a caller, half an attempt more or less: at 5 the interval is about the bound.
    let world = MadeUp::new(|load, run| f64::from(load) + if run % 2 == 0 { 0.5 } else { -0.5 });
    let today = &world.found("1..32", 5_000).unwrap().variants[0];
    assert_eq!((text(&today.holds_to), text(&today.fails_from)), ("4", "6"));
    assert_eq!(today.unsure, Some(Unsure::Undecided));
    let five = today.curve.iter().find(|it| it.load.text == "5").unwrap();
    assert_eq!((five.verdict, five.runs), (Status::Undecided, 300));
    assert!(
        world.runs_at(5) >= 300 && world.runs_at(2) < 60,
        "{:?}",
        world.rounds
    );
}

#[test]
fn a_load_that_fails_between_loads_that_hold_moves_the_border_below_it() {
    // At twenty a resonance; doubling and halving meet 16 and then 24 of 64 and see none of it.
    let world = MadeUp::new(|load, _| match load {
        19..=21 => 9.0,
        41.. => 9.0,
        _ => 1.0,
    });
    let found = world.found("1..64", 5_000).unwrap();
    let told = capacity_article(&found).markdown();
    assert!(
        told.contains("beyond that holds at") && told.contains("no load to plan with"),
        "{told}"
    );
    let today = &found.variants[0];
    assert_eq!(
        (text(&today.holds_to), text(&today.fails_from)),
        ("18", "19")
    );
    let again: Vec<&str> = today
        .holds_again
        .iter()
        .map(|it| it.text.as_str())
        .collect();
    assert!(again.contains(&"40") && !again.contains(&"41"), "{again:?}");
}

#[test]
fn what_is_rare_moves_the_border_though_few_runs_do_not_see_it() {
    // From 6 on one run in fifty goes wrong: ten runs mostly do not see that.
    let world = MadeUp::new(|load, run| {
        if load >= 6 && run == 41 {
            f64::INFINITY
        } else {
            1.0
        }
    });
    let today = &world.found("1..32", 5_000).unwrap().variants[0];
    assert_eq!((text(&today.holds_to), text(&today.fails_from)), ("5", "6"));
    assert_eq!(today.holds_in, 100);
}

#[test]
fn a_range_that_holds_to_its_end_may_hold_beyond() {
    let world = MadeUp::new(|_, _| 1.0);
    let today = &world.found("2..9", 5_000).unwrap().variants[0];
    assert_eq!((text(&today.holds_to), today.or_more), ("9", true));
    assert_eq!((text(&today.fails_from), today.unsure), ("none", None));
}

#[test]
fn a_range_that_ends_before_today_says_nothing_of_how_much_more_holds() {
    let document = incident(&[]);
    for range in ["1..8", "3"] {
        let vary = format!("workloads.ci.jobs={range}");
        let found = found(&document, &options(&document, "login-per-job", &vary));
        let headroom = found.variants[1].headroom.clone().unwrap();
        assert_eq!(
            (headroom.now.text.as_str(), headroom.verdict),
            ("32", Status::Met)
        );
        assert_eq!(
            (headroom.known, headroom.spare_percent),
            (Known::NotAtAll, None)
        );
    }
}

#[test]
fn spent_runs_and_an_interruption_leave_an_interval_of_loads_and_say_why() {
    let world = || MadeUp::new(|load, _| if load <= 20 { 1.0 } else { 9.0 });
    let today = &world().found("1..64", 70).unwrap().variants[0];
    assert_eq!(today.runs, 70);
    assert_eq!(today.unsure, Some(Unsure::RunsSpent));
    assert_eq!(
        (text(&today.holds_to), text(&today.fails_from)),
        ("16", "24")
    );

    let impatient = world();
    impatient.patience.set(7);
    let found = impatient.found("1..64", 5_000).unwrap();
    assert!(found.interrupted);
    let today = &found.variants[0];
    assert_eq!(today.unsure, Some(Unsure::Interrupted));
    assert_eq!(
        (text(&today.holds_to), text(&today.fails_from)),
        ("16", "24")
    );
}

#[test]
fn what_cannot_be_asked_is_refused_with_what_to_write() {
    let refusal = |vary: &str, target: Option<&str>| {
        let document = toy("", "");
        let options = Options {
            target: target.map(str::to_owned),
            ..options(&document, "today", vary)
        };
        match capacity(&document, &options, &Sequential) {
            Err(Refusal::Asked { message, hint }) => format!("{message}: {hint}"),
            Err(Refusal::Scenario(problems)) => problems.to_string(),
            Ok(_) => String::new(),
        }
    };
    assert!(refusal("", None).contains("names no load: write --vary PATH=RANGE"));
    let kind = refusal("workloads.w.kind=1..4", None);
    assert!(kind.contains("`workloads.w.kind` is `api-callers`, which is no number"));
    let words = refusal("workloads.w.callers=few,many", None);
    assert!(
        words.contains("`few` is no number, and a load is one"),
        "{words}"
    );
    assert!(refusal("workloads.w.clalers=1..4", None).contains("did you mean `callers`?"));
    assert!(refusal("workloads.w.callers=0..4", None).contains("callers"));
    assert!(refusal("workloads.w.callers=1s..4s", None).contains("callers"));
    // Problems are shown where they were typed.
    let zero = refusal("workloads.w.callers=0..4", None);
    assert!(
        zero.contains("--vary:1:21") && !zero.contains("--set"),
        "{zero}"
    );
    let zero = refusal("workloads.w.callers=1..4", Some("0"));
    assert!(
        zero.contains("--target:1:21") && !zero.contains("--set"),
        "{zero}"
    );
    let target = refusal("workloads.w.callers=1..4", Some("4/s"));
    assert!(
        target.contains("`4/s` is no load like 1: write --target 4"),
        "{target}"
    );
}

#[test]
fn of_what_is_no_load_there_is_no_column_of_quotas() {
    let of = |vary: &str| {
        let document = incident(&[]);
        let found = found(&document, &options(&document, "today", vary));
        capacity_article(&found).markdown()
    };
    assert!(of("").contains("QUOTA FOR"));
    let spread = of("workloads.ci.launch_spread=10s..60s+50s");
    assert!(!spread.contains("QUOTA FOR"), "{spread}");
}

#[test]
fn a_variant_that_sets_what_is_varied_is_told_as_that() {
    let document = incident(&[]);
    let vary = "workloads.ci.images=1..8";
    let found = found(&document, &options(&document, "three-images", vary));
    let note = found.notes.first().map_or("", String::as_str);
    assert!(
        note.starts_with("three-images sets workloads.ci.images, which is varied here"),
        "{note}"
    );
}

#[test]
fn who_does_not_wait_gets_the_border_of_fewer_runs_and_is_told_so() {
    let document = incident(&[]);
    let all = options(&document, "today", "");
    let few = Options {
        events: Some(20_000),
        ..all.clone()
    };
    let (all, few) = (found(&document, &all), found(&document, &few));
    let runs = |of: &Capacity| of.variants[0].runs;
    assert!(
        4 * runs(&few) < runs(&all),
        "{} of {}",
        runs(&few),
        runs(&all)
    );
    assert_eq!(
        text(&few.variants[0].holds_to),
        text(&all.variants[0].holds_to)
    );
    let told = |of: &Capacity| {
        of.notes
            .iter()
            .any(|note| note.contains("runs are long here"))
    };
    assert!(told(&few) && !told(&all), "{:?}", few.notes);
}

#[test]
fn a_quota_is_found_for_the_load_that_the_scenario_plans_for_unless_another_is_asked_for() {
    let planned = |target: Option<&str>| {
        let load = "load: {path: workloads.w.callers, up_to: 64, plan_for: 12, unit: callers}";
        let document = toy(load, "");
        let options = Options {
            target: target.map(str::to_owned),
            ..Options::of(&document)
        };
        let found = found(&document, &options);
        let told = capacity_article(&found).markdown();
        let quota = found.variants[0].quota.as_ref().unwrap();
        assert!(
            told.contains(&format!("QUOTA FOR {}", quota.target.text)),
            "{told}"
        );
        quota.target.text.clone()
    };
    assert_eq!(planned(None), "12");
    assert_eq!(planned(Some("7")), "7");
}

#[test]
fn loads_of_too_few_for_what_is_expected_are_not_judged_and_hold_to_nothing() {
    // Nine of ten take ten callers, each of which waits for a millisecond.
    let of = |most: u32, delay: &str| {
        let load = format!(
            "load: {{path: workloads.w.callers, up_to: {most}, unit: callers}}\nexpect: \
             [w.callers.start_delay.p90 <= {delay}]"
        );
        let document = toy(&load, "latency: 1ms, ");
        let found = found(&document, &Options::of(&document));
        let told = capacity_article(&found).markdown();
        let today = found.variants[0].clone();
        let four = today.curve.iter().find(|it| it.load.text == "4").unwrap();
        assert_eq!(four.verdict, Status::Skipped, "{told}");
        (today, told)
    };
    let (few, told) = of(8, "1s");
    assert_eq!((text(&few.holds_to), few.or_more), ("none", false));
    assert_eq!(few.unsure, Some(Unsure::Skipped));
    let quota = few.quota.as_ref().unwrap();
    assert_eq!(
        (quota.answer, quota.target.text.as_str()),
        (Answer::NotJudged, "8")
    );
    assert!(told.contains("today at 8 callers is not judged"), "{told}");
    assert!(
        told.contains("today is judged at no load: too few entities"),
        "{told}"
    );
    assert!(
        told.contains("today has 4 callers, which is not judged"),
        "{told}"
    );
    let (slow, told) = of(16, "0.1ms");
    assert_eq!(
        (text(&slow.holds_to), text(&slow.fails_from)),
        ("none", "10")
    );
    assert!(told.contains("what lies below is not judged"), "{told}");
    let (all, _) = of(16, "1s");
    assert_eq!(
        (text(&all.holds_to), all.or_more, all.unsure),
        ("16", true, None)
    );
}

#[test]
fn loads_that_are_not_judged_hide_neither_an_interruption_nor_what_is_undecided() {
    let told = |capacity: &Capacity| {
        let today = &capacity.variants[0];
        let said = capacity_article(capacity).markdown();
        (text(&today.fails_from).to_owned(), today.unsure, said)
    };
    let world = MadeUp::new(|load, run| match load {
        ..=8 => f64::NAN,
        9..=11 => 5.0 + if run % 2 == 0 { 0.5 } else { -0.5 },
        _ => 9.0,
    });
    let (fails, unsure, said) = told(&world.found("1..32", 5_000).unwrap());
    assert_eq!(
        (fails.as_str(), unsure),
        ("12", Some(Unsure::Undecided)),
        "{said}"
    );
    assert!(said.contains("what lies below is undecided"), "{said}");

    let impatient = MadeUp::new(|load, _| if load <= 20 { f64::NAN } else { 9.0 });
    impatient.patience.set(7);
    let (fails, unsure, said) = told(&impatient.found("1..64", 5_000).unwrap());
    assert_eq!(
        (fails.as_str(), unsure),
        ("24", Some(Unsure::Interrupted)),
        "{said}"
    );
    assert!(said.contains("what lies below was not finished"), "{said}");
}

#[test]
fn where_less_is_more_load_what_is_not_judged_lies_above_what_fails() {
    let world = MadeUp::new(|load, _| if load <= 3 { 9.0 } else { f64::NAN });
    let found = world.found("1..32", 5_000).unwrap();
    let today = &found.variants[0];
    assert_eq!((today.falling, today.unsure), (true, Some(Unsure::Skipped)));
    let told = capacity_article(&found).markdown();
    assert!(told.contains("today fails at 3 "), "{told}");
    assert!(told.contains("what lies above is not judged"), "{told}");
}

#[test]
fn a_variant_that_cannot_be_at_the_target_alone_is_left_out_with_the_target_as_its_reason() {
    let text = "
pullstorm: 1
name: x
services: {ecr: {preset: aws-ecr@2018-01}}
workloads:
  ci: {kind: ci-fanout, service: ecr, workflows: 1, begin: {every: 1s}, jobs: 1}
variants:
  wide: {set: {workloads.ci.jobs: 100000}}
expect: [ci.jobs.failed == 0]
";
    let document = Document::parse("x.yaml", text.as_bytes()).unwrap();
    let of = |target: &str| Options {
        vary: Some("workloads.ci.workflows=1..2".parse().unwrap()),
        target: Some(target.to_owned()),
        runs: 20,
        ..Options::of(&document)
    };
    // Of ten million entities that a run holds, 200 x 100,000 are too many.
    let found = found(&document, &of("200"));
    assert_eq!(found.variants.len(), 1);
    let told = &found.notes[0];
    assert!(
        told.starts_with("wide is left out, as it cannot be at --target 200: "),
        "{told}"
    );
}

#[test]
fn a_variant_that_contradicts_the_loads_is_left_out_unless_it_is_asked_for_by_name() {
    let text = "
pullstorm: 1
name: x
services: {ecr: {preset: aws-ecr@2018-01}}
workloads:
  ci: {kind: ci-fanout, service: ecr, workflows: 3, begin: {every: 1s}, jobs: 20}
variants:
  shared: {set: {workloads.ci.login: per-job}}
  random: {set: {workloads.ci.workflows: null, workloads.ci.begin: {rate: 1/s, lasting: 10s}}}
expect: [ci.jobs.failed == 0]
";
    let document = Document::parse("x.yaml", text.as_bytes()).unwrap();
    let of = |only: &[&str]| Options {
        only: only.iter().map(ToString::to_string).collect(),
        vary: Some("workloads.ci.workflows=1..4".parse().unwrap()),
        ..Options::of(&document)
    };
    let names = |found: &Capacity| {
        let names = found.variants.iter().map(|it| it.name.clone());
        names.collect::<Vec<_>>().join(" ")
    };
    let all = found(&document, &of(&[]));
    assert_eq!(names(&all), "today shared");
    let note = "random is left out, as it cannot be at every workloads.ci.workflows from 1 to 4: ";
    assert!(all.notes[0].starts_with(note), "{:?}", all.notes);
    // Another variant is no matter of who asks for this one.
    let one = found(&document, &of(&["shared"]));
    assert_eq!(
        (names(&one), one.notes.len()),
        ("today shared".to_owned(), 0)
    );
    assert!(capacity(&document, &of(&["random"]), &Sequential).is_err());
}

#[test]
fn every_incident_can_be_tried_at_the_smallest_and_the_largest_load_that_it_names() {
    for incident in crate::scenarios::BUILT_IN {
        let document = Document::parse(incident.name, incident.text.as_bytes()).unwrap();
        let prepared = crate::replicate::prepare(&document, &[]).unwrap();
        for variant in prepared.iter().filter(|it| !sets_load(it)) {
            let checked = check_load(&document, variant, &Sequential);
            checked.unwrap_or_else(|it| panic!("{} {}: {it}", incident.name, variant.name));
        }
    }
}
