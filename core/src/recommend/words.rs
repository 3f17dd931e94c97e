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

/// Names that are told of those that have the same setting.
const NAMES_MOST: usize = 3;

/// What is set, for people: `maximum_percent of web 125`.
pub(super) fn list(overrides: &[(String, String)]) -> String {
    let mut told: Vec<(String, &str, Vec<&str>)> = Vec::new();
    for (path, value) in overrides {
        let mut names = path.split('.').skip(1).peekable();
        if names.peek().is_none() {
            told.push((path.clone(), value, Vec::new()));
            continue;
        }
        let owner = names.next().unwrap_or_default();
        let below = names.collect::<Vec<_>>().join(".");
        match told.iter_mut().find(|it| it.0 == below && it.1 == value) {
            Some((.., owners)) => owners.push(owner),
            None => told.push((below, value, vec![owner])),
        }
    }
    let one = |(below, value, owners): (String, &str, Vec<&str>)| {
        let more = owners.len().saturating_sub(NAMES_MOST);
        let names = owners[..owners.len() - more].join(", ");
        let names = match more {
            0 => names,
            more => format!("{names} and {more} more"),
        };
        match below.as_str() {
            "" => format!("{names} {value}"),
            // What the whole scenario has belongs to nobody.
            _ if owners.is_empty() => format!("{below} {value}"),
            "identity.accounts" => format!("{value} accounts for {names}"),
            "preset" => format!("{value} for {names}"),
            _ => format!("{below} of {names} {value}"),
        }
    };
    told.into_iter().map(one).collect::<Vec<_>>().join(", ")
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
    fn who_has_the_same_setting_is_named_together() {
        let sets = |names: &[&str]| {
            let one = |name: &&str| (format!("images.{name}.reference"), "digest".to_owned());
            names.iter().map(one).collect::<Vec<_>>()
        };
        assert_eq!(list(&sets(&["a", "b"])), "reference of a, b digest");
        let whole = [("horizon".to_owned(), "2h".to_owned())];
        assert_eq!(list(&whole), "horizon 2h");
        let five = list(&sets(&["a", "b", "c", "d", "e"]));
        assert_eq!(five, "reference of a, b, c and 2 more digest");
    }

    #[test]
    fn a_length_is_read_back_as_the_same_length() {
        for nanos in [1, 999, 1_000_000, 1_700_000_000, 70_000_000_000] {
            let length = Span::from_nanos(nanos);
            assert_eq!(text::span(&span(length)), Ok(length));
        }
    }
}
