//! Services: what is called, its limiters, and how it fails by itself.

use super::choice::{Defined, ScalarOr};
use super::decoder::Decoder;
use super::distribution::Varying;
use super::form::{At, Count, Definitions, Flag, Form, ListOf, NamesOf, Share, Text, Time, Words};
use super::identity::identity;
use super::limiter::limiter;
use super::model::{Caches, Fault, FaultKind, Placed, Service};
use super::record::Record;
use crate::random::Distribution;
use crate::units::Span;
use crate::yaml::{Diagnostic, Node};
use serde_json::Value as Json;

/// The table of a service.
pub(crate) fn service() -> Record<Service> {
    let blank = || Service {
        preset: None,
        latency: Distribution::Constant(Span::ZERO),
        region: None,
        caches: None,
        limiters: Vec::new(),
        faults: Vec::new(),
    };
    Record::new("A registry or API.", blank)
        .absent(
            "preset",
            At(Text),
            "only the limiters written here",
            "What the catalog knows of it: limiters, operations, errors. A date after `@` asks for \
             the facts of that time.",
            "aws-ecr@2018-01",
            |it, v| it.preset = Some(v),
        )
        .optional(
            "latency",
            Varying,
            "0s",
            "Round trip of a request.",
            "60ms",
            |it, v| it.latency = v,
        )
        .absent(
            "region",
            Text,
            "not stated",
            "The region it is in: bytes of pulls from another region are counted as \
             `cross_region_bytes`.",
            "us-east-1",
            |it, v| it.region = Some(v),
        )
        .absent(
            "caches",
            Defined("caches", caches()),
            "it has all that is asked of it",
            "Makes it a mirror: it fetches what it does not hold from another service, and keeps \
             it. All that pull through it share what it holds.",
            "{upstream: hub, kind: distribution-proxy}",
            |it, v| it.caches = Some(v),
        )
        .optional(
            "limiters",
            NamesOf {
                of: limiter(),
                what: "limiter",
                open: true,
            },
            "{}",
            "Its limiters by name; those of the preset are there already and can be changed.",
            "{logins: {bucket: {burst: 200, refill: 4/s}}}",
            |it, v| it.limiters = v,
        )
        .optional(
            "faults",
            NamesOf {
                of: fault(),
                what: "fault",
                open: false,
            },
            "{}",
            "How it fails by itself, by name.",
            "{outage: {answer: {status: 503}, from: 10min, until: 12min}}",
            |it, v| it.faults = v,
        )
}

fn caches() -> Record<Caches> {
    let blank = || Caches {
        upstream: Placed {
            value: String::new(),
            place: None,
        },
        kind: Placed {
            value: String::new(),
            place: None,
        },
        prefilled: false,
        refresh: None,
        single_flight: None,
        serves_stale: None,
        identity: None,
    };
    const KIND: &str = "as its kind does";
    Record::new("Whose images a mirror fetches, and how.", blank)
        .required(
            "upstream",
            At(Text),
            "The service it fetches from: the registry of the images, or another service with a \
             preset of the same provider (the same registry, but signed in).",
            "hub",
            |it, v| it.upstream = v,
        )
        .required(
            "kind",
            At(Text),
            "The kind of mirror: `distribution-proxy`, `harbor-proxy`, `ecr-pull-through` \
             (`pullstorm catalog` explains them).",
            "distribution-proxy",
            |it, v| it.kind = v,
        )
        .optional(
            "holds",
            HOLDS,
            "nothing",
            "What it holds at the start.",
            "everything",
            |it, v| it.prefilled = v,
        )
        .absent(
            "refresh",
            Time::ANY,
            KIND,
            "For how long a tag that it has looked up is not looked up again; `0s` looks it up at \
             each request.",
            "24h",
            |it, v| it.refresh = Some(v),
        )
        .absent(
            "single_flight",
            Flag,
            KIND,
            "Whether who asks for what is being fetched waits for that; otherwise each asks \
             upstream.",
            "true",
            |it, v| it.single_flight = Some(v),
        )
        .absent(
            "serves_stale",
            Flag,
            KIND,
            "Whether a tag that it knows will do where upstream refuses to look it up.",
            "true",
            |it, v| it.serves_stale = Some(v),
        )
        .absent(
            "identity",
            Defined("identity", identity()),
            "an address and a user of its own, named like it",
            "To whom its own requests belong. An address or user that is not written is one of its \
             own.",
            "{address: office-nat}",
            |it, v| it.identity = Some(v),
        )
}

const HOLDS: Words<bool> = Words(&[
    ("nothing", false, "A new mirror."),
    ("everything", true, "All images of its upstream."),
]);

fn fault() -> Record<Fault> {
    let blank = || Fault {
        operations: None,
        of: None,
        kind: FaultKind::Timeout(Span::ZERO),
        chance_ppm: 0,
        from: Span::ZERO,
        until: None,
    };
    Record::new(
        "A way in which a service fails by itself: an answer, or none.",
        blank,
    )
    .absent(
        "answer",
        ScalarOr {
            scalar: Box::new(DENIED),
            map: Box::new(answer()),
            short_for: None,
        },
        "see `timeout`",
        "It answers with an error. A request costs credits all the same.",
        "{status: 503}",
        |it, v| it.kind = v,
    )
    .one_of("kind")
    .absent(
        "timeout",
        Time::POSITIVE,
        "see `answer`",
        "It does not answer, and the client waits this long.",
        "30s",
        |it, v| it.kind = FaultKind::Timeout(v),
    )
    .one_of("kind")
    .optional(
        "chance",
        Share,
        "100%",
        "Chance for each attempt.",
        "5%",
        |it, v| it.chance_ppm = v,
    )
    .absent(
        "operations",
        At(ListOf(Text)),
        "all operations",
        "The operations it hits.",
        "[UpdateService]",
        |it, v| it.operations = Some(v),
    )
    .absent(
        "of",
        ListOf(At(Text)),
        "everybody",
        "The workloads and mirrors it hits: those whose role lacks a permission, for example.",
        "[broken]",
        |it, v| it.of = Some(v),
    )
    .optional(
        "from",
        Time::ANY,
        "0s",
        "When it begins.",
        "10min",
        |it, v| it.from = v,
    )
    .absent(
        "until",
        Time::POSITIVE,
        "to the end",
        "When it ends.",
        "12min",
        |it, v| {
            it.until = Some(v);
        },
    )
    .check(|it, node, decoder| {
        if node.get("answer").is_none() && node.get("timeout").is_none() {
            let hint = "add `answer: {status: 503}` or `timeout: 30s`";
            decoder.refuse(node, "the fault does not say what goes wrong", hint);
            return false;
        }
        let whom = it.of.as_ref().map(Vec::len);
        let what = it.operations.as_ref().map(|it| it.value.len());
        for (key, count, nothing, all) in [
            ("of", whom, "nobody", "everybody"),
            ("operations", what, "no operation", "all operations"),
        ] {
            let (Some(0), Some(entry)) = (count, node.entry(key)) else {
                continue;
            };
            let hint = format!("name at least one, or leave `{key}` out: it then hits {all}");
            let message = format!("this list is empty, so the fault hits {nothing}");
            decoder.report_under(key, Diagnostic::new(message, entry.key_place).hint(hint));
            return false;
        }
        if it.until.is_some_and(|until| until <= it.from) {
            let until = node.get("until").unwrap_or(node);
            let hint = format!("it begins at {}; write a later time", it.from);
            decoder.refuse(until, "the fault ends before it begins", hint);
            return false;
        }
        true
    })
}

const DENIED: Words<FaultKind> = Words(&[(
    "access-denied",
    FaultKind::Denied,
    "Who asks may not do it: the status and code with which this service says so.",
)]);

/// An HTTP status that is an error.
struct Status;

impl Status {
    const NUMBER: Count = Count { min: 400, max: 599 };
}

impl Form for Status {
    type Value = u64;

    fn decode(&self, node: &Node, decoder: &mut Decoder) -> Option<u64> {
        if node.text() == Some(DENIED.0[0].0) {
            let message = "`access-denied` is a whole answer, status and code, and no status";
            decoder.refuse(node, message, "write `answer: access-denied`");
            return None;
        }
        Status::NUMBER.decode(node, decoder)
    }

    fn schema(&self, definitions: &mut Definitions) -> Json {
        Status::NUMBER.schema(definitions)
    }
}

fn answer() -> Record<FaultKind> {
    fn parts(it: &mut FaultKind) -> (&mut u16, &mut Option<String>) {
        match it {
            FaultKind::Answer { status, code } => (status, code),
            FaultKind::Timeout(_) | FaultKind::Denied => unreachable!("the blank is an answer"),
        }
    }
    let blank = || FaultKind::Answer {
        status: 0,
        code: None,
    };
    Record::new("An error that the service answers with.", blank)
        .required("status", Status, "HTTP status.", "503", |it, v| {
            *parts(it).0 = v as u16
        })
        .absent(
            "code",
            Text,
            "no code",
            "Error code.",
            "ServiceUnavailable",
            |it, v| {
                *parts(it).1 = Some(v);
            },
        )
}
