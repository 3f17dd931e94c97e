//! Statements about recommendations, on the first built-in incident and on small scenarios.

use super::headroom::Search;
use super::rank::{Effect, Merit};
use super::tune::{self, Candidate, Tuned};
use super::{Options, recommend};
use crate::catalog::{Effort, Pace};
use crate::judge::Status;
use crate::replicate::{Measured, Prepared, RunSummary, Sequential, Trial, Workers, prepare};
use crate::report::model::{Label, Quantity, Report, VariantReport};
use crate::report::{Block, Judged, offers, recommend_article};
use crate::scenario::Document;

pub(super) fn of(text: &str) -> Report {
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

pub(super) fn variant<'r>(report: &'r Report, name: &str) -> &'r VariantReport {
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
fn of_changes_that_ask_as_much_and_let_jobs_start_as_soon_the_one_that_sends_fewest_logins_comes_first()
 {
    let report = fan_out();
    let best = &report.variants[1];
    assert_eq!(
        (best.name.as_str(), best.verdict),
        ("login-per-workflow", Status::Met)
    );
    let holds = |name| variant(&report, name).holds_to.as_ref().unwrap();
    assert!(holds("login-per-workflow").or_more);
    let per_job = holds("login-per-job");
    assert_eq!((per_job.load, per_job.or_more), (6, false));
    // Who has workflows to start now need not wait for the pipeline to be changed.
    assert!(line(&report, Label::Now).starts_with("spaced: "));
    assert!(line(&report, Label::ThisWeek).starts_with("login-per-workflow: "));
    assert_eq!(line(&report, Label::Do), "");
    assert_eq!(report.recommended.as_deref(), Some("login-per-workflow"));
    assert_eq!(variant(&report, "today").holds_to.as_ref().unwrap().load, 1);
    assert!(
        report
            .settings
            .iter()
            .any(|settings| settings.variant == "login-per-job")
    );
}

#[test]
fn whatever_can_be_applied_is_told_once_in_the_article_and_the_answers_come_among_it() {
    let report = fan_out();
    let article = recommend_article(&report);
    let told = article.blocks().iter().flat_map(|block| match block {
        Block::Heading(text) => vec![text.clone()],
        Block::Table(table) => {
            let cells = table.rows().iter().flatten();
            cells.map(|cell| cell.text.clone()).collect()
        }
        _ => Vec::new(),
    });
    let told: Vec<String> = told.collect();
    let offers = offers(&report);
    for offer in &offers {
        let places = told.iter().filter(|text| **text == offer.told).count();
        assert_eq!(places, 1, "{}", offer.told);
        assert!(!offer.sets.is_empty(), "{}", offer.told);
    }
    let answers = report.answers.len();
    let headings = offers.iter().filter(|it| it.told.contains(": `"));
    assert_eq!(headings.count(), answers);
    assert!(offers.len() > answers + report.variants.len() - 1);
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
pub(super) const DEPLOYS: &str = "
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
    retry: {preset: harness-default, attempts: 3}
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
    let remarks = &searched.change.as_ref().unwrap().remarks;
    let ranges = "its retry policy was searched within 2 to 20 attempts, base and throttled_base 50ms to \
                  10s, cap 1s to 2min";
    assert!(remarks.iter().any(|it| it == ranges), "{remarks:?}");
}

#[test]
fn a_lever_without_effect_is_called_that_with_its_reason() {
    let text = format!(
        "{DEPLOYS}variants:\n  same: {{set: {{workloads.deploys.retry: {{preset: \
         harness-default, attempts: 3}}}}}}\n"
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
    assert_eq!(
        line(&report, Label::Do),
        "nothing: today holds, to 4 deploys; you have 4"
    );
    assert_eq!(line(&report, Label::Cannot), "");
}

#[test]
fn where_today_holds_but_not_to_the_load_that_is_planned_for_that_is_what_to_do() {
    let text = DEPLOYS.replace("callers: 10", "callers: 4");
    let planned = |load: u32| {
        let to = format!("up_to: 40, plan_for: {load}");
        let report = of(&text.replace("up_to: 40", &to));
        line(&report, Label::Do).to_owned()
    };
    let told = planned(20);
    assert!(
        told.starts_with(
            "nothing now: today holds, to 4 deploys; you have 4, and plan for 20, for which "
        ),
        "{told}"
    );
    assert!(told.contains(" (searched): "), "{told}");
    let report = of(&text.replace("up_to: 40", "up_to: 40, plan_for: 20"));
    let best = report.recommended.as_deref().expect("what to apply");
    assert!(told.contains(best), "{best}: {told}");
    assert!(report.settings.iter().any(|it| it.variant == best));
    assert_eq!(planned(3), "nothing: today holds, to 4 deploys; you have 4");
    // Without a policy nothing is searched where today holds.
    let none = text.replace("{preset: harness-default, attempts: 3}", "none");
    let report = of(&none.replace("up_to: 40", "up_to: 40, plan_for: 20"));
    assert_eq!(
        line(&report, Label::Do),
        "nothing now: today holds, to 4 deploys; you have 4, and plan for 20, to which no variant here holds: \
         `--set workloads.deploys.callers=20` searches what does"
    );
}

#[test]
fn what_cannot_be_expected_of_half_the_load_is_not_asked_of_it() {
    // Five deploys are never ten.
    let ten = "deploys.callers.failed == 0, deploys.callers.finished >= 10";
    let report = of(&DEPLOYS.replace("deploys.callers.failed == 0", ten));
    let told = [line(&report, Label::Now), line(&report, Label::Do)].concat();
    assert!(told.contains(" (searched): "), "{told}");
}

#[test]
fn a_limit_that_no_policy_outlasts_is_said_in_a_line_of_its_own() {
    let text = DEPLOYS.replace("refill: 1/s", "refill: 1/h");
    let report = of(&text);
    let cannot = line(&report, Label::Cannot);
    assert!(
        cannot.contains(
            "no retry policy within the ranges searched (2 to 20 attempts, base and throttled_base 50ms to \
             10s, cap 1s to 2min) can serve every call: "
        ),
        "{cannot}"
    );
}

#[test]
fn a_variant_without_words_is_told_by_what_it_sets() {
    let text = format!(
        "{DEPLOYS}variants: {{longer: {{set: {{workloads.deploys.retry.attempts: 30}}}}}}\n"
    );
    // Nothing that is searched holds.
    let report = of(&format!(
        "{text}tune: {{workloads.deploys.retry.attempts: 2..3}}\n"
    ));
    let told = [line(&report, Label::Now), line(&report, Label::Do)].concat();
    let sets = "longer: retry.attempts of deploys 30 (";
    assert!(told.starts_with(sets), "{told}");
    let report = of(&text);
    let searched = report
        .variants
        .iter()
        .filter(|it| it.name.contains("searched"));
    for variant in searched {
        assert!(!variant.about.starts_with(','), "{}", variant.about);
    }
}

#[test]
fn calls_that_never_start_or_end_well_are_failures_by_another_name() {
    for expect in [
        "deploys.callers.finished == 10",
        "deploys.callers.never_started == 0",
    ] {
        let text = DEPLOYS.replace("deploys.callers.failed == 0", expect);
        let report = of(&format!(
            "{text}variants: {{short: {{set: {{workloads.deploys.retry.attempts: 2}}}}}}\n"
        ));
        assert!(line(&report, Label::Cannot).contains("today ("), "{expect}");
    }
}

#[test]
fn how_long_retries_last_is_no_reason_where_what_breaks_is_no_failure() {
    let with = |attempts: &str, expect: &str| {
        let text = DEPLOYS
            .replace("attempts: 3", attempts)
            .replace("deploys.callers.failed == 0", expect);
        of(&format!(
            "{text}variants: {{short: {{set: {{workloads.deploys.retry.attempts: 2}}}}}}\n"
        ))
    };
    let served = "deploys.callers.failed == 0";
    let seldom = "limiters.api.calls.throttled < 1%";
    let reason = "cannot hold: at best one call";
    let failures = with("attempts: 3", served);
    assert!(
        failures.lines[0].text.contains(reason),
        "{:?}",
        failures.lines
    );
    assert!(line(&failures, Label::Cannot).contains("today ("));
    // What is throttled at once is throttled however long its retries last.
    let throttled = with("attempts: 3", seldom);
    assert_eq!(throttled.lines[0].label, Label::Fails);
    assert!(
        !throttled.lines[0].text.contains(reason),
        "{:?}",
        throttled.lines
    );
    assert_eq!(line(&throttled, Label::Cannot), "");
    // Today serves all, and breaks by what is throttled alone; a variant fails calls, too.
    let both = with("attempts: 30", &format!("{served}, {seldom}"));
    assert_eq!(both.lines[0].label, Label::Fails);
    assert!(!both.lines[0].text.contains(reason), "{:?}", both.lines);
    let cannot = line(&both, Label::Cannot);
    assert!(
        cannot.contains("short (") && !cannot.contains("today ("),
        "{cannot}"
    );
}

#[test]
fn no_variant_holds_to_a_load_at_which_it_fails_and_each_holds_to_one_at_which_it_holds() {
    for report in [fan_out(), of(DEPLOYS)] {
        for variant in &report.variants {
            let holds = variant.holds_to.as_ref().unwrap();
            let now = holds.now.unwrap();
            match variant.verdict {
                Status::Met => assert!(holds.load >= now, "{}", variant.name),
                _ => assert!(holds.load < now && !holds.or_more, "{}", variant.name),
            }
        }
    }
}

#[test]
fn a_searched_policy_that_lets_calls_start_sooner_comes_before_one_that_holds_to_more() {
    let report = of(include_str!("../../../scenarios/harness-ecs-deploys.yaml"));
    let names: Vec<&str> = report.variants[1..3]
        .iter()
        .map(|it| it.name.as_str())
        .collect();
    assert_eq!(names, ["today (searched)", "tuned"]);
    assert_eq!(report.settings[0].variant, "today (searched)");
    let delay = |name| match variant(&report, name).headline.start_delay_p90.mean {
        Some(Quantity::Number(seconds)) => seconds,
        _ => f64::INFINITY,
    };
    let load = |name| variant(&report, name).holds_to.as_ref().unwrap().load;
    assert!(delay("today (searched)") < delay("tuned"));
    assert!(load("today (searched)") < load("tuned"));
}

#[test]
fn what_is_in_no_way_better_than_a_variant_is_not_offered() {
    let report = of(DEPLOYS);
    let effect = |delay: f64| Effect { delay, load: 20.0 };
    let with = |it: &VariantReport, delay: f64| {
        let holds = it.holds_to.as_ref();
        let merit = Merit::new(it.verdict, it.change.as_ref(), effect(delay), holds);
        (it.clone(), merit)
    };
    let dominates = |known: &(VariantReport, Merit), found: &(VariantReport, Merit)| {
        super::rank::dominates(&(&known.0, known.1), &(&found.0, found.1))
    };
    let found = with(variant(&report, "today (searched)"), 4.0);
    let mut known = found.0.clone();
    known.name = "known".to_owned();
    assert!(dominates(&with(&known, 4.0), &found));
    assert!(!dominates(&found, &found));
    assert!(!dominates(&with(&known, 5.0), &found));
    let mut slower = known.clone();
    slower.headline.finished_after.mean = Some(Quantity::Never);
    assert!(!dominates(&with(&slower, 4.0), &found));
    let mut less = known.clone();
    less.holds_to.as_mut().unwrap().load -= 1;
    assert!(!dominates(&with(&less, 4.0), &found));
    known.change.as_mut().unwrap().effort = Effort::Infrastructure;
    assert!(!dominates(&with(&known, 4.0), &found));
}

/// A larger bucket is its provider's to give and refuses one call less; patience is a setting.
#[test]
fn variants_that_all_fail_are_in_the_order_of_merit_and_the_fewest_failures_are_named() {
    let text = DEPLOYS.replace("refill: 1/s", "refill: 1/h");
    // Nothing that is searched holds.
    let report = of(&format!(
        "{text}tune: {{workloads.deploys.retry.attempts: 2..3}}\nvariants:\n  larger: {{set: \
         {{services.api.limiters.calls.bucket.burst: 5}}}}\n  patient: {{set: \
         {{workloads.deploys.retry.attempts: 4}}}}\n"
    ));
    let names: Vec<&str> = report.variants[1..]
        .iter()
        .map(|it| it.name.as_str())
        .collect();
    assert_eq!(names, ["patient", "larger"]);
    let told = line(&report, Label::Do);
    assert!(
        told.starts_with("no variant here holds; the fewest failures has larger"),
        "{told}"
    );
    // What a search that came to its end found closest, and by how much it fails.
    let closest = "settings searched (";
    let fails = ") does not hold either: deploys.callers.failed == 0 comes to ";
    assert!(told.contains(closest) && told.contains(fails), "{told}");
}

#[test]
fn what_was_searched_does_not_depend_on_the_seed_of_the_runs() {
    let text = include_str!("../../../scenarios/harness-cloudformation.yaml");
    let document = Document::parse("test.yaml", text.as_bytes()).unwrap();
    let policy = |seed: u64| {
        let search = Search::new(&document, &Sequential, seed);
        let today = prepare(&document, &["today".to_owned()]).unwrap().remove(0);
        let judged = Judged::new(today, &Sequential, seed, None);
        let known = [Candidate {
            judged,
            holds_to: None,
        }];
        let options = Options {
            seed,
            ..Options::of(&document)
        };
        match tune::tune(&known, &search, &options, &Sequential) {
            Tuned::Found(found) => found.judged.prepared.overrides.clone(),
            other => panic!("nothing found: {other:?}"),
        }
    };
    assert_eq!(policy(1), policy(2));
}

#[test]
fn a_number_that_a_tool_has_its_own_name_for_may_move_until_an_expectation_breaks() {
    let report = of(include_str!("../../../scenarios/harness-two-accounts.yaml"));
    let answer = report.answers.last().unwrap();
    assert_eq!(answer.variant, "today (searched)");
    // One account setting is behind both pipelines.
    let attempts = &answer.safe[0];
    assert_eq!(
        attempts.path,
        "workloads.production.retry.attempts, workloads.sandbox.retry.attempts"
    );
    let number = |text: &str| text.parse::<u32>().unwrap();
    let (below, why) = attempts.breaks_below.as_ref().unwrap();
    assert!(number(below) < number(&attempts.from));
    assert!(number(&attempts.from) <= number(&attempts.value));
    assert_eq!(why, "sandbox.callers.failed == 0");
    assert!(number(&attempts.to) > number(&attempts.value));
}

#[test]
fn a_policy_that_obeys_hints_of_the_server_is_not_called_too_short() {
    let retry = "retry: {strategy: full-jitter, attempts: 3, base: 1s, cap: 2s, retry_after: true}";
    let text = DEPLOYS.replace("refill: 1/s", "refill: 1/h");
    let text = text.replace("retry: {preset: harness-default, attempts: 3}", retry);
    assert!(
        !line(&of(&text), Label::Cannot).is_empty(),
        "the server says nothing"
    );
    let text = text.replace("status: 429", "status: 429, retry_after: exact");
    assert_eq!(line(&of(&text), Label::Cannot), "");
}

#[test]
fn where_nothing_retried_can_be_in_time_the_first_line_says_so_with_the_best_possible() {
    let report = of(&DEPLOYS.replace(
        "expect: [deploys",
        "expect: [deploys.finished_after <= 5s, deploys",
    ));
    let first = &report.lines[0].text;
    assert!(
        first.ends_with("no retry setting can hold (best possible: the last done after 6s)"),
        "{first}"
    );
}

#[test]
fn where_some_may_fail_the_first_line_does_not_say_how_long_retries_must_last() {
    let first = |expected: &str| {
        let text = DEPLOYS.replace("deploys.callers.failed == 0", expected);
        of(&text).lines[0].text.clone()
    };
    assert!(first("deploys.callers.failed == 0").contains("cannot hold"));
    let tolerant = first("deploys.callers.failed_share < 10%");
    assert!(!tolerant.contains("cannot hold"), "{tolerant}");
}

#[test]
fn waves_that_only_make_work_last_longer_are_not_searched_out() {
    let text = "
pullstorm: 1
name: builds
services:
  registry: {latency: 20ms, limiters: {logins: {bucket: {burst: 100, refill: 4/s}, status: 429}}}
workloads:
  ci: {kind: ci-fanout, service: registry, operation: login, workflows: 4, jobs: 50, images: 4, \
       login: per-image, duration: 5min}
expect: [ci.jobs.failed == 0, ci.jobs.start_delay.p90 <= 2min]
";
    let report = of(text);
    let found = &report.variants[1];
    assert_eq!(found.verdict, Status::Met);
    let sets = |path: &str| found.overrides.iter().any(|(set, _)| set.ends_with(path));
    assert!(
        sets("ci.login") && !sets("ci.waves"),
        "{:?}",
        found.overrides
    );
}

#[test]
fn what_a_scenario_says_may_be_set_is_all_that_is_searched() {
    let text = format!(
        "{DEPLOYS}tune:\n  workloads.deploys.retry.attempts: 3..6\n  \
         workloads.deploys.retry.throttled_base: [500ms, 1s, 2s, 4s, 8s]\n"
    );
    let report = of(&text);
    let found: Vec<&VariantReport> = report.variants[1..].iter().collect();
    assert!(!found.is_empty(), "six attempts from 4 s up are enough");
    for (path, value) in found.iter().flat_map(|it| &it.overrides) {
        let allowed: &[&str] = match path.as_str() {
            "workloads.deploys.retry.attempts" => &["4", "5", "6"],
            "workloads.deploys.retry.throttled_base" => &["500ms", "1s", "2s", "4s", "8s"],
            _ => &[],
        };
        assert!(allowed.contains(&value.as_str()), "{path}: {value}");
    }
    let tuned = |path: &str| path.starts_with("workloads.deploys.retry.");
    let mut levers = report.levers.iter().flat_map(|it| &it.sets);
    assert!(levers.all(|(path, _)| tuned(path)));
}

/// Stops after so many calls.
struct Stopping(std::cell::Cell<u32>);

impl Workers for Stopping {
    fn run(&self, prepared: &Prepared, seed: u64, first: u32, count: u32) -> Vec<RunSummary> {
        if self.stopped() {
            return Vec::new();
        }
        self.0.set(self.0.get() - 1);
        Sequential.run(prepared, seed, first, count)
    }

    fn trials(&self, trials: &[Trial<'_>]) -> Vec<Measured> {
        if self.stopped() {
            return Vec::new();
        }
        self.0.set(self.0.get() - 1);
        Sequential.trials(trials)
    }

    fn stopped(&self) -> bool {
        self.0.get() == 0
    }
}

#[test]
fn who_stops_it_is_told_so_first_and_advised_nothing() {
    let text = format!("{DEPLOYS}variants:\n  few: {{set: {{workloads.deploys.callers: 4}}}}\n");
    let document = Document::parse("test.yaml", text.as_bytes()).unwrap();
    let workers = Stopping(std::cell::Cell::new(1));
    let stopped = recommend(&document, &Options::of(&document), &workers);
    let report = stopped.unwrap().unwrap().report;
    assert!(report.interrupted && report.recommended.is_none());
    assert_eq!(report.lines[0].label, Label::Interrupted);
    assert!(
        report.lines[0]
            .text
            .starts_with("before any variant was tried")
    );
    assert_eq!(line(&report, Label::Do), "");
}

#[test]
fn wherever_it_is_stopped_nothing_is_advised_that_no_runs_confirm_and_the_best_so_far_is_named() {
    let text = format!(
        "{DEPLOYS}variants:\n  patient: {{set: {{workloads.deploys.retry.attempts: 30}}}}\n"
    );
    let document = Document::parse("test.yaml", text.as_bytes()).unwrap();
    let (mut variants_named, mut searches_named, mut whole) = (0, 0, 0);
    // Each search is a few rounds, so that some of these are in the middle of one.
    for calls in (1..12).map(|it| it * it).chain([u32::MAX]) {
        let workers = Stopping(std::cell::Cell::new(calls));
        let Some(stopped) = recommend(&document, &Options::of(&document), &workers).unwrap() else {
            continue;
        };
        let report = stopped.report;
        if !report.interrupted {
            whole += 1;
            break;
        }
        assert_eq!(report.lines[0].label, Label::Interrupted);
        assert!(report.answers.is_empty() && report.settings.is_empty());
        assert_eq!(line(&report, Label::Do), "");
        assert_eq!(line(&report, Label::Now), "");
        let said = &report.lines[0].text;
        variants_named += u32::from(said.contains("; best so far: patient: "));
        searches_named += u32::from(said.contains("settings searched "));
    }
    assert!(variants_named > 0 && searches_named > 0 && whole > 0);
}

/// Two workflows that sign in for each image, in step.
const FAN_OUT: &str = "
pullstorm: 1
name: fan-out
services:
  ecr: {latency: 0s, limiters: {logins: {bucket: {burst: 20, refill: 1/s}, status: 400}}}
workloads:
  ci: {kind: ci-fanout, service: ecr, operation: login, workflows: 2, jobs: 8, images: 2, login: per-image, retry: none, duration: 1min}
load: {path: workloads.ci.workflows, up_to: 4, unit: workflows}
expect: [ci.jobs.failed == 0]
";

#[test]
fn what_counts_within_minutes_is_told_beside_a_fix_that_is_better_in_all_else() {
    let report = of(FAN_OUT);
    let [now, fix] = report.answers.as_slice() else {
        panic!("{:?}", report.answers);
    };
    assert_eq!((now.pace, fix.pace), (Pace::Minutes, Pace::Days));
    let now = variant(&report, &now.variant);
    assert_eq!(now.overrides[0].0, "workloads.ci.begin");
    let fix = variant(&report, &fix.variant);
    assert_eq!(fix.overrides[0].0, "workloads.ci.login");
    assert!(!line(&report, Label::Now).is_empty());
}

#[test]
fn a_single_setting_that_is_better_than_all_that_is_written_comes_before_it() {
    let report = of(&format!(
        "{FAN_OUT}variants:\n  spaced: {{set: {{workloads.ci.begin: {{every: 48s}}}}}}\n"
    ));
    let fix = variant(&report, report.recommended.as_deref().unwrap());
    let sets = [("workloads.ci.login".to_owned(), "per-workflow".to_owned())];
    assert_eq!(fix.overrides, sets, "{:?}", report.lines);
    assert_eq!(fix.name, "one setting (searched)");
    let whats: Vec<&str> = report.levers.iter().map(|it| it.what.as_str()).collect();
    assert!(whats.contains(&"login of ci per-workflow"), "{whats:?}");
}

#[test]
fn where_nothing_counts_within_minutes_that_is_said() {
    let once = FAN_OUT.replace("workflows: 2", "workflows: 1");
    let report = of(&once.replace("jobs: 8", "jobs: 16"));
    let told = line(&report, Label::Do);
    assert!(told.contains("login of ci "), "{told}");
    assert!(
        told.ends_with("; nothing tried that counts within minutes holds"),
        "{told}"
    );
}

#[test]
fn of_a_variant_that_sets_the_load_nobody_asks_up_to_which_load_it_holds() {
    let with = format!(
        "{DEPLOYS}variants:\n  half: {{about: Four at a time, set: {{workloads.deploys.callers: 4}}}}\n"
    );
    let report = of(&with);
    let half = variant(&report, "half");
    assert!(half.holds_to.is_none());
    assert!(variant(&report, "today").holds_to.is_some());
    let remarks = half.change.as_ref().unwrap().remarks.join("; ");
    assert!(
        remarks.contains("sets the number of deploys, which is the load"),
        "{remarks}"
    );
}

#[test]
fn a_search_of_tune_says_how_many_of_its_settings_it_tried() {
    let report = of(&format!(
        "{DEPLOYS}tune: {{workloads.deploys.retry.attempts: 3..12}}\n"
    ));
    let told = report
        .notes
        .iter()
        .find(|note| note.contains("`tune:` allows"));
    let told = told.map_or("", String::as_str);
    assert!(
        told.starts_with(
            "`tune:` allows 10 settings of each variant (workloads.deploys.retry.attempts has 10 values, 3 to \
             12); 10 of them "
        ) && told.contains(" were tried"),
        "{:?}",
        report.notes
    );
}

#[test]
fn what_asks_less_than_all_that_counts_within_minutes_is_done_without_a_larger_change_before_it() {
    let mut report = fan_out();
    let todo = |report: &Report| {
        let lines = super::lines::what_to_do(&report.variants, true, None, None);
        let told = lines.into_iter().map(|it| (it.label, it.text));
        told.collect::<Vec<_>>()
    };
    assert_eq!(todo(&report).len(), 2, "as much work, and sooner");
    let fix = report.variants[1].change.as_mut().unwrap();
    (fix.effort, fix.pace) = (Effort::Setting, Pace::Days);
    let [(label, told)] = &todo(&report)[..] else {
        panic!("a smaller change needs no larger one before it");
    };
    assert_eq!(*label, Label::Do);
    assert!(told.starts_with("login-per-workflow: "), "{told}");
    let sooner = "; spaced (you, pipeline code) counts sooner, within minutes, and asks more";
    assert!(told.ends_with(sooner), "{told}");
}
