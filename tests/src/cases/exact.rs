//! Decimal numbers and fractions as they stand in a file, without rounding.

use pullstorm_core::units::{Rate, Span};
use serde::Deserialize;
use std::cmp::Ordering;
use std::fmt;

const NANOS_PER_SECOND: u128 = 1_000_000_000;

/// A number that is not negative, exactly as written: `0.0216`, `6e-05` or `181/4`.
#[derive(Copy, Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct Exact {
    numerator: u128,
    denominator: u128,
}

impl Exact {
    /// The fraction `numerator / denominator`, reduced.
    ///
    /// # Panics
    /// If the denominator is zero.
    pub fn new(numerator: u128, denominator: u128) -> Self {
        assert!(denominator > 0, "a fraction over nothing");
        let divisor = greatest_common_divisor(numerator, denominator);
        Exact {
            numerator: numerator / divisor,
            denominator: denominator / divisor,
        }
    }

    /// The number rounded to a double.
    pub fn to_f64(self) -> f64 {
        self.numerator as f64 / self.denominator as f64
    }

    /// The number, where it is whole and fits.
    pub fn whole(self) -> Option<u64> {
        (self.denominator == 1)
            .then_some(self.numerator)
            .and_then(|n| u64::try_from(n).ok())
    }

    /// The shortest span of whole nanoseconds that is not shorter than this many seconds.
    pub fn seconds(self) -> Option<Span> {
        let nanos = self
            .numerator
            .checked_mul(NANOS_PER_SECOND)?
            .div_ceil(self.denominator);
        u64::try_from(nanos).ok().map(Span::from_nanos)
    }

    /// The rate of this many per second.
    pub fn per_second(self) -> Option<Rate> {
        let over = Exact::new(
            self.numerator,
            self.denominator.checked_mul(NANOS_PER_SECOND)?,
        );
        let count = u64::try_from(over.numerator).ok()?;
        let nanos = u64::try_from(over.denominator).ok()?;
        Rate::new(count, Span::from_nanos(nanos)).ok()
    }

    /// The product; `None` where it does not fit.
    pub fn times(self, other: Exact) -> Option<Exact> {
        Some(Exact::new(
            self.numerator.checked_mul(other.numerator)?,
            self.denominator.checked_mul(other.denominator)?,
        ))
    }

    /// One over this number; `None` for zero.
    pub fn inverse(self) -> Option<Exact> {
        (self.numerator > 0).then(|| Exact::new(self.denominator, self.numerator))
    }

    /// The largest whole number that is not larger.
    pub fn floor(self) -> u128 {
        self.numerator / self.denominator
    }

    /// The smallest whole number that is not smaller.
    pub fn ceil(self) -> u128 {
        self.numerator.div_ceil(self.denominator)
    }
}

impl From<u64> for Exact {
    fn from(whole: u64) -> Self {
        Exact::new(u128::from(whole), 1)
    }
}

impl PartialEq for Exact {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Exact {}

impl PartialOrd for Exact {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Exact {
    fn cmp(&self, other: &Self) -> Ordering {
        let whole = self.floor().cmp(&other.floor());
        let rest = |one: &Exact, two: &Exact| (one.numerator % one.denominator) * two.denominator;
        whole.then_with(|| rest(self, other).cmp(&rest(other, self)))
    }
}

impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.denominator {
            1 => write!(f, "{}", self.numerator),
            denominator => write!(f, "{}/{denominator}", self.numerator),
        }
    }
}

impl TryFrom<String> for Exact {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        parse(text.trim())
            .ok_or_else(|| format!("`{text}` is no number of the form 1.5, 1e-3 or 3/4"))
    }
}

fn parse(text: &str) -> Option<Exact> {
    if let Some((over, under)) = text.split_once('/') {
        let (over, under) = (parse(over)?, parse(under)?);
        return over.times(under.inverse()?);
    }
    let (digits, exponent) = match text.split_once(['e', 'E']) {
        None => (text, 0),
        Some((digits, exponent)) => (digits, exponent.parse::<i32>().ok()?),
    };
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && decimals.is_empty()) || !is_number(whole) || !is_number(decimals) {
        return None;
    }
    let number: u128 = format!("{whole}{decimals}").parse().ok()?;
    let exponent = exponent.checked_sub(i32::try_from(decimals.len()).ok()?)?;
    let scale = 10u128.checked_pow(exponent.unsigned_abs())?;
    if exponent < 0 {
        Some(Exact::new(number, scale))
    } else {
        Some(Exact::new(number.checked_mul(scale)?, 1))
    }
}

fn greatest_common_divisor(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Exact {
        Exact::try_from(text.to_owned()).unwrap()
    }

    #[test]
    fn decimals_exponents_and_fractions_are_read_without_rounding() {
        assert_eq!(read("0.0216"), Exact::new(27, 1250));
        assert_eq!(read("6e-05"), Exact::new(3, 50_000));
        assert_eq!(read("2.5E3"), Exact::from(2500));
        assert_eq!(read("181/4"), Exact::new(181, 4));
        assert!(read("0.1") < read("1/9"));
        for wrong in ["", ".", "-1", "1e", "1/0", "one", "1e99"] {
            assert!(Exact::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn seconds_end_at_the_first_whole_nanosecond_that_is_not_too_early() {
        assert_eq!(read("0.25").seconds(), Some(Span::from_millis(250)));
        assert_eq!(read("1/3").seconds(), Some(Span::from_nanos(333_333_334)));
    }
}
