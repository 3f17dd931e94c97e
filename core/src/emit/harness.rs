//! Harness account defaults: the four parameters of the AWS SDK's default back-off.
//!
//! Names and units as in the Harness documentation, read in November 2026: all are milliseconds but
//! `_maxErrorRetry`, which is a count. They hold for every AWS account of the Harness account.

use super::Fragment;
use super::diff::Diff;
use crate::report::model::Language;
use crate::retry::{HarnessSettings, RetryPolicy};
use crate::scenario::model::RetryChoice;

const PREFIX: &str = "AmazonSDKDefaultBackoffStrategy_";

/// The parameters of the workloads that Harness makes and whose own policy is overridden; nothing
/// where two of them would need different ones, as there is one set of parameters.
pub(super) fn settings(diff: &Diff<'_>) -> Vec<Fragment> {
    let changed: Vec<(&str, HarnessSettings, HarnessSettings)> = diff
        .retries()
        .filter_map(|it| Some((it.name, of(it.own)?, of(it.today)?)))
        .collect();
    let Some((name, own, today)) = changed.first() else {
        return Vec::new();
    };
    if changed.iter().any(|(_, other, _)| other != own) {
        return Vec::new();
    }
    vec![Fragment {
        place: "Account Settings > Default Settings > Continuous Deployment".to_owned(),
        owner: diff.operator(name),
        language: Language::Ini,
        text: text(*own, *today),
        why: RetryPolicy::harness(*own).describe(),
        risk: "holds for every AWS account of this Harness account, whatever the account needs"
            .to_owned(),
        undo: "restore the numbers of today".to_owned(),
    }]
}

/// The settings of a client that Harness operates: its policy began from the account defaults or is
/// written in their names, and nothing in it but their four numbers differs.
fn of(choice: &RetryChoice) -> Option<HarnessSettings> {
    let name = choice
        .preset
        .as_deref()
        .and_then(crate::retry::preset)?
        .name;
    let settings = choice.policy.harness_settings()?;
    let limited = choice.policy.attempts_max != RetryPolicy::UNLIMITED;
    let exact = RetryPolicy::harness(settings) == choice.policy;
    (name == HARNESS && exact && limited).then_some(settings)
}

/// The preset of a client that Harness operates.
const HARNESS: &str = "harness-default";

fn text(own: HarnessSettings, before: HarnessSettings) -> String {
    let lines = [
        (
            "maxErrorRetry",
            "retries",
            own.max_error_retry,
            before.max_error_retry,
        ),
        ("baseDelay", "ms", own.base_delay_ms, before.base_delay_ms),
        (
            "maxBackoff",
            "ms",
            own.max_backoff_ms,
            before.max_backoff_ms,
        ),
        (
            "throttledBaseDelay",
            "ms",
            own.throttled_base_delay_ms,
            before.throttled_base_delay_ms,
        ),
    ];
    // Comments have lines of their own: what is behind a value belongs to it.
    let lines = lines.map(|(name, unit, own, before)| {
        let was = match own == before {
            true => "as today".to_owned(),
            false => format!("today {before}"),
        };
        format!("# {unit}; {was}\n{PREFIX}{name} = {own}\n")
    });
    lines.concat()
}

#[cfg(test)]
mod tests {
    use super::Diff;
    use crate::replicate::prepare;
    use crate::scenario::Document;

    /// What a variant of two workloads writes, `a` called by Harness and `b` by a Java program.
    fn written(set: &str) -> Vec<String> {
        let text = format!(
            "pullstorm: 1\nname: x\nservices: {{s: {{latency: 0s, limiters: {{l: {{bucket: {{burst: \
             1, refill: 1/s}}}}}}}}}}\nworkloads:\n  a: {{kind: api-callers, service: s, calls: [c], \
             retry: harness-default}}\n  b: {{kind: api-callers, service: s, calls: [c], retry: \
             aws-java-v1}}\nvariants: {{v: {{set: {{{set}}}}}}}\n"
        );
        let document = Document::parse("x.yaml", text.as_bytes()).unwrap();
        let prepared = prepare(&document, &[]).unwrap();
        let settings = super::settings(&Diff::of(&prepared[1], &prepared[0]));
        settings.into_iter().map(|settings| settings.text).collect()
    }

    #[test]
    fn numbers_stand_beside_those_of_today_with_their_units() {
        let text = written("workloads.a.retry: {AmazonSDKDefaultBackoffStrategy_maxErrorRetry: 9}");
        let text = &text[0];
        assert!(text.starts_with("# retries; today 5\n"), "{text}");
        assert!(text.contains("_maxErrorRetry = 9\n"), "{text}");
        assert!(text.contains("# ms; as today\nAmazonSDKDefaultBackoffStrategy_maxBackoff = "));
    }

    #[test]
    fn a_policy_of_another_client_is_no_account_default() {
        assert!(written("workloads.b.retry: {preset: aws-java-v1, attempts: 9}").is_empty());
        assert!(written("workloads.a.retry: aws-java-v2-standard-2.0").is_empty());
        assert!(written("workloads.a.calls: [d]").is_empty());
    }
}
