//! Levers: which parts of a scenario somebody can change, who that is, and where it is done.
//!
//! What no lever covers is circumstance: the load, latencies, what the provider decided.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A part of a scenario that somebody can change.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct Lever {
    /// Path of the override; `*` stands for any one name, what is below belongs to it.
    pub pattern: &'static str,
    /// The kind of workload it is for; `None`: any that has this part.
    pub kind: Option<&'static str>,
    /// What it changes, in plain words.
    pub does: &'static str,
    /// Who can change it, unless the workload says who operates its client.
    pub owner: Owner,
    /// Whether it is a setting of the client, so that whoever operates the client owns it.
    pub of_client: bool,
    /// What it takes.
    pub effort: Effort,
    /// How soon it counts.
    pub pace: Pace,
    /// Where it is done.
    pub applied: &'static [&'static str],
}

/// How soon a change counts, from the moment it is decided. Our own judgement, lever by lever: what a
/// console or one command changes takes minutes; what goes through a pipeline, new machines or
/// somebody's approval takes days.
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pace {
    /// Within minutes, without a deploy.
    Minutes,
    /// Within days.
    Days,
}

/// Who can pull a lever. Ordered from who decides today to who may say no.
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Debug, Deserialize, Serialize)]
pub enum Owner {
    /// The user and the user's company.
    #[serde(rename = "you")]
    You,
    /// Who runs the CI service.
    #[serde(rename = "CI vendor")]
    CiVendor,
    /// Who runs the cloud or orchestrator that makes the calls.
    #[serde(rename = "cloud vendor")]
    CloudVendor,
    /// Who runs the service that throttles.
    #[serde(rename = "provider")]
    Provider,
}

/// What it takes to pull a lever, least first.
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Debug, Deserialize, Serialize)]
pub enum Effort {
    /// A value in a place made for it.
    #[serde(rename = "setting")]
    Setting,
    /// A change of pipeline or deploy code.
    #[serde(rename = "pipeline code")]
    PipelineCode,
    /// Other machines, accounts, addresses or caches.
    #[serde(rename = "infrastructure")]
    Infrastructure,
    /// A request for quota, or money.
    #[serde(rename = "quota or money")]
    QuotaOrMoney,
}

impl Lever {
    /// The same, but it takes days: settings of machines or images that are made anew.
    const fn slow(mut self) -> Lever {
        self.pace = Pace::Days;
        self
    }

    /// The same, but somebody can do it by hand within minutes.
    const fn at_once(mut self) -> Lever {
        self.pace = Pace::Minutes;
        self
    }

    /// Who can pull it, given who operates the client of the workload, where that is said.
    pub fn owner(&self, operated_by: Option<Owner>) -> Owner {
        match operated_by {
            Some(operator) if self.of_client => operator,
            _ => self.owner,
        }
    }

    fn covers(&self, path: &str, kind: Option<&str>) -> bool {
        if self.kind.is_some() && self.kind != kind {
            return false;
        }
        let mut names = path.split('.');
        self.pattern.split('.').all(|wanted| {
            names
                .next()
                .is_some_and(|name| wanted == "*" || wanted == name)
        })
    }
}

/// The lever that an override of `path` pulls; `None` if nobody can change it. `kind` is the kind of
/// the workload, for paths below `workloads`.
///
/// Of several that cover the path, the longest pattern wins, then the one for the kind.
///
/// ```
/// use pullstorm_core::catalog::{Effort, Owner, lever};
///
/// let login = lever("workloads.ci.login", Some("ci-fanout")).unwrap();
/// assert_eq!((login.owner, login.effort), (Owner::You, Effort::PipelineCode));
/// assert!(lever("workloads.ci.duration", Some("ci-fanout")).is_none());
/// ```
pub fn lever(path: &str, kind: Option<&str>) -> Option<&'static Lever> {
    LEVERS
        .iter()
        .filter(|lever| lever.covers(path, kind))
        .max_by_key(|lever| (lever.pattern.split('.').count(), lever.kind.is_some()))
}

/// All levers.
pub fn levers() -> &'static [Lever] {
    LEVERS
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Owner::You => "you",
            Owner::CiVendor => "CI vendor",
            Owner::CloudVendor => "cloud vendor",
            Owner::Provider => "provider",
        })
    }
}

impl fmt::Display for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Pace::Minutes => "minutes",
            Pace::Days => "days",
        })
    }
}

impl fmt::Display for Effort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Effort::Setting => "setting",
            Effort::PipelineCode => "pipeline code",
            Effort::Infrastructure => "infrastructure",
            Effort::QuotaOrMoney => "quota or money",
        })
    }
}

const CI: Option<&str> = Some("ci-fanout");
const API: Option<&str> = Some("api-callers");
const SWARM: Option<&str> = Some("swarm-service");
const ECS: Option<&str> = Some("ecs-deployment");
const ROLLOUT: Option<&str> = Some("kubernetes-rollout");
const SCALE_OUT: Option<&str> = Some("scale-out");
const HERD: Option<&str> = Some("herd");
const REPLAY: Option<&str> = Some("replay");
const PULLS: Option<&str> = Some("image-pulls");
const PUSHES: Option<&str> = Some("image-pushes");

const KUBELET: &str = "KubeletConfiguration: registryPullQPS, registryBurst, serializeImagePulls, \
                       maxParallelImagePulls";

const fn yours(
    pattern: &'static str,
    kind: Option<&'static str>,
    effort: Effort,
    does: &'static str,
    applied: &'static [&'static str],
) -> Lever {
    Lever {
        pattern,
        kind,
        does,
        owner: Owner::You,
        of_client: false,
        effort,
        pace: match effort {
            Effort::Setting => Pace::Minutes,
            _ => Pace::Days,
        },
        applied,
    }
}

static LEVERS: &[Lever] = &[
    yours(
        "workloads.*.login",
        CI,
        Effort::PipelineCode,
        "who logs in, and how often a token is used again",
        &[
            "CircleCI config.yml: a job that logs in and hands the token on; docker pull in steps",
            "GitHub Actions: a login job, its output as credentials of container and services",
            "GitLab CI: DOCKER_AUTH_CONFIG, or a credential helper that keeps tokens",
        ],
    ),
    // In 2018 the executor of CircleCI pulled all images of a job and failed it at the first
    // throttled login; its retry policy was and is not for users to set.
    Lever {
        pattern: "workloads.*.retry",
        kind: CI,
        does: "whether and when a throttled login is tried again",
        owner: Owner::CiVendor,
        of_client: true,
        effort: Effort::Setting,
        pace: Pace::Days,
        applied: &[
            "the executor of the CI vendor, if it pulls the images",
            "environment of your own login step: AWS_RETRY_MODE, AWS_MAX_ATTEMPTS",
        ],
    },
    Lever {
        pattern: "workloads.*.retry",
        kind: API,
        does: "whether and when a throttled call is tried again",
        owner: Owner::You,
        of_client: true,
        effort: Effort::Setting,
        pace: Pace::Minutes,
        applied: &[
            "Harness account defaults: AmazonSDKDefaultBackoffStrategy_maxErrorRetry, _baseDelay, \
             _maxBackoff, _throttledBaseDelay",
            "AWS config: retry_mode, max_attempts; environment: AWS_RETRY_MODE, AWS_MAX_ATTEMPTS",
            "Terraform provider \"aws\": retry_mode, max_retries, \
             token_bucket_rate_limiter_capacity",
            "a loop of your own around the call: its attempts and its sleeps",
        ],
    },
    Lever {
        pattern: "workloads.*.rerun",
        kind: CI,
        does: "whether a job that failed is run again, and when",
        owner: Owner::You,
        of_client: false,
        effort: Effort::PipelineCode,
        pace: Pace::Minutes,
        applied: &[
            "GitLab CI: retry, with when: runner_system_failure for logins of the runner and exit_codes \
             for those of the script",
            "your CI's re-run setting",
        ],
    },
    Lever {
        pattern: "workloads.*.logins",
        kind: CI,
        does: "whether the logins of a job go at once or one after another",
        owner: Owner::CiVendor,
        of_client: true,
        effort: Effort::Setting,
        pace: Pace::Days,
        applied: &["the executor that pulls the images, or your own login steps"],
    },
    Lever {
        pattern: "workloads.*.token_lifetime",
        kind: CI,
        does: "how long a machine keeps a token",
        owner: Owner::You,
        of_client: true,
        effort: Effort::Setting,
        pace: Pace::Days,
        applied: &["amazon-ecr-credential-helper (keeps a token for half its life)"],
    },
    yours(
        "workloads.*.images",
        CI,
        Effort::PipelineCode,
        "how many images a job pulls",
        &["the images of a job in your pipeline: fewer services, or one image that holds them"],
    ),
    yours(
        "workloads.*.jobs",
        CI,
        Effort::PipelineCode,
        "into how many jobs a workflow is split",
        &[
            "CircleCI config.yml: parallelism",
            "GitHub Actions: strategy.matrix",
        ],
    ),
    yours(
        "workloads.*.waves",
        CI,
        Effort::PipelineCode,
        "how many jobs of a workflow run at once",
        &[
            "CircleCI config.yml: requires",
            "GitHub Actions: strategy.max-parallel",
            "GitLab CI: stages, needs",
        ],
    ),
    yours(
        "workloads.*.launch_spread",
        CI,
        Effort::PipelineCode,
        "a random pause before a job logs in",
        &["a sleep of random length before the login step"],
    ),
    yours(
        "workloads.*.runners",
        CI,
        Effort::Infrastructure,
        "how many machines run jobs at once",
        &[
            "GitLab runner config.toml: concurrent",
            "GitHub Actions: strategy.max-parallel, of one workflow at a time",
            "the size or concurrency limit of your fleet",
        ],
    ),
    yours(
        "workloads.*.begin",
        CI,
        Effort::PipelineCode,
        "when workflows begin, and how far apart",
        &[
            "GitHub Actions: concurrency",
            "a queue or schedule in your CI",
        ],
    )
    .at_once(),
    yours(
        "workloads.*.begin",
        API,
        Effort::PipelineCode,
        "when deploys begin, and how far apart",
        &[
            "Harness: queue steps, resource constraints",
            "Terraform: -parallelism",
            "CDK: --concurrency",
        ],
    )
    .at_once(),
    yours(
        "workloads.*.identity",
        None,
        Effort::Infrastructure,
        "under whose account, Region or address the load counts",
        &["an account, Region or egress address of its own for this load"],
    ),
    yours(
        "workloads.*.identity.accounts",
        None,
        Effort::Infrastructure,
        "over how many accounts the hosts are spread",
        &[
            "an account more for a part of the hosts, or a Region where the limit counts by Region; Amazon ECR: \
             private image replication holds the images there",
        ],
    ),
    yours(
        "workloads.*.identity.endpoints",
        None,
        Effort::Infrastructure,
        "which services are reached past the NAT gateway; no limit is another behind an endpoint",
        &["VPC endpoints (Amazon ECR: ecr.api, ecr.dkr and a gateway endpoint for S3)"],
    ),
    yours(
        "nats.*",
        None,
        Effort::Infrastructure,
        "how many NAT gateways and addresses the hosts share",
        &[
            "AWS: secondary addresses of a NAT gateway (8 in all), a NAT gateway in each zone",
            "Azure: public addresses of the NAT gateway; Google Cloud: NAT IP addresses",
        ],
    ),
    yours(
        "workloads.*.identity.user",
        None,
        Effort::PipelineCode,
        "as which user it signs in",
        &["credentials of the pipeline: docker login, auth of the image, imagePullSecrets"],
    ),
    yours(
        "workloads.*.calls",
        API,
        Effort::PipelineCode,
        "which calls a deploy makes, and how many",
        &["your deploy code: batch reads, wait for events instead of polling"],
    ),
    yours(
        "workloads.*.think",
        API,
        Effort::PipelineCode,
        "the pause between two calls",
        &["your deploy code: one call after another, with a pause"],
    ),
    yours(
        "workloads.*.on_failure",
        API,
        Effort::PipelineCode,
        "whether a deploy goes on after a call that was given up",
        &["your deploy code, or the failure strategy of the tool"],
    ),
    yours(
        "workloads.*.pause",
        API,
        Effort::Setting,
        "how often a poller asks",
        &["the polling interval of the tool"],
    ),
    yours(
        "workloads.*.poll",
        API,
        Effort::Setting,
        "how often a deploy asks whether it is ready, and for what",
        &["the polling interval of the tool, or events (EventBridge) instead of polls"],
    ),
    yours(
        "workloads.*.client",
        API,
        Effort::PipelineCode,
        "whether calls share an SDK client, and with it retry quota and rate limiter",
        &["your deploy code: one SDK client for the process"],
    ),
    yours(
        "workloads.*.restart",
        SWARM,
        Effort::Setting,
        "when, and how often, a failed task is started again",
        &[
            "compose: deploy.restart_policy (delay, max_attempts, window)",
            "docker service update --restart-delay, --restart-max-attempts, --restart-window",
        ],
    ),
    yours(
        "workloads.*.resolve_image",
        SWARM,
        Effort::PipelineCode,
        "whether tasks start by digest or by tag",
        &["docker stack deploy --resolve-image; credentials to look up with: --with-registry-auth"],
    ),
    yours(
        "workloads.*.update",
        SWARM,
        Effort::Setting,
        "how many tasks are replaced at a time, and what follows a failure",
        &["compose: deploy.update_config (parallelism, delay, order, failure_action, monitor)"],
    ),
    yours(
        "workloads.*.removed",
        SWARM,
        Effort::Setting,
        "how long the failing services stay",
        &["docker stack rm, or docker service rm"],
    ),
    yours(
        "workloads.*.repaired",
        SWARM,
        Effort::PipelineCode,
        "whether the tasks can start",
        &["the mount, network or secret that the tasks lack"],
    ),
    yours(
        "workloads.*.pull",
        SWARM,
        Effort::Setting,
        "what pulls, when it asks, and what nodes hold",
        &["daemon.json of the nodes; images pulled before they are needed"],
    )
    .slow(),
    yours(
        "workloads.*.maximum_percent",
        ECS,
        Effort::Setting,
        "how many tasks start at once",
        &["ECS service: deploymentConfiguration.maximumPercent"],
    ),
    yours(
        "workloads.*.minimum_healthy_percent",
        ECS,
        Effort::Setting,
        "how many old tasks may stop before new ones run",
        &["ECS service: deploymentConfiguration.minimumHealthyPercent"],
    ),
    yours(
        "workloads.*.execution_role",
        ECS,
        Effort::Setting,
        "whether an instance's tasks share its registry token",
        &["ECS task definition: executionRoleArn"],
    )
    .slow(),
    yours(
        "workloads.*.version_consistency",
        ECS,
        Effort::Setting,
        "whether all tasks of a deployment start by the digest that the first one found",
        &["ECS task definition: containerDefinitions, versionConsistency"],
    )
    .slow(),
    yours(
        "workloads.*.launches",
        ECS,
        Effort::Infrastructure,
        "which launch rate tasks wait for",
        &["ECS service: launchType or capacityProviderStrategy"],
    ),
    yours(
        "workloads.*.breaker",
        ECS,
        Effort::Setting,
        "when a deployment gives up",
        &["ECS service: deploymentConfiguration.deploymentCircuitBreaker"],
    ),
    yours(
        "workloads.*.services",
        ECS,
        Effort::PipelineCode,
        "how many services are deployed at once",
        &["your pipeline: deploy services one after another"],
    )
    .at_once(),
    yours(
        "workloads.*.hosts",
        ECS,
        Effort::Infrastructure,
        "on what machines tasks run",
        &["ECS service: launchType or capacityProviderStrategy"],
    ),
    yours(
        "workloads.*.pull.client",
        ECS,
        Effort::Infrastructure,
        "what pulls: the agent of an instance, or Fargate",
        &["ECS service: launchType or capacityProviderStrategy"],
    ),
    yours(
        "workloads.*.pull",
        ECS,
        Effort::Setting,
        "what pulls, when it asks, and what instances hold",
        &["/etc/ecs/ecs.config: ECS_IMAGE_PULL_BEHAVIOR; an AMI that holds the image"],
    )
    .slow(),
    yours(
        "workloads.*.max_surge",
        ROLLOUT,
        Effort::Setting,
        "how many pods start at once",
        &["Deployment: spec.strategy.rollingUpdate.maxSurge"],
    ),
    yours(
        "workloads.*.max_unavailable",
        ROLLOUT,
        Effort::Setting,
        "how many pods may be missing",
        &["Deployment: spec.strategy.rollingUpdate.maxUnavailable"],
    ),
    yours(
        "workloads.*.kubelet",
        ROLLOUT,
        Effort::Setting,
        "how a kubelet paces its pulls",
        &[KUBELET],
    )
    .slow(),
    yours(
        "workloads.*.kubelet",
        SCALE_OUT,
        Effort::Setting,
        "how a kubelet paces its pulls",
        &[KUBELET],
    )
    .slow(),
    yours(
        "workloads.*.pull",
        ROLLOUT,
        Effort::Setting,
        "what pulls, and when it asks",
        &["pod: imagePullPolicy; images on the nodes before they are needed"],
    )
    .slow(),
    yours(
        "workloads.*.pull",
        SCALE_OUT,
        Effort::Setting,
        "what pulls, and when it asks",
        &["pod: imagePullPolicy; a node image that holds the images"],
    )
    .slow(),
    yours(
        "workloads.*.wave",
        SCALE_OUT,
        Effort::Setting,
        "how many nodes join at once",
        &["the autoscaler's limit of nodes that are added at a time"],
    ),
    yours(
        "workloads.*.pull",
        PULLS,
        Effort::PipelineCode,
        "what pulls, when it asks, and what machines hold",
        &["your pipeline: the tool that pulls, its pull policy, images kept on machines"],
    ),
    yours(
        "workloads.*.login",
        PULLS,
        Effort::PipelineCode,
        "whether each pull signs in first",
        &["the script that pulls: a login that is kept, or a credential helper"],
    ),
    Lever {
        pattern: "workloads.*.login_retry",
        kind: PULLS,
        does: "whether and when a throttled call for a password is tried again",
        owner: Owner::You,
        of_client: true,
        effort: Effort::Setting,
        pace: Pace::Minutes,
        applied: &[
            "AWS config: retry_mode, max_attempts; environment: AWS_RETRY_MODE, AWS_MAX_ATTEMPTS",
        ],
    },
    yours(
        "workloads.*.hosts",
        PULLS,
        Effort::Infrastructure,
        "how many machines pull, and keep what they pulled",
        &["your own runners"],
    ),
    yours(
        "workloads.*.begin",
        PULLS,
        Effort::PipelineCode,
        "when machines begin to pull",
        &["your pipeline's triggers and schedules"],
    )
    .at_once(),
    yours(
        "workloads.*.begin",
        PUSHES,
        Effort::PipelineCode,
        "when builds begin to push",
        &["a sleep before the push; a queue or concurrency limit of your CI"],
    )
    .at_once(),
    yours(
        "workloads.*.tags",
        PUSHES,
        Effort::PipelineCode,
        "under how many tags an image is pushed",
        &["the script that pushes: each tag writes a manifest of its own"],
    ),
    Lever {
        pattern: "workloads.*.retry",
        kind: PUSHES,
        does: "whether and when a push that failed is tried again",
        owner: Owner::You,
        of_client: true,
        effort: Effort::PipelineCode,
        pace: Pace::Days,
        applied: &["the script that pushes: a loop with a sleep of random length"],
    },
    yours(
        "workloads.*.login",
        PUSHES,
        Effort::PipelineCode,
        "how often a build signs in before it pushes",
        &["the script that pushes: a login that is handed on, or a credential helper"],
    ),
    Lever {
        pattern: "workloads.*.login_retry",
        kind: PUSHES,
        does: "whether and when a throttled call for a password is tried again",
        owner: Owner::You,
        of_client: true,
        effort: Effort::Setting,
        pace: Pace::Minutes,
        applied: &[
            "AWS config: retry_mode, max_attempts; environment: AWS_RETRY_MODE, AWS_MAX_ATTEMPTS",
        ],
    },
    yours(
        "workloads.*.push",
        PUSHES,
        Effort::PipelineCode,
        "what pushes, which images, and what the registry holds already",
        &["the script that pushes: its tool, its images and their base"],
    ),
    yours(
        "workloads.*.splay",
        HERD,
        Effort::Setting,
        "how far apart hosts begin that one trigger sets off",
        &[
            "systemd.timer: RandomizedDelaySec",
            "cron: a sleep of random length before the command",
            "Puppet, Chef: splay of the agent's runs",
            "what connects again after an outage: a random wait before its first call",
        ],
    ),
    yours(
        "workloads.*.fixed_splay",
        HERD,
        Effort::Setting,
        "whether each host keeps a time of its own",
        &[
            "systemd.timer: FixedRandomDelay (since systemd 247)",
            "Jenkins: H in the schedule of a job; Puppet: fqdn_rand",
        ],
    ),
    yours(
        "workloads.*.at",
        HERD,
        Effort::Setting,
        "when hosts begin, all of them",
        &[
            "crontab or OnCalendar of the timer",
            "Kubernetes CronJob: spec.schedule",
            "GitHub Actions: on.schedule; GitLab CI: pipeline schedules",
        ],
    ),
    Lever {
        pattern: "workloads.*.retry",
        kind: HERD,
        does: "whether and when a throttled call is tried again, and whether in step",
        owner: Owner::You,
        of_client: true,
        effort: Effort::Setting,
        pace: Pace::Days,
        applied: &[
            "the loop of the script or agent: a sleep of random length",
            "AWS config: retry_mode, max_attempts; environment: AWS_RETRY_MODE, AWS_MAX_ATTEMPTS",
        ],
    },
    yours(
        "workloads.*.login",
        HERD,
        Effort::PipelineCode,
        "whether each pull signs in first",
        &["the script that pulls: a login that is kept, or a credential helper"],
    ),
    Lever {
        pattern: "workloads.*.login_retry",
        kind: HERD,
        does: "whether and when a throttled call for a password is tried again",
        owner: Owner::You,
        of_client: true,
        effort: Effort::Setting,
        pace: Pace::Minutes,
        applied: &[
            "AWS config: retry_mode, max_attempts; environment: AWS_RETRY_MODE, AWS_MAX_ATTEMPTS",
        ],
    },
    yours(
        "workloads.*.pull",
        HERD,
        Effort::Setting,
        "what pulls, when it asks, and what hosts hold",
        &["the command that pulls: its pull policy, or digests instead of tags"],
    ),
    Lever {
        pattern: "workloads.*.retry",
        kind: REPLAY,
        does: "whether and when a throttled call is tried again",
        owner: Owner::You,
        of_client: true,
        effort: Effort::Setting,
        pace: Pace::Days,
        applied: &[
            "AWS config: retry_mode, max_attempts; environment: AWS_RETRY_MODE, AWS_MAX_ATTEMPTS",
        ],
    },
    yours(
        "workloads.*.pull",
        REPLAY,
        Effort::PipelineCode,
        "what pulls, when it asks, and what hosts hold",
        &["the tool that pulls, its pull policy, images kept on hosts"],
    ),
    yours(
        "workloads.*.speed",
        REPLAY,
        Effort::PipelineCode,
        "how fast what was recorded follows each other",
        &["your pipelines: fewer at once, pauses between calls"],
    ),
    yours(
        "images.*.reference",
        None,
        Effort::PipelineCode,
        "whether images are named by tag or by digest",
        &["the image reference in compose file, task definition or pod: name@sha256:..."],
    ),
    yours(
        "workloads.*.pull.helper",
        None,
        Effort::Setting,
        "what brings the password of the registry, and how long it is kept",
        &[
            "docker, podman: credHelpers in ~/.docker/config.json or auth.json (docker-credential-ecr-login)",
            "GitLab Runner: credHelpers in DOCKER_AUTH_CONFIG",
        ],
    ),
    yours(
        "workloads.*.pull.mirror",
        None,
        Effort::Infrastructure,
        "whether a mirror is asked before the registry",
        &[
            "docker: registry-mirrors in /etc/docker/daemon.json (Docker Hub only)",
            "containerd: hosts.toml of the registry, [host.\"https://...\"]",
        ],
    ),
    yours(
        "workloads.*.pull.registry",
        None,
        Effort::Infrastructure,
        "from which registry or mirror images are pulled",
        &["image names that begin with its host; a place where they are held"],
    ),
    yours(
        "services.*.caches",
        None,
        Effort::Infrastructure,
        "how a mirror fetches what it does not hold",
        &["another kind of mirror, or its settings"],
    ),
    yours(
        "services.*.caches.holds",
        None,
        Effort::PipelineCode,
        "what a mirror holds when it is switched on",
        &["a script that pulls each image through the mirror once before the nodes do"],
    ),
    yours(
        "services.*.caches.refresh",
        None,
        Effort::Setting,
        "how often a mirror asks upstream about a tag",
        &["the mirror's settings"],
    ),
    yours(
        "services.*.caches.identity",
        None,
        Effort::Infrastructure,
        "from which address, account or user a mirror asks upstream",
        &["a NAT address or account of its own for the mirror"],
    ),
    yours(
        "services.*.caches.upstream",
        None,
        Effort::Setting,
        "which registry a mirror asks, and whether it signs in there",
        &[
            "Distribution: proxy.username and proxy.password",
            "ECR: credentialArn of the pull through cache rule",
        ],
    ),
    Lever {
        pattern: "services.*.limiters.*",
        kind: None,
        does: "how much the provider lets through",
        owner: Owner::Provider,
        of_client: false,
        effort: Effort::QuotaOrMoney,
        pace: Pace::Days,
        applied: &["a quota request (AWS: Service Quotas), or a higher plan"],
    },
    yours(
        "services.*.limiters.*.background",
        None,
        Effort::Infrastructure,
        "how much others take from the same limit",
        &["an account, user or address of its own for this load"],
    ),
    Lever {
        pattern: "services.*.preset",
        kind: None,
        does: "which service or plan is used, or which of its limits hold",
        owner: Owner::Provider,
        of_client: false,
        effort: Effort::QuotaOrMoney,
        pace: Pace::Days,
        applied: &["another plan or registry; limits of another date cannot be chosen"],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_below_a_lever_belongs_to_it() {
        let attempts = lever("workloads.deploys.retry.attempts", Some("api-callers")).unwrap();
        assert_eq!(attempts.owner, Owner::You);
        let burst = lever(
            "services.ecr.limiters.GetAuthorizationToken.bucket.burst",
            None,
        );
        assert_eq!(burst.unwrap().owner, Owner::Provider);
        let background = lever(
            "services.ecr.limiters.GetAuthorizationToken.background",
            None,
        );
        assert_eq!(background.unwrap().owner, Owner::You);
    }

    #[test]
    fn the_retry_policy_of_a_ci_login_is_the_vendors_unless_you_operate_it() {
        let retry = lever("workloads.ci.retry", Some("ci-fanout")).unwrap();
        assert_eq!(retry.owner(None), Owner::CiVendor);
        assert_eq!(retry.owner(Some(Owner::You)), Owner::You);
        let login = lever("workloads.ci.login", Some("ci-fanout")).unwrap();
        assert_eq!(
            login.owner(Some(Owner::CiVendor)),
            Owner::You,
            "your pipeline decides"
        );
    }

    #[test]
    fn what_stops_the_bleeding_needs_no_deploy() {
        let pace = |path, kind| lever(path, Some(kind)).unwrap().pace;
        assert_eq!(pace("workloads.ci.begin", "ci-fanout"), Pace::Minutes);
        assert_eq!(
            pace("workloads.web.maximum_percent", "ecs-deployment"),
            Pace::Minutes
        );
        assert_eq!(pace("workloads.ci.login", "ci-fanout"), Pace::Days);
        assert_eq!(
            pace("workloads.web.pull.client", "ecs-deployment"),
            Pace::Days
        );
        assert_eq!(pace("services.ecr.preset", "ci-fanout"), Pace::Days);
    }

    #[test]
    fn load_and_latency_are_nobodys_lever() {
        for path in [
            "services.ecr.latency",
            "workloads.ci.duration",
            "seed",
            "workloads",
            "",
        ] {
            assert_eq!(lever(path, Some("ci-fanout")), None, "{path}");
        }
    }

    #[test]
    fn every_lever_is_a_key_of_the_scenario_language() {
        let schema = crate::scenario::schema();
        for lever in levers() {
            let kinds = match lever.kind {
                Some(kind) => vec![kind],
                None if lever.pattern.contains(".pull.") => vec![
                    "image-pulls",
                    "swarm-service",
                    "ecs-deployment",
                    "kubernetes-rollout",
                    "scale-out",
                    "herd",
                    "replay",
                ],
                None => vec!["ci-fanout", "api-callers"],
            };
            for kind in kinds {
                let mut names = lever.pattern.split('.');
                let mut at = match names.next() {
                    Some("workloads") => {
                        names.next();
                        &schema["$defs"][kind]
                    }
                    Some(section) => &schema["properties"][section],
                    None => &schema,
                };
                for name in names {
                    at = match name {
                        "*" => &at["additionalProperties"],
                        name => &at["properties"][name],
                    };
                    // Sections that are used twice are defined once.
                    if let Some(defined) = at["$ref"].as_str() {
                        at = &schema["$defs"][defined.trim_start_matches("#/$defs/")];
                    }
                }
                assert!(!at.is_null(), "{} of {kind}", lever.pattern);
            }
        }
    }

    #[test]
    fn effort_and_owner_rank_from_easy_to_hard() {
        assert!(Effort::Setting < Effort::PipelineCode);
        assert!(Effort::PipelineCode < Effort::Infrastructure);
        assert!(Effort::Infrastructure < Effort::QuotaOrMoney);
        assert!(Owner::You < Owner::CiVendor && Owner::CiVendor < Owner::Provider);
    }
}
