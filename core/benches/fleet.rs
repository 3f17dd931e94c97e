//! A fleet of 100,000 nodes that pull an image of twelve layers through one registry, against the
//! floor of a storm of as many clients; and one run of each built-in incident.
//!
//! `cargo bench --bench fleet` prints both, in the processor's time. Arguments: `NODES [ROUNDS]`, or
//! names of incidents.
#![allow(missing_docs, reason = "a program")]

mod floor;
mod lap;

use floor::BareWheel;
use lap::{median, peak_memory, processor_nanos};
use pullstorm_core::engine::simulate;
use pullstorm_core::record;
use pullstorm_core::replicate::{Prepared, prepare};
use pullstorm_core::scenario::Document;
use pullstorm_core::scenarios::BUILT_IN;

const SEED: u64 = 1;
/// An incident is run again until it has had the processor for so long: the system counts in ticks.
const LAP_NANOS: u64 = 100_000_000;

/// Nodes of a cluster that come up within five minutes and pull through today's limits of ECR.
fn fleet(nodes: u32) -> Vec<Prepared> {
    let text = format!(
        "pullstorm: 1
name: fleet
services: {{ecr: {{preset: aws-ecr, latency: 20ms}}}}
images: {{app: {{registry: ecr, layers: 12, reference: digest}}}}
workloads:
  nodes:
    kind: image-pulls
    pulls: {nodes}
    begin: {{every: 3ms}}
    identity: {{account: prod, region: us-east-1}}
    pull: {{client: containerd-2.4, images: app}}
"
    );
    read("fleet", &text)
}

fn read(name: &str, text: &str) -> Vec<Prepared> {
    let document = Document::parse(name, text.as_bytes());
    let prepared = document.and_then(|document| prepare(&document, &[]));
    prepared.unwrap_or_else(|problems| panic!("{problems}"))
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let numbers: Vec<u32> = words.iter().filter_map(|word| word.parse().ok()).collect();
    let named = |name: &str| words.iter().any(|word| word == name);
    if BUILT_IN.iter().any(|incident| named(incident.name)) {
        return incidents(named);
    }
    let nodes = numbers.first().copied().unwrap_or(100_000);
    pull(nodes, numbers.get(1).copied().unwrap_or(3));
    incidents(|_| true);
}

/// Times the floor and the fleet in turn.
fn pull(nodes: u32, rounds: u32) {
    let fleet = fleet(nodes);
    let plan = &fleet[0].plan;
    println!("{nodes} nodes pull an image of twelve layers");
    println!("  round  floor, ns per attempt  fleet, ns per event  ratio");
    let mut ratios = Vec::new();
    let mut totals = (0, 0);
    for round in 1..=rounds {
        let before = processor_nanos();
        let storm = floor::storm::<BareWheel>(nodes, SEED);
        let between = processor_nanos();
        let (outcome, _) = simulate(plan, SEED, 0, record::series(plan));
        let after = processor_nanos();
        let floor = (between - before) as f64 / storm.attempts as f64;
        let engine = (after - between) as f64 / outcome.events as f64;
        println!(
            "  {round:5} {floor:22.1} {engine:20.1} {:6.2}",
            engine / floor
        );
        ratios.push(engine / floor);
        let sites = &outcome.totals.sites;
        totals = (outcome.events, sites.iter().map(|site| site.attempts).sum());
    }
    let (events, requests): (u64, u64) = totals;
    println!(
        "  {events} events, {requests} requests, peak memory {}",
        peak_memory()
    );
    println!(
        "  median ratio of an event to the floor: {:.2}",
        median(ratios)
    );
}

/// The processor's time of one run of each variant of each incident, the longest of each.
fn incidents(wanted: impl Fn(&str) -> bool) {
    println!("one run of each incident, ms of processor time of its longest variant");
    for incident in BUILT_IN.iter().filter(|it| wanted(it.name)) {
        let mut longest = (0.0, 0, String::new());
        for variant in read(incident.name, incident.text) {
            let plan = &variant.plan;
            let (before, mut runs) = (processor_nanos(), 0);
            let mut events = 0;
            while processor_nanos() - before < LAP_NANOS {
                events = simulate(plan, SEED, 0, record::series(plan)).0.events;
                runs += 1;
            }
            let millis = (processor_nanos() - before) as f64 / f64::from(runs) / 1e6;
            if millis > longest.0 {
                longest = (millis, events, variant.name);
            }
        }
        let (millis, events, variant) = longest;
        println!(
            "  {:28} {millis:7.2} {events:9} events  {variant}",
            incident.name
        );
    }
}
