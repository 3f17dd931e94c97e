//! How far a number may move before it is said to have drifted.

use crate::units::text;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// How far a number may move.
#[derive(Copy, Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Allowance {
    /// By this part of what it was, from 0.
    Relative(f64),
    /// By so much, in the unit of its metric.
    Absolute(f64),
}

impl Allowance {
    /// How far a number that was `was` may move.
    pub fn of(self, was: f64) -> f64 {
        match self {
            Allowance::Relative(part) => part * was.abs(),
            Allowance::Absolute(amount) => amount,
        }
    }
}

/// How far each number may move.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Tolerance {
    /// Those that are not named.
    pub all: Allowance,
    /// By the path of their metric.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub of: BTreeMap<String, Allowance>,
}

impl Default for Tolerance {
    /// Two in a hundred: less than any change of a setting that is worth making.
    fn default() -> Self {
        Tolerance {
            all: Allowance::Relative(0.02),
            of: BTreeMap::new(),
        }
    }
}

/// A tolerance that cannot be read.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct ToleranceError(String);

impl fmt::Display for ToleranceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is no tolerance; write `5%` for all numbers, or `ci.finished_after=2s` for one",
            self.0
        )
    }
}

impl std::error::Error for ToleranceError {}

impl Tolerance {
    /// The arguments that say it, where it is not the default.
    pub fn arguments(&self) -> Vec<String> {
        let text = |allowance: &Allowance| match allowance {
            Allowance::Relative(part) => format!("{}%", (part * 1e6).round() / 1e4),
            Allowance::Absolute(amount) => amount.to_string(),
        };
        let all = (self.all != Tolerance::default().all).then(|| text(&self.all));
        let of = self.of.iter();
        let of = of.map(|(path, allowance)| format!("{path}={}", text(allowance)));
        all.into_iter().chain(of).collect()
    }

    /// Reads `5%` for all numbers, `PATH=5%`, `PATH=2s` or `PATH=3` for one, over what is there.
    ///
    /// # Errors
    /// A text that is none of these. An amount for all numbers is none, as they have several units.
    pub fn set(&mut self, written: &str) -> Result<(), ToleranceError> {
        let error = || ToleranceError(written.to_owned());
        let relative = |value: &str| {
            let parts = text::any_parts_per_million(value).ok()?;
            Some(Allowance::Relative(f64::from(parts) / 1e6))
        };
        match written.split_once('=') {
            None => self.all = relative(written.trim()).ok_or_else(error)?,
            Some((path, _)) if path.trim().is_empty() => return Err(error()),
            Some((path, value)) => {
                let value = value.trim();
                let amount = || {
                    let time = text::span(value).map(|span| span.as_secs_f64());
                    let bytes = || text::bytes(value).map(|bytes| bytes as f64);
                    let amount = text::number(value).or(time).or_else(|_| bytes());
                    amount.ok().map(Allowance::Absolute)
                };
                let allowance = relative(value).or_else(amount).ok_or_else(error)?;
                self.of.insert(path.trim().to_owned(), allowance);
            }
        }
        Ok(())
    }

    /// How far the number of a metric may move.
    pub fn allowance(&self, path: &str) -> Allowance {
        self.of.get(path).copied().unwrap_or(self.all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tolerance_is_a_part_for_all_and_a_part_or_an_amount_for_one() {
        let mut tolerance = Tolerance::default();
        for written in ["5%", "ci.finished_after=2s", "ci.jobs.failed=3", "x.y=1%"] {
            tolerance.set(written).unwrap();
        }
        assert_eq!(tolerance.allowance("other").of(200.0), 10.0);
        assert_eq!(tolerance.allowance("ci.finished_after").of(200.0), 2.0);
        assert_eq!(tolerance.allowance("ci.jobs.failed").of(0.0), 3.0);
        assert_eq!(tolerance.allowance("x.y").of(-50.0), 0.5);
        for wrong in ["5", "2s", "", "=5s", "==5s", "x=", "x=soon", "-1%"] {
            let refused = tolerance.clone().set(wrong);
            assert!(
                refused.unwrap_err().to_string().contains("write `5%`"),
                "{wrong}"
            );
        }
    }
}
