//! `tune:`: which settings a search may try, and to which values.

use super::decoder::Decoder;
use super::form::{Definitions, Form};
use super::model::Tune;
use super::overrides::Override;
use crate::capacity::{Load, Values};
use crate::tune::{Domain, in_one_unit, plainly};
use crate::yaml::{Diagnostic, Entry, Node, Value};
use serde_json::{Value as Json, json};

/// What values can be, for messages.
const FORMS: &str = "write a range as 3..20, 0s..60s+10s (by steps) or 1s..60s*2 (by factors), or a \
                     list as [per-job, per-workflow]";

/// More values than this are no choice that a search could try.
const VALUES_MAX: usize = 1_000;

/// A map from paths to the values they may take.
pub(crate) struct Tunes;

impl Form for Tunes {
    type Value = Vec<Tune>;

    fn decode(&self, node: &Node, decoder: &mut Decoder) -> Option<Vec<Tune>> {
        let Some(entries) = node.entries() else {
            let example = "{workloads.ci.retry.attempts: 3..20}";
            decoder.expected(node, "a map from paths to values", example);
            return None;
        };
        if entries.is_empty() {
            let hint = "write a path with its values, or leave `tune` out: then the search tries the \
                        settings that the tools of each workload have";
            decoder.refuse(
                node,
                "no setting is named, so there is nothing to search",
                hint,
            );
            return None;
        }
        let tunes: Vec<Option<Tune>> = entries
            .iter()
            .map(|entry| decoder.under(entry, |decoder| tune(entry, decoder)))
            .collect();
        let tunes: Vec<Tune> = tunes.into_iter().collect::<Option<_>>()?;
        let apart = tunes.iter().zip(entries).all(|(tune, entry)| {
            let around = tunes
                .iter()
                .find(|other| is_inside(&tune.path, &other.path));
            around.is_none_or(|around| {
                let message = format!("`{}` is a part of `{}`", tune.path, around.path);
                let hint = "a search can turn one of them: leave the other out";
                decoder.report(Diagnostic::new(message, entry.key_place).hint(hint));
                false
            })
        });
        apart.then_some(tunes)
    }

    fn schema(&self, _: &mut Definitions) -> Json {
        json!({
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {
                "anyOf": [
                    { "type": "string", "pattern": r"\.\." },
                    { "type": "array", "minItems": 2 },
                ],
            },
        })
    }
}

/// Whether a path leads into another.
fn is_inside(path: &str, other: &str) -> bool {
    path.strip_prefix(other)
        .is_some_and(|rest| rest.starts_with('.'))
}

fn tune(entry: &Entry, decoder: &mut Decoder) -> Option<Tune> {
    let node = &entry.value;
    if let Err(problem) = Override::new(&entry.key, entry.key_place, node.clone()) {
        decoder.report(*problem);
        return None;
    }
    let domain = match &node.value {
        Value::List(items) => listed(items, decoder)?,
        _ => {
            let written = decoder.scalar(node, "a range or a list", "3..20")?;
            let range = range(written);
            range.map_err(|why| decoder.refuse(node, why, FORMS)).ok()?
        }
    };
    if domain.values.is_empty() {
        decoder.refuse(node, "the list is empty, so nothing to choose", FORMS);
        return None;
    }
    if domain.values.len() < 2 {
        decoder.refuse(node, "there is only one value, so nothing to choose", FORMS);
        return None;
    }
    if domain.values.len() > VALUES_MAX {
        let message = format!("there are more than {VALUES_MAX} values");
        decoder.refuse(node, message, "write a step, as in 0s..60s+10s");
        return None;
    }
    Some(Tune {
        path: entry.key.clone(),
        values: domain.values,
        ordered: domain.ordered,
    })
}

fn listed(items: &[Node], decoder: &mut Decoder) -> Option<Domain> {
    let mut values: Vec<String> = Vec::new();
    for item in items {
        if item.is_blank() {
            decoder.refuse(item, "a value is empty", FORMS);
            return None;
        }
        let value = item.to_flow();
        if values.contains(&value) {
            decoder.refuse(
                item,
                format!("`{value}` stands here twice"),
                "leave one out",
            );
            return None;
        }
        values.push(value);
    }
    let numbers: Option<Vec<f64>> = values
        .iter()
        .map(|value| Load::read(value).map(|(load, _)| load.value))
        .collect();
    Some(Domain {
        ordered: numbers.is_some_and(|numbers| numbers.is_sorted()),
        ..Domain::choices(values)
    })
}

/// The values of a range: those of its step, or those that a person would write.
fn range(written: &str) -> Result<Domain, String> {
    let Some((low, high)) = written.split_once("..") else {
        return Err(format!(
            "`{written}` is one value, so there is nothing to choose"
        ));
    };
    if !high.contains(['+', '*']) {
        return Domain::range(low, high, None).map_err(|why| why.to_string());
    }
    let without_forms = |why: String| why.split(';').next().unwrap_or_default().to_owned();
    let (high, step) = high.split_at(high.find(['+', '*']).unwrap_or(high.len()));
    let (sign, step) = step.split_at(1);
    let parts: &[&str] = match sign {
        "+" => &[low, high, step],
        _ => &[low, high],
    };
    // Ends and step may have units of their own, which ranges of other places do not take.
    let Some(parts) = in_one_unit(parts) else {
        let values: Values = written.parse().map_err(without_forms)?;
        let values = values.listed().map_err(without_forms)?;
        return Ok(Domain {
            ordered: true,
            ..Domain::choices(values)
        });
    };
    let step = parts.get(2).map_or(step, String::as_str);
    let values = format!("{}..{}{sign}{step}", parts[0], parts[1]);
    let values: Values = values.parse().map_err(without_forms)?;
    let values = values.listed().map_err(without_forms)?;
    let values = values.iter().map(|value| plainly(value));
    Ok(Domain {
        ordered: true,
        ..Domain::choices(values)
    })
}

#[cfg(test)]
mod tests {
    use super::range;
    use crate::scenario::Document;

    #[test]
    fn ends_and_step_may_have_units_of_their_own() {
        let values = |text: &str| range(text).unwrap().values;
        assert_eq!(values("500ms..2s+500ms"), ["500ms", "1s", "1500ms", "2s"]);
        assert_eq!(values("0..1min+30s"), ["0s", "30s", "60s"]);
        assert_eq!(values("500ms..4s*2"), ["500ms", "1s", "2s", "4s"]);
        assert_eq!(values("30/min..1/s+15/min"), ["0.5/s", "0.75/s", "1/s"]);
        assert_eq!(values("0..60s+30"), ["0s", "30s", "60s"]);
        assert_eq!(values("10..40+15"), ["10", "25", "40"]);
        assert!(range("1s..2/s+1").is_err() && range("1s..2s+").is_err());
    }

    #[test]
    fn an_empty_list_is_said_to_be_empty() {
        let refusal = |values: &str| {
            let text = format!(
                "pullstorm: 1\nname: x\nservices: {{s: {{latency: 1s}}}}\nworkloads: {{w: {{kind: \
                 api-callers, service: s, calls: [c]}}}}\ntune: {{workloads.w.callers: {values}}}\n"
            );
            Document::parse("x", text.as_bytes())
                .unwrap_err()
                .to_string()
        };
        assert!(
            refusal("[]").contains("the list is empty"),
            "{}",
            refusal("[]")
        );
        assert!(refusal("[4]").contains("there is only one value"));
        let fine = refusal("0.00001..1");
        assert!(fine.contains("more than the three decimals"), "{fine}");
    }
}
