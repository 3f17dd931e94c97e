//! One load of one variant: its runs, as many as it takes to judge it.

use super::load::Load;
use super::model::PointReport;
use crate::judge::{self, Open, Status, judge};
use crate::replicate::{Prepared, RunSummary, Workers};
use crate::report::model::{Figure, Quantity};
use crate::report::workload_named;
use crate::scenario::model::{Comparison, Expectation};
use crate::units::Time;
use std::collections::BTreeMap;

/// Runs are made in rounds of this many, and looked at after each.
pub(super) const ROUND: u32 = 10;

/// Runs at the border: none of them may break an expectation that holds in every run. Then fewer
/// than 3 runs in 100 do, with 95 % confidence ([`crate::statistics::no_events_limit`]).
pub(crate) const RUNS_TO_CONFIRM: u32 = 100;

/// Runs at a load that is still undecided then stays so.
pub(super) const RUNS_MOST: u32 = 300;

/// Runs that make an interval narrow where it decides nothing.
const RUNS_TO_DRAW: u32 = 30;

/// An interval is narrow if half of it is at most this part of the mean.
const NARROW: f64 = 0.05;

/// Runs of a round at least, where runs are long.
const ROUND_LEAST: u32 = 2;

/// Loads on the way to a border, where runs are long: doubled a few times, then halved as often.
const LOADS_LIKELY: u32 = 16;

/// Loads that get as many runs as a border, where runs are long.
const BORDERS_LIKELY: u32 = 4;

/// Who simulates, and how often he may.
pub(super) struct Hands<'a> {
    /// Who simulates.
    pub workers: &'a dyn Workers,
    /// The seed: all loads and variants share their random numbers.
    pub seed: u64,
    /// Runs that are left.
    pub left: u32,
    /// Runs that were made.
    pub spent: u32,
    /// Events that are left.
    pub events: u64,
    /// Runs of a round.
    pub round: u32,
    /// Runs at the border.
    pub confirm: u32,
}

impl<'a> Hands<'a> {
    /// Hands for so many runs, however long they are.
    pub fn new(workers: &'a dyn Workers, seed: u64, runs: u32) -> Hands<'a> {
        Hands {
            workers,
            seed,
            left: runs,
            spent: 0,
            events: u64::MAX,
            round: ROUND,
            confirm: RUNS_TO_CONFIRM,
        }
    }

    /// Hands for so many events, where a run is likely to take `each`: the longer runs are, the fewer
    /// has a load.
    pub fn sparing(workers: &'a dyn Workers, seed: u64, events: u64, each: u64) -> Hands<'a> {
        let affordable = u32::try_from(events / each.max(1)).unwrap_or(u32::MAX);
        let round = (affordable / LOADS_LIKELY).clamp(ROUND_LEAST, ROUND);
        Hands {
            left: u32::MAX,
            events,
            round,
            confirm: (affordable / BORDERS_LIKELY).clamp(round, RUNS_TO_CONFIRM),
            ..Hands::new(workers, seed, 0)
        }
    }

    /// Whether nothing more will be simulated.
    pub fn are_tied(&self) -> bool {
        self.left == 0 || self.events == 0 || self.workers.stopped()
    }
}

/// What is measured at every load.
#[derive(Clone, Debug)]
pub(super) struct Measured {
    units: String,
    failed: String,
    failed_share: String,
    delay_mean: String,
    delay_p99: String,
    delay_judged: String,
    finished_after: String,
    throttled: String,
    throttled_share: String,
}

impl Measured {
    /// The numbers of the workload that `path` leads into, or of the main one.
    pub fn of(prepared: &Prepared, path: &str) -> Measured {
        let named = path.split('.').nth(1).unwrap_or("");
        let (workload, units, calls) = workload_named(&prepared.plan, named);
        let delay = format!("{workload}.{units}.start_delay.");
        let mut expected = prepared.scenario.expect.iter();
        let expected = expected.find(|expectation| {
            expectation.metric.starts_with(&delay) && !expectation.metric.ends_with(".mean")
        });
        let delay_p99 = format!("{delay}p99");
        Measured {
            units: format!("{workload}.{units}"),
            failed: format!("{workload}.{units}.failed"),
            failed_share: format!("{workload}.{units}.failed_share"),
            delay_mean: format!("{delay}mean"),
            delay_judged: expected.map_or(delay_p99.clone(), |it| it.metric.clone()),
            delay_p99,
            finished_after: format!("{workload}.finished_after"),
            throttled: format!("{workload}.{calls}.throttled"),
            throttled_share: format!("{workload}.{calls}.throttled_share"),
        }
    }

    /// What is counted as failed and started: `ci.jobs`.
    pub fn units(&self) -> String {
        self.units.clone()
    }

    /// The start delay that is judged, else the 99th percentile.
    pub fn delay_judged(&self) -> &str {
        &self.delay_judged
    }

    fn paths(&self) -> [&String; 8] {
        [
            &self.failed,
            &self.failed_share,
            &self.delay_mean,
            &self.delay_p99,
            &self.delay_judged,
            &self.finished_after,
            &self.throttled,
            &self.throttled_share,
        ]
    }
}

/// A load and its runs.
pub(super) struct Point {
    /// The load.
    pub load: Load,
    /// The variant at this load.
    pub prepared: Prepared,
    /// Runs that were made.
    pub runs: u32,
    /// What they say.
    pub verdict: Verdict,
    expected: Vec<Expectation>,
    values: BTreeMap<String, Vec<Option<f64>>>,
    best: Vec<Time>,
    cut_off: bool,
}

/// What the runs at a load say of the expectations.
#[derive(Clone, Debug)]
pub(super) struct Verdict {
    /// Of all of them together.
    pub status: Status,
    /// Those that are broken or undecided, as they were written.
    pub lacking: Vec<String>,
    /// Whether more runs may decide it.
    is_open: bool,
    /// Whether no more runs can change it.
    is_final: bool,
}

impl Point {
    /// A load without runs.
    pub fn new(load: &Load, prepared: Prepared, measured: &Measured) -> Point {
        let plan = &prepared.plan;
        let mut paths: Vec<String> = measured.paths().into_iter().cloned().collect();
        let mut expected = prepared.scenario.expect.clone();
        expected.extend(judge::assumed(plan));
        paths.extend(expected.iter().map(|it| it.metric.clone()));
        let limiters = plan.limiters.iter();
        paths.extend(limiters.map(|it| throttled_by(&it.service, &it.name)));
        let known = |path: &String| prepared.metrics.find(path).is_some();
        let values = paths.into_iter().filter(known);
        Point {
            load: load.clone(),
            values: values.map(|path| (path, Vec::new())).collect(),
            prepared,
            runs: 0,
            verdict: Verdict {
                status: Status::Undecided,
                lacking: Vec::new(),
                is_open: true,
                is_final: false,
            },
            expected,
            best: Vec::new(),
            cut_off: false,
        }
    }

    /// Runs it until it is decided and has had at least so many runs, as far as hands allow; says
    /// whether it holds.
    pub fn settle(&mut self, least: u32, hands: &mut Hands<'_>) -> Status {
        while self.wants_more(least) && !hands.are_tied() {
            self.run(hands);
        }
        if self.verdict.status == Status::Undecided
            && self.runs >= RUNS_MOST
            && self.every_run_meets()
        {
            // The interval of a mean never ends at the largest value; a bound that no run reached
            // in so many is taken to hold.
            self.verdict.status = Status::Met;
            self.verdict.lacking.clear();
        }
        self.verdict.status
    }

    /// Runs it until its intervals are narrow enough to be drawn.
    pub fn draw(&mut self, hands: &mut Hands<'_>, measured: &Measured) {
        let round = hands.round;
        let narrow = |point: &Point, path: &str| {
            let figure = point.figure(path);
            match (figure.mean, figure.low, figure.high) {
                (Some(Quantity::Number(mean)), Some(low), Some(high)) => {
                    high - low <= 2.0 * NARROW * mean
                }
                (_, None, None) => point.runs > round,
                _ => true,
            }
        };
        let done = |point: &Point| {
            narrow(point, &measured.finished_after) && narrow(point, &measured.failed_share)
        };
        while !self.prepared.deterministic
            && self.runs < RUNS_TO_DRAW
            && !done(self)
            && !hands.are_tied()
        {
            self.run(hands);
        }
    }

    /// The values of a metric in the order of the runs.
    pub fn values(&self, path: &str) -> &[Option<f64>] {
        self.values.get(path).map_or(&[], Vec::as_slice)
    }

    /// Limiters that throttled in any run, as indices of the plan.
    pub fn throttling(&self) -> Vec<usize> {
        let limiters = self.prepared.plan.limiters.iter().enumerate();
        let throttles = |service: &str, name: &str| {
            let values = self.values(&throttled_by(service, name));
            values.iter().flatten().any(|value| *value > 0.0)
        };
        limiters
            .filter(|(_, it)| throttles(&it.service, &it.name))
            .map(|(index, _)| index)
            .collect()
    }

    /// Attempts throttled in a run, on average.
    pub fn throttled(&self, measured: &Measured) -> f64 {
        self.figure(&measured.throttled)
            .mean_otherwise
            .unwrap_or(0.0)
    }

    /// The point as a report shows it.
    pub fn report(&self, measured: &Measured) -> PointReport {
        let best = self.best.iter().min();
        let best = best.map(|time| match *time {
            Time::NEVER => Quantity::Never,
            time => Quantity::Number(time.as_secs_f64()),
        });
        PointReport {
            load: self.load.clone(),
            verdict: match self.is_skipped() {
                true => Status::Skipped,
                false => self.verdict.status,
            },
            lacking: self.verdict.lacking.clone(),
            runs: self.runs,
            cut_off: self.cut_off,
            failed: self.figure(&measured.failed),
            failed_share: self.figure(&measured.failed_share),
            start_delay_mean: self.figure(&measured.delay_mean),
            start_delay_p99: self.figure(&measured.delay_p99),
            start_delay_judged: self.figure(&measured.delay_judged),
            finished_after: self.figure(&measured.finished_after),
            throttled: self.figure(&measured.throttled),
            throttled_share: self.figure(&measured.throttled_share),
            best_possible: best,
        }
    }

    fn figure(&self, path: &str) -> Figure {
        let metrics = &self.prepared.metrics;
        let range = metrics.find(path).and_then(|index| metrics.get(index));
        let (least, most) = range.map_or((f64::MIN, f64::MAX), |metric| metric.range());
        Figure::of(self.values(path), None).within(least, most)
    }

    fn wants_more(&self, least: u32) -> bool {
        match () {
            _ if self.runs == 0 => true,
            _ if self.prepared.deterministic || self.verdict.is_final => false,
            _ if self.verdict.status == Status::Undecided => {
                self.verdict.is_open && self.runs < RUNS_MOST
            }
            _ => self.runs < least,
        }
    }

    fn run(&mut self, hands: &mut Hands<'_>) {
        let wanted = if self.prepared.deterministic {
            1
        } else {
            hands.round
        };
        let count = wanted.min(hands.left);
        let runs = hands
            .workers
            .run(&self.prepared, hands.seed, self.runs, count);
        let made = runs.len() as u32;
        hands.left -= made;
        hands.spent += made;
        let events = runs.iter().map(|run| run.events).sum();
        hands.events = hands.events.saturating_sub(events);
        self.take(&runs);
    }

    /// Adds runs that somebody made, the first that it does not have.
    pub fn take(&mut self, runs: &[RunSummary]) {
        self.runs += runs.len() as u32;
        for (path, values) in &mut self.values {
            let metric = self.prepared.metrics.find(path);
            let metric = metric.expect("paths that are no metric were left out");
            values.extend(runs.iter().map(|run| run.values[metric]));
        }
        self.best.extend(runs.iter().map(|run| run.best.finish));
        self.cut_off |= runs.iter().any(|run| run.cut_off.is_some());
        self.verdict = self.judged();
    }

    /// What is expected: what the scenario states; what is taken for granted where that says
    /// nothing.
    fn stated(&self) -> &[Expectation] {
        let stated = self.prepared.scenario.expect.len();
        let (stated, _) = self.expected.split_at(stated);
        match stated.iter().all(|it| self.says_nothing(it)) {
            true => &self.expected,
            false => stated,
        }
    }

    /// Whether the scenario expects something, none of which can be said of so few, and what is taken
    /// for granted then holds.
    pub fn is_skipped(&self) -> bool {
        let mut stated = self.prepared.scenario.expect.iter();
        let is_met = self.runs > 0 && self.verdict.status == Status::Met;
        is_met && stated.len() > 0 && stated.all(|it| self.says_nothing(it))
    }

    fn says_nothing(&self, expectation: &Expectation) -> bool {
        let values = self.values(&expectation.metric);
        values.iter().all(Option::is_none)
    }

    fn judged(&self) -> Verdict {
        let mut verdict = Verdict {
            status: Status::Met,
            lacking: Vec::new(),
            is_open: false,
            is_final: self.cut_off,
        };
        for expectation in self.stated() {
            let values = self.values(&expectation.metric);
            let judged = judge(
                expectation,
                values,
                self.prepared.deterministic,
                self.cut_off,
            );
            match judged.status {
                Status::Met | Status::Skipped => continue,
                Status::Undecided if verdict.status == Status::Met => {
                    verdict.status = Status::Undecided;
                }
                Status::Undecided => {}
                Status::Broken => {
                    verdict.status = Status::Broken;
                    // What is to be so in every run, one run breaks for good.
                    verdict.is_final |= expectation.comparison == Comparison::Equal;
                }
            }
            verdict.is_open |= matches!(judged.open, Some(Open::Interval | Open::OneRun));
            verdict.lacking.push(expectation.text.clone());
        }
        if self.cut_off && verdict.status == Status::Met {
            verdict.status = Status::Undecided;
        }
        verdict
    }

    fn every_run_meets(&self) -> bool {
        let met = |expectation: &Expectation| {
            let values = self.values(&expectation.metric).iter().flatten();
            values
                .into_iter()
                .all(|value| expectation.comparison.holds(*value, expectation.value))
        };
        !self.cut_off && self.stated().iter().all(met)
    }
}

fn throttled_by(service: &str, limiter: &str) -> String {
    format!("limiters.{service}.{limiter}.throttled")
}
