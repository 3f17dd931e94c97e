//! Passwords of registries that have a call for them (Amazon ECR: GetAuthorizationToken): who fetches
//! them, and for whom they are kept.
//!
//! ```text
//! password   kept for the registry?  done
//!            fetched for the same image by another?  wait for that
//!            sdk loop { call }, kept
//!            refused:  the one of before, if it is good still; else what is around fails
//! ```

use super::super::service::Resolved;
use super::program::{Run, around};
use super::{Pulls, Target};
use crate::catalog::client::{Action, AfterTokenFailure, Auth, Credentials, Refresh, TokenOwner};
use crate::plan::{
    CachePlan, CellRule, ClientRule, GiveUp, KeyRule, LoopSpec, NONE, Owner, PlanBuilder, Service,
    SiteSpec, Step,
};
use crate::retry::RetryPolicy;
use crate::scenario::model::Credentials as Given;
use crate::units::Span;
use std::cell::Cell;

/// Where passwords are kept; into the caches.
#[derive(Copy, Clone, Debug, Default)]
pub(super) struct Passwords {
    /// By registry, until they are replaced.
    kept: Option<u32>,
    /// By registry, until they end.
    old: Option<u32>,
    /// By registry and image, for those that wait for one call.
    of_images: Option<u32>,
}

impl Pulls<'_> {
    /// How whoever pulls comes by passwords, if that is by itself or by a helper.
    pub(super) fn credentials(&self) -> Option<&'static Credentials> {
        self.helper.unwrap_or(self.client).credentials()
    }

    /// Lays out where the passwords of so many hosts are kept.
    pub(super) fn lay_out_passwords(&self, builder: &mut PlanBuilder, hosts: u32) -> Passwords {
        let nowhere = Passwords::default();
        let target = self.targets.iter().find(|it| self.fetches_for(it));
        let (Some(credentials), Some(target)) = (self.credentials(), target) else {
            return nowhere;
        };
        let Some(lifetime) = target.service.token_lifetime() else {
            return nowhere;
        };
        let used_for = match credentials.refresh {
            Refresh::NotKept => return nowhere,
            Refresh::HalfLife => Span::from_nanos(lifetime.as_nanos() / 2),
            // The margin is drawn anew at each use, so a busy host refreshes early.
            Refresh::Before { at_least, spread } => lifetime - at_least - spread,
        };
        let kept_by = self.helper.unwrap_or(self.client).name.as_str();
        let mut cache = |what: &str, items: u32, lifetime: Span, single_flight: bool| {
            let by_task = self.tokens_by_task();
            let plan = CachePlan {
                owners: if by_task {
                    self.layout().parents
                } else {
                    hosts
                },
                items,
                lifetime: Some(lifetime),
                filled: 0,
                single_flight,
                filled_when_asked: false,
            };
            match by_task {
                true => builder.cache(plan),
                false => self.of_hosts(builder, (kept_by, what), |builder| builder.cache(plan)),
            }
        };
        let (services, images) = (self.world.services, self.world.images);
        let old = credentials.after_failure == AfterTokenFailure::UseOld;
        let waits = credentials.single_flight == Some(true);
        Passwords {
            kept: Some(cache("tokens", services, used_for, false)),
            old: old.then(|| cache("old tokens", services, lifetime, false)),
            // An image may be asked for at several registries.
            of_images: waits.then(|| cache("tokens of images", services * images, used_for, true)),
        }
    }

    /// Whether the agent keeps the passwords of each task apart.
    fn tokens_by_task(&self) -> bool {
        let by_task = |credentials: &Credentials| {
            credentials.shared_by == TokenOwner::HostOrTaskRegistry && self.role_of_task
        };
        self.credentials().is_some_and(by_task)
    }

    /// Whether a step of the job fetches the password that all of its pulls use.
    pub(super) fn once_a_job(&self) -> bool {
        self.credentials()
            .is_some_and(|credentials| credentials.shared_by == TokenOwner::Job)
    }

    /// Whether each try of a pull asks for a password, and not the pull as a whole.
    pub(super) fn at_each_try(&self) -> bool {
        self.credentials()
            .is_some_and(|credentials| credentials.each_try)
    }

    /// Whether whoever pulls fetches a password for a target: where requests are signed with one, where
    /// it is told to sign in, and where a helper brings one to who signs in. A mirror knows who has
    /// credentials at all.
    fn fetches_for(&self, target: &Target<'_>) -> bool {
        let Some(credentials) = self.credentials() else {
            return false;
        };
        let wanted = target.auth == Auth::Basic || self.signs_in || self.helper.is_some();
        wanted
            && credentials.shared_by != TokenOwner::Deploy
            && self.section.credentials != Given::None
            && (target.service.mirror.is_some() || !self.lacks_credentials(target.service))
            && target.service.password_call().is_some()
    }

    /// The cell of a cache by registry.
    fn of_registry(&self, cache: Option<u32>, target: usize) -> Option<CellRule> {
        let owner = match self.tokens_by_task() {
            true => KeyRule::Place {
                base: 0,
                divisor: 1,
                modulus: self.layout().parents,
            },
            false => self.layout().host(1),
        };
        cache.map(|cache| CellRule {
            cache,
            owner: Owner::Place(owner),
            item: KeyRule::Constant(self.targets[target].registry),
        })
    }

    /// A task that is started anew has new credentials: no password of the one before serves it.
    pub(super) fn forget_tokens(&self, program: &mut PlanBuilder) {
        if !self.tokens_by_task() {
            return;
        }
        for target in self.registries() {
            if let Some(cell) = self.of_registry(self.agent().passwords.kept, target) {
                let cell = program.cell_rule(cell);
                program.step(Step::Forget { cell });
            }
        }
    }

    /// The first target at each registry that is asked.
    fn registries(&self) -> impl Iterator<Item = usize> {
        (0..self.targets.len()).filter(|target| {
            let registry = self.targets[*target].registry;
            let first = self.targets.iter().position(|it| it.registry == registry);
            first == Some(*target)
        })
    }

    /// What a job that has one password of each registry does before it pulls anything. With a helper
    /// that is a step of the job, the engine signs in then.
    pub(super) fn sign_in(&self, program: &mut PlanBuilder) {
        if !self.once_a_job() {
            return;
        }
        for target in self.registries() {
            self.password(program, target);
            if self.helper.is_some() && self.fetches_for(&self.targets[target]) {
                self.run(program, Run::of(target, Action::Login));
            }
        }
    }

    /// The passwords for a target and for the image's own registry behind it.
    pub(super) fn passwords_for(&self, program: &mut PlanBuilder, target: usize) {
        self.password(program, target);
        if let Some(own) = self.targets[target].own {
            self.password(program, own);
        }
    }

    fn password(&self, program: &mut PlanBuilder, target: usize) {
        let asked = &self.targets[target];
        let Some(credentials) = self.credentials().filter(|_| self.fetches_for(asked)) else {
            return;
        };
        let Some(call) = asked.service.password_call() else {
            return;
        };
        let Passwords {
            kept,
            old,
            of_images,
        } = self.agent().passwords;
        let of_image = of_images.map(|cache| CellRule {
            cache,
            owner: Owner::Place(self.layout().host(1)),
            item: KeyRule::Constant(asked.registry * self.world.images + asked.number),
        });
        let cells = [
            self.of_registry(kept, target),
            of_image,
            self.of_registry(old, target),
        ];
        let [kept, of_image, old] = cells.map(|cell| cell.map(|cell| program.cell_rule(cell)));
        let known = [kept, of_image].into_iter().flatten();
        let mut there: Vec<u32> = known
            .map(|cell| program.step(Step::Fetch { cell, to: NONE }))
            .collect();
        let usual = credentials.retry.as_ref().map(|(_, policy)| policy);
        let policy = self.login_retry.or(usual).cloned();
        let site = self.password_site(program, target, call);
        let refused = refusal(program, &site);
        let site = Cell::new(Some(site));
        let fetch = |program: &mut PlanBuilder| {
            if let Some(site) = site.take() {
                self.ask_for_password(program, site, policy.unwrap_or(RetryPolicy::NONE));
            }
            for cell in [kept, of_image, old].into_iter().flatten() {
                program.step(Step::Fill { cell });
            }
        };
        match refused.filter(|_| of_image.is_some() || old.is_some()) {
            None => fetch(program),
            Some(refused) => {
                let spec = around("password", RetryPolicy::NONE, GiveUp::Continue);
                program.retry_else(spec, fetch, |program| {
                    there.extend(old.map(|cell| program.step(Step::IfCached { cell, to: NONE })));
                    if let Some(cell) = of_image {
                        program.step(Step::Abandon { cell });
                    }
                    program.fail(refused);
                });
            }
        }
        for there in there {
            program.land(there);
        }
    }

    /// Calls for a password of a registry that has a call for it, by a process of its own.
    pub(super) fn call_for_password(
        &self,
        program: &mut PlanBuilder,
        target: usize,
        policy: &RetryPolicy,
    ) {
        if let Some(call) = self.targets[target].service.password_call() {
            let site = self.password_site(program, target, call);
            self.ask_for_password(program, site, policy.clone());
        }
    }

    fn password_site(&self, program: &mut PlanBuilder, target: usize, call: &str) -> SiteSpec {
        let service: &Resolved = self.targets[target].service;
        let (hosts, identity) = (self.who.hosts(), self.who.identity);
        SiteSpec {
            checks: service.checks(call, hosts, identity, self.hosts(), program),
            operation: program.operation(&service.name, call),
            faults: service.faults(call, self.who.workload),
            latency: service.latency(),
            service: Service::Plain,
            background: false,
        }
    }

    fn ask_for_password(&self, program: &mut PlanBuilder, site: SiteSpec, policy: RetryPolicy) {
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
}

/// What a call fails with for good: with the refusal of its limiter where it has one.
fn refusal(program: &mut PlanBuilder, site: &SiteSpec) -> Option<u32> {
    let limiters = &program.plan().limiters;
    let check = site.checks.first();
    let limited = check.map(|check| limiters[check.limiter as usize].error);
    limited.or(site.faults.first().map(|fault| fault.error))
}
