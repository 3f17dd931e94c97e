//! Recordings: arrivals that somebody wrote down, as load.
//!
//! [`read`] takes the bytes of a CSV file with a header, of JSON objects (one a line, one after
//! another, in a list, or in the envelopes of AWS CloudTrail), or of an access log, and gives each
//! arrival's time, and where they are told its operation, who asked, and how often. It knows the
//! columns of logs that people have (`columns`); what it cannot read it refuses with its place.

mod access_log;
mod collector;
mod columns;
mod csv;
mod error;
mod json;
mod request;
mod time;

pub use columns::{Columns, Unit};
pub use error::RecordingError;

use self::collector::Collector;
use self::error::Field;
use crate::units::Span;
use std::ops::Range;

/// The most bytes of a recording.
pub const BYTES_MAX: usize = 64 << 20;

/// The most arrivals of a recording, each as often as its count says.
pub const ARRIVALS_MAX: u64 = 2_000_000;

/// Arrivals as they were recorded, in the order of their times.
#[derive(Clone, PartialEq, Debug)]
pub struct Recording {
    /// The arrivals; an arrival with a count is here as often as that says.
    pub arrivals: Vec<Arrival>,
    /// Names of the operations, in the order in which they were met.
    pub operations: Vec<String>,
    /// Who asked, in the order in which they were met.
    pub keys: Vec<String>,
    /// The instant of the first arrival as nanoseconds since the Unix epoch, if times have dates.
    pub first_unix_nanos: Option<u64>,
    /// What times with dates are whole multiples of: a second in CloudTrail. Zero if they are finer
    /// than a second, if there is but one, or if they count from some beginning.
    pub resolution: Span,
    /// Whose calls an AWS trail tells of (`ecr.amazonaws.com`), in the order in which they were met.
    pub sources: Vec<String>,
    /// In which Regions.
    pub regions: Vec<String>,
    /// How many of the arrivals were answered with 429 when they were recorded.
    pub throttled: u64,
}

/// One arrival of a recording.
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Debug)]
pub struct Arrival {
    /// How long after the first.
    pub after: Span,
    /// Into the recording's operations; `None` where it tells none.
    pub operation: Option<u32>,
    /// Into the recording's keys; `None` where it tells none.
    pub key: Option<u32>,
    /// Into the recording's sources; `None` where it tells none.
    pub source: Option<u32>,
    /// Line of the recording, from 1, in which it begins.
    pub line: u32,
}

/// One line of a log, as far as it matters.
#[derive(Debug)]
struct Row {
    place: Range<usize>,
    line: u64,
    time: String,
    operation: Option<String>,
    key: Option<String>,
    count: Option<String>,
    source: Option<String>,
    region: Option<String>,
    status: Option<String>,
}

impl Row {
    /// One that tells nothing yet.
    fn at(place: Range<usize>) -> Self {
        Row {
            place,
            line: 1,
            time: String::new(),
            operation: None,
            key: None,
            count: None,
            source: None,
            region: None,
            status: None,
        }
    }
}

/// Reads a recording.
///
/// # Errors
/// What is wrong first, with its line: bytes that are no UTF-8, no CSV or no JSON, no column of
/// times, a time or count that cannot be read, too much of either.
pub fn read(bytes: &[u8], columns: &Columns) -> Result<Recording, RecordingError> {
    let text = text_of(bytes)?;
    let mut collector = Collector::new(columns.unit);
    if text.trim_start().starts_with(['{', '[']) {
        json::read(text, columns, |row| collector.add(&row))?;
    } else if access_log::is(text) {
        access_log::read(text, columns, |row| collector.add(&row))?;
    } else {
        csv::read(text, columns, |row| collector.add(&row))?;
    }
    collector.finish()
}

fn text_of(bytes: &[u8]) -> Result<&str, RecordingError> {
    if bytes.len() > BYTES_MAX {
        let message = format!("a recording has at most {} MiB", BYTES_MAX >> 20);
        return Err(RecordingError::whole(
            message,
            "cut it to the minutes that matter",
        ));
    }
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let hint = "unpack it first: `gunzip -k FILE`";
        return Err(RecordingError::whole("this is packed with gzip", hint));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        RecordingError {
            place: None,
            line: Some(line_of(bytes, at)),
            message: "this is no UTF-8".to_owned(),
            hint: "save the recording as text in UTF-8".to_owned(),
            field: None,
        }
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        let hint = "a recording has a line for each arrival: `time,operation`";
        return Err(RecordingError::whole("the recording is empty", hint));
    }
    Ok(text)
}

/// The line, from 1, in which a byte lies.
fn line_of(bytes: &[u8], at: usize) -> u64 {
    bytes[..at].iter().filter(|byte| **byte == b'\n').count() as u64 + 1
}

/// As much of a text as a message has room for.
fn shown(text: &str) -> String {
    const CHARACTERS_MAX: usize = 60;
    match text.char_indices().nth(CHARACTERS_MAX) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read_text(text: &str) -> Recording {
        read(text.as_bytes(), &Columns::default()).unwrap_or_else(|error| panic!("{error}"))
    }

    fn refused(bytes: &[u8]) -> String {
        let error = read(bytes, &Columns::default()).unwrap_err();
        format!("{error}; {}", error.hint)
    }

    /// Seconds after the first, operation and key of each arrival.
    fn told(recording: &Recording) -> Vec<(f64, &str, &str)> {
        fn name(names: &[String], index: Option<u32>) -> &str {
            index.map_or("-", |index| &names[index as usize])
        }
        let told = |arrival: &Arrival| {
            let operation = name(&recording.operations, arrival.operation);
            let key = name(&recording.keys, arrival.key);
            (arrival.after.as_secs_f64(), operation, key)
        };
        recording.arrivals.iter().map(told).collect()
    }

    #[test]
    fn a_query_of_cloudtrail_counts_calls_by_second() {
        let recording = read_text(
            "eventtime,eventname,count\n2026-11-18T09:00:03Z,UpdateService,1\n\
             2026-11-18T09:00:01Z,DescribeServices,2\n",
        );
        assert_eq!(
            told(&recording),
            [
                (0.0, "DescribeServices", "-"),
                (0.0, "DescribeServices", "-"),
                (2.0, "UpdateService", "-")
            ],
            "in the order of their times"
        );
        assert_eq!(recording.first_unix_nanos, Some(1_794_992_401_000_000_000));
        assert_eq!(recording.resolution, Span::from_secs(1));
    }

    #[test]
    fn cloudtrail_comes_in_envelopes() {
        let record = r#"{"eventTime":"2026-11-18T09:00:03Z","eventName":"GetAuthorizationToken","sourceIPAddress":"203.0.113.7","userIdentity":{"accessKeyId":"ASIA1"}}"#;
        let text = serde_json::to_string(record).unwrap();
        let columns = |key: &str| Columns {
            key: Some(key.to_owned()),
            ..Columns::default()
        };
        for (envelope, key) in [
            (record.to_owned(), "sourceIPAddress"),
            (format!("[{record},\n{record}]"), "sourceIPAddress"),
            (
                format!("{{\"Records\":[{record}]}}"),
                "userIdentity.accessKeyId",
            ),
            (
                format!("{{\"detail\":{record}}}\n{{\"detail\":{record}}}\n"),
                "sourceIPAddress",
            ),
            (
                format!("{{\"Events\":[{{\"EventTime\":1,\"CloudTrailEvent\":{text}}}]}}"),
                "sourceIPAddress",
            ),
        ] {
            let recording = read(envelope.as_bytes(), &columns(key)).unwrap();
            let value = if key == "sourceIPAddress" {
                "203.0.113.7"
            } else {
                "ASIA1"
            };
            assert_eq!(
                told(&recording)[0],
                (0.0, "GetAuthorizationToken", value),
                "{envelope}"
            );
        }
    }

    #[test]
    fn access_logs_of_registries_tell_requests() {
        let nginx = read_text(
            "{\"time_iso8601\":\"2026-11-18T09:00:03+00:00\",\"request_method\":\"GET\",\
             \"request_uri\":\"/v2/app/manifests/1\"}\n\n{\"time_iso8601\":\"2026-11-18T09:00:04+00:00\",\
             \"request_method\":\"HEAD\",\"request_uri\":\"/v2/app/manifests/1\"}\n",
        );
        assert_eq!(
            told(&nginx),
            [(0.0, "manifest", "-"), (1.0, "resolve", "-")]
        );
        let distribution = read_text(
            r#"{"time":"2026-11-18T09:00:03.5Z","http.request.method":"GET","http.request.uri":"/v2/"}"#,
        );
        assert_eq!(told(&distribution), [(0.0, "ping", "-")]);
    }

    #[test]
    fn numbers_count_from_the_first_and_any_delimiter_will_do() {
        let recording = read_text("# by hand\nt;op\n0.25;A\n\n0.5;B\n");
        assert_eq!(told(&recording), [(0.0, "A", "-"), (0.25, "B", "-")]);
        assert_eq!(
            (recording.first_unix_nanos, recording.resolution),
            (None, Span::ZERO)
        );
    }

    #[test]
    fn calls_of_a_full_minute_are_calls_of_its_first_second() {
        let dated =
            read_text("time\n2026-11-18T09:00:00Z\n2026-11-18T09:00:00Z\n2026-11-18T10:00:00Z\n");
        assert_eq!(dated.resolution, Span::from_secs(1));
        let counted = read_text("time\n0\n60\n");
        assert_eq!(counted.resolution, Span::ZERO);
    }

    #[test]
    fn a_quote_that_does_not_end_loses_no_arrivals() {
        let rows = "2026-11-18T09:00:01Z,GetAuthorizationToken\n".repeat(20);
        let text = format!("time,op\n2026-11-18T09:00:01Z,\"Get\n{rows}");
        assert!(refused(text.as_bytes()).starts_with("line 2: a quote"));
    }

    #[test]
    fn a_trail_tells_whose_calls_it_has_and_where() {
        let record = |source: &str| {
            format!(
                "{{\"eventTime\":\"2026-11-18T09:00:03Z\",\"eventName\":\"GetAuthorizationToken\",\
                 \"eventSource\":\"{source}\",\"awsRegion\":\"eu-west-1\"}}"
            )
        };
        let [own, other] = ["ecr", "codeartifact"].map(|it| record(&format!("{it}.amazonaws.com")));
        let recording = read_text(&format!("[{{\"Records\":[{own}]}},{{\"detail\":{other}}}]"));
        assert_eq!(
            recording.sources,
            ["ecr.amazonaws.com", "codeartifact.amazonaws.com"]
        );
        assert_eq!(recording.regions, ["eu-west-1"]);
        // Ordinary logs have details, too.
        let log = read_text("{\"time\":1,\"op\":\"A\",\"detail\":{\"a\":1}}");
        assert_eq!(told(&log), [(0.0, "A", "-")]);
    }

    #[test]
    fn what_cannot_be_read_is_refused_with_its_line_and_what_to_write() {
        assert!(refused(b"").contains("the recording is empty"));
        assert!(refused(b"\x1f\x8b\x08").contains("gunzip"));
        assert!(refused(b"time\n\xff\n").starts_with("line 2: this is no UTF-8"));
        assert!(refused(b"when,what\n1,a\n").contains("columns here: when, what"));
        assert!(refused(b"time,op\n1,a\nsoon,b\n").starts_with("line 3: `soon` is no time"));
        assert!(
            refused(b"op,time\na,1\nb\n")
                .starts_with("line 3: this line has too few fields for its time: 1")
        );
        assert!(refused(b"time,count\n1,x\n").starts_with("line 2: `x` is no count"));
        assert!(refused(b"time\n1\n2026-11-18T09:00:03Z\n").contains("another kind"));
        assert!(refused(b"time,count\n1,18446744073709551615\n").contains("at most 2000000"));
        assert!(refused(b"time\n").contains("no arrival"));
        assert!(refused(b"{\"time\":1}\n{\"time\":}\n").starts_with("line 2: this is no JSON"));
        assert!(refused(b"{\"time\":1}\n\n{\"x\":1}").starts_with("line 3: no column of times"));
        assert!(refused(b"[1]").contains("no object"));
        let columns = Columns {
            operation: Some("what".to_owned()),
            ..Columns::default()
        };
        let error = read(b"time,op\n1,a\n", &columns).unwrap_err();
        assert_eq!(
            (error.message.as_str(), error.line),
            ("there is no column `what`", Some(1))
        );
    }

    #[test]
    fn places_are_those_of_the_line_that_is_wrong() {
        for text in [
            "time,op\n1,a\r\nsoon,b\r\n2,c\n",
            "{\"time\":1}\n {\"time\":\"soon\"}\n",
        ] {
            let error = read(text.as_bytes(), &Columns::default()).unwrap_err();
            let wrong = &text[error.place.unwrap()];
            assert!(wrong.contains("soon") && !wrong.contains('1'), "{wrong:?}");
            let line = text.lines().position(|line| line.contains("soon")).unwrap() as u64 + 1;
            assert_eq!(error.line, Some(line));
        }
    }

    #[test]
    fn a_wrong_value_of_a_line_is_shown_with_its_column() {
        for (text, wrong, column) in [
            ("op,time\na,1\nb,soon\n", "soon", "time"),
            ("op;count; time\n\"a;b\";\" few \";1\n", "few", "count"),
            ("\"op\"\t\"time\"\n\"a \"\"\tb\"\"\"\t\" \"\n", "", "time"),
            ("op,time,count\n5\" disk,1,x\n", "x", "count"),
            ("op,time,count\n\"a\" \"b,1,x\n", "x", "count"),
        ] {
            let error = read(text.as_bytes(), &Columns::default()).unwrap_err();
            assert_eq!(&text[error.place.clone().unwrap()], wrong, "{error}");
            let named = format!("(column `{column}`)");
            assert!(error.to_string().ends_with(&named), "{error}");
        }
    }

    #[test]
    fn what_is_wrong_in_a_list_is_found_where_it_stands() {
        let trail = r#"{"Records":[{"eventTime":1},
  {"eventTime": 2, "count": 1}, {"note":"a ] \" {","eventTime": "soon"}]}"#;
        for (text, wrong, line) in [
            (r#"[{"time": 1}, {"time": "soon"}]"#, "\"soon\"", 1),
            (
                "[\n {\"time\": 1},\n {\"op\": \"a\",\n  \"time\": \"soon\"}]",
                "\"soon\"",
                4,
            ),
            (trail, "\"soon\"", 2),
            (
                "[{\"time\": 1},\n {\"time\": 2, \"count\": \"x\"}]",
                "\"x\"",
                2,
            ),
            ("[{\"time\": 1},\n {\"when\": 2}]", "{\"when\": 2}", 2),
            ("[{\"time\": 1},\n 7]", "7", 2),
            ("[{\"time\": 1}, {\"time\": ?}]", "?}]", 1),
        ] {
            let error = read(text.as_bytes(), &Columns::default()).unwrap_err();
            let found = error.place.clone().map(|place| &text[place]);
            assert_eq!((found, error.line), (Some(wrong), Some(line)), "{error}");
        }
        for cut in ["[{\"op\": \"é", "[{\"op\": \"\\u00é0\"}]"] {
            let error = read(cut.as_bytes(), &Columns::default()).unwrap_err();
            assert!(cut.is_char_boundary(error.place.unwrap().start));
        }
        let columns = Columns {
            time: Some("at.ms".to_owned()),
            ..Columns::default()
        };
        let nested = r#"[{"at": {"ms": 1}}, {"at": {"ms": "late"}}]"#;
        let error = read(nested.as_bytes(), &columns).unwrap_err();
        assert_eq!(&nested[error.place.unwrap()], "\"late\"");
    }

    #[test]
    fn each_arrival_knows_its_line() {
        let lines = |text: &str| -> Vec<u32> {
            let arrivals = read_text(text).arrivals;
            arrivals.iter().map(|arrival| arrival.line).collect()
        };
        assert_eq!(lines("time\n3\n\n1\n2\n"), [4, 5, 2]);
        assert_eq!(
            lines("[{\"time\": 2}, {\"time\": 1},\n{\"time\": 3}]"),
            [1, 1, 2]
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_recording_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes, &Columns::default());
        }

        #[test]
        fn any_text_like_a_log_is_a_recording_or_refused_at_a_place_of_it(
            text in "(time|eventTime|[a-z,]{0,4}|\\{\"time\":|[\\[{}\\]\",;\n:#é. TZ+/-]|[0-9]{1,6}|Records){0,40}",
        ) {
            if let Err(RecordingError { place: Some(place), .. }) =
                read(text.as_bytes(), &Columns::default())
            {
                prop_assert!(place.start <= place.end && place.end <= text.len());
            }
        }
    }
}
