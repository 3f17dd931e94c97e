//! What an agent adds to the pulls of its engine: it fetches a token and looks the reference up
//! first, paces pulls, and tries a pull again by a clock of its own.
//!
//! ```text
//! token   the host holds a good one?  sdk loop { login }
//! look-up inspect loop { ping, HEAD ... }                    its failure is not the pull's
//! pull    agent loop {
//!           from the second pass on: wait for the agent's next round, and look for the image
//!           the agent's limiter, a place among its pulls, the engine's pull
//!         }
//! ```

use super::program::Run;
use super::{Pulls, Target, asks_if_missing};
use crate::catalog::client::{
    Action, Around, Asks, Auth, Credentials, LoopMemory, OuterLoop, OverPullLimit, Pacing,
    PullLimiter, Reference, Refresh, TokenOwner,
};
use crate::limiter::{Algorithm, OverLimit, Refill, Spec, SpecError, TokenBucketSpec};
use crate::plan::{
    CachePlan, CellRule, Check, ClientRule, ErrorSource, GiveUp, Hint, KeyRule, Latency,
    LimiterPlan, LoopSpec, NONE, Owner, PlanBuilder, PoolKind, PoolPlan, Service, SiteSpec, Step,
};
use crate::random::Distribution;
use crate::retry::{ErrorShape, Origin, Remembers, RetryPolicy};
use crate::scenario::model::Scope;
use crate::units::{Rate, Span};
use std::cell::Cell;

/// Draw of the time until an agent's next round.
const ROUND: u32 = 0x00ff_0000;

/// What an agent's hosts share.
#[derive(Clone, Debug, Default)]
pub(super) struct Agent {
    /// First client object of each loop that a process remembers.
    processes: Vec<(String, u32)>,
    /// Places among the pulls of a host; into the pools.
    places: Option<u32>,
    /// The limiter of its pulls, and the key of the first host.
    limiter: Option<(u32, u32)>,
    /// Tokens by host; into the caches.
    tokens: Option<u32>,
}

impl Pulls<'_> {
    /// Sets how the agent paces its pulls, where the scenario says it; `None` leaves what its
    /// client does by default. A rate of zero is no limit.
    ///
    /// # Errors
    /// The limiter cannot count exactly at this rate with this burst.
    pub fn paced(
        mut self,
        rate: Option<Rate>,
        burst: Option<u32>,
        at_once: Option<Option<u32>>,
    ) -> Result<Self, SpecError> {
        let usual = self.client.wrapper().map(|wrapper| wrapper.pacing.clone());
        let mut pacing = usual.unwrap_or(Pacing {
            at_once: None,
            limiter: None,
        });
        if rate.is_some_and(Rate::is_zero) {
            pacing.limiter = None;
        } else if let Some(limiter) = &mut pacing.limiter {
            limiter.rate = rate.unwrap_or(limiter.rate);
            limiter.burst = burst.unwrap_or(limiter.burst);
            spec(*limiter).check(1)?;
        }
        if let Some(at_once) = at_once {
            pacing.at_once = at_once;
        }
        self.pacing = Some(pacing);
        Ok(self)
    }

    fn pacing(&self) -> Option<&Pacing> {
        let usual = self.client.wrapper().map(|wrapper| &wrapper.pacing);
        self.pacing.as_ref().or(usual)
    }

    fn credentials(&self) -> Option<&'static Credentials> {
        self.client.wrapper()?.credentials.as_ref()
    }

    /// Lays out what the hosts of `parents` pulls share.
    pub(super) fn lay_out_agent(&self, builder: &mut PlanBuilder) -> Agent {
        let hosts = self.hosts().count.max(1);
        let processes = self
            .loops()
            .filter(|it| it.memory == LoopMemory::Process)
            .map(|it| {
                let of = (self.client.name.as_str(), it.name.as_str());
                let base = self.of_hosts(builder, of, |builder| builder.clients(hosts));
                (it.name.clone(), base)
            })
            .collect();
        let pacing = self.pacing();
        let of = |what| (self.client.name.as_str(), what);
        let places = pacing.and_then(|pacing| pacing.at_once).map(|slots| {
            self.of_hosts(builder, of("places"), |builder| {
                builder.pools(PoolPlan {
                    slots,
                    owners: hosts,
                    about: "pulls at once on a host",
                    kind: PoolKind::Places,
                })
            })
        });
        let limiter = pacing.and_then(|pacing| pacing.limiter).map(|limiter| {
            let lay_out = |builder: &mut PlanBuilder| self.limiter(builder, limiter, hosts);
            (self.of_hosts(builder, of("limiter"), lay_out), 0)
        });
        Agent {
            processes,
            places,
            limiter,
            tokens: self.token_cache(builder, hosts),
        }
    }

    fn limiter(&self, builder: &mut PlanBuilder, pulls: PullLimiter, hosts: u32) -> u32 {
        let name = &self.client.name;
        let shape = ErrorShape {
            origin: Origin::Response,
            status: None,
            code: None,
        };
        let next = builder.plan().limiters.len() as u32;
        let text = format!("{name}: over its own limit of pulls");
        let error = builder.error(shape, ErrorSource::Limiter(next), &text);
        let pulled_on = self.who.hosts();
        let key = |host: u32| format!("{pulled_on} host {}", host + 1);
        builder.limiter(LimiterPlan {
            service: name.clone(),
            name: format!("{pulled_on}-pulls"),
            spec: spec(pulls),
            client_side: true,
            scope: Scope::Host,
            keys: (0..hosts).map(key).collect(),
            error,
            hint: Hint::None,
            background: Rate::ZERO,
            raisable: Some(true),
            records: vec![pulls.record.id.clone()],
            source: format!("settings of {name}, {}", self.client.as_of),
            assumption: None,
        })
    }

    fn token_cache(&self, builder: &mut PlanBuilder, hosts: u32) -> Option<u32> {
        let credentials = self.credentials()?;
        let target = self.targets.iter().find(|it| needs_token(it))?;
        let kept = matches!(
            credentials.shared_by,
            TokenOwner::HostRegistry | TokenOwner::HostOrTaskRegistry | TokenOwner::HostRegistryKey
        );
        let lifetime = target.service.token_lifetime()?;
        let used_for = match credentials.refresh {
            Refresh::NotKept => return None,
            Refresh::HalfLife => Span::from_nanos(lifetime.as_nanos() / 2),
            // The margin is drawn anew at each use, so a busy host refreshes early.
            Refresh::Before { at_least, spread } => lifetime - at_least - spread,
        };
        let cache = |owners| CachePlan {
            owners,
            items: self.world.services,
            lifetime: Some(used_for),
            filled: 0,
            single_flight: credentials.single_flight == Some(true),
            filled_when_asked: false,
        };
        if !kept {
            return None;
        }
        if self.tokens_by_task() {
            return Some(builder.cache(cache(self.layout().parents)));
        }
        let of = (self.client.name.as_str(), "tokens");
        Some(self.of_hosts(builder, of, |builder| builder.cache(cache(hosts))))
    }

    /// Whether the agent keeps the tokens of each task apart.
    fn tokens_by_task(&self) -> bool {
        let by_task = |credentials: &Credentials| {
            credentials.shared_by == TokenOwner::HostOrTaskRegistry && self.role_of_task
        };
        self.credentials().is_some_and(by_task)
    }

    /// The token for the registry of a target.
    fn token_cell(&self, target: usize) -> Option<CellRule> {
        let owner = match self.tokens_by_task() {
            true => KeyRule::Place {
                base: 0,
                divisor: 1,
                modulus: self.layout().parents,
            },
            false => self.layout().host(1),
        };
        self.agent().tokens.map(|cache| CellRule {
            cache,
            owner: Owner::Place(owner),
            item: KeyRule::Constant(self.targets[target].registry),
        })
    }

    /// A task that is started anew has new credentials: no token of the one before serves it.
    pub(super) fn forget_tokens(&self, program: &mut PlanBuilder) {
        if !self.tokens_by_task() {
            return;
        }
        for target in 0..self.targets.len() {
            let registry = self.targets[target].registry;
            let first = self.targets.iter().position(|it| it.registry == registry);
            if let (true, Some(cell)) = (first == Some(target), self.token_cell(target)) {
                let cell = program.cell_rule(cell);
                program.step(Step::Forget { cell });
            }
        }
    }

    /// What a job that has one password of each registry does before it pulls anything.
    pub(super) fn sign_in(&self, program: &mut PlanBuilder) {
        if !self.once_a_job() {
            return;
        }
        for (target, asked) in self.targets.iter().enumerate() {
            let of_registry = |it: &Target<'_>| it.registry == asked.registry;
            if self.targets.iter().position(of_registry) == Some(target) {
                self.token(program, target);
            }
        }
    }

    /// Whether a step of the job fetches the password that all of its pulls use.
    fn once_a_job(&self) -> bool {
        self.credentials()
            .is_some_and(|credentials| credentials.shared_by == TokenOwner::Job)
    }

    /// What an agent does before its engine pulls.
    pub(super) fn before_pull(&self, program: &mut PlanBuilder, target: usize) {
        if !self.once_a_job() {
            self.token(program, target);
            if let Some(own) = self.targets[target].own {
                self.token(program, own);
            }
        }
        self.look_up(program, target);
    }

    fn token(&self, program: &mut PlanBuilder, target: usize) {
        let asked = &self.targets[target];
        let Some(credentials) = self.credentials().filter(|_| needs_token(asked)) else {
            return;
        };
        let Some(operation) = asked.service.login() else {
            return;
        };
        let cell = self.token_cell(target);
        let cell = cell.map(|cell| program.cell_rule(cell));
        let there = cell.map(|cell| program.step(Step::Fetch { cell, to: NONE }));
        let policy = credentials
            .retry
            .as_ref()
            .map_or(RetryPolicy::NONE, |(_, policy)| policy.clone());
        self.call_for_token(program, target, &operation, policy);
        if let (Some(cell), Some(there)) = (cell, there) {
            program.step(Step::Fill { cell });
            program.land(there);
        }
    }

    /// Calls the operation of a registry's API that gives a token or password, by a process of its
    /// own.
    pub(super) fn call_for_token(
        &self,
        program: &mut PlanBuilder,
        target: usize,
        operation: &str,
        policy: RetryPolicy,
    ) {
        let asked = &self.targets[target];
        let client = policy.keeps_client_state().then(|| {
            let parents = self.layout().parents;
            ClientRule {
                rule: KeyRule::Place {
                    base: program.clients(parents),
                    divisor: 1,
                    modulus: parents,
                },
                per_call: true,
                shared: false,
            }
        });
        let checks = asked.service.checks(
            operation,
            self.who.hosts(),
            self.who.identity,
            self.hosts(),
            program,
        );
        let site = SiteSpec {
            operation: program.operation(&asked.service.name, operation),
            checks,
            faults: asked.service.faults(operation, self.who.workload),
            latency: asked.service.latency(),
            service: Service::Plain,
            background: false,
        };
        let sdk = LoopSpec {
            name: "login",
            policy,
            give_up: GiveUp::Propagate,
            client,
            measured: true,
            whatever_failed: false,
        };
        program.retry(sdk, |program| {
            program.send(site);
        });
    }

    fn look_up(&self, program: &mut PlanBuilder, target: usize) {
        let by_tag = self.targets[target].reference == Reference::Tag;
        let around = self.loops().find(|it| it.around == Around::Inspect);
        let (true, true, Some(around)) = (self.rule.inspects, by_tag, around) else {
            return;
        };
        let run = Run::of(target, Action::Inspect);
        // What may not run an image of the host stops where the look-up has failed (amazon-ecs-agent,
        // `handleEventError` of `agent/engine/task_manager.go`).
        let give_up = match self.rule.asks {
            Asks::Always if !self.rule.run_local => GiveUp::Propagate,
            Asks::IfNeverPulled => GiveUp::Propagate,
            _ => GiveUp::Continue,
        };
        let spec = LoopSpec {
            give_up,
            ..self.around(around)
        };
        program.retry(spec, |program| {
            self.run(program, run);
            self.looked_up(program, target);
        });
    }

    /// A pull of the engine, within the agent's loops. Whether the host has the image by then is asked
    /// at each try.
    pub(super) fn paced_pull(
        &self,
        program: &mut PlanBuilder,
        target: usize,
        present: Option<u32>,
    ) {
        let pulls = |it: &&OuterLoop| it.around == Around::Pull;
        let whole = |it: &&OuterLoop| pulls(it) && it.only_after.is_empty();
        let agents = self.loops().find(whole);
        let own: Vec<&OuterLoop> = self
            .loops()
            .chain(&self.engine.loops)
            .filter(|it| pulls(it) && !agents.is_some_and(|agents| std::ptr::eq(*it, agents)))
            .collect();
        let pull = |program: &mut PlanBuilder| self.pull(program, &own, (target, present));
        let Some(agents) = agents else {
            return self.in_its_place(program, pull);
        };
        let rounds = agents.rounds.map(|rounds| {
            program.duration(Distribution::Uniform {
                low: Span::ZERO,
                high: rounds,
            })
        });
        let will_do = present.filter(|_| {
            agents.looks_again && asks_if_missing(self.rule, self.targets[target].reference)
        });
        let found = Cell::new(None);
        let again = |program: &mut PlanBuilder| {
            if let Some(duration) = rounds {
                program.step(Step::Wait {
                    duration,
                    draw: ROUND,
                });
            }
            found.set(will_do.map(|cell| program.step(Step::IfCached { cell, to: NONE })));
        };
        program.retry_again(self.around(agents), again, |program| {
            self.in_its_place(program, pull);
            if let Some(found) = found.get() {
                program.land(found);
            }
        });
    }

    /// Past the agent's limiter and in a place among its pulls.
    fn in_its_place(&self, program: &mut PlanBuilder, pull: impl FnOnce(&mut PlanBuilder)) {
        let host = self.layout().host(1);
        let place = self
            .agent()
            .places
            .map(|pool| program.pool_rule(pool, host));
        if let Some(rule) = place {
            program.step(Step::Take { rule });
        }
        if let Some((limiter, base)) = self.agent().limiter {
            let KeyRule::Place {
                divisor, modulus, ..
            } = host
            else {
                unreachable!("hosts are found by place")
            };
            let key = KeyRule::Place {
                base,
                divisor,
                modulus,
            };
            let operation = program.operation(&self.client.name, "pull");
            program.send(SiteSpec {
                operation,
                checks: vec![Check {
                    limiter,
                    cost: 1,
                    key,
                }],
                faults: Vec::new(),
                latency: Latency::RoundTrip(Distribution::Constant(Span::ZERO)),
                service: Service::Plain,
                background: false,
            });
        }
        pull(program);
        if let Some(rule) = place {
            program.step(Step::Give { rule });
        }
    }

    /// A loop of the agent, with what it remembers.
    pub(super) fn around<'o>(&self, outer: &'o OuterLoop) -> LoopSpec<'o> {
        let mut policy = outer.policy.policy.clone();
        let known = self.agent().processes.iter();
        let process = known.clone().find(|(name, _)| *name == outer.name);
        let client = process.map(|(_, base)| {
            policy.remembers = Remembers::Client;
            let hosts = self.hosts();
            ClientRule {
                rule: KeyRule::Place {
                    base: *base,
                    divisor: hosts.neighbours.max(1),
                    modulus: hosts.count.max(1),
                },
                per_call: false,
                shared: true,
            }
        });
        LoopSpec {
            name: &outer.name,
            policy,
            give_up: GiveUp::Propagate,
            client,
            measured: false,
            whatever_failed: false,
        }
    }
}

/// An agent's limiter of pulls.
fn spec(pulls: PullLimiter) -> Spec {
    let mut spec = Spec::new(Algorithm::TokenBucket(TokenBucketSpec {
        burst: u64::from(pulls.burst),
        refill: Refill::Continuous(pulls.rate),
    }));
    if pulls.over == OverPullLimit::Waits {
        spec.over_limit = OverLimit::Wait;
    }
    spec
}

/// Whether a pull from this registry needs a token that the agent has to fetch first.
fn needs_token(target: &Target<'_>) -> bool {
    target.auth == Auth::Basic && target.service.login().is_some()
}
