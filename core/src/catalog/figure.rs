//! Figures as the catalog's data files write them: `4/s`, `0.3/s`, `44000/min`, `6h`, `2018-01`.

use crate::units::{Rate, Span};
use std::fmt;

/// A calendar date known to the year, the month or the day. Orders chronologically.
#[derive(Clone, Eq, PartialEq, Ord, PartialOrd, Debug)]
pub struct Date(String);

impl Date {
    /// Reads `2026`, `2026-11` or `2026-11-20`; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split('-').collect();
        let widths = [4, 2, 2];
        if parts.len() > widths.len() {
            return None;
        }
        let digits = |(part, width): (&&str, usize)| {
            part.len() == width && part.bytes().all(|b| b.is_ascii_digit())
        };
        if !parts.iter().zip(widths).all(digits) {
            return None;
        }
        let in_range = |index: usize, most: u32| {
            parts
                .get(index)
                .is_none_or(|p| p.parse().is_ok_and(|n: u32| n >= 1 && n <= most))
        };
        (in_range(1, 12) && in_range(2, 31)).then(|| Date(text.to_owned()))
    }

    /// The date as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A span such as `100us`, `500ms`, `30s`, `15min`, `6h` or `30d`.
pub(super) fn span(text: &str) -> Option<Span> {
    let unit_at = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(unit_at);
    let nanos = number
        .parse::<u64>()
        .ok()?
        .checked_mul(unit_span(unit)?.as_nanos())?;
    Some(Span::from_nanos(nanos))
}

/// A rate such as `4/s`, `0.3/s` or `44000/min`; exact, also with decimals.
pub(super) fn rate(text: &str) -> Option<Rate> {
    let (number, unit) = text.split_once('/')?;
    let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
    let scale = 10u64.checked_pow(u32::try_from(decimals.len()).ok()?)?;
    let count = format!("{whole}{decimals}").parse().ok()?;
    let nanos = unit_span(unit)?.as_nanos().checked_mul(scale)?;
    Rate::new(count, Span::from_nanos(nanos)).ok()
}

fn unit_span(unit: &str) -> Option<Span> {
    match unit {
        "us" => Some(Span::from_micros(1)),
        "ms" => Some(Span::from_millis(1)),
        "s" => Some(Span::from_secs(1)),
        "min" => Some(Span::from_secs(60)),
        "h" => Some(Span::from_secs(3_600)),
        "d" => Some(Span::from_secs(86_400)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_exactly() {
        assert_eq!(span("6h"), Some(Span::from_secs(21_600)));
        assert_eq!(span("500ms"), Some(Span::from_millis(500)));
        assert_eq!(rate("4/s"), Some(Rate::per_second(4)));
        assert_eq!(rate("0.3/s"), Rate::new(3, Span::from_secs(10)).ok());
        assert_eq!(
            rate("44000/min"),
            Rate::new(44_000, Span::from_secs(60)).ok()
        );
        for wrong in ["", "4", "s", "/s", "4/fortnight", "-1/s", "4 /s"] {
            assert_eq!(rate(wrong), None, "{wrong}");
            assert_eq!(span(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn dates_have_a_year_and_perhaps_a_month_and_a_day() {
        for right in ["2018", "2018-01", "2018-06-22"] {
            assert_eq!(Date::parse(right).unwrap().as_str(), right);
        }
        for wrong in [
            "",
            "18-01",
            "2018-13",
            "2018-00",
            "2018-06-32",
            "2018-06-22-1",
            "today",
        ] {
            assert_eq!(Date::parse(wrong), None, "{wrong}");
        }
        assert!(Date::parse("2018-06-22") < Date::parse("2020-02"));
    }
}
