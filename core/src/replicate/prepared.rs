//! A variant that is ready to run.

use super::expectations;
use crate::compile::compile;
use crate::metric::Metrics;
use crate::plan::{Chain, Plan};
use crate::random::Distribution;
use crate::retry::Strategy;
use crate::scenario::{Document, Problem, Refused, Scenario, Variant};
use crate::yaml::{Diagnostics, nearest};

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
    /// The ways of its workloads.
    pub chains: Vec<Chain>,
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
        let mut scenario = scenario.clone();
        scenario.expect = expectations::resolve(scenario.expect, name, &metrics)?;
        Ok(Prepared {
            name: name.to_owned(),
            about: about.to_owned(),
            overrides: overrides.to_vec(),
            scenario,
            deterministic: deterministic(&plan),
            chains: plan.chains(),
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
    prepare_some(document, only, None)
}

/// The same without the variants that compile refuses, and what it refuses them for.
///
/// # Errors
/// All problems that compile finds in *today*.
pub fn prepare_sparing(
    document: &Document,
    only: &[String],
) -> Result<(Vec<Prepared>, Vec<Refused>), Diagnostics> {
    let mut refused = Vec::new();
    let prepared = prepare_some(document, only, Some(&mut refused))?;
    Ok((prepared, refused))
}

fn prepare_some(
    document: &Document,
    only: &[String],
    mut refused: Option<&mut Vec<Refused>>,
) -> Result<Vec<Prepared>, Diagnostics> {
    let mut problems: Vec<Problem> = Vec::new();
    let mut prepared = Vec::new();
    let names = || {
        document
            .variants()
            .iter()
            .map(|variant| variant.name.as_str())
    };
    for variant in document.variants() {
        if variant.name == "today" {
            problems.push(Problem {
                place: variant.place,
                path: "variants.today".to_owned(),
                message:
                    "`today` is the scenario without overrides, so no variant can be called so"
                        .to_owned(),
                hint: Some("give the variant another name".to_owned()),
            });
        }
    }
    problems.extend(expectations::unknown_variants(document));
    for name in only {
        if name != "today" && !names().any(|known| known == name) {
            let known: Vec<&str> = std::iter::once("today").chain(names()).collect();
            let listed = known.join(", ");
            problems.push(Problem {
                place: None,
                path: format!("variants.{name}"),
                message: format!("there is no variant `{name}`"),
                hint: Some(match nearest(name, known) {
                    Some(near) => format!("did you mean `{near}`? Variants here: {listed}"),
                    None => format!("variants here: {listed}"),
                }),
            });
        }
    }
    let wanted = |name: &str| only.is_empty() || only.iter().any(|wanted| wanted == name);
    let mut add = |result: Result<Prepared, Vec<Problem>>, variant: Option<&Variant>| match result {
        Ok(ready) => prepared.push(ready),
        Err(found) => {
            let own = found.into_iter().filter(|it| !problems.contains(it));
            let own = own.map(|mut problem| {
                // What is wrong with a variant only, the variant has set.
                let set = variant.and_then(|variant| document.set_at(variant, &problem.path));
                problem.place = problem.place.or(set);
                problem
            });
            let own: Vec<Problem> = own.collect();
            match (&mut refused, variant) {
                (Some(refused), Some(variant)) => refused.push(Refused {
                    name: variant.name.clone(),
                    problems: document.diagnostics(own),
                }),
                _ => problems.extend(own),
            }
        }
    };
    // Every comparison is with today, so it is always there.
    add(
        Prepared::new("today", "as it is", &[], document.scenario()),
        None,
    );
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
            ..
        } = variant;
        let result = Prepared::new(name, about, overrides, scenario);
        add(result, Some(variant));
    }
    if problems.is_empty() {
        Ok(prepared)
    } else {
        Err(document.diagnostics(problems))
    }
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
        match &block.start {
            Start::Arrivals(arrivals) => !arrivals.are_fixed(),
            Start::Spread(spread) => !spread.is_zero(),
            Start::Forked { .. } => false,
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What is wrong with a scenario of a bucket of ECR's, with these lines more.
    fn wrong(service: &str, more: &str) -> String {
        let text = format!(
            "pullstorm: 1\nname: x\nservices:\n  ecr: {{{service}}}\nworkloads:\n  ci: {{kind: \
             ci-fanout, service: ecr, jobs: 20}}\n{more}\n"
        );
        let document = Document::parse("x.yaml", text.as_bytes()).unwrap();
        match prepare(&document, &[]) {
            Ok(_) => String::new(),
            Err(problems) => problems.to_string(),
        }
    }

    const ECR: &str = "preset: aws-ecr";

    #[test]
    fn no_variant_is_called_as_the_scenario_without_overrides() {
        let text = "variants: {today: {set: {workloads.ci.jobs: 3}}}";
        assert!(wrong(ECR, text).contains("no variant can be called so"));
    }

    #[test]
    fn a_misspelt_variant_is_answered_with_the_one_that_is_near() {
        let text = "pullstorm: 1\nname: x\nservices: {ecr: {preset: aws-ecr}}\nworkloads: {ci: {kind: \
                    ci-fanout, service: ecr, jobs: 20}}\nvariants: {smaller: {set: {workloads.ci.jobs: 3}}}\n";
        let document = Document::parse("x.yaml", text.as_bytes()).unwrap();
        let asked = |name: &str| prepare(&document, &[name.to_owned()]).unwrap_err();
        let hint = |name: &str| asked(name).items()[0].hint.clone().unwrap();
        assert_eq!(
            hint("smalelr"),
            "did you mean `smaller`? Variants here: today, smaller"
        );
        assert_eq!(
            hint("Today"),
            "did you mean `today`? Variants here: today, smaller"
        );
        assert_eq!(hint("larger-waves"), "variants here: today, smaller");
    }

    #[test]
    fn a_variant_that_a_value_contradicts_is_left_out_and_the_others_are_not() {
        let text = "
pullstorm: 1
name: x
services: {ecr: {preset: aws-ecr}}
workloads:
  ci: {kind: ci-fanout, service: ecr, workflows: 3, begin: {every: 1s}, jobs: 20}
variants:
  halves: {set: {workloads.ci.waves: 2}}
  random: {set: {workloads.ci.workflows: null, workloads.ci.begin: {rate: 1/s, lasting: 10s}}}
  shared: {set: {workloads.ci.login: per-job}}
check: halves
";
        let document = Document::parse("x.yaml", text.as_bytes()).unwrap();
        let left = |path: &str, value: &str| {
            let (document, mut refused) = document.set_sparing("--sweep", path, value).unwrap();
            let (prepared, more) = prepare_sparing(&document, &[]).unwrap();
            refused.extend(more);
            let names: Vec<String> = prepared.into_iter().map(|it| it.name).collect();
            let refused: Vec<String> = refused.into_iter().map(|it| it.name).collect();
            (names.join(" "), refused.join(" "))
        };
        let of = |names: &str, refused: &str| (names.to_owned(), refused.to_owned());
        assert_eq!(
            left("workloads.ci.jobs", "1"),
            of("today random shared", "halves")
        );
        assert_eq!(
            left("workloads.ci.begin.every", "2s"),
            of("today halves shared", "random")
        );
        assert_eq!(
            left("workloads.ci.jobs", "4"),
            of("today halves random shared", "")
        );
        let today = document.set_sparing("--sweep", "workloads.ci.jobs", "0");
        assert!(today.is_err());
    }

    #[test]
    fn of_a_bucket_of_a_preset_only_what_is_written_changes() {
        let with = |bucket: &str| {
            format!("{ECR}, limiters: {{GetAuthorizationToken: {{bucket: {{{bucket}}}}}}}")
        };
        assert_eq!(wrong(&with("refill: 1000/s"), ""), "");
        assert_eq!(wrong(&with("burst: 1000"), ""), "");
        let own = "limiters: {mine: {bucket: {refill: 1000/s}}}";
        assert!(wrong(own, "").contains("`burst` is missing"));
    }

    #[test]
    fn a_misspelt_limiter_or_preset_is_one_problem_with_the_name_that_is_near() {
        let limiter = format!("{ECR}, limiters: {{GetAuthorisationToken: {{background: 5/s}}}}");
        assert!(wrong(&limiter, "").contains("did you mean `GetAuthorizationToken`?"));
        let preset = "preset: aws-erc, limiters: {GetAuthorizationToken: {background: 5/s}}";
        let problems = wrong(preset, "");
        assert!(
            problems.contains("aws-erc") && !problems.contains("how it counts"),
            "{problems}"
        );
    }
}
