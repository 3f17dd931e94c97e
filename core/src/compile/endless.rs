//! Loops in which no time passes: a client that sends again at once, for ever, at one instant.

use super::problem::Problems;
use crate::random::Distribution;
use crate::retry::{Class, RetryPolicy};
use crate::scenario::model::{Named, Requests, Scenario, Workload};
use crate::units::Span;

/// So many attempts at one instant are no client's intention.
const ATTEMPTS_AT_ONCE_MAX: u32 = 10_000;

/// Refuses a workload whose retries never let time pass.
pub(super) fn refuse(named: &Named<Workload>, scenario: &Scenario, problems: &mut Problems) {
    // Clients that pull bring policies that end.
    let Some(Requests { service, retry, .. }) = named.value.requests() else {
        return;
    };
    let instant = scenario
        .services
        .iter()
        .filter(|known| known.name == service.value)
        .all(|known| known.value.latency == Distribution::Constant(Span::ZERO));
    if retry.policy.attempts_max > ATTEMPTS_AT_ONCE_MAX && instant && sleepless(&retry.policy) {
        problems.push(
            retry.place,
            &format!("workloads.{}.retry", named.name),
            format!(
                "{} and no time passes between them, so this loop would never end",
                retry.policy.describe()
            ),
            Some("give the policy a sleep, the service a latency, or set fewer attempts".into()),
        );
    }
}

/// Whether no error of any kind makes the policy sleep.
fn sleepless(policy: &RetryPolicy) -> bool {
    let mut once = policy.clone();
    once.attempts_max = 100;
    [Class::Throttling, Class::Transient, Class::Timeout]
        .into_iter()
        .all(|class| once.span_max(class, None) == Some(Span::ZERO))
}

#[cfg(test)]
mod tests {
    use crate::compile::compile;
    use crate::scenario::Document;

    fn problems(latency: &str, delay: &str) -> Vec<String> {
        let text = format!(
            "pullstorm: 1\nname: x\nservices: {{a: {{latency: {latency}, limiters: {{b: {{bucket: \
             {{burst: 1, refill: 1/h}}}}}}}}}}\nworkloads: {{c: {{kind: api-callers, service: a, \
             callers: 2, calls: [d], retry: {{strategy: fixed, delay: {delay}, attempts: \
             100000}}}}}}\n"
        );
        let document = Document::parse("x", text.as_bytes()).unwrap();
        compile(document.scenario(), "today")
            .err()
            .unwrap_or_default()
            .into_iter()
            .map(|problem| problem.message)
            .collect()
    }

    #[test]
    fn a_loop_in_which_no_time_passes_is_refused() {
        assert!(problems("0s", "0s")[0].contains("would never end"));
        assert!(problems("0s", "1s").is_empty());
        assert!(problems("1ms", "0s").is_empty());
    }
}
