//! How far each number of a change may move before an expectation breaks, all others left as they are.

#[cfg(test)]
mod tests;

use super::headroom::{self, Search};
use super::{tune, words};
use crate::capacity::{Load, border_below};
use crate::judge::Status;
use crate::random::mix;
use crate::replicate::Prepared;
use crate::report::Judged;
use crate::report::model::SafeRegion;
use crate::retry::{Parameter, Params, RetryPolicy, Value};
use crate::scenario::model::Holds;
use crate::tune::{Domain, Scale};
use crate::units::text;
use std::cell::Cell;
use std::collections::BTreeMap;

/// Runs at each number on the way to the end of a region.
const RUNS_AT_A_NUMBER: u32 = 10;

/// Runs at the ends of a region at most, with random numbers that did not choose them; in rounds, so that
/// what breaks ends them soon.
const RUNS_AT_AN_END: u32 = 200;

/// Runs of a round there.
const ROUND: u32 = 20;

/// Events that the ends of all regions are worth: a few seconds. Who has spent them judges by a round what
/// is left to judge.
const EVENTS_WORTH_ENDS: u64 = 60_000_000;

/// Numbers that are judged so of a region, more or less: those at both ends, and one that breaks.
const ENDS_LIKELY: u64 = 3;

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
    let ends = ENDS_LIKELY * numbers.len().max(1) as u64;
    let affordable = EVENTS_WORTH_ENDS / events.max(1) / ends;
    let affordable = affordable.min(u64::from(RUNS_AT_AN_END)) as u32;
    let tried = Tried {
        judged,
        search,
        runs_at_end: affordable - affordable % ROUND,
        events: Cell::new(EVENTS_WORTH_ENDS),
    };
    let regions = numbers.iter().filter_map(|it| tried.region(it));
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

/// What regions are looked for of.
struct Tried<'a, 's> {
    judged: &'a Judged,
    search: &'a Search<'s>,
    /// Runs at the ends of a region; 0 where they are too long.
    runs_at_end: u32,
    /// Events that are left for the ends.
    events: Cell<u64>,
}

impl Tried<'_, '_> {
    fn region(&self, number: &Number) -> Option<SafeRegion> {
        let value = number.value.clone();
        let domain = domain(&value)?;
        let at = domain.place(&value)?;
        let below: Vec<usize> = (0..at).rev().collect();
        let above: Vec<usize> = (at + 1..domain.values.len()).collect();
        let [below, above] = [below, above].map(|places| {
            let texts: Vec<&str> = places
                .iter()
                .map(|it| domain.values[*it].as_str())
                .collect();
            self.end(number, &texts)
        });
        let last = |end: &End| end.last.clone().unwrap_or_else(|| value.clone());
        // The number of the change itself has the runs that the change was judged by.
        let own = (!self.judged.prepared.deterministic).then_some(self.judged.runs.len() as u32);
        let runs = |end: &End| end.last.as_ref().map_or(own, |_| end.runs);
        let runs = [&below, &above].into_iter().filter_map(runs).min();
        Some(SafeRegion {
            path: number.path.clone(),
            from: last(&below),
            to: last(&above),
            runs: runs.unwrap_or(1),
            value,
            breaks_below: below.breaks,
            breaks_above: above.breaks,
        })
    }

    /// How far values hold, begun at the one beside the number of the change.
    fn end(&self, number: &Number, values: &[&str]) -> End {
        let mut breaks = None;
        let mut held = values.len();
        for (place, value) in values.iter().enumerate() {
            if let Some(why) = self.breaks(number, value) {
                breaks = Some(((*value).to_owned(), why));
                held = place;
                break;
            }
        }
        // What is rare, few runs do not see.
        let mut judged = BTreeMap::new();
        let last = border_below(held as u64, |place| {
            let many = self.many(number, values[place as usize]);
            let holds = many.breaks.is_none();
            judged.insert(place, many);
            holds
        });
        let next = last.map_or(0, |place| place + 1);
        if let Some(why) = judged.get(&next).and_then(|it| it.breaks.clone()) {
            breaks = Some((values[next as usize].to_owned(), why));
        }
        End {
            last: last.map(|place| values[place as usize].to_owned()),
            runs: last.and_then(|place| judged.get(&place)?.runs),
            breaks,
        }
    }

    /// The expectation that breaks in a few runs; an empty text where the number cannot be set.
    fn breaks(&self, number: &Number, to: &str) -> Option<String> {
        let Search { workers, seed, .. } = *self.search;
        let Some(prepared) = moved(self.judged, self.search, number, to) else {
            return Some(String::new());
        };
        let runs = match prepared.deterministic {
            true => 1,
            false => RUNS_AT_A_NUMBER,
        };
        let tried = Judged::new(prepared, workers, seed, Some(runs));
        if self.runs_at_end > 0 && is_open_by_shares_alone(&tried) {
            // One run of ten that breaks says little of a share: the runs of the end do.
            return None;
        }
        broken(&tried)
    }

    /// What the runs of an end say of a number that broke nothing in a few.
    fn many(&self, number: &Number, to: &str) -> Many {
        let Search { workers, seed, .. } = *self.search;
        let few = |runs| Many { breaks: None, runs };
        let Some(prepared) = moved(self.judged, self.search, number, to) else {
            return few(None);
        };
        if prepared.deterministic {
            return few(None);
        }
        if self.runs_at_end == 0 {
            return few(Some(RUNS_AT_A_NUMBER));
        }
        let seed = mix(seed ^ 0x0065_6e64);
        let mut tried = Judged::new(prepared, workers, seed, Some(ROUND));
        let events = |tried: &Judged| tried.runs.iter().map(|run| run.events).sum::<u64>();
        while tried.verdict != Status::Broken
            && (tried.runs.len() as u32) < self.runs_at_end
            && events(&tried) < self.events.get()
            && !workers.stopped()
        {
            tried.run_on(workers, ROUND);
        }
        let left = self.events.get().saturating_sub(events(&tried));
        self.events.set(left);
        Many {
            breaks: broken(&tried),
            runs: Some(tried.runs.len() as u32),
        }
    }
}

/// What many runs say of a number.
struct Many {
    /// The expectation that breaks.
    breaks: Option<String>,
    /// How many they were; `None` where every run is the same.
    runs: Option<u32>,
}

/// How far a number may move on one side.
struct End {
    /// The last number that holds; none where the one of the change is.
    last: Option<String>,
    /// Runs in which it held; `None` where every run is the same.
    runs: Option<u32>,
    /// The next, and what breaks there.
    breaks: Option<(String, String)>,
}

/// The first expectation that the runs do not show to be met.
fn broken(tried: &Judged) -> Option<String> {
    if tried.verdict == Status::Met || tried.every_run_meets() {
        return None;
    }
    let mut expectations = tried.expectations.iter();
    let broken = expectations.find(|it| !matches!(it.status, Status::Met | Status::Skipped));
    broken.map(|it| it.text.clone())
}

/// Whether nothing is broken, and what is undecided are shares of runs.
fn is_open_by_shares_alone(tried: &Judged) -> bool {
    let expected = tried.expected();
    let is_share = |text: &str| {
        let mut known = expected.iter().filter(|it| it.text == text);
        known.all(|it| matches!(it.holds, Holds::ShareOfRuns(share) if share < 1.0))
    };
    let mut open = tried
        .expectations
        .iter()
        .filter(|it| !matches!(it.status, Status::Met | Status::Skipped));
    tried.verdict == Status::Undecided
        && open.all(|it| it.status == Status::Undecided && is_share(&it.text))
}

/// Where a number may move to.
fn domain(value: &str) -> Option<Domain> {
    let (load, _) = Load::read(value)?;
    if load.value == 0.0 {
        return None;
    }
    let low = load.times(REACH, true);
    let low = low.map_or_else(|| least(value), |low| low.text);
    let high = load.times(REACH, false)?.text;
    let mut domain = Domain::range(&low, &high, Some(Scale::Log)).ok()?;
    if domain.place(value).is_none() {
        let at = domain.below(value)?;
        domain.values.insert(at, value.to_owned());
    }
    Some(domain)
}

/// One of the unit of a number.
fn least(value: &str) -> String {
    let unit = value.trim_start_matches(|first: char| first.is_ascii_digit() || first == '.');
    format!("1{unit}")
}
