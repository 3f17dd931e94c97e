//! Docker Swarm: tasks that are restarted when they fail, for ever unless told otherwise.
//!
//! ```text
//! deploy   one service after another: look the images up, pinned?  let tasks or updaters begin
//! updater  as many as `parallelism`:  { let a task begin, it is up or has failed (consume), delay } ...
//!          a failure that the update does not put up with is not told, so that it stops there
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
    BlockRole, BlockSpec, CachePlan, CellRule, ClientRule, Counted, ErrorSource, GiveUp, KeyRule,
    LoopSpec, NONE, Owner, PlanBuilder, PoolKind, PoolPlan, Start, Step,
};
use crate::random::Distribution;
use crate::retry::{Budget, ErrorShape, Origin, RetryPolicy, Strategy};
use crate::scenario::model::{
    Arrivals, Fails, RestartCondition, SwarmService, SwarmUpdate, UpdateFailure,
};
use crate::units::{Span, Time};

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
    let Some(pulls) = moved else { return };
    let tasks = u64::from(swarm.services) * u64::from(swarm.replicas);
    let twice = u64::from(swarm.resolves_image);
    let mut entities = tasks.saturating_mul(1 + pulls.children() * (1 + twice));
    if swarm.resolves_image || swarm.update.is_some() {
        entities = entities.saturating_add(tasks + u64::from(swarm.services));
    }
    if !fits(entities, path, builder, problems) {
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
    let (mut pulls, mut pinned) = match swarm.resolves_image {
        true => {
            let (named, pinned) = pulls.and_pinned();
            (named, Some(pinned))
        }
        false => (pulls, None),
    };
    pulls.lay_out(builder, block, tasks, hosts);
    if let Some(pinned) = &mut pinned {
        pinned.lay_out(builder, block, tasks, hosts);
    }
    let up = if swarm.update.is_some() { tasks } else { 0 };
    let running = builder.gauge("running", Counted::TasksThatRun, i64::from(up));
    let rollout = Rollout::lay_out(swarm, builder);
    let program = Task {
        swarm,
        pulls: &pulls,
        pinned: pinned.as_ref(),
        rollout,
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
    if let Some(rollout) = rollout {
        rollout.write(swarm, &pulls, builder);
    }
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

/// The restart policy as a retry policy: the delay itself runs beside the preparation. What an
/// update takes back is not restarted.
pub(super) fn policy(swarm: &SwarmService) -> RetryPolicy {
    let restart = &swarm.restart;
    let limited = restart.max_attempts > 0;
    let taken_back = |update: &SwarmUpdate| update.on_failure == UpdateFailure::Rollback;
    let attempts = match restart.condition {
        _ if swarm.update.as_ref().is_some_and(taken_back) => 1,
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

/// Whether a failure stops an update.
fn stops(update: SwarmUpdate) -> bool {
    update.on_failure != UpdateFailure::Continue
}

/// The update goes on, as long as it puts up with another failure.
fn put_up_with(p: &mut PlanBuilder, rollout: Rollout) {
    let too_many = p.step(Step::ConsumeOr {
        rule: rollout.tolerated,
        to: NONE,
    });
    p.step(Step::Signal { rule: rollout.up });
    p.land(too_many);
}

/// How a deploy proceeds from service to service and from task to task.
#[derive(Copy, Clone, Debug)]
struct Rollout {
    deploys: u32,
    /// The updaters and how many each service has; `None` lets all tasks begin at once.
    updaters: Option<(u32, u32)>,
    /// Tasks that may begin, as tasks, deploys and updaters find their service.
    go: u32,
    go_by_deploy: u32,
    go_by_updater: u32,
    /// Updaters that may begin.
    begin: u32,
    begin_by_deploy: u32,
    /// Tasks that are up.
    up: u32,
    up_by_updater: u32,
    /// Whether the manager has found the digest.
    found: u32,
    found_by_task: u32,
    /// Whether the update knows how a task came out: it was up, or has failed.
    settled: u32,
    /// Failures that an update puts up with.
    tolerated: u32,
    /// The client that deploys, which does one thing after another.
    one_by_one: u32,
}

impl Rollout {
    /// Lays out what a deploy needs that looks images up or replaces tasks.
    fn lay_out(swarm: &SwarmService, builder: &mut PlanBuilder) -> Option<Self> {
        if !swarm.resolves_image && swarm.update.is_none() {
            return None;
        }
        let SwarmService {
            services, replicas, ..
        } = *swarm;
        let mut event = |name, count| {
            builder.block(BlockSpec {
                name,
                role: BlockRole::Event,
                count,
                start: Start::Arrivals(Arrivals::Every {
                    count,
                    every: Span::ZERO,
                    from: swarm.watched.from,
                }),
                starts_when_done: false,
            })
        };
        let deploys = event("deploys", services);
        let updaters = swarm.update.map(|update| {
            let each = match update.parallelism {
                0 => replicas,
                parallelism => parallelism.min(replicas),
            };
            (event("updaters", services * each), each)
        });
        let of = |divisor| KeyRule::Place {
            base: 0,
            divisor,
            modulus: services,
        };
        let by_updater = of(updaters.map_or(1, |(_, each)| each));
        let mut semaphore = |about, first, second| {
            let pool = builder.pools(PoolPlan {
                slots: 0,
                owners: services,
                about,
                kind: PoolKind::Permits,
            });
            let second = builder.pool_rule(pool, second);
            (builder.pool_rule(pool, first), second, pool)
        };
        let (go, go_by_deploy, pool) = semaphore("go-aheads of the deploy", of(replicas), of(1));
        let (begin, begin_by_deploy, _) = semaphore("turns of an update", by_updater, of(1));
        let (up, up_by_updater, _) = semaphore("updated tasks", of(replicas), by_updater);
        let go_by_updater = builder.pool_rule(pool, by_updater);
        let tolerated = builder.pools(PoolPlan {
            slots: swarm.update.map_or(0, |update| update.tolerated(replicas)),
            owners: services,
            about: "failures that an update puts up with",
            kind: PoolKind::Permits,
        });
        let tolerated = builder.pool_rule(tolerated, of(replicas));
        let mut cells = |owners| {
            builder.cache(CachePlan {
                owners,
                items: 1,
                lifetime: None,
                filled: 0,
                single_flight: false,
                filled_when_asked: false,
            })
        };
        let (found, settled) = (cells(services), cells(services * replicas));
        let mut cell = |cache, owner| {
            builder.cell_rule(CellRule {
                cache,
                owner: Owner::Place(owner),
                item: KeyRule::Constant(0),
            })
        };
        let each_task = KeyRule::Place {
            base: 0,
            divisor: 1,
            modulus: services * replicas,
        };
        Some(Rollout {
            deploys,
            updaters,
            go,
            go_by_deploy,
            go_by_updater,
            begin,
            begin_by_deploy,
            up,
            up_by_updater,
            found: cell(found, of(1)),
            found_by_task: cell(found, of(replicas)),
            settled: cell(settled, each_task),
            tolerated,
            one_by_one: builder.pool(1, "updates one by one"),
        })
    }

    fn write(self, swarm: &SwarmService, pulls: &Pulls<'_>, builder: &mut PlanBuilder) {
        builder.program(self.deploys, |p| {
            if swarm.resolves_image {
                p.step(Step::Take {
                    rule: self.one_by_one,
                });
                let look_up = LoopSpec {
                    name: "look-up",
                    policy: RetryPolicy::NONE,
                    give_up: GiveUp::Continue,
                    client: None,
                    measured: false,
                    whatever_failed: false,
                };
                p.retry(look_up, |p| {
                    pulls.act(p, Action::Inspect);
                    p.step(Step::Fill { cell: self.found });
                });
                p.step(Step::Give {
                    rule: self.one_by_one,
                });
            }
            let (signal, times) = match self.updaters {
                Some((_, each)) => (self.begin_by_deploy, each),
                None => (self.go_by_deploy, swarm.replicas),
            };
            let to = p.step(Step::Signal { rule: signal });
            p.step(Step::Repeat {
                counter: 0,
                times,
                to,
            });
        });
        let (Some((updaters, each)), Some(update)) = (self.updaters, swarm.update) else {
            return;
        };
        builder.program(updaters, |p| {
            p.step(Step::Consume { rule: self.begin });
            let to = p.step(Step::Signal {
                rule: self.go_by_updater,
            });
            p.step(Step::Consume {
                rule: self.up_by_updater,
            });
            wait(p, &Distribution::Constant(update.delay), DELAY);
            p.step(Step::Repeat {
                counter: 0,
                times: swarm.replicas.div_ceil(each),
                to,
            });
        });
    }
}

struct Task<'a> {
    swarm: &'a SwarmService,
    pulls: &'a Pulls<'a>,
    /// The same by digest, if the manager looks the images up.
    pinned: Option<&'a Pulls<'a>>,
    rollout: Option<Rollout>,
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
        let policy = policy(self.swarm);
        let orchestrator = LoopSpec {
            name: "orchestrator",
            client: client.filter(|_| policy.keeps_client_state()),
            policy,
            give_up: GiveUp::Propagate,
            measured: false,
            whatever_failed: true,
        };
        if let Some(rollout) = self.rollout {
            p.step(Step::Consume { rule: rollout.go });
        }
        let update = self.swarm.update;
        if update.is_some_and(|update| !update.start_first) {
            self.count(p, -1);
        }
        let again = |p: &mut PlanBuilder| {
            self.tell_of_failure(p);
            after_delay(p);
            p.step(Step::Mark);
        };
        p.retry_again(orchestrator, again, |p| {
            wait(p, &self.swarm.schedule, SCHEDULE);
            self.pull(p);
            wait(p, &self.swarm.create, CREATE);
            if self.swarm.fails == Fails::AtPrepare {
                self.fail(p, |_| {});
            }
            after_delay(p);
            self.count(p, 1);
            self.tell_updater(p);
            if let Fails::AfterStart(runs) = &self.swarm.fails {
                self.fail(p, |p| {
                    wait(p, runs, RUN);
                    self.count(p, -1);
                });
            }
        });
        p.step(Step::Started);
    }

    /// Pulls, by digest if the manager has found it.
    fn pull(&self, p: &mut PlanBuilder) {
        let (Some(pinned), Some(rollout)) = (self.pinned, self.rollout) else {
            return self.pulls.write(p);
        };
        let by_digest = p.step(Step::IfCached {
            cell: rollout.found_by_task,
            to: NONE,
        });
        self.pulls.write(p);
        let done = p.step(Step::Jump { to: NONE });
        p.land(by_digest);
        pinned.write(p);
        p.land(done);
    }

    /// The update goes on when a task is up for the first time, unless it fails soon after that.
    fn tell_updater(&self, p: &mut PlanBuilder) {
        let (Some(rollout), Some(update)) = (self.rollout, self.swarm.update) else {
            return;
        };
        let fails_soon = match &self.swarm.fails {
            Fails::AfterStart(runs) => runs.shortest() <= update.monitor && stops(update),
            Fails::Never | Fails::AtPrepare => false,
        };
        let cell = rollout.settled;
        let settled = p.step(Step::IfCached { cell, to: NONE });
        p.step(Step::Fill { cell });
        if update.start_first {
            self.count(p, -1);
        }
        if !fails_soon {
            p.step(Step::Signal { rule: rollout.up });
        } else {
            let whole = self.swarm.repaired.map(|repaired| {
                let time = Time::ZERO + repaired;
                let broken = p.step(Step::IfBefore { time, to: NONE });
                p.step(Step::Signal { rule: rollout.up });
                let told = p.step(Step::Jump { to: NONE });
                p.land(broken);
                told
            });
            put_up_with(p, rollout);
            if let Some(told) = whole {
                p.land(told);
            }
        }
        p.land(settled);
    }

    /// The update goes on from a task that failed before it was up, unless too many have.
    fn tell_of_failure(&self, p: &mut PlanBuilder) {
        let (Some(rollout), Some(update)) = (self.rollout, self.swarm.update) else {
            return;
        };
        let cell = rollout.settled;
        let settled = p.step(Step::IfCached { cell, to: NONE });
        p.step(Step::Fill { cell });
        match stops(update) {
            true => put_up_with(p, rollout),
            false => {
                p.step(Step::Signal { rule: rollout.up });
            }
        }
        p.land(settled);
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
