//! The plain strategies: fixed, exponential and the jitter family of the AWS Architecture Blog.

use super::{Memory, Strategy};
use crate::random::Uniform;
use crate::units::Span;

/// The sleep before the next attempt; at least one was sent.
#[inline]
pub(super) fn sleep<U: Uniform>(strategy: &Strategy, memory: &mut Memory, uniform: &mut U) -> Span {
    let retries = memory.sends.saturating_sub(1);
    match *strategy {
        Strategy::None => Span::ZERO,
        Strategy::Fixed { delay } => delay,
        Strategy::Exponential { base, cap } => ceiling(base, cap, retries),
        Strategy::FullJitter { base, cap } => fraction(ceiling(base, cap, retries), uniform),
        Strategy::EqualJitter { base, cap } => {
            let half = Span::from_nanos(ceiling(base, cap, retries).as_nanos() / 2);
            half + fraction(half, uniform)
        }
        Strategy::DecorrelatedJitter { base, cap } => {
            let previous = if memory.previous.is_zero() {
                base
            } else {
                memory.previous
            };
            let width = Span::from_nanos(previous.as_nanos().saturating_mul(3)) - base;
            let sleep = (base + fraction(width, uniform)).min(cap);
            memory.previous = sleep;
            sleep
        }
    }
}

/// `min(cap, base * 2^retries)`.
#[inline]
fn ceiling(base: Span, cap: Span, retries: u32) -> Span {
    let doubled = if retries >= base.as_nanos().leading_zeros() {
        Span::MAX
    } else {
        Span::from_nanos(base.as_nanos() << retries)
    };
    doubled.min(cap)
}

/// A uniform part of `span`.
#[inline]
fn fraction<U: Uniform>(span: Span, uniform: &mut U) -> Span {
    Span::from_nanos((uniform.unit() * span.as_nanos() as f64) as u64)
}
