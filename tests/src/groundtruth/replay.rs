//! Runs a scenario that was made from a log.

use super::compare::{Comparison, Estimate};
use crate::cases::CaseError;
use pullstorm_core::engine::simulate;
use pullstorm_core::record::Nothing;
use pullstorm_core::replicate::{Prepared, prepare};
use pullstorm_core::scenario::Document;

/// Runs of the model for each repeat of the log.
const RUNS: u32 = 20;

/// The metrics that are compared, below the name of a workload; all workloads together.
#[derive(Copy, Clone, Debug)]
pub struct Paths {
    /// Requests sent.
    pub requests: &'static str,
    /// Callers or pulls that came through.
    pub succeeded: &'static str,
}

/// What one repeat of a point came to.
#[derive(Clone, Debug)]
pub struct Repeat {
    /// Requests in the log.
    pub requests: u32,
    /// Successes in the log.
    pub succeeded: u32,
    /// The scenario that replays it.
    pub scenario: String,
}

/// Replays the repeats of a point: requests and successes.
///
/// # Errors
/// If a scenario has a mistake or a run does not end.
pub fn compare(
    name: &str,
    repeats: &[Repeat],
    paths: Paths,
) -> Result<(Comparison, Comparison), CaseError> {
    let (mut requests, mut succeeded) = (Vec::new(), Vec::new());
    for (number, repeat) in repeats.iter().enumerate() {
        let prepared = prepared(name, &repeat.scenario)?;
        for run in 0..RUNS {
            let run = number as u32 * RUNS + run;
            let (sent, served) = run_one(name, &prepared, run, paths)?;
            requests.push(sent);
            succeeded.push(served);
        }
    }
    let measured = |of: fn(&Repeat) -> u32| {
        let numbers: Vec<f64> = repeats.iter().map(|repeat| f64::from(of(repeat))).collect();
        Estimate::of(&numbers)
    };
    Ok((
        Comparison {
            measured: measured(|repeat| repeat.requests),
            modelled: Estimate::of(&requests),
        },
        Comparison {
            measured: measured(|repeat| repeat.succeeded),
            modelled: Estimate::of(&succeeded),
        },
    ))
}

fn prepared(name: &str, scenario: &str) -> Result<Prepared, CaseError> {
    let wrong = |problems| CaseError::new(name, problems);
    let document = Document::parse(name, scenario.as_bytes()).map_err(wrong)?;
    let mut prepared = prepare(&document, &[]).map_err(wrong)?;
    Ok(prepared.swap_remove(0))
}

fn run_one(
    name: &str,
    prepared: &Prepared,
    run: u32,
    paths: Paths,
) -> Result<(f64, f64), CaseError> {
    let seed = prepared.scenario.seed;
    let (mut outcome, _) = simulate(&prepared.plan, seed, u64::from(run), Nothing);
    if let Some(cut_off) = outcome.cut_off {
        return Err(CaseError::new(name, format!("cut off: {cut_off:?}")));
    }
    let values = prepared.metrics.values(&prepared.plan, &mut outcome);
    let sum = |path: &str| -> Result<f64, CaseError> {
        let workloads = prepared.scenario.workloads.iter();
        let paths = workloads.map(|workload| format!("{}.{path}", workload.name));
        let of = |path: String| {
            let metric = prepared.metrics.find(&path);
            let value = metric.and_then(|metric| values[metric]);
            value.ok_or_else(|| CaseError::new(name, format!("there is no {path}")))
        };
        paths.map(of).sum()
    };
    Ok((sum(paths.requests)?, sum(paths.succeeded)?))
}
