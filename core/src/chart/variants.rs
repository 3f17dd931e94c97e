//! The charts of a comparison: who starts when, by variant, and what each meets at its limiter.

use super::delays::{DelaysData, VARIANTS_MAX, VariantDelays, start_delays};
use super::spec::Chart;
use super::timeline::{TimelineData, most_throttled, timeline};
use crate::engine::simulate;
use crate::outcome::Outcome;
use crate::record::{self, Nothing, Series};
use crate::replicate::Prepared;
use crate::report::main_block;
use crate::statistics::Samples;

/// Start delays of all variants over `runs` runs, then for each the timeline of the limiter that
/// throttles most in run 0. The first variant is the baseline; more than [`VARIANTS_MAX`] are left
/// out.
///
/// # Panics
/// If there are no runs.
pub fn of_variants(variants: &[&Prepared], seed: u64, runs: u32) -> Vec<Chart> {
    assert!(runs > 0, "charts need a run");
    let shown = &variants[..variants.len().min(VARIANTS_MAX)];
    let drawn: Vec<Drawn> = shown
        .iter()
        .map(|variant| Drawn::new(variant, seed, runs))
        .collect();
    let mut charts = Vec::new();
    if let Some(baseline) = shown.first() {
        let (workload, noun) = main_block(&baseline.plan)
            .map(|(workload, block)| {
                let workload = &baseline.plan.workloads[workload as usize].name;
                (
                    workload.as_str(),
                    baseline.plan.blocks[block as usize].name.as_str(),
                )
            })
            .unwrap_or_default();
        let delays: Vec<VariantDelays<'_>> = shown
            .iter()
            .zip(&drawn)
            .map(|(variant, drawn)| VariantDelays {
                name: &variant.name,
                delays: &drawn.delays,
            })
            .collect();
        charts.push(start_delays(&DelaysData {
            scenario: &baseline.scenario.name,
            workload,
            noun,
            runs: u64::from(runs),
            variants: &delays,
        }));
    }
    for (variant, drawn) in shown.iter().zip(&drawn) {
        if let Some(limiter) = most_throttled(&drawn.first) {
            let data = TimelineData::of(&variant.plan, &drawn.first, &drawn.series, limiter, 0);
            charts.push(timeline(&data));
        }
    }
    charts
}

/// What is drawn of a variant.
struct Drawn {
    first: Outcome,
    series: Series,
    delays: Samples,
}

impl Drawn {
    fn new(variant: &Prepared, seed: u64, runs: u32) -> Drawn {
        let plan = &variant.plan;
        let (first, series) = simulate(plan, seed, 0, record::series(plan));
        let mut delays = Samples::default();
        if let Some((_, block)) = main_block(plan) {
            delays.merge(&first.totals.blocks[block as usize].start_delay);
            for run in 1..runs {
                let (outcome, _) = simulate(plan, seed, u64::from(run), Nothing);
                delays.merge(&outcome.totals.blocks[block as usize].start_delay);
            }
        }
        delays.sort();
        Drawn {
            first,
            series,
            delays,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replicate::prepare;
    use crate::scenario::Document;
    use crate::scenarios::built_in;

    #[test]
    fn the_incident_has_one_chart_of_delays_and_a_timeline_a_variant() {
        let text = built_in("circleci-ecr-fanout").unwrap().text;
        let document = Document::parse("fanout", text.as_bytes()).unwrap();
        let only = ["login-per-job".to_owned()];
        let prepared = prepare(&document, &only).unwrap();
        let variants: Vec<&Prepared> = prepared.iter().collect();
        let charts = of_variants(&variants, 1, 3);
        let kinds: Vec<&str> = charts.iter().map(|chart| chart.kind).collect();
        assert_eq!(kinds[1..], ["timeline", "timeline"]);
        assert!(charts[0].title.contains("jobs"), "{}", charts[0].title);
        assert!(
            charts[1].description.contains("184"),
            "{}",
            charts[1].description
        );
    }
}
