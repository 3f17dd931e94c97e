//! Lock-out: who went over a limit is refused everything for a while.
//!
//! A refusal locks its key. While that lasts, every request under the key is refused, the limiter
//! behind is not asked and counts nothing. Where refused requests renew it, the lock stays as long
//! as somebody keeps asking, and falls once the key has been quiet.

use super::{Decision, Limiter};
use crate::units::{Span, Time};

/// How long a refusal locks its key.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct Spec {
    /// From the refusal on.
    pub lasting: Span,
    /// Whether a request that comes while the key is locked starts that time anew.
    pub renewed: bool,
}

/// A limiter that locks out whom it refuses.
#[derive(Clone, Debug)]
pub struct LockOut {
    limiter: Limiter,
    /// Until when each key is locked.
    until: Vec<Time>,
    spec: Spec,
}

impl LockOut {
    /// Locks for keys `0..keys` before `limiter`.
    pub(super) fn new(spec: Spec, limiter: Limiter, keys: u32) -> Self {
        LockOut {
            limiter,
            until: vec![Time::ZERO; keys as usize],
            spec,
        }
    }

    /// The limiter behind the lock.
    pub(super) fn limiter(&self) -> &Limiter {
        &self.limiter
    }

    /// See [`super::Limiter::decide`].
    #[inline(never)]
    pub fn decide(&mut self, key: u32, cost: u32, now: Time) -> Decision {
        if cost == 0 {
            return Decision::Admitted;
        }
        let locked = now < self.until[key as usize];
        if !locked {
            let decision = self.limiter.decide(key, cost, now);
            if !matches!(decision, Decision::Throttled(_)) {
                return decision;
            }
        }
        if !locked || self.spec.renewed {
            self.until[key as usize] = now + self.spec.lasting;
        }
        let next = self.next_admission(key, cost, now);
        Decision::Throttled((next != Time::NEVER).then(|| next.since(now)))
    }

    /// See [`super::Limiter::release`].
    pub fn release(&mut self, key: u32, cost: u32) {
        self.limiter.release(key, cost);
    }

    /// See [`super::Limiter::credits`].
    pub fn credits(&self, key: u32, now: Time) -> f64 {
        if now < self.until[key as usize] {
            0.0
        } else {
            self.limiter.credits(key, now)
        }
    }

    /// See [`super::Limiter::next_admission`].
    pub fn next_admission(&self, key: u32, cost: u32, now: Time) -> Time {
        if cost == 0 {
            return now;
        }
        let unlocked = now.max(self.until[key as usize]);
        self.limiter.next_admission(key, cost, unlocked)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Algorithm, Clock, OverLimit, Refill, SpecError, TokenBucketSpec};
    use super::super::{ConcurrencySpec, Spec as Options};
    use super::*;
    use crate::units::Rate;

    fn options(renewed: bool) -> Options {
        let refill = Refill::Continuous(Rate::per_second(1));
        let mut spec = Options::new(Algorithm::TokenBucket(TokenBucketSpec { burst: 2, refill }));
        spec.lock_out = Some(Spec {
            lasting: Span::from_secs(60),
            renewed,
        });
        spec
    }

    fn at(seconds: u64) -> Time {
        Time::ZERO + Span::from_secs(seconds)
    }

    fn throttled(seconds: u64) -> Decision {
        Decision::Throttled(Some(Span::from_secs(seconds)))
    }

    #[test]
    fn a_refusal_shuts_its_key_out_for_a_fixed_time_however_often_it_asks() {
        let mut limiter = Limiter::new(&options(false), 2, Clock::default()).unwrap();
        assert_eq!(limiter.decide(0, 2, at(0)), Decision::Admitted);
        assert_eq!(limiter.decide(0, 1, at(0)), throttled(60));
        for second in 1..60 {
            assert_eq!(limiter.decide(0, 1, at(second)), throttled(60 - second));
            assert_eq!(limiter.credits(0, at(second)), 0.0);
        }
        assert_eq!(limiter.decide(0, 2, at(60)), Decision::Admitted);
        assert_eq!(limiter.decide(1, 1, at(1)), Decision::Admitted);
    }

    #[test]
    fn a_lock_that_requests_renew_stays_while_somebody_keeps_asking() {
        let mut limiter = Limiter::new(&options(true), 1, Clock::default()).unwrap();
        assert_eq!(limiter.decide(0, 2, at(0)), Decision::Admitted);
        for minute in 0..100 {
            assert_eq!(limiter.decide(0, 1, at(59 * minute)), throttled(60));
        }
        let quiet = 59 * 99 + 60;
        assert_eq!(limiter.next_admission(0, 2, at(59 * 99)), at(quiet));
        assert_eq!(limiter.decide(0, 2, at(quiet)), Decision::Admitted);
    }

    #[test]
    fn what_comes_while_a_key_is_locked_is_not_counted() {
        let mut options = options(false);
        options.charge_throttled = true;
        let mut limiter = Limiter::new(&options, 1, Clock::default()).unwrap();
        assert_eq!(limiter.decide(0, 2, at(0)), Decision::Admitted);
        for second in 0..60 {
            assert_ne!(limiter.decide(0, 1, at(second)), Decision::Admitted);
        }
        assert_eq!(limiter.credits(0, at(60)), 2.0);
    }

    #[test]
    fn a_request_that_never_passes_locks_and_learns_no_time() {
        let mut limiter = Limiter::new(&options(false), 1, Clock::default()).unwrap();
        assert_eq!(limiter.decide(0, 3, at(0)), Decision::Throttled(None));
        assert_eq!(limiter.decide(0, 1, at(1)), throttled(59));
    }

    #[test]
    fn requests_in_flight_give_back_what_they_hold_behind_a_lock_too() {
        let mut spec = options(false);
        spec.algorithm = Algorithm::ConcurrencyLimit(ConcurrencySpec { limit: 1 });
        let mut limiter = Limiter::new(&spec, 1, Clock::default()).unwrap();
        assert!(limiter.counts_in_flight());
        assert_eq!(limiter.decide(0, 1, at(0)), Decision::Admitted);
        assert_eq!(limiter.decide(0, 1, at(0)), Decision::Throttled(None));
        limiter.release(0, 1);
        assert_eq!(limiter.decide(0, 1, at(1)), throttled(59));
        assert_eq!(limiter.decide(0, 1, at(60)), Decision::Admitted);
    }

    #[test]
    fn a_lock_of_no_time_or_on_nobody_is_refused() {
        let mut spec = options(true);
        spec.lock_out = Some(Spec {
            lasting: Span::ZERO,
            renewed: true,
        });
        assert_eq!(spec.check(1), Err(SpecError::NoPeriod));
        let mut spec = options(true);
        spec.over_limit = OverLimit::Wait;
        assert_eq!(spec.check(1), Err(SpecError::NobodyToLockOut));
    }
}
