//! The retry quota of AWS SDKs.
//!
//! Sources: boto/botocore @0e6e2404 (`retries/quota.py`, `retries/standard.py`), smithy-lang/smithy-rs
//! @56ee88c5 (`token_bucket.rs`), aws/aws-sdk-go-v2 @2905ec97 (`retry2026_test.go`); for Java v1
//! `AmazonHttpClient` of 1.11 and 1.12 in legacy mode.
//!
//! A success gives back what the last retry took, and 1 if it took none; a final failure gives
//! nothing back; the quota never exceeds its capacity.

use super::Class;

/// Capacity and costs of a quota.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct QuotaRules {
    /// Size, full at the start.
    pub capacity: u32,
    /// Cost of a retry after throttling.
    pub throttling: u16,
    /// Cost of a retry after a transient error.
    pub transient: u16,
    /// Cost of a retry after a timeout.
    pub timeout: u16,
    /// Cost of a retry after an error that the service's model declares retryable.
    pub server: u16,
    /// Whether a success gives back the cost of any earlier retry that took something; if not, of
    /// the last one only. They differ where some retries are free.
    pub refund_any: bool,
}

impl QuotaRules {
    /// Standard mode under the 2.0 rules: 5, timeouts 10 (botocore, Go v2).
    pub const STANDARD_2_0: QuotaRules = QuotaRules {
        capacity: 500,
        throttling: 5,
        transient: 5,
        timeout: 10,
        server: 5,
        refund_any: false,
    };

    /// The 2.0 rules where every transient error costs 10 (smithy-rs, JavaScript v3).
    pub const STANDARD_2_0_TRANSIENT_10: QuotaRules = QuotaRules {
        capacity: 500,
        throttling: 5,
        transient: 10,
        timeout: 10,
        server: 5,
        refund_any: false,
    };

    /// Standard mode under the 2.1 rules: throttling 5, everything else 14.
    pub const STANDARD_2_1: QuotaRules = QuotaRules {
        capacity: 500,
        throttling: 5,
        transient: 14,
        timeout: 14,
        server: 14,
        refund_any: false,
    };

    /// The retry capacity of the SDK for Java v1: 100 retries of 5, throttled ones free. The client
    /// asks for attempts, then takes capacity, then asks whether the error is retried at all and
    /// returns what it took if not, which comes to the same as asking first.
    pub const JAVA_V1: QuotaRules = QuotaRules {
        refund_any: true,
        ..QuotaRules::JAVA_V2_LEGACY
    };

    /// Legacy mode of the SDK for Java v2: throttling free, everything else 5.
    pub const JAVA_V2_LEGACY: QuotaRules = QuotaRules {
        capacity: 500,
        throttling: 0,
        transient: 5,
        timeout: 5,
        server: 5,
        refund_any: false,
    };

    /// What a retry after an error of this class costs.
    #[inline]
    pub const fn cost(self, class: Class) -> u16 {
        match class {
            Class::Throttling => self.throttling,
            Class::Transient => self.transient,
            Class::Timeout => self.timeout,
            Class::Server => self.server,
        }
    }

    /// What is left after a success of a call whose retries took `taken`.
    #[inline]
    pub(super) fn refunded(self, left: u32, taken: u16) -> u32 {
        left.saturating_add(u32::from(taken.max(1)))
            .min(self.capacity)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::retry::backoff::tests::Scripted;
    use crate::retry::{Budget, ClientState, Failure, Memory, RetryPolicy, Strategy, Verdict};
    use crate::units::{Span, Time};

    fn policy(rules: QuotaRules, attempts_max: u32) -> RetryPolicy {
        RetryPolicy {
            budget: Budget::Quota(rules),
            ..RetryPolicy::new(Strategy::Fixed { delay: Span::ZERO }, attempts_max)
        }
    }

    /// One call whose attempts fail as listed; quota left after each failure.
    fn call(policy: &RetryPolicy, client: &mut ClientState, fails: &[Class]) -> (Memory, Verdict) {
        let mut memory = Memory::default();
        let mut verdict = Verdict::NotRetried;
        policy.begin_call(Some(client), Time::ZERO);
        for class in fails {
            memory.sends += 1;
            let failure = Failure {
                class: Some(*class),
                hint: None,
            };
            let mut uniform = Scripted::new(&[0.5]);
            verdict =
                policy.after_failure(failure, &mut memory, Some(client), Time::ZERO, &mut uniform);
        }
        (memory, verdict)
    }

    #[test]
    fn a_success_gives_back_the_cost_of_the_last_retry_only() {
        let policy = policy(QuotaRules::STANDARD_2_1, 5);
        let mut client = policy.new_client(Time::ZERO);
        let (memory, _) = call(&policy, &mut client, &[Class::Transient, Class::Throttling]);
        assert_eq!(client.quota_left(), Some(481));
        policy.after_success(Some(&mut client), &memory, Time::ZERO);
        assert_eq!(client.quota_left(), Some(486));
    }

    #[test]
    fn the_last_failure_costs_nothing() {
        let policy = policy(QuotaRules::STANDARD_2_0, 2);
        let mut client = policy.new_client(Time::ZERO);
        let (_, verdict) = call(&policy, &mut client, &[Class::Timeout, Class::Timeout]);
        assert_eq!(
            (verdict, client.quota_left()),
            (Verdict::Exhausted, Some(490))
        );
    }

    #[test]
    fn quota_lasts_for_100_throttled_or_35_transient_retries_under_the_2_1_rules() {
        for (class, lasts) in [(Class::Throttling, 100), (Class::Transient, 35)] {
            let policy = policy(QuotaRules::STANDARD_2_1, RetryPolicy::UNLIMITED);
            let mut client = policy.new_client(Time::ZERO);
            let (_, last) = call(&policy, &mut client, &vec![class; lasts]);
            assert_eq!(last, Verdict::Retry(Span::ZERO));
            let (_, refused) = call(&policy, &mut client, &[class]);
            assert_eq!(refused, Verdict::QuotaEmpty(Span::ZERO));
        }
    }

    #[test]
    fn java_v1_retries_throttling_for_nothing_and_remembers_what_it_took() {
        let policy = policy(QuotaRules::JAVA_V1, 4);
        let mut client = policy.new_client(Time::ZERO);
        let (memory, _) = call(&policy, &mut client, &[Class::Transient, Class::Throttling]);
        assert_eq!(client.quota_left(), Some(495));
        policy.after_success(Some(&mut client), &memory, Time::ZERO);
        assert_eq!(client.quota_left(), Some(500));
    }
}
