//! Services: presets and the scenario's own limiters become limiters of the plan.

use super::faults::{self, ServiceFault};
use super::images::Images;
use super::keys::{self, Hosts, Who};
use super::mirror::Mirror;
use super::nats::Nats;
use super::problem::Problems;
use crate::catalog::client::{Auth, RequestClass};
use crate::catalog::{self, Confidence, Counting, Preset, PresetLimiter};
use crate::limiter::{Algorithm, Spec, TokenBucketSpec};
use crate::plan::{
    Assumption, Basis, Check, ErrorSource, FaultPlan, Hint, Latency, LimiterPlan, PlanBuilder,
};
use crate::random::Distribution;
use crate::retry::{ErrorShape, HintHeader, Origin};
use crate::scenario::model::{
    self as written, Identity, LimiterChoice, Named, Place, Placed, RetryAfter, Scenario, Scope,
    Service, Workload,
};
use crate::units::{Rate, Span};
use std::rc::Rc;

/// All services of a scenario.
#[derive(Debug, Default)]
pub(super) struct Services {
    services: Vec<Resolved>,
    /// What hosts are behind.
    pub nats: Rc<Nats>,
}

/// A service whose limiters are in the plan.
#[derive(Debug)]
pub(super) struct Resolved {
    pub name: String,
    /// Whether it names a preset that the catalog does not have, which has been reported.
    unknown: bool,
    preset: Option<&'static Preset>,
    /// The service of the catalog it is, if it has a preset.
    known: Option<&'static catalog::Service>,
    limiters: Vec<ResolvedLimiter>,
    latency: Distribution,
    /// Where it is, if that is stated.
    pub region: Option<String>,
    faults: Vec<ServiceFault>,
    /// What it fetches and keeps, if it is a mirror.
    pub mirror: Option<Mirror>,
    nats: Rc<Nats>,
}

#[derive(Debug)]
struct ResolvedLimiter {
    index: u32,
    /// Where its numbers stand, if the scenario gives them.
    place: Option<Place>,
    path: String,
    scope: Scope,
    /// `None`: every operation, one credit each.
    operations: Option<Vec<(String, u32)>>,
}

impl Services {
    pub fn resolve(
        scenario: &Scenario,
        builder: &mut PlanBuilder,
        problems: &mut Problems,
    ) -> Self {
        let nats = Rc::new(Nats::resolve(scenario, builder));
        let services = scenario
            .services
            .iter()
            .map(|named| resolve(named, scenario, &nats, builder, problems))
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

impl Resolved {
    /// Whether images of `other` can be had here: it is the same service, or one of the same provider.
    pub fn has_images_of(&self, other: &Resolved) -> bool {
        let same = |known: &catalog::Service| other.is(&known.name);
        self.name == other.name || self.known.is_some_and(same)
    }

    /// Whether the catalog knows it.
    pub fn is_known(&self) -> bool {
        self.known.is_some()
    }

    /// Whether it is this service of the catalog.
    pub fn is(&self, service: &str) -> bool {
        self.known.is_some_and(|known| known.name == service)
    }

    /// The operation that is a login.
    pub fn login(&self) -> Option<String> {
        self.known.and_then(|known| known.login.clone())
    }

    /// Whether the limits of its preset count pulls.
    pub fn counts_pulls(&self) -> bool {
        use RequestClass::{Index, Manifest};
        let pulls = [Index, Manifest].map(|class| self.operation_of(class));
        let mut pulls = pulls.iter().flatten();
        pulls.any(|operation| self.preset_counts(operation))
    }

    /// Whether one of its limiters counts an operation.
    pub fn counts(&self, operation: &str) -> bool {
        self.limiters
            .iter()
            .any(|limiter| match &limiter.operations {
                None => true,
                Some(costs) => costs
                    .iter()
                    .any(|(name, cost)| name == operation && *cost > 0),
            })
    }

    /// Whether a limit of its preset counts an operation, also if the scenario switches it off.
    pub fn preset_counts(&self, operation: &str) -> bool {
        let limiters = self.preset.iter().flat_map(|preset| &preset.limiters);
        let mut costs = limiters.flat_map(|limiter| &limiter.operations);
        costs.any(|(name, cost)| name == operation && *cost > 0)
    }

    /// How long what a login gives is good.
    pub fn token_lifetime(&self) -> Option<Span> {
        Some(self.known?.token_lifetime.as_ref()?.span)
    }

    /// How it wants requests of pulls signed; without a preset not at all. `None` if it is no
    /// registry.
    pub fn auth(&self) -> Option<Auth> {
        match self.known {
            None => Some(Auth::None),
            Some(known) => known.requests.as_ref().map(|requests| requests.auth),
        }
    }

    /// The operation that a request of a pull is; `None` where the registry counts it as nothing.
    /// Without a preset, each class is an operation of its own.
    pub fn operation_of(&self, class: RequestClass) -> Option<String> {
        match self.known.and_then(|known| known.requests.as_ref()) {
            None => Some(class.name().to_owned()),
            Some(requests) => requests.operation(class).map(str::to_owned),
        }
    }

    /// Whether an operation is one that engines ask for in a registry's protocol.
    pub fn is_of_registry(&self, operation: &str) -> bool {
        let requests = self.known.and_then(|known| known.requests.as_ref());
        requests.is_some_and(|requests| requests.has(operation))
    }

    /// What a recording's name for an operation is here: an operation, or the class of a request;
    /// `None` where the service has no such operation, or counts it as nothing.
    pub fn recorded(&self, name: &str) -> Option<String> {
        if self.known.is_some_and(|known| known.has(name)) {
            return Some(name.to_owned());
        }
        let mut classes = RequestClass::ALL.into_iter();
        match (classes.find(|class| class.name() == name), self.known) {
            (Some(class), _) => self.operation_of(class),
            (None, None) => Some(name.to_owned()),
            (None, Some(_)) => None,
        }
    }

    /// How long a message takes.
    pub fn latency(&self) -> Latency {
        Latency::RoundTrip(self.latency.clone())
    }

    /// Whether the service can be asked to do this; a problem if not.
    pub fn check_operation(
        &self,
        operation: &Placed<String>,
        path: &str,
        problems: &mut Problems,
    ) -> bool {
        let Some(known) = self.known else { return true };
        if known.has(&operation.value) {
            return true;
        }
        let names: Vec<&str> = known.operations.iter().map(|op| op.name.as_str()).collect();
        let near = catalog::nearest(&operation.value, names.iter().copied(), 2);
        let hint = if near.is_empty() {
            format!("it has {}", names.join(", "))
        } else {
            format!("did you mean {}?", near.join(" or "))
        };
        let message = format!("{} has no operation `{}`", self.name, operation.value);
        problems.push(operation.place, path, message, Some(hint));
        false
    }

    /// The limiters an operation meets, with the keys of a block of activities.
    pub fn checks(
        &self,
        operation: &str,
        workload: &str,
        identity: &Identity,
        hosts: Hosts,
        builder: &mut PlanBuilder,
    ) -> Vec<Check> {
        let mut checks = Vec::new();
        for limiter in &self.limiters {
            let cost = match &limiter.operations {
                None => 1,
                Some(costs) => match costs.iter().find(|(name, _)| name == operation) {
                    Some((_, cost)) => *cost,
                    None => continue,
                },
            };
            if cost == 0 {
                continue;
            }
            let index = limiter.index;
            let who = Who {
                workload,
                identity,
                nats: &self.nats,
            };
            let key = keys::rule(builder, index, limiter.scope, who, hosts);
            checks.push(Check {
                limiter: index,
                cost,
                key,
            });
        }
        checks
    }

    /// The ways in which an operation can fail by itself when this workload asks for it.
    pub fn faults(&self, operation: &str, workload: &str) -> Vec<FaultPlan> {
        let faults = self.faults.iter();
        faults
            .filter_map(|fault| fault.of(operation, workload))
            .collect()
    }

    /// What the catalog knows of it, if it has a preset.
    pub fn known(&self) -> Option<&'static catalog::Service> {
        self.known
    }
}

fn resolve(
    named: &Named<Service>,
    scenario: &Scenario,
    nats: &Rc<Nats>,
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
        latency: service.latency.clone(),
        region: service.region.clone(),
        faults: Vec::new(),
        mirror: None,
        nats: Rc::clone(nats),
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
        add_limiter(
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
        add_limiter(
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
        let fault = faults::resolve(fault, &resolved, scenario, builder, problems);
        resolved.faults.extend(fault);
    }
    resolved
}

fn add_limiter(
    name: &str,
    place: Option<Place>,
    choice: &LimiterChoice,
    preset: Option<(&'static Preset, &'static PresetLimiter)>,
    resolved: &mut Resolved,
    builder: &mut PlanBuilder,
    problems: &mut Problems,
) {
    if choice.off {
        return;
    }
    let service = resolved.name.clone();
    let path = format!("services.{service}.limiters.{name}");
    let from_preset = preset.map(|(_, limiter)| limiter);
    let known = from_preset.map(|limiter| &limiter.counting);
    let algorithm = match (&choice.algorithm, known) {
        (Some(own), known) => {
            match complete(&own.value, known) {
                Ok(algorithm) => algorithm,
                Err(missing) => {
                    problems.push(
                    own.place,
                    &format!("{path}.bucket"),
                    format!("`{missing}` is missing, and no preset has a bucket here to take it from"),
                    Some("write, for example, bucket: {burst: 200, refill: 4/s}".to_owned()),
                );
                    return;
                }
            }
        }
        (None, Some(Counting::Known(algorithm))) => algorithm.clone(),
        (None, Some(Counting::Unknown(question))) => {
            problems.push(
                place,
                &path,
                question.reason.clone(),
                Some(format!(
                    "write services.{service}.limiters.{name}: {{bucket: {{burst: .., refill: \
                     ../s}}, assumed: true}}, or switch it off with off: true"
                )),
            );
            return;
        }
        (None, None) => {
            problems.push(
                place,
                &path,
                "this limiter does not say how it counts",
                Some(how_to_count(name, resolved.preset)),
            );
            return;
        }
    };
    let mut spec = Spec::new(algorithm);
    if let Some(limiter) = from_preset {
        spec.charge_throttled = limiter.charge_throttled;
        spec.over_limit = limiter.over_limit;
    }
    spec.initial = choice.initial.unwrap_or(spec.initial);
    spec.charge_throttled = choice.charge_throttled.unwrap_or(spec.charge_throttled);
    spec.over_limit = choice.over_limit.unwrap_or(spec.over_limit);
    spec.lock_out = choice.lock_out;
    let place = choice
        .algorithm
        .as_ref()
        .and_then(|own| own.place)
        .or(place);
    if let Err(error) = spec.check(1) {
        problems.push(place, &path, error.to_string(), None);
        return;
    }
    let shape = ErrorShape {
        origin: Origin::Response,
        status: choice
            .status
            .or(from_preset.and_then(|limiter| limiter.error.status))
            .or(Some(429)),
        code: choice
            .code
            .clone()
            .or(from_preset.and_then(|limiter| limiter.error.code.clone())),
    };
    let index = builder.plan().limiters.len() as u32;
    let text = format!("{service} {name}");
    let error = builder.error(shape, ErrorSource::Limiter(index), &text);
    let scope = choice
        .scope
        .or(from_preset.map(|limiter| scope(limiter.scope)));
    let scope = scope.unwrap_or(Scope::Global);
    let operations = choice.operations.as_ref().map(|own| {
        for (operation, _) in &own.value {
            let placed = Placed {
                value: operation.clone(),
                place: own.place,
            };
            resolved.check_operation(&placed, &format!("{path}.operations"), problems);
        }
        own.value.clone()
    });
    let operations = operations.or(from_preset.map(|limiter| limiter.operations.clone()));
    let assumption = assume(&service, choice, from_preset);
    let header = choice.retry_after_header.unwrap_or(HintHeader::RetryAfter);
    let hint = match (choice.retry_after, from_preset.map(|limiter| limiter.hint)) {
        (Some(RetryAfter::None), _) | (None, None) => Hint::None,
        (Some(RetryAfter::Exact), _) | (None, Some(catalog::Hint::HeaderSeconds)) => {
            Hint::Exact(header)
        }
        (Some(RetryAfter::Fixed(span)), _) | (None, Some(catalog::Hint::Header(span))) => {
            Hint::Fixed(header, span)
        }
        (None, Some(catalog::Hint::None | catalog::Hint::InMessage)) => Hint::None,
    };
    let own_numbers = choice.algorithm.is_some();
    let source = match preset {
        Some((preset, limiter)) if !own_numbers => {
            format!("{}, {}", confidence(limiter.confidence), preset.name)
        }
        _ if choice.assumed => "assumed by this scenario".to_owned(),
        _ => "this scenario".to_owned(),
    };
    builder.limiter(LimiterPlan {
        service,
        name: name.to_owned(),
        spec,
        client_side: false,
        scope,
        keys: Vec::new(),
        error,
        hint,
        background: choice.background.unwrap_or(Rate::ZERO),
        raisable: from_preset.and_then(|limiter| limiter.raisable),
        records: from_preset
            .map(|limiter| limiter.records.clone())
            .unwrap_or_default(),
        source,
        assumption,
    });
    resolved.limiters.push(ResolvedLimiter {
        index,
        place,
        path,
        scope,
        operations,
    });
}

/// A counting rule with what is not written taken from the preset's; else the key that is missing.
fn complete(own: &written::Counting, preset: Option<&Counting>) -> Result<Algorithm, &'static str> {
    let (burst, refill) = match own {
        written::Counting::Whole(algorithm) => return Ok(algorithm.clone()),
        written::Counting::Bucket { burst, refill } => (*burst, *refill),
    };
    let known = match preset {
        Some(Counting::Known(Algorithm::TokenBucket(known))) => Some(known),
        _ => None,
    };
    Ok(Algorithm::TokenBucket(TokenBucketSpec {
        burst: burst.or(known.map(|known| known.burst)).ok_or("burst")?,
        refill: refill.or(known.map(|known| known.refill)).ok_or("refill")?,
    }))
}

/// What to write for a limiter that the preset does not have, or has under a name like this.
fn how_to_count(name: &str, preset: Option<&Preset>) -> String {
    let known = preset.iter().flat_map(|preset| &preset.limiters);
    let near = crate::yaml::nearest(name, known.map(|limiter| limiter.name.as_str()));
    let count = "write bucket: {burst: 200, refill: 4/s}, window:, nginx: or in_flight:";
    match near {
        Some(near) => format!("did you mean `{near}`? For a limiter of your own, {count}"),
        None => count.to_owned(),
    }
}

fn assume(
    service: &str,
    choice: &LimiterChoice,
    preset: Option<&PresetLimiter>,
) -> Option<Assumption> {
    let (text, basis) = match preset {
        Some(limiter) if choice.algorithm.is_none() => {
            let text = limiter.assumptions.join("; ");
            (!text.is_empty()).then_some((text, Basis::Inferred))?
        }
        _ if choice.assumed => (
            format!("nobody publishes a limit of {service}; the scenario assumes this one"),
            Basis::Stated,
        ),
        _ => return None,
    };
    Some(Assumption { text, basis })
}

fn confidence(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Documented => "documented",
        Confidence::Observed => "observed",
        Confidence::Inferred => "inferred",
    }
}

/// The scope of a catalog record as a key of this slice's workloads.
fn scope(scope: catalog::Scope) -> Scope {
    use catalog::Scope as From;
    match scope {
        From::AccountRegion
        | From::AccountRegionOperation
        | From::Account
        | From::ProjectRegion => Scope::AccountRegion,
        From::Ip => Scope::Address,
        From::User | From::Principal => Scope::User,
        From::Organisation => Scope::Organisation,
        From::AccountRegionRepository
        | From::Registry
        | From::Repository
        | From::Namespace
        | From::BucketPrefix => Scope::Repository,
        From::Host | From::Connection => Scope::Host,
        From::Service | From::Request | From::Global | From::Unknown => Scope::Global,
    }
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
