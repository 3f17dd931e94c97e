//! The sleeps of the AWS SDKs other than Java: legacy and standard mode, and how the SDKs differ.
//!
//! Sources: boto/botocore @0e6e2404 (`retries/standard.py`, `retryhandler.py`), botocore 1.34.0,
//! aws/aws-sdk-go-v2 @843b02ad, the retry package bundled with the SDK for JavaScript v3, and
//! aws/aws-sdk-cpp. They compute in double-precision seconds (JavaScript: milliseconds); so does
//! this file, and the result is rounded once.

use super::jitter::doubled;
use crate::random::Uniform;
use crate::units::Span;

/// Where the cap of a standard-mode sleep is applied.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum CapOrder {
    /// `u * min(x * 2^r, cap)`: the tail stays uniform (botocore today, smithy-rs).
    BeforeDraw,
    /// `min(u * x * 2^r, cap)`: a spike sits on the cap (botocore 1.34.0).
    AfterDraw,
}

/// `u * base * 2^r`.
#[inline]
pub(super) fn legacy<U: Uniform>(base: Span, retries: u32, uniform: &mut U) -> Span {
    Span::from_secs_f64(uniform.unit() * (base.as_secs_f64() * power_of_two(retries)))
}

/// `u * min(x * 2^r, cap)`, or `min(u * x * 2^r, cap)`.
#[inline]
pub(super) fn standard<U: Uniform>(
    x: Span,
    cap: Span,
    order: CapOrder,
    retries: u32,
    uniform: &mut U,
) -> Span {
    let cap = cap.as_secs_f64();
    let ceiling = x.as_secs_f64() * power_of_two(retries);
    Span::from_secs_f64(match order {
        CapOrder::BeforeDraw => uniform.unit() * ceiling.min(cap),
        CapOrder::AfterDraw => (uniform.unit() * ceiling).min(cap),
    })
}

/// `min(x * 2^r, cap)`, exactly.
#[inline]
pub(super) fn ceiling(x: Span, cap: Span, retries: u32) -> Span {
    doubled(x, retries).min(cap)
}

/// `u * 2^attempt` seconds while attempt <= log2(cap), then the cap, undrawn. `attempt` is the
/// number of sends so far.
#[inline]
pub(super) fn go_2_0<U: Uniform>(cap: Span, attempt: u32, uniform: &mut U) -> Span {
    if attempt > go_2_0_last_drawn(cap) {
        return cap;
    }
    // Go's conversion to a duration truncates.
    Span::from_nanos((uniform.unit() * power_of_two(attempt) * 1e9) as u64)
}

/// The longest sleep after `attempt` sends.
pub(super) fn go_2_0_max(cap: Span, attempt: u32) -> Span {
    if attempt > go_2_0_last_drawn(cap) {
        cap
    } else {
        doubled(Span::from_secs(1), attempt)
    }
}

/// The last attempt whose sleep is drawn: log2 of the cap in seconds, rounded down.
#[inline]
fn go_2_0_last_drawn(cap: Span) -> u32 {
    (cap.as_nanos() / 1_000_000_000)
        .checked_ilog2()
        .unwrap_or(0)
}

/// `floor(min(cap, u * 2^r * x))` in milliseconds.
#[inline]
pub(super) fn js_2_0<U: Uniform>(x: Span, cap: Span, retries: u32, uniform: &mut U) -> Span {
    let millis = |span: Span| span.as_nanos() as f64 / 1e6;
    let drawn = uniform.unit() * power_of_two(retries) * millis(x);
    Span::from_millis(drawn.min(millis(cap)) as u64)
}

/// Nothing, then `base * 2^r`.
#[inline]
pub(super) fn cpp_legacy(base: Span, retries: u32) -> Span {
    if retries == 0 {
        Span::ZERO
    } else {
        doubled(base, retries)
    }
}

/// 2^exponent as a double; infinite where it is too large.
#[inline]
fn power_of_two(exponent: u32) -> f64 {
    if exponent < 1_024 {
        f64::from_bits(u64::from(1_023 + exponent) << 52)
    } else {
        f64::INFINITY
    }
}

#[cfg(test)]
mod tests {
    use super::super::Strategy;
    use super::super::tests::{Scripted, sleeps};
    use super::*;
    use crate::retry::{Class, Memory};

    fn seconds(values: &[f64]) -> Vec<Span> {
        values.iter().map(|s| Span::from_secs_f64(*s)).collect()
    }

    #[test]
    fn powers_of_two_are_exact_and_end_in_infinity() {
        assert_eq!(power_of_two(0), 1.0);
        assert_eq!(power_of_two(10), 1_024.0);
        assert_eq!(power_of_two(5_000), f64::INFINITY);
    }

    #[test]
    fn go_sleeps_exactly_the_cap_from_the_fifth_attempt_on_and_draws_nothing() {
        let go = Strategy::AwsGo20 {
            cap: Span::from_secs(20),
        };
        let got = sleeps(&go, Class::Throttling, 0.5, 6);
        assert_eq!(got, seconds(&[1.0, 2.0, 4.0, 8.0, 20.0, 20.0]));
        let mut uniform = Scripted::new(&[0.5]);
        let mut memory = Memory {
            sends: 5,
            ..Memory::default()
        };
        go.sleep(Class::Throttling, &mut memory, &mut uniform);
        assert_eq!(uniform.drawn(), 0);
    }

    #[test]
    fn a_cap_before_the_draw_halves_with_it_and_a_cap_after_it_does_not() {
        let last = |cap_order| {
            let (base, cap) = (Span::from_secs(1), Span::from_secs(20));
            let strategy = Strategy::AwsStandard {
                base,
                throttled_base: base,
                cap,
                cap_order,
            };
            sleeps(&strategy, Class::Throttling, 0.75, 6)[5]
        };
        assert_eq!(last(CapOrder::BeforeDraw), Span::from_secs(15));
        assert_eq!(last(CapOrder::AfterDraw), Span::from_secs(20));
    }

    #[test]
    fn javascript_rounds_down_to_whole_milliseconds() {
        let js = Strategy::AwsJs20 {
            base: Span::from_millis(100),
            throttled_base: Span::from_millis(500),
            cap: Span::from_secs(20),
        };
        assert_eq!(
            sleeps(&js, Class::Transient, 0.999, 2),
            seconds(&[0.099, 0.199])
        );
        assert_eq!(
            sleeps(&js, Class::Throttling, 0.999, 7)[6],
            Span::from_secs(20)
        );
    }

    #[test]
    fn cpp_retries_at_once_first() {
        let cpp = Strategy::AwsCppLegacy {
            base: Span::from_millis(25),
        };
        let got = sleeps(&cpp, Class::Transient, 0.0, 4);
        assert_eq!(got, seconds(&[0.0, 0.05, 0.1, 0.2]));
    }
}
