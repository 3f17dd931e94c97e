//! To whom the attempts of a workload belong: its key for each scope of a limiter; and who operates
//! the client that makes them.

use super::choice::Mapped;
use super::decoder::Decoder;
use super::form::{At, Count, Definitions, Form, ListOf, Text, Words};
use super::model::{Addresses, Identity};
use super::record::Record;
use crate::catalog::Owner;
use crate::yaml::Node;
use serde_json::Value as Json;
use std::net::Ipv6Addr;

/// Who can operate the client of a workload: the one who owns its retry setting.
pub(crate) const OPERATORS: Words<Owner> = Words(&[
    ("you", Owner::You, "You: your own step, script or tool."),
    (
        "ci-vendor",
        Owner::CiVendor,
        "Who runs the CI service: its executor makes the calls.",
    ),
    (
        "cloud-vendor",
        Owner::CloudVendor,
        "Who runs the cloud or orchestrator: its agents make the calls.",
    ),
    (
        "provider",
        Owner::Provider,
        "Who runs the service that is called.",
    ),
]);

/// How many accounts.
const MANY: Count = Count { min: 1, max: 100 };

/// An egress address: an IPv4 or IPv6 address, or any name for one.
struct Address;

impl Form for Address {
    type Value = String;

    fn decode(&self, node: &Node, decoder: &mut Decoder) -> Option<String> {
        let text = Text.decode(node, decoder)?;
        // Whoever writes a colon means an IPv6 address, and its /64 is what counts.
        if text.contains(':') && ipv6(&text).is_none() {
            let message = format!("`{text}` is not an IPv6 address");
            let hint = "write it like `2001:db8::1`, or a name without colons";
            decoder.refuse(node, message, hint);
            return None;
        }
        Some(text)
    }

    fn schema(&self, definitions: &mut Definitions) -> Json {
        Text.schema(definitions)
    }
}

/// The IPv6 address that a text says, of itself or of its /64 network.
pub(crate) fn ipv6(text: &str) -> Option<Ipv6Addr> {
    text.strip_suffix("/64").unwrap_or(text).parse().ok()
}

/// The table of an identity.
pub(crate) fn identity() -> Record<Identity> {
    let about = "To whom the attempts belong. Workloads with the same account and region share the \
                 credits of a limiter that counts by `account-region`, and so on.";
    Record::new(about, Identity::blank)
        .optional(
            "account",
            Text,
            "default",
            "Cloud account or project.",
            "production",
            |it, v| it.account = v,
        )
        .optional(
            "accounts",
            MANY,
            "1",
            "Accounts that the hosts are dealt out over in turn, `account` being the first. Each has \
             limits of its own, and holds what is pulled: Amazon ECR replicates repositories to other \
             accounts. It stands for Regions, too, where a limit counts by Region.",
            "2",
            |it, v| it.accounts = v as u32,
        )
        .optional(
            "region",
            Text,
            "default",
            "Region.",
            "us-east-1",
            |it, v| it.region = v,
        )
        .optional(
            "user",
            Text,
            "default",
            "Signed-in user.",
            "ci-bot",
            |it, v| it.user = v,
        )
        .optional(
            "organisation",
            Text,
            "default",
            "Organisation.",
            "acme",
            |it, v| {
                it.organisation = v;
            },
        )
        .optional(
            "repository",
            Text,
            "default",
            "Repository or registry.",
            "app",
            |it, v| {
                it.repository = v;
            },
        )
        .optional(
            "address",
            Mapped(Address, |text: String| match text.as_str() {
                "per-host" => Addresses::PerHost,
                _ => Addresses::One(text),
            }),
            "default",
            "Egress address: one name is one address, unless `nats` says that it is more; \
             `per-host` gives each host its own. Of IPv6 addresses the /64 network counts; a name \
             with a colon is one.",
            "per-host",
            |it, v| it.address = v,
        )
        .optional(
            "endpoints",
            ListOf(At(Text)),
            "[]",
            "Services that are reached through a VPC endpoint instead of the NAT gateway. It is a \
             path: bytes of layers do not count as `nat_bytes`, limits stay what they are (AWS \
             documents no other quota behind endpoints). Layers of Amazon ECR come from S3, which \
             needs an endpoint too.",
            "[ecr]",
            |it, v| it.endpoints = v,
        )
}
