//! The numbers of a chart as a table.

use super::spec::Chart;

/// A table in words: the same facts for those who do not see the chart.
#[derive(Clone, Eq, PartialEq, Debug, serde::Serialize)]
pub struct Table {
    /// What it is of.
    pub caption: String,
    /// The heads of its columns; the first is the chart's horizontal axis.
    pub columns: Vec<String>,
    /// As many cells a row as there are columns; empty where there is no number.
    pub rows: Vec<Vec<String>>,
}

impl Chart {
    /// The numbers of the chart. A row that repeats the one before it is left out: a number holds
    /// until another one follows.
    pub fn table(&self) -> Table {
        let columns = self.panels.iter().flat_map(|panel| {
            panel
                .series
                .iter()
                .map(|series| format!("{}, {}", series.name, panel.y.label))
        });
        let columns = std::iter::once(self.x.label.clone())
            .chain(columns)
            .collect();
        let mut rows: Vec<Vec<String>> = Vec::new();
        for x in &self.rows {
            let cells = self.panels.iter().flat_map(|panel| {
                panel.series.iter().map(|series| {
                    let number = series.at(*x).map(|number| panel.y.write(number));
                    number.unwrap_or_default()
                })
            });
            let row: Vec<String> = std::iter::once(self.x.write(*x)).chain(cells).collect();
            if rows.last().is_none_or(|last| last[1..] != row[1..]) {
                rows.push(row);
            }
        }
        Table {
            caption: format!("{}. {}", self.title, self.subtitle),
            columns,
            rows,
        }
    }
}
