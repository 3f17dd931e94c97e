//! Harness account defaults: the four parameters of the AWS SDK's default back-off.
//!
//! Names and units as in the Harness documentation, read in November 2026: all are milliseconds but
//! `_maxErrorRetry`, which is a count. They hold for every AWS account of the Harness account.

use super::retries;
use crate::replicate::Prepared;
use crate::report::model::Settings;
use crate::retry::{HarnessSettings, RetryPolicy};
use crate::scenario::model::RetryChoice;

const PREFIX: &str = "AmazonSDKDefaultBackoffStrategy_";

/// The parameters of the workloads that Harness makes and whose own policy is overridden; nothing
/// where two of them would need different ones, as there is one set of parameters.
pub(super) fn settings(prepared: &Prepared, today: &Prepared) -> Vec<Settings> {
    let changed: Vec<(HarnessSettings, HarnessSettings)> = retries(prepared, today)
        .filter_map(|(_, own, before)| Some((of(own)?, of(before)?)))
        .collect();
    let Some((own, before)) = changed.first() else {
        return Vec::new();
    };
    if changed.iter().any(|(other, _)| other != own) {
        return Vec::new();
    }
    vec![Settings {
        variant: prepared.name.clone(),
        target: "Harness account defaults".to_owned(),
        place: "Account Settings > Default Settings > Continuous Deployment".to_owned(),
        language: "text",
        text: text(*own, *before),
        why: format!(
            "{}. Holds for every AWS account of this Harness account. To undo, restore the numbers \
             of today.",
            RetryPolicy::harness(*own).describe()
        ),
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
    let lines = lines.map(|(name, unit, own, before)| {
        let was = match own == before {
            true => "as today".to_owned(),
            false => format!("today {before}"),
        };
        let setting = format!("{PREFIX}{name} = {own}");
        format!("{setting:<60} # {unit}; {was}\n")
    });
    lines.concat()
}

#[cfg(test)]
mod tests {
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
        let settings = super::settings(&prepared[1], &prepared[0]);
        settings.into_iter().map(|settings| settings.text).collect()
    }

    #[test]
    fn numbers_stand_beside_those_of_today_with_their_units() {
        let text = written("workloads.a.retry: {AmazonSDKDefaultBackoffStrategy_maxErrorRetry: 9}");
        let line = |text: &str, name: &str| {
            let mut lines = text.lines();
            lines.find(|line| line.contains(name)).unwrap().to_owned()
        };
        let retries = line(&text[0], "_maxErrorRetry");
        assert!(
            retries.contains(" = 9 ") && retries.ends_with("# retries; today 5"),
            "{retries}"
        );
        assert!(line(&text[0], "_maxBackoff").ends_with("# ms; as today"));
    }

    #[test]
    fn a_policy_of_another_client_is_no_account_default() {
        assert!(written("workloads.b.retry: {preset: aws-java-v1, attempts: 9}").is_empty());
        assert!(written("workloads.a.retry: aws-java-v2-standard-2.0").is_empty());
        assert!(written("workloads.a.calls: [d]").is_empty());
    }
}
