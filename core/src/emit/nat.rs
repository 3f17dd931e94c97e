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
    let mut moved: Vec<&str> = Vec::new();
    let mut past_nat = false;
    for (name, own, today) in diff.nats() {
        if (own.gateways, own.addresses) != (today.gateways, today.addresses) {
            found.extend(gateways(name, own, today));
        }
    }
    for (name, own, today) in identities(diff) {
        let known = addresses(&diff.today.scenario);
        match (&own.address, &today.address) {
            (own, today) if own == today => {}
            // Workloads that move to one address share its gateway.
            (Addresses::One(address), _) if moved.contains(&address.as_str()) => {}
            (Addresses::One(address), _) if !known.contains(&address.as_str()) => {
                moved.push(address);
                found.push(own_gateway(name, address));
            }
            // Behind an address that is there already: whose network it is decides how.
            (Addresses::One(_), _) => {}
            (Addresses::PerHost, _) => found.push(public_addresses(name)),
        }
        let new = own.endpoints.iter().map(|it| it.value.as_str());
        let new: Vec<&str> = new.filter(|it| !today.has_endpoint(it)).collect();
        let ecr = |name: &&str| service(&diff.own.scenario, name).and_then(provider) == Some("ecr");
        past_nat |= new.iter().any(ecr);
    }
    if past_nat {
        found.push(endpoints());
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

/// More addresses: the gateway that there is keeps its own, which others may have in their lists; new
/// gateways take whole subnets.
fn gateways(name: &str, own: Nat, today: Nat) -> Option<Fragment> {
    if own.addresses > ADDRESSES_MAX
        || own.addresses < today.addresses
        || own.gateways < today.gateways
    {
        return None;
    }
    let name = identifier(name);
    let (more, new) = (
        own.addresses - today.addresses,
        own.gateways - today.gateways,
    );
    let mut text = String::new();
    if more > 0 {
        text.push_str(&format!(
            "resource \"aws_eip\" \"{name}_more\" {{\n  count  = {}\n  domain = \"vpc\"\n}}\n\n# in the \
             gateway that there is; allocation_id and subnet_id stay as they are\nresource \
             \"aws_nat_gateway\" \"{name}\" {{\n  secondary_allocation_ids = \
             aws_eip.{name}_more[*].id\n}}\n",
            more * today.gateways
        ));
    }
    if new > 0 {
        let per = own.addresses;
        let secondary = match per {
            1 => String::new(),
            _ => format!(
                "  secondary_allocation_ids = slice(aws_eip.{name}_new[*].id, count.index * {per} + 1, \
                 (count.index + 1) * {per})\n"
            ),
        };
        text.push_str(&format!(
            "resource \"aws_eip\" \"{name}_new\" {{\n  count  = {}\n  domain = \"vpc\"\n}}\n\nresource \
             \"aws_nat_gateway\" \"{name}_new\" {{\n  count         = {new}\n  subnet_id     = \
             var.public_subnet_ids[count.index]\n  allocation_id = aws_eip.{name}_new[count.index * \
             {per}].id\n{secondary}}}\n\n# in place of the default route of the subnets that move; an even \
             share of the hosts to each gateway\nresource \"aws_route\" \"{name}_new\" {{\n  count           \
             \u{20}      = {new}\n  route_table_id         = var.moved_route_table_ids[count.index]\n  \
             destination_cidr_block = \"0.0.0.0/0\"\n  nat_gateway_id         = \
             aws_nat_gateway.{name}_new[count.index].id\n}}\n",
            new * per
        ));
    }
    let all = own.gateways * own.addresses;
    Some(Fragment {
        place: "Terraform of the network, where the NAT gateway is".to_owned(),
        owner: Owner::You,
        language: Language::Hcl,
        text,
        why: format!(
            "requests leave from {all} addresses instead of {}, and a limit by address counts each by \
             itself",
            today.gateways * today.addresses
        ),
        risk: "costs by address and gateway; quotas are 5 Elastic IP addresses a Region and 2 addresses a \
               NAT gateway until they are raised; who lists your addresses has to list the new ones; a \
               limit by account or user counts as before, and clients that ask too often still do"
            .to_owned(),
        undo: "restore the counts and routes of today and apply".to_owned(),
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
        why: format!("`{owner}` leaves from an address of its own, with limits of its own"),
        risk: "costs a gateway; the route replaces the default route of the table; a limit by account \
               or user counts as before, and whoever else moves there spends it too"
            .to_owned(),
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
