//! The registry of everything that is measured: path, unit, meaning, extractor.
//!
//! A metric is defined once, in one of the tables of this folder; text, JSON, CSV, expectations and
//! `pullstorm metrics` all read it from here. Paths use names: `ci.jobs.failed`,
//! `ci.logins.throttled`, `limiters.ecr.GetAuthorizationToken.throttled`.

mod calls;
mod entities;
mod gauges;
mod limits;

use crate::engine::{BlockTotals, CheckTotals, GaugeTotals, KeyTotals, LoopTotals, Totals};
use crate::judge;
use crate::outcome::Outcome;
use crate::plan::{BlockRole, Chain, LoopPlan, Plan};
use std::borrow::Cow;

/// What the number of a metric is.
#[derive(Copy, Clone, Eq, PartialEq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// A whole number of things.
    Count,
    /// Seconds.
    Seconds,
    /// A part of a whole, 0 to 1.
    Share,
    /// So many times.
    Ratio,
    /// Bytes.
    Bytes,
}

/// How a metric is found in the totals of a run. The index points at a block, a workload, a loop or
/// a limiter.
#[derive(Copy, Clone, Debug)]
enum Extract {
    Entities(u32, fn(&BlockTotals) -> Option<f64>),
    Calls(u32, fn(&calls::CallTotals) -> Option<f64>),
    Loop(u32, fn(&LoopTotals) -> Option<f64>),
    Gauge(u32, fn(&GaugeTotals) -> Option<f64>),
    Tally(u32),
    Limiter(u32, fn(&[KeyTotals]) -> Option<f64>),
    FinishedAfter(u32),
    RecoveredAfter(u32),
    /// Of a workload at a limiter: how often it asked, how often it was refused.
    Asked(u32, u32, fn(&CheckTotals) -> u64),
}

/// One metric of one plan.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Metric {
    /// Its path.
    pub path: String,
    /// What the number is.
    pub unit: Unit,
    /// What it means, in a sentence.
    pub meaning: Cow<'static, str>,
    #[serde(skip)]
    extract: Extract,
    /// Above which it never is.
    #[serde(skip)]
    most: f64,
}

impl Metric {
    /// The least and the most it can be.
    pub fn range(&self) -> (f64, f64) {
        (0.0, self.most)
    }
}

/// The metrics of a plan, in a stable order.
#[derive(Clone, Debug)]
pub struct Metrics {
    metrics: Vec<Metric>,
    chains: Vec<Chain>,
}

/// A line of a table: last part of the path, unit, meaning, extractor.
type Row<T> = (&'static str, Unit, &'static str, fn(&T) -> Option<f64>);

impl Metrics {
    /// All metrics of a plan.
    pub fn of(plan: &Plan) -> Self {
        let mut metrics = Metrics {
            metrics: Vec::new(),
            chains: Vec::new(),
        };
        for (index, workload) in plan.workloads.iter().enumerate() {
            if !workload.background {
                metrics.add_workload(plan, index as u32);
            }
        }
        for (index, limiter) in plan.limiters.iter().enumerate() {
            if limiter.keys.is_empty() {
                continue;
            }
            for (name, unit, meaning, extract) in limits::ROWS {
                let path = format!("limiters.{}.{}.{name}", limiter.service, limiter.name);
                metrics.add(path, unit, meaning, Extract::Limiter(index as u32, extract));
            }
            metrics.add(
                format!("limiters.{}.{}.recovered_after", limiter.service, limiter.name),
                Unit::Seconds,
                "from the end of the last cause from outside to the last refusal; never if it went on",
                Extract::RecoveredAfter(index as u32),
            );
        }
        metrics.add_shared(plan);
        metrics
    }

    fn add(
        &mut self,
        path: String,
        unit: Unit,
        meaning: impl Into<Cow<'static, str>>,
        extract: Extract,
    ) {
        let meaning = meaning.into();
        let most = match unit {
            Unit::Share => 1.0,
            Unit::Count | Unit::Seconds | Unit::Ratio | Unit::Bytes => f64::MAX,
        };
        self.metrics.push(Metric {
            path,
            unit,
            meaning,
            extract,
            most,
        });
    }

    /// Limiters that several workloads meet, by workload: who spends what they all need.
    fn add_shared(&mut self, plan: &Plan) {
        let chains = plan.chains();
        let own = |chain: &&Chain| !plan.workloads[chain.workload as usize].background;
        for (index, limiter) in (0..).zip(&plan.limiters) {
            let meets = |chain: &&Chain| chain.limiter(index).is_some();
            let sharing: Vec<&Chain> = chains.iter().filter(own).filter(meets).collect();
            if sharing.len() < 2 {
                continue;
            }
            for chain in sharing {
                let workload = &plan.workloads[chain.workload as usize].name;
                let path = format!("{workload}.limiters.{}.{}", limiter.service, limiter.name);
                for (name, meaning, of) in limits::SHARED_ROWS {
                    let extract = Extract::Asked(chain.workload, index, of);
                    self.add(format!("{path}.{name}"), Unit::Count, meaning, extract);
                }
            }
        }
        self.chains = chains;
    }

    fn add_workload(&mut self, plan: &Plan, index: u32) {
        let workload = &plan.workloads[index as usize];
        self.add(
            format!("{}.finished_after", workload.name),
            Unit::Seconds,
            "from time 0 until the last one ended; never if one did not end well",
            Extract::FinishedAfter(index),
        );
        for block in workload.blocks.clone() {
            let planned = &plan.blocks[block as usize];
            if matches!(planned.role, BlockRole::Call | BlockRole::Event) {
                continue;
            }
            for (name, unit, meaning, extract) in entities::ROWS {
                // A workflow wants nothing of its own to start; its jobs do.
                if planned.role == BlockRole::Group && entities::is_about_starting(name) {
                    continue;
                }
                let path = format!("{}.{}.{name}", workload.name, planned.name);
                self.add(path, unit, meaning, Extract::Entities(block, extract));
                if let (Unit::Count, Some(added)) = (unit, self.metrics.last_mut()) {
                    added.most = f64::from(planned.count);
                }
            }
        }
        let mut own = plan.loops.iter().filter(|retry| retry.workload == index);
        if own.any(|retry| retry.measured) {
            for (name, unit, meaning, extract) in calls::ROWS {
                let path = format!("{}.{}.{name}", workload.name, workload.calls);
                self.add(path, unit, meaning, Extract::Calls(index, extract));
            }
        }
        for (at, retry) in plan.loops.iter().enumerate() {
            if retry.workload != index || retry.measured || !first_of_its_name(plan, at) {
                continue;
            }
            for (name, unit, meaning, extract) in calls::LOOP_ROWS {
                let path = format!("{}.loops.{}.{name}", workload.name, retry.name);
                self.add(path, unit, meaning, Extract::Loop(at as u32, extract));
            }
        }
        for (at, gauge) in plan.gauges.iter().enumerate() {
            if gauge.workload != index {
                continue;
            }
            for (name, unit, meaning, extract) in gauges::ROWS {
                let path = format!("{}.{}.{name}", workload.name, gauge.name);
                let meaning = format!("{meaning}{}", gauge.counts.words());
                self.add(path, unit, meaning, Extract::Gauge(at as u32, extract));
            }
        }
        for (at, tally) in plan.tallies.iter().enumerate() {
            if tally.workload == index {
                let path = format!("{}.{}", workload.name, tally.name);
                let (unit, meaning) = gauges::tally(tally);
                self.add(path, unit, meaning, Extract::Tally(at as u32));
            }
        }
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Metric> {
        self.metrics.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.metrics.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.metrics.is_empty()
    }

    /// The place of a path among them.
    pub fn find(&self, path: &str) -> Option<usize> {
        self.metrics.iter().position(|metric| metric.path == path)
    }

    /// The metric at a place.
    pub fn get(&self, index: usize) -> Option<&Metric> {
        self.metrics.get(index)
    }

    /// The values of a run, in the order of the metrics: `None` where there is none (a quantile of
    /// too few), infinity for *never*.
    pub fn values(&self, plan: &Plan, outcome: &mut Outcome) -> Vec<Option<f64>> {
        sort_samples(&mut outcome.totals);
        let calls: Vec<calls::CallTotals> = (0..plan.workloads.len() as u32)
            .map(|workload| calls::CallTotals::of(plan, &outcome.totals, workload))
            .collect();
        let value = |metric: &Metric| match metric.extract {
            Extract::Entities(block, of) => of(&outcome.totals.blocks[block as usize]),
            Extract::Calls(workload, of) => of(&calls[workload as usize]),
            Extract::Loop(retry, of) => of(&loops_named_like(plan, &outcome.totals, retry)),
            Extract::Gauge(gauge, of) => of(&outcome.totals.gauges[gauge as usize]),
            Extract::Tally(tally) => Some(outcome.totals.tallies[tally as usize] as f64),
            Extract::Limiter(limiter, of) => of(&outcome.totals.limiters[limiter as usize]),
            Extract::FinishedAfter(workload) => {
                let finished = outcome.workloads[workload as usize].finished_after;
                Some(finished.map_or(f64::INFINITY, |time| time.as_secs_f64()))
            }
            Extract::RecoveredAfter(limiter) => {
                let after = judge::recovered_after(plan, &self.chains, outcome, limiter);
                Some(after.map_or(f64::INFINITY, |span| span.as_secs_f64()))
            }
            Extract::Asked(workload, limiter, of) => {
                let checks = self.chains[workload as usize].limiter(limiter)?;
                let counted = |check: &u32| of(&outcome.totals.checks[*check as usize]);
                Some(checks.iter().map(counted).sum::<u64>() as f64)
            }
        };
        self.metrics.iter().map(value).collect()
    }
}

/// Whether a loop is the first of its workload with its name; the metrics of all of them are its.
fn first_of_its_name(plan: &Plan, at: usize) -> bool {
    let retry = &plan.loops[at];
    !plan.loops[..at]
        .iter()
        .any(|before| same_name(before, retry))
}

fn same_name(a: &LoopPlan, b: &LoopPlan) -> bool {
    a.workload == b.workload && a.name == b.name && !a.measured && !b.measured
}

/// The counters of a loop and of all others of its workload with the same name.
fn loops_named_like(plan: &Plan, totals: &Totals, retry: u32) -> LoopTotals {
    let mut sum = LoopTotals::default();
    for (other, counted) in plan.loops.iter().zip(&totals.loops) {
        if same_name(other, &plan.loops[retry as usize]) {
            sum.add(counted);
        }
    }
    sum
}

/// Quantiles read sorted samples.
fn sort_samples(totals: &mut Totals) {
    for block in &mut totals.blocks {
        block.start_delay.sort();
    }
}

/// A share; none where there is nothing to share.
fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::storm;
    use crate::retry::RetryPolicy;

    #[test]
    fn paths_are_unique() {
        let metrics = Metrics::of(&storm(3, RetryPolicy::NONE));
        let mut paths: Vec<&str> = metrics.iter().map(|metric| metric.path.as_str()).collect();
        let all = paths.len();
        paths.sort_unstable();
        paths.dedup();
        assert_eq!(paths.len(), all);
        assert!(metrics.find("storm.clients.failed").is_some());
        assert!(metrics.find("limiters.registry.login.throttled").is_some());
    }
}
