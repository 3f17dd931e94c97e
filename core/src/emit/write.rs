//! How values are written in the languages of tools.

use crate::units::Span;
use serde_json::Value as Json;

/// The digest that a user has to put in, where settings name an image by it.
pub(super) const DIGEST: &str = "sha256:DIGEST";

/// A length as Go parses it and Compose takes it, `1m30s`; `None` below a microsecond, which Compose
/// has no unit for.
pub(super) fn go_duration(span: Span) -> Option<String> {
    let nanos = span.as_nanos();
    if nanos == 0 {
        return Some("0s".to_owned());
    }
    if !nanos.is_multiple_of(1_000) {
        return None;
    }
    let mut rest = nanos;
    let mut text = String::new();
    let units = [
        (3_600_000_000_000, "h"),
        (60_000_000_000, "m"),
        (1_000_000_000, "s"),
        (1_000_000, "ms"),
        (1_000, "us"),
    ];
    for (size, unit) in units {
        if rest >= size {
            text.push_str(&format!("{}{unit}", rest / size));
            rest %= size;
        }
    }
    Some(text)
}

/// Seconds for `sleep`, with decimals where there are any: `2`, `0.2`.
pub(super) fn seconds(span: Span) -> String {
    let nanos = span.as_nanos();
    let (whole, rest) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
    if rest == 0 {
        return whole.to_string();
    }
    format!("{whole}.{rest:09}")
        .trim_end_matches('0')
        .to_owned()
}

/// A value as a file that people read.
pub(super) fn json(value: &Json) -> String {
    let mut text = serde_json::to_string_pretty(value).expect("a value of ours is JSON");
    text.push('\n');
    text
}

/// A name of a scenario as Terraform takes it: no hyphens, no digit in front.
pub(super) fn identifier(name: &str) -> String {
    let name = name.replace('-', "_");
    match name.starts_with(|first: char| first.is_ascii_digit()) {
        true => format!("_{name}"),
        false => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_written_in_units_that_compose_has() {
        let written = |nanos| go_duration(Span::from_nanos(nanos));
        assert_eq!(written(90_000_000_000).as_deref(), Some("1m30s"));
        assert_eq!(written(3_600_000_000_000).as_deref(), Some("1h"));
        assert_eq!(written(1_250_000).as_deref(), Some("1ms250us"));
        assert_eq!(written(0).as_deref(), Some("0s"));
        assert_eq!(written(1), None);
    }

    #[test]
    fn sleep_takes_decimals_of_a_second() {
        assert_eq!(seconds(Span::from_millis(200)), "0.2");
        assert_eq!(seconds(Span::from_secs(30)), "30");
    }
}
