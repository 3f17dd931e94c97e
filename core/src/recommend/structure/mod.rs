//! Structural changes: what is arranged otherwise, not set otherwise. Signing in or paying, a mirror,
//! machines that are kept, addresses and accounts of one's own, a higher quota.
//!
//! Each is looked at where a limiter refuses today that it could spare, and only as far as the scenario
//! takes it: another kind of change is a function and a line in [`KINDS`].

mod identities;
mod mirrors;

use super::headroom::Search;
use super::{change, idle, words};
use crate::capacity;
use crate::catalog::{self, Effort, Owner, Pace};
use crate::emit;
use crate::judge::Status;
use crate::plan::LimiterPlan;
use crate::replicate::Prepared;
use crate::report::Judged;
use crate::scenario::model::{Login, Scenario, Scope, Service, Workload};
use crate::tune::{Dimension, Setting};

/// Values to set together.
type Sets = Vec<(String, String)>;

/// Ways to arrange one thing otherwise.
struct Ways {
    /// What is arranged.
    name: String,
    /// What each way sets; of two that hold the first asks less.
    each: Vec<Sets>,
}

/// What there is to see of today.
struct Today<'a> {
    judged: &'a Judged,
    scenario: &'a Scenario,
    /// The limiters that refuse.
    refusing: Vec<(u32, &'a LimiterPlan)>,
}

/// The kinds of structural changes.
const KINDS: [fn(&Today<'_>) -> Vec<Ways>; 7] = [
    signing_in,
    kept_machines,
    mirrors::mirrors,
    identities::addresses,
    identities::accounts,
    identities::more_accounts,
    quotas,
];

/// How many kept machines are looked at: what many hold, fewer do, too.
const MACHINES: [u32; 5] = [64, 32, 16, 8, 4];

/// How many times today's quota is looked at.
const FACTORS: [u64; 4] = [2, 4, 8, 16];

/// How long amazon-ecr-credential-helper keeps a token: half of its 12 h (source of the helper, see the
/// catalog's client of that name).
const KEPT_BY_ECR_HELPER: &str = "6h";

/// The structural changes that a scenario takes and that count soon enough.
pub(super) fn dimensions(search: &Search, today: &Judged, slowest: Pace) -> Vec<Dimension> {
    let seen = Today {
        judged: today,
        scenario: &today.prepared.scenario,
        refusing: idle::refusing(today),
    };
    let all = KINDS.iter().flat_map(|kind| kind(&seen));
    all.filter_map(|ways| dimension(search, &today.prepared, ways, slowest))
        .collect()
}

/// Whether a workload asks a limiter that refuses today, has an expectation that breaks, or nothing
/// refuses.
pub(super) fn concerns(today: &Judged, workload: &str) -> bool {
    let refusing = idle::refusing(today);
    let prepared = &today.prepared;
    let mut own = prepared
        .chains
        .iter()
        .filter(|chain| prepared.plan.workloads[chain.workload as usize].name == workload);
    let breaks = today
        .expectations
        .iter()
        .any(|it| it.status == Status::Broken && it.metric.split('.').next() == Some(workload));
    refusing.is_empty()
        || breaks
        || own.any(|chain| refusing.iter().any(|(it, _)| chain.limiter(*it).is_some()))
}

fn dimension(search: &Search, today: &Prepared, ways: Ways, slowest: Pace) -> Option<Dimension> {
    let setting = |sets: Sets| {
        let scenario = search.document.with_all(&sets).ok()?;
        let prepared = Prepared::new("", "", &sets, &scenario).ok()?;
        let change = change::of(&prepared, today, None);
        let usable = change.possible && change.remarks.is_empty() && change.pace <= slowest;
        usable.then(|| Setting {
            text: words::list(&sets),
            sets,
            toil: (change.owner, change.effort),
        })
    };
    let own = Setting {
        text: "as it is".to_owned(),
        sets: Vec::new(),
        toil: (Owner::You, Effort::Setting),
    };
    let settings: Vec<Setting> = std::iter::once(own)
        .chain(ways.each.into_iter().filter_map(setting))
        .collect();
    (settings.len() > 1).then_some(Dimension {
        name: ways.name,
        settings,
        today: 0,
        // From today there is a step and no slope.
        ordered: false,
    })
}

impl<'a> Today<'a> {
    /// The services of which a limiter refuses.
    fn services(&self) -> impl Iterator<Item = (&'a str, &'a Service)> {
        let services = self.scenario.services.iter();
        services
            .filter(|service| {
                self.refusing
                    .iter()
                    .any(|(_, it)| it.service == service.name)
            })
            .map(|service| (service.name.as_str(), &service.value))
    }

    /// The workloads that ask a limiter which refuses and counts by this.
    fn counted_by(&self, scope: Scope) -> impl Iterator<Item = (&'a str, &'a Workload)> {
        let prepared = &self.judged.prepared;
        let asks = move |name: &str| {
            prepared
                .chains
                .iter()
                .filter(|chain| prepared.plan.workloads[chain.workload as usize].name == name)
                .any(|chain| {
                    let mut refusing = self.refusing.iter().filter(|(_, it)| it.scope == scope);
                    refusing.any(|(limiter, _)| chain.limiter(*limiter).is_some())
                })
        };
        let workloads = self.scenario.workloads.iter();
        workloads
            .filter(move |it| asks(&it.name))
            .map(|it| (it.name.as_str(), &it.value))
    }
}

/// Credentials, or a plan that costs.
fn signing_in(today: &Today<'_>) -> Vec<Ways> {
    let ways = |(name, service): (&str, &Service)| {
        let written = &service.preset.as_ref()?.value;
        let preset = catalog::preset(written).ok()?;
        let path = format!("services.{name}.preset");
        let each = preset.upgrades.iter().map(|upgrade| {
            let family = upgrade.to.split('@').next().unwrap_or_default();
            let to = if written.contains('@') {
                &upgrade.to
            } else {
                family
            };
            vec![(path.clone(), to.to_owned())]
        });
        Some(Ways {
            each: each.collect(),
            name: path,
        })
    };
    today.services().filter_map(ways).collect()
}

/// Machines that keep images, or the token of their registry, for the next job.
fn kept_machines(today: &Today<'_>) -> Vec<Ways> {
    let workloads = today.scenario.workloads.iter();
    let concerned = workloads.filter(|it| concerns(today.judged, &it.name));
    let ways = concerned.filter_map(|workload| {
        let path = |below: &str| format!("workloads.{}.{below}", workload.name);
        let each: Vec<Sets> = match &workload.value {
            Workload::ImagePulls(it) if it.hosts.is_none() => {
                let all = it.pulls.count_max();
                let fewer = MACHINES.into_iter().filter(|it| u64::from(*it) < all);
                let keeps = |machines: u32| {
                    vec![
                        (path("hosts"), machines.to_string()),
                        (path("pull.behaviour"), "if-not-present".to_owned()),
                    ]
                };
                fewer.map(keeps).collect()
            }
            // As many as a workflow has jobs, so that none of its jobs waits for a machine.
            Workload::CiFanout(it) if it.login != Login::PerHost && it.runners.is_none() => {
                let mut sets = vec![
                    (path("login"), "per-host".to_owned()),
                    (path("runners"), it.jobs.to_string()),
                    (path("operated_by"), "you".to_owned()),
                ];
                let service = &it.requests.service.value;
                if emit::provider(today.scenario, service) == Some("ecr") {
                    sets.push((path("token_lifetime"), KEPT_BY_ECR_HELPER.to_owned()));
                }
                vec![sets]
            }
            _ => return None,
        };
        Some(Ways {
            name: format!("machines of {}", workload.name),
            each,
        })
    });
    ways.collect()
}

/// More of what the provider raises, or may raise.
fn quotas(today: &Today<'_>) -> Vec<Ways> {
    let raisable = today
        .refusing
        .iter()
        .filter(|(_, it)| it.raisable != Some(false) && !it.client_side);
    let ways = raisable.map(|(_, limiter)| {
        let each = FACTORS.iter();
        let each = each.filter_map(|factor| capacity::times(limiter, *factor));
        Ways {
            name: format!("services.{}.limiters.{}", limiter.service, limiter.name),
            each: each.map(|set| vec![set]).collect(),
        }
    });
    ways.collect()
}

#[cfg(test)]
mod tests {
    use crate::catalog::{Effort, Owner};
    use crate::judge::Status;
    use crate::recommend::tests::{DEPLOYS, of, variant};
    use crate::report::model::{LeverReport, Report};

    /// Jobs on fresh machines behind one address, more than Docker Hub serves strangers.
    const HUB: &str = "
pullstorm: 1
name: hub
horizon: 12h
services:
  hub: {preset: docker-hub-anonymous@2026-11, latency: 60ms}
images:
  node: {registry: hub, layers: 3, size: 380MB}
  redis: {registry: hub, layers: 2, size: 45MB}
workloads:
  ci:
    kind: image-pulls
    pulls: 120
    begin: {every: 3min}
    pull: {client: docker-classic, images: [node, redis]}
    identity: {address: office-nat}
expect: [ci.pulls.failed == 0]
";

    fn lever<'r>(report: &'r Report, what: &str) -> &'r LeverReport {
        let mut levers = report.levers.iter();
        let found = levers.find(|it| it.what.contains(what));
        found.unwrap_or_else(|| panic!("no {what} in {:#?}", report.levers))
    }

    #[test]
    fn who_pulls_without_signing_in_is_told_of_mirrors_addresses_and_plans() {
        let report = of(HUB);
        for holds in [
            "mirror",
            "office-nat {addresses: ",
            "address of ci per-host",
        ] {
            assert_eq!(lever(&report, holds).verdict, Status::Met, "{holds}");
        }
        let free = lever(&report, "docker-hub-free@2026-11 for hub");
        assert_eq!(
            (free.owner, free.effort),
            (Owner::You, Effort::PipelineCode)
        );
        let paid = lever(&report, "docker-hub-paid@2026-11 for hub");
        assert_eq!(
            (paid.owner, paid.effort),
            (Owner::You, Effort::QuotaOrMoney)
        );
        assert_eq!(paid.verdict, Status::Met);
    }

    #[test]
    fn what_amazon_ecr_can_cache_is_pulled_through_it() {
        let compose = include_str!("../../../../scenarios/ecr-public-compose.yaml");
        let today = &compose[..compose.find("variants:").unwrap()];
        let report = of(&today.replace("check: podman\n", ""));
        let filled = lever(&report, "ecr-pull-through, holds: everything");
        assert_eq!(filled.verdict, Status::Met);
        assert_eq!(
            (filled.owner, filled.effort),
            (Owner::You, Effort::Infrastructure),
            "setting a cache up is nobody else's"
        );
        let stranger = today
            .replace("check: podman\n", "")
            .replace("docker-classic, ", "docker-classic, auth: none, ");
        let tried = of(&stranger).levers;
        assert!(tried.iter().all(|it| !it.what.contains("ecr-pull-through")));
    }

    #[test]
    fn machines_that_keep_images_are_chosen_before_more_addresses_which_only_hide_the_load() {
        let report = of(HUB);
        let best = &report.variants[1];
        assert!(best.about.contains("hosts of ci"), "{}", best.about);
        assert!(!best.about.contains("address"), "{}", best.about);
        let change = best.change.as_ref().unwrap();
        assert_eq!(
            (change.owner, change.effort),
            (Owner::You, Effort::Infrastructure)
        );
        let made = change.remarks.join("; ");
        assert!(
            made.contains("no setting here makes them: set up as many runners of your own"),
            "{made}"
        );
    }

    #[test]
    fn a_mirror_or_gateway_that_is_not_there_yet_has_its_settings_all_the_same() {
        let sets = "services.mirror: {caches: {upstream: hub, kind: distribution-proxy}}, \
                    workloads.ci.pull.mirror: mirror";
        let text = format!(
            "{HUB}variants:\n  mirror: {{set: {{{sets}}}}}\n  more: {{set: {{nats.office-nat: \
             {{addresses: 8}}}}}}\n"
        );
        let report = of(&text);
        let places = |variant: &str| -> Vec<&str> {
            let own = report.settings.iter().filter(|it| it.variant == variant);
            own.map(|it| it.place.as_str()).collect()
        };
        let told = |variant: &str, place: &str| places(variant).iter().any(|it| it.contains(place));
        assert!(
            told("mirror", "config.yml of the mirror"),
            "{:?}",
            places("mirror")
        );
        assert!(told("mirror", "daemon.json"), "{:?}", places("mirror"));
        assert!(told("more", "NAT gateway"), "{:?}", places("more"));
        let mirror = variant(&report, "mirror").change.as_ref().unwrap();
        assert_eq!(
            (mirror.owner, mirror.effort),
            (Owner::You, Effort::Infrastructure)
        );
        assert!(mirror.remarks.is_empty(), "{:?}", mirror.remarks);
    }

    #[test]
    fn to_sign_in_is_the_users_to_do_and_which_limit_is_enforced_is_nobodys_choice() {
        let text = format!(
            "{HUB}variants:\n  signed-in: {{set: {{services.hub.preset: docker-hub-free}}}}\n  \
             signed-in-observed: {{set: {{services.hub.preset: docker-hub-free-observed}}}}\n  \
             observed: {{set: {{services.hub.preset: docker-hub-anonymous-observed}}}}\n"
        );
        let report = of(&text);
        let change = variant(&report, "signed-in").change.as_ref().unwrap();
        assert_eq!(
            (change.owner, change.effort),
            (Owner::You, Effort::PipelineCode)
        );
        for name in ["observed", "signed-in-observed"] {
            let change = variant(&report, name).change.as_ref().unwrap();
            assert!(!change.possible && change.remarks[0].contains("is no choice"));
        }
    }

    #[test]
    fn of_two_that_share_an_account_each_is_told_what_one_of_its_own_does() {
        let one = DEPLOYS.replace("status: 429", "status: 429, scope: account-region");
        let nightly = "  nightly: {kind: api-callers, service: api, callers: 3, calls: [deploy], \
                       retry: none}\n";
        let two = one.replace("workloads:\n", &format!("workloads:\n{nightly}"));
        let told = |text: &str| {
            let report = of(text);
            let mut levers = report.levers.into_iter();
            levers.find(|it| it.what.contains("identity.account"))
        };
        assert!(told(&one).is_none());
        let own = told(&two).unwrap();
        assert_eq!(
            (own.owner, own.effort),
            (Owner::You, Effort::Infrastructure)
        );
    }

    #[test]
    fn what_is_alone_in_its_account_is_told_what_a_second_one_does() {
        let counted = DEPLOYS.replace("status: 429", "status: 429, scope: account-region");
        let report = of(&counted);
        let told = report.levers.iter();
        let second = told.filter(|it| it.what.contains("accounts for deploys"));
        let second: Vec<_> = second.collect();
        let [second] = second[..] else {
            panic!("{second:?}")
        };
        assert_eq!(
            (second.owner, second.effort),
            (Owner::You, Effort::Infrastructure)
        );
        assert_eq!(second.verdict, Status::Met);
        // It is judged as a variant that somebody writes.
        let set = &second.sets[0];
        assert_eq!(set.0, "workloads.deploys.identity.accounts");
        let written = of(&format!(
            "{counted}variants:\n  spread: {{set: {{{}: {}}}}}\n",
            set.0, set.1
        ));
        assert_eq!(variant(&written, "spread").verdict, second.verdict);
        // Nobody is told so where the limit is of all callers.
        let all = of(DEPLOYS);
        assert!(
            all.levers
                .iter()
                .all(|it| !it.what.contains("accounts for"))
        );
    }

    #[test]
    fn the_smallest_quota_that_holds_is_told_as_the_providers() {
        let report = of(DEPLOYS);
        let quota = lever(&report, "limiters.calls.bucket of api");
        assert_eq!(quota.verdict, Status::Met);
        let burst = |times: u32| format!("{{burst: {}, refill: {times}/s}}", 4 * times);
        let own = quota.sets[0].1.as_str();
        let holds = [2, 4, 8, 16].into_iter().find(|times| {
            let set = format!(
                "api: {{set: {{services.api.limiters.calls.bucket: {}}}}}",
                burst(*times)
            );
            let report = of(&format!("{DEPLOYS}variants:\n  {set}\n"));
            variant(&report, "api").verdict == Status::Met
        });
        assert_eq!(own, burst(holds.unwrap()));
        assert_eq!(
            (quota.owner, quota.effort),
            (Owner::Provider, Effort::QuotaOrMoney)
        );
    }

    #[test]
    fn settings_of_what_asks_nothing_of_the_limiter_that_refuses_are_not_tried() {
        let other =
            "  other: {latency: 0s, limiters: {calls: {bucket: {burst: 99, refill: 9/s}}}}\n";
        let idle = "  idle: {kind: api-callers, service: other, callers: 2, calls: [read], \
                    retry: none}\n";
        let text = DEPLOYS
            .replace("services:\n", &format!("services:\n{other}"))
            .replace("workloads:\n", &format!("workloads:\n{idle}"));
        let report = of(&text);
        assert!(report.variants[1].about.contains("of deploys"));
        assert!(report.levers.iter().all(|it| !it.what.contains("of idle")));
    }
}
