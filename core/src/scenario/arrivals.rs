//! When things begin: how many (`workflows: 2`) and how they are spread (`begin: {every: 48s}`).

use super::choice::{Defined, Mapped, ScalarOr};
use super::decoder::Decoder;
use super::form::{Form, Frequency, ListOf, Time};
use super::model::Arrivals;
use super::record::Record;
use crate::units::{Rate, Span};
use crate::yaml::{Diagnostic, Node};

/// How beginnings are spread over time.
#[derive(Clone, Default)]
pub(crate) struct Begin {
    every: Option<Span>,
    at: Option<Vec<Span>>,
    rate: Option<Rate>,
    from: Span,
    lasting: Option<Span>,
}

/// The form of `begin:`.
pub(crate) fn begin() -> impl Form<Value = Begin> {
    let all_at_once = |from| Begin {
        from,
        ..Begin::default()
    };
    Defined(
        "begin",
        ScalarOr {
            scalar: Box::new(Mapped(Time::ANY, all_at_once)),
            map: Box::new(record()),
            short_for: Some("from"),
        },
    )
}

fn record() -> Record<Begin> {
    Record::new("When they begin.", Begin::default)
        .absent(
            "every",
            Time::ANY,
            "all at once",
            "Distance from one to the next.",
            "48s",
            |it, v| it.every = Some(v),
        )
        .one_of("spread")
        .absent(
            "at",
            ListOf(Time::ANY),
            "see `every`",
            "The times, one for each.",
            "[0s, 48s]",
            |it, v| it.at = Some(v),
        )
        .one_of("spread")
        .absent(
            "rate",
            Frequency { zero: false },
            "see `every`",
            "At random (Poisson), at this rate on average.",
            "2/min",
            |it, v| it.rate = Some(v),
        )
        .one_of("spread")
        .optional(
            "from",
            Time::ANY,
            "0s",
            "When the first can begin.",
            "1min",
            |it, v| it.from = v,
        )
        .absent(
            "lasting",
            Time::POSITIVE,
            "not needed without `rate`",
            "How long they come at random.",
            "1h",
            |it, v| it.lasting = Some(v),
        )
        .check(|it, node, decoder| {
            if it.rate.is_some() && it.lasting.is_none() {
                let hint = "add `lasting: 1h`: otherwise they never stop coming";
                decoder.refuse(node, "`lasting` is missing beside `rate`", hint);
                return false;
            }
            if it.rate.is_none()
                && let Some(lasting) = node.get("lasting")
            {
                decoder.refuse(lasting, "`lasting` goes with `rate` only", "leave it out");
                return false;
            }
            if it.at.as_ref().is_some_and(Vec::is_empty) {
                let hint = "write at least one time, like `[0s]`";
                decoder.refuse(node.get("at").unwrap_or(node), "`at` has no time", hint);
                return false;
            }
            if it.at.is_some()
                && let Some(from) = node.get("from")
            {
                decoder.refuse(from, "`from` does not go with `at`", "leave it out");
                return false;
            }
            true
        })
}

/// Puts number and spread together. `key` is the key of the number in `node`.
pub(crate) fn arrivals(
    count: Option<u32>,
    begin: &Begin,
    key: &str,
    node: &Node,
    decoder: &mut Decoder,
) -> Option<Arrivals> {
    let fixed = if begin.rate.is_some() {
        Some("rate")
    } else if begin.at.is_some() {
        Some("at")
    } else {
        None
    };
    if let (Some(by), Some(number)) = (fixed, node.entry(key).filter(|it| !it.value.is_null())) {
        let message = format!("`begin.{by}` already says how many come");
        let mut diagnostic = Diagnostic::new(message, number.key_place)
            .hint(format!("leave `{key}` out (in a variant: `{key}: null`)"));
        if let Some(begin) = node.entry("begin") {
            diagnostic = diagnostic.also(begin.key_place, "here");
        }
        decoder.report_under(key, diagnostic);
        return None;
    }
    Some(match (begin.rate, &begin.at) {
        (Some(rate), _) => Arrivals::Random {
            rate,
            from: begin.from,
            lasting: begin.lasting.unwrap_or_default(),
        },
        (None, Some(times)) => Arrivals::At(times.clone()),
        (None, None) => Arrivals::Every {
            count: count.unwrap_or(1),
            every: begin.every.unwrap_or_default(),
            from: begin.from,
        },
    })
}
