//! Charts of the core, in all forms that the page may show.

use super::kept::Kept;
use crate::protocol::{Picture, Text, Trouble};
use pullstorm_core::chart::{Chart, Mark, Role, Size, Theme, of_variants};
use pullstorm_core::judge::inevitable_wait;
use pullstorm_core::plan::BlockRole;
use pullstorm_core::replicate::Prepared;
use pullstorm_core::report::{Column, Table, seconds};
use pullstorm_core::units::Span;

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

/// What both columns meet at their limiters, and their start delays beside the best possible.
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
    // Where nothing has been changed, both columns are the same picture.
    let columns = [&today, &what_if];
    let shown = match texts[0].yaml == texts[1].yaml {
        true => &columns[..1],
        false => &columns[..],
    };
    let mut charts = of_variants(shown, seed, runs);
    let units = today.plan.blocks.iter().filter(|block| {
        let workload = &today.plan.workloads[block.workload as usize];
        block.role == BlockRole::Unit && !workload.background
    });
    let delays = charts.iter_mut().filter(|it| it.kind == "start-delays");
    for (chart, block) in delays.zip(units) {
        draw_best_possible(chart, columns, seed, block.workload);
    }
    Ok(charts.iter().map(picture).collect())
}

/// Marks how long a call of a workload has to wait in run 0 whatever the retry timing, in each column.
fn draw_best_possible(chart: &mut Chart, columns: [&Prepared; 2], seed: u64, workload: u32) {
    let waits = columns.map(|column| inevitable_wait(&column.plan, seed, 0, workload));
    let names = ["today", "what-if"];
    let count = if waits[0] == waits[1] { 1 } else { 2 };
    for (name, wait) in names.into_iter().zip(waits).take(count) {
        let name = if count == 1 { "best possible" } else { name };
        let (text, told) = match wait {
            Span::MAX => continue,
            Span::ZERO => (String::new(), "no call has to wait".to_owned()),
            wait => {
                let wait = seconds(wait.as_secs_f64());
                (
                    format!("{name}: last not before {wait}"),
                    format!("one call waits {wait} at least"),
                )
            }
        };
        chart.description += &format!(" Whatever the retry timing, {told} ({name}).");
        if wait > Span::ZERO {
            let at = wait.as_secs_f64();
            chart.x.end = chart.x.end.max(at * 1.05);
            chart.marks.push(Mark {
                at,
                text,
                role: Role::Event,
            });
        }
    }
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
