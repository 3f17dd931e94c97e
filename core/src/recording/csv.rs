//! Recordings as CSV: a header, then a line for each arrival.

use super::columns::Operation;
use super::request::{operation_of, operation_of_line};
use super::{Columns, Field, RecordingError, Row, line_of, shown};
use csv::{Position, StringRecord};
use std::ops::Range;

/// Gives each row of a text to `add`.
pub(super) fn read(
    text: &str,
    columns: &Columns,
    mut add: impl FnMut(Row) -> Result<(), RecordingError>,
) -> Result<(), RecordingError> {
    let delimiter = delimiter(text);
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .comment(Some(b'#'))
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut lines = Lines {
        text,
        counted: 0,
        line: 1,
    };
    let header = reader
        .headers()
        .cloned()
        .map_err(|error| broken(&error, text))?;
    let find = |name: &str| {
        let same = |column: &str| column.trim().eq_ignore_ascii_case(name);
        header.iter().position(same)
    };
    let names = || {
        let names: Vec<String> = header.iter().take(40).map(shown).collect();
        names.join(", ")
    };
    let found = columns.find(find, names).map_err(|error| {
        let place = lines.place_of(&header);
        RecordingError {
            line: Some(lines.line),
            place: Some(place),
            ..error
        }
    })?;
    let mut record = StringRecord::new();
    while reader
        .read_record(&mut record)
        .map_err(|error| broken(&error, text))?
    {
        let field = |column: usize| record.get(column).map(str::trim);
        let place = lines.place_of(&record);
        let line = lines.line;
        // Lines within quotes would be lost without a word if the quote was not meant as one.
        if record.iter().any(|field| field.contains(['\n', '\r'])) {
            return Err(RecordingError {
                place: Some(place),
                line: Some(line),
                message: "a quote that begins here goes on over the end of the line".to_owned(),
                hint: "end it, or remove the column with line breaks in its text".to_owned(),
                field: None,
            });
        }
        let Some(time) = field(found.time) else {
            return Err(RecordingError {
                place: Some(place),
                line: Some(line),
                message: format!(
                    "this line has too few fields for its time: {}",
                    record.len()
                ),
                hint: format!("the header has {}", header.len()),
                field: None,
            });
        };
        let operation = match found.operation {
            Operation::Untold => None,
            Operation::Named(column) => field(column).map(operation_of_line),
            Operation::Request(method, path) => field(method)
                .zip(field(path))
                .map(|(method, path)| operation_of(method, path)),
        };
        let row = Row {
            place: place.clone(),
            line,
            time: time.to_owned(),
            operation,
            key: found.key.and_then(field).map(str::to_owned),
            count: found.count.and_then(field).map(str::to_owned),
            source: found.source.and_then(field).map(str::to_owned),
            region: found.region.and_then(field).map(str::to_owned),
            status: found.status.and_then(field).map(str::to_owned),
        };
        add(row).map_err(|error| {
            let column = match error.field {
                Some(Field::Time) => Some(found.time),
                Some(Field::Count) => found.count,
                None => None,
            };
            let Some(column) = column else {
                return error;
            };
            let name = header.get(column).map(str::trim).unwrap_or_default();
            let own = field_of(&text[place.clone()], delimiter, column);
            RecordingError {
                place: Some(place.start + own.start..place.start + own.end),
                message: format!("{} (column `{}`)", error.message, shown(name)),
                ..error
            }
        })?;
    }
    Ok(())
}

/// Where in its line a field lies, quotes and spaces around it left out; a delimiter within quotes
/// ends none (RFC 4180). Quotes quote only where a field begins with one.
fn field_of(line: &str, delimiter: u8, column: usize) -> Range<usize> {
    let (mut start, mut met, mut quoted) = (0, 0, false);
    let (mut end, mut closed) = (line.len(), None);
    for (at, byte) in line.bytes().enumerate() {
        if byte == b'"' {
            // Two in a row within quotes are one of the text, and the field goes on.
            let goes_on = at == start || at.checked_sub(1) == closed;
            if quoted {
                closed = Some(at);
            }
            quoted = !quoted && goes_on;
        }
        if byte == delimiter && !quoted {
            if met == column {
                end = at;
                break;
            }
            met += 1;
            start = at + 1;
        }
    }
    let around = |character: char| character == '"' || character.is_whitespace();
    let own = &line[start..end];
    let inner = own.trim_start_matches(around);
    let start = start + (own.len() - inner.len());
    start..start + inner.trim_end_matches(around).len()
}

/// What stands between the fields: what the header has most of.
fn delimiter(text: &str) -> u8 {
    let is_header = |line: &&str| !line.trim().is_empty() && !line.starts_with('#');
    let header = text.lines().find(is_header).unwrap_or("");
    let count = |delimiter: &u8| header.bytes().filter(|byte| byte == delimiter).count();
    // Of several with as many, the last wins: a comma if there is none at all.
    let known = [b'\t', b';', b','];
    known.into_iter().max_by_key(count).unwrap_or(b',')
}

/// Finds the lines of records that come one after another.
struct Lines<'t> {
    text: &'t str,
    /// So many bytes lie in front of the line that was counted last.
    counted: usize,
    line: u64,
}

impl Lines<'_> {
    /// The bytes of a record's line, which is counted.
    fn place_of(&mut self, record: &StringRecord) -> Range<usize> {
        let position = record
            .position()
            .map_or(0, |position| position.byte() as usize);
        let mut start = position.clamp(self.counted, self.text.len());
        // The position is behind the record before: its line's end, blank lines and comments follow.
        loop {
            let rest = self.text.get(start..).unwrap_or("");
            start += rest.len() - rest.trim_start_matches(['\n', '\r']).len();
            match self.text.get(start..) {
                Some(rest) if rest.starts_with('#') => {
                    start += rest.find('\n').unwrap_or(rest.len())
                }
                _ => break,
            }
        }
        let passed = &self.text.as_bytes()[self.counted..start];
        self.line += line_of(passed, passed.len()) - 1;
        self.counted = start;
        let rest = self.text.get(start..).unwrap_or("");
        start..start + rest.find(['\n', '\r']).unwrap_or(rest.len())
    }
}

fn broken(error: &csv::Error, text: &str) -> RecordingError {
    let position = error.position();
    let start = position
        .map_or(0, |position| position.byte() as usize)
        .min(text.len());
    RecordingError {
        place: position.map(|_| start..text.len()),
        line: position.map(Position::line),
        message: "this is no CSV".to_owned(),
        hint: "write a header and then a line for each arrival: `time,operation`".to_owned(),
        field: None,
    }
}
