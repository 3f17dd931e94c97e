//! Signing in to a registry that serves strangers less, and pulling with another client.
//!
//! Commands as in the references of docker, podman, kubectl and the AWS CLI, read in November 2026.

use super::Fragment;
use super::diff::{Diff, provider};
use crate::catalog::{self, Owner};
use crate::report::model::Language;
use crate::scenario::model::Moving;

/// A login where a variant pulls under a user and today under an address, and the client of a
/// variant that is podman where today's is not.
pub(super) fn settings(diff: &Diff<'_>) -> Vec<Fragment> {
    let mut found: Vec<Fragment> = Vec::new();
    for service in diff.services() {
        let family = |it: &crate::scenario::model::Service| {
            let preset = catalog::preset(&it.preset.as_ref()?.value).ok()?;
            Some((preset.family.as_str(), preset.title.as_str()))
        };
        let (Some((own, title)), Some((today, _))) = (family(service.own), family(service.today))
        else {
            continue;
        };
        let signs_in = today.contains("anonymous") && !own.contains("anonymous");
        let same = provider(service.own) == provider(service.today);
        let users = diff.moving();
        let users = users.filter(|it| signs_in && same && uses(diff, it.own, service.name));
        for user in users {
            let provider = provider(service.own).unwrap_or_default();
            let login = login(provider, &user.own.section.client.value, title);
            found.extend(login.filter(|it| found.iter().all(|known| known.text != it.text)));
        }
    }
    for moving in diff.moving() {
        let client = moving.changed(|it| it.section.client.value.as_str());
        if let Some(client) = client.filter(|client| client.starts_with("podman-")) {
            found.push(podman(client, &moving.own.section.images.value));
        }
    }
    found
}

/// Whether a workload pulls from a service of the scenario.
fn uses(diff: &Diff<'_>, moving: &Moving, service: &str) -> bool {
    let section = &moving.section;
    let named = section.registry.as_ref().map(|it| it.value.as_str());
    let mut images = diff.own.scenario.images.iter();
    named == Some(service)
        || images.any(|image| {
            section.images.value.contains(&image.name) && image.value.registry.value == service
        })
}

fn login(provider: &str, client: &str, title: &str) -> Option<Fragment> {
    let (server, user, password) = match provider {
        "docker-hub" => (
            "docker.io",
            "\"$DOCKERHUB_USER\"",
            "printf '%s' \"$DOCKERHUB_TOKEN\"",
        ),
        "ecr-public" => (
            "public.ecr.aws",
            "AWS",
            "aws ecr-public get-login-password --region us-east-1",
        ),
        _ => return None,
    };
    // No shell signs in for the agents of ECS.
    if ["fargate", "ecs-agent"].contains(&client) {
        return None;
    }
    let secret = server.replace('.', "-");
    let kubernetes = ["kubelet", "containerd", "cri-o"];
    let (place, text) = if kubernetes.iter().any(|it| client.starts_with(it)) {
        (
            "the cluster, in each namespace",
            format!(
                "kubectl create secret docker-registry {secret} --docker-server={server} \
                 --docker-username={user} --docker-password=\"$({password})\"\nkubectl patch \
                 serviceaccount default --patch '{{\"imagePullSecrets\": [{{\"name\": \"{secret}\"}}]}}'\n"
            ),
        )
    } else {
        let tool = if client.starts_with("podman") {
            "podman"
        } else {
            "docker"
        };
        (
            "each job or machine, before it pulls",
            format!("{password} |\n  {tool} login --username {user} --password-stdin {server}\n"),
        )
    };
    let undo = match place.starts_with("the cluster") {
        true => format!("kubectl delete secret {secret}, and take it out of imagePullSecrets"),
        false => "docker logout, or leave the line out".to_owned(),
    };
    let lasts = match (provider, place.starts_with("the cluster")) {
        ("ecr-public", true) => "; this password is good for 12 h: renew the secret before that",
        _ => "",
    };
    Some(Fragment {
        place: place.to_owned(),
        owner: Owner::You,
        language: Language::Sh,
        text,
        why: format!("pulls count for the user and no longer for the address: {title}"),
        risk: format!(
            "everything that signs in as this user shares one limit; a paid plan costs; the token is a \
             secret of the pipeline{lasts}"
        ),
        undo,
    })
}

fn podman(client: &str, images: &[String]) -> Fragment {
    let images = images.join(" ");
    Fragment {
        place: "the script that pulls".to_owned(),
        owner: Owner::You,
        language: Language::Sh,
        text: format!("podman pull {images}\n"),
        why: format!("{client} asks again when it is throttled, where docker gives up"),
        risk:
            "images lie in podman's own store, which docker does not see: run them with podman too"
                .to_owned(),
        undo: "docker pull again".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use crate::emit;
    use crate::replicate::prepare;
    use crate::scenario::Document;

    /// The texts for signing in at Docker Hub and ECR Public, from which this client pulls.
    fn signing_in(client: &str) -> String {
        let text = format!(
            "pullstorm: 1
name: x
services:
  hub: {{preset: docker-hub-anonymous@2026-11}}
  public: {{preset: aws-ecr-public-anonymous}}
images:
  web: {{registry: hub, layers: 1}}
  proxy: {{registry: public, layers: 1}}
workloads:
  both: {{kind: image-pulls, pulls: 2, pull: {{client: {client}, images: [web, proxy]}}}}
  ci: {{kind: image-pulls, pulls: 2, pull: {{client: docker-classic, images: web}}}}
variants:
  v:
    set: {{services.hub.preset: docker-hub-free@2026-11, services.public.preset: aws-ecr-public-authenticated}}
"
        );
        let document = Document::parse("x.yaml", text.as_bytes()).unwrap();
        let prepared = prepare(&document, &[]).unwrap();
        let found = emit::settings(&prepared[1], &prepared[0], None);
        found.into_iter().map(|it| it.text).collect()
    }

    #[test]
    fn a_cluster_has_a_secret_for_each_registry_and_machines_sign_in_themselves() {
        let texts = signing_in("containerd-2.4");
        for secret in ["docker-io", "public-ecr-aws"] {
            assert!(
                texts.contains(&format!("docker-registry {secret} ")),
                "{texts}"
            );
            assert!(
                texts.contains(&format!("\"name\": \"{secret}\"")),
                "{texts}"
            );
        }
        assert_eq!(texts.matches("docker login").count(), 1, "{texts}");
        let twice = signing_in("docker-classic");
        assert_eq!(
            twice.matches("login").count(),
            3,
            "once for each registry: {twice}"
        );
    }

    #[test]
    fn no_shell_signs_in_for_fargate() {
        assert!(!signing_in("fargate").contains("public.ecr.aws"));
    }
}
