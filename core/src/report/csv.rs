//! Reports as CSV: every metric of every variant, one a line; or the ranking, one variant a line.

use super::model::{Figure, Quantity, Report};
use crate::metric::Unit;

/// Every metric of every variant: seconds for times, 0 to 1 for shares.
pub fn metrics_csv(report: &Report) -> String {
    let mut out = csv_line(HEADINGS.map(str::to_owned));
    for line in metric_lines(report) {
        out.push_str(&csv_line(line));
    }
    out
}

pub(super) const HEADINGS: [&str; 13] = [
    "variant",
    "metric",
    "unit",
    "runs",
    "mean",
    "low",
    "high",
    "min",
    "max",
    "runs_never",
    "difference",
    "difference_low",
    "difference_high",
];

pub(super) fn metric_lines(report: &Report) -> impl Iterator<Item = Vec<String>> {
    report.variants.iter().flat_map(|variant| {
        variant.metrics.iter().map(move |metric| {
            let figure = &metric.figure;
            let difference = figure.difference.as_ref();
            vec![
                variant.name.clone(),
                metric.path.clone(),
                unit(metric.unit).to_owned(),
                variant.runs.to_string(),
                mean(figure),
                number(figure.low),
                number(figure.high),
                number(figure.min),
                number(figure.max),
                figure.never.to_string(),
                number(difference.map(|difference| difference.mean)),
                number(difference.and_then(|difference| difference.low)),
                number(difference.and_then(|difference| difference.high)),
            ]
        })
    })
}

/// The ranking of a recommendation, *today* first, then the best first.
pub fn ranking_csv(report: &Report) -> String {
    let headings = [
        "rank",
        "variant",
        "verdict",
        "owner",
        "effort",
        "possible",
        "wanted",
        "failed",
        "finished_after",
        "best_possible",
        "running_lowest",
        "start_delay_p90",
        "holds_to",
        "or_more",
        "holds_to_runs",
    ];
    let mut out = csv_line(headings.map(str::to_owned));
    for (rank, variant) in report.variants.iter().enumerate() {
        let head = &variant.headline;
        let change = variant.change.as_ref();
        let holds = variant.holds_to.as_ref();
        out.push_str(&csv_line([
            rank.to_string(),
            variant.name.clone(),
            variant.verdict.word().to_owned(),
            change.map_or(String::new(), |change| change.owner.to_string()),
            change.map_or(String::new(), |change| change.effort.to_string()),
            change.map_or(String::new(), |change| change.possible.to_string()),
            head.wanted.to_string(),
            mean(&head.failed),
            mean(&head.finished_after),
            quantity(variant.best_possible.finished_after),
            head.running_lowest.as_ref().map_or(String::new(), mean),
            mean(&head.start_delay_p90),
            holds
                .filter(|holds| holds.is_known())
                .map_or(String::new(), |holds| holds.load.to_string()),
            holds.map_or(String::new(), |holds| holds.or_more.to_string()),
            holds.map_or(String::new(), |holds| holds.runs.to_string()),
        ]));
    }
    out
}

fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Count => "count",
        Unit::Seconds => "seconds",
        Unit::Share => "share",
        Unit::Ratio => "ratio",
        Unit::Bytes => "bytes",
    }
}

fn mean(figure: &Figure) -> String {
    figure.mean.map_or(String::new(), quantity)
}

fn quantity(quantity: Quantity) -> String {
    match quantity {
        Quantity::Number(number) => number.to_string(),
        Quantity::Never => "never".to_owned(),
    }
}

fn number(number: Option<f64>) -> String {
    number.map_or(String::new(), |number| number.to_string())
}

/// One line of CSV.
pub(crate) fn csv_line(fields: impl IntoIterator<Item = String>) -> String {
    let quoted = fields.into_iter().map(|field| {
        if field.contains(['"', ',', '\n', '\r']) {
            format!("\"{}\"", field.replace('"', "\"\""))
        } else {
            field
        }
    });
    quoted.collect::<Vec<_>>().join(",") + "\n"
}
