//! Statements about the data that is compiled in.

use super::*;
use crate::limiter::{
    Algorithm, Clock, Delay, Initial, Limiter, NginxLimitReqSpec, Refill, SlidingLogSpec, Spec,
    TokenBucketSpec,
};
use crate::units::{Rate, Span};

#[test]
fn every_record_says_where_when_and_how_surely() {
    for record in catalog().records() {
        assert!(!record.sources.is_empty(), "{}", record.id);
        assert!(
            record.sources.iter().all(|source| source.len() > 8),
            "{}",
            record.id
        );
        assert_eq!(record.as_of.as_str(), "2026-11-20", "{}", record.id);
        assert!(
            !record.covers.is_empty() && !record.counts.is_empty(),
            "{}",
            record.id
        );
        if record.limit == Figures::Described {
            assert!(record.note.is_some(), "{} is described nowhere", record.id);
        }
    }
}

#[test]
fn every_preset_builds_its_limiters_or_asks() {
    for preset in catalog().presets() {
        for limiter in &preset.limiters {
            match &limiter.counting {
                Counting::Known(algorithm) => {
                    let spec = Spec {
                        algorithm: algorithm.clone(),
                        initial: Initial::Full,
                        charge_throttled: limiter.charge_throttled,
                        over_limit: limiter.over_limit,
                        lock_out: None,
                    };
                    let built = Limiter::new(&spec, 1, Clock::default());
                    assert!(built.is_ok(), "{} {}: {built:?}", preset.name, limiter.name);
                }
                Counting::Unknown(question) => {
                    let text = question.to_string();
                    assert!(text.contains("; write limiters."), "{text}");
                }
            }
        }
    }
}

#[test]
fn in_early_2018_ecr_let_200_logins_through_and_4_a_second_and_would_not_raise_it() {
    let preset = preset("aws-ecr@2018-01").unwrap();
    let [login] = preset.limiters.as_slice() else {
        panic!("{:?}", preset.limiters)
    };
    let bucket = TokenBucketSpec {
        burst: 200,
        refill: Refill::Continuous(Rate::per_second(4)),
    };
    assert_eq!(
        login.counting,
        Counting::Known(Algorithm::TokenBucket(bucket))
    );
    assert_eq!(login.operations, [("GetAuthorizationToken".to_owned(), 1)]);
    assert_eq!(login.scope, Scope::AccountRegion);
    assert_eq!(login.raisable, Some(false));
    assert_eq!(
        (login.error.status, login.error.code.as_deref()),
        (Some(400), Some("ThrottlingException"))
    );
    assert!(login.assumptions.is_empty(), "nothing about it is assumed");
}

#[test]
fn a_name_without_a_date_means_the_one_in_force() {
    assert_eq!(preset("aws-ecr").unwrap().name, "aws-ecr@2026-11");
    assert_eq!(preset("aws-ecr@2018-06").unwrap().name, "aws-ecr@2018-06");
    let today = preset("aws-ecr")
        .unwrap()
        .limiter("GetAuthorizationToken")
        .unwrap();
    assert_eq!(today.published.to_string(), "500/s");
    assert!(
        today.assumptions[0].starts_with("burst of 500"),
        "{:?}",
        today.assumptions
    );
}

#[test]
fn unknown_names_are_answered_with_near_ones() {
    let error = preset("aws-erc").unwrap_err();
    assert!(error.to_string().contains("aws-ecr"), "{error}");
    let error = preset("aws-ecr@2017-01").unwrap_err();
    assert!(error.to_string().contains("aws-ecr@2018-01"), "{error}");
    let error = catalog()
        .operation("ecr", "GetAuthorisationToken")
        .unwrap_err();
    assert!(
        error.to_string().contains("GetAuthorizationToken"),
        "{error}"
    );
    let error = catalog().operation("erc", "PutImage").unwrap_err();
    assert!(error.to_string().contains("ecr"), "{error}");
}

#[test]
fn operations_of_an_ecs_group_share_one_bucket() {
    let ecs = preset("aws-ecs").unwrap();
    let modify = ecs.limiter("service-modify").unwrap();
    assert_eq!(modify.published.to_string(), "50 burst, 5/s");
    let names: Vec<&str> = modify
        .operations
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(names, ["CreateService", "DeleteService", "UpdateService"]);
    let definitions = ecs.limiter("task-definition-modify").unwrap();
    assert_eq!(definitions.published.to_string(), "20 burst, 1/s");
    let of_run_task = |preset: &Preset| {
        let counts = |l: &&PresetLimiter| l.operations.iter().any(|(name, _)| name == "RunTask");
        preset.limiters.iter().filter(counts).count()
    };
    assert_eq!(of_run_task(ecs), 1);
    assert_eq!(of_run_task(preset("aws-ecs-fargate").unwrap()), 2);
}

#[test]
fn conflicts_are_known_on_both_sides() {
    for preset in catalog().presets() {
        for conflict in &preset.conflicts {
            let other = catalog().preset(&conflict.with).unwrap();
            assert!(other.conflicts.iter().any(|back| back.with == preset.name));
        }
    }
    let conservative = preset("aws-ecr-conservative").unwrap();
    let login = conservative.limiter("GetAuthorizationToken").unwrap();
    assert_eq!(login.published.to_string(), "200 burst, 20/s");
    assert_eq!(conservative.conflicts[0].with, "aws-ecr@2026-11");
}

const SMALL: &str = r#"{
    "service": "toy", "provider": "Toy", "as_of": "2026-11-20",
    "sources": { "s": "somewhere" },
    "operations": [{ "name": "Get", "does": "reads" }],
    "records": [{ "id": "toy.get", "operations": ["Get"], "counts": "one call",
        "scope": "ip", "limit": { "rule": "rate", "limit": 10, "window": "1min" },
        "sources": ["s"], "confidence": "observed" }],
    "presets": []
}"#;

#[test]
fn mistakes_in_the_data_are_named_by_file_and_id() {
    let read = |text: &str| Catalog::read(&[("toy.json", text)]);
    assert!(read(SMALL).is_ok());
    let wrong = |from: &str, to: &str| read(&SMALL.replace(from, to)).unwrap_err().to_string();
    assert_eq!(
        wrong("[\"s\"]", "[\"t\"]"),
        "toy.json: toy.get: no source `t`"
    );
    assert_eq!(wrong("[\"s\"]", "[]"), "toy.json: toy.get: no source");
    assert_eq!(
        wrong("1min", "1 min"),
        "toy.json: toy.get: `1 min` is not a span"
    );
    assert_eq!(
        wrong("[\"Get\"]", "[\"Put\"]"),
        "toy.json: toy.get: unknown operation `Put`"
    );
    assert!(wrong("\"observed\"", "\"sure\"").contains("unknown variant `sure`"));
    assert!(wrong("2026-11-20", "today").contains("`today` is not a date"));
    let with_preset = |limiter: &str| {
        let preset = r#"{ "name": "toy", "date": "2026", "title": "Toy", "limiters": [L] }"#;
        let text = SMALL.replace("\"presets\": []", &format!("\"presets\": [{preset}]"));
        read(&text.replace("[L]", &format!("[{limiter}]"))).map_err(|e| e.to_string())
    };
    let unmodelled = with_preset(r#"{ "name": "g", "record": "toy.get" }"#).unwrap_err();
    assert!(
        unmodelled.contains("too little to simulate"),
        "{unmodelled}"
    );
    let unexplained = with_preset(
        r#"{ "name": "g", "record": "toy.get",
            "model": { "rule": "token_bucket", "burst": 10, "refill": "10/min" } }"#,
    );
    assert!(unexplained.unwrap_err().ends_with("why?"));
    let two = SMALL.replace(
        "\"Get\", \"does\"",
        "\"Put\", \"does\": \"writes\" }, { \"name\": \"Get\", \"does\"",
    );
    let shared = r#""presets": [{ "name": "toy", "date": "2026", "title": "Toy", "limiters": [{ "name":
        "g", "record": "toy.get", "all": true, "scope": "account_region_operation", "ask": "-" }] }]"#;
    let shared = read(&two.replace("\"presets\": []", shared))
        .unwrap_err()
        .to_string();
    assert!(
        shared.contains("counts each operation by itself"),
        "{shared}"
    );
    let asked = with_preset(r#"{ "name": "g", "record": "toy.get", "ask": "nobody knows" }"#);
    let question = asked.unwrap().presets()[0]
        .questions()
        .next()
        .unwrap()
        .to_string();
    let expected = "nobody knows; write limiters.g.bucket: {burst: .., refill: ../s}";
    assert_eq!(question, expected);
}

#[test]
fn the_survey_of_november_2026_is_there_in_full() {
    assert_eq!(catalog().records().count(), 161);
}

#[test]
fn a_token_is_good_for_as_long_as_the_record_of_its_service_says() {
    let lifetime = |preset: &str| {
        let service = &super::preset(preset).unwrap().service;
        let known = catalog().service(service).ok()?.token_lifetime.as_ref()?;
        let record = catalog().record(&known.record).unwrap();
        assert_eq!(record.limit, Figures::Duration { span: known.span });
        assert!(!record.sources.is_empty());
        Some(known.span)
    };
    assert_eq!(
        lifetime("aws-ecr@2018-01"),
        Some(Span::from_secs(12 * 3600))
    );
    assert_eq!(lifetime("docker-hub-anonymous"), Some(Span::from_secs(300)));
    assert_eq!(lifetime("gitlab-com"), Some(Span::from_secs(900)));
    assert_eq!(lifetime("aws-cloudformation"), None);
}

#[test]
fn a_token_lifetime_that_is_no_duration_is_a_mistake_in_the_data() {
    let text = include_str!("data/ecr.json").replace(
        r#""token_lifetime": "ecr.token_lifetime""#,
        r#""token_lifetime": "ecr.get_authorization_token.2016""#,
    );
    let mistake = Catalog::read(&[("ecr.json", &text)]).unwrap_err();
    assert_eq!(mistake.problem, "`50 burst, 1/s` is no duration");
}

#[test]
fn docker_hub_counts_manifests_as_pulls_and_everything_as_abuse() {
    let hub = preset("docker-hub-anonymous").unwrap();
    let counted = |limiter: &str, operation: &str| {
        let operations = &hub.limiter(limiter).unwrap().operations;
        operations.iter().any(|(name, _)| name == operation)
    };
    for free in ["manifest-head", "blob-get", "token", "ping"] {
        assert!(!counted("pulls", free), "{free} is no pull");
        assert!(counted("abuse", free), "{free} is a request");
    }
    assert!(counted("pulls", "manifest-get") && counted("abuse", "manifest-get"));
    assert_eq!(hub.limiters[0].name, "abuse", "the front door comes first");
    assert_eq!(
        hub.limiter("abuse").unwrap().hint,
        Hint::Header(Span::from_secs(60))
    );
}

#[test]
fn docker_hubs_window_is_6_h_as_documented_and_1_h_as_seen() {
    for (documented, observed, limit) in [
        ("docker-hub-anonymous", "docker-hub-anonymous-observed", 100),
        ("docker-hub-free", "docker-hub-free-observed", 200),
    ] {
        let documented = preset(documented).unwrap();
        let observed = preset(observed).unwrap();
        let pulls = |preset: &Preset| preset.limiter("pulls").unwrap().clone();
        let rolling = |hours: u64| {
            let window = Span::from_secs(hours * 3_600);
            Counting::Known(Algorithm::SlidingLog(SlidingLogSpec { limit, window }))
        };
        assert_eq!(pulls(documented).counting, rolling(6));
        assert_eq!(pulls(documented).confidence, Confidence::Documented);
        assert_eq!(pulls(observed).counting, rolling(1));
        assert_eq!(pulls(observed).confidence, Confidence::Observed);
        assert!(
            documented
                .conflicts
                .iter()
                .any(|conflict| conflict.with == observed.name)
        );
    }
}

#[test]
fn what_nobody_publishes_is_asked_for() {
    for name in [
        "aws-cloudformation",
        "aws-iam",
        "azure-acr",
        "quay",
        "mcr",
        "redhat",
    ] {
        assert_eq!(preset(name).unwrap().questions().count(), 1, "{name}");
    }
    let question = preset("aws-cloudformation")
        .unwrap()
        .questions()
        .next()
        .unwrap()
        .to_string();
    let expected = "AWS publishes no limit for the CloudFormation API; write limiters.api.bucket: \
                    {burst: .., refill: ../s}";
    assert_eq!(question, expected);
}

#[test]
fn each_ec2_operation_has_its_own_bucket_and_launches_have_two() {
    let ec2 = preset("aws-ec2").unwrap();
    assert_eq!(ec2.limiter("DescribeSubnets").unwrap().operations.len(), 1);
    assert_eq!(
        ec2.limiter("RunInstances").unwrap().published.to_string(),
        "5 burst, 2/s"
    );
    let instances = ec2.limiter("RunInstances-instances").unwrap();
    assert_eq!(instances.published.to_string(), "1000 burst, 2/s");
    assert_eq!(instances.operations, [("RunInstances".to_owned(), 1)]);
    let endpoint = ec2.limiter("CreateVpcEndpoint").unwrap();
    let refill = Refill::Continuous(Rate::new(3, Span::from_secs(10)).unwrap());
    let bucket = TokenBucketSpec { burst: 4, refill };
    assert_eq!(
        endpoint.counting,
        Counting::Known(Algorithm::TokenBucket(bucket))
    );
}

#[test]
fn quays_nginx_counts_as_nginx_does_and_delays_nobody() {
    let quay = preset("quay-nginx-http1").unwrap();
    let nginx = NginxLimitReqSpec {
        rate: Rate::per_second(50),
        burst: 10,
        delay: Delay::Never,
    };
    let manifests = &quay.limiter("manifests").unwrap().counting;
    assert_eq!(*manifests, Counting::Known(Algorithm::NginxLimitReq(nginx)));
}

#[test]
fn launches_on_fargate_wait_and_are_not_refused() {
    let launches = preset("aws-fargate").unwrap().limiter("launches").unwrap();
    assert_eq!(launches.over_limit, crate::limiter::OverLimit::Wait);
}

#[test]
fn a_manifest_of_ecr_is_batch_get_image_and_a_ping_is_nothing() {
    let ecr = catalog().service("ecr").unwrap().requests.as_ref().unwrap();
    assert_eq!(ecr.auth, client::Auth::Basic);
    assert_eq!(ecr.operation(RequestClass::Manifest), Some("BatchGetImage"));
    assert_eq!(
        ecr.operation(RequestClass::Layer),
        Some("GetDownloadUrlForLayer")
    );
    assert_eq!(ecr.operation(RequestClass::ManifestPut), Some("PutImage"));
    assert_eq!(ecr.operation(RequestClass::Ping), None);
    assert!(ecr.describes(RequestClass::Ping));
}

#[test]
fn docker_hub_counts_a_look_up_as_abuse_and_not_as_a_pull() {
    let hub = catalog().service("docker-hub").unwrap();
    let requests = hub.requests.as_ref().unwrap();
    let preset = preset("docker-hub-anonymous").unwrap();
    let counts = |limiter: &str, class| {
        let operation = requests.operation(class).unwrap();
        let limiter = preset.limiter(limiter).unwrap();
        limiter.operations.iter().any(|(name, _)| name == operation)
    };
    for class in RequestClass::ALL {
        assert!(counts("abuse", class), "{class}");
        assert_eq!(
            counts("pulls", class),
            class == RequestClass::Manifest,
            "{class}"
        );
    }
}

#[test]
fn every_service_with_manifests_says_what_its_requests_are() {
    for service in catalog().services() {
        let has_images = service.has("manifest-get") || service.has("BatchGetImage");
        let dependency_proxy = service.has("registry-get");
        let expected = has_images || dependency_proxy;
        assert_eq!(service.requests.is_some(), expected, "{}", service.name);
    }
}

#[test]
fn the_abuse_limiter_s_answer_is_plain_text_and_a_pull_limit_s_is_json() {
    let preset = preset("docker-hub-anonymous").unwrap();
    assert_eq!(preset.limiter("abuse").unwrap().body, Some(Body::Text));
    assert_eq!(preset.limiter("pulls").unwrap().body, Some(Body::Json));
}
