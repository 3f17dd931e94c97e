//! Fingerprints of what every simulation is computed from: mathematics, random numbers, samplers,
//! limiters, retry policies.

use pullstorm_core::limiter::{
    Algorithm, Clock, Decision, Initial, Limiter, OverLimit, Refill, Spec, TokenBucketSpec,
};
use pullstorm_core::random::{Distribution, Key, Keys, Purpose, Uniform, mix};
use pullstorm_core::retry::{Class, Failure, Growth, Memory, RetryPolicy, Strategy, Verdict};
use pullstorm_core::units::{Rate, Span, Time};
use std::fmt::Write;

const SEED: u64 = 20_180_412;

/// Hashes so many rounds of results of one area.
type Area = fn(u64) -> Fold;

/// One line an area, each with a hash over `rounds` rounds of results. A line that differs between
/// two machines says where to look.
pub fn fingerprint(rounds: u64) -> String {
    let areas: [(&str, Area); 5] = [
        ("mathematics", mathematics),
        ("random", random),
        ("samplers", samplers),
        ("limiters", limiters),
        ("retry", retry),
    ];
    let mut text = String::new();
    for (name, area) in areas {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name} {:016x}", area(rounds).0);
    }
    text
}

/// A hash of everything added, in order.
struct Fold(u64);

impl Fold {
    fn add(&mut self, bits: u64) {
        self.0 = mix(self.0.rotate_left(1) ^ bits);
    }

    fn add_f64(&mut self, number: f64) {
        assert!(!number.is_nan(), "the bits of a NaN are not defined");
        self.add(number.to_bits());
    }
}

fn mathematics(rounds: u64) -> Fold {
    let mut fold = Fold(0);
    let keys = Keys::new(SEED, 0);
    let mut uniform = keys.sequence(Purpose::Work, Key::ROOT, 0);
    for _ in 0..rounds {
        let unit = uniform.unit() + f64::MIN_POSITIVE;
        let wide = 40.0 * (uniform.unit() - 0.5);
        for number in [
            libm::log(unit),
            libm::log1p(-unit * 0.999),
            libm::exp(wide),
            libm::expm1(wide),
            libm::pow(unit, wide),
            libm::cos(wide),
            libm::cbrt(wide),
            libm::erfc(wide),
            libm::lgamma(unit),
            unit.sqrt(),
            (wide * 1e12).round(),
            wide.floor(),
            unit.mul_add(wide, unit),
        ] {
            fold.add_f64(number);
        }
        // What does not fit must saturate the same way.
        fold.add((wide * 1e18) as u64);
        fold.add((wide * 1e18) as i64 as u64);
    }
    fold
}

fn random(rounds: u64) -> Fold {
    let mut fold = Fold(0);
    for run in 0..rounds / 64 {
        let keys = Keys::new(SEED ^ run, run);
        let entity = Key::ROOT.named("ci").child(run);
        fold.add(entity.bits());
        for purpose in [Purpose::Jitter, Purpose::Order, Purpose::Phase] {
            let mut sequence = keys.sequence(purpose, entity, run);
            for bound in [1, 7, 1 << 40, u64::MAX] {
                fold.add(sequence.below(bound));
                fold.add(sequence.bits());
                fold.add_f64(sequence.unit());
            }
        }
    }
    fold
}

fn samplers(rounds: u64) -> Fold {
    let second = Span::from_secs(1);
    let distributions = [
        Distribution::Uniform {
            low: Span::ZERO,
            high: Span::MAX,
        },
        Distribution::Exponential { mean: second },
        Distribution::LogNormal {
            median: second,
            sigma: 1.5,
        },
        Distribution::AbsoluteNormal {
            mean: second,
            deviation: second,
        },
        Distribution::TruncatedNormal {
            mean: second,
            deviation: second,
            low: Span::from_millis(500),
            high: Span::from_secs(2),
        },
        Distribution::Empirical((1..=9).map(Span::from_millis).collect()),
    ];
    let mut fold = Fold(0);
    let keys = Keys::new(SEED, 1);
    let mut uniform = keys.sequence(Purpose::Work, Key::ROOT, 0);
    for _ in 0..rounds {
        for distribution in &distributions {
            fold.add(distribution.draw(&mut uniform).as_nanos());
        }
    }
    fold
}

fn limiters(rounds: u64) -> Fold {
    let bucket = |refill| Algorithm::TokenBucket(TokenBucketSpec { burst: 200, refill });
    let mut fold = Fold(0);
    for algorithm in [
        bucket(Refill::Continuous(Rate::per_second(4))),
        bucket(Refill::Lump {
            credits: 40,
            every: Span::from_secs(10),
        }),
    ] {
        let spec = Spec {
            algorithm,
            initial: Initial::Full,
            charge_throttled: false,
            over_limit: OverLimit::Throttle,
        };
        let mut limiter = Limiter::new(&spec, 3, Clock::default()).expect("a limiter of 2018");
        let keys = Keys::new(SEED, 2);
        let mut uniform = keys.sequence(Purpose::Arrival, Key::ROOT, 0);
        let mut now = Time::ZERO;
        for _ in 0..rounds {
            // A little more than 12 requests a second to buckets that earn 4 a second each.
            now += Span::from_nanos(uniform.below(150_000_000));
            let key = uniform.below(3) as u32;
            match limiter.decide(key, 1, now) {
                Decision::Admitted => fold.add(0),
                Decision::Delayed(wait) => fold.add(wait.as_nanos() << 2 | 1),
                Decision::Throttled(None) => fold.add(2),
                Decision::Throttled(Some(wait)) => fold.add(wait.as_nanos() << 2 | 3),
            }
        }
    }
    fold
}

fn retry(rounds: u64) -> Fold {
    let (base, cap) = (Span::from_millis(100), Span::from_secs(20));
    let mut fold = Fold(0);
    let keys = Keys::new(SEED, 3);
    let mut uniform = keys.sequence(Purpose::Jitter, Key::ROOT, 0);
    for strategy in [
        Strategy::Fixed { delay: base },
        Strategy::Exponential(Growth::new(base, cap)),
        Strategy::FullJitter(Growth::new(base, cap)),
        Strategy::EqualJitter(Growth::new(base, cap)),
        Strategy::DecorrelatedJitter { base, cap },
    ] {
        let policy = RetryPolicy::new(strategy, 12);
        let mut client = policy.new_client(Time::ZERO);
        let failure = Failure {
            class: Some(Class::Throttling),
            hint: None,
        };
        let mut now = Time::ZERO;
        for _ in 0..rounds / 12 {
            let mut memory = Memory::default();
            memory.sends = 1;
            policy.begin_call(Some(&mut client), now);
            loop {
                match policy.after_failure(
                    failure,
                    &mut memory,
                    Some(&mut client),
                    now,
                    &mut uniform,
                ) {
                    Verdict::Retry(sleep) => {
                        fold.add(sleep.as_nanos());
                        now += sleep;
                        memory.sends += 1;
                    }
                    Verdict::QuotaEmpty(sleep) => {
                        fold.add(sleep.as_nanos());
                        break;
                    }
                    Verdict::Exhausted | Verdict::NotRetried => break,
                }
            }
            policy.after_success(Some(&mut client), &memory, now);
        }
    }
    fold
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_area_hashes_what_it_computes() {
        let (short, long) = (fingerprint(100), fingerprint(200));
        for (short, long) in short.lines().zip(long.lines()) {
            assert_ne!(short, long);
        }
    }
}
