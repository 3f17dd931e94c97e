//! A variant beside *today*: what targets look at.

use crate::catalog::{self, Owner};
use crate::replicate::Prepared;
use crate::report::model::VariantReport;
use crate::scenario::model::{
    Image, Moving, Named, Nat, PullSection, Reference, RetryChoice, Scenario, Service, Workload,
};

/// A variant, and what it differs from.
pub(super) struct Diff<'p> {
    /// The variant.
    pub own: &'p Prepared,
    /// The scenario without overrides.
    pub today: &'p Prepared,
    /// What both came to, where they were simulated: the variant and today.
    pub figures: Option<(&'p VariantReport, &'p VariantReport)>,
}

/// Something that both have, in the variant and today.
pub(super) struct Both<'p, T> {
    /// Its name.
    pub name: &'p str,
    /// In the variant.
    pub own: &'p T,
    /// Today.
    pub today: &'p T,
}

impl<'p, T> Both<'p, T> {
    /// A value of it, if the variant changes it.
    pub fn changed<V: PartialEq>(&self, of: impl Fn(&'p T) -> V) -> Option<V> {
        let (own, today) = (of(self.own), of(self.today));
        (own != today).then_some(own)
    }
}

impl<'p> Diff<'p> {
    /// A variant beside today, neither of them simulated.
    #[cfg(test)]
    pub fn of(own: &'p Prepared, today: &'p Prepared) -> Self {
        Diff {
            own,
            today,
            figures: None,
        }
    }

    /// Who operates the client of a workload, and so owns its settings.
    pub fn operator(&self, workload: &str) -> Owner {
        let mut workloads = self.own.scenario.workloads.iter();
        let named = workloads.find(|known| known.name == workload);
        named.map_or(Owner::You, |named| named.value.operated_by())
    }

    /// The workloads that are there today and in the variant.
    pub fn workloads(&self) -> impl Iterator<Item = Both<'p, Workload>> {
        both(&self.own.scenario.workloads, &self.today.scenario.workloads)
    }

    /// The workloads of a kind, by what `of` takes out of them.
    pub fn kind<T: 'p>(
        &self,
        of: impl Fn(&'p Workload) -> Option<&'p T>,
    ) -> impl Iterator<Item = Both<'p, T>> {
        self.workloads().filter_map(move |workload| {
            Some(Both {
                name: workload.name,
                own: of(workload.own)?,
                today: of(workload.today)?,
            })
        })
    }

    /// The workloads that pull or push images.
    pub fn moving(&self) -> impl Iterator<Item = Both<'p, Moving>> {
        self.kind(Workload::moving)
    }

    /// The services that are there today and in the variant.
    pub fn services(&self) -> impl Iterator<Item = Both<'p, Service>> {
        both(&self.own.scenario.services, &self.today.scenario.services)
    }

    /// The NAT gateways that the variant describes; one that is not described today is as it is by
    /// default.
    pub fn nats(&self) -> impl Iterator<Item = (&'p str, Nat, Nat)> {
        let today = &self.today.scenario.nats;
        self.own.scenario.nats.iter().map(move |own| {
            let known = today.iter().find(|known| known.name == own.name);
            let known = known.map_or(Nat::ONE, |known| known.value);
            (own.name.as_str(), own.value, known)
        })
    }

    /// The services of the variant with what they are today, where they are.
    pub fn all_services(
        &self,
    ) -> impl Iterator<Item = (&'p str, &'p Service, Option<&'p Service>)> {
        let today = &self.today.scenario;
        let all = self.own.scenario.services.iter();
        all.map(move |own| (own.name.as_str(), &own.value, service(today, &own.name)))
    }

    /// The images of a workload that the variant names by digest and today by tag, or the other way
    /// round.
    pub fn renamed(&self, section: &PullSection, to: Reference) -> Vec<&'p str> {
        let of_section = |name: &str| section.images.value.iter().any(|known| known == name);
        let images = both(&self.own.scenario.images, &self.today.scenario.images);
        images
            .filter(|image| of_section(image.name))
            .filter(|image| image.changed(|it: &Image| it.reference) == Some(to))
            .map(|image| image.name)
            .collect()
    }

    /// The workloads whose own retry policy a variant overrides: name, policy, and that of *today*.
    pub fn retries(&self) -> impl Iterator<Item = Both<'p, RetryChoice>> {
        let overrides = &self.own.overrides;
        self.kind(Workload::retry).filter(move |workload| {
            let path = format!("workloads.{}.retry", workload.name);
            overrides.iter().any(|(known, _)| {
                let below = known.strip_prefix(&path);
                below.is_some_and(|below| below.is_empty() || below.starts_with('.'))
            })
        })
    }
}

/// What both lists have under one name.
fn both<'p, T>(own: &'p [Named<T>], today: &'p [Named<T>]) -> impl Iterator<Item = Both<'p, T>> {
    own.iter().filter_map(|own| {
        let today = today.iter().find(|known| known.name == own.name)?;
        Some(Both {
            name: &own.name,
            own: &own.value,
            today: &today.value,
        })
    })
}

/// The service of a scenario that has this name.
pub(super) fn service<'p>(scenario: &'p Scenario, name: &str) -> Option<&'p Service> {
    let mut services = scenario.services.iter();
    services
        .find(|known| known.name == name)
        .map(|known| &known.value)
}

/// The catalog's name of what a service of a scenario is, as its preset says: `docker-hub`, `ecr`.
pub(super) fn provider(service: &Service) -> Option<&'static str> {
    let preset = catalog::preset(&service.preset.as_ref()?.value).ok()?;
    Some(preset.service.as_str())
}

/// How an image of a scenario is named to a client, without tag or digest: with the address of its
/// registry where that is an account's own.
pub(super) fn reference(scenario: &Scenario, name: &str) -> String {
    let image = scenario.images.iter().find(|known| known.name == name);
    let registry = image.and_then(|image| service(scenario, &image.value.registry.value));
    match registry.and_then(provider) {
        Some("ecr") => format!("ACCOUNT.dkr.ecr.REGION.amazonaws.com/{name}"),
        _ => name.to_owned(),
    }
}

/// The same with the host of its registry, which podman needs: of a name without one it may ask for
/// the registry, or refuse it (containers-registries.conf(5), read in November 2026). `REGISTRY` stands
/// for a host that nobody knows.
pub(super) fn full_reference(scenario: &Scenario, section: &PullSection, name: &str) -> String {
    let image = scenario.images.iter().find(|known| known.name == name);
    let of_image = image.map(|image| image.value.registry.value.as_str());
    let asked = section.registry.as_ref().map(|it| it.value.as_str());
    let of = |registry: Option<&str>| registry.and_then(|it| service(scenario, it));
    let path = of(of_image).map_or_else(|| name.to_owned(), |own| path_at(own, name));
    let asked = asked.or(of_image);
    let (Some(known), Some(service)) = (asked, of(asked)) else {
        return format!("REGISTRY/{path}");
    };
    let host = provider(service).and_then(|it| catalog::catalog().service(it).ok()?.host.as_ref());
    match (&service.caches, host) {
        (Some(_), Some(host)) => format!("{}/{known}/{path}", host.name),
        (Some(_), None) => format!("{known}.example.net/{path}"),
        (None, Some(host)) => format!("{}/{path}", host.name),
        (None, None) => format!("REGISTRY/{path}"),
    }
}

/// The path of an image at its own registry. Names of images have one word, which Docker Hub has in
/// its library.
pub(super) fn path_at(registry: &Service, name: &str) -> String {
    match provider(registry) {
        Some("docker-hub") => format!("library/{name}"),
        _ => name.to_owned(),
    }
}

/// The catalog's name of the registry that images of a section come from, if it is one for all.
pub(super) fn registry_of(scenario: &Scenario, section: &PullSection) -> Option<&'static str> {
    let mut found = None;
    for name in &section.images.value {
        let image = scenario.images.iter().find(|known| known.name == *name)?;
        let provider = provider(service(scenario, &image.value.registry.value)?)?;
        if found.is_some_and(|known| known != provider) {
            return None;
        }
        found = Some(provider);
    }
    found
}
