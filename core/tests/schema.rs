//! The JSON Schema: the file beside the scenarios, and whether it says what the decoder does.

#[path = "support/json_schema.rs"]
mod json_schema;

use json_schema::violations;
use pullstorm_core::scenario::{Document, reference, schema};
use pullstorm_core::yaml::{SourceId, read};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Compares a file with what it should be; writes it where `PULLSTORM_UPDATE` is set.
fn in_step(file: &str, expected: &str) {
    let path = project().join(file);
    if std::env::var_os("PULLSTORM_UPDATE").is_some() {
        fs::write(&path, expected).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == expected,
        "{file} is behind; PULLSTORM_UPDATE=1 cargo test -p pullstorm-core --test schema writes it"
    );
}

fn violations_of(text: &str) -> Vec<String> {
    let schema = schema();
    violations(
        &read(text, SourceId::FILE).unwrap().to_json(),
        &schema,
        &schema,
        "",
    )
}

#[test]
fn the_file_beside_the_scenarios_is_the_schema_of_the_decoder() {
    let text = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    in_step("scenarios/scenario.schema.json", &text);
}

#[test]
fn the_reference_page_is_written_from_the_tables() {
    in_step("docs/scenario-language.md", &reference());
}

#[test]
fn the_built_in_scenarios_follow_the_schema_and_refer_to_it() {
    let mut seen = 0;
    for entry in fs::read_dir(project().join("scenarios")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let name = path.display().to_string();
        assert_eq!(violations_of(&text), Vec::<String>::new(), "{name}");
        assert!(
            text.starts_with("# yaml-language-server: $schema="),
            "{name}"
        );
        Document::parse(&name, text.as_bytes()).unwrap_or_else(|problems| panic!("{problems}"));
        seen += 1;
    }
    assert!(seen > 0, "there are built-in scenarios");
}

#[test]
fn the_scenario_with_every_key_follows_the_schema_and_uses_every_key() {
    let text = include_str!("support/every_key.yaml");
    assert_eq!(violations_of(text), Vec::<String>::new());
    let schema = schema();
    let kinds = ["ci-fanout", "api-callers"].map(|kind| &schema["$defs"][kind]);
    let service = &schema["properties"]["services"]["additionalProperties"];
    let limiter = &service["properties"]["limiters"]["additionalProperties"];
    for table in kinds.into_iter().chain([&schema, limiter]) {
        for key in table["properties"].as_object().unwrap().keys() {
            assert!(text.contains(&format!("{key}:")), "{key}");
        }
    }
}

#[test]
fn every_example_and_default_follows_its_own_schema() {
    fn visit(part: &Value, root: &Value, path: &str, seen: &mut usize) {
        let Value::Object(schema) = part else {
            return;
        };
        let examples = schema.get("examples").and_then(Value::as_array);
        for value in examples.into_iter().flatten().chain(schema.get("default")) {
            assert_eq!(
                violations(value, part, root, path),
                Vec::<String>::new(),
                "{path}: {value}"
            );
            *seen += 1;
        }
        for (key, part) in schema {
            match part {
                Value::Array(parts) if key != "examples" => {
                    for part in parts {
                        visit(part, root, &format!("{path}/{key}"), seen);
                    }
                }
                _ => visit(part, root, &format!("{path}/{key}"), seen),
            }
        }
    }
    let (schema, mut seen) = (schema(), 0);
    visit(&schema, &schema, "", &mut seen);
    assert!(seen > 100, "{seen} examples and defaults");
}

#[test]
fn the_schema_refuses_what_editors_should_underline() {
    let good = "{pullstorm: 1, name: x, services: {ecr: {latency: 60ms}}, \
                workloads: {ci: {kind: ci-fanout, service: ecr, jobs: 32, retry: none}}}";
    assert_eq!(violations_of(good), Vec::<String>::new());
    for (from, to) in [
        ("pullstorm: 1", "pullstorm: 2"),
        ("60ms", "60"),
        ("60ms", "{uniform: [1s]}"),
        ("jobs: 32", "jbos: 32"),
        ("jobs: 32", "jobs: -1"),
        ("jobs: 32, ", ""),
        ("ci-fanout", "ci-fan-out"),
        ("retry: none", "retry: full-jitter"),
        ("retry: none", "retry: {strategy: fixed, delay: 1s}"),
        ("name: x", "name: two words"),
    ] {
        let bad = good.replace(from, to);
        assert_ne!(violations_of(&bad), Vec::<String>::new(), "{bad}");
        assert!(Document::parse("bad", bad.as_bytes()).is_err(), "{bad}");
    }
}
