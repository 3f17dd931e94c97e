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

mod scale;
mod walk;

pub use scale::{at_position, next, position};

use crate::catalog::{self, lever};
use crate::compile::compile;
use crate::limiter::{Algorithm, Refill};
use crate::order::Arrange;
use crate::plan::LimiterPlan;
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
    add_limits(document, &mut controls);
    add_presets(document, &mut controls);
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

/// Numbers of the limiters that requests meet, which a preset may give without their being written.
fn add_limits(document: &Document, controls: &mut Vec<Control>) {
    let Ok(plan) = compile(document.scenario(), "today") else {
        return;
    };
    let met = plan
        .limiters
        .iter()
        .filter(|limiter| !limiter.keys.is_empty());
    for limiter in met {
        let base = format!("services.{}.limiters.{}", limiter.service, limiter.name);
        for (key, about, default, form) in numbers(limiter) {
            let path = format!("{base}.{key}");
            if let Some(control) = controls.iter_mut().find(|control| control.path == path) {
                control.weight += LIMIT;
                continue;
            }
            controls.push(Control {
                value: document.value_at(&path),
                about: format!("{about} ({} {})", limiter.service, limiter.name),
                path,
                default: Some(default),
                form,
                lever: None,
                weight: LIMIT,
            });
        }
    }
}

fn numbers(limiter: &LimiterPlan) -> Vec<(&'static str, &'static str, String, Form)> {
    let count = || Form::Count {
        min: 1,
        max: u64::from(u32::MAX),
    };
    let mut numbers = Vec::new();
    if let Algorithm::TokenBucket(bucket) = &limiter.spec.algorithm {
        let burst = bucket.burst.to_string();
        numbers.push(("bucket.burst", "The most credits it holds.", burst, count()));
        if let Refill::Continuous(rate) = bucket.refill {
            let form = Form::Quantity(Measure::Rate);
            numbers.push((
                "bucket.refill",
                "How fast credits come back.",
                rate.to_string(),
                form,
            ));
        }
    }
    let background = limiter.background.to_string();
    let form = Form::Quantity(Measure::Rate);
    numbers.push((
        "background",
        "Load of other callers, on each key.",
        background,
        form,
    ));
    numbers
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

#[cfg(test)]
mod tests {
    use super::*;
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
}
