//! Random limiters and random requests, many of them at the very instants that matter.

use proptest::collection::vec;
use proptest::prelude::*;
use pullstorm_core::limiter::{
    Algorithm, Clock, ConcurrencySpec, Delay, FixedWindowSpec, Initial, Limiter, LockOutSpec,
    NginxLimitReqSpec, Opening, OverLimit, Refill, SlidingCounterSpec, SlidingLogSpec, Spec,
    TokenBucketSpec,
};
use pullstorm_core::units::{Rate, Span, Time};

/// Keys of every limiter.
pub const KEYS: u32 = 2;

/// The highest cost of a request.
pub const COST_MAX: u32 = 6;

/// A limiter and what asks it.
#[derive(Clone, Debug)]
pub struct World {
    pub spec: Spec,
    pub clock: Clock,
    pub visits: Vec<Visit>,
}

/// One request.
#[derive(Clone, Debug)]
pub struct Visit {
    pub gap: Gap,
    pub key: u32,
    pub cost: u32,
    /// What is offered back before it, for limits of requests in flight.
    pub given_back: Vec<(u32, u32)>,
}

/// How long after the request before.
#[derive(Clone, Debug)]
pub enum Gap {
    Nanos(u64),
    /// At the end of a window or period as counted from the Unix epoch, or so much before it.
    ToBoundary(u64),
    /// At the instant at which the limiter says the request would pass, or so much before it.
    ToNextAdmission(u64),
}

impl Visit {
    /// When the request comes, if the one before came at `last`.
    pub fn when(&self, limiter: &Limiter, last: Time, world: &World) -> Time {
        let target = match self.gap {
            Gap::Nanos(nanos) => last.as_nanos() + nanos,
            Gap::ToBoundary(early) => {
                let period = period(&world.spec.algorithm);
                let into = world.clock.into_window(period).as_nanos() + last.as_nanos();
                last.as_nanos() + period.as_nanos() - into % period.as_nanos() - early
            }
            Gap::ToNextAdmission(early) => {
                match limiter.next_admission(self.key, self.cost, last) {
                    Time::NEVER => last.as_nanos(),
                    next => next.as_nanos().saturating_sub(early),
                }
            }
        };
        last.max(Time::from_nanos(target))
    }
}

/// The length after which the algorithm repeats itself.
pub fn period(algorithm: &Algorithm) -> Span {
    match algorithm {
        Algorithm::TokenBucket(TokenBucketSpec { refill, .. }) => match refill {
            Refill::Continuous(rate) => Span::from_nanos(rate.nanos()),
            Refill::Lump { every, .. } => *every,
        },
        Algorithm::FixedWindow(spec) => spec.window,
        Algorithm::SlidingLog(spec) => spec.window,
        Algorithm::SlidingCounter(spec) => spec.window,
        Algorithm::NginxLimitReq(spec) => {
            let rate = spec.thousandths_per_second().unwrap();
            Span::from_millis(1_000_000_u64.div_ceil(rate))
        }
        Algorithm::ConcurrencyLimit(_) => Span::from_nanos(10),
    }
}

pub fn any() -> impl Strategy<Value = World> {
    (spec(), clock(), vec(visit(), 1..60)).prop_map(|(spec, clock, visits)| World {
        spec,
        clock,
        visits,
    })
}

fn clock() -> impl Strategy<Value = Clock> {
    (
        proptest::option::of(0..2_000_000_000_000_000_000u64),
        any_bits(),
    )
        .prop_map(|(start_unix_nanos, phase)| Clock {
            start_unix_nanos,
            phase,
        })
}

fn any_bits() -> impl Strategy<Value = u64> {
    proptest::num::u64::ANY
}

pub fn spec() -> impl Strategy<Value = Spec> {
    let initial = prop_oneof![
        Just(Initial::Full),
        Just(Initial::Empty),
        (0..12u64).prop_map(Initial::Credits),
    ];
    (
        algorithm(),
        initial,
        proptest::bool::ANY,
        proptest::bool::ANY,
        lock_out(),
    )
        .prop_map(|(algorithm, initial, charge_throttled, waits, lock_out)| {
            let mut spec = Spec::new(algorithm);
            match spec.algorithm {
                Algorithm::ConcurrencyLimit(_) => {}
                Algorithm::NginxLimitReq(_) => spec.initial = initial,
                Algorithm::TokenBucket(_) if waits => {
                    (spec.initial, spec.over_limit) = (initial, OverLimit::Wait);
                }
                _ => (spec.initial, spec.charge_throttled) = (initial, charge_throttled),
            }
            if spec.over_limit == OverLimit::Throttle {
                spec.lock_out = lock_out;
            }
            spec
        })
}

fn lock_out() -> impl Strategy<Value = Option<LockOutSpec>> {
    let lasting = prop_oneof![1..60u64, 1..5_000_000_000u64].prop_map(Span::from_nanos);
    let lock = (lasting, proptest::bool::ANY)
        .prop_map(|(lasting, renewed)| Some(LockOutSpec { lasting, renewed }));
    prop_oneof![3 => Just(None), 1 => lock]
}

fn algorithm() -> impl Strategy<Value = Algorithm> {
    let limit = 1..10u64;
    // Lengths of a few nanoseconds make coincidences frequent; those of seconds are what is used.
    let length = prop_oneof![1..60u64, 1..5_000_000_000u64].prop_map(Span::from_nanos);
    let rate = (0..30u64, length.clone()).prop_map(|(count, span)| Rate::new(count, span).unwrap());
    let refill = prop_oneof![
        2 => rate.prop_map(Refill::Continuous),
        1 => (0..9u64, length.clone()).prop_map(|(credits, every)| Refill::Lump { credits, every }),
    ];
    let opening = prop_oneof![Just(Opening::AlignedToClock), Just(Opening::FirstRequest)];
    prop_oneof![
        3 => (limit.clone(), refill)
            .prop_map(|(burst, refill)| Algorithm::TokenBucket(TokenBucketSpec { burst, refill })),
        2 => (limit.clone(), length.clone(), opening.clone()).prop_map(|(limit, window, opening)| {
            Algorithm::FixedWindow(FixedWindowSpec { limit, window, opening })
        }),
        3 => (limit.clone(), length.clone(), opening.clone()).prop_map(|(limit, window, opening)| {
            Algorithm::SlidingCounter(SlidingCounterSpec { limit, window, opening })
        }),
        2 => (limit.clone(), length)
            .prop_map(|(limit, window)| Algorithm::SlidingLog(SlidingLogSpec { limit, window })),
        2 => nginx(),
        1 => limit.prop_map(|limit| Algorithm::ConcurrencyLimit(ConcurrencySpec { limit })),
    ]
}

fn nginx() -> impl Strategy<Value = Algorithm> {
    // Thousandths of a request a second: a few a minute, some a second, thousands a second.
    let rate = prop_oneof![1..200u64, 1_000..50_000u64, 1..4_000_000u64]
        .prop_map(|thousandths| Rate::new(thousandths, Span::from_secs(1_000)).unwrap());
    let delay = prop_oneof![Just(Delay::Never), (0..8u64).prop_map(Delay::Above)];
    (rate, 0..9u64, delay).prop_map(|(rate, burst, delay)| {
        Algorithm::NginxLimitReq(NginxLimitReqSpec { rate, burst, delay })
    })
}

fn visit() -> impl Strategy<Value = Visit> {
    let gap = prop_oneof![
        3 => (0..4u64).prop_map(Gap::Nanos),
        1 => (0..80u64).prop_map(Gap::Nanos),
        1 => (0..2_000_000_000u64).prop_map(Gap::Nanos),
        2 => (0..2u64).prop_map(Gap::ToBoundary),
        2 => (0..2u64).prop_map(Gap::ToNextAdmission),
    ];
    let cost = prop_oneof![3 => Just(1), 1 => 0..=COST_MAX];
    (gap, 0..KEYS, cost, vec((0..KEYS, 1..3u32), 0..3)).prop_map(|(gap, key, cost, given_back)| {
        Visit {
            gap,
            key,
            cost,
            given_back,
        }
    })
}
