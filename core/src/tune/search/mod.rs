//! Which settings are tried next: asked for trials, told what they measured.

mod candidates;

#[cfg(test)]
mod tests;

use super::archive::{Miss, Runs, Score};
use super::space::{Point, Space};
use super::tuner::Goal;
use crate::order::Arrange;
use crate::replicate::Measured;
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// Trials of a round at most.
const ROUND: usize = 64;

/// Runs that every setting gets.
const RUNS_FIRST: u32 = 2;

/// Runs by rank: so many of the best get at least so many runs.
const RACE: [(usize, u32); 4] = [(1, 40), (6, 24), (20, 10), (64, 4)];

/// Runs that the first of all has at the end: of the budget one part in ten, within these, and as many as
/// its expectations take.
const RUNS_TO_CONFIRM: (u64, u64) = (20, 100);

/// A start delay this much longer is near enough to the best for a smaller risk to count.
const NEAR: f64 = 1.012;

/// Runs of a setting whose start delay is compared that closely.
const RUNS_TO_COMPARE: u32 = 10;

/// What risk is worth: a setting around which one run in a hundred fails counts as so many per cent slower.
const RISK_WORTH: f64 = 3.0;

/// How far risk reaches, in steps on the grid.
const REACH: f64 = 5.0;

/// Settings to try: runs `first..first + count` of a point, at each load.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct Request {
    /// The setting, for [`Search::point`].
    pub setting: usize,
    /// The first run.
    pub first: u32,
    /// How many.
    pub count: u32,
}

/// A search that somebody else runs.
pub struct Search {
    space: Space,
    goal: Goal,
    known: BTreeSet<Point>,
    entries: Vec<Entry>,
    /// Runs that may be spent, all loads counted.
    budget: u64,
    /// Runs after which nothing new is tried, but for those that confirm the best.
    explored: u64,
    /// Runs of them that are kept to confirm it.
    reserve: u64,
    spent: u64,
    /// Events that may be spent.
    events: u64,
    /// Runs that the first of all has at the end.
    confirm: u32,
    /// Whose runs the others are compared with.
    reference: Option<usize>,
    stage: Stage,
}

struct Entry {
    point: Point,
    runs: Runs,
    /// Whether its neighbours are known.
    refined: bool,
    /// Whether other random numbers showed that it does not hold.
    refuted: bool,
    score: Score,
}

impl Entry {
    fn is_untried(&self) -> bool {
        self.runs.count == 0 && self.runs.can_be()
    }
}

#[derive(Copy, Clone, Eq, PartialEq, Debug)]
enum Stage {
    Race,
    Confirm,
}

impl Search {
    /// A search of nothing yet.
    pub fn new(space: Space, goal: Goal, seed: u64, budget: u64) -> Search {
        let confirm = (budget / 10).clamp(RUNS_TO_CONFIRM.0, RUNS_TO_CONFIRM.1);
        let confirm = confirm.max(u64::from(goal.runs_needed()));
        let mut search = Search {
            explored: budget,
            reserve: (confirm * goal.loads.len() as u64).min(budget / 2),
            space,
            goal,
            known: BTreeSet::new(),
            entries: Vec::new(),
            budget,
            spent: 0,
            events: u64::MAX,
            confirm: confirm as u32,
            reference: None,
            stage: Stage::Race,
        };
        search.begin(seed);
        search
    }

    /// It is to end after so many events, too.
    pub fn end_after(&mut self, events: u64) {
        self.events = events;
    }

    /// Runs that confirm a setting.
    pub fn confirm(&self) -> u32 {
        self.confirm
    }

    /// Whether it may spend no more events.
    pub(super) fn is_spent(&self) -> bool {
        self.events == 0
    }

    /// Events that were spent besides what it asked for.
    pub(super) fn spend(&mut self, events: u64) {
        self.events = self.events.saturating_sub(events);
    }

    /// The next round, in any order; empty at the end.
    pub fn ask(&mut self) -> Vec<Request> {
        while self.spent < self.budget && self.events > 0 {
            let explores = self.spent + self.reserve < self.explored;
            if !explores {
                self.stage = Stage::Confirm;
            }
            let order = self.ranked();
            self.reference = order.first().copied();
            let requests = self.round(&order, explores);
            if !requests.is_empty() {
                return requests;
            }
            if explores && self.refine(&order) {
                self.stage = Stage::Race;
            } else if self.stage == Stage::Race {
                self.stage = Stage::Confirm;
            } else {
                break;
            }
        }
        Vec::new()
    }

    /// What is to be measured next: what was never tried before what is to be known better.
    fn round(&self, order: &[usize], explores: bool) -> Vec<Request> {
        if explores {
            let untried = (0..self.entries.len()).filter(|at| self.entries[*at].is_untried());
            let first = untried.filter_map(|at| self.lacking(at, RUNS_FIRST));
            let first: Vec<Request> = first.take(ROUND).collect();
            if !first.is_empty() {
                return first;
            }
        }
        let ranks = if explores { order.len() } else { 1 };
        let ranks = order.iter().take(ranks).enumerate();
        let requests = ranks.filter_map(|(rank, at)| self.lacking(*at, self.wanted(rank)));
        requests.take(ROUND).collect()
    }

    /// What a round measured: for each request a trial at each load.
    ///
    /// # Panics
    /// If there is another number of measurements than requests.
    pub fn tell(&mut self, requests: &[Request], measured: &[Vec<Measured>]) {
        assert_eq!(requests.len(), measured.len(), "one measurement a request");
        for (request, measured) in requests.iter().zip(measured) {
            let own = measured.iter().map(|it| it.runs.len() as u64);
            self.spent += own.sum::<u64>();
            let events = measured.iter().map(|it| it.events).sum();
            self.events = self.events.saturating_sub(events);
            self.entries[request.setting].runs.add(measured);
        }
    }

    /// What a setting sets.
    pub fn point(&self, setting: usize) -> &Point {
        &self.entries[setting].point
    }

    /// The best setting so far, and whether it meets the expectations in its runs.
    pub fn best(&mut self) -> Option<(usize, bool)> {
        let order = self.ranked();
        let best = *order.first()?;
        Some((best, self.entries[best].score.meets()))
    }

    /// Mean start delay of a setting so far, in seconds.
    pub fn delay(&self, setting: usize) -> f64 {
        self.entries[setting].score.delay
    }

    /// Runs that were spent, all loads counted.
    pub fn spent(&self) -> u64 {
        self.spent
    }

    /// Settings that were tried.
    pub fn tried(&self) -> usize {
        self.entries.iter().filter(|it| it.runs.count > 0).count()
    }

    /// The space.
    pub fn space(&self) -> &Space {
        &self.space
    }

    /// What it is searched for.
    pub fn goal(&self) -> &Goal {
        &self.goal
    }

    /// Other random numbers showed that a setting does not hold; the search goes on to the next best,
    /// with the runs more that confirm that one.
    pub fn refute(&mut self, setting: usize) {
        self.entries[setting].refuted = true;
        self.stage = Stage::Confirm;
        let more = u64::from(self.confirm) * self.goal.loads.len() as u64;
        self.budget = self.budget.max(self.spent + more);
    }

    /// The setting of a point and what it lacks to so many runs.
    pub(super) fn propose(&mut self, point: Point, runs: u32) -> (usize, Option<Request>) {
        let at = match self.entries.iter().position(|it| it.point == point) {
            Some(at) => at,
            None => {
                self.add(point);
                self.entries.len() - 1
            }
        };
        (at, self.lacking(at, runs))
    }

    /// What counts of a setting, as far as it is known, beside another one.
    pub(super) fn score(&self, setting: usize, reference: usize) -> Score {
        self.score_beside(setting, Some(&self.entries[reference].runs))
    }

    /// What counts of a setting, where these runs tell what is luck. What other random numbers refuted
    /// holds no more, whatever its own runs say.
    fn score_beside(&self, setting: usize, reference: Option<&Runs>) -> Score {
        let Entry { runs, refuted, .. } = &self.entries[setting];
        let confirmed = runs.count >= self.confirm || runs.deterministic;
        let mut score = runs.score(&self.goal, reference, confirmed);
        if *refuted {
            score.violation = score.violation.max(1e-9);
        }
        score
    }

    /// What the runs of a setting break, the furthest from its bound.
    pub(super) fn miss(&self, setting: usize) -> Option<Miss> {
        self.entries[setting].runs.miss(&self.goal)
    }

    /// Whether the runs of a setting are those of another one, as far as it has any.
    pub(super) fn comes_to_the_same(&self, setting: usize, other: usize) -> bool {
        let (own, other) = (&self.entries[setting], &self.entries[other]);
        !own.refuted && own.runs.are_those_of(&other.runs)
    }

    fn add(&mut self, point: Point) {
        if self.known.insert(point.clone()) {
            self.entries.push(Entry {
                point,
                runs: Runs::default(),
                refined: false,
                refuted: false,
                score: Score {
                    violation: 0.0,
                    delay: 0.0,
                    attempts: 0.0,
                },
            });
        }
    }

    /// Runs that who is at a rank should have.
    fn wanted(&self, rank: usize) -> u32 {
        if rank == 0 && self.stage == Stage::Confirm {
            return self.confirm;
        }
        let rung = RACE.iter().find(|(ranks, _)| rank < *ranks);
        rung.map_or(RUNS_FIRST, |(_, runs)| *runs)
    }

    fn lacking(&self, setting: usize, runs: u32) -> Option<Request> {
        let own = &self.entries[setting].runs;
        let enough = own.count >= runs || (own.deterministic && own.count > 0);
        // What cannot be has no runs, and will have none.
        let enough = enough || !own.can_be();
        (!enough).then(|| Request {
            setting,
            first: own.count,
            count: runs - own.count,
        })
    }

    /// The settings that were tried, best first.
    fn ranked(&mut self) -> Vec<usize> {
        let reference = self.reference.map(|at| &self.entries[at].runs);
        let settings = 0..self.entries.len();
        let scores: Vec<Score> = settings
            .map(|at| self.score_beside(at, reference))
            .collect();
        for (entry, score) in self.entries.iter_mut().zip(scores) {
            entry.score = score;
        }
        let tried = |at: &usize| !self.entries[*at].is_untried();
        let mut order: Vec<usize> = (0..self.entries.len()).filter(tried).collect();
        order.arrange_by(|a, b| self.order(*a, *b));
        if self.stage == Stage::Confirm {
            self.safest_first(&mut order);
        }
        order
    }

    /// Of those that are as good as the first, puts the one first that best weighs its start delay
    /// against its risk: what never failed in a few runs may fail in a hundred, and what lies among
    /// settings that fail is likelier to.
    fn safest_first(&self, order: &mut [usize]) {
        let Some(first) = order.first().copied() else {
            return;
        };
        if !self.entries[first].score.meets() {
            return;
        }
        let broken = self.broken();
        let least = self.entries[first].runs.count.min(RUNS_TO_COMPARE);
        let near = order.iter().enumerate().filter_map(|(rank, at)| {
            let entry = &self.entries[*at];
            let known = entry.score.meets() && entry.runs.count >= least;
            let near = known && entry.score.felt() <= self.entries[first].score.felt() * NEAR;
            near.then(|| (rank, self.merit(*at, first, &broken)))
        });
        let safest = near.min_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
        if let Some((rank, _)) = safest {
            order[..=rank].rotate_right(1);
        }
    }

    /// How good a setting is beside another one, 1 if it is as good. Less is better.
    fn merit(&self, setting: usize, other: usize, broken: &[(u32, u32)]) -> f64 {
        let (own, other) = (&self.entries[setting].score, &self.entries[other].score);
        own.times(other) + self.risk(setting, broken)
    }

    /// Of each setting, the runs that break an expectation, and all runs.
    pub(super) fn broken(&self) -> Vec<(u32, u32)> {
        let each = self.entries.iter();
        each.map(|entry| {
            let (broken, all) = entry.runs.broken(&self.goal);
            // Other random numbers showed that it fails: how often, is not kept.
            match entry.refuted {
                true => (broken + 1, all + self.confirm),
                false => (broken, all),
            }
        })
        .collect()
    }

    /// What the risk of a setting is worth, in parts of its start delay: the share of runs around it
    /// that break an expectation, where nearer settings weigh more, in a Gaussian kernel over steps on
    /// the grid (E. A. Nadaraya, "On estimating regression", Theory of Probability and Its Applications 9,
    /// 1964).
    pub(super) fn risk(&self, setting: usize, broken: &[(u32, u32)]) -> f64 {
        let (mut failing, mut all) = (0.0, 0.0);
        for (other, runs) in self.entries.iter().zip(broken) {
            let Some(squared) = self
                .space
                .squared_steps(&self.entries[setting].point, &other.point)
            else {
                continue;
            };
            let weight = libm::exp(-squared / (2.0 * REACH * REACH));
            failing += weight * f64::from(runs.0);
            all += weight * f64::from(runs.1);
        }
        RISK_WORTH * if all > 0.0 { failing / all } else { 0.0 }
    }

    fn order(&self, a: usize, b: usize) -> Ordering {
        let key = |at: usize| {
            let entry = &self.entries[at];
            let numbers = match entry.score {
                score if score.meets() => [0.0, score.felt(), score.attempts],
                score => [score.violation, score.felt(), 0.0],
            };
            (numbers, self.space.changed(&entry.point).len(), at)
        };
        let ((a, few, first), (b, more, second)) = (key(a), key(b));
        let numbers = a.iter().zip(&b).map(|(a, b)| a.total_cmp(b));
        let numbers = numbers.fold(Ordering::Equal, Ordering::then);
        numbers.then(few.cmp(&more)).then(first.cmp(&second))
    }
}
