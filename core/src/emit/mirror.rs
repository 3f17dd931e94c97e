//! Mirrors: what they ask, what they hold when they are switched on, and which registry asks for them.
//!
//! Keys as in the configuration references of Distribution (`proxy`), of containerd (hosts.toml) and of
//! Amazon ECR (CreatePullThroughCacheRule; Terraform AWS provider 6), read in November 2026; those of
//! the secret as in the Amazon ECR user guide, "Storing your upstream repository credentials in an AWS
//! Secrets Manager secret", read in November 2026.

use super::Fragment;
use super::diff::{Both, Diff, path_at, provider, registry_of, service};
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

/// Whether a service is Docker Hub under a user's plan.
fn signs_in(of: &Service) -> bool {
    let preset = of.preset.as_ref();
    let preset = preset.and_then(|preset| catalog::preset(&preset.value).ok());
    preset.is_some_and(|preset| preset.service == "docker-hub" && preset.signs_in())
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
    let secret = format!("ecr-pullthroughcache/{mirror}");
    let (created, option, deleted) = match upstream.credentials {
        true => (
            format!(
                "arn=$(aws secretsmanager create-secret --region REGION --name {secret} \\\n  \
                 --secret-string \"$(jq -n --arg user \"$UPSTREAM_USER\" --arg token \"$UPSTREAM_TOKEN\" \
                 '{{username: $user, accessToken: $token}}')\" \\\n  --query ARN --output text)\n"
            ),
            " \\\n  --credential-arn \"$arn\"",
            format!(
                ", and aws secretsmanager delete-secret --region REGION --secret-id {secret}, whose name stays taken \
                 for 30 days"
            ),
        ),
        false => (String::new(), "", String::new()),
    };
    let fragment = |place: &str, language, text, stored: &str, undo: &str| Fragment {
        place: place.to_owned(),
        owner: Owner::You,
        language,
        text,
        why: format!(
            "images are pulled as ACCOUNT.dkr.ecr.REGION.amazonaws.com/{mirror}/NAME, the whole path \
             (library/nginx for nginx of Docker Hub); upstream is asked at most once a day for each"
        ),
        risk: format!(
            "pulls spend ECR's own quotas; images come under another name, which whatever names \
             them has to be given; an image that is not there yet is fetched at its first pull, with \
             all of its platforms, which upstream may refuse: fill it first{stored}"
        ),
        undo: undo.to_owned(),
    };
    let stored = match upstream.credentials {
        true => {
            "; the token lies in the state of Terraform, which only those may read who may have it"
        }
        false => "",
    };
    vec![
        fragment(
            "a shell with the AWS CLI; or instead Terraform: one of the two",
            Language::Sh,
            format!(
                "{created}aws ecr create-pull-through-cache-rule --region REGION \
                 --ecr-repository-prefix {mirror} \\\n  --upstream-registry-url {url}{option}\n"
            ),
            "",
            &format!(
                "aws ecr delete-pull-through-cache-rule --region REGION --ecr-repository-prefix \
                 {mirror}{deleted}"
            ),
        ),
        fragment(
            "Terraform of the registry; or instead the AWS CLI: one of the two",
            Language::Hcl,
            terraform(&name, mirror, url, upstream.credentials.then_some(&secret)),
            stored,
            "remove what was added and apply",
        ),
    ]
}

/// The rule of a cache in Terraform, with the secret that it asks upstream with. The rule waits for
/// the version, without which its secret is empty.
fn terraform(name: &str, mirror: &str, url: &str, secret: Option<&String>) -> String {
    let rule = |more: &str| {
        format!(
            "resource \"aws_ecr_pull_through_cache_rule\" \"{name}\" {{\n  ecr_repository_prefix = \
             \"{mirror}\"\n  upstream_registry_url = \"{url}\"\n{more}}}\n"
        )
    };
    let Some(secret) = secret else {
        return rule("");
    };
    let rule = rule(&format!(
        "  credential_arn        = aws_secretsmanager_secret.{name}.arn\n  depends_on            = \
         [aws_secretsmanager_secret_version.{name}]\n"
    ));
    format!(
        "{rule}\nresource \"aws_secretsmanager_secret\" \"{name}\" {{\n  name = \"{secret}\"\n}}\n\n\
         resource \"aws_secretsmanager_secret_version\" \"{name}\" {{\n  secret_id     = \
         aws_secretsmanager_secret.{name}.id\n  secret_string = jsonencode({{\n    username    = \
         var.{name}_username\n    accessToken = var.{name}_access_token\n  }})\n}}\n\n\
         variable \"{name}_username\" {{\n  type = string\n}}\n\n\
         variable \"{name}_access_token\" {{\n  type      = string\n  sensitive = true\n}}\n"
    )
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
    // What comes through a cache of ECR has its whole path there, in short names it is understood.
    let upstream = service(&diff.own.scenario, &own.upstream.value).filter(|_| !prefix.is_empty());
    let path = |name: &str| upstream.map_or_else(|| name.to_owned(), |it| path_at(it, name));
    let images = images.map(|image| format!("{prefix}{}", path(&image.name)));
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
    let pulls = section.engine.as_deref().unwrap_or(&section.client);
    let pulls = pulls.value.as_str();
    if pulls != "kubelet" && !pulls.starts_with("containerd-") {
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
        let found = settings_through_ecr(upstream, key).into_iter();
        found.map(|it| it.text).collect()
    }

    fn settings_through_ecr(upstream: &str, key: &str) -> Vec<emit::Settings> {
        let image = if upstream == "hub" { "web" } else { "proxy" };
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
  nodes: {{kind: image-pulls, pulls: 2, pull: {{client: containerd-2.4, images: {image}}}}}
variants:
  v: {{set: {{workloads.nodes.pull.{key}: cache}}}}
"
        );
        let document = Document::parse("x.yaml", text.as_bytes()).unwrap();
        let prepared = prepare(&document, &[]).unwrap();
        emit::settings(&prepared[1], &prepared[0], None)
    }

    #[test]
    fn a_cache_of_ecr_is_filled_under_its_own_name_with_what_its_registry_has() {
        let texts = through_ecr("hub", "registry").concat();
        let name = "ACCOUNT.dkr.ecr.REGION.amazonaws.com/cache/library/web";
        assert!(
            texts.contains(&format!("for image in {name}; do")),
            "{texts}"
        );
        assert!(!texts.contains("cache/proxy"), "{texts}");
    }

    #[test]
    fn a_cache_that_signs_in_upstream_has_its_secret_filled_by_cli_or_by_terraform() {
        let texts = through_ecr("hub", "registry");
        let of = |begin: &str| {
            let mut texts = texts.iter().filter(|text| text.starts_with(begin));
            let text = texts.next().unwrap_or_else(|| panic!("{begin}: {texts:?}"));
            assert_eq!(texts.next(), None);
            text.clone()
        };
        let shell = of("arn=$(aws secretsmanager create-secret ");
        assert!(
            shell.contains("--name ecr-pullthroughcache/cache "),
            "{shell}"
        );
        assert!(
            shell.contains("{username: $user, accessToken: $token}"),
            "{shell}"
        );
        let (_, rule) = shell.split_once("--output text)").unwrap();
        assert!(rule.contains("--credential-arn \"$arn\""), "{shell}");
        let terraform = of("resource \"aws_ecr_pull_through_cache_rule\"");
        for part in [
            "depends_on            = [aws_secretsmanager_secret_version.cache]",
            "username    = var.cache_username",
            "accessToken = var.cache_access_token",
            "variable \"cache_access_token\" {\n  type      = string\n  sensitive = true\n}",
        ] {
            assert!(terraform.contains(part), "{part}: {terraform}");
        }
        // Who asks upstream as a stranger needs no secret.
        let texts = through_ecr("public", "registry").concat();
        assert!(
            texts.contains("upstream_registry_url = \"public.ecr.aws\""),
            "{texts}"
        );
        assert!(
            !texts.contains("secret") && !texts.contains("credential"),
            "{texts}"
        );
    }

    #[test]
    fn cli_and_terraform_are_one_or_the_other() {
        let settings = settings_through_ecr("hub", "registry");
        let rules = settings
            .iter()
            .filter(|it| it.text.contains("pull_through") || it.text.contains("pull-through"));
        let places: Vec<&str> = rules.map(|it| it.place.as_str()).collect();
        assert_eq!(places.len(), 2, "{settings:?}");
        assert!(
            places.iter().all(|it| it.ends_with("one of the two")),
            "{places:?}"
        );
    }

    #[test]
    fn containerd_asks_a_cache_of_ecr_below_its_prefix() {
        let texts = through_ecr("hub", "mirror").concat();
        let host = "[host.\"https://ACCOUNT.dkr.ecr.REGION.amazonaws.com/v2/cache\"]";
        assert!(texts.contains(host), "{texts}");
        assert!(texts.contains("override_path = true"), "{texts}");
    }
}
