//! Statements about searches: what is found is nearly the best of the whole grid, whatever the seed,
//! and the same on any machine.

#[allow(dead_code, reason = "the bench uses the rest")]
#[path = "support/grid.rs"]
mod grid;

use grid::deploys;
use pullstorm_core::replicate::{Measured, Prepared, RunSummary, Sequential, Trial, Workers};
use pullstorm_core::tune::{Goal, Options, Request, Search, tune};

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

/// What a setting with so many attempts would measure: with fewer than ten it fails, and all others are
/// as good.
fn measured(goal: &Goal, attempts: u32, request: &Request) -> Vec<Measured> {
    let value = |metric: &String| match metric.rsplit('.').next() {
        Some("failed") => f64::from(u8::from(attempts < 10)),
        _ => 10.0,
    };
    let run: Vec<Option<f64>> = goal.metrics.iter().map(|it| Some(value(it))).collect();
    let runs = vec![run; request.count as usize];
    vec![Measured {
        runs,
        ..Measured::default()
    }]
}

/// The rounds of a search, and the attempts of the best in the end.
fn rounds(seed: u64) -> (Vec<Vec<Request>>, u32) {
    let case = deploys("4..20", "500ms..8s", "5s..60s");
    let mut search = Search::new(case.space.clone(), case.goal.clone(), seed, 2_000);
    let attempts = |search: &Search, setting: usize| -> u32 {
        let place = usize::from(search.point(setting)[0]);
        let text = &case.space.dimensions[0].settings[place].text;
        // As it is: six.
        text.parse().unwrap_or(6)
    };
    let mut rounds = Vec::new();
    loop {
        let requests = search.ask();
        if requests.is_empty() {
            break;
        }
        let each = requests.iter();
        let found: Vec<Vec<Measured>> = each
            .map(|it| measured(&case.goal, attempts(&search, it.setting), it))
            .collect();
        search.tell(&requests, &found);
        rounds.push(requests);
    }
    let (best, holds) = search.best().expect("a setting");
    assert!(holds);
    (rounds, attempts(&search, best))
}

#[test]
fn each_setting_gets_two_runs_before_the_best_get_more() {
    let (rounds, _) = rounds(1);
    let mut first = rounds.iter().flatten().filter(|it| it.first == 0);
    assert!(first.all(|it| it.count == 2));
    let begin = rounds.iter().take_while(|it| it[0].first == 0);
    let tried: usize = begin.map(Vec::len).sum();
    assert!(tried > 100, "{tried} settings");
    assert!(rounds.iter().flatten().any(|it| it.first > 0));
}

#[test]
fn of_settings_that_are_as_good_one_far_from_those_that_fail_is_chosen() {
    for seed in 1..=5 {
        let (_, attempts) = rounds(seed);
        assert!(attempts >= 13, "{attempts} with seed {seed}");
    }
}
