//! Fingerprints of what every simulation is computed from: mathematics, random numbers, samplers,
//! limiters, retry policies.

use pullstorm_core::limiter::{
    Algorithm, Clock, ConcurrencySpec, Decision, Delay, FixedWindowSpec, Limiter, LockOutSpec,
    NginxLimitReqSpec, Opening, OverLimit, Refill, SlidingCounterSpec, SlidingLogSpec, Spec,
    TokenBucketSpec,
};
use pullstorm_core::random::{Distribution, Key, Keys, Purpose, Uniform, mix};
use pullstorm_core::retry::{Class, ClientState, Failure, Memory, RetryPolicy, Verdict, presets};
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
    let fixed = |opening| {
        Algorithm::FixedWindow(FixedWindowSpec {
            limit: 40,
            window: Span::from_secs(10),
            opening,
        })
    };
    let lump = Refill::Lump {
        credits: 40,
        every: Span::from_secs(10),
    };
    let log = SlidingLogSpec {
        limit: 40,
        window: Span::from_secs(10),
    };
    let counter = |opening| {
        Algorithm::SlidingCounter(SlidingCounterSpec {
            limit: 40,
            window: Span::from_secs(10),
            opening,
        })
    };
    let nginx = |delay| {
        Algorithm::NginxLimitReq(NginxLimitReqSpec {
            rate: Rate::per_second(4),
            burst: 40,
            delay,
        })
    };
    let mut fold = Fold(0);
    for algorithm in [
        bucket(Refill::Continuous(Rate::per_second(4))),
        bucket(lump),
        fixed(Opening::AlignedToClock),
        fixed(Opening::FirstRequest),
        Algorithm::SlidingLog(log),
        counter(Opening::AlignedToClock),
        counter(Opening::FirstRequest),
        nginx(Delay::Never),
        nginx(Delay::Above(8)),
        Algorithm::ConcurrencyLimit(ConcurrencySpec { limit: 3 }),
    ] {
        ask(Spec::new(algorithm), rounds, &mut fold);
    }
    ask(
        Spec {
            lock_out: Some(LockOutSpec {
                lasting: Span::from_secs(2),
                renewed: true,
            }),
            ..Spec::new(fixed(Opening::FirstRequest))
        },
        rounds,
        &mut fold,
    );
    ask(
        Spec {
            over_limit: OverLimit::Wait,
            ..Spec::new(bucket(lump))
        },
        rounds,
        &mut fold,
    );
    fold
}

/// Asks a little more than 12 times a second on three keys that get about 4 a second each.
fn ask(spec: Spec, rounds: u64, fold: &mut Fold) {
    let clock = Clock {
        start_unix_nanos: None,
        phase: SEED << 40,
    };
    let mut limiter = Limiter::new(&spec, 3, clock).expect("a limiter");
    let keys = Keys::new(SEED, 2);
    let mut uniform = keys.sequence(Purpose::Arrival, Key::ROOT, 0);
    let mut now = Time::ZERO;
    let mut in_flight = [0; 3];
    for _ in 0..rounds {
        now += Span::from_nanos(uniform.below(150_000_000));
        let key = uniform.below(3) as u32;
        let held = &mut in_flight[key as usize];
        if *held > 0 && uniform.below(2) == 0 {
            limiter.release(key, 1);
            *held -= 1;
        }
        match limiter.decide(key, 1, now) {
            Decision::Admitted => {
                *held += u32::from(limiter.counts_in_flight());
                fold.add(0);
            }
            Decision::Delayed(wait) => fold.add(wait.as_nanos() << 2 | 1),
            Decision::Throttled(None) => fold.add(2),
            Decision::Throttled(Some(wait)) => fold.add(wait.as_nanos() << 2 | 3),
        }
        fold.add_f64(limiter.credits(key, now));
    }
}

/// Every preset, its client object shared by calls that fail most of the time.
fn retry(rounds: u64) -> Fold {
    let mut fold = Fold(0);
    for preset in presets() {
        let keys = Keys::new(SEED, 3);
        let mut uniform = keys.sequence(Purpose::Jitter, Key::ROOT.named(preset.name), 0);
        let mut client = preset.policy.new_client(Time::ZERO);
        let mut now = Time::ZERO;
        for _ in 0..rounds / 100 {
            call(
                &preset.policy,
                &mut client,
                &mut now,
                &mut uniform,
                &mut fold,
            );
        }
    }
    fold
}

/// One call, of which each attempt fails with a chance of three in four.
fn call(
    policy: &RetryPolicy,
    client: &mut ClientState,
    now: &mut Time,
    uniform: &mut impl Uniform,
    fold: &mut Fold,
) {
    const CLASSES: [Class; 3] = [Class::Throttling, Class::Transient, Class::Timeout];
    let mut memory = Memory::default();
    policy.begin_call(Some(client), *now);
    // Some policies never stop by themselves.
    for _ in 0..20 {
        let held_back = policy.before_send(Some(client), &memory, *now);
        fold.add(held_back.as_nanos());
        *now += held_back + Span::from_millis(5);
        memory.sends += 1;
        let class = match uniform.below(4) {
            0 => return policy.after_success(Some(client), &memory, *now),
            n => CLASSES[n as usize - 1],
        };
        let failure = Failure {
            class: Some(class),
            hint: None,
        };
        match policy.after_failure(failure, &mut memory, Some(client), *now, uniform) {
            Verdict::Retry(sleep) => {
                fold.add(sleep.as_nanos());
                *now += sleep;
            }
            Verdict::QuotaEmpty(sleep) => {
                *now += sleep;
                return fold.add(sleep.as_nanos());
            }
            Verdict::Exhausted | Verdict::NotRetried => return fold.add(memory.sends.into()),
        }
    }
    policy.abandon(Some(client), &memory);
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
