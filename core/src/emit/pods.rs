//! Kubernetes workloads: how many pods start at once, when images are pulled, by what they are named.
//!
//! Keys as in apps/v1 Deployment and core/v1 Container, read in November 2026, written as patches for
//! `kubectl patch --patch-file`.

use super::Fragment;
use super::diff::{Both, Diff, reference};
use super::write::{DIGEST, yaml_name};
use crate::catalog::Owner;
use crate::report::model::Language;
use crate::scenario::model::{KubernetesRollout, Moving, Part, PullBehaviour, Reference, Workload};

/// What a variant changes of the pods of Kubernetes.
pub(super) fn settings(diff: &Diff<'_>) -> Vec<Fragment> {
    let rollouts = diff.kind(|workload| match workload {
        Workload::KubernetesRollout(rollout) => Some(rollout),
        _ => None,
    });
    let strategies = rollouts.filter_map(|rollout| strategy(&rollout));
    let pods = diff.kind(|workload: &Workload| match workload {
        Workload::KubernetesRollout(it) => Some(&it.moving),
        Workload::ScaleOut(it) => Some(&it.moving),
        _ => None,
    });
    let containers = pods.flat_map(|pods| [policy(diff, &pods), digests(diff, &pods)]);
    strategies.chain(containers.flatten()).collect()
}

fn strategy(rollout: &Both<'_, KubernetesRollout>) -> Option<Fragment> {
    rollout.changed(|it| (it.max_surge, it.max_unavailable))?;
    let own = rollout.own;
    let surge = written(own.max_surge)?;
    let unavailable = written(own.max_unavailable)?;
    Some(patch(
        deployment(rollout.name),
        format!(
            "spec:\n  strategy:\n    type: RollingUpdate\n    rollingUpdate: {{maxSurge: {surge}, \
             maxUnavailable: {unavailable}}}\n"
        ),
        format!(
            "{} more pods than the {} of the deployment at most start at once, and {} at most are \
             missing",
            own.max_surge.up(own.replicas),
            own.replicas,
            own.max_unavailable.down(own.replicas)
        ),
        "the update takes as much longer",
        "restore maxSurge and maxUnavailable of today",
    ))
}

/// A number or a whole percentage, which is what Kubernetes takes.
fn written(part: Part) -> Option<String> {
    match part {
        Part::Count(count) => Some(count.to_string()),
        Part::Share(ppm) if ppm.is_multiple_of(10_000) => Some(format!("{}%", ppm / 10_000)),
        Part::Share(_) => None,
    }
}

fn policy(diff: &Diff<'_>, pods: &Both<'_, Moving>) -> Option<Fragment> {
    let behaviour = pods.changed(|it| it.section.behaviour.as_ref().map(|it| it.value))??;
    let (word, why, risk) = match behaviour {
        PullBehaviour::Always => (
            "Always",
            "the registry is asked at each start of a container",
            "a pod whose registry refuses does not start, also where the node holds the image",
        ),
        PullBehaviour::IfNotPresent => (
            "IfNotPresent",
            "a node that holds the image does not ask for it",
            "a tag that has moved is not noticed there; a new node pulls all the same",
        ),
        PullBehaviour::Never => (
            "Never",
            "no registry is asked",
            "a node without the image cannot start the pod",
        ),
        PullBehaviour::AlwaysOrLocal | PullBehaviour::Once => return None,
    };
    let containers = pods.own.section.images.value.iter().map(|image| {
        let image = yaml_name(image);
        format!("        - {{name: {image}, imagePullPolicy: {word}}}\n")
    });
    Some(patch(
        place(diff, pods.name),
        template(containers.collect()),
        why.to_owned(),
        risk,
        "restore imagePullPolicy of today",
    ))
}

fn digests(diff: &Diff<'_>, pods: &Both<'_, Moving>) -> Option<Fragment> {
    let images = diff.renamed(&pods.own.section, Reference::Digest);
    if images.is_empty() {
        return None;
    }
    let containers = images.iter().map(|image| {
        let reference = reference(&diff.own.scenario, image);
        let name = yaml_name(image);
        format!("        - {{name: {name}, image: \"{reference}@{DIGEST}\"}}\n")
    });
    Some(patch(
        place(diff, pods.name),
        template(containers.collect()),
        "what a digest names never changes, so a node that holds it has nothing to ask".to_owned(),
        "each build needs a change of the manifest; imagePullPolicy Always asks all the same",
        "name the images by tag again",
    ))
}

fn template(containers: String) -> String {
    format!("spec:\n  template:\n    spec:\n      containers:\n{containers}")
}

/// Where the patch of a workload's pods goes.
fn place(diff: &Diff<'_>, name: &str) -> String {
    let mut workloads = diff.own.scenario.workloads.iter();
    let named = workloads.find(|it| it.name == name);
    match named.map(|it| &it.value) {
        Some(Workload::ScaleOut(_)) => format!(
            "patch.yaml, for kubectl patch --patch-file of each Deployment or DaemonSet whose pods the \
             nodes of `{name}` start"
        ),
        _ => deployment(name),
    }
}

fn deployment(name: &str) -> String {
    format!("patch.yaml, for kubectl patch deployment {name} --patch-file patch.yaml")
}

fn patch(place: String, text: String, why: String, risk: &str, undo: &str) -> Fragment {
    Fragment {
        place,
        owner: Owner::You,
        language: Language::Yaml,
        text,
        why,
        risk: risk.to_owned(),
        undo: undo.to_owned(),
    }
}
