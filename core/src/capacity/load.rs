//! A load: a number of a scenario, in the words it is written in and as a number.

use crate::units::text;
use serde::{Deserialize, Serialize};

/// What the number that means load is.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// A number of things.
    Count,
    /// So many a second.
    PerSecond,
    /// A time in seconds.
    Seconds,
    /// A number in units of its own, such as bytes.
    Other,
}

/// A load.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize)]
pub struct Load {
    /// As a scenario writes it: `6`, `0.5/s`, `48s`.
    pub text: String,
    /// As a number; seconds for times, per second for rates.
    pub value: f64,
}

impl Load {
    /// The load that a text says, and what it is; `None` if it is no number.
    pub fn read(text: &str) -> Option<(Load, Measure)> {
        let text = text.trim();
        let load = |value: f64| Load {
            text: text.to_owned(),
            value,
        };
        if let Ok(number) = text::number(text) {
            return Some((load(number), Measure::Count));
        }
        if let Ok(count) = text::count(text) {
            return Some((load(count as f64), Measure::Count));
        }
        if let Ok(rate) = text::rate(text) {
            return Some((load(rate.per_second_f64()), Measure::PerSecond));
        }
        if let Ok(span) = text::span(text) {
            return Some((load(span.as_secs_f64()), Measure::Seconds));
        }
        if let Ok(bytes) = text::bytes(text) {
            return Some((load(bytes as f64), Measure::Other));
        }
        let bandwidth = text::bandwidth(text).ok()?;
        Some((load(bandwidth as f64), Measure::Other))
    }

    /// So many times as much, or so many times as little; `None` where that cannot be written
    /// exactly.
    pub fn times(&self, factor: u64, less: bool) -> Option<Load> {
        let end = self.text.find(|c: char| !c.is_ascii_digit());
        let (digits, unit) = self.text.split_at(end.unwrap_or(self.text.len()));
        if unit.starts_with('.') {
            return None;
        }
        let number: u64 = digits.parse().ok()?;
        let number = match less {
            false => number.checked_mul(factor)?,
            true => number.is_multiple_of(factor).then_some(number / factor)?,
        };
        Load::read(&format!("{number}{unit}")).map(|(load, _)| load)
    }

    /// The load with what one of it is called: `6 workflows`, `1 workflow`, `0.5/s`.
    pub fn named(&self, unit: &str) -> String {
        let bare = self.text.bytes().all(|byte| byte.is_ascii_digit());
        match unit {
            unit if unit.is_empty() || !bare => self.text.clone(),
            unit if self.value == 1.0 => format!("1 {}", crate::report::singular(unit)),
            unit => format!("{} {unit}", self.text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_load_is_a_count_a_rate_or_a_time() {
        let read = |text: &str| Load::read(text).map(|(load, measure)| (load.value, measure));
        assert_eq!(read("64"), Some((64.0, Measure::Count)));
        assert_eq!(read("20k"), Some((20_000.0, Measure::Count)));
        assert_eq!(read("30/min"), Some((0.5, Measure::PerSecond)));
        assert_eq!(read("1min"), Some((60.0, Measure::Seconds)));
        assert_eq!(read("per-job"), None);
    }

    #[test]
    fn twice_a_load_keeps_its_unit() {
        let twice = |text: &str| {
            Load::read(text)
                .unwrap()
                .0
                .times(2, false)
                .map(|it| it.text)
        };
        assert_eq!(twice("3").as_deref(), Some("6"));
        assert_eq!(twice("20/s").as_deref(), Some("40/s"));
        assert_eq!(twice("0.5/s"), None);
        let half = |text: &str| Load::read(text).unwrap().0.times(2, true).map(|it| it.text);
        assert_eq!(half("48s").as_deref(), Some("24s"));
        assert_eq!(half("3s"), None);
    }

    #[test]
    fn one_of_a_unit_is_singular() {
        let named = |text: &str| Load::read(text).unwrap().0.named("workflows");
        assert_eq!(named("1"), "1 workflow");
        assert_eq!(named("6"), "6 workflows");
        assert_eq!(named("0.5/s"), "0.5/s");
        assert_eq!(Load::read("1").unwrap().0.named("copies"), "1 copy");
    }
}
