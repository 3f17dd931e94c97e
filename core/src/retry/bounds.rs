//! How long and how often a policy can try.

use super::{Budget, Class, RateLimiter, RetryPolicy};
use crate::units::Span;

/// After so many retries no bounded sleep grows any more: 2^64 ns is beyond every cap.
const SETTLED: u32 = 80;

impl RetryPolicy {
    /// The longest time from the first to the last attempt of one call whose attempts all fail with
    /// errors of this class: the sum of the longest sleeps. Latencies come on top. `hint_max` is the
    /// longest hint that the server sends in a header the policy reads.
    ///
    /// `None` where there is no such time: attempts without limit, or a client-side rate limiter,
    /// which can hold a request back behind any number of others.
    pub fn span_max(&self, class: Class, hint_max: Option<Span>) -> Option<Span> {
        let retries = self.attempts_max - 1;
        if retries == 0 {
            return Some(Span::ZERO);
        }
        if self.attempts_max == RetryPolicy::UNLIMITED || self.rate_limiter != RateLimiter::None {
            return None;
        }
        let longest = |retry| {
            self.hint
                .sleep_max(hint_max, self.strategy.sleep_max(class, retry))
        };
        let growing = (0..retries.min(SETTLED))
            .map(longest)
            .fold(Span::ZERO, |a, b| a + b);
        let settled = u64::from(retries.saturating_sub(SETTLED));
        let rest = longest(retries - 1).as_nanos().saturating_mul(settled);
        let total = growing + Span::from_nanos(rest);
        (total < Span::MAX).then_some(total)
    }

    /// Attempts and retries in words: `6 attempts (5 retries)`.
    pub fn describe(&self) -> String {
        match self.attempts_max {
            1 => "1 attempt (no retry)".to_owned(),
            2 => "2 attempts (1 retry)".to_owned(),
            RetryPolicy::UNLIMITED if self.budget == Budget::None => {
                "attempts without limit".to_owned()
            }
            RetryPolicy::UNLIMITED => "as many attempts as its budget allows".to_owned(),
            attempts => format!("{attempts} attempts ({} retries)", attempts - 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{HarnessSettings, Strategy, preset};
    use super::*;

    fn span_max(name: &str, class: Class) -> Option<Span> {
        preset(name).unwrap().policy.span_max(class, None)
    }

    #[test]
    fn known_policies_end_before_the_ecr_incident_would_let_them_pass() {
        // The horizons by which `k = 2` workflows of the incident are judged.
        let throttled = |name| span_max(name, Class::Throttling).unwrap().as_secs_f64();
        assert_eq!(throttled("aws-standard-2.1"), 3.0);
        assert_eq!(throttled("aws-legacy"), 15.0);
        assert_eq!(throttled("harness-default"), 15.5);
        assert_eq!(
            span_max("aws-standard-2.1", Class::Transient),
            Some(Span::from_millis(150))
        );
    }

    #[test]
    fn enough_retries_reach_46_seconds() {
        // Retries needed for a cap of 20 s: base 1 s 6, 500 ms 7, 100 ms 10.
        for (base, retries) in [(1_000, 6), (500, 7), (100, 10u32)] {
            let growth = super::super::Growth::new(Span::from_millis(base), Span::from_secs(20));
            let reaches = |retries| {
                let policy = RetryPolicy::new(Strategy::FullJitter(growth), retries + 1);
                policy.span_max(Class::Throttling, None) >= Some(Span::from_secs(46))
            };
            assert!(reaches(retries) && !reaches(retries - 1), "{base}");
        }
    }

    #[test]
    fn what_has_no_end_has_no_longest_time() {
        assert_eq!(span_max("aws-adaptive", Class::Throttling), None);
        let endless = RetryPolicy::new(Strategy::None, RetryPolicy::UNLIMITED);
        assert_eq!(endless.span_max(Class::Throttling, None), None);
        let legacy = Strategy::AwsLegacy {
            base: Span::from_secs(1),
        };
        assert_eq!(
            RetryPolicy::new(legacy, 100).span_max(Class::Throttling, None),
            None
        );
        let fixed = Strategy::Fixed {
            delay: Span::from_secs(1),
        };
        let often = RetryPolicy::new(fixed, 1_001).span_max(Class::Throttling, None);
        assert_eq!(often, Some(Span::from_secs(1_000)));
    }

    #[test]
    fn attempts_read_as_the_harness_page_should_have_put_them() {
        assert_eq!(
            RetryPolicy::harness(HarnessSettings::DEFAULT).describe(),
            "6 attempts (5 retries)"
        );
        assert_eq!(RetryPolicy::NONE.describe(), "1 attempt (no retry)");
    }
}
