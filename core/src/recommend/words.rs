//! Numbers of a setting, as a scenario or an argument writes them.

use crate::retry::{RetryPolicy, Value};
use crate::units::Span;

/// The arguments that set these overrides on *today*.
pub(super) fn sets(overrides: &[(String, String)]) -> String {
    let sets = overrides
        .iter()
        .map(|(path, value)| format!("--set '{path}={value}'"));
    sets.collect::<Vec<_>>().join(" ")
}

/// What is set, for people: `maximum_percent of web 125`.
pub(super) fn list(overrides: &[(String, String)]) -> String {
    let one = |(path, value): &(String, String)| {
        let mut names = path.split('.').skip(1);
        let owner = names.next().unwrap_or_default();
        let below: Vec<&str> = names.collect();
        format!("{} of {owner} {value}", below.join("."))
    };
    overrides.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// A number of a retry policy; none for what is not written.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::Span(it) => Some(span(*it)),
        Value::Count(RetryPolicy::UNLIMITED) => None,
        Value::Count(count) => Some(count.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::Flag(flag) => Some(flag.to_string()),
        Value::Budget(_) => None,
    }
}

/// A length in one unit, to the last digit.
pub(super) fn span(span: Span) -> String {
    let nanos = span.as_nanos();
    match nanos {
        _ if nanos.is_multiple_of(1_000_000_000) => format!("{}s", nanos / 1_000_000_000),
        _ if nanos.is_multiple_of(1_000_000) => format!("{}ms", nanos / 1_000_000),
        _ => format!("{nanos}ns"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::text;

    #[test]
    fn a_length_is_read_back_as_the_same_length() {
        for nanos in [1, 999, 1_000_000, 1_700_000_000, 70_000_000_000] {
            let length = Span::from_nanos(nanos);
            assert_eq!(text::span(&span(length)), Ok(length));
        }
    }
}
