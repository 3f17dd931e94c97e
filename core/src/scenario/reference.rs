//! The reference page of the scenario language, written from the tables that decode it.

use super::definitions::{Definitions, Row, Table};
use super::form::Form;
use super::root;
use crate::retry::{Need, StrategyKind, presets};
use std::fmt::Write;

const INTRODUCTION: &str = "\
# The scenario language

A scenario is a YAML file that says what is called, who calls it, and what should hold. This page is
written from the tables that read it; `pullstorm schema` prints the same as a JSON Schema, with
which editors complete and check. Begin a file with

```yaml
# yaml-language-server: $schema=./scenario.schema.json
pullstorm: 1
```

## How values are written

| value | examples |
|---|---|
| time | `250ms`, `1.5s`, `2min`, `1m30s`, `6h`, `1d`; a number without a unit is refused, except `0` |
| rate | `4/s`, `60/min`, `1/250ms`, `100 per 6h`, and `100;w=21600` as registries write it |
| count | `32`, `1_000` (`_` between digits), `20k`, `1.5M` |
| share | `75%`, `0.1%` |
| size | `450MB` (decimal: k, M, G, T), `512Mi` or `512MiB` (binary), `0` |
| bandwidth | `1Gbit/s`, `500Mbit/s` (bits), `125MB/s`, `100MiB/s` (bytes) |
| time that varies | a time, or `{uniform: [1s, 10s]}`, `{exponential: 2s}`, \
`{lognormal: {median: 1s, sigma: 0.5}}`, `{normal: {mean: 1s, deviation: 200ms, min: 0s, max: 3s}}`, \
`{abs-normal: {mean: 1s, deviation: 200ms}}`, `{empirical: [1s, 2s]}` |
| name | letters, digits, `-` and `_` |

## Paths and overrides

A path is names joined by dots: `workloads.ci.jobs`. The same paths are used by variants, `--set`,
`--sweep` and `load`. A variant sets values; everything else stays as it is:

```yaml
variants:
  tuned:
    about: A retry policy that lasts longer than the bucket needs
    set:
      workloads.ci.retry: {strategy: full-jitter, base: 2s, cap: 20s, attempts: 12}
```

Maps merge. Lists and choices (a retry policy, a time that varies, the algorithm of a limiter, `begin`)
are replaced whole, but a path can go inside: `workloads.ci.retry.attempts` changes one parameter, also
of a preset. `null` takes a value away. A `--set` changes what the variants begin from; a variant that
sets the same path keeps its own value, which is said. Two values of one variant for the same thing are
a mistake, and so is a variant that sets what all have in common: `expect`, `seed`, `runs`, `load`.

YAML is read as YAML 1.2, one document a file, without tags and merge keys; anchors and aliases work.
";

/// The reference page as Markdown.
pub fn reference() -> String {
    let mut definitions = Definitions::default();
    root::file().schema(&mut definitions);
    let mut page = INTRODUCTION.to_owned();
    for table in definitions.tables() {
        // The introduction shows these as examples.
        if !table.heading.starts_with("varying-time") {
            section(&mut page, table);
        }
    }
    retry(&mut page);
    page
}

fn section(page: &mut String, table: &Table) {
    let heading = match table.heading.as_str() {
        "" => "The file".to_owned(),
        heading => format!("`{heading}`"),
    };
    // Writing to a string cannot fail.
    let _ = write!(page, "\n## {heading}\n\n{}\n\n", table.about);
    page.push_str("| key | meaning | without it | example |\n|---|---|---|---|\n");
    for row in &table.rows {
        let cells = [
            format!("`{}`", row.key),
            meaning(row),
            row.absent.clone(),
            format!("`{}`", row.example),
        ];
        let cells = cells.map(|cell| cell.replace('|', "\\|").replace('\n', " "));
        let _ = writeln!(page, "| {} |", cells.join(" | "));
    }
}

fn meaning(row: &Row) -> String {
    let words: Vec<String> = row
        .words
        .iter()
        .map(|(word, about)| format!("`{word}`: {}", lowered(about)))
        .collect();
    if words.is_empty() {
        row.about.to_owned()
    } else {
        format!("{} {}", row.about, words.join("; "))
    }
}

/// A sentence as part of another one.
fn lowered(sentence: &str) -> String {
    let sentence = sentence.trim_end_matches('.');
    let mut letters = sentence.chars();
    let first_word = sentence.split(' ').next().unwrap_or_default();
    // Two capitals make a name: `AWS`, `GitHub`.
    let is_name = first_word.chars().filter(|it| it.is_uppercase()).count() > 1;
    match letters.next() {
        Some(first) if !is_name && letters.clone().next().is_some_and(char::is_lowercase) => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => sentence.to_owned(),
    }
}

fn retry(page: &mut String) {
    page.push_str(
        "\n## `retry`\n\n`none`, the name of a preset, `{preset: NAME, …}` with some parameters \
         set anew, or `{strategy: NAME, …}` with its parameters. Harness account settings \
         (`AmazonSDKDefaultBackoffStrategy_maxErrorRetry` and its three siblings) can be pasted as \
         they are: a count of retries, and milliseconds.\n\n| preset | what it is |\n|---|---|\n",
    );
    for preset in presets() {
        let _ = writeln!(page, "| `{}` | {} |", preset.name, preset.describe());
    }
    page.push_str("\n| strategy | must have | can have |\n|---|---|---|\n");
    for kind in StrategyKind::ALL {
        let with = |wanted: Need| {
            let parameters = kind.parameters().iter().filter(|(_, need)| *need == wanted);
            let keys: Vec<String> = parameters
                .map(|(parameter, _)| format!("`{}`", super::retry::key_of(*parameter)))
                .collect();
            keys.join(", ")
        };
        let (must, can) = (with(Need::Required), with(Need::Optional));
        let _ = writeln!(page, "| `{}` | {must} | {can} |", kind.name());
    }
    page.push_str("\n| parameter | meaning | example |\n|---|---|---|\n");
    for parameter in crate::retry::Parameter::ALL {
        let (key, about) = (
            super::retry::key_of(parameter),
            super::retry::about(parameter),
        );
        let _ = writeln!(
            page,
            "| `{key}` | {about} | `{}` |",
            super::retry::sample(parameter)
        );
    }
}
