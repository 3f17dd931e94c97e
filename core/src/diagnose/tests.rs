//! Lines as they stand in logs; accounts, addresses and names are made up.

use super::*;
use crate::scenarios::{BUILT_IN, BuiltIn};

fn known(text: &str) -> (Finding, Vec<Finding>) {
    match diagnose(text) {
        Diagnosis::Known { finding, others } => (*finding, others),
        Diagnosis::Unknown(unknown) => panic!("{text}: {unknown:?}"),
    }
}

fn reading(finding: &Finding, what: &str) -> String {
    let found = finding.readings.iter().find(|reading| reading.what == what);
    found
        .unwrap_or_else(|| panic!("no {what} in {finding:?}"))
        .value
        .clone()
}

const LINES: [(&str, &str); 42] = [
    (
        "sdk-retry-quota",
        "operation error ECR: GetAuthorizationToken, failed to get rate limit token, retry quota \
         exceeded, 2 available, 5 requested",
    ),
    (
        "kubelet-pull-qps",
        "Failed to pull image \"registry.example.net/web:1.2\": pull QPS exceeded",
    ),
    (
        "docker-hub-abuse",
        "Nov 18 09:00:01 n1 dockerd[900]: time=\"2026-11-18T09:00:01.22Z\" level=error msg=\"Not \
         continuing with pull after error: toomanyrequests: Too Many Requests (HAP429).\"",
    ),
    (
        "docker-hub-abuse",
        "Error response from daemon: error parsing HTTP 429 response body: invalid character 'T' \
         looking for beginning of value: \"Too Many Requests\"",
    ),
    (
        "docker-hub-pulls-anonymous",
        "toomanyrequests: You have reached your unauthenticated pull rate limit. \
         https://www.docker.com/increase-rate-limit",
    ),
    (
        "docker-hub-pulls",
        "Error response from daemon: toomanyrequests: You have reached your pull rate limit. You \
         may increase the limit by authenticating and upgrading: \
         https://www.docker.com/increase-rate-limits",
    ),
    ("docker-hub-headers", "ratelimit-remaining: 76;w=21600"),
    (
        "ghcr",
        "failed to copy: toomanyrequests: retry-after: 880.092µs, allowed: 44000/minute",
    ),
    (
        "google-artifact-registry",
        "TOOMANYREQUESTS: Quota exceeded for quota metric 'Requests per project per region' and \
         limit 'Requests per project per region per minute per region'",
    ),
    (
        "azure-acr",
        "toomanyrequests: Too many requests. Please visit \
         https://aka.ms/acr/skus#sku-feature-matrix to view limits of all service tiers.",
    ),
    ("ecr-public-data", "toomanyrequests: Data limit exceeded"),
    (
        "ecr-public",
        "Error: initializing source docker://public.ecr.aws/docker/library/redis:7: reading \
         manifest 7: toomanyrequests: Rate exceeded",
    ),
    (
        "ecs-agent-ecr-login",
        "CannotPullECRContainerError: ThrottlingException: Rate exceeded status code: 400, \
         request id: 00000000-1111-2222-3333-444444444444",
    ),
    (
        "ecr-login",
        "An error occurred (ThrottlingException) when calling the GetAuthorizationToken operation \
         (reached max retries: 4): Rate exceeded",
    ),
    (
        "ecr-login",
        "{\"eventSource\":\"ecr.amazonaws.com\",\"eventName\":\"GetAuthorizationToken\",\
         \"errorCode\":\"ThrottlingException\",\"recipientAccountId\":\"111122223333\"}",
    ),
    (
        "cloudformation-downstream",
        "Resource handler returned message: \"Rate exceeded for operation 'AWS::ECS::Service'\"",
    ),
    (
        "cloudformation",
        "com.amazonaws.services.cloudformation.model.AmazonCloudFormationException: Rate exceeded \
         (Service: AmazonCloudFormation; Status Code: 400; Error Code: Throttling; Request ID: r1)",
    ),
    (
        "cloudformation",
        "botocore.exceptions.ClientError: An error occurred (Throttling) when calling the \
         DescribeStackEvents operation (reached max retries: 4): Rate exceeded",
    ),
    (
        "ecs-downstream",
        "(service web) failed to launch a task with (error ECS was unable to launch: \
         ClientException: the request resulted in a throttling error)",
    ),
    (
        "ecs-api",
        "Error: updating ECS Service (web): operation error ECS: UpdateService, exceeded maximum \
         number of attempts, 3, https response error StatusCode: 400, RequestID: r2, \
         ThrottlingException: Rate exceeded",
    ),
    (
        "ecs-api",
        "Rate exceeded (Service: AmazonECS; Status Code: 400; Error Code: ThrottlingException; \
         Request ID: r3; Proxy: null)",
    ),
    (
        "ec2-api",
        "An error occurred (RequestLimitExceeded) when calling the DescribeInstances operation \
         (reached max retries: 4): Request limit exceeded.",
    ),
    (
        "s3",
        "An error occurred (SlowDown) when calling the PutObject operation: Please reduce",
    ),
    (
        "sts",
        "An error occurred (Throttling) when calling the AssumeRole operation: Rate exceeded",
    ),
    (
        "cloudtrail",
        "An error occurred (ThrottlingException) when calling the LookupEvents operation",
    ),
    (
        "ecr-images",
        "failed to solve: 111122223333.dkr.ecr.us-east-1.amazonaws.com/app:ci: unexpected status \
         from HEAD request: 429 Too Many Requests",
    ),
    (
        "ecr-push",
        "operation error ECR: PutImage, https response error StatusCode: 400, \
         ThrottlingException: Rate exceeded",
    ),
    (
        "ecr-docker",
        "Error response from daemon: toomanyrequests: Rate exceeded",
    ),
    (
        "ghcr-host",
        "unexpected status from GET request to https://ghcr.io/v2/acme/app/manifests/1: 429 Too \
         Many Requests",
    ),
    (
        "quay",
        "error parsing HTTP 429 response body: invalid character '<' looking for beginning of \
         value: \"<html>\"",
    ),
    (
        "registry-k8s-io",
        "registry.k8s.io/pause:3.9: unexpected status code 429",
    ),
    (
        "gitlab",
        "received unexpected HTTP status: 429 from https://gitlab.com/v2/acme",
    ),
    ("mcr", "mcr.microsoft.com/dotnet/sdk:9.0: toomanyrequests"),
    (
        "docker-hub-host",
        "failed to do request: https://registry-1.docker.io/v2/library/redis/manifests/7: 429 Too \
         Many Requests",
    ),
    (
        "registry-access-log",
        "203.0.113.7 - ci [18/Nov/2026:09:00:03 +0000] \"GET /v2/acme/web/manifests/1.2 \
         HTTP/1.1\" 429 87 \"-\" \"containerd/2.1.3\"",
    ),
    (
        "ecs-restart-backoff",
        "(service web) is unable to consistently start tasks successfully. For more information",
    ),
    (
        "fargate-ecr-login",
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource \
         retrieval failed: unable to retrieve ecr registry auth: service call has been retried 3 \
         time(s): ThrottlingException: Rate exceeded",
    ),
    (
        "ecr-throttled",
        "Error pulling image 111122223333.dkr.ecr.us-east-1.amazonaws.com/app:1: \
         ThrottlingException: Rate exceeded",
    ),
    (
        "ecr-throttled",
        "Error: ecr login failed: ThrottlingException: Rate exceeded",
    ),
    (
        "ecr-images",
        "operation error ECR: ListImages, https response error StatusCode: 400, \
         ThrottlingException: Rate exceeded",
    ),
    ("aws-unnamed", "ThrottlingException: Rate exceeded"),
    (
        "aws-unnamed",
        "Error: updating: Throttling: Rate exceeded status code: 400, request id: 00000000",
    ),
];

#[test]
fn lines_of_real_shape_find_their_limiter() {
    for (rule, line) in LINES {
        assert_eq!(known(line).0.rule, rule, "{line}");
        assert_eq!(
            known(&line.to_uppercase()).0.rule,
            rule,
            "in capitals: {line}"
        );
    }
}

#[test]
fn every_rule_names_what_a_reader_needs() {
    for rule in rules() {
        for text in [rule.limiter, rule.scope, rule.waiting] {
            assert!(!text.is_empty(), "{}", rule.id);
        }
        assert!(
            !rule.contains.is_empty() && !rule.next.is_empty(),
            "{}",
            rule.id
        );
        assert!(!rule.sources.is_empty(), "{}", rule.id);
        let texts = rule.contains.iter().copied().flatten().chain(rule.without);
        for text in texts {
            assert_eq!(
                *text,
                text.to_ascii_lowercase(),
                "{} would never match",
                rule.id
            );
        }
        let limiters = rule
            .preset
            .map(|name| &catalog::preset(name).unwrap().limiters);
        for named in rule.limiters.iter().filter(|_| limiters.is_some()) {
            let has = limiters
                .unwrap()
                .iter()
                .any(|limiter| limiter.name == *named);
            assert!(has, "{}: no limiter {named}", rule.id);
        }
    }
    let mut ids: Vec<_> = rules().map(|rule| rule.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), rules().count());
}

#[test]
fn a_throttled_ecr_login_names_limit_scope_preset_and_scenario() {
    let (login, others) = known(LINES[13].1);
    assert_eq!(login.side, Side::Server);
    assert_eq!(login.helps, Helps::Yes);
    assert_eq!(login.preset.as_deref(), Some("aws-ecr@2026-11"));
    assert_eq!(login.scenario, Some("circleci-ecr-fanout"));
    assert_eq!(login.limits.len(), 1);
    assert_eq!(login.limits[0].published, "500/s");
    assert_eq!(login.limits[0].raisable, Some(true));
    assert_eq!(reading(&login, "retries"), "4");
    let [retries] = others.as_slice() else {
        panic!("{others:?}")
    };
    assert_eq!(
        (retries.rule, retries.side),
        ("botocore-retries", Side::Client)
    );
}

#[test]
fn the_operation_in_the_line_picks_the_bucket() {
    let (update, _) = known(LINES[19].1);
    let names: Vec<&str> = update
        .limits
        .iter()
        .map(|limit| limit.limiter.as_str())
        .collect();
    assert_eq!(names, ["service-modify"]);
    assert_eq!(update.limits[0].published, "50 burst, 5/s");
    assert_eq!(reading(&update, "attempts"), "3");
    let (describe, _) = known(LINES[21].1);
    assert_eq!(describe.limits[0].limiter, "DescribeInstances");
    let (unnamed, _) = known(LINES[20].1);
    assert!(unnamed.limits.is_empty(), "no operation, no bucket");
    assert_eq!(reading(&unnamed, "error code"), "ThrottlingException");
}

#[test]
fn hints_and_headers_are_read() {
    let (ghcr, _) = known(LINES[7].1);
    assert_eq!(reading(&ghcr, "retry after"), "880.092µs");
    assert_eq!(reading(&ghcr, "allowed"), "44000/minute");
    for (header, preset) in [
        (
            "ratelimit-limit: 100;w=21600",
            "docker-hub-anonymous@2026-11",
        ),
        (
            "RateLimit-Limit: 100;w=3600",
            "docker-hub-anonymous-observed@2026-08",
        ),
        ("ratelimit-limit: 200;w=21600", "docker-hub-free@2026-11"),
    ] {
        assert_eq!(known(header).0.preset.as_deref(), Some(preset), "{header}");
    }
    assert_eq!(known("ratelimit-limit: 7;w=60").0.preset, None);
    let (quota, _) = known(LINES[0].1);
    assert_eq!(reading(&quota, "retry quota left"), "2");
    assert_eq!(reading(&quota, "retry quota asked for"), "5");
    let (downstream, _) = known(LINES[15].1);
    assert_eq!(reading(&downstream, "resource type"), "AWS::ECS::Service");
}

#[test]
fn of_many_lines_the_most_specific_wins_and_the_others_are_listed() {
    let text = "Back-off pulling image \"acme/web\"\n\
                all is well\n\
                Failed to pull image: registry-1.docker.io: 429 Too Many Requests\n\
                toomanyrequests: Too Many Requests (HAP429).\n\
                Failed to pull image: registry-1.docker.io: 429 Too Many Requests\n";
    let (first, others) = known(text);
    assert_eq!((first.rule, first.line), ("docker-hub-abuse", 4));
    let others: Vec<_> = others
        .iter()
        .map(|other| (other.rule, other.line))
        .collect();
    assert_eq!(others, [("docker-hub-host", 3), ("kubelet-back-off", 1)]);
}

#[test]
fn a_rule_of_last_resort_is_silent_where_a_better_one_knows_the_line() {
    let (pull, others) = known(
        "CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to \
         resolve ref docker.io/library/redis:7: 429 Too Many Requests",
    );
    assert_eq!(pull.rule, "docker-hub-host");
    assert_eq!(reading(&pull, "retries of the pull"), "5");
    assert!(others.is_empty(), "{others:?}");
    let (task, _) = known("CannotPullContainerError: 429 Too Many Requests from mirror.internal");
    assert_eq!(task.rule, "ecs-task-pull");
}

#[test]
fn an_unknown_text_is_told_what_to_look_for() {
    let Diagnosis::Unknown(unknown) = diagnose("hello\nHTTP 429 from somewhere") else {
        panic!("known?")
    };
    assert_eq!(unknown.throttled_line, Some(2));
    assert!(!unknown.look_for.is_empty());
    let numbers = ["job 429 finished ok", "pulled 429 MB", "took 1429 ms"];
    for nothing in ["", "\n\n", "connection refused"]
        .into_iter()
        .chain(numbers)
    {
        let Diagnosis::Unknown(unknown) = diagnose(nothing) else {
            panic!("{nothing}")
        };
        assert_eq!(unknown.throttled_line, None);
    }
}

/// The provider that a preset is of: `aws-ecr-public` of `aws-ecr-public-anonymous@2026-11`.
fn provider(preset: &str) -> &str {
    let several = ["aws-ecr-public", "docker-hub", "aws-ecr"];
    let name = preset.split('@').next().unwrap_or(preset);
    several
        .into_iter()
        .find(|provider| name.starts_with(provider))
        .unwrap_or(name)
}

/// The providers of a built-in scenario.
fn providers(text: &str) -> Vec<&str> {
    let presets = text.split("preset: ").skip(1);
    let ends = |c: char| !c.is_ascii_alphanumeric() && c != '-';
    presets
        .filter_map(|rest| rest.split(ends).next())
        .map(provider)
        .collect()
}

#[test]
fn a_rule_whose_provider_is_in_a_built_in_scenario_names_one_that_has_it() {
    let mut named = 0;
    for rule in rules() {
        let Some(asked) = rule.preset.map(provider) else {
            continue;
        };
        let has = |built_in: &&BuiltIn| providers(built_in.text).contains(&asked);
        let known: Vec<&str> = BUILT_IN.iter().filter(has).map(|it| it.name).collect();
        match rule.scenario {
            Some(scenario) => assert!(known.contains(&scenario), "{}: {known:?}", rule.id),
            None => assert_eq!(known, [""; 0], "{} names none", rule.id),
        }
        named += u32::from(rule.scenario.is_some());
    }
    assert!(named >= 12, "{named}");
}

#[test]
fn an_error_opens_the_scenario_of_its_own_incident() {
    let opens = |line: &str| known(line).0.scenario.unwrap_or("none");
    let line = |rule: &str| LINES.iter().find(|(id, _)| *id == rule).unwrap().1;
    for (rule, scenario) in [
        ("cloudformation", "harness-cloudformation"),
        ("cloudformation-downstream", "harness-cloudformation"),
        ("docker-hub-pulls-anonymous", "docker-hub-anonymous-ci"),
        ("docker-hub-pulls", "docker-hub-anonymous-ci"),
        ("docker-hub-headers", "docker-hub-anonymous-ci"),
        ("docker-hub-abuse", "swarm-restart-loop"),
        ("kubelet-pull-qps", "kubernetes-scale-out"),
        ("ecr-public", "ecr-public-compose"),
        ("ecr-public-data", "ecr-public-compose"),
        ("ecr-push", "ecr-push-put-image"),
        ("ecr-login", "circleci-ecr-fanout"),
        ("ecs-agent-ecr-login", "ecs-rollout"),
        ("fargate-ecr-login", "ecs-rollout"),
        ("ecs-restart-backoff", "ecs-rollout"),
        ("ecs-api", "harness-ecs-deploys"),
        ("s3", "aws-retry-defaults-503"),
        ("ghcr", "none"),
    ] {
        assert_eq!(opens(line(rule)), scenario, "{rule}");
    }
}

#[test]
fn whether_waiting_helps_is_said_once() {
    for rule in rules() {
        let twice = ["yes", "no:", "partly"]
            .iter()
            .any(|word| rule.waiting.starts_with(word));
        assert!(!twice, "{}: {}; {}", rule.id, rule.helps, rule.waiting);
    }
}

#[test]
fn a_bare_status_and_a_request_to_slow_down_are_throttling_of_somebody() {
    for line in [
        "429",
        "  429\r",
        "503 Slow Down",
        "upstream said SlowDown, giving up",
    ] {
        match diagnose(line) {
            Diagnosis::Unknown(unknown) => assert_eq!(unknown.throttled_line, Some(1), "{line}"),
            Diagnosis::Known { .. } => {}
        }
    }
    for line in ["429 files", "port 1429", "slowly down"] {
        match diagnose(line) {
            Diagnosis::Unknown(unknown) => assert_eq!(unknown.throttled_line, None, "{line}"),
            Diagnosis::Known { finding, .. } => panic!("{line}: {finding:?}"),
        }
    }
}
