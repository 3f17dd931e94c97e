//! From the schema and what is written to controls.

use super::{Control, Form, Measure};
use crate::yaml::Node;
use serde_json::Value as Json;

/// Records inside records are followed this far.
const DEPTH_MAX: u32 = 8;

/// Sections that say what is simulated; the others say what is told or expected of it.
const SECTIONS: [&str; 4] = ["workloads", "services", "nats", "images"];

/// What is simulated of them: how long.
const HORIZON: &str = "horizon";

/// The controls of all values that are written, and of those that are not where a record is.
pub(super) fn walk(root: &Node, schema: &Json) -> Vec<Control> {
    let mut walk = Walk {
        schema,
        controls: Vec::new(),
    };
    for section in SECTIONS {
        let Some(node) = root.get(section) else {
            continue;
        };
        walk.value(section, &schema["properties"][section], Some(node), 0);
    }
    let horizon = &schema["properties"][HORIZON];
    walk.value(HORIZON, horizon, root.get(HORIZON), 0);
    walk.controls
}

struct Walk<'s> {
    schema: &'s Json,
    controls: Vec<Control>,
}

impl<'s> Walk<'s> {
    /// What a schema refers to, and what that is called.
    fn resolve(&self, schema: &'s Json) -> (&'s Json, &'s str) {
        let name = schema["$ref"]
            .as_str()
            .and_then(|text| text.rsplit('/').next());
        match name {
            Some(name) => (&self.schema["$defs"][name], name),
            None => (schema, ""),
        }
    }

    fn value(&mut self, path: &str, schema: &'s Json, node: Option<&Node>, depth: u32) {
        if depth > DEPTH_MAX {
            return;
        }
        let (resolved, name) = self.resolve(schema);
        let is_map = node.is_some_and(|node| node.entries().is_some());
        if is_map {
            return self.map(path, resolved, node.expect("it is a map"), depth);
        }
        let is_list = node.is_some_and(|node| node.text().is_none());
        // A text of several lines is edited, not turned.
        let is_long = node
            .and_then(Node::text)
            .is_some_and(|text| text.contains('\n'));
        if let Some(form) = self.form(resolved, name).filter(|_| !is_list && !is_long) {
            let default = match &schema["default"] {
                Json::Null => None,
                Json::String(text) => Some(text.clone()),
                other => Some(other.to_string()),
            };
            self.controls.push(Control {
                path: path.to_owned(),
                about: schema["description"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned(),
                value: node.map(Node::to_flow),
                default,
                form,
                lever: None,
                weight: 0,
            });
        }
    }

    /// What is inside a map: a record's keys, or the things of a map of names.
    fn map(&mut self, path: &str, schema: &'s Json, node: &Node, depth: u32) {
        let has = |record: &Json| {
            let keys = node.entries().unwrap_or_default();
            keys.iter()
                .all(|entry| record["properties"].get(&entry.key).is_some())
        };
        for choice in ["anyOf", "oneOf"] {
            for option in schema[choice].as_array().into_iter().flatten() {
                let (option, _) = self.resolve(option);
                if option["type"] == "object" && has(option) {
                    return self.map(path, option, node, depth);
                }
            }
        }
        for option in schema["allOf"].as_array().into_iter().flatten() {
            let condition = &option["if"]["properties"]["kind"]["const"];
            let kind = node.get("kind").and_then(Node::text);
            if condition.as_str().is_some() && condition.as_str() == kind {
                let (record, _) = self.resolve(&option["then"]);
                return self.map(path, record, node, depth);
            }
        }
        if let (Some(properties), false) =
            (schema["properties"].as_object(), schema["allOf"].is_array())
        {
            for (key, property) in properties {
                self.value(&format!("{path}.{key}"), property, node.get(key), depth + 1);
            }
        } else if schema["additionalProperties"].is_object() {
            for entry in node.entries().unwrap_or_default() {
                let below = &schema["additionalProperties"];
                let path = format!("{path}.{}", entry.key);
                self.value(&path, below, Some(&entry.value), depth + 1);
            }
        }
    }

    /// How a scalar of a schema is written; `None` where there is none, or but one.
    fn form(&self, schema: &'s Json, name: &str) -> Option<Form> {
        let measure = match name {
            "time" | "varying-time" => Some(Measure::Time),
            "rate" => Some(Measure::Rate),
            "share" => Some(Measure::Share),
            "bytes" => Some(Measure::Bytes),
            _ => None,
        };
        if let Some(measure) = measure {
            return Some(Form::Quantity(measure));
        }
        match schema["type"].as_str() {
            Some("boolean") => return Some(Form::Flag),
            Some("integer") => {
                return Some(Form::Count {
                    min: schema["minimum"].as_u64().unwrap_or(0),
                    max: schema["maximum"].as_u64().unwrap_or(u64::from(u32::MAX)),
                });
            }
            Some("number") => return Some(Form::Quantity(Measure::Number)),
            Some("string") => return Some(Form::Text),
            _ => {}
        }
        let mut choices = Vec::new();
        for key in ["oneOf", "anyOf"] {
            for option in schema[key].as_array().into_iter().flatten() {
                let (resolved, name) = self.resolve(option);
                if let Some(value) = resolved["const"].as_str() {
                    let about = resolved["description"].as_str().unwrap_or_default();
                    choices.push((value.to_owned(), about.to_owned()));
                } else if resolved["const"].is_null() {
                    match self.form(resolved, name) {
                        Some(Form::Choice(more)) => choices.extend(more),
                        Some(form) if choices.is_empty() => return Some(form),
                        _ => {}
                    }
                }
            }
        }
        (!choices.is_empty()).then_some(Form::Choice(choices))
    }
}
