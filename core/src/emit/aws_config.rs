//! AWS config file and environment: retry mode and attempts.
//!
//! Keys as in the AWS SDKs and Tools reference, read in November 2026: `max_attempts` counts the
//! first attempt; an explicit setting wins over the defaults of any SDK version. There is no key for
//! delays, and none for the retry quota.

use super::Fragment;
use super::diff::Diff;
use super::write::names;
use crate::catalog::Owner;
use crate::report::model::Language;
use crate::retry::{RateLimiter, RetryPolicy, Strategy, preset};

/// Modes, and the policies that they are.
const MODES: [(&str, &str); 3] = [
    ("legacy", "aws-legacy"),
    ("standard", "aws-standard-2.1"),
    ("adaptive", "aws-adaptive-2.1"),
];

/// Mode and attempts of each workload whose overridden policy these keys can write; workloads that
/// agree share a file.
pub(super) fn settings(diff: &Diff<'_>) -> Vec<Fragment> {
    let mut files: Vec<(&'static str, &RetryPolicy, Owner, Vec<&str>)> = Vec::new();
    for workload in diff.retries() {
        let policy = &workload.own.policy;
        let Some(mode) = aws_mode(policy, Some(&workload.today.policy)) else {
            continue;
        };
        let owner = diff.operator(workload.name);
        let same = files
            .iter_mut()
            .find(|it| (it.0, it.1.attempts_max, it.2) == (mode, policy.attempts_max, owner));
        match same {
            Some(file) => file.3.push(workload.name),
            None => files.push((mode, policy, owner, vec![workload.name])),
        }
    }
    let apart = files.len() > 1;
    let fragments = files.iter().map(|(mode, policy, owner, workloads)| {
        let attempts = policy.attempts_max;
        let place = match apart {
            false => "~/.aws/config, or the environment of the process".to_owned(),
            // A file has one default profile.
            true => format!(
                "the environment of the processes of {}, or a ~/.aws/config that no other workload reads",
                names(workloads)
            ),
        };
        Fragment {
            place,
            owner: *owner,
            language: Language::Ini,
            text: format!(
                "[default]\nretry_mode = {mode}\nmax_attempts = {attempts}\n\n\
                 # the same in the environment\n\
                 # AWS_RETRY_MODE={mode}\n# AWS_MAX_ATTEMPTS={attempts}\n"
            ),
            why: format!("{}; max_attempts counts the first one", policy.describe()),
            risk: "explicit settings win over the defaults of an SDK: mode and attempts stay when it is \
                   updated; delays, retry quota and which hints it reads are those of its version"
                .to_owned(),
            undo: "remove the lines".to_owned(),
        }
    });
    fragments.collect()
}

/// The mode that, with this many attempts, is this policy; `None` if other numbers differ, which no
/// key sets. What `today`'s client does otherwise, its version does.
pub(crate) fn aws_mode(policy: &RetryPolicy, today: Option<&RetryPolicy>) -> Option<&'static str> {
    if *policy == unlimited(policy) {
        return None;
    }
    let is = |known: &RetryPolicy| {
        let known = RetryPolicy {
            attempts_max: policy.attempts_max,
            ..known.clone()
        };
        known == *policy
    };
    let named = MODES
        .iter()
        .find(|(_, name)| preset(name).is_some_and(|preset| is(&preset.policy)));
    named
        .map(|(mode, _)| *mode)
        .or_else(|| today.filter(|today| is(today)).and_then(|_| mode(policy)))
}

fn unlimited(policy: &RetryPolicy) -> RetryPolicy {
    RetryPolicy {
        attempts_max: RetryPolicy::UNLIMITED,
        ..policy.clone()
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::retry::Params;
    use crate::units::Span;

    fn with(name: &str, params: Params) -> RetryPolicy {
        preset(name).unwrap().policy.with(&params).unwrap()
    }

    #[test]
    fn only_attempts_can_be_set_beside_the_mode() {
        let attempts = Params {
            attempts: Some(8),
            ..Params::default()
        };
        let base = Params {
            base: Some(Span::from_secs(3)),
            ..attempts.clone()
        };
        let mode = |policy| aws_mode(&policy, None);
        assert_eq!(mode(with("aws-legacy", attempts.clone())), Some("legacy"));
        assert_eq!(
            mode(with("aws-standard-2.1", attempts.clone())),
            Some("standard")
        );
        assert_eq!(
            mode(with("aws-standard-2.1", base)),
            None,
            "no key sets the base"
        );
        assert_eq!(mode(with("aws-adaptive-2.1", attempts)), Some("adaptive"));
    }

    #[test]
    fn rules_of_a_version_are_no_mode_unless_the_client_of_today_has_them() {
        let eight = Params {
            attempts: Some(8),
            ..Params::default()
        };
        let old = with("aws-standard-2.0", eight);
        assert_eq!(aws_mode(&old, None), None);
        let today = preset("aws-standard-2.0").unwrap().policy;
        assert_eq!(aws_mode(&old, Some(&today)), Some("standard"));
    }

    #[test]
    fn retries_without_end_are_no_number_to_print() {
        let policy = unlimited(&preset("aws-legacy").unwrap().policy);
        assert_eq!(aws_mode(&policy, None), None);
    }
}
