//! Version consistency of ECS: one task of a deployment finds the digests of its images, and all
//! others start by them.
//!
//! ```text
//! first task   room; scheduler loop { from the second pass on: attempts left (consume)?
//!                                     otherwise nobody waits any longer, or a breaker trips }
//!              its agent has looked up, or it has pulled: digests known, go (signal)
//! other tasks  go (consume), launch rate, go (signal); room; scheduler loop { by digest, if known }
//! ```
//!
//! *Go* is a baton: who has it launches and hands it on, so that tasks follow each other at the
//! scheduler's rate once digests are known. Source: Amazon ECS developer guide, "Container image
//! resolution", read in November 2026; amazon-ecs-agent pull requests 4152, 4157 and 4177 of 2024.

use super::pull::Report;
use super::rolling::wait;
use crate::plan::{
    CachePlan, CellRule, ErrorSource, KeyRule, NONE, Owner, PlanBuilder, PoolKind, PoolPlan, Step,
};
use crate::random::Distribution;
use crate::retry::{ErrorShape, Origin};
use crate::scenario::model::EcsDeployment;
use crate::units::Span;

/// Draw of the time from one launch to the next.
const LAUNCH: u32 = 5;

/// Attempts to find digests before the deployment goes on without them, or fails.
const ATTEMPTS: u32 = 3;

/// What the tasks of a service share to start by the same digests.
#[derive(Copy, Clone, Debug)]
pub(super) struct Versions {
    /// Tasks of a service.
    each: u32,
    /// How long a launch takes the scheduler.
    launch_every: Span,
    /// Attempts that may yet fail, without the first; into the pool rules.
    attempts: u32,
    /// What is told to whom.
    report: Report,
    /// How a deployment with a circuit breaker fails; into the errors.
    failed: Option<u32>,
}

impl Versions {
    /// Lays out what the tasks of an ECS deployment share. They are in a block of
    /// `services x desired`, service by service.
    pub fn lay_out(ecs: &EcsDeployment, builder: &mut PlanBuilder) -> Self {
        let service = KeyRule::Place {
            base: 0,
            divisor: ecs.desired,
            modulus: ecs.services,
        };
        let mut permits = |slots, about, kind| {
            let pool = builder.pools(PoolPlan {
                slots,
                owners: ecs.services,
                about,
                kind,
            });
            builder.pool_rule(pool, service)
        };
        let attempts = permits(ATTEMPTS - 1, "attempts to find digests", PoolKind::Permits);
        let kind = match ecs.breaker {
            Some(_) => PoolKind::Permits,
            None => PoolKind::PermitsOrNone,
        };
        let go = permits(0, "a turn to be launched, once digests are known", kind);
        let cache = builder.cache(CachePlan {
            owners: ecs.services,
            items: 2,
            lifetime: None,
            filled: 0,
            single_flight: false,
            filled_when_asked: false,
        });
        let mut cell = |item| {
            builder.cell_rule(CellRule {
                cache,
                owner: Owner::Place(service),
                item: KeyRule::Constant(item),
            })
        };
        let (told, known) = (cell(0), cell(1));
        let shape = ErrorShape {
            origin: Origin::Response,
            status: None,
            code: None,
        };
        let text = "no digest was found of the images in three attempts";
        let failed = ecs
            .breaker
            .map(|_| builder.error(shape, ErrorSource::Service, text));
        Versions {
            each: ecs.desired,
            launch_every: ecs.launch_every,
            attempts,
            report: Report { told, known, go },
            failed,
        }
    }

    /// Whom an agent tells what it finds.
    pub fn report(self) -> Report {
        self.report
    }

    /// All tasks but the first wait until they may be launched, one after another.
    pub fn wait_for_digests(self, p: &mut PlanBuilder) {
        let first = self.is_first(p);
        p.step(Step::Consume {
            rule: self.report.go,
        });
        wait(p, &Distribution::Constant(self.launch_every), LAUNCH);
        p.step(Step::Signal {
            rule: self.report.go,
        });
        p.land(first);
    }

    /// The first task has failed. After three times the others wait no longer for what it finds;
    /// where there is a circuit breaker, the deployment has failed.
    pub fn count_failure(self, p: &mut PlanBuilder) {
        let first = self.is_first(p);
        let another = p.step(Step::Jump { to: NONE });
        p.land(first);
        let cell = self.report.told;
        let told = p.step(Step::IfCached { cell, to: NONE });
        let out_of = p.step(Step::ConsumeOr {
            rule: self.attempts,
            to: NONE,
        });
        let left = p.step(Step::Jump { to: NONE });
        p.land(out_of);
        match self.failed {
            Some(error) => {
                p.step(Step::Fail { error, retry: NONE });
            }
            None => self.report.go_on(p),
        }
        for elsewhere in [another, told, left] {
            p.land(elsewhere);
        }
    }

    /// Writes one of two pulls: by digest if that is known, otherwise by tag. What is pulled by tag
    /// is then known.
    pub fn pull(
        self,
        p: &mut PlanBuilder,
        by_tag: impl FnOnce(&mut PlanBuilder),
        by_digest: impl FnOnce(&mut PlanBuilder),
    ) {
        let cell = self.report.known;
        let known = p.step(Step::IfCached { cell, to: NONE });
        by_tag(p);
        self.report.found(p);
        let pulled = p.step(Step::Jump { to: NONE });
        p.land(known);
        by_digest(p);
        p.land(pulled);
    }

    /// A jump of the first task of each service.
    fn is_first(self, p: &mut PlanBuilder) -> u32 {
        p.step(Step::IfPlace {
            each: self.each,
            below: 1,
            to: NONE,
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::judge::best_possible;
    use crate::record::Nothing;
    use crate::replicate::prepare;
    use crate::scenario::Document;

    #[test]
    fn tasks_that_gave_up_waiting_for_digests_end_no_earlier_than_the_best_possible() {
        // Three attempts fail at once; then both tasks pull side by side, 200 s each, where a second
        // that waited for the first would have taken 400 s.
        let text = "pullstorm: 1
name: x
services:
  hub:
    limiters: {all: {bucket: {burst: 1000, refill: 10/s}}}
    faults: {away: {answer: {status: 503}, until: 31s}}
images: {app: {registry: hub, layers: [2GB]}}
workloads:
  web:
    kind: ecs-deployment
    desired: 2
    launch_every: 0s
    until: 1h
    pull: {client: fargate, auth: none, images: app, bandwidth: 10MB/s}
";
        let document = Document::parse("x", text.as_bytes()).unwrap_or_else(|it| panic!("{it}"));
        let prepared = prepare(&document, &[]).unwrap_or_else(|it| panic!("{it}"));
        let plan = &prepared[0].plan;
        let (outcome, _) = crate::engine::simulate(plan, 1, 0, Nothing);
        let finished = outcome.workloads[0].finished_after.expect("all start");
        let best = best_possible(plan, 1, 0)[0].finish;
        assert!(finished >= best, "{finished:?} {best:?}");
        assert!(finished.as_secs_f64() < 390.0, "{finished:?}");
    }
}
