//! Signing in for tasks of ECS, where no shell runs before the pull: a secret that the task definition
//! names ([`super::ecs_task`]), or credentials in the file of the agent.
//!
//! Keys of the secret as in the Amazon ECS developer guide, "Using non-AWS container images in Amazon ECS";
//! those of `ecs.config` as in the guide, "Configuring Amazon ECS container instances for private Docker
//! images"; commands as in the AWS CLI reference; all read in November 2026.

use super::Fragment;
use super::diff::Both;
use crate::catalog::{Owner, Preset};
use crate::report::model::Language;
use crate::scenario::model::orchestrator::{ECS, ECS_AGENT};
use crate::scenario::model::{Moving, Scenario};
use serde_json::{Value as Json, json};

/// A registry that takes a user and a token that last: a password of hours is none for a secret.
pub(super) struct Registry<'a> {
    /// Name of its service in the scenario.
    service: &'a str,
    /// Its host in references of images: `docker.io`.
    host: &'a str,
    /// Its name in the credentials of docker: `https://index.docker.io/v1/`.
    docker: &'a str,
    /// The environment variables of user and token.
    variables: [&'a str; 2],
    /// The plan that holds for the user.
    title: &'a str,
}

impl<'a> Registry<'a> {
    /// The registry that a service of the scenario is under this plan. Amazon ECR takes no user, and the
    /// password of ECR Public is good for 12 h.
    pub fn of(service: &'a str, plan: &'a Preset) -> Option<Self> {
        (plan.service == "docker-hub").then_some(Registry {
            service,
            host: "docker.io",
            docker: "https://index.docker.io/v1/",
            variables: ["DOCKERHUB_USER", "DOCKERHUB_TOKEN"],
            title: &plan.title,
        })
    }

    /// The name of its secret: each has its own.
    fn secret(&self) -> String {
        self.host.replace('.', "-")
    }
}

/// Whether no shell signs in for this client.
pub(super) fn is_of_ecs(client: &str) -> bool {
    ECS.clients.contains(&client)
}

/// What the tasks of a workload need beside their definition to sign in to registries; nothing for
/// other clients.
pub(super) fn settings(user: &Both<'_, Moving>, registries: &[Registry<'_>]) -> Vec<Fragment> {
    let client = user.own.section.client.value.as_str();
    if !is_of_ecs(client) || registries.is_empty() {
        return Vec::new();
    }
    let mut found: Vec<Fragment> = registries.iter().map(secret).collect();
    if client == ECS_AGENT {
        found.push(config(registries));
    }
    found
}

/// The images of tasks that sign in, with the name of the secret that does; none for other clients.
pub(super) fn secrets<'a>(
    scenario: &Scenario,
    user: &'a Moving,
    registries: &[Registry<'_>],
) -> Vec<(&'a str, String)> {
    if !is_of_ecs(&user.section.client.value) {
        return Vec::new();
    }
    let images = user.section.images.value.iter();
    let signing_in = images.filter_map(|image| {
        let of_image = |it: &&Registry<'_>| user.section.asks_for(scenario, image, it.service);
        let registry = registries.iter().find(of_image)?;
        Some((image.as_str(), registry.secret()))
    });
    signing_in.collect()
}

fn secret(registry: &Registry<'_>) -> Fragment {
    let (name, [user, token]) = (registry.secret(), registry.variables);
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Action": "secretsmanager:GetSecretValue",
            "Resource": format!("arn:aws:secretsmanager:REGION:ACCOUNT:secret:{name}-??????"),
        }],
    });
    let text = format!(
        "aws secretsmanager create-secret --region REGION --name {name} \\\n  \
         --secret-string \"$(jq -n --arg user \"${user}\" --arg token \"${token}\" '{{username: $user, \
         password: $token}}')\"\naws iam put-role-policy --role-name ROLE --policy-name {name} \
         --policy-document '{policy}'\n"
    );
    Fragment {
        place: "a shell with the AWS CLI, before the task definition that names the secret"
            .to_owned(),
        owner: Owner::You,
        language: Language::Sh,
        text,
        why: format!(
            "tasks sign in to {} with a secret that their execution role ROLE may read",
            registry.host
        ),
        risk: "whoever may use the role can read the token; a secret costs by the month".to_owned(),
        undo: format!(
            "aws iam delete-role-policy --role-name ROLE --policy-name {name}, and aws secretsmanager \
             delete-secret --region REGION --secret-id {name}, whose name stays taken for 30 days"
        ),
    }
}

fn config(registries: &[Registry<'_>]) -> Fragment {
    let user = json!({"username": "USER", "password": "TOKEN"});
    let users = registries
        .iter()
        .map(|it| (it.docker.to_owned(), user.clone()));
    let data = Json::Object(users.collect());
    Fragment {
        place: "/etc/ecs/ecs.config of the container instances, then restart the agent; or instead the \
                task definition: one of the two"
            .to_owned(),
        owner: Owner::You,
        language: Language::Ini,
        text: format!("ECS_ENGINE_AUTH_TYPE=docker\nECS_ENGINE_AUTH_DATA={data}\n"),
        why: why(registries),
        risk: format!(
            "{SHARED}; the token lies on each instance: fetch the file from a private bucket of S3 and keep \
             it out of user data"
        ),
        undo: "remove the lines and restart the agent".to_owned(),
    }
}

/// What signing in costs.
pub(super) const SHARED: &str =
    "everything that signs in as this user shares one limit; a paid plan costs";

/// Why tasks sign in.
pub(super) fn why(registries: &[Registry<'_>]) -> String {
    let mut titles: Vec<&str> = registries.iter().map(|it| it.title).collect();
    titles.dedup();
    let titles = titles.join("; ");
    format!("pulls count for the user and no longer for the address: {titles}")
}
