//! Whatever is wrong with what is asked for: a clear message, exit code 2, nothing else printed.

use crate::world::{pullstorm, pullstorm_reading};
use insta::assert_snapshot;

#[test]
fn an_unknown_catalog_name_gets_its_nearest() {
    assert_snapshot!(pullstorm("catalog aws-ecr@1999").refusal(), @"error: no preset `aws-ecr@1999`; there is aws-ecr@2016-09, aws-ecr@2018-01, aws-ecr@2018-06, aws-ecr@2019-01, aws-ecr@2020-02, aws-ecr@2026-11");
    assert_snapshot!(pullstorm("catalog aws-standart").refusal(), @r"
    error: the catalog has no `aws-standart`
      help: did you mean `aws-standard` or `aws-standard-2.0` or `aws-standard-2.1`?
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
      help: there is circleci-ecr-fanout
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
    error: an explanation has no CSV form
      help: use --format json
    ");
    assert_snapshot!(pullstorm("diagnose x --format csv").refusal(), @r"
    error: a diagnosis has no CSV form
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
