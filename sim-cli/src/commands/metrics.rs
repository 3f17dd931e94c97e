//! `pullstorm metrics`.

use super::List;
use crate::args::Metrics;
use crate::failure::Failure;
use crate::input;
use crate::terminal::Terminal;
use pullstorm_core::replicate::prepare;
use pullstorm_core::report;

/// Lists the metrics of a scenario.
pub fn run(args: &Metrics, terminal: &Terminal) -> Result<(), Failure> {
    let document = input::scenario(&args.scenario)?;
    let prepared = prepare(&document, &["today".to_owned()])?;
    let metrics: Vec<_> = prepared
        .iter()
        .flat_map(|variant| variant.metrics.iter())
        .collect();
    let footer = format!(
        "These are the metrics of {}; another scenario has others. In a scenario: `expect: [{} == \
         0]`.",
        document.scenario().name,
        metrics
            .iter()
            .find(|metric| metric.path.ends_with(".failed"))
            .map_or("PATH", |metric| metric.path.as_str())
    );
    let list = List {
        schema: "pullstorm-metrics/1",
        items: &metrics,
        table: report::metric_table(metrics.iter().copied()),
        footer: &footer,
    };
    list.print(args.form.format, terminal)
}
