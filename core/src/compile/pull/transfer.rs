//! Bytes of layers: the links they come over, and where they are counted.

use super::Pulls;
use crate::plan::{AmountRule, KeyRule, LinkRule, PlanBuilder, Step};
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
        let nat = self.nat.map(|link| LinkRule {
            link,
            owner: KeyRule::Constant(0),
        });
        let links: Vec<LinkRule> = host.into_iter().chain(nat).collect();
        if !links.is_empty() {
            program.transfer(amount, links);
        }
        let mut count = |name, about| {
            let tally = program.tally(name, about, true);
            program.step(Step::Tally { tally, amount });
        };
        count("bytes_pulled", "bytes of layers pulled");
        let identity = self.who.identity;
        let behind_one = matches!(&identity.address, Addresses::One(name) if name != "default");
        if behind_one {
            count(
                "nat_bytes",
                "bytes of layers pulled through the NAT gateway",
            );
        }
        let region = self.targets[target].service.region.as_ref();
        if region.is_some_and(|region| *region != identity.region) {
            count(
                "cross_region_bytes",
                "bytes of layers pulled from a registry in another region",
            );
        }
    }
}
