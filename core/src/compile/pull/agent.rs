//! What an agent adds to the pulls of its engine: it fetches a password and looks the reference up
//! first, paces pulls, and tries a pull again by a clock of its own.
//!
//! ```text
//! password  here, or at each try of the pull                  see `passwords`
//! look-up   inspect loop { ping, HEAD ... }                   its failure is not the pull's
//! pull      agent loop {
//!             from the second pass on: wait for the agent's next round, and look for the image
//!             the agent's limiter, a place among its pulls, the engine's pull
//!           }
//! ```

use super::passwords::Passwords;
use super::program::Run;
use super::{Pulls, asks_if_missing};
use crate::catalog::client::{
    Action, Around, Asks, LoopMemory, OuterLoop, OverPullLimit, Pacing, PullLimiter, Reference,
};
use crate::limiter::{Algorithm, OverLimit, Refill, Spec, SpecError, TokenBucketSpec};
use crate::plan::{
    Check, ClientRule, ErrorSource, GiveUp, Hint, KeyRule, Latency, LimiterPlan, LoopSpec, NONE,
    PlanBuilder, PoolKind, PoolPlan, Service, SiteSpec, Step,
};
use crate::random::Distribution;
use crate::retry::{ErrorShape, Origin, Remembers};
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
    /// Where its passwords are kept.
    pub passwords: Passwords,
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
            passwords: self.lay_out_passwords(builder, hosts),
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

    /// What an agent does before its engine pulls.
    pub(super) fn before_pull(&self, program: &mut PlanBuilder, target: usize) {
        if !self.once_a_job() && !self.at_each_try() {
            self.passwords_for(program, target);
        }
        self.look_up(program, target);
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
            if self.at_each_try() {
                self.passwords_for(program, target);
            }
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
