//! Statements about the clients that are compiled in.

use super::*;

fn count(name: &str, conditions: Conditions) -> u32 {
    let client = client(name).unwrap_or_else(|| panic!("no client {name}"));
    u32::try_from(client.requests(Action::Pull, &conditions).len()).unwrap()
}

const MEASURED: [&str; 8] = [
    "docker-classic",
    "containerd-1.6",
    "containerd-2.4",
    "podman-4",
    "skopeo-1.9",
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
        let engine = client(name).unwrap().engine().unwrap();
        let loops = &engine.rule(Action::Pull, RequestClass::Token).loops;
        assert_eq!(loops.is_empty(), name != "crane-2026-05", "{name}");
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
    let dead = r#"{"ping": {"on_failure": {"dead_end": "v1_ping"}}}"#;
    wrong(&engine(dead), "no rule for `v1_ping`");
}
