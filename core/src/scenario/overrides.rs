//! Overrides as variants write them: `{workloads.ci.jobs: 16}`, or the same as nested maps.

use super::decoder::Decoder;
use super::form::{Definitions, Form};
use crate::yaml::merge::{Layout, Step};
use crate::yaml::{Diagnostic, Node, Path, Place, Value};
use serde_json::{Value as Json, json};

/// A value and the path it is set under.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Override {
    /// The path, each name with its place.
    pub path: Vec<Step>,
    /// The value.
    pub value: Node,
}

impl Override {
    /// The override that a path written at `place` and a value make.
    ///
    /// # Errors
    /// A text that is no path, and paths to what no override changes.
    pub fn new(path: &str, place: Place, value: Node) -> Result<Self, Box<Diagnostic>> {
        let names = match Path::parse(path) {
            Ok(path) => path,
            Err(error) => return Err(Diagnostic::new(error.to_string(), place).into()),
        };
        if let Some(fixed @ ("pullstorm" | "variants")) = names.names().first().map(String::as_str)
        {
            let message = format!("`{fixed}` cannot be overridden");
            return Err(Diagnostic::new(message, place)
                .hint("set something else")
                .into());
        }
        // A quoted key is longer than its path; then the whole key is the place of each name.
        let is_plain = (place.end - place.start) as usize == path.len();
        let mut start = place.start;
        let path = names
            .names()
            .iter()
            .map(|name| {
                let end = start + name.len() as u32;
                let own = Place::new(place.source, start, end);
                start = end + 1;
                (name.clone(), if is_plain { own } else { place })
            })
            .collect();
        Ok(Override { path, value })
    }

    /// The path as it is written.
    pub fn names(&self) -> String {
        let names: Vec<&str> = self.path.iter().map(|(name, _)| name.as_str()).collect();
        names.join(".")
    }

    /// The values it sets, each with its path and as one line of YAML.
    pub fn leaves(&self, language: &Layout) -> Vec<(String, String)> {
        let names = self.path.iter();
        let layout = names.fold(language, |layout, (name, _)| layout.under(name));
        let mut leaves = Vec::new();
        collect(&self.names(), &self.value, layout, &mut leaves);
        leaves
    }
}

fn collect(path: &str, node: &Node, layout: &Layout, leaves: &mut Vec<(String, String)>) {
    match (&node.value, layout) {
        (Value::Map(entries), Layout::Names { .. } | Layout::Record(_)) => {
            for entry in entries {
                let under = layout.under(&entry.key);
                collect(
                    &format!("{path}.{}", entry.key),
                    &entry.value,
                    under,
                    leaves,
                );
            }
        }
        _ => leaves.push((path.to_owned(), node.to_flow())),
    }
}

/// What variants have in common: they are compared by it.
const OF_ALL: [(&str, &str); 9] = [
    ("name", "the name of the scenario"),
    ("title", "what the scenario is called"),
    (
        "about",
        "`about` beside `set` says what the variant changes",
    ),
    (
        "seed",
        "all variants have the same random numbers; `--seed` changes them",
    ),
    (
        "runs",
        "all variants have as many runs; `--runs` changes them",
    ),
    ("expect", "all variants are judged by the same expectations"),
    ("load", "all variants are judged over the same load"),
    ("tune", "what may be tuned is said once"),
    ("check", "what is checked is said once"),
];

/// The form of `set:`.
pub(crate) struct Overrides;

impl Form for Overrides {
    type Value = Vec<Override>;

    fn decode(&self, node: &Node, decoder: &mut Decoder) -> Option<Self::Value> {
        let Some(entries) = node.entries() else {
            let example = "{workloads.ci.login: per-job}";
            decoder.expected(node, "a map from paths to values", example);
            return None;
        };
        if entries.is_empty() {
            decoder.refuse(
                node,
                "this variant sets nothing",
                "write what it changes, as in {workloads.ci.jobs: 16}",
            );
            return None;
        }
        let overrides: Vec<Option<Override>> = entries
            .iter()
            .map(|entry| {
                if entry.value.is_blank() {
                    let message = format!("`{}` has no value", entry.key);
                    let hint = "write a value, or `null` to take one away";
                    decoder.report(Diagnostic::new(message, entry.key_place).hint(hint));
                    return None;
                }
                let first = entry.key.split('.').next().unwrap_or_default();
                if let Some((_, why)) = OF_ALL.iter().find(|(fixed, _)| *fixed == first) {
                    let message = format!("a variant cannot set `{first}`");
                    decoder.report(Diagnostic::new(message, entry.key_place).hint(*why));
                    return None;
                }
                Override::new(&entry.key, entry.key_place, entry.value.clone())
                    .map_err(|problem| decoder.report(*problem))
                    .ok()
            })
            .collect();
        overrides.into_iter().collect()
    }

    fn schema(&self, _: &mut Definitions) -> Json {
        json!({ "type": "object", "minProperties": 1 })
    }
}
