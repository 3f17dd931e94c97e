//! Decisions of each limiter: a burst of requests every 10 ms, of which most are throttled.
//!
//! A thousand keys take turns, as those of real limiters do; how a policy reacts is not measured.
#![allow(missing_docs, reason = "a program")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pullstorm_core::limiter::{
    Algorithm, Clock, ConcurrencySpec, Decision, Delay, FixedWindowSpec, Limiter,
    NginxLimitReqSpec, Opening, Refill, SlidingCounterSpec, SlidingLogSpec, Spec, TokenBucketSpec,
};
use pullstorm_core::units::{Rate, Span, Time};
use std::hint::black_box;

const KEYS: u32 = 1_000;
const REQUESTS: u64 = 1_000_000;
const LIMIT: u64 = 20;

fn algorithms() -> [(&'static str, Algorithm); 8] {
    let second = Span::from_secs(1);
    let bucket = |refill| {
        Algorithm::TokenBucket(TokenBucketSpec {
            burst: LIMIT,
            refill,
        })
    };
    let window = |opening| {
        Algorithm::FixedWindow(FixedWindowSpec {
            limit: LIMIT,
            window: second,
            opening,
        })
    };
    [
        (
            "token-bucket",
            bucket(Refill::Continuous(Rate::per_second(4))),
        ),
        (
            "token-bucket-lumps",
            bucket(Refill::Lump {
                credits: 4,
                every: second,
            }),
        ),
        ("fixed-window-clock", window(Opening::AlignedToClock)),
        ("fixed-window-request", window(Opening::FirstRequest)),
        (
            "sliding-log",
            Algorithm::SlidingLog(SlidingLogSpec {
                limit: LIMIT,
                window: second,
            }),
        ),
        (
            "sliding-counter",
            Algorithm::SlidingCounter(SlidingCounterSpec {
                limit: LIMIT,
                window: second,
                opening: Opening::AlignedToClock,
            }),
        ),
        (
            "nginx-limit-req",
            Algorithm::NginxLimitReq(NginxLimitReqSpec {
                rate: Rate::per_second(4),
                burst: LIMIT - 1,
                delay: Delay::Never,
            }),
        ),
        (
            "concurrency-limit",
            Algorithm::ConcurrencyLimit(ConcurrencySpec { limit: LIMIT }),
        ),
    ]
}

/// Requests that were admitted. Each key is asked twice every 10 ms; a concurrency limit gets what
/// it admitted back when the key is asked again.
fn admitted(mut limiter: Limiter) -> u64 {
    let mut admitted = 0;
    for request in 0..REQUESTS {
        let key = (request / 2 % u64::from(KEYS)) as u32;
        let round = request / 2 / u64::from(KEYS);
        let now = Time::ZERO + Span::from_millis(10 * round);
        if limiter.decide(key, 1, now) == Decision::Admitted {
            admitted += 1;
            limiter.release(key, 1);
        }
    }
    admitted
}

fn decisions(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("limiter");
    group.sample_size(20);
    group.throughput(Throughput::Elements(REQUESTS));
    for (name, algorithm) in algorithms() {
        let limiter = Limiter::new(&Spec::new(algorithm), KEYS, Clock::default());
        let limiter = limiter.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        group.bench_function(name, |bencher| {
            bencher.iter(|| admitted(black_box(limiter.clone())));
        });
    }
    group.finish();
}

criterion_group!(benches, decisions);
criterion_main!(benches);
