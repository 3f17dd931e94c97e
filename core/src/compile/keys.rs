//! Scopes to keys: under which key of a limiter the attempts of a workload are counted.

use super::effort::KEYS_MAX;
use crate::plan::{KeyRule, PlanBuilder};
use crate::scenario::model::{Addresses, Identity, Scope};
use std::net::Ipv6Addr;

/// How the activities of a block are spread over hosts.
#[derive(Copy, Clone, Debug)]
pub(super) struct Hosts {
    /// Neighbours in the block that are on one host.
    pub neighbours: u32,
    /// How many hosts there are.
    pub count: u32,
}

/// The key rule of `limiter` for a block of activities with this identity. `machines` is what its
/// hosts are called.
pub(super) fn rule(
    builder: &mut PlanBuilder,
    limiter: u32,
    scope: Scope,
    machines: &str,
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
            Addresses::One(address) => network(address),
            Addresses::PerHost => return per_host(builder, limiter, machines, hosts),
        },
        Scope::Host => return per_host(builder, limiter, machines, hosts),
    };
    KeyRule::Constant(builder.limiter_key(limiter, &name))
}

/// What limiters by address count by: an IPv4 address itself, the /64 of an IPv6 address (Docker
/// Hub usage and limits, read in November 2026), any other name as it is.
fn network(address: &str) -> String {
    match address.parse::<Ipv6Addr>() {
        Ok(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        Err(_) => address.to_owned(),
    }
}

fn per_host(builder: &mut PlanBuilder, limiter: u32, machines: &str, hosts: Hosts) -> KeyRule {
    let name = |host: u32| format!("{machines} host {}", host + 1);
    let count = hosts.count.max(1);
    let keys = &builder.plan().limiters[limiter as usize].keys;
    // Another block of the workload may have the same hosts already.
    let known = keys
        .iter()
        .position(|key| *key == name(0))
        .filter(|base| keys.get(base + count as usize - 1) == Some(&name(count - 1)));
    let base = match known {
        Some(base) => base as u32,
        None if builder.keys().saturating_add(u64::from(count)) > KEYS_MAX => {
            builder.leave_keys_out(u64::from(count));
            0
        }
        None => {
            let base = builder.limiter_key_new(limiter, name(0));
            for host in 1..count {
                builder.limiter_key_new(limiter, name(host));
            }
            base
        }
    };
    KeyRule::Place {
        base,
        divisor: hosts.neighbours.max(1),
        modulus: count,
    }
}

/// The same keys for activities whose host is the slot of a pool that they, or those that forked
/// them, hold: who comes next on a machine is counted with who came before.
pub(super) fn by_slot(rule: KeyRule, pool: u32) -> KeyRule {
    match rule {
        KeyRule::Place { base, modulus, .. } => KeyRule::Slot {
            base,
            slots: modulus,
            pool,
        },
        rule => rule,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_ipv6_network_share_a_key() {
        assert_eq!(
            network("2001:db8:1:2:aaaa::1"),
            network("2001:db8:1:2::ffff")
        );
        assert_eq!(network("2001:db8:1:2::1"), "2001:db8:1:2::/64");
        assert_ne!(network("2001:db8:1:3::1"), network("2001:db8:1:2::1"));
        assert_eq!(network("203.0.113.7"), "203.0.113.7");
        assert_eq!(network("office-nat"), "office-nat");
    }
}
