//! How what is written begins later than what was simulated.
//!
//! The workflows of a simulation begin at their times, the first at once. No CI system has a setting for
//! the distance between them: a job that sleeps keeps it, and the first workflow has that job, too.

use super::distance;
use crate::emit::diff::{Both, Diff};
use crate::emit::{circleci, github_actions};
use crate::scenario::model::{CiFanout, CiSystem, Workload};

/// What the settings of a variant do to its times, where they keep workflows apart.
pub(in crate::emit) fn later(diff: &Diff<'_>) -> Option<String> {
    let fan_outs = diff.kind(|workload: &Workload| match workload {
        Workload::CiFanout(fanout) => Some(fanout),
        _ => None,
    });
    let written = fan_outs.filter_map(|fanout| Some((fanout.name, written(&fanout)?)));
    let written: Vec<(&str, (&str, u64))> = written.collect();
    let told = written.iter().map(|(name, (unit, seconds))| {
        let of = match written.len() {
            1 => String::new(),
            _ => format!(" of {name}"),
        };
        format!("the first {unit}{of} sleeps, too, so all begin and end {seconds} s later than simulated")
    });
    let told: Vec<String> = told.collect();
    (!told.is_empty()).then(|| told.join("; "))
}

/// What the system calls a workflow, and how many seconds lie between two of them where its file says so.
fn written(fanout: &Both<'_, CiFanout>) -> Option<(&'static str, u64)> {
    Some(match fanout.own.ci? {
        CiSystem::CircleCi => ("workflow", circleci::distance_of(fanout)?),
        CiSystem::GitHubActions => ("workflow", github_actions::distance_of(fanout)?),
        CiSystem::GitLab => ("pipeline", distance(fanout)?),
    })
}

#[cfg(test)]
mod tests {
    use super::later;
    use crate::emit::ci::incident;
    use crate::emit::diff::Diff;
    use crate::emit::settings;
    use crate::replicate::{Sequential, prepare};
    use crate::report::{judge_variants, report};
    use crate::scenario::Document;

    /// The effect that stands beside the settings of the incident's only variant.
    fn effect(system: &str, set: &str) -> String {
        let prepared = incident(system, &[], set);
        let told = report(
            &judge_variants(prepared.clone(), &Sequential, 1, Some(2)),
            1,
        );
        let [today, own] = &told.variants[..] else {
            panic!("today and the variant");
        };
        let found = settings(&prepared[1], &prepared[0], Some((own, today)));
        found[0].effect.clone().unwrap()
    }

    #[test]
    fn an_effect_says_that_the_first_workflow_sleeps_too() {
        for (system, unit) in [
            ("circleci", "workflow"),
            ("github-actions", "workflow"),
            ("gitlab", "pipeline"),
        ] {
            let told = effect(system, "workloads.ci.begin: {every: 48s}");
            assert!(
                told.contains("finished after: never today, then 48s"),
                "{told}"
            );
            let later = format!(
                "the first {unit} sleeps, too, so all begin and end 48 s later than simulated"
            );
            assert!(told.ends_with(&later), "{system}: {told}");
        }
    }

    #[test]
    fn of_several_fan_outs_each_is_told_that_its_first_workflow_sleeps() {
        let text = "
pullstorm: 1
name: two
services: {ecr: {preset: aws-ecr@2018-01}}
workloads:
  web: {kind: ci-fanout, ci: circleci, service: ecr, workflows: 2, jobs: 4}
  api: {kind: ci-fanout, ci: github-actions, service: ecr, workflows: 2, jobs: 4}
variants:
  v: {set: {workloads.web.begin: {every: 48s}, workloads.api.begin: {every: 30s}}}
";
        let document = Document::parse("x.yaml", text.as_bytes()).unwrap();
        let prepared = prepare(&document, &[]).unwrap();
        let told = later(&Diff::of(&prepared[1], &prepared[0])).unwrap();
        assert_eq!(
            told,
            "the first workflow of web sleeps, too, so all begin and end 48 s later than simulated; the \
             first workflow of api sleeps, too, so all begin and end 30 s later than simulated"
        );
    }

    #[test]
    fn nothing_is_said_of_workflows_that_no_job_holds_back() {
        let waves = effect("circleci", "workloads.ci.waves: 2");
        assert!(!waves.contains("than simulated"), "{waves}");
    }
}
