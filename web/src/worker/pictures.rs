//! The charts of an answer.

use crate::protocol::Picture;
use pullstorm_core::chart::{Chart, Size, Theme, VARIANTS_MAX, of_variants};
use pullstorm_core::replicate::Prepared;
use pullstorm_core::report::{Column, Report, Table};

/// Curves of start delays need no more runs than this.
const RUNS_MAX: u32 = 30;

const WIDE: Size = Size {
    width: 960,
    height: 460,
};
const NARROW: Size = Size {
    width: 400,
    height: 460,
};

/// What *today* meets at its limiter, and the start delays of *today* and the best variants.
pub fn of(prepared: &[Prepared], report: &Report) -> Vec<Picture> {
    let variant = |name: &str| prepared.iter().find(|prepared| prepared.name == name);
    let shown: Vec<&Prepared> = report
        .variants
        .iter()
        .filter_map(|ranked| variant(&ranked.name))
        .take(VARIANTS_MAX)
        .collect();
    let runs = report.variants.iter().map(|variant| variant.runs).max();
    let runs = runs.unwrap_or(1).clamp(1, RUNS_MAX);
    let charts = of_variants(&shown, report.seed, runs);
    // Start delays by workload come first, then a timeline of each variant.
    let timeline = charts.iter().position(|chart| chart.kind == "timeline");
    let (delays, timelines) = charts.split_at(timeline.unwrap_or(charts.len()));
    timelines
        .iter()
        .take(1)
        .chain(delays)
        .map(picture)
        .collect()
}

fn picture(chart: &Chart) -> Picture {
    let themes = [Theme::Light, Theme::Dark];
    Picture {
        description: format!("{}. {}", chart.title, chart.description),
        wide: themes.map(|theme| chart.svg(WIDE, theme)),
        narrow: themes.map(|theme| chart.svg(NARROW, theme)),
        table: numbers(chart),
    }
}

fn numbers(chart: &Chart) -> Table {
    let numbers = chart.table();
    let mut table = Table::new(numbers.columns.iter().map(|name| Column::numbers(name)));
    for row in numbers.rows {
        table.row(row.into_iter().map(Into::into));
    }
    table
}
