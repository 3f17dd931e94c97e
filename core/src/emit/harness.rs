//! Harness account defaults: the four parameters of the AWS SDK's default back-off.
//!
//! Names and units as in the Harness documentation, read in November 2026: all are milliseconds but
//! `_maxErrorRetry`, which is a count. They hold for every AWS account of the Harness account.

use super::overrides;
use crate::replicate::Prepared;
use crate::report::model::Settings;
use crate::retry::{HarnessSettings, RetryPolicy, Strategy};

const PREFIX: &str = "AmazonSDKDefaultBackoffStrategy_";

/// The parameters of the first workload whose policy is the SDK's default pair.
pub(super) fn settings(prepared: &Prepared, _: &Prepared) -> Vec<Settings> {
    of_retry(prepared).into_iter().collect()
}

fn of_retry(prepared: &Prepared) -> Option<Settings> {
    if !overrides(prepared, "retry") {
        return None;
    }
    let policy = prepared.scenario.workloads.iter().find_map(|workload| {
        let policy = &workload.value.retry()?.policy;
        matches!(policy.strategy, Strategy::Java(_)).then_some(policy)
    })?;
    Some(Settings {
        variant: prepared.name.clone(),
        target: "Harness account defaults".to_owned(),
        place: "Account Settings > Default Settings > Continuous Deployment".to_owned(),
        language: "text",
        text: text(policy)?,
        why: format!(
            "{}. Holds for every AWS account of this Harness account. To undo, restore {}.",
            policy.describe(),
            undo()
        ),
    })
}

fn text(policy: &RetryPolicy) -> Option<String> {
    let params = policy.params();
    let millis = |span: crate::units::Span| span.as_nanos() / 1_000_000;
    let lines = [
        ("maxErrorRetry", u64::from(policy.attempts_max - 1)),
        ("baseDelay", millis(params.base?)),
        ("maxBackoff", millis(params.cap?)),
        ("throttledBaseDelay", millis(params.throttled_base?)),
    ];
    let lines = lines.map(|(name, value)| format!("{PREFIX}{name} = {value}\n"));
    Some(lines.concat())
}

fn undo() -> String {
    let default = HarnessSettings::DEFAULT;
    format!(
        "{}, {}, {} and {}",
        default.max_error_retry,
        default.base_delay_ms,
        default.max_backoff_ms,
        default.throttled_base_delay_ms
    )
}
