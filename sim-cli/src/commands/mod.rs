//! One file a command.

pub mod catalog;
pub mod compare;
pub mod diagnose;
pub mod metrics;
pub mod recommend;
pub mod run;
pub mod scenarios;
pub mod schema;
mod simulate;

use crate::args::Format;
use crate::failure::Failure;
use crate::terminal::Terminal;
use pullstorm_core::report::Table;
use serde::Serialize;

/// Prints a list in the form asked for; `items` are what JSON has of it.
fn print_list(
    table: &Table,
    items: &impl Serialize,
    footer: &str,
    format: Format,
    terminal: &Terminal,
) -> Result<(), Failure> {
    let text = match format {
        Format::Text => format!(
            "{}\n{}",
            table.text(&terminal.page),
            terminal.page.paragraph(footer)
        ),
        Format::Markdown => table.markdown(),
        Format::Csv => table.csv(),
        Format::Json => json(items)?,
    };
    terminal.print(&text)
}

/// A value as indented JSON with a line feed.
fn json(value: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string_pretty(value)
        .map(|text| text + "\n")
        .map_err(|error| Failure::Own(format!("cannot write JSON: {error}")))
}

/// That an answer is no table.
fn no_csv(what: &str) -> Failure {
    Failure::input(format!("{what} has no CSV form")).hint("use --format json")
}
