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

/// A name as YAML takes it: in quotes where it would be read as a number, a date, yes or no (YAML 1.1,
/// which Compose, Kubernetes and CI systems read), or nothing.
pub(super) fn yaml_name(name: &str) -> String {
    const WORDS: [&str; 10] = [
        "y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan",
    ];
    let first = name.chars().next().unwrap_or(' ');
    let is_plain = first.is_ascii_alphabetic() || first == '$';
    match is_plain && !WORDS.contains(&name.to_ascii_lowercase().as_str()) {
        true => name.to_owned(),
        false => format!("\"{name}\""),
    }
}

/// Names in a sentence: `` `a`, `b` and `c` ``.
pub(super) fn names(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => quoted.concat(),
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

    #[test]
    fn a_name_that_yaml_reads_as_something_else_stands_in_quotes() {
        for name in [
            "123",
            "1e3",
            "0x1f",
            "on",
            "No",
            "null",
            "2026-11-21",
            "-",
            "_1",
        ] {
            let written = yaml_name(name);
            assert_eq!(written, format!("\"{name}\""));
        }
        for name in ["web", "api-2", "only", "$IMAGE"] {
            assert_eq!(yaml_name(name), name);
        }
    }

    #[test]
    fn names_are_listed_as_in_a_sentence() {
        assert_eq!(names(&["a"]), "`a`");
        assert_eq!(names(&["a", "b", "c"]), "`a`, `b` and `c`");
    }
}
