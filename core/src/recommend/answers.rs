//! What to do: what stops it now, and the fix; what each comes to, and what it leaves.

use super::headroom::{self, Search};
use super::{lines, tune, words};
use crate::capacity::Load;
use crate::catalog::Pace;
use crate::judge::Status;
use crate::metric::Unit;
use crate::random::mix;
use crate::replicate::RUNS_DEFAULT;
use crate::report::model::{Answer, Quantity, Report, SafeRegion, VariantReport};
use crate::report::{Judged, cells, main_workload};
use crate::tune::{Domain, Scale};

/// Runs at each number on the way to the end of a safe region.
const RUNS_AT_A_NUMBER: u32 = 10;

/// How far a safe region is looked for: up to so many times the number, and down to so little of it.
const REACH: u64 = 16;

/// Events of a run beyond which safe regions are left out: they take a hundred runs each.
const EVENTS_MOST: u64 = 200_000;

/// The answers of a ranked report: what stops it within minutes, if the fix takes longer, and the fix.
pub(super) fn answers(report: &Report, judged: &[Judged], search: &Search) -> Vec<Answer> {
    let Some(fix) = lines::recommended(&report.variants) else {
        return Vec::new();
    };
    let now = now(&report.variants).filter(|now| now.name != fix.name);
    let today = &judged[0];
    // The answers were chosen by the runs they had; these are others.
    let again = |judged: &Judged| {
        let runs = if judged.prepared.deterministic {
            1
        } else {
            RUNS_DEFAULT
        };
        let seed = mix(search.seed ^ 0x0061_6e73_7765);
        Judged::new(judged.prepared.clone(), search.workers, seed, Some(runs))
    };
    let today_again = again(today);
    let answer = |variant: &VariantReport| {
        let judged = judged.iter().find(|it| it.prepared.name == variant.name)?;
        let own = again(judged);
        let change = variant.change.as_ref()?;
        let (workload, units, _) = main_workload(&own.prepared.plan);
        let figure = |metric: &str| own.figure(&format!("{workload}.{metric}"), Some(&today_again));
        let best = own
            .runs
            .iter()
            .map(|run| run.best.finish)
            .min()?
            .as_secs_f64();
        let finished_after = figure("finished_after");
        let above = finished_after.mean.map(|mean| match mean {
            Quantity::Number(mean) => Quantity::of((mean - best).max(0.0)),
            Quantity::Never => Quantity::Never,
        });
        let is_fix = variant.name == fix.name;
        Some(Answer {
            pace: change.pace,
            variant: variant.name.clone(),
            about: variant.about.clone(),
            owner: change.owner,
            effort: change.effort,
            runs: own.runs.len() as u32,
            failed: figure(&format!("{units}.failed")),
            start_delay_p90: figure(&format!("{units}.start_delay.p90")),
            finished_after,
            above_best_possible: above,
            holds_to: variant.holds_to.clone(),
            not_fixed: not_fixed(variant, &own),
            safe: if is_fix {
                safe(judged, search)
            } else {
                Vec::new()
            },
        })
    };
    let both = now.into_iter().chain([fix]);
    both.filter_map(answer).collect()
}

/// The best of the ranked variants that counts within minutes.
pub(super) fn now(variants: &[VariantReport]) -> Option<&VariantReport> {
    variants.iter().skip(1).find(|variant| {
        let change = variant.change.as_ref();
        let fast = change.is_some_and(|it| it.possible && it.pace == Pace::Minutes);
        fast && variant.verdict == Status::Met
    })
}

fn not_fixed(variant: &VariantReport, again: &Judged) -> Vec<String> {
    let mut left = Vec::new();
    for expectation in again
        .expectations
        .iter()
        .filter(|it| it.status == Status::Broken)
    {
        left.push(format!("`{}` is still broken", expectation.text));
    }
    if let Some(holds) = variant.holds_to.as_ref().filter(|holds| !holds.or_more) {
        left.push(format!("more than {} {}", holds.load, holds.unit));
    }
    let head = &variant.headline;
    if let Some(Quantity::Number(first)) = head.first_throttled.mean
        && first >= 0.5
    {
        left.push(format!(
            "{} first {} a run are throttled all the same, and wait",
            cells::value(first, Unit::Count),
            head.calls
        ));
    }
    for sufferer in &variant.sufferers {
        left.push(format!("{} still suffers", sufferer.workload));
    }
    left
}

/// How far each number of a change may move, all others left as they are.
fn safe(judged: &Judged, search: &Search) -> Vec<SafeRegion> {
    let events = judged.runs.iter().map(|run| run.events).max().unwrap_or(0);
    if events > EVENTS_MOST {
        return Vec::new();
    }
    let numbers = numbers(judged);
    numbers
        .into_iter()
        .filter_map(|(path, value)| region(judged, search, path, value))
        .filter(|_| !search.workers.stopped())
        .collect()
}

/// The numbers that a change sets: those of its paths, and those of the retry policies it sets.
fn numbers(judged: &Judged) -> Vec<(String, String)> {
    let scenario = &judged.prepared.scenario;
    let load = scenario.load.as_ref().map(|load| &load.value.path);
    let mut numbers: Vec<(String, String)> = Vec::new();
    for (path, value) in &judged.prepared.overrides {
        let below = path
            .strip_prefix("workloads.")
            .and_then(|rest| rest.split_once('.'));
        if let Some((name, "retry")) = below {
            let workload = scenario.workloads.iter().find(|it| it.name == name);
            let policy = workload
                .and_then(|it| it.value.retry())
                .map(|it| &it.policy);
            let Some((policy, parameters)) =
                policy.and_then(|it| Some((it, tune::parameters(it)?)))
            else {
                continue;
            };
            for parameter in parameters {
                let value = policy.params().get(parameter);
                if let Some(value) = value.as_ref().and_then(words::text) {
                    numbers.push((format!("{path}.{}", parameter.name()), value));
                }
            }
        } else if Some(path) != load && Load::read(value).is_some() {
            numbers.push((path.clone(), value.clone()));
        }
    }
    numbers
}

fn region(judged: &Judged, search: &Search, path: String, value: String) -> Option<SafeRegion> {
    let (load, _) = Load::read(&value)?;
    if load.value == 0.0 {
        return None;
    }
    let low = load
        .times(REACH, true)
        .map_or_else(|| least(&value), |low| low.text);
    let high = load.times(REACH, false)?.text;
    let mut domain = Domain::range(&low, &high, Some(Scale::Log)).ok()?;
    if domain.place(&value).is_none() {
        let at = domain.below(&value)?;
        domain.values.insert(at, value.clone());
    }
    let at = domain.place(&value)?;
    let breaks = |place: usize| -> Option<String> {
        let prepared = headroom::at(search.document, judged, &path, &domain.values[place]);
        // What cannot be written is beyond the region.
        let Some(prepared) = prepared else {
            return Some("no such setting".to_owned());
        };
        let runs = Some(if prepared.deterministic {
            1
        } else {
            RUNS_AT_A_NUMBER
        });
        let tried = Judged::new(prepared, search.workers, search.seed, runs);
        if tried.verdict == Status::Met || tried.every_run_meets() {
            return None;
        }
        let broken = tried
            .expectations
            .iter()
            .find(|it| it.status != Status::Met);
        Some(broken.map_or(String::new(), |it| it.text.clone()))
    };
    let mut low = (at, None);
    for place in (0..at).rev() {
        if let Some(why) = breaks(place) {
            low.1 = Some((domain.values[place].clone(), why));
            break;
        }
        low.0 = place;
    }
    let mut high = (at, None);
    for place in at + 1..domain.values.len() {
        if let Some(why) = breaks(place) {
            high.1 = Some((domain.values[place].clone(), why));
            break;
        }
        high.0 = place;
    }
    Some(SafeRegion {
        path,
        value,
        from: domain.values[low.0].clone(),
        to: domain.values[high.0].clone(),
        breaks_below: low.1,
        breaks_above: high.1,
    })
}

/// One of the unit of a number.
fn least(value: &str) -> String {
    let unit = value.trim_start_matches(|first: char| first.is_ascii_digit() || first == '.');
    format!("1{unit}")
}
