//! What follows a throttled request: attempts used up, back-off, log lines of others.

use super::{DEFAULTS, ECS_ROLLOUT, SCALE_OUT};
use crate::diagnose::rule::{Helps, Rule, Side};

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "ecs-task-pull",
        contains: &[
            &["cannotpullcontainererror"],
            &["429", "toomanyrequests", "too many requests"],
        ],
        last_resort: true,
        limiter: "the registry of the image, asked by an ECS task",
        scope: "depends on the registry: look at the host of the image",
        waiting: "the agent tries 5 times within seconds, then the service scheduler backs off",
        helps: Helps::Partly,
        scenario: ECS_ROLLOUT,
        next: &[
            "look at the host of the image in the line",
            "failed pulls count for the deployment circuit breaker and the restart back-off",
        ],
        sources: &["aws/amazon-ecs-agent agent/dockerclient/dockerapi/docker_client.go"],
        ..Rule::BLANK
    },
    Rule {
        id: "botocore-retries",
        contains: &[&[
            "(reached max retries: ",
            "exceeded maximum number of attempts",
        ]],
        limiter: "retry policy of the AWS SDK: its attempts are used up",
        scope: "one call",
        side: Side::Client,
        helps: Helps::Partly,
        waiting: "longer or later retries help only if the service's limit has room by then",
        scenario: DEFAULTS,
        next: &[
            "AWS SDKs changed their defaults on 2026-11-10: see what that does to you",
            "set retry_mode and max_attempts on purpose",
        ],
        sources: &[
            "botocore data/_retry.json",
            "AWS SDK reference, Retry behavior",
        ],
        ..Rule::BLANK
    },
    Rule {
        id: "aws-unnamed",
        contains: &[&[
            "throttlingexception",
            "requestlimitexceeded",
            "throttling: rate exceeded",
            "(throttling) when calling",
            "error code: throttling",
        ]],
        last_resort: true,
        limiter: "an AWS API that the line does not name, or that no rule here knows",
        scope: "account and region, as most AWS API limits; some by resource",
        helps: Helps::Partly,
        waiting: "seconds where a bucket refills; tools that all try again at once empty it again",
        next: &[
            "find the name of the call: it stands before or after this line (`when calling the \
             UpdateService operation`, `operation error ECR: GetAuthorizationToken`), and paste that \
             line",
            "ask CloudTrail for calls with errorCode ThrottlingException of that minute: eventName is \
             the call, userAgent who made it; those that CloudFormation throttles itself are \
             not written there (`pullstorm catalog aws-cloudformation`)",
            "look where it was seen: at a docker login it is ECR GetAuthorizationToken, at a deploy \
             UpdateService or RegisterTaskDefinition, at a stack DescribeStackEvents",
        ],
        sources: &[
            "AWS CloudTrail user guide, record contents: eventName, userAgent, errorCode",
            "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html",
        ],
        ..Rule::BLANK
    },
    Rule {
        id: "kubelet-back-off",
        contains: &[&["back-off pulling image", "imagepullbackoff"]],
        last_resort: true,
        limiter: "kubelet's back-off after an image pull that failed",
        scope: "one pod and image",
        side: Side::Client,
        waiting: "it tries again after 10 s, doubling to 300 s, without jitter",
        scenario: SCALE_OUT,
        next: &["find the first `Failed to pull image` event: it names the registry's answer"],
        sources: &["kubernetes pkg/kubelet/kubelet.go"],
        ..Rule::BLANK
    },
    Rule {
        id: "registry-access-log",
        contains: &[&["/manifests/", "/blobs/", " /v2/", "/token"], &["\" 429 "]],
        last_resort: true,
        limiter: "the registry or proxy that wrote this access log",
        scope: "depends on the registry; the first field of the line is the client's address",
        waiting: "as its retry-after says, if it sends one",
        helps: Helps::Partly,
        next: &[
            "count lines by path: manifests, blobs and token requests meet different limits",
            "look at the answer's headers and body: they say whose limit it is",
        ],
        sources: &["combined log format; OCI distribution specification, paths under /v2/"],
        ..Rule::BLANK
    },
    Rule {
        id: "ecs-restart-backoff",
        contains: &[&[
            "unable to consistently start tasks successfully",
            "service_task_start_impaired",
        ]],
        limiter: "ECS service scheduler: restarts are spaced out",
        scope: "one service",
        helps: Helps::Partly,
        waiting: "up to 27 minutes between restarts, until a task runs or the definition changes",
        scenario: ECS_ROLLOUT,
        next: &[
            "find why tasks stop before RUNNING: a throttled image pull is one reason",
            "a new task definition starts afresh",
        ],
        sources: &[
            "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/\
             service-throttle-logic.html",
        ],
        ..Rule::BLANK
    },
];
