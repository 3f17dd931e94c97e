//! How values are written: each form decodes a node, and describes itself as JSON Schema.

use super::decoder::Decoder;
pub(crate) use super::definitions::Definitions;
use super::model::{Named, Placed};
use crate::units::text;
use crate::units::{Rate, Span};
use crate::yaml::merge::Layout;
use crate::yaml::{Diagnostic, Entry, Node, Value, nearest};
use serde_json::{Value as Json, json};

/// A way to write a value.
pub(crate) trait Form {
    /// What it decodes to.
    type Value;

    /// The value of a node. `None` after at least one problem has been reported.
    fn decode(&self, node: &Node, decoder: &mut Decoder) -> Option<Self::Value>;

    /// The JSON Schema of the nodes it accepts.
    fn schema(&self, definitions: &mut Definitions) -> Json;

    /// How an override meets it.
    fn layout(&self) -> Layout {
        Layout::WHOLE
    }
}

/// Any text.
pub(crate) struct Text;

impl<F: Form + ?Sized> Form for Box<F> {
    type Value = F::Value;

    fn decode(&self, node: &Node, decoder: &mut Decoder) -> Option<F::Value> {
        (**self).decode(node, decoder)
    }

    fn schema(&self, definitions: &mut Definitions) -> Json {
        (**self).schema(definitions)
    }

    fn layout(&self) -> Layout {
        (**self).layout()
    }
}

impl Form for Text {
    type Value = String;

    fn decode(&self, node: &Node, decoder: &mut Decoder) -> Option<String> {
        decoder
            .scalar(node, "a text", "a few words")
            .map(str::to_owned)
    }

    fn schema(&self, _: &mut Definitions) -> Json {
        json!({ "type": "string" })
    }
}

/// A name: letters, digits, `-` and `_`.
pub(crate) struct Name;

impl Name {
    const PATTERN: &'static str = "^[A-Za-z0-9_-]+$";

    /// Whether a text is a name.
    pub fn is_name(text: &str) -> bool {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        !text.is_empty() && text.chars().all(allowed)
    }
}

impl Form for Name {
    type Value = String;

    fn decode(&self, node: &Node, decoder: &mut Decoder) -> Option<String> {
        let text = decoder.scalar(node, "a name", "ci")?;
        if !Name::is_name(text) {
            let message = format!("{} is not a name", node.describe());
            decoder.refuse(node, message, "a name is letters, digits, `-` and `_`");
            return None;
        }
        Some(text.to_owned())
    }

    fn schema(&self, _: &mut Definitions) -> Json {
        json!({ "type": "string", "pattern": Name::PATTERN })
    }
}

/// `true` or `false`.
pub(crate) struct Flag;

impl Form for Flag {
    type Value = bool;

    fn decode(&self, node: &Node, decoder: &mut Decoder) -> Option<bool> {
        match node.text() {
            Some("true" | "True" | "TRUE") => Some(true),
            Some("false" | "False" | "FALSE") => Some(false),
            Some("yes" | "Yes" | "on" | "On") => {
                decoder.expected(node, "`true` or `false`", "true");
                None
            }
            _ => {
                decoder.expected(node, "`true` or `false`", "false");
                None
            }
        }
    }

    fn schema(&self, _: &mut Definitions) -> Json {
        json!({ "type": "boolean" })
    }
}

/// A whole number in a range.
pub(crate) struct Count {
    /// The smallest.
    pub min: u64,
    /// The largest.
    pub max: u64,
}

impl Count {
    /// 0 to 4,294,967,295.
    pub const ANY: Count = Count {
        min: 0,
        max: u32::MAX as u64,
    };
    /// 1 to 4,294,967,295.
    pub const POSITIVE: Count = Count {
        min: 1,
        max: u32::MAX as u64,
    };
    /// 0 to 2^64 - 1.
    pub const LONG: Count = Count {
        min: 0,
        max: u64::MAX,
    };
}

impl Form for Count {
    type Value = u64;

    fn decode(&self, node: &Node, decoder: &mut Decoder) -> Option<u64> {
        let written = decoder.scalar(node, "a whole number", "32")?;
        let count = decoder.quantity(node, text::count(written))?;
        if !(self.min..=self.max).contains(&count) {
            let message = format!("`{}` is {written}", decoder.name());
            let hint = if count < self.min {
                format!("it is at least {}", self.min)
            } else {
                format!("it is at most {}", self.max)
            };
            decoder.refuse(node, message, hint);
            return None;
        }
        Some(count)
    }

    fn schema(&self, definitions: &mut Definitions) -> Json {
        let mut number = json!({ "type": "integer", "minimum": self.min });
        if self.max < u64::from(u32::MAX) {
            number["maximum"] = self.max.into();
        }
        let text = definitions.refer("count-text", |_| {
            json!({
                "description": "A whole number with `_` between digits, or with `k` or `M`.",
                "type": "string",
                "pattern": r"^[0-9]+(_[0-9]+)*(\.[0-9]+)?[kM]?$",
                "examples": ["1_000", "20k"],
            })
        });
        json!({ "anyOf": [number, text] })
    }
}

/// A number that is not negative.
pub(crate) struct Number {
    /// The largest.
    pub max: f64,
}

impl Form for Number {
    type Value = f64;

    fn decode(&self, node: &Node, decoder: &mut Decoder) -> Option<f64> {
        let written = decoder.scalar(node, "a number", "0.5")?;
        let number = decoder.quantity(node, text::number(written))?;
        if number > self.max {
            let message = format!("`{}` is {written}", decoder.name());
            decoder.refuse(node, message, format!("it is at most {}", self.max));
            return None;
        }
        Some(number)
    }

    fn schema(&self, _: &mut Definitions) -> Json {
        json!({ "type": "number", "minimum": 0, "maximum": self.max })
    }
}

/// A number of bytes.
pub(crate) struct Bytes;

impl Form for Bytes {
    type Value = u64;

    fn decode(&self, node: &Node, decoder: &mut Decoder) -> Option<u64> {
        let written = decoder.scalar(node, "a size", "450MB")?;
        decoder.quantity(node, text::bytes(written))
    }

    fn schema(&self, definitions: &mut Definitions) -> Json {
        definitions.refer("bytes", |_| {
            json!({
                "description": "A size with its unit: B, kB, MB, GB, TB, or KiB, MiB, GiB, TiB.",
                "anyOf": [
                    {
                        "type": "string",
                        "pattern": r"^[0-9]+(_[0-9]+)*(\.[0-9]+)?\s*(B|[kKMGT]B?|[KMGT]iB?)$|^0$",
                    },
                    { "const": 0 },
                ],
                "examples": ["450MB", "512Mi"],
            })
        })
    }
}

/// Bytes a second, at least one.
pub(crate) struct Throughput;

impl Form for Throughput {
    type Value = u64;

    fn decode(&self, node: &Node, decoder: &mut Decoder) -> Option<u64> {
        let written = decoder.scalar(node, "a bandwidth", "1Gbit/s")?;
        let bytes = decoder.quantity(node, text::bandwidth(written))?;
        if bytes == 0 {
            let message = format!("`{}` is less than a byte a second", decoder.name());
            decoder.refuse(node, message, "leave it out where bandwidth does not limit");
            return None;
        }
        Some(bytes)
    }

    fn schema(&self, definitions: &mut Definitions) -> Json {
        definitions.refer("bandwidth", |_| {
            json!({
                "description": "A bandwidth: kbit/s, Mbit/s, Gbit/s, Tbit/s, or kB/s, MB/s, GB/s, \
                    MiB/s, GiB/s.",
                "type": "string",
                "pattern": r"^[0-9]+(_[0-9]+)*(\.[0-9]+)?\s*([kMGT]bit|[kMG]B|[MG]iB)\s*/s$",
                "examples": ["1Gbit/s", "125MB/s"],
            })
        })
    }
}

/// A length of time.
pub(crate) struct Time {
    /// Whether it may be zero.
    pub zero: bool,
}

impl Time {
    /// Zero or more.
    pub const ANY: Time = Time { zero: true };
    /// More than zero.
    pub const POSITIVE: Time = Time { zero: false };
}

impl Form for Time {
    type Value = Span;

    fn decode(&self, node: &Node, decoder: &mut Decoder) -> Option<Span> {
        let written = decoder.scalar(node, "a time", "250ms")?;
        let span = decoder.quantity(node, text::span(written))?;
        if span.is_zero() && !self.zero {
            let message = format!("`{}` is zero", decoder.name());
            decoder.refuse(node, message, "write a time above zero, like `5s`");
            return None;
        }
        Some(span)
    }

    fn schema(&self, definitions: &mut Definitions) -> Json {
        definitions.refer("time", |_| {
            json!({
                "description": "A time with its unit: ns, us, ms, s, min (or m), h, d.",
                "anyOf": [
                    {
                        "type": "string",
                        "pattern": "^([0-9]+(_[0-9]+)*(\\.[0-9]+)?\\s*(ns|us|µs|ms|s|sec|seconds?|m|min|\
                            minutes?|h|hours?|d|days?)\\s*)+$|^0$",
                    },
                    { "const": 0 },
                ],
                "examples": ["250ms", "1.5s", "1m30s", "6h"],
            })
        })
    }
}

/// A rate.
pub(crate) struct Frequency {
    /// Whether it may be zero.
    pub zero: bool,
}

impl Form for Frequency {
    type Value = Rate;

    fn decode(&self, node: &Node, decoder: &mut Decoder) -> Option<Rate> {
        let written = decoder.scalar(node, "a rate", "4/s")?;
        let rate = decoder.quantity(node, text::rate(written))?;
        if rate.is_zero() && !self.zero {
            let message = format!("`{}` is zero", decoder.name());
            decoder.refuse(node, message, "write a rate above zero, like `4/s`");
            return None;
        }
        Some(rate)
    }

    fn schema(&self, definitions: &mut Definitions) -> Json {
        definitions.refer("rate", |_| {
            json!({
                "description": "So many per time: `4/s`, `60/min`, `100 per 6h`, `100;w=21600`.",
                "type": "string",
                "pattern": "^[0-9]+(_[0-9]+)*(\\.[0-9]+)?[kM]?\\s*\
                    (;w=[0-9]+|(/|per )\\s*([0-9.]+\\s*)?\
                    (ns|us|ms|s|sec|seconds?|m|min|minutes?|h|hours?|d|days?))$",
                "examples": ["4/s", "60/min", "100 per 6h"],
            })
        })
    }
}

/// A share, in parts per million.
pub(crate) struct Share;

impl Form for Share {
    type Value = u32;

    fn decode(&self, node: &Node, decoder: &mut Decoder) -> Option<u32> {
        let written = decoder.scalar(node, "a share", "5%")?;
        decoder.quantity(node, text::parts_per_million(written))
    }

    fn schema(&self, definitions: &mut Definitions) -> Json {
        definitions.refer("share", |_| {
            json!({
                "description": "A part of a whole, from 0% to 100%.",
                "type": "string",
                "pattern": "^[0-9]+(_[0-9]+)*(\\.[0-9]+)?\\s*%$",
                "examples": ["5%", "0.1%"],
            })
        })
    }
}

/// One of a few words, each with its value and what it means.
pub(crate) struct Words<V: 'static>(pub &'static [(&'static str, V, &'static str)]);

impl<V: Clone> Words<V> {
    /// The value of a word.
    pub fn find(&self, word: &str) -> Option<V> {
        let found = self.0.iter().find(|(known, _, _)| *known == word)?;
        Some(found.1.clone())
    }

    /// Reports a word that is not one of these.
    pub fn refuse(&self, node: &Node, decoder: &mut Decoder) {
        let words = self.0.iter().map(|(word, _, _)| *word);
        refuse_word(node, words, decoder);
    }
}

impl<V: Clone> Form for Words<V> {
    type Value = V;

    fn decode(&self, node: &Node, decoder: &mut Decoder) -> Option<V> {
        let value = node.text().and_then(|word| self.find(word));
        if value.is_none() {
            self.refuse(node, decoder);
        }
        value
    }

    fn schema(&self, definitions: &mut Definitions) -> Json {
        for (word, _, about) in self.0 {
            definitions.word(word, about);
        }
        let cases: Vec<Json> = self
            .0
            .iter()
            .map(|(word, _, about)| json!({ "const": word, "description": about }))
            .collect();
        json!({ "oneOf": cases })
    }
}

/// Reports something that is not one of the words that can stand here.
pub(crate) fn refuse_word<'a>(
    node: &Node,
    words: impl Iterator<Item = &'a str> + Clone,
    decoder: &mut Decoder,
) {
    let message = match node.text() {
        Some(word) if !node.is_null() => format!("`{}` cannot be `{word}`", decoder.name()),
        _ => format!("`{}` cannot be {}", decoder.name(), node.describe()),
    };
    let listed = listed(words.clone());
    let hint = match node.text().and_then(|word| nearest(word, words)) {
        Some(near) => format!("did you mean `{near}`? Allowed: {listed}"),
        None => format!("allowed: {listed}"),
    };
    decoder.refuse(node, message, hint);
}

/// Whether a map lacks `key`, but has a key that nobody knows and that was probably meant to be it.
/// The unknown key has been reported; that the right one is missing too is no news.
pub(crate) fn is_misspelt<'a>(
    entries: &[Entry],
    key: &str,
    known: impl Iterator<Item = &'a str> + Clone,
) -> bool {
    entries
        .iter()
        .filter(|entry| known.clone().all(|known| known != entry.key))
        .any(|entry| nearest(&entry.key, known.clone()) == Some(key))
}

/// Words in backticks, with commas.
pub(crate) fn listed<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let words: Vec<String> = words.map(|word| format!("`{word}`")).collect();
    words.join(", ")
}

/// A list.
pub(crate) struct ListOf<F>(pub F);

impl<F: Form> Form for ListOf<F> {
    type Value = Vec<F::Value>;

    fn decode(&self, node: &Node, decoder: &mut Decoder) -> Option<Self::Value> {
        let Value::List(items) = &node.value else {
            decoder.expected(node, "a list", "[…]");
            return None;
        };
        let decoded: Vec<Option<F::Value>> = items
            .iter()
            .map(|item| self.0.decode(item, decoder))
            .collect();
        decoded.into_iter().collect()
    }

    fn schema(&self, definitions: &mut Definitions) -> Json {
        json!({ "type": "array", "items": self.0.schema(definitions) })
    }
}

/// A map from names to things.
pub(crate) struct NamesOf<F> {
    /// How each is written.
    pub of: F,
    /// What one is called.
    pub what: &'static str,
    /// Whether an override may go into one that is not written (a preset brings it).
    pub open: bool,
}

impl<F: Form> Form for NamesOf<F> {
    type Value = Vec<Named<F::Value>>;

    fn decode(&self, node: &Node, decoder: &mut Decoder) -> Option<Self::Value> {
        let Some(entries) = node.entries() else {
            let noun = format!("a map from names to {}s", self.what);
            decoder.expected(node, &noun, &format!("{{my-{}: …}}", self.what));
            return None;
        };
        let decoded: Vec<Option<Named<F::Value>>> = entries
            .iter()
            .map(|entry| {
                decoder.under(entry, |decoder| {
                    let value = self.of.decode(&entry.value, decoder);
                    if !Name::is_name(&entry.key) {
                        let message = format!("`{}` is not a name", entry.key);
                        let hint = "a name is letters, digits, `-` and `_`";
                        decoder.report(Diagnostic::new(message, entry.key_place).hint(hint));
                        return None;
                    }
                    value.map(|value| Named {
                        name: entry.key.clone(),
                        place: Some(entry.key_place),
                        value,
                    })
                })
            })
            .collect();
        decoded.into_iter().collect()
    }

    fn schema(&self, definitions: &mut Definitions) -> Json {
        json!({
            "type": "object",
            "propertyNames": { "pattern": Name::PATTERN },
            "additionalProperties": definitions.under("NAME", |it| self.of.schema(it)),
        })
    }

    fn layout(&self) -> Layout {
        Layout::Names {
            of: Box::new(self.of.layout()),
            known: (!self.open).then_some(self.what),
        }
    }
}

/// Something with its place.
pub(crate) struct At<F>(pub F);

impl<F: Form> Form for At<F> {
    type Value = Placed<F::Value>;

    fn decode(&self, node: &Node, decoder: &mut Decoder) -> Option<Self::Value> {
        let place = decoder.place_of(node);
        self.0
            .decode(node, decoder)
            .map(|value| Placed { value, place })
    }

    fn schema(&self, definitions: &mut Definitions) -> Json {
        self.0.schema(definitions)
    }

    fn layout(&self) -> Layout {
        self.0.layout()
    }
}
