//! `/etc/ecs/ecs.config`: when the ECS agent asks the registry.
//!
//! Keys as in the README of aws/amazon-ecs-agent, read in November 2026.

use super::Fragment;
use super::diff::Diff;
use crate::catalog::Owner;
use crate::report::model::Language;
use crate::scenario::model::{PullBehaviour, Workload};

/// The pull behaviour that a variant gives container instances.
pub(super) fn settings(diff: &Diff<'_>) -> Vec<Fragment> {
    let deployments = diff.kind(|workload| match workload {
        Workload::EcsDeployment(deployment) => Some(&deployment.moving.section),
        _ => None,
    });
    let behaviours = deployments.filter_map(|section| {
        let agent = section.own.client.value == "ecs-agent";
        let behaviour = section.changed(|it| it.behaviour.as_ref().map(|it| it.value))?;
        behaviour.filter(|_| agent)
    });
    behaviours.take(1).filter_map(fragment).collect()
}

fn fragment(behaviour: PullBehaviour) -> Option<Fragment> {
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
        place: "/etc/ecs/ecs.config of the container instances (user data), then restart the agent"
            .to_owned(),
        owner: Owner::You,
        language: Language::Ini,
        text: format!("ECS_IMAGE_PULL_BEHAVIOR={word}\n"),
        why: why.to_owned(),
        risk: risk.to_owned(),
        undo: "remove the line and restart the agent".to_owned(),
    })
}
