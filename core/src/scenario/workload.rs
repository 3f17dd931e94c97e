//! The kinds of workloads.
//!
//! Another kind is a file with its table, and a line in [`KINDS`].

use super::choice::Boxed;
use super::decoder::Decoder;
use super::form::{Definitions, Form, refuse_word};
use super::model::Workload;
use super::{
    api_callers, ci_fanout, ecs_deployment, herd, image_pulls, image_pushes, kubernetes_rollout,
    replay, scale_out, swarm_service,
};
use crate::yaml::Node;
use crate::yaml::merge::Layout;
use serde_json::{Value as Json, json};

/// All kinds.
const KINDS: &[Kind] = &[
    ci_fanout::KIND,
    api_callers::KIND,
    image_pulls::KIND,
    image_pushes::KIND,
    swarm_service::KIND,
    ecs_deployment::KIND,
    kubernetes_rollout::KIND,
    scale_out::KIND,
    herd::KIND,
    replay::KIND,
];

/// A kind of workload.
pub(crate) struct Kind {
    /// What stands after `kind:`.
    pub word: &'static str,
    /// How the workload is written.
    pub form: fn() -> Boxed<Workload>,
}

impl Kind {
    /// The form of the `kind` key itself.
    pub const fn word(&self) -> Word {
        Word(self.word)
    }
}

/// This word and no other.
pub(crate) struct Word(&'static str);

impl Form for Word {
    type Value = ();

    fn decode(&self, node: &Node, _: &mut Decoder) -> Option<()> {
        (node.text() == Some(self.0)).then_some(())
    }

    fn schema(&self, _: &mut Definitions) -> Json {
        json!({ "const": self.0 })
    }
}

/// A workload of any kind.
pub(crate) struct AnyWorkload;

impl Form for AnyWorkload {
    type Value = Workload;

    fn decode(&self, node: &Node, decoder: &mut Decoder) -> Option<Workload> {
        let words = KINDS.iter().map(|kind| kind.word);
        let Some(entry) = node.entry("kind") else {
            if node.entries().is_none() {
                decoder.expected(node, "a workload", "{kind: ci-fanout, …}");
            } else {
                let hint = format!("add `kind:` with one of {}", super::form::listed(words));
                decoder.refuse(node, "`kind` is missing", hint);
            }
            return None;
        };
        match KINDS
            .iter()
            .find(|kind| entry.value.text() == Some(kind.word))
        {
            Some(kind) => (kind.form)().decode(node, decoder),
            None => {
                decoder.under(entry, |decoder| refuse_word(&entry.value, words, decoder));
                None
            }
        }
    }

    fn schema(&self, definitions: &mut Definitions) -> Json {
        let kinds: Vec<Json> = KINDS
            .iter()
            .map(|kind| {
                let form = (kind.form)();
                let schema = definitions.refer(kind.word, |definitions| form.schema(definitions));
                let is_kind = json!({ "properties": { "kind": { "const": kind.word } } });
                json!({ "if": is_kind, "then": schema })
            })
            .collect();
        let words: Vec<&str> = KINDS.iter().map(|kind| kind.word).collect();
        json!({
            "type": "object",
            "properties": { "kind": { "enum": words } },
            "required": ["kind"],
            "allOf": kinds,
        })
    }

    /// All keys of all kinds: a key of two kinds is written in the same way in both.
    fn layout(&self) -> Layout {
        let mut parts = Vec::new();
        for kind in KINDS {
            if let Layout::Record(fields) = (kind.form)().layout() {
                parts.extend(fields);
            }
        }
        Layout::Record(parts)
    }
}
