//! Values of one path, as `--vary` and `--sweep` write them.
//!
//! ```
//! use pullstorm_core::capacity::Vary;
//!
//! let vary: Vary = "workloads.api.arrivals.rate=0.5/s..20/s".parse().unwrap();
//! assert_eq!(vary.path, "workloads.api.arrivals.rate");
//! // Without a step it is one of the last digit written.
//! assert_eq!((vary.values.len(), vary.values.at(1).as_str()), (196, "0.6/s"));
//! ```

use crate::units::text;
use std::str::FromStr;

/// The forms that values can have, for messages.
const FORMS: &str = "write 1..8, 10..100+10, 1..64*2, 0s..60s+10s, 0.5/s..20/s or a,b,c";

/// More values than this are not listed one by one.
const LISTED_MAX: usize = 1_000;

/// Finer than a billionth nothing is counted.
const DECIMALS_MAX: u32 = 9;

/// A path and the values it takes.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct Vary {
    /// The path.
    pub path: String,
    /// Its values.
    pub values: Values,
}

/// At least one value, in the order written; ranges rise.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct Values(Form);

#[derive(Clone, Eq, PartialEq, Debug)]
enum Form {
    /// Evenly apart, in units of the last decimal.
    Even {
        first: u64,
        step: u64,
        count: u64,
        decimals: u32,
        unit: String,
    },
    /// One by one.
    Listed(Vec<String>),
}

impl FromStr for Vary {
    type Err = String;

    /// Reads `PATH=VALUES`.
    fn from_str(text: &str) -> Result<Vary, String> {
        let (path, values) = text
            .split_once('=')
            .filter(|(path, values)| !path.trim().is_empty() && !values.trim().is_empty())
            .ok_or_else(|| format!("there is no `PATH=VALUES`; {FORMS}"))?;
        Ok(Vary {
            path: path.trim().to_owned(),
            values: values.parse()?,
        })
    }
}

impl FromStr for Values {
    type Err = String;

    fn from_str(text: &str) -> Result<Values, String> {
        match text.split_once("..") {
            Some((from, rest)) => range(from.trim(), rest.trim()),
            None => list(text),
        }
    }
}

impl Values {
    /// The whole numbers from one to another.
    ///
    /// # Panics
    /// If they do not rise.
    pub fn counting(first: u64, last: u64) -> Values {
        assert!(first <= last, "a range rises");
        Values(Form::Even {
            first,
            step: 1,
            count: last - first + 1,
            decimals: 0,
            unit: String::new(),
        })
    }

    /// These values.
    ///
    /// # Panics
    /// If there are none.
    pub(super) fn of(values: Vec<String>) -> Values {
        assert!(!values.is_empty(), "there is at least one value");
        Values(Form::Listed(values))
    }

    /// Whether they are a range with a step, of which not every value was written.
    pub(super) fn is_even(&self) -> bool {
        matches!(self.0, Form::Even { .. })
    }

    /// How many there are; above 0.
    pub fn len(&self) -> u64 {
        match &self.0 {
            Form::Even { count, .. } => *count,
            Form::Listed(values) => values.len() as u64,
        }
    }

    /// Never.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value at a place.
    ///
    /// # Panics
    /// If there are not that many.
    pub fn at(&self, place: u64) -> String {
        assert!(place < self.len(), "there are {} values", self.len());
        match &self.0 {
            Form::Even {
                first,
                step,
                decimals,
                unit,
                ..
            } => written(first + step * place, *decimals) + unit,
            Form::Listed(values) => values[place as usize].clone(),
        }
    }

    /// All of them.
    ///
    /// # Errors
    /// If they are more than a thousand.
    pub fn listed(&self) -> Result<Vec<String>, String> {
        if self.len() > LISTED_MAX as u64 {
            return Err(too_many());
        }
        Ok((0..self.len()).map(|place| self.at(place)).collect())
    }
}

fn list(values: &str) -> Result<Values, String> {
    let values: Vec<String> = values
        .split(',')
        .map(|value| value.trim().to_owned())
        .collect();
    match values.iter().any(String::is_empty) {
        true => Err(format!("a value is empty; {FORMS}")),
        false if values.len() > LISTED_MAX => Err(too_many()),
        false => Ok(Values(Form::Listed(values))),
    }
}

fn range(from: &str, rest: &str) -> Result<Values, String> {
    let endless = || format!("this never reaches its end; {FORMS}");
    let (to, step) = match rest.find(['+', '*']) {
        Some(at) => (&rest[..at], Some((rest.as_bytes()[at], &rest[at + 1..]))),
        None => (rest, None),
    };
    let (from, to) = (Number::read(from)?, Number::read(to)?);
    let unit = to.unit;
    // `1..2k` may mean either; no time, rate or size has so short a unit.
    let multiplies = text::count(&format!("1{unit}")).is_ok_and(|one| one > 1);
    let rest = unit.trim_start_matches(['k', 'M']);
    let multiplies = multiplies || rest.len() < unit.len() && rest.trim_start().starts_with('/');
    if multiplies && from.unit.is_empty() && from.digits > 0 {
        let (one, other) = (from.spelled(), to.spelled());
        return Err(format!(
            "it is not clear whether `{one}` is meant as `{one}{unit}`; write `{one}{unit}..{other}` \
             or spell both out"
        ));
    }
    if !from.unit.is_empty() && from.unit != unit {
        return Err(format!(
            "a range has one unit, not `{}` and `{unit}`; {FORMS}",
            from.unit
        ));
    }
    let (is_factor, step) = match step {
        Some((sign, step)) => (sign == b'*', Some(Number::read(step)?)),
        None => (false, None),
    };
    if let Some(step) = step.filter(|it| multiplies && !is_factor && it.unit.is_empty()) {
        let step = step.spelled();
        return Err(format!(
            "it is not clear whether the step `{step}` is meant as `{step}{unit}`; write \
             `+{step}{unit}`, or spell all out"
        ));
    }
    let ends = from.decimals.max(to.decimals);
    let decimals = ends.max(step.filter(|_| !is_factor).map_or(0, |step| step.decimals));
    let first = from.scaled(decimals)?;
    let last = to.scaled(decimals)?;
    if first > last {
        return Err(format!("the range ends before it begins; {FORMS}"));
    }
    if is_factor {
        let factor = step.filter(|it| it.unit.is_empty() && it.decimals == 0);
        let factor = factor.map(|it| it.digits).filter(|it| *it > 1 && first > 0);
        let factor = factor.ok_or_else(endless)?;
        let values = std::iter::successors(Some(first), |at| at.checked_mul(factor));
        let values = values
            .take_while(|at| *at <= last)
            .map(|at| written(at, decimals) + unit);
        return Ok(Values(Form::Listed(values.collect())));
    }
    let step = match step {
        None => 1,
        Some(step) if step.unit.is_empty() || step.unit == unit => step.scaled(decimals)?,
        Some(_) => 0,
    };
    let places = (last - first).checked_div(step).ok_or_else(endless)?;
    Ok(Values(Form::Even {
        first,
        step,
        count: places.checked_add(1).ok_or_else(too_many)?,
        decimals,
        unit: unit.to_owned(),
    }))
}

/// A decimal and the unit behind it.
#[derive(Copy, Clone, Debug)]
struct Number<'t> {
    digits: u64,
    decimals: u32,
    unit: &'t str,
}

impl<'t> Number<'t> {
    fn read(text: &'t str) -> Result<Number<'t>, String> {
        let text = text.trim();
        let refused = || format!("`{text}` is not a number with or without a unit; {FORMS}");
        let end = |text: &str| {
            text.find(|c: char| !c.is_ascii_digit())
                .unwrap_or(text.len())
        };
        let (whole, rest) = text.split_at(end(text));
        let (part, unit) = match rest.strip_prefix('.') {
            Some(rest) => rest.split_at(end(rest)),
            None => ("", rest),
        };
        let has_exponent = unit.strip_prefix(['e', 'E']).is_some_and(|rest| {
            let rest = rest.strip_prefix(['+', '-']).unwrap_or(rest);
            rest.is_empty() || rest.starts_with(|c: char| c.is_ascii_digit())
        });
        if has_exponent {
            let spelled =
                text::count(text).map_or_else(|_| "it".to_owned(), |number| format!("`{number}`"));
            return Err(format!(
                "`{text}` has an exponent, which ranges do not take; write {spelled} without"
            ));
        }
        let decimals = part.len() as u32;
        if whole.is_empty() || (rest.starts_with('.') && part.is_empty()) {
            return Err(refused());
        }
        if decimals > DECIMALS_MAX {
            return Err(format!(
                "`{text}` has more than {DECIMALS_MAX} decimals; {FORMS}"
            ));
        }
        let digits = format!("{whole}{part}").parse();
        let digits = digits.map_err(|_| too_large(text))?;
        Ok(Number {
            digits,
            decimals,
            unit,
        })
    }

    /// As a text, with its unit.
    fn spelled(self) -> String {
        written(self.digits, self.decimals) + self.unit
    }

    /// The digits with as many decimals, which are not fewer.
    fn scaled(self, decimals: u32) -> Result<u64, String> {
        let factor = 10u64.pow(decimals - self.decimals);
        let scaled = self.digits.checked_mul(factor);
        scaled.ok_or_else(|| too_large(&written(self.digits, self.decimals)))
    }
}

/// A number without zeros at the end of its decimals.
fn written(digits: u64, decimals: u32) -> String {
    let one = 10u64.pow(decimals);
    if decimals == 0 || digits.is_multiple_of(one) {
        return (digits / one).to_string();
    }
    let (whole, part) = (digits / one, digits % one);
    let part = format!("{part:0width$}", width = decimals as usize);
    format!("{whole}.{}", part.trim_end_matches('0'))
}

fn too_many() -> String {
    format!("these are more than {LISTED_MAX} values")
}

fn too_large(text: &str) -> String {
    format!("`{text}` is too large; {FORMS}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<String> {
        text.parse::<Values>().unwrap().listed().unwrap()
    }

    #[test]
    fn ranges_and_lists_are_spelled_out() {
        assert_eq!(values("1..4"), ["1", "2", "3", "4"]);
        assert_eq!(values("1..64*4"), ["1", "4", "16", "64"]);
        assert_eq!(values("1..10*4"), ["1", "4"]);
        assert_eq!(values("10..40+15"), ["10", "25", "40"]);
        assert_eq!(values("0s..60s+30s"), ["0s", "30s", "60s"]);
        assert_eq!(values("0..60s+30"), ["0s", "30s", "60s"]);
        assert_eq!(values("0..2k+1k"), ["0k", "1k", "2k"]);
        assert_eq!(values("1..2MB"), ["1MB", "2MB"]);
        assert_eq!(values("5..6%"), ["5%", "6%"]);
        assert_eq!(values("1..2min"), ["1min", "2min"]);
        assert_eq!(values("none, aws-legacy"), ["none", "aws-legacy"]);
        assert_eq!(values("5"), ["5"]);
        assert_eq!(values("3..3"), ["3"]);
    }

    #[test]
    fn decimals_are_exact_and_one_of_the_last_digit_is_a_step() {
        assert_eq!(values("0.8/s..1.1/s"), ["0.8/s", "0.9/s", "1/s", "1.1/s"]);
        assert_eq!(values("0.5/s..2/s+0.75/s"), ["0.5/s", "1.25/s", "2/s"]);
        assert_eq!(values("0.5s..5s*3"), ["0.5s", "1.5s", "4.5s"]);
        assert_eq!(values("1..2+0.05").len(), 21);
    }

    #[test]
    fn a_long_range_is_not_spelled_out_but_can_be_asked() {
        let long: Values = "0..18446744073709551614".parse().unwrap();
        assert_eq!(long.at(long.len() - 1), "18446744073709551614");
        assert!(long.listed().unwrap_err().contains("more than 1000"));
        assert_eq!(Values::counting(1, 64), "1..64".parse().unwrap());
    }

    #[test]
    fn what_never_ends_or_begins_is_refused() {
        for (wrong, why) in [
            ("", "PATH=VALUES"),
            ("p", "PATH=VALUES"),
            ("p=", "PATH=VALUES"),
            ("=1", "PATH=VALUES"),
            ("p=1..", "not a number"),
            ("p=..4", "not a number"),
            ("p=1...4", "not a number"),
            ("p=4..1", "ends before it begins"),
            ("p=2.5..2.4", "ends before it begins"),
            ("p=1..8*1", "never reaches"),
            ("p=1..8*1.5", "never reaches"),
            ("p=0..8*2", "never reaches"),
            ("p=1..8+0", "never reaches"),
            ("p=1..8+1s", "never reaches"),
            ("p=1s..8min", "one unit"),
            ("p=a..b", "not a number"),
            ("p=1,,2", "is empty"),
            ("p=1..99999999999999999999", "too large"),
            ("p=0.5..18446744073709551615", "too large"),
            ("p=0..18446744073709551615", "more than 1000"),
            ("p=0.12345678901..1", "decimals"),
            ("p=1..2e1", "write `20` without"),
            ("p=1e1..1e2", "write `10` without"),
            ("p=1..1e2", "write `100` without"),
            ("p=1..8+1e", "an exponent"),
            ("p=1..2e+1", "an exponent"),
            ("p=1..2k", "write `1k..2k`"),
            ("p=10..2M", "write `10M..2M`"),
            ("p=1..2k/s", "write `1k/s..2k/s`"),
            ("p=1k..2k+100", "write `+100k`"),
        ] {
            let refusal = wrong.parse::<Vary>().unwrap_err();
            assert!(refusal.contains(why), "{wrong}: {refusal}");
        }
    }
}
