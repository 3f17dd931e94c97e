//! Times as logs write them.

use super::Unit;
use crate::scenario::instant::unix_nanos;

/// A time of a recording.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub(super) struct Stamp {
    /// Nanoseconds since the Unix epoch, or since some beginning.
    pub nanos: u64,
    /// Which of the two.
    pub clock: Clock,
}

/// What times count from.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub(super) enum Clock {
    /// The Unix epoch: they have dates.
    Calendar,
    /// Some beginning.
    Relative,
}

/// The smallest numbers that are taken for times since the epoch, all of them in 1973: seconds,
/// milliseconds, microseconds and nanoseconds.
const EPOCH_FROM: [(f64, Unit); 4] = [
    (1e17, Unit::Nanoseconds),
    (1e14, Unit::Microseconds),
    (1e11, Unit::Milliseconds),
    (1e8, Unit::Seconds),
];

/// Reads a time: RFC 3339, with a space instead of `T` or without zone (UTC) too; the time of
/// combined access logs (`20/Nov/2026:03:00:00 +0000`); a number. What to write instead otherwise.
pub(super) fn read(text: &str, unit: Option<Unit>) -> Result<Stamp, &'static str> {
    let text = text.trim().trim_matches(['[', ']']);
    let calendar = |nanos| Stamp {
        nanos,
        clock: Clock::Calendar,
    };
    let number = |byte: u8| byte.is_ascii_digit() || byte == b'.';
    if !text.is_empty() && text.bytes().all(number) {
        return number_of(text, unit);
    }
    // Who has an access log writes no other form into it.
    let hint = match text.contains('/') {
        true => "write it like `20/Nov/2026:03:00:00 +0000`",
        false => "write it like `2026-11-20T03:00:00.250Z`, or as a number of seconds",
    };
    instant(text).map(calendar).ok_or(hint)
}

fn number_of(text: &str, unit: Option<Unit>) -> Result<Stamp, &'static str> {
    const HINT: &str = "write a number of seconds, from the first arrival or from the epoch";
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let size: f64 = text.parse().map_err(|_| HINT)?;
    let since_epoch = EPOCH_FROM.iter().find(|(from, of)| match unit {
        Some(unit) => *of == unit && size >= *from,
        None => size >= *from,
    });
    let unit = since_epoch
        .map(|(_, unit)| *unit)
        .or(unit)
        .unwrap_or(Unit::Seconds);
    let digits = match unit {
        Unit::Seconds => 9,
        Unit::Milliseconds => 6,
        Unit::Microseconds => 3,
        Unit::Nanoseconds => 0,
    };
    // Exact in whole numbers: a double has no room for nanoseconds since the epoch.
    let scaled = format!("{fraction:0<digits$}");
    let fraction = scaled.get(..digits).unwrap_or("0");
    let whole = if whole.is_empty() { "0" } else { whole };
    let nanos = format!("{whole}{fraction}").parse().map_err(|_| HINT)?;
    let clock = match since_epoch {
        Some(_) => Clock::Calendar,
        None => Clock::Relative,
    };
    Ok(Stamp { nanos, clock })
}

fn instant(text: &str) -> Option<u64> {
    unix_nanos(text)
        .or_else(|| unix_nanos(&format!("{text}Z")))
        .or_else(|| of_access_log(text))
}

/// `20/Nov/2026:03:00:00 +0000`.
fn of_access_log(text: &str) -> Option<u64> {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let (date, rest) = text.split_once(':')?;
    let mut parts = date.split('/');
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    let month = MONTHS.iter().position(|known| *known == month)? + 1;
    let (time, zone) = rest.split_once(' ').unwrap_or((rest, "+0000"));
    let (hours, minutes) = (zone.get(..3)?, zone.get(3..)?);
    unix_nanos(&format!(
        "{year}-{month:02}-{day:0>2}T{time}{hours}:{minutes}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const INSTANT: u64 = 1_795_143_600_250_000_000;

    #[test]
    fn one_instant_has_many_ways_to_be_written() {
        for text in [
            "2026-11-20T03:00:00.25Z",
            "2026-11-20T04:00:00.250+01:00",
            "2026-11-20 03:00:00.250",
            "1795143600.25",
            "1795143600250",
            "1795143600250000",
            "1795143600250000000",
        ] {
            let stamp = read(text, None).unwrap();
            assert_eq!(
                (stamp.nanos, stamp.clock),
                (INSTANT, Clock::Calendar),
                "{text}"
            );
        }
        let nginx = read("[20/Nov/2026:03:00:00 +0000]", None).unwrap();
        assert_eq!(nginx.nanos, INSTANT - 250_000_000);
        let west = read("19/Nov/2026:19:00:00 -0800", None).unwrap();
        assert_eq!(west.nanos, INSTANT - 250_000_000);
    }

    #[test]
    fn what_is_no_time_is_told_the_form_that_it_comes_closest_to() {
        let hint = |text: &str| read(text, None).unwrap_err();
        assert!(hint("38/Nov/2026:09:00:03 +0000").contains("20/Nov/2026:03:00:00 +0000"));
        assert!(hint("2026-11-38").contains("2026-11-20T03:00:00.250Z"));
    }

    #[test]
    fn small_numbers_count_from_the_first_arrival_in_the_unit_that_is_stated() {
        let read = |text, unit| read(text, unit).unwrap();
        let relative = |nanos| Stamp {
            nanos,
            clock: Clock::Relative,
        };
        assert_eq!(read("1.5", None), relative(1_500_000_000));
        assert_eq!(read(".5", None), relative(500_000_000));
        assert_eq!(
            read("1500", Some(Unit::Milliseconds)),
            relative(1_500_000_000)
        );
        assert_eq!(read("0.1234567891", None), relative(123_456_789));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "soon",
            "-1",
            "1e9",
            "1.2.3",
            "99999999999999999999",
            "2026-11-20",
            "é",
        ] {
            assert!(read(text, None).is_err(), "{text}");
        }
    }
}
