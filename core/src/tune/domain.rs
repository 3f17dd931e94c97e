//! The values that a number may take: those that a person would write.

use crate::capacity::Load;
use crate::order::Arrange;
use crate::units::{Rate, Span, text};
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
    /// An end that is finer than what is tried: more than three decimals, of a rate also per day.
    TooFine(String),
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
            DomainError::TooFine(text) => {
                write!(
                    f,
                    "`{text}` has more than the three decimals that are tried"
                )
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
        let (kind, from, to) = ends(low.trim(), high.trim())?;
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
        units.arrange();
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

/// What the values of a range are counted in.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
enum Kind {
    Count,
    /// Thousandths.
    Decimal,
    /// So many nanoseconds.
    Span(u64),
    /// Thousandths per this.
    Rate(&'static str),
}

/// A number as it was written.
#[derive(Copy, Clone, Debug)]
enum Number {
    Count(u64),
    Thousandths(u64),
    Span(Span),
    Rate(Rate),
}

/// Times that a rate is told by, shortest first, in seconds.
const PERIODS: [(u64, &str); 4] = [(1, "s"), (60, "min"), (3_600, "h"), (86_400, "d")];

/// What times are counted in, coarsest first, in nanoseconds.
const RESOLUTIONS: [u64; 2] = [1_000_000, 1_000];

/// Both ends of a range in whole units of what both are exact in.
fn ends(low: &str, high: &str) -> Result<(Kind, u64, u64), DomainError> {
    let (from, to) = (Number::read(low)?, Number::read(high)?);
    let different = || DomainError::Different(low.to_owned(), high.to_owned());
    match (from, to) {
        (Number::Count(from), Number::Count(to)) => Ok((Kind::Count, from, to)),
        (Number::Count(_) | Number::Thousandths(_), Number::Count(_) | Number::Thousandths(_)) => {
            let from = from.thousandths().ok_or_else(|| no_number(low))?;
            let to = to.thousandths().ok_or_else(|| no_number(high))?;
            Ok((Kind::Decimal, from, to))
        }
        (_, Number::Span(to)) => {
            let from = from.span().ok_or_else(different)?;
            let (from, to) = (from.as_nanos(), to.as_nanos());
            let unit = RESOLUTIONS
                .into_iter()
                .find(|it| from.is_multiple_of(*it) && to.is_multiple_of(*it))
                .unwrap_or(1);
            Ok((Kind::Span(unit), from / unit, to / unit))
        }
        (_, Number::Rate(to)) => {
            let from = from.rate().ok_or_else(different)?;
            let both = PERIODS.iter().find_map(|(seconds, name)| {
                let (from, to) = (per(from, *seconds)?, per(to, *seconds)?);
                Some((Kind::Rate(name), from, to))
            });
            let finest = PERIODS[PERIODS.len() - 1].0;
            let fine = if per(from, finest).is_none() {
                low
            } else {
                high
            };
            both.ok_or_else(|| DomainError::TooFine(fine.to_owned()))
        }
        _ => Err(different()),
    }
}

/// A range and its step in one unit, which the grammar of ranges takes: `500ms..2s+500ms` as
/// `500ms`, `2000ms` and `500ms`. `None` where they are no times and rates.
pub(crate) fn in_one_unit(parts: &[&str]) -> Option<Vec<String>> {
    let read = parts.iter().map(|part| Number::read(part.trim()));
    let read = read.collect::<Result<Vec<Number>, _>>().ok()?;
    let spans: Option<Vec<Span>> = read.iter().map(|it| it.span()).collect();
    if let Some(spans) = spans {
        let units = [
            (1_000_000_000, "s"),
            (1_000_000, "ms"),
            (1_000, "us"),
            (1, "ns"),
        ];
        let exact = |unit: u64| spans.iter().all(|it| it.as_nanos().is_multiple_of(unit));
        let (unit, name) = units.into_iter().find(|(unit, _)| exact(*unit))?;
        let texts = spans
            .iter()
            .map(|it| format!("{}{name}", it.as_nanos() / unit));
        return Some(texts.collect());
    }
    let rates: Vec<Rate> = read.iter().map(|it| it.rate()).collect::<Option<_>>()?;
    PERIODS.iter().find_map(|(seconds, name)| {
        let of = |rate: &Rate| Some(Kind::Rate(name).written(per(*rate, *seconds)?));
        rates.iter().map(of).collect()
    })
}

/// A time or a rate as a person would write it; other texts as they are.
pub(crate) fn plainly(text: &str) -> String {
    match text::span(text) {
        Ok(span) => Kind::Span(1).written(span.as_nanos()),
        Err(_) => text.to_owned(),
    }
}

/// Thousandths of a rate in so many seconds, if that is whole.
fn per(rate: Rate, seconds: u64) -> Option<u64> {
    if rate.is_zero() {
        return Some(0);
    }
    let thousandths = u128::from(rate.count()) * u128::from(seconds) * 1_000_000_000_000;
    let whole = thousandths.is_multiple_of(u128::from(rate.nanos()));
    whole.then(|| u64::try_from(thousandths / u128::from(rate.nanos())).ok())?
}

fn no_number(text: &str) -> DomainError {
    DomainError::NoNumber(text.to_owned())
}

impl Number {
    fn read(text: &str) -> Result<Number, DomainError> {
        if let Ok(units) = text::count(text) {
            return Ok(Number::Count(units));
        }
        if let Ok(rate) = text::rate(text) {
            return Ok(Number::Rate(rate));
        }
        if let Ok(span) = text::span(text) {
            return Ok(Number::Span(span));
        }
        if text::number(text).is_err() {
            return Err(no_number(text));
        }
        // A whole number that is no count is too large.
        let (whole, part) = text.split_once('.').ok_or_else(|| no_number(text))?;
        let part = part.trim_end_matches('0');
        let is_plain = part.bytes().all(|it| it.is_ascii_digit());
        if !is_plain || part.len() > 3 {
            return Err(DomainError::TooFine(text.to_owned()));
        }
        let thousandths = format!("{whole}{part:0<3}").parse();
        let thousandths = thousandths.map_err(|_| no_number(text))?;
        Ok(Number::Thousandths(thousandths))
    }

    fn thousandths(self) -> Option<u64> {
        match self {
            Number::Count(count) => count.checked_mul(1_000),
            Number::Thousandths(thousandths) => Some(thousandths),
            Number::Span(_) | Number::Rate(_) => None,
        }
    }

    /// As a time, if it is one; 0 has any unit.
    fn span(self) -> Option<Span> {
        match self {
            Number::Count(0) => Some(Span::ZERO),
            Number::Span(span) => Some(span),
            _ => None,
        }
    }

    /// As a rate, if it is one; 0 has any unit.
    fn rate(self) -> Option<Rate> {
        match self {
            Number::Count(0) => Some(Rate::ZERO),
            Number::Rate(rate) => Some(rate),
            _ => None,
        }
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
            Kind::Rate(period) => thousandths() + "/" + period,
            Kind::Span(nanos) => span(units.saturating_mul(nanos)),
        }
    }
}

/// A time in whole seconds, milliseconds, microseconds or nanoseconds.
fn span(nanos: u64) -> String {
    let units = [(1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "us")];
    let whole = units
        .into_iter()
        .find(|(unit, _)| nanos.is_multiple_of(*unit));
    let (unit, name) = whole.unwrap_or((1, "ns"));
    format!("{}{name}", nanos / unit)
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
    fn what_is_written_is_tried_exactly_or_refused() {
        let times = range("100us", "500us");
        assert_eq!(
            (times[0].as_str(), times[times.len() - 1].as_str()),
            ("100us", "500us")
        );
        assert_eq!(range("1500us", "3ms").first().unwrap(), "1500us");
        let rates = range("1/min", "20/min");
        assert_eq!(
            (rates[0].as_str(), rates[rates.len() - 1].as_str()),
            ("1/min", "20/min")
        );
        assert_eq!(range("0", "0.5")[..2], ["0", "0.001"]);
        assert_eq!(range("1", "2.5").last().unwrap(), "2.5");
        let refused = |low, high| Domain::range(low, high, None).unwrap_err();
        assert_eq!(
            refused("0.0001", "1"),
            DomainError::TooFine("0.0001".to_owned())
        );
        assert_eq!(
            refused("1/7s", "1/s"),
            DomainError::TooFine("1/7s".to_owned())
        );
    }

    #[test]
    fn a_range_and_its_step_are_told_in_one_unit() {
        let told = |parts: &[&str]| in_one_unit(parts).unwrap();
        assert_eq!(
            told(&["500ms", "2s", "250ms"]),
            ["500ms", "2000ms", "250ms"]
        );
        assert_eq!(told(&["0", "1min", "10s"]), ["0s", "60s", "10s"]);
        assert_eq!(
            told(&["1/min", "1/s", "0.5/s"]),
            ["1/min", "60/min", "30/min"]
        );
        assert_eq!(in_one_unit(&["1", "8", "2"]), None);
        assert_eq!(in_one_unit(&["0s", "8s", "2"]), None);
        assert_eq!(plainly("2000ms"), "2s");
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
