//! Statements about searches: what is found is nearly the best of the whole grid, whatever the seed,
//! and the same on any machine.

#[allow(dead_code, reason = "the bench uses the rest")]
#[path = "support/grid.rs"]
mod grid;

use grid::deploys;
use pullstorm_core::replicate::{Measured, Prepared, RunSummary, Sequential, Trial, Workers};
use pullstorm_core::tune::{Options, tune};

#[test]
fn what_is_found_is_within_two_percent_of_the_best_of_the_grid_at_a_fraction_of_its_runs() {
    let case = deploys("4..20", "500ms..8s", "5s..60s");
    let grid = case.grid(2);
    let settings = case.space.len();
    let (_, best) = grid.best.expect("a setting of the grid holds");
    // Hardly any setting is as good: chance does not find one.
    let near = grid.near as u64;
    assert!(near * 20 < settings, "{near} of {settings}");
    let mut hits = 0;
    for seed in 1..=4 {
        let found = case.search(seed, 1_500);
        assert!(
            found.runs * 5 < grid.runs,
            "{} of {}",
            found.runs,
            grid.runs
        );
        hits += u32::from(found.delay.is_some_and(|delay| delay <= best * 1.02));
    }
    assert!(hits >= 3, "{hits} of 4 searches");
}

#[test]
fn where_nothing_holds_the_search_says_so() {
    let case = deploys("2..3", "500ms..1s", "1s..5s");
    let options = Options {
        seed: 1,
        runs: 400,
        events: u64::MAX,
    };
    let found = tune(
        &case.document,
        &case.space,
        &case.goal,
        &options,
        &Sequential,
    )
    .unwrap();
    assert!(!found.holds && found.delay.is_none());
}

/// Runs the trials of a round from the last to the first, as another number of threads might.
struct Backward;

impl Workers for Backward {
    fn run(&self, prepared: &Prepared, seed: u64, first: u32, count: u32) -> Vec<RunSummary> {
        Sequential.run(prepared, seed, first, count)
    }

    fn trials(&self, trials: &[Trial<'_>]) -> Vec<Measured> {
        let run = |trial: &Trial<'_>| trial.run(&|| false).unwrap();
        let mut measured: Vec<Measured> = trials.iter().rev().map(run).collect();
        measured.reverse();
        measured
    }
}

#[test]
fn the_order_in_which_trials_are_run_changes_nothing() {
    let case = deploys("4..12", "500ms..8s", "5s..60s");
    let search = |workers: &dyn Workers| {
        let options = Options {
            seed: 5,
            runs: 600,
            events: u64::MAX,
        };
        let found = tune(&case.document, &case.space, &case.goal, &options, workers);
        format!("{:?}", found.unwrap())
    };
    assert_eq!(search(&Sequential), search(&Backward));
}
