//! NAT gateways: through which of them a host goes out, with which address, and over what link.

use super::keys::Hosts;
use crate::plan::{KeyRule, LinkPlan, LinkRule, PlanBuilder};
use crate::scenario::model::{Addresses, Nat, Scenario};

/// The NAT gateways that a scenario describes.
#[derive(Clone, Debug, Default)]
pub(super) struct Nats(Vec<Gateways>);

/// The gateways behind one name.
#[derive(Clone, Debug)]
struct Gateways {
    name: String,
    nat: Nat,
    /// A link for each gateway, if its bandwidth is stated; into the links.
    link: Option<u32>,
}

impl Nats {
    /// The gateways of a scenario, with their links.
    pub fn resolve(scenario: &Scenario, builder: &mut PlanBuilder) -> Self {
        let gateways = scenario.nats.iter().map(|named| Gateways {
            name: named.name.clone(),
            nat: named.value,
            link: named.value.bandwidth.map(|bytes_per_second| {
                builder.links(LinkPlan {
                    bytes_per_second,
                    owners: named.value.gateways,
                    shared: true,
                })
            }),
        });
        Nats(gateways.collect())
    }

    /// What is behind a name: one gateway with one address where the scenario says no more.
    pub fn get(&self, name: &str) -> Nat {
        self.find(name).map_or(Nat::ONE, |found| found.nat)
    }

    /// The link to the gateway of each host, for blocks with `neighbours` activities on a host.
    pub fn link(&self, address: &Addresses, hosts: Hosts) -> Option<LinkRule> {
        let Addresses::One(name) = address else {
            return None;
        };
        let found = self.find(name)?;
        Some(LinkRule {
            link: found.link?,
            owner: gateway(found.nat, hosts),
        })
    }

    fn find(&self, name: &str) -> Option<&Gateways> {
        self.0.iter().find(|gateways| gateways.name == name)
    }
}

/// The gateway of each host, counted from 0. Hosts are dealt out in turn, as balanced zones have
/// them (Amazon EC2 Auto Scaling keeps its zones balanced).
pub(super) fn gateway(nat: Nat, hosts: Hosts) -> KeyRule {
    match nat.gateways {
        1 => KeyRule::Constant(0),
        groups => KeyRule::Dealt {
            base: 0,
            divisor: hosts.neighbours.max(1),
            hosts: hosts.count.max(1),
            groups,
        },
    }
}

#[cfg(test)]
mod tests {
    use crate::plan::Plan;
    use crate::record::Nothing;
    use crate::replicate::prepare;
    use crate::scenario::Document;

    fn plan(nats: &str, workloads: &str) -> Plan {
        let text = format!(
            "pullstorm: 1\nname: x\nservices: {{hub: {{preset: docker-hub-anonymous@2026-11}}, own: \
             {{limiters: {{calls: {{scope: address, window: {{limit: 10 per 6h}}}}}}}}}}\nimages: \
             {{app: {{registry: hub, layers: 2}}}}\nnats: {nats}\nworkloads:\n{workloads}"
        );
        let document = Document::parse("x", text.as_bytes()).unwrap_or_else(|it| panic!("{it}"));
        let prepared = prepare(&document, &[]).unwrap_or_else(|it| panic!("{it}"));
        prepared.into_iter().next().expect("today").plan
    }

    /// What each key of the limiter `calls` admitted, and what it throttled.
    fn counts(plan: &Plan) -> Vec<(String, u64, u64)> {
        let (outcome, _) = crate::engine::simulate(plan, 1, 0, Nothing);
        assert_eq!(outcome.cut_off, None);
        let calls = |limiter: &crate::plan::LimiterPlan| limiter.name == "calls";
        let index = plan.limiters.iter().position(calls).expect("it is there");
        let totals = &outcome.totals.limiters[index];
        let keys = plan.limiters[index].keys.iter().zip(totals);
        keys.map(|(key, totals)| (key.clone(), totals.admitted, totals.throttled))
            .collect()
    }

    const CALLERS: &str = "  w:
    kind: api-callers
    service: own
    calls: {Get: 1}
    callers: 300
    retry: none
    identity: {address: office}
";

    #[test]
    fn each_address_of_a_gateway_counts_by_itself_and_connections_are_spread_evenly() {
        let one = counts(&plan("{}", CALLERS));
        assert_eq!(one, [("office".to_owned(), 10, 290)]);
        let four = counts(&plan("{office: {addresses: 4}}", CALLERS));
        assert_eq!(four.len(), 4);
        for (key, admitted, throttled) in &four {
            assert_eq!(*admitted, 10, "{key}");
            assert!((45..=85).contains(throttled), "{key}: {throttled}");
        }
    }

    #[test]
    fn hosts_go_out_through_gateways_in_turn_each_always_through_the_same() {
        let three = counts(&plan("{office: {gateways: 3}}", CALLERS));
        let expected = [1, 2, 3].map(|place| (format!("office {place}"), 10, 90));
        assert_eq!(three, expected);
        let both = counts(&plan("{office: {gateways: 3, addresses: 2}}", CALLERS));
        let of_gateway = |gateway: usize| {
            let keys = both.iter().skip(gateway).step_by(3);
            keys.map(|(_, admitted, throttled)| admitted + throttled)
                .sum::<u64>()
        };
        assert_eq!([0, 1, 2].map(of_gateway), [100, 100, 100]);
    }

    #[test]
    fn jobs_go_out_where_their_machine_does() {
        let ci = "  w: {kind: ci-fanout, service: own, operation: Get, workflows: 1, jobs: 60, \
                  runners: 5, duration: 1s, retry: none, identity: {address: office}}\n";
        let counts = counts(&plan("{office: {gateways: 2}}", ci));
        let asked: Vec<u64> = counts.iter().map(|(_, yes, no)| yes + no).collect();
        // Machines 0, 2 and 4 are behind the first.
        assert_eq!(asked.iter().sum::<u64>(), 60);
        assert!(asked[0] > asked[1], "{asked:?}");
    }

    #[test]
    fn all_limiters_that_a_request_meets_see_the_same_address() {
        let pulls = "  w: {kind: image-pulls, pulls: 200, pull: {client: crane-2026-05, images: app}, \
                     identity: {address: office}}\n";
        let plan = plan("{office: {addresses: 3}}", pulls);
        let (outcome, _) = crate::engine::simulate(&plan, 1, 0, Nothing);
        let limiter = |name: &str| {
            let index = plan
                .limiters
                .iter()
                .position(|limiter| limiter.name == name);
            let totals = &outcome.totals.limiters[index.expect("it is there")];
            totals
                .iter()
                .map(|it| it.admitted + it.throttled)
                .collect::<Vec<u64>>()
        };
        // Every manifest that is counted as a pull is a request beside.
        let pairs = limiter("abuse").into_iter().zip(limiter("pulls"));
        for (requests, pulls) in pairs {
            assert!(requests > pulls && pulls > 0, "{requests} {pulls}");
        }
    }

    #[test]
    fn a_second_workload_shares_the_addresses_of_the_first() {
        let two = format!("{CALLERS}{}", CALLERS.replace("  w:", "  v:"));
        let counts = counts(&plan("{office: {addresses: 4}}", &two));
        assert_eq!(counts.len(), 4);
        assert_eq!(
            counts.iter().map(|(_, admitted, _)| admitted).sum::<u64>(),
            40
        );
    }
}
