//! Other callers' load: nobody is alone on an account.

use crate::plan::{
    BlockRole, BlockSpec, Check, KeyRule, Latency, PlanBuilder, Service, SiteSpec, Start, Step,
};
use crate::random::Distribution;
use crate::scenario::model::Arrivals;
use crate::units::Span;

/// Adds, for each key of each limiter with background load, a caller that never ends: it waits a
/// random (exponential) time and takes one credit. Nobody waits for it.
pub(super) fn add(builder: &mut PlanBuilder) {
    for limiter in 0..builder.plan().limiters.len() as u32 {
        let planned = &builder.plan().limiters[limiter as usize];
        let (rate, keys) = (planned.background, planned.keys.len() as u32);
        if rate.is_zero() || keys == 0 {
            continue;
        }
        let (service, name) = (planned.service.clone(), planned.name.clone());
        let operation = builder.operation(&service, "other callers");
        builder.workload(&format!("other callers of {service}.{name}"), "calls", true);
        let start = Start::Arrivals(Arrivals::Every {
            count: keys,
            every: Span::ZERO,
            from: Span::ZERO,
        });
        let block = builder.block(BlockSpec {
            name: "callers",
            role: BlockRole::Background,
            count: keys,
            start,
            starts_when_done: false,
        });
        let mean = Span::from_secs_f64(1.0 / rate.per_second_f64());
        let gap = builder.duration(Distribution::Exponential { mean });
        builder.program(block, |program| {
            let again = program.step(Step::Wait {
                duration: gap,
                draw: 0,
            });
            program.send(SiteSpec {
                operation,
                checks: vec![Check {
                    limiter,
                    cost: 1,
                    key: KeyRule::Place {
                        base: 0,
                        divisor: 1,
                        modulus: keys,
                    },
                }],
                faults: Vec::new(),
                latency: Latency::RoundTrip(Distribution::Constant(Span::ZERO)),
                service: Service::Plain,
                background: true,
            });
            program.step(Step::Jump { to: again });
        });
    }
}
