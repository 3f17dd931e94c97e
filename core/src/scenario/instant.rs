//! Instants of the calendar: `2018-04-12T09:00:00Z`.

use super::decoder::Decoder;
use super::form::{Definitions, Form};
use crate::yaml::Node;
use serde_json::{Value as Json, json};

/// Nanoseconds since the Unix epoch of an instant as RFC 3339 writes it.
pub(crate) struct Instant;

impl Form for Instant {
    type Value = u64;

    fn decode(&self, node: &Node, decoder: &mut Decoder) -> Option<u64> {
        let example = "2018-04-12T09:00:00Z";
        let written = decoder.scalar(node, "a date and time", example)?;
        let nanos = unix_nanos(written);
        if nanos.is_none() {
            let message = format!("{} is not a date and time", node.describe());
            decoder.refuse(
                node,
                message,
                format!("write it like `{example}`, from 1970 to 2500"),
            );
        }
        nanos
    }

    fn schema(&self, _: &mut Definitions) -> Json {
        json!({ "type": "string", "format": "date-time" })
    }
}

/// Reads `YYYY-MM-DDThh:mm:ss` with `Z` or an offset, with a space for the `T` too, and with
/// fractions of seconds, of which nine digits count.
pub(crate) fn unix_nanos(text: &str) -> Option<u64> {
    let bytes = text.as_bytes();
    let separators = [(4, "-"), (7, "-"), (10, "Tt "), (13, ":"), (16, ":")];
    let separated = separators.iter().all(|(at, allowed)| {
        bytes
            .get(*at)
            .is_some_and(|b| allowed.as_bytes().contains(b))
    });
    if !separated {
        return None;
    }
    let number = |from: usize, to: usize| -> Option<i64> {
        let digits = text.get(from..to)?;
        let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| digits.parse().ok())?
    };
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let in_range = (1970..=2500).contains(&year)
        && (1..=12).contains(&month)
        && (1..=days_in_month(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    if !in_range {
        return None;
    }
    let (fraction, zone) = fraction(text.get(19..)?)?;
    let offset = match zone {
        "Z" | "z" => 0,
        offset if offset.len() == 6 && offset.as_bytes()[3] == b':' => {
            let sign = match offset.as_bytes()[0] {
                b'+' => 1,
                b'-' => -1,
                _ => return None,
            };
            let at = text.len() - 5;
            let (hours, minutes) = (number(at, at + 2)?, number(at + 3, at + 5)?);
            if hours >= 24 || minutes >= 60 {
                return None;
            }
            sign * (hours * 3_600 + minutes * 60)
        }
        _ => return None,
    };
    let days = days_from_epoch(year, month, day);
    let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second - offset;
    let nanos = u64::try_from(seconds).ok()?.checked_mul(1_000_000_000)?;
    nanos.checked_add(fraction)
}

/// The nanoseconds that a text begins with, as `.250`, and what follows them.
fn fraction(text: &str) -> Option<(u64, &str)> {
    let Some(rest) = text.strip_prefix(['.', ',']) else {
        return Some((0, text));
    };
    let end = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    let (digits, rest) = rest.split_at(end);
    let nanos = format!("{digits:0<9}");
    let nanos = (!digits.is_empty()).then(|| nanos[..9].parse().ok())??;
    Some((nanos, rest))
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Year, month and day of the month of a day that is counted from the Unix epoch, before it or not.
///
/// The civil-from-days algorithm of Howard Hinnant ("chrono-Compatible Low-Level Date Algorithms").
pub(crate) fn date_of_day(day: i64) -> (i64, i64, i64) {
    // Years begin in March here, so that a leap day is the last of its year; eras have 400 years.
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + i64::from(month <= 2), month, day)
}

fn days_from_epoch(year: i64, month: i64, day: i64) -> i64 {
    let years: i64 = (1970..year)
        .map(|year| if is_leap(year) { 366 } else { 365 })
        .sum();
    let months: i64 = (1..month).map(|month| days_in_month(year, month)).sum();
    years + months + day - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_count_from_the_unix_epoch() {
        let seconds = |text| unix_nanos(text).map(|nanos| nanos / 1_000_000_000);
        assert_eq!(seconds("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(seconds("2018-04-12T09:00:00Z"), Some(1_523_523_600));
        assert_eq!(seconds("2018-04-12T11:00:00+02:00"), Some(1_523_523_600));
        assert_eq!(seconds("2024-02-29T00:00:00Z"), Some(1_709_164_800));
        let nanos = unix_nanos("2018-04-12T11:00:00.0625000001+02:00");
        assert_eq!(nanos, Some(1_523_523_600_062_500_000));
    }

    #[test]
    fn dates_of_days_are_the_days_of_dates() {
        for day in (0..200_000).step_by(13).chain([0, 59, 60, 11_016, 11_017]) {
            let (year, month, of_month) = date_of_day(day);
            assert_eq!(days_from_epoch(year, month, of_month), day);
        }
    }

    #[test]
    fn dates_that_do_not_exist_are_none() {
        for text in [
            "2023-02-29T00:00:00Z",
            "2018-13-01T00:00:00Z",
            "2018-04-12",
            "soon",
            "",
            "2018-04-12T09:00:00",
            "1969-12-31T23:59:59Z",
            "2018-04-12T24:00:00Z",
            "é018-04-12T",
            "2018-04-12T09:00:00.Z",
            "2018-04-12T09:00:00.1",
        ] {
            assert_eq!(unix_nanos(text), None, "{text}");
        }
    }
}
