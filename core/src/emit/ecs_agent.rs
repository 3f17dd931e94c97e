//! `/etc/ecs/ecs.config`: when the ECS agent asks the registry.
//!
//! Keys as in the README of aws/amazon-ecs-agent, read in November 2026.

use super::Fragment;
use super::diff::Diff;
use super::write::names;
use crate::catalog::Owner;
use crate::report::model::Language;
use crate::scenario::model::orchestrator::ECS_AGENT;
use crate::scenario::model::{PullBehaviour, PullSection, Workload};

/// The pull behaviour that a variant gives container instances.
pub(super) fn settings(diff: &Diff<'_>) -> Vec<Fragment> {
    let deployments = diff.kind(|workload| match workload {
        Workload::EcsDeployment(deployment) => Some(&deployment.moving.section),
        _ => None,
    });
    // One file serves all tasks of an instance: who wants something else needs instances of its own.
    let agents: Vec<(&str, Option<PullBehaviour>, bool)> = deployments
        .filter(|section| section.own.client.value == ECS_AGENT)
        .map(|section| {
            let of = |it: &PullSection| it.behaviour.as_ref().map(|it| it.value);
            (section.name, of(section.own), section.changed(of).is_some())
        })
        .collect();
    let mut behaviours: Vec<PullBehaviour> = Vec::new();
    for (_, behaviour, changed) in &agents {
        if let Some(behaviour) = behaviour.filter(|it| *changed && !behaviours.contains(it)) {
            behaviours.push(behaviour);
        }
    }
    let fragments = behaviours.into_iter().filter_map(|behaviour| {
        let (same, other): (Vec<_>, Vec<_>) = agents
            .iter()
            .partition(|(_, own, _)| *own == Some(behaviour));
        let of = |agents: Vec<&(&'_ str, _, _)>| -> String {
            let agents: Vec<&str> = agents.iter().map(|(name, ..)| *name).collect();
            names(&agents)
        };
        let apart = match other.is_empty() {
            true => String::new(),
            false => format!(
                " of {}, which have to be others than those of {}",
                of(same),
                of(other)
            ),
        };
        fragment(behaviour, &apart)
    });
    fragments.collect()
}

fn fragment(behaviour: PullBehaviour, apart: &str) -> Option<Fragment> {
    let (word, why, risk) = match behaviour {
        PullBehaviour::AlwaysOrLocal => (
            "default",
            "each task asks the registry, and starts from what the instance holds if that fails",
            "an old image may run where a new one was meant",
        ),
        PullBehaviour::Always => (
            "always",
            "each task asks the registry",
            "a task whose pull fails does not start",
        ),
        PullBehaviour::Once => (
            "once",
            "an image that this agent has pulled before is not asked for again",
            "one that came with the machine image is pulled all the same, and a tag that has moved is \
             not noticed",
        ),
        PullBehaviour::IfNotPresent => (
            "prefer-cached",
            "an image that the instance holds is not asked for",
            "a tag that has moved is not noticed, and the agent cleans no images up: watch the disk",
        ),
        PullBehaviour::Never => return None,
    };
    Some(Fragment {
        place: format!(
            "/etc/ecs/ecs.config of the container instances{apart} (user data), then restart the agent"
        ),
        owner: Owner::You,
        language: Language::Ini,
        text: format!("ECS_IMAGE_PULL_BEHAVIOR={word}\n"),
        why: why.to_owned(),
        risk: risk.to_owned(),
        undo: "remove the line and restart the agent".to_owned(),
    })
}
