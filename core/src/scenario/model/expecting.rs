//! What is expected of a scenario.

use super::{Place, Placed};

/// A statement to hold: a metric compared with a number.
#[derive(Clone, PartialEq, Debug)]
pub struct Expectation {
    /// As it was written.
    pub text: String,
    /// The metric's path. Of a count that is compared with a percentage, the path of its share once
    /// the metrics are known.
    pub metric: String,
    /// How it is compared.
    pub comparison: Comparison,
    /// With what, in the metric's unit (seconds for times, 0 to 1 for shares).
    pub value: f64,
    /// The unit that it is written with.
    pub written_in: WrittenIn,
    /// What has to stand so to the number.
    pub holds: Holds,
    /// What it means if it is broken.
    pub severity: Severity,
    /// The variant it speaks of; `None`: each of them.
    pub variant: Option<Placed<String>>,
    /// Where it stands.
    pub place: Option<Place>,
}

impl Expectation {
    /// A statement that nobody wrote: of the mean, of each variant, and a failure if broken.
    pub fn of(metric: impl Into<String>, comparison: Comparison, value: f64) -> Self {
        let metric = metric.into();
        Expectation {
            text: format!("{metric} {} {value}", comparison.sign()),
            metric,
            comparison,
            value,
            written_in: WrittenIn::Nothing,
            holds: Holds::Mean,
            severity: Severity::Fail,
            variant: None,
            place: None,
        }
    }
}

/// What has to stand to the number of an expectation as it says.
#[derive(Copy, Clone, PartialEq, Debug)]
pub enum Holds {
    /// The mean over runs; with `==` every run.
    Mean,
    /// At least this share of runs, each by itself, above 0 up to 1.
    ShareOfRuns(f64),
}

/// What a broken expectation means.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Default, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// The variant fails.
    #[default]
    Fail,
    /// Somebody should know; the verdict is the same.
    Warn,
}

/// The unit that the number of an expectation is written with.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum WrittenIn {
    /// None.
    Nothing,
    /// `%`
    Percent,
    /// `ms`, `s`, `min` ...
    Time,
    /// `MB`, `GiB` ...
    Bytes,
    /// `/s`, `/min` ...
    Rate,
}

/// How a metric is compared with a number.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Comparison {
    /// `<`
    Below,
    /// `<=`
    AtMost,
    /// `==`
    Equal,
    /// `>=`
    AtLeast,
    /// `>`
    Above,
}

impl Comparison {
    /// As it is written.
    pub const fn sign(self) -> &'static str {
        match self {
            Comparison::Below => "<",
            Comparison::AtMost => "<=",
            Comparison::Equal => "==",
            Comparison::AtLeast => ">=",
            Comparison::Above => ">",
        }
    }

    /// Whether a value stands to a number as the comparison says.
    pub fn holds(self, value: f64, number: f64) -> bool {
        match self {
            Comparison::Below => value < number,
            Comparison::AtMost => value <= number,
            Comparison::Equal => value == number,
            Comparison::AtLeast => value >= number,
            Comparison::Above => value > number,
        }
    }
}
