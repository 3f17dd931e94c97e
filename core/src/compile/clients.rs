//! SDK client objects: which calls keep retry quota and rate limiter in the same one.

use crate::plan::{ClientRule, KeyRule, PlanBuilder};
use crate::retry::RetryPolicy;
use crate::scenario::model::Client;

/// Where each of so many activities of a block keeps the state of its client object; `None` if the
/// policy has none to keep.
pub(super) fn rule(
    policy: &RetryPolicy,
    client: Client,
    count: u32,
    builder: &mut PlanBuilder,
) -> Option<ClientRule> {
    policy.keeps_client_state().then(|| match client {
        Client::Shared => ClientRule {
            rule: KeyRule::Constant(builder.clients(1)),
            per_call: false,
            shared: count > 1,
        },
        Client::Separate | Client::PerCall => ClientRule {
            rule: KeyRule::Place {
                base: builder.clients(count),
                divisor: 1,
                modulus: count,
            },
            per_call: client == Client::PerCall,
            shared: false,
        },
    })
}
