//! `pullstorm catalog`.

use super::{List, tell};
use crate::args::Catalog;
use crate::failure::Failure;
use crate::terminal::Terminal;
use pullstorm_core::catalog::{self, CatalogError, Explanation, nearest};
use pullstorm_core::{report, retry};

/// Lists the catalog, or explains one name in it.
pub fn run(args: &Catalog, terminal: &Terminal) -> Result<(), Failure> {
    let format = args.form.format;
    match args.name.as_deref() {
        None => {
            let items = catalog::list_all();
            let list = List {
                schema: "pullstorm-catalog/1",
                items: &items,
                table: report::catalog(&items),
                footer: "Limits of services first, then mirrors and clients. `pullstorm catalog NAME` explains \
                         one; a name without a date means the one in force. `pullstorm catalog \
                         retry` lists retry policies, `catalog sdks` who has which by default, \
                         `catalog records` every fact.",
            };
            list.print(format, terminal)
        }
        Some("retry") => {
            let items = report::retry_list();
            let list = List {
                schema: "pullstorm-retry-policies/1",
                items: &items,
                table: report::retry_presets(&items),
                footer: "The last column is the longest time from the first to the last attempt \
                         of a call that is throttled every time, sleeps only. In a scenario: \
                         `retry: NAME`. `pullstorm catalog NAME` explains one.",
            };
            list.print(format, terminal)
        }
        Some("sdks") => {
            let items = retry::sdk_defaults();
            let list = List {
                schema: "pullstorm-sdk-defaults/1",
                items,
                table: report::sdks(items),
                footer: "`pullstorm catalog NAME` explains a policy. Settings that are written \
                         down win over any default.",
            };
            list.print(format, terminal)
        }
        Some("records") => {
            let items = catalog::explain_all();
            let list = List {
                schema: "pullstorm-records/1",
                items: &items,
                table: report::records(&items),
                footer: "`pullstorm catalog ID` explains one, with its sources.",
            };
            list.print(format, terminal)
        }
        Some(name) => {
            const SCHEMA: &str = "pullstorm-explanation/1";
            if let Some(entry) = report::retry_entry(name) {
                return tell(
                    SCHEMA,
                    &entry,
                    &report::retry_preset(&entry),
                    format,
                    terminal,
                );
            }
            let explained = catalog::explain(name).map_err(|error| unknown(name, error))?;
            let article = match &explained {
                Explanation::Preset(preset) => report::preset(preset),
                Explanation::Record(record) => report::record(record),
                Explanation::Client(client) => report::client(client),
                Explanation::Mirror(mirror) => report::mirror(mirror),
            };
            tell(SCHEMA, &explained, &article, format, terminal)
        }
    }
}

/// The nearest names of all that can be explained: presets, clients, mirrors, retry policies and records.
fn unknown(name: &str, error: CatalogError) -> Failure {
    if !matches!(error, CatalogError::UnknownPreset { .. }) {
        return Failure::input(error);
    }
    let presets = catalog::catalog().presets().iter();
    let policies: Vec<retry::Preset> = retry::presets().collect();
    let names = presets
        .map(|preset| preset.family.as_str())
        .chain(catalog::clients().iter().map(|client| client.name.as_str()))
        .chain(catalog::mirrors().iter().map(|mirror| mirror.name.as_str()))
        .chain(policies.iter().map(|policy| policy.name))
        .chain(policies.iter().flat_map(|policy| policy.aliases).copied())
        .chain(
            catalog::catalog()
                .records()
                .map(|record| record.id.as_str()),
        );
    let failure = Failure::input(format!("the catalog has no `{name}`"));
    let limiting = catalog::catalog().limiting(name);
    if !limiting.is_empty() {
        let presets: Vec<&str> = limiting.iter().map(|it| it.family.as_str()).collect();
        return failure.hint(format!(
            "it is an operation; its limits are in `{}`: `pullstorm catalog {}`",
            presets.join("`, `"),
            presets[0]
        ));
    }
    match nearest(name, names, 3).as_slice() {
        [] => failure.hint("`pullstorm catalog`, `catalog retry` and `catalog records` list all"),
        near => failure.hint(format!("did you mean `{}`?", near.join("` or `"))),
    }
}
