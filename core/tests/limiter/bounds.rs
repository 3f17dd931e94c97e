//! What limiters promise: so much and no more in any interval, whoever asks whenever.

use crate::world::{self, KEYS, World, period};
use proptest::prelude::*;
use pullstorm_core::limiter::{Algorithm, Decision, Delay, Limiter, OverLimit, Refill, Spec};
use pullstorm_core::units::{Span, Time};

/// When credits of each key were admitted, and how many. What costs nothing waits for nobody.
fn admissions(world: &World) -> Vec<Vec<(Time, u64)>> {
    let mut limiter = Limiter::new(&world.spec, KEYS, world.clock).unwrap();
    let mut admitted = vec![Vec::new(); KEYS as usize];
    let mut now = Time::ZERO;
    for visit in &world.visits {
        now = visit.when(&limiter, now, world);
        let passed = match limiter.decide(visit.key, visit.cost, now) {
            Decision::Admitted => now,
            Decision::Delayed(wait) => now + wait,
            Decision::Throttled(_) => continue,
        };
        if visit.cost > 0 {
            admitted[visit.key as usize].push((passed, u64::from(visit.cost)));
        }
    }
    admitted
}

/// The most credits a key may admit in an interval of `x` nanoseconds with both its ends.
fn most(spec: &Spec, x: u64) -> u64 {
    // A closed interval of x nanoseconds is a half-open one of x + 1, as time is whole.
    let windows = |window: Span| (x + 1).div_ceil(window.as_nanos());
    let waits = spec.over_limit == OverLimit::Wait;
    match &spec.algorithm {
        Algorithm::TokenBucket(bucket) => match bucket.refill {
            Refill::Continuous(rate) => {
                // A wait ends at the first whole nanosecond after its credit is complete, so that
                // the credits of an interval may have been complete up to a nanosecond before it.
                let x = if waits { x + 1 } else { x };
                let earned = u128::from(x) * u128::from(rate.count()) / u128::from(rate.nanos());
                bucket.burst + earned as u64
            }
            Refill::Lump { credits, every } => {
                // A lump is handed to those that wait even where the bucket could not hold it
                // beside what the first of them has been promised already.
                let beside = if waits { credits.saturating_sub(1) } else { 0 };
                let at_once = bucket.burst + beside;
                at_once + credits * x.div_ceil(every.as_nanos())
            }
        },
        Algorithm::FixedWindow(spec) => spec.limit * (windows(spec.window) + 1),
        Algorithm::SlidingLog(spec) => spec.limit * windows(spec.window),
        Algorithm::SlidingCounter(spec) => spec.limit * (windows(spec.window) + 1),
        Algorithm::NginxLimitReq(spec) => {
            // Times are cut down to milliseconds at either end, and so is a wait.
            let millis = x / 1_000_000 + 3;
            let at_once = match spec.delay {
                Delay::Above(requests) => requests.min(spec.burst) + 1,
                Delay::Never => spec.burst + 1,
            };
            // Those of one request wait for the last of them.
            let together = u64::from(world::COST_MAX) - 1;
            at_once
                + together
                + (millis * spec.thousandths_per_second().unwrap()).div_ceil(1_000_000)
        }
        Algorithm::ConcurrencyLimit(_) => u64::MAX,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn no_interval_admits_more_than_the_bound(world in world::any()) {
        for admitted in admissions(&world) {
            for (place, (start, _)) in admitted.iter().enumerate() {
                let mut credits = 0;
                for (end, cost) in &admitted[place..] {
                    credits += cost;
                    let x = end.since(*start).as_nanos();
                    prop_assert!(credits <= most(&world.spec, x), "{} in {} ns", credits, x);
                }
            }
        }
    }

    #[test]
    fn requests_pass_in_the_order_they_came(world in world::any()) {
        // nginx waits in whole milliseconds and takes two instants of one for the same.
        let blur = match world.spec.algorithm {
            Algorithm::NginxLimitReq(_) => Span::from_millis(2),
            _ => Span::ZERO,
        };
        for admitted in admissions(&world) {
            let in_order = |pair: &[(Time, u64)]| pair[0].0 <= pair[1].0 + blur;
            prop_assert!(admitted.windows(2).all(in_order), "{:?}", admitted);
        }
    }

    #[test]
    fn a_limiter_left_alone_long_enough_is_full(world in world::any()) {
        let mut limiter = Limiter::new(&world.spec, KEYS, world.clock).unwrap();
        let mut now = Time::ZERO;
        for visit in &world.visits {
            now = visit.when(&limiter, now, &world);
            limiter.decide(visit.key, visit.cost, now);
        }
        let algorithm = &world.spec.algorithm;
        let refills = match algorithm {
            Algorithm::TokenBucket(bucket) => match bucket.refill {
                Refill::Continuous(rate) => !rate.is_zero(),
                Refill::Lump { credits, .. } => credits > 0,
            },
            Algorithm::ConcurrencyLimit(_) => false,
            _ => true,
        };
        if !refills {
            return Ok(());
        }
        // One period brings a credit at least, and no more than sixty requests are owed.
        let periods = algorithm.credits_max() + 60 * u64::from(world::COST_MAX);
        let locked = world.spec.lock_out.map_or(Span::ZERO, |lock_out| lock_out.lasting);
        let late = now + locked + Span::from_nanos(periods * period(algorithm).as_nanos());
        for key in 0..KEYS {
            prop_assert_eq!(limiter.credits(key, late), algorithm.credits_max() as f64);
        }
    }
}
