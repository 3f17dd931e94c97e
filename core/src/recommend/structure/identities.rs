//! Under whose name the load counts: addresses and accounts, more of them or of one's own.

use super::{Today, Ways};
use crate::scenario::model::{Addresses, Scope, Workload};

/// How many addresses of a NAT gateway are looked at; one of AWS takes eight.
const ADDRESSES: [u32; 3] = [2, 4, 8];

/// How many accounts are looked at in all, one more being what is mostly meant.
const ACCOUNTS: [u32; 2] = [2, 4];

/// More addresses of the NAT gateway, or an address of one's own.
pub(super) fn addresses(today: &Today<'_>) -> Vec<Ways> {
    let mut found: Vec<Ways> = Vec::new();
    for (name, workload) in today.counted_by(Scope::Address) {
        let Addresses::One(address) = &workload.identity().address else {
            continue;
        };
        let described = today.scenario.nats.iter().any(|it| it.name == *address);
        let gateway = format!("nats.{address}.addresses");
        if !described && found.iter().all(|it| it.name != gateway) {
            let nat = format!("nats.{address}");
            let each = ADDRESSES.map(|it| vec![(nat.clone(), format!("{{addresses: {it}}}"))]);
            found.push(Ways {
                each: each.to_vec(),
                name: gateway,
            });
        }
        let path = format!("workloads.{name}.identity.address");
        let own = is_shared(today, name, |it| &it.identity().address)
            .then(|| vec![(path.clone(), format!("{name}-nat"))]);
        let each_host = vec![(path.clone(), "per-host".to_owned())];
        found.push(Ways {
            each: own.into_iter().chain([each_host]).collect(),
            name: path,
        });
    }
    found
}

/// An account of its own for what shares one with others.
pub(super) fn accounts(today: &Today<'_>) -> Vec<Ways> {
    let counted = today.counted_by(Scope::AccountRegion);
    let key = |it: &Workload| {
        let identity = it.identity();
        (identity.account.clone(), identity.region.clone())
    };
    let shared = counted.filter(|(name, _)| is_shared(today, name, key));
    let ways = shared.map(|(name, _)| {
        let path = format!("workloads.{name}.identity.account");
        Ways {
            each: vec![vec![(path.clone(), format!("{name}-account"))]],
            name: path,
        }
    });
    ways.collect()
}

/// Kinds whose hosts can be in several accounts: a service, a stack or a cluster is in one.
const DIVISIBLE: [&str; 5] = [
    "api-callers",
    "ci-fanout",
    "herd",
    "image-pulls",
    "image-pushes",
];

/// A second account, and more, that the hosts of a workload are dealt out over.
pub(super) fn more_accounts(today: &Today<'_>) -> Vec<Ways> {
    let counted = today.counted_by(Scope::AccountRegion);
    let divisible = counted.filter(|(_, it)| DIVISIBLE.contains(&it.kind()));
    let ways = divisible.map(|(name, workload)| {
        let path = format!("workloads.{name}.identity.accounts");
        let more = ACCOUNTS
            .iter()
            .filter(|it| **it > workload.identity().accounts);
        Ways {
            each: more
                .map(|it| vec![(path.clone(), it.to_string())])
                .collect(),
            name: path,
        }
    });
    ways.collect()
}

/// Whether another workload has the same key.
fn is_shared<'a, K: PartialEq + 'a>(
    today: &Today<'a>,
    name: &str,
    key: impl Fn(&'a Workload) -> K,
) -> bool {
    let workloads = || today.scenario.workloads.iter();
    let own = workloads().find(|it| it.name == name);
    own.is_some_and(|own| {
        let mut others = workloads().filter(|it| it.name != name);
        others.any(|it| key(&it.value) == key(&own.value))
    })
}
