//! Recordings as JSON: objects one a line or one after another, in a list, or in the envelopes of
//! AWS CloudTrail (`Records` of trail files, `Events` of `lookup-events`, `detail` of EventBridge).

use super::columns::{Found, Operation};
use super::request::{operation_of, operation_of_line};
use super::{Columns, Field, RecordingError, Row, line_of};
use serde_json::Value;
use std::ops::Range;

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
                let at = start_of_line(text, own) + error.column().saturating_sub(1);
                // Columns are counted in bytes.
                let at = text.floor_char_boundary(at.min(text.len()));
                return Err(RecordingError {
                    place: Some(at..text.len()),
                    line: Some(own),
                    message: format!("this is no JSON: {}", reason(&error)),
                    hint: "write an object a line: `{\"time\": \"2026-11-20T03:00:00Z\"}`"
                        .to_owned(),
                    field: None,
                });
            }
        };
        // Records of one value come in the order of the text.
        let mut record_line = (start, line);
        each(
            text,
            start..values.byte_offset(),
            value,
            &mut |place, record| {
                let (seen, lines) = record_line;
                let lines = lines + line_of(&text.as_bytes()[seen..], place.start - seen) - 1;
                record_line = (place.start, lines);
                add_record(text, place, lines, record, columns, &mut add)
            },
        )?;
    }
}

/// Gives a record that lies at `place` of the text, from `line` on, to `add`.
fn add_record(
    text: &str,
    place: Range<usize>,
    line: u64,
    record: &Value,
    columns: &Columns,
    add: &mut impl FnMut(Row) -> Result<(), RecordingError>,
) -> Result<(), RecordingError> {
    let blank = |time: String| Row {
        line,
        time,
        ..Row::at(place.clone())
    };
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
    let find = |name: &str| Some((name.to_owned(), at(record, name).and_then(scalar)?));
    let Found {
        time: (time_name, time),
        operation,
        key,
        count,
        source,
        region,
        status,
    } = columns
        .find(find, names)
        .map_err(|error| RecordingError::row(&blank(String::new()), error.message, error.hint))?;
    let operation = match operation {
        Operation::Untold => None,
        Operation::Named((_, name)) => Some(operation_of_line(&name)),
        Operation::Request((_, method), (_, path)) => Some(operation_of(&method, &path)),
    };
    let (count_name, count) = count.unzip();
    let value = |found: Option<(String, String)>| found.map(|(_, value)| value);
    let row = Row {
        operation,
        key: value(key),
        count,
        source: value(source),
        region: value(region),
        status: value(status),
        ..blank(time)
    };
    add(row).map_err(|mut error| {
        let name = match error.field {
            Some(Field::Time) => Some(time_name),
            Some(Field::Count) => count_name,
            None => None,
        };
        if let Some(value) = name.and_then(|name| place_of(text, place.clone(), &name)) {
            error.line = Some(line_of(text.as_bytes(), value.start));
            error.place = Some(value);
        }
        error
    })
}

/// Gives each record of a value that lies at `place` of the text to `add`, with its place: unpacks
/// lists and envelopes, in each other too.
fn each(
    text: &str,
    place: Range<usize>,
    value: Value,
    add: &mut impl FnMut(Range<usize>, &Value) -> Result<(), RecordingError>,
) -> Result<(), RecordingError> {
    match value {
        Value::Array(items) => parts(text, place)
            .into_iter()
            .zip(items)
            .try_for_each(|(place, item)| each(text, place, item, add)),
        Value::Object(mut fields) => {
            for envelope in ["Records", "Events"] {
                if let Some(Value::Array(items)) = fields.remove(envelope) {
                    let list = member(text, place.clone(), envelope).unwrap_or(place);
                    let places = parts(text, list).into_iter();
                    return places
                        .zip(&items)
                        .try_for_each(|(place, item)| add(place, &unpacked(item)));
                }
            }
            match fields.remove("detail") {
                Some(detail) if detail.get("eventTime").is_some() => {
                    let own = member(text, place.clone(), "detail").unwrap_or(place);
                    add(own, &detail)
                }
                Some(detail) => {
                    fields.insert("detail".to_owned(), detail);
                    add(place, &Value::Object(fields))
                }
                None => add(place, &Value::Object(fields)),
            }
        }
        other => add(place, &other),
    }
}

/// Where the items of a list, or the members of an object, stand, names included. The text at
/// `place` has been read as JSON.
fn parts(text: &str, place: Range<usize>) -> Vec<Range<usize>> {
    let (mut parts, mut depth, mut begun) = (Vec::new(), 0, place.start + 1);
    let bytes = text.as_bytes();
    let mut at = place.start;
    while at < place.end {
        match bytes[at] {
            b'"' => at = end_of_string(bytes, at),
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth -= 1,
            _ => {}
        }
        if depth == 0 || depth == 1 && bytes[at] == b',' {
            let part = trimmed(text, begun..at);
            if !part.is_empty() {
                parts.push(part);
            }
            begun = at + 1;
        }
        if depth == 0 {
            break;
        }
        at += 1;
    }
    parts
}

/// The quote that ends the string that begins with the quote at `at`.
fn end_of_string(bytes: &[u8], mut at: usize) -> usize {
    at += 1;
    while bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at
}

fn trimmed(text: &str, place: Range<usize>) -> Range<usize> {
    let part = &text[place.clone()];
    let start = place.start + (part.len() - part.trim_start().len());
    start..start + part.trim().len()
}

/// Where the value of a member of an object stands; the last of several, as they are read.
fn member(text: &str, place: Range<usize>, name: &str) -> Option<Range<usize>> {
    if !text[place.clone()].starts_with('{') {
        return None;
    }
    let members = parts(text, place).into_iter().rev();
    let mut members = members.filter_map(|part| {
        let end = end_of_string(text.as_bytes(), part.start);
        let own: String = serde_json::from_str(&text[part.start..=end]).ok()?;
        let colon = end + 1 + text[end + 1..part.end].find(':')?;
        (own == name).then(|| trimmed(text, colon + 1..part.end))
    });
    members.next()
}

/// Where the value lies that [`at`] finds.
fn place_of(text: &str, place: Range<usize>, name: &str) -> Option<Range<usize>> {
    member(text, place.clone(), name).or_else(|| {
        let (first, rest) = name.split_once('.')?;
        place_of(text, member(text, place, first)?, rest)
    })
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
