//! Keeps a search to what can be written: the file of a CI system limits what is tuned, and nothing is
//! recommended that it does not say.

use super::headroom::Search;
use crate::emit;
use crate::replicate::{Measured, Prepared, RunSummary, Trial, Workers};
use crate::scenario::Document;
use crate::scenario::model::Workload;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// What is set, each path with its value.
type Sets = Vec<(String, String)>;

/// Whether all that is set of fan-outs whose CI system is known can be written for it.
pub(super) fn can_be_written(document: &Document, sets: &[(String, String)]) -> bool {
    let own = of_ci(document, sets);
    own.is_empty() || is_said(document, &own)
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
        let own = of_ci(self.document, trial.sets);
        if own.is_empty() {
            return true;
        }
        let mut known = self.known.borrow_mut();
        let takes = known.entry(own);
        let takes = takes.or_insert_with_key(|sets| is_said(self.document, sets));
        *takes
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
    use crate::judge::Status;
    use crate::recommend::tests::of;

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
}
