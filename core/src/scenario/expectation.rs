//! Statements to hold: `ci.jobs.start_delay.p99 <= 2min`.

use super::decoder::Decoder;
use super::form::{Definitions, Form};
use super::model::{Comparison, Expectation};
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

/// A metric, a comparison and a number.
pub(crate) struct Statement;

impl Form for Statement {
    type Value = Expectation;

    fn decode(&self, node: &Node, decoder: &mut Decoder) -> Option<Expectation> {
        let written = decoder
            .scalar(node, "a statement", "ci.jobs.failed == 0")?
            .trim();
        let (metric, comparison, value) = match split(written) {
            Ok(parts) => parts,
            Err(hint) => {
                decoder.refuse(node, format!("`{written}` is not a statement"), hint);
                return None;
            }
        };
        if let Err(error) = Path::parse(metric) {
            let message = format!("`{metric}` is not a metric");
            decoder.refuse(node, message, error.to_string());
            return None;
        }
        let Some(number) = number(value) else {
            let message = format!("`{value}` is not a number with its unit");
            decoder.refuse(node, message, "write it like `0`, `2min`, `5%` or `4/s`");
            return None;
        };
        Some(Expectation {
            text: written.to_owned(),
            metric: metric.to_owned(),
            comparison,
            value: number,
            is_bare: text::number(value).is_ok(),
            place: decoder.place_of(node),
        })
    }

    fn schema(&self, definitions: &mut Definitions) -> Json {
        definitions.refer("statement", |_| {
            json!({
                "description": "A metric, a comparison and a number: `ci.jobs.failed == 0`.",
                "type": "string",
                "pattern": "^\\s*[^\\s<>=]+\\s*(<=|>=|==|<|>)\\s*[0-9].*$",
                "examples": ["ci.jobs.failed == 0", "ci.jobs.start_delay.p99 <= 2min"],
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

/// A number in the unit of metrics: seconds, 0 to 1, per second, or what is counted.
fn number(value: &str) -> Option<f64> {
    if let Ok(count) = text::count(value) {
        return Some(count as f64);
    }
    if let Ok(number) = text::number(value) {
        return Some(number);
    }
    if let Ok(parts) = text::parts_per_million(value) {
        return Some(f64::from(parts) / 1e6);
    }
    if let Ok(span) = text::span(value) {
        return Some(span.as_secs_f64());
    }
    text::rate(value).ok().map(|rate| rate.per_second_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn numbers_are_in_the_unit_of_the_metric() {
        assert_eq!(number("0"), Some(0.0));
        assert_eq!(number("2min"), Some(120.0));
        assert_eq!(number("5%"), Some(0.05));
        assert_eq!(number("240/min"), Some(4.0));
        assert_eq!(number("1.5"), Some(1.5));
        assert_eq!(number("-1"), None);
        assert_eq!(number("soon"), None);
    }
}
