//! ECS task definitions: by what an image is named, whether ECS finds its digest, as whom tasks pull, and how
//! they sign in. Whatever a variant changes of a task stands in one definition: of two, the later registered
//! would undo the other.
//!
//! Keys as in `RegisterTaskDefinitionRequest` of the ECS API (service model of botocore 1.44, read in
//! November 2026).

use super::Fragment;
use super::diff::{Both, Diff, reference};
use super::ecs_sign_in::{self, Registry};
use super::sign_in::registries;
use super::write::{DIGEST, json};
use crate::catalog::Owner;
use crate::report::model::Language;
use crate::scenario::model::orchestrator::ECS_AGENT;
use crate::scenario::model::{EcsDeployment, Moving, Reference, Scenario, Workload};
use serde_json::{Value as Json, json};

/// What a variant changes of task definitions.
pub(super) fn settings(diff: &Diff<'_>) -> Vec<Fragment> {
    let tasks = diff.moving().filter_map(|task| {
        let mut definition = Definition::default();
        let mut deployments = diff.kind(|workload| match workload {
            Workload::EcsDeployment(deployment) => Some(deployment),
            _ => None,
        });
        if let Some(deployment) = deployments.find(|it| it.name == task.name) {
            let images = diff.renamed(&task.own.section, Reference::Digest);
            definition.pin(images, deployment.own);
            definition.find_digest(&deployment);
            definition.pull_as_role(&deployment);
        }
        definition.sign_in(&diff.own.scenario, &task, &registries(diff, &task));
        definition.written(&diff.own.scenario, &task)
    });
    tasks.collect()
}

/// What changes of one task, and what is to be said of each change.
#[derive(Default)]
struct Definition<'a> {
    /// Images whose containers are written.
    images: Vec<&'a str>,
    /// The secret that signs in for an image.
    secrets: Vec<(&'a str, String)>,
    /// Whether ECS finds the digests of tags, if that changes.
    finds_digest: Option<bool>,
    /// Whether it names an execution role.
    has_role: bool,
    /// What stands behind the place.
    beside: &'static str,
    said: Vec<Said>,
}

struct Said {
    why: String,
    risk: String,
    undo: &'static str,
}

const EARLIER: &str = "deploy the revision of before";

impl<'a> Definition<'a> {
    fn pin(&mut self, images: Vec<&'a str>, deployment: &EcsDeployment) {
        if images.is_empty() {
            return;
        }
        self.images.extend(images);
        let by_agent = deployment.moving.section.client.value == ECS_AGENT;
        let why = match (deployment.version_consistency, by_agent) {
            (true, _) => {
                "no task waits for the first one to find the digest, which is then known to all"
            }
            (false, true) => "the agent looks a tag up before each pull, and a digest not",
            (false, false) => {
                "all tasks run the same image, whatever becomes of the tag; each asks the registry as often \
                 as before"
            }
        };
        self.said.push(Said {
            why: why.to_owned(),
            risk: "each build needs a revision of its own; the pull itself still asks for the manifest"
                .to_owned(),
            undo: EARLIER,
        });
    }

    fn find_digest(&mut self, deployment: &Both<'a, EcsDeployment>) {
        let Some(finds) = deployment.changed(|it| it.version_consistency) else {
            return;
        };
        let images = &deployment.own.moving.section.images.value;
        self.images.extend(images.iter().map(String::as_str));
        self.finds_digest = Some(finds);
        let (why, risk) = match finds {
            true => (
                "the first task of a deployment finds the digest, and all others start by it: agents look \
                 up no tag for them",
                "a deployment waits for its first task, and a task whose digest has left the registry \
                 does not start; on Fargate every task asks as often as before",
            ),
            false => (
                "no task waits until the first one has found the digest",
                "the agent looks the tag up for every task, and a tag that moves meanwhile gives a \
                 service two versions",
            ),
        };
        self.said.push(Said {
            why: why.to_owned(),
            risk: risk.to_owned(),
            undo: EARLIER,
        });
    }

    fn pull_as_role(&mut self, deployment: &Both<'a, EcsDeployment>) {
        if deployment.changed(|it| it.execution_role) != Some(true) {
            return;
        }
        let images = &deployment.own.moving.section.images.value;
        self.images.extend(images.iter().map(String::as_str));
        self.has_role = true;
        self.said.push(Said {
            why: "tasks pull with rights of their own".to_owned(),
            risk: "an agent keeps a token by execution role and task, so that no token serves two tasks: \
                   each task logs in"
                .to_owned(),
            undo: "leave executionRoleArn out, so that the role of the instance pulls",
        });
    }

    fn sign_in(
        &mut self,
        scenario: &Scenario,
        task: &Both<'a, Moving>,
        registries: &[Registry<'_>],
    ) {
        let secrets = ecs_sign_in::secrets(scenario, task.own, registries);
        if secrets.is_empty() {
            return;
        }
        let by_agent = task.own.section.client.value == ECS_AGENT;
        let mut risk = ecs_sign_in::SHARED.to_owned();
        if by_agent && !self.has_role {
            risk.push_str(
                "; with an execution role the agent keeps a token of ECR by task, so that each task logs \
                 in to ECR",
            );
        }
        if by_agent {
            self.beside = match self.said.is_empty() {
                true => ", or instead ecs.config: one of the two",
                false => "; with ecs.config leave out repositoryCredentials",
            };
        }
        self.images.extend(secrets.iter().map(|(image, _)| *image));
        self.secrets = secrets;
        self.has_role = true;
        self.said.push(Said {
            why: ecs_sign_in::why(registries),
            risk,
            undo: EARLIER,
        });
    }

    fn written(&self, scenario: &Scenario, task: &Both<'_, Moving>) -> Option<Fragment> {
        let only = self.said.first()?;
        let images = task.own.section.images.value.iter();
        let images = images.filter(|image| self.images.contains(&image.as_str()));
        let containers: Vec<Json> = images.map(|it| self.container(scenario, it)).collect();
        let mut text = json!({"family": task.name});
        if self.has_role {
            text["executionRoleArn"] = json!("arn:aws:iam::ACCOUNT:role/ROLE");
        }
        text["containerDefinitions"] = json!(containers);
        let joined = |of: fn(&Said) -> &str| {
            let said: Vec<&str> = self.said.iter().map(of).collect();
            said.join("; ")
        };
        Some(Fragment {
            place: format!(
                "the task definition of `{}` (these keys; the others as they are), for aws ecs \
                 register-task-definition --cli-input-json{}",
                task.name, self.beside
            ),
            owner: Owner::You,
            language: Language::Json,
            text: json(&text),
            why: joined(|it| &it.why),
            risk: joined(|it| &it.risk),
            undo: match self.said.len() {
                1 => only.undo.to_owned(),
                _ => EARLIER.to_owned(),
            },
        })
    }

    fn container(&self, scenario: &Scenario, image: &str) -> Json {
        let mut known = scenario.images.iter();
        let named = known.find(|known| known.name == image);
        let is_pinned = named.is_some_and(|it| it.value.reference == Reference::Digest);
        let name = reference(scenario, image);
        let full_name = match is_pinned {
            true => format!("{name}@{DIGEST}"),
            false => format!("{name}:TAG"),
        };
        let mut container = json!({"name": image, "image": full_name});
        if let Some(finds) = self.finds_digest {
            container["versionConsistency"] = json!(if finds { "enabled" } else { "disabled" });
        }
        if let Some((_, secret)) = self.secrets.iter().find(|(of, _)| *of == image) {
            // The name will do for tasks in the Region of the secret (API and AWS CLI).
            container["repositoryCredentials"] = json!({"credentialsParameter": secret});
        }
        container
    }
}

#[cfg(test)]
mod tests {
    use crate::emit;
    use crate::replicate::prepare;
    use crate::report::model::Language;
    use crate::scenario::Document;

    /// The one task definition of a variant that sets this.
    fn definition(set: &str) -> emit::Settings {
        let text = format!(
            "pullstorm: 1
name: x
services: {{hub: {{preset: docker-hub-anonymous}}, ecr: {{preset: aws-ecr}}}}
images: {{web: {{registry: hub, layers: 1}}, app: {{registry: ecr, layers: 1}}}}
workloads:
  tasks: {{kind: ecs-deployment, desired: 2, until: 1h, pull: {{client: ecs-agent, images: [web, app]}}}}
variants: {{v: {{set: {{{set}}}}}}}
"
        );
        let document = Document::parse("x.yaml", text.as_bytes()).unwrap();
        let prepared = prepare(&document, &[]).unwrap_or_else(|it| panic!("{it}"));
        let found = emit::settings(&prepared[1], &prepared[0], None).into_iter();
        let mut definitions = found.filter(|it| it.language == Language::Json);
        let first = definitions.next().expect("a definition");
        assert_eq!(definitions.count(), 0, "one task is one definition");
        first
    }

    const PINNED: &str = "images.web.reference: digest";
    const SIGNED: &str = "services.hub.preset: docker-hub-free";
    const ROLE: &str = "workloads.tasks.execution_role: true";
    const ALONE: &str = "workloads.tasks.version_consistency: false";

    #[test]
    fn all_that_changes_of_a_task_stands_in_one_definition() {
        let both = definition(&format!("{PINNED}, {SIGNED}, {ROLE}"));
        let json: serde_json::Value = serde_json::from_str(&both.text).unwrap();
        let containers = json["containerDefinitions"].as_array().unwrap();
        let images: Vec<&str> = containers
            .iter()
            .map(|it| it["image"].as_str().unwrap())
            .collect();
        assert!(images[0].starts_with("web@sha256:"), "{images:?}");
        assert!(images[1].ends_with("/app:TAG"), "{images:?}");
        let signs_in = |place: usize| !containers[place]["repositoryCredentials"].is_null();
        assert!(signs_in(0) && !signs_in(1), "{json}");
        assert!(json["executionRoleArn"].is_string());
        for of in [PINNED, SIGNED, ROLE] {
            let alone = definition(of);
            assert!(
                both.why.contains(&alone.why),
                "{} in {}",
                alone.why,
                both.why
            );
        }
        assert_eq!(
            both.risk.matches("each task logs in").count(),
            1,
            "{}",
            both.risk
        );
        assert!(
            both.place
                .ends_with("with ecs.config leave out repositoryCredentials")
        );
    }

    #[test]
    fn why_a_digest_is_named_depends_on_who_would_find_it() {
        let consistency = "workloads.tasks.version_consistency: false";
        let known = definition(PINNED).why;
        assert!(
            known.starts_with("no task waits for the first one"),
            "{known}"
        );
        let by_agent = definition(&format!("{PINNED}, {consistency}")).why;
        assert!(
            by_agent.starts_with("the agent looks a tag up before each pull"),
            "{by_agent}"
        );
    }

    #[test]
    fn a_definition_has_only_the_containers_and_keys_that_change() {
        let pinned = definition(PINNED);
        assert!(!pinned.text.contains("app") && !pinned.text.contains("executionRoleArn"));
        assert!(definition(ROLE).text.contains("app:TAG"));
        assert!(definition(SIGNED).text.contains("\"web:TAG\""));
        assert!(!pinned.text.contains("versionConsistency"));
        let alone = definition(ALONE).text;
        let disabled = "\"versionConsistency\": \"disabled\"";
        assert_eq!(alone.matches(disabled).count(), 2, "{alone}");
    }
}
