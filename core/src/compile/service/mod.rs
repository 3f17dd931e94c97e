//! Services: presets and the scenario's own limiters become limiters of the plan.

mod limiters;
mod resolved;

pub(super) use self::resolved::Resolved;

use super::accounts::Accounts;
use super::faults;
use super::images::Images;
use super::mirror::Mirror;
use super::nats::Nats;
use super::problem::Problems;
use crate::catalog;
use crate::plan::{Assumption, Basis, PlanBuilder};
use crate::scenario::model::{LimiterChoice, Named, Placed, Scenario, Service, Workload};
use std::rc::Rc;

/// All services of a scenario.
#[derive(Debug, Default)]
pub(super) struct Services {
    services: Vec<Resolved>,
    /// What hosts are behind.
    pub nats: Rc<Nats>,
}

impl Services {
    pub fn resolve(
        scenario: &Scenario,
        builder: &mut PlanBuilder,
        problems: &mut Problems,
    ) -> Self {
        let nats = Rc::new(Nats::resolve(scenario, builder));
        let accounts = Rc::new(Accounts::resolve(scenario, problems));
        let services = scenario
            .services
            .iter()
            .map(|named| resolve(named, scenario, (&nats, &accounts), builder, problems))
            .collect();
        Services { services, nats }
    }

    /// Lays out what the mirrors among them keep.
    pub fn add_mirrors(
        &mut self,
        scenario: &Scenario,
        images: &Images<'_>,
        builder: &mut PlanBuilder,
        problems: &mut Problems,
    ) {
        for named in &scenario.services {
            if let Some(caches) = &named.value.caches {
                let upstream = &caches.upstream;
                if caches.identity.as_ref().is_some_and(|it| it.accounts > 1) {
                    let path = format!("services.{}.caches.identity.accounts", named.name);
                    let message = "a mirror is one host, in one account".to_owned();
                    let hint = "leave `accounts` out".to_owned();
                    problems.push(upstream.place, &path, message, Some(hint));
                }
                let mut others = scenario.services.iter();
                let other = others.find(|it| it.name == upstream.value && it.name != named.name);
                if other.is_some_and(|other| other.value.caches.is_some()) {
                    let path = format!("services.{}.caches.upstream", named.name);
                    let message = format!("`{}` is a mirror itself", upstream.value);
                    let hint =
                        "a mirror of a mirror is not simulated: name the registry".to_owned();
                    problems.push(upstream.place, &path, message, Some(hint));
                }
            }
            let mirror = Mirror::resolve(named, self, images, builder, problems);
            let known = self.services.iter_mut().find(|it| it.name == named.name);
            if let Some(service) = known {
                service.mirror = mirror;
            }
        }
    }

    /// The service of this name, if there is one and it is known what it is.
    pub fn get(&self, name: &str) -> Option<&Resolved> {
        let found = self.services.iter().find(|service| service.name == name);
        found.filter(|service| !service.unknown)
    }

    /// How many services there are.
    pub fn count(&self) -> u32 {
        self.services.len() as u32
    }

    /// The place of a service among them.
    pub fn place(&self, service: &Resolved) -> Option<u32> {
        let place = self.services.iter().position(|it| it.name == service.name);
        place.map(|place| place as u32)
    }

    /// Refuses endpoints of services that are not there, and says what is assumed of the others.
    pub fn endpoints(
        &self,
        workload: &Named<Workload>,
        builder: &mut PlanBuilder,
        problems: &mut Problems,
    ) {
        let path = format!("workloads.{}.identity.endpoints", workload.name);
        for name in &workload.value.identity().endpoints {
            let Some(service) = self.find_at(name, &path, problems) else {
                continue;
            };
            let text = format!(
                "limits of {} behind a VPC endpoint are those without one: no provider documents \
                 another quota",
                service.name
            );
            let stated = &mut builder.plan().stated;
            if stated.iter().all(|assumption| assumption.text != text) {
                let basis = Basis::Inferred;
                stated.push(Assumption { text, basis });
            }
        }
    }

    /// Refuses limiters that cannot be built for all the keys that the workloads count under.
    pub fn check_keys(&self, builder: &mut PlanBuilder, problems: &mut Problems) {
        for limiter in self.services.iter().flat_map(|service| &service.limiters) {
            let planned = &builder.plan().limiters[limiter.index as usize];
            if let Err(error) = planned.spec.check(planned.keys.len() as u32) {
                problems.push(limiter.place, &limiter.path, error.to_string(), None);
            }
        }
    }

    /// Refuses operations of limiters and faults that are misspelt ones of what the workloads ask for.
    pub fn check_named(&self, builder: &mut PlanBuilder, problems: &mut Problems) {
        for service in &self.services {
            service.check_named(builder.plan(), problems);
        }
    }

    /// The service of this name; a problem where there is none.
    pub fn find(
        &self,
        name: &Placed<String>,
        path: &str,
        problems: &mut Problems,
    ) -> Option<&Resolved> {
        self.find_at(name, &format!("{path}.service"), problems)
    }

    /// The same, where the name does not stand under `service`.
    pub fn find_at(
        &self,
        name: &Placed<String>,
        path: &str,
        problems: &mut Problems,
    ) -> Option<&Resolved> {
        let found = self
            .services
            .iter()
            .find(|service| service.name == name.value);
        if found.is_none() {
            let known: Vec<&str> = self.services.iter().map(|s| s.name.as_str()).collect();
            problems.push(
                name.place,
                path,
                format!("there is no service `{}`", name.value),
                Some(format!("services here: {}", known.join(", "))),
            );
        }
        // What follows from a preset that nobody knows is not said beside that.
        found.filter(|service| !service.unknown)
    }
}

fn resolve(
    named: &Named<Service>,
    scenario: &Scenario,
    (nats, accounts): (&Rc<Nats>, &Rc<Accounts>),
    builder: &mut PlanBuilder,
    problems: &mut Problems,
) -> Resolved {
    let service = &named.value;
    let path = format!("services.{}", named.name);
    let preset = service
        .preset
        .as_ref()
        .and_then(|wanted| match catalog::preset(&wanted.value) {
            Ok(preset) => Some(preset),
            Err(error) => {
                problems.push(
                    wanted.place,
                    &format!("{path}.preset"),
                    error.to_string(),
                    None,
                );
                None
            }
        });
    let known = preset.and_then(|preset| catalog::catalog().service(&preset.service).ok());
    let mut resolved = Resolved {
        name: named.name.clone(),
        unknown: service.preset.is_some() && preset.is_none(),
        preset,
        known,
        limiters: Vec::new(),
        named: Vec::new(),
        latency: service.latency.clone(),
        region: service.region.clone(),
        faults: Vec::new(),
        mirror: None,
        nats: Rc::clone(nats),
        accounts: Rc::clone(accounts),
    };
    if resolved.unknown {
        // What its limiters would begin from is not known.
        return resolved;
    }
    let own = |name: &str| service.limiters.iter().find(|limiter| limiter.name == name);
    for limiter in preset.into_iter().flat_map(|preset| &preset.limiters) {
        let nothing = LimiterChoice::default();
        let choice = own(&limiter.name).map_or(&nothing, |own| &own.value);
        let source = preset.map(|preset| (preset, limiter));
        let place = own(&limiter.name).and_then(|own| own.place);
        limiters::add(
            &limiter.name,
            place,
            choice,
            source,
            &mut resolved,
            builder,
            problems,
        );
    }
    for own in &service.limiters {
        if preset.is_some_and(|preset| preset.limiter(&own.name).is_some()) {
            continue;
        }
        if let Some(meant) = limiters::misspelt(&own.name, preset) {
            problems.push(
                own.place,
                &format!("{path}.limiters.{}", own.name),
                format!("`{}` would be a limiter beside `{meant}`", own.name),
                Some(format!(
                    "did you mean `{meant}`? A limiter of your own takes a name that is not so near"
                )),
            );
            continue;
        }
        limiters::add(
            &own.name,
            own.place,
            &own.value,
            None,
            &mut resolved,
            builder,
            problems,
        );
    }
    if service.preset.is_none() && service.limiters.is_empty() && service.caches.is_none() {
        problems.push(
            named.place,
            &path,
            "this service limits nothing",
            Some("name a preset (`pullstorm catalog` lists them) or write limiters".to_owned()),
        );
    }
    for fault in &service.faults {
        if let Some(operations) = &fault.value.operations {
            let path = format!("{path}.faults.{}.operations", fault.name);
            resolved.named.push((operations.clone(), path));
        }
        let fault = faults::resolve(fault, &resolved, scenario, builder, problems);
        resolved.faults.extend(fault);
    }
    resolved
}

#[cfg(test)]
mod tests {
    use crate::compile::compile;
    use crate::scenario::Document;

    #[test]
    fn what_follows_from_an_unknown_preset_is_not_said_beside_it() {
        let text = "pullstorm: 1
name: x
images: {app: {registry: reg, layers: 2, size: 1MB}}
workloads:
  ci: {kind: ci-fanout, service: reg, jobs: 3}
  api: {kind: api-callers, service: reg, callers: 1, calls: [Nothing]}
  pulls: {kind: image-pulls, pulls: 2, pull: {client: docker-classic, images: app, mirror: cache}}
  other: {kind: ci-fanout, service: nowhere, jobs: 3}
services:
  reg: {preset: aws-ecrr}
  cache: {caches: {upstream: reg, kind: distribution-proxy}}
";
        let document = Document::parse("x", text.as_bytes()).unwrap();
        let found = compile(document.scenario(), "today").unwrap_err();
        let said: Vec<&str> = found.iter().map(|it| it.message.as_str()).collect();
        assert_eq!(
            said,
            [
                "no preset `aws-ecrr`; nearest: aws-ecr, aws-ec2, aws-ecs",
                "there is no service `nowhere`"
            ]
        );
    }
}
