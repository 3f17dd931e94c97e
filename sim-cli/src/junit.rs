//! JUnit XML: a suite for each variant, a test for each expectation and one for the baseline; where the
//! baseline has scenarios that are gone, a suite for those.

use crate::failure::Failure;
use pullstorm_core::check::{Case, CheckReport, Expected, Outcome, sentence};
use pullstorm_core::judge::Status;
use pullstorm_core::scenario::model::Severity;
use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};

/// The report as JUnit XML.
///
/// # Errors
/// Where it cannot be put together.
pub fn xml(report: &CheckReport, strict: bool) -> Result<String, Failure> {
    let mut junit = Report::new("pullstorm check");
    for case in &report.cases {
        let mut suite = TestSuite::new(format!("{} {}", case.scenario, case.variant));
        let (seed, runs) = (case.seed.to_string(), case.runs.to_string());
        for (name, value) in [
            ("seed", seed.as_str()),
            ("runs", runs.as_str()),
            ("digest", case.digest.as_str()),
        ] {
            suite.add_property(Property::new(name, value));
        }
        for expected in &case.expectations {
            suite.add_test_case(expectation(case, expected, strict));
        }
        if report.baseline.is_some() && case.outcome != Outcome::New {
            suite.add_test_case(as_in_the_baseline(case, strict));
        }
        junit.add_test_suite(suite);
    }
    if !report.lost.is_empty() {
        let mut suite = TestSuite::new("baseline");
        suite.add_test_case(lost(&report.lost, strict));
        junit.add_test_suite(suite);
    }
    junit
        .to_string()
        .map_err(|error| Failure::Own(format!("cannot write JUnit XML: {error}")))
}

fn expectation(case: &Case, expected: &Expected, strict: bool) -> TestCase {
    let judged = &expected.judged;
    let said = sentence(expected);
    let broken = |kind: &str| failure(kind, &said, &said);
    let status = match (judged.status, judged.severity) {
        (Status::Broken, Severity::Fail) => broken("breach"),
        (Status::Undecided, Severity::Fail) => broken("undecided"),
        (Status::Broken, Severity::Warn) if strict => broken("warning"),
        (Status::Skipped, Severity::Fail) if strict => broken("skipped"),
        (Status::Skipped, _) => TestCaseStatus::skipped(),
        _ => TestCaseStatus::success(),
    };
    let mut test = test(case, &judged.text, status);
    test.set_system_out(&said);
    if let Some(line) = expected.line {
        test.extra.insert("line".into(), line.to_string().into());
    }
    test
}

fn as_in_the_baseline(case: &Case, strict: bool) -> TestCase {
    let drifts = case.drifts.iter().map(|drift| drift.text.clone());
    let presets = case.presets.iter().map(|preset| preset.text.clone());
    let reasons = case.reasons.iter().map(|why| format!("why: {why}"));
    let said: Vec<String> = drifts.chain(presets).chain(reasons).collect();
    let first = said.first().map_or("", String::as_str);
    let status = match (case.drifts.is_empty(), case.presets.is_empty()) {
        (false, _) => failure("drift", first, &said.join("\n")),
        (true, false) if strict => failure("preset-changed", first, &said.join("\n")),
        _ => TestCaseStatus::success(),
    };
    let mut test = test(case, "as in the baseline", status);
    if !said.is_empty() {
        test.set_system_out(said.join("\n"));
    }
    test
}

/// Whether there still is what the baseline was written of.
fn lost(lost: &[String], strict: bool) -> TestCase {
    let said = lost.join("\n");
    let status = match strict {
        true => failure("lost", &lost[0], &said),
        false => TestCaseStatus::success(),
    };
    let mut test = TestCase::new("all of the baseline is compared", status);
    test.set_classname("baseline");
    test.set_system_out(said);
    test
}

fn test(case: &Case, name: &str, status: TestCaseStatus) -> TestCase {
    let mut test = TestCase::new(name, status);
    test.set_classname(format!("{}.{}", case.scenario, case.variant));
    if let Some(file) = &case.file {
        test.extra.insert("file".into(), file.as_str().into());
    }
    test
}

fn failure(kind: &str, message: &str, body: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_type(kind);
    status.set_message(message);
    status.set_description(body);
    status
}
