//! Limiters of AWS.

use super::{ECS_ROLLOUT, THROTTLED};
use crate::diagnose::rule::{Helps, Rule};

const FANOUT: Option<&str> = Some("circleci-ecr-fanout");
const DEPLOYS: Option<&str> = Some("harness-ecs-deploys");
const STACKS: Option<&str> = Some("harness-cloudformation");
const COMPOSE: Option<&str> = Some("ecr-public-compose");
const PUSHES: Option<&str> = Some("ecr-push-put-image");
const ECR_QUOTAS: &str =
    "https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html";
const ECR_ERRORS: &str =
    "https://docs.aws.amazon.com/AmazonECR/latest/userguide/common-errors.html";
const ECS_THROTTLING: &str =
    "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html";

/// What to do about throttled logins.
const LOGINS: &[&str] = &[
    "log in once for each workflow or host: a token is good for 12 h",
    "spread the start of jobs",
    "a NAT gateway changes nothing: the limit goes by account and region",
    "the scenario has the limit of 2018; try today's with --set services.ecr.preset=aws-ecr, and \
     with aws-ecr-conservative, the lower one that AWS's troubleshooting page still names",
    "if yours holds with today's limit and is throttled all the same, others ask too: find \
     out who calls GetAuthorizationToken in CloudTrail, by userAgent, and what the account \
     has with `aws service-quotas list-service-quotas --service-code ecr`",
];

/// What throttled logins of ECR have in common.
const LOGIN: Rule = Rule {
    limiter: "ECR GetAuthorizationToken",
    scope: "account and region",
    waiting: "seconds: the bucket refills all the time",
    preset: Some("aws-ecr"),
    limiters: &["GetAuthorizationToken"],
    scenario: FANOUT,
    next: LOGINS,
    sources: &[ECR_QUOTAS, ECR_ERRORS],
    ..Rule::BLANK
};

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "ecr-public-data",
        contains: &[&["data limit exceeded"]],
        limiter: "ECR Public monthly data limit, not signed in",
        scope: "source address (inferred)",
        helps: Helps::No,
        waiting: "until the month ends",
        scenario: COMPOSE,
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
        scenario: COMPOSE,
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
        scenario: ECS_ROLLOUT,
        next: &[
            "start fewer tasks at once: maximumPercent, waves",
            "an execution role costs a login for each task, the instance role one per instance",
        ],
        sources: &["aws/amazon-ecs-agent agent/dockerclient/dockerauth/ecr.go"],
        ..Rule::BLANK
    },
    Rule {
        id: "fargate-ecr-login",
        contains: &[&["unable to retrieve ecr registry auth"], THROTTLED],
        limiter: "ECR GetAuthorizationToken, asked by Fargate for a task",
        scope: "account and region",
        waiting: "seconds; the task has failed, and the scheduler starts another one, which asks again",
        preset: Some("aws-ecr"),
        limiters: &["GetAuthorizationToken"],
        scenario: ECS_ROLLOUT,
        next: &[
            "start fewer tasks at once: maximumPercent, services one after another",
            "each Fargate task logs in by itself: no token is shared between tasks",
        ],
        sources: &[
            "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/resource-initialization-error.html",
        ],
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
        ..LOGIN
    },
    Rule {
        id: "ecr-throttled",
        contains: &[&[".dkr.ecr.", "ecr login"], &["throttlingexception"]],
        without: &[
            "operation",
            "batchgetimage",
            "getdownloadurlforlayer",
            "batchchecklayeravailability",
            "layerupload",
            "uploadlayerpart",
            "putimage",
            "cannotpullecrcontainererror",
        ],
        limiter: "ECR GetAuthorizationToken, most likely: throttled pulls are answered with 429 \
                  TOOMANYREQUESTS instead",
        ..LOGIN
    },
    Rule {
        id: "cloudformation-downstream",
        contains: &[&["rate exceeded for operation '"]],
        limiter: "a service that CloudFormation calls for you",
        scope: "account and region, by that service",
        helps: Helps::Partly,
        waiting: "seconds for that service; CloudFormation may not try again by itself",
        scenario: STACKS,
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
        scenario: STACKS,
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
        scenario: Some("aws-retry-defaults-503"),
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
        id: "ecr-push",
        contains: &[
            &[
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
        limiter: "ECR API quota of an operation that a push calls",
        scope: "account and region, by operation",
        waiting: "seconds: the quota refills all the time",
        preset: Some("aws-ecr"),
        scenario: PUSHES,
        next: &[
            "spread pushes: each ends in one PutImage for each image and platform, the smallest \
             quota",
            "raise the quota of that operation in Service Quotas",
        ],
        sources: &[ECR_QUOTAS],
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
            ],
            &[
                "throttl",
                "rate exceeded",
                "toomanyrequests",
                "too many requests",
                "429",
            ],
        ],
        without: &[
            "getauthorizationtoken",
            "batchchecklayeravailability",
            "layerupload",
            "uploadlayerpart",
            "putimage",
        ],
        limiter: "ECR API quota of an operation that a pull calls",
        scope: "account and region, by operation",
        waiting: "seconds: the quota refills all the time",
        preset: Some("aws-ecr"),
        scenario: ECS_ROLLOUT,
        next: &[
            "count layers: each is a GetDownloadUrlForLayer",
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
];
