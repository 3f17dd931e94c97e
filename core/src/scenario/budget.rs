//! Client-side retry budgets: `none`, or `{concurrent: {min: 3, ratio: 0.2}}`.

use super::choice::{Case, Choice, Mapped};
use super::form::{Count, Number, Time, Words};
use super::record::Record;
use crate::retry::Budget;
use crate::units::Span;

const NONE: Words<()> = Words(&[("none", (), "Every retry is allowed.")]);

/// How a budget is written.
pub(crate) fn budget() -> Choice<Budget> {
    Choice {
        noun: "`none` or a retry budget",
        plain: Box::new(Mapped(NONE, |()| Budget::None)),
        cases: vec![
            Case::new(
                "concurrent",
                "Envoy: retries under way at one time.",
                numbers(
                    ("min", "Retries under way that are always allowed.", "3"),
                    (
                        "ratio",
                        "Retries allowed per call under way, 0 to 1.",
                        "0.2",
                    ),
                ),
                |it| Budget::Concurrent {
                    min: it.count,
                    ratio: it.ratio,
                },
            ),
            Case::new(
                "finagle",
                "Finagle: calls deposit, retries withdraw, deposits expire.",
                numbers(
                    (
                        "per_second_min",
                        "Retries per second allowed without deposits.",
                        "10",
                    ),
                    ("ratio", "Retries allowed per call.", "0.2"),
                )
                .optional(
                    "ttl",
                    Time::POSITIVE,
                    "10s",
                    "How long a deposit counts.",
                    "10s",
                    |it, v| {
                        it.ttl = v;
                    },
                ),
                |it| Budget::Finagle {
                    ttl: it.ttl,
                    per_second_min: it.count,
                    ratio: it.ratio,
                },
            ),
            Case::new(
                "grpc",
                "gRPC: failures cost tokens, half of which must be there.",
                numbers(
                    ("tokens", "Tokens at the start and at most.", "100"),
                    ("per_success", "What a success earns of a token.", "0.1"),
                ),
                |it| Budget::Grpc {
                    tokens_max: it.count,
                    thousandths_per_success: (it.ratio * 1_000.0).round() as u32,
                },
            ),
            Case::new(
                "bucket",
                "A bucket that calls fill and retries empty.",
                numbers(
                    ("capacity", "Size, full at the start.", "10"),
                    ("deposit", "What each call adds.", "0.1"),
                ),
                |it| Budget::Bucket {
                    capacity: f64::from(it.count),
                    deposit: it.ratio,
                },
            ),
            Case::new(
                "breaker",
                "No retry while failures per call exceed a ratio.",
                Number { max: RATIO_MAX },
                |ratio_max| Budget::Breaker { ratio_max },
            ),
        ],
    }
}

/// The budgets' own ranges are narrower and are checked by [`Budget::check`].
const RATIO_MAX: f64 = 1_000.0;

struct Numbers {
    count: u32,
    ratio: f64,
    ttl: Span,
}

type Column = (&'static str, &'static str, &'static str);

/// A count and a ratio, each with key, meaning and example.
fn numbers(count: Column, ratio: Column) -> Record<Numbers> {
    let blank = || Numbers {
        count: 0,
        ratio: 0.0,
        ttl: Span::ZERO,
    };
    Record::new("The numbers of a retry budget.", blank)
        .required(count.0, Count::ANY, count.1, count.2, |it, v| {
            it.count = v as u32
        })
        .required(
            ratio.0,
            Number { max: RATIO_MAX },
            ratio.1,
            ratio.2,
            |it, v| it.ratio = v,
        )
}
