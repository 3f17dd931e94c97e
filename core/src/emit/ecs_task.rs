//! ECS task definitions: by what an image is named, and as whom tasks pull.
//!
//! Keys as in `RegisterTaskDefinitionRequest` of the ECS API (service model of botocore 1.44, read in
//! November 2026).

use super::Fragment;
use super::diff::{Both, Diff, reference};
use super::write::{DIGEST, json};
use crate::catalog::Owner;
use crate::report::model::Language;
use crate::scenario::model::{EcsDeployment, Reference, Workload};
use serde_json::{Value as Json, json};

/// What a variant changes of task definitions.
pub(super) fn settings(diff: &Diff<'_>) -> Vec<Fragment> {
    let deployments = diff.kind(|workload| match workload {
        Workload::EcsDeployment(deployment) => Some(deployment),
        _ => None,
    });
    let fragments = deployments.flat_map(|it| [digests(diff, &it), role(diff, &it)]);
    fragments.flatten().collect()
}

fn digests(diff: &Diff<'_>, deployment: &Both<'_, EcsDeployment>) -> Option<Fragment> {
    let images = diff.renamed(&deployment.own.moving.section, Reference::Digest);
    if images.is_empty() {
        return None;
    }
    let containers = images.iter().map(|image| {
        let image_name = reference(&diff.own.scenario, image);
        json!({"name": image, "image": format!("{image_name}@{DIGEST}")})
    });
    Some(definition(
        deployment,
        json!({"family": deployment.name, "containerDefinitions": containers.collect::<Vec<Json>>()}),
        "the agent looks a tag up before each pull, and a digest not".to_owned(),
        "each build needs a revision of its own; the pull itself still asks for the manifest",
        "deploy the revision of before",
    ))
}

fn role(diff: &Diff<'_>, deployment: &Both<'_, EcsDeployment>) -> Option<Fragment> {
    if deployment.changed(|it| it.execution_role) != Some(true) {
        return None;
    }
    let images = &deployment.own.moving.section.images.value;
    let containers = images.iter().map(|image| {
        let image_name = reference(&diff.own.scenario, image);
        json!({"name": image, "image": format!("{image_name}:TAG")})
    });
    Some(definition(
        deployment,
        json!({
            "family": deployment.name,
            "executionRoleArn": "arn:aws:iam::ACCOUNT:role/ROLE",
            "containerDefinitions": containers.collect::<Vec<Json>>(),
        }),
        "tasks pull with rights of their own".to_owned(),
        "an agent keeps a token by execution role and task, so that no token serves two tasks: each \
         task logs in",
        "leave executionRoleArn out, so that the role of the instance pulls",
    ))
}

fn definition(
    deployment: &Both<'_, EcsDeployment>,
    text: Json,
    why: String,
    risk: &str,
    undo: &str,
) -> Fragment {
    Fragment {
        place: format!(
            "the task definition of `{}` (these keys; the others as they are), for aws ecs \
             register-task-definition --cli-input-json",
            deployment.name
        ),
        owner: Owner::You,
        language: Language::Json,
        text: json(&text),
        why,
        risk: risk.to_owned(),
        undo: undo.to_owned(),
    }
}
