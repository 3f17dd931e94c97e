//! Lengths of time.

use super::decimal::Decimal;
use super::error::{Kind, TextError, TextFault};
use crate::units::Span;

/// The longest span a text can say, 3,660 days. Sums of a few such spans still fit in 64 bits of
/// nanoseconds.
pub const SPAN_MAX: Span = Span::from_secs(3_660 * 86_400);

/// The span that a text says: `250ms`, `1.5s`, `2min`, `1m30s`, `2min 5s`, `6h`, `1d`, `0`.
///
/// # Errors
/// See [`TextFault`]; a number other than 0 needs a unit.
pub fn span(text: &str) -> Result<Span, TextError> {
    let error = |fault| TextError::new(Kind::Span, text, fault);
    let mut rest = text.trim();
    let mut sum = Span::ZERO;
    loop {
        let (number, after) = Decimal::prefix(rest).map_err(error)?;
        let end = after
            .find(|c: char| c.is_ascii_digit() || c.is_whitespace())
            .unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        if unit.is_empty() {
            return if number.is_zero() && after.is_empty() && sum.is_zero() {
                Ok(Span::ZERO)
            } else {
                Err(error(TextFault::NoUnit))
            };
        }
        let nanos =
            unit_nanos(unit).ok_or_else(|| error(TextFault::UnknownUnit(unit.to_owned())))?;
        sum += Span::from_nanos(number.times(nanos).map_err(error)?);
        if sum > SPAN_MAX {
            return Err(error(TextFault::TooLarge));
        }
        rest = after.trim_start();
        if rest.is_empty() {
            return Ok(sum);
        }
    }
}

/// Nanoseconds of a unit of time. `m` is a minute, as in Go and Kubernetes.
pub(super) fn unit_nanos(unit: &str) -> Option<u64> {
    Some(match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" | "sec" | "second" | "seconds" => 1_000_000_000,
        "m" | "min" | "minute" | "minutes" => 60_000_000_000,
        "h" | "hour" | "hours" => 3_600_000_000_000,
        "d" | "day" | "days" => 86_400_000_000_000,
        _ => return None,
    })
}
