//! Bytes of layers: the links they come over, and where they are counted.

use super::super::keys::Hosts;
use super::Pulls;
use crate::plan::{AmountRule, LinkRule, PlanBuilder, Step};
use crate::scenario::model::Addresses;

impl Pulls<'_> {
    /// The bytes of a layer come in, into a block with `each` activities for one parent.
    pub(super) fn transfer(
        &self,
        program: &mut PlanBuilder,
        target: usize,
        each: u32,
        bytes: Option<AmountRule>,
    ) {
        let Some(amount) = bytes else { return };
        let host = self.layout().links.map(|link| LinkRule {
            link,
            owner: self.layout().host(each),
        });
        let hosts = self.layout().hosts;
        let behind = Hosts {
            neighbours: hosts.neighbours.max(1) * each,
            ..hosts
        };
        let identity = self.who.identity;
        let service = self.targets[target].service;
        let past_the_nat = identity.has_endpoint(&service.name);
        let nat = (!past_the_nat)
            .then(|| self.nats.link(&identity.address, behind))
            .flatten();
        let links: Vec<LinkRule> = host.into_iter().chain(nat).collect();
        if !links.is_empty() {
            program.transfer(amount, links);
        }
        let mut count = |name, about| {
            let tally = program.tally(name, about, true);
            program.step(Step::Tally { tally, amount });
        };
        count("bytes_pulled", "bytes of layers pulled");
        let behind_one = matches!(&identity.address, Addresses::One(name) if name != "default");
        if behind_one && !past_the_nat {
            count(
                "nat_bytes",
                "bytes of layers pulled through the NAT gateway",
            );
        }
        let region = service.region.as_ref();
        if region.is_some_and(|region| *region != identity.region) {
            count(
                "cross_region_bytes",
                "bytes of layers pulled from a registry in another region",
            );
        }
    }
}
