//! Keeps a search to what can be written and is what it says: the file of a CI system limits what is tuned,
//! and nothing is recommended that it does not say; a first sleep above the longest one is a number that
//! nobody ever sleeps.

use super::headroom::Search;
use crate::emit;
use crate::replicate::{Measured, Prepared, RunSummary, Trial, Workers};
use crate::retry::{Parameter, RetryPolicy, Value};
use crate::scenario::Document;
use crate::scenario::model::Workload;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// What is set, each path with its value.
type Sets = Vec<(String, String)>;

/// Whether all that is set of fan-outs whose CI system is known can be written for it.
pub(super) fn can_be_written(document: &Document, sets: &[(String, String)]) -> bool {
    let own = of_ci(document, sets);
    (own.is_empty() || is_said(document, &own)) && !sets_a_base_above_its_cap(document, sets)
}

/// What is set of retry policies.
fn of_retries(sets: &[(String, String)]) -> impl Iterator<Item = &(String, String)> {
    sets.iter().filter(|(path, _)| path.contains(".retry"))
}

/// Whether a number of a retry policy is set so that the first sleep is above the longest one.
fn sets_a_base_above_its_cap(document: &Document, sets: &[(String, String)]) -> bool {
    let names = [Parameter::Base, Parameter::ThrottledBase, Parameter::Cap].map(Parameter::name);
    let workloads = of_retries(sets).filter_map(|(path, _)| {
        let (name, number) = path.strip_prefix("workloads.")?.split_once(".retry.")?;
        names.contains(&number).then_some(name)
    });
    let workloads: Vec<&str> = workloads.collect();
    if workloads.is_empty() {
        return false;
    }
    let Ok(scenario) = document.with_all(sets) else {
        return false;
    };
    let own = scenario.workloads.iter();
    let mut own = own.filter(|it| workloads.contains(&it.name.as_str()));
    own.any(|it| it.value.retry().is_some_and(|it| is_above_cap(&it.policy)))
}

fn is_above_cap(policy: &RetryPolicy) -> bool {
    let params = policy.params();
    let span = |parameter| match params.get(parameter) {
        Some(Value::Span(span)) => Some(span),
        _ => None,
    };
    let Some(cap) = span(Parameter::Cap) else {
        return false;
    };
    let bases = [Parameter::Base, Parameter::ThrottledBase];
    bases.into_iter().filter_map(span).any(|base| base > cap)
}

/// What is set of fan-outs whose CI system is known.
fn of_ci(document: &Document, sets: &[(String, String)]) -> Sets {
    let workloads = document.scenario().workloads.iter();
    let named = workloads.filter(|it| match &it.value {
        Workload::CiFanout(fanout) => fanout.ci.is_some(),
        _ => false,
    });
    let prefixes: Vec<String> = named.map(|it| format!("workloads.{}.", it.name)).collect();
    let is_of = |path: &str| prefixes.iter().any(|it| path.starts_with(it.as_str()));
    let own = sets.iter().filter(|(path, _)| is_of(path));
    own.cloned().collect()
}

fn is_said(document: &Document, sets: &Sets) -> bool {
    let scenario = document.with_all(sets);
    scenario.is_ok_and(|own| emit::unsaid(&own, document.scenario(), sets).is_empty())
}

/// Workers to whom a setting that nobody can write is one that cannot be.
pub(super) struct Writable<'a> {
    document: &'a Document,
    workers: &'a dyn Workers,
    known: RefCell<BTreeMap<Sets, bool>>,
}

impl<'a> Writable<'a> {
    /// The workers of a search.
    pub fn of(search: &Search<'a>) -> Self {
        Writable {
            document: search.document,
            workers: search.workers,
            known: RefCell::default(),
        }
    }

    fn takes(&self, trial: &Trial<'_>) -> bool {
        let mut own = of_ci(self.document, trial.sets);
        own.extend(of_retries(trial.sets).cloned());
        if own.is_empty() {
            return true;
        }
        let mut known = self.known.borrow_mut();
        let takes = known.entry(own);
        *takes.or_insert_with(|| can_be_written(self.document, trial.sets))
    }
}

impl Workers for Writable<'_> {
    fn run(&self, prepared: &Prepared, seed: u64, first: u32, count: u32) -> Vec<RunSummary> {
        self.workers.run(prepared, seed, first, count)
    }

    fn trials(&self, trials: &[Trial<'_>]) -> Vec<Measured> {
        let taken: Vec<bool> = trials.iter().map(|it| self.takes(it)).collect();
        let asked = trials.iter().zip(&taken).filter(|(_, taken)| **taken);
        let asked: Vec<Trial<'_>> = asked.map(|(trial, _)| *trial).collect();
        let mut measured = self.workers.trials(&asked).into_iter();
        let each = taken.into_iter().map_while(|taken| match taken {
            true => measured.next(),
            false => Some(Measured {
                refused: true,
                ..Measured::default()
            }),
        });
        each.collect()
    }

    fn stopped(&self) -> bool {
        self.workers.stopped()
    }

    fn tell(&self, known: &str) {
        self.workers.tell(known);
    }

    fn begins(&self) {
        self.workers.begins();
    }

    fn reached(&self, part: f64) {
        self.workers.reached(part);
    }
}

#[cfg(test)]
mod tests {
    use super::{Sets, can_be_written};
    use crate::judge::Status;
    use crate::recommend::tests::of;
    use crate::scenario::Document;

    /// What is recommended to a fan-out of eight jobs, two images each, of a registry that takes four at
    /// once, and all settings that are told to hold.
    fn found(system: &str, more: &str) -> (Option<Vec<(String, String)>>, String) {
        let report = of(&format!(
            "
pullstorm: 1
name: written
services:
  hub: {{latency: 1ms, limiters: {{logins: {{bucket: {{burst: 4, refill: 1/s}}, status: 429}}}}}}
workloads:
  ci: {{kind: ci-fanout, service: hub, operation: login, {system} workflows: 1, jobs: 8, images: 1,
       login: per-image, spin_up: 0s, duration: 0s, retry: none}}
{more}
expect: [ci.jobs.failed == 0]
"
        ));
        let name = report.recommended.as_deref();
        let best = report
            .variants
            .iter()
            .find(|it| Some(it.name.as_str()) == name);
        let best = best.map(|it| it.overrides.clone());
        let all = report.levers.iter().chain(&report.sets);
        let holding = all.filter(|it| it.verdict == Status::Met);
        let told: Vec<&str> = holding.map(|it| it.what.as_str()).collect();
        (best, told.join("; "))
    }

    const SPREAD: &str = "tune: {workloads.ci.launch_spread: [1min, 5min]}";

    #[test]
    fn a_spread_is_recommended_where_the_ci_system_can_write_it() {
        let (best, _) = found("ci: circleci,", SPREAD);
        assert!(best.is_some_and(|it| it[0].0 == "workloads.ci.launch_spread"));
        let (best, told) = found("", SPREAD);
        assert!(best.is_some(), "of no system it is not known: {told}");
    }

    #[test]
    fn what_the_ci_system_cannot_write_is_neither_recommended_nor_told_to_hold() {
        for system in ["ci: gitlab,", "ci: github-actions,"] {
            let (best, told) = found(system, SPREAD);
            assert_eq!(best, None, "{system}");
            assert_eq!(told, "", "{system}");
            let (best, told) = found(system, "");
            let best = best.unwrap_or_default();
            let spread = best.iter().any(|it| it.0.ends_with("launch_spread"));
            let by_steps = best
                .iter()
                .any(|it| it.1 == "per-job" || it.1 == "per-host");
            assert!(!spread || by_steps, "{system} {best:?}");
            assert!(!told.contains("launch_spread"), "{system} {told}");
        }
    }

    #[test]
    fn workflows_of_a_ci_system_are_kept_apart_by_whole_seconds_alone() {
        let apart = |ci: &str| {
            let text = format!(
                "pullstorm: 1\nname: apart\nservices: {{hub: {{latency: 1ms, limiters: {{logins: {{bucket: \
                 {{burst: 8, refill: 100/s}}, status: 429}}}}}}}}\nworkloads:\n  ci: {{kind: ci-fanout, {ci}service: \
                 hub, operation: login, workflows: 2, jobs: 8, images: 1, login: per-image, spin_up: 0s, \
                 duration: 0s, retry: none}}\nexpect: [ci.jobs.failed == 0]\n"
            );
            let report = of(&text);
            let variants = report.variants.iter().flat_map(|it| &it.overrides);
            let all = variants.chain(report.levers.iter().flat_map(|it| &it.sets));
            let begins = all.filter(|(path, _)| path == "workloads.ci.begin");
            begins.map(|(_, value)| value.clone()).collect::<Vec<_>>()
        };
        let in_parts = |begins: &[String]| begins.iter().any(|it| it.ends_with("ms}"));
        let begins = apart("");
        assert!(in_parts(&begins), "{begins:?}");
        for system in ["ci: circleci, ", "ci: gitlab, ", "ci: github-actions, "] {
            let begins = apart(system);
            assert!(
                !begins.is_empty() && !in_parts(&begins),
                "{system} {begins:?}"
            );
        }
    }

    #[test]
    fn a_number_that_makes_no_difference_stays_as_it_is_and_no_base_is_above_its_cap() {
        // Only throttling is met, so that the base for other errors never counts.
        let report = of("
pullstorm: 1
name: range
services: {api: {latency: 0s, limiters: {calls: {bucket: {burst: 20, refill: 1/s}, status: 429}}}}
workloads:
  deploys: {kind: api-callers, service: api, callers: 30, calls: [deploy], retry: harness-default}
load: {path: workloads.deploys.callers, up_to: 60, unit: deploys}
expect: [deploys.callers.failed == 0]
");
        let mut searched = report.variants.iter();
        let searched = searched.find(|it| it.name == "today (searched)").unwrap();
        let sets = |number: &str| {
            let path = format!("workloads.deploys.retry.{number}");
            searched.overrides.iter().any(|it| it.0 == path)
        };
        assert!(sets("cap") && !sets("base"), "{:?}", searched.overrides);
        let text = report.settings.iter().map(|it| it.text.as_str());
        let text = text.collect::<Vec<_>>().join("\n");
        assert!(text.contains("_baseDelay = 100\n"), "{text}");
    }

    #[test]
    fn a_base_above_its_cap_is_nothing_to_set() {
        let text = "
pullstorm: 1
name: above
services: {api: {latency: 0s, limiters: {calls: {bucket: {burst: 20, refill: 1/s}, status: 429}}}}
workloads:
  deploys: {kind: api-callers, service: api, callers: 30, calls: [deploy], retry: harness-default}
";
        let document = Document::parse("x.yaml", text.as_bytes()).unwrap();
        let takes = |sets: &[(&str, &str)]| {
            let path = |it: &str| format!("workloads.deploys.retry.{it}");
            let sets: Sets = sets
                .iter()
                .map(|it| (path(it.0), it.1.to_owned()))
                .collect();
            can_be_written(&document, &sets)
        };
        assert!(takes(&[("base", "1s"), ("cap", "1s")]));
        assert!(!takes(&[("base", "6s"), ("cap", "1s")]));
        assert!(
            !takes(&[("cap", "400ms")]),
            "the base for throttling is 500 ms"
        );
        assert!(takes(&[("attempts", "9")]));
    }
}
