//! How much longer the storm takes as wasm in node than natively, per attempt.
//!
//! `cargo xtask storm wasm` builds the module as the page is built, looks for node and runs this.
//! Each round times native code and then wasm, so that both meet the same state of the machine. Two
//! ratios are printed: the median of the rounds', and that of the fastest laps of each side, which the
//! other tenants of a shared machine disturb least. Both must come to the same storm, digest included.
//!
//! Arguments: `MODULE [CLIENTS [ROUNDS]]`; `NODE` may name another node.
#![allow(missing_docs, reason = "a program")]

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
#[expect(clippy::disallowed_types, reason = "a bench measures time")]
use std::time::Instant;

const SEED: u64 = 1;
/// A lap repeats its storm until it has made this many attempts.
const LAP_ATTEMPTS: u64 = 1_000_000;
/// Rounds, unless another number is asked for.
const ROUNDS: u32 = 15;
/// Laps of a small storm before the first that counts: node compiles in the background what it
/// has met often, and the first calls run slower code.
const WARM_UP_LAPS: u32 = 3;

/// What one side needed, and what the storm came to.
struct Lap {
    nanos_per_attempt: f64,
    storm: String,
}

fn main() {
    // `cargo bench` passes words of its own.
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with('-'))
        .collect();
    let Some((module, numbers)) = words.split_first() else {
        println!("`cargo xtask storm wasm` builds the module that this bench needs, and runs it");
        return;
    };
    let numbers: Vec<u32> = numbers
        .iter()
        .filter_map(|word| word.parse().ok())
        .collect();
    let mut node = Node::start(module);
    for series in [false, true] {
        (0..WARM_UP_LAPS).for_each(|_| drop(node.lap(1_000, series)));
    }
    match numbers.as_slice() {
        [] => [10_000, 100_000]
            .iter()
            .for_each(|clients| compare(&mut node, *clients, ROUNDS)),
        [clients] => compare(&mut node, *clients, ROUNDS),
        [clients, rounds, ..] => compare(&mut node, *clients, *rounds),
    }
}

/// Times native code and wasm in turn.
fn compare(node: &mut Node, clients: u32, rounds: u32) {
    let mut sides = [Sides::default(), Sides::default()];
    println!("{clients} clients, ns per attempt");
    println!("  round  native    wasm  ratio  with series: native    wasm  ratio");
    for round in 1..=rounds {
        print!("  {round:5}");
        for (series, sides) in [false, true].into_iter().zip(&mut sides) {
            let (native, wasm) = (native_lap(clients, series), node.lap(clients, series));
            assert_eq!(native.storm, wasm.storm, "wasm runs the same storm");
            let ratio = wasm.nanos_per_attempt / native.nanos_per_attempt;
            let (native, wasm) = (native.nanos_per_attempt, wasm.nanos_per_attempt);
            print!(
                "{:width$} {native:7.1} {wasm:7.1} {ratio:6.2}",
                "",
                width = if series { 12 } else { 0 }
            );
            sides.native.push(native);
            sides.wasm.push(wasm);
            sides.ratios.push(ratio);
        }
        println!();
    }
    println!("  {}", native_lap(clients, false).storm);
    let [totals, series] = sides.each_ref().map(|it| median(it.ratios.clone()));
    println!("  median ratio of wasm to native: {totals:.2}, with series {series:.2}");
    let [totals, series] = sides.each_ref().map(Sides::of_fastest);
    println!("  ratio of the fastest laps:      {totals:.2}, with series {series:.2}");
}

/// Nanoseconds per attempt and ratios by round.
#[derive(Default)]
struct Sides {
    native: Vec<f64>,
    wasm: Vec<f64>,
    ratios: Vec<f64>,
}

impl Sides {
    fn of_fastest(&self) -> f64 {
        let [native, wasm] = [&self.native, &self.wasm]
            .map(|laps| laps.iter().copied().fold(f64::INFINITY, f64::min));
        wasm / native
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn native_lap(clients: u32, series: bool) -> Lap {
    let (mut nanos, mut attempts) = (0, 0);
    loop {
        #[expect(clippy::disallowed_types, reason = "a bench measures time")]
        let (start, processor) = (Instant::now(), processor_nanos());
        let storm = pullstorm_wasm_digest::storm(clients, SEED, series);
        nanos += match (processor, processor_nanos()) {
            (Some(before), Some(after)) => after - before,
            _ => start.elapsed().as_nanos() as u64,
        };
        let (made, _) = storm.split_once(' ').expect("attempts come first");
        attempts += made.parse::<u64>().expect("a number of attempts");
        if attempts >= LAP_ATTEMPTS {
            return Lap {
                nanos_per_attempt: nanos as f64 / attempts as f64,
                storm,
            };
        }
    }
}

/// How long this thread has had a processor, where the system tells: unlike the time of day, it
/// does not count the turns of other programs.
fn processor_nanos() -> Option<u64> {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    stat.split(' ').next()?.parse().ok()
}

/// A node that has loaded the module and answers a line with a line.
struct Node {
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
    _process: Child,
}

impl Node {
    fn start(module: &str) -> Self {
        let node = std::env::var_os("NODE").unwrap_or_else(|| "node".into());
        let driver = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/storm.mjs");
        let mut process = Command::new(&node)
            .args([driver, module])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {}: {error}", node.display()));
        Node {
            questions: process.stdin.take().expect("a pipe"),
            answers: BufReader::new(process.stdout.take().expect("a pipe")),
            _process: process,
        }
    }

    fn lap(&mut self, clients: u32, series: bool) -> Lap {
        writeln!(self.questions, "{clients} {SEED} {}", u8::from(series)).expect("node listens");
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("node answers");
        let (nanos, storm) = line
            .trim_end()
            .split_once(' ')
            .expect("time and storm; what node printed above says why not");
        Lap {
            nanos_per_attempt: nanos.parse().expect("a number"),
            storm: storm.to_owned(),
        }
    }
}
