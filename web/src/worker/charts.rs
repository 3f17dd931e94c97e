//! Charts of the core, in all forms that the page may show.

use super::kept::Kept;
use crate::protocol::{Picture, Text, Trouble};
use pullstorm_core::chart::{Chart, Size, Theme, of_variants};
use pullstorm_core::report::{Column, Table};

/// Curves of start delays need no more runs than this.
const RUNS: u32 = 10;

const WIDE: Size = Size {
    width: 960,
    height: 460,
};
const NARROW: Size = Size {
    width: 400,
    height: 460,
};

/// What both columns meet at their limiters, and their start delays.
///
/// # Errors
/// What is wrong with one of the texts.
pub fn both(
    kept: &mut Kept,
    texts: &[Text; 2],
    seed: Option<u64>,
) -> Result<Vec<Picture>, Trouble> {
    let today = kept.prepared(&texts[0])?.clone();
    let mut what_if = kept.prepared(&texts[1])?.clone();
    "what-if".clone_into(&mut what_if.name);
    "what-if".clone_into(&mut what_if.plan.variant);
    let seed = seed.unwrap_or(today.scenario.seed);
    let runs = if today.deterministic { 1 } else { RUNS };
    let charts = of_variants(&[&today, &what_if], seed, runs);
    Ok(charts.iter().map(picture).collect())
}

/// A chart in all its forms.
pub fn picture(chart: &Chart) -> Picture {
    let themes = [Theme::Light, Theme::Dark];
    Picture {
        title: chart.title.clone(),
        description: chart.description.clone(),
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
