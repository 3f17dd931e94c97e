//! What hosts that share something ask a registry.

use crate::judge::best_possible;
use crate::record::Nothing;
use crate::replicate::prepare;
use crate::scenario::Document;

/// Finished pulls and requests of each operation, of pulls one after another.
fn pulled(images: &str, workload: &str) -> (f64, Vec<(String, u64)>) {
    let text = format!(
        "pullstorm: 1
name: pulls
services: {{hub: {{latency: 10ms, limiters: {{all: {{bucket: {{burst: 1000, refill: 10/s}}}}}}}}}}
images: {{{images}}}
workloads: {{w: {{kind: image-pulls, begin: {{every: 1min}}, {workload}}}}}
"
    );
    let document = Document::parse("pulls", text.as_bytes()).unwrap_or_else(|it| panic!("{it}"));
    let prepared = prepare(&document, &[]).unwrap_or_else(|it| panic!("{it}"));
    let plan = &prepared[0].plan;
    let (mut outcome, _) = crate::engine::simulate(plan, 1, 0, Nothing);
    assert_eq!(outcome.cut_off, None);
    let finished = outcome.workloads[0].finished_after;
    let best = best_possible(plan, 1, 0)[0].finish;
    assert!(
        finished.is_none_or(|finished| finished >= best),
        "{finished:?} {best:?}"
    );
    let mut sent: Vec<(String, u64)> = Vec::new();
    for (site, totals) in plan.sites.iter().zip(&outcome.totals.sites) {
        let name = &plan.operations[site.operation as usize].name;
        match sent.iter_mut().find(|(known, _)| known == name) {
            Some((_, count)) => *count += totals.attempts,
            None => sent.push((name.clone(), totals.attempts)),
        }
    }
    let values = prepared[0].metrics.values(plan, &mut outcome);
    let done = prepared[0].metrics.find("w.pulls.finished").unwrap();
    (values[done].unwrap(), sent)
}

fn count(sent: &[(String, u64)], operation: &str) -> u64 {
    let found = sent.iter().find(|(name, _)| name == operation);
    found.map_or(0, |(_, count)| *count)
}

const APP: &str = "app: {registry: hub, layers: 4}";
const FAMILY: &str = "base: {registry: hub, layers: 3}, one: {registry: hub, layers: 2, base: \
                      base}, two: {registry: hub, layers: 1, base: base}";

#[test]
fn a_host_that_has_the_image_only_checks_what_its_tag_stands_for() {
    let (done, sent) = pulled(
        APP,
        "pulls: 3, hosts: 1, pull: {client: docker-classic, images: app}",
    );
    assert_eq!(done, 3.0);
    assert_eq!(count(&sent, "layer"), 4);
    assert_eq!((count(&sent, "ping"), count(&sent, "resolve")), (3, 3));
}

#[test]
fn a_host_that_pulls_what_it_lacks_asks_once() {
    let workload = "pulls: 3, hosts: 1, pull: {client: docker-classic, images: app, behaviour: \
                    if-not-present}";
    let (done, sent) = pulled(APP, workload);
    assert_eq!(
        (done, count(&sent, "ping"), count(&sent, "layer")),
        (3.0, 1, 4)
    );
}

#[test]
fn layers_of_a_common_base_are_fetched_once_by_each_host() {
    for client in ["docker-classic", "containerd-2.4"] {
        let workload =
            format!("pulls: 2, hosts: 2, pull: {{client: {client}, images: [one, two]}}");
        let (done, sent) = pulled(FAMILY, &workload);
        assert_eq!(
            (done, count(&sent, "layer")),
            (2.0, 2 * (3 + 2 + 1)),
            "{client}"
        );
    }
    let workload = "pulls: 1, pull: {client: docker-classic, images: [one, two], cached: base}";
    assert_eq!(count(&pulled(FAMILY, workload).1, "layer"), 2 + 1);
    let crane = "pulls: 1, pull: {client: crane-2026-05, images: [one, two]}";
    assert_eq!(
        count(&pulled(FAMILY, crane).1, "layer"),
        5 + 4,
        "it keeps nothing"
    );
}

#[test]
fn a_host_that_must_not_ask_and_has_nothing_fails() {
    let never = |cached| {
        format!(
            "pulls: 2, pull: {{client: containerd-1.6, images: app, behaviour: never, cached: {cached}}}"
        )
    };
    assert_eq!(pulled(APP, &never("nothing")).0, 0.0);
    let (done, sent) = pulled(APP, &never("everything"));
    assert_eq!(
        (done, sent.iter().map(|(_, count)| count).sum::<u64>()),
        (2.0, 0)
    );
}

#[test]
fn a_push_sends_what_the_registry_lacks_and_a_second_tag_only_looks() {
    let pushed = |settings: &str| {
        let text = format!(
            "pullstorm: 1
name: pushes
services: {{hub: {{latency: 10ms, limiters: {{all: {{bucket: {{burst: 1000, refill: 10/s}}}}}}}}}}
images: {{{FAMILY}}}
workloads: {{w: {{kind: image-pushes, push: {{client: docker-classic, auth: none, {settings}}}}}
"
        );
        let document = Document::parse("pushes", text.as_bytes());
        let document = document.unwrap_or_else(|it| panic!("{it}"));
        let prepared = prepare(&document, &[]).unwrap_or_else(|it| panic!("{it}"));
        let (outcome, _) = crate::engine::simulate(&prepared[0].plan, 1, 0, Nothing);
        let mut sent = Vec::new();
        for (site, totals) in prepared[0].plan.sites.iter().zip(&outcome.totals.sites) {
            let name = prepared[0].plan.operations[site.operation as usize]
                .name
                .clone();
            sent.push((name, totals.attempts));
        }
        let count = |operation: &str| -> u64 {
            let of = sent.iter().filter(|(name, _)| name == operation);
            of.map(|(_, count)| count).sum()
        };
        [
            "blob_check",
            "upload_start",
            "upload_finish",
            "manifest_put",
        ]
        .map(count)
    };
    // Five layers, three of them the base's, and the config.
    assert_eq!(pushed("images: one}"), [6, 6, 6, 1]);
    assert_eq!(pushed("images: one, holds: base}"), [6, 3, 3, 1]);
    assert_eq!(pushed("images: one, holds: everything}"), [6, 0, 0, 1]);
    assert_eq!(pushed("images: one}, tags: 3"), [18, 6, 6, 3]);
    assert_eq!(pushed("images: [one, two]}"), [11, 11, 11, 2]);
}

#[test]
fn a_client_whose_pushes_nobody_recorded_is_refused() {
    let text = "pullstorm: 1
name: pushes
services: {hub: {limiters: {all: {bucket: {burst: 1, refill: 1/s}}}}}
images: {app: {registry: hub, layers: 1}}
workloads: {w: {kind: image-pushes, push: {client: crane-2026-05, auth: none, images: app}}}
";
    let document = Document::parse("pushes", text.as_bytes()).unwrap_or_else(|it| panic!("{it}"));
    let Err(problems) = prepare(&document, &[]) else {
        panic!("nobody knows what crane sends on a push");
    };
    let said = problems.to_string();
    assert!(said.contains("on a push is not known"), "{said}");
}
