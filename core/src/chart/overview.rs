//! Runs of several variants, and the charts that show them side by side.

use super::delays::{DelaysData, VARIANTS_MAX, VariantDelays, start_delays};
use super::spec::Chart;
use super::timeline::{TimelineData, most_throttled, timeline};
use crate::engine::{simulate_told, simulate_totals};
use crate::order::Arrange;
use crate::outcome::Outcome;
use crate::plan::{BlockRole, LimiterPlan, Plan};
use crate::record::{self, Series};
use crate::replicate::Prepared;
use crate::statistics::Samples;
use crate::units::{Span, Time};

/// Runs of one variant, kept as far as charts need them.
///
/// Recording changes nothing: these runs are those of a report with the same seed.
#[derive(Debug)]
pub struct Recorded<'p> {
    plan: &'p Plan,
    seed: u64,
    /// Run 0.
    first: Option<(Outcome, Series)>,
    /// By block, of all runs.
    start_delays: Vec<Samples>,
    runs: u64,
}

impl<'p> Recorded<'p> {
    /// A variant without any run yet.
    pub fn new(plan: &'p Plan, seed: u64) -> Self {
        Recorded {
            plan,
            seed,
            first: None,
            start_delays: vec![Samples::default(); plan.blocks.len()],
            runs: 0,
        }
    }

    /// A variant with so many runs, or with one if all are the same.
    ///
    /// # Panics
    /// If there are to be no runs.
    pub fn with_runs(variant: &'p Prepared, seed: u64, runs: u32) -> Self {
        assert!(runs > 0, "charts need a run");
        let runs = if variant.deterministic { 1 } else { runs };
        let mut recorded = Recorded::new(&variant.plan, seed);
        (0..runs).for_each(|_| recorded.run());
        recorded
    }

    /// Makes the next run. Of the first one the series are recorded as well.
    pub fn run(&mut self) {
        let totals = |outcome: &Outcome, delays: &mut [Samples]| {
            for (delays, block) in delays.iter_mut().zip(&outcome.totals.blocks) {
                delays.merge(&block.start_delay);
            }
        };
        if self.first.is_none() {
            let mut series = record::series(self.plan);
            let outcome = simulate_told(self.plan, self.seed, self.runs, &mut series);
            totals(&outcome, &mut self.start_delays);
            self.first = Some((outcome, series));
        } else {
            let outcome = simulate_totals(self.plan, self.seed, self.runs);
            totals(&outcome, &mut self.start_delays);
        }
        self.runs += 1;
    }

    /// The start delays of a block of a workload, by their names.
    fn delays(&self, workload: &str, block: &str) -> Option<VariantDelays<'_>> {
        let mut workloads = self.plan.workloads.iter();
        let workload = workloads.find(|known| known.name == workload)?;
        let mut blocks = workload.blocks.start as usize..workload.blocks.end as usize;
        let at = blocks.find(|at| self.plan.blocks[*at].name == block)?;
        Some(VariantDelays {
            name: &self.plan.variant,
            delays: &self.start_delays[at],
            runs: self.runs,
        })
    }

    /// The share of what users care about that never starts.
    fn left_behind(&self) -> f64 {
        let units = self.plan.blocks.iter().zip(&self.start_delays);
        let (nevers, all) = units
            .filter(|(block, _)| block.role == BlockRole::Unit)
            .fold((0, 0), |(nevers, all), (_, delays)| {
                (nevers + delays.nevers(), all + delays.len())
            });
        nevers as f64 / all.max(1) as f64
    }

    /// The timeline of a limiter in run 0: the one that is called like `other`, or the one that
    /// throttled most.
    fn timeline(&self, other: Option<&LimiterPlan>) -> Option<TimelineData<'_>> {
        let (outcome, series) = self.first.as_ref()?;
        let same = other.and_then(|other| {
            let name = (&other.service, &other.name);
            let mut limiters = self.plan.limiters.iter();
            limiters.position(|limiter| (&limiter.service, &limiter.name) == name)
        });
        let limiter = same.map(|at| at as u32).or(most_throttled(outcome))?;
        Some(TimelineData::of(self.plan, outcome, series, limiter, 0))
    }
}

/// [`overview`] of variants run `runs` times each, one after another.
///
/// # Panics
/// If there are to be no runs.
pub fn of_variants(variants: &[&Prepared], seed: u64, runs: u32) -> Vec<Chart> {
    let recorded = variants
        .iter()
        .map(|variant| Recorded::with_runs(variant, seed, runs));
    overview(&recorded.collect::<Vec<_>>())
}

/// Start delays of each workload over all variants, then a timeline of each variant, all of the
/// limiter that throttles most in the first. The first variant is the baseline. Of more than
/// [`VARIANTS_MAX`] the baseline is shown, and those that leave least behind.
pub fn overview(variants: &[Recorded<'_>]) -> Vec<Chart> {
    let Some(baseline) = variants.first() else {
        return Vec::new();
    };
    let variants = most_telling_first(variants);
    let mut charts = Vec::new();
    for workload in &baseline.plan.workloads {
        let blocks = workload.blocks.start as usize..workload.blocks.end as usize;
        let units = baseline.plan.blocks[blocks]
            .iter()
            .filter(|block| block.role == BlockRole::Unit && !workload.background);
        for block in units {
            let delays = variants
                .iter()
                .filter_map(|variant| variant.delays(&workload.name, &block.name));
            charts.push(start_delays(&DelaysData {
                scenario: &baseline.plan.scenario,
                workload: &workload.name,
                noun: &block.name,
                variants: &delays.collect::<Vec<_>>(),
            }));
        }
    }
    let first = baseline.first.as_ref();
    let limiter = first
        .and_then(|(outcome, _)| most_throttled(outcome))
        .map(|at| &baseline.plan.limiters[at as usize]);
    let shown = variants.iter().take(VARIANTS_MAX);
    let timelines: Vec<TimelineData<'_>> = shown.filter_map(|v| v.timeline(limiter)).collect();
    charts.extend(side_by_side(timelines));
    charts
}

/// Timelines over the same time: that of the longest, unless it would squeeze most of them into
/// less than a tenth of their width. Longer ones go on alone.
fn side_by_side(timelines: Vec<TimelineData<'_>>) -> Vec<Chart> {
    let mut ends: Vec<f64> = timelines.iter().map(|data| timeline(data).x.end).collect();
    ends.arrange_by(f64::total_cmp);
    let middle = ends.get(ends.len() / 2).copied().unwrap_or(0.0);
    let common = ends.into_iter().rfind(|end| *end <= 10.0 * middle);
    let at_least = Time::ZERO + Span::from_secs_f64(common.unwrap_or(0.0));
    timelines
        .into_iter()
        .map(|data| timeline(&TimelineData { at_least, ..data }))
        .collect()
}

/// The baseline; then those that leave least behind, as many as can be shown, in the order given;
/// then the others.
fn most_telling_first<'r, 'p>(variants: &'r [Recorded<'p>]) -> Vec<&'r Recorded<'p>> {
    let mut ranked: Vec<usize> = (1..variants.len()).collect();
    ranked.arrange_by(|a, b| {
        let (a, b) = (variants[*a].left_behind(), variants[*b].left_behind());
        a.total_cmp(&b)
    });
    let most = ranked.len().min(VARIANTS_MAX - 1);
    let (shown, others) = ranked.split_at_mut(most);
    shown.arrange();
    others.arrange();
    std::iter::once(&0)
        .chain(&*shown)
        .chain(&*others)
        .map(|at| &variants[*at])
        .collect()
}
