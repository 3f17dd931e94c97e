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
            found.extend(filled(diff, name, own, today));
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
    let fragment = |place: &str, language, text, undo: &str| {
        Fragment {
        place: place.to_owned(),
        owner: Owner::You,
        language,
        text,
        why: format!(
            "images are pulled as ACCOUNT.dkr.ecr.REGION.amazonaws.com/{mirror}/NAME; upstream is asked \
             at most once a day for each"
        ),
        risk: "pulls spend ECR's own quotas; images come under another name, which whatever names \
               them has to be given; an image that is not there yet is fetched at its first pull, with \
               all of its platforms, which upstream may refuse: fill it first"
            .to_owned(),
        undo: undo.to_owned(),
    }
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
fn filled(diff: &Diff<'_>, mirror: &str, own: &Caches, today: Option<&Caches>) -> Option<Fragment> {
    let full_today =
        today.is_some_and(|caches| caches.prefilled) && is_used(&diff.today.scenario, mirror);
    if !own.prefilled || full_today {
        return None;
    }
    let images = diff.own.scenario.images.iter();
    let images = images.filter(|image| image.value.registry.value == own.upstream.value);
    let (place, prefix) = match own.kind.value.as_str() {
        "ecr-pull-through" => (
            "one machine that has signed in to ECR, before the others pull",
            format!("ACCOUNT.dkr.ecr.REGION.amazonaws.com/{mirror}/"),
        ),
        _ => (
            "one machine that pulls through the mirror, before the others do",
            String::new(),
        ),
    };
    let images = images.map(|image| format!("{prefix}{}", image.name));
    let images: Vec<String> = images.collect();
    Some(Fragment {
        place: place.to_owned(),
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
    let of_ecr = mirror.is_some_and(|name| {
        let caches = service(&diff.own.scenario, name).and_then(|it| it.caches.as_ref());
        caches.is_some_and(|caches| caches.kind.value == "ecr-pull-through")
    });
    let mirrors = mirror.map_or(String::new(), |name| {
        let (address, more) = match of_ecr {
            true => (
                format!("ACCOUNT.dkr.ecr.REGION.amazonaws.com/v2/{name}"),
                "  override_path = true\n",
            ),
            false => (format!("{name}.example.net"), ""),
        };
        format!("\n[host.\"https://{address}\"]\n  capabilities = [\"pull\", \"resolve\"]\n{more}")
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
        risk: match of_ecr {
            true => {
                "ECR serves nobody who has not signed in: the nodes need credentials for its host, or \
                 every pull goes on to the registry"
            }
            false => "an empty mirror is filled by whoever asks first, all at once if all do",
        }
        .to_owned(),
        undo: "restore the file of today; containerd reads it at the next pull".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use crate::emit;
    use crate::replicate::prepare;
    use crate::scenario::Document;

    /// The texts for images of Docker Hub and of ECR Public, which nodes pull through a cache of ECR
    /// before this registry in the way this key says.
    fn through_ecr(upstream: &str, key: &str) -> Vec<String> {
        let text = format!(
            "pullstorm: 1
name: x
services:
  hub: {{preset: docker-hub-anonymous@2026-11}}
  public: {{preset: aws-ecr-public-anonymous}}
  cache: {{preset: aws-ecr, caches: {{upstream: {upstream}, kind: ecr-pull-through, holds: everything}}}}
images:
  web: {{registry: hub, layers: 1}}
  proxy: {{registry: public, layers: 1}}
workloads:
  nodes: {{kind: image-pulls, pulls: 2, pull: {{client: containerd-2.4, images: web}}}}
variants:
  v: {{set: {{workloads.nodes.pull.{key}: cache}}}}
"
        );
        let document = Document::parse("x.yaml", text.as_bytes()).unwrap();
        let prepared = prepare(&document, &[]).unwrap();
        let found = emit::settings(&prepared[1], &prepared[0], None);
        found.into_iter().map(|it| it.text).collect()
    }

    #[test]
    fn a_cache_of_ecr_is_filled_under_its_own_name_with_what_its_registry_has() {
        let texts = through_ecr("hub", "registry").concat();
        let name = "ACCOUNT.dkr.ecr.REGION.amazonaws.com/cache/web";
        assert!(
            texts.contains(&format!("for image in {name}; do")),
            "{texts}"
        );
        assert!(!texts.contains("cache/proxy"), "{texts}");
    }

    #[test]
    fn containerd_asks_a_cache_of_ecr_below_its_prefix() {
        let texts = through_ecr("hub", "mirror").concat();
        let host = "[host.\"https://ACCOUNT.dkr.ecr.REGION.amazonaws.com/v2/cache\"]";
        assert!(texts.contains(host), "{texts}");
        assert!(texts.contains("override_path = true"), "{texts}");
    }
}
