//! Scopes to keys: under which key of a limiter the attempts of a workload are counted.

use crate::plan::{KeyRule, PlanBuilder};
use crate::scenario::model::{Addresses, Identity, Scope};

/// How the activities of a block are spread over hosts.
#[derive(Copy, Clone, Debug)]
pub(super) struct Hosts {
    /// Neighbours in the block that are on one host.
    pub neighbours: u32,
    /// How many hosts there are.
    pub count: u32,
}

/// The key rule of `limiter` for a block of activities with this identity.
pub(super) fn rule(
    builder: &mut PlanBuilder,
    limiter: u32,
    scope: Scope,
    workload: &str,
    identity: &Identity,
    hosts: Hosts,
) -> KeyRule {
    let Identity {
        account,
        region,
        user,
        organisation,
        repository,
        address,
    } = identity;
    let name = match scope {
        Scope::AccountRegion => format!("{account}/{region}"),
        Scope::User => user.clone(),
        Scope::Organisation => organisation.clone(),
        Scope::Repository => format!("{account}/{region}/{repository}"),
        Scope::Global => "all callers".to_owned(),
        Scope::Address => match address {
            Addresses::One(address) => address.clone(),
            Addresses::PerHost => return per_host(builder, limiter, workload, hosts),
        },
        Scope::Host => return per_host(builder, limiter, workload, hosts),
    };
    KeyRule::Constant(builder.limiter_key(limiter, &name))
}

fn per_host(builder: &mut PlanBuilder, limiter: u32, workload: &str, hosts: Hosts) -> KeyRule {
    let name = |host: u32| format!("{workload} host {}", host + 1);
    let base = builder.limiter_key(limiter, &name(0));
    for host in 1..hosts.count {
        builder.limiter_key_new(limiter, name(host));
    }
    KeyRule::Place {
        base,
        divisor: hosts.neighbours.max(1),
        modulus: hosts.count.max(1),
    }
}
