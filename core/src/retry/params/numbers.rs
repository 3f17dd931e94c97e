//! The numbers of a strategy by the names of its parameters.

use super::{Parameter, PolicyError, Value};
use crate::retry::{JavaPair, Strategy};
use crate::units::Span;

impl Strategy {
    pub(super) fn value(&self, parameter: Parameter) -> Option<Value> {
        match (self, parameter) {
            (Strategy::Fixed { delay }, Parameter::Delay) => Some(Value::Span(*delay)),
            (
                Strategy::Exponential(growth)
                | Strategy::FullJitter(growth)
                | Strategy::EqualJitter(growth),
                Parameter::FirstExponent,
            ) => Some(Value::Count(u32::from(growth.first_exponent))),
            (
                Strategy::Grpc { multiplier, .. } | Strategy::AddedJitter { multiplier, .. },
                Parameter::Multiplier,
            ) => Some(Value::Number(*multiplier)),
            (Strategy::AddedJitter { jitter, .. }, Parameter::Jitter) => {
                Some(Value::Number(*jitter))
            }
            _ => {
                let mut copy = self.clone();
                copy.span(parameter).map(|span| Value::Span(*span))
            }
        }
    }

    pub(super) fn apply(&mut self, parameter: Parameter, value: Value) -> Result<(), PolicyError> {
        let refuse = |allowed| Err(PolicyError::OutOfRange { parameter, allowed });
        match (parameter, value) {
            (Parameter::Delay, Value::Span(span)) => {
                if let Strategy::Fixed { delay } = self {
                    *delay = span;
                }
            }
            (Parameter::FirstExponent, Value::Count(n)) => {
                let Ok(n @ 0..=1) = u8::try_from(n) else {
                    return refuse("0 or 1");
                };
                if let Strategy::Exponential(growth)
                | Strategy::FullJitter(growth)
                | Strategy::EqualJitter(growth) = self
                {
                    growth.first_exponent = n;
                }
            }
            (Parameter::Multiplier, Value::Number(x)) => {
                if !(1.0..=100.0).contains(&x) {
                    return refuse("1 to 100");
                }
                if let Strategy::Grpc { multiplier, .. }
                | Strategy::AddedJitter { multiplier, .. } = self
                {
                    *multiplier = x;
                }
            }
            (Parameter::Jitter, Value::Number(x)) => {
                if !(0.0..=1.0).contains(&x) {
                    return refuse("0 to 1");
                }
                if let Strategy::AddedJitter { jitter, .. } = self {
                    *jitter = x;
                }
            }
            (_, Value::Span(span)) => {
                if span.is_zero() {
                    return refuse("more than nothing");
                }
                let whole = span.as_nanos().is_multiple_of(1_000_000);
                let milliseconds = matches!(
                    self,
                    Strategy::Java(_)
                        | Strategy::AwsJs20 { .. }
                        | Strategy::Envoy { .. }
                        | Strategy::UniformMillis { .. }
                );
                if milliseconds && (!whole || span > JavaPair::LONGEST) {
                    return refuse("whole milliseconds up to 2147483647ms");
                }
                if let Some(place) = self.span(parameter) {
                    *place = span;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The one table of which span of a strategy is which parameter.
    fn span(&mut self, parameter: Parameter) -> Option<&mut Span> {
        let (base, throttled_base, cap) = match self {
            Strategy::None | Strategy::Fixed { .. } => (None, None, None),
            Strategy::Exponential(growth)
            | Strategy::FullJitter(growth)
            | Strategy::EqualJitter(growth) => {
                (Some(&mut growth.base), None, Some(&mut growth.cap))
            }
            Strategy::DecorrelatedJitter { base, cap }
            | Strategy::FinagleDecorrelated { base, cap }
            | Strategy::Envoy { base, max: cap }
            | Strategy::Doubling { base, cap }
            | Strategy::RisingJitter { base, cap }
            | Strategy::UniformMillis {
                shortest: base,
                longest: cap,
            }
            | Strategy::AddedJitter { base, cap, .. }
            | Strategy::Grpc {
                initial: base,
                max: cap,
                ..
            } => (Some(base), None, Some(cap)),
            Strategy::Java(pair) => (
                Some(&mut pair.base),
                Some(&mut pair.throttled_base),
                Some(&mut pair.cap),
            ),
            Strategy::AwsLegacy { base } | Strategy::AwsCppLegacy { base } => {
                (Some(base), None, None)
            }
            Strategy::AwsStandard {
                base,
                throttled_base,
                cap,
                ..
            }
            | Strategy::AwsJs20 {
                base,
                throttled_base,
                cap,
            } => (Some(base), Some(throttled_base), Some(cap)),
            Strategy::AwsGo20 { cap } => (None, None, Some(cap)),
            Strategy::Linear { step } => (Some(step), None, None),
        };
        match parameter {
            Parameter::Base => base,
            Parameter::ThrottledBase => throttled_base,
            Parameter::Cap => cap,
            _ => None,
        }
    }
}
