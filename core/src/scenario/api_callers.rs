//! `kind: api-callers`: callers of API operations (deploy tools, pollers, infrastructure as code).

use super::arrivals::{Begin, arrivals, begin};
use super::choice::Mapped;
use super::decoder::Decoder;
use super::distribution::Varying;
use super::form::{At, Count, Definitions, Flag, Form, ListOf, Text, Words};
use super::model::{ApiCallers, Client, OnFailure, Placed, Poll, Workload};
use super::record::Record;
use super::requests::Common;
use super::workload::Kind;
use crate::random::Distribution;
use crate::units::Span;
use crate::yaml::{Node, Value};
use serde_json::{Value as Json, json};

/// The registration of this kind.
pub(crate) const KIND: Kind = Kind {
    word: "api-callers",
    form: || {
        Box::new(Mapped(record(), |draft: Draft| {
            Workload::ApiCallers(draft.workload)
        }))
    },
};

/// What follows a call that was given up.
pub(crate) const ON_FAILURE: Words<OnFailure> = Words(&[
    ("stop", OnFailure::Stop, "The caller stops."),
    (
        "continue",
        OnFailure::Continue,
        "It goes on with its next call.",
    ),
]);

/// How callers share client objects.
pub(crate) const CLIENT: Words<Client> = Words(&[
    (
        "shared",
        Client::Shared,
        "All callers use one client object.",
    ),
    ("separate", Client::Separate, "Each caller has its own."),
    (
        "per-call",
        Client::PerCall,
        "Each call makes a new one (short-lived processes).",
    ),
]);

struct Draft {
    workload: ApiCallers,
    count: Option<u32>,
    begin: Begin,
}

impl Draft {
    fn blank() -> Self {
        Draft {
            workload: ApiCallers::blank(),
            count: None,
            begin: Begin::default(),
        }
    }
}

fn record() -> Record<Draft> {
    let common = Common {
        about: "Callers of API operations.",
        blank: Draft::blank,
        requests: |it: &mut Draft| &mut it.workload.requests,
        service: ("The service they call.", "ecs"),
        retry: "The retry policy of a call.",
        identity: "{account: production, region: us-east-1}",
        operated_by: "cloud-vendor",
    };
    common.record(&KIND, own).check(|it, node, decoder| {
        let found = arrivals(it.count, &it.begin, "callers", node, decoder);
        let complete = found.is_some();
        if let Some(found) = found {
            it.workload.callers = found;
        }
        complete
    })
}

/// The keys of this kind alone.
fn own(record: Record<Draft>) -> Record<Draft> {
    record
        .absent(
            "callers",
            Count::POSITIVE,
            "1",
            "How many callers begin.",
            "40",
            |it, v| {
                it.count = Some(v as u32);
            },
        )
        .optional(
            "begin",
            begin(),
            "0s",
            "When they begin: all at a time, `{every: 1s}`, `{at: [0s, 10s]}`, or at random \
             `{rate: 2/min, lasting: 1h}`.",
            "{every: 1s}",
            |it, v| it.begin = v,
        )
        .required(
            "calls",
            Calls,
            "Operations of one round, in order; as a map, with how often each is called.",
            "[DescribeServices, UpdateService]",
            |it, v| it.workload.calls = v,
        )
        .optional(
            "rounds",
            Count::POSITIVE,
            "1",
            "Rounds of a caller.",
            "10",
            |it, v| {
                it.workload.rounds = v as u32;
            },
        )
        .optional(
            "think",
            Varying,
            "0s",
            "Pause between two calls.",
            "200ms",
            |it, v| {
                it.workload.think = v;
            },
        )
        .optional(
            "pause",
            Varying,
            "0s",
            "Pause between two rounds.",
            "15s",
            |it, v| {
                it.workload.pause = v;
            },
        )
        .absent(
            "poll",
            poll(),
            "a caller is done after its last round",
            "What a caller asks after its last round, until what it started is ready. Its start \
             delay ends where the polls begin.",
            "{calls: [DescribeServices, DescribeTasks], every: 5s, times: 24}",
            |it, v| it.workload.poll = Some(v),
        )
        .optional(
            "on_failure",
            ON_FAILURE,
            "stop",
            "What a caller does whose call was given up.",
            "continue",
            |it, v| it.workload.on_failure = v,
        )
        .optional(
            "client",
            CLIENT,
            "separate",
            "How callers share SDK client objects, and with them retry quota and rate limiter.",
            "shared",
            |it, v| it.workload.client = v,
        )
        .optional(
            "long_polling",
            Flag,
            "false",
            "Whether the calls are long polls (SQS ReceiveMessage and the like).",
            "true",
            |it, v| it.workload.long_polling = v,
        )
}

fn poll() -> Record<Poll> {
    let blank = || Poll {
        calls: Vec::new(),
        every: Distribution::Constant(Span::ZERO),
        times: 0,
    };
    Record::new("What a caller asks again and again.", blank)
        .required(
            "calls",
            ListOf(At(Text)),
            "Operations of one poll, in order.",
            "[DescribeServices, DescribeTasks]",
            |it, v| it.calls = v,
        )
        .required(
            "every",
            Varying,
            "Pause before each poll.",
            "5s",
            |it, v| it.every = v,
        )
        .required(
            "times",
            Count::POSITIVE,
            "How many polls it takes.",
            "24",
            |it, v| it.times = v as u32,
        )
}

/// `[DescribeServices, UpdateService]`, or `{DescribeServices: 3, UpdateService: 1}`.
pub(crate) struct Calls;

impl Form for Calls {
    type Value = Vec<Placed<(String, u32)>>;

    fn decode(&self, node: &Node, decoder: &mut Decoder) -> Option<Self::Value> {
        let calls: Vec<Option<Placed<(String, u32)>>> = match &node.value {
            Value::List(items) if !items.is_empty() => items
                .iter()
                .map(|item| {
                    let call = At(Text).decode(item, decoder)?;
                    Some(Placed {
                        value: (call.value, 1),
                        place: call.place,
                    })
                })
                .collect(),
            Value::Map(entries) if !entries.is_empty() => entries
                .iter()
                .map(|entry| {
                    decoder.under(entry, |decoder| {
                        let times = Count::POSITIVE.decode(&entry.value, decoder)?;
                        let place = Some(entry.key_place);
                        Some(Placed {
                            value: (entry.key.clone(), times as u32),
                            place,
                        })
                    })
                })
                .collect(),
            _ => {
                let noun = "a list of operations, or a map from operations to how often";
                decoder.expected(node, noun, "[DescribeServices, UpdateService]");
                return None;
            }
        };
        calls.into_iter().collect()
    }

    fn schema(&self, definitions: &mut Definitions) -> Json {
        let times = Count::POSITIVE.schema(definitions);
        json!({ "anyOf": [
            { "type": "array", "items": { "type": "string" }, "minItems": 1 },
            { "type": "object", "additionalProperties": times, "minProperties": 1 },
        ] })
    }
}
