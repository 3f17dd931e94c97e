//! The earliest: when a limiter lets each of a number of requests through, if they ask at the best
//! moments.

use crate::limiter::{Algorithm, Clock, Decision, Limiter};
use crate::plan::Plan;
use crate::random::{Key, Keys, Purpose};
use crate::units::{Span, Time};

/// What counts as getting through.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub(super) enum Until {
    /// Not being refused: the limiter may hold the request for a while.
    LetIn,
    /// Being let go on.
    Through,
}

/// A limiter of the plan that is asked first come, first served, and by nobody in vain.
pub(super) struct Earliest {
    limiter: Limiter,
    last: Vec<Time>,
    /// Who leaves fewer credits than this is held until so many are there again.
    left_where_nobody_waits: u32,
    /// How far its clock may be off, to the good of the caller.
    grain: Span,
}

impl Earliest {
    /// The limiter as a run finds it; nothing where it is about requests in flight.
    pub fn new(plan: &Plan, index: usize, keys: &Keys, until: Until) -> Option<Self> {
        let planned = &plan.limiters[index];
        let mut spec = planned.spec.clone();
        let mut left_where_nobody_waits = 0;
        let grain = match planned.spec.algorithm {
            Algorithm::ConcurrencyLimit(_) => return None,
            // The bucket loses nothing to rounding, so that the limit holds however often one asks.
            Algorithm::NginxLimitReq(nginx) => {
                spec.algorithm = Algorithm::TokenBucket(nginx.unrounded());
                if until == Until::Through {
                    left_where_nobody_waits = nginx.left_where_nobody_waits();
                }
                Span::from_millis(1)
            }
            _ => Span::ZERO,
        };
        let phase = keys.bits(Purpose::Phase, Key::ROOT.child(index as u64), 0);
        let clock = Clock {
            start_unix_nanos: plan.start_unix_nanos,
            phase,
        };
        let keys = planned.keys.len() as u32;
        Some(Earliest {
            limiter: Limiter::new(&spec, keys, clock).ok()?,
            last: vec![Time::ZERO; keys as usize],
            left_where_nobody_waits,
            grain,
        })
    }

    /// When a request that can arrive at `at` gets through at the earliest, after all those before
    /// it; [`Time::NEVER`] if it never does.
    pub fn next(&mut self, key: u32, cost: u32, at: Time) -> Time {
        let last = &mut self.last[key as usize];
        let arrives = match self.grain.as_nanos() {
            0 => at,
            grain => Time::from_nanos(at.as_nanos() / grain * grain),
        };
        let next = self.limiter.next_admission(key, cost, arrives.max(*last));
        if next == Time::NEVER {
            return Time::NEVER;
        }
        *last = next;
        let through = match self.limiter.decide(key, cost, next) {
            Decision::Admitted => {
                let left = self.left_where_nobody_waits;
                self.limiter.next_admission(key, left, next)
            }
            Decision::Delayed(wait) => next + wait,
            Decision::Throttled(_) => unreachable!("a limiter admits when it says it would"),
        };
        let early = through.as_nanos().saturating_sub(self.grain.as_nanos());
        at.max(Time::from_nanos(early))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limiter::{Delay, NginxLimitReqSpec, Spec};
    use crate::replicate::prepare;
    use crate::scenario::Document;
    use crate::units::Rate;

    /// A plan with one limiter.
    fn plan(nginx: NginxLimitReqSpec) -> Plan {
        let text = "pullstorm: 1\nname: one\nservices: {web: {limiters: {all: {in_flight: 1}}}}\n\
                    workloads: {calls: {kind: api-callers, service: web, callers: 1, calls: [get]}}\n";
        let document = Document::parse("test.yaml", text.as_bytes()).unwrap();
        let mut plan = prepare(&document, &[]).unwrap().remove(0).plan.clone();
        plan.limiters[0].spec = Spec::new(Algorithm::NginxLimitReq(nginx));
        plan
    }

    #[test]
    fn nobody_gets_through_nginx_earlier_however_closely_it_is_asked() {
        // 7 a minute are 116 thousandths a second, so that each question may lose a fraction.
        for per_minute in [7, 60, 9_000] {
            for delay in [Delay::Never, Delay::Above(0), Delay::Above(2)] {
                let rate = Rate::new(per_minute, Span::from_secs(60)).unwrap();
                let burst = 4;
                let plan = plan(NginxLimitReqSpec { rate, burst, delay });
                let keys = Keys::new(1, 0);
                let mut bound = Earliest::new(&plan, 0, &keys, Until::Through).unwrap();
                let spec = &plan.limiters[0].spec;
                let mut nginx = Limiter::new(spec, 1, Clock::default()).unwrap();
                let begin = Time::from_nanos(1_999_999);
                let (mut at, mut slack) = (begin, Span::ZERO);
                for cost in [1, 1, 3, 1, 2, 1, 1, 5, 1] {
                    at = nginx.next_admission(0, cost, at);
                    let through = match nginx.decide(0, cost, at) {
                        Decision::Delayed(wait) => at + wait,
                        decision => {
                            assert_eq!(decision, Decision::Admitted);
                            at
                        }
                    };
                    let earliest = bound.next(0, cost, begin);
                    assert!(earliest <= through, "{earliest} {through}");
                    slack = through.since(earliest);
                }
                // What is lost to rounding in a handful of questions is little.
                assert!(slack < Span::from_millis(100), "{slack}");
            }
        }
    }
}
