//! Safe regions of numbers whose ends are known by arithmetic.

use super::*;
use crate::replicate::{RunSummary, Sequential, Workers, prepare};
use crate::scenario::Document;

/// Who counts the runs that he makes.
#[derive(Default)]
struct Counting(Cell<u32>);

impl Workers for Counting {
    fn run(&self, prepared: &Prepared, seed: u64, first: u32, count: u32) -> Vec<RunSummary> {
        self.0.set(self.0.get() + count);
        Sequential.run(prepared, seed, first, count)
    }
}

/// A call that fails at each attempt by a chance, and a number of its retry policy.
struct World<'w> {
    expected: &'w str,
    chance: &'w str,
    policy: &'w str,
    number: &'w str,
    seed: u64,
    runs_at_end: u32,
    events: u64,
}

const EIGHT: World<'_> = World {
    expected: "w.callers.failed == 0",
    chance: "20%",
    policy: "{strategy: full-jitter, attempts: 8, base: 10ms, cap: 1s}",
    number: "attempts",
    seed: 1,
    runs_at_end: 200,
    events: u64::MAX,
};

impl World<'_> {
    /// The safe region of the number, and the runs that it took to find it.
    fn region(&self) -> (SafeRegion, u32) {
        let World {
            expected,
            chance,
            policy,
            number,
            seed,
            ..
        } = self;
        let text = format!(
            "
pullstorm: 1
name: chance
services:
  api:
    latency: 1ms
    limiters: {{all: {{bucket: {{burst: 99, refill: 99/s}}}}}}
    faults: {{down: {{answer: {{status: 503}}, chance: {chance}}}}}
workloads:
  w: {{kind: api-callers, service: api, callers: 1, calls: [call], retry: none}}
variants:
  v: {{set: {{workloads.w.retry: {policy}}}}}
expect: [{expected}]
"
        );
        let document = Document::parse("x.yaml", text.as_bytes()).unwrap();
        let prepared = prepare(&document, &[]).unwrap().remove(1);
        let workers = Counting::default();
        let search = Search::new(&document, &workers, *seed);
        let tried = Tried {
            judged: &Judged::new(prepared, &Sequential, *seed, Some(30)),
            search: &search,
            runs_at_end: self.runs_at_end,
            events: Cell::new(self.events),
        };
        let numbers = numbers(tried.judged);
        let number = numbers.iter().find(|it| it.path.ends_with(number));
        let region = tried.region(number.unwrap()).unwrap();
        (region, workers.0.get())
    }

    /// From which number it is safe, and the runs that say so.
    fn least(&self) -> (u32, u32) {
        let (region, _) = self.region();
        let from: u32 = region.from.parse().unwrap();
        let breaks = (from > 1).then(|| ((from - 1).to_string(), self.expected.to_owned()));
        assert_eq!(region.breaks_below, breaks);
        (from, region.runs)
    }
}

const SHARE: &str = "w.callers.failed == 0 holds in 90%";

#[test]
fn a_share_of_runs_is_judged_by_the_share_and_not_by_one_run_of_ten() {
    // Two attempts fail in one run of 25, far less than one of ten; a single one fails in a fifth.
    for seed in 1..6 {
        let expected = SHARE;
        let world = World {
            expected,
            seed,
            ..EIGHT
        };
        assert_eq!(world.least(), (2, 200), "seed {seed}");
    }
}

#[test]
fn an_end_that_breaks_in_few_runs_moves_to_where_two_hundred_hold() {
    // Two attempts fail in one run of 25, which ten runs often do not see; three in one of 125.
    let least = |seed, runs_at_end| {
        let world = World {
            seed,
            runs_at_end,
            ..EIGHT
        };
        world.least()
    };
    let few: Vec<(u32, u32)> = (1..6).map(|seed| least(seed, 0)).collect();
    assert!(few.iter().any(|(from, _)| *from <= 2), "{few:?}");
    assert!(few.iter().all(|(_, runs)| *runs == 10));
    for seed in 1..6 {
        let (from, runs) = least(seed, 200);
        assert!(from > 2 && runs == 200, "{from} {runs}");
    }
}

#[test]
fn an_end_that_is_the_number_of_the_change_has_the_runs_of_the_change() {
    // Of two attempts neither one more nor one less is the change, which had thirty runs.
    let policy = "{strategy: full-jitter, attempts: 2, base: 10ms, cap: 1s}";
    let two = World {
        expected: SHARE,
        policy,
        ..EIGHT
    };
    assert_eq!(two.least(), (2, 30));
}

#[test]
fn of_numbers_that_ten_runs_leave_open_few_are_run_more_often() {
    // One attempt succeeds in three runs of four, however long the delay would be: ten runs leave open
    // whether nine of ten do, at each of the 32 other numbers. Of these four on each side are judged, by
    // twenty runs and more.
    let mut all = 0;
    for seed in 1..6 {
        let world = World {
            expected: SHARE,
            chance: "25%",
            policy: "{strategy: fixed, attempts: 1, delay: 100ms}",
            number: "delay",
            seed,
            ..EIGHT
        };
        let (region, runs) = world.region();
        let alone = "100ms".to_owned();
        assert_eq!((region.from, region.to), (alone.clone(), alone));
        assert!(runs >= 32 * 10 + 8 * 20, "seed {seed}: {runs}");
        all += runs;
    }
    // Each of the 32 judged so would have taken 5 x 32 x 30 runs and more.
    assert!(all < 5 * 32 * 30, "{all}");
}

#[test]
fn whose_events_are_spent_judges_an_end_by_a_round() {
    let spent = World {
        expected: SHARE,
        events: 0,
        ..EIGHT
    };
    assert_eq!(spent.region().0.runs, ROUND);
}
