//! A simple search over the numbers of one retry policy.
//!
//! Candidates are drawn from grids of numbers a person would write, the same ones whatever the seed of
//! the runs, so that advice does not hop with it. All of them get a few runs; the best quarter gets
//! more, the best of those the full number and their headroom. Runs share their random numbers, so
//! the differences are due to the policy. Fewest failures come first, then headroom up to twice the
//! load of today, then the shorter start delay, then the fewest attempts.

use super::headroom::Search;
use super::{Options, change, lines, words};
use crate::judge::inevitable_wait;
use crate::random::{Key, Keys, Purpose, Uniform};
use crate::replicate::{Prepared, RUNS_DEFAULT, Workers};
use crate::report::Judged;
use crate::report::model::HoldsTo;
use crate::retry::{Parameter, Params, RetryPolicy, StrategyKind, Value};
use crate::scenario::model::Scenario;
use crate::units::Span;

/// Policies that are drawn.
const CANDIDATES: u32 = 64;

/// Rounds: runs of each candidate, and how many go on.
const ROUNDS: [(u32, usize); 2] = [(3, 16), (10, 4)];

/// Start delays that differ by less than this factor are as good: the runs do not tell them apart.
const AS_GOOD: f64 = 1.1;

/// Load beyond this many times that of today is no reason to wait longer.
const HEADROOM_WORTH: u32 = 2;

/// From one number to another.
#[derive(Copy, Clone, PartialEq, Debug)]
pub struct Range<T> {
    /// The smallest.
    pub low: T,
    /// The largest.
    pub high: T,
}

/// Where the tuner may look.
#[derive(Copy, Clone, PartialEq, Debug)]
pub struct Ranges {
    /// Attempts, the first included.
    pub attempts: Range<u32>,
    /// First ceiling, or the fixed sleep.
    pub base: Range<Span>,
    /// Longest sleep.
    pub cap: Range<Span>,
}

impl Default for Ranges {
    fn default() -> Self {
        Ranges {
            attempts: Range { low: 2, high: 20 },
            base: Range {
                low: Span::from_millis(50),
                high: Span::from_secs(10),
            },
            cap: Range {
                low: Span::from_secs(1),
                high: Span::from_secs(120),
            },
        }
    }
}

/// What tuning came to.
#[derive(Clone, Debug)]
pub(super) enum Tuned {
    /// A better policy, and up to which load it holds.
    Found(Box<Candidate>),
    /// None within the ranges can serve every call, because this is how long the limit needs and
    /// this is how long the longest policy lasts.
    CannotLastLongEnough { needed: Span, lasts: Span },
    /// None better was found among this many.
    Nothing { tried: usize },
}

/// A variant with its headroom.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    /// The variant and its runs.
    pub judged: Judged,
    /// Up to which load it holds, where the scenario names one.
    pub holds_to: Option<HoldsTo>,
}

/// The name of a tuned variant.
const SUFFIX: &str = " (searched)";

/// Whether a variant was made by the tuner.
pub(super) fn is_tuned(name: &str) -> bool {
    name.ends_with(SUFFIX)
}

/// The name of the variant that a tuned one began from.
pub(super) fn begun_from(name: &str) -> &str {
    name.strip_suffix(SUFFIX).unwrap_or(name)
}

/// Searches a better policy of the strategy that the first variant with a tunable one has; the first
/// of the candidates is *today*.
pub(super) fn tune(
    known: &[Candidate],
    search: &Search,
    options: &Options,
    workers: &dyn Workers,
) -> Tuned {
    let nothing = |tried| Tuned::Nothing { tried };
    let Some(today) = known.first() else {
        return nothing(0);
    };
    // Today's own policy if its numbers can be turned, else the one with the most to turn.
    let most = known
        .iter()
        .enumerate()
        .filter(|(place, it)| {
            let (own, today) = (&it.judged.prepared, &today.judged.prepared);
            *place == 0 || change::of(own, today, None).possible
        })
        .filter_map(|(place, variant)| {
            let (_, parameters) = tunable(&variant.judged.prepared.scenario)?;
            let rank = if place == 0 {
                usize::MAX
            } else {
                parameters.len()
            };
            Some((rank, std::cmp::Reverse(place), variant, parameters))
        })
        .max_by_key(|(rank, place, ..)| (*rank, *place));
    let Some((_, _, from, parameters)) = most else {
        return nothing(0);
    };
    let longest = with(&from.judged, &longest(&parameters, &options.ranges));
    let longest = longest.and_then(|longest| lines::lasts_at_most(&longest.plan));
    let needed = least_wait(&from.judged);
    if let Some(lasts) = longest
        && lasts < needed
        && needs_every_call(&from.judged)
    {
        return Tuned::CannotLastLongEnough { needed, lasts };
    }
    let mut field: Vec<(Params, Candidate)> = Vec::new();
    let keys = Keys::new(0, 0);
    let mut uniform = keys.sequence(Purpose::Order, Key::ROOT.named("tune"), 0);
    for _ in 0..CANDIDATES {
        let params = draw(&parameters, &options.ranges, &mut uniform);
        if field.iter().any(|(known, _)| *known == params) {
            continue;
        }
        if let Some(prepared) = with(&from.judged, &params) {
            let judged = Judged::new(prepared, workers, options.seed, Some(ROUNDS[0].0));
            let holds_to = None;
            field.push((params, Candidate { judged, holds_to }));
        }
    }
    let tried = field.len();
    for (runs, kept) in [(ROUNDS[1].0, ROUNDS[0].1), (RUNS_DEFAULT, ROUNDS[1].1)] {
        sort(&mut field);
        field.truncate(kept);
        for (_, it) in &mut field {
            let prepared = it.judged.prepared.clone();
            it.judged = Judged::new(prepared, workers, options.seed, Some(runs));
        }
    }
    for (_, it) in &mut field {
        it.holds_to = search.holds_to(&mut it.judged);
    }
    sort(&mut field);
    match field.into_iter().next() {
        // Without their runs, candidates cannot be told apart.
        _ if workers.stopped() => nothing(tried),
        Some((params, best)) => {
            let best = simplest(params, best, &from.judged, &parameters, search, options);
            match better(&best, from) {
                true => Tuned::Found(Box::new(best)),
                false => nothing(tried),
            }
        }
        None => nothing(tried),
    }
}

/// Whether an expectation breaks as soon as one call fails.
fn needs_every_call(judged: &Judged) -> bool {
    let (workload, ..) = crate::report::main_workload(&judged.prepared.plan);
    judged.expected().iter().any(|expectation| {
        let metric = expectation.metric.as_str();
        let of_main = metric.split('.').next() == Some(workload.as_str());
        let failures = metric.ends_with(".failed") || metric.ends_with(".failed_share");
        let none = expectation.comparison.holds(0.0, expectation.value)
            && !expectation
                .comparison
                .holds(f64::MIN_POSITIVE, expectation.value);
        of_main && failures && none
    })
}

/// How long a call of a variant has to wait at least, in the run in which that is shortest.
pub(super) fn least_wait(judged: &Judged) -> Span {
    let plan = &judged.prepared.plan;
    let main = (0..)
        .zip(&plan.workloads)
        .find(|(_, workload)| !workload.background);
    let main = main.map_or(0, |(index, _)| index);
    judged
        .runs
        .iter()
        .take(RUNS_DEFAULT as usize)
        .map(|run| inevitable_wait(plan, judged.seed, u64::from(run.run), main))
        .min()
        .unwrap_or(Span::ZERO)
}

/// The found policy with each number that makes no difference left as it was: less to change, and
/// nothing that looks like advice and is chance.
fn simplest(
    found: Params,
    best: Candidate,
    from: &Judged,
    parameters: &[Parameter],
    search: &Search,
    options: &Options,
) -> Candidate {
    let Some(first) = first_policy(&from.prepared.scenario) else {
        return best;
    };
    let before = first.params();
    let (mut params, mut best) = (found, best);
    for parameter in parameters {
        let Some(value) = before.get(*parameter) else {
            continue;
        };
        let mut candidate = params.clone();
        candidate.set(*parameter, value);
        let Some(prepared) = with(from, &candidate) else {
            continue;
        };
        let runs = Some(RUNS_DEFAULT);
        let mut judged = Judged::new(prepared, search.workers, options.seed, runs);
        let holds_to = search.holds_to(&mut judged);
        let tried = Candidate { judged, holds_to };
        if as_good(&tried, &best) {
            (params, best) = (candidate, tried);
        }
    }
    best
}

/// The parameters that whoever runs the client can set, of the first workload's policy.
fn tunable(scenario: &Scenario) -> Option<(StrategyKind, Vec<Parameter>)> {
    let kind = first_policy(scenario)?.kind();
    let parameters: Vec<Parameter> = match kind {
        StrategyKind::None | StrategyKind::Grpc | StrategyKind::Envoy => return None,
        // AWS config files take the attempts and nothing else.
        StrategyKind::AwsLegacy
        | StrategyKind::AwsStandard
        | StrategyKind::AwsGo20
        | StrategyKind::AwsJs20
        | StrategyKind::AwsCppLegacy => vec![Parameter::Attempts],
        _ => kind
            .parameters()
            .iter()
            .map(|(parameter, _)| *parameter)
            .filter(|parameter| {
                use Parameter::{Attempts, Base, Cap, Delay, ThrottledBase};
                matches!(parameter, Attempts | Base | Cap | Delay | ThrottledBase)
            })
            .collect(),
    };
    Some((kind, parameters))
}

/// The policy of the first workload that has one.
fn first_policy(scenario: &Scenario) -> Option<&RetryPolicy> {
    let mut choices = scenario.workloads.iter().filter_map(|it| it.value.retry());
    choices.next().map(|choice| &choice.policy)
}

/// The parameters with which a policy in the ranges lasts longest.
fn longest(parameters: &[Parameter], ranges: &Ranges) -> Params {
    let mut params = Params::default();
    for parameter in parameters {
        let value = match parameter {
            Parameter::Attempts => Value::Count(ranges.attempts.high),
            Parameter::Cap => Value::Span(ranges.cap.high),
            _ => Value::Span(ranges.base.high),
        };
        params.set(*parameter, value);
    }
    params
}

fn draw<U: Uniform>(parameters: &[Parameter], ranges: &Ranges, uniform: &mut U) -> Params {
    let mut params = Params::default();
    for parameter in parameters {
        let value = match parameter {
            Parameter::Attempts => {
                let Range { low, high } = ranges.attempts;
                Value::Count(low + uniform.below(u64::from(high - low) + 1) as u32)
            }
            Parameter::Cap => Value::Span(pick(&ranges.cap, uniform)),
            _ => Value::Span(pick(&ranges.base, uniform)),
        };
        params.set(*parameter, value);
    }
    // A ceiling below the first sleep would make the base a dead letter.
    if let (Some(base), Some(cap)) = (params.base.or(params.throttled_base), params.cap)
        && cap < base
    {
        params.cap = Some(base);
    }
    params
}

/// One of 1, 2, 3, 5, 7 times a power of ten within a range, each as likely.
fn pick<U: Uniform>(range: &Range<Span>, uniform: &mut U) -> Span {
    let mut grid = Vec::new();
    let mut decade: u64 = 1_000_000;
    while decade <= range.high.as_nanos() {
        for step in [1, 2, 3, 5, 7] {
            let span = Span::from_nanos(decade.saturating_mul(step));
            if range.low <= span && span <= range.high {
                grid.push(span);
            }
        }
        decade = decade.saturating_mul(10);
    }
    match grid.len() as u64 {
        0 => range.low,
        choices => grid[uniform.below(choices) as usize],
    }
}

/// The variant with other numbers in its retry policy, and in that of every workload that has the
/// same one: a setting of a tool holds for all it does.
fn with(from: &Judged, params: &Params) -> Option<Prepared> {
    let mut scenario = from.prepared.scenario.clone();
    let old = first_policy(&scenario)?.clone();
    let new = old.with(params).ok()?;
    let mut overrides: Vec<(String, String)> = from
        .prepared
        .overrides
        .iter()
        .filter(|(path, _)| !path.contains(".retry"))
        .cloned()
        .collect();
    for workload in &mut scenario.workloads {
        if let Some(choice) = workload.value.retry_mut()
            && choice.policy == old
        {
            choice.policy = new.clone();
            let text = words::of(choice);
            overrides.push((format!("workloads.{}.retry", workload.name), text?));
        }
    }
    let name = format!("{}{SUFFIX}", from.prepared.name);
    let of = if from.prepared.overrides.is_empty() {
        "The retry policy of today".to_owned()
    } else {
        from.prepared.about.clone()
    };
    let about = format!("{of}, with numbers found by search: {}", new.describe());
    Prepared::new(&name, &about, &overrides, &scenario).ok()
}

/// Gives `to` the retry policies of `from`, workload by workload.
pub(super) fn transfer(from: &Scenario, to: &mut Scenario) {
    for workload in &mut to.workloads {
        let known = from
            .workloads
            .iter()
            .find(|known| known.name == workload.name);
        let known = known.and_then(|known| known.value.retry());
        if let (Some(choice), Some(known)) = (workload.value.retry_mut(), known) {
            *choice = known.clone();
        }
    }
}

fn sort(field: &mut [(Params, Candidate)]) {
    field.sort_by(|(_, a), (_, b)| {
        let (a, b) = (score(a), score(b));
        a.iter()
            .zip(&b)
            .map(|(a, b)| a.total_cmp(b))
            .find(|order| order.is_ne())
            .unwrap_or(std::cmp::Ordering::Equal)
    });
}

/// What counts.
struct Merit {
    verdict: u8,
    failed: f64,
    headroom: u32,
    delay: f64,
    attempts: f64,
}

fn merit(it: &Candidate) -> Merit {
    let (workload, units, calls) = crate::report::main_workload(&it.judged.prepared.plan);
    let mean = |path: String| {
        let values = it.judged.values(&path).unwrap_or_default();
        let known: Vec<f64> = values.into_iter().flatten().collect();
        if known.is_empty() {
            0.0
        } else {
            known.iter().sum::<f64>() / known.len() as f64
        }
    };
    let headroom = it.holds_to.as_ref().map_or(0, |holds| match holds.now {
        Some(now) => holds.load.min(now.saturating_mul(HEADROOM_WORTH)),
        None => holds.load,
    });
    Merit {
        verdict: it.judged.verdict.rank(),
        failed: mean(format!("{workload}.{units}.failed")),
        headroom,
        delay: mean(format!("{workload}.{units}.start_delay.p90")),
        attempts: mean(format!("{workload}.{calls}.attempts")),
    }
}

/// Merits in order, most important first; less is better. Delays are in steps, so that what is as
/// good is equal.
fn score(it: &Candidate) -> [f64; 5] {
    let merit = merit(it);
    [
        f64::from(merit.verdict),
        merit.failed,
        -f64::from(merit.headroom),
        libm::round(libm::log(merit.delay.max(1e-3)) / libm::log(AS_GOOD)),
        merit.attempts,
    ]
}

/// Whether one is as good as another, but for what runs do not tell apart.
fn as_good(own: &Candidate, other: &Candidate) -> bool {
    let (own, other) = (merit(own), merit(other));
    own.verdict <= other.verdict
        && own.failed <= other.failed
        && f64::from(own.headroom) * AS_GOOD >= f64::from(other.headroom)
        && own.delay <= other.delay * AS_GOOD
}

/// Whether a policy is better by more than chance: fewer attempts alone are no reason to change.
fn better(found: &Candidate, from: &Candidate) -> bool {
    let (own, other) = (merit(found), merit(from));
    if own.verdict != other.verdict {
        return own.verdict < other.verdict;
    }
    if own.failed != other.failed {
        return own.failed * AS_GOOD < other.failed;
    }
    as_good(found, from) && !as_good(from, found)
}
