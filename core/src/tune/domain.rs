//! The values that a number may take: those that a person would write.

use crate::capacity::{Load, Measure};
use crate::units::{Span, text};
use std::fmt;

/// How values lie between two ends.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Scale {
    /// Evenly apart.
    Linear,
    /// By factors: about ten values a decade, the preferred numbers R10 of ISO 3 rounded to two
    /// digits.
    Log,
}

/// Values, by rising number if they are numbers.
#[derive(Clone, PartialEq, Debug)]
pub struct Domain {
    /// As a scenario writes them.
    pub values: Vec<String>,
    /// Whether neighbours in the list are neighbours in meaning.
    pub ordered: bool,
}

/// Why something is no domain.
#[derive(Clone, Eq, PartialEq, Debug)]
pub enum DomainError {
    /// An end is no number, time or rate.
    NoNumber(String),
    /// The ends are numbers of different things.
    Different(String, String),
    /// The range ends before it begins.
    Reversed,
    /// There are fewer than two values.
    Empty,
}

impl fmt::Display for DomainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DomainError::NoNumber(text) => {
                write!(f, "`{text}` is no number, time or rate, or is too large")
            }
            DomainError::Different(a, b) => write!(f, "`{a}` and `{b}` cannot be compared"),
            DomainError::Reversed => f.write_str("the range ends before it begins"),
            DomainError::Empty => f.write_str("there is only one value, so nothing to choose"),
        }
    }
}

/// Preferred numbers of a decade.
const PREFERRED: [u64; 10] = [10, 12, 15, 20, 25, 30, 40, 50, 60, 80];

/// Evenly spread values are at most so many.
const EVEN_MAX: u64 = 40;

/// Ends that are further apart than this factor are spread by factors unless somebody says otherwise.
const FACTOR_EVEN: u64 = 10;

impl Domain {
    /// These values, in no order.
    pub fn choices<T: Into<String>>(values: impl IntoIterator<Item = T>) -> Domain {
        Domain {
            values: values.into_iter().map(Into::into).collect(),
            ordered: false,
        }
    }

    /// The values from one number, time or rate to another: by factors if they are far apart, else
    /// evenly, unless a scale is given.
    ///
    /// ```
    /// use pullstorm_core::tune::{Domain, Scale};
    ///
    /// let base = Domain::range("50ms", "0.2s", Some(Scale::Log)).unwrap();
    /// assert_eq!(base.values, ["50ms", "60ms", "80ms", "100ms", "120ms", "150ms", "200ms"]);
    /// ```
    ///
    /// # Errors
    /// See [`DomainError`].
    pub fn range(low: &str, high: &str, scale: Option<Scale>) -> Result<Domain, DomainError> {
        let read = |text: &str| Number::read(text);
        let (from, to) = (read(low)?, read(high)?);
        // 0 has any unit.
        if from.kind != to.kind && from.units != 0 {
            return Err(DomainError::Different(low.to_owned(), high.to_owned()));
        }
        let kind = to.kind;
        let (from, to) = (from.units, to.units);
        if from > to {
            return Err(DomainError::Reversed);
        }
        if from == to {
            return Err(DomainError::Empty);
        }
        let wide = from == 0 || to / from >= FACTOR_EVEN;
        let log = match scale {
            Some(scale) => scale == Scale::Log,
            None => wide && (kind != Kind::Count || to - from > 4 * EVEN_MAX),
        };
        let mut units = if log {
            preferred(from, to)
        } else {
            even(from, to)
        };
        units.extend([from, to]);
        units.sort_unstable();
        units.dedup();
        Ok(Domain {
            values: units.into_iter().map(|units| kind.written(units)).collect(),
            ordered: true,
        })
    }

    /// The place of a value that says the same as one here.
    pub fn place(&self, value: &str) -> Option<usize> {
        let number = |text: &str| Load::read(text).map(|(load, _)| load.value);
        let same = |known: &String| {
            known == value
                || self.ordered && number(known).is_some() && number(known) == number(value)
        };
        self.values.iter().position(same)
    }

    /// How many values are below a number; none where values are no numbers.
    pub(crate) fn below(&self, value: &str) -> Option<usize> {
        let number = |text: &str| Load::read(text).map(|(load, _)| load.value);
        let value = number(value).filter(|_| self.ordered)?;
        let below = |known: &&String| number(known).is_some_and(|known| known < value);
        Some(self.values.iter().filter(below).count())
    }
}

#[derive(Copy, Clone, Eq, PartialEq, Debug)]
enum Kind {
    Count,
    /// In thousandths.
    Decimal,
    /// In milliseconds.
    Span,
    /// In thousandths a second.
    Rate,
}

struct Number {
    units: u64,
    kind: Kind,
}

impl Number {
    fn read(text: &str) -> Result<Number, DomainError> {
        let refused = || DomainError::NoNumber(text.trim().to_owned());
        let text = text.trim();
        if let Ok(units) = text::count(text) {
            return Ok(Number {
                units,
                kind: Kind::Count,
            });
        }
        let (load, measure) = Load::read(text).ok_or_else(refused)?;
        let kind = match measure {
            // A whole number that is no count is too large.
            Measure::Count if !text.contains('.') => return Err(refused()),
            Measure::Count => Kind::Decimal,
            Measure::PerSecond => Kind::Rate,
            Measure::Seconds => Kind::Span,
            Measure::Other => return Err(refused()),
        };
        let units = match kind {
            Kind::Span => text::span(text).map_err(|_| refused())?.as_nanos() / 1_000_000,
            _ => (load.value * 1e3).round() as u64,
        };
        Ok(Number { units, kind })
    }
}

impl Kind {
    fn written(self, units: u64) -> String {
        let thousandths = || match units % 1_000 {
            0 => (units / 1_000).to_string(),
            rest => {
                let text = format!("{}.{rest:03}", units / 1_000);
                text.trim_end_matches('0').to_owned()
            }
        };
        match self {
            Kind::Count => units.to_string(),
            Kind::Decimal => thousandths(),
            Kind::Rate => thousandths() + "/s",
            Kind::Span => span(Span::from_millis(units)),
        }
    }
}

/// A time in whole seconds or milliseconds.
fn span(span: Span) -> String {
    let millis = span.as_nanos() / 1_000_000;
    match millis % 1_000 {
        0 => format!("{}s", millis / 1_000),
        _ => format!("{millis}ms"),
    }
}

fn even(from: u64, to: u64) -> Vec<u64> {
    // A step of 1, 2 or 5 times a power of ten, so that values are round.
    let mut step: u64 = 1;
    let mut next = [2, 5, 10].iter().cycle();
    let mut decade: u64 = 1;
    while (to - from) / step > EVEN_MAX {
        let factor = next.next().expect("a cycle never ends");
        step = decade.saturating_mul(*factor);
        if *factor == 10 {
            decade = step;
        }
    }
    let first = from.div_ceil(step);
    (first..=to / step).map(|at| at * step).collect()
}

fn preferred(from: u64, to: u64) -> Vec<u64> {
    let mut units = Vec::new();
    let mut decade: u64 = 1;
    loop {
        for number in PREFERRED {
            let Some(tenths) = number.checked_mul(decade) else {
                return units;
            };
            let at = tenths / 10;
            if tenths.is_multiple_of(10) && from.max(1) <= at && at <= to {
                units.push(at);
            }
        }
        match decade.checked_mul(10) {
            Some(next) if decade <= to => decade = next,
            _ => return units,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(low: &str, high: &str) -> Vec<String> {
        Domain::range(low, high, None).unwrap().values
    }

    #[test]
    fn ranges_are_numbers_that_a_person_would_write() {
        assert_eq!(range("3", "7"), ["3", "4", "5", "6", "7"]);
        assert_eq!(range("0s", "4ms"), ["0s", "1ms", "2ms", "3ms", "4ms"]);
        assert_eq!(range("100", "199")[..3], ["100", "105", "110"]);
        let rates = range("0.5/s", "0.8/s");
        assert_eq!(rates[..3], ["0.5/s", "0.51/s", "0.52/s"]);
        assert_eq!((rates.len(), rates[30].as_str()), (31, "0.8/s"));
        let long = range("1s", "2min");
        assert_eq!(long.first().unwrap(), "1s");
        assert_eq!(long.last().unwrap(), "120s");
        assert!(long.contains(&"1500ms".to_owned()) && long.contains(&"25s".to_owned()));
    }

    #[test]
    fn an_end_that_is_not_round_is_there_all_the_same() {
        assert_eq!(range("7s", "77s").first().unwrap(), "7s");
        assert_eq!(range("7s", "77s").last().unwrap(), "77s");
    }

    #[test]
    fn what_is_no_range_is_refused_with_the_reason() {
        let refused = |low, high| Domain::range(low, high, None).unwrap_err();
        assert_eq!(refused("5", "5"), DomainError::Empty);
        assert_eq!(refused("6", "5"), DomainError::Reversed);
        assert!(matches!(refused("1s", "5"), DomainError::Different(..)));
        let huge = "99999999999999999999999999";
        assert_eq!(refused("1", huge), DomainError::NoNumber(huge.to_owned()));
        assert_eq!(refused("a", "b"), DomainError::NoNumber("a".to_owned()));
    }

    #[test]
    fn the_widest_range_ends() {
        let widest = Domain::range("0", "18446744073709551615", Some(Scale::Log)).unwrap();
        assert!(widest.values.len() < 250, "{}", widest.values.len());
        let widest = Domain::range("0", "18446744073709551615", Some(Scale::Linear)).unwrap();
        assert!(widest.values.len() <= 43, "{}", widest.values.len());
    }

    #[test]
    fn values_are_known_in_other_words() {
        let domain = Domain::range("1s", "5min", None).unwrap();
        assert_eq!(domain.place("1min"), domain.place("60s"));
        assert!(domain.place("1min").is_some());
        assert_eq!(domain.below("1.1s"), Some(1));
    }
}
