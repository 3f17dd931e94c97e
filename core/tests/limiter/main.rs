//! Every limiter against a slow and obvious oracle, and against the bounds it promises.

mod bounds;
mod extremes;
mod oracle;
mod world;

use oracle::Oracle;
use proptest::prelude::*;
use pullstorm_core::limiter::{Decision, Limiter};
use pullstorm_core::units::Time;
use world::{KEYS, World};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn every_decision_is_the_oracles(world in world::any()) {
        let mut limiter = Limiter::new(&world.spec, KEYS, world.clock).unwrap();
        let mut oracle = Oracle::new(&world.spec, KEYS, world.clock);
        let mut now = Time::ZERO;
        for visit in &world.visits {
            now = visit.when(&limiter, now, &world);
            for (key, cost) in &visit.given_back {
                if oracle.release(*key, *cost) {
                    limiter.release(*key, *cost);
                }
            }
            let got = limiter.decide(visit.key, visit.cost, now);
            let want = oracle.decide(visit.key, visit.cost, now);
            match (got, want) {
                (Decision::Throttled(hint), Decision::Throttled(_)) => {
                    let after = limiter.next_admission(visit.key, visit.cost, now);
                    prop_assert_eq!(hint.map_or(Time::NEVER, |wait| now + wait), after);
                }
                _ => prop_assert_eq!(got, want, "{:?} at {}", visit, now.as_nanos()),
            }
            let (got, want) =
                (limiter.credits(visit.key, now), oracle.credits(visit.key, now));
            prop_assert!((got - want).abs() <= 1e-9 * want.abs().max(1.0), "{} {}", got, want);
        }
    }

    #[test]
    fn the_next_admission_is_the_first_instant_at_which_the_oracle_lets_the_request_through(
        world in world::any(),
        key in 0..KEYS,
        cost in 0..=world::COST_MAX,
        pause in 0..500u64,
    ) {
        let mut limiter = Limiter::new(&world.spec, KEYS, world.clock).unwrap();
        let mut oracle = Oracle::new(&world.spec, KEYS, world.clock);
        let mut now = Time::ZERO;
        for visit in &world.visits {
            now = visit.when(&limiter, now, &world);
            limiter.decide(visit.key, visit.cost, now);
            oracle.decide(visit.key, visit.cost, now);
        }
        now = Time::from_nanos(now.as_nanos() + pause);
        let next = limiter.next_admission(key, cost, now);
        prop_assert!(next >= now);
        if next == Time::NEVER {
            let late = Time::from_nanos(now.as_nanos() + (1 << 40));
            prop_assert!(!oracle.passes(key, cost, late));
        } else {
            prop_assert!(oracle.passes(key, cost, next), "{}", next.as_nanos());
            let early = Time::from_nanos(next.as_nanos().saturating_sub(1));
            prop_assert!(next == now || !oracle.passes(key, cost, early), "{}", early.as_nanos());
        }
    }
}

#[test]
fn worlds_reach_every_kind_of_decision_of_every_algorithm() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..500 {
        let world: World = world::any().new_tree(&mut runner).unwrap().current();
        let mut limiter = Limiter::new(&world.spec, KEYS, world.clock).unwrap();
        let mut now = Time::ZERO;
        for visit in &world.visits {
            now = visit.when(&limiter, now, &world);
            let kind = match limiter.decide(visit.key, visit.cost, now) {
                Decision::Admitted => "admitted",
                Decision::Delayed(_) => "delayed",
                Decision::Throttled(Some(_)) => "throttled for a while",
                Decision::Throttled(None) => "throttled for nobody knows how long",
            };
            seen.insert((world.spec.algorithm.name(), kind));
        }
    }
    // Only buckets and nginx delay. A concurrency limit knows no while unless it is locked.
    assert_eq!(seen.len(), 4 + 3 + 3 + 3 + 4 + 3, "{seen:?}");
}
