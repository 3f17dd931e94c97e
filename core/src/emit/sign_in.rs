//! Signing in to a registry that serves strangers less, and pulling with another client.
//!
//! Commands as in the references of docker, podman, kubectl and the AWS CLI, read in November 2026.

use super::Fragment;
use super::diff::{Both, Diff, full_reference};
use super::ecs_sign_in::{self, Registry};
use crate::catalog::{self, Owner, Preset};
use crate::report::model::Language;
use crate::scenario::model::{Moving, Service};

/// A login where a variant pulls under a user and today under an address, and the client of a
/// variant that is podman where today's is not.
pub(super) fn settings(diff: &Diff<'_>) -> Vec<Fragment> {
    let mut found: Vec<Fragment> = Vec::new();
    let mut add = |fragment: Fragment| {
        if found.iter().all(|known| known.text != fragment.text) {
            found.push(fragment);
        }
    };
    let signing_in: Vec<(&str, &Preset)> = signing_in(diff).collect();
    for (service, preset) in &signing_in {
        let users = diff
            .moving()
            .filter(|it| it.own.section.asks(&diff.own.scenario, service));
        let clients = users.map(|it| it.own.section.client.value.as_str());
        for client in clients.filter(|client| !ecs_sign_in::is_of_ecs(client)) {
            login(&preset.service, client, &preset.title)
                .into_iter()
                .for_each(&mut add);
        }
    }
    for user in diff.moving() {
        ecs_sign_in::settings(&user, &registries(diff, &user))
            .into_iter()
            .for_each(&mut add);
    }
    for moving in diff.moving() {
        let client = moving.changed(|it| it.section.client.value.as_str());
        if let Some(client) = client.filter(|client| client.starts_with("podman-")) {
            found.push(podman(diff, client, moving.own));
        }
    }
    found
}

/// The registries that a workload asks under a user and today under an address, where a secret can
/// sign in to them.
pub(super) fn registries<'p>(diff: &Diff<'p>, user: &Both<'_, Moving>) -> Vec<Registry<'p>> {
    let section = &user.own.section;
    let asked = signing_in(diff).filter(|(service, _)| section.asks(&diff.own.scenario, service));
    asked
        .filter_map(|(service, preset)| Registry::of(service, preset))
        .collect()
}

/// The services that a variant asks under a user and today under an address, with the plan of that user.
fn signing_in<'p>(diff: &Diff<'p>) -> impl Iterator<Item = (&'p str, &'static Preset)> {
    let preset = |it: &Service| catalog::preset(&it.preset.as_ref()?.value).ok();
    diff.services().filter_map(move |service| {
        let (own, today) = (preset(service.own)?, preset(service.today)?);
        let signs_in = own.signs_in() && !today.signs_in() && own.service == today.service;
        signs_in.then_some((service.name, own))
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

fn podman(diff: &Diff<'_>, client: &str, moving: &Moving) -> Fragment {
    let images = moving.section.images.value.iter();
    let images = images.map(|image| full_reference(&diff.own.scenario, &moving.section, image));
    let images = images.collect::<Vec<String>>().join(" ");
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
    use crate::report::model::Language;
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

    /// A variant in which Docker Hub is asked by a user, and its texts for this client, which pulls an
    /// image of Docker Hub, one of ECR Public and one of ECR.
    fn for_tasks(client: &str, kind: &str) -> Vec<emit::Settings> {
        let text = format!(
            "pullstorm: 1
name: x
services:
  hub: {{preset: docker-hub-anonymous}}
  again: {{preset: docker-hub-anonymous}}
  public: {{preset: aws-ecr-public-anonymous}}
  ecr: {{preset: aws-ecr}}
images:
  web: {{registry: hub, layers: 1}}
  cron: {{registry: again, layers: 1}}
  proxy: {{registry: public, layers: 1}}
  app: {{registry: ecr, layers: 1}}
workloads:
  tasks: {{{kind}, pull: {{client: {client}, images: [web, cron, proxy, app]}}}}
variants:
  v:
    set:
      services.hub.preset: docker-hub-free
      services.again.preset: docker-hub-free
      services.public.preset: aws-ecr-public-authenticated
"
        );
        let document = Document::parse("x.yaml", text.as_bytes()).unwrap();
        let prepared = prepare(&document, &[]).unwrap();
        emit::settings(&prepared[1], &prepared[0], None)
    }

    #[test]
    fn tasks_sign_in_with_a_secret_of_their_registry_and_ecr_needs_none() {
        for kind in [
            "kind: image-pulls, pulls: 2",
            "kind: ecs-deployment, desired: 2, until: 1h",
        ] {
            for client in ["fargate", "ecs-agent"] {
                let found = for_tasks(client, kind);
                let of = |language| {
                    let mut texts = found.iter().filter(move |it| it.language == language);
                    let text = texts.next().map(|it| it.text.as_str());
                    (text.unwrap_or_default(), texts.count())
                };
                let (secret, more) = of(Language::Sh);
                assert_eq!(more, 0, "one registry is one secret: {found:?}");
                assert!(secret.contains("create-secret --region REGION --name docker-io "));
                assert!(secret.contains("{username: $user, password: $token}"));
                let (definition, more) = of(Language::Json);
                assert_eq!(more, 0, "one task is one definition: {found:?}");
                let definition: serde_json::Value = serde_json::from_str(definition).unwrap();
                let signs_in = &definition["containerDefinitions"];
                let container = |name: &str| {
                    let secret = serde_json::json!({"credentialsParameter": "docker-io"});
                    serde_json::json!({
                        "name": name,
                        "image": format!("{name}:TAG"),
                        "repositoryCredentials": secret,
                    })
                };
                let both = [container("web"), container("cron")];
                assert_eq!(*signs_in, serde_json::json!(both), "{definition}");
                let texts: String = found.iter().map(|it| it.text.as_str()).collect();
                assert!(
                    !texts.contains("public.ecr.aws") && !texts.contains("proxy"),
                    "{texts}"
                );
                assert!(!texts.contains("docker login"), "{texts}");
            }
        }
    }

    #[test]
    fn the_agent_can_be_given_the_credentials_instead_and_fargate_has_no_file() {
        let kind = "kind: ecs-deployment, desired: 2, until: 1h";
        let ini = |client: &str| {
            let found = for_tasks(client, kind).into_iter();
            found
                .filter(|it| it.language == Language::Ini)
                .collect::<Vec<_>>()
        };
        let of_agent = ini("ecs-agent");
        assert_eq!(of_agent.len(), 1, "{of_agent:?}");
        assert_eq!(
            of_agent[0].text,
            "ECS_ENGINE_AUTH_TYPE=docker\nECS_ENGINE_AUTH_DATA={\"https://index.docker.io/v1/\":\
             {\"password\":\"TOKEN\",\"username\":\"USER\"}}\n"
        );
        assert!(of_agent[0].place.ends_with("one of the two"));
        let definition = for_tasks("ecs-agent", kind);
        let mut definition = definition.iter().filter(|it| it.language == Language::Json);
        assert!(definition.all(|it| it.place.ends_with("one of the two")));
        assert!(ini("fargate").is_empty());
    }

    #[test]
    fn podman_is_given_names_with_their_registry() {
        let text = "pullstorm: 1
name: x
services:
  hub: {preset: docker-hub-anonymous}
  public: {preset: aws-ecr-public-anonymous}
  ecr: {preset: aws-ecr}
  own: {latency: 5ms, limiters: {all: {bucket: {burst: 9, refill: 9/s}}}}
images:
  web: {registry: hub, layers: 1}
  proxy: {registry: public, layers: 1}
  app: {registry: ecr, layers: 1}
  tool: {registry: own, layers: 1}
workloads:
  ci:
    kind: image-pulls
    pulls: 2
    pull: {client: docker-classic, images: [web, proxy, app, tool]}
variants:
  v: {set: {workloads.ci.pull.client: podman-2026}}
";
        let document = Document::parse("x.yaml", text.as_bytes()).unwrap();
        let prepared = prepare(&document, &[]).unwrap();
        let found = emit::settings(&prepared[1], &prepared[0], None);
        assert_eq!(
            found[0].text,
            "podman pull docker.io/library/web public.ecr.aws/proxy \
             ACCOUNT.dkr.ecr.REGION.amazonaws.com/app REGISTRY/tool\n"
        );
    }
}
