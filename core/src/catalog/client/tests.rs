//! Statements about the clients that are compiled in.

use super::*;

fn count(name: &str, conditions: Conditions) -> u32 {
    let client = client(name).unwrap_or_else(|| panic!("no client {name}"));
    u32::try_from(client.requests(Action::Pull, &conditions).len()).unwrap()
}

const MEASURED: [&str; 9] = [
    "docker-classic",
    "containerd-1.6",
    "containerd-2.4",
    "podman-4",
    "skopeo-1.9",
    "skopeo-1.9-retry-times-3",
    "skopeo-1.9-to-oci",
    "skopeo-2026",
    "crane-2026-05",
];

#[test]
fn every_client_says_where_when_and_how_surely() {
    for client in clients() {
        assert!(!client.sources.is_empty(), "{}", client.name);
        assert_eq!(client.as_of.as_str(), "2026-11-20", "{}", client.name);
        assert!(!client.versions.is_empty(), "{}", client.name);
        let measured = client.confidence == Confidence::Measured;
        assert_eq!(
            measured,
            MEASURED.contains(&client.name.as_str()),
            "{}",
            client.name
        );
    }
}

#[test]
fn every_client_that_pulls_says_where_its_refusals_are_written_and_only_dockers_in_its_journal() {
    for client in clients() {
        let name = client.name.as_str();
        let helps = matches!(client.role, Role::Helper(_));
        assert_eq!(client.logs.is_empty(), helps, "{name}");
        let of_docker = ["docker-classic", "docker-containerd", "swarm-executor"].contains(&name);
        for log in &client.logs {
            assert!(!log.confirm.is_empty() && !log.watch.is_empty(), "{name}");
            for evidence in log.confirm.iter().chain(&log.watch) {
                let named = evidence.command.contains("journalctl -u docker");
                assert_eq!(named, of_docker, "{name}: {}", evidence.command);
            }
        }
    }
}

#[test]
fn a_cold_pull_by_tag_costs_a_few_requests_more_than_it_has_layers() {
    for layers in [1, 3, 6, 12] {
        for name in MEASURED {
            let cold = Conditions::cold(layers);
            let more = if name == "docker-classic" { 4 } else { 3 };
            assert_eq!(count(name, cold), layers + more, "{name}");
            let digest = Conditions {
                reference: Reference::Digest,
                ..cold
            };
            assert_eq!(count(name, digest), layers + 3, "{name} by digest");
        }
    }
}

#[test]
fn an_index_costs_one_more_and_to_containerd_2_4_all_its_platforms() {
    for name in MEASURED {
        let index = Conditions {
            platforms: Some(3),
            ..Conditions::cold(6)
        };
        let single = count(name, Conditions::cold(6));
        let more = if name == "containerd-2.4" { 3 + 2 } else { 1 };
        assert_eq!(count(name, index), single + more, "{name}");
    }
}

#[test]
fn a_warm_pull_asks_little_of_clients_with_a_cache() {
    let warm = Conditions {
        cache: Cache::Warm,
        ..Conditions::cold(6)
    };
    let by_digest = Conditions {
        reference: Reference::Digest,
        ..warm
    };
    for (name, tag, digest) in [
        ("docker-classic", 2, 1),
        ("containerd-1.6", 1, 1),
        ("containerd-2.4", 1, 1),
        ("podman-4", 3, 3),
        ("skopeo-1.9-to-oci", 3, 3),
        ("skopeo-1.9", 9, 9),
        ("skopeo-2026", 9, 9),
        ("crane-2026-05", 9, 9),
    ] {
        assert_eq!(count(name, warm), tag, "{name}");
        assert_eq!(count(name, by_digest), digest, "{name} by digest");
    }
}

#[test]
fn token_auth_costs_one_request_and_containerd_four() {
    for name in MEASURED {
        let cold = Conditions::cold(6);
        let warm = Conditions {
            cache: Cache::Warm,
            ..cold
        };
        let containerd = name.starts_with("containerd");
        for (conditions, more) in [
            (cold, if containerd { 4 } else { 1 }),
            (warm, if containerd { 2 } else { 1 }),
        ] {
            let signed = Conditions {
                auth: Auth::Token,
                ..conditions
            };
            let plain = count(name, conditions);
            assert_eq!(count(name, signed), plain + more, "{name}");
        }
    }
}

#[test]
fn docker_skips_the_manifests_it_kept() {
    let kept = Conditions {
        manifest_known: true,
        ..Conditions::cold(6)
    };
    assert_eq!(count("docker-classic", kept), 6 + 3);
    let index = Conditions {
        platforms: Some(3),
        ..kept
    };
    assert_eq!(count("docker-classic", index), 6 + 3);
    assert_eq!(count("containerd-1.6", kept), 6 + 3);
}

#[test]
fn layers_from_other_images_are_not_fetched_by_who_keeps_them() {
    let some = Conditions {
        layers_held: 4,
        ..Conditions::cold(6)
    };
    assert_eq!(count("docker-classic", some), 2 + 4);
    assert_eq!(count("crane-2026-05", some), 6 + 3);
}

#[test]
fn a_login_with_a_password_is_three_requests() {
    let signed = Conditions {
        auth: Auth::Token,
        ..Conditions::cold(0)
    };
    use RequestClass::{Ping, Token};
    for name in ["docker-classic", "podman-4", "skopeo-1.9"] {
        let login = client(name).unwrap().requests(Action::Login, &signed);
        assert_eq!(login, [Ping, Token, Ping], "{name}");
    }
    let crane = client("crane-2026-05").unwrap();
    assert!(crane.requests(Action::Login, &signed).is_empty());
}

#[test]
fn no_client_retries_a_throttled_token_but_crane() {
    for name in MEASURED {
        let engine = client(name)
            .unwrap()
            .default_engine()
            .unwrap()
            .engine()
            .unwrap();
        let loops = &engine.rule(Action::Pull, RequestClass::Token).loops;
        assert_eq!(loops.is_empty(), name != "crane-2026-05", "{name}");
    }
}

/// Requests that count against a limiter of manifests, tokens, and all requests.
fn refused(name: &str) -> (Option<u64>, Option<u64>, Option<u64>) {
    let amplification = client(name).unwrap().refused_manifest().unwrap();
    let tokens = amplification.count(|class| class == RequestClass::Token);
    let manifests = amplification.count(|class| {
        matches!(
            class,
            RequestClass::Challenge | RequestClass::Resolve | RequestClass::Manifest
        )
    });
    (manifests, tokens, amplification.total())
}

#[test]
fn a_refused_manifest_costs_a_multiple_of_one_request() {
    for (name, manifests, tokens) in [
        ("docker-classic", 2, 1),
        ("docker-containerd", 5, 1),
        ("containerd-1.6", 6, 1),
        ("containerd-2.4", 5, 1),
        ("podman-4", 20, 4),
        ("skopeo-1.9", 5, 1),
        ("crane-2026-05", 3, 1),
        ("crane-before-2026-05", 1, 1),
        ("swarm-executor", 2, 1),
        ("ecs-agent", 28, 14),
        ("github-actions-runner", 6, 3),
        ("gitlab-runner", 2, 1),
    ] {
        let (counted, signed, _) = refused(name);
        assert_eq!((counted, signed), (Some(manifests), Some(tokens)), "{name}");
    }
}

#[test]
fn with_pings_docker_sends_3_requests_the_ecs_agent_42_and_a_github_runner_9_beside_tokens() {
    for (name, requests) in [
        ("docker-classic", 3),
        ("swarm-executor", 3),
        ("ecs-agent", 42),
        ("github-actions-runner", 9),
    ] {
        let (_, tokens, total) = refused(name);
        assert_eq!(total.unwrap() - tokens.unwrap(), requests, "{name}");
    }
    assert_eq!(refused("kubelet"), (None, None, None), "it never gives up");
}

#[test]
fn podman_starts_again_only_after_a_registry_s_own_refusal() {
    let podman = client("podman-4").unwrap();
    let manifests = |body| {
        let refused = [RequestClass::Manifest];
        let all = amplification(podman, &Conditions::cold(1), &refused, body).unwrap();
        all.count(|class| class == RequestClass::Manifest)
    };
    assert_eq!(manifests(Body::Json), Some(20));
    assert_eq!(manifests(Body::Text), Some(5));
}

#[test]
fn what_a_single_caller_was_seen_to_send_when_refused_is_what_the_record_says() {
    use RequestClass::{Config, Index, Layer, Manifest, Ping, Resolve, Token, V1Ping};
    let all = RequestClass::ALL;
    let blobs = [Config, Layer];
    let run = |name: &str, refused: &[RequestClass]| {
        let one = amplification(
            client(name).unwrap(),
            &Conditions::cold(3),
            refused,
            Body::Json,
        );
        one.unwrap().pull
    };
    let times = |class, n| std::iter::repeat_n(class, n).collect::<Vec<_>>();
    let after = |first: &[RequestClass], then: Vec<RequestClass>| [first, &then[..]].concat();
    // A bucket of no token.
    assert_eq!(run("docker-classic", &all), [Ping, Resolve, Manifest]);
    assert_eq!(run("containerd-1.6", &all), times(Resolve, 6));
    assert_eq!(run("containerd-2.4", &all), times(Resolve, 5));
    let dead_end = after(&times(Ping, 5), times(V1Ping, 5));
    assert_eq!(run("podman-4", &all), dead_end);
    assert_eq!(run("skopeo-1.9", &all), dead_end);
    assert_eq!(run("skopeo-2026", &all), times(Ping, 5));
    assert_eq!(run("crane-2026-05", &all), times(Ping, 3));
    // A bucket of one or two tokens.
    let but_ping = [Token, Resolve, Index, Manifest];
    assert_eq!(run("docker-classic", &but_ping), [Ping, Resolve, Manifest]);
    let podman = after(&[Ping, Manifest], times(Config, 5));
    assert_eq!(run("podman-4", &blobs), podman);
    let skopeo = after(&[Ping, Manifest], times(Layer, 15));
    assert_eq!(run("skopeo-1.9", &blobs), skopeo);
    let newer = [times(Config, 5), times(Layer, 15)].concat();
    assert_eq!(run("skopeo-2026", &blobs), after(&[Ping, Manifest], newer));
    let crane = after(&[Ping, Manifest], times(Config, 3));
    assert_eq!(run("crane-2026-05", &blobs), crane);
}

#[test]
fn a_refused_ping_leaves_docker_without_credentials() {
    use RequestClass::{Manifest, Ping, Resolve};
    let signed = Conditions {
        auth: Auth::Token,
        ..Conditions::cold(3)
    };
    let docker = client("docker-classic").unwrap();
    let pull = amplification(docker, &signed, &[Ping], Body::Json).unwrap();
    assert_eq!(pull.pull, [Ping, Resolve, Manifest]);
}

#[test]
fn a_credential_helper_keeps_a_token_for_half_its_life_and_the_ecs_agent_until_the_last_hour() {
    let hours = |hours: f64| crate::units::Span::from_secs_f64(hours * 3_600.0);
    let still_used = |name: &str, age: f64, unit: f64| {
        let refresh = match &client(name).unwrap().role {
            Role::Helper(helper) => helper.refresh,
            Role::Wrapper(wrapper) => wrapper.credentials.as_ref().unwrap().refresh,
            Role::Engine(_) => panic!("{name} keeps no token"),
        };
        refresh.still_used(hours(age), hours(12.0), unit)
    };
    let helper = "amazon-ecr-credential-helper";
    assert!(still_used(helper, 5.99, 0.0) && !still_used(helper, 6.0, 0.0));
    assert!(still_used("ecs-agent", 11.49, 0.0) && !still_used("ecs-agent", 11.5, 0.0));
    assert!(still_used("ecs-agent", 10.99, 1.0) && !still_used("ecs-agent", 11.0, 1.0));
    assert!(!still_used("fargate", 0.0, 0.0));
}

#[test]
fn what_is_inferred_or_unpublished_is_said() {
    for client in clients() {
        let vague = client.confidence < Confidence::Source;
        assert!(!vague || !client.unknown.is_empty(), "{}", client.name);
        for unknown in &client.unknown {
            assert!(!unknown.reason.is_empty(), "{}", client.name);
        }
    }
}

#[test]
fn data_that_leads_nowhere_is_named() {
    let wrong = |text: &str, problem: &str| {
        let mistake = read(&[("x.json", text)]).unwrap_err();
        assert!(mistake.to_string().contains(problem), "{mistake}");
    };
    let engine = |rules: &str| {
        format!(
            r#"{{"as_of": "2026-11", "sources": {{"a": "a book"}},
            "sequences": {{"pull": [{{"class": "ping", "method": "GET"}}]}},
            "clients": [{{"name": "x", "title": "x", "versions": "1", "sources": ["a"],
            "confidence": "source", "engine": {{"actions": {{"pull": "pull"}}, "rules": {rules},
            "blobs": {{"at_once": 1, "counted_by": "pull", "take_slot": [], "siblings": "none",
            "shares_downloads": null}}}}}}]}}"#
        )
    };
    assert!(read(&[("x.json", &engine(r#"{"ping": {}}"#))]).is_ok());
    wrong(&engine("{}"), "no rule for `ping`");
    let policy = r#"{"ping": {"loops": ["again"]}}"#;
    wrong(&engine(policy), "x.json: x: no policy `again`");
    wrong(
        &engine(r#"{"ping": {}, "pings": {}}"#),
        "unknown variant `pings`",
    );
    let log = |name: &str| {
        let text = engine(r#"{"ping": {}}"#);
        text.replace(
            r#""versions""#,
            &format!(r#""logs": ["{name}"], "versions""#),
        )
    };
    wrong(&log("journal"), "x.json: x: no log `journal`");
    let dead = r#"{"ping": {"on_failure": {"dead_end": "v1_ping"}}}"#;
    wrong(&engine(dead), "no rule for `v1_ping`");
}

#[test]
fn what_a_loop_does_not_read_is_refused() {
    let with = |around: &str, rest: &str| {
        let text = format!(
            r#"{{"as_of": "2026-11", "sources": {{"a": "a book"}},
            "policies": {{"again": {{"does": "x", "strategy": "fixed", "delay": "1s", "attempts": 2,
            "retries": "any"}}}},
            "sequences": {{"pull": [{{"class": "ping", "method": "GET"}}]}},
            "clients": [{{"name": "x", "title": "x", "versions": "1", "sources": ["a"],
            "confidence": "source", "engine": {{"actions": {{"pull": "pull"}}, "rules": {{"ping": {{}}}},
            "blobs": {{"at_once": 1, "counted_by": "pull", "take_slot": [], "siblings": "none",
            "shares_downloads": null}}, "loops": [{{"name": "whole", "around": "{around}",
            "policy": "again"{rest}}}]}}}}]}}"#
        );
        let read = read(&[("x.json", &text)]);
        read.err().map_or(String::new(), |it| it.to_string())
    };
    for around in ["pull", "push"] {
        assert_eq!(with(around, ""), "");
    }
    assert_eq!(with("push", r#", "codes_of": ["ping"]"#), "");
    assert_eq!(with("pull", r#", "only_after": ["ping"]"#), "");
    for (around, rest, said) in [
        (
            "push",
            r#", "only_after": ["ping"]"#,
            "`only_after` says nothing of `whole`, a loop around a push",
        ),
        (
            "blob",
            r#", "memory": "process""#,
            "`memory` says nothing of `whole`, a loop around a push",
        ),
        (
            "push",
            r#", "rounds": "1s""#,
            "`rounds` says nothing of `whole`, a loop around a push",
        ),
        (
            "pull",
            r#", "codes_of": ["ping"]"#,
            "`codes_of` says nothing of `whole`, a loop around what is pulled",
        ),
    ] {
        let refused = with(around, rest);
        assert!(refused.contains(said), "{refused}");
    }
}

#[test]
fn what_an_action_does_otherwise_stands_beside_what_a_client_does_elsewhere() {
    let told = |name: &str| {
        let refusals = client(name).unwrap().explain().refusals;
        let own = refusals
            .into_iter()
            .filter_map(|it| Some((it.of?, it.class, it.then)));
        own.collect::<Vec<_>>()
    };
    let all = told("buildkit");
    let of_push = all.iter().find(|it| it.0 == Action::Push);
    let (_, class, token) = of_push.expect("a push signs in otherwise");
    assert_eq!(*class, RequestClass::Token);
    assert!(
        token.contains("after 500 to 599 and lost connections 4 tries"),
        "{token}"
    );
    let all = told("docker-classic");
    let of: Vec<_> = all.iter().map(|(of, class, _)| (*of, *class)).collect();
    let (config, ping) = (RequestClass::Config, RequestClass::Ping);
    assert_eq!(of, [(Action::Login, ping), (Action::Inspect, config)]);
}

#[test]
fn a_job_of_github_fetches_its_password_as_the_action_does_that_it_runs() {
    let retry = |name: &str| {
        let credentials = client(name).and_then(Client::credentials);
        credentials.unwrap().retry.clone().map(|(name, _)| name)
    };
    let action = retry("amazon-ecr-login-action");
    assert_eq!(action.as_deref(), Some("aws-js-v3-2.0"));
    assert_eq!(retry("github-actions-runner"), action);
}

#[test]
fn the_catalog_tells_how_a_scenario_names_a_helper() {
    for client in clients() {
        let notes = client.explain().notes;
        let named = format!("helper: {}}}`", client.name);
        let told = notes.iter().any(|note| note.contains(&named));
        assert_eq!(
            told,
            matches!(client.role, Role::Helper(_)),
            "{}",
            client.name
        );
    }
    let kubelet = client("kubelet").unwrap().explain().tokens.unwrap();
    assert!(
        kubelet.starts_with(
            "one for each host and registry, replaced at half of its life, pulls of one image wait for one \
             call, asked for at each try of a pull; the call is retried as aws-go-v2-2.0"
        ),
        "{kubelet}"
    );
    let swarm = client("swarm-executor").unwrap().explain().tokens.unwrap();
    assert!(
        swarm.starts_with("those of who deploys, sent along with it. With --with-registry-auth")
    );
}

#[test]
fn passwords_are_called_for_at_amazon_ecr_only() {
    let services = crate::catalog::catalog().services().iter();
    let gives: Vec<_> = services
        .filter_map(|it| Some((it.name.as_str(), it.password_call()?)))
        .collect();
    let call = "GetAuthorizationToken";
    assert_eq!(gives, [("ecr-public", call), ("ecr", call)]);
}
