//! Mirrors before registries that refuse: one that there is, or a new one.

use super::{Sets, Today, Ways};
use crate::catalog;
use crate::catalog::client::Auth;
use crate::emit;
use crate::scenario::model::{Moving, Scenario};

/// A mirror before a registry that refuses, empty and filled: one that there is, or a new one.
pub(super) fn mirrors(today: &Today<'_>) -> Vec<Ways> {
    let ways = today.services().filter_map(|(name, _)| {
        let kind = NewMirror::before(emit::provider(today.scenario, name)?)?;
        let workloads = today.scenario.workloads.iter();
        let pulls = |moving: &Moving| kind.takes(today.scenario, name, moving);
        let without = workloads.filter(|it| it.value.moving().is_some_and(pulls));
        let without: Vec<&str> = without.map(|it| it.name.as_str()).collect();
        let asks = |mirror: &str| -> Sets {
            let each = without.iter();
            let key = kind.key();
            each.map(|it| (format!("workloads.{it}.pull.{key}"), mirror.to_owned()))
                .collect()
        };
        let services = &today.scenario.services;
        let known: Vec<Sets> = services
            .iter()
            .filter(|it| {
                let caches = it.value.caches.as_ref();
                caches.is_some_and(|caches| caches.upstream.value == name)
            })
            .map(|it| asks(&it.name))
            .collect();
        let taken = |wanted: &str| services.iter().any(|it| it.name == wanted);
        let new = kind.names().into_iter().find(|it| !taken(it))?;
        let made = |holds: &str| {
            let mut sets = vec![(format!("services.{new}"), kind.service(name, holds))];
            sets.extend(asks(new));
            sets
        };
        let each = match known.is_empty() {
            true => vec![made("nothing"), made("everything")],
            false => known,
        };
        (!without.is_empty()).then(|| Ways {
            name: format!("services.{name}.mirror"),
            each,
        })
    });
    ways.collect()
}

/// What a new mirror before a registry is.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
enum NewMirror {
    /// Distribution before Docker Hub, which clients ask first on their own.
    Distribution,
    /// A rule of Amazon ECR before a registry that it has one for; images are named as ECR's then.
    PullThrough,
}

impl NewMirror {
    /// The one for a provider's registry.
    fn before(provider: &str) -> Option<Self> {
        if provider == "docker-hub" {
            return Some(NewMirror::Distribution);
        }
        let service = catalog::catalog().service(provider).ok()?;
        let cached = service.host.as_ref()?.ecr_cache.as_ref();
        cached.map(|_| NewMirror::PullThrough)
    }

    /// Whether pulls that have none yet can go through it.
    fn takes(self, scenario: &Scenario, registry: &str, moving: &Moving) -> bool {
        let section = &moving.section;
        let of_it = |image: &str| {
            let mut images = scenario.images.iter();
            images.any(|it| it.name == image && it.value.registry.value == registry)
        };
        let mut images = section.images.value.iter();
        let some = match self {
            NewMirror::Distribution => images.any(|it| of_it(it)),
            // A registry is named for all images of a pull, and ECR serves nobody who has not signed in.
            NewMirror::PullThrough => {
                images.all(|it| of_it(it)) && section.auth != Some(Auth::None)
            }
        };
        some && section.mirror.is_none() && section.registry.is_none()
    }

    /// The key of a pull that names it.
    fn key(self) -> &'static str {
        match self {
            NewMirror::Distribution => "mirror",
            NewMirror::PullThrough => "registry",
        }
    }

    /// What it is called, the first name that is free.
    fn names(self) -> [&'static str; 3] {
        match self {
            NewMirror::Distribution => ["mirror", "pull-through", "registry-mirror"],
            NewMirror::PullThrough => ["pull-through", "ecr-cache", "registry-mirror"],
        }
    }

    /// The service in the scenario.
    fn service(self, upstream: &str, holds: &str) -> String {
        match self {
            NewMirror::Distribution => {
                format!(
                    "{{caches: {{upstream: {upstream}, kind: distribution-proxy, holds: {holds}}}}}"
                )
            }
            NewMirror::PullThrough => format!(
                "{{preset: aws-ecr, caches: {{upstream: {upstream}, kind: ecr-pull-through, holds: \
                 {holds}}}}}"
            ),
        }
    }
}
