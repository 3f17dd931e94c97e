//! What a hint of the server ("come back in ...") does to the sleep.

use super::backoff::Strategy;
use super::{Class, Memory};
use crate::random::Uniform;
use crate::units::Span;

/// Where a server puts its hint.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum HintHeader {
    /// `Retry-After`: whole seconds or a date (RFC 9110, section 10.2.3; on 429 by RFC 6585).
    RetryAfter,
    /// `x-amz-retry-after`: whole milliseconds (AWS).
    AmzRetryAfter,
    /// `grpc-retry-pushback-ms`: whole milliseconds. That it can also forbid a retry (a negative number)
    /// is not simulated: no limiter here says so.
    GrpcPushback,
}

/// What a hint does to the sleep.
#[derive(Copy, Clone, PartialEq, Debug)]
pub enum HintRule {
    /// Nothing: the client does not read it. Most clients do not.
    Ignore,
    /// The hint replaces the sleep, up to a cap; no random number is drawn. smithy-rs under the 2.0
    /// rules takes `x-amz-retry-after` this way, capped at 20 s (smithy-rs @56ee88c5,
    /// `strategy/standard.rs`).
    Instead {
        /// The header that is read.
        header: HintHeader,
        /// The longest sleep a hint can cause.
        cap: Span,
    },
    /// The longer of sleep and hint, the hint up to a cap.
    AtLeast {
        /// The header that is read.
        header: HintHeader,
        /// The longest sleep a hint can cause.
        cap: Span,
    },
    /// `max(t, min(hint, t + extra))`, where t is the sleep after jitter: the AWS standard 2.1
    /// rules, extra 5 s (botocore @0e6e2404 `retries/standard.py`, aws-sdk-go-v2 @2905ec97).
    Window {
        /// How much longer than the computed sleep a hint can make it.
        extra: Span,
    },
    /// The hint, up to a cap, replaces the sleep, and back-off goes on from there
    /// (containers/image @df7e80d2, `docker_client.go`: the next sleep is twice the hint).
    Rebase {
        /// The header that is read.
        header: HintHeader,
        /// The longest sleep a hint can cause.
        cap: Span,
    },
    /// Exactly the hint; back-off starts anew afterwards (gRPC A6, grpc/proposal @1fd061ad).
    Pushback,
    /// T + random mod (T / 2) in milliseconds, so never earlier than the hint T: Envoy's rate-limit
    /// reset mode (envoy @040783c8).
    Spread,
}

impl HintRule {
    /// The header that the client reads.
    pub const fn header(self) -> Option<HintHeader> {
        match self {
            HintRule::Ignore => None,
            HintRule::Instead { header, .. }
            | HintRule::AtLeast { header, .. }
            | HintRule::Rebase { header, .. } => Some(header),
            HintRule::Window { .. } => Some(HintHeader::AmzRetryAfter),
            HintRule::Pushback => Some(HintHeader::GrpcPushback),
            HintRule::Spread => Some(HintHeader::RetryAfter),
        }
    }

    /// The sleep of `strategy` under this rule.
    #[inline(always)]
    pub(super) fn sleep<U: Uniform>(
        self,
        hint: Option<Span>,
        strategy: &Strategy,
        class: Class,
        memory: &mut Memory,
        uniform: &mut U,
    ) -> Span {
        match (self, hint) {
            (HintRule::Ignore, _) | (_, None) => strategy.sleep(class, memory, uniform),
            (HintRule::Instead { cap, .. }, Some(hint)) => hint.min(cap),
            (HintRule::AtLeast { cap, .. }, Some(hint)) => {
                strategy.sleep(class, memory, uniform).max(hint.min(cap))
            }
            (HintRule::Window { extra }, Some(hint)) => {
                let sleep = strategy.sleep(class, memory, uniform);
                sleep.max(hint.min(sleep + extra))
            }
            (HintRule::Rebase { cap, .. }, Some(hint)) => {
                memory.previous = hint.min(cap);
                memory.previous
            }
            (HintRule::Pushback, Some(hint)) => {
                memory.restarted_at = u16::try_from(memory.sends).unwrap_or(u16::MAX);
                hint
            }
            (HintRule::Spread, Some(hint)) => {
                let half = hint.as_nanos() / MILLI / 2;
                let spread = if half == 0 { 0 } else { uniform.bits() % half };
                hint + Span::from_millis(spread)
            }
        }
    }

    /// The longest sleep that a hint of at most `hint` can make of a sleep of at most `sleep`.
    pub(super) fn sleep_max(self, hint: Option<Span>, sleep: Span) -> Span {
        match (self, hint) {
            (HintRule::Ignore, _) | (_, None) => sleep,
            (
                HintRule::Instead { cap, .. }
                | HintRule::AtLeast { cap, .. }
                | HintRule::Rebase { cap, .. },
                Some(hint),
            ) => sleep.max(hint.min(cap)),
            (HintRule::Window { extra }, Some(hint)) => sleep.max(hint.min(sleep + extra)),
            (HintRule::Pushback, Some(hint)) => sleep.max(hint),
            (HintRule::Spread, Some(hint)) => {
                sleep.max(hint + Span::from_nanos(hint.as_nanos() / 2))
            }
        }
    }
}

/// Nanoseconds in a millisecond.
const MILLI: u64 = 1_000_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::retry::backoff::tests::Scripted;

    #[test]
    fn standard_2_1_keeps_the_hint_between_its_own_sleep_and_five_seconds_more() {
        let rule = HintRule::Window {
            extra: Span::from_secs(5),
        };
        let fixed = Strategy::Fixed {
            delay: Span::from_millis(50),
        };
        let mut memory = Memory {
            sends: 1,
            ..Memory::default()
        };
        let mut sleep = |hint| {
            let hint = Some(Span::from_millis(hint));
            rule.sleep(
                hint,
                &fixed,
                Class::Transient,
                &mut memory,
                &mut Scripted::new(&[]),
            )
        };
        assert_eq!(sleep(0), Span::from_millis(50));
        assert_eq!(sleep(1_500), Span::from_millis(1_500));
        assert_eq!(sleep(10_000), Span::from_millis(5_050));
    }

    #[test]
    fn envoy_never_comes_back_before_the_hint() {
        let mut memory = Memory {
            sends: 1,
            ..Memory::default()
        };
        let mut sleep = |random| {
            HintRule::Spread.sleep(
                Some(Span::from_millis(500)),
                &Strategy::None,
                Class::Throttling,
                &mut memory,
                &mut Scripted::bits(random),
            )
        };
        assert_eq!(sleep(22), Span::from_millis(522));
        assert_eq!(sleep(9_999), Span::from_millis(749));
    }
}
