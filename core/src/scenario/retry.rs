//! Retry policies as scenarios write them: `none`, the name of a preset, or a map that names a
//! strategy (or a preset to begin from) and its parameters.
//!
//! Which strategy knows which parameter is [`crate::retry`]'s business; this file only reads.

use super::budget::budget;
use super::choice::{Boxed, Defined, Mapped};
use super::decoder::Decoder;
use super::form::{Count, Definitions, Flag, Form, Number, Time, is_misspelt, listed, refuse_word};
use super::harness;
use super::model::RetryChoice;
use crate::retry::{
    Need, Parameter, Params, PolicyError, RetryPolicy, StrategyKind, Value, preset, presets,
};
use crate::yaml::merge::Layout;
use crate::yaml::{Diagnostic, Entry, Node, nearest};
use serde_json::{Map, Value as Json, json};

impl RetryChoice {
    /// No retry, written nowhere.
    pub(crate) const NONE: RetryChoice = RetryChoice {
        preset: None,
        policy: RetryPolicy::NONE,
        place: None,
    };
}

/// A retry policy.
pub(crate) struct Retry;

impl Form for Retry {
    type Value = RetryChoice;

    fn decode(&self, node: &Node, decoder: &mut Decoder) -> Option<RetryChoice> {
        let place = decoder.place_of(node);
        let (preset, policy) = match node.entries() {
            Some(entries)
                if entries
                    .iter()
                    .any(|entry| entry.key.starts_with(harness::PREFIX)) =>
            {
                (
                    Some(harness::PRESET.to_owned()),
                    harness::policy(entries, decoder)?,
                )
            }
            Some(entries) => from_map(node, entries, decoder)?,
            None => {
                let name = decoder.scalar(node, "a retry policy", "aws-standard-2.1")?;
                if name == StrategyKind::None.name() {
                    (None, RetryPolicy::NONE)
                } else {
                    let policy = named(node, decoder)?;
                    (Some(name.to_owned()), policy)
                }
            }
        };
        Some(RetryChoice {
            preset,
            policy,
            place,
        })
    }

    fn schema(&self, definitions: &mut Definitions) -> Json {
        definitions.refer("retry", schema)
    }

    fn layout(&self) -> Layout {
        Layout::Whole {
            short_for: Some("preset"),
        }
    }
}

/// The policy of the preset that a scalar names.
fn named(node: &Node, decoder: &mut Decoder) -> Option<RetryPolicy> {
    let name = decoder.scalar(node, "the name of a retry policy", "aws-standard-2.1")?;
    let found = preset(name);
    if found.is_none() {
        let needs_parameters = StrategyKind::from_name(name);
        if let Some(kind) = needs_parameters {
            let message = format!("`{name}` is a strategy, which needs its parameters");
            decoder.refuse(node, message, format!("write `{}`", example(kind)));
        } else {
            let names = presets();
            let names =
                names.flat_map(|it| std::iter::once(it.name).chain(it.aliases.iter().copied()));
            let names: Vec<&str> = names.collect();
            refuse_word(node, names.iter().copied(), decoder);
        }
    }
    found.map(|preset| preset.policy)
}

/// A strategy with parameters, or a preset with some parameters set anew.
fn from_map(
    node: &Node,
    entries: &[Entry],
    decoder: &mut Decoder,
) -> Option<(Option<String>, RetryPolicy)> {
    let (preset_name, start) = match (node.entry("strategy"), node.entry("preset")) {
        (Some(strategy), None) => (None, Start::Strategy(kind(strategy, decoder)?)),
        (None, Some(entry)) => {
            let policy = decoder.under(entry, |decoder| named(&entry.value, decoder))?;
            (entry.value.text().map(str::to_owned), Start::Preset(policy))
        }
        (Some(strategy), Some(preset)) => {
            let diagnostic = Diagnostic::new(
                "`strategy` and `preset` exclude each other",
                strategy.key_place,
            );
            decoder.report(
                diagnostic
                    .also(preset.key_place, "the other one")
                    .hint("a preset has a strategy already; leave one of them out"),
            );
            return None;
        }
        (None, None) => {
            let hint =
                "add `strategy: full-jitter` with its parameters, or `preset: aws-standard-2.1`";
            decoder.refuse(
                node,
                "the retry policy names neither strategy nor preset",
                hint,
            );
            return None;
        }
    };
    let known = start.kind().parameters();
    let mut complete = true;
    let mut params = Params::default();
    for entry in entries {
        if matches!(entry.key.as_str(), "strategy" | "preset") {
            continue;
        }
        complete &= match known
            .iter()
            .find(|(parameter, _)| key_of(*parameter) == entry.key)
        {
            Some((parameter, _)) => decoder.under(entry, |decoder| {
                let value = value_form(*parameter).decode(&entry.value, decoder);
                value.is_some_and(|value| params.set(*parameter, value))
            }),
            None => refuse_parameter(entry, start.kind(), decoder),
        };
    }
    if let Start::Strategy(kind) = start {
        let keys: Vec<String> = known.iter().map(|(known, _)| key_of(*known)).collect();
        for (parameter, need) in known {
            let key = key_of(*parameter);
            let known = keys.iter().map(String::as_str);
            let is_missing = node.entry(&key).is_none() && *need == Need::Required;
            if is_missing && is_misspelt(entries, &key, known) {
                complete = false;
            } else if is_missing {
                let message = format!("`{key}` is missing: `{}` cannot do without it", kind.name());
                let hint = format!("write, for example, `{}`", example(kind));
                decoder.refuse(node, message, hint);
                complete = false;
            }
        }
    }
    if !complete {
        return None;
    }
    let built = match start {
        Start::Strategy(kind) => RetryPolicy::build(kind, &params),
        Start::Preset(policy) => policy.with(&params),
    };
    match built {
        Ok(policy) => Some((preset_name, policy)),
        Err(error) => {
            refuse_policy(node, &error, decoder);
            None
        }
    }
}

/// What a map begins from.
enum Start {
    Strategy(StrategyKind),
    Preset(RetryPolicy),
}

impl Start {
    fn kind(&self) -> StrategyKind {
        match self {
            Start::Strategy(kind) => *kind,
            Start::Preset(policy) => policy.kind(),
        }
    }
}

fn kind(entry: &Entry, decoder: &mut Decoder) -> Option<StrategyKind> {
    let found = entry.value.text().and_then(StrategyKind::from_name);
    if found.is_none() {
        decoder.under(entry, |decoder| match entry.value.text().and_then(preset) {
            Some(preset) => {
                let message = format!("`{}` is a preset, not a strategy", preset.name);
                decoder.refuse(
                    &entry.value,
                    message,
                    format!("write `preset: {}`", preset.name),
                );
            }
            None => {
                let names = StrategyKind::ALL.iter().map(|kind| kind.name());
                refuse_word(&entry.value, names, decoder);
            }
        });
    }
    found
}

fn refuse_parameter(entry: &Entry, kind: StrategyKind, decoder: &mut Decoder) -> bool {
    let known: Vec<String> = kind
        .parameters()
        .iter()
        .map(|(parameter, _)| key_of(*parameter))
        .collect();
    let keys = || known.iter().map(String::as_str);
    let diagnostic = Diagnostic::new(
        format!(
            "the strategy `{}` has no parameter `{}`",
            kind.name(),
            entry.key
        ),
        entry.key_place,
    );
    let hint = if known.is_empty() {
        "it has no parameters".to_owned()
    } else {
        format!("its parameters are {}", listed(keys()))
    };
    let diagnostic = match nearest(&entry.key, keys()) {
        Some(near) => diagnostic.label(format!("did you mean `{near}`?")),
        None => diagnostic,
    };
    decoder.report_under(&entry.key, diagnostic.hint(hint));
    false
}

fn refuse_policy(node: &Node, error: &PolicyError, decoder: &mut Decoder) {
    match error {
        PolicyError::OutOfRange { parameter, allowed } => {
            let key = key_of(*parameter);
            let Some(entry) = node.entry(&key) else {
                decoder.refuse(
                    node,
                    format!("`{key}` is out of range"),
                    format!("it is {allowed}"),
                );
                return;
            };
            decoder.under(entry, |decoder| {
                let message = format!("`{key}` is {}", entry.value.to_flow());
                decoder.refuse(&entry.value, message, format!("it can be {allowed}"));
            });
        }
        PolicyError::Budget(error) => {
            let Some(entry) = node.entry("budget") else {
                return;
            };
            decoder.under(entry, |decoder| {
                let message = format!("the budget's `{}` is out of range", error.parameter);
                decoder.refuse(
                    &entry.value,
                    message,
                    format!("it can be {}", error.allowed),
                );
            });
        }
        PolicyError::Missing { parameter, .. } | PolicyError::Superfluous { parameter, .. } => {
            let message = format!("`{}` does not go with this policy", key_of(*parameter));
            decoder.refuse(node, message, "leave it out");
        }
    }
}

/// Keys are written with `_` everywhere in a scenario; `-` is for words.
pub(crate) fn key_of(parameter: Parameter) -> String {
    parameter.name().to_owned()
}

/// A map with all the parameters that a strategy needs.
fn example(kind: StrategyKind) -> String {
    let needed: Vec<String> = kind
        .parameters()
        .iter()
        .filter(|(_, need)| *need == Need::Required)
        .map(|(parameter, _)| format!(", {}: {}", key_of(*parameter), sample(*parameter)))
        .collect();
    format!("{{strategy: {}{}}}", kind.name(), needed.concat())
}

/// How a parameter may be written.
pub(crate) fn sample(parameter: Parameter) -> &'static str {
    match parameter {
        Parameter::Attempts => "8",
        Parameter::Delay => "1s",
        Parameter::Base => "100ms",
        Parameter::ThrottledBase => "500ms",
        Parameter::Cap | Parameter::RetryAfterCap => "20s",
        Parameter::FirstExponent => "0",
        Parameter::Multiplier => "1.6",
        Parameter::Jitter => "0.1",
        Parameter::Quota => "500",
        Parameter::RetryAfter | Parameter::LongPolling => "true",
        Parameter::Budget => "{concurrent: {min: 3, ratio: 0.2}}",
    }
}

/// What a parameter means.
pub(crate) fn about(parameter: Parameter) -> &'static str {
    match parameter {
        Parameter::Attempts => "Sends in all, the first included: retries + 1.",
        Parameter::Delay => "The sleep before each retry.",
        Parameter::Base => "Shortest sleep, or its ceiling before the first retry.",
        Parameter::ThrottledBase => "Ceiling before the first retry after a throttling error.",
        Parameter::Cap => "Longest single sleep.",
        Parameter::FirstExponent => "Exponent before the first retry: 0 or 1.",
        Parameter::Multiplier => "Growth from one retry to the next, 1 to 100.",
        Parameter::Jitter => "The longest jitter added to a sleep, as a part of it, 0 to 1.",
        Parameter::Quota => "Size of the retry quota of a client object.",
        Parameter::RetryAfter => "Whether a hint of the server replaces the sleep.",
        Parameter::RetryAfterCap => "The longest sleep that a hint can cause.",
        Parameter::LongPolling => "Whether the calls are long polls.",
        Parameter::Budget => "What all calls of a client object may spend on retries.",
    }
}

fn value_form(parameter: Parameter) -> Boxed<Value> {
    match parameter {
        Parameter::Attempts => Box::new(Mapped(Count::POSITIVE, |n| Value::Count(n as u32))),
        Parameter::FirstExponent | Parameter::Quota => {
            Box::new(Mapped(Count::ANY, |n| Value::Count(n as u32)))
        }
        Parameter::Delay => Box::new(Mapped(Time::ANY, Value::Span)),
        Parameter::Base | Parameter::ThrottledBase | Parameter::Cap | Parameter::RetryAfterCap => {
            Box::new(Mapped(Time::POSITIVE, Value::Span))
        }
        Parameter::Multiplier => Box::new(Mapped(Number { max: 100.0 }, Value::Number)),
        Parameter::Jitter => Box::new(Mapped(Number { max: 1.0 }, Value::Number)),
        Parameter::RetryAfter | Parameter::LongPolling => Box::new(Mapped(Flag, Value::Flag)),
        Parameter::Budget => Box::new(Mapped(Defined("retry-budget", budget()), Value::Budget)),
    }
}

fn schema(definitions: &mut Definitions) -> Json {
    let presets: Vec<Json> = presets()
        .flat_map(|preset| {
            let names = std::iter::once(preset.name).chain(preset.aliases.iter().copied());
            names.map(move |name| json!({ "const": name, "description": preset.label }))
        })
        .collect();
    let preset = definitions.refer("retry-preset", |_| json!({ "oneOf": presets }));
    let mut properties = Map::new();
    for parameter in Parameter::ALL {
        let mut schema = value_form(parameter).schema(definitions);
        schema["description"] = about(parameter).into();
        properties.insert(key_of(parameter), schema);
    }
    let mut forms = vec![preset.clone()];
    for kind in StrategyKind::ALL {
        let mut own = Map::new();
        own.insert("strategy".to_owned(), json!({ "const": kind.name() }));
        let mut required = vec![String::from("strategy")];
        for (parameter, need) in kind.parameters() {
            let key = key_of(*parameter);
            own.insert(key.clone(), properties[&key].clone());
            if *need == Need::Required {
                required.push(key);
            }
        }
        forms.push(json!({
            "type": "object",
            "properties": own,
            "required": required,
            "additionalProperties": false,
        }));
    }
    let mut of_preset = properties;
    of_preset.insert("preset".to_owned(), preset);
    forms.push(json!({
        "type": "object",
        "properties": of_preset,
        "required": ["preset"],
        "additionalProperties": false,
    }));
    forms.push(harness::schema());
    json!({
        "description": "`none`, the name of a preset, or a strategy with its parameters.",
        "anyOf": forms,
        "examples": [
            "aws-standard-2.1",
            { "strategy": "full-jitter", "base": "100ms", "cap": "20s", "attempts": 8 },
            { "preset": "aws-standard-2.1", "attempts": 8 },
        ],
    })
}
