//! Rolling deployments of Amazon ECS.
//!
//! ```text
//! deployment  fork tasks, join          a tripped circuit breaker cancels them
//!             rolled back? fork old tasks again
//! task        digests known, or first to find them?   [`super::ecs_versions`]
//!             room (consume)
//!             scheduler loop { launch rate, provision, pull, start }   throttled by the service
//!             started
//!             health loop { unhealthy?  another pass of the scheduler loop }
//!             healthy, spare (signal)
//! old task    spare (consume), drain, room (signal), stopped
//! rolled back stopped?  scheduler loop { launch rate, provision, pull what ran before, start }
//! ```
//!
//! *Room* and *spare* are semaphores of the service: as many new tasks may be there as
//! `maximumPercent` leaves room for, as many old ones may stop as `minimumHealthyPercent` can spare.

use super::ecs_versions::Versions;
use super::ending::{end, failing_until};
use super::problem::Problems;
use super::pull::Pulls;
use super::rolling::{Bounds, Rolling, wait};
use super::{World, fits};
use crate::catalog::client::Action;
use crate::plan::{
    Assumption, Basis, BlockRole, BlockSpec, CachePlan, CellRule, Check, ClientRule, Counted,
    ErrorSource, Fork, GiveUp, JoinRule, KeyRule, Latency, LoopSpec, NONE, Owner, PlanBuilder,
    Service, SiteSpec, Start, Step, Wanted,
};
use crate::random::Distribution;
use crate::retry::{Budget, ErrorShape, Growth, Origin, Remembers, RetryPolicy, Strategy};
use crate::scenario::model::orchestrator::FARGATE;
use crate::scenario::model::{Arrivals, Cached, EcsDeployment};
use crate::units::Span;

/// Draws of a task's spans, apart from each other.
const PROVISION: u32 = 0;
const START: u32 = 1;
const HEALTHY: u32 = 2;
const DRAIN: u32 = 3;
const UNHEALTHY: u32 = 4;

/// What the launch of a task is to a service that limits launches.
const LAUNCH: &str = "task-launch";

/// Refuses machines that tasks share, and images that they hold, where there are none (AWS Fargate,
/// developer guide: every task pulls all of its images).
fn refuse_machines_of_fargate(path: &str, ecs: &EcsDeployment, problems: &mut Problems) {
    let section = &ecs.moving.section;
    if section.client.value != FARGATE {
        return;
    }
    let mut refuse = |at: &str, message: &str, hint: &str| {
        let path = format!("{path}.{at}");
        problems.push(
            section.client.place,
            &path,
            message.to_owned(),
            Some(hint.to_owned()),
        );
    };
    if ecs.hosts.is_some() || ecs.moving.machines.is_some() {
        let what = if ecs.moving.machines.is_some() {
            "on"
        } else {
            "hosts"
        };
        refuse(
            what,
            "tasks on Fargate share no machines",
            "leave `hosts` and `on` out (`null` in a variant), or write `client: ecs-agent`",
        );
    }
    if section.cached != Cached::Nothing {
        refuse(
            "pull.cached",
            "a task on Fargate begins with no image and no layer",
            "leave `cached` out, or write `client: ecs-agent` and `hosts`",
        );
    }
}

pub(super) fn compile(
    path: &str,
    name: &str,
    ecs: &EcsDeployment,
    world: World<'_>,
    builder: &mut PlanBuilder,
    problems: &mut Problems,
) {
    refuse_machines_of_fargate(path, ecs, problems);
    let moved = Pulls::resolve(Action::Pull, (path, name), &ecs.moving, world, problems);
    let launches = match &ecs.launches {
        None => None,
        Some(name) => {
            let found = world
                .services
                .find_at(name, &format!("{path}.launches"), problems);
            let Some(found) = found else { return };
            Some(found)
        }
    };
    let Some(pulls) = moved else { return };
    let pulls = pulls.with_role_of_task(ecs.execution_role);
    let tasks = u64::from(ecs.services) * u64::from(ecs.desired);
    let rolled_back = ecs.breaker.is_some_and(|breaker| breaker.rollback);
    let consistent = ecs.version_consistency && pulls.names_a_tag();
    let ways = 1 + u64::from(consistent) + u64::from(rolled_back);
    let entities = tasks.saturating_mul(3 + pulls.children() * ways) + u64::from(ecs.services);
    if !fits(entities, path, builder, problems) {
        return;
    }
    let tasks = tasks as u32;
    builder.workload(name, "requests", false);
    let deployments = builder.block(BlockSpec {
        name: "deployments",
        role: BlockRole::Group,
        count: ecs.services,
        start: Start::Arrivals(at(ecs.watched.from, ecs.services)),
        starts_when_done: false,
    });
    let forked = |name, role| BlockSpec {
        name,
        role,
        count: tasks,
        start: Start::Forked {
            parent: deployments,
            each: ecs.desired,
        },
        starts_when_done: false,
    };
    let new = builder.block(forked("tasks", BlockRole::Unit));
    let again = rolled_back.then(|| builder.block(forked("rolled_back", BlockRole::Call)));
    let old = builder.block(BlockSpec {
        name: "old_tasks",
        role: BlockRole::Event,
        count: tasks,
        start: Start::Arrivals(at(ecs.watched.from, tasks)),
        starts_when_done: false,
    });
    let hosts = pulls.hosts_of(ecs.hosts.unwrap_or(tasks), tasks);
    let (mut pulls, mut before) = match again {
        // A task that is started again comes back to its host, and on Fargate to a new one.
        Some(block) => {
            let (pulls, before) = pulls.and_before(ecs.hosts.is_some(), consistent);
            (pulls, Some((block, before)))
        }
        None => (pulls, None),
    };
    let mut pinned = None;
    if consistent {
        let (named, by_digest) = pulls.and_pinned();
        (pulls, pinned) = (named, Some(by_digest));
    }
    pulls.lay_out(builder, new, tasks, hosts);
    if let Some(pinned) = &mut pinned {
        pinned.lay_out(builder, new, tasks, hosts);
    }
    if let Some((block, before)) = &mut before {
        before.lay_out(builder, *block, tasks, hosts);
    }
    let rolling = Rolling::lay_out(
        builder,
        Bounds {
            groups: ecs.services,
            desired: ecs.desired,
            upper: ecs.upper(),
            lower: ecs.lower(),
            counted: Counted::HealthyTasks,
        },
    );
    let launch = launches.map(|service| {
        let identity = &ecs.moving.identity;
        let checks = service.checks(LAUNCH, name, identity, hosts, builder);
        (builder.operation(&service.name, LAUNCH), checks)
    });
    let parts = Parts {
        ecs,
        launch,
        rolling,
        stopped: stopped(builder, tasks),
        clients: builder.clients(ecs.services),
        versions: consistent.then(|| Versions::lay_out(ecs, builder)),
    };
    let pulls = pulls.reporting(parts.versions.map(Versions::report));
    builder.program(deployments, |p| parts.deploy(p, new, again));
    builder.program(new, |p| parts.start(p, &pulls, pinned.as_ref()));
    if let Some((again, before)) = &before {
        builder.program(*again, |p| parts.start_again(p, before));
    }
    builder.program(old, |p| parts.stop(p));
    end(builder, ecs.watched.until, &[deployments, old]);
    let text = format!(
        "a service of ECS whose tasks never ran launches none for {}, doubling to {}; AWS publishes \
         only the longest delay",
        ecs.throttle_base, ecs.throttle_cap
    );
    let stated = &mut builder.plan().stated;
    if stated.iter().all(|assumption| assumption.text != text) {
        let basis = Basis::Default;
        stated.push(Assumption { text, basis });
    }
}

fn at(from: Span, count: u32) -> Arrivals {
    Arrivals::Every {
        count,
        every: Span::ZERO,
        from,
    }
}

/// A cell for each old task that has stopped.
fn stopped(builder: &mut PlanBuilder, tasks: u32) -> u32 {
    let cache = builder.cache(CachePlan {
        owners: 1,
        items: tasks,
        lifetime: None,
        filled: 0,
        single_flight: false,
        filled_when_asked: false,
    });
    builder.cell_rule(CellRule {
        cache,
        owner: Owner::Place(KeyRule::Constant(0)),
        item: KeyRule::Place {
            base: 0,
            divisor: 1,
            modulus: tasks,
        },
    })
}

struct Parts<'a> {
    ecs: &'a EcsDeployment,
    /// What a launch asks, and which limiters: operation and checks.
    launch: Option<(u32, Vec<Check>)>,
    rolling: Rolling,
    stopped: u32,
    clients: u32,
    /// How all tasks come to start by the same digests, if they do.
    versions: Option<Versions>,
}

impl Parts<'_> {
    fn deploy(&self, p: &mut PlanBuilder, new: u32, again: Option<u32>) {
        // Those who wait for digests follow each other from then on.
        let launches = match self.versions {
            Some(_) => 0,
            None => self.ecs.launch_every.as_nanos(),
        };
        let spread = launches.saturating_mul(u64::from(self.ecs.desired));
        let fork = |block, join| Fork {
            block,
            from: 0,
            count: self.ecs.desired,
            spread: Span::from_nanos(spread),
            join,
            cancel_after: NONE,
            wanted: Wanted::WithParent,
            retry: NONE,
        };
        let Some(breaker) = self.ecs.breaker else {
            return p.fork(fork(new, JoinRule::All));
        };
        let deployment = LoopSpec {
            name: "deployment",
            policy: RetryPolicy::NONE,
            give_up: if breaker.rollback {
                GiveUp::Continue
            } else {
                GiveUp::Propagate
            },
            client: None,
            measured: false,
            whatever_failed: false,
        };
        let body = |p: &mut PlanBuilder| p.fork(fork(new, JoinRule::FailFast));
        match again {
            None => p.retry(deployment, body),
            Some(again) => p.retry_else(deployment, body, |p| {
                p.fork(fork(again, JoinRule::All));
            }),
        };
    }

    fn start(&self, p: &mut PlanBuilder, pulls: &Pulls<'_>, pinned: Option<&Pulls<'_>>) {
        if let Some(versions) = self.versions {
            versions.wait_for_digests(p);
        }
        self.rolling.wait_for_room(p);
        let scheduler = self.scheduler(self.budget(false), self.of_service(self.clients));
        let again = |p: &mut PlanBuilder| {
            if let Some(versions) = self.versions {
                versions.count_failure(p);
            }
        };
        let body = |p: &mut PlanBuilder| {
            self.launch(p);
            wait(p, &self.ecs.provision, PROVISION);
            match (self.versions, pinned) {
                (Some(versions), Some(pinned)) => {
                    versions.pull(p, |p| pulls.write(p), |p| pinned.write(p));
                }
                _ => pulls.write(p),
            }
            wait(p, &self.ecs.start, START);
        };
        let scheduler = match self.versions {
            Some(_) => p.retry_again(scheduler, again, body),
            None => p.retry(scheduler, body),
        };
        p.step(Step::Started);
        self.become_healthy(p, scheduler);
        self.rolling.healthy(p);
    }

    /// The scheduler: a task that never ran holds all launches of its service back.
    fn scheduler(&self, budget: Budget, client: ClientRule) -> LoopSpec<'static> {
        let throttle = Strategy::Exponential(Growth {
            base: self.ecs.throttle_base,
            cap: self.ecs.throttle_cap,
            first_exponent: 0,
        });
        let mut policy = RetryPolicy::new(throttle, RetryPolicy::UNLIMITED);
        policy.remembers = Remembers::Gate;
        policy.budget = budget;
        LoopSpec {
            name: "orchestrator",
            policy,
            give_up: GiveUp::Propagate,
            client: Some(client),
            measured: false,
            whatever_failed: true,
        }
    }

    /// Waits for the rate at which tasks are launched.
    fn launch(&self, p: &mut PlanBuilder) {
        if let Some((operation, checks)) = &self.launch {
            p.send(SiteSpec {
                operation: *operation,
                checks: checks.clone(),
                faults: Vec::new(),
                latency: Latency::RoundTrip(Distribution::Constant(Span::ZERO)),
                service: Service::Plain,
                background: false,
            });
        }
    }

    /// A task that runs becomes healthy, or fails its health check and is launched anew: it ran, so
    /// it does not throttle its service, but the circuit breaker counts it.
    fn become_healthy(&self, p: &mut PlanBuilder, scheduler: u32) {
        let unhealthy = self.ecs.unhealthy_after.as_ref();
        if unhealthy.is_none() && self.ecs.breaker.is_none() {
            return wait(p, &self.ecs.healthy_after, HEALTHY);
        }
        let mut policy = RetryPolicy::new(Strategy::None, RetryPolicy::UNLIMITED);
        policy.budget = self.budget(true);
        let health = LoopSpec {
            name: "health",
            client: policy
                .keeps_client_state()
                .then(|| self.of_service(self.clients)),
            policy,
            give_up: GiveUp::Propagate,
            measured: false,
            whatever_failed: true,
        };
        let anew = |p: &mut PlanBuilder| {
            p.step(Step::Again { retry: scheduler });
        };
        p.retry_again(health, anew, |p| {
            if let Some(after) = unhealthy {
                failing_until(p, self.ecs.repaired, |p| {
                    wait(p, after, UNHEALTHY);
                    let shape = ErrorShape {
                        origin: Origin::Response,
                        status: None,
                        code: None,
                    };
                    let text = "task failed its health check";
                    let error = p.error(shape, ErrorSource::Service, text);
                    p.fail(error);
                });
            }
            wait(p, &self.ecs.healthy_after, HEALTHY);
        });
    }

    /// What the circuit breaker allows; `healthy`: whether a success is a healthy task.
    fn budget(&self, healthy: bool) -> Budget {
        self.ecs
            .breaker
            .map_or(Budget::None, |breaker| Budget::Failures {
                too_many: breaker.threshold.failures(self.ecs.desired),
                forgiven: healthy && breaker.reset_on_healthy_task,
            })
    }

    /// What an activity's service remembers of its tasks, of those from `base` on.
    fn of_service(&self, base: u32) -> ClientRule {
        ClientRule {
            rule: KeyRule::Place {
                base,
                divisor: self.ecs.desired,
                modulus: self.ecs.services,
            },
            per_call: false,
            shared: true,
        }
    }

    fn stop(&self, p: &mut PlanBuilder) {
        self.rolling.stop(p, (&self.ecs.drain, DRAIN), |p| {
            p.step(Step::Fill { cell: self.stopped });
        });
    }

    /// An old task that was stopped is started again, and pulls for that as its host and its agent
    /// have it. It belongs to another task definition, so its service launches at once, and what
    /// fails now is counted by nobody.
    fn start_again(&self, p: &mut PlanBuilder, before: &Pulls<'_>) {
        let stopped = p.step(Step::IfCached {
            cell: self.stopped,
            to: NONE,
        });
        let running = p.step(Step::Jump { to: NONE });
        p.land(stopped);
        let clients = p.clients(self.ecs.services);
        let scheduler = self.scheduler(Budget::None, self.of_service(clients));
        p.retry(scheduler, |p| {
            self.launch(p);
            wait(p, &self.ecs.provision, PROVISION);
            before.write(p);
            wait(p, &self.ecs.start, START);
        });
        wait(p, &self.ecs.healthy_after, HEALTHY);
        self.rolling.count(p, 1);
        p.land(running);
    }
}
