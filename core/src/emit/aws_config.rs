//! AWS config file and environment: retry mode and attempts.
//!
//! Keys as in the AWS SDKs and Tools reference, read in November 2026: `max_attempts` counts the
//! first attempt; an explicit setting wins over the defaults of any SDK version.

use super::overrides;
use crate::replicate::Prepared;
use crate::report::model::Settings;
use crate::retry::{RateLimiter, RetryPolicy, Strategy};

/// Mode and attempts of the first workload whose policy is one of the AWS retry modes.
pub(super) fn settings(prepared: &Prepared, _: &Prepared) -> Vec<Settings> {
    of_retry(prepared).into_iter().collect()
}

fn of_retry(prepared: &Prepared) -> Option<Settings> {
    if !overrides(prepared, "retry") {
        return None;
    }
    let (mode, policy) = prepared.scenario.workloads.iter().find_map(|workload| {
        let policy = &workload.value.retry()?.policy;
        mode(policy).map(|mode| (mode, policy))
    })?;
    let attempts = policy.attempts_max;
    Some(Settings {
        variant: prepared.name.clone(),
        target: "AWS config".to_owned(),
        place: "~/.aws/config, or the environment of the process".to_owned(),
        language: "ini",
        text: format!(
            "[default]\nretry_mode = {mode}\nmax_attempts = {attempts}\n\n\
             # the same in the environment\n\
             # AWS_RETRY_MODE={mode}\n# AWS_MAX_ATTEMPTS={attempts}\n"
        ),
        why: format!(
            "{}. Explicit settings win over the SDK's defaults, so this is the same before and \
             after the change of 2026-11-10 in everything but its delays. To undo, remove the lines.",
            policy.describe()
        ),
    })
}

fn mode(policy: &RetryPolicy) -> Option<&'static str> {
    match policy.strategy {
        Strategy::AwsLegacy { .. } => Some("legacy"),
        Strategy::AwsStandard { .. } | Strategy::AwsGo20 { .. } | Strategy::AwsJs20 { .. } => {
            Some(if policy.rate_limiter == RateLimiter::None {
                "standard"
            } else {
                "adaptive"
            })
        }
        _ => None,
    }
}
