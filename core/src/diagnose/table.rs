//! The rules, most specific first.

use super::rule::{Helps, Rule, Side};

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

const FANOUT: Option<&str> = Some("circleci-ecr-fanout");
const DEPLOYS: Option<&str> = Some("harness-ecs-deploys");
const DEFAULTS: Option<&str> = Some("aws-retry-defaults");

const ECR_QUOTAS: &str =
    "https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html";
const ECR_ERRORS: &str =
    "https://docs.aws.amazon.com/AmazonECR/latest/userguide/common-errors.html";
const ECS_THROTTLING: &str =
    "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html";
const HUB_USAGE: &str = "https://docs.docker.com/docker-hub/usage/";
const HUB_PULLS: &str = "https://docs.docker.com/docker-hub/usage/pulls/";

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
        waiting: "yes: the kubelet comes back after 10 s, doubling to 300 s",
        next: &[
            "raise registryPullQPS (default 5) and registryBurst (default 10) in the kubelet's \
             configuration",
            "no registry was asked: do not look for its limits here",
        ],
        sources: &[
            "kubelet configuration v1beta1",
            "kubernetes pkg/kubelet/images/helpers.go",
        ],
        ..Rule::BLANK
    },
    Rule {
        id: "docker-hub-abuse",
        contains: &[&[
            "hap429",
            "error parsing http 429 response body: invalid character 't'",
        ]],
        limiter: "Docker Hub abuse limiter",
        scope: "source IPv4 address or IPv6 /64, signed in or not",
        waiting: "for a minute without any request; every request while it lasts counts",
        helps: Helps::Partly,
        preset: Some("docker-hub-anonymous"),
        limiters: &["abuse"],
        next: &[
            "find who asks so often: a task that restarts, many hosts behind one NAT",
            "stop the loop first (restart delay, pull only what is missing), then wait",
            "a mirror or pull through cache takes the address out of it; signing in does not",
        ],
        sources: &[HUB_USAGE, "github:docker/hub-feedback#1907"],
        ..Rule::BLANK
    },
    Rule {
        id: "docker-hub-pulls-anonymous",
        contains: &[&["unauthenticated pull rate limit"]],
        limiter: "Docker Hub pull limit, not signed in",
        scope: "source IPv4 address or IPv6 /64",
        helps: Helps::No,
        waiting: "not for as long as a client waits: pulls come back as the window of hours moves",
        preset: Some("docker-hub-anonymous"),
        limiters: &["pulls"],
        next: &[
            "sign in: the count then goes by user, not by address",
            "look at ratelimit-limit in an answer: its w= is the window that holds for you",
            "use a mirror or pull through cache",
        ],
        sources: &[HUB_PULLS],
        ..Rule::BLANK
    },
    Rule {
        id: "docker-hub-pulls",
        contains: &[&[
            "reached your pull rate limit",
            "docker.com/increase-rate-limit",
        ]],
        without: &["unauthenticated pull rate limit"],
        limiter: "Docker Hub pull limit",
        scope: "user if signed in, else source IPv4 address or IPv6 /64",
        helps: Helps::No,
        waiting: "not for as long as a client waits: pulls come back as the window of hours moves",
        preset: Some("docker-hub-anonymous"),
        limiters: &["pulls"],
        next: &[
            "find out whether the client is signed in: docker-ratelimit-source shows a user or an \
             address",
            "sign in, subscribe, or use a mirror or pull through cache",
        ],
        sources: &[HUB_PULLS],
        ..Rule::BLANK
    },
    Rule {
        id: "docker-hub-headers",
        contains: &[&[
            "ratelimit-limit:",
            "ratelimit-remaining:",
            "docker-ratelimit-source:",
        ]],
        limiter: "Docker Hub pull limit, as its headers show it",
        scope: "what docker-ratelimit-source says: a user or an address",
        helps: Helps::No,
        waiting: "pulls come back as the window moves",
        limiters: &["pulls"],
        next: &[
            "compare limit and window with the preset: headers and documentation disagree on the \
             window",
            "no such headers at all: the image, address or plan is not limited, or unknown",
        ],
        sources: &[HUB_PULLS],
        ..Rule::BLANK
    },
    Rule {
        id: "ghcr",
        contains: &[&["retry-after: "], &["allowed: "], &["/minute"]],
        limiter: "GitHub Container Registry",
        scope: "not published",
        waiting: "milliseconds, but with jitter: everybody is told the same moment",
        preset: Some("ghcr"),
        limiters: &["requests"],
        next: &[
            "retry with jitter, not after the hint exactly",
            "pull fewer layers at once, or use a mirror",
        ],
        sources: &[
            "github:dependabot/cli#380",
            "github:aquasecurity/trivy discussion 7668",
        ],
        ..Rule::BLANK
    },
    Rule {
        id: "google-artifact-registry",
        contains: &[&["quota exceeded for quota metric"]],
        limiter: "Google Artifact Registry request quota",
        scope: "project and region",
        waiting: "until the minute ends",
        preset: Some("google-artifact-registry"),
        limiters: &["requests"],
        next: &[
            "count requests, not pulls: each layer and each token is one",
            "spread over the minute, or ask for more quota",
        ],
        sources: &["https://cloud.google.com/artifact-registry/quotas"],
        ..Rule::BLANK
    },
    Rule {
        id: "azure-acr",
        contains: &[&["aka.ms/acr", "azurecr.io"], REFUSED],
        limiter: "Azure Container Registry",
        scope: "registry, by tier",
        waiting: "with back-off; bursts shorter than a minute can be throttled too",
        preset: Some("azure-acr"),
        next: &[
            "Azure publishes no number today; azure-acr-standard@2018-05 has the last one",
            "a higher tier, or fewer layers fetched at once",
        ],
        sources: &["https://learn.microsoft.com/azure/container-registry/container-registry-skus"],
        ..Rule::BLANK
    },
    Rule {
        id: "ecr-public-data",
        contains: &[&["data limit exceeded"]],
        limiter: "ECR Public monthly data limit, not signed in",
        scope: "source address (inferred)",
        helps: Helps::No,
        waiting: "until the month ends",
        next: &[
            "sign in, or pull from inside AWS",
            "keep a copy in your own registry",
        ],
        sources: &[
            "https://docs.aws.amazon.com/AmazonECR/latest/public/public-service-quotas.html",
        ],
        ..Rule::BLANK
    },
    Rule {
        id: "ecr-public",
        contains: &[
            &["public.ecr.aws", "ecr-public", "ecrpublic"],
            &["429", "toomanyrequests", "rate exceeded", "throttl"],
        ],
        limiter: "ECR Public pull limit",
        scope: "source address if not signed in (inferred), else account",
        waiting: "seconds, one pull after another",
        preset: Some("aws-ecr-public-anonymous"),
        limiters: &["pulls"],
        next: &[
            "sign in: ten times as much",
            "do not pull images in parallel; or keep copies",
        ],
        sources: &[
            "https://docs.aws.amazon.com/AmazonECR/latest/public/public-service-quotas.html",
        ],
        ..Rule::BLANK
    },
    Rule {
        id: "ecs-agent-ecr-login",
        contains: &[&["cannotpullecrcontainererror"], THROTTLED],
        limiter: "ECR GetAuthorizationToken, asked by the ECS agent",
        scope: "account and region",
        waiting: "seconds; the agent itself does not try the login again, the SDK in it does",
        preset: Some("aws-ecr"),
        limiters: &["GetAuthorizationToken"],
        scenario: FANOUT,
        next: &[
            "start fewer tasks at once: maximumPercent, waves",
            "an execution role costs a login for each task, the instance role one per instance",
        ],
        sources: &["aws/amazon-ecs-agent agent/dockerclient/dockerauth/ecr.go"],
        ..Rule::BLANK
    },
    Rule {
        id: "ecr-login",
        contains: &[
            &[
                "getauthorizationtoken",
                "get-login",
                "ecr get-authorization-token",
            ],
            &["throttl", "rate exceeded", "toomanyrequests"],
        ],
        limiter: "ECR GetAuthorizationToken",
        scope: "account and region",
        waiting: "seconds: the bucket refills all the time",
        preset: Some("aws-ecr"),
        limiters: &["GetAuthorizationToken"],
        scenario: FANOUT,
        next: &[
            "log in once for each workflow or host: a token is good for 12 h",
            "spread the start of jobs",
            "a NAT gateway changes nothing: the limit goes by account and region",
        ],
        sources: &[ECR_QUOTAS, ECR_ERRORS],
        ..Rule::BLANK
    },
    Rule {
        id: "cloudformation-downstream",
        contains: &[&["rate exceeded for operation '"]],
        limiter: "a service that CloudFormation calls for you",
        scope: "account and region, by that service",
        helps: Helps::Partly,
        waiting: "seconds for that service; CloudFormation may not try again by itself",
        scenario: DEPLOYS,
        next: &[
            "the resource type names the service whose limit it is",
            "create or change those resources one after another (DependsOn)",
        ],
        sources: &["https://repost.aws/knowledge-center/cloudformation-rate-exceeded-error"],
        ..Rule::BLANK
    },
    Rule {
        id: "cloudformation",
        contains: &[
            THROTTLED,
            &[
                "cloudformation",
                "describestackevents",
                "describestacks",
                "describechangeset",
                "createchangeset",
            ],
        ],
        without: &["rate exceeded for operation '"],
        limiter: "CloudFormation API",
        scope: "account and region",
        waiting: "seconds, as far as is known: AWS publishes no number",
        preset: Some("aws-cloudformation"),
        scenario: DEPLOYS,
        next: &[
            "poll stacks less often, and from one place",
            "use wider back-off in the deploy tool: base, cap and attempts",
            "try a limit of your own: Pullstorm shows what 1 to 20/s would do",
        ],
        sources: &["https://repost.aws/knowledge-center/cloudformation-rate-exceeded-error"],
        ..Rule::BLANK
    },
    Rule {
        id: "ecs-downstream",
        contains: &[&["clientexception"], &["throttling error", "throttled by"]],
        limiter: "a service that ECS calls for you",
        scope: "account and region, by that service",
        helps: Helps::Partly,
        waiting: "seconds; a tool that sees ClientException may not try again",
        scenario: DEPLOYS,
        next: &[
            "EC2 CreateNetworkInterface and load balancer calls are the usual ones in a rollout",
            "deploy fewer services at once",
        ],
        sources: &[
            "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/\
             operating-at-scale-dealing-with-throttles.html",
        ],
        ..Rule::BLANK
    },
    Rule {
        id: "ecs-api",
        contains: &[
            THROTTLED,
            &[
                "amazonecs",
                "ecs.amazonaws",
                "error ecs:",
                "ecs service",
                "ecs:",
                "updateservice",
                "createservice",
                "deleteservice",
                "describeservices",
                "listservices",
                "taskdefinition",
                "describetasks",
                "listtasks",
                "runtask",
                "stoptask",
                "taskprotection",
            ],
        ],
        without: &["cannotpull"],
        limiter: "ECS API bucket of the operation's group",
        scope: "account and region; the operations of a group share the bucket",
        waiting: "seconds: the bucket refills all the time",
        preset: Some("aws-ecs"),
        scenario: DEPLOYS,
        next: &[
            "start fewer deploys at once, poll less often",
            "retry with full jitter and a cap of tens of seconds",
            "ask AWS support to raise the bucket",
        ],
        sources: &[ECS_THROTTLING],
        ..Rule::BLANK
    },
    Rule {
        id: "ec2-api",
        contains: &[&["requestlimitexceeded", "request limit exceeded"]],
        limiter: "EC2 API bucket of the operation",
        scope: "account, region and operation",
        waiting: "seconds: the bucket refills all the time",
        preset: Some("aws-ec2"),
        next: &[
            "it comes as HTTP 503: retry code that looks for 429 or 400 misses it",
            "filter or page Describe calls: without, their bucket is half as large",
        ],
        sources: &["https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html"],
        ..Rule::BLANK
    },
    Rule {
        id: "s3",
        contains: &[&["slowdown", "please reduce your request rate"]],
        limiter: "Amazon S3 request rate",
        scope: "partitioned prefix of a bucket",
        waiting: "seconds; S3 gives more as load lasts",
        preset: Some("aws-s3"),
        next: &["spread keys over prefixes, ramp load up"],
        sources: &[
            "https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html",
        ],
        ..Rule::BLANK
    },
    Rule {
        id: "sts",
        contains: &[
            THROTTLED,
            &[
                "assumerole",
                "getcalleridentity",
                "getsessiontoken",
                "sts.amazonaws",
                "securitytokenservice",
            ],
        ],
        limiter: "AWS STS",
        scope: "account and region",
        waiting: "seconds",
        preset: Some("aws-sts"),
        next: &[
            "assume a role once for each job, not for each call",
            "use the regional endpoint",
        ],
        sources: &["https://repost.aws/knowledge-center/iam-sts-throttling-error"],
        ..Rule::BLANK
    },
    Rule {
        id: "cloudtrail",
        contains: &[THROTTLED, &["lookupevents"]],
        limiter: "CloudTrail LookupEvents",
        scope: "account and region",
        waiting: "a second",
        preset: Some("aws-cloudtrail"),
        next: &["read the trail's files in S3 instead of looking events up"],
        sources: &[
            "https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html",
        ],
        ..Rule::BLANK
    },
    Rule {
        id: "ecr-images",
        contains: &[
            &[
                ".dkr.ecr.",
                "api.ecr",
                "ecr.amazonaws",
                "amazonecr",
                "error ecr:",
                "batchgetimage",
                "getdownloadurlforlayer",
                "batchchecklayeravailability",
                "layerupload",
                "uploadlayerpart",
                "putimage",
            ],
            &[
                "throttl",
                "rate exceeded",
                "toomanyrequests",
                "too many requests",
                "429",
            ],
        ],
        without: &["getauthorizationtoken"],
        limiter: "ECR API quota of an image operation",
        scope: "account and region, by operation",
        waiting: "seconds: the quota refills all the time",
        preset: Some("aws-ecr"),
        next: &[
            "count layers: each is a GetDownloadUrlForLayer; pushes end in PutImage, the smallest",
            "raise the quota of that operation in Service Quotas",
        ],
        sources: &[ECR_QUOTAS, "github:containerd/containerd#10447"],
        ..Rule::BLANK
    },
    Rule {
        id: "ecr-docker",
        contains: &[&["toomanyrequests: rate exceeded", "unknown: rate exceeded"]],
        without: &["ecr", "pkg.dev", "gcr.io"],
        limiter: "Amazon ECR, as docker reports it",
        scope: "account and region; source address if the host is public.ecr.aws",
        waiting: "seconds: the bucket refills all the time",
        preset: Some("aws-ecr"),
        scenario: FANOUT,
        next: &[
            "look at the host of the image: *.dkr.ecr.* is private ECR, public.ecr.aws is ECR \
             Public",
            "the login before the pull has a limit of its own: look for GetAuthorizationToken",
        ],
        sources: &[ECR_ERRORS],
        ..Rule::BLANK
    },
    Rule {
        id: "ghcr-host",
        contains: &[&["ghcr.io"], REFUSED],
        without: &["allowed: "],
        limiter: "GitHub Container Registry",
        scope: "not published",
        waiting: "milliseconds to seconds, with jitter",
        preset: Some("ghcr"),
        limiters: &["requests"],
        next: &["look for `retry-after: .., allowed: ../minute` in the message"],
        sources: &["github:dependabot/cli#380"],
        ..Rule::BLANK
    },
    Rule {
        id: "quay",
        contains: &[
            &["quay.io", "invalid character '<'"],
            &["429", "too many requests"],
        ],
        limiter: "Quay.io, or another registry that answers in HTML",
        scope: "source address and endpoint",
        waiting: "seconds",
        preset: Some("quay"),
        next: &[
            "the HTML answer is nginx's: docker cannot read it and does not retry",
            "a registry behind your own proxy answers like this too: check the host",
        ],
        sources: &["https://access.redhat.com/solutions/6218921"],
        ..Rule::BLANK
    },
    Rule {
        id: "registry-k8s-io",
        contains: &[&["registry.k8s.io"], REFUSED],
        limiter: "registry.k8s.io",
        scope: "source IPv4 address or IPv6 /64",
        waiting: "until the 30 s interval ends",
        preset: Some("registry-k8s-io"),
        next: &["keep a copy of the images, or pull through a cache"],
        sources: &["github:kubernetes/k8s.io infra/gcp/terraform/modules/oci-proxy/cloud-armor.tf"],
        ..Rule::BLANK
    },
    Rule {
        id: "google-registry-host",
        contains: &[&["pkg.dev", "gcr.io"], REFUSED],
        limiter: "Google's registries",
        scope: "project and region (Artifact Registry), source address (legacy gcr.io)",
        waiting: "until the minute ends",
        preset: Some("google-artifact-registry"),
        limiters: &["requests"],
        next: &["look for the quota metric in the message"],
        sources: &["https://cloud.google.com/artifact-registry/quotas"],
        ..Rule::BLANK
    },
    Rule {
        id: "gitlab",
        contains: &[&["gitlab"], &["429", "too many requests"]],
        without: &["docker.io"],
        limiter: "GitLab",
        scope: "user if signed in, else source address",
        waiting: "until the minute ends",
        preset: Some("gitlab-com"),
        limiters: &["address", "unauthenticated", "web"],
        next: &[
            "sign in, and count requests: each layer is one",
            "space jobs out over the minute",
        ],
        sources: &["github:gitlabhq/gitlabhq doc/user/gitlab_com/_index.md"],
        ..Rule::BLANK
    },
    Rule {
        id: "mcr",
        contains: &[&["mcr.microsoft.com"], REFUSED],
        limiter: "Microsoft Container Registry",
        scope: "not published",
        helps: Helps::Partly,
        waiting: "until the incident ends: staff state no quota",
        preset: Some("mcr"),
        next: &["look for an outage first"],
        sources: &["github:microsoft/containerregistry#38, #86, #193"],
        ..Rule::BLANK
    },
    Rule {
        id: "docker-hub-host",
        contains: &[&["docker.io", "hub.docker.com"], REFUSED],
        without: &["hap429", "pull rate limit", "increase-rate-limit"],
        limiter: "Docker Hub: pull limit or abuse limiter, the line does not say which",
        scope: "source IPv4 address or IPv6 /64, or user",
        helps: Helps::Partly,
        waiting: "a minute if it is the abuse limiter, hours if it is the pull limit",
        preset: Some("docker-hub-anonymous"),
        limiters: &["abuse", "pulls"],
        next: &[
            "a short answer (HAP429) is the abuse limiter, a long one with a link the pull limit",
            "send a HEAD for a manifest and read ratelimit-remaining: it is free",
        ],
        sources: &[HUB_USAGE, HUB_PULLS],
        ..Rule::BLANK
    },
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
        id: "kubelet-back-off",
        contains: &[&["back-off pulling image", "imagepullbackoff"]],
        last_resort: true,
        limiter: "kubelet's back-off after an image pull that failed",
        scope: "one pod and image",
        side: Side::Client,
        waiting: "yes: it tries again after 10 s, doubling to 300 s, without jitter",
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
