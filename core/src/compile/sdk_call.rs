//! A call of an operation by an SDK: its retry loop and the request in it.

use super::service::Resolved;
use crate::plan::{Check, ClientRule, GiveUp, LoopSpec, PlanBuilder, Service, SiteSpec};
use crate::retry::RetryPolicy;

/// How a workload calls operations of a service.
#[derive(Debug)]
pub(super) struct SdkCall<'a> {
    pub workload: &'a str,
    pub service: &'a Resolved,
    pub policy: &'a RetryPolicy,
    /// What follows when the loop has given up.
    pub give_up: GiveUp,
    pub client: Option<ClientRule>,
}

impl SdkCall<'_> {
    /// Writes the steps of one call, which has to pass these checks.
    pub fn write(&self, program: &mut PlanBuilder, operation: &str, checks: &[Check]) {
        let sdk = LoopSpec {
            name: "sdk",
            policy: self.policy.clone(),
            give_up: self.give_up,
            client: self.client,
            measured: true,
            whatever_failed: false,
        };
        let index = program.operation(&self.service.name, operation);
        program.retry(sdk, |program| {
            program.send(SiteSpec {
                operation: index,
                checks: checks.to_vec(),
                faults: self.service.faults(operation, self.workload),
                latency: self.service.latency(),
                service: Service::Plain,
                background: false,
            });
        });
    }
}
