//! Recordings as access logs: the common and combined formats of Apache and nginx, which have no
//! header. A line tells client, times, request and status:
//!
//! ```text
//! 203.0.113.7 - ci [18/Nov/2026:09:00:03 +0000] "GET /v2/ HTTP/1.1" 429 87 "-" "containerd/2.1.3"
//! ```
//!
//! The fields are those of Apache's `%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i"`
//! (<https://httpd.apache.org/docs/2.4/logs.html>) and have the names that nginx gives them
//! (<https://nginx.org/en/docs/http/ngx_http_log_module.html>, both read 2026-11-21). What stands in
//! front of them (a virtual host, the name of a syslog) and behind them is passed over.

use super::columns::{Columns, Found, Operation};
use super::request::operation_of_line;
use super::{Field, RecordingError, Row, shown};
use std::net::IpAddr;
use std::ops::Range;

/// Who asked, unless a column is named.
const CLIENT: &str = "remote_addr";

/// What a line should be.
const LIKE: &str = "write it like `203.0.113.7 - - [18/Nov/2026:09:00:03 +0000] \"GET /v2/ \
                    HTTP/1.1\" 200 2`, or leave it out";

/// Whether a text begins with a line of an access log.
pub(super) fn is(text: &str) -> bool {
    let first = text.lines().find(|line| !line.trim().is_empty());
    first.is_some_and(|line| Entry::of(line).is_some())
}

/// Gives each line of a text to `add`.
pub(super) fn read(
    text: &str,
    columns: &Columns,
    mut add: impl FnMut(Row) -> Result<(), RecordingError>,
) -> Result<(), RecordingError> {
    let columns = Columns {
        key: columns.key.clone().or_else(|| Some(CLIENT.to_owned())),
        ..columns.clone()
    };
    let mut found: Option<Found<usize>> = None;
    let mut start = 0;
    for (number, with_end) in text.split_inclusive('\n').enumerate() {
        let line = with_end.trim_end_matches(['\n', '\r']);
        let place = start..start + line.len();
        start += with_end.len();
        if line.trim().is_empty() {
            continue;
        }
        let blank = Row {
            line: number as u64 + 1,
            ..Row::at(place.clone())
        };
        let Some(entry) = Entry::of(line) else {
            let message = format!("`{}` is no line of an access log", shown(line.trim()));
            return Err(RecordingError::row(&blank, message, LIKE));
        };
        let found = match &mut found {
            Some(found) => found,
            // All lines have the same fields.
            none => none.insert(
                columns
                    .find(place_of_name, || NAMES.join(", "))
                    .map_err(|error| RecordingError::row(&blank, error.message, error.hint))?,
            ),
        };
        let place_of = |name: usize| entry.place_of(name);
        let value = |name: usize| Some(line[place_of(name)?].to_owned());
        let operation = match found.operation {
            Operation::Named(name) => place_of(name).map(|place| operation_of_line(&line[place])),
            Operation::Untold | Operation::Request(..) => None,
        };
        let row = Row {
            time: value(found.time).unwrap_or_default(),
            operation,
            // A dash is nobody.
            key: found.key.and_then(value).filter(|who| who != "-"),
            count: found.count.and_then(value),
            status: found.status.and_then(value),
            ..blank
        };
        add(row).map_err(|mut error| {
            let wrong = match error.field {
                Some(Field::Time) => Some(found.time),
                Some(Field::Count) => found.count,
                None => None,
            };
            if let Some(wrong) = wrong.and_then(place_of) {
                error.place = Some(place.start + wrong.start..place.start + wrong.end);
            }
            error
        })?;
    }
    Ok(())
}

/// The names of what a line tells, in its order.
const NAMES: [&str; 8] = [
    CLIENT,
    "remote_user",
    "time_local",
    "request",
    "status",
    "body_bytes_sent",
    "http_referer",
    "http_user_agent",
];

/// Where in a line each of its fields lies, brackets and quotes left out.
struct Entry {
    fields: Vec<Range<usize>>,
    /// Which of them is the time; the request follows.
    time: usize,
}

impl Entry {
    /// `None` where a time in brackets and a request in quotes do not follow on host, identity and
    /// user.
    fn of(line: &str) -> Option<Entry> {
        let fields = fields(line);
        let is = |field: &Range<usize>, mark: &str| line[..field.start].ends_with(mark);
        let time = (3..fields.len().saturating_sub(1)).find(|at| {
            let dated = is(&fields[*at], "[") && line[fields[*at].clone()].contains(['/', ':']);
            dated && is(&fields[*at + 1], "\"")
        })?;
        // In front may stand a virtual host or what a syslog adds, with addresses of their own: the
        // last address is the client's, or what stands before the dash of an identity that nobody
        // knows, which may have a user of several words behind it.
        let is_address = |at: &usize| line[fields[*at].clone()].parse::<IpAddr>().is_ok();
        let address = (0..time - 2).rev().find(is_address);
        let unknown = (1..time - 1)
            .rev()
            .find(|at| line[fields[*at].clone()] == *"-");
        let client = address.max(unknown.map(|at| at - 1)).unwrap_or(time - 3);
        let mut fields = fields;
        fields.drain(..client);
        let time = time - client;
        Some(Entry { fields, time })
    }

    /// Where the field of a name lies, one of [`NAMES`], if the line has it.
    fn place_of(&self, name: usize) -> Option<Range<usize>> {
        let at = match name {
            0 => 0,
            // From the time on, for users may have names of several words.
            name => self.time + name - 2,
        };
        self.fields.get(at).cloned()
    }
}

/// The place of a name among [`NAMES`].
fn place_of_name(name: &str) -> Option<usize> {
    NAMES
        .iter()
        .position(|known| known.eq_ignore_ascii_case(name))
}

/// What stands between spaces, in quotes or in brackets.
fn fields(line: &str) -> Vec<Range<usize>> {
    let (mut fields, bytes, mut at) = (Vec::new(), line.as_bytes(), 0);
    while at < bytes.len() {
        let close = match bytes[at] {
            b' ' | b'\t' => {
                at += 1;
                continue;
            }
            b'"' => b'"',
            b'[' => b']',
            _ => b' ',
        };
        let start = if close == b' ' { at } else { at + 1 };
        at = start;
        while at < bytes.len() && bytes[at] != close {
            // Within quotes, a backslash takes the next byte for what it is.
            at += if close == b'"' && bytes[at] == b'\\' {
                2
            } else {
                1
            };
        }
        let end = line.floor_char_boundary(at.min(bytes.len()));
        fields.push(start..end);
        at += 1;
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::super::{Columns, Recording, read};

    const LOG: &str = "\
203.0.113.7 - ci [18/Nov/2026:09:00:03 +0000] \"GET /v2/acme/web/manifests/1.2 HTTP/1.1\" 429 87 \"-\" \"containerd/2.1.3\"

2001:db8::7 - - [18/Nov/2026:01:00:01 -0800] \"HEAD /v2/acme/web/manifests/1.2 HTTP/1.1\" 200 0
";

    fn told(recording: &Recording) -> Vec<(f64, &str, &str)> {
        let arrivals = recording.arrivals.iter();
        let told = arrivals.map(|it| {
            (
                it.after.as_secs_f64(),
                recording.operations[it.operation.unwrap() as usize].as_str(),
                recording.keys[it.key.unwrap() as usize].as_str(),
            )
        });
        told.collect()
    }

    fn read_text(text: &str) -> Recording {
        read(text.as_bytes(), &Columns::default()).unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn lines_without_a_header_tell_when_who_asked_for_what() {
        let recording = read_text(LOG);
        assert_eq!(
            told(&recording),
            [
                (0.0, "resolve", "2001:db8::7"),
                (2.0, "manifest", "203.0.113.7")
            ],
            "in the order of their times, whatever their zones"
        );
        assert_eq!(recording.first_unix_nanos, Some(1_794_992_401_000_000_000));
        assert_eq!(recording.throttled, 1);
        assert_eq!(recording.arrivals[0].line, 3);
    }

    #[test]
    fn the_client_is_found_behind_virtual_hosts_and_names_of_logs() {
        let line = LOG.lines().next().unwrap();
        for before in [
            "hub.acme.dev:443 ",
            "10.0.0.5 ",
            "Nov 18 09:00:03 edge nginx: ",
            "Nov 18 09:00:03 10.0.0.5 nginx: ",
            "<190>1 2026-11-18T09:00:03Z 10.0.0.5 nginx - - - ",
        ] {
            let recording = read_text(&format!("{before}{line}\r\n"));
            assert_eq!(told(&recording)[0].2, "203.0.113.7", "{before}");
        }
        let named = read_text(&line.replace("203.0.113.7", "build-3.acme.dev"));
        assert_eq!(told(&named)[0].2, "build-3.acme.dev");
        let words = line.replace(" ci ", " Jo Doe ");
        assert_eq!(told(&read_text(&words))[0].2, "203.0.113.7");
        let identified = words.replace(" - Jo", " jo Jo");
        assert_eq!(told(&read_text(&identified))[0].2, "203.0.113.7");
        let named = words.replace("203.0.113.7", "build-3.acme.dev");
        assert_eq!(told(&read_text(&named))[0].2, "build-3.acme.dev");
        let behind = format!("10.0.0.5 {named}");
        assert_eq!(told(&read_text(&behind))[0].2, "build-3.acme.dev");
    }

    #[test]
    fn who_asked_can_be_another_field() {
        let by = |key: &str| {
            let key = Some(key.to_owned());
            let columns = Columns {
                key,
                ..Columns::default()
            };
            read(LOG.as_bytes(), &columns)
        };
        assert_eq!(by("remote_user").unwrap().keys, ["ci"]);
        assert_eq!(by("http_user_agent").unwrap().keys, ["containerd/2.1.3"]);
        let error = by("host").unwrap_err();
        assert_eq!(error.to_string(), "line 1: there is no column `host`");
        assert!(
            error
                .hint
                .starts_with("columns here: remote_addr, remote_user, time_local")
        );
    }

    #[test]
    fn a_line_that_is_none_is_refused_with_its_number_and_what_is_wrong_in_it() {
        for (line, wrong, message) in [
            (
                "203.0.113.7 - - 18/Nov/2026:09:00:03 \"GET /v2/\" 200",
                "203.0.113.7 - - 18/Nov/2026:09:00:03 \"GET /v2/\" 200",
                "line 4: `203.0.113.7 - - 18/Nov/2026:09:00:03 \"GET /v2/\" 200` is no line of an \
                 access log",
            ),
            (
                "203.0.113.7 - - [38/Nov/2026:09:00:03 +0000] \"GET /v2/\" 200",
                "38/Nov/2026:09:00:03 +0000",
                "line 4: `38/Nov/2026:09:00:03 +0000` is no time",
            ),
        ] {
            let text = format!("{LOG}{line}\n{LOG}");
            let error = read(text.as_bytes(), &Columns::default()).unwrap_err();
            assert_eq!(error.to_string(), message);
            assert_eq!(&text[error.place.unwrap()], wrong);
        }
    }

    #[test]
    fn requests_may_have_quotes_and_be_cut() {
        let line = LOG.lines().next().unwrap();
        let quoted = read_text(&line.replace("\"GET /v2/acme/web", "\"GET /v2/\\\"é"));
        assert_eq!(told(&quoted)[0].1, "manifest");
        let cut = line.split(" 429").next().unwrap();
        assert_eq!(told(&read_text(cut))[0].1, "manifest");
        assert_eq!(told(&read_text(&cut[..cut.len() - 20]))[0].0, 0.0);
        assert_eq!(
            told(&read_text(&format!("{} \\", cut.trim_end_matches('"'))))[0].0,
            0.0
        );
    }
}
