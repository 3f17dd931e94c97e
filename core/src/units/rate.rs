//! Rates as exact reduced fractions.

use super::time::Span;
use std::fmt;

/// So many per span, exactly: a reduced fraction of a count over nanoseconds.
///
/// 4/s is 1 per 250,000,000 ns. Zero is a rate; a rate over no time is not.
#[derive(Copy, Clone, Eq, PartialEq, Hash, Debug)]
pub struct Rate {
    count: u64,
    nanos: u64,
}

/// Why a number is not a rate.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum RateError {
    /// The span it is counted over is zero.
    NoSpan,
}

impl Rate {
    /// Nothing, ever.
    pub const ZERO: Rate = Rate { count: 0, nanos: 1 };

    /// `count` per `span`.
    ///
    /// # Errors
    /// - [`RateError::NoSpan`] if `span` is zero.
    pub fn new(count: u64, span: Span) -> Result<Self, RateError> {
        if span.is_zero() {
            return Err(RateError::NoSpan);
        }
        let divisor = greatest_common_divisor(count, span.as_nanos());
        Ok(Rate {
            count: count / divisor,
            nanos: span.as_nanos() / divisor,
        })
    }

    /// `count` per second.
    pub fn per_second(count: u64) -> Self {
        Rate::new(count, Span::from_secs(1)).unwrap_or(Rate::ZERO)
    }

    /// The numerator of the reduced fraction.
    pub const fn count(self) -> u64 {
        self.count
    }

    /// The denominator of the reduced fraction, in nanoseconds.
    pub const fn nanos(self) -> u64 {
        self.nanos
    }

    /// Whether nothing ever comes at this rate.
    pub const fn is_zero(self) -> bool {
        self.count == 0
    }

    /// The rate per second, rounded to a double.
    pub fn per_second_f64(self) -> f64 {
        self.count as f64 * 1e9 / self.nanos as f64
    }
}

const fn greatest_common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

impl fmt::Display for Rate {
    /// Per second, minute, hour or day: the smallest that gives a whole number, else per second.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (seconds, unit) in [(1u128, "s"), (60, "min"), (3_600, "h"), (86_400, "d")] {
            let scaled = self.count as u128 * seconds * 1_000_000_000;
            if scaled.is_multiple_of(self.nanos as u128) {
                return write!(f, "{}/{unit}", scaled / self.nanos as u128);
            }
        }
        let text = format!("{:.3}", self.per_second_f64());
        write!(f, "{}/s", text.trim_end_matches('0').trim_end_matches('.'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_reduced_and_read_in_the_smallest_whole_unit() {
        let four = Rate::per_second(4);
        assert_eq!((four.count(), four.nanos()), (1, 250_000_000));
        assert_eq!(four.to_string(), "4/s");
        assert_eq!(
            Rate::new(100, Span::from_secs(21_600)).unwrap().to_string(),
            "400/d"
        );
        assert_eq!(
            Rate::new(1, Span::from_secs(60)).unwrap().to_string(),
            "1/min"
        );
        assert_eq!(Rate::new(1, Span::ZERO), Err(RateError::NoSpan));
    }
}
