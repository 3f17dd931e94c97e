//! `pullstorm scenarios`.

use super::List;
use crate::args::{Format, Scenarios};
use crate::failure::Failure;
use crate::input;
use crate::terminal::Terminal;
use pullstorm_core::report::{Column, Table};
use pullstorm_core::scenarios::{BUILT_IN, built_in};
use serde::Serialize;

/// A built-in scenario in a list.
#[derive(Serialize)]
struct Entry {
    name: &'static str,
    title: String,
    variants: Vec<String>,
}

/// Lists the built-in scenarios, or prints one.
pub fn run(args: &Scenarios, terminal: &Terminal) -> Result<(), Failure> {
    match &args.name {
        None => list(args.form.format, terminal),
        Some(name) => print(name, args.form.format, terminal),
    }
}

fn list(format: Format, terminal: &Terminal) -> Result<(), Failure> {
    let mut entries = Vec::new();
    for scenario in BUILT_IN {
        let document = input::scenario(scenario.name)?;
        entries.push(Entry {
            name: scenario.name,
            title: document.scenario().title.clone(),
            variants: document
                .variants()
                .iter()
                .map(|variant| variant.name.clone())
                .collect(),
        });
    }
    let mut table = Table::new([
        Column::words("NAME"),
        Column::sentences("WHAT HAPPENED"),
        Column::numbers("VARIANTS"),
    ]);
    for entry in &entries {
        let variants = entry.variants.len().to_string();
        table.row([
            entry.name.into(),
            entry.title.as_str().into(),
            variants.into(),
        ]);
    }
    let list = List {
        schema: "pullstorm-scenarios/1",
        items: &entries,
        table,
        footer: "`pullstorm recommend NAME` says what to change; `pullstorm scenarios NAME > \
                 mine.yaml` gives you the file to begin your own with.",
    };
    list.print(format, terminal)
}

fn print(name: &str, format: Format, terminal: &Terminal) -> Result<(), Failure> {
    let scenario = built_in(name).ok_or_else(|| {
        let names: Vec<&str> = BUILT_IN.iter().map(|scenario| scenario.name).collect();
        Failure::input(format!("there is no built-in scenario `{name}`"))
            .hint(format!("there is {}", names.join(", ")))
    })?;
    match format {
        Format::Text => terminal.print(scenario.text),
        _ => {
            Err(Failure::input("a scenario is printed as its own YAML text")
                .hint("leave --format out"))
        }
    }
}
