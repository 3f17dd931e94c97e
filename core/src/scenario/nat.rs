//! NAT gateways: how many there are, and how many addresses each has.

use super::form::{Count, Throughput};
use super::model::{Addresses, Identity, Nat, Scenario};
use super::record::Record;
use crate::yaml::{Diagnostic, nearest};

/// More than any provider gives; what limiters keep by address is bounded beside it.
const MANY: Count = Count {
    min: 1,
    max: 10_000,
};

/// The table of a NAT gateway.
pub(crate) fn nat() -> Record<Nat> {
    Record::new(
        "NAT gateways under one name. Limiters by address count each address by itself.",
        || Nat::ONE,
    )
    .absent(
        "bandwidth",
        Throughput,
        "any",
        "What each gateway carries, for all hosts behind it together and whatever its addresses. \
         Pulls that go on at a time share it.",
        "5Gbit/s",
        |it, v| it.bandwidth = Some(v),
    )
    .optional(
        "addresses",
        MANY,
        "1",
        "Addresses of each gateway. A connection leaves with any of them: AWS picks by a hash of the \
         flow (8 addresses at most), Azure a port at random among those of all addresses (16). Each \
         request is taken for a connection of its own.",
        "8",
        |it, v| it.addresses = v as u32,
    )
    .optional(
        "gateways",
        MANY,
        "1",
        "Gateways, one in each zone for example. Hosts go out through them in turn, each always \
         through the same.",
        "3",
        |it, v| it.gateways = v as u32,
    )
}

/// NAT gateways that no workload is behind, in any of these scenarios: today's first.
pub(crate) fn unused<'s>(
    today: &'s Scenario,
    variants: impl Iterator<Item = &'s Scenario>,
) -> Vec<Diagnostic> {
    let mut behind = Vec::new();
    for scenario in std::iter::once(today).chain(variants) {
        let identities = scenario.workloads.iter().map(|it| it.value.identity());
        behind.extend(identities.filter_map(name));
    }
    let unused = today
        .nats
        .iter()
        .filter(|nat| !behind.contains(&nat.name.as_str()));
    let diagnostics = unused.filter_map(|nat| {
        let message = format!("no workload is behind the NAT gateway `{}`", nat.name);
        let hint = match nearest(&nat.name, behind.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("write `identity: {{address: {}}}` in a workload", nat.name),
        };
        let path = format!("nats.{}", nat.name);
        Some(Diagnostic::new(message, nat.place?).path(path).hint(hint))
    });
    diagnostics.collect()
}

/// The name that an identity has for what its hosts are behind.
fn name(identity: &Identity) -> Option<&str> {
    match &identity.address {
        Addresses::One(name) => Some(name),
        Addresses::PerHost => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::scenario::Document;

    fn document(nat: &str, more: &str) -> Result<Document, String> {
        let text = format!(
            "pullstorm: 1\nname: x\nservices: {{own: {{limiters: {{calls: {{scope: address, bucket: \
             {{burst: 1, refill: 1/s}}}}}}}}}}\nnats: {{{nat}: {{addresses: 2}}}}\nworkloads: {{w: {{kind: \
             api-callers, service: own, calls: {{Get: 1}}, identity: {{address: office-nat}}}}}}\n{more}"
        );
        Document::parse("x", text.as_bytes()).map_err(|problems| problems.to_string())
    }

    #[test]
    fn a_gateway_that_no_workload_is_behind_is_probably_misspelt() {
        assert!(document("office-nat", "").is_ok());
        let said = document("ofice-nat", "").expect_err("nobody is behind it");
        assert!(said.contains("did you mean `office-nat`?"), "{said}");
        let said = document("elsewhere", "").expect_err("nobody is behind it");
        assert!(said.contains("no workload is behind"), "{said}");
    }

    #[test]
    fn a_gateway_may_be_there_for_a_variant_or_left_by_an_argument() {
        let variant = "variants: {moved: {set: {workloads.w.identity.address: elsewhere}}}";
        assert!(document("elsewhere", variant).is_ok());
        let document = document("office-nat", "").expect("it is used");
        assert!(
            document
                .set("workloads.w.identity.address", "per-host")
                .is_ok()
        );
    }
}
