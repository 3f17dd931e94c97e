//! The table of a whole scenario.

use super::choice::{Mapped, OneOrMore};
use super::decoder::Decoder;
use super::expectation::expectation;
use super::form::{At, Bytes, Count, Definitions, Form, ListOf, Name, NamesOf, Text, Time};
use super::image::image;
use super::instant::Instant;
use super::model::{Load, Named, Scenario};
use super::nat::nat;
use super::overrides::{Override, Overrides};
use super::record::Record;
use super::service::service;
use super::tune::Tunes;
use super::workload::AnyWorkload;
use crate::units::{Span, text};
use crate::yaml::{Node, Path};
use serde_json::{Value as Json, json};

/// The version of the language that is read.
pub const VERSION: u64 = 1;

/// A scenario as its file has it: variants not yet applied.
pub(crate) struct File {
    /// The scenario without its variants: *today*.
    pub today: Scenario,
    /// The variants.
    pub variants: Vec<Named<VariantText>>,
}

/// A variant as it is written.
pub(crate) struct VariantText {
    /// What it changes, for people.
    pub about: String,
    /// What it sets.
    pub set: Vec<Override>,
}

impl File {
    fn blank() -> Self {
        let today = Scenario {
            name: String::new(),
            title: String::new(),
            about: String::new(),
            start_unix_nanos: None,
            horizon: Span::ZERO,
            seed: 0,
            runs: None,
            memory: 0,
            services: Vec::new(),
            images: Vec::new(),
            nats: Vec::new(),
            workloads: Vec::new(),
            expect: Vec::new(),
            check: Vec::new(),
            tune: Vec::new(),
            load: None,
            assumptions: Vec::new(),
        };
        File {
            today,
            variants: Vec::new(),
        }
    }
}

/// The table of a scenario file.
pub(crate) fn file() -> Record<File> {
    Record::new(
        "A Pullstorm scenario: what is called, who calls it, and what should hold.",
        File::blank,
    )
    .required(
        "pullstorm",
        Version,
        "The version of the scenario language.",
        "1",
        |_, ()| {},
    )
    .required(
        "name",
        Name,
        "Short name of the scenario.",
        "circleci-ecr-fanout",
        |it, v| {
            it.today.name = v;
        },
    )
    .optional(
        "title",
        Text,
        "''",
        "One line: what happened to whom.",
        "Two CI workflows at once",
        |it, v| {
            it.today.title = v;
        },
    )
    .optional(
        "about",
        Text,
        "''",
        "The story, where the numbers come from, what was assumed. Markdown.",
        "April 2018 …",
        |it, v| it.today.about = v,
    )
    .absent(
        "start",
        Instant,
        "windows that are aligned to the clock begin at a phase drawn per run",
        "Date and time of scenario time 0.",
        "2018-04-12T09:00:00Z",
        |it, v| it.today.start_unix_nanos = Some(v),
    )
    .optional(
        "horizon",
        Time::POSITIVE,
        "1d",
        "When a run is cut off.",
        "1h",
        |it, v| {
            it.today.horizon = v;
        },
    )
    .optional(
        "seed",
        Count::LONG,
        "1",
        "The seed of the random numbers.",
        "1",
        |it, v| {
            it.today.seed = v;
        },
    )
    .absent(
        "runs",
        Count {
            min: 1,
            max: 1_000_000,
        },
        "one for a scenario without chance, else at least 30",
        "How many runs.",
        "100",
        |it, v| it.today.runs = Some(v as u32),
    )
    .optional(
        "memory",
        Bytes,
        "2GiB",
        "What one run may take in memory; a scenario that would take more is refused. A browser \
         gives a page no more than the default.",
        "8GB",
        |it, v| it.today.memory = v,
    )
    .required(
        "services",
        NamesOf {
            of: service(),
            what: "service",
            open: false,
        },
        "What is called: registries and APIs, by name.",
        "{ecr: {preset: aws-ecr}}",
        |it, v| it.today.services = v,
    )
    .optional(
        "images",
        NamesOf {
            of: image(),
            what: "image",
            open: false,
        },
        "{}",
        "What is pulled: images, by name.",
        "{app: {registry: ecr, layers: 12, size: 400MB}}",
        |it, v| it.today.images = v,
    )
    .optional(
        "nats",
        NamesOf {
            of: nat(),
            what: "NAT gateway",
            open: false,
        },
        "{}",
        "NAT gateways that have several addresses or limit how fast layers come in, by the \
         `address` that identities name.",
        "{office-nat: {addresses: 4, bandwidth: 5Gbit/s}}",
        |it, v| it.today.nats = v,
    )
    .required(
        "workloads",
        NamesOf {
            of: AnyWorkload,
            what: "workload",
            open: false,
        },
        "What creates load, by name.",
        "{ci: {kind: ci-fanout, service: ecr, jobs: 32}}",
        |it, v| it.today.workloads = v,
    )
    .absent(
        "load",
        At(load()),
        "no \"holds up to\"",
        "The number that means load, for \"holds up to\".",
        "{path: workloads.ci.workflows, up_to: 64, unit: workflows}",
        |it, v| it.today.load = Some(v),
    )
    .absent(
        "tune",
        Tunes,
        "the settings that the tools of each workload have; numbers of a retry policy from 2 to 20 \
         attempts, 50ms to 10s for the first sleep, 1s to 2min for the longest",
        "Which settings `pullstorm recommend` may search, by path, and what each may be: a range \
         (`3..20`), by steps (`0s..60s+10s`) or by factors (`1s..60s*2`), or a list. Without steps the \
         values are those that a person would write.",
        "{workloads.ci.retry.attempts: 3..20, workloads.ci.login: [per-image, per-job]}",
        |it, v| it.today.tune = v,
    )
    .optional(
        "variants",
        NamesOf {
            of: variant(),
            what: "variant",
            open: false,
        },
        "{}",
        "Named sets of overrides, to be compared with the scenario as it stands.",
        "{login-per-job: {set: {workloads.ci.login: per-job}}}",
        |it, v| it.variants = v,
    )
    .absent(
        "expect",
        ListOf(expectation()),
        "that no unit fails",
        "Statements that should hold: a metric compared with a number, or a map that says more.",
        "[ci.jobs.failed == 0, {that: ci.finished_after <= 5min, severity: warn}]",
        |it, v| it.today.expect = v,
    )
    .absent(
        "check",
        OneOrMore(At(Name)),
        "the scenario as it stands, and the variants that `expect` names",
        "The variants that `pullstorm check` holds to `expect`; `today` is the scenario as it stands.",
        "[tuned]",
        |it, v| it.today.check = v,
    )
    .optional(
        "assumptions",
        ListOf(Text),
        "[]",
        "What was assumed, in words; shown beside the verdict.",
        "[the bucket was full]",
        |it, v| it.today.assumptions = v,
    )
}

/// The table of a variant.
pub(crate) fn variant() -> Record<VariantText> {
    let blank = || VariantText {
        about: String::new(),
        set: Vec::new(),
    };
    Record::new("A named set of overrides.", blank)
        .optional(
            "about",
            Text,
            "''",
            "What it changes, for people.",
            "One login a job",
            |it, v| {
                it.about = v;
            },
        )
        .required(
            "set",
            Overrides,
            "What it sets: paths with values, or the same as nested maps. Maps merge; lists and \
             choices (a retry policy, a distribution, an algorithm) are replaced whole; `null` \
             takes a value away.",
            "{workloads.ci.login: per-job}",
            |it, v| it.set = v,
        )
}

fn load() -> Record<Load> {
    let blank = || Load {
        path: String::new(),
        from: 1,
        up_to: 0,
        plan_for: None,
        unit: String::new(),
    };
    Record::new("The number that means load.", blank)
        .required(
            "path",
            Mapped(PathText, |path: Path| path.to_string()),
            "Path of a whole number of the scenario.",
            "workloads.ci.workflows",
            |it, v| it.path = v,
        )
        .optional(
            "from",
            Count::POSITIVE,
            "1",
            "The smallest load to look at: below, nothing is tried, and what fails there holds to none.",
            "4",
            |it, v| it.from = v as u32,
        )
        .optional(
            "up_to",
            Count::POSITIVE,
            "64",
            "How far to look.",
            "64",
            |it, v| {
                it.up_to = v as u32;
            },
        )
        .absent(
            "plan_for",
            Count::POSITIVE,
            "half of the load of today, and that of today",
            "A load that is to come: what `pullstorm recommend` searches then has to hold there, too, and `pullstorm capacity` finds the quota for it.",
            "8",
            |it, v| it.plan_for = Some(v as u32),
        )
        .required(
            "unit",
            Text,
            "What they are called.",
            "workflows",
            |it, v| it.unit = v,
        )
        .check(|it, node, decoder| {
            let mut written = node.entries().unwrap_or(&[]).iter();
            match written.find(|entry| entry.key == "from") {
                Some(entry) if it.from > it.up_to => {
                    let message = beyond(it.from, it.up_to, node);
                    let hint = format!("write `up_to: {}` or more, or begin with less", it.from);
                    decoder.under(entry, |decoder| decoder.refuse(&entry.value, message, hint));
                    false
                }
                _ => true,
            }
        })
        .check(|it, node, decoder| {
            let written = node.entries().unwrap_or(&[]).iter();
            let mut written = written.filter(|entry| entry.key == "plan_for");
            match (it.plan_for, written.next()) {
                (Some(planned), Some(entry)) if planned < it.from => {
                    let message = format!("{planned} is below `from`, {}", it.from);
                    let hint = format!("write `from: {planned}` or less, or plan for more");
                    decoder.under(entry, |decoder| decoder.refuse(&entry.value, message, hint));
                    false
                }
                (Some(planned), Some(entry)) if planned > it.up_to => {
                    let message = beyond(planned, it.up_to, node);
                    let hint = format!("write `up_to: {planned}` or more, or plan for less");
                    decoder.under(entry, |decoder| decoder.refuse(&entry.value, message, hint));
                    false
                }
                _ => true,
            }
        })
}

/// That a number of a load is above the end of its range, which may not be written.
fn beyond(number: u32, end: u32, load: &Node) -> String {
    let mut written = load.entries().unwrap_or(&[]).iter();
    match written.any(|entry| entry.key == "up_to") {
        true => format!("{number} is beyond `up_to`, {end}"),
        false => format!("{number} is beyond {end}, which is `up_to` where none is written"),
    }
}

/// A path as a value.
struct PathText;

impl Form for PathText {
    type Value = Path;

    fn decode(&self, node: &Node, decoder: &mut Decoder) -> Option<Path> {
        let written = decoder.scalar(node, "a path", "workloads.ci.jobs")?;
        match Path::parse(written) {
            Ok(path) => Some(path),
            Err(error) => {
                let message = format!("`{written}` is not a path");
                decoder.refuse(node, message, error.to_string());
                None
            }
        }
    }

    fn schema(&self, _: &mut Definitions) -> Json {
        json!({ "type": "string", "pattern": "^[^.\\s]+(\\.[^.\\s]+)*$" })
    }
}

/// The version key. Its value has been checked before anything else is decoded.
struct Version;

impl Form for Version {
    type Value = ();

    fn decode(&self, node: &Node, decoder: &mut Decoder) -> Option<()> {
        let written = decoder.scalar(node, "the version of the language", "1")?;
        let version = text::count(written).ok();
        if version != Some(VERSION) {
            let message = format!("there is no version `{written}` of the scenario language");
            let hint = if version.is_some_and(|version| version > VERSION) {
                format!("this Pullstorm reads version {VERSION}; a newer one may read this file")
            } else {
                format!("write `pullstorm: {VERSION}`")
            };
            decoder.refuse(node, message, hint);
            return None;
        }
        Some(())
    }

    fn schema(&self, _: &mut Definitions) -> Json {
        json!({ "const": VERSION })
    }
}

/// The version of a tree, before anything else is looked at: another version has other keys.
///
/// Reports what is wrong with it, or that this is no scenario at all.
pub(crate) fn check_version(root: &Node, decoder: &mut Decoder) -> bool {
    if root.is_blank() {
        decoder.refuse(
            root,
            "there is nothing here",
            format!("a scenario begins with `pullstorm: {VERSION}`"),
        );
        return false;
    }
    let Some(entry) = root.entry("pullstorm") else {
        let hint = format!("a scenario begins with `pullstorm: {VERSION}`");
        let at = root.entries().and_then(|entries| entries.first());
        let mut diagnostic = crate::yaml::Diagnostic::new(
            "this is not a Pullstorm scenario",
            at.map_or(root.place, |entry| entry.key_place),
        );
        diagnostic.hint = Some(hint);
        decoder.report(diagnostic);
        return false;
    };
    decoder
        .under(entry, |decoder| Version.decode(&entry.value, decoder))
        .is_some()
}
