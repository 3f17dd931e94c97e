//! The rules, most specific first.

mod aftermath;
mod aws;
mod client;
mod registry;

use super::rule::Rule;

/// All rules. Which of two comes first matters where both know a line.
pub(super) fn rules() -> impl Iterator<Item = &'static Rule> {
    [client::RULES, aws::RULES, registry::RULES, aftermath::RULES]
        .into_iter()
        .flatten()
}

/// What to look for where no rule knows the text.
pub(super) const LOOK_FOR: [&str; 5] = [
    "the whole line, with the operation or the host it was sent to",
    "an error code: ThrottlingException, Throttling, RequestLimitExceeded, SlowDown, \
     TOOMANYREQUESTS",
    "an HTTP status: AWS throttles with 400 or 503, registries with 429",
    "the answer's headers: retry-after, ratelimit-limit, ratelimit-remaining",
    "the first error of a series: later ones often only say that somebody is backing off",
];

const THROTTLED: &[&str] = &[
    "throttl",
    "rate exceeded",
    "toomanyrequests",
    "too many requests",
];
const REFUSED: &[&str] = &[
    "429",
    "toomanyrequests",
    "too many requests",
    "rate exceeded",
];
const DEFAULTS: Option<&str> = Some("aws-retry-defaults");
const ECS_ROLLOUT: Option<&str> = Some("ecs-rollout");
const SCALE_OUT: Option<&str> = Some("kubernetes-scale-out");
