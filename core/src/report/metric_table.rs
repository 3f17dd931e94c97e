//! The metric registry, told to a person.

use super::table::{Column, Table};
use crate::metric::{Metric, Unit};

/// Metrics, one line each.
pub fn metric_table<'m>(metrics: impl IntoIterator<Item = &'m Metric>) -> Table {
    let mut table = Table::new([
        Column::words("METRIC"),
        Column::words("UNIT"),
        Column::sentences("MEANING"),
    ]);
    for metric in metrics {
        let unit = match metric.unit {
            Unit::Count => "count",
            Unit::Seconds => "seconds",
            Unit::Share => "share, 0 to 1",
            Unit::Ratio => "ratio",
            Unit::Bytes => "bytes",
        };
        table.row([
            metric.path.as_str().into(),
            unit.into(),
            metric.meaning.as_ref().into(),
        ]);
    }
    table
}
