//! Limiters of other registries; rules by host come after rules by text.

use super::REFUSED;
use crate::diagnose::rule::{Helps, Rule};

const ANONYMOUS: Option<&str> = Some("docker-hub-anonymous-ci");
const RESTARTS: Option<&str> = Some("swarm-restart-loop");
const HUB_USAGE: &str = "https://docs.docker.com/docker-hub/usage/";
const HUB_PULLS: &str = "https://docs.docker.com/docker-hub/usage/pulls/";

pub(super) static RULES: &[Rule] = &[
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
        scenario: RESTARTS,
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
        scenario: ANONYMOUS,
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
        scenario: ANONYMOUS,
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
        scenario: ANONYMOUS,
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
        scenario: ANONYMOUS,
        next: &[
            "a short answer (HAP429) is the abuse limiter, a long one with a link the pull limit",
            "send a HEAD for a manifest and read ratelimit-remaining: it is free",
        ],
        sources: &[HUB_USAGE, HUB_PULLS],
        ..Rule::BLANK
    },
];
