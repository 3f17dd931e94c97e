//! The concurrency limit: so many requests in flight, whatever their rate.
//!
//! An admitted request holds its credits until it has been answered and the engine gives them back.

use super::{Decision, Initial, SpecError};
use crate::units::Time;

/// Memory that one key takes.
pub(super) const BYTES_PER_KEY: u64 = size_of::<u64>() as u64;

/// The limit.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct Spec {
    /// The most credits that requests in flight hold.
    pub limit: u64,
}

impl Spec {
    pub(super) fn check(&self, options: &super::Spec) -> Result<(), SpecError> {
        if self.limit == 0 {
            return Err(SpecError::NothingPasses);
        }
        // Nobody would ever give back what is taken before the first request.
        if options.initial != Initial::Full {
            return Err(options.not_for_this_algorithm("an initial level"));
        }
        if options.charge_throttled {
            return Err(options.not_for_this_algorithm("charging throttled requests"));
        }
        options.refuse_wait()
    }
}

/// A concurrency limit for each key.
#[derive(Clone, Debug)]
pub struct ConcurrencyLimit {
    held: Vec<u64>,
    limit: u64,
}

impl ConcurrencyLimit {
    /// Limits for keys `0..keys`, of a spec that has been checked.
    pub(super) fn new(spec: &Spec, keys: u32) -> Self {
        ConcurrencyLimit {
            held: vec![0; keys as usize],
            limit: spec.limit,
        }
    }

    /// See [`super::Limiter::decide`]. When credits come back depends on the services behind, so a
    /// refusal carries no hint.
    #[inline]
    pub fn decide(&mut self, key: u32, cost: u32) -> Decision {
        let held = &mut self.held[key as usize];
        if u64::from(cost) <= self.limit - *held {
            *held += u64::from(cost);
            Decision::Admitted
        } else {
            Decision::Throttled(None)
        }
    }

    /// See [`super::Limiter::release`].
    #[inline]
    pub fn release(&mut self, key: u32, cost: u32) {
        let held = &mut self.held[key as usize];
        assert!(*held >= u64::from(cost), "more was given back than is held");
        *held -= u64::from(cost);
    }

    /// See [`super::Limiter::credits`].
    pub fn credits(&self, key: u32) -> f64 {
        (self.limit - self.held[key as usize]) as f64
    }

    /// See [`super::Limiter::next_admission`].
    pub fn next_admission(&self, key: u32, cost: u32, now: Time) -> Time {
        if u64::from(cost) <= self.limit - self.held[key as usize] {
            now
        } else {
            Time::NEVER
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Algorithm, Clock, Limiter, OverLimit, Spec as Options};
    use super::*;

    fn options(limit: u64) -> Options {
        Options::new(Algorithm::ConcurrencyLimit(Spec { limit }))
    }

    #[test]
    fn a_request_passes_as_soon_as_another_has_been_answered() {
        let mut limiter = Limiter::new(&options(2), 2, Clock::default()).unwrap();
        assert!(limiter.counts_in_flight());
        let now = Time::from_nanos(5);
        assert_eq!(limiter.decide(0, 1, now), Decision::Admitted);
        assert_eq!(limiter.decide(0, 2, now), Decision::Throttled(None));
        assert_eq!(limiter.decide(0, 1, now), Decision::Admitted);
        assert_eq!(limiter.next_admission(0, 1, now), Time::NEVER);
        assert_eq!(limiter.decide(1, 2, now), Decision::Admitted);
        limiter.release(0, 1);
        assert_eq!(limiter.credits(0, now), 1.0);
        assert_eq!(limiter.next_admission(0, 1, now), now);
        assert_eq!(limiter.decide(0, 1, now), Decision::Admitted);
    }

    #[test]
    #[should_panic(expected = "more was given back than is held")]
    fn nobody_gives_back_what_nobody_holds() {
        Limiter::new(&options(2), 1, Clock::default())
            .unwrap()
            .release(0, 1);
    }

    #[test]
    fn options_that_mean_nothing_to_it_are_refused() {
        let refused = |spec: Options| match spec.check(1) {
            Err(SpecError::NotForThisAlgorithm { option, .. }) => option,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            refused(Options {
                initial: Initial::Empty,
                ..options(1)
            }),
            "an initial level"
        );
        let charged = Options {
            charge_throttled: true,
            ..options(1)
        };
        assert_eq!(refused(charged), "charging throttled requests");
        let waits = Options {
            over_limit: OverLimit::Wait,
            ..options(1)
        };
        assert_eq!(refused(waits), "waiting for credits");
        assert_eq!(options(0).check(1), Err(SpecError::NothingPasses));
    }
}
