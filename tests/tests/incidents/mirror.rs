//! Mirrors: a fleet is switched to an empty one, and one before a Swarm that restarts for ever.

use pullstorm_core::replicate::{Sequential, prepare};
use pullstorm_core::report::{judge_variants, report};
use pullstorm_tests::incident::{Runs, incident, variant, with};

fn runs(of: &str) -> Runs {
    Runs::of(variant(&incident("mirror-cold-start"), of), 5)
}

#[test]
fn an_empty_mirror_spends_as_many_pulls_as_nodes_ask_at_once() {
    let today = runs("today");
    // 24 nodes find none of the first images there: after the fourth of ten, 96 of 100 are spent.
    let pulls = |runs: &Runs| {
        runs.mean("limiters.hub.pulls.offered") - runs.mean("limiters.hub.pulls.throttled")
    };
    assert_eq!(pulls(&today), 100.0);
    assert_eq!(today.mean("fleet.pulls.failed"), 24.0);
    assert_eq!(
        today.mean("ci.pulls.failed"),
        12.0,
        "CI goes without for six hours"
    );
    // Each node asks itself for what the mirror refused.
    assert!(today.mean("fleet.mirror_falls") >= 20.0);
}

#[test]
fn what_comes_one_after_another_or_waits_costs_one_pull_an_image() {
    for name in ["staggered", "single-flight"] {
        let runs = runs(name);
        assert_eq!(runs.mean("fleet.pulls.failed"), 0.0, "{name}");
        assert_eq!(runs.mean("ci.pulls.failed"), 0.0, "{name}");
        // Ten images once, and CI's own.
        assert_eq!(runs.mean("limiters.hub.pulls.offered"), 22.0, "{name}");
    }
    let prefilled = runs("prefilled");
    assert_eq!(prefilled.mean("limiters.hub.pulls.offered"), 12.0);
    assert_eq!(prefilled.mean("fleet.mirror_misses"), 0.0);
}

#[test]
fn the_fleet_needed_no_mirror_as_long_as_nodes_came_one_an_hour() {
    let hourly = runs("hourly-without-mirror");
    assert_eq!(hourly.mean("fleet.pulls.failed"), 0.0);
    assert_eq!(hourly.mean("ci.pulls.failed"), 0.0);
    assert_eq!(runs("no-mirror").mean("fleet.pulls.failed"), 24.0);
}

#[test]
fn another_address_moves_the_border_and_credentials_move_it_further() {
    // 240 pulls at once against 100 of the mirror and 100 of the nodes, of which CI needs 12.
    assert!(runs("own-address").mean("fleet.pulls.failed") > 0.0);
    // 200 of the mirror's user and 100 of the nodes are enough for 240; for 40 nodes they are not.
    assert_eq!(runs("signed-in").mean("fleet.pulls.failed"), 0.0);
    let forty = with(
        &incident("mirror-cold-start"),
        "workloads.fleet.pulls",
        "40",
    );
    let forty = Runs::of(variant(&forty, "signed-in"), 5);
    assert!(forty.mean("fleet.pulls.failed") > 0.0);
}

#[test]
fn a_mirror_takes_the_loop_of_a_swarm_on_itself_only_behind_an_address_of_its_own() {
    let swarm = |name: &str| Runs::of(variant(&incident("swarm-restart-loop"), name), 2);
    let own = swarm("mirror");
    assert_eq!(own.mean("shop.tasks.failed"), 0.0);
    // The mirror looks each tag up, is locked out, and answers with the tags it knows.
    assert!(
        own.mean("broken.mirror_checks") / 14.0 > 6_000.0,
        "a minute"
    );
    assert!(own.mean("limiters.hub.abuse.throttled") > 0.0);
    assert_eq!(swarm("mirror-behind-nat").mean("shop.tasks.failed"), 12.0);
}

#[test]
fn what_a_mirror_asks_is_told_as_its_own_on_behalf_of_who_pulls() {
    let prepared = prepare(&incident("mirror-cold-start"), &["today".to_owned()]).unwrap();
    let report = report(&judge_variants(prepared, &Sequential, 1, Some(2)), 1);
    let today = &report.variants[0];
    let pulls = today.limiters.iter().find(|it| it.name == "hub pulls");
    let mut spenders: Vec<&str> = pulls
        .unwrap()
        .spenders
        .iter()
        .map(|spender| spender.workload.as_str())
        .collect();
    spenders.sort_unstable();
    assert_eq!(spenders, ["cache, for fleet", "ci", "fleet"]);
    let way = today.ways.iter().find(|way| way.workload == "fleet");
    let links = way.unwrap().links.iter();
    let pulls = links.filter(|link| link.name == "hub pulls");
    let mut askers: Vec<Option<&str>> = pulls.map(|link| link.mirror.as_deref()).collect();
    askers.sort_unstable();
    assert_eq!(
        askers,
        [None, Some("cache")],
        "itself after the mirror has failed"
    );
}

#[test]
fn a_mirror_behind_the_gateway_brings_each_layer_through_it_once() {
    let bytes = |of: &str, what: &str| runs(of).mean(&format!("fleet.{what}"));
    let once = bytes("single-flight", "nat_bytes");
    assert!(once > 1e9);
    assert_eq!(bytes("single-flight", "bytes_pulled"), 24.0 * once);
    assert_eq!(bytes("prefilled", "nat_bytes"), 0.0);
}
