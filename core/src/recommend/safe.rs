//! How far each number of a change may move before an expectation breaks, all others left as they are.

use super::headroom::{self, Search};
use super::{tune, words};
use crate::capacity::Load;
use crate::judge::Status;
use crate::replicate::Prepared;
use crate::report::Judged;
use crate::report::model::SafeRegion;
use crate::retry::{Parameter, Params, RetryPolicy, Value};
use crate::tune::{Domain, Scale};
use crate::units::text;

/// Runs at each number on the way to the end of a region.
const RUNS_AT_A_NUMBER: u32 = 10;

/// How far a region is looked for: up to so many times the number, and down to so little of it.
const REACH: u64 = 16;

/// Events that all regions together are worth: a few seconds.
const EVENTS_WORTH: u64 = 30_000_000;

/// Numbers that are tried of a region, more or less.
const NUMBERS_LIKELY: u64 = 16;

/// A number of a change.
struct Number {
    /// Where it is set; several paths where one setting of a tool is behind them.
    path: String,
    /// What it is set to.
    value: String,
    /// Of a retry policy, the policy and which of its numbers it is.
    of: Option<(RetryPolicy, Parameter)>,
}

/// The regions of a change's numbers; none where runs are too long to look for them.
pub(super) fn regions(judged: &Judged, search: &Search) -> Vec<SafeRegion> {
    let numbers = numbers(judged);
    let events = judged.runs.iter().map(|run| run.events).max().unwrap_or(0);
    let runs = u64::from(RUNS_AT_A_NUMBER) * NUMBERS_LIKELY * numbers.len() as u64;
    if events.saturating_mul(runs) > EVENTS_WORTH {
        return Vec::new();
    }
    let regions = numbers.iter().filter_map(|it| region(judged, search, it));
    regions.filter(|_| !search.workers.stopped()).collect()
}

/// The numbers that a change sets: those of its paths, and those of the retry policies it sets.
fn numbers(judged: &Judged) -> Vec<Number> {
    let scenario = &judged.prepared.scenario;
    let load = scenario.load.as_ref().map(|load| &load.value.path);
    let mut numbers: Vec<Number> = Vec::new();
    for (path, value) in &judged.prepared.overrides {
        let below = path.strip_prefix("workloads.");
        let below = below.and_then(|below| below.split_once(".retry"));
        if let Some((name, parameter)) = below {
            let workload = scenario.workloads.iter().find(|it| it.name == name);
            let policy = workload.and_then(|it| it.value.retry());
            if let Some(policy) = policy {
                let parameter = parameter.strip_prefix('.');
                add(&mut numbers, name, &policy.policy, parameter);
            }
        } else if Some(path) != load && Load::read(value).is_some() {
            numbers.push(Number {
                path: path.clone(),
                value: value.clone(),
                of: None,
            });
        }
    }
    numbers
}

/// Adds the numbers of a workload's policy, or the one that is named.
fn add(numbers: &mut Vec<Number>, workload: &str, policy: &RetryPolicy, named: Option<&str>) {
    for parameter in tune::parameters(policy).unwrap_or_default() {
        if named.is_some_and(|named| named != parameter.name()) {
            continue;
        }
        let path = format!("workloads.{workload}.retry.{}", parameter.name());
        let same = |it: &&mut Number| {
            let of = it.of.as_ref();
            of.is_some_and(|(own, its)| own == policy && *its == parameter)
        };
        let value = policy.params().get(parameter);
        let value = value.as_ref().and_then(words::text);
        // A setting of a tool holds for all it does.
        if let Some(known) = numbers.iter_mut().find(same) {
            known.path = format!("{}, {path}", known.path);
        } else if let Some(value) = value {
            numbers.push(Number {
                path,
                value,
                of: Some((policy.clone(), parameter)),
            });
        }
    }
}

/// The variant with one of its numbers moved; `None` if it cannot be.
fn moved(judged: &Judged, search: &Search, number: &Number, to: &str) -> Option<Prepared> {
    let Some((policy, parameter)) = &number.of else {
        return headroom::at(search.document, judged, &number.path, to);
    };
    let count = || text::count(to).ok().and_then(|it| u32::try_from(it).ok());
    let value = match policy.params().get(*parameter)? {
        Value::Count(_) => Value::Count(count()?),
        Value::Span(_) => Value::Span(text::span(to).ok()?),
        _ => return None,
    };
    let mut params = Params::default();
    params.set(*parameter, value);
    tune::with(judged, policy, &params)
}

fn region(judged: &Judged, search: &Search, number: &Number) -> Option<SafeRegion> {
    let value = number.value.clone();
    let (load, _) = Load::read(&value)?;
    if load.value == 0.0 {
        return None;
    }
    let low = load.times(REACH, true);
    let low = low.map_or_else(|| least(&value), |low| low.text);
    let high = load.times(REACH, false)?.text;
    let mut domain = Domain::range(&low, &high, Some(Scale::Log)).ok()?;
    if domain.place(&value).is_none() {
        let at = domain.below(&value)?;
        domain.values.insert(at, value.clone());
    }
    let at = domain.place(&value)?;
    let breaks = |place: usize| -> Option<String> {
        let Some(prepared) = moved(judged, search, number, &domain.values[place]) else {
            return Some(String::new());
        };
        let runs = match prepared.deterministic {
            true => 1,
            false => RUNS_AT_A_NUMBER,
        };
        let tried = Judged::new(prepared, search.workers, search.seed, Some(runs));
        if tried.verdict == Status::Met || tried.every_run_meets() {
            return None;
        }
        let mut expectations = tried.expectations.iter();
        let broken = expectations.find(|it| it.status != Status::Met);
        broken.map(|it| it.text.clone())
    };
    let end = |places: &mut dyn Iterator<Item = usize>| {
        let mut last = at;
        for place in places {
            if let Some(why) = breaks(place) {
                return (last, Some((domain.values[place].clone(), why)));
            }
            last = place;
        }
        (last, None)
    };
    let (from, breaks_below) = end(&mut (0..at).rev());
    let (to, breaks_above) = end(&mut (at + 1..domain.values.len()));
    Some(SafeRegion {
        path: number.path.clone(),
        from: domain.values[from].clone(),
        to: domain.values[to].clone(),
        value,
        breaks_below,
        breaks_above,
    })
}

/// One of the unit of a number.
fn least(value: &str) -> String {
    let unit = value.trim_start_matches(|first: char| first.is_ascii_digit() || first == '.');
    format!("1{unit}")
}
