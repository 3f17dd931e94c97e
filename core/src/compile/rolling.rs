//! Rolling updates: new tasks start within an upper bound, old ones stop within a lower one.
//!
//! Two semaphores for each group of tasks (a service, a deployment): *room* for new tasks up to the
//! upper bound, and old tasks to *spare* down to the lower one.

use crate::plan::{Counted, KeyRule, PlanBuilder, PoolKind, PoolPlan, Step};
use crate::random::Distribution;
use crate::units::Span;

/// How many tasks a group has, may have, and must have.
#[derive(Copy, Clone, Debug)]
pub(super) struct Bounds {
    /// Groups that are updated at once.
    pub groups: u32,
    /// Tasks of each that are wanted; so many old ones run at the start.
    pub desired: u32,
    /// The most that may be there, old and new; at least `desired`.
    pub upper: u32,
    /// The fewest that must be healthy; at most `desired`.
    pub lower: u32,
    /// What is counted as running: those that may take the place of others.
    pub counted: Counted,
}

/// The semaphores of an update, and the count of healthy tasks.
#[derive(Copy, Clone, Debug)]
pub(super) struct Rolling {
    room: u32,
    spare: u32,
    running: u32,
}

impl Rolling {
    /// Lays out the update of the last workload. Both old and new tasks are in blocks of
    /// `groups x desired`, group by group.
    pub fn lay_out(builder: &mut PlanBuilder, bounds: Bounds) -> Self {
        let Bounds {
            groups,
            desired,
            upper,
            lower,
            counted,
        } = bounds;
        let group = KeyRule::Place {
            base: 0,
            divisor: desired,
            modulus: groups,
        };
        let mut semaphore = |permits: u32, about: &'static str| {
            let pool = builder.pools(PoolPlan {
                slots: permits,
                owners: groups,
                about,
                kind: PoolKind::Permits,
            });
            builder.pool_rule(pool, group)
        };
        let room = semaphore(upper - desired, "room for new tasks");
        let spare = semaphore(desired - lower, "old tasks that can be spared");
        let tasks = i64::from(groups) * i64::from(desired);
        Rolling {
            room,
            spare,
            running: builder.gauge("running", counted, tasks),
        }
    }

    /// A new task waits until there is room for it.
    pub fn wait_for_room(self, p: &mut PlanBuilder) {
        p.step(Step::Consume { rule: self.room });
    }

    /// A new task is healthy: an old one can be spared.
    pub fn healthy(self, p: &mut PlanBuilder) {
        self.count(p, 1);
        p.step(Step::Signal { rule: self.spare });
    }

    /// An old task runs until it can be spared, stops, and then makes room; `stopped` comes before
    /// that.
    pub fn stop(
        self,
        p: &mut PlanBuilder,
        (drain, draw): (&Distribution, u32),
        stopped: impl FnOnce(&mut PlanBuilder),
    ) {
        p.step(Step::Consume { rule: self.spare });
        self.count(p, -1);
        wait(p, drain, draw);
        stopped(p);
        p.step(Step::Signal { rule: self.room });
    }

    /// The count of healthy tasks goes up or down.
    pub fn count(self, p: &mut PlanBuilder, by: i32) {
        p.step(Step::Count {
            gauge: self.running,
            by,
        });
    }
}

/// Waits, if there is anything to wait for.
pub(super) fn wait(p: &mut PlanBuilder, distribution: &Distribution, draw: u32) {
    if *distribution != Distribution::Constant(Span::ZERO) {
        let duration = p.duration(distribution.clone());
        p.step(Step::Wait { duration, draw });
    }
}
