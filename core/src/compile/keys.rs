//! Scopes to keys: under which key of a limiter the attempts of a workload are counted.

use super::accounts::{self, Accounts};
use super::effort::KEYS_MAX;
use super::nats::{self, Nats};
use crate::plan::{EgressPlan, KeyRule, PlanBuilder};
use crate::scenario::identity::ipv6;
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

/// To whom attempts belong.
#[derive(Copy, Clone, Debug)]
pub(super) struct Who<'a> {
    pub workload: &'a str,
    pub identity: &'a Identity,
    /// What its hosts can be behind.
    pub nats: &'a Nats,
    /// What its hosts can be dealt out over.
    pub accounts: &'a Accounts,
}

/// The key rule of `limiter` for a block of activities that belong to `who`.
pub(super) fn rule(
    builder: &mut PlanBuilder,
    limiter: u32,
    scope: Scope,
    who: Who<'_>,
    hosts: Hosts,
) -> KeyRule {
    let Identity {
        account,
        accounts: _,
        region,
        user,
        organisation,
        repository,
        address,
        // A path, not a quota: limits are by account behind an endpoint too.
        endpoints: _,
    } = who.identity;
    let by_host = |builder: &mut PlanBuilder| per_host(builder, limiter, who.workload, hosts);
    let by_account = |builder: &mut PlanBuilder, name: &dyn Fn(&str) -> String| {
        let count = who.accounts.in_a_row(who.identity);
        let base = match count {
            1 => builder.limiter_key(limiter, &name(account)),
            _ => several(builder, limiter, count, |place| {
                name(&accounts::name(account, place))
            }),
        };
        accounts::of_host(who.identity, base, hosts)
    };
    let name = match scope {
        Scope::AccountRegion => {
            return by_account(builder, &|account| format!("{account}/{region}"));
        }
        Scope::User => user.clone(),
        Scope::Organisation => organisation.clone(),
        Scope::Repository => {
            return by_account(builder, &|account| {
                format!("{account}/{region}/{repository}")
            });
        }
        Scope::Global => "all callers".to_owned(),
        Scope::Address => match address {
            Addresses::One(address) => return behind(builder, limiter, address, who.nats, hosts),
            Addresses::PerHost => return by_host(builder),
        },
        Scope::Host => return by_host(builder),
    };
    KeyRule::Constant(builder.limiter_key(limiter, &name))
}

/// What limiters by address count by: an IPv4 address itself, the /64 of an IPv6 address (Docker
/// Hub usage and limits, read in November 2026), any other name as it is.
fn network(address: &str) -> String {
    match ipv6(address) {
        Some(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        None => address.to_owned(),
    }
}

/// One key for each address behind a name.
fn behind(
    builder: &mut PlanBuilder,
    limiter: u32,
    address: &str,
    nats: &Nats,
    hosts: Hosts,
) -> KeyRule {
    let nat = nats.get(address);
    let keys = nat.gateways.saturating_mul(nat.addresses);
    if keys == 1 {
        return KeyRule::Constant(builder.limiter_key(limiter, &network(address)));
    }
    let name = |place: u32| format!("{address} {}", place + 1);
    let base = several(builder, limiter, keys, name);
    let gateway = nats::gateway(nat, hosts);
    match (nat.addresses, gateway) {
        (
            1,
            KeyRule::Dealt {
                divisor,
                hosts,
                groups,
                ..
            },
        ) => KeyRule::Dealt {
            base,
            divisor,
            hosts,
            groups,
        },
        _ => KeyRule::Egress {
            base,
            keys,
            egress: builder.egress(EgressPlan {
                gateway,
                gateways: nat.gateways,
                addresses: nat.addresses,
            }),
        },
    }
}

fn per_host(builder: &mut PlanBuilder, limiter: u32, workload: &str, hosts: Hosts) -> KeyRule {
    let count = hosts.count.max(1);
    let name = |host: u32| format!("{workload} host {}", host + 1);
    KeyRule::Place {
        base: several(builder, limiter, count, name),
        divisor: hosts.neighbours.max(1),
        modulus: count,
    }
}

/// The first of `count` keys of a limiter, one after another.
fn several(
    builder: &mut PlanBuilder,
    limiter: u32,
    count: u32,
    name: impl Fn(u32) -> String,
) -> u32 {
    let keys = &builder.plan().limiters[limiter as usize].keys;
    // Another block may have the same keys already.
    let known = keys
        .iter()
        .position(|key| *key == name(0))
        .filter(|base| keys.get(base + count as usize - 1) == Some(&name(count - 1)));
    match known {
        Some(base) => base as u32,
        None if builder.keys().saturating_add(u64::from(count)) > KEYS_MAX => {
            builder.leave_keys_out(u64::from(count));
            0
        }
        None => {
            let base = builder.limiter_key_new(limiter, name(0));
            for place in 1..count {
                builder.limiter_key_new(limiter, name(place));
            }
            base
        }
    }
}

/// The same keys for activities whose host is the slot of a pool that they, or those that forked
/// them, hold: who comes next on a machine is counted with who came before.
pub(super) fn by_slot(builder: &mut PlanBuilder, rule: KeyRule, pool: u32) -> KeyRule {
    match rule {
        KeyRule::Place {
            base,
            modulus: keys,
            ..
        }
        | KeyRule::Dealt {
            base, groups: keys, ..
        } => KeyRule::Slot { base, keys, pool },
        KeyRule::Egress { base, keys, egress } => {
            let plan = builder.plan().egresses[egress as usize];
            let gateway = by_slot(builder, plan.gateway, pool);
            let egress = builder.egress(EgressPlan { gateway, ..plan });
            KeyRule::Egress { base, keys, egress }
        }
        rule @ (KeyRule::Constant(_) | KeyRule::Slot { .. } | KeyRule::Listed { .. }) => rule,
    }
}

/// The same keys for activities of which a list tells the host, by their place.
pub(super) fn by_list(builder: &mut PlanBuilder, rule: KeyRule, hosts: &[u32]) -> KeyRule {
    match rule {
        KeyRule::Place { .. } | KeyRule::Dealt { .. } => {
            // The place of a host is that of an activity where each has one of its own.
            let list = hosts.iter().map(|host| rule.index(*host)).collect();
            let keys = rule.indices().end;
            KeyRule::Listed {
                keys,
                list: builder.list(list),
            }
        }
        KeyRule::Egress { base, keys, egress } => {
            let plan = builder.plan().egresses[egress as usize];
            let gateway = by_list(builder, plan.gateway, hosts);
            let egress = builder.egress(EgressPlan { gateway, ..plan });
            KeyRule::Egress { base, keys, egress }
        }
        rule @ (KeyRule::Constant(_) | KeyRule::Slot { .. } | KeyRule::Listed { .. }) => rule,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile::compile;
    use crate::engine::simulate;
    use crate::record::Nothing;
    use crate::scenario::Document;

    /// How many of two calls are throttled, each by a workload with its identity, where a limiter
    /// with one credit a day counts by `scope`.
    fn throttled(scope: &str, ours: &str, theirs: &str) -> u64 {
        let caller = |identity: &str| {
            format!(
                "{{kind: api-callers, service: api, calls: [a], retry: none, \
                 identity: {{{identity}}}}}"
            )
        };
        let text = format!(
            "pullstorm: 1\nname: x\nservices: {{api: {{latency: 0s, limiters: {{b: {{bucket: \
             {{burst: 1, refill: 1/d}}, scope: {scope}}}}}}}}}\nworkloads:\n  ours: {}\n  theirs: {}\n",
            caller(ours),
            caller(theirs)
        );
        let document = Document::parse("x", text.as_bytes()).unwrap_or_else(|it| panic!("{it}"));
        let plan = compile(document.scenario(), "today").unwrap_or_else(|it| panic!("{it:?}"));
        let keys = simulate(&plan, 1, 0, Nothing).0.totals.limiters.remove(0);
        keys.iter().map(|key| key.throttled).sum()
    }

    #[test]
    fn a_scope_is_shared_by_those_who_have_it_in_common_and_by_nobody_else() {
        let identities = [
            ("account: ours", "account: theirs"),
            ("region: us-east-1", "region: eu-west-1"),
            ("user: ann", "user: ben"),
            ("organisation: acme", "organisation: globex"),
            ("repository: app", "repository: web"),
            ("address: 203.0.113.7", "address: 203.0.113.8"),
        ];
        for (scope, apart) in [
            ("account-region", &["account", "region"][..]),
            ("user", &["user"]),
            ("organisation", &["organisation"]),
            ("repository", &["account", "region", "repository"]),
            ("address", &["address"]),
            ("global", &[]),
        ] {
            for (ours, theirs) in identities {
                let field = ours.split(':').next().unwrap();
                let shared = u64::from(!apart.contains(&field));
                assert_eq!(throttled(scope, ours, ours), 1, "{scope}, {ours} twice");
                assert_eq!(throttled(scope, ours, theirs), shared, "{scope}, {theirs}");
            }
        }
    }

    #[test]
    fn addresses_of_one_ipv6_network_share_a_key() {
        assert_eq!(
            network("2001:db8:1:2:aaaa::1"),
            network("2001:db8:1:2::ffff")
        );
        assert_eq!(network("2001:db8:1:2::1"), "2001:db8:1:2::/64");
        assert_ne!(network("2001:db8:1:3::1"), network("2001:db8:1:2::1"));
        assert_eq!(network("2001:db8:1:2::/64"), network("2001:db8:1:2::1"));
        assert_eq!(network("203.0.113.7"), "203.0.113.7");
        assert_eq!(network("office-nat"), "office-nat");
    }
}
