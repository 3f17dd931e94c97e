//! A service whose limiters are in the plan: what is asked of it while workloads are compiled.

use crate::catalog::client::{Auth, RequestClass};
use crate::catalog::{self, Preset};
use crate::compile::accounts::Accounts;
use crate::compile::faults::ServiceFault;
use crate::compile::keys::{self, Hosts, Who};
use crate::compile::mirror::Mirror;
use crate::compile::nats::Nats;
use crate::compile::problem::Problems;
use crate::plan::{Check, FaultPlan, Latency, Plan, PlanBuilder};
use crate::random::Distribution;
use crate::scenario::model::{Identity, Place, Placed, PullSection, Scope};
use crate::units::Span;
use crate::yaml::{distance, folded};
use std::rc::Rc;

/// Names that are shorter differ by a letter on purpose.
const NAME_LENGTH_MIN: usize = 4;

/// A service whose limiters are in the plan.
#[derive(Debug)]
pub(in crate::compile) struct Resolved {
    pub name: String,
    /// Whether it names a preset that the catalog does not have, which has been reported.
    pub(super) unknown: bool,
    pub(super) preset: Option<&'static Preset>,
    /// The service of the catalog it is, if it has a preset.
    pub(super) known: Option<&'static catalog::Service>,
    pub(super) limiters: Vec<ResolvedLimiter>,
    /// The operations that each of its limiters and faults names, with their path.
    pub(super) named: Vec<(Placed<Vec<String>>, String)>,
    pub(super) latency: Distribution,
    /// Where it is, if that is stated.
    pub region: Option<String>,
    pub(super) faults: Vec<ServiceFault>,
    /// What it fetches and keeps, if it is a mirror.
    pub mirror: Option<Mirror>,
    pub(super) nats: Rc<Nats>,
    pub(super) accounts: Rc<Accounts>,
}

/// A limiter of a service.
#[derive(Debug)]
pub(super) struct ResolvedLimiter {
    pub index: u32,
    /// Where its numbers stand, if the scenario gives them.
    pub place: Option<Place>,
    pub path: String,
    pub scope: Scope,
    /// `None`: every operation, one credit each.
    pub operations: Option<Vec<(String, u32)>>,
}

impl Resolved {
    /// Whether images of `other` can be had here: it is the same service, or one of the same provider.
    pub fn has_images_of(&self, other: &Resolved) -> bool {
        let same = |known: &catalog::Service| other.is(&known.name);
        self.name == other.name || self.known.is_some_and(same)
    }

    /// Whether its preset is that of who does not sign in.
    pub fn is_asked_anonymously(&self) -> bool {
        self.preset.is_some_and(|preset| !preset.signs_in())
    }

    /// Whether whoever pulls or pushes is a stranger to it.
    pub fn knows_nothing_of(&self, section: &PullSection, identity: &Identity) -> bool {
        section.is_strangers(identity, self.preset)
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

    /// The operation that gives a password to sign in with, where that is a call of its own.
    pub fn password_call(&self) -> Option<&'static str> {
        self.known?.password_call()
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

    /// Finds operations that are named, but that no workload asks for where one asks for something that
    /// is spelled so but for one letter. What the catalog knows has been checked by its names.
    pub(super) fn check_named(&self, plan: &Plan, problems: &mut Problems) {
        if self.known.is_some() || self.unknown {
            return;
        }
        let asked = plan.operations.iter().filter(|it| it.service == self.name);
        let asked: Vec<&str> = asked.map(|it| it.name.as_str()).collect();
        for (named, path) in &self.named {
            let is_class = |name: &str| RequestClass::ALL.iter().any(|class| class.name() == name);
            let unasked = named.value.iter().filter(|name| {
                let name = name.as_str();
                name.len() >= NAME_LENGTH_MIN && !asked.contains(&name) && !is_class(name)
            });
            for name in unasked {
                let slip = |near: &&&str| {
                    // Where the near one is named, too, somebody means both.
                    let lists = self.named.iter().map(|(list, _)| &list.value);
                    let mut known = lists.flatten();
                    !known.any(|other| other == **near)
                        && distance(&folded(name), &folded(near)) == 1
                };
                let Some(near) = asked.iter().find(slip) else {
                    continue;
                };
                let message = format!("nobody asks {} for `{name}`", self.name);
                let hint =
                    format!("did you mean `{near}`? If not, leave `{name}` out: it counts nothing");
                problems.push(named.place, path, message, Some(hint));
            }
        }
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
                accounts: &self.accounts,
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
