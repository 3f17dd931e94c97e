//! Whatever numbers a spec has: it is refused with a reason, or it works to the end of time.

use crate::world::COST_MAX;
use proptest::collection::vec;
use proptest::prelude::*;
use pullstorm_core::limiter::{
    Algorithm, Clock, ConcurrencySpec, Delay, FixedWindowSpec, Initial, Limiter, LockOutSpec,
    NginxLimitReqSpec, Opening, OverLimit, Refill, SlidingCounterSpec, SlidingLogSpec, Spec,
    TokenBucketSpec,
};
use pullstorm_core::units::{Rate, Span, Time};

fn number() -> impl Strategy<Value = u64> {
    prop_oneof![
        0..4u64,
        (0..64u32, 0..3u64)
            .prop_map(|(bits, off)| (1u64 << bits).wrapping_add(off).wrapping_sub(1)),
        proptest::num::u64::ANY,
        Just(u64::MAX),
    ]
}

fn spec() -> impl Strategy<Value = Spec> {
    let span = || number().prop_map(Span::from_nanos);
    let refill = prop_oneof![
        (number(), span()).prop_filter_map("no rate", |(count, span)| {
            Rate::new(count, span).ok().map(Refill::Continuous)
        }),
        (number(), span()).prop_map(|(credits, every)| Refill::Lump { credits, every }),
    ];
    let opening = prop_oneof![Just(Opening::AlignedToClock), Just(Opening::FirstRequest)];
    // A log is as large as its limit; those that could be built are kept small here.
    let logged = prop_oneof![0..1_000u64, (1u64 << 40)..];
    let algorithm = prop_oneof![
        (number(), refill)
            .prop_map(|(burst, refill)| Algorithm::TokenBucket(TokenBucketSpec { burst, refill })),
        (number(), span(), opening.clone()).prop_map(|(limit, window, opening)| {
            Algorithm::FixedWindow(FixedWindowSpec {
                limit,
                window,
                opening,
            })
        }),
        (logged, span())
            .prop_map(|(limit, window)| Algorithm::SlidingLog(SlidingLogSpec { limit, window })),
        (number(), span(), opening).prop_map(|(limit, window, opening)| {
            Algorithm::SlidingCounter(SlidingCounterSpec {
                limit,
                window,
                opening,
            })
        }),
        (number(), span(), number(), proptest::option::of(number())).prop_filter_map(
            "no rate",
            |(count, span, burst, delay)| {
                let rate = Rate::new(count, span).ok()?;
                let delay = delay.map_or(Delay::Never, Delay::Above);
                Some(Algorithm::NginxLimitReq(NginxLimitReqSpec {
                    rate,
                    burst,
                    delay,
                }))
            }
        ),
        number().prop_map(|limit| Algorithm::ConcurrencyLimit(ConcurrencySpec { limit })),
    ];
    let initial = prop_oneof![
        Just(Initial::Full),
        Just(Initial::Empty),
        number().prop_map(Initial::Credits),
    ];
    let over_limit = prop_oneof![2 => Just(OverLimit::Throttle), 1 => Just(OverLimit::Wait)];
    let lock_out = (span(), proptest::bool::ANY)
        .prop_map(|(lasting, renewed)| LockOutSpec { lasting, renewed });
    let lock_out = proptest::option::weighted(0.2, lock_out);
    (
        algorithm,
        initial,
        proptest::bool::ANY,
        over_limit,
        lock_out,
    )
        .prop_map(
            |(algorithm, initial, charge_throttled, over_limit, lock_out)| Spec {
                algorithm,
                initial,
                charge_throttled,
                over_limit,
                lock_out,
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn every_spec_is_refused_with_a_reason_or_works_to_the_end_of_time(
        spec in spec(),
        start_unix_nanos in proptest::option::of(number()),
        phase in number(),
        mut arrivals in vec((number(), prop_oneof![0..=COST_MAX, Just(u32::MAX)]), 0..30),
    ) {
        match Limiter::new(&spec, 2, Clock { start_unix_nanos, phase }) {
            Err(error) => prop_assert!(error.to_string().len() > 20),
            Ok(mut limiter) => {
                arrivals.sort_unstable();
                // The display of a level may be off by a rounding.
                let most = spec.algorithm.credits_max() as f64 * (1.0 + f64::EPSILON);
                for (nanos, cost) in arrivals {
                    let now = Time::from_nanos(nanos);
                    limiter.decide(1, cost, now);
                    prop_assert!(limiter.next_admission(1, cost, now) >= now);
                    prop_assert!(limiter.credits(1, now) <= most);
                }
            }
        }
    }
}
