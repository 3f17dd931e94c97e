//! The default pair of strategies of the AWS SDK for Java v1, which the Harness parameters set.
//!
//! Source: aws/aws-sdk-java `PredefinedBackoffStrategies.java` @30f38f17 (older text @16944680).
//! Everything is in whole milliseconds: `ceiling(r) = min(2^min(r, 30) * base, cap)` as a 64-bit
//! product, then a 32-bit integer. The exponent is clamped before the cap, so that a base of 1 ms
//! tops out at 2^30 ms. An odd ceiling loses 1 ms in equal jitter: both halves truncate.

use super::super::Class;
use crate::random::Uniform;
use crate::retry::{Budget, ErrorLists, QuotaRules, RetryPolicy, Strategy};
use crate::units::Span;

/// What follows a throttling error.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum ThrottledJitter {
    /// Equal jitter: at least half the ceiling (SDK for Java v1, legacy mode of v2).
    Equal,
    /// Full jitter (standard mode of the SDK for Java v2 under the 2.0 rules).
    Full,
}

/// Parameters of the pair.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct JavaPair {
    /// Ceiling before the first retry after errors other than throttling; full jitter. Whole
    /// milliseconds, 1 to 2^31 - 1, as the other two.
    pub base: Span,
    /// Ceiling before the first retry after a throttling error.
    pub throttled_base: Span,
    /// Highest ceiling: it bounds one sleep and ends nothing.
    pub cap: Span,
    /// The jitter after a throttling error.
    pub throttled_jitter: ThrottledJitter,
    /// Whether full jitter may return the ceiling itself, as the 1.11 generation does (@16944680).
    pub full_reaches_ceiling: bool,
}

/// The four settings of Harness (`AmazonSDKDefaultBackoffStrategy_*`), in their native units.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct HarnessSettings {
    /// `_maxErrorRetry`: how many retries. A count, although its page prints "5 ms".
    pub max_error_retry: u32,
    /// `_baseDelay` in milliseconds.
    pub base_delay_ms: u32,
    /// `_maxBackoff` in milliseconds: the longest single sleep. Its page calls it a time after which
    /// no retry happens, which is not what the code does.
    pub max_backoff_ms: u32,
    /// `_throttledBaseDelay` in milliseconds.
    pub throttled_base_delay_ms: u32,
}

impl HarnessSettings {
    /// What Harness uses if nothing is set (Harness documentation, read in November 2026).
    pub const DEFAULT: HarnessSettings = HarnessSettings {
        max_error_retry: 5,
        base_delay_ms: 100,
        max_backoff_ms: 20_000,
        throttled_base_delay_ms: 500,
    };
}

impl JavaPair {
    /// What the SDK uses if nothing is set.
    pub const SDK: JavaPair = JavaPair {
        base: Span::from_millis(100),
        throttled_base: Span::from_millis(500),
        cap: Span::from_millis(20_000),
        throttled_jitter: ThrottledJitter::Equal,
        full_reaches_ceiling: false,
    };

    /// The longest length that fits: 2^31 - 1 ms, some 25 days.
    pub const LONGEST: Span = Span::from_millis(i32::MAX as u64);

    /// The ceiling after `retries` retries.
    pub fn ceiling(self, class: Class, retries: u32) -> Span {
        Span::from_millis(self.ceiling_ms(class, retries))
    }

    #[inline]
    fn ceiling_ms(self, class: Class, retries: u32) -> u64 {
        let base = if class == Class::Throttling {
            self.throttled_base
        } else {
            self.base
        };
        let product = millis(base).saturating_mul(1 << retries.min(30));
        product.min(millis(self.cap))
    }

    #[inline]
    pub(super) fn sleep<U: Uniform>(self, class: Class, retries: u32, uniform: &mut U) -> Span {
        let ceiling = self.ceiling_ms(class, retries);
        let equal = class == Class::Throttling && self.throttled_jitter == ThrottledJitter::Equal;
        Span::from_millis(if equal {
            let half = ceiling / 2;
            half + uniform.below(half + 1)
        } else {
            uniform.below(ceiling + u64::from(self.full_reaches_ceiling))
        })
    }
}

impl RetryPolicy {
    /// The policy that Harness sets for its AWS calls: the pair of the SDK for Java v1, `retries + 1`
    /// attempts.
    pub const fn harness(settings: HarnessSettings) -> RetryPolicy {
        let pair = JavaPair {
            base: Span::from_millis(settings.base_delay_ms as u64),
            throttled_base: Span::from_millis(settings.throttled_base_delay_ms as u64),
            cap: Span::from_millis(settings.max_backoff_ms as u64),
            ..JavaPair::SDK
        };
        RetryPolicy {
            errors: ErrorLists::JavaV1Late,
            budget: Budget::Quota(QuotaRules::JAVA_V1),
            ..RetryPolicy::new(
                Strategy::Java(pair),
                settings.max_error_retry.saturating_add(1),
            )
        }
    }

    /// The Harness settings that give this policy, where it is of that kind.
    pub fn harness_settings(&self) -> Option<HarnessSettings> {
        let Strategy::Java(pair) = &self.strategy else {
            return None;
        };
        if pair.throttled_jitter != ThrottledJitter::Equal {
            return None;
        }
        let milliseconds = |span| u32::try_from(millis(span)).ok();
        Some(HarnessSettings {
            max_error_retry: self.attempts_max - 1,
            base_delay_ms: milliseconds(pair.base)?,
            max_backoff_ms: milliseconds(pair.cap)?,
            throttled_base_delay_ms: milliseconds(pair.throttled_base)?,
        })
    }
}

#[inline]
fn millis(span: Span) -> u64 {
    span.as_nanos() / 1_000_000
}

#[cfg(test)]
mod tests {
    use super::super::tests::sleeps;
    use super::*;

    fn total(class: Class, u: f64) -> u64 {
        let policy = RetryPolicy::harness(HarnessSettings::DEFAULT);
        let spans = sleeps(&policy.strategy, class, u, policy.attempts_max - 1);
        spans.into_iter().map(millis).sum()
    }

    #[test]
    fn harness_defaults_sleep_at_most_15_5_s_when_throttled_and_3_1_s_otherwise() {
        assert_eq!(total(Class::Throttling, 0.0), 7_750);
        assert_eq!(total(Class::Throttling, 1.0), 15_500);
        assert_eq!(total(Class::Transient, 0.0), 0);
        // The draw never reaches the ceiling: one millisecond less a retry.
        assert_eq!(total(Class::Transient, 1.0), 3_095);
    }

    #[test]
    fn an_odd_ceiling_loses_a_millisecond_in_equal_jitter() {
        let pair = JavaPair {
            throttled_base: Span::from_millis(501),
            ..JavaPair::SDK
        };
        let longest = sleeps(&Strategy::Java(pair), Class::Throttling, 1.0, 1);
        assert_eq!(longest, [Span::from_millis(500)]);
    }

    #[test]
    fn the_1_11_generation_may_draw_the_ceiling_itself() {
        let pair = JavaPair {
            full_reaches_ceiling: true,
            ..JavaPair::SDK
        };
        let longest = sleeps(&Strategy::Java(pair), Class::Transient, 1.0, 1);
        assert_eq!(longest, [Span::from_millis(100)]);
    }

    #[test]
    fn harness_settings_come_back_as_they_went_in() {
        let settings = HarnessSettings {
            max_error_retry: 9,
            ..HarnessSettings::DEFAULT
        };
        assert_eq!(
            RetryPolicy::harness(settings).harness_settings(),
            Some(settings)
        );
        assert_eq!(RetryPolicy::NONE.harness_settings(), None);
    }
}
