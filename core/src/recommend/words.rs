//! A retry policy that was searched, as a scenario or an argument writes it.

use crate::retry::{Params, RetryPolicy, Value, preset};
use crate::scenario::model::RetryChoice;
use crate::units::Span;

/// The map that is read back as this policy; `None` where no map is.
pub(super) fn of(choice: &RetryChoice) -> Option<String> {
    let policy = &choice.policy;
    let named = choice.preset.as_deref().and_then(preset);
    let (begin, from) = match &named {
        Some(named) => (format!("preset: {}", named.name), Some(&named.policy)),
        None => (format!("strategy: {}", policy.kind().name()), None),
    };
    let (own, known) = (policy.params(), from.map(RetryPolicy::params));
    let mut written = Params::default();
    let mut parts = vec![begin];
    for (parameter, _) in policy.kind().parameters() {
        let value = own.get(*parameter);
        if known
            .as_ref()
            .is_some_and(|known| known.get(*parameter) == value)
        {
            continue;
        }
        if let Some(value) = value
            && let Some(text) = text(&value)
        {
            parts.push(format!("{}: {text}", parameter.name()));
            written.set(*parameter, value);
        }
    }
    let read = match from {
        Some(from) => from.with(&written),
        None => RetryPolicy::build(policy.kind(), &written),
    };
    (read.as_ref() == Ok(policy)).then(|| format!("{{{}}}", parts.join(", ")))
}

/// The arguments that set these overrides on *today*.
pub(super) fn sets(overrides: &[(String, String)]) -> String {
    let sets = overrides
        .iter()
        .map(|(path, value)| format!("--set '{path}={value}'"));
    sets.collect::<Vec<_>>().join(" ")
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Span(span) => Some(exact(*span)),
        Value::Count(RetryPolicy::UNLIMITED) => None,
        Value::Count(count) => Some(count.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::Flag(flag) => Some(flag.to_string()),
        Value::Budget(_) => None,
    }
}

/// A length in one unit, to the last digit.
fn exact(span: Span) -> String {
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
    use crate::retry::{Parameter, presets};
    use crate::scenario::Document;

    /// The policy that these words are read as.
    fn read(words: &str) -> RetryPolicy {
        let text = format!(
            "pullstorm: 1\nname: x\nservices: {{s: {{latency: 0s}}}}\nworkloads:\n  w: {{kind: \
             api-callers, service: s, calls: [c], retry: {words}}}\n"
        );
        let document = Document::parse("x.yaml", text.as_bytes()).unwrap();
        let workload = &document.scenario().workloads[0].value;
        workload.retry().unwrap().policy.clone()
    }

    #[test]
    fn the_words_of_a_policy_are_read_back_as_the_same_policy() {
        let turned = [
            (Parameter::Attempts, Value::Count(13)),
            (Parameter::Base, Value::Span(Span::from_millis(1700))),
            (Parameter::ThrottledBase, Value::Span(Span::from_secs(7))),
            (Parameter::Cap, Value::Span(Span::from_secs(70))),
        ];
        let mut written = 0;
        for preset in presets() {
            let mut params = preset.policy.params();
            let kind = preset.policy.kind();
            for (parameter, value) in &turned {
                if kind
                    .parameters()
                    .iter()
                    .any(|(known, _)| known == parameter)
                {
                    params.set(*parameter, value.clone());
                }
            }
            let Ok(policy) = preset.policy.with(&params) else {
                continue;
            };
            let choice = RetryChoice {
                preset: Some(preset.name.to_owned()),
                policy,
                place: None,
            };
            let words = of(&choice).unwrap();
            assert_eq!(read(&words), choice.policy, "{words}");
            written += 1;
        }
        assert!(written > 10, "only {written} presets can be turned");
    }

    #[test]
    fn a_policy_that_began_from_a_strategy_is_read_back_too() {
        let words = "{strategy: full-jitter, attempts: 8, base: 300ms, cap: 20s}";
        let choice = RetryChoice {
            preset: None,
            policy: read(words),
            place: None,
        };
        assert_eq!(read(&of(&choice).unwrap()), choice.policy);
    }
}
