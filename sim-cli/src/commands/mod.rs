//! One file a command.

pub mod baseline;
pub mod capacity;
pub mod catalog;
pub mod check;
pub mod compare;
pub mod diagnose;
pub mod metrics;
pub mod recommend;
pub mod report;
pub mod run;
pub mod scenarios;
pub mod schema;
mod simulate;
pub mod web;

use crate::args::Format;
use crate::failure::Failure;
use crate::terminal::Terminal;
use pullstorm_core::report::{Article, Table};
use serde::Serialize;

/// A list and its forms.
struct List<'a, T> {
    /// What its JSON form is called: `pullstorm-catalog/1`.
    schema: &'static str,
    /// What JSON has of it.
    items: &'a [T],
    /// What the other forms have of it.
    table: Table,
    /// Where to go from here.
    footer: &'a str,
}

impl<T: Serialize> List<'_, T> {
    /// Prints the list in the form asked for.
    fn print(&self, format: Format, terminal: &Terminal) -> Result<(), Failure> {
        #[derive(Serialize)]
        struct Items<'a, T> {
            schema: &'static str,
            items: &'a [T],
        }
        terminal.print(&match format {
            Format::Text => format!(
                "{}\n{}",
                self.table.text(&terminal.page),
                terminal.page.paragraph(self.footer)
            ),
            Format::Markdown => self.table.markdown(),
            Format::Csv => self.table.csv(),
            Format::Json => json(&Items {
                schema: self.schema,
                items: self.items,
            })?,
        })
    }
}

/// Prints what is no table in the form asked for. `schema` is what its JSON form is called.
fn tell(
    schema: &'static str,
    value: &impl Serialize,
    article: &Article,
    format: Format,
    terminal: &Terminal,
) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Named<'a, T> {
        schema: &'static str,
        #[serde(flatten)]
        value: &'a T,
    }
    terminal.print(&match format {
        Format::Text => article.text(&terminal.page),
        Format::Markdown => article.markdown(),
        Format::Json => json(&Named { schema, value })?,
        Format::Csv => {
            return Err(
                Failure::input("this answer is no table, so it has no CSV form")
                    .hint("use --format json"),
            );
        }
    })
}

/// A value as indented JSON with a line feed.
fn json(value: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string_pretty(value)
        .map(|text| text + "\n")
        .map_err(|error| Failure::Own(format!("cannot write JSON: {error}")))
}
