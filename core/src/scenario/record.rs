//! Records: a table of fields that decodes a map, and describes it.
//!
//! One line of the table holds the key, how it is written, its default as it would be written, what
//! it means, an example, and where the value goes. Nothing else knows a key.

use super::decoder::Decoder;
use super::definitions::Row;
use super::form::{Definitions, Form, is_misspelt, listed};
use crate::yaml::merge::{Layout, Part};
use crate::yaml::{Diagnostic, Node, SourceId, nearest, read};
use serde_json::{Map, Value as Json, json};

/// A map with known keys.
pub(crate) struct Record<T> {
    table: Table,
    /// How what each line of the table names is written, and where its value goes.
    setters: Vec<Box<dyn Setter<T>>>,
    /// What the fields are put into.
    blank: fn() -> T,
    /// Sees all fields together, after all of them have been decoded.
    checks: Vec<Check<T>>,
}

type Check<T> = Box<dyn Fn(&mut T, &Node, &mut Decoder) -> bool>;

/// What of a record does not depend on what it decodes to. It is compiled once; a record is compiled
/// anew for each type.
struct Table {
    /// What it is, in one sentence.
    about: &'static str,
    lines: Vec<Line>,
}

/// A line of the table.
struct Line {
    key: &'static str,
    about: &'static str,
    example: &'static str,
    presence: Presence,
    group: Option<&'static str>,
}

/// Decodes a node into the line at a place of the table.
type SetLine<'a> = dyn FnMut(usize, &Node, &mut Decoder) -> bool + 'a;

/// What an absent key means.
#[derive(Copy, Clone)]
enum Presence {
    /// It is missing.
    Required,
    /// The same as if this had been written.
    Default(&'static str),
    /// What these words say.
    Absent(&'static str),
}

/// A form together with where its value goes.
trait Setter<T> {
    fn set(&self, target: &mut T, node: &Node, decoder: &mut Decoder) -> bool;
    fn schema(&self, definitions: &mut Definitions) -> Json;
    fn layout(&self) -> Layout;
}

struct Set<F, S>(F, S);

impl<T, F: Form, S: Fn(&mut T, F::Value)> Setter<T> for Set<F, S> {
    fn set(&self, target: &mut T, node: &Node, decoder: &mut Decoder) -> bool {
        let value = self.0.decode(node, decoder);
        value.map(|value| (self.1)(target, value)).is_some()
    }

    fn schema(&self, definitions: &mut Definitions) -> Json {
        self.0.schema(definitions)
    }

    fn layout(&self) -> Layout {
        self.0.layout()
    }
}

impl<T: 'static> Record<T> {
    /// A record without fields.
    pub fn new(about: &'static str, blank: fn() -> T) -> Self {
        Record {
            table: Table {
                about,
                lines: Vec::new(),
            },
            setters: Vec::new(),
            blank,
            checks: Vec::new(),
        }
    }

    /// Adds a key that must be there.
    pub fn required<F: Form + 'static>(
        self,
        key: &'static str,
        form: F,
        about: &'static str,
        example: &'static str,
        set: impl Fn(&mut T, F::Value) + 'static,
    ) -> Self {
        self.field(
            key,
            Presence::Required,
            about,
            example,
            Box::new(Set(form, set)),
        )
    }

    /// Adds a key with a default, given as it would be written.
    pub fn optional<F: Form + 'static>(
        self,
        key: &'static str,
        form: F,
        default: &'static str,
        about: &'static str,
        example: &'static str,
        set: impl Fn(&mut T, F::Value) + 'static,
    ) -> Self {
        let presence = Presence::Default(default);
        self.field(key, presence, about, example, Box::new(Set(form, set)))
    }

    /// Adds a key whose absence means something that cannot be written.
    pub fn absent<F: Form + 'static>(
        self,
        key: &'static str,
        form: F,
        meaning: &'static str,
        about: &'static str,
        example: &'static str,
        set: impl Fn(&mut T, F::Value) + 'static,
    ) -> Self {
        let presence = Presence::Absent(meaning);
        self.field(key, presence, about, example, Box::new(Set(form, set)))
    }

    fn field(
        mut self,
        key: &'static str,
        presence: Presence,
        about: &'static str,
        example: &'static str,
        setter: Box<dyn Setter<T>>,
    ) -> Self {
        self.table.lines.push(Line {
            key,
            about,
            example,
            presence,
            group: None,
        });
        self.setters.push(setter);
        self
    }

    /// Puts the last key into a group, of which at most one key can be there.
    pub fn one_of(mut self, group: &'static str) -> Self {
        if let Some(line) = self.table.lines.last_mut() {
            line.group = Some(group);
        }
        self
    }

    /// Adds a check of all fields together; it reports what it refuses and returns false.
    pub fn check(mut self, check: impl Fn(&mut T, &Node, &mut Decoder) -> bool + 'static) -> Self {
        self.checks.push(Box::new(check));
        self
    }
}

impl Table {
    fn keys(&self) -> impl Iterator<Item = &'static str> + Clone {
        self.lines.iter().map(|line| line.key)
    }

    fn required(&self) -> impl Iterator<Item = &Line> {
        let is_required = |line: &&Line| matches!(line.presence, Presence::Required);
        self.lines.iter().filter(is_required)
    }

    fn decode(&self, node: &Node, decoder: &mut Decoder, set: &mut SetLine<'_>) -> bool {
        if node.entries().is_none() {
            let shown = self.required().next().or(self.lines.first());
            let example = shown.map_or(String::from("{}"), |line| {
                format!("{{{}: {}, …}}", line.key, line.example)
            });
            decoder.expected(node, "a map", &example);
            return false;
        }
        let mut complete = self.unknown_keys(node, decoder);
        complete &= self.excluding_keys(node, decoder);
        for (at, line) in self.lines.iter().enumerate() {
            complete &= line.decode(node, decoder, self, &mut |node, decoder| {
                set(at, node, decoder)
            });
        }
        complete
    }

    fn unknown_keys(&self, node: &Node, decoder: &mut Decoder) -> bool {
        let mut all_known = true;
        for entry in node.entries().unwrap_or(&[]) {
            if self.keys().any(|key| key == entry.key) {
                continue;
            }
            all_known = false;
            if decoder.is_full() {
                break;
            }
            let allowed = listed(self.keys());
            let near = nearest(&entry.key, self.keys());
            let diagnostic = Diagnostic::new(
                format!("there is no key `{}` here", entry.key),
                entry.key_place,
            );
            decoder.report_under(
                &entry.key,
                match near {
                    Some(near) => diagnostic
                        .label(format!("did you mean `{near}`?"))
                        .hint(format!("allowed here: {allowed}")),
                    None => diagnostic.hint(format!("allowed here: {allowed}")),
                },
            );
        }
        all_known
    }

    fn excluding_keys(&self, node: &Node, decoder: &mut Decoder) -> bool {
        let mut fine = true;
        let entries = node.entries().unwrap_or(&[]);
        let group_of = |key: &str| self.lines.iter().find(|line| line.key == key)?.group;
        for (at, entry) in entries.iter().enumerate() {
            let Some(group) = group_of(&entry.key) else {
                continue;
            };
            let first = entries[..at]
                .iter()
                .find(|other| group_of(&other.key) == Some(group));
            if let Some(first) = first {
                fine = false;
                let message = format!("`{}` and `{}` exclude each other", first.key, entry.key);
                let allowed = self.lines.iter().filter(|line| line.group == Some(group));
                let hint = format!("write one of {}", listed(allowed.map(|line| line.key)));
                decoder.report_under(
                    &entry.key,
                    Diagnostic::new(message, entry.key_place)
                        .also(first.key_place, "the other one")
                        .hint(hint),
                );
            }
        }
        fine
    }

    fn schema(
        &self,
        definitions: &mut Definitions,
        of: &dyn Fn(usize, &mut Definitions) -> Json,
    ) -> Json {
        let mut properties = Map::new();
        // Words said so far are of the key that this stands under, not of the first key in it.
        let outer = definitions.take_words();
        let table = definitions.table(self.about);
        for (at, line) in self.lines.iter().enumerate() {
            let mut schema = definitions.under(line.key, |it| of(at, it));
            let mut about = line.about.to_owned();
            let absent = match line.presence {
                Presence::Required => "must be there".to_owned(),
                Presence::Default(text) => {
                    schema["default"] = json_of(text);
                    format!("`{text}`")
                }
                Presence::Absent(meaning) => {
                    about = format!("{about} Without it: {meaning}.");
                    meaning.to_owned()
                }
            };
            let row = Row {
                key: line.key,
                about: line.about,
                absent,
                example: line.example,
                words: definitions.take_words(),
            };
            definitions.row(table, row);
            schema["description"] = about.into();
            schema["examples"] = json!([json_of(line.example)]);
            properties.insert(line.key.to_owned(), schema);
        }
        for (word, about) in &outer {
            definitions.word(word, about);
        }
        let required: Vec<&str> = self.required().map(|line| line.key).collect();
        json!({
            "type": "object",
            "description": self.about,
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        })
    }

    fn layout(&self, of: &dyn Fn(usize) -> Layout) -> Layout {
        let part = |(at, line): (usize, &Line)| Part {
            key: line.key,
            layout: of(at),
            group: line.group,
        };
        Layout::Record(self.lines.iter().enumerate().map(part).collect())
    }
}

impl Line {
    /// Decodes what stands under its key in the map `node`, or what its absence means.
    fn decode(
        &self,
        node: &Node,
        decoder: &mut Decoder,
        table: &Table,
        set: &mut dyn FnMut(&Node, &mut Decoder) -> bool,
    ) -> bool {
        match (node.entry(self.key), self.presence) {
            (Some(entry), Presence::Required) => {
                decoder.under(entry, |decoder| set(&entry.value, decoder))
            }
            (Some(entry), _) if !entry.value.is_null() => {
                decoder.under(entry, |decoder| set(&entry.value, decoder))
            }
            // `key:` without a value is a slip; `key: null` in an override takes a value away.
            (Some(entry), _) if entry.value.is_blank() => decoder.under(entry, |decoder| {
                let message = format!("`{}` has no value", self.key);
                let hint = format!(
                    "write `{}: {}`, or leave the key out",
                    self.key, self.example
                );
                decoder.refuse(&entry.value, message, hint);
                false
            }),
            (None, Presence::Required) => {
                let entries = node.entries().unwrap_or(&[]);
                if is_misspelt(entries, self.key, table.keys()) {
                    return false;
                }
                let message = format!("`{}` is missing", self.key);
                let about = self.about.split_inclusive(". ").next().unwrap_or("").trim();
                let hint = format!("add `{}: {}`: {about}", self.key, self.example);
                let place = decoder.key_place(node);
                decoder.report(Diagnostic::new(message, place).hint(hint));
                false
            }
            (_, Presence::Default(text)) => {
                let node = read(text, SourceId::FILE).expect("a default is YAML");
                let mut fresh = Decoder::of_default();
                let done = set(&node, &mut fresh);
                assert!(done, "the default of `{}` cannot be decoded", self.key);
                true
            }
            (_, Presence::Absent(_)) => true,
        }
    }
}

impl<T: 'static> Form for Record<T> {
    type Value = T;

    fn decode(&self, node: &Node, decoder: &mut Decoder) -> Option<T> {
        let mut target = (self.blank)();
        let setters = &self.setters;
        let complete = self.table.decode(node, decoder, &mut |at, node, decoder| {
            setters[at].set(&mut target, node, decoder)
        });
        let mut checks = self.checks.iter();
        let sound = complete && checks.all(|check| check(&mut target, node, decoder));
        sound.then_some(target)
    }

    fn schema(&self, definitions: &mut Definitions) -> Json {
        let of = |at: usize, definitions: &mut Definitions| self.setters[at].schema(definitions);
        self.table.schema(definitions, &of)
    }

    fn layout(&self) -> Layout {
        self.table.layout(&|at| self.setters[at].layout())
    }
}

/// A value as it would be written, as JSON.
pub(crate) fn json_of(text: &str) -> Json {
    read(text, SourceId::FILE).map_or(Json::Null, |node| node.to_json())
}
