//! A fleet of 100,000 nodes that pull an image of twelve layers through one registry, against the
//! floor of a storm of as many clients; and one run of each built-in incident.
//!
//! `cargo bench --bench fleet` prints both, in the processor's time. Arguments: `NODES [ROUNDS]`, or
//! names of incidents. It fails beyond a target; those of incidents are for a quiet machine.
#![allow(missing_docs, reason = "a program")]

mod floor;
mod lap;

use floor::BareWheel;
use lap::{median, peak_memory, peak_memory_told, processor_nanos};
use pullstorm_core::engine::simulate;
use pullstorm_core::record;
use pullstorm_core::replicate::{Prepared, prepare};
use pullstorm_core::scenario::Document;
use pullstorm_core::scenarios::BUILT_IN;
use std::process::ExitCode;

const SEED: u64 = 1;
/// An incident is run again until it has had the processor for so long: the system counts in ticks.
const LAP_NANOS: u64 = 100_000_000;
/// Clients of the floor beside an incident.
const FLOOR_CLIENTS: u32 = 1_000;
/// An event of a fleet may take so many times as long as an attempt of the floor.
const RATIO_TARGET: f64 = 3.0;
/// Bytes that a fleet may need.
const MEMORY_TARGET: u64 = 400_000_000;
/// Milliseconds that one run of an incident may take.
const MILLIS_TARGET: f64 = 50.0;

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

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let numbers: Vec<u32> = words.iter().filter_map(|word| word.parse().ok()).collect();
    let named = |name: &str| words.iter().any(|word| word == name);
    let within = if BUILT_IN.iter().any(|incident| named(incident.name)) {
        incidents(named)
    } else {
        let nodes = numbers.first().copied().unwrap_or(100_000);
        // Both are measured, whatever the first comes to.
        let fleet = pull(nodes, numbers.get(1).copied().unwrap_or(3));
        incidents(|_| true) && fleet
    };
    match within {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// Times the floor and the fleet in turn; whether ratio and memory are within their targets.
fn pull(nodes: u32, rounds: u32) -> bool {
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
    println!("  {events} events, {requests} requests");
    println!(
        "  peak memory {}, target {} MB",
        peak_memory_told(),
        MEMORY_TARGET / 1_000_000
    );
    let ratio = median(ratios);
    println!("  median ratio of an event to the floor: {ratio:.2}, target {RATIO_TARGET}");
    ratio <= RATIO_TARGET && peak_memory().is_none_or(|bytes| bytes <= MEMORY_TARGET)
}

/// The processor's time of one run of each variant of each incident, the longest of each, and how
/// much longer an event of it takes than an attempt of the floor right before; whether all runs are
/// within the target.
fn incidents(wanted: impl Fn(&str) -> bool) -> bool {
    println!(
        "one run of each incident, ms of processor time of its longest variant; target {MILLIS_TARGET}"
    );
    let mut beyond = Vec::new();
    for incident in BUILT_IN.iter().filter(|it| wanted(it.name)) {
        let before = processor_nanos();
        let mut attempts = 0;
        while processor_nanos() - before < LAP_NANOS {
            attempts += floor::storm::<BareWheel>(FLOOR_CLIENTS, SEED).attempts;
        }
        let floor = (processor_nanos() - before) as f64 / attempts as f64;
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
        let ratio = millis * 1e6 / events as f64 / floor;
        println!(
            "  {:28} {millis:7.2} {events:9} events {ratio:6.2} x the floor  {variant}",
            incident.name
        );
        if millis > MILLIS_TARGET {
            beyond.push(incident.name);
        }
    }
    if !beyond.is_empty() {
        println!("  beyond the target: {}", beyond.join(", "));
    }
    beyond.is_empty()
}
