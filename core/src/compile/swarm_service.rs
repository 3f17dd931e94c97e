//! Docker Swarm: tasks that are restarted when they fail, for ever unless told otherwise.
//!
//! ```text
//! task   orchestrator loop {
//!          from the second pass on: the restart delay of the task before, mark
//!          schedule, pull, create, fail here?
//!          the restart delay since the mark, run, fail here?
//!        } started
//! ```
//!
//! The replacement of a task that ended is created at once and prepared while its own restart
//! delay runs; if it fails before that is over, the next one waits for it. So a task that fails in
//! preparation comes round after the longer of delay and preparation, and one that fails after the
//! start after delay (or preparation) plus the time it ran (swarmkit @3e72cb64
//! `manager/orchestrator/restart/restart.go`).

use super::ending::{end, failing_until};
use super::problem::Problems;
use super::pull::Pulls;
use super::rolling::wait;
use super::{World, fits};
use crate::catalog::client::Action;
use crate::plan::{
    BlockRole, BlockSpec, ClientRule, ErrorSource, GiveUp, KeyRule, LoopSpec, PlanBuilder, Start,
    Step,
};
use crate::random::Distribution;
use crate::retry::{Budget, ErrorShape, Origin, RetryPolicy, Strategy};
use crate::scenario::model::{Arrivals, Fails, RestartCondition, SwarmRestart, SwarmService};
use crate::units::Span;

/// Draws of a task's spans, apart from each other.
const SCHEDULE: u32 = 0;
const CREATE: u32 = 1;
const DELAY: u32 = 2;
const RUN: u32 = 3;

pub(super) fn compile(
    path: &str,
    name: &str,
    swarm: &SwarmService,
    world: World<'_>,
    builder: &mut PlanBuilder,
    problems: &mut Problems,
) {
    let moved = Pulls::resolve(Action::Pull, (path, name), &swarm.moving, world, problems);
    let Some(mut pulls) = moved else { return };
    let tasks = u64::from(swarm.services) * u64::from(swarm.replicas);
    if !fits(
        tasks.saturating_mul(1 + pulls.children()),
        path,
        builder,
        problems,
    ) {
        return;
    }
    let tasks = tasks as u32;
    builder.workload(name, "requests", false);
    let at_once = Arrivals::Every {
        count: tasks,
        every: Span::ZERO,
        from: swarm.watched.from,
    };
    let block = builder.block(BlockSpec {
        name: "tasks",
        role: BlockRole::Unit,
        count: tasks,
        start: Start::Arrivals(at_once),
        starts_when_done: false,
    });
    let hosts = pulls.hosts_of(swarm.nodes, tasks);
    pulls.lay_out(builder, block, tasks, hosts);
    let running = builder.gauge("running", "tasks that run", 0);
    let program = Task {
        swarm,
        pulls: &pulls,
        running,
        failure: (swarm.fails != Fails::Never).then(|| failure(builder, &swarm.fails)),
    };
    let client = (swarm.restart.window > Span::ZERO).then(|| ClientRule {
        rule: KeyRule::Place {
            base: builder.clients(tasks),
            divisor: 1,
            modulus: tasks,
        },
        per_call: false,
        shared: false,
    });
    builder.program(block, |p| program.write(p, client));
    let until = swarm.watched.until;
    let removed = swarm.removed.map_or(until, |at| at.min(until));
    end(builder, removed, &[block]);
}

/// What a failing task says.
fn failure(builder: &mut PlanBuilder, fails: &Fails) -> u32 {
    let shape = ErrorShape {
        origin: Origin::Response,
        status: None,
        code: None,
    };
    let text = match fails {
        Fails::AtPrepare => "task rejected before it started (mount, network or secret missing)",
        Fails::AfterStart(_) | Fails::Never => "task failed after it had started",
    };
    builder.error(shape, ErrorSource::Service, text)
}

/// The restart policy as a retry policy: the delay itself runs beside the preparation.
fn policy(restart: &SwarmRestart) -> RetryPolicy {
    let limited = restart.max_attempts > 0;
    let attempts = match restart.condition {
        RestartCondition::Never => 1,
        RestartCondition::Any if limited && restart.window.is_zero() => {
            restart.max_attempts.saturating_add(1)
        }
        RestartCondition::Any => RetryPolicy::UNLIMITED,
    };
    let mut policy = RetryPolicy::new(Strategy::None, attempts);
    if limited && !restart.window.is_zero() {
        policy.budget = Budget::Restarts {
            most: restart.max_attempts,
            window: restart.window,
        };
    }
    policy
}

struct Task<'a> {
    swarm: &'a SwarmService,
    pulls: &'a Pulls<'a>,
    running: u32,
    /// Into the plan's errors, if the tasks fail.
    failure: Option<u32>,
}

impl Task<'_> {
    fn write(&self, p: &mut PlanBuilder, client: Option<ClientRule>) {
        let restart = &self.swarm.restart;
        let delay = p.duration(Distribution::Constant(restart.delay));
        let after_delay = |p: &mut PlanBuilder| {
            p.step(Step::WaitSince {
                duration: delay,
                draw: DELAY,
            });
        };
        let policy = policy(restart);
        let orchestrator = LoopSpec {
            name: "orchestrator",
            client: client.filter(|_| policy.keeps_client_state()),
            policy,
            give_up: GiveUp::Propagate,
            measured: false,
            whatever_failed: true,
        };
        let again = |p: &mut PlanBuilder| {
            after_delay(p);
            p.step(Step::Mark);
        };
        p.retry_again(orchestrator, again, |p| {
            wait(p, &self.swarm.schedule, SCHEDULE);
            self.pulls.write(p);
            wait(p, &self.swarm.create, CREATE);
            if self.swarm.fails == Fails::AtPrepare {
                self.fail(p, |_| {});
            }
            after_delay(p);
            self.count(p, 1);
            if let Fails::AfterStart(runs) = &self.swarm.fails {
                self.fail(p, |p| {
                    wait(p, runs, RUN);
                    self.count(p, -1);
                });
            }
        });
        p.step(Step::Started);
    }

    /// Fails, unless it has been repaired by now; `first` comes before the failure.
    fn fail(&self, p: &mut PlanBuilder, first: impl FnOnce(&mut PlanBuilder)) {
        let Some(error) = self.failure else { return };
        failing_until(p, self.swarm.repaired, |p| {
            first(p);
            p.fail(error);
        });
    }

    fn count(&self, p: &mut PlanBuilder, by: i32) {
        p.step(Step::Count {
            gauge: self.running,
            by,
        });
    }
}
