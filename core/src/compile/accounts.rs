//! Accounts that the hosts of a workload are dealt out over, each with limits of its own.

use super::keys::Hosts;
use super::problem::Problems;
use crate::plan::KeyRule;
use crate::scenario::model::{Identity, Scenario};

/// Over how many accounts any workload is dealt out, by the account and Region of the first.
#[derive(Clone, Debug, Default)]
pub(super) struct Accounts(Vec<(String, String, u32)>);

impl Accounts {
    /// Those of a scenario; a problem where somebody's account is called as one that others are dealt
    /// out over.
    pub fn resolve(scenario: &Scenario, problems: &mut Problems) -> Self {
        let mut found: Vec<(String, String, u32)> = Vec::new();
        for identity in scenario.workloads.iter().map(|it| it.value.identity()) {
            if identity.accounts == 1 {
                continue;
            }
            let same = |(account, region, _): &&mut (String, String, u32)| {
                *account == identity.account && *region == identity.region
            };
            match found.iter_mut().find(same) {
                Some((_, _, count)) => *count = identity.accounts.max(*count),
                None => found.push((
                    identity.account.clone(),
                    identity.region.clone(),
                    identity.accounts,
                )),
            }
        }
        for workload in &scenario.workloads {
            let own = workload.value.identity();
            let here = found.iter().filter(|(_, region, _)| *region == own.region);
            let mut others =
                here.flat_map(|(first, _, count)| (1..*count).map(move |it| (first, it)));
            if let Some((first, place)) = others.find(|(first, it)| name(first, *it) == own.account)
            {
                let path = format!("workloads.{}.identity.account", workload.name);
                let message = format!("account {} of `{first}` is called so", place + 1);
                let hint = "write another name".to_owned();
                problems.push(None, &path, message, Some(hint));
            }
        }
        Accounts(found)
    }

    /// Accounts that have keys in one row beginning with the account of an identity; 1 where no
    /// workload of that account has more.
    pub fn in_a_row(&self, identity: &Identity) -> u32 {
        let mut all = self.0.iter();
        let own = all.find(|(account, region, _)| {
            *account == identity.account && *region == identity.region
        });
        own.map_or(1, |(_, _, count)| *count)
    }
}

/// What the account at a place of the row is called.
pub(super) fn name(first: &str, place: u32) -> String {
    match place {
        0 => first.to_owned(),
        _ => format!("{first} ({})", place + 1),
    }
}

/// The account of each host of an identity, in the row of keys that begins at `base`. Hosts are
/// dealt out in turn.
pub(super) fn of_host(identity: &Identity, base: u32, hosts: Hosts) -> KeyRule {
    match identity.accounts.min(hosts.count.max(1)) {
        1 => KeyRule::Constant(base),
        groups => KeyRule::Dealt {
            base,
            divisor: hosts.neighbours.max(1),
            hosts: hosts.count.max(1),
            groups,
        },
    }
}

#[cfg(test)]
mod tests {
    use crate::compile::compile;
    use crate::engine::simulate;
    use crate::record::Nothing;
    use crate::replicate::{prepare, run_one};
    use crate::scenario::Document;

    /// What each account let in and refused, where ten requests are let in to each and these
    /// workloads of thirty callers ask: each with its identity.
    fn counts(scope: &str, identities: &[&str]) -> Vec<(String, u64, u64)> {
        let mut text = format!(
            "pullstorm: 1\nname: x\nservices: {{api: {{latency: 0s, limiters: {{b: {{bucket: {{burst: \
             10, refill: 1/d}}, scope: {scope}}}}}}}}}\nworkloads:\n"
        );
        for (place, identity) in identities.iter().enumerate() {
            text += &format!(
                "  w{place}: {{kind: api-callers, service: api, calls: [a], callers: 30, retry: none, \
                 identity: {{{identity}}}}}\n"
            );
        }
        let document = Document::parse("x", text.as_bytes()).unwrap_or_else(|it| panic!("{it}"));
        let plan = compile(document.scenario(), "today").unwrap_or_else(|it| panic!("{it:?}"));
        let totals = simulate(&plan, 1, 0, Nothing).0.totals.limiters.remove(0);
        let keys = plan.limiters[0].keys.iter().zip(totals);
        keys.map(|(key, totals)| (key.clone(), totals.admitted, totals.throttled))
            .collect()
    }

    fn is(key: &str, admitted: u64, throttled: u64) -> (String, u64, u64) {
        (key.to_owned(), admitted, throttled)
    }

    #[test]
    fn hosts_are_dealt_out_over_accounts_that_have_limits_of_their_own() {
        let alone = "account: prod, region: here";
        assert_eq!(
            counts("account-region", &[alone]),
            [is("prod/here", 10, 20)]
        );
        assert_eq!(
            counts(
                "account-region",
                &["account: prod, region: here, accounts: 2"]
            ),
            [is("prod/here", 10, 5), is("prod (2)/here", 10, 5)]
        );
        assert_eq!(
            counts(
                "repository",
                &["account: prod, region: here, repository: app, accounts: 3"]
            ),
            [
                is("prod/here/app", 10, 0),
                is("prod (2)/here/app", 10, 0),
                is("prod (3)/here/app", 10, 0)
            ]
        );
    }

    #[test]
    fn who_stays_in_the_first_account_shares_it_with_those_who_are_dealt_out_there() {
        let one = "account: prod, region: here";
        let two = "account: prod, region: here, accounts: 2";
        let shared = [is("prod/here", 10, 35), is("prod (2)/here", 10, 5)];
        assert_eq!(counts("account-region", &[one, two]), shared);
        assert_eq!(counts("account-region", &[two, one]), shared);
        // Thirty of one workload are in two accounts, thirty of the other in four of which these are two.
        let four = "account: prod, region: here, accounts: 4";
        let both = counts("account-region", &[two, four]);
        let offered: Vec<u64> = both.iter().map(|it| it.1 + it.2).collect();
        assert_eq!(offered, [23, 23, 7, 7]);
        let elsewhere = counts("account-region", &[two, "account: prod, region: there"]);
        assert_eq!(elsewhere.len(), 3, "{elsewhere:?}");
    }

    #[test]
    fn an_account_that_is_called_as_one_that_others_are_dealt_out_over_is_refused() {
        let text = "pullstorm: 1
name: x
services: {api: {latency: 0s, limiters: {b: {bucket: {burst: 10, refill: 1/d}}}}}
workloads:
  a: {kind: api-callers, service: api, calls: [a], identity: {account: prod, accounts: 2}}
  b: {kind: api-callers, service: api, calls: [a], identity: {account: prod (2)}}
  c: {kind: api-callers, service: api, calls: [a], identity: {account: prod (3)}}
";
        let document = Document::parse("x", text.as_bytes()).unwrap_or_else(|it| panic!("{it}"));
        let problems = compile(document.scenario(), "today").unwrap_err();
        let told: Vec<&str> = problems.iter().map(|it| it.message.as_str()).collect();
        assert_eq!(told, ["account 2 of `prod` is called so"]);
        assert_eq!(problems[0].path, "workloads.b.identity.account");
    }

    #[test]
    fn the_jobs_of_a_runner_are_counted_in_its_account() {
        let text = "pullstorm: 1
name: x
services: {api: {latency: 0s, limiters: {b: {bucket: {burst: 99, refill: 1/d}, scope: account-region}}}}
workloads:
  ci: {kind: ci-fanout, service: api, operation: login, workflows: 1, jobs: 42, images: 1, login: per-image,
       runners: 3, duration: 1s, retry: none, identity: {account: prod, accounts: 2}}
";
        let document = Document::parse("x", text.as_bytes()).unwrap_or_else(|it| panic!("{it}"));
        let plan = compile(document.scenario(), "today").unwrap_or_else(|it| panic!("{it:?}"));
        let totals = simulate(&plan, 1, 0, Nothing).0.totals.limiters.remove(0);
        let admitted: Vec<u64> = totals.iter().map(|it| it.admitted).collect();
        // Two of three runners are in the first account.
        assert_eq!(admitted, [28, 14]);
    }

    #[test]
    fn a_second_account_shortens_the_wait_and_the_best_possible_alike() {
        let seconds = |accounts: u32| {
            let text = format!(
                "pullstorm: 1
name: x
services: {{api: {{latency: 0s, limiters: {{b: {{bucket: {{burst: 10, refill: 1/s}}, scope: account-region}}}}}}}}
workloads:
  w: {{kind: api-callers, service: api, calls: [a], callers: 40, retry: {{strategy: fixed, attempts: 99, delay: 1s}},
      identity: {{accounts: {accounts}}}}}
"
            );
            let document =
                Document::parse("x", text.as_bytes()).unwrap_or_else(|it| panic!("{it}"));
            let prepared = prepare(&document, &[]).unwrap_or_else(|it| panic!("{it}"));
            let run = run_one(&prepared[0], 1, 0);
            let finished = prepared[0].metrics.find("w.finished_after").unwrap();
            (run.best.finish.as_secs_f64(), run.values[finished].unwrap())
        };
        assert_eq!(seconds(1), (30.0, 30.0));
        assert_eq!(seconds(2), (10.0, 10.0));
    }

    #[test]
    fn a_mirror_is_in_one_account() {
        let text = "pullstorm: 1
name: x
services:
  hub: {latency: 0s, limiters: {b: {bucket: {burst: 10, refill: 1/d}}}}
  near: {latency: 0s, caches: {upstream: hub, kind: distribution-proxy, identity: {accounts: 3}}}
images: {app: {registry: hub, layers: 2}}
workloads: {w: {kind: image-pulls, pulls: 1, pull: {client: docker-classic, images: app, registry: near}}}
";
        let document = Document::parse("x", text.as_bytes()).unwrap_or_else(|it| panic!("{it}"));
        let problems = compile(document.scenario(), "today").unwrap_err();
        assert_eq!(problems[0].message, "a mirror is one host, in one account");
        assert_eq!(problems[0].path, "services.near.caches.identity.accounts");
    }

    #[test]
    fn what_is_not_counted_by_account_is_not_dealt_out() {
        for scope in ["user", "organisation", "global"] {
            let keys = counts(scope, &["accounts: 4"]);
            assert_eq!((keys.len(), keys[0].1, keys[0].2), (1, 10, 20), "{scope}");
        }
    }
}
