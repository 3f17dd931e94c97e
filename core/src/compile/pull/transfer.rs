//! Bytes of layers: the links they come over, and where they are counted.

use super::super::keys::Hosts;
use super::super::mirror::Mirror;
use super::Pulls;
use crate::plan::{AmountRule, Assumption, Basis, LinkRule, PlanBuilder, Step};
use crate::scenario::model::Addresses;

/// Which way bytes go.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub(super) enum Direction {
    /// To the host.
    Down,
    /// To the registry.
    Up,
}

impl Pulls<'_> {
    /// The bytes of a layer come in or go out, of a block with `each` activities for one parent.
    pub(super) fn transfer(
        &self,
        program: &mut PlanBuilder,
        target: usize,
        each: u32,
        bytes: Option<AmountRule>,
        direction: Direction,
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
        // A mirror behind the same gateway is a neighbour.
        let neighbour = service.mirror.as_ref().and_then(Mirror::nat);
        let past_the_nat = identity.has_endpoint(&service.name)
            || neighbour.is_some_and(|nat| identity.address == Addresses::One(nat.to_owned()));
        let nat = (!past_the_nat)
            .then(|| self.nats.link(&identity.address, behind))
            .flatten();
        let links: Vec<LinkRule> = host.into_iter().chain(nat).collect();
        match links.is_empty() {
            true => self.assume_no_transfer(program, direction),
            false => program.transfer(amount, links),
        }
        let mut count = |name, about| {
            let tally = program.tally(name, about, true);
            program.step(Step::Tally { tally, amount });
        };
        match direction {
            Direction::Down => count("bytes_pulled", "bytes of layers pulled"),
            Direction::Up => count("bytes_pushed", "bytes of layers pushed"),
        }
        let behind_one = matches!(&identity.address, Addresses::One(name) if name != "default");
        if behind_one && !past_the_nat {
            count("nat_bytes", NAT_BYTES);
        }
        let region = service.region.as_ref();
        if region.is_some_and(|region| *region != identity.region) {
            count(
                "cross_region_bytes",
                match direction {
                    Direction::Down => "bytes of layers pulled from a registry in another region",
                    Direction::Up => "bytes of layers pushed to a registry in another region",
                },
            );
        }
    }

    /// Says once for each workload that the bytes of its layers take no time.
    fn assume_no_transfer(&self, program: &mut PlanBuilder, direction: Direction) {
        let workload = self.who.workload;
        let how = match direction {
            Direction::Down => "pulled",
            Direction::Up => "pushed",
        };
        let text = format!(
            "layers of `{workload}` are {how} in no time beyond their requests: no `bandwidth` is \
             stated"
        );
        let stated = &mut program.plan().stated;
        if stated.iter().all(|assumption| assumption.text != text) {
            let basis = Basis::Default;
            stated.push(Assumption { text, basis });
        }
    }

    /// Bytes of a layer that go through a NAT gateway.
    pub(super) fn count_nat_bytes(&self, program: &mut PlanBuilder, amount: AmountRule) {
        let tally = program.tally("nat_bytes", NAT_BYTES, true);
        program.step(Step::Tally { tally, amount });
    }
}

const NAT_BYTES: &str =
    "bytes of layers through the NAT gateway, also those that a mirror behind it fetched";
