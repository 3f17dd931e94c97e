//! Decisions: what limiters and the service say to an attempt.

use super::Simulation;
use super::calendar::Calendar;
use super::source::Source;
use crate::limiter::Decision;
use crate::plan::{Check, ErrorSource, Hint, KeyRule, NONE, Service, Site, Start};
use crate::random::{Purpose, Uniform};
use crate::record::{Attempt, Line, LineKind, Recorder};
use crate::retry::HintHeader;
use crate::units::{Span, Time};

/// What a service decided about one attempt.
pub(super) struct Decided {
    /// Into the plan's errors; `NONE` is success.
    pub error: u32,
    pub hint: Option<Span>,
    /// How long a limiter that queues holds the request.
    pub held: Span,
    /// When the client stops waiting, if no answer comes.
    pub timeout: Option<Span>,
}

impl<S: Source, R: Recorder, C: Calendar> Simulation<'_, S, R, C> {
    /// Asks the limiters of a site in order, then the service itself.
    #[inline]
    pub(super) fn decide(&mut self, id: u32, site: u32, at: Time) -> Decided {
        let plan = self.plan;
        let site_plan = &plan.sites[site as usize];
        let mut held = Span::ZERO;
        let checks = &plan.checks[site_plan.checks.start as usize..site_plan.checks.end as usize];
        for (asked, check) in checks.iter().enumerate() {
            let index = site_plan.checks.start + asked as u32;
            let decision = self.ask(id, index, check, site_plan.background, at);
            match decision {
                Decision::Admitted => {}
                Decision::Delayed(span) => held += span,
                Decision::Throttled(_) => {
                    if site_plan.in_flight {
                        // The service is done with it now: what counted it in flight lets it go.
                        for earlier in &checks[..asked] {
                            let key = self.key_of(earlier, id);
                            self.limiters[earlier.limiter as usize].release(key, earlier.cost);
                        }
                    }
                    let limiter = &plan.limiters[check.limiter as usize];
                    let hint = hint(limiter.hint, decision);
                    return Decided {
                        error: limiter.error,
                        hint,
                        held,
                        timeout: None,
                    };
                }
            }
        }
        if let Some(fault) = self.fault(id, site_plan, at, held) {
            self.totals.sites[site as usize].faulted += 1;
            return fault;
        }
        match site_plan.service {
            Service::Plain => {}
            Service::ReadVersion(cell) => {
                self.versions_read[id as usize] = self.versions[cell as usize];
            }
            Service::WriteVersion(cell) => {
                let version = &mut self.versions[cell as usize];
                if *version != self.versions_read[id as usize] {
                    self.totals.sites[site as usize].faulted += 1;
                    let error = plan
                        .errors
                        .iter()
                        .position(|error| error.source == ErrorSource::Conflict);
                    let error = error.map_or(NONE, |error| error as u32);
                    return Decided {
                        error,
                        hint: None,
                        held,
                        timeout: None,
                    };
                }
                *version += 1;
            }
        }
        Decided {
            error: NONE,
            hint: None,
            held,
            timeout: None,
        }
    }

    /// Asks one limiter by the check of this index, and counts what it says.
    #[inline(always)]
    pub(super) fn ask(
        &mut self,
        id: u32,
        index: u32,
        check: &Check,
        background: bool,
        at: Time,
    ) -> Decision {
        let key = self.key_of(check, id);
        let limiter = &mut self.limiters[check.limiter as usize];
        let decision = limiter.decide(key, check.cost, at);
        let attempt = Attempt {
            at,
            limiter: check.limiter,
            key,
            cost: check.cost,
            activity: id,
            background,
        };
        self.recorder.decided(&attempt, decision, limiter);
        let totals = &mut self.totals.limiters[check.limiter as usize][key as usize];
        let counted = &mut self.totals.checks[index as usize];
        if let Decision::Throttled(_) = decision {
            totals.throttled += 1;
            totals.background_throttled += u64::from(background);
            counted.throttled += 1;
            counted.last_throttled = Some(at);
        } else {
            totals.admitted += 1;
            totals.background_admitted += u64::from(background);
            counted.admitted += 1;
            if let Decision::Delayed(span) = decision {
                counted.delayed += 1;
                counted.held += span.as_nanos();
            }
        }
        decision
    }

    /// The key under which an activity asks a limiter.
    #[inline(always)]
    fn key_of(&mut self, check: &Check, id: u32) -> u32 {
        match check.key {
            KeyRule::Constant(key) => key,
            KeyRule::Slot { base, keys, pool } => base + self.slot(id, pool) % keys,
            KeyRule::Listed { list, .. } => self.plan.lists[list as usize][self.place(id) as usize],
            KeyRule::Egress { base, egress, .. } => base + self.address(id, egress),
            rule => rule.index(self.place(id)),
        }
    }

    /// The address with which the attempt under way leaves, the same for all limiters it meets.
    #[cold]
    fn address(&mut self, id: u32, egress: u32) -> u32 {
        let egress = self.plan.egresses[egress as usize];
        let gateway = match egress.gateway {
            KeyRule::Slot { base, keys, pool } => base + self.slot(id, pool) % keys,
            KeyRule::Listed { list, .. } => self.plan.lists[list as usize][self.place(id) as usize],
            rule => rule.index(self.place(id)),
        };
        let activity = &self.activities[id as usize];
        let draw = u64::from(activity.attempts);
        let mut numbers = self
            .source
            .numbers(Purpose::Address, activity.key, id, draw);
        let address = numbers.below(u64::from(egress.addresses)) as u32;
        address * egress.gateways + gateway
    }

    /// The slot of `pool` on which an activity works: its own, or that of the one that forked it.
    #[cold]
    fn slot(&self, id: u32, pool: u32) -> u32 {
        let pools = self.plan.pools.len();
        let mut id = id;
        loop {
            let slot = self.held[id as usize * pools + pool as usize];
            if slot != NONE {
                return slot;
            }
            let block = &self.plan.blocks[self.activities[id as usize].block as usize];
            let Start::Forked { parent, each } = block.start else {
                panic!("who asks a limiter by slot holds one");
            };
            id = self.plan.blocks[parent as usize].first + (id - block.first) / each;
        }
    }

    /// Whether the service fails this attempt by itself. A limiter that queues has `held` it first.
    #[inline]
    fn fault(&mut self, id: u32, site: &Site, at: Time, held: Span) -> Option<Decided> {
        let reached = at + held;
        for index in site.faults.clone() {
            let fault = self.plan.faults[index as usize];
            if reached < fault.from || reached >= fault.until {
                continue;
            }
            let activity = &self.activities[id as usize];
            let draw = u64::from(activity.attempts) << 8 | u64::from(index - site.faults.start);
            let numbers = &mut self.source.numbers(Purpose::Fault, activity.key, id, draw);
            if numbers.below(1_000_000) < u64::from(fault.chance_ppm) {
                let kind = LineKind::Fault { error: fault.error };
                self.recorder.happened(Line {
                    at,
                    activity: id,
                    kind,
                });
                return Some(Decided {
                    error: fault.error,
                    hint: None,
                    held,
                    timeout: fault.timeout,
                });
            }
        }
        None
    }

    /// Lets go of what counted the request in flight.
    pub(super) fn release(&mut self, id: u32, site: &Site) {
        if !site.in_flight {
            return;
        }
        if self.answers[id as usize].error != NONE
            && matches!(
                self.plan.errors[self.answers[id as usize].error as usize].source,
                ErrorSource::Limiter(_)
            )
        {
            // It was let go when it was refused.
            return;
        }
        for check in &self.plan.checks[site.checks.start as usize..site.checks.end as usize] {
            let key = self.key_of(check, id);
            self.limiters[check.limiter as usize].release(key, check.cost);
        }
    }
}

/// What a refusal tells the client about coming back.
#[inline]
pub(super) fn hint(hint: Hint, decision: Decision) -> Option<Span> {
    match (hint, decision) {
        (Hint::Fixed(_, span), _) => Some(span),
        (Hint::Exact(header), Decision::Throttled(Some(wait))) => {
            // `Retry-After` speaks in whole seconds, the others in whole milliseconds.
            let unit = match header {
                HintHeader::RetryAfter => 1_000_000_000,
                HintHeader::AmzRetryAfter | HintHeader::GrpcPushback => 1_000_000,
            };
            let units = wait.as_nanos().div_ceil(unit);
            Some(Span::from_nanos(units.saturating_mul(unit)))
        }
        _ => None,
    }
}
