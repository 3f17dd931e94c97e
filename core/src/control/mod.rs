//! Controls: the values of a scenario that can be turned, with what each may be.
//!
//! Nothing here knows a key of the language: what there is, how it is written, what it means and
//! what it is without being written comes from the [JSON Schema](crate::scenario::schema), who can
//! change it from the [levers](crate::catalog::lever), and which of them matter from the scenario
//! itself: its `load:`, what its variants change, and the limiters that requests meet.
//!
//! ```
//! use pullstorm_core::control::{Form, controls};
//! use pullstorm_core::scenario::Document;
//!
//! let text = "
//! pullstorm: 1
//! name: two
//! services: {ecr: {preset: aws-ecr@2018-01}}
//! workloads:
//!   ci: {kind: ci-fanout, service: ecr, workflows: 2, jobs: 32}
//! load: {path: workloads.ci.workflows, up_to: 64, unit: workflows}
//! ";
//! let document = Document::parse("two.yaml", text.as_bytes()).unwrap();
//! let controls = controls(&document);
//! assert_eq!(controls[0].path, "workloads.ci.workflows");
//! assert_eq!(controls[0].value.as_deref(), Some("2"));
//! assert_eq!(controls[0].form, Form::Count { min: 1, max: 4_294_967_295 });
//! ```

mod limits;
mod scale;
mod walk;

pub use scale::{at_position, next, position};

use crate::catalog::{self, lever};
use crate::order::Arrange;
use crate::retry;
use crate::scenario::{Document, schema};
use crate::yaml::Node;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A value of a scenario that can be turned.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Control {
    /// Its path.
    pub path: String,
    /// What it is, in a sentence or some.
    pub about: String,
    /// What is written, as one line of YAML; `None` for the default.
    pub value: Option<String>,
    /// What it is without being written, where that can be written.
    pub default: Option<String>,
    /// What it may be.
    pub form: Form,
    /// Who can change it and what that takes, in words; `None` for circumstances.
    pub lever: Option<String>,
    /// How much it matters here; the largest come first.
    pub weight: u32,
}

impl Control {
    /// What it is now: what is written, else its default, also where only its description says that.
    pub(crate) fn now(self) -> Option<String> {
        self.value.or(self.default).or_else(|| {
            let (_, meaning) = self.about.rsplit_once("Without it: ")?;
            Some(meaning.trim_end_matches('.').to_owned())
        })
    }
}

/// What a value is that is not written under a path, where the language has such a path; `None`
/// where that is no value.
pub(crate) fn unwritten(root: &Node, path: &str) -> Option<String> {
    let mut controls = walk::walk(root, &schema()).into_iter();
    controls.find(|it| it.path == path)?.now()
}

/// What a value may be.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Form {
    /// A whole number between two.
    Count {
        /// The least.
        min: u64,
        /// The most.
        max: u64,
    },
    /// A number with its unit: a time, a rate, a size, a share.
    Quantity(Measure),
    /// One of some, each with what it means.
    Choice(Vec<(String, String)>),
    /// `true` or `false`.
    Flag,
    /// Any text.
    Text,
}

/// What a [`Form::Quantity`] measures.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
pub enum Measure {
    /// A time: `250ms`.
    Time,
    /// So many per time: `4/s`.
    Rate,
    /// A part of a whole: `5%`.
    Share,
    /// A size: `450MB`.
    Bytes,
    /// A number.
    Number,
}

/// The number that means load.
const LOAD: u32 = 100_000;
/// A variant changes it: so much, and as much again for each.
const CHANGED: u32 = 100;
/// The preset of the limits.
const PRESET: u32 = 90;
/// A number of a limiter that requests meet.
const LIMIT: u32 = 60;
/// Somebody can change it.
const LEVER: u32 = 20;
/// It is written.
const WRITTEN: u32 = 5;

/// The controls of a scenario as it is, those that matter most first.
pub fn controls(document: &Document) -> Vec<Control> {
    let mut controls = walk::walk(document.root(), &schema());
    limits::add(document, &mut controls);
    add_presets(document, &mut controls);
    open_policies(&mut controls);
    let set = set_by_variants(document);
    for control in &mut controls {
        if let Some(values) = set.get(&control.path) {
            offer(control, values);
        }
    }
    let load = document.scenario().load.as_ref();
    for control in &mut controls {
        let kind = workload_kind(document, &control.path);
        if let Some(lever) = lever(&control.path, kind.as_deref()) {
            control.lever = Some(format!(
                "{}: {} ({})",
                lever.owner, lever.does, lever.effort
            ));
            control.weight += LEVER;
        }
        if load.is_some_and(|load| load.value.path == control.path) {
            control.weight += LOAD;
        }
        if let Some(values) = set.get(&control.path) {
            control.weight += CHANGED * (1 + values.len() as u32);
        }
        if control.path.ends_with(".preset") {
            control.weight += PRESET;
        }
        control.weight += WRITTEN * u32::from(control.value.is_some());
    }
    controls.arrange_by(|a, b| b.weight.cmp(&a.weight).then(a.path.cmp(&b.path)));
    controls
}

/// What variants set: by path, each value with what it is said to do.
fn set_by_variants(document: &Document) -> BTreeMap<String, Vec<(String, String)>> {
    let mut set: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for variant in document.variants() {
        for (path, value) in &variant.overrides {
            let values = set.entry(path.clone()).or_default();
            if !values.iter().any(|(known, _)| known == value) {
                values.push((value.clone(), variant.about.clone()));
            }
        }
    }
    set
}

/// Values of variants that the form of a control does not have become options.
fn offer(control: &mut Control, values: &[(String, String)]) {
    let whole = |value: &str| value.starts_with(['{', '[']);
    match &mut control.form {
        Form::Choice(options) => {
            for (value, about) in values {
                if !options.iter().any(|(known, _)| known == value) {
                    options.push((value.clone(), about.clone()));
                }
            }
        }
        form if values.iter().any(|(value, _)| whole(value)) => {
            let now = control.value.clone().or_else(|| control.default.clone());
            let now = now.unwrap_or_else(|| "null".to_owned());
            let mut options = vec![(now, "as it is".to_owned())];
            options.extend(values.iter().cloned());
            *form = Form::Choice(options);
        }
        _ => {}
    }
}

fn workload_kind(document: &Document, path: &str) -> Option<String> {
    let name = path.strip_prefix("workloads.")?.split('.').next()?;
    document.value_at(&format!("workloads.{name}.kind"))
}

/// Presets of the same provider and service as options.
fn add_presets(document: &Document, controls: &mut [Control]) {
    for control in controls.iter_mut() {
        let of_service = control.path.starts_with("services.") && control.path.ends_with(".preset");
        let now = document.value_at(&control.path).filter(|_| of_service);
        let Some(Ok(now)) = now.map(|now| catalog::preset(&now)) else {
            continue;
        };
        let presets = catalog::catalog().presets().iter();
        let kin = presets.filter(|preset| preset.service == now.service);
        let options: Vec<(String, String)> = kin
            .map(|preset| (preset.name.clone(), preset.title.clone()))
            .collect();
        if !options.is_empty() {
            control.form = Form::Choice(options);
        }
    }
}

/// A retry policy that is named can be written with its parameters, which then are controls.
fn open_policies(controls: &mut [Control]) {
    for control in controls {
        let named = control
            .value
            .as_deref()
            .filter(|_| control.path.ends_with(".retry"));
        let Some(name) = named.filter(|name| retry::preset(name).is_some()) else {
            continue;
        };
        if let Form::Choice(options) = &mut control.form {
            let about = "The same, and each of its parameters becomes a setting.";
            options.push((format!("{{preset: {name}}}"), about.to_owned()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile::compile;
    use crate::scenarios::BUILT_IN;

    #[test]
    fn every_incident_has_five_controls_and_the_first_is_its_load() {
        for scenario in BUILT_IN {
            let document = Document::parse(scenario.name, scenario.text.as_bytes()).unwrap();
            let controls = controls(&document);
            let load = document.scenario().load.as_ref().unwrap();
            assert_eq!(controls[0].path, load.value.path, "{}", scenario.name);
            assert!(controls.len() > 5, "{}", scenario.name);
        }
    }

    #[test]
    fn every_value_that_a_control_offers_is_one_that_the_scenario_takes() {
        let scenario = crate::scenarios::built_in("circleci-ecr-fanout").unwrap();
        let document = Document::parse(scenario.name, scenario.text.as_bytes()).unwrap();
        for control in controls(&document) {
            let Form::Choice(options) = &control.form else {
                continue;
            };
            for (option, _) in options {
                let set = document.set(&control.path, option);
                assert!(
                    set.is_ok(),
                    "{}={option}: {}",
                    control.path,
                    set.unwrap_err()
                );
            }
        }
    }

    #[test]
    fn what_variants_set_is_offered_with_what_they_say_of_it() {
        let scenario = crate::scenarios::built_in("circleci-ecr-fanout").unwrap();
        let document = Document::parse(scenario.name, scenario.text.as_bytes()).unwrap();
        let controls = controls(&document);
        let begin = controls
            .iter()
            .find(|control| control.path == "workloads.ci.begin");
        let Form::Choice(options) = &begin.unwrap().form else {
            panic!("it is a choice");
        };
        assert_eq!(options[0].0, "0s");
        assert!(options.iter().any(|(value, _)| value == "{every: 48s}"));
    }

    #[test]
    fn the_window_of_a_preset_can_be_made_larger_and_as_it_is_changes_nothing() {
        let scenario = crate::scenarios::built_in("docker-hub-anonymous-ci").unwrap();
        let document = Document::parse(scenario.name, scenario.text.as_bytes()).unwrap();
        let controls = controls(&document);
        let window = controls.iter().find(|it| it.path.ends_with(".window"));
        let Form::Choice(options) = &window.unwrap().form else {
            panic!("it is a choice");
        };
        let path = &window.unwrap().path;
        let limiters = |text: &str| {
            let set = document.set(path, text).unwrap();
            compile(set.scenario(), "today").unwrap().limiters
        };
        let specs = |text: &str| {
            limiters(text)
                .into_iter()
                .map(|it| it.spec)
                .collect::<Vec<_>>()
        };
        let today = compile(document.scenario(), "today").unwrap().limiters;
        let today: Vec<_> = today.into_iter().map(|it| it.spec).collect();
        let same = options
            .iter()
            .find(|(_, about)| about == "as it is")
            .unwrap();
        assert_eq!(specs(&same.0), today);
        let other = options
            .iter()
            .find(|(_, about)| about != "as it is")
            .unwrap();
        assert_ne!(specs(&other.0), today);
    }

    #[test]
    fn a_named_policy_opens_into_its_parameters() {
        let text = "pullstorm: 1
name: x
services: {ecs: {preset: aws-ecs@2026-11}}
workloads: {w: {kind: api-callers, service: ecs, calls: [RegisterTaskDefinition], retry: aws-standard-2.1}}
";
        let document = Document::parse("x", text.as_bytes()).unwrap();
        let all = controls(&document);
        let policy = all
            .iter()
            .find(|it| it.path == "workloads.w.retry")
            .unwrap();
        let Form::Choice(options) = &policy.form else {
            panic!("it is a choice");
        };
        let (opened, _) = options
            .iter()
            .find(|it| it.0 == "{preset: aws-standard-2.1}")
            .unwrap();
        let opened = document.set("workloads.w.retry", opened).unwrap();
        let all = controls(&opened);
        for key in ["attempts", "base", "cap"] {
            let path = format!("workloads.w.retry.{key}");
            assert!(all.iter().any(|it| it.path == path), "{path}");
        }
    }
}
