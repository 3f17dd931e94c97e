//! Scenario time as whole nanoseconds.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};

/// Nanoseconds in one second.
pub const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// An instant: nanoseconds since scenario time 0.
#[derive(
    Copy,
    Clone,
    Eq,
    PartialEq,
    Ord,
    PartialOrd,
    Hash,
    Debug,
    Default,
    serde::Serialize,
    serde::Deserialize,
)]
pub struct Time(u64);

/// A length of time in nanoseconds.
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Debug, Default)]
pub struct Span(u64);

impl Time {
    /// Scenario time 0.
    pub const ZERO: Time = Time(0);
    /// Later than anything that happens.
    pub const NEVER: Time = Time(u64::MAX);

    /// The instant `nanos` nanoseconds after scenario time 0.
    pub const fn from_nanos(nanos: u64) -> Self {
        Time(nanos)
    }

    /// Nanoseconds since scenario time 0.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Seconds since scenario time 0, rounded to a double.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / NANOS_PER_SECOND as f64
    }

    /// The span from `earlier` to this instant; zero where `earlier` is not earlier.
    pub const fn since(self, earlier: Time) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Span = Span(0);
    /// The longest span there is, about 584 years.
    pub const MAX: Span = Span(u64::MAX);

    /// A span of `nanos` nanoseconds.
    pub const fn from_nanos(nanos: u64) -> Self {
        Span(nanos)
    }

    /// A span of `micros` microseconds, saturating.
    pub const fn from_micros(micros: u64) -> Self {
        Span(micros.saturating_mul(1_000))
    }

    /// A span of `millis` milliseconds, saturating.
    pub const fn from_millis(millis: u64) -> Self {
        Span(millis.saturating_mul(1_000_000))
    }

    /// A span of `secs` seconds, saturating.
    pub const fn from_secs(secs: u64) -> Self {
        Span(secs.saturating_mul(NANOS_PER_SECOND))
    }

    /// The whole number of nanoseconds nearest to `secs` seconds; zero for negative numbers and
    /// NaN, the longest span for what is longer.
    pub fn from_secs_f64(secs: f64) -> Self {
        // `as` saturates and maps NaN to zero on every platform.
        Span((secs * NANOS_PER_SECOND as f64).round() as u64)
    }

    /// Length in nanoseconds.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Length in seconds, rounded to a double.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / NANOS_PER_SECOND as f64
    }

    /// Whether this is no time at all.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The sum, or the longest span where it would be longer.
    pub const fn saturating_add(self, other: Span) -> Span {
        Span(self.0.saturating_add(other.0))
    }
}

impl Add<Span> for Time {
    type Output = Time;
    /// Saturates at [`Time::NEVER`].
    fn add(self, span: Span) -> Time {
        Time(self.0.saturating_add(span.0))
    }
}

impl AddAssign<Span> for Time {
    fn add_assign(&mut self, span: Span) {
        *self = *self + span;
    }
}

impl Add for Span {
    type Output = Span;
    /// Saturates at [`Span::MAX`].
    fn add(self, other: Span) -> Span {
        self.saturating_add(other)
    }
}

impl AddAssign for Span {
    fn add_assign(&mut self, other: Span) {
        *self = *self + other;
    }
}

impl Sub for Span {
    type Output = Span;
    /// Saturates at zero.
    fn sub(self, other: Span) -> Span {
        Span(self.0.saturating_sub(other.0))
    }
}

impl fmt::Display for Span {
    /// In the largest unit that leaves few digits: `250ms`, `1.5s`, `2min 5s`, `6h`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.0;
        if nanos == 0 {
            return f.write_str("0s");
        }
        if nanos < 1_000 {
            return write!(f, "{nanos}ns");
        }
        if nanos < 1_000_000 {
            return write!(f, "{}us", decimal(nanos, 1_000));
        }
        if nanos < NANOS_PER_SECOND {
            return write!(f, "{}ms", decimal(nanos, 1_000_000));
        }
        if nanos < 60 * NANOS_PER_SECOND {
            return write!(f, "{}s", decimal(nanos, NANOS_PER_SECOND));
        }
        let rest = nanos % NANOS_PER_SECOND;
        let seconds = nanos / NANOS_PER_SECOND + u64::from(rest >= NANOS_PER_SECOND / 2);
        let (days, hours, minutes, rest) = (
            seconds / 86_400,
            seconds / 3_600 % 24,
            seconds / 60 % 60,
            seconds % 60,
        );
        let parts = [(days, "d"), (hours, "h"), (minutes, "min"), (rest, "s")];
        let first = parts.iter().position(|(n, _)| *n > 0).unwrap_or(3);
        // Two units are as much as anybody reads.
        let shown: Vec<String> = parts[first..]
            .iter()
            .take(2)
            .filter(|(n, _)| *n > 0)
            .map(|(n, unit)| format!("{n}{unit}"))
            .collect();
        f.write_str(&shown.join(" "))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Time::NEVER {
            f.write_str("never")
        } else {
            Span(self.0).fmt(f)
        }
    }
}

/// `nanos / unit` with up to three decimals and no trailing zeros.
fn decimal(nanos: u64, unit: u64) -> String {
    let thousandths = (nanos as u128 * 1_000 + unit as u128 / 2) / unit as u128;
    let (whole, rest) = (thousandths / 1_000, thousandths % 1_000);
    if rest == 0 {
        return whole.to_string();
    }
    format!("{whole}.{rest:03}")
        .trim_end_matches('0')
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_as_people_write_them() {
        let read = |nanos| Span::from_nanos(nanos).to_string();
        assert_eq!(read(0), "0s");
        assert_eq!(read(250_000_000), "250ms");
        assert_eq!(read(1_500_000_000), "1.5s");
        assert_eq!(read(125 * NANOS_PER_SECOND), "2min 5s");
        assert_eq!(read(21_600 * NANOS_PER_SECOND), "6h");
        assert_eq!(read(985_860), "985.86us");
        assert_eq!(read(u64::MAX), "213503d 23h");
    }

    #[test]
    fn seconds_round_to_the_nearest_nanosecond_and_never_wrap() {
        assert_eq!(Span::from_secs_f64(0.1), Span::from_millis(100));
        assert_eq!(Span::from_secs_f64(-1.0), Span::ZERO);
        assert_eq!(Span::from_secs_f64(f64::NAN), Span::ZERO);
        assert_eq!(Span::from_secs_f64(1e300), Span::MAX);
    }
}
