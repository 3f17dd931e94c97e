//! A variant that is ready to run.

use crate::compile::compile;
use crate::metric::Metrics;
use crate::plan::Plan;
use crate::random::Distribution;
use crate::retry::Strategy;
use crate::scenario::{Document, Problem, Scenario};
use crate::yaml::Diagnostics;

/// A variant with its plan and metrics.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// Its name; `today` without overrides.
    pub name: String,
    /// What it changes, in a sentence.
    pub about: String,
    /// What it sets: paths and values.
    pub overrides: Vec<(String, String)>,
    /// The scenario with the overrides.
    pub scenario: Scenario,
    /// The plan.
    pub plan: Plan,
    /// Its metrics.
    pub metrics: Metrics,
    /// Whether every run is the same.
    pub deterministic: bool,
}

impl Prepared {
    /// Compiles a variant.
    ///
    /// # Errors
    /// What compile finds wrong, and expectations of metrics that do not exist.
    pub fn new(
        name: &str,
        about: &str,
        overrides: &[(String, String)],
        scenario: &Scenario,
    ) -> Result<Self, Vec<Problem>> {
        let plan = compile(scenario, name)?;
        let metrics = Metrics::of(&plan);
        let problems = unknown_metrics(scenario, &metrics);
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Prepared {
            name: name.to_owned(),
            about: about.to_owned(),
            overrides: overrides.to_vec(),
            scenario: scenario.clone(),
            deterministic: deterministic(&plan),
            plan,
            metrics,
        })
    }
}

/// *Today* and the variants of a document, or those of them that are named.
///
/// # Errors
/// All problems that compile finds, in *today* and in each variant, each named once.
pub fn prepare(document: &Document, only: &[String]) -> Result<Vec<Prepared>, Diagnostics> {
    let mut problems: Vec<Problem> = Vec::new();
    let mut prepared = Vec::new();
    let names = || {
        document
            .variants()
            .iter()
            .map(|variant| variant.name.as_str())
    };
    for name in only {
        if name != "today" && !names().any(|known| known == name) {
            let known: Vec<&str> = std::iter::once("today").chain(names()).collect();
            problems.push(Problem {
                place: None,
                path: format!("variants.{name}"),
                message: format!("there is no variant `{name}`"),
                hint: Some(format!("variants here: {}", known.join(", "))),
            });
        }
    }
    let wanted = |name: &str| only.is_empty() || only.iter().any(|wanted| wanted == name);
    let mut add = |result: Result<Prepared, Vec<Problem>>| match result {
        Ok(variant) => prepared.push(variant),
        Err(found) => {
            for problem in found {
                if !problems.contains(&problem) {
                    problems.push(problem);
                }
            }
        }
    };
    // Every comparison is with today, so it is always there.
    add(Prepared::new("today", "as it is", &[], document.scenario()));
    for variant in document
        .variants()
        .iter()
        .filter(|variant| wanted(&variant.name))
    {
        let Variant {
            name,
            about,
            overrides,
            scenario,
        } = borrow(variant);
        add(Prepared::new(name, about, overrides, scenario));
    }
    if problems.is_empty() {
        Ok(prepared)
    } else {
        Err(document.diagnostics(problems))
    }
}

struct Variant<'a> {
    name: &'a str,
    about: &'a str,
    overrides: &'a [(String, String)],
    scenario: &'a Scenario,
}

fn borrow(variant: &crate::scenario::Variant) -> Variant<'_> {
    Variant {
        name: &variant.name,
        about: &variant.about,
        overrides: &variant.overrides,
        scenario: &variant.scenario,
    }
}

fn unknown_metrics(scenario: &Scenario, metrics: &Metrics) -> Vec<Problem> {
    let unknown = |expectation: &&crate::scenario::model::Expectation| {
        metrics.find(&expectation.metric).is_none()
    };
    scenario
        .expect
        .iter()
        .filter(unknown)
        .map(|expectation| {
            let paths = metrics.iter().map(|metric| metric.path.as_str());
            let near = crate::catalog::nearest(&expectation.metric, paths, 3);
            let hint = if near.is_empty() {
                "`pullstorm metrics SCENARIO` lists them".to_owned()
            } else {
                format!("nearest: {}", near.join(", "))
            };
            Problem {
                place: expectation.place,
                path: "expect".to_owned(),
                message: format!("there is no metric `{}`", expectation.metric),
                hint: Some(hint),
            }
        })
        .collect()
}

/// Whether a plan draws nothing that could differ between runs.
fn deterministic(plan: &Plan) -> bool {
    let jitterless = |strategy: &Strategy| {
        matches!(
            strategy,
            Strategy::None | Strategy::Fixed { .. } | Strategy::Exponential { .. }
        )
    };
    let drawn_start = plan.blocks.iter().any(|block| {
        use crate::plan::Start;
        use crate::scenario::model::Arrivals;
        match &block.start {
            Start::Arrivals(Arrivals::Random { .. }) => true,
            Start::Spread(spread) => !spread.is_zero(),
            Start::Arrivals(_) | Start::Forked { .. } => false,
        }
    });
    !plan.random_order
        && !drawn_start
        && plan.durations.iter().all(Distribution::is_constant)
        && plan.forks.iter().all(|fork| fork.spread.is_zero())
        && plan
            .faults
            .iter()
            .all(|fault| fault.chance_ppm == 0 || fault.chance_ppm == 1_000_000)
        && plan
            .loops
            .iter()
            .all(|retry| jitterless(&retry.policy.strategy))
        && plan.start_unix_nanos.is_some() | windowless(plan)
}

/// Whether no limiter has windows whose beginning is drawn.
fn windowless(plan: &Plan) -> bool {
    use crate::limiter::Algorithm;
    !plan.limiters.iter().any(|limiter| {
        matches!(
            limiter.spec.algorithm,
            Algorithm::FixedWindow(_) | Algorithm::SlidingCounter(_)
        )
    })
}
