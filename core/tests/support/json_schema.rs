//! The part of JSON Schema (draft 2020-12) that the scenario language uses, checked by the book.

use regex::Regex;
use serde_json::{Map, Value};

/// Keywords that say nothing about validity.
const ANNOTATIONS: [&str; 8] = [
    "$schema",
    "$defs",
    "title",
    "description",
    "default",
    "examples",
    "format",
    "then",
];

/// Why `value` does not follow `schema`, a part of `root`; empty if it does.
pub fn violations(value: &Value, schema: &Value, root: &Value, path: &str) -> Vec<String> {
    let Value::Object(schema) = schema else {
        panic!("a schema is an object, at {path}");
    };
    schema
        .iter()
        .flat_map(|(keyword, rule)| violation(keyword, rule, schema, value, root, path))
        .collect()
}

fn violation(
    keyword: &str,
    rule: &Value,
    schema: &Map<String, Value>,
    value: &Value,
    root: &Value,
    path: &str,
) -> Vec<String> {
    let valid = |part: &Value, schema: &Value| violations(part, schema, root, path).is_empty();
    let check = |fine: bool| {
        if fine {
            vec![]
        } else {
            vec![format!("{path}: {keyword} {rule:.80}")]
        }
    };
    let empty = Map::new();
    let object = value.as_object().unwrap_or(&empty);
    let number = value.as_f64();
    match keyword {
        "$ref" => {
            let name = rule.as_str().unwrap().strip_prefix("#/$defs/").unwrap();
            violations(value, &root["$defs"][name], root, path)
        }
        "type" => check(match rule.as_str().unwrap() {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "boolean" => value.is_boolean(),
            "number" => value.is_number(),
            "integer" => value.is_u64() || value.is_i64(),
            other => panic!("no such type: {other}"),
        }),
        "const" => check(value == rule),
        "enum" => check(rule.as_array().unwrap().contains(value)),
        "anyOf" => check(
            rule.as_array()
                .unwrap()
                .iter()
                .any(|case| valid(value, case)),
        ),
        "oneOf" => {
            let cases = rule.as_array().unwrap();
            check(cases.iter().filter(|case| valid(value, case)).count() == 1)
        }
        "allOf" => {
            let cases = rule.as_array().unwrap().iter();
            cases
                .flat_map(|case| violations(value, case, root, path))
                .collect()
        }
        "if" if valid(value, rule) => violations(value, &schema["then"], root, path),
        "if" => vec![],
        "properties" => {
            let parts = rule.as_object().unwrap().iter();
            parts
                .filter_map(|(key, schema)| Some((key, object.get(key)?, schema)))
                .flat_map(|(key, part, schema)| {
                    violations(part, schema, root, &format!("{path}.{key}"))
                })
                .collect()
        }
        "required" => {
            let mut keys = rule.as_array().unwrap().iter();
            check(!value.is_object() || keys.all(|key| object.contains_key(key.as_str().unwrap())))
        }
        "additionalProperties" => {
            let known = schema
                .get("properties")
                .and_then(Value::as_object)
                .unwrap_or(&empty);
            let others = object.iter().filter(|(key, _)| !known.contains_key(*key));
            others
                .flat_map(|(key, part)| match rule {
                    Value::Bool(false) => vec![format!("{path}: no key {key}")],
                    schema => violations(part, schema, root, &format!("{path}.{key}")),
                })
                .collect()
        }
        "propertyNames" => {
            let names = object.keys().map(|key| Value::from(key.as_str()));
            names
                .flat_map(|name| violations(&name, rule, root, path))
                .collect()
        }
        "items" => {
            let items = value
                .as_array()
                .map(Vec::as_slice)
                .unwrap_or_default()
                .iter();
            items
                .flat_map(|item| violations(item, rule, root, path))
                .collect()
        }
        "minItems" => check(
            value
                .as_array()
                .is_none_or(|it| it.len() as u64 >= limit(rule)),
        ),
        "maxItems" => check(
            value
                .as_array()
                .is_none_or(|it| it.len() as u64 <= limit(rule)),
        ),
        "minProperties" => check(!value.is_object() || object.len() as u64 >= limit(rule)),
        "minimum" => check(number.is_none_or(|number| number >= rule.as_f64().unwrap())),
        "maximum" => check(number.is_none_or(|number| number <= rule.as_f64().unwrap())),
        "pattern" => {
            let pattern = Regex::new(rule.as_str().unwrap()).unwrap();
            check(value.as_str().is_none_or(|text| pattern.is_match(text)))
        }
        annotation => {
            assert!(
                ANNOTATIONS.contains(&annotation),
                "the keyword {annotation} is not known here"
            );
            vec![]
        }
    }
}

fn limit(rule: &Value) -> u64 {
    rule.as_u64().unwrap()
}
