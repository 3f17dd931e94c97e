//! A capacity report as CSV.

use super::csv::csv_line;
use super::model::{Figure, Quantity};
use crate::capacity::{Capacity, Load, PointReport};

/// A figure of a load, by the heading of its column.
type Named = (&'static str, fn(&PointReport) -> &Figure);

/// Every load of every variant, one a line: seconds for times, 0 to 1 for shares.
pub fn capacity_csv(capacity: &Capacity) -> String {
    let mut headings: Vec<String> = ["variant", "load", "load_value", "verdict", "runs", "border"]
        .map(str::to_owned)
        .to_vec();
    let figures: [Named; 8] = [
        ("failed", |it| &it.failed),
        ("failed_share", |it| &it.failed_share),
        ("start_delay_mean", |it| &it.start_delay_mean),
        ("start_delay_p99", |it| &it.start_delay_p99),
        ("start_delay_judged", |it| &it.start_delay_judged),
        ("finished_after", |it| &it.finished_after),
        ("throttled", |it| &it.throttled),
        ("throttled_share", |it| &it.throttled_share),
    ];
    for (name, _) in &figures {
        headings.extend(["", "_low", "_high"].map(|end| format!("{name}{end}")));
    }
    headings.push("best_possible".to_owned());
    let mut out = csv_line(headings);
    let quantity = |quantity: Option<Quantity>| match quantity {
        Some(Quantity::Number(number)) => number.to_string(),
        Some(Quantity::Never) => "never".to_owned(),
        None => String::new(),
    };
    let number = |number: Option<f64>| number.map_or_else(String::new, |it| it.to_string());
    for variant in &capacity.variants {
        for point in &variant.curve {
            let is = |load: &Option<Load>| load.as_ref() == Some(&point.load);
            let border = match () {
                () if is(&variant.holds_to) => "holds-to",
                () if is(&variant.fails_from) => "fails-from",
                () => "",
            };
            let mut line = vec![
                variant.name.clone(),
                point.load.text.clone(),
                point.load.value.to_string(),
                point.verdict.word().to_owned(),
                point.runs.to_string(),
                border.to_owned(),
            ];
            for (_, figure) in &figures {
                let figure = figure(point);
                line.extend([
                    quantity(figure.mean),
                    number(figure.low),
                    number(figure.high),
                ]);
            }
            line.push(quantity(point.best_possible));
            out.push_str(&csv_line(line));
        }
    }
    out
}
