//! Ways out, for Terraform: NAT gateways with more addresses, an address of one's own, VPC endpoints.
//!
//! Arguments as in the Terraform AWS provider 6 (`aws_eip`, `aws_nat_gateway`, `aws_vpc_endpoint`,
//! `aws_launch_template`), read in November 2026. A NAT gateway takes eight addresses at most (Amazon
//! VPC user guide, NAT gateway quotas).

use super::Fragment;
use super::diff::{Diff, provider, service};
use super::write::identifier;
use crate::catalog::Owner;
use crate::report::model::Language;
use crate::scenario::model::{Addresses, Identity, Nat, Scenario};

/// Addresses of one NAT gateway at most.
const ADDRESSES_MAX: u32 = 8;

/// What a variant changes of the ways out.
pub(super) fn settings(diff: &Diff<'_>) -> Vec<Fragment> {
    let mut found: Vec<Fragment> = Vec::new();
    for nat in diff.nats() {
        if nat.changed(|it| (it.gateways, it.addresses)).is_some() {
            found.extend(gateways(nat.name, *nat.own, *nat.today));
        }
    }
    for (name, own, today) in identities(diff) {
        let known = addresses(&diff.today.scenario);
        match (&own.address, &today.address) {
            (own, today) if own == today => {}
            (Addresses::One(address), _) if !known.contains(&address.as_str()) => {
                found.push(own_gateway(name, address));
            }
            // Behind an address that is there already: whose network it is decides how.
            (Addresses::One(_), _) => {}
            (Addresses::PerHost, _) => found.push(public_addresses(name)),
        }
        let new = own.endpoints.iter().map(|it| it.value.as_str());
        let new: Vec<&str> = new.filter(|it| !today.has_endpoint(it)).collect();
        let ecr = |name: &&str| service(&diff.own.scenario, name).and_then(provider) == Some("ecr");
        if new.iter().any(ecr) {
            found.push(endpoints());
        }
    }
    found
}

/// Who has an identity in the variant and today: workloads, and mirrors.
fn identities<'p>(diff: &Diff<'p>) -> Vec<(&'p str, &'p Identity, &'p Identity)> {
    let workloads = diff
        .workloads()
        .map(|it| (it.name, it.own.identity(), it.today.identity()));
    let mirrors = diff.services().filter_map(|it| {
        let own = it.own.caches.as_ref()?.identity.as_ref()?;
        let today = it.today.caches.as_ref()?.identity.as_ref()?;
        Some((it.name, own, today))
    });
    workloads.chain(mirrors).collect()
}

/// The addresses that are in use.
fn addresses(scenario: &Scenario) -> Vec<&str> {
    let workloads = scenario.workloads.iter().map(|it| it.value.identity());
    let mirrors = scenario.services.iter();
    let mirrors = mirrors.filter_map(|it| it.value.caches.as_ref()?.identity.as_ref());
    let all = workloads.chain(mirrors);
    all.filter_map(|identity| match &identity.address {
        Addresses::One(name) => Some(name.as_str()),
        Addresses::PerHost => None,
    })
    .collect()
}

fn gateways(name: &str, own: Nat, today: Nat) -> Option<Fragment> {
    if own.addresses > ADDRESSES_MAX {
        return None;
    }
    let all = own.gateways * own.addresses;
    let name = identifier(name);
    let secondary = match own.addresses {
        1 => String::new(),
        per => format!(
            "  secondary_allocation_ids = slice(aws_eip.{name}[*].id, count.index * {per} + 1, \
             (count.index + 1) * {per})\n"
        ),
    };
    Some(Fragment {
        place: "Terraform of the network, where the NAT gateway is".to_owned(),
        owner: Owner::You,
        language: Language::Hcl,
        text: format!(
            "resource \"aws_eip\" \"{name}\" {{\n  count  = {all}\n  domain = \"vpc\"\n}}\n\nresource \
             \"aws_nat_gateway\" \"{name}\" {{\n  count         = {}\n  subnet_id     = \
             var.public_subnet_ids[count.index]\n  allocation_id = aws_eip.{name}[count.index * \
             {}].id\n{secondary}}}\n",
            own.gateways, own.addresses
        ),
        why: format!(
            "requests leave from {all} addresses instead of {}, and a limit by address counts each by \
             itself",
            today.gateways * today.addresses
        ),
        risk: "costs by address and gateway; the quota of addresses of a NAT gateway is 2 until it is \
               raised; a limit by account or user counts as before, and clients that ask too often \
               still do"
            .to_owned(),
        undo: "restore the counts of today and apply".to_owned(),
    })
}

fn own_gateway(owner: &str, address: &str) -> Fragment {
    let name = identifier(address);
    Fragment {
        place: format!("Terraform of the network, for the subnets of `{owner}`"),
        owner: Owner::You,
        language: Language::Hcl,
        text: format!(
            "resource \"aws_eip\" \"{name}\" {{\n  domain = \"vpc\"\n}}\n\nresource \"aws_nat_gateway\" \
             \"{name}\" {{\n  subnet_id     = var.public_subnet_id\n  allocation_id = \
             aws_eip.{name}.id\n}}\n\nresource \"aws_route\" \"{name}\" {{\n  route_table_id         = \
             var.route_table_id      # of these subnets alone\n  destination_cidr_block = \
             \"0.0.0.0/0\"\n  nat_gateway_id         = aws_nat_gateway.{name}.id\n}}\n"
        ),
        why: format!("`{owner}` has an address of its own, whose limits nobody else spends"),
        risk: "costs a gateway; a limit by account or user counts as before".to_owned(),
        undo: "point the route at the gateway of today".to_owned(),
    }
}

fn public_addresses(owner: &str) -> Fragment {
    let name = identifier(owner);
    Fragment {
        place: format!("Terraform of the launch template of `{owner}`, in public subnets"),
        owner: Owner::You,
        language: Language::Hcl,
        text: format!(
            "resource \"aws_launch_template\" \"{name}\" {{\n  network_interfaces {{\n    \
             associate_public_ip_address = true\n  }}\n}}\n"
        ),
        why:
            "each machine leaves from an address of its own, and a limit by address counts each by \
              itself"
                .to_owned(),
        risk: "machines are reachable from outside unless their security group says no; addresses \
               cost, and one that others had before may be spent already"
            .to_owned(),
        undo: "remove the interface and go through the NAT gateway again".to_owned(),
    }
}

fn endpoints() -> Fragment {
    Fragment {
        place: "Terraform of the network".to_owned(),
        owner: Owner::You,
        language: Language::Hcl,
        text: ENDPOINTS.to_owned(),
        why: "requests to Amazon ECR and layers from S3 pass the NAT gateway by".to_owned(),
        risk:
            "a path and no quota: ECR counts as before; interface endpoints cost by zone and hour"
                .to_owned(),
        undo: "remove the endpoints".to_owned(),
    }
}

const ENDPOINTS: &str = r#"resource "aws_vpc_endpoint" "ecr" {
  for_each            = toset(["ecr.api", "ecr.dkr"])
  vpc_id              = var.vpc_id
  service_name        = "com.amazonaws.${var.region}.${each.key}"
  vpc_endpoint_type   = "Interface"
  subnet_ids          = var.private_subnet_ids
  security_group_ids  = [var.endpoint_security_group_id]
  private_dns_enabled = true
}

resource "aws_vpc_endpoint" "s3" {
  vpc_id            = var.vpc_id
  service_name      = "com.amazonaws.${var.region}.s3"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = var.private_route_table_ids
}
"#;
