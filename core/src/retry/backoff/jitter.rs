//! The plain strategies: exponential back-off and the jitter family of the AWS Architecture Blog.
//!
//! Source: Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015, and its program
//! aws-samples/aws-arch-backoff-simulator @095a0760, `backoff_simulator.py`. The program counts
//! failed attempts from 1, so that its first ceiling is twice the base
//! ([`Growth::first_exponent`] 1); most clients count retries from 0.

use crate::random::Uniform;
use crate::units::Span;

/// How a ceiling grows: `min(cap, base * 2^(r + first_exponent))`.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct Growth {
    /// What is doubled.
    pub base: Span,
    /// Highest ceiling.
    pub cap: Span,
    /// The exponent before the first retry: 0 in most clients, 1 in the blog's program.
    pub first_exponent: u8,
}

impl Growth {
    /// From `base` before the first retry up to `cap`.
    pub const fn new(base: Span, cap: Span) -> Self {
        Growth {
            base,
            cap,
            first_exponent: 0,
        }
    }

    /// The ceiling after `retries` retries.
    #[inline]
    pub fn ceiling(self, retries: u32) -> Span {
        doubled(
            self.base,
            retries.saturating_add(u32::from(self.first_exponent)),
        )
        .min(self.cap)
    }
}

/// `base * 2^exponent`, saturating.
#[inline]
pub(super) fn doubled(base: Span, exponent: u32) -> Span {
    let nanos = base.as_nanos();
    if nanos == 0 {
        Span::ZERO
    } else if exponent >= nanos.leading_zeros() {
        Span::MAX
    } else {
        Span::from_nanos(nanos << exponent)
    }
}

/// `U[0, ceiling)`, down to whole nanoseconds.
#[inline(always)]
pub(super) fn full<U: Uniform>(growth: Growth, retries: u32, uniform: &mut U) -> Span {
    fraction(growth.ceiling(retries), uniform)
}

/// `ceiling / 2 + U[0, ceiling / 2)`.
#[inline]
pub(super) fn equal<U: Uniform>(growth: Growth, retries: u32, uniform: &mut U) -> Span {
    let half = Span::from_nanos(growth.ceiling(retries).as_nanos() / 2);
    half + fraction(half, uniform)
}

/// `min(cap, U[base, 3 * previous))`, where a previous of zero stands for the base.
#[inline]
pub(super) fn decorrelated<U: Uniform>(
    base: Span,
    cap: Span,
    previous: Span,
    uniform: &mut U,
) -> Span {
    let previous = if previous.is_zero() { base } else { previous };
    (base + fraction(tripled(previous) - base, uniform)).min(cap)
}

/// `min(cap, U[previous, 3 * previous))`, where a previous of zero stands for the base.
#[inline]
pub(super) fn finagle<U: Uniform>(base: Span, cap: Span, previous: Span, uniform: &mut U) -> Span {
    let previous = if previous.is_zero() { base } else { previous };
    (previous + fraction(tripled(previous) - previous, uniform)).min(cap)
}

/// The longest decorrelated sleep before retry `retries` + 1: `min(cap, base * 3^(retries + 1))`.
pub(super) fn decorrelated_max(base: Span, cap: Span, retries: u32) -> Span {
    let mut longest = base.min(cap);
    for _ in 0..=retries {
        if longest == cap {
            break;
        }
        longest = tripled(longest).min(cap);
    }
    longest
}

#[inline]
fn tripled(span: Span) -> Span {
    Span::from_nanos(span.as_nanos().saturating_mul(3))
}

/// A uniform part of `span`.
#[inline(always)]
pub(super) fn fraction<U: Uniform>(span: Span, uniform: &mut U) -> Span {
    Span::from_nanos((uniform.unit() * span.as_nanos() as f64) as u64)
}

#[cfg(test)]
mod tests {
    use super::super::Strategy;
    use super::super::tests::sleeps;
    use super::*;
    use crate::retry::Class;

    fn millis(values: &[u64]) -> Vec<Span> {
        values.iter().map(|ms| Span::from_millis(*ms)).collect()
    }

    #[test]
    fn the_blog_counts_from_one_and_clients_from_zero() {
        let client = Growth::new(Span::from_millis(5), Span::from_secs(2));
        let blog = Growth {
            first_exponent: 1,
            ..client
        };
        let first = |growth, n| sleeps(&Strategy::Exponential(growth), Class::Transient, 0.0, n);
        assert_eq!(first(client, 3), millis(&[5, 10, 20]));
        assert_eq!(first(blog, 3), millis(&[10, 20, 40]));
    }

    #[test]
    fn a_ceiling_never_overflows() {
        let growth = Growth::new(Span::from_secs(1), Span::from_secs(20));
        assert_eq!(growth.ceiling(u32::MAX), Span::from_secs(20));
        assert_eq!(
            Growth::new(Span::from_nanos(1), Span::MAX).ceiling(64),
            Span::MAX
        );
    }

    #[test]
    fn finagle_never_shrinks_where_the_blog_may() {
        let (base, cap) = (Span::from_millis(100), Span::from_secs(20));
        let blog = Strategy::DecorrelatedJitter { base, cap };
        let finagle = Strategy::FinagleDecorrelated { base, cap };
        assert_eq!(
            sleeps(&blog, Class::Transient, 0.0, 3),
            millis(&[100, 100, 100])
        );
        assert_eq!(
            sleeps(&finagle, Class::Transient, 0.5, 3),
            millis(&[200, 400, 800])
        );
    }
}
