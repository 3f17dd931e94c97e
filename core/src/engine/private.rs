//! Private attempts: the short way through an attempt that only its own loop can observe.
//!
//! In a storm nearly every attempt goes the same way: one limiter refuses it, the loop around it
//! sleeps, the request is sent again. [`Private`] holds in one place what that way needs, and
//! [`Simulation::attempt`] goes it at once. It is made of the same parts as the long way, which all
//! other attempts go step by step, and comes to the same.

use super::Simulation;
use super::activity::Answer;
use super::calendar::Calendar;
use super::decide::hint;
use super::loops::FailedPass;
use super::source::Source;
use crate::limiter::Decision;
use crate::plan::{Check, ErrorSource, Hint, KeyRule, NONE, Plan, Service, Site, Step};
use crate::random::Distribution;
use crate::record::{Recorder, Request};
use crate::retry::{Class, Verdict};
use crate::units::{Span, Time};

/// A site whose attempts are private: it asks one limiter of requests not in flight and nothing
/// else, its messages always take the same time, and its loop consists of it, keeps no state in a
/// client object and gives no slots back.
#[derive(Copy, Clone, Debug)]
pub(super) struct Private {
    check: Check,
    /// Its place in the plan's checks.
    index: u32,
    /// What a refusal is; into the plan's errors.
    error: u32,
    hint: Hint,
    reads_hint: bool,
    /// The loop around it, and what its policy makes of a refusal.
    retry: u32,
    class: Option<Class>,
    /// Time to the decision and back.
    there: Span,
    back: Span,
}

/// What became of a private attempt.
enum Attempted {
    /// It was throttled; the next one is decided at this time.
    Again(Time),
    /// It was let through; the answer came at this time.
    Admitted(Time),
    /// It was throttled and the loop stopped trying. Who goes on, and when.
    GaveUp(Option<(u32, Time)>),
}

impl Private {
    /// The sites of a plan whose attempts are private.
    pub(super) fn sites(plan: &Plan) -> Vec<Option<Private>> {
        let sites = (0..).zip(&plan.sites);
        sites
            .map(|(index, site)| Private::of(plan, index, site))
            .collect()
    }

    fn of(plan: &Plan, index: u32, site: &Site) -> Option<Private> {
        let observed =
            site.answer_is_event || site.send_is_event || site.in_flight || site.on_error != NONE;
        if observed || site.background || !site.faults.is_empty() || site.service != Service::Plain
        {
            return None;
        }
        let [check] = plan.checks[site.checks.start as usize..site.checks.end as usize] else {
            return None;
        };
        if matches!(check.key, KeyRule::Egress { .. }) {
            return None;
        }
        let around = plan.loops.get(site.retry as usize)?;
        let first = plan.steps[around.body as usize];
        if first != (Step::Send { site: index })
            || around.client.is_some()
            || !around.releases.is_empty()
        {
            return None;
        }
        let constant = |duration: u32| match plan.durations[duration as usize] {
            Distribution::Constant(span) => Some(span),
            _ => None,
        };
        let (mut there, mut back) = (constant(site.there)?, constant(site.back)?);
        if site.halves {
            back = there - Span::from_nanos(there.as_nanos() / 2);
            there = Span::from_nanos(there.as_nanos() / 2);
        }
        let limiter = &plan.limiters[check.limiter as usize];
        let source = plan.errors[limiter.error as usize].source;
        assert!(
            matches!(source, ErrorSource::Limiter(_)),
            "limiters refuse with errors of limiters"
        );
        Some(Private {
            check,
            index: site.checks.start,
            error: limiter.error,
            hint: limiter.hint,
            reads_hint: around.reads_hint[limiter.error as usize],
            retry: site.retry,
            class: around.classes[limiter.error as usize],
            there,
            back,
        })
    }
}

impl<S: Source, R: Recorder, C: Calendar> Simulation<'_, S, R, C> {
    /// The site at which activity `id` waits for a decision, if its attempts are private.
    #[inline(always)]
    pub(super) fn private_site<'s>(
        &self,
        sites: &'s [Option<Private>],
        id: u32,
    ) -> Option<(u32, &'s Private)> {
        match self.plan.steps[self.activities[id as usize].pc as usize] {
            Step::Decide { site } => Some((site, sites[site as usize].as_ref()?)),
            _ => None,
        }
    }

    /// Runs an activity whose private attempt is decided at `at`.
    #[inline(always)]
    pub(super) fn run_private(&mut self, id: u32, site: u32, private: &Private, at: Time) {
        match self.attempt(id, site, private, at) {
            Attempted::Again(at) => self.queue(id, at),
            Attempted::Admitted(at) => {
                // Past the answer.
                self.activities[id as usize].pc += 2;
                self.run(id, at, false);
            }
            Attempted::GaveUp(Some((id, at))) => self.run(id, at, false),
            Attempted::GaveUp(None) => {}
        }
    }

    /// Decides a private attempt at `at` and, where it is throttled, goes on up to the decision of
    /// the next.
    #[inline(always)]
    fn attempt(&mut self, id: u32, site: u32, private: &Private, at: Time) -> Attempted {
        let decision = self.ask(id, private.index, &private.check, false, at);
        let held = match decision {
            Decision::Admitted => Span::ZERO,
            Decision::Delayed(span) => span,
            Decision::Throttled(_) => {
                let answer = Answer {
                    error: private.error,
                    hint: hint(private.hint, decision),
                };
                return self.try_again(id, site, private, answer, at + private.back);
            }
        };
        Attempted::Admitted(at + held + private.back)
    }

    #[inline(always)]
    fn try_again(
        &mut self,
        id: u32,
        site: u32,
        private: &Private,
        answer: Answer,
        at: Time,
    ) -> Attempted {
        let pass = FailedPass {
            retry: private.retry,
            class: private.class,
            hint: answer.hint.filter(|_| private.reads_hint),
            throttled: true,
            at,
        };
        let (verdict, sends) = self.pass(id, &pass, None);
        let Verdict::Retry(sleep) = verdict else {
            let next = self.stopped(id, private.retry, answer, verdict, at);
            return Attempted::GaveUp(next);
        };
        let at = self.sleep(id, &pass, sends, sleep);
        self.totals.sites[site as usize].attempts += 1;
        let activity = &mut self.activities[id as usize];
        activity.attempts += 1;
        activity.last = at;
        self.recorder.sent(&Request {
            at,
            activity: id,
            site,
        });
        Attempted::Again(at + private.there)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Progress;
    use super::*;
    use crate::plan::storm;
    use crate::random::Keys;
    use crate::record::{self, Series, Story};
    use crate::retry::{Growth, RetryPolicy, Strategy};

    /// What a run says, with private attempts going the short way or all going the long one.
    fn told(plan: &Plan, short: bool) -> (String, (Story, Series)) {
        let recorder = (Story::new(usize::MAX), record::series(plan));
        let mut simulation: Simulation<'_, Keys, (Story, Series)> =
            Simulation::new(plan, Keys::new(3, 0), recorder);
        assert!(simulation.private.iter().all(Option::is_some));
        if !short {
            simulation.private.fill(None);
        }
        while simulation.advance(u64::MAX) == Progress::Running {}
        let (outcome, recorder) = simulation.finish();
        (format!("{outcome:?}"), recorder)
    }

    #[test]
    fn the_short_way_comes_to_the_same_as_the_long_one() {
        let growth = Growth::new(Span::from_millis(100), Span::from_secs(5));
        let round_trips = [Span::ZERO, Span::from_nanos(30_000_001)];
        let hints = [
            Hint::None,
            Hint::Exact(crate::retry::HintHeader::GrpcPushback),
        ];
        for (round_trip, hint) in round_trips.into_iter().zip(hints) {
            let mut policy = RetryPolicy::new(Strategy::FullJitter(growth), 6);
            policy.hint = crate::retry::HintRule::Pushback;
            let mut plan = storm(500, policy);
            plan.limiters[0].hint = hint;
            plan.loops[0].reads_hint = vec![true; plan.errors.len()];
            plan.durations.fill(Distribution::Constant(round_trip));
            let (short, long) = (told(&plan, true), told(&plan, false));
            assert_eq!(short, long);
        }
    }

    #[test]
    fn what_others_can_observe_goes_the_long_way() {
        let fixed = Strategy::Fixed {
            delay: Span::from_secs(1),
        };
        let plan = || storm(3, RetryPolicy::new(fixed.clone(), 3));
        let is_private = |plan: &Plan| Private::sites(plan)[0].is_some();
        assert!(is_private(&plan()));
        for observe in [
            |plan: &mut Plan| plan.sites[0].answer_is_event = true,
            |plan: &mut Plan| plan.sites[0].send_is_event = true,
            |plan: &mut Plan| plan.sites[0].background = true,
            |plan: &mut Plan| plan.sites[0].service = Service::ReadVersion(0),
            |plan: &mut Plan| plan.loops[0].releases.push(0),
            |plan: &mut Plan| plan.loops[0].client = Some(crate::plan::KeyRule::Constant(0)),
        ] {
            let mut observed = plan();
            observe(&mut observed);
            assert!(!is_private(&observed));
        }
    }
}
