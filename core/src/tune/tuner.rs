//! The loop around a search: from a space to a setting that holds.

use super::archive::{Miss, Runs};
use super::search::{Request, Search};
use super::space::{Point, Space};
use crate::judge::{Status, assumed, runs_for};
use crate::random::mix;
use crate::replicate::{Measured, Prepared, RUNS_DEFAULT, RUNS_MORE, Trial, Workers};
use crate::report::names;
use crate::scenario::Document;
use crate::scenario::model::{Expectation, Holds, Severity};
use crate::statistics::Estimate;

/// A start delay this much longer is as good, where it takes one change less.
const AS_GOOD: f64 = 1.004;

/// So much longer in a few runs, it may turn out to be as good.
const SEEMS_AS_GOOD: f64 = 1.024;

/// Runs under fresh random numbers, in parts of those that confirm a setting: what is left of the luck
/// that it was chosen by shows there.
const FRESH: u32 = 2;

/// Runs under fresh random numbers at most, while they do not say whether the expectations are met: as many
/// as a variant gets then.
const FRESH_MOST: u32 = RUNS_DEFAULT * RUNS_MORE;

/// Runs of a part of what confirms a setting.
const PART: u32 = 10;

/// Settings that random numbers of their own may refute, one after another.
const REFUTED_MOST: u32 = 8;

/// What is searched for: expectations that hold at each of some loads, and the shortest start delay.
#[derive(Clone, PartialEq, Debug)]
pub struct Goal {
    /// The metrics that are looked at, by path.
    pub metrics: Vec<String>,
    /// The expectations to meet, each with the place of its metric.
    pub(super) expected: Vec<(Expectation, usize)>,
    /// The mean start delays of the workloads.
    pub(super) delays: Vec<usize>,
    /// Their attempts.
    pub(super) attempts: Vec<usize>,
    /// The loads it is judged at: path and value. None: as the scenario has it.
    pub loads: Vec<Option<(String, String)>>,
}

/// How a search is made.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct Options {
    /// The seed of the runs and of the start.
    pub seed: u64,
    /// Runs that may be spent, all loads counted; what confirms the winner comes on top.
    pub runs: u64,
    /// Events after which no more runs are asked for: some settings have far longer runs than others.
    pub events: u64,
}

/// What a search came to.
#[derive(Clone, Debug)]
pub struct Found {
    /// The setting.
    pub point: Point,
    /// What it sets.
    pub overrides: Vec<(String, String)>,
    /// Whether it meets the expectations at all loads, in runs it was not chosen by.
    pub holds: bool,
    /// Whether it met them in the runs that it was chosen by.
    pub seems_to_hold: bool,
    /// What it breaks, where its runs break something.
    pub miss: Option<Miss>,
    /// Its mean start delay in runs it was not chosen by, in seconds, with its interval.
    pub delay: Option<Estimate>,
    /// Settings that were tried.
    pub tried: usize,
    /// Runs that were spent, all loads counted.
    pub spent: u64,
    /// Whether the user stopped it before its end.
    pub interrupted: bool,
}

impl Goal {
    /// What a variant is expected to do, at some loads.
    pub fn of(prepared: &Prepared, loads: Vec<Option<(String, String)>>) -> Goal {
        let plan = &prepared.plan;
        let mut goal = Goal {
            metrics: Vec::new(),
            expected: Vec::new(),
            delays: Vec::new(),
            attempts: Vec::new(),
            loads,
        };
        let mut expected = prepared.scenario.expect.clone();
        if expected.is_empty() {
            expected = assumed(plan);
        }
        expected.retain(|it| it.severity == Severity::Fail);
        for expectation in expected {
            let metric = goal.place(&expectation.metric);
            goal.expected.push((expectation, metric));
        }
        for workload in plan.workloads.iter().filter(|it| !it.background) {
            let (name, units, calls) = names(plan, workload);
            let delay = goal.place(&format!("{name}.{units}.start_delay.mean"));
            goal.delays.push(delay);
            let attempts = goal.place(&format!("{name}.{calls}.attempts"));
            goal.attempts.push(attempts);
        }
        goal
    }

    /// Whether runs at each load meet the expectations, and their mean start delay in seconds, with
    /// what the load was put off.
    pub fn judge(&self, measured: &[Measured]) -> (Status, f64) {
        let mut runs = Runs::default();
        runs.add(measured);
        (runs.verdict(self), runs.score(self, None, false).delay)
    }

    /// Runs without which the expectations cannot be said to be met, where each run meets them; no more
    /// than a variant gets.
    pub(super) fn runs_needed(&self) -> u32 {
        let shares = self.expected.iter().filter_map(|(it, _)| match it.holds {
            Holds::ShareOfRuns(share) if share < 1.0 => Some(runs_for(share) as u32),
            _ => None,
        });
        shares.max().unwrap_or(0).min(FRESH_MOST)
    }

    fn place(&mut self, path: &str) -> usize {
        let known = self.metrics.iter().position(|known| known == path);
        known.unwrap_or_else(|| {
            self.metrics.push(path.to_owned());
            self.metrics.len() - 1
        })
    }
}

/// The best setting of a space: the one with the shortest start delay of those that meet the
/// expectations, or the one that breaks them least. `None` if it was stopped before anything was known.
pub fn tune(
    document: &Document,
    space: &Space,
    goal: &Goal,
    options: &Options,
    workers: &dyn Workers,
) -> Option<Found> {
    let mut search = Search::new(space.clone(), goal.clone(), options.seed, options.runs);
    search.end_after(options.events);
    let mut refuted = 0;
    let mut extra = 0;
    loop {
        while let requests = search.ask()
            && !requests.is_empty()
        {
            if !run(document, &mut search, &requests, options.seed, workers) {
                break;
            }
            tell(&mut search, workers);
        }
        let (best, holds) = search.best()?;
        if workers.stopped() || !holds {
            return Some(Found {
                seems_to_hold: holds,
                ..found(&search, best, None, extra, workers)
            });
        }
        let best = simplest(document, &mut search, best, options.seed, workers);
        let fresh = fresh(document, &mut search, best, options.seed, workers);
        extra += u64::from(fresh.count) * goal.loads.len() as u64;
        if fresh.verdict(goal) == Status::Met || workers.stopped() {
            return Some(found(&search, best, Some(&fresh), extra, workers));
        }
        refuted += 1;
        if refuted > REFUTED_MOST || search.is_spent() {
            return Some(Found {
                miss: fresh.miss(goal),
                ..found(&search, best, None, extra, workers)
            });
        }
        search.refute(best);
    }
}

/// The trials of a request: one at each load of the goal. `sets` is what its setting sets.
pub fn trial<'a>(
    document: &'a Document,
    goal: &'a Goal,
    sets: &'a [(String, String)],
    request: &Request,
    seed: u64,
) -> Vec<Trial<'a>> {
    let trial = |load: &'a Option<(String, String)>| Trial {
        document,
        sets,
        load: load.as_ref(),
        metrics: &goal.metrics,
        seed,
        first: request.first,
        count: request.count,
    };
    goal.loads.iter().map(trial).collect()
}

/// What the requests of a round measure, in their order; fewer if the user stops it.
pub fn measure(
    document: &Document,
    search: &Search,
    requests: &[Request],
    seed: u64,
    workers: &dyn Workers,
) -> Vec<Vec<Measured>> {
    let goal = search.goal();
    let sets = |request: &Request| search.space().overrides(search.point(request.setting));
    let sets: Vec<Vec<(String, String)>> = requests.iter().map(sets).collect();
    let each = requests.iter().zip(&sets);
    let trials: Vec<Trial<'_>> = each
        .flat_map(|(request, sets)| trial(document, goal, sets, request, seed))
        .collect();
    let measured = workers.trials(&trials);
    // Without a load there is nothing to measure.
    let loads = goal.loads.len().max(1);
    measured
        .chunks_exact(loads)
        .map(<[Measured]>::to_vec)
        .collect()
}

/// Runs a round; whether it came to its end.
fn run(
    document: &Document,
    search: &mut Search,
    requests: &[Request],
    seed: u64,
    workers: &dyn Workers,
) -> bool {
    let measured = measure(document, search, requests, seed, workers);
    search.tell(&requests[..measured.len()], &measured);
    measured.len() == requests.len()
}

/// Says the best so far.
fn tell(search: &mut Search, workers: &dyn Workers) {
    let tried = search.tried();
    let Some((best, holds)) = search.best() else {
        return;
    };
    let delay = search.delay(best);
    workers.tell(&match holds {
        true => format!("the best of {tried} settings has a start delay of {delay:.3}s"),
        false => format!("none of {tried} settings holds"),
    });
}

/// The setting with each change that makes no difference left out.
fn simplest(
    document: &Document,
    search: &mut Search,
    best: usize,
    seed: u64,
    workers: &dyn Workers,
) -> usize {
    let mut best = best;
    let found = best;
    for dimension in search.space().changed(search.point(best)) {
        let mut point = search.point(best).clone();
        point[dimension] = search.space().dimensions[dimension].today;
        // Most show in a few runs that they are needed.
        for (runs, as_good) in [(PART, SEEMS_AS_GOOD), (search.confirm(), AS_GOOD)] {
            let (at, request) = search.propose(point.clone(), runs);
            if let Some(request) = request
                && !run(document, search, &[request], seed, workers)
            {
                return best;
            }
            let (own, other) = (search.score(at, found), search.score(found, found));
            let broken = search.broken();
            // What comes to the same, run by run, is no riskier, whatever lies around it.
            let riskier = match search.comes_to_the_same(at, found) {
                true => 0.0,
                false => (search.risk(at, &broken) - search.risk(found, &broken)).max(0.0),
            };
            if !own.meets() || own.times(&other) + riskier > as_good {
                break;
            }
            if runs == search.confirm() {
                best = at;
            }
        }
    }
    best
}

/// The setting under random numbers that it was not chosen by.
fn fresh(
    document: &Document,
    search: &mut Search,
    setting: usize,
    seed: u64,
    workers: &dyn Workers,
) -> Runs {
    let seed = mix(seed ^ 0x0066_7265_7368);
    let mut runs = Runs::default();
    let mut wanted = (FRESH * search.confirm()).min(FRESH_MOST.max(search.confirm()));
    loop {
        // In parts, so that several threads have something to do.
        let parts = (runs.count..wanted).step_by(PART as usize);
        let requests = parts.map(|first| Request {
            setting,
            first,
            count: PART.min(wanted - first),
        });
        let requests: Vec<Request> = requests.collect();
        for measured in measure(document, search, &requests, seed, workers) {
            search.spend(measured.iter().map(|it| it.events).sum());
            runs.add(&measured);
        }
        // What a search may spend bounds what is undecided.
        let open = runs.verdict(search.goal()) == Status::Undecided && runs.can_be();
        let ends = runs.deterministic || runs.count < wanted || wanted >= FRESH_MOST;
        if !open || ends || search.is_spent() || workers.stopped() {
            return runs;
        }
        wanted = (2 * wanted).min(FRESH_MOST);
    }
}

fn found(
    search: &Search,
    best: usize,
    fresh: Option<&Runs>,
    extra: u64,
    workers: &dyn Workers,
) -> Found {
    let point = search.point(best).clone();
    let goal = search.goal();
    let delays = fresh.map(|runs| {
        let put_off = runs.deferral();
        let delays = runs.delays(goal).into_iter();
        delays
            .map(|delay| Some(delay + put_off))
            .collect::<Vec<_>>()
    });
    Found {
        overrides: search.space().overrides(&point),
        point,
        holds: fresh.is_some_and(|fresh| fresh.verdict(goal) == Status::Met),
        seems_to_hold: true,
        miss: search.miss(best),
        delay: delays.and_then(|delays| Estimate::of(&delays)),
        tried: search.tried(),
        spent: search.spent() + extra,
        interrupted: workers.stopped(),
    }
}
