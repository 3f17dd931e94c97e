//! A simple seeded search over the numbers of one retry policy.
//!
//! Candidates are drawn from grids of numbers a person would write. All of them get a few runs; the
//! best quarter gets more, the best of those the full number. Runs share their random numbers, so
//! the differences are due to the policy. Fewest failures come first, then the shortest start delay,
//! then the fewest attempts.

use super::Options;
use crate::judge::{Status, inevitable_wait};
use crate::random::{Key, Keys, Purpose, Uniform};
use crate::replicate::{Prepared, RUNS_DEFAULT, Workers};
use crate::report::Judged;
use crate::retry::{Class, Parameter, Params, RetryPolicy, StrategyKind, Value};
use crate::scenario::model::Scenario;
use crate::units::Span;

/// Policies that are drawn.
const CANDIDATES: u32 = 64;

/// Rounds: runs of each candidate, and how many go on.
const ROUNDS: [(u32, usize); 2] = [(3, 16), (10, 4)];

/// A start delay this much longer is as good: the runs do not tell them apart.
const AS_GOOD: f64 = 1.02;

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
    /// A better policy.
    Found(Box<Judged>),
    /// None within the ranges can hold, because this is how long the limit needs and this is how
    /// long the longest policy lasts.
    CannotLastLongEnough { needed: Span, lasts: Span },
    /// There is no policy with numbers to turn, or none better was found.
    Nothing,
}

/// The name of a tuned variant.
const SUFFIX: &str = " (searched)";

/// Whether a variant was made by the tuner.
pub(super) fn is_tuned(name: &str) -> bool {
    name.ends_with(SUFFIX)
}

/// Searches a better policy of the strategy that the first variant with a tunable one has.
pub(super) fn tune(judged: &[Judged], options: &Options, workers: &dyn Workers) -> Tuned {
    // Today's own policy if its numbers can be turned, else the one with the most to turn.
    let most = judged
        .iter()
        .enumerate()
        .filter_map(|(place, variant)| {
            let (kind, parameters) = tunable(&variant.prepared.scenario)?;
            let rank = if place == 0 {
                usize::MAX
            } else {
                parameters.len()
            };
            Some((rank, std::cmp::Reverse(place), variant, kind, parameters))
        })
        .max_by_key(|(rank, place, ..)| (*rank, *place));
    let Some((_, _, from, kind, parameters)) = most else {
        return Tuned::Nothing;
    };
    let longest = longest(kind, &parameters, &from.prepared.scenario, &options.ranges);
    let needed = least_wait(from);
    if let Some(lasts) = longest
        && lasts < needed
    {
        return Tuned::CannotLastLongEnough { needed, lasts };
    }
    let mut field: Vec<(Params, Judged)> = Vec::new();
    let keys = Keys::new(options.seed, 0);
    let mut uniform = keys.sequence(Purpose::Order, Key::ROOT.named("tune"), 0);
    for _ in 0..CANDIDATES {
        let params = draw(&parameters, &options.ranges, &mut uniform);
        if field.iter().any(|(known, _)| *known == params) {
            continue;
        }
        if let Some(prepared) = with(from, &params) {
            let tried = Judged::new(prepared, workers, options.seed, Some(ROUNDS[0].0));
            field.push((params, tried));
        }
    }
    for (runs, kept) in [(ROUNDS[1].0, ROUNDS[0].1), (RUNS_DEFAULT, ROUNDS[1].1)] {
        sort(&mut field);
        field.truncate(kept);
        for (_, judged) in &mut field {
            let prepared = judged.prepared.clone();
            *judged = Judged::new(prepared, workers, options.seed, Some(runs));
        }
    }
    sort(&mut field);
    match field.into_iter().next() {
        // Without their runs, candidates cannot be told apart.
        _ if workers.stopped() => Tuned::Nothing,
        Some((params, best)) if better(&best, from) => Tuned::Found(Box::new(simplest(
            params,
            best,
            from,
            &parameters,
            options,
            workers,
        ))),
        _ => Tuned::Nothing,
    }
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
    best: Judged,
    from: &Judged,
    parameters: &[Parameter],
    options: &Options,
    workers: &dyn Workers,
) -> Judged {
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
        let tried = Judged::new(prepared, workers, options.seed, Some(RUNS_DEFAULT));
        let ([verdict, failed, delay, _], [best_verdict, best_failed, best_delay, _]) =
            (score(&tried), score(&best));
        if verdict <= best_verdict && failed <= best_failed && delay <= best_delay * AS_GOOD {
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

/// The longest time from first to last attempt of any policy in the ranges.
fn longest(
    kind: StrategyKind,
    parameters: &[Parameter],
    scenario: &Scenario,
    ranges: &Ranges,
) -> Option<Span> {
    let mut params = Params::default();
    for parameter in parameters {
        let value = match parameter {
            Parameter::Attempts => Value::Count(ranges.attempts.high),
            Parameter::Cap => Value::Span(ranges.cap.high),
            _ => Value::Span(ranges.base.high),
        };
        params.set(*parameter, value);
    }
    let policy = scenario
        .workloads
        .iter()
        .filter_map(|workload| Some(&workload.value.retry()?.policy))
        .find(|policy| policy.kind() == kind)?;
    policy.with(&params).ok()?.span_max(Class::Throttling, None)
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
            let text = words(&new);
            overrides.push((format!("workloads.{}.retry", workload.name), text));
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

/// A policy as a scenario writes it.
fn words(policy: &RetryPolicy) -> String {
    let kind = policy.kind();
    let params = policy.params();
    let mut parts = vec![format!("strategy: {}", kind.name())];
    for (parameter, _) in kind.parameters() {
        use Parameter::{Attempts, Base, Cap, Delay, ThrottledBase};
        if !matches!(parameter, Attempts | Base | Cap | Delay | ThrottledBase) {
            continue;
        }
        match params.get(*parameter) {
            Some(Value::Count(count)) => parts.push(format!("{}: {count}", parameter.name())),
            Some(Value::Span(span)) => {
                parts.push(format!(
                    "{}: {}",
                    parameter.name(),
                    span.to_string().replace(' ', "")
                ));
            }
            _ => {}
        }
    }
    format!("{{{}}}", parts.join(", "))
}

fn sort(field: &mut [(Params, Judged)]) {
    field.sort_by(|(_, a), (_, b)| {
        let (a, b) = (score(a), score(b));
        a.iter()
            .zip(&b)
            .map(|(a, b)| a.total_cmp(b))
            .find(|order| order.is_ne())
            .unwrap_or(std::cmp::Ordering::Equal)
    });
}

/// What counts, most important first; less is better.
fn score(judged: &Judged) -> [f64; 4] {
    let (workload, units, calls) = crate::report::main_workload(&judged.prepared.plan);
    let mean = |path: String| {
        let values = judged.values(&path).unwrap_or_default();
        let known: Vec<f64> = values.into_iter().flatten().collect();
        if known.is_empty() {
            0.0
        } else {
            known.iter().sum::<f64>() / known.len() as f64
        }
    };
    let verdict = match judged.verdict {
        Status::Met => 0.0,
        Status::Undecided => 1.0,
        Status::Broken => 2.0,
    };
    [
        verdict,
        mean(format!("{workload}.{units}.failed")),
        mean(format!("{workload}.{units}.start_delay.p90")),
        mean(format!("{workload}.{calls}.attempts")),
    ]
}

fn better(found: &Judged, from: &Judged) -> bool {
    score(found) < score(from)
}
