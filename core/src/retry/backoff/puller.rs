//! The sleeps of container engines and of the agents around them.

use super::jitter::{doubled, fraction};
use crate::random::Uniform;
use crate::units::Span;

/// `step`, `2 * step`, `3 * step` ...
#[inline]
pub(super) fn linear(step: Span, retries: u32) -> Span {
    let times = u64::from(retries).saturating_add(1);
    Span::from_nanos(step.as_nanos().saturating_mul(times))
}

/// Twice the sleep before, up to `cap`; `base` first.
#[inline]
pub(super) fn doubling(base: Span, cap: Span, previous: Span) -> Span {
    if previous.is_zero() {
        base.min(cap)
    } else {
        doubled(previous, 1).min(cap)
    }
}

/// `min(base * multiplier^r, cap)` and up to `jitter` of it on top.
#[inline]
pub(super) fn added_jitter<U: Uniform>(
    base: Span,
    cap: Span,
    multiplier: f64,
    jitter: f64,
    retries: u32,
    uniform: &mut U,
) -> Span {
    let sleep = risen(base, cap, multiplier, retries);
    if jitter == 0.0 {
        return sleep;
    }
    sleep + fraction(Span::from_secs_f64(sleep.as_secs_f64() * jitter), uniform)
}

/// The longest sleep with jitter added.
pub(super) fn added_jitter_max(
    base: Span,
    cap: Span,
    multiplier: f64,
    jitter: f64,
    retries: u32,
) -> Span {
    let sleep = risen(base, cap, multiplier, retries);
    sleep + Span::from_secs_f64(sleep.as_secs_f64() * jitter)
}

#[inline]
fn risen(base: Span, cap: Span, multiplier: f64, retries: u32) -> Span {
    let factor = libm::pow(multiplier, f64::from(retries));
    // A product beyond every span is the cap, and so is the limit of the conversion.
    let seconds = base.as_secs_f64() * factor;
    if seconds >= cap.as_secs_f64() {
        cap
    } else {
        Span::from_secs_f64(seconds)
    }
}

/// A whole number of milliseconds from `shortest` up to, but not including, `longest`.
#[inline]
pub(super) fn uniform_millis<U: Uniform>(shortest: Span, longest: Span, uniform: &mut U) -> Span {
    let width = (longest - shortest).as_nanos() / MILLI;
    shortest + Span::from_millis((uniform.unit() * width as f64) as u64)
}

/// `U[base, min(cap, base * 2^r)]`: exactly `base` before the first retry.
#[inline]
pub(super) fn rising_jitter<U: Uniform>(
    base: Span,
    cap: Span,
    retries: u32,
    uniform: &mut U,
) -> Span {
    let highest = doubled(base, retries).min(cap);
    if highest <= base {
        return base;
    }
    base + fraction(highest - base, uniform)
}

/// Nanoseconds in a millisecond.
const MILLI: u64 = 1_000_000;

#[cfg(test)]
mod tests {
    use super::super::Strategy;
    use super::super::tests::{Scripted, sleeps};
    use crate::retry::{Class, Failure, HintHeader, HintRule, Memory, RetryPolicy, Verdict};
    use crate::units::{Span, Time};

    fn seconds(values: &[u64]) -> Vec<Span> {
        values.iter().map(|s| Span::from_secs(*s)).collect()
    }

    #[test]
    fn docker_layers_wait_5_10_15_and_20_seconds() {
        let moby = Strategy::Linear {
            step: Span::from_secs(5),
        };
        let slept = sleeps(&moby, Class::Transient, 0.9, 4);
        assert_eq!(slept, seconds(&[5, 10, 15, 20]));
    }

    #[test]
    fn a_server_s_hint_becomes_the_delay_that_containers_image_doubles() {
        let policy = RetryPolicy {
            hint: HintRule::Rebase {
                header: HintHeader::RetryAfter,
                cap: Span::from_secs(60),
            },
            ..RetryPolicy::new(
                Strategy::Doubling {
                    base: Span::from_secs(2),
                    cap: Span::from_secs(60),
                },
                5,
            )
        };
        let slept = |hints: [Option<u64>; 4]| {
            let mut memory = Memory::default();
            let mut uniform = Scripted::new(&[]);
            hints.map(|hint| {
                memory.sends += 1;
                let failure = Failure {
                    class: Some(Class::Throttling),
                    hint: hint.map(Span::from_secs),
                };
                let verdict =
                    policy.after_failure(failure, &mut memory, None, Time::ZERO, &mut uniform);
                match verdict {
                    Verdict::Retry(sleep) => sleep.as_nanos() / 1_000_000_000,
                    other => panic!("{other:?}"),
                }
            })
        };
        assert_eq!(slept([None; 4]), [2, 4, 8, 16]);
        assert_eq!(slept([Some(7); 4]), [7, 7, 7, 7]);
        assert_eq!(slept([Some(7), None, None, None]), [7, 14, 28, 56]);
        assert_eq!(slept([Some(120), None, None, None]), [60, 60, 60, 60]);
    }

    #[test]
    fn the_ecs_agent_only_ever_adds_jitter() {
        let pull = Strategy::AddedJitter {
            base: Span::from_millis(1_100),
            cap: Span::from_secs(5),
            multiplier: 2.0,
            jitter: 0.2,
        };
        let millis = |unit| -> Vec<u64> {
            sleeps(&pull, Class::Throttling, unit, 4)
                .iter()
                .map(|sleep| sleep.as_nanos() / 1_000_000)
                .collect()
        };
        assert_eq!(millis(0.0), [1_100, 2_200, 4_400, 5_000]);
        assert_eq!(millis(0.5), [1_210, 2_420, 4_840, 5_500]);
    }

    #[test]
    fn a_github_runner_sleeps_whole_milliseconds_below_ten_seconds() {
        let runner = Strategy::UniformMillis {
            shortest: Span::from_secs(1),
            longest: Span::from_secs(10),
        };
        let last = 1.0 - f64::EPSILON;
        assert_eq!(sleeps(&runner, Class::Transient, 0.0, 1), seconds(&[1]));
        assert_eq!(
            sleeps(&runner, Class::Transient, last, 1),
            [Span::from_millis(9_999)]
        );
    }

    #[test]
    fn a_gitlab_runner_sleeps_exactly_two_seconds_before_it_jitters() {
        let runner = Strategy::RisingJitter {
            base: Span::from_secs(2),
            cap: Span::from_secs(10),
        };
        assert_eq!(sleeps(&runner, Class::Transient, 0.5, 2), seconds(&[2, 3]));
    }
}
