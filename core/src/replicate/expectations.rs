//! Expectations and the metrics of a variant: which it is held to, and whether they can be compared.

use crate::catalog::nearest;
use crate::metric::{Metric, Metrics, Unit};
use crate::scenario::model::{Expectation, Placed, WrittenIn};
use crate::scenario::{Document, Problem};

/// What the path of a count's share adds to its own.
const SHARE: &str = "_share";

/// The expectations that a variant is held to, each with the path of what is compared.
///
/// # Errors
/// Metrics that do not exist, and numbers that are written with another unit than theirs.
pub(super) fn resolve(
    expect: Vec<Expectation>,
    variant: &str,
    metrics: &Metrics,
) -> Result<Vec<Expectation>, Vec<Problem>> {
    let concerns = |expectation: &Expectation| {
        let named = expectation.variant.as_ref();
        named.is_none_or(|named| named.value == variant)
    };
    let (mut resolved, mut problems) = (Vec::new(), Vec::new());
    for mut expectation in expect.into_iter().filter(concerns) {
        match compared(&expectation, metrics) {
            Ok(metric) => {
                expectation.metric = metric;
                resolved.push(expectation);
            }
            Err(problem) => problems.push(problem),
        }
    }
    match problems.is_empty() {
        true => Ok(resolved),
        false => Err(problems),
    }
}

/// Variants that are named and do not exist.
pub(super) fn unknown_variants(document: &Document) -> Vec<Problem> {
    // One that was left out is written all the same.
    let written = document.names_under("variants");
    let names = || std::iter::once("today").chain(written.iter().map(String::as_str));
    let scenario = document.scenario();
    let expected = scenario.expect.iter();
    let expected = expected.filter_map(|expectation| expectation.variant.as_ref());
    let unknown = |path: &'static str| {
        move |named: &Placed<String>| Problem {
            place: named.place,
            path: path.to_owned(),
            message: format!("there is no variant `{}`", named.value),
            hint: Some(hint(
                &nearest(&named.value, names(), 2),
                "variants here: ",
                || names().collect::<Vec<_>>().join(", "),
            )),
        }
    };
    let is_unknown = |named: &&Placed<String>| !names().any(|name| name == named.value);
    let expected = expected.filter(is_unknown).map(unknown("expect"));
    let checked = scenario.check.iter().filter(is_unknown);
    expected.chain(checked.map(unknown("check"))).collect()
}

/// The path of the metric that an expectation compares, or why it cannot.
fn compared(expectation: &Expectation, metrics: &Metrics) -> Result<String, Problem> {
    let path = &expectation.metric;
    let problem = |message: String, hint: String| Problem {
        place: expectation.place,
        path: "expect".to_owned(),
        message,
        hint: Some(hint),
    };
    let known = |path: &str| metrics.find(path).and_then(|at| metrics.get(at));
    let Some(metric) = known(path) else {
        let paths = metrics.iter().map(|metric| metric.path.as_str());
        let near = nearest(path, paths, 3);
        let hint = hint(&near, "", || {
            "`pullstorm metrics SCENARIO` lists them".to_owned()
        });
        return Err(problem(format!("there is no metric `{path}`"), hint));
    };
    let number = expectation.value;
    let as_count = "write a whole number, as in `0` or `20k`";
    match (expectation.written_in, metric.unit) {
        (WrittenIn::Nothing, Unit::Seconds) if number != 0.0 => Err(problem(
            format!("`{path}` is a time, and the number has no unit"),
            format!("write `{number}s` if you mean seconds, or `{number}min`"),
        )),
        (WrittenIn::Percent, Unit::Count) => {
            let share = format!("{path}{SHARE}");
            match known(&share) {
                Some(Metric { path, .. }) => Ok(path.clone()),
                None => Err(problem(
                    format!("`{path}` is a count of nothing that there is a share of"),
                    as_count.to_owned(),
                )),
            }
        }
        (WrittenIn::Nothing, _)
        | (WrittenIn::Percent, Unit::Share | Unit::Ratio)
        | (WrittenIn::Time, Unit::Seconds)
        | (WrittenIn::Bytes, Unit::Bytes) => Ok(path.clone()),
        (_, unit) => {
            let (is, hint) = match unit {
                Unit::Count => ("a count", as_count),
                Unit::Seconds => ("a time", "write a time, as in `90s` or `2min`"),
                Unit::Share => ("a share", "write a share, as in `5%` or `0.05`"),
                Unit::Ratio => ("a ratio", "write a number, as in `1.5`"),
                Unit::Bytes => ("a number of bytes", "write bytes, as in `4GB`"),
            };
            let message = format!("`{path}` is {is}, which has another unit than the number");
            Err(problem(message, hint.to_owned()))
        }
    }
}

/// The nearest names, or all there are.
fn hint(near: &[&str], all: &str, list: impl FnOnce() -> String) -> String {
    match near {
        [] => format!("{all}{}", list()),
        near => format!("nearest: {}", near.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replicate::{Prepared, prepare};

    fn prepared(expect: &str) -> Result<Vec<Prepared>, String> {
        let text = format!(
            "pullstorm: 1\nname: x\nservices:\n  ecr: {{preset: aws-ecr@2018-01}}\nworkloads:\n  ci: \
             {{kind: ci-fanout, service: ecr, jobs: 20}}\nvariants:\n  half: {{set: \
             {{workloads.ci.jobs: 10}}}}\n{expect}\n"
        );
        let document = Document::parse("x.yaml", text.as_bytes());
        let document = document.map_err(|problems| problems.to_string())?;
        prepare(&document, &[]).map_err(|problems| problems.to_string())
    }

    fn wrong(expectation: &str) -> String {
        let prepared = prepared(&format!("expect: [{expectation}]"));
        prepared.map_or_else(|problems| problems, |_| String::new())
    }

    #[test]
    fn a_number_has_the_unit_of_its_metric() {
        let delay = |what: &str| wrong(&format!("ci.jobs.start_delay.p90 {what}"));
        assert!(delay("<= 2").contains("write `2s` if you mean seconds"));
        assert!(delay("<= 2%").contains("is a time"));
        assert_eq!(delay("<= 2s") + &delay("<= 0"), "");
        assert_eq!(wrong("ci.jobs.failed <= 2"), "");
        assert!(wrong("ci.jobs.failed <= 2s").contains("is a count"));
        assert!(wrong("ci.jobs.failed_share <= 2min").contains("is a share"));
        assert!(wrong("ci.logins.throttled < 4/s").contains("is a count"));
        assert!(wrong("ci.jobs.wanted < 1%").contains("there is a share of"));
    }

    #[test]
    fn a_percentage_of_a_count_is_its_share() {
        let limiter = "limiters.ecr.GetAuthorizationToken.throttled";
        let expect = format!("expect: [{limiter} < 1%, {limiter} < 1]");
        let variants = prepared(&expect).unwrap();
        let expected = &variants[0].scenario.expect;
        assert_eq!(expected[0].metric, format!("{limiter}_share"));
        assert_eq!(expected[0].text, format!("{limiter} < 1%"));
        assert_eq!(expected[1].metric, limiter);
    }

    #[test]
    fn a_variant_is_held_to_what_speaks_of_it_and_to_what_speaks_of_all() {
        let variants = prepared(
            "expect:\n  - ci.jobs.failed == 0\n  - {that: ci.jobs.wanted == 10, variant: half}",
        );
        let variants = variants.unwrap();
        let held = |at: usize| variants[at].scenario.expect.len();
        assert_eq!((held(0), held(1)), (1, 2));
    }

    #[test]
    fn a_variant_that_does_not_exist_is_named_with_what_is_near() {
        let named = |name: &str| wrong(&format!("{{that: ci.jobs.failed == 0, variant: {name}}}"));
        assert!(named("hlaf").contains("nearest: half"));
        assert!(named("zzzzzz").contains("variants here: today, half"));
        assert_eq!(named("today"), "");
        assert!(
            prepared("check: [half, hall]")
                .unwrap_err()
                .contains("there is no variant `hall`")
        );
    }
}
