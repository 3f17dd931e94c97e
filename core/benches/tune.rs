//! The quality bar of the optimiser: what it finds beside the best of the whole grid.
//!
//! Each scenario is small enough to simulate every setting of a space, at least 10,000. Settings are
//! of one owner and effort. The best of the grid and that of each search are measured again with the
//! same random numbers. A search misses if its mean start delay is more than 2 % above the grid's, or
//! if it does not hold there and the grid's best does. It does not measure how long a search takes.
//!
//! `cargo bench -p pullstorm-core --bench tune` prints a line a scenario, and fails if fewer than 19 of
//! 20 search seeds are as good, or if any spends more than 3 % of the grid's runs.
#![allow(missing_docs, clippy::print_stdout, reason = "a program")]

#[path = "../tests/support/grid.rs"]
mod grid;

use grid::{Case, deploys, fan_out, rollouts};

/// Search seeds.
const SEEDS: u64 = 20;

/// Searches that are as good as the grid, at least.
const HITS_LEAST: usize = 19;

/// A search may be worse by this.
const WORSE_MOST: f64 = 1.02;

/// Of the grid's runs a search may spend one in so many, with all that confirms it.
const SHARE: u64 = 34;

fn main() {
    // `cargo test --benches` runs it, too: then a look at the smallest is enough.
    let test = std::env::args().any(|argument| argument == "--test");
    let cases: Vec<Case> = match test {
        true => vec![deploys("2..12", "1s..10s", "10s..20s")],
        false => vec![
            deploys("2..20", "50ms..10s", "1s..120s"),
            fan_out(),
            rollouts(),
        ],
    };
    // A word on the command line picks the scenarios whose names have it.
    let word = std::env::args().skip(1).find(|it| !it.starts_with("--"));
    let wanted = |case: &&Case| word.as_ref().is_none_or(|word| case.name.contains(word));
    let failed = cases
        .iter()
        .filter(wanted)
        .filter(|case| !holds(case, test))
        .count();
    assert_eq!(failed, 0, "scenarios below the bar");
}

fn holds(case: &Case, test: bool) -> bool {
    let settings = case.space.len();
    assert!(test || settings >= 10_000, "{}: {settings}", case.name);
    let threads = std::thread::available_parallelism().map_or(1, |it| it.get() as u64);
    let grid = case.grid(threads);
    let Some((_, best)) = &grid.best else {
        panic!("{}: no setting of the grid holds", case.name);
    };
    let allowed = grid.runs / SHARE;
    let seeds: Vec<u64> = (1..=if test { 2 } else { SEEDS }).collect();
    let search = |seed: &u64| case.search(*seed, allowed * 5 / 8);
    let searched: Vec<grid::Compared> = std::thread::scope(|scope| {
        let parts: Vec<_> = seeds
            .chunks(seeds.len().div_ceil(threads as usize))
            .map(|seeds| scope.spawn(move || seeds.iter().map(search).collect::<Vec<_>>()))
            .collect();
        let parts = parts.into_iter();
        parts
            .flat_map(|part| part.join().expect("a search"))
            .collect()
    });
    let good = |it: &&grid::Compared| it.delay.is_some_and(|delay| delay <= best * WORSE_MOST);
    let hits = searched.iter().filter(good).count();
    let spent = searched.iter().map(|it| it.runs).max().unwrap_or(0);
    let worst = searched
        .iter()
        .map(|it| it.delay.unwrap_or(f64::INFINITY) / best);
    let worst = worst.fold(0.0, f64::max);
    println!(
        "{}: {settings} settings, {} hold and {} are within 2 % in {} runs of the grid; mean start delay of the best \
         {best:.3} s; {hits} of {} searches within 2 %, the worst at {worst:.4}, with {spent} runs at \
         most ({:.2} %)",
        case.name,
        grid.feasible,
        grid.near,
        grid.runs,
        searched.len(),
        spent as f64 / grid.runs as f64 * 100.0
    );
    for one in searched.iter().filter(|it| !good(it)) {
        println!("  missed with {:?}: {:?}", one.delay, one.overrides);
    }
    let enough = hits >= HITS_LEAST.min(searched.len());
    enough && (test || spent * SHARE <= grid.runs)
}
