//! Budgets in proportion to calls: Envoy's, and two of Brooker's.
//!
//! Envoy (envoyproxy/envoy @040783c8): retries under way, from the decision to retry until the
//! retry is answered, stay under `max(min, ratio * calls under way)`.
//!
//! Brooker, "Fixing retries with token buckets and circuit breakers", 2022, as his program does it
//! (mbrooker/simulator_example @bbfe394, `retry_sim`): a call adds to the bucket when it starts, not
//! when it succeeds; a retry needs more than 1 in the bucket and takes 1; the number of retries of a
//! call is not limited. The breaker counts failed tries, retries too, per call since the start. Both
//! compute in doubles, and so does this file, because a tenth added ten times is not 1.

/// How many retries may be under way; a new one needs fewer than this.
#[inline]
pub(super) fn concurrent_max(min: u32, ratio: f64, calls: u32) -> u32 {
    min.max((ratio * f64::from(calls)) as u32)
}

/// Takes a retry out of a bucket, if there is more than one in it.
#[inline]
pub(super) fn take_from_bucket(level: &mut f64) -> bool {
    let enough = *level > 1.0;
    if enough {
        *level -= 1.0;
    }
    enough
}

#[cfg(test)]
mod tests {
    use crate::retry::backoff::tests::Scripted;
    use crate::retry::{
        Budget, Class, ClientState, Failure, Memory, RetryPolicy, Strategy, Verdict,
    };
    use crate::units::Time;

    const FAILURE: Failure = Failure {
        class: Some(Class::Transient),
        hint: None,
    };

    fn fails(policy: &RetryPolicy, memory: &mut Memory, client: &mut ClientState) -> bool {
        memory.sends += 1;
        let mut uniform = Scripted::new(&[0.5]);
        let verdict = policy.after_failure(FAILURE, memory, Some(client), Time::ZERO, &mut uniform);
        matches!(verdict, Verdict::Retry(_))
    }

    #[test]
    fn a_bucket_of_five_allows_four_retries_and_then_one_in_ten_calls() {
        let policy = RetryPolicy {
            budget: Budget::ADAPTIVE_10PCT,
            ..RetryPolicy::new(Strategy::None, RetryPolicy::UNLIMITED)
        };
        let mut client = policy.new_client(Time::ZERO);
        let mut memory = Memory::default();
        policy.begin_call(Some(&mut client), Time::ZERO);
        let granted = (0..10)
            .filter(|_| fails(&policy, &mut memory, &mut client))
            .count();
        assert_eq!(granted, 4);
        let later = (0..100)
            .filter(|_| {
                policy.begin_call(Some(&mut client), Time::ZERO);
                fails(&policy, &mut Memory::default(), &mut client)
            })
            .count();
        assert!((9..=10).contains(&later), "{later}");
    }

    #[test]
    fn a_breaker_counts_the_failure_at_hand() {
        let policy = RetryPolicy {
            budget: Budget::BREAKER_10PCT,
            ..RetryPolicy::new(Strategy::None, 4)
        };
        let mut client = policy.new_client(Time::ZERO);
        for _ in 0..10 {
            policy.begin_call(Some(&mut client), Time::ZERO);
        }
        let mut memory = Memory::default();
        assert!(fails(&policy, &mut memory, &mut client));
        assert!(!fails(&policy, &mut memory, &mut client));
    }

    #[test]
    fn envoy_allows_three_retries_at_a_time_or_a_fifth_of_the_calls_under_way() {
        let policy = RetryPolicy {
            budget: Budget::ENVOY,
            ..RetryPolicy::new(Strategy::None, 2)
        };
        let mut client = policy.new_client(Time::ZERO);
        let mut loops = [Memory::default(); 20];
        for _ in &loops {
            policy.begin_call(Some(&mut client), Time::ZERO);
        }
        let granted = loops
            .iter_mut()
            .filter_map(|m| fails(&policy, m, &mut client).then_some(()))
            .count();
        // A fifth of 20 calls is 4; each refused call is over and takes its fifth with it.
        assert_eq!(granted, 4);
        policy.after_success(Some(&mut client), &loops[0], Time::ZERO);
        policy.abandon(Some(&mut client), &loops[1]);
        policy.begin_call(Some(&mut client), Time::ZERO);
        assert!(fails(&policy, &mut Memory::default(), &mut client));
    }
}
