//! The arithmetic of the incidents, from whole scenarios: text, compile, run.
//!
//! Here is the CI fan-out on ECR: k workflows at once of so many jobs and images against a bucket.
//! Figures that hold whatever is drawn are asked of every run. The fleets are in `seed_fleet`.

use super::seed_fleet::{self, EcsRow, Swarm};
use super::{CaseError, Directory, Exact, Family, Tally};
use crate::parallel;
use pullstorm_core::replicate::{Prepared, RunSummary, prepare, run_one};
use pullstorm_core::retry::{Class, Growth, RetryPolicy, Strategy};
use pullstorm_core::scenario::Document;
use pullstorm_core::units::Span;
use serde::Deserialize;
use std::collections::BTreeMap;

/// See the module.
pub const FAMILY: Family = Family::new("seed-arithmetic", &[FILE], check);

const FILE: &str = "seed-arithmetic.json";

/// Runs in which a bound must hold.
const RUNS: u32 = if cfg!(debug_assertions) { 5 } else { 200 };

const SEED: u64 = 1;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arithmetic {
    ecr_ci: Option<FanOut>,
    swarm: Option<Swarm>,
    #[serde(default)]
    ecs: Vec<EcsRow>,
}

#[derive(Deserialize)]
struct FanOut {
    jobs: u32,
    images: u32,
    burst: u64,
    rate: f64,
    rows: Vec<Row>,
    /// By `min_retries_so_that_longest_possible_horizon_covers_k2_46s`, which names the workflows
    /// and the seconds, and then by the policy, as `base0_5_cap20`, in seconds.
    #[serde(flatten)]
    retries: BTreeMap<String, BTreeMap<String, u32>>,
}

const RETRIES: &str = "min_retries_so_that_longest_possible_horizon_covers_k";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    #[serde(rename = "builds")]
    workflows: u32,
    logins: u64,
    admitted_at_t0: u64,
    throttled_at_t0: u64,
    earliest_all_admitted_s: f64,
    logins_if_one_per_job: u64,
    throttled_if_one_per_job: u64,
    max_admitted_standard_3_attempts: u64,
    min_failed_standard_3_attempts: u64,
    max_admitted_legacy_5_attempts: u64,
    min_failed_legacy_5_attempts: u64,
    max_admitted_java_default_equal_jitter_5_retries: u64,
    min_failed_java_default_equal_jitter_5_retries: u64,
}

fn check(directory: &Directory) -> Result<Tally, CaseError> {
    let mut tally = Tally::new();
    let arithmetic: Arithmetic = directory.json(FILE)?;
    let wrong = |reason: String| CaseError::new(FILE, reason);
    if let Some(fan_out) = &arithmetic.ecr_ci {
        for found in parallel::map(&fan_out.rows, |row| at_once(fan_out, row)) {
            tally.absorb(found.map_err(wrong)?);
        }
        for (key, retries) in &fan_out.retries {
            let reached = reached(key, &fan_out.rows).map_err(wrong)?;
            enough_retries(&mut tally, reached, retries).map_err(wrong)?;
        }
    }
    if let Some(figures) = &arithmetic.swarm {
        tally.absorb(seed_fleet::swarm(figures).map_err(wrong)?);
    }
    tally.absorb(seed_fleet::ecs(&arithmetic.ecs).map_err(wrong)?);
    tally.note(format!("bounds in {RUNS} runs"));
    Ok(tally)
}

/// All figures of one number of workflows.
fn at_once(fan_out: &FanOut, row: &Row) -> Result<Tally, String> {
    let mut tally = Tally::new();
    let k = row.workflows;
    let world = |login, retry| World::new(fan_out, k, login, retry);

    let plain = world("per-image", "none")?;
    let today = plain.run(0);
    tally.exact(
        format!("k={k}: logins, admitted and throttled at once"),
        (
            plain.logins(&today),
            plain.admitted(&today),
            plain.throttled(&today),
        ),
        (row.logins, row.admitted_at_t0, row.throttled_at_t0),
    );
    let earliest = today.best.last_admission.as_secs_f64();
    tally.exact(
        format!("k={k}: earliest time by which all can be admitted"),
        earliest,
        row.earliest_all_admitted_s,
    );
    let shared = world("per-job", "none")?;
    let per_job = shared.run(0);
    tally.exact(
        format!("k={k}: logins and throttled with one login a job"),
        (shared.logins(&per_job), shared.throttled(&per_job)),
        (row.logins_if_one_per_job, row.throttled_if_one_per_job),
    );
    for (retry, most, fewest) in [
        (
            "aws-standard-2.1",
            row.max_admitted_standard_3_attempts,
            row.min_failed_standard_3_attempts,
        ),
        (
            "aws-legacy",
            row.max_admitted_legacy_5_attempts,
            row.min_failed_legacy_5_attempts,
        ),
        (
            "harness-default",
            row.max_admitted_java_default_equal_jitter_5_retries,
            row.min_failed_java_default_equal_jitter_5_retries,
        ),
    ] {
        let world = world("per-image", retry)?;
        let (mut admitted, mut failed) = (0, u64::MAX);
        for run in 0..RUNS {
            let summary = world.run(run);
            let now = world.admitted(&summary);
            (admitted, failed) = (admitted.max(now), failed.min(world.logins(&summary) - now));
        }
        let miss = (admitted > most || failed < fewest).then(|| {
            format!("{admitted} admitted, {failed} failed, bounds are {most} and {fewest}")
        });
        tally.count(
            format!("k={k}, {retry}: most admitted, fewest failed"),
            miss,
        );
    }
    Ok(tally)
}

/// The time after its first attempt that a policy is to reach, as a key of [`FanOut::retries`] says
/// it: that by which all logins of so many workflows can be admitted.
fn reached(key: &str, rows: &[Row]) -> Result<Span, String> {
    let unknown = || format!("unknown field `{key}`");
    let rest = key.strip_prefix(RETRIES).ok_or_else(unknown)?;
    let named = rest.strip_suffix('s').and_then(|rest| rest.split_once('_'));
    let (workflows, reached) = named.ok_or_else(unknown)?;
    let workflows: u32 = workflows.parse().map_err(|_| unknown())?;
    let reached = seconds(reached)?;
    let row = rows.iter().find(|row| row.workflows == workflows);
    match row.map(|row| row.earliest_all_admitted_s) {
        Some(earliest) if earliest != reached.as_secs_f64() => Err(format!(
            "`{key}` is about {workflows} workflows, which take {earliest} s by their row"
        )),
        _ => Ok(reached),
    }
}

/// A time in seconds, with `_` where others write a point.
fn seconds(number: &str) -> Result<Span, String> {
    let exact = Exact::try_from(number.replace('_', "."))?;
    exact
        .seconds()
        .ok_or_else(|| format!("`{number}` is no time"))
}

/// How many retries a policy needs so that its last attempt can come so long after its first.
fn enough_retries(
    tally: &mut Tally,
    reached: Span,
    retries: &BTreeMap<String, u32>,
) -> Result<(), String> {
    for (policy, want) in retries {
        let (base, cap) = policy
            .strip_prefix("base")
            .and_then(|numbers| numbers.split_once("_cap"))
            .ok_or_else(|| format!("`{policy}` is no base and cap"))?;
        let growth = Growth::new(seconds(base)?, seconds(cap)?);
        let reaches = |retries: &u32| {
            let policy = RetryPolicy::new(Strategy::FullJitter(growth), retries + 1);
            policy.span_max(Class::Throttling, None) >= Some(reached)
        };
        let got = (0..1_000).find(reaches);
        tally.exact(
            format!("retries of {policy} that reach {reached}"),
            got,
            Some(*want),
        );
    }
    Ok(())
}

/// A scenario of its own, ready to run.
pub(super) struct World(Prepared);

impl World {
    fn new(fan_out: &FanOut, workflows: u32, login: &str, retry: &str) -> Result<Self, String> {
        let FanOut {
            jobs,
            images,
            burst,
            rate,
            ..
        } = fan_out;
        let text = format!(
            "pullstorm: 1
name: fan-out
services:
  ecr:
    limiters:
      logins:
        bucket: {{burst: {burst}, refill: {rate}/s}}
        operations: [login]
        status: 400
        code: ThrottlingException
workloads:
  ci:
    kind: ci-fanout
    service: ecr
    operation: login
    workflows: {workflows}
    jobs: {jobs}
    images: {images}
    login: {login}
    retry: {retry}
"
        );
        World::of(&text)
    }

    /// The scenario of a text.
    pub fn of(text: &str) -> Result<Self, String> {
        let problems = |problems: &dyn std::fmt::Display| problems.to_string();
        let document =
            Document::parse("arithmetic.yaml", text.as_bytes()).map_err(|p| problems(&p))?;
        let prepared = prepare(&document, &[]).map_err(|p| problems(&p))?;
        let today = prepared.into_iter().next();
        today
            .map(World)
            .ok_or_else(|| "there is no today".to_owned())
    }

    pub fn run(&self, run: u32) -> RunSummary {
        run_one(&self.0, SEED, run)
    }

    /// A count that every run has.
    pub fn count(&self, summary: &RunSummary, path: &str) -> u64 {
        self.value(summary, path) as u64
    }

    /// A time in seconds that every run has.
    pub fn seconds(&self, summary: &RunSummary, path: &str) -> f64 {
        self.value(summary, path)
    }

    fn value(&self, summary: &RunSummary, path: &str) -> f64 {
        let index = self.0.metrics.find(path);
        let value = index.and_then(|index| summary.values[index]);
        value.unwrap_or_else(|| panic!("{path} has a value in every run"))
    }

    fn logins(&self, summary: &RunSummary) -> u64 {
        self.count(summary, "ci.logins.count")
    }

    fn throttled(&self, summary: &RunSummary) -> u64 {
        self.count(summary, "ci.logins.first_throttled")
    }

    fn admitted(&self, summary: &RunSummary) -> u64 {
        self.count(summary, "limiters.ecr.logins.admitted")
    }
}
