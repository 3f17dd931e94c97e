//! Rates.

use super::decimal::Decimal;
use super::error::{Kind, TextError, TextFault};
use super::quantity::thousands;
use super::span::{SPAN_MAX, span, unit_nanos};
use crate::units::{Rate, Span};

/// The rate that a text says: `4/s`, `0.5/s`, `60/min`, `1/250ms`, `100 per 6h`, and `100;w=21600`
/// as registries write it in headers (a window in seconds).
///
/// # Errors
/// See [`TextFault`]. A rate above one a nanosecond is too large; one that is not zero but below
/// one in ten years is too small.
pub fn rate(text: &str) -> Result<Rate, TextError> {
    let error = |fault| TextError::new(Kind::Rate, text, fault);
    let (number, factor, period) = parts(text)?;
    if number.is_zero() {
        return Ok(Rate::ZERO);
    }
    let count = number.digits * u128::from(factor);
    let nanos = 10u128
        .pow(number.scale)
        .checked_mul(u128::from(period.as_nanos()))
        .ok_or_else(|| error(TextFault::TooSmall))?;
    if count > nanos {
        return Err(error(TextFault::TooLarge));
    }
    // `count / nanos` is at most one here, so the product fits wherever it matters.
    if count.saturating_mul(u128::from(SPAN_MAX.as_nanos())) < nanos {
        return Err(error(TextFault::TooSmall));
    }
    let divisor = greatest_common_divisor(count, nanos);
    match (
        u64::try_from(count / divisor),
        u64::try_from(nanos / divisor),
    ) {
        (Ok(count), Ok(nanos)) => {
            Rate::new(count, Span::from_nanos(nanos)).map_err(|_| error(TextFault::NoPeriod))
        }
        _ => Err(error(TextFault::TooFine)),
    }
}

/// The count and the span of a limit per time, not reduced: `100 per 6h`, `60/min`.
///
/// # Errors
/// See [`TextFault`].
pub fn count_per_span(text: &str) -> Result<(u64, Span), TextError> {
    let (number, factor, period) = parts(text)?;
    match number.times_exactly(factor) {
        Ok(count) => Ok((count, period)),
        Err(fault) => Err(TextError::new(Kind::Rate, text, fault)),
    }
}

/// Number, its factor (`k`, `M`), and the period.
fn parts(text: &str) -> Result<(Decimal, u64, Span), TextError> {
    let error = |fault| TextError::new(Kind::Rate, text, fault);
    let (number, after) = Decimal::prefix(text).map_err(error)?;
    let (factor, after) = thousands(after);
    let after = after.trim();
    let period = if let Some(seconds) = after.strip_prefix(";w=") {
        span(&format!("{}s", seconds.trim()))
    } else if let Some(period) = after
        .strip_prefix('/')
        .or_else(|| after.strip_prefix("per "))
    {
        match unit_nanos(period.trim()) {
            Some(nanos) => Ok(Span::from_nanos(nanos)),
            None => span(period),
        }
    } else if after.is_empty() {
        return Err(error(TextFault::NoUnit));
    } else {
        return Err(error(TextFault::UnknownUnit(after.to_owned())));
    }
    .map_err(|inner| {
        error(match inner.fault {
            TextFault::TooLarge => TextFault::LongPeriod,
            TextFault::TooSmall => TextFault::ShortPeriod,
            fault => fault,
        })
    })?;
    if period.is_zero() {
        return Err(error(TextFault::NoPeriod));
    }
    Ok((number, factor, period))
}

fn greatest_common_divisor(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}
