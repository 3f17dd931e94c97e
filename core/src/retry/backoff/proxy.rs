//! The sleeps of gRPC clients and of Envoy.

use super::jitter::doubled;
use crate::random::Uniform;
use crate::units::Span;

/// `min(initial * multiplier^r, max) * U(0.8, 1.2)`.
#[inline]
pub(super) fn grpc<U: Uniform>(
    initial: Span,
    max: Span,
    multiplier: f64,
    retries: u32,
    uniform: &mut U,
) -> Span {
    let ceiling = grpc_ceiling(initial, max, multiplier, retries);
    Span::from_secs_f64(ceiling * (0.8 + 0.4 * uniform.unit()))
}

/// The longest sleep: 1.2 ceilings.
pub(super) fn grpc_max(initial: Span, max: Span, multiplier: f64, retries: u32) -> Span {
    // Nearest rounding may lift a sleep above the nearest rounding of the product by one.
    Span::from_secs_f64(grpc_ceiling(initial, max, multiplier, retries) * 1.2) + Span::from_nanos(1)
}

#[inline]
fn grpc_ceiling(initial: Span, max: Span, multiplier: f64, retries: u32) -> f64 {
    let factor = libm::pow(multiplier, f64::from(retries));
    (initial.as_secs_f64() * factor).min(max.as_secs_f64())
}

/// Random mod the interval, in milliseconds.
#[inline]
pub(super) fn envoy<U: Uniform>(base: Span, max: Span, retries: u32, uniform: &mut U) -> Span {
    let interval = envoy_interval(base, max, retries).as_nanos() / 1_000_000;
    Span::from_millis(if interval == 0 {
        0
    } else {
        uniform.bits() % interval
    })
}

/// base, 2 base, 4 base ... clamped to `max`.
#[inline]
pub(super) fn envoy_interval(base: Span, max: Span, retries: u32) -> Span {
    doubled(base, retries).min(max)
}

#[cfg(test)]
mod tests {
    use super::super::Strategy;
    use super::super::tests::{Scripted, sleeps};
    use super::*;
    use crate::retry::{Class, HintRule, Memory};

    #[test]
    fn grpc_back_off_starts_anew_after_a_pushback() {
        let (initial, max) = (Span::from_millis(100), Span::from_secs(1));
        let grpc = Strategy::Grpc {
            initial,
            max,
            multiplier: 2.0,
        };
        let spans = sleeps(&grpc, Class::Transient, 0.5, 5);
        assert_eq!(spans.last(), Some(&max));
        let mut memory = Memory {
            sends: 3,
            ..Memory::default()
        };
        let pushback = Span::from_millis(7);
        let mut uniform = Scripted::new(&[0.5]);
        let hint = Some(pushback);
        let rule = HintRule::Pushback;
        assert_eq!(
            rule.sleep(hint, &grpc, Class::Transient, &mut memory, &mut uniform),
            pushback
        );
        memory.sends += 1;
        assert_eq!(
            rule.sleep(None, &grpc, Class::Transient, &mut memory, &mut uniform),
            initial
        );
    }

    #[test]
    fn envoy_takes_the_random_number_modulo_the_interval() {
        let envoy = Strategy::Envoy {
            base: Span::from_millis(25),
            max: Span::from_millis(30),
        };
        let mut memory = Memory::default();
        let mut uniform = Scripted::bits(27);
        let mut next = || {
            memory.sends += 1;
            envoy.sleep(Class::Transient, &mut memory, &mut uniform)
        };
        assert_eq!(
            [next(), next()],
            [Span::from_millis(2), Span::from_millis(27)]
        );
    }
}
