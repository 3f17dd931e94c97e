//! Commands that simulate, on the incident that is built in.

use crate::world::{pullstorm, pullstorm_reading, run};
use insta::assert_snapshot;
use serde_json::Value;

const TWO: &str = "--variant aws-legacy --variant login-per-job";

#[test]
fn a_run_that_breaks_an_expectation_says_so_and_exits_with_99() {
    let ended = pullstorm("run circleci-ecr-fanout");
    assert_eq!((ended.code, ended.err.as_str()), (99, ""));
    assert!(ended.out.starts_with("FAILS "), "{}", ended.out);
    assert_snapshot!("run", ended.out);
}

/// Ten calls, each of which fails by the toss of a coin: five on average, and nobody can tell whether
/// it is no more than five.
const COINS: &str = "pullstorm: 1
name: coins
services:
  api:
    latency: 0s
    limiters: {all: {bucket: {burst: 99, refill: 99/s}}}
    faults: {tails: {answer: {status: 503}, chance: 50%}}
workloads:
  tosses: {kind: api-callers, service: api, callers: 10, calls: [toss], retry: none}
expect: [tosses.callers.failed <= 5]
seed: 1
";

#[test]
fn a_run_that_is_undecided_exits_with_99() {
    let ended = pullstorm_reading("run -", COINS.as_bytes());
    assert_eq!((ended.code, ended.err.as_str()), (99, ""));
    assert!(ended.out.starts_with("UNDECIDED "), "{}", ended.out);
    assert!(ended.out.contains("300 runs"), "{}", ended.out);
}

#[test]
fn a_run_that_holds_exits_with_0() {
    let answer = pullstorm("run circleci-ecr-fanout --variant login-per-job").answer();
    assert!(answer.starts_with("HOLDS "), "{answer}");
}

#[test]
fn a_comparison_shows_variants_and_paired_differences() {
    let arguments = format!("compare circleci-ecr-fanout {TWO}");
    assert_snapshot!("compare", pullstorm(&arguments).answer());
}

#[test]
fn a_recommendation_fits_the_widths_that_terminals_have() {
    let arguments = format!("recommend circleci-ecr-fanout {TWO}");
    let arguments: Vec<&str> = arguments.split_whitespace().collect();
    for columns in [80, 100, 140] {
        let text = run(&arguments, b"", columns).answer();
        assert_snapshot!(format!("recommend_{columns}"), text);
    }
}

#[test]
fn a_recommendation_is_markdown_and_csv_too() {
    let arguments = format!("recommend circleci-ecr-fanout {TWO} --format");
    let markdown = pullstorm(&format!("{arguments} markdown")).answer();
    assert_snapshot!("recommend_markdown", markdown);
    let csv = pullstorm(&format!("{arguments} csv")).answer();
    assert!(csv.starts_with("rank,variant,verdict,owner,"), "{csv}");
    assert_eq!(
        csv.lines().nth(2).unwrap().split(',').nth(1),
        Some("login-per-job")
    );
}

#[test]
fn json_names_its_version_and_has_the_numbers() {
    let arguments = format!("compare circleci-ecr-fanout {TWO} --format json");
    let report: Value = serde_json::from_str(&pullstorm(&arguments).answer()).unwrap();
    assert_eq!(report["schema"], "pullstorm-report/2");
    let today = &report["variants"][0];
    assert_eq!(today["name"], "today");
    assert_eq!(today["headline"]["first_throttled"]["mean"], 184.0);
    assert_eq!(today["headline"]["finished_after"]["mean"], "never");
    assert_eq!(today["best_possible"]["finished_after"], 46.0);
}

#[test]
fn simultaneous_workflows_throttle_the_published_numbers_of_logins() {
    let arguments = "run circleci-ecr-fanout --sweep workloads.ci.workflows=1..8";
    let csv = pullstorm(&format!("{arguments} --format csv"));
    assert_eq!(csv.code, 99);
    let throttled: Vec<&str> = csv
        .out
        .lines()
        .filter(|line| line.contains(",ci.logins.first_throttled,"))
        .map(|line| line.split(',').nth(5).unwrap())
        .collect();
    assert_eq!(
        throttled,
        ["0", "184", "376", "568", "760", "952", "1144", "1336"]
    );
    assert_snapshot!("sweep", pullstorm(arguments).out);
}

#[test]
fn a_variant_that_a_value_of_a_sweep_contradicts_is_left_out_and_no_other_is() {
    let swept = "circleci-ecr-fanout --sweep workloads.ci.jobs=1..2";
    let compared = pullstorm(&format!("compare {swept} --runs 2")).answer();
    assert!(
        compared.contains("login-per-job holds at 1 to 2"),
        "{compared}"
    );
    assert!(!compared.contains("two-waves holds"), "{compared}");
    let note = "two-waves is left out, as it cannot be at workloads.ci.jobs = 1: 1 job cannot be split into 2 waves";
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words(&compared).contains(note), "{compared}");
    let alone = pullstorm(&format!("run {swept}")).answer();
    assert!(!alone.contains("two-waves"), "{alone}");
}

#[test]
fn a_sweep_of_variants_stands_side_by_side() {
    let arguments = "compare circleci-ecr-fanout --variant login-per-job \
                     --sweep workloads.ci.workflows=1..8";
    assert_snapshot!("sweep_variants", pullstorm(arguments).answer());
}

#[test]
fn one_entity_tells_its_story() {
    let arguments = "run circleci-ecr-fanout --variant aws-legacy --explain ci.jobs[3]";
    let story = pullstorm(arguments).answer();
    assert!(story.starts_with("ci.jobs[3]  "), "{story}");
    assert!(story.contains("sdk sleeps "), "{story}");
    let json = pullstorm(&format!("{arguments} --format json")).answer();
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["entity"], "ci.jobs[3]");
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let with = |threads: u32| {
        let arguments = format!("compare circleci-ecr-fanout {TWO} --format json");
        pullstorm(&format!("{arguments} --threads {threads}")).answer()
    };
    assert_eq!(with(1), with(8));
}

#[test]
fn a_recommendation_is_the_same_with_any_number_of_threads() {
    let with = |threads: u32| {
        let arguments = "recommend harness-ecs-deploys --runs 10 --format json";
        pullstorm(&format!("{arguments} --threads {threads}")).answer()
    };
    assert_eq!(with(1), with(8));
}

#[test]
fn another_seed_is_another_digest_and_the_same_seed_the_same() {
    let digest = |seed: u64| {
        let arguments = format!("run circleci-ecr-fanout --format json --seed {seed}");
        let report: Value = serde_json::from_str(&pullstorm(&arguments).out).unwrap();
        report["variants"][0]["digest"].as_str().unwrap().to_owned()
    };
    assert_eq!(digest(7), digest(7));
    assert_ne!(digest(7), digest(8));
}

#[test]
fn a_scenario_comes_from_standard_input_and_values_from_arguments() {
    let text = pullstorm("scenarios circleci-ecr-fanout").answer();
    let answer =
        pullstorm_reading("run - --set workloads.ci.workflows=1", text.as_bytes()).answer();
    assert!(
        answer.starts_with("HOLDS    0 of 192 first logins throttled"),
        "{answer}"
    );
}

#[test]
fn metrics_are_listed_with_unit_and_meaning() {
    let list = pullstorm("metrics circleci-ecr-fanout").answer();
    assert!(list.contains("ci.jobs.start_delay.p99"), "{list}");
    let json: Value = serde_json::from_str(&pullstorm("metrics --format json").answer()).unwrap();
    assert_eq!(json["items"][0]["unit"], "seconds");
}

#[test]
fn charts_are_written_whole_and_nothing_is_left_beside_them() {
    let folder = std::env::temp_dir().join(format!("pullstorm-plot-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("fanout.svg");
    for command in ["compare", "recommend"] {
        let arguments = format!(
            "{command} circleci-ecr-fanout --variant login-per-job --runs 3 --plot {}",
            file.display()
        );
        pullstorm(&arguments).answer();
        let svg = std::fs::read_to_string(&file).unwrap();
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
        assert!(svg.contains("login-per-job"));
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn the_readme_quotes_what_is_printed() {
    let printed = pullstorm("recommend circleci-ecr-fanout").answer();
    let (head, _) = printed.split_once("ASSUMED").unwrap();
    let readme = include_str!("../../../README.md");
    assert!(readme.contains(&format!("```text\n{head}```\n")), "{head}");
}
