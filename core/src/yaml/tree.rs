//! The tree: scalars stay text until somebody who knows their type decodes them.

use super::{Path, Place};

/// A value and where it stands.
#[derive(Clone, PartialEq, Debug)]
pub struct Node {
    /// Where it is written. Of an alias: where the anchor's value is written.
    pub place: Place,
    /// What it is.
    pub value: Value,
}

/// What a node is.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    /// Text, a number, `true`, nothing: what it means depends on who asks.
    Scalar(Scalar),
    /// Items in order.
    List(Vec<Node>),
    /// Keys with values, in the order they were written.
    Map(Vec<Entry>),
}

/// A scalar as it was written.
#[derive(Clone, PartialEq, Debug)]
pub struct Scalar {
    /// Its text without quotes.
    pub text: String,
    /// Whether it was written without quotes, so that `null` and `true` are not texts.
    pub plain: bool,
}

/// A key and its value.
#[derive(Clone, PartialEq, Debug)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key stands.
    pub key_place: Place,
    /// The value.
    pub value: Node,
}

impl Node {
    /// The text of a scalar.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(scalar) => Some(&scalar.text),
            Value::List(_) | Value::Map(_) => None,
        }
    }

    /// The entries of a map.
    pub fn entries(&self) -> Option<&[Entry]> {
        match &self.value {
            Value::Map(entries) => Some(entries),
            Value::Scalar(_) | Value::List(_) => None,
        }
    }

    /// The entry of a map with this key.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries()?.iter().find(|entry| entry.key == key)
    }

    /// The value of a map under this key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The node a path leads to.
    pub fn at(&self, path: &Path) -> Option<&Node> {
        path.names()
            .iter()
            .try_fold(self, |node, name| node.get(name))
    }

    /// Whether nothing is written here at all (`key:` and then the end of the line).
    pub fn is_blank(&self) -> bool {
        matches!(&self.value, Value::Scalar(scalar) if scalar.plain && scalar.text.is_empty())
    }

    /// Whether this is `null` in the YAML 1.2 core schema, [blank](Node::is_blank) included.
    pub fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar(scalar)
            if scalar.plain && matches!(scalar.text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    /// What is here, in words for a message: "a list", "the text `fast`".
    pub fn describe(&self) -> String {
        match &self.value {
            Value::List(items) if items.is_empty() => "an empty list".to_owned(),
            Value::List(_) => "a list".to_owned(),
            Value::Map(entries) if entries.is_empty() => "an empty map".to_owned(),
            Value::Map(_) => "a map".to_owned(),
            Value::Scalar(_) if self.is_blank() => "nothing".to_owned(),
            Value::Scalar(_) if self.is_null() => "`null`".to_owned(),
            Value::Scalar(scalar) => {
                let shown = shortened(&scalar.text);
                match scalar.text.parse::<f64>() {
                    Ok(number) if scalar.plain && number.is_finite() => {
                        format!("the number `{shown}`")
                    }
                    _ => format!("the text `{shown}`"),
                }
            }
        }
    }

    /// The node as JSON, scalars by the YAML 1.2 core schema.
    pub fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Scalar(_) if self.is_null() => serde_json::Value::Null,
            Value::Scalar(scalar) if scalar.plain => plain_json(&scalar.text),
            Value::Scalar(scalar) => scalar.text.as_str().into(),
            Value::List(items) => items.iter().map(Node::to_json).collect(),
            Value::Map(entries) => entries
                .iter()
                .map(|entry| (entry.key.clone(), entry.value.to_json()))
                .collect::<serde_json::Map<_, _>>()
                .into(),
        }
    }

    /// The node as one line of flow YAML.
    pub fn to_flow(&self) -> String {
        match &self.value {
            Value::Scalar(_) if self.is_null() => "null".to_owned(),
            Value::Scalar(scalar) if scalar.plain && fits_flow(&scalar.text) => scalar.text.clone(),
            Value::Scalar(scalar) => quoted(&scalar.text),
            Value::List(items) => {
                let items: Vec<String> = items.iter().map(Node::to_flow).collect();
                format!("[{}]", items.join(", "))
            }
            Value::Map(entries) => {
                let entries: Vec<String> = entries
                    .iter()
                    .map(|entry| format!("{}: {}", key_text(&entry.key), entry.value.to_flow()))
                    .collect();
                format!("{{{}}}", entries.join(", "))
            }
        }
    }
}

fn plain_json(text: &str) -> serde_json::Value {
    match text {
        "true" | "True" | "TRUE" => true.into(),
        "false" | "False" | "FALSE" => false.into(),
        _ if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.')) => {
            text.into()
        }
        _ => match (text.parse::<u64>(), text.parse::<f64>()) {
            (Ok(whole), _) => whole.into(),
            (_, Ok(number)) if number.is_finite() => number.into(),
            _ => text.into(),
        },
    }
}

fn key_text(key: &str) -> String {
    if !key.is_empty() && fits_flow(key) {
        key.to_owned()
    } else {
        quoted(key)
    }
}

/// Whether a plain scalar stays the same scalar inside `[]` and `{}` on one line.
fn fits_flow(text: &str) -> bool {
    !text.contains([',', '[', ']', '{', '}', '\n', '#'])
        && !text.contains(": ")
        && !text.ends_with(':')
        && text.trim() == text
}

/// A double-quoted scalar: JSON strings are YAML.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// At most 40 characters of a text, on one line.
fn shortened(text: &str) -> String {
    let line: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(41)
        .collect();
    if line.chars().count() > 40 {
        let head: String = line.chars().take(39).collect();
        format!("{head}…")
    } else {
        line
    }
}
