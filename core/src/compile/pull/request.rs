//! One request with its retry loops.

use super::super::keys::Hosts;
use super::Pulls;
use super::program::Run;
use crate::catalog::client::{Auth, FallsThrough, RequestClass};
use crate::plan::{
    AmountRule, CellRule, Check, ErrorSource, FaultPlan, GiveUp, LoopSpec, PlanBuilder, Service,
    SiteSpec, Step,
};
use crate::retry::{ErrorShape, Origin, RetryPolicy};
use crate::scenario::model::PullPhase;

/// A request to write.
#[derive(Copy, Clone, Debug)]
pub(super) struct Request<'r> {
    /// Of what run of steps it is part.
    pub run: Run<'r>,
    /// What it is for.
    pub class: RequestClass,
    /// How many activities of its block there are for one parent.
    pub each: u32,
    /// Attempts that a 401 has used up.
    pub spent: u32,
    /// Slots it takes for each attempt.
    pub slots: Option<u32>,
    /// Whether it names the image by its tag.
    pub by_tag: bool,
    /// Which of the platforms' it is, of a manifest or config blob.
    pub number: u32,
    /// The cell in a mirror of what is asked for by siblings, each by its place.
    pub item: Option<CellRule>,
    /// Bytes of the layer.
    pub bytes: Option<AmountRule>,
}

impl<'r> Request<'r> {
    /// A request of the activity that pulls.
    pub fn of(run: Run<'r>, class: RequestClass) -> Self {
        Request {
            run,
            class,
            each: 1,
            spent: 0,
            slots: None,
            by_tag: false,
            number: 0,
            item: None,
            bytes: None,
        }
    }
}

/// Steps that follow when something has failed.
pub(super) type Fallback<'f> = &'f dyn Fn(&mut PlanBuilder);

impl Pulls<'_> {
    /// Writes a request with the loops of its class, to a mirror first if each request begins with
    /// one. Where they give up, `fallback` follows; without one, the innermost loop around them
    /// fails.
    pub(super) fn request(
        &self,
        program: &mut PlanBuilder,
        request: &Request<'_>,
        fallback: Option<Fallback<'_>>,
    ) {
        let Some(own) = self.falls_to(request.run, FallsThrough::EachRequest) else {
            return self.request_here(program, request, fallback);
        };
        // Who cannot sign in at the mirror finds that out when it asks for the image.
        let signs_in = matches!(request.class, RequestClass::Challenge | RequestClass::Token);
        let at_own = |program: &mut PlanBuilder| {
            if !signs_in {
                self.ask_own(program, request, own, fallback);
            }
        };
        self.request_here(program, request, Some(&at_own));
    }

    fn request_here(
        &self,
        program: &mut PlanBuilder,
        request: &Request<'_>,
        fallback: Option<Fallback<'_>>,
    ) {
        let target = &self.targets[request.run.target];
        let rule = self.engine.rule(request.run.action, request.class);
        let site = self.site(program, request);
        let mut errors = shapes(program, &site.checks, &site.faults);
        for error in self.upstream_errors(program, request) {
            errors.push(program.plan().errors[error as usize].shape.clone());
        }
        let last_host = target.own.is_none();
        // A loop that retries nothing that can happen here would only be passed through.
        let matters = |policy: &RetryPolicy| {
            let retried = |error: &ErrorShape| policy.classify(error).is_some();
            errors.iter().any(retried)
        };
        let loops = rule.loops.iter();
        let loops = loops.filter(|around| last_host || !around.last_host_only);
        let policies = loops.map(|around| around.policy.clone());
        let mut loops: Vec<RetryPolicy> = policies.filter(matters).collect();
        let room = program.room();
        // The outermost counts them all; those inside it add one attempt after a failed connection.
        loops.drain(..loops.len().saturating_sub(room));
        let mut outermost = loops.pop().unwrap_or(RetryPolicy::NONE);
        if rule.challenge_uses_attempt && target.auth != Auth::None {
            outermost.attempts_max = outermost.attempts_max.saturating_sub(request.spent).max(1);
        }
        let spec = LoopSpec {
            name: request.class.name(),
            policy: outermost,
            give_up: match fallback {
                Some(_) => GiveUp::Continue,
                None => GiveUp::Propagate,
            },
            client: None,
            measured: true,
            whatever_failed: false,
        };
        let body = |program: &mut PlanBuilder| self.send(program, &loops, request, site);
        match fallback {
            Some(fallback) => program.retry_else(spec, body, fallback),
            None => program.retry(spec, body),
        };
    }

    fn site(&self, program: &mut PlanBuilder, request: &Request<'_>) -> SiteSpec {
        let target = &self.targets[request.run.target];
        let service = target.service;
        let class = request.class;
        let operation = service.operation_of(class);
        let hosts = self.layout().hosts;
        let hosts = Hosts {
            neighbours: hosts.neighbours.max(1) * request.each,
            count: hosts.count,
        };
        let (workload, identity) = (self.who.hosts(), self.who.identity);
        let checks = operation.as_ref().map_or(Vec::new(), |operation| {
            service.checks(operation, workload, identity, hosts, program)
        });
        let name = operation.unwrap_or_else(|| class.name().to_owned());
        let latency = match self.section.latency_of(phase(class)) {
            Some(stated) => crate::plan::Latency::RoundTrip(stated.clone()),
            None => service.latency(),
        };
        let mut faults = service.faults(&name, self.who.workload);
        faults.extend(self.turned_away(program, request));
        SiteSpec {
            operation: program.operation(&service.name, &name),
            checks,
            faults,
            latency,
            service: Service::Plain,
            background: false,
        }
    }

    /// Sends, with the loops inside the outermost one, from the inside out.
    fn send(
        &self,
        program: &mut PlanBuilder,
        loops: &[RetryPolicy],
        request: &Request<'_>,
        site: SiteSpec,
    ) {
        let Some((policy, inside)) = loops.split_last() else {
            if let Some(rule) = request.slots {
                program.step(Step::Take { rule });
            }
            program.send(site);
            self.ask_upstream(program, request);
            return;
        };
        let spec = LoopSpec {
            name: request.class.name(),
            policy: policy.clone(),
            give_up: GiveUp::Propagate,
            client: None,
            measured: false,
            whatever_failed: false,
        };
        program.retry(spec, |program| self.send(program, inside, request, site));
    }

    /// Whether limiters refuse a request, and nothing else can go wrong with it.
    pub(super) fn is_only_limited(&self, program: &mut PlanBuilder, request: &Request<'_>) -> bool {
        let site = self.site(program, request);
        !site.checks.is_empty() && site.faults.is_empty()
    }

    /// What a request that fails for good fails with. Where both can be, it was throttled: limiters are
    /// asked before anybody looks who asks.
    pub(super) fn refusal(&self, program: &mut PlanBuilder, request: &Request<'_>) -> u32 {
        let site = self.site(program, request);
        let upstream = self.upstream_errors(program, request);
        match (site.checks.first(), site.faults.first(), upstream.first()) {
            (Some(check), ..) => program.plan().limiters[check.limiter as usize].error,
            (None, Some(fault), _) => fault.error,
            (None, None, Some(error)) => *error,
            (None, None, None) => self.failure(program, 401, "the registry wants credentials"),
        }
    }

    /// A failure that no limiter and no fault is to blame for.
    pub(super) fn failure(&self, program: &mut PlanBuilder, status: u16, text: &str) -> u32 {
        let shape = ErrorShape {
            origin: Origin::Response,
            status: Some(status),
            code: None,
        };
        program.error(shape, ErrorSource::Service, text)
    }
}

/// All that can go wrong with a request.
fn shapes(program: &mut PlanBuilder, checks: &[Check], faults: &[FaultPlan]) -> Vec<ErrorShape> {
    let plan = program.plan();
    let limiters = checks
        .iter()
        .map(|check| plan.limiters[check.limiter as usize].error);
    let faults = faults.iter().map(|fault| fault.error);
    limiters
        .chain(faults)
        .map(|error| plan.errors[error as usize].shape.clone())
        .collect()
}

/// The phase of a pull that a request belongs to.
pub(super) const fn phase(class: RequestClass) -> PullPhase {
    match class {
        RequestClass::Ping | RequestClass::V1Ping => PullPhase::Ping,
        RequestClass::Token => PullPhase::Token,
        RequestClass::Challenge | RequestClass::Resolve => PullPhase::Resolve,
        RequestClass::Index => PullPhase::Index,
        RequestClass::Manifest | RequestClass::ManifestPut => PullPhase::Manifest,
        RequestClass::Config => PullPhase::Config,
        RequestClass::Layer
        | RequestClass::BlobCheck
        | RequestClass::UploadStart
        | RequestClass::UploadPart
        | RequestClass::UploadFinish => PullPhase::Layer,
    }
}
