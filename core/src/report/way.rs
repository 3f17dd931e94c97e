//! What a report says of each workload's way: what it meets, what binds, how its loops multiply.

use super::model::{Figure, LinkKind, LinkReport, NestedLoop, WayReport, WorstOperation};
use super::{Judged, words};
use crate::plan::{Chain, Link, NONE, Plan, Start, Step};
use crate::replicate::{Met, RunSummary};
use std::collections::BTreeMap;

/// Loops that try again less often than this, per entry, multiply nothing.
const MULTIPLIES: f64 = 1.005;

/// An operation that is sent so many times as often as the loops around it multiply is named.
const FAR: f64 = 1.5;

/// The ways of the workloads that somebody waits for. Where limits do not matter to what breaks, slots
/// bind before them.
pub(super) fn ways(judged: &Judged, today: Option<&Judged>, limits_matter: bool) -> Vec<WayReport> {
    let plan = &judged.prepared.plan;
    let chains = judged.prepared.chains.iter().enumerate();
    chains
        .filter(|(_, chain)| !plan.workloads[chain.workload as usize].background)
        .map(|(place, chain)| way(judged, today, place, chain, limits_matter))
        .collect()
}

fn way(
    judged: &Judged,
    today: Option<&Judged>,
    place: usize,
    chain: &Chain,
    limits_matter: bool,
) -> WayReport {
    let plan = &judged.prepared.plan;
    let slots = || waited_longest(judged, place, chain);
    let binding = match limits_matter {
        true => binding(judged, place, chain),
        false => slots().or_else(|| binding(judged, place, chain)),
    };
    let links = chain.links.iter().enumerate();
    let links = links.map(|(index, link)| {
        let (name, kind, client_side, rule) = described(plan, link);
        // Another variant may have another way.
        let same = today.and_then(|today| {
            let of = &today.prepared;
            let theirs = &of.chains.get(place)?.links;
            let is_it = |other: &Link| {
                described(&of.plan, other).0 == name && asker(&of.plan, other) == asker(plan, link)
            };
            Some((today, theirs.iter().position(is_it)?))
        });
        let figure = |of: fn(&Met) -> f64| {
            let values = |(judged, index): (&Judged, usize)| -> Vec<Option<f64>> {
                let met = |run: &RunSummary| Some(of(&run.ways[place][index]));
                judged.runs.iter().map(met).collect()
            };
            let (own, before) = (values((judged, index)), same.map(values));
            Figure::of(&own, before.as_deref()).within(0.0, f64::MAX)
        };
        LinkReport {
            name,
            kind,
            client_side,
            mirror: asker(plan, link).map(str::to_owned),
            rule,
            offered: figure(|met| met.offered as f64),
            throttled: figure(|met| met.throttled as f64),
            waited: figure(|met| met.waited as f64),
            waiting: figure(|met| met.nanos as f64 / 1e9),
            binds: binding == Some(index),
        }
    });
    let loops = nested(judged, chain.workload);
    let amplification: f64 = loops.iter().map(|retry| retry.amplification).product();
    WayReport {
        workload: plan.workloads[chain.workload as usize].name.clone(),
        links: links.collect(),
        amplification,
        worst: worst(judged, chain.workload).filter(|it| it.amplification >= FAR * amplification),
        loops,
    }
}

/// The operation of a service of the scenario that is sent most often for each that is needed.
fn worst(judged: &Judged, workload: u32) -> Option<WorstOperation> {
    let plan = &judged.prepared.plan;
    let mut asked: BTreeMap<u32, (u64, u64)> = BTreeMap::new();
    let all = judged.runs.iter().flat_map(|run| &run.asked);
    for of in all.filter(|of| of.workload == workload) {
        let (sent, needed) = asked.entry(of.operation).or_default();
        *sent += of.sent;
        *needed += of.needed;
    }
    let services = &judged.prepared.scenario.services;
    let multiples = asked.into_iter().filter_map(|(operation, (sent, needed))| {
        let asked = &plan.operations[operation as usize];
        let known = services.iter().any(|known| known.name == asked.service);
        (known && needed > 0).then(|| WorstOperation {
            service: asked.service.clone(),
            operation: asked.name.clone(),
            amplification: sent as f64 / needed as f64,
        })
    });
    multiples.max_by(|a, b| a.amplification.total_cmp(&b.amplification))
}

/// The mirror that meets a link on behalf of the workload.
fn asker<'p>(plan: &'p Plan, link: &Link) -> Option<&'p str> {
    match link {
        Link::Limiter { mirror, .. } => mirror.map(|mirror| plan.mirrors[mirror as usize].as_str()),
        Link::Slots { .. } | Link::Pacer { .. } => None,
    }
}

/// Name, kind, side and rule of a link.
fn described(plan: &Plan, link: &Link) -> (String, LinkKind, bool, String) {
    match link {
        Link::Slots { pool } => {
            let pool = &plan.pools[*pool as usize];
            let rule = match (pool.is_semaphore(), pool.owners) {
                (true, _) => format!("{} at the start", pool.slots),
                (false, 1) => pool.slots.to_string(),
                (false, owners) => format!("{} for each of {owners}", pool.slots),
            };
            (pool.about.to_owned(), LinkKind::Slots, true, rule)
        }
        Link::Pacer { loops, .. } => {
            let policies = loops
                .iter()
                .map(|retry| &plan.loops[*retry as usize].policy);
            let mut rules: Vec<String> = policies.map(|policy| policy.describe()).collect();
            rules.dedup();
            let name = "rate limiter of the retry policy".to_owned();
            (name, LinkKind::Pacer, true, rules.join("; "))
        }
        Link::Limiter { limiter, .. } => {
            let limiter = &plan.limiters[*limiter as usize];
            let name = format!("{} {}", limiter.service, limiter.name);
            let rule = words::rule(&limiter.spec);
            (name, LinkKind::Limiter, limiter.client_side, rule)
        }
    }
}

/// The place of the link that binds: of limiters and pacers the one that refused or held back most,
/// over all runs; if none did, the slots that were waited for longest. The first of equals.
fn binding(judged: &Judged, place: usize, chain: &Chain) -> Option<usize> {
    let refused = most(judged, place, chain, false, |met| {
        met.throttled + met.waited
    });
    refused.or_else(|| waited_longest(judged, place, chain))
}

/// The place of the slots that were waited for longest.
fn waited_longest(judged: &Judged, place: usize, chain: &Chain) -> Option<usize> {
    most(judged, place, chain, true, |met| met.nanos)
}

/// The place of the link that did most over all runs, of the slots or of the others.
fn most(
    judged: &Judged,
    place: usize,
    chain: &Chain,
    slots: bool,
    of: fn(&Met) -> u64,
) -> Option<usize> {
    let sum = |link: usize| -> u128 {
        let met = |run: &RunSummary| u128::from(of(&run.ways[place][link]));
        judged.runs.iter().map(met).sum()
    };
    let links = chain.links.iter().enumerate();
    let links = links.filter(|(_, link)| matches!(link, Link::Slots { .. }) == slots);
    let sums = links.map(|(index, _)| (index, sum(index)));
    let bound = sums.filter(|(_, sum)| *sum > 0).rev();
    bound.max_by_key(|(_, sum)| *sum).map(|(index, _)| index)
}

/// The limiter that binds a workload by refusing it; into the plan's limiters.
pub(super) fn refusing(judged: &Judged, place: usize) -> Option<u32> {
    let chain = &judged.prepared.chains[place];
    match chain.links[binding(judged, place, chain)?] {
        Link::Limiter { limiter, .. } => Some(limiter),
        Link::Slots { .. } | Link::Pacer { .. } => None,
    }
}

/// The nest of loops around one operation whose passes multiply most, outermost first.
fn nested(judged: &Judged, workload: u32) -> Vec<NestedLoop> {
    let plan = &judged.prepared.plan;
    let passes = |retry: u32| {
        let (mut entered, mut passes) = (0u128, 0u128);
        for run in &judged.runs {
            entered += u128::from(run.loops[retry as usize].entered);
            passes += u128::from(run.loops[retry as usize].passes);
        }
        if entered > 0 {
            passes as f64 / entered as f64
        } else {
            1.0
        }
    };
    let around = around_blocks(plan);
    let mut most: (f64, Vec<NestedLoop>) = (1.0, Vec::new());
    for block in plan.workloads[workload as usize].blocks.clone() {
        let steps = plan.program(plan.blocks[block as usize].entry);
        for at in steps {
            let Step::Send { site } = plan.steps[at] else {
                continue;
            };
            let (mut nest, mut retry) = (Vec::new(), plan.sites[site as usize].retry);
            let mut block = block;
            loop {
                while retry != NONE {
                    let amplification = passes(retry);
                    if amplification >= MULTIPLIES {
                        nest.push(NestedLoop {
                            name: plan.loops[retry as usize].name.clone(),
                            amplification,
                        });
                    }
                    retry = plan.loops[retry as usize].parent;
                }
                match around[block as usize] {
                    Some((parent, loop_around)) => (block, retry) = (parent, loop_around),
                    None => break,
                }
            }
            let product = nest.iter().map(|retry| retry.amplification).product();
            if product > most.0 {
                nest.reverse();
                most = (product, nest);
            }
        }
    }
    most.1
}

/// For each block that is forked: its parents' block, and the innermost loop around the fork.
fn around_blocks(plan: &Plan) -> Vec<Option<(u32, u32)>> {
    let around = |(index, block): (u32, &crate::plan::Block)| {
        let Start::Forked { parent, .. } = block.start else {
            return None;
        };
        let fork = plan.forks.iter().find(|fork| fork.block == index);
        Some((parent, fork.map_or(NONE, |fork| fork.retry)))
    };
    (0..).zip(&plan.blocks).map(around).collect()
}

#[cfg(test)]
mod tests {
    use crate::replicate::{Sequential, prepare};
    use crate::report::model::WayReport;
    use crate::report::{judge_variants, report};
    use crate::scenario::Document;

    /// The way of the first workload, in one run of a variant.
    fn way(text: &str, variant: &str) -> WayReport {
        let document = Document::parse("x", text.as_bytes()).unwrap_or_else(|it| panic!("{it}"));
        let prepared = prepare(&document, &[variant.to_owned()]);
        let mut prepared = prepared.unwrap_or_else(|it| panic!("{it}"));
        prepared.retain(|it| it.name == variant);
        let mut report = report(&judge_variants(prepared, &Sequential, 1, Some(1)), 1);
        report.variants.remove(0).ways.remove(0)
    }

    #[test]
    fn raising_a_limit_of_a_chain_leaves_the_next_to_bind() {
        let text = include_str!("../../../scenarios/kubernetes-scale-out.yaml");
        let binding = |variant: &str| {
            let way = way(text, variant);
            let names = |only_binding: bool| -> Vec<String> {
                let links = way.links.iter();
                let shown = links.filter(|link| link.binds || !only_binding);
                shown.map(|link| link.name.clone()).collect()
            };
            let met = names(false);
            for name in ["kubelet nodes-pulls", "hub abuse"] {
                assert!(met.iter().any(|it| it == name), "{name}: {met:?}");
            }
            names(true)
        };
        assert_eq!(binding("today"), ["kubelet nodes-pulls"]);
        assert_eq!(binding("raised-qps"), ["hub abuse"]);
    }

    #[test]
    fn of_limiters_that_both_refuse_the_one_that_refuses_more_binds() {
        let binding = |writes: u32| {
            let text = format!(
                "
pullstorm: 1
name: two
services:
  api:
    latency: 0s
    limiters:
      reads: {{bucket: {{burst: 7, refill: 1/d}}, operations: [Get]}}
      writes: {{bucket: {{burst: {writes}, refill: 1/d}}, operations: [Put]}}
workloads:
  w: {{kind: api-callers, service: api, callers: 10, calls: [Get, Put], retry: none, on_failure: continue}}
"
            );
            let links = way(&text, "today").links.into_iter();
            let links = links.map(|link| (link.name, link.throttled.mean_otherwise, link.binds));
            links.collect::<Vec<_>>()
        };
        let reads = |binds| ("api reads".to_owned(), Some(3.0), binds);
        let writes = |refused, binds| ("api writes".to_owned(), Some(refused), binds);
        assert_eq!(binding(4), [reads(false), writes(6.0, true)]);
        assert_eq!(binding(8), [reads(true), writes(2.0, false)]);
    }

    #[test]
    fn nested_loops_multiply() {
        // A registry that refuses everything: the kubelet tries ten times within half an hour, and
        // containerd 1.6 sends each refused request six times.
        let text = "
pullstorm: 1
name: closed
services:
  hub: {latency: 0s, limiters: {all: {scope: global, bucket: {burst: 1, refill: 1/d}, initial: empty}}}
images: {app: {registry: hub, layers: 3}}
workloads:
  pod: {kind: scale-out, nodes: 1, pods: 1, until: 1810s,
        pull: {client: kubelet, images: app, auth: none, behaviour: Always}}
";
        let way = way(text, "today");
        let loops = way
            .loops
            .iter()
            .map(|it| (it.name.as_str(), it.amplification));
        let loops: Vec<(&str, f64)> = loops.collect();
        assert_eq!(loops.len(), 2, "{loops:?}");
        assert_eq!(loops[0], ("image-back-off", 10.0));
        assert_eq!(loops[1].1, 6.0);
        assert_eq!(way.amplification, 60.0);
        let limiter = way
            .links
            .iter()
            .find(|link| link.name == "hub all")
            .unwrap();
        assert_eq!(limiter.throttled.mean_otherwise, Some(60.0));
    }

    #[test]
    fn an_operation_that_is_sent_far_more_often_than_its_loops_multiply_is_named() {
        // Two hosts of fifty tasks each keep a token, which they need once. Nobody gets one for half an
        // hour, so that all tasks come again for it, and then pull once each.
        let text = "
pullstorm: 1
name: tokens
services:
  ecr:
    preset: aws-ecr
    latency: 10ms
    faults: {away: {answer: {status: 503}, operations: [GetAuthorizationToken], until: 30min}}
images: {app: {registry: ecr, layers: 1}}
workloads:
  web: {kind: ecs-deployment, desired: 100, hosts: 2, launch_every: 0s, version_consistency: false, until: 6h,
        pull: {client: ecs-agent, images: app}}
";
        let way = way(text, "today");
        let worst = way.worst.expect("tokens are asked for again and again");
        assert_eq!(worst.operation, "GetAuthorizationToken");
        // Two are needed.
        let sent = worst.amplification * 2.0;
        assert_eq!(sent.fract(), 0.0);
        assert!(
            worst.amplification > 10.0 * way.amplification,
            "{sent} {}",
            way.amplification
        );
    }
}
