//! The storm: the load that benches and `cargo xtask storm` measure the engine with.

use super::{
    BlockRole, BlockSpec, Check, ErrorSource, GiveUp, Hint, KeyRule, Latency, LimiterPlan,
    LoopSpec, Plan, PlanBuilder, Service, SiteSpec, Start,
};
use crate::limiter::{Algorithm, Refill, Spec, TokenBucketSpec};
use crate::random::Distribution;
use crate::retry::{ErrorShape, Origin, RetryPolicy};
use crate::scenario::model::Scope;
use crate::units::{Rate, Span};

/// `clients` callers begin within one second and share a bucket of 200 credits that earns 4 a
/// second; each makes one call under `policy`, and no message takes time.
pub fn storm(clients: u32, policy: RetryPolicy) -> Plan {
    let mut builder = PlanBuilder::new("storm", "today");
    let shape = ErrorShape {
        origin: Origin::Response,
        status: Some(400),
        code: Some("ThrottlingException".to_owned()),
    };
    let error = builder.error(shape, ErrorSource::Limiter(0), "throttled");
    let bucket = TokenBucketSpec {
        burst: 200,
        refill: Refill::Continuous(Rate::per_second(4)),
    };
    let limiter = builder.limiter(LimiterPlan {
        service: "registry".to_owned(),
        name: "login".to_owned(),
        spec: Spec::new(Algorithm::TokenBucket(bucket)),
        client_side: false,
        scope: Scope::Global,
        keys: vec!["all".to_owned()],
        error,
        hint: Hint::None,
        background: Rate::ZERO,
        raisable: None,
        records: Vec::new(),
        source: "the 2018 limit of GetAuthorizationToken".to_owned(),
        assumption: None,
    });
    let operation = builder.operation("registry", "login");
    builder.workload("storm", "calls", false);
    let block = builder.block(BlockSpec {
        name: "clients",
        role: BlockRole::Unit,
        count: clients,
        start: Start::Spread(Span::from_secs(1)),
        starts_when_done: true,
    });
    builder.program(block, |program| {
        let call = LoopSpec {
            name: "storm.sdk",
            policy,
            give_up: GiveUp::Propagate,
            client: None,
            measured: false,
            whatever_failed: false,
        };
        program.retry(call, |program| {
            program.send(SiteSpec {
                operation,
                checks: vec![Check {
                    limiter,
                    cost: 1,
                    key: KeyRule::Constant(0),
                }],
                faults: Vec::new(),
                latency: Latency::RoundTrip(Distribution::Constant(Span::ZERO)),
                service: Service::Plain,
                background: false,
            });
        });
    });
    builder.plan().events_max = u64::MAX;
    builder.plan().horizon = Span::MAX;
    builder.finish()
}
