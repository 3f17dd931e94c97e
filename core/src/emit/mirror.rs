//! Mirrors: what they ask, what they hold when they are switched on, and which registry asks for them.
//!
//! Keys as in the configuration references of Distribution (`proxy`), of containerd (hosts.toml) and of
//! Amazon ECR (CreatePullThroughCacheRule; Terraform AWS provider 6), read in November 2026.

use super::Fragment;
use super::diff::{Both, Diff, provider, registry_of, service};
use super::write::identifier;
use crate::catalog::{self, EcrUpstream, Host, Owner};
use crate::report::model::Language;
use crate::scenario::model::{Caches, Moving, Scenario, Service};

/// What a variant changes of mirrors.
pub(super) fn settings(diff: &Diff<'_>) -> Vec<Fragment> {
    let mut found = Vec::new();
    for (name, own, today) in diff.all_services() {
        let Some(own) = &own.caches else {
            continue;
        };
        if is_used(&diff.own.scenario, name) {
            let today = today.and_then(|it| it.caches.as_ref());
            found.extend(rules(diff, name, own, today));
            found.extend(filled(diff, own, today));
        }
    }
    let mut hosts: Vec<Fragment> = Vec::new();
    for moving in diff.moving() {
        let fragment = containerd(diff, &moving);
        if let Some(fragment) = fragment
            && hosts.iter().all(|known| known.text != fragment.text)
        {
            hosts.push(fragment);
        }
    }
    found.extend(hosts);
    found
}

/// Whether a workload asks this service for the images of another.
fn is_used(scenario: &Scenario, name: &str) -> bool {
    scenario.workloads.iter().any(|workload| {
        let section = workload.value.moving().map(|moving| &moving.section);
        section.is_some_and(|section| {
            [&section.mirror, &section.registry]
                .into_iter()
                .flatten()
                .any(|used| used.value == name)
        })
    })
}

/// The mirror's own settings, if it is new or asks somebody else than today.
fn rules(diff: &Diff<'_>, mirror: &str, own: &Caches, today: Option<&Caches>) -> Vec<Fragment> {
    let key = |caches: &Caches| (caches.kind.value.clone(), caches.upstream.value.clone());
    let same = today.map(key) == Some(key(own));
    if same && is_used(&diff.today.scenario, mirror) {
        return Vec::new();
    }
    let Some(upstream) = service(&diff.own.scenario, &own.upstream.value) else {
        return Vec::new();
    };
    let host = host(upstream);
    let is_new = !is_used(&diff.today.scenario, mirror);
    match (own.kind.value.as_str(), host) {
        ("distribution-proxy", Some(host)) => vec![distribution(host, signs_in(upstream), is_new)],
        ("ecr-pull-through", Some(host)) => match &host.ecr_cache {
            Some(cache) => ecr(mirror, cache),
            None => Vec::new(),
        },
        _ => Vec::new(),
    }
}

fn host(of: &Service) -> Option<&'static Host> {
    let service = catalog::catalog().service(provider(of)?).ok()?;
    service.host.as_ref()
}

/// Whether a service is asked under a user: no preset of it is for strangers.
fn signs_in(of: &Service) -> bool {
    let preset = of.preset.as_ref().map(|preset| preset.value.as_str());
    preset.is_some_and(|preset| preset.starts_with("docker-hub") && !preset.contains("anonymous"))
}

fn distribution(upstream: &Host, signs_in: bool, is_new: bool) -> Fragment {
    let user = match signs_in {
        true => "  username: USER\n  password: TOKEN\n",
        false => "",
    };
    let risk = match signs_in {
        true => {
            "everything that the mirror asks counts for one user; whoever reaches the mirror pulls \
                 what that user may"
        }
        false => {
            "it is filled by whoever asks first, and asks upstream once for each of those who ask \
                  at the same time"
        }
    };
    Fragment {
        place: "config.yml of the mirror (registry:3)".to_owned(),
        owner: Owner::You,
        language: Language::Yaml,
        text: format!(
            "version: 0.1\nstorage: {{filesystem: {{rootdirectory: /var/lib/registry}}}}\nhttp: {{addr: \
             ':5000'}}\nproxy:\n  remoteurl: {}\n{user}",
            upstream.url
        ),
        why: match (is_new, signs_in) {
            (false, true) => "the mirror signs in, so what it asks upstream counts for its user",
            _ => "what the mirror holds is asked of upstream no more",
        }
        .to_owned(),
        risk: risk.to_owned(),
        undo: "restore config.yml and restart the mirror".to_owned(),
    }
}

fn ecr(mirror: &str, upstream: &EcrUpstream) -> Vec<Fragment> {
    let url = &upstream.url;
    let name = identifier(mirror);
    let (option, argument, secret) = match upstream.credentials {
        true => (
            format!(
                " \\\n  --credential-arn \
                 arn:aws:secretsmanager:REGION:ACCOUNT:secret:ecr-pullthroughcache/{mirror}"
            ),
            format!("  credential_arn        = aws_secretsmanager_secret.{name}.arn\n"),
            format!(
                "\nresource \"aws_secretsmanager_secret\" \"{name}\" {{\n  name = \
                 \"ecr-pullthroughcache/{mirror}\"\n}}\n"
            ),
        ),
        false => (String::new(), String::new(), String::new()),
    };
    let fragment = |place: &str, language, text, undo: &str| Fragment {
        place: place.to_owned(),
        owner: Owner::You,
        language,
        text,
        why: format!(
            "images are pulled as ACCOUNT.dkr.ecr.REGION.amazonaws.com/{mirror}/NAME; upstream is asked \
             at most once a day for each"
        ),
        risk:
            "pulls spend ECR's own quotas; images come under another name; the first pull of each \
               still waits for upstream"
                .to_owned(),
        undo: undo.to_owned(),
    };
    vec![
        fragment(
            "a shell with the AWS CLI",
            Language::Sh,
            format!(
                "aws ecr create-pull-through-cache-rule --ecr-repository-prefix {mirror} \\\n  \
                 --upstream-registry-url {url}{option}\n"
            ),
            &format!("aws ecr delete-pull-through-cache-rule --ecr-repository-prefix {mirror}"),
        ),
        fragment(
            "Terraform of the registry",
            Language::Hcl,
            format!(
                "resource \"aws_ecr_pull_through_cache_rule\" \"{name}\" {{\n  ecr_repository_prefix = \
                 \"{mirror}\"\n  upstream_registry_url = \"{url}\"\n{argument}}}\n{secret}"
            ),
            "remove the resource and apply",
        ),
    ]
}

/// A script that fills the mirror before others ask it.
fn filled(diff: &Diff<'_>, own: &Caches, today: Option<&Caches>) -> Option<Fragment> {
    let before = today.map(|caches| caches.prefilled);
    if !own.prefilled || before == Some(true) {
        return None;
    }
    let images = diff
        .own
        .scenario
        .images
        .iter()
        .map(|image| image.name.as_str());
    let images: Vec<&str> = images.collect();
    Some(Fragment {
        place: "one machine that pulls through the mirror, before the others do".to_owned(),
        owner: Owner::You,
        language: Language::Sh,
        text: format!(
            "for image in {}; do\n  docker pull \"$image\"\ndone\n",
            images.join(" ")
        ),
        why: "each image is asked of upstream once, and the mirror holds it when everybody asks"
            .to_owned(),
        risk: "costs one pull of each image; one whose tag has moved meanwhile is asked for again"
            .to_owned(),
        undo: "nothing to undo".to_owned(),
    })
}

/// hosts.toml of containerd, where a variant puts a mirror before the registry of its images.
fn containerd(diff: &Diff<'_>, moving: &Both<'_, Moving>) -> Option<Fragment> {
    let section = &moving.own.section;
    let client = section.client.value.as_str();
    if client != "kubelet" && !client.starts_with("containerd-") {
        return None;
    }
    let mirror = moving.changed(|it| it.section.mirror.as_ref().map(|it| it.value.as_str()))?;
    let registry = registry_of(&diff.own.scenario, section)?;
    let host = catalog::catalog().service(registry).ok()?.host.as_ref()?;
    let mirrors = mirror.map_or(String::new(), |name| {
        format!(
            "\n[host.\"https://{name}.example.net\"]\n  capabilities = [\"pull\", \"resolve\"]\n"
        )
    });
    Some(Fragment {
        place: format!(
            "/etc/containerd/certs.d/{}/hosts.toml of the nodes (config_path in config.toml)",
            host.name
        ),
        owner: Owner::You,
        language: Language::Toml,
        text: format!("server = \"{}\"\n{mirrors}", host.url),
        why: match mirror {
            Some(_) => "the mirror is asked first, and the registry where it fails".to_owned(),
            None => "the registry is asked itself".to_owned(),
        },
        risk: "an empty mirror is filled by whoever asks first, all at once if all do".to_owned(),
        undo: "restore the file of today; containerd reads it at the next pull".to_owned(),
    })
}
