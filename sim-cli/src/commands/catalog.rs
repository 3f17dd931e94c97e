//! `pullstorm catalog`.

use super::{json, no_csv, print_list};
use crate::args::{Catalog, Format};
use crate::failure::Failure;
use crate::terminal::Terminal;
use pullstorm_core::catalog::{self, CatalogError, Explanation, nearest};
use pullstorm_core::report::{self, Article};
use pullstorm_core::retry;

/// Lists the catalog, or explains one name in it.
pub fn run(args: &Catalog, terminal: &Terminal) -> Result<(), Failure> {
    let format = args.form.format;
    match args.name.as_deref() {
        None => {
            let entries = catalog::list();
            let footer = "`pullstorm catalog NAME` explains one; a name without a date means the \
                          one in force. `pullstorm catalog retry` lists retry policies, \
                          `catalog sdks` who has which by default, `catalog records` every fact.";
            print_list(
                &report::presets(&entries),
                &entries,
                footer,
                format,
                terminal,
            )
        }
        Some("retry") => {
            let entries = report::retry_list();
            let footer = "The last column is the longest time from the first to the last attempt of \
                          a call that is throttled every time, sleeps only. In a scenario: \
                          `retry: NAME`. `pullstorm catalog NAME` explains one.";
            print_list(
                &report::retry_presets(&entries),
                &entries,
                footer,
                format,
                terminal,
            )
        }
        Some("sdks") => {
            let defaults = retry::sdk_defaults();
            let footer = "`pullstorm catalog NAME` explains a policy. Settings that are written \
                          down win over any default.";
            print_list(&report::sdks(defaults), &defaults, footer, format, terminal)
        }
        Some("records") => {
            let records = catalog::explain_all();
            let footer = "`pullstorm catalog ID` explains one, with its sources.";
            print_list(
                &report::records(&records),
                &records,
                footer,
                format,
                terminal,
            )
        }
        Some(name) => explain(name, format, terminal),
    }
}

fn explain(name: &str, format: Format, terminal: &Terminal) -> Result<(), Failure> {
    if let Some(entry) = report::retry_entry(name) {
        return print(
            &report::retry_preset(&entry),
            || json(&entry),
            format,
            terminal,
        );
    }
    let explained = catalog::explain(name).map_err(|error| unknown(name, error))?;
    let article = match &explained {
        Explanation::Preset(preset) => report::preset(preset),
        Explanation::Record(record) => report::record(record),
    };
    print(&article, || json(&explained), format, terminal)
}

fn print(
    article: &Article,
    json: impl Fn() -> Result<String, Failure>,
    format: Format,
    terminal: &Terminal,
) -> Result<(), Failure> {
    let text = match format {
        Format::Text => article.text(&terminal.page),
        Format::Markdown => article.markdown(),
        Format::Json => json()?,
        Format::Csv => return Err(no_csv("an explanation")),
    };
    terminal.print(&text)
}

/// The nearest names of all that can be explained: presets, retry policies and records.
fn unknown(name: &str, error: CatalogError) -> Failure {
    if !matches!(error, CatalogError::UnknownPreset { .. }) {
        return Failure::input(error);
    }
    let presets = catalog::catalog().presets().iter();
    let policies: Vec<retry::Preset> = retry::presets().collect();
    let names = presets
        .map(|preset| preset.family.as_str())
        .chain(policies.iter().map(|policy| policy.name))
        .chain(policies.iter().flat_map(|policy| policy.aliases).copied())
        .chain(
            catalog::catalog()
                .records()
                .map(|record| record.id.as_str()),
        );
    let failure = Failure::input(format!("the catalog has no `{name}`"));
    match nearest(name, names, 3).as_slice() {
        [] => failure.hint("`pullstorm catalog`, `catalog retry` and `catalog records` list all"),
        near => failure.hint(format!("did you mean `{}`?", near.join("` or `"))),
    }
}
