//! Every preset of the catalog in a scenario: it runs, or asks for the number nobody published.

use pullstorm_core::catalog::client::{self, Confidence};
use pullstorm_core::catalog::{Body, Counting, Hint, Preset, Scope, catalog, preset};
use pullstorm_core::engine::simulate;
use pullstorm_core::plan::Plan;
use pullstorm_core::record::Nothing;
use pullstorm_core::replicate::prepare;
use pullstorm_core::scenario::Document;
use pullstorm_core::units::Span;

/// Three hundred callers who each call every operation that the preset limits, all at once.
fn scenario(preset: &Preset, limiters: &str) -> String {
    let service = catalog().service(&preset.service).unwrap();
    let limited = |name: &str| {
        let counts = |(counted, _): &(String, u32)| counted == name;
        preset
            .limiters
            .iter()
            .any(|limiter| limiter.operations.iter().any(counts))
    };
    let operations: Vec<&str> = service
        .operations
        .iter()
        .map(|operation| operation.name.as_str())
        .filter(|name| preset.limiters.is_empty() || limited(name))
        .collect();
    format!(
        "pullstorm: 1\nname: one\nservices:\n  it:\n    preset: {}\n    limiters: {{{limiters}}}\n\
         workloads:\n  callers: {{kind: api-callers, service: it, callers: 300, calls: [{}]}}\n",
        preset.name,
        operations.join(", ")
    )
}

/// The plan, or everything that is wrong.
fn compile(text: &str) -> Result<Plan, String> {
    let document = Document::parse("test.yaml", text.as_bytes()).map_err(|e| e.to_string())?;
    let prepared = prepare(&document, &[]).map_err(|problems| problems.to_string())?;
    Ok(prepared[0].plan.clone())
}

#[test]
fn every_preset_runs_in_a_scenario_once_its_questions_are_answered() {
    for preset in catalog().presets() {
        let asked: Vec<_> = preset.questions().collect();
        let answers: Vec<String> = asked
            .iter()
            .map(|question| {
                let name = &question.limiter;
                format!("{name}: {{bucket: {{burst: 10, refill: 5/s}}, assumed: true}}")
            })
            .collect();
        let plan = compile(&scenario(preset, &answers.join(", ")));
        let plan = plan.unwrap_or_else(|problems| panic!("{}: {problems}", preset.name));
        assert_eq!(
            plan.limiters.len(),
            preset.limiters.len(),
            "{}",
            preset.name
        );
        for question in &asked {
            let told = format!("{}: nobody publishes a limit", question.limiter);
            let shown = plan.assumptions().any(|it| it.text.starts_with(&told));
            assert!(shown, "{}: {:?}", preset.name, plan.stated);
        }
        let (outcome, Nothing) = simulate(&plan, 1, 0, Nothing);
        let asked = outcome.totals.limiters.iter().flatten();
        let admitted: u64 = asked.map(|keys| keys.admitted).sum();
        assert_eq!(admitted > 0, !preset.limiters.is_empty(), "{}", preset.name);
    }
}

#[test]
fn a_number_that_nobody_published_is_asked_for_with_what_to_write() {
    let mut seen = 0;
    for preset in catalog().presets() {
        for question in preset.questions() {
            let problems = compile(&scenario(preset, "")).unwrap_err();
            let path = format!("services.it.limiters.{}", question.limiter);
            assert!(problems.contains(&question.reason), "{problems}");
            assert!(problems.contains(&path), "{problems}");
            assert!(problems.contains("assumed: true"), "{problems}");
            seen += 1;
        }
    }
    assert!(seen > 0, "some numbers are not published");
}

#[test]
fn at_docker_hub_the_abuse_limiter_comes_first_and_counts_everything_in_plain_text() {
    let hub: Vec<&Preset> = catalog()
        .presets()
        .iter()
        .filter(|preset| preset.service == "docker-hub")
        .collect();
    let service = catalog().service("docker-hub").unwrap();
    for preset in &hub {
        let abuse = &preset.limiters[0];
        assert_eq!(abuse.name, "abuse", "{}", preset.name);
        assert_eq!(abuse.scope, Scope::Ip);
        assert!(abuse.charge_throttled);
        for operation in &service.operations {
            assert!(abuse.operations.contains(&(operation.name.clone(), 1)));
        }
        // Clients that look for a registry's error code find none in it.
        assert_eq!((abuse.body, &abuse.error.code), (Some(Body::Text), &None));
        assert_eq!(abuse.hint, Hint::Header(Span::from_secs(60)));
    }
    let windows = ["docker-hub-anonymous", "docker-hub-anonymous-observed"].map(|name| {
        let pulls = &preset(name).unwrap().limiters[1];
        pulls.published.to_string()
    });
    assert_eq!(windows, ["100 in any 6h", "100 in any 1h"]);
}

#[test]
fn an_address_that_keeps_asking_docker_hub_for_20_000_a_minute_gets_through_in_the_first_only() {
    let text = "pullstorm: 1\nname: loop\nhorizon: 20min\nservices: {hub: {preset: docker-hub-paid}}\n\
                workloads:\n  restarts: {kind: api-callers, service: hub, callers: 200000, \
                begin: {every: 3ms}, calls: [manifest-head]}\n";
    let plan = compile(text).unwrap();
    let (outcome, Nothing) = simulate(&plan, 1, 0, Nothing);
    assert_eq!(outcome.totals.limiters[0][0].admitted, 2_500);
}

#[test]
fn a_kubelet_lets_ten_pulls_of_a_node_go_at_once_and_five_a_second_unless_configured_otherwise() {
    let scenario = |limiters: &str| {
        format!(
            "pullstorm: 1\nname: node\nservices: {{kubelet: {{preset: kubelet-pulls, limiters: \
             {{{limiters}}}}}}}\nworkloads:\n  pods: {{kind: api-callers, service: kubelet, \
             callers: 1, calls: {{pull: 30}}, retry: none}}\n"
        )
    };
    let admitted = |limiters: &str| {
        let plan = compile(&scenario(limiters)).unwrap();
        let (outcome, Nothing) = simulate(&plan, 1, 0, Nothing);
        outcome.totals.limiters.first().map(|keys| keys[0].admitted)
    };
    assert_eq!(admitted(""), Some(10));
    assert_eq!(
        admitted("pulls: {bucket: {burst: 20, refill: 10/s}}"),
        Some(20)
    );
    assert_eq!(admitted("pulls: {off: true}"), None);
    let pulls = preset("kubelet-pulls").unwrap().limiter("pulls").unwrap();
    assert_eq!(pulls.scope, Scope::Host);
    assert_eq!(pulls.message.as_deref(), Some("pull QPS exceeded"));
    assert!(matches!(pulls.counting, Counting::Known(_)));
}

#[test]
fn the_page_about_the_model_says_of_every_client_how_it_is_known() {
    let page = include_str!("../../docs/model.md");
    for client in client::clients() {
        let name = format!("`{}`", client.name);
        let told = page
            .lines()
            .filter(|line| line.trim_start().starts_with("| "))
            .find(|line| line.contains(&name));
        let told = told.unwrap_or_else(|| panic!("{name} has no line"));
        let known = match client.confidence {
            Confidence::Measured => "| measured",
            Confidence::Source => "| from source only",
            Confidence::Documented => "| from documentation only",
            Confidence::Inferred => "| inferred",
        };
        assert!(told.trim_start().starts_with(known), "{name}: {told}");
    }
}
