//! What should hold: `ci.jobs.start_delay.p99 <= 2min`, or a map that says in how many runs, of
//! which variant, and what it means if it is broken.

use super::choice::{Defined, ScalarOr};
use super::decoder::Decoder;
use super::form::{At, Definitions, Form, Name, Share, Words};
use super::model::{Comparison, Expectation, Holds, Severity, WrittenIn};
use super::record::Record;
use crate::units::text;
use crate::yaml::{Node, Path};
use serde_json::{Value as Json, json};

/// Longer operators first: `<=` begins with `<`.
const COMPARISONS: [(&str, Comparison); 5] = [
    ("<=", Comparison::AtMost),
    (">=", Comparison::AtLeast),
    ("==", Comparison::Equal),
    ("<", Comparison::Below),
    (">", Comparison::Above),
];

/// Operators of other languages, and what is written here.
const MISTAKEN: [(&str, &str); 5] = [
    ("!=", "`<` or `>`"),
    ("=<", "`<=`"),
    ("=>", "`>=`"),
    ("≤", "`<=`"),
    ("≥", "`>=`"),
];

/// Between a statement and the share of runs in which it has to hold.
const HOLDS_IN: &str = " holds in ";

const SEVERITIES: Words<Severity> = Words(&[
    ("fail", Severity::Fail, "The variant fails if it is broken."),
    (
        "warn",
        Severity::Warn,
        "It is said if it is broken; the verdict is that of the others.",
    ),
]);

/// How an expectation is written: a statement, or a map that says more.
pub(crate) fn expectation() -> ScalarOr<Expectation> {
    ScalarOr {
        scalar: Box::new(Statement),
        map: Box::new(Defined("expectation", table())),
        short_for: Some("that"),
    }
}

fn table() -> Record<Expectation> {
    let blank = || Expectation::of("", Comparison::Equal, 0.0);
    Record::new("A statement that should hold.", blank)
        .required(
            "that",
            Statement,
            "A metric, a comparison and a number. A percentage of a count is a part of all there \
             are: `limiters.ecr.login.throttled < 1%`.",
            "ci.jobs.failed == 0",
            |it, v| {
                let (severity, variant) = (it.severity, it.variant.take());
                *it = Expectation {
                    severity,
                    variant,
                    ..v
                };
            },
        )
        .absent(
            "holds_in",
            Share,
            "of the mean over runs; with `==` of every run",
            "In which share of runs it has to hold, at least. `ci.jobs.failed == 0 holds in 95%` \
             says the same without a map.",
            "95%",
            |it, v| it.holds = Holds::ShareOfRuns(f64::from(v) / 1e6),
        )
        .optional(
            "severity",
            SEVERITIES,
            "fail",
            "What it means if it is broken.",
            "warn",
            |it, v| it.severity = v,
        )
        .absent(
            "variant",
            At(Name),
            "each of them",
            "The variant it speaks of; `today` is the scenario as it stands.",
            "tuned",
            |it, v| it.variant = Some(v),
        )
        .check(|it, node, decoder| {
            let holds_in = node.entries().unwrap_or(&[]).iter();
            let mut holds_in = holds_in.filter(|entry| entry.key == "holds_in");
            let Some(entry) = holds_in.next() else {
                return true;
            };
            decoder.under(entry, |decoder| {
                if it.text.contains(HOLDS_IN) {
                    let hint = "leave one of the two out";
                    decoder.refuse(&entry.value, "`that` says already in how many runs", hint);
                    return false;
                }
                let holds_in_none = it.holds == Holds::ShareOfRuns(0.0);
                if holds_in_none {
                    decoder.refuse(&entry.value, NO_RUN.0, NO_RUN.1);
                }
                !holds_in_none
            })
        })
}

/// Why no expectation is one of no run, and what to write.
const NO_RUN: (&str, &str) = (
    "what has to hold in 0% of runs says nothing",
    "write more than 0%, up to 100%",
);

/// A metric, a comparison and a number.
struct Statement;

impl Form for Statement {
    type Value = Expectation;

    fn decode(&self, node: &Node, decoder: &mut Decoder) -> Option<Expectation> {
        let written = decoder
            .scalar(node, "a statement", "ci.jobs.failed == 0")?
            .trim();
        let (statement, holds) = match written.split_once(HOLDS_IN) {
            None => (written, Holds::Mean),
            Some((statement, share)) => {
                let share = share.trim().trim_end_matches(" of runs").trim_end();
                let parts = decoder.quantity(node, text::parts_per_million(share))?;
                if parts == 0 {
                    decoder.refuse(node, NO_RUN.0, NO_RUN.1);
                    return None;
                }
                (statement.trim(), Holds::ShareOfRuns(f64::from(parts) / 1e6))
            }
        };
        let (metric, comparison, value) = match split(statement) {
            Ok(parts) => parts,
            Err(hint) => {
                decoder.refuse(node, format!("`{statement}` is not a statement"), hint);
                return None;
            }
        };
        if let Err(error) = Path::parse(metric) {
            let message = format!("`{metric}` is not a metric");
            decoder.refuse(node, message, error.to_string());
            return None;
        }
        let Some((value, written_in)) = number(value) else {
            let message = format!("`{value}` is not a number with its unit");
            decoder.refuse(node, message, "write it like `0`, `2min`, `5%` or `4GB`");
            return None;
        };
        Some(Expectation {
            text: written.to_owned(),
            written_in,
            holds,
            place: decoder.place_of(node),
            ..Expectation::of(metric, comparison, value)
        })
    }

    fn schema(&self, definitions: &mut Definitions) -> Json {
        definitions.refer("statement", |_| {
            json!({
                "description": "A metric, a comparison and a number: `ci.jobs.failed == 0`; and in \
                    which share of runs that holds, if not of the mean: `ci.jobs.failed == 0 holds in 95%`.",
                "type": "string",
                "pattern": "^\\s*[^\\s<>=]+\\s*(<=|>=|==|<|>)\\s*[0-9].*$",
                "examples": [
                    "ci.jobs.failed == 0",
                    "ci.jobs.start_delay.p99 <= 2min",
                    "ci.jobs.failed == 0 holds in 95%",
                ],
            })
        })
    }
}

/// Metric, comparison and number of a statement; else what to write.
fn split(written: &str) -> Result<(&str, Comparison, &str), String> {
    let shape = "write a metric, one of `<` `<=` `==` `>=` `>`, and a number";
    if let Some((wrong, right)) = MISTAKEN.iter().find(|(wrong, _)| written.contains(wrong)) {
        return Err(format!("write {right} instead of `{wrong}`"));
    }
    let at = written.find(['<', '>', '=']).ok_or(shape)?;
    let (metric, rest) = written.split_at(at);
    let Some((operator, comparison)) = COMPARISONS
        .iter()
        .find(|(operator, _)| rest.starts_with(operator))
    else {
        return Err("write `==` for equal".to_owned());
    };
    let value = rest[operator.len()..].trim();
    if metric.trim().is_empty() || value.is_empty() || value.contains(['<', '>', '=']) {
        return Err(shape.to_owned());
    }
    Ok((metric.trim(), *comparison, value))
}

/// A number in the unit of metrics (seconds, 0 to 1, bytes, or what is counted), and the unit that
/// it is written with.
fn number(value: &str) -> Option<(f64, WrittenIn)> {
    if let Ok(count) = text::count(value) {
        return Some((count as f64, WrittenIn::Nothing));
    }
    if let Ok(number) = text::number(value) {
        return Some((number, WrittenIn::Nothing));
    }
    if let Ok(parts) = text::any_parts_per_million(value) {
        return Some((f64::from(parts) / 1e6, WrittenIn::Percent));
    }
    if let Ok(span) = text::span(value) {
        return Some((span.as_secs_f64(), WrittenIn::Time));
    }
    if let Ok(bytes) = text::bytes(value) {
        return Some((bytes as f64, WrittenIn::Bytes));
    }
    let rate = text::rate(value).ok()?;
    Some((rate.per_second_f64(), WrittenIn::Rate))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Document;

    #[test]
    fn a_statement_is_a_metric_a_comparison_and_a_number() {
        assert_eq!(
            split("ci.jobs.failed==0"),
            Ok(("ci.jobs.failed", Comparison::Equal, "0"))
        );
        assert_eq!(
            split("a.b <= 2min"),
            Ok(("a.b", Comparison::AtMost, "2min"))
        );
        assert!(split("a.b = 0").unwrap_err().contains("`==`"));
        assert!(split("a.b => 0").unwrap_err().contains("`>=`"));
        assert!(split("a.b").is_err() && split("a < 1 < 2").is_err() && split("< 1").is_err());
    }

    #[test]
    fn numbers_are_in_the_unit_of_the_metric_and_know_how_they_were_written() {
        let bare = |value| Some((value, WrittenIn::Nothing));
        assert_eq!(number("0"), bare(0.0));
        assert_eq!(number("1.5"), bare(1.5));
        assert_eq!(number("2min"), Some((120.0, WrittenIn::Time)));
        assert_eq!(number("5%"), Some((0.05, WrittenIn::Percent)));
        assert_eq!(number("4GB"), Some((4e9, WrittenIn::Bytes)));
        assert_eq!(number("240/min"), Some((4.0, WrittenIn::Rate)));
        assert_eq!(number("-1"), None);
        assert_eq!(number("soon"), None);
    }

    /// The first expectation of a scenario with this line, or what is wrong with it.
    fn read(line: &str) -> Result<Expectation, String> {
        let text = format!(
            "pullstorm: 1\nname: x\nservices: {{ecr: {{preset: aws-ecr@2018-01}}}}\nworkloads:\n  \
             ci: {{kind: ci-fanout, service: ecr, jobs: 8}}\nexpect:\n  - {line}\n"
        );
        let document = Document::parse("x.yaml", text.as_bytes());
        let document = document.map_err(|problems| problems.to_string())?;
        Ok(document.scenario().expect[0].clone())
    }

    #[test]
    fn a_share_of_runs_is_said_in_the_statement_or_beside_it() {
        let share = Holds::ShareOfRuns(0.95);
        assert_eq!(
            read("ci.jobs.failed == 0 holds in 95%").unwrap().holds,
            share
        );
        let long = read("ci.jobs.failed == 0 holds in 95% of runs");
        assert_eq!(long.unwrap().holds, share);
        let map = read("{that: ci.jobs.failed == 0, holds_in: 95%}").unwrap();
        assert_eq!((map.holds, map.severity), (share, Severity::Fail));
        assert!(
            read("ci.jobs.failed == 0 holds in 0%")
                .unwrap_err()
                .contains("0%")
        );
        assert!(read("{that: ci.jobs.failed == 0, holds_in: 0%}").is_err());
        assert!(read("ci.jobs.failed == 0 holds in 101%").is_err());
        let twice = read("{that: ci.jobs.failed == 0 holds in 95%, holds_in: 90%}");
        assert!(twice.unwrap_err().contains("already"));
    }

    #[test]
    fn an_expectation_may_warn_and_may_speak_of_one_variant() {
        let map = read("{severity: warn, variant: today, that: ci.jobs.failed < 1%}").unwrap();
        assert_eq!(map.severity, Severity::Warn);
        assert_eq!(
            map.variant.map(|variant| variant.value),
            Some("today".into())
        );
        assert_eq!(
            (map.written_in, map.value, map.text.as_str()),
            (WrittenIn::Percent, 0.01, "ci.jobs.failed < 1%")
        );
        assert!(read("{severity: wran, that: ci.jobs.failed < 1%}").is_err());
    }
}
