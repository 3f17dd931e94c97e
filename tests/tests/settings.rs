//! Every text that is written for a tool is read by a parser that Pullstorm does not use, and is
//! valid by the schema that the tool publishes, or has no keys but those of the tool's reference.

use configparser::ini::Ini;
use pullstorm_core::catalog::{Evidence, catalog, clients};
use pullstorm_core::emit;
use pullstorm_core::replicate::prepare;
use pullstorm_core::report::model::{Language, Settings};
use pullstorm_core::scenario::Document;
use pullstorm_core::scenarios::BUILT_IN;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::{Command, Stdio};

/// Targets with a schema, vendored in `tests/schemas`.
const SCHEMAS: [(&str, Language, &str); 9] = [
    (
        "CircleCI",
        Language::Yaml,
        include_str!("../schemas/circleci.json"),
    ),
    (
        "GitHub Actions",
        Language::Yaml,
        include_str!("../schemas/github-workflow.json"),
    ),
    (
        "GitLab CI",
        Language::Yaml,
        include_str!("../schemas/gitlab-ci.json"),
    ),
    (
        "Compose and Swarm",
        Language::Yaml,
        include_str!("../schemas/compose.json"),
    ),
    (
        "Kubernetes workload",
        Language::Yaml,
        include_str!("../schemas/kubernetes.json"),
    ),
    (
        "kubelet",
        Language::Yaml,
        include_str!("../schemas/kubelet.json"),
    ),
    (
        "ECS service",
        Language::Json,
        include_str!("../schemas/ecs.json"),
    ),
    (
        "ECS task definition",
        Language::Json,
        include_str!("../schemas/ecs.json"),
    ),
    (
        "registry client",
        Language::Json,
        include_str!("../schemas/ecs.json"),
    ),
];

/// Keys of the targets that publish none, from their references as read in November 2026; names that
/// are the user's own, or the scenario's, are not keys.
const KEYS: [(&str, Language, &[&str]); 11] = [
    // AWS SDKs and Tools reference, "Retry behavior".
    (
        "AWS config",
        Language::Ini,
        &["default", "retry_mode", "max_attempts"],
    ),
    // Harness documentation, account default settings.
    (
        "Harness account defaults",
        Language::Ini,
        &[
            "default",
            "AmazonSDKDefaultBackoffStrategy_maxErrorRetry",
            "AmazonSDKDefaultBackoffStrategy_baseDelay",
            "AmazonSDKDefaultBackoffStrategy_maxBackoff",
            "AmazonSDKDefaultBackoffStrategy_throttledBaseDelay",
        ],
    ),
    // dockerd reference, "Daemon configuration file".
    ("Docker daemon", Language::Json, &["registry-mirrors"]),
    // README of aws/amazon-ecs-agent.
    (
        "ECS agent",
        Language::Ini,
        &["default", "ECS_IMAGE_PULL_BEHAVIOR"],
    ),
    // Amazon ECS developer guide, "Configuring Amazon ECS container instances for private Docker images".
    (
        "registry client",
        Language::Ini,
        &["default", "ECS_ENGINE_AUTH_TYPE", "ECS_ENGINE_AUTH_DATA"],
    ),
    // systemd.timer(5).
    (
        "systemd timer",
        Language::Ini,
        &[
            "Timer",
            "RandomizedDelaySec",
            "AccuracySec",
            "FixedRandomDelay",
        ],
    ),
    // Distribution, configuration reference.
    (
        "mirror",
        Language::Yaml,
        &[
            "version",
            "storage",
            "filesystem",
            "rootdirectory",
            "http",
            "addr",
            "proxy",
            "remoteurl",
            "username",
            "password",
        ],
    ),
    // containerd, docs/hosts.md.
    (
        "mirror",
        Language::Toml,
        &[
            "server",
            "host",
            "https://ACCOUNT.dkr.ecr.REGION.amazonaws.com/v2/cache",
            "https://cache.example.net",
            "https://proxy.example.net",
            "capabilities",
            "override_path",
        ],
    ),
    // Terraform AWS provider, aws_ecr_pull_through_cache_rule, aws_secretsmanager_secret and
    // aws_secretsmanager_secret_version; variables of Terraform.
    (
        "mirror",
        Language::Hcl,
        &[
            "resource",
            "aws_ecr_pull_through_cache_rule",
            "aws_secretsmanager_secret",
            "aws_secretsmanager_secret_version",
            "variable",
            "cache",
            "cache_username",
            "cache_access_token",
            "ecr_repository_prefix",
            "upstream_registry_url",
            "credential_arn",
            "depends_on",
            "name",
            "secret_id",
            "secret_string",
            "type",
            "sensitive",
        ],
    ),
    // Terraform AWS provider, the resources named here.
    (
        "network",
        Language::Hcl,
        &[
            "resource",
            "aws_eip",
            "aws_nat_gateway",
            "aws_route",
            "aws_launch_template",
            "aws_vpc_endpoint",
            "count",
            "domain",
            "subnet_id",
            "allocation_id",
            "secondary_allocation_ids",
            "route_table_id",
            "destination_cidr_block",
            "nat_gateway_id",
            "network_interfaces",
            "associate_public_ip_address",
            "for_each",
            "vpc_id",
            "service_name",
            "vpc_endpoint_type",
            "subnet_ids",
            "security_group_ids",
            "private_dns_enabled",
            "route_table_ids",
            // Names of the scenarios.
            "office_nat",
            "office_nat_more",
            "office_nat_new",
            "shop_nat",
            "mirror_nat",
            "ci",
            "ecr",
            "s3",
        ],
    ),
    // GitLab Runner, advanced configuration.
    ("GitLab CI", Language::Toml, &["concurrent"]),
];

/// What no built-in scenario changes: the fan-out on other CI systems, and a fleet of all tools.
fn others() -> Vec<(String, String)> {
    let fan_out = BUILT_IN
        .iter()
        .find(|it| it.name == "circleci-ecr-fanout")
        .unwrap();
    let from = fan_out.text.find("variants:").unwrap();
    let variants = "variants:
  per-workflow: {set: {workloads.ci.login: per-workflow}}
  per-job: {set: {workloads.ci.login: per-job}}
  per-host: {set: {workloads.ci.login: per-host, workloads.ci.runners: 32}}
  waves: {set: {workloads.ci.waves: 3, workloads.ci.duration: 1min}}
  spread: {set: {workloads.ci.launch_spread: 1min}}
  spread-of-steps: {set: {workloads.ci.launch_spread: 1min, workloads.ci.login: per-job}}
  spaced: {set: {workloads.ci.begin: {every: 48s}}}
  rerun: {set: {workloads.ci.rerun: {times: 2}}}
";
    let mut found: Vec<(String, String)> = ["circleci", "github-actions", "gitlab"]
        .into_iter()
        .map(|ci| {
            let today = fan_out.text[..from].replace("ci: circleci", &format!("ci: {ci}"));
            (format!("fan-out on {ci}"), format!("{today}{variants}"))
        })
        .collect();
    found.push(("fleet".to_owned(), FLEET.to_owned()));
    found.push(("tasks".to_owned(), TASKS.to_owned()));
    found
}

const FLEET: &str = "
pullstorm: 1
name: fleet
services:
  hub: {preset: docker-hub-anonymous, latency: 50ms}
  ecr: {preset: aws-ecr, latency: 50ms}
  cache: {preset: aws-ecr, latency: 5ms, caches: {upstream: hub, kind: ecr-pull-through}}
  proxy: {latency: 5ms, caches: {upstream: hub, kind: distribution-proxy}}
images:
  app: {registry: hub, layers: 3, size: 10MB}
  api: {registry: ecr, layers: 3, size: 10MB}
nats:
  office-nat: {addresses: 2}
workloads:
  rollout:
    kind: kubernetes-rollout
    replicas: 8
    nodes: 4
    until: 1h
    pull: {client: kubelet, images: app}
    identity: {address: office-nat}
  swarm:
    kind: swarm-service
    services: 2
    replicas: 2
    nodes: 2
    until: 1h
    pull: {client: swarm-executor, images: app}
    identity: {address: office-nat}
  ecs:
    kind: ecs-deployment
    desired: 4
    hosts: 2
    until: 1h
    pull: {client: ecs-agent, images: api}
    identity: {address: office-nat}
variants:
  surge: {set: {workloads.rollout.max_surge: 10%, workloads.rollout.max_unavailable: 0}}
  pull-policy: {set: {workloads.rollout.pull.behaviour: Never}}
  digests: {set: {images.app.reference: digest}}
  kubelet: {set: {workloads.rollout.kubelet: {serialize_pulls: false, parallel_max: 3, registry_qps: 0/s}}}
  update: {set: {workloads.swarm.update: {parallelism: 1, delay: 90s, order: start-first, failure_action: rollback, monitor: 30s}}}
  resolve: {set: {workloads.swarm.resolve_image: always}}
  cache: {set: {workloads.rollout.pull.mirror: cache}}
  proxy: {set: {workloads.rollout.pull.mirror: proxy, workloads.swarm.pull.mirror: proxy}}
  breaker: {set: {workloads.ecs.breaker: {threshold: {count: 7}, rollback: true, reset_on_healthy_task: false}}}
  endpoints: {set: {workloads.ecs.identity.endpoints: [ecr]}}
  signed-in: {set: {services.hub.preset: docker-hub-free}}
  nat: {set: {nats.office-nat.addresses: 1, nats.office-nat.gateways: 2}}
  quota: {set: {services.hub.limiters.pulls: {window: {limit: 400 per 6h}}}}
";

/// Tasks of ECS that sign in to Docker Hub, and pull from ECR too.
const TASKS: &str = "
pullstorm: 1
name: tasks
services: {hub: {preset: docker-hub-anonymous}, ecr: {preset: aws-ecr}}
images:
  app: {registry: hub, layers: 3}
  api: {registry: ecr, layers: 3}
workloads:
  agent: {kind: ecs-deployment, desired: 4, hosts: 2, until: 1h, pull: {client: ecs-agent, images: [app, api]}}
  fargate: {kind: ecs-deployment, desired: 4, until: 1h, pull: {client: fargate, images: [app, api]}}
variants:
  signed-in: {set: {services.hub.preset: docker-hub-free}}
";

/// All settings of all variants, named by scenario and variant.
fn written() -> Vec<(String, Settings)> {
    let built_in = BUILT_IN
        .iter()
        .map(|it| (it.name.to_owned(), it.text.to_owned()));
    let mut found = Vec::new();
    for (name, text) in built_in.chain(others()) {
        let document =
            Document::parse(&name, text.as_bytes()).unwrap_or_else(|it| panic!("{it:?}"));
        let prepared = prepare(&document, &[]).unwrap_or_else(|it| panic!("{name}: {it:?}"));
        for variant in &prepared[1..] {
            let label = format!("{name} {}", variant.name);
            let settings = emit::settings(variant, &prepared[0], None);
            found.extend(settings.into_iter().map(|it| (label.clone(), it)));
        }
    }
    found
}

#[test]
fn each_variant_is_written_for_the_tools_that_take_it_and_for_no_other() {
    let mut lines: Vec<String> = Vec::new();
    for built_in in BUILT_IN {
        let document = Document::parse(built_in.name, built_in.text.as_bytes()).unwrap();
        let prepared = prepare(&document, &[]).unwrap();
        for variant in &prepared[1..] {
            let mut targets: Vec<String> = Vec::new();
            for settings in emit::settings(variant, &prepared[0], None) {
                if !targets.contains(&settings.target) {
                    targets.push(settings.target);
                }
            }
            // A variant without any changes what no setting makes so.
            let targets = match targets.is_empty() {
                true => "-".to_owned(),
                false => targets.join(", "),
            };
            lines.push(format!("{} {}: {targets}", built_in.name, variant.name));
        }
    }
    insta::assert_snapshot!(lines.join("\n"));
}

/// What an independent parser reads; `None` for words.
fn read(settings: &Settings) -> Result<Option<Value>, String> {
    let text = settings.text.as_str();
    match settings.language {
        Language::Yaml => serde_yaml_ng::from_str(text)
            .map(Some)
            .map_err(|it| it.to_string()),
        Language::Json => serde_json::from_str(text)
            .map(Some)
            .map_err(|it| it.to_string()),
        Language::Toml => toml::from_str(text).map(Some).map_err(|it| it.to_string()),
        Language::Hcl => hcl::from_str(text).map(Some).map_err(|it| it.to_string()),
        Language::Ini => {
            let sections = Ini::new_cs().read(text.to_owned())?;
            let sections = sections
                .into_iter()
                .collect::<std::collections::BTreeMap<_, _>>();
            Ok(Some(json!(sections)))
        }
        Language::Sh => shell(text).map(|()| None),
        Language::Text if text.trim().is_empty() => Err("empty".to_owned()),
        Language::Text => Ok(None),
    }
}

/// Whether a POSIX shell parses it, without running it.
fn shell(text: &str) -> Result<(), String> {
    let mut shell = Command::new("sh")
        .arg("-n")
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|it| it.to_string())?;
    let mut stdin = shell.stdin.take().ok_or("no stdin")?;
    stdin
        .write_all(text.as_bytes())
        .map_err(|it| it.to_string())?;
    drop(stdin);
    let output = shell.wait_with_output().map_err(|it| it.to_string())?;
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

/// The keys of all maps in a value.
fn keys(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                found.insert(key.clone());
                keys(value, found);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| keys(value, found)),
        _ => {}
    }
}

#[test]
fn every_text_is_read_by_a_parser_of_its_language() {
    let mut languages = BTreeSet::new();
    let mut wrong = Vec::new();
    for (label, settings) in written() {
        if let Err(error) = read(&settings) {
            let what = format!("{label}: {}: {error}\n{}", settings.target, settings.text);
            wrong.push(what);
        }
        languages.insert(settings.language.word());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let all = ["hcl", "ini", "json", "sh", "text", "toml", "yaml"];
    assert!(languages.into_iter().eq(all), "each language occurs");
}

#[test]
fn every_text_is_valid_by_the_schema_or_the_key_list_of_its_tool() {
    let mut wrong = Vec::new();
    for (label, settings) in written() {
        if let Ok(Some(value)) = read(&settings) {
            let found = mistakes(&settings, value).into_iter();
            wrong.extend(found.map(|it| format!("{label}: {it}\n{}", settings.text)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What the schema of a tool refuses, or else which keys its reference does not list.
fn mistakes(settings: &Settings, mut value: Value) -> Vec<String> {
    let is = |target: &str, language| (target, language) == (&settings.target, settings.language);
    let schema = SCHEMAS
        .iter()
        .find(|(target, language, _)| is(target, *language));
    if let Some((.., schema)) = schema {
        if settings.target == "CircleCI" {
            // A fragment goes into a file that has one.
            value["version"] = json!(2.1);
        }
        let schema = serde_json::from_str(schema).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let errors = validator.iter_errors(&value);
        return errors
            .map(|it| format!("{}: {it}", it.instance_path()))
            .collect();
    }
    let known = KEYS
        .iter()
        .find(|(target, language, _)| is(target, *language));
    let Some((.., known)) = known else {
        return vec![format!("neither schema nor keys of {}", settings.target)];
    };
    let mut found = BTreeSet::new();
    keys(&value, &mut found);
    found.retain(|key| !known.contains(&key.as_str()));
    found
        .into_iter()
        .map(|key| format!("key `{key}`"))
        .collect()
}

#[test]
fn every_target_is_written_by_some_variant_and_says_why_what_may_go_wrong_and_how_to_undo_it() {
    let written = written();
    let found: BTreeSet<&str> = written.iter().map(|(_, it)| it.target.as_str()).collect();
    for target in emit::targets() {
        assert!(found.contains(target), "{target}");
    }
    for (label, settings) in &written {
        for text in [
            &settings.place,
            &settings.why,
            &settings.risk,
            &settings.undo,
        ] {
            assert!(
                !text.is_empty() && !text.ends_with('.'),
                "{label}: {settings:?}"
            );
        }
        assert!(settings.text.ends_with('\n'), "{label}: {}", settings.text);
    }
}

#[test]
fn every_command_that_confirms_or_watches_is_one_that_a_shell_parses() {
    let mut services = 0;
    for service in catalog().services() {
        services += u32::from(!service.confirm.is_empty());
        assert_eq!(
            service.confirm.is_empty(),
            service.watch.is_empty(),
            "{}",
            service.name
        );
        for evidence in service.confirm.iter().chain(&service.watch) {
            is_command(&service.name, &evidence.of("RegisterTaskDefinition"));
        }
    }
    assert_eq!(services, 4);
    for client in clients() {
        for evidence in client
            .logs
            .iter()
            .flat_map(|log| log.confirm.iter().chain(&log.watch))
        {
            is_command(&client.name, evidence);
        }
    }
}

fn is_command(name: &str, evidence: &Evidence) {
    assert!(!evidence.is_of_operation(), "{evidence:?}");
    let command = &evidence.command;
    if let Err(error) = shell(command) {
        panic!("{name}: {error}\n{command}");
    }
    if let Some((_, metrics)) = command.split_once("--metrics '") {
        let metrics = metrics.trim_end_matches('\'');
        serde_json::from_str::<Value>(metrics).unwrap();
    }
}

#[test]
fn every_call_of_the_aws_cli_that_confirms_or_watches_names_its_region() {
    let of_services = catalog().services().iter();
    let of_services = of_services.flat_map(|it| it.confirm.iter().chain(&it.watch));
    let of_clients = clients().iter().flat_map(|client| &client.logs);
    let of_clients = of_clients.flat_map(|it| it.confirm.iter().chain(&it.watch));
    let mut calls = 0;
    for evidence in of_services.chain(of_clients) {
        let command = &evidence.command;
        calls += command.matches("aws ").count();
        let named = command.matches("--region REGION").count();
        assert_eq!(command.matches("aws ").count(), named, "{command}");
        let counts = command.contains("AWS/Usage");
        assert!(
            !counts || evidence.about.contains("of ACCOUNT in REGION"),
            "{evidence:?}"
        );
    }
    assert!(calls > 0);
}

#[test]
fn the_schemas_refuse_what_the_tools_do_not_know() {
    let wrong = [
        (
            "CircleCI",
            json!({"version": 2.1, "jobs": {"a": {"docker": [{"imagee": "x"}], "steps": []}}}),
        ),
        (
            "GitHub Actions",
            json!({"on": "push", "jobs": {"a": {"runs_on": "x", "steps": []}}}),
        ),
        ("GitLab CI", json!({"test": {"script": "x", "retry": 3}})),
        (
            "Compose and Swarm",
            json!({"services": {"a": {"deploy": {"restart_policy": {"dely": "1s"}}}}}),
        ),
        (
            "ECS service",
            json!({"service": "a", "deploymentConfiguration": {"maximumPercents": 1}}),
        ),
    ];
    for (target, value) in wrong {
        let schema = SCHEMAS.iter().find(|(known, ..)| *known == target).unwrap();
        let schema = serde_json::from_str(schema.2).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        assert!(!validator.is_valid(&value), "{target}");
    }
}
