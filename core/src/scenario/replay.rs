//! `kind: replay`: arrivals as somebody recorded them.

use super::api_callers::CLIENT;
use super::choice::{Boxed, Defined, Mapped, ScalarOr};
use super::decoder::Decoder;
use super::errand::{Errands, refuse_others};
use super::form::{At, Count, Definitions, Form, Number, Text, Time, Words};
use super::model::{
    Client, ImagePulls, Placed, RecordingChoice, Replay, ReplayedArrival, Requests, Workload,
};
use super::moving::machines;
use super::pull::pull;
use super::record::Record;
use super::retry::Retry;
use super::workload::Kind;
use crate::recording::{self, Columns, Unit};
use crate::yaml::Node;
use crate::yaml::merge::Layout;
use serde_json::Value as Json;
use std::sync::Arc;

/// The registration of this kind.
pub(crate) const KIND: Kind = Kind {
    word: "replay",
    form: || Box::new(Mapped(record(), Draft::replay)),
};

/// Keys that go with calls only, and with `pull` only.
const OF_CALLS: [&str; 4] = ["service", "operation", "retry", "client"];
const OF_PULL: [&str; 2] = ["hosts", "on"];

const UNIT: Words<Unit> = Words(&[
    ("s", Unit::Seconds, "Seconds."),
    ("ms", Unit::Milliseconds, "Milliseconds."),
    ("us", Unit::Microseconds, "Microseconds."),
    ("ns", Unit::Nanoseconds, "Nanoseconds."),
]);

struct Draft {
    recording: Placed<RecordingChoice>,
    from: Option<crate::units::Span>,
    speed: f64,
    copies: u32,
    spread: Option<crate::units::Span>,
    requests: Requests,
    operation: Option<Placed<String>>,
    client: Client,
    pulls: ImagePulls,
    is_pull: bool,
}

impl Draft {
    fn blank() -> Self {
        Draft {
            recording: Placed {
                value: RecordingChoice {
                    file: None,
                    columns: Columns::default(),
                    event_source: None,
                    content: None,
                },
                place: None,
            },
            from: None,
            speed: 1.0,
            copies: 1,
            spread: None,
            requests: Requests::blank(),
            operation: None,
            client: Client::Separate,
            pulls: ImagePulls::blank(),
            is_pull: false,
        }
    }

    fn replay(self) -> Workload {
        let arrival = if self.is_pull {
            ReplayedArrival::Pull(self.pulls)
        } else {
            ReplayedArrival::Call {
                requests: self.requests,
                operation: self.operation,
                client: self.client,
            }
        };
        Workload::Replay(Replay {
            recording: self.recording,
            from: self.from,
            speed: self.speed,
            copies: self.copies,
            spread: self.spread,
            arrival,
        })
    }
}

fn record() -> Record<Draft> {
    let head = Record::new(
        "Arrivals as somebody recorded them: calls of operations, or pulls.",
        Draft::blank,
    )
    .required(
        "kind",
        KIND.word(),
        "The kind of workload.",
        "replay",
        |_, ()| {},
    );
    errands()
        .owners(
            arrival(arrivals(head)),
            "{account: production, region: us-east-1}",
            "Who operates what was recorded, and so owns its settings.",
        )
        .check(|it, node, decoder| {
            it.is_pull = node
                .entry("pull")
                .is_some_and(|entry| !entry.value.is_null());
            fits(it.is_pull, node, decoder)
        })
}

/// Where keys go that calls and pulls have in common.
fn errands() -> Errands<Draft> {
    Errands {
        requests: |it| &mut it.requests,
        moving: |it| &mut it.pulls.moving,
    }
}

/// The keys that say when arrivals come.
fn arrivals(record: Record<Draft>) -> Record<Draft> {
    record
        .required(
            "recording",
            At(Defined("recording", source())),
            "The recording: a file beside the scenario (CSV with a header, JSON objects one a line, \
             CloudTrail, an access log of nginx or Apache), or a map that says more.",
            "ecr-morning.csv",
            |it, v| it.recording = v,
        )
        .absent(
            "from",
            Time::ANY,
            "at its date if it and the scenario (`start`) have one, else 0s",
            "When the first arrival comes.",
            "1min",
            |it, v| it.from = Some(v),
        )
        .optional(
            "copies",
            Count::POSITIVE,
            "1",
            "How often each arrival comes: 2 is twice the load.",
            "2",
            |it, v| it.copies = v as u32,
        )
        .optional(
            "speed",
            Number { max: 1_000_000.0 },
            "1",
            "How much faster than recorded arrivals follow each other.",
            "2",
            |it, v| it.speed = v,
        )
        .absent(
            "spread",
            Time::ANY,
            "a second if the times of a recording have dates and are whole seconds, else 0s",
            "Each arrival is later by a random part of this, for logs tell times in whole seconds; \
             `0s` is the worst case.",
            "1s",
            |it, v| it.spread = Some(v),
        )
}

/// The keys that say what each arrival is.
fn arrival(record: Record<Draft>) -> Record<Draft> {
    let record = record
        .absent(
            "service",
            At(Text),
            "see `pull`",
            "The service that is called.",
            "ecr",
            |it, v| it.requests.service = v,
        )
        .one_of("arrival")
        .absent(
            "pull",
            pull(),
            "see `service`",
            "What each arrival pulls, and how.",
            "{client: docker-classic, images: [app]}",
            |it, v| it.pulls.moving.section = v,
        )
        .one_of("arrival")
        .absent(
            "operation",
            At(Text),
            "what the recording tells; what the service does not have is left out",
            "The operation that each arrival calls.",
            "GetAuthorizationToken",
            |it, v| it.operation = Some(v),
        )
        .optional(
            "retry",
            Retry,
            "none",
            "The retry policy of a call. A recording of all requests has the retries in it; one of \
             what was wanted has not.",
            "none",
            |it, v| it.requests.retry = v,
        )
        .optional(
            "client",
            CLIENT,
            "separate",
            "How arrivals share SDK client objects, and with them retry quota and rate limiter.",
            "shared",
            |it, v| it.client = v,
        )
        .absent(
            "hosts",
            Count::POSITIVE,
            "each pull is on a host of its own",
            "Hosts on which pulls happen in turn; what one has pulled, the next there finds.",
            "4",
            |it, v| it.pulls.hosts = Some(v as u32),
        );
    machines(record, |it| &mut it.pulls.moving)
}

/// Whether there is something to arrive, and no key of something else.
fn fits(is_pull: bool, node: &Node, decoder: &mut Decoder) -> bool {
    let written = |key: &str| node.entry(key).filter(|entry| !entry.value.is_null());
    if !is_pull && written("service").is_none() {
        let hint = "add `service: ecr`: the service that is called, or `pull: {client: \
                    docker-classic, images: [app]}`";
        decoder.refuse(node, "what arrives is missing", hint);
        return false;
    }
    let speed = written("speed").map(|entry| &entry.value);
    if let Some(speed) = speed
        && speed.text().and_then(|text| text.parse().ok()) == Some(0.0)
    {
        decoder.refuse(
            speed,
            "at speed 0 nothing arrives",
            "write a number above 0",
        );
        return false;
    }
    let (others, errand) = match is_pull {
        true => (&OF_CALLS[..], "service"),
        false => (&OF_PULL[..], "pull"),
    };
    refuse_others(others, errand, node, decoder)
}

/// A file, or a map that says more.
fn source() -> impl Form<Value = RecordingChoice> {
    let file = |file| RecordingChoice {
        file: Some(file),
        columns: Columns::default(),
        event_source: None,
        content: None,
    };
    let scalar: Boxed<RecordingChoice> = Box::new(Mapped(Text, file));
    ScalarOr {
        scalar,
        map: Box::new(Source),
        short_for: Some("file"),
    }
}

/// The map; what is written in it is read at once.
struct Source;

#[derive(Default)]
struct Written {
    file: Option<String>,
    inline: Option<String>,
    columns: Columns,
    event_source: Option<Placed<String>>,
}

impl Form for Source {
    type Value = RecordingChoice;

    fn decode(&self, node: &Node, decoder: &mut Decoder) -> Option<RecordingChoice> {
        let Written {
            file,
            inline,
            columns,
            event_source,
        } = written().decode(node, decoder)?;
        let content = match inline {
            None => None,
            Some(text) => match recording::read(text.as_bytes(), &columns) {
                Ok(recording) => Some(Arc::new(recording)),
                Err(error) => {
                    let at = node.get("inline").unwrap_or(node);
                    decoder.refuse(at, error.to_string(), error.hint);
                    return None;
                }
            },
        };
        Some(RecordingChoice {
            file,
            columns,
            event_source,
            content,
        })
    }

    fn schema(&self, definitions: &mut Definitions) -> Json {
        written().schema(definitions)
    }

    fn layout(&self) -> Layout {
        written().layout()
    }
}

fn written() -> Record<Written> {
    Record::new(
        "A recording, and which of its columns is what.",
        Written::default,
    )
    .absent(
        "file",
        Text,
        "see `inline`",
        "The file, beside the scenario.",
        "ecr-morning.csv",
        |it, v| it.file = Some(v),
    )
    .one_of("source")
    .absent(
        "inline",
        Text,
        "see `file`",
        "The recording itself, as it would stand in the file.",
        "\"time,operation\\n0.5,BatchGetImage\\n\"",
        |it, v| it.inline = Some(v),
    )
    .one_of("source")
    .absent(
        "time",
        Text,
        "the first of `eventTime`, `time`, `timestamp`, `@timestamp`, `time_local`, `msec`, … \
             that is there",
        "The column with the time: RFC 3339, the time of an access log, or a number from the \
             first arrival or the epoch on. JSON: a key, or a path of keys with dots.",
        "started_at",
        |it, v| it.columns.time = Some(v),
    )
    .absent(
        "operation",
        Text,
        "`eventName`, `operation`, `action`, or the requests of an access log",
        "The column with the operation, or with the HTTP request of a registry's log.",
        "request",
        |it, v| it.columns.operation = Some(v),
    )
    .absent(
        "key",
        Text,
        "of an access log the client's address (`remote_addr`), else each arrival is a host of its own",
        "The column that tells who asked: each value is a host, with an address of its own \
             unless `identity` says otherwise.",
        "sourceIPAddress",
        |it, v| it.columns.key = Some(v),
    )
    .absent(
        "count",
        Text,
        "`count`, `requests`, `calls` or `pulls`, else one",
        "The column that tells how many arrivals a line stands for.",
        "n",
        |it, v| it.columns.count = Some(v),
    )
    .absent(
        "unit",
        UNIT,
        "seconds; of times since the epoch, what their size tells",
        "What times that are numbers count.",
        "ms",
        |it, v| it.columns.unit = Some(v),
    )
    .absent(
        "event_source",
        At(Text),
        "those of the service that is called, where the catalog knows its name there, unless \
             `operation` says what each arrival calls",
        "Whose calls of an AWS trail count (`eventSource`); those of others are left out, whatever \
             they are called.",
        "ecr.amazonaws.com",
        |it, v| it.event_source = Some(v),
    )
    .check(|it, node, decoder| {
        let there = it.file.is_some() || it.inline.is_some();
        if !there {
            decoder.refuse(node, "there is no recording", "add `file: ecr-morning.csv`");
        }
        there
    })
}
