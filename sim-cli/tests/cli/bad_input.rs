//! Whatever is wrong with what is asked for: a clear message, exit code 2, nothing else printed.

use crate::world::{Folder, pullstorm, pullstorm_reading};
use insta::assert_snapshot;

#[test]
fn an_unknown_catalog_name_gets_its_nearest() {
    assert_snapshot!(pullstorm("catalog aws-ecr@1999").refusal(), @"error: no preset `aws-ecr@1999`; there is aws-ecr@2016-09, aws-ecr@2018-01, aws-ecr@2018-06, aws-ecr@2019-01, aws-ecr@2020-02, aws-ecr@2026-11");
    assert_snapshot!(pullstorm("catalog aws-standart").refusal(), @r"
    error: the catalog has no `aws-standart`
      help: did you mean `aws-standard` or `aws-standard-2.0` or `aws-standard-2.1`?
    ");
    assert_snapshot!(pullstorm("catalog registertaskdefinition").refusal(), @r"
    error: the catalog has no `registertaskdefinition`
      help: it is an operation; its limits are in `aws-ecs`, `aws-ecs-fargate`: `pullstorm catalog aws-ecs`
    ");
    assert_snapshot!(pullstorm("catalog zzzzzzzz").refusal(), @r"
    error: the catalog has no `zzzzzzzz`
      help: `pullstorm catalog`, `catalog retry` and `catalog records` list all
    ");
}

#[test]
fn an_unknown_built_in_scenario_gets_the_list() {
    assert_snapshot!(pullstorm("scenarios circleci").refusal(), @r"
    error: there is no built-in scenario `circleci`
      help: there is circleci-ecr-fanout, harness-ecs-deploys, harness-cloudformation, harness-ecs-503, harness-two-accounts, aws-retry-defaults, aws-retry-defaults-503, ecr-push-put-image, swarm-restart-loop, mirror-cold-start, ecs-rollout, ecs-hundred-tasks, ecs-denied-role, kubernetes-scale-out, docker-hub-anonymous-ci, ecr-public-compose, cron-at-the-full-hour, reconnect-after-outage, replay-release-morning
    ");
}

#[test]
fn nothing_cannot_be_diagnosed() {
    assert_snapshot!(pullstorm_reading("diagnose -", b" \n").refusal(), @r"
    error: there is no text to diagnose
      help: give the error line in quotes, or a log on standard input with `-`
    ");
}

#[test]
fn what_is_no_table_has_no_csv() {
    assert_snapshot!(pullstorm("catalog aws-ecr --format csv").refusal(), @r"
    error: this answer is no table, so it has no CSV form
      help: use --format json
    ");
    assert_snapshot!(pullstorm("diagnose x --format csv").refusal(), @r"
    error: this answer is no table, so it has no CSV form
      help: use --format json
    ");
}

#[test]
fn an_unknown_option_or_format_is_refused() {
    assert!(
        pullstorm("catalog --fromat json")
            .refusal()
            .contains("--format")
    );
    assert!(
        pullstorm("catalog --format yaml")
            .refusal()
            .contains("json")
    );
    assert!(
        pullstorm("recomend")
            .refusal()
            .contains("unrecognized subcommand")
    );
}

/// A scenario without mistakes; the cases put theirs in.
const GOOD: &str = "\
pullstorm: 1
name: good
services:
  ecr:
    preset: aws-ecr@2018-01
    latency: 60ms
workloads:
  ci:
    kind: ci-fanout
    service: ecr
    jobs: 32
    images: 6
    retry: none
expect:
  - ci.jobs.failed == 0
";

/// Runs the good scenario with a line replaced; it must be refused, with its place.
fn refused_with(line: &str, by: &str) -> String {
    assert!(GOOD.contains(line), "the good scenario has {line:?}");
    let text = GOOD.replace(line, by);
    let refusal = pullstorm_reading("run -", text.as_bytes()).refusal();
    assert!(refusal.contains("--> standard input:"), "{refusal}");
    refusal
}

#[test]
fn the_good_scenario_is_good() {
    let ended = pullstorm_reading("run -", GOOD.as_bytes());
    assert_eq!((ended.code, ended.err.as_str()), (0, ""));
    assert!(ended.out.starts_with("HOLDS "), "{}", ended.out);
}

#[test]
fn a_mistake_in_a_scenario_is_shown_at_its_place_by_every_command() {
    for command in ["run", "compare", "recommend", "metrics"] {
        let text = GOOD.replace("jobs: 32", "jbos: 32");
        let ended = pullstorm_reading(&format!("{command} -"), text.as_bytes());
        let refusal = ended.refusal();
        assert!(refusal.contains("standard input:11:5"), "{refusal}");
        assert!(refusal.contains("did you mean `jobs`?"), "{refusal}");
    }
}

#[test]
fn each_kind_of_mistake_is_refused() {
    let cases = [
        ("pullstorm: 1", "pullstorm: 2"),
        ("jobs: 32", "jbos: 32"),
        ("jobs: 32", "jobs: 32\n    jobs: 33"),
        ("jobs: 32", "jobs: [32]"),
        ("jobs: 32", "jobs: many"),
        ("jobs: 32", "jobs: -1"),
        ("jobs: 32", "jobs: 0"),
        ("jobs: 32", "jobs: .nan"),
        ("jobs: 32", "jobs: 1e400"),
        ("jobs: 32", "jobs: 99999999999999999999"),
        ("latency: 60ms", "latency: 60"),
        ("latency: 60ms", "latency: 60 parsecs"),
        ("latency: 60ms", "latency: 99999999999h"),
        ("service: ecr", "service: ecs"),
        ("preset: aws-ecr@2018-01", "preset: aws-erc"),
        ("ci.jobs.failed", "ci.jobs.fialed"),
        ("retry: none", "retry: sometimes"),
        (
            "retry: none",
            "retry: {strategy: fixed, delay: 0s, attempts: unlimited}",
        ),
        (
            "preset: aws-ecr@2018-01",
            "limiters: {a: {bucket: {burst: 1, refill: 0.0000000000000000001/s}}}",
        ),
        ("retry: none", "retry: none\n  bad: [1, 2"),
    ];
    for (line, by) in cases {
        refused_with(line, by);
    }
}

#[test]
fn more_entities_than_memory_are_refused_before_they_are_laid_out() {
    let text = GOOD.replace("jobs: 32", "jobs: 4000000000\n    workflows: 4000000000");
    let refusal = pullstorm_reading("run -", text.as_bytes()).refusal();
    assert!(refusal.contains("--> standard input:"), "{refusal}");
    assert!(
        refusal.contains("a run holds 10000000 at most"),
        "{refusal}"
    );
}

#[test]
fn an_empty_scenario_and_one_that_is_no_text_are_refused() {
    pullstorm_reading("run -", b"").refusal();
    pullstorm_reading("run -", b" \n# nothing\n").refusal();
    let refusal = pullstorm_reading("run -", b"pullstorm: 1\nname: \xff\xfe\n").refusal();
    assert!(refusal.contains("UTF-8"), "{refusal}");
    pullstorm_reading("run -", &[0; 100]).refusal();
    let refusal = pullstorm_reading("run -", &vec![b'#'; 3 << 20]).refusal();
    assert!(refusal.contains("bytes"), "{refusal}");
}

#[test]
fn a_scenario_that_cannot_be_read_is_refused() {
    assert_snapshot!(
        pullstorm("run circleci-ecr").refusal(),
        @r"
    error: `circleci-ecr` is neither a built-in scenario nor a file
      help: did you mean `circleci-ecr-fanout`?
    "
    );
    assert_snapshot!(pullstorm("run no/such.yaml").refusal(), @"error: there is no file `no/such.yaml`");
    assert_snapshot!(pullstorm("run tests").refusal(), @"error: cannot read `tests`: it is a directory");
}

#[cfg(unix)]
#[test]
fn an_endless_file_is_not_read_to_its_end() {
    let refusal = pullstorm("run /dev/zero").refusal();
    assert!(refusal.contains("bytes"), "{refusal}");
}

#[test]
fn a_wrong_argument_is_refused_with_what_there_is() {
    let run =
        |arguments: &str| pullstorm(&format!("run circleci-ecr-fanout {arguments}")).refusal();
    assert!(run("--set workloads.ci.jbos=8").contains("did you mean `jobs`?"));
    assert!(run("--set workloads.ci.jobs").contains("has no `=`"));
    assert!(run("--set workloads.ci.jobs=").contains("there is no value"));
    assert!(run("--set workloads.ci.jobs=none").contains("--set"));
    assert!(run("--variant two-wave").contains("two-waves"));
    // A variant of two waves has to have two jobs.
    let waves = "1 job cannot be split into 2 waves";
    assert!(run("--sweep workloads.ci.jobs=1..2 --variant two-waves").contains(waves));
    assert!(run("--sweep workloads.ci.jobs=8..1").contains("ends before it begins"));
    assert!(run("--sweep workloads.ci.jbos=1..8").contains("did you mean `jobs`?"));
    assert!(run("--sweep workloads.ci.jobs=1,x").contains("--sweep:1:19"));
    assert!(run("--explain ci.jobs[64]").contains("the last is jobs[63]"));
    assert!(run("--explain ci").contains("ci.jobs[3]"));
    for runs in ["0", "-1", "many", "99999999999999999999"] {
        let said = run(&format!("--runs {runs}"));
        assert!(
            said.contains("write a whole number from 1 to 1000000\n"),
            "{said}"
        );
    }
    for seed in ["-1", "99999999999999999999999", "1.5"] {
        let said = run(&format!("--seed {seed}"));
        assert!(said.contains("from 0 to 18446744073709551615"), "{said}");
    }
    assert!(run("--memory lots").contains("--memory:1:8"));
    let little = run("--memory 20kB");
    assert!(little.contains("it may take 20.0 kB"), "{little}");
    assert!(little.contains("MB`"), "what suffices: {little}");
    assert!(run("--threads 0").contains("write a whole number from 1 to 1024\n"));
}

#[test]
fn a_value_that_a_variant_sets_by_itself_is_not_set_in_silence() {
    let run = |arguments: &str| pullstorm(&format!("{arguments} --runs 1"));
    let alone = run("run circleci-ecr-fanout --variant tuned --set workloads.ci.retry=none");
    assert_snapshot!(alone.refusal(), @r"
    error: `--set workloads.ci.retry=none` does nothing: the variant `tuned` sets that itself
      help: leave out `--variant` to try it on today, or change the variant in the file
    ");
    let beside = run(
        "compare circleci-ecr-fanout --variant tuned --variant login-per-job --set workloads.ci.retry=none",
    );
    assert_snapshot!(beside.err, @"note: --set workloads.ci.retry=none changes today; tuned keeps what the scenario sets there");
    let swept = run("run circleci-ecr-fanout --variant two-waves --sweep workloads.ci.waves=1,2");
    assert_snapshot!(swept.err, @"note: the sweep sets workloads.ci.waves in two-waves in place of what the scenario sets there");
    let twice = run("run circleci-ecr-fanout --set workloads.ci.jobs=8 --set workloads.ci.jobs=9");
    assert_snapshot!(twice.refusal(), @r"
    error: `--set` has two values for `workloads.ci.jobs`
      help: leave one of them out
    ");
    let both =
        run("run circleci-ecr-fanout --set workloads.ci.jobs=8 --sweep workloads.ci.jobs=1,2");
    assert_snapshot!(both.refusal(), @r"
    error: `--sweep` sets `workloads.ci.jobs`, and so does `--set workloads.ci.jobs=8`
      help: leave one of them out
    ");
    let another =
        run("compare circleci-ecr-fanout --variant tuned --set workloads.ci.begin.every=1s");
    assert_eq!(another.err, "");
}

#[test]
fn a_chart_that_cannot_be_written_is_refused_before_anything_is_simulated() {
    let plot = |path: &str| {
        let arguments = format!("run circleci-ecr-fanout --runs 1000000 --plot {path}");
        pullstorm(&arguments).refusal()
    };
    assert_snapshot!(plot("no/such/folder.svg"), @"error: cannot write `no/such/folder.svg`: no such directory");
    assert_snapshot!(plot("tests"), @"error: cannot write `tests`: it is a directory");
    assert_snapshot!(plot("chart.png"), @r"
    error: cannot write `chart.png`: charts are SVG
      help: write --plot chart.svg
    ");
    let several = plot("x.svg --sweep workloads.ci.jobs=1..2");
    let curves =
        "`pullstorm capacity circleci-ecr-fanout --vary 'workloads.ci.jobs=1..2' --plot x.svg`";
    assert!(several.contains(curves), "{several}");
    assert!(
        several.contains("`--set 'workloads.ci.jobs=1' --plot x.svg`"),
        "{several}"
    );
    assert_snapshot!(plot("x.svg --sweep workloads.ci.login=per-job,per-workflow"), @r"
    error: --plot draws one load, and --sweep simulates several
      help: for one of the values, `--set 'workloads.ci.login=per-job' --plot x.svg`
    ");
}

#[test]
fn the_explorer_begins_with_no_scenario_that_is_wrong() {
    let folder = Folder::new("web-scenario");
    folder.write("empty.yaml", "");
    let text = "pullstorm: 1\nname: x\nservices: {ecr: {preset: aws-ecrr}}\nworkloads: {ci: {kind: \
                ci-fanout, service: ecr, jobs: 1}}\n";
    folder.write("unknown.yaml", text);
    let web = |named: &str| {
        let arguments = format!("web --no-open --port 0 --scenario {named}");
        folder.pullstorm(&arguments).refusal()
    };
    assert!(web("empty.yaml").contains("--> empty.yaml:1:1"));
    assert!(web("unknown.yaml").contains("no preset `aws-ecrr`"));
    assert_snapshot!(web("circleci-ecr-fanuot"), @r"
    error: `circleci-ecr-fanuot` is neither a built-in scenario nor a file
      help: did you mean `circleci-ecr-fanout`?
    ");
}
