//! The scenario language from outside: the built-in scenarios, overrides and edits.

use pullstorm_core::catalog::Owner;
use pullstorm_core::retry::RetryPolicy;
use pullstorm_core::scenario::model::{Arrivals, CiFanout, Login, Workload};
use pullstorm_core::scenario::{Document, Scenario};
use pullstorm_core::units::Span;

const CIRCLECI: &str = include_str!("../../scenarios/circleci-ecr-fanout.yaml");

fn circleci() -> Document {
    parsed(CIRCLECI)
}

fn parsed(text: &str) -> Document {
    Document::parse("scenario.yaml", text.as_bytes())
        .unwrap_or_else(|problems| panic!("{problems}"))
}

fn ci(scenario: &Scenario) -> &CiFanout {
    match &scenario.workloads[0].value {
        Workload::CiFanout(ci) => ci,
        _ => panic!("the workload is a CI fan-out"),
    }
}

fn variant<'d>(document: &'d Document, name: &str) -> &'d Scenario {
    let found = document
        .variants()
        .iter()
        .find(|variant| variant.name == name);
    &found
        .unwrap_or_else(|| panic!("there is a variant {name}"))
        .scenario
}

#[test]
fn the_first_incident_says_what_its_text_says() {
    let document = circleci();
    let ci = ci(document.scenario());
    assert_eq!((ci.jobs, ci.images, ci.waves), (32, 6, 1));
    assert_eq!(ci.login, Login::PerImage);
    assert_eq!(ci.requests.retry.policy, RetryPolicy::NONE);
    assert_eq!(ci.requests.operated_by, Owner::CiVendor);
    let at_once = Arrivals::Every {
        count: 2,
        every: Span::ZERO,
        from: Span::ZERO,
    };
    assert_eq!(ci.workflows, at_once);
    assert_eq!(
        document.scenario().start_unix_nanos,
        Some(1_523_523_600_000_000_000)
    );
    assert_eq!(document.scenario().expect.len(), 2);
    let preset = document.scenario().services[0]
        .value
        .preset
        .as_ref()
        .unwrap();
    let place = preset.place.unwrap();
    assert_eq!(
        &document.text()[place.start as usize..place.end as usize],
        "aws-ecr@2018-01"
    );
}

#[test]
fn a_variant_is_the_scenario_with_its_overrides() {
    let document = circleci();
    assert_eq!(ci(variant(&document, "login-per-job")).login, Login::PerJob);
    assert_eq!(ci(variant(&document, "two-waves")).waves, 2);
    let spaced = Arrivals::Every {
        count: 2,
        every: Span::from_secs(48),
        from: Span::ZERO,
    };
    assert_eq!(ci(variant(&document, "spaced")).workflows, spaced);
    assert_eq!(
        ci(variant(&document, "tuned"))
            .requests
            .retry
            .policy
            .attempts_max,
        16
    );
    assert_eq!(ci(variant(&document, "tuned")).jobs, 32);
}

#[test]
fn an_argument_changes_today_and_what_variants_begin_from() {
    let document = circleci().set("workloads.ci.waves", "4").unwrap();
    assert_eq!(ci(document.scenario()).waves, 4);
    assert_eq!(ci(variant(&document, "tuned")).waves, 4);
    assert_eq!(ci(variant(&document, "two-waves")).waves, 2);
    let everywhere = circleci()
        .set_everywhere("workloads.ci.waves", "4")
        .unwrap();
    assert_eq!(ci(variant(&everywhere, "two-waves")).waves, 4);
    assert_eq!(everywhere.number_at("workloads.ci.waves"), Some(4));
}

#[test]
fn an_argument_goes_inside_a_preset() {
    let document = circleci()
        .set("workloads.ci.retry", "aws-standard-2.1")
        .unwrap();
    let document = document.set("workloads.ci.retry.attempts", "8").unwrap();
    let retry = &ci(document.scenario()).requests.retry;
    assert_eq!(retry.policy.attempts_max, 8);
    assert_eq!(retry.preset.as_deref(), Some("aws-standard-2.1"));
}
