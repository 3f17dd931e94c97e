//! Tracks: how much of what happens when, over the time of a run, beside its lanes.

use super::axis::{Axis, Clock};
use super::{Doing, Ending, Lane};
use crate::limiter::{Algorithm, Decision, Limiter, Refill};
use crate::order::Arrange;
use crate::plan::{LimiterPlan, Plan};
use crate::record::{Attempt, Pass, Recorder};
use crate::report::{number, seconds};
use crate::retry::ClientState;
use crate::scenario::model::Scope;
use crate::units::{Span, Time};
use serde::{Deserialize, Serialize};

/// Bins of a track: when time outgrows them, neighbours are added up and the width doubles.
const BINS: usize = 512;

/// The width that bins begin with: a run of some milliseconds still has many of them.
pub(super) const WIDTH: Span = Span::from_nanos(10_000_000 >> 7);

/// More limiters have no tracks of their own; those that refuse most come first.
const LIMITERS_MAX: usize = 4;

/// One of the things that are shown over time.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Track {
    /// What it shows.
    pub kind: TrackKind,
    /// What it is called.
    pub name: String,
    /// What happened, in a sentence.
    pub summary: String,
    /// How much of the axis a bin is.
    pub width: f64,
    /// The most there can be, where something bounds it: the credits of a full limiter.
    pub full: Option<f64>,
    /// What there is in each bin. Those of [`TrackKind::is_stacked`] add up.
    pub curves: Vec<Curve>,
}

/// What a track shows.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
pub enum TrackKind {
    /// Attempts a second at a limiter, admitted and throttled; offered is their sum. Along
    /// [`Axis::Attempts`] the part of them that is.
    Attempts,
    /// Credits left in a limiter, of its first key.
    Credits,
    /// Attempts a second by retry loop.
    Loops,
    /// Units that wait, ask, sleep, run, and that have failed.
    Doing,
    /// Keys of a limiter, addresses mostly, of which everything is refused from one admission to the
    /// next.
    LockedOut,
}

impl TrackKind {
    /// Whether its curves add up to a whole.
    pub const fn is_stacked(self) -> bool {
        matches!(self, TrackKind::Attempts | TrackKind::Doing)
    }
}

/// One number over time.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Curve {
    /// What it is the number of.
    pub name: String,
    /// By bin.
    pub values: Vec<f64>,
}

/// Counts by bin, of as many rows as there are things to count.
struct Bins {
    width: u64,
    rows: Vec<[f64; BINS]>,
    last: usize,
}

impl Bins {
    fn new(rows: usize) -> Self {
        Bins {
            width: WIDTH.as_nanos(),
            rows: vec![[0.0; BINS]; rows],
            last: 0,
        }
    }

    fn at(&mut self, at: Time) -> usize {
        while at.as_nanos() / self.width >= BINS as u64 {
            self.fold();
        }
        let bin = (at.as_nanos() / self.width) as usize;
        self.last = self.last.max(bin);
        bin
    }

    #[cold]
    fn fold(&mut self) {
        self.width *= 2;
        for row in &mut self.rows {
            for at in 0..BINS / 2 {
                row[at] = row[2 * at] + row[2 * at + 1];
            }
            row[BINS / 2..].fill(0.0);
        }
        self.last /= 2;
    }

    fn count(&mut self, row: usize, at: Time) {
        let bin = self.at(at);
        self.rows[row][bin] += 1.0;
    }

    fn seconds(&self) -> f64 {
        self.width as f64 / 1e9
    }

    fn total(&self, row: usize) -> f64 {
        self.rows[row].iter().sum()
    }

    /// A row as rates a second.
    fn rates(&self, row: usize) -> Vec<f64> {
        let width = self.seconds();
        self.rows[row][..=self.last]
            .iter()
            .map(|count| count / width)
            .collect()
    }
}

/// The credits of a limiter's first key after decisions, as [`Bins`] are folded.
struct Level {
    width: u64,
    bins: [Option<f64>; BINS],
}

impl Level {
    fn reach(&mut self, at: Time) {
        while at.as_nanos() / self.width >= BINS as u64 {
            self.width *= 2;
            for at in 0..BINS / 2 {
                self.bins[at] = least(self.bins[2 * at], self.bins[2 * at + 1]);
            }
            self.bins[BINS / 2..].fill(None);
        }
    }

    fn note(&mut self, at: Time, credits: f64) {
        self.reach(at);
        let bin = &mut self.bins[(at.as_nanos() / self.width) as usize];
        *bin = least(*bin, Some(credits));
    }
}

fn least(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    one.into_iter().chain(other).reduce(f64::min)
}

/// A time in which all that a key asks is refused.
#[derive(Copy, Clone, Debug)]
struct Lock {
    limiter: u32,
    from: Time,
    until: Time,
}

/// Listens for tracks.
pub(super) struct Tracks<'p> {
    plan: &'p Plan,
    clock: Clock,
    /// Admitted and throttled of each limiter, then passes of each loop.
    counts: Bins,
    levels: Vec<Level>,
    locks: Vec<Lock>,
    /// By limiter and key: its last lock.
    locked: Vec<Vec<Option<usize>>>,
}

impl<'p> Tracks<'p> {
    pub(super) fn new(plan: &'p Plan, clock: Clock) -> Self {
        let level = || Level {
            width: WIDTH.as_nanos(),
            bins: [None; BINS],
        };
        let locks = |it: &LimiterPlan| it.spec.lock_out.is_some() || it.scope == Scope::Address;
        let keys = |it: &LimiterPlan| match locks(it) {
            true => vec![None; it.keys.len()],
            false => Vec::new(),
        };
        Tracks {
            plan,
            clock,
            counts: Bins::new(2 * plan.limiters.len() + plan.loops.len()),
            levels: plan.limiters.iter().map(|_| level()).collect(),
            locks: Vec::new(),
            locked: plan.limiters.iter().map(keys).collect(),
        }
    }

    /// The tracks of a run that ended at `end`, whose lanes are these.
    pub(super) fn finish(mut self, lanes: &[Lane], end: Time) -> Vec<Track> {
        // So that all of them end where the run does.
        self.counts.at(end);
        for level in &mut self.levels {
            level.reach(end);
        }
        let mut tracks = Vec::new();
        for limiter in self.busiest() {
            tracks.push(self.attempts(limiter));
            tracks.extend(self.credits(limiter));
            if self.clock.axis() == Axis::Seconds {
                tracks.extend(self.locked_out(limiter, end));
            }
        }
        if self.clock.axis() == Axis::Seconds {
            tracks.extend(self.loops());
        }
        tracks.extend(self.doing(lanes));
        tracks
    }

    /// Some of the limiters that were asked: those that refused most, then the busiest.
    fn busiest(&self) -> Vec<usize> {
        let count = |at: &usize| {
            let throttled = self.counts.total(2 * at + 1);
            (throttled, self.counts.total(2 * at) + throttled)
        };
        let mut asked: Vec<usize> = (0..self.plan.limiters.len())
            .filter(|at| count(at).1 > 0.0)
            .collect();
        asked.arrange_by(|a, b| {
            let (a, b) = (count(a), count(b));
            b.0.total_cmp(&a.0).then(b.1.total_cmp(&a.1))
        });
        asked.truncate(LIMITERS_MAX);
        asked
    }

    fn name(&self, limiter: usize) -> String {
        let limiter = &self.plan.limiters[limiter];
        format!("{} {}", limiter.service, limiter.name)
    }

    fn attempts(&self, limiter: usize) -> Track {
        let [admitted, throttled] = [2 * limiter, 2 * limiter + 1].map(|row| {
            let curve = self.counts.rates(row);
            (curve, self.counts.total(row))
        });
        let offered = admitted.0.iter().zip(&throttled.0).map(|(a, b)| a + b);
        let width = self.counts.seconds();
        let most = match self.clock.axis() {
            Axis::Seconds => format!(
                "{} within {} at most",
                number((offered.fold(0.0, f64::max) * width).round()),
                seconds(width)
            ),
            Axis::Attempts => "all in one instant".to_owned(),
        };
        let summary = format!(
            "{} offered, {} admitted, {} throttled; {most}",
            number(admitted.1 + throttled.1),
            number(admitted.1),
            number(throttled.1),
        );
        Track {
            kind: TrackKind::Attempts,
            name: match self.clock.axis() {
                Axis::Seconds => format!("{}: attempts a second", self.name(limiter)),
                Axis::Attempts => format!("{}: attempts, one by one", self.name(limiter)),
            },
            summary,
            width: self.counts.seconds(),
            full: None,
            curves: vec![
                curve("admitted", admitted.0),
                curve("throttled", throttled.0),
            ],
        }
    }

    /// The level is known where somebody asked; until then a bucket fills, others hold what they had.
    fn credits(&self, limiter: usize) -> Option<Track> {
        let level = &self.levels[limiter];
        let spec = &self.plan.limiters[limiter].spec;
        let full = spec.algorithm.credits_max();
        let mut left = spec.initial.credits(full) as f64;
        let width = level.width as f64 / 1e9;
        let until = self.counts.seconds() * self.counts.last as f64 / width;
        let bins = &level.bins[..=(until as usize).min(BINS - 1)];
        let lowest = bins.iter().flatten().copied().reduce(f64::min)?;
        let refill = match (&spec.algorithm, spec.lock_out) {
            (Algorithm::TokenBucket(bucket), None) => match bucket.refill {
                Refill::Continuous(rate) => rate.per_second_f64() * width,
                Refill::Lump { .. } => 0.0,
            },
            _ => 0.0,
        };
        let values = bins.iter().map(|bin| {
            left = bin.unwrap_or((left + refill).min(full as f64));
            left
        });
        let keys = self.plan.limiters[limiter].keys.len();
        let whose = match (keys, self.plan.limiters[limiter].keys.first()) {
            (2.., Some(first)) => format!(" ({first})"),
            _ => String::new(),
        };
        Some(Track {
            kind: TrackKind::Credits,
            name: format!("{}: credits left{whose}", self.name(limiter)),
            summary: format!(
                "{} of {} left at the least",
                number(lowest),
                number(full as f64)
            ),
            width,
            full: Some(full as f64),
            curves: vec![curve("credits left", values.collect())],
        })
    }

    fn locked_out(&self, limiter: usize, end: Time) -> Option<Track> {
        if self.locked[limiter].is_empty() {
            return None;
        }
        let locks: Vec<&Lock> = self
            .locks
            .iter()
            .filter(|lock| lock.limiter as usize == limiter)
            .collect();
        let spans = locks
            .iter()
            .map(|lock| (lock.from.as_secs_f64(), lock.until.min(end).as_secs_f64()));
        let longest = spans.clone().map(|(from, until)| until - from);
        let longest = longest.fold(0.0, f64::max);
        let values = self.present(spans);
        let most = values.iter().copied().fold(0.0, f64::max);
        let summary = match locks.len() {
            0 => "nobody is locked out".to_owned(),
            _ => format!(
                "{} of {} at once at most, for {} at the longest",
                number(most),
                self.locked[limiter].len(),
                seconds(longest)
            ),
        };
        Some(Track {
            kind: TrackKind::LockedOut,
            name: format!(
                "{}: locked out, per {}",
                self.name(limiter),
                self.plan.limiters[limiter].scope.words()
            ),
            summary,
            width: self.counts.seconds(),
            full: None,
            curves: vec![curve("locked out", values)],
        })
    }

    /// Loops of one name are one: each operation of a workload may have its own.
    fn loops(&self) -> Option<Track> {
        let rows = 2 * self.plan.limiters.len();
        let mut busy: Vec<(String, f64, Vec<f64>)> = Vec::new();
        for (at, retry) in self.plan.loops.iter().enumerate() {
            let (count, rates) = (self.counts.total(rows + at), self.counts.rates(rows + at));
            let workload = &self.plan.workloads[retry.workload as usize].name;
            let name = format!("{workload}.{}", retry.name);
            if count == 0.0 {
                continue;
            }
            match busy.iter_mut().find(|it| it.0 == name) {
                Some((_, sum, values)) => {
                    *sum += count;
                    values.iter_mut().zip(rates).for_each(|(a, b)| *a += b);
                }
                None => busy.push((name, count, rates)),
            }
        }
        let told = busy.iter();
        let told = told.map(|(name, count, _)| format!("{} by {name}", number(*count)));
        let summary = told.collect::<Vec<_>>().join(", ");
        (!busy.is_empty()).then(|| Track {
            kind: TrackKind::Loops,
            name: "Attempts a second by loop".to_owned(),
            summary,
            width: self.counts.seconds(),
            full: None,
            curves: busy
                .into_iter()
                .map(|(name, _, rates)| curve(&name, rates))
                .collect(),
        })
    }

    fn doing(&self, lanes: &[Lane]) -> Option<Track> {
        let end = self.counts.seconds() * (self.counts.last + 1) as f64;
        let of = |doing: Doing| {
            let stretches = lanes.iter().flat_map(|lane| &lane.stretches);
            let stretches = stretches.filter(|it| it.doing == doing);
            self.present(stretches.map(|it| (it.from, it.until)))
        };
        let failed = lanes.iter().filter(|it| it.ending == Ending::Failed);
        let ended = |lane: &Lane| lane.stretches.last().map_or(0.0, |last| last.until);
        let failed = failed.map(|lane| (ended(lane), end));
        let curves = vec![
            curve("waiting", of(Doing::Waiting)),
            curve("pulling", of(Doing::Pulling)),
            curve("asleep", of(Doing::Asleep)),
            curve("running", of(Doing::Running)),
            curve("failed", self.present(failed)),
        ];
        let most = curves.iter().filter_map(|curve| {
            let most = curve.values.iter().copied().fold(0.0, f64::max);
            (most > 0.0).then(|| format!("{} {}", number(most), curve.name))
        });
        let most: Vec<String> = most.collect();
        (!most.is_empty()).then(|| Track {
            kind: TrackKind::Doing,
            name: "What they do".to_owned(),
            summary: format!("at most {} at once", most.join(", ")),
            width: self.counts.seconds(),
            full: None,
            curves,
        })
    }

    /// How many of these spans of seconds the middle of each bin lies in.
    fn present(&self, spans: impl Iterator<Item = (f64, f64)>) -> Vec<f64> {
        let width = self.counts.seconds();
        let bins = self.counts.last + 1;
        let mut turns = vec![0.0; bins + 1];
        // The first bin whose middle is not before a second.
        let first = |second: f64| ((second / width - 0.5).ceil().max(0.0) as usize).min(bins);
        for (from, until) in spans {
            turns[first(from)] += 1.0;
            turns[first(until)] -= 1.0;
        }
        let mut now = 0.0;
        let turns = turns[..bins].iter();
        turns
            .map(|turn| {
                now += turn;
                now
            })
            .collect()
    }
}

fn curve(name: &str, values: Vec<f64>) -> Curve {
    Curve {
        name: name.to_owned(),
        values,
    }
}

impl Recorder for Tracks<'_> {
    fn decided(&mut self, attempt: &Attempt, decision: Decision, limiter: &Limiter) {
        let at = attempt.limiter as usize;
        let throttled = matches!(decision, Decision::Throttled(_));
        let place = self.clock.decide(attempt.at);
        self.counts.count(2 * at + usize::from(throttled), place);
        if attempt.key == 0 {
            self.levels[at].note(place, limiter.credits(0, attempt.at));
        }
        let Some(last) = self.locked[at].get_mut(attempt.key as usize) else {
            return;
        };
        if !throttled {
            *last = None;
            return;
        }
        let (lasting, renewed) = match self.plan.limiters[at].spec.lock_out {
            Some(spec) => (spec.lasting, spec.renewed),
            None => (Span::ZERO, true),
        };
        let until = attempt.at + lasting;
        match last.map(|last| &mut self.locks[last]) {
            Some(lock) if attempt.at < lock.until && !renewed => {}
            Some(lock) => lock.until = until,
            None => {
                *last = Some(self.locks.len());
                self.locks.push(Lock {
                    limiter: attempt.limiter,
                    from: attempt.at,
                    until,
                });
            }
        }
    }

    fn passed(&mut self, pass: &Pass, _: Option<&ClientState>) {
        let row = 2 * self.plan.limiters.len() + pass.retry as usize;
        self.counts.count(row, self.clock.at(pass.at));
    }
}
