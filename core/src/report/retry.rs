//! Retry presets, told to a person.

use super::article::Article;
use super::page::Tone;
use super::table::{Column, Table};
use crate::retry::{self, Budget, Class, Confidence, Parameter, Preset, Value, sdk_defaults};
use crate::retry::{DEFAULTS_CHANGED, SdkDefault};
use serde::Serialize;

/// A retry preset in words.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct RetryEntry {
    /// Its name in scenarios.
    pub name: &'static str,
    /// Other names of it.
    pub aliases: &'static [&'static str],
    /// What it is.
    pub label: &'static str,
    /// The strategy it builds on.
    pub strategy: &'static str,
    /// `6 attempts (5 retries)`.
    pub attempts: String,
    /// The longest time from the first to the last attempt when all are throttled; `None` if there
    /// is no such time.
    pub throttled_span_max: Option<String>,
    /// Its parameters, by the names that a scenario uses.
    pub parameters: Vec<(&'static str, String)>,
    /// Who has it by default.
    pub default_of: &'static str,
    /// SDKs whose default it was or is.
    pub sdks: Vec<String>,
    /// Where it stands.
    pub source: &'static str,
    /// When that was read.
    pub as_of: &'static str,
    /// How well it is known.
    pub confidence: &'static str,
}

impl RetryEntry {
    fn new(preset: &Preset) -> RetryEntry {
        let params = preset.policy.params();
        let parameters = Parameter::ALL
            .into_iter()
            .filter_map(|parameter| Some((parameter.name(), words(&params.get(parameter)?))))
            .collect();
        let mut sdks = Vec::new();
        for sdk in sdk_defaults() {
            let (before, after) = (sdk.before == preset.name, sdk.after == preset.name);
            match sdk.since {
                Some(since) if before => sdks.push(format!("{} before {since}", sdk.label)),
                Some(since) if after => sdks.push(format!("{} since {since}", sdk.label)),
                None if before => sdks.push(sdk.label.to_owned()),
                _ => {}
            }
        }
        RetryEntry {
            name: preset.name,
            aliases: preset.aliases,
            label: preset.label,
            strategy: preset.policy.kind().name(),
            attempts: preset.policy.describe(),
            throttled_span_max: preset
                .policy
                .span_max(Class::Throttling, None)
                .map(|span| span.to_string()),
            parameters,
            default_of: preset.default_of,
            sdks,
            source: preset.source,
            as_of: preset.as_of,
            confidence: match preset.confidence {
                Confidence::Source => "read in the source",
                Confidence::Documented => "documented",
                Confidence::Inferred => "inferred",
            },
        }
    }
}

/// A parameter's value in words.
fn words(value: &Value) -> String {
    match value {
        Value::Span(span) => span.to_string(),
        Value::Count(count) => count.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Flag(true) => "yes".to_owned(),
        Value::Flag(false) => "no".to_owned(),
        Value::Budget(Budget::None) => "none".to_owned(),
        Value::Budget(Budget::Quota(rules)) => format!("a quota of {}", rules.capacity),
        Value::Budget(Budget::Finagle { .. }) => "as in Finagle".to_owned(),
        Value::Budget(Budget::Grpc { .. }) => "as in gRPC".to_owned(),
        Value::Budget(Budget::Concurrent { .. }) => "of retries under way".to_owned(),
        Value::Budget(Budget::Bucket { .. }) => "a bucket that calls fill".to_owned(),
        Value::Budget(Budget::Breaker { .. }) => "a circuit breaker".to_owned(),
        Value::Budget(Budget::Restarts { most, window }) => {
            format!("{most} restarts within {window}")
        }
        Value::Budget(Budget::Failures { too_many, .. }) => format!("{too_many} failures"),
    }
}

/// All retry presets.
pub fn retry_list() -> Vec<RetryEntry> {
    retry::presets()
        .map(|preset| RetryEntry::new(&preset))
        .collect()
}

/// The retry preset of this name or alias.
pub fn retry_entry(name: &str) -> Option<RetryEntry> {
    retry::preset(name).map(|preset| RetryEntry::new(&preset))
}

/// All retry presets, one line each.
pub fn retry_presets(entries: &[RetryEntry]) -> Table {
    let mut table = Table::new([
        Column::words("RETRY POLICY"),
        Column::sentences("WHAT IT IS"),
        Column::sentences("AT MOST"),
        Column::numbers("GIVES UP WITHIN"),
    ]);
    for entry in entries {
        table.row([
            entry.name.into(),
            entry.label.into(),
            entry.attempts.split(" (").next().unwrap_or_default().into(),
            entry
                .throttled_span_max
                .as_deref()
                .unwrap_or("no limit")
                .into(),
        ]);
    }
    table
}

/// The default of each SDK before and after they changed.
pub fn sdks(defaults: &[SdkDefault]) -> Table {
    let mut table = Table::new([
        Column::words("SDK"),
        Column::words(&format!("DEFAULT BEFORE {DEFAULTS_CHANGED}")),
        Column::words("DEFAULT SINCE"),
        Column::sentences("FROM VERSION"),
    ]);
    for sdk in defaults {
        table.row([
            sdk.label.into(),
            sdk.before.into(),
            sdk.after.into(),
            sdk.since.unwrap_or("not announced").into(),
        ]);
    }
    table
}

/// A retry preset in full.
pub fn retry_preset(entry: &RetryEntry) -> Article {
    let mut article = Article::new();
    article.heading(entry.name);
    article.paragraph(format!("{}: {}", entry.label, entry.attempts));
    article.gap();
    article.fact("USE", Tone::Strong, format!("retry: {}", entry.name));
    article.facts("ALSO", entry.aliases.iter().copied());
    let lasts = match &entry.throttled_span_max {
        Some(span) => format!(
            "throttled every time, the last attempt is at most {span} after the first \
             (sleeps only; latency comes on top)"
        ),
        None => "there is no time by which it has certainly given up".to_owned(),
    };
    article.fact("LASTS", Tone::Strong, lasts);
    article.fact("FORMULA", Tone::Strong, entry.strategy);
    let parameters = entry
        .parameters
        .iter()
        .map(|(name, value)| format!("{name}: {value}"));
    article.facts("WITH", parameters);
    article.fact("DEFAULT", Tone::Strong, format!("of {}", entry.default_of));
    article.facts("SDKS", entry.sdks.iter().map(String::as_str));
    article.fact(
        "KNOWN",
        Tone::Strong,
        format!("{}, {}", entry.confidence, entry.as_of),
    );
    article.fact("SOURCE", Tone::Strong, entry.source);
    article
}
