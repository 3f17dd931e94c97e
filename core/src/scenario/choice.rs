//! Choices: a scalar that stands for the plain case, or a map with one key that names the case.

use super::decoder::Decoder;
use super::form::{Definitions, Form, listed, refuse_word};
use crate::yaml::merge::Layout;
use crate::yaml::{Node, Scalar, Value};
use serde_json::{Value as Json, json};

/// A form whose value is made from the value of another form.
pub(crate) struct Mapped<F, M>(pub F, pub M);

impl<F: Form, V, M: Fn(F::Value) -> V> Form for Mapped<F, M> {
    type Value = V;

    fn decode(&self, node: &Node, decoder: &mut Decoder) -> Option<V> {
        self.0.decode(node, decoder).map(&self.1)
    }

    fn schema(&self, definitions: &mut Definitions) -> Json {
        self.0.schema(definitions)
    }

    fn layout(&self) -> Layout {
        self.0.layout()
    }
}

/// A list, or the only item of one.
pub(crate) struct OneOrMore<F>(pub F);

impl<F: Form> Form for OneOrMore<F> {
    type Value = Vec<F::Value>;

    fn decode(&self, node: &Node, decoder: &mut Decoder) -> Option<Self::Value> {
        let items = match &node.value {
            Value::List(items) => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        let decoded: Vec<Option<F::Value>> = items
            .iter()
            .map(|item| self.0.decode(item, decoder))
            .collect();
        decoded.into_iter().collect()
    }

    fn schema(&self, definitions: &mut Definitions) -> Json {
        let one = self.0.schema(definitions);
        json!({ "anyOf": [one, { "type": "array", "items": one }] })
    }
}

/// A form that knows what it makes.
pub(crate) type Boxed<V> = Box<dyn Form<Value = V>>;

/// A form that several places share: one definition of the schema, one section of the reference.
pub(crate) struct Defined<F>(pub &'static str, pub F);

impl<F: Form> Form for Defined<F> {
    type Value = F::Value;

    fn decode(&self, node: &Node, decoder: &mut Decoder) -> Option<F::Value> {
        self.1.decode(node, decoder)
    }

    fn schema(&self, definitions: &mut Definitions) -> Json {
        definitions.refer(self.0, |definitions| self.1.schema(definitions))
    }

    fn layout(&self) -> Layout {
        self.1.layout()
    }
}

/// A form that overrides replace whole.
pub(crate) struct Whole<F>(pub F);

impl<F: Form> Form for Whole<F> {
    type Value = F::Value;

    fn decode(&self, node: &Node, decoder: &mut Decoder) -> Option<F::Value> {
        self.0.decode(node, decoder)
    }

    fn schema(&self, definitions: &mut Definitions) -> Json {
        self.0.schema(definitions)
    }
}

/// A scalar, or a map that says more. Overrides replace it whole.
pub(crate) struct ScalarOr<V> {
    /// How the scalar is written.
    pub scalar: Boxed<V>,
    /// How the map is written.
    pub map: Boxed<V>,
    /// The key of the map that the scalar stands for, so that a path can go inside.
    pub short_for: Option<&'static str>,
}

impl<V> Form for ScalarOr<V> {
    type Value = V;

    fn decode(&self, node: &Node, decoder: &mut Decoder) -> Option<V> {
        if node.entries().is_some() {
            self.map.decode(node, decoder)
        } else {
            self.scalar.decode(node, decoder)
        }
    }

    fn schema(&self, definitions: &mut Definitions) -> Json {
        json!({ "anyOf": [self.scalar.schema(definitions), self.map.schema(definitions)] })
    }

    fn layout(&self) -> Layout {
        Layout::Whole {
            short_for: self.short_for,
        }
    }
}

/// `60ms` or `{uniform: [1s, 10s]}`. Overrides replace it whole.
pub(crate) struct Choice<V> {
    /// What it is called, with its article.
    pub noun: &'static str,
    /// How the plain case is written.
    pub plain: Boxed<V>,
    /// The other cases.
    pub cases: Vec<Case<V>>,
}

/// One case of a choice.
pub(crate) struct Case<V> {
    /// Its key.
    pub key: &'static str,
    /// What it means.
    pub about: &'static str,
    /// What is under the key.
    pub form: Boxed<V>,
}

impl<V> Case<V> {
    /// A case whose value is made from the value of a form.
    pub fn new<F: Form + 'static>(
        key: &'static str,
        about: &'static str,
        form: F,
        make: impl Fn(F::Value) -> V + 'static,
    ) -> Self
    where
        V: 'static,
    {
        Case {
            key,
            about,
            form: Box::new(Mapped(form, make)),
        }
    }
}

impl<V> Form for Choice<V> {
    type Value = V;

    fn decode(&self, node: &Node, decoder: &mut Decoder) -> Option<V> {
        let Some(entries) = node.entries() else {
            if node.text().is_some() {
                return self.plain.decode(node, decoder);
            }
            decoder.expected(
                node,
                self.noun,
                self.cases.first().map_or("", |case| case.key),
            );
            return None;
        };
        let keys = self.cases.iter().map(|case| case.key);
        let [entry] = entries else {
            let message = match entries.len() {
                0 => format!("`{}` is an empty map", decoder.name()),
                count => format!("`{}` is a map with {count} keys", decoder.name()),
            };
            decoder.refuse(node, message, format!("write one key of {}", listed(keys)));
            return None;
        };
        let Some(case) = self.cases.iter().find(|case| case.key == entry.key) else {
            let key = Scalar {
                text: entry.key.clone(),
                plain: false,
            };
            let key = Node {
                place: entry.key_place,
                value: Value::Scalar(key),
            };
            refuse_word(&key, keys, decoder);
            return None;
        };
        decoder.under(entry, |decoder| case.form.decode(&entry.value, decoder))
    }

    fn schema(&self, definitions: &mut Definitions) -> Json {
        let mut cases = vec![self.plain.schema(definitions)];
        for case in &self.cases {
            definitions.word(case.key, case.about);
            let schema = definitions.case(case.key, case.about, |it| case.form.schema(it));
            cases.push(json!({
                "type": "object",
                "description": case.about,
                "properties": { case.key: schema },
                "required": [case.key],
                "additionalProperties": false,
            }));
        }
        json!({ "anyOf": cases })
    }
}
