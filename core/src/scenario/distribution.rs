//! Times that vary: `60ms`, `{uniform: [1s, 10s]}`, `{lognormal: {median: 1s, sigma: 0.5}}`.

use super::choice::{Case, Choice, Mapped};
use super::decoder::Decoder;
use super::form::{Definitions, Form, ListOf, Number, Time};
use super::record::Record;
use crate::random::{Distribution, DistributionError};
use crate::units::Span;
use crate::yaml::Node;
use serde_json::{Value as Json, json};

/// Standard deviations of a logarithm beyond which a time is no time of this world.
const SIGMA_MAX: f64 = 10.0;

/// All words that can be written in a time that varies, besides times and numbers.
pub(crate) const WORDS: [&str; 12] = [
    "uniform",
    "exponential",
    "lognormal",
    "normal",
    "abs-normal",
    "empirical",
    "median",
    "sigma",
    "mean",
    "deviation",
    "min",
    "max",
];

/// A time that varies.
pub(crate) struct Varying;

impl Form for Varying {
    type Value = Distribution;

    fn decode(&self, node: &Node, decoder: &mut Decoder) -> Option<Distribution> {
        let distribution = choice().decode(node, decoder)?;
        match distribution.check() {
            Ok(()) => Some(distribution),
            Err(error) => {
                let (message, hint) = explain(error);
                decoder.refuse(node, message, hint);
                None
            }
        }
    }

    fn schema(&self, definitions: &mut Definitions) -> Json {
        definitions.refer("varying-time", |definitions| {
            let mut schema = choice().schema(definitions);
            schema["description"] = "A time, or how it varies.".into();
            schema["examples"] = json!([
                "60ms",
                { "uniform": ["1s", "10s"] },
                { "lognormal": { "median": "1s", "sigma": 0.5 } },
            ]);
            schema
        })
    }
}

fn choice() -> Choice<Distribution> {
    Choice {
        noun: "a time or how it varies",
        plain: Box::new(Mapped(Time::ANY, Distribution::Constant)),
        cases: vec![
            Case {
                key: "uniform",
                about: "Any time between two, each as likely.",
                form: Box::new(Uniform),
            },
            Case::new(
                "exponential",
                "Memoryless, with this mean.",
                Time::POSITIVE,
                |mean| Distribution::Exponential { mean },
            ),
            Case::new(
                "lognormal",
                "Half are shorter than the median; few are much longer.",
                lognormal(),
                |(median, sigma)| Distribution::LogNormal { median, sigma },
            ),
            Case::new(
                "normal",
                "A normal variable, drawn again while it lies outside its bounds.",
                normal(),
                |normal| Distribution::TruncatedNormal {
                    mean: normal.mean,
                    deviation: normal.deviation,
                    low: normal.min,
                    high: normal.max,
                },
            ),
            Case::new(
                "abs-normal",
                "The absolute value of a normal variable.",
                absolute(),
                |normal| Distribution::AbsoluteNormal {
                    mean: normal.mean,
                    deviation: normal.deviation,
                },
            ),
            Case::new(
                "empirical",
                "One of these measured values, each as likely.",
                ListOf(Time::ANY),
                Distribution::Empirical,
            ),
        ],
    }
}

/// A shortest and a longest time.
struct Uniform;

impl Form for Uniform {
    type Value = Distribution;

    fn decode(&self, node: &Node, decoder: &mut Decoder) -> Option<Distribution> {
        match ListOf(Time::ANY).decode(node, decoder)?.as_slice() {
            &[low, high] => Some(Distribution::Uniform { low, high }),
            values => {
                let message = format!("`uniform` is two times, found {}", values.len());
                decoder.refuse(
                    node,
                    message,
                    "write the shortest and the longest: `[1s, 10s]`",
                );
                None
            }
        }
    }

    fn schema(&self, definitions: &mut Definitions) -> Json {
        let time = Time::ANY.schema(definitions);
        json!({ "type": "array", "items": time, "minItems": 2, "maxItems": 2 })
    }
}

fn lognormal() -> Record<(Span, f64)> {
    Record::new("Median and spread.", || (Span::ZERO, 0.0))
        .required(
            "median",
            Time::POSITIVE,
            "Half are shorter.",
            "1s",
            |it, v| it.0 = v,
        )
        .required(
            "sigma",
            Number { max: SIGMA_MAX },
            "Standard deviation of the natural logarithm.",
            "0.5",
            |it, v| it.1 = v,
        )
}

struct Normal {
    mean: Span,
    deviation: Span,
    min: Span,
    max: Span,
}

impl Normal {
    fn blank() -> Self {
        Normal {
            mean: Span::ZERO,
            deviation: Span::ZERO,
            min: Span::ZERO,
            max: Span::ZERO,
        }
    }
}

fn absolute() -> Record<Normal> {
    Record::new("Mean and standard deviation.", Normal::blank)
        .required(
            "mean",
            Time::ANY,
            "Mean before anything is cut.",
            "1s",
            |it, v| it.mean = v,
        )
        .required(
            "deviation",
            Time::ANY,
            "Standard deviation before anything is cut.",
            "200ms",
            |it, v| it.deviation = v,
        )
}

fn normal() -> Record<Normal> {
    absolute()
        .required(
            "min",
            Time::ANY,
            "The shortest that is kept.",
            "0s",
            |it, v| it.min = v,
        )
        .required(
            "max",
            Time::ANY,
            "The longest that is kept.",
            "10s",
            |it, v| it.max = v,
        )
}

fn explain(error: DistributionError) -> (&'static str, &'static str) {
    match error {
        DistributionError::EmptyRange => (
            "the shortest time is longer than the longest",
            "write the shorter one first, or as `min`",
        ),
        DistributionError::Deviation => ("the spread is not a number", "write `sigma: 0.5`"),
        DistributionError::NoValues => ("there is no value to draw from", "write at least one"),
        DistributionError::BoundsTooFar => (
            "`min` and `max` keep less than one draw in a thousand",
            "choose bounds nearer to the mean",
        ),
    }
}
