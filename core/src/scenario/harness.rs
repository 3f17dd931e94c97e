//! The retry parameters of Harness under their own names and in their own units, so that account
//! settings can be pasted.
//!
//! Source: Harness documentation of the account settings for the AWS SDK back-off, read in
//! November 2026. Its page prints the number of retries as "5 ms"; it is a count.

use super::decoder::Decoder;
use crate::retry::{HarnessSettings, RetryPolicy};
use crate::units::text;
use crate::yaml::{Diagnostic, Entry, nearest};
use serde_json::{Map, Value as Json, json};

/// What the names begin with.
pub(crate) const PREFIX: &str = "AmazonSDKDefaultBackoffStrategy_";

/// The preset whose numbers they set anew.
pub(crate) const PRESET: &str = "harness-default";

/// A name behind the prefix, what it means, and where its value goes.
struct Setting {
    name: &'static str,
    about: &'static str,
    is_count: bool,
    put: fn(&mut HarnessSettings, u32),
}

const SETTINGS: [Setting; 4] = [
    Setting {
        name: "maxErrorRetry",
        about: "Retries at most; a count.",
        is_count: true,
        put: |it, v| it.max_error_retry = v,
    },
    Setting {
        name: "baseDelay",
        about: "Milliseconds: ceiling before the first retry.",
        is_count: false,
        put: |it, v| it.base_delay_ms = v,
    },
    Setting {
        name: "throttledBaseDelay",
        about: "Milliseconds: ceiling before the first retry after throttling.",
        is_count: false,
        put: |it, v| it.throttled_base_delay_ms = v,
    },
    Setting {
        name: "maxBackoff",
        about: "Milliseconds: longest single sleep.",
        is_count: false,
        put: |it, v| it.max_backoff_ms = v,
    },
];

/// The policy of these settings; what is not set keeps Harness's default.
pub(crate) fn policy(entries: &[Entry], decoder: &mut Decoder) -> Option<RetryPolicy> {
    let mut settings = HarnessSettings::DEFAULT;
    let mut complete = true;
    for entry in entries {
        let short = entry.key.strip_prefix(PREFIX).unwrap_or(&entry.key);
        complete &= match SETTINGS.iter().find(|setting| short == setting.name) {
            Some(setting) => decoder.under(entry, |decoder| {
                let value = if setting.is_count {
                    count(entry, decoder)
                } else {
                    milliseconds(entry, decoder)
                };
                value
                    .map(|value| (setting.put)(&mut settings, value))
                    .is_some()
            }),
            None => {
                refuse_key(entry, short, decoder);
                false
            }
        };
    }
    complete.then(|| RetryPolicy::harness(settings))
}

/// What the settings look like to an editor.
pub(crate) fn schema() -> Json {
    let properties: Map<String, Json> = SETTINGS
        .iter()
        .map(|setting| {
            let number = json!({ "type": "integer", "minimum": u32::from(!setting.is_count) });
            let mut schema = if setting.is_count {
                number
            } else {
                json!({ "anyOf": [number, { "type": "string", "pattern": "^[0-9]+\\s*ms$" }] })
            };
            schema["description"] = setting.about.into();
            (format!("{PREFIX}{}", setting.name), schema)
        })
        .collect();
    json!({
        "type": "object",
        "description": "Harness account settings, as Harness names them.",
        "properties": properties,
        "additionalProperties": false,
        "minProperties": 1,
    })
}

fn count(entry: &Entry, decoder: &mut Decoder) -> Option<u32> {
    let written = decoder.scalar(&entry.value, "a whole number", "5")?;
    let digits = written.trim_end_matches("ms").trim();
    if digits != written && text::count(digits).is_ok() {
        let hint = format!("this is a count of retries, although Harness prints `ms`: `{digits}`");
        decoder.refuse(&entry.value, format!("`{written}` is not a count"), hint);
        return None;
    }
    let count = decoder.quantity(&entry.value, text::count(written))?;
    in_range(count, 0, entry, decoder)
}

/// `100` or `100ms`.
fn milliseconds(entry: &Entry, decoder: &mut Decoder) -> Option<u32> {
    let written = decoder.scalar(&entry.value, "a number of milliseconds", "100")?;
    let millis = match text::count(written) {
        Ok(count) => count,
        Err(_) => {
            decoder
                .quantity(&entry.value, text::span(written))?
                .as_nanos()
                / 1_000_000
        }
    };
    in_range(millis, 1, entry, decoder)
}

fn in_range(value: u64, min: u32, entry: &Entry, decoder: &mut Decoder) -> Option<u32> {
    // The SDK keeps these in 32-bit signed integers.
    let fits = i32::try_from(value)
        .ok()
        .and_then(|value| u32::try_from(value).ok());
    let fits = fits.filter(|value| *value >= min);
    if fits.is_none() {
        let message = format!("`{}` is out of range", entry.value.to_flow());
        decoder.refuse(
            &entry.value,
            message,
            format!("it is from {min} to {}", i32::MAX),
        );
    }
    fits
}

fn refuse_key(entry: &Entry, short: &str, decoder: &mut Decoder) {
    let names = SETTINGS.iter().map(|setting| setting.name);
    let known: Vec<String> = names
        .clone()
        .map(|name| format!("`{PREFIX}{name}`"))
        .collect();
    let message = format!("Harness has no parameter `{}`", entry.key);
    let mut diagnostic = Diagnostic::new(message, entry.key_place)
        .hint(format!("its parameters are {}", known.join(", ")));
    if let Some(near) = nearest(short, names) {
        diagnostic = diagnostic.label(format!("did you mean `{PREFIX}{near}`?"));
    }
    decoder.report_under(&entry.key, diagnostic);
}
