//! How much longer the engine takes for the storm than the floor, per attempt.
//!
//! Each round times the floor and then the engine, so that both meet the same state of the machine;
//! the ratio is the median of the rounds. `cargo bench --bench ratio` shows storms of 1e3, 1e4 and
//! 1e5 clients, `cargo xtask storm` that of a million (1e8 attempts).
//!
//! Arguments: `CLIENTS [ROUNDS]`; or `memory CLIENTS`, which runs the engine once and prints the
//! peak of the process's memory.
#![allow(missing_docs, reason = "a program")]

mod floor;
mod lap;

use floor::{BareWheel, Storm};
use lap::{median, peak_memory_told, processor_nanos};
use pullstorm_core::plan::Plan;
use pullstorm_core::record::{self, Nothing};

const SEED: u64 = 1;
/// A lap repeats its storm until it has made this many attempts: some systems count a process's time
/// in ticks of 4 ms.
const LAP_ATTEMPTS: u64 = 4_000_000;

/// What one contender needed.
struct Lap {
    storm: Storm,
    nanos_per_attempt: f64,
}

fn lap(mut run: impl FnMut() -> Storm) -> Lap {
    let (mut nanos, mut attempts) = (0, 0);
    loop {
        let before = processor_nanos();
        let storm = run();
        nanos += processor_nanos() - before;
        attempts += storm.attempts;
        if attempts >= LAP_ATTEMPTS {
            return Lap {
                storm,
                nanos_per_attempt: nanos as f64 / attempts as f64,
            };
        }
    }
}

fn main() {
    // `cargo bench` passes words of its own and those that are meant for other benches.
    let words: Vec<String> = std::env::args().skip(1).collect();
    let numbers: Vec<u32> = words.iter().filter_map(|word| word.parse().ok()).collect();
    match numbers.as_slice() {
        [clients] if words.iter().any(|word| word == "memory") => memory(*clients),
        [] => [1_000, 10_000, 100_000]
            .iter()
            .for_each(|clients| compare(*clients, 5)),
        [clients] => compare(*clients, 3),
        [clients, rounds, ..] => compare(*clients, *rounds),
    }
}

/// Times floor and engine in turn.
fn compare(clients: u32, rounds: u32) {
    let plan = floor::plan(clients);
    let mut ratios = [Vec::new(), Vec::new()];
    let mut floors = Vec::new();
    println!("{clients} clients, ns per attempt");
    println!("  round   floor  engine  ratio  with series  ratio");
    for round in 1..=rounds {
        let floor = lap(|| floor::storm::<BareWheel>(clients, SEED));
        let totals = lap(|| floor::engine(&plan, SEED, Nothing).0);
        let series = lap(|| floor::engine(&plan, SEED, record::series(&plan)).0);
        assert_eq!(
            floor.storm, totals.storm,
            "the engine and the floor run the same storm"
        );
        assert_eq!(floor.storm, series.storm, "recording changes nothing");
        let nanos = [&floor, &totals, &series].map(|lap| lap.nanos_per_attempt);
        let ratio = [nanos[1] / nanos[0], nanos[2] / nanos[0]];
        println!(
            "  {round:5} {:7.1} {:7.1} {:6.2} {:12.1} {:6.2}",
            nanos[0], nanos[1], ratio[0], nanos[2], ratio[1],
        );
        floors.push(nanos[0]);
        ratios[0].push(ratio[0]);
        ratios[1].push(ratio[1]);
    }
    let (storm, events) = floor::engine(&plan, SEED, Nothing);
    let events_per_attempt = events as f64 / storm.attempts as f64;
    println!(
        "  {} attempts, {} admitted, {events_per_attempt:.4} events per attempt",
        storm.attempts, storm.admitted
    );
    let [totals, series] = ratios.map(median);
    let floor = median(floors);
    println!(
        "  medians: floor {floor:.1} ns per attempt, engine to floor {totals:.2}, with series {series:.2}"
    );
}

/// Runs the engine once and prints the most memory the process had, where the system tells.
fn memory(clients: u32) {
    let plan: Plan = floor::plan(clients);
    let (storm, _) = floor::engine(&plan, SEED, record::series(&plan));
    println!(
        "{clients} clients, {} attempts with series: peak memory {}",
        storm.attempts,
        peak_memory_told()
    );
}
