//! Recordings as JSON: objects one a line or one after another, in a list, or in the envelopes of
//! AWS CloudTrail (`Records` of trail files, `Events` of `lookup-events`, `detail` of EventBridge).

use super::columns::{Found, Operation};
use super::request::{operation_of, operation_of_line};
use super::{Columns, RecordingError, Row, line_of};
use serde_json::Value;

/// Gives each arrival of a text to `add`.
pub(super) fn read(
    text: &str,
    columns: &Columns,
    mut add: impl FnMut(Row) -> Result<(), RecordingError>,
) -> Result<(), RecordingError> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    // Lines are counted on the way: the text is long.
    let (mut counted, mut line) = (0, 1);
    loop {
        let gap = &text[values.byte_offset()..];
        let start = values.byte_offset() + (gap.len() - gap.trim_start().len());
        line += line_of(&text.as_bytes()[counted..], start - counted) - 1;
        counted = start;
        let value = match values.next() {
            None => return Ok(()),
            Some(Ok(value)) => value,
            Some(Err(error)) => {
                let own = error.line() as u64;
                let at = start_of_line(text, own);
                return Err(RecordingError {
                    place: Some(at..text.len()),
                    line: Some(own),
                    message: format!("this is no JSON: {}", reason(&error)),
                    hint: "write an object a line: `{\"time\": \"2026-11-20T03:00:00Z\"}`"
                        .to_owned(),
                });
            }
        };
        let place = start..values.byte_offset();
        let blank = |time: String| Row {
            place: place.clone(),
            line,
            time,
            operation: None,
            key: None,
            count: None,
            source: None,
            region: None,
        };
        each(value, &mut |record| {
            let Value::Object(fields) = record else {
                let hint = "write an object for each arrival: `{\"time\": 0.5}`";
                return Err(RecordingError::row(
                    &blank(String::new()),
                    "this is no object",
                    hint,
                ));
            };
            let names = || {
                let names: Vec<&str> = fields.keys().take(40).map(String::as_str).collect();
                names.join(", ")
            };
            let find = |name: &str| at(record, name).and_then(scalar);
            let row = columns.find(find, names).map_err(|error| {
                RecordingError::row(&blank(String::new()), error.message, error.hint)
            })?;
            let Found {
                time,
                operation,
                key,
                count,
                source,
                region,
            } = row;
            let operation = match operation {
                Operation::Untold => None,
                Operation::Named(name) => Some(operation_of_line(&name)),
                Operation::Request(method, path) => Some(operation_of(&method, &path)),
            };
            add(Row {
                operation,
                key,
                count,
                source,
                region,
                ..blank(time)
            })
        })?;
    }
}

/// Gives each record of a value to `add`: unpacks lists and envelopes, in each other too.
fn each(
    value: Value,
    add: &mut impl FnMut(&Value) -> Result<(), RecordingError>,
) -> Result<(), RecordingError> {
    match value {
        Value::Array(items) => items.into_iter().try_for_each(|item| each(item, add)),
        Value::Object(mut fields) => {
            for envelope in ["Records", "Events"] {
                if let Some(Value::Array(items)) = fields.remove(envelope) {
                    return items.iter().try_for_each(|item| add(&unpacked(item)));
                }
            }
            match fields.remove("detail") {
                Some(detail) if detail.get("eventTime").is_some() => add(&detail),
                Some(detail) => {
                    fields.insert("detail".to_owned(), detail);
                    add(&Value::Object(fields))
                }
                None => add(&Value::Object(fields)),
            }
        }
        other => add(&other),
    }
}

/// The record itself: `lookup-events` has it as text within.
fn unpacked(event: &Value) -> Value {
    let text = event.get("CloudTrailEvent").and_then(Value::as_str);
    let whole = text.and_then(|text| serde_json::from_str(text).ok());
    whole.unwrap_or_else(|| event.clone())
}

/// What stands under a name, or under a path of names: `userIdentity.accessKeyId`. Logs of Docker
/// registries have dots in their names.
fn at<'v>(record: &'v Value, name: &str) -> Option<&'v Value> {
    if let Some(found) = record.get(name) {
        return Some(found);
    }
    let (first, rest) = name.split_once('.')?;
    at(record.get(first)?, rest)
}

/// A text or number.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn start_of_line(text: &str, line: u64) -> usize {
    let lines = text
        .split_inclusive('\n')
        .take(line.saturating_sub(1) as usize);
    lines.map(str::len).sum::<usize>().min(text.len())
}

/// The words of an error without its place, which is told apart.
fn reason(error: &serde_json::Error) -> String {
    let words = error.to_string();
    words.split(" at line ").next().unwrap_or(&words).to_owned()
}
