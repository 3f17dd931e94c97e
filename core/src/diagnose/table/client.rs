//! Limiters in clients: the request never left.

use super::{DEFAULTS, SCALE_OUT};
use crate::diagnose::rule::{Helps, Rule, Side};

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "sdk-retry-quota",
        contains: &[&["retry quota exceeded"]],
        limiter: "retry quota of an AWS SDK client",
        scope: "one client object in one process",
        side: Side::Client,
        helps: Helps::No,
        waiting: "time alone brings nothing back: successes do",
        scenario: DEFAULTS,
        next: &[
            "read the error that follows in the same message: that is what was retried",
            "send less at once, so that fewer attempts fail; then look at the quota",
            "share one client object, or do not: its size is per object",
        ],
        sources: &[
            "aws-sdk-go-v2 aws/retry",
            "AWS SDK reference, Retry behavior",
        ],
        ..Rule::BLANK
    },
    Rule {
        id: "kubelet-pull-qps",
        contains: &[&["pull qps exceeded"]],
        limiter: "kubelet's own limit on image pulls",
        scope: "one node",
        side: Side::Client,
        waiting: "the kubelet comes back after 10 s, doubling to 300 s",
        scenario: SCALE_OUT,
        next: &[
            "pull one image at a time (serializeImagePulls: true, the kubelet's default): pulls then wait \
             for each other",
            "registryPullQPS (default 5) and registryBurst (default 10) can be raised in the kubelet's \
             configuration; what it let through then meets the registry's limits: try it with the \
             scenario first",
            "no registry was asked: do not look for its limits here",
        ],
        sources: &[
            "kubelet configuration v1beta1",
            "kubernetes pkg/kubelet/images/helpers.go",
        ],
        ..Rule::BLANK
    },
];
