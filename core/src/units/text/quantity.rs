//! Counts, plain numbers, shares and sizes.

use super::decimal::Decimal;
use super::error::{Kind, TextError, TextFault};

/// The whole number that a text says: `32`, `1_000`, `20k`, `1.5M`.
///
/// # Errors
/// See [`TextFault`].
pub fn count(text: &str) -> Result<u64, TextError> {
    let error = |fault| TextError::new(Kind::Count, text, fault);
    let (number, after) = Decimal::prefix(text).map_err(error)?;
    let (factor, after) = thousands(after);
    if !after.is_empty() {
        return Err(error(TextFault::UnknownUnit(after.to_owned())));
    }
    number.times_exactly(factor).map_err(error)
}

/// The number that a text says, as the nearest double.
///
/// # Errors
/// See [`TextFault`].
pub fn number(text: &str) -> Result<f64, TextError> {
    let error = |fault| TextError::new(Kind::Number, text, fault);
    let (number, after) = Decimal::prefix(text).map_err(error)?;
    if !after.is_empty() {
        return Err(error(TextFault::UnknownUnit(after.to_owned())));
    }
    Ok(number.to_f64())
}

/// The share that a text says (`75%`), in parts per million; at most the whole.
///
/// # Errors
/// See [`TextFault`].
pub fn parts_per_million(text: &str) -> Result<u32, TextError> {
    match any_parts_per_million(text)? {
        parts @ 0..=1_000_000 => Ok(parts),
        _ => Err(TextError::new(Kind::Share, text, TextFault::TooLarge)),
    }
}

/// The same of a share that may be more than the whole (`150%`): as much as 32 bits can say.
///
/// # Errors
/// See [`TextFault`].
pub fn any_parts_per_million(text: &str) -> Result<u32, TextError> {
    let error = |fault| TextError::new(Kind::Share, text, fault);
    let (number, after) = Decimal::prefix(text).map_err(error)?;
    match after {
        "%" => {}
        "" if number.is_zero() => {}
        "" => return Err(error(TextFault::NoUnit)),
        unit => return Err(error(TextFault::UnknownUnit(unit.to_owned()))),
    }
    let parts = number.times(10_000).map_err(error)?;
    u32::try_from(parts).map_err(|_| error(TextFault::TooLarge))
}

/// The number of bytes that a text says: `450MB` (decimal), `512Mi` or `512MiB` (binary), `0`.
///
/// # Errors
/// See [`TextFault`].
pub fn bytes(text: &str) -> Result<u64, TextError> {
    let error = |fault| TextError::new(Kind::Bytes, text, fault);
    let (number, after) = Decimal::prefix(text).map_err(error)?;
    let unit: u64 = match after {
        "" if number.is_zero() => 1,
        "" => return Err(error(TextFault::NoUnit)),
        "B" => 1,
        "k" | "kB" | "KB" => 1_000,
        "M" | "MB" => 1_000_000,
        "G" | "GB" => 1_000_000_000,
        "T" | "TB" => 1_000_000_000_000,
        "Ki" | "KiB" => 1 << 10,
        "Mi" | "MiB" => 1 << 20,
        "Gi" | "GiB" => 1 << 30,
        "Ti" | "TiB" => 1 << 40,
        unit => return Err(error(TextFault::UnknownUnit(unit.to_owned()))),
    };
    number.times(unit).map_err(error)
}

/// The bytes a second that a text says: `1Gbit/s`, `500Mbit/s`, `125MB/s`.
///
/// # Errors
/// See [`TextFault`].
pub fn bandwidth(text: &str) -> Result<u64, TextError> {
    let error = |fault| TextError::new(Kind::Bandwidth, text, fault);
    let (number, after) = Decimal::prefix(text).map_err(error)?;
    let unit = |unit: &str| error(TextFault::UnknownUnit(unit.to_owned()));
    let amount = match after.strip_suffix("/s") {
        Some(amount) => amount.trim_end(),
        None if after.is_empty() => return Err(error(TextFault::NoUnit)),
        None => return Err(unit(after)),
    };
    let (factor, bits) = match amount {
        "kbit" => (1_000, 8),
        "Mbit" => (1_000_000, 8),
        "Gbit" => (1_000_000_000, 8),
        "Tbit" => (1_000_000_000_000, 8),
        "kB" => (1_000, 1),
        "MB" => (1_000_000, 1),
        "GB" => (1_000_000_000, 1),
        "MiB" => (1 << 20, 1),
        "GiB" => (1 << 30, 1),
        _ => return Err(unit(after)),
    };
    Ok(number.times(factor).map_err(error)? / bits)
}

/// The factor of a `k` or `M` behind a number, and what follows it.
pub(super) fn thousands(after: &str) -> (u64, &str) {
    match after.strip_prefix('k') {
        Some(rest) => (1_000, rest),
        None => match after.strip_prefix('M') {
            Some(rest) => (1_000_000, rest),
            None => (1, after),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::text::{rate, span};
    use crate::units::{Rate, Span};

    #[test]
    fn spans_are_read_as_people_write_them() {
        let nanos = |text| span(text).unwrap().as_nanos();
        assert_eq!(nanos("250ms"), 250_000_000);
        assert_eq!(nanos("1.5s"), 1_500_000_000);
        assert_eq!(nanos("1m30s"), nanos("90s"));
        assert_eq!(nanos("2min 5s"), nanos("125 s"));
        assert_eq!(nanos("6h"), nanos("360min"));
        assert_eq!(nanos("1_000us"), nanos("1ms"));
        assert_eq!(nanos("0"), 0);
    }

    #[test]
    fn bandwidths_are_read_in_bits_and_in_bytes() {
        assert_eq!(bandwidth("1Gbit/s"), Ok(125_000_000));
        assert_eq!(bandwidth("1Gbit/s"), bandwidth("125 MB/s"));
        assert_eq!(bandwidth("1.5MiB/s"), Ok(3 << 19));
        for unclear in ["1", "1Gb/s", "1Gbit", "1G/s"] {
            assert!(bandwidth(unclear).is_err(), "{unclear}");
        }
    }

    #[test]
    fn what_is_printed_can_be_read() {
        for nanos in [0, 1, 985_860, 250_000_000, 1_500_000_000, 125_000_000_000] {
            let span_ = Span::from_nanos(nanos);
            assert_eq!(span(&span_.to_string()), Ok(span_));
        }
        let four = Rate::per_second(4);
        assert_eq!(rate(&four.to_string()), Ok(four));
    }

    #[test]
    fn rates_are_exact() {
        let six_hours = Rate::new(100, Span::from_secs(21_600)).unwrap();
        assert_eq!(rate("4/s"), Ok(Rate::per_second(4)));
        assert_eq!(rate("100 per 6h"), Ok(six_hours));
        assert_eq!(rate("100;w=21600"), Ok(six_hours));
        assert_eq!(rate("60/min"), Ok(Rate::per_second(1)));
        assert_eq!(
            rate("0.1/s"),
            Rate::new(1, Span::from_secs(10)).map_err(|_| unreachable!())
        );
        assert_eq!(rate("1/250ms"), Ok(Rate::per_second(4)));
        assert_eq!(rate("20k per hour"), rate("20000/h"));
        assert_eq!(rate("0/s"), Ok(Rate::ZERO));
    }

    #[test]
    fn counts_shares_and_sizes_are_read_with_their_signs() {
        assert_eq!(count("1_000"), Ok(1_000));
        assert_eq!(count("20k"), Ok(20_000));
        assert_eq!(count("1.5k"), Ok(1_500));
        assert_eq!(count("1e6"), Ok(1_000_000));
        assert_eq!(parts_per_million("75%"), Ok(750_000));
        assert_eq!(parts_per_million("0.01%"), Ok(100));
        assert_eq!(bytes("450MB"), Ok(450_000_000));
        assert_eq!(bytes("512Mi"), Ok(536_870_912));
        assert_eq!(number("0.5"), Ok(0.5));
    }

    #[test]
    fn each_mistake_says_what_is_wrong_and_what_to_write() {
        fn said<T: std::fmt::Debug>(result: Result<T, TextError>) -> String {
            let error = result.unwrap_err();
            format!("{error}; {}", error.hint())
        }
        assert_eq!(said(span("60")), "`60` has no unit; write `60ms` or `60s`");
        assert_eq!(
            said(span("5 sek")),
            "`sek` is not a unit of time; units of time are ns, us, ms, s, min, h and d"
        );
        assert!(said(span("-5s")).starts_with("`-5s` is negative;"));
        assert!(said(span("NaN")).starts_with("`NaN` is not a finite number;"));
        assert!(said(span(".inf")).starts_with("`.inf` is not a finite number;"));
        assert!(said(span("soon")).starts_with("`soon` is not a time;"));
        assert!(said(span("9e99s")).starts_with("`9e99s` is more than ten years;"));
        assert!(said(span("5000d")).starts_with("`5000d` is more than ten years;"));
        assert!(said(span("0.1ns")).starts_with("`0.1ns` is less than a nanosecond;"));
        assert!(said(span("")).starts_with("a time is missing;"));
        assert_eq!(
            said(rate("4")),
            "`4` has no unit; write `4/s`, `4/min` or `4 per 6h`"
        );
        assert!(said(rate("4/0s")).starts_with("`4/0s` is a rate over no time;"));
        assert_eq!(
            said(rate("0.0000000001/d")),
            "`0.0000000001/d` rounds to nothing: less than one in ten years; \
             write `0/s` for none"
        );
        assert!(said(rate("1e20/s")).starts_with("`1e20/s` is more than one a nanosecond;"));
        assert!(
            said(rate("100 per 5000d"))
                .starts_with("the period of `100 per 5000d` is more than ten years;")
        );
        assert!(
            said(rate("4/0.1ns")).starts_with("the period of `4/0.1ns` is less than a nanosecond;")
        );
        assert!(said(rate("0.33333333333333333/s")).contains("more digits than are counted"));
        assert_eq!(
            said(count("5ms")),
            "`5ms` is not a whole number; this is a count: write `5` without a unit"
        );
        let general = "; write a whole number like `32`, `1_000` or `20k`";
        for odd in ["0x20", "1__0", "_1", "1_", "3 * 4"] {
            let said = said(count(odd));
            assert_eq!(said, format!("`{odd}` is not a whole number{general}"));
        }
        for odd in ["1_.5", "1._5", "1_.5_0"] {
            assert!(number(odd).is_err(), "{odd}");
        }
        assert_eq!(
            said(count("50%")),
            "`50%` is not a whole number; this is a count, not a share: write a whole number like \
             `32`"
        );
        assert!(said(count("1.5")).starts_with("`1.5` is not a whole number;"));
        assert!(said(count("1e29")).starts_with("`1e29` is too large;"));
        assert_eq!(said(parts_per_million("5")), "`5` has no unit; write `5%`");
        assert!(said(parts_per_million("101%")).starts_with("`101%` is more than the whole;"));
        assert!(said(bytes("5 parsec")).starts_with("`parsec` is not a unit of a size;"));
    }
}
