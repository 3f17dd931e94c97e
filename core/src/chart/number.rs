//! Numbers as charts write them.

use super::spec::Unit;
use crate::units::Span;

/// A number in its unit.
pub(super) fn write(unit: Unit, number: f64) -> String {
    match unit {
        Unit::Seconds => Span::from_secs_f64(number).to_string(),
        Unit::Count => compact(number),
        Unit::Share => percent(number),
    }
}

/// A whole number in groups of three digits.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Three significant digits, above ten thousand with a letter for the thousands.
pub(super) fn compact(number: f64) -> String {
    if number >= 1e24 {
        return format!("{number:.1e}");
    }
    let (mut number, mut letters) = (number, ["", "k", "M", "G", "T", "P", "E", "Z"].iter());
    let mut letter = letters.next();
    if number >= 10_000.0 {
        // 999.5 would be written as 1,000.
        while number >= 999.5 {
            number /= 1_000.0;
            letter = letters.next();
        }
    }
    let decimals = match number {
        n if n >= 99.95 => 0,
        n if n >= 9.995 => 1,
        n if n >= 0.995 || n == 0.0 => 2,
        n if n >= 0.0995 => 3,
        _ => 4,
    };
    format!(
        "{}{}",
        trimmed(number, decimals),
        letter.copied().unwrap_or_default()
    )
}

/// A span to three significant digits.
pub(super) fn rounded(span: Span) -> Span {
    let mut unit = 1;
    while span.as_nanos() / unit >= 1_000 {
        unit *= 10;
    }
    // Above a minute it is written in whole units anyway.
    let unit = unit.min(100_000_000);
    Span::from_nanos(span.as_nanos().saturating_add(unit / 2) / unit * unit)
}

/// A share in percent.
pub(super) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    // What is not all must not read as all, and what is not nothing not as nothing.
    let decimals = match percent {
        p if p > 99.9 && p < 100.0 || p > 0.0 && p < 0.1 => 2,
        _ => 1,
    };
    format!("{}%", trimmed(percent, decimals))
}

/// At most so many decimals, and no zeros at the end.
pub(super) fn trimmed(number: f64, decimals: usize) -> String {
    let text = format!("{number:.decimals$}");
    if decimals == 0 {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_at_every_size() {
        let written = [
            0.0, 0.05, 0.25, 1.0, 2.5, 12.34, 384.0, 1_504.0, 10_000.0, 999_999.0, 1.2e9, 1.8e19,
        ]
        .map(compact);
        assert_eq!(
            written,
            [
                "0", "0.05", "0.25", "1", "2.5", "12.3", "384", "1504", "10k", "1M", "1.2G", "18E"
            ]
        );
        assert_eq!(compact(1e300), "1.0e300");
        assert_eq!(grouped(u64::MAX), "18,446,744,073,709,551,615");
        assert_eq!(grouped(100), "100");
    }

    #[test]
    fn spans_keep_three_digits() {
        let short = |nanos| rounded(Span::from_nanos(nanos)).to_string();
        assert_eq!(short(57_247_000_123), "57.2s");
        assert_eq!(short(985_860), "986us");
        assert_eq!(short(0), "0s");
        assert_eq!(short(u64::MAX), Span::MAX.to_string());
    }

    #[test]
    fn nearly_all_is_not_all() {
        assert_eq!(percent(1.0), "100%");
        assert_eq!(percent(0.9996), "99.96%");
        assert_eq!(percent(0.0004), "0.04%");
        assert_eq!(percent(0.515_625), "51.6%");
        assert_eq!(percent(0.0), "0%");
    }
}
