//! What is known of a setting: its runs at each load, and what they come to.

use super::tuner::Goal;
use crate::judge::{Status, judge};
use crate::replicate::Measured;
use crate::scenario::model::{Comparison, Expectation, Holds};

/// A value above any bound counts as this many times the bound.
const NEVER_WORTH: f64 = 1e6;

/// What cannot be, or cannot be simulated to its end.
const IMPOSSIBLE: f64 = 1e12;

/// A start delay below this counts as none, in seconds: what a person takes for an immediate answer (R. B.
/// Miller, "Response time in man-computer conversational transactions", AFIPS 1968).
const AT_ONCE: f64 = 0.1;

/// The runs of a setting.
#[derive(Clone, Debug, Default)]
pub(super) struct Runs {
    /// By load, then by run, then by metric of the goal.
    values: Vec<Vec<Vec<Option<f64>>>>,
    deferral: f64,
    refused: bool,
    cut_off: bool,
    /// Whether more runs say nothing new.
    pub deterministic: bool,
    /// Runs at each load.
    pub count: u32,
}

/// What counts, in order. Less is better.
#[derive(Copy, Clone, PartialEq, Debug)]
pub(super) struct Score {
    /// By how much expectations are broken, in parts of their bounds; 0 where all are met.
    pub violation: f64,
    /// Mean start delay, with what the load was put off, in seconds.
    pub delay: f64,
    /// Attempts a run.
    pub attempts: f64,
}

/// An expectation that runs break.
#[derive(Clone, PartialEq, Debug)]
pub struct Miss {
    /// The expectation.
    pub expectation: Expectation,
    /// The load at which it is broken, as path and value; none where there is one load only, the one that the
    /// scenario has.
    pub load: Option<(String, String)>,
    /// What was observed, run by run.
    pub values: Vec<f64>,
}

impl Score {
    pub fn meets(&self) -> bool {
        self.violation == 0.0
    }

    /// How many times the start delay of another one its own is.
    pub fn times(&self, other: &Score) -> f64 {
        let (own, other) = (self.felt(), other.felt());
        if own == other {
            // Neither waits, or neither starts.
            return 1.0;
        }
        own / other
    }

    /// The start delay as far as anybody notices it.
    pub fn felt(&self) -> f64 {
        felt(self.delay)
    }
}

/// A start delay in seconds as far as anybody notices it: no change is worth a tenth of a second.
pub(crate) fn felt(delay: f64) -> f64 {
    if delay < AT_ONCE {
        return 0.0;
    }
    delay
}

impl Runs {
    /// Adds what trials measured, one for each load.
    pub fn add(&mut self, measured: &[Measured]) {
        self.values.resize(measured.len(), Vec::new());
        let mut deferral = 0.0;
        let mut deterministic = true;
        for (values, own) in self.values.iter_mut().zip(measured) {
            values.extend(own.runs.iter().cloned());
            deferral += own.deferral / measured.len() as f64;
            deterministic &= own.deterministic;
            self.refused |= own.refused;
            self.cut_off |= own.cut_off;
        }
        self.deferral = deferral;
        self.deterministic = deterministic || self.refused;
        let counts = self.values.iter().map(|values| values.len() as u32);
        self.count = counts.max().unwrap_or(0);
    }

    /// Whether each of its runs came to what the same run of another setting did.
    pub fn are_those_of(&self, other: &Runs) -> bool {
        let same = |(own, other): (&Vec<_>, &Vec<_>)| !own.is_empty() && other.starts_with(own);
        self.can_be()
            && self.deferral == other.deferral
            && self.values.len() == other.values.len()
            && self.values.iter().zip(&other.values).all(same)
    }

    /// Whether it can be at all, and every run came to its end.
    pub fn can_be(&self) -> bool {
        !self.refused && !self.cut_off
    }

    /// What the runs come to. With a reference, its runs under the same random numbers tell what is
    /// luck. `confirmed` asks for a verdict, not only for a mean on the right side.
    pub fn score(&self, goal: &Goal, reference: Option<&Runs>, confirmed: bool) -> Score {
        let mut violation = match self.can_be() {
            true => self.violation(goal),
            false => IMPOSSIBLE,
        };
        if violation == 0.0 && confirmed && self.verdict(goal) != Status::Met {
            violation = 1e-9;
        }
        let own = self.delays(goal);
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
        let reference = reference.map(|it| it.delays(goal));
        let delay = match &reference {
            Some(other) if !own.is_empty() && own.len() <= other.len() => {
                // Paired differences: what the runs have in common cancels out.
                let luck = mean(other) - mean(&other[..own.len()]);
                mean(&own) + if luck.is_finite() { luck } else { 0.0 }
            }
            _ => mean(&own),
        };
        Score {
            violation,
            delay: delay + self.deferral,
            attempts: self.mean(&goal.attempts),
        }
    }

    /// Whether the expectations are met, as a report would say.
    pub fn verdict(&self, goal: &Goal) -> Status {
        if self.cut_off || self.refused {
            return Status::Undecided;
        }
        let mut worst = Status::Met;
        for values in &self.values {
            for (expectation, metric) in &goal.expected {
                let values: Vec<Option<f64>> = values.iter().map(|run| run[*metric]).collect();
                let deterministic = self.deterministic;
                let status = judge(expectation, &values, deterministic, false).status;
                if status.rank() > worst.rank() && status != Status::Skipped {
                    worst = status;
                }
            }
        }
        worst
    }

    /// The mean start delay of each run, over loads and workloads, in seconds; never is infinite.
    pub fn delays(&self, goal: &Goal) -> Vec<f64> {
        let runs = self.values.iter().map(Vec::len).min().unwrap_or(0);
        let each = |run: usize| {
            let loads = self.values.iter().map(|values| &values[run]);
            let delays = loads.flat_map(|values| goal.delays.iter().map(|metric| values[*metric]));
            // Nobody started.
            let delays = delays.map(|delay| delay.unwrap_or(f64::INFINITY));
            let count = self.values.len() * goal.delays.len();
            delays.sum::<f64>() / count.max(1) as f64
        };
        (0..runs).map(each).collect()
    }

    /// What the load was put off, in seconds.
    pub fn deferral(&self) -> f64 {
        self.deferral
    }

    /// Runs that break an expectation, and all runs; what cannot be counts as one that does.
    pub fn broken(&self, goal: &Goal) -> (u32, u32) {
        if !self.can_be() {
            return (1, 1);
        }
        let breaks = |run: &&Vec<Option<f64>>| {
            goal.expected.iter().any(|(expectation, metric)| {
                run[*metric].is_some_and(|value| beyond(expectation, value) > 0.0)
            })
        };
        let runs = self.values.iter().flatten();
        let broken = runs.clone().filter(breaks).count();
        (broken as u32, runs.count() as u32)
    }

    /// The expectation that is broken furthest, in parts of its bound, over all loads; `None` where none is, or
    /// the runs did not come to their end.
    pub fn miss(&self, goal: &Goal) -> Option<Miss> {
        let loads = self.values.iter().zip(&goal.loads);
        let each = loads.flat_map(|(runs, load)| {
            goal.expected.iter().map(move |(expectation, metric)| {
                let values: Vec<f64> = runs.iter().filter_map(|run| run[*metric]).collect();
                (excess(expectation, &values), expectation, load, values)
            })
        });
        let broken = each.filter(|(excess, ..)| *excess > 0.0 && self.can_be());
        // The first of those that are as far.
        let furthest = broken.reduce(|a, b| if b.0 > a.0 { b } else { a });
        furthest.map(|(_, expectation, load, values)| Miss {
            expectation: expectation.clone(),
            load: load.clone(),
            values,
        })
    }

    fn mean(&self, metrics: &[usize]) -> f64 {
        let runs = self.values.iter().flatten();
        let all = runs.flat_map(|values| metrics.iter().filter_map(|metric| values[*metric]));
        let (mut sum, mut count) = (0.0, 0_u32);
        for value in all {
            sum += value;
            count += 1;
        }
        sum / f64::from(count.max(1))
    }

    fn violation(&self, goal: &Goal) -> f64 {
        let loads = self.values.iter();
        let each = loads.flat_map(|values| {
            goal.expected.iter().map(|(expectation, metric)| {
                let values: Vec<f64> = values.iter().filter_map(|run| run[*metric]).collect();
                excess(expectation, &values)
            })
        });
        each.sum()
    }
}

/// By how much an expectation is broken, in parts of its bound.
fn excess(expectation: &Expectation, values: &[f64]) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    match expectation.holds {
        Holds::Mean if expectation.comparison != Comparison::Equal => beyond(expectation, mean),
        Holds::Mean => {
            values
                .iter()
                .map(|value| beyond(expectation, *value))
                .sum::<f64>()
                / count
        }
        Holds::ShareOfRuns(share) => {
            let broken = values
                .iter()
                .filter(|value| beyond(expectation, **value) > 0.0);
            let too_many = broken.count() as f64 / count - (1.0 - share);
            if too_many <= 0.0 { 0.0 } else { too_many }
        }
    }
}

fn beyond(expectation: &Expectation, value: f64) -> f64 {
    if expectation.comparison.holds(value, expectation.value) {
        return 0.0;
    }
    let bound = match expectation.value.abs() {
        0.0 => 1.0,
        bound => bound,
    };
    let beyond = (value - expectation.value).abs() / bound;
    // A bound that is not to be reached is broken where it is.
    beyond.clamp(1e-9, NEVER_WORTH)
}
