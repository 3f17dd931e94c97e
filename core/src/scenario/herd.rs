//! `kind: herd`: hosts that one trigger sets off together (cron at the full hour, connections that
//! an outage cut).

use super::api_callers::{CLIENT, Calls, ON_FAILURE};
use super::choice::{Boxed, Case, Choice, Defined, Mapped};
use super::cron::Cron;
use super::decoder::Decoder;
use super::distribution::Varying;
use super::errand::{Errands, refuse_others};
use super::form::{At, Count, Definitions, Flag, Form, ListOf, Text, Time};
use super::image_pulls::{LOGIN, LOGIN_RETRY};
use super::model::{ApiCallers, Errand, Herd, ImagePulls, Placed, Trigger, Workload};
use super::moving::machines;
use super::pull::pull;
use super::record::Record;
use super::retry::Retry;
use super::workload::Kind;
use crate::random::Distribution;
use crate::units::Span;
use crate::yaml::merge::Layout;
use crate::yaml::{Node, Value};
use serde_json::{Value as Json, json};

/// The registration of this kind.
pub(crate) const KIND: Kind = Kind {
    word: "herd",
    form: || Box::new(Mapped(record(), Draft::herd)),
};

/// Keys that go with `calls` only, and with `pull` only.
const OF_CALLS: [&str; 5] = ["service", "think", "retry", "client", "on_failure"];
const OF_PULL: [&str; 3] = ["login", "login_retry", "on"];

struct Draft {
    herd: Herd,
    callers: ApiCallers,
    pulls: ImagePulls,
    calls: bool,
}

impl Draft {
    fn blank() -> Self {
        let callers = ApiCallers::blank();
        let herd = Herd {
            hosts: 0,
            at: Placed {
                value: Trigger::At(Vec::new()),
                place: None,
            },
            rounds: Placed {
                value: 1,
                place: None,
            },
            splay: Distribution::Constant(Span::ZERO),
            fixed_splay: false,
            skew: Span::ZERO,
            errand: Errand::Calls(callers.clone()),
        };
        Draft {
            herd,
            callers,
            pulls: ImagePulls::blank(),
            calls: false,
        }
    }

    fn herd(self) -> Workload {
        let errand = if self.calls {
            Errand::Calls(self.callers)
        } else {
            Errand::Pulls(self.pulls)
        };
        Workload::Herd(Herd {
            errand,
            ..self.herd
        })
    }
}

fn record() -> Record<Draft> {
    let about = "Hosts that one trigger sets off together: cron at the full hour, connections that \
                 an outage cut. A host whose last round is not over begins the next all the same.";
    let head = Record::new(about, Draft::blank)
        .required(
            "kind",
            KIND.word(),
            "The kind of workload.",
            "herd",
            |_, ()| {},
        )
        .required(
            "hosts",
            Count::POSITIVE,
            "How many hosts.",
            "500",
            |it, v| {
                it.herd.hosts = v as u32;
            },
        );
    errands()
        .owners(
            errand(trigger(head)),
            "{address: office-nat}",
            "Who operates what the hosts run, and so owns its settings.",
        )
        .check(|it, node, decoder| {
            it.calls = node
                .entry("calls")
                .is_some_and(|entry| !entry.value.is_null());
            errand_fits(it.calls, node, decoder)
        })
}

/// Where keys go that calls and pulls have in common.
fn errands() -> Errands<Draft> {
    Errands {
        requests: |it| &mut it.callers.requests,
        moving: |it| &mut it.pulls.moving,
    }
}

/// The keys that say when hosts begin.
fn trigger(record: Record<Draft>) -> Record<Draft> {
    record
        .required(
            "at",
            At(Defined("herd-trigger", When)),
            "What sets them off: times, a schedule in UTC (`hourly`, `{cron: \"0 * * * *\"}`) from \
             `start` on, or a fault of a service.",
            "hourly",
            |it, v| it.herd.at = v,
        )
        .optional(
            "rounds",
            At(Count::POSITIVE),
            "1",
            "How many instants of the schedule count, from time 0 on.",
            "6",
            |it, v| {
                it.herd.rounds = Placed {
                    value: v.value as u32,
                    place: v.place,
                };
            },
        )
        .optional(
            "splay",
            Varying,
            "0s",
            "How much later than its trigger each host begins (systemd RandomizedDelaySec); cron has \
             none.",
            "{uniform: [0s, 30min]}",
            |it, v| it.herd.splay = v,
        )
        .optional(
            "fixed_splay",
            Flag,
            "false",
            "Whether a host's splay is drawn once and kept (systemd FixedRandomDelay), not drawn each \
             time.",
            "true",
            |it, v| it.herd.fixed_splay = v,
        )
        .optional(
            "skew",
            Time::ANY,
            "0s",
            "How far hosts' clocks are off at most, either way, each as likely; a host keeps its own. \
             Nothing begins before time 0.",
            "50ms",
            |it, v| it.herd.skew = v,
        )
}

/// The keys that say what each host does.
fn errand(record: Record<Draft>) -> Record<Draft> {
    let record = record
        .absent(
            "calls",
            Calls,
            "see `pull`",
            "Operations that each host calls, in order; as a map, with how often each is called.",
            "[DescribeServices]",
            |it, v| it.callers.calls = v,
        )
        .one_of("errand")
        .absent(
            "pull",
            pull(),
            "see `calls`",
            "What each host pulls, and how.",
            "{client: docker-classic, images: [app]}",
            |it, v| it.pulls.moving.section = v,
        )
        .one_of("errand")
        .absent(
            "service",
            At(Text),
            "not needed without `calls`",
            "The service they call.",
            "ecs",
            |it, v| it.callers.requests.service = v,
        )
        .optional(
            "think",
            Varying,
            "0s",
            "Pause between two calls.",
            "200ms",
            |it, v| it.callers.think = v,
        )
        .optional(
            "retry",
            Retry,
            "none",
            "The retry policy of a call.",
            "none",
            |it, v| it.callers.requests.retry = v,
        )
        .optional(
            "client",
            CLIENT,
            "separate",
            "How hosts share SDK client objects, and with them retry quota and rate limiter.",
            "per-call",
            |it, v| it.callers.client = v,
        )
        .optional(
            "on_failure",
            ON_FAILURE,
            "stop",
            "What a host does whose call was given up.",
            "continue",
            |it, v| it.callers.on_failure = v,
        )
        .optional("login", Flag, "false", LOGIN, "true", |it, v| {
            it.pulls.login = v
        })
        .absent(
            "login_retry",
            Retry,
            "what the client's record says; `none` where it says nothing",
            LOGIN_RETRY,
            "aws-standard-2.1",
            |it, v| it.pulls.login_retry = Some(Box::new(v)),
        );
    machines(record, |it| &mut it.pulls.moving)
}

/// Whether there is an errand, and no key of the other one.
fn errand_fits(calls: bool, node: &Node, decoder: &mut Decoder) -> bool {
    let written = |key: &str| node.entry(key).filter(|entry| !entry.value.is_null());
    if !calls && written("pull").is_none() {
        let hint = "add `service: ecs` and `calls: [DescribeServices]`, or `pull: {client: \
                    docker-classic, images: [app]}`";
        decoder.refuse(node, "what each host does is missing", hint);
        return false;
    }
    if calls && written("service").is_none() {
        let hint = "add `service: ecs`: the service they call";
        decoder.refuse(node, "`service` is missing beside `calls`", hint);
        return false;
    }
    let (others, errand) = if calls {
        (&OF_PULL[..], "pull")
    } else {
        (&OF_CALLS[..], "calls")
    };
    refuse_others(others, errand, node, decoder)
}

/// A time, a list of times, a word or a map with one key. Overrides replace it whole.
struct When;

impl Form for When {
    type Value = Trigger;

    fn decode(&self, node: &Node, decoder: &mut Decoder) -> Option<Trigger> {
        match &node.value {
            Value::List(items) if items.is_empty() => {
                let hint = "write at least one time, like `[0s]`";
                decoder.refuse(node, "`at` has no time", hint);
                None
            }
            Value::List(_) => ListOf(Time::ANY).decode(node, decoder).map(Trigger::At),
            _ => choice().decode(node, decoder),
        }
    }

    fn schema(&self, definitions: &mut Definitions) -> Json {
        let list = ListOf(Time::ANY).schema(definitions);
        let mut schema = choice().schema(definitions);
        if let Some(cases) = schema["anyOf"].as_array_mut() {
            cases.push(list);
        }
        schema
    }

    fn layout(&self) -> Layout {
        Layout::WHOLE
    }
}

fn choice() -> Choice<Trigger> {
    let fault = |make: fn(String) -> Trigger| -> Boxed<Trigger> { Box::new(Mapped(Text, make)) };
    Choice {
        noun: "a time, times, a schedule or a fault",
        plain: Box::new(TimeOrWord),
        cases: vec![
            Case {
                key: "cron",
                about: "A schedule as cron writes it, in UTC: minute, hour, day of month, month, day \
                        of week.",
                form: Box::new(Mapped(Schedule, Trigger::Schedule)),
            },
            Case {
                key: "fault_begins",
                about: "When a fault of a service begins (`ecs.outage`): connections break, and all \
                        hosts come back at once.",
                form: fault(Trigger::FaultBegins),
            },
            Case {
                key: "fault_ends",
                about: "When a fault of a service ends: what waited for the service goes on.",
                form: fault(Trigger::FaultEnds),
            },
        ],
    }
}

/// `5min` or `hourly`.
struct TimeOrWord;

impl Form for TimeOrWord {
    type Value = Trigger;

    fn decode(&self, node: &Node, decoder: &mut Decoder) -> Option<Trigger> {
        if let Some(schedule) = node.text().and_then(Cron::of_word) {
            return Some(Trigger::Schedule(schedule));
        }
        let is_word = |text: &str| text.starts_with(|c: char| c.is_alphabetic() || c == '@');
        if node.text().is_some_and(is_word) && !node.is_null() {
            super::form::refuse_word(node, Cron::words(), decoder);
            return None;
        }
        let time = Time::ANY.decode(node, decoder)?;
        Some(Trigger::At(vec![time]))
    }

    fn schema(&self, definitions: &mut Definitions) -> Json {
        let words: Vec<&str> = Cron::words().collect();
        json!({ "anyOf": [{ "enum": words }, Time::ANY.schema(definitions)] })
    }
}

/// The five fields of cron.
struct Schedule;

impl Form for Schedule {
    type Value = Cron;

    fn decode(&self, node: &Node, decoder: &mut Decoder) -> Option<Cron> {
        let written = decoder.scalar(node, "a schedule", "0 * * * *")?;
        match Cron::parse(written) {
            Ok(schedule) => Some(schedule),
            Err(error) => {
                decoder.refuse(node, error.to_string(), error.hint());
                None
            }
        }
    }

    fn schema(&self, _: &mut Definitions) -> Json {
        json!({ "type": "string", "examples": ["0 * * * *", "*/15 2-4 * * mon-fri"] })
    }
}
