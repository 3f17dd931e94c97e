//! Limiters as scenarios write them.

use super::choice::{Mapped, ScalarOr, Whole};
use super::decoder::Decoder;
use super::form::{At, Count, Definitions, Flag, Form, Frequency, ListOf, Text, Time, Words};
use super::model::{Counting, LimiterChoice, RetryAfter, Scope};
use super::record::Record;
use crate::limiter::{
    Algorithm, ConcurrencySpec, Delay, FixedWindowSpec, Initial, LockOutSpec, NginxLimitReqSpec,
    Opening, OverLimit, Refill, SlidingCounterSpec, SlidingLogSpec,
};
use crate::retry::HintHeader;
use crate::units::{Rate, Span, text};
use crate::yaml::{Node, Value};
use serde_json::{Value as Json, json};

/// What a limiter can count by.
pub(crate) const SCOPES: Words<Scope> = Words(&[
    (
        "account-region",
        Scope::AccountRegion,
        "An account (or project) in a region.",
    ),
    (
        "address",
        Scope::Address,
        "The source IPv4 address, or IPv6 /64.",
    ),
    ("user", Scope::User, "The signed-in user."),
    (
        "organisation",
        Scope::Organisation,
        "The organisation of the user.",
    ),
    (
        "repository",
        Scope::Repository,
        "The repository or registry.",
    ),
    (
        "host",
        Scope::Host,
        "One host, for limiters inside clients.",
    ),
    ("global", Scope::Global, "One counter for all."),
]);

const OVER_LIMIT: Words<OverLimit> = Words(&[
    ("throttle", OverLimit::Throttle, "It is refused."),
    (
        "wait",
        OverLimit::Wait,
        "It waits its turn, first come, first served.",
    ),
]);

const HEADERS: Words<HintHeader> = Words(&[
    (
        "retry-after",
        HintHeader::RetryAfter,
        "Whole seconds (RFC 9110).",
    ),
    (
        "x-amz-retry-after",
        HintHeader::AmzRetryAfter,
        "Whole milliseconds (AWS).",
    ),
    (
        "grpc-retry-pushback-ms",
        HintHeader::GrpcPushback,
        "Whole milliseconds (gRPC).",
    ),
]);

const OPENINGS: Words<Opening> = Words(&[
    (
        "aligned",
        Opening::AlignedToClock,
        "The clock: every full hour, day, minute …",
    ),
    (
        "first-request",
        Opening::FirstRequest,
        "The first request after the last window.",
    ),
]);

/// The table of a limiter.
pub(crate) fn limiter() -> Record<LimiterChoice> {
    let about = "What counts requests and refuses those over its limit. Of a preset's limiter, \
                 only what is written here changes.";
    Record::new(about, LimiterChoice::default)
        .absent(
            "bucket",
            Whole(At(bucket())),
            "the preset's algorithm",
            "Credits up to a burst, refilled at a rate.",
            "{burst: 200, refill: 4/s}",
            |it, v| it.algorithm = Some(v),
        )
        .one_of("algorithm")
        .absent(
            "window",
            Whole(At(Mapped(window(), Counting::Whole))),
            "the preset's algorithm",
            "So many requests in a window of time.",
            "{limit: 100 per 6h, kind: fixed}",
            |it, v| it.algorithm = Some(v),
        )
        .one_of("algorithm")
        .absent(
            "nginx",
            Whole(At(Mapped(nginx(), Counting::Whole))),
            "the preset's algorithm",
            "nginx `limit_req`: a rate and a burst, of which requests wait or not.",
            "{rate: 50/s, burst: 10, nodelay: true}",
            |it, v| it.algorithm = Some(v),
        )
        .one_of("algorithm")
        .absent(
            "in_flight",
            At(Mapped(
                Count {
                    min: 1,
                    max: u64::MAX,
                },
                |limit| Counting::Whole(Algorithm::ConcurrencyLimit(ConcurrencySpec { limit })),
            )),
            "the preset's algorithm",
            "So many requests at the same time.",
            "10",
            |it, v| it.algorithm = Some(v),
        )
        .one_of("algorithm")
        .absent(
            "operations",
            At(Costs),
            "the preset's operations; if there is no preset, all",
            "The operations it counts; as a map, with what each costs.",
            "[GetAuthorizationToken]",
            |it, v| it.operations = Some(v),
        )
        .absent(
            "scope",
            SCOPES,
            "the preset's scope; if there is no preset, one counter for all",
            "What it counts by: each of these has its own credits.",
            "account-region",
            |it, v| it.scope = Some(v),
        )
        .absent(
            "initial",
            Level,
            "full",
            "Credits that are left when the scenario begins: `full`, `empty` or a number.",
            "empty",
            |it, v| it.initial = Some(v),
        )
        .absent(
            "charge_throttled",
            Flag,
            "as the preset says, else `false`",
            "Whether throttled attempts cost credits too.",
            "true",
            |it, v| it.charge_throttled = Some(v),
        )
        .absent(
            "over_limit",
            OVER_LIMIT,
            "as the preset says, else `throttle`",
            "What happens to a request that finds too few credits.",
            "wait",
            |it, v| it.over_limit = Some(v),
        )
        .absent(
            "lock_out",
            lock_out_or_time(),
            "nobody is locked out",
            "For how long a refusal shuts its key out of everything this limiter counts.",
            "{for: 60s, renewed: true}",
            |it, v| it.lock_out = Some(v),
        )
        .absent(
            "background",
            Frequency { zero: true },
            "nobody else",
            "Load of other callers, on each key.",
            "1/s",
            |it, v| it.background = Some(v),
        )
        .absent(
            "status",
            Count { min: 100, max: 599 },
            "as the preset says, else 429",
            "HTTP status of a refusal.",
            "429",
            |it, v| it.status = Some(v as u16),
        )
        .absent(
            "code",
            Text,
            "as the preset says",
            "Error code of a refusal.",
            "ThrottlingException",
            |it, v| it.code = Some(v),
        )
        .absent(
            "retry_after",
            Hint,
            "as the preset says, else `none`",
            "What a refusal says about coming back: `none`, `exact` or a time.",
            "exact",
            |it, v| it.retry_after = Some(v),
        )
        .absent(
            "retry_after_header",
            HEADERS,
            "`retry-after`",
            "In which header it says so; a client that reads another one does not see it.",
            "x-amz-retry-after",
            |it, v| it.retry_after_header = Some(v),
        )
        .optional(
            "off",
            Flag,
            "false",
            "Switches the limiter off.",
            "true",
            |it, v| it.off = v,
        )
        .optional(
            "assumed",
            Flag,
            "false",
            "Marks numbers that nobody published; every report says so.",
            "true",
            |it, v| it.assumed = v,
        )
}

fn lock_out_or_time() -> impl Form<Value = LockOutSpec> {
    ScalarOr {
        scalar: Box::new(Mapped(Time::POSITIVE, |lasting| LockOutSpec {
            lasting,
            renewed: false,
        })),
        map: Box::new(lock_out()),
        short_for: Some("for"),
    }
}

fn lock_out() -> Record<LockOutSpec> {
    let about = "A refusal shuts its key out: until it has lasted its time, everything is refused \
                 and nothing counted.";
    let blank = || LockOutSpec {
        lasting: Span::ZERO,
        renewed: false,
    };
    Record::new(about, blank)
        .required(
            "for",
            Time::POSITIVE,
            "How long, from the refusal on.",
            "60s",
            |it, v| it.lasting = v,
        )
        .optional(
            "renewed",
            Flag,
            "false",
            "Whether requests that come meanwhile start it anew, so that it stays until its key is \
             quiet.",
            "true",
            |it, v| it.renewed = v,
        )
}

fn bucket() -> Record<Counting> {
    fn bucket(it: &mut Counting) -> (&mut Option<u64>, &mut Option<Refill>) {
        match it {
            Counting::Bucket { burst, refill } => (burst, refill),
            Counting::Whole(_) => unreachable!("the blank is a bucket"),
        }
    }
    let blank = || Counting::Bucket {
        burst: None,
        refill: None,
    };
    let burst = Count {
        min: 1,
        max: u64::MAX,
    };
    Record::new("Credits up to a burst, refilled at a rate.", blank)
        .absent(
            "burst",
            burst,
            "that of the preset's bucket",
            "The most credits it holds.",
            "200",
            |it, v| *bucket(it).0 = Some(v),
        )
        .absent(
            "refill",
            ScalarOr {
                scalar: Box::new(Mapped(Frequency { zero: true }, Refill::Continuous)),
                map: Box::new(lump()),
                short_for: None,
            },
            "that of the preset's bucket",
            "How credits come back: at a rate, or `{credits: 20, every: 5s}` all at once.",
            "4/s",
            |it, v| *bucket(it).1 = Some(v),
        )
}

fn lump() -> Record<Refill> {
    fn lump(it: &mut Refill) -> (&mut u64, &mut Span) {
        match it {
            Refill::Lump { credits, every } => (credits, every),
            Refill::Continuous(_) => unreachable!("the blank is a lump"),
        }
    }
    let blank = || Refill::Lump {
        credits: 0,
        every: Span::ZERO,
    };
    Record::new("Credits that come all at once.", blank)
        .required(
            "credits",
            Count::LONG,
            "Credits of a period.",
            "20",
            |it, v| *lump(it).0 = v,
        )
        .required(
            "every",
            Time::POSITIVE,
            "Length of a period; periods count from time 0.",
            "5s",
            |it, v| *lump(it).1 = v,
        )
}

struct Nginx {
    rate: Rate,
    burst: u64,
    delay: Option<u64>,
    nodelay: bool,
}

fn nginx() -> impl Form<Value = Algorithm> {
    let about = "nginx `limit_req`, which counts milliseconds and thousandths of a request: burst \
                 and one more are let in, and those over `delay` wait for the rate.";
    let blank = || Nginx {
        rate: Rate::ZERO,
        burst: 0,
        delay: None,
        nodelay: false,
    };
    let record = Record::new(about, blank)
        .required(
            "rate",
            Frequency { zero: false },
            "The rate; nginx cuts it down to thousandths of a request a second.",
            "50/s",
            |it, v| it.rate = v,
        )
        .optional(
            "burst",
            Count::LONG,
            "0",
            "Requests that may be ahead of the rate.",
            "10",
            |it, v| it.burst = v,
        )
        .absent(
            "delay",
            Count::LONG,
            "0: all that are ahead of the rate wait",
            "Requests ahead of the rate that do not wait.",
            "5",
            |it, v| it.delay = Some(v),
        )
        .optional(
            "nodelay",
            Flag,
            "false",
            "Nobody waits: who is let in passes at once.",
            "true",
            |it, v| it.nodelay = v,
        )
        .check(|it, node, decoder| {
            let both = it.nodelay && it.delay.is_some();
            if both {
                let delay = node.get("delay").unwrap_or(node);
                let message = "with `nodelay` nobody waits";
                decoder.refuse(delay, message, "leave `delay` out, or `nodelay`");
            }
            !both
        });
    Mapped(record, |it: Nginx| {
        let delay = if it.nodelay {
            Delay::Never
        } else {
            Delay::Above(it.delay.unwrap_or(0))
        };
        Algorithm::NginxLimitReq(NginxLimitReqSpec {
            rate: it.rate,
            burst: it.burst,
            delay,
        })
    })
}

/// How a window counts.
#[derive(Copy, Clone)]
enum WindowKind {
    Fixed,
    Sliding,
    SlidingCounter,
}

const WINDOW_KINDS: Words<WindowKind> = Words(&[
    ("fixed", WindowKind::Fixed, "Begins at 0 in each window."),
    (
        "sliding",
        WindowKind::Sliding,
        "Looks back over the last window at each request.",
    ),
    (
        "sliding-counter",
        WindowKind::SlidingCounter,
        "Begins at 0 in each window, but counts of the one before what an even spread would leave.",
    ),
]);

struct Window {
    limit: u64,
    window: Span,
    kind: WindowKind,
    opening: Option<Opening>,
}

fn window() -> impl Form<Value = Algorithm> {
    let blank = || Window {
        limit: 0,
        window: Span::ZERO,
        kind: WindowKind::Fixed,
        opening: None,
    };
    let record = Record::new("So many requests in a window of time.", blank)
        .required(
            "limit",
            WindowLimit,
            "Requests per window, with its length.",
            "100 per 6h",
            |it, (limit, window)| (it.limit, it.window) = (limit, window),
        )
        .optional(
            "kind",
            WINDOW_KINDS,
            "fixed",
            "How it counts.",
            "sliding",
            |it, v| it.kind = v,
        )
        .absent(
            "opens",
            OPENINGS,
            "aligned",
            "What opens a window that is fixed or has a counter.",
            "first-request",
            |it, v| it.opening = Some(v),
        )
        .check(|it, node, decoder| {
            let sliding = matches!(it.kind, WindowKind::Sliding);
            if sliding && it.opening.is_some() {
                let opens = node.get("opens").unwrap_or(node);
                let message = "a sliding window is always open";
                decoder.refuse(opens, message, "leave `opens` out, or write `kind: fixed`");
            }
            !(sliding && it.opening.is_some())
        });
    Mapped(record, |it: Window| {
        let (limit, window) = (it.limit, it.window);
        match it.kind {
            WindowKind::Fixed => Algorithm::FixedWindow(FixedWindowSpec {
                limit,
                window,
                opening: it.opening.unwrap_or_default(),
            }),
            WindowKind::SlidingCounter => Algorithm::SlidingCounter(SlidingCounterSpec {
                limit,
                window,
                opening: it.opening.unwrap_or_default(),
            }),
            WindowKind::Sliding => Algorithm::SlidingLog(SlidingLogSpec { limit, window }),
        }
    })
}

/// `100 per 6h`: unlike a rate, not reduced.
struct WindowLimit;

impl Form for WindowLimit {
    type Value = (u64, Span);

    fn decode(&self, node: &Node, decoder: &mut Decoder) -> Option<(u64, Span)> {
        let written = decoder.scalar(node, "a limit per time", "100 per 6h")?;
        let (limit, window) = decoder.quantity(node, text::count_per_span(written))?;
        if limit == 0 {
            decoder.refuse(node, "a limit of 0 lets nothing through", "write 1 or more");
            return None;
        }
        Some((limit, window))
    }

    fn schema(&self, definitions: &mut Definitions) -> Json {
        Frequency { zero: false }.schema(definitions)
    }
}

/// `[GetManifest]`, or `{GetManifest: 1, HeadManifest: 0}`.
struct Costs;

impl Form for Costs {
    type Value = Vec<(String, u32)>;

    fn decode(&self, node: &Node, decoder: &mut Decoder) -> Option<Self::Value> {
        match &node.value {
            Value::Map(entries) => {
                let costs: Vec<Option<(String, u32)>> = entries
                    .iter()
                    .map(|entry| {
                        decoder.under(entry, |decoder| {
                            let cost = Count::ANY.decode(&entry.value, decoder)?;
                            Some((entry.key.clone(), cost as u32))
                        })
                    })
                    .collect();
                costs.into_iter().collect()
            }
            Value::List(_) => {
                let names = ListOf(Text).decode(node, decoder)?;
                Some(names.into_iter().map(|name| (name, 1)).collect())
            }
            Value::Scalar(_) => {
                let noun = "a list of operations, or a map from operations to costs";
                decoder.expected(node, noun, "[GetAuthorizationToken]");
                None
            }
        }
    }

    fn schema(&self, definitions: &mut Definitions) -> Json {
        let cost = Count::ANY.schema(definitions);
        json!({ "anyOf": [
            { "type": "array", "items": { "type": "string" } },
            { "type": "object", "additionalProperties": cost },
        ] })
    }
}

/// `full`, `empty`, or a number of credits.
struct Level;

impl Form for Level {
    type Value = Initial;

    fn decode(&self, node: &Node, decoder: &mut Decoder) -> Option<Initial> {
        match decoder.scalar(node, "`full`, `empty` or a number of credits", "full")? {
            "full" => Some(Initial::Full),
            "empty" => Some(Initial::Empty),
            written if written.starts_with(|c: char| c.is_ascii_digit()) => {
                Count::LONG.decode(node, decoder).map(Initial::Credits)
            }
            _ => {
                decoder.expected(node, "`full`, `empty` or a number of credits", "full");
                None
            }
        }
    }

    fn schema(&self, definitions: &mut Definitions) -> Json {
        let count = Count::LONG.schema(definitions);
        json!({ "anyOf": [{ "enum": ["full", "empty"] }, count] })
    }
}

/// `none`, `exact`, or a time.
struct Hint;

impl Form for Hint {
    type Value = RetryAfter;

    fn decode(&self, node: &Node, decoder: &mut Decoder) -> Option<RetryAfter> {
        match decoder.scalar(node, "`none`, `exact` or a time", "exact")? {
            "none" => Some(RetryAfter::None),
            "exact" => Some(RetryAfter::Exact),
            written if written.starts_with(|c: char| c.is_ascii_digit()) => {
                Time::ANY.decode(node, decoder).map(RetryAfter::Fixed)
            }
            _ => {
                decoder.expected(node, "`none`, `exact` or a time", "exact");
                None
            }
        }
    }

    fn schema(&self, definitions: &mut Definitions) -> Json {
        let time = Time::ANY.schema(definitions);
        json!({ "anyOf": [{ "enum": ["none", "exact"] }, time] })
    }
}
