//! What happens as load grows: failures, start delay and the end of the last one, by variant.

use super::delays::VARIANTS_MAX;
use super::spec::{Axis, Band, Chart, Level, Mark, Panel, Role, Scale, Series, Shape, Unit};
use super::ticks::powers_from;
use crate::capacity::{Capacity, Load, Measure, PointReport, Unsure, VariantCapacity};
use crate::order::Arrange;
use crate::report::model::{Figure, Quantity};
use crate::scenario::model::Expectation;

/// Numbers that span more than this factor are spread by powers of ten.
const SPAN_EVEN: f64 = 60.0;

/// A bound so many times above all that is drawn would squeeze it, and is not drawn.
const BOUND_ABOVE: f64 = 4.0;

/// Three panels over one axis of load: the part that failed, the start delay that is judged, and
/// when the last one ended. Each variant is a line with its 95 % band, which ends where the number
/// is *never*; upright lines mark the loads that variants hold to. Of more than [`VARIANTS_MAX`]
/// variants *today* is shown, and those that hold farthest. Bounds among `expected` are drawn.
pub fn capacity(capacity: &Capacity, expected: &[Expectation]) -> Chart {
    let shown = shown(capacity);
    let x = loads(capacity, &shown);
    let quantile = capacity.start_delay.rsplit('.').next().unwrap_or_default();
    let units = capacity.units.rsplit('.').next().unwrap_or_default();
    let mut failed = panel(
        &shown,
        &format!("{units} that failed"),
        Unit::Share,
        |point| &point.failed_share,
    );
    failed.names_at_ends = true;
    failed.weight = 4;
    for (series, variant) in failed.series.iter_mut().zip(&shown) {
        series.note = holds(variant, &capacity.unit);
    }
    let mut delay = panel(
        &shown,
        &format!("start delay, {quantile}; a line ends where it is never"),
        Unit::Seconds,
        |point| &point.start_delay_judged,
    );
    let mut finish = panel(
        &shown,
        "finished after; dotted: best possible of today",
        Unit::Seconds,
        |point| &point.finished_after,
    );
    if let Some(best) = best_possible(shown.first().copied()) {
        let ends = best.points.iter().map(|point| point.1 * 1.05);
        finish.y.end = ends.fold(highest(&finish) * 1.05, f64::max);
        finish.series.push(best);
    }
    let workload = capacity.units.split('.').next().unwrap_or_default();
    let ends = format!("{workload}.finished_after");
    let failures = ["failed", "failed_share"].map(|it| format!("{}.{it}", capacity.units));
    // Of a number that may fail nobody knows what share it is; none is none.
    bounds(&mut failed, expected, |it| {
        it.value == 0.0 && failures.contains(&it.metric) || it.metric == failures[1]
    });
    bounds(&mut delay, expected, |it| it.metric == capacity.start_delay);
    bounds(&mut finish, expected, |it| it.metric == ends);
    for panel in [&mut delay, &mut finish] {
        panel.is_named = false;
        spread(panel);
    }
    let mut rows: Vec<f64> = shown
        .iter()
        .flat_map(|variant| &variant.curve)
        .map(|point| point.load.value)
        .collect();
    rows.arrange_by(f64::total_cmp);
    rows.dedup();
    Chart {
        kind: "capacity",
        title: title(capacity),
        subtitle: capacity.title.clone(),
        description: description(capacity),
        x,
        panels: vec![failed, delay, finish],
        marks: marks(&shown),
        rows,
    }
}

/// *Today*, and the variants that hold farthest, in the order given.
fn shown(capacity: &Capacity) -> Vec<&VariantCapacity> {
    let variants = &capacity.variants;
    let mut ranked: Vec<usize> = (1..variants.len()).collect();
    let reach = |at: &usize| {
        let variant = &variants[*at];
        let holds = variant.holds_to.as_ref().map(|load| load.value);
        match variant.falling {
            true => holds.map_or(f64::NEG_INFINITY, |load| -load),
            false => holds.unwrap_or(f64::NEG_INFINITY),
        }
    };
    ranked.arrange_by(|a, b| reach(b).total_cmp(&reach(a)));
    ranked.truncate(VARIANTS_MAX - 1);
    ranked.arrange();
    let first = variants.first().into_iter();
    first
        .chain(ranked.into_iter().map(|at| &variants[at]))
        .collect()
}

fn loads(capacity: &Capacity, shown: &[&VariantCapacity]) -> Axis {
    let curves = shown.iter().flat_map(|variant| &variant.curve);
    let values: Vec<f64> = curves.map(|point| point.load.value).collect();
    let end = values.iter().copied().fold(0.0, f64::max);
    let positive = values.iter().copied().filter(|value| *value > 0.0);
    let least = positive.fold(f64::INFINITY, f64::min);
    let unit = match capacity.measure {
        Measure::Seconds => Unit::Seconds,
        Measure::Count | Measure::PerSecond | Measure::Other => Unit::Count,
    };
    let per_second = match capacity.measure {
        Measure::PerSecond => " per second",
        _ => "",
    };
    let label = format!("{}{per_second} ({})", capacity.unit, capacity.path);
    let mut axis = Axis::new(&label, unit, end);
    if end > SPAN_EVEN * least {
        let from = powers_from(unit, least, end);
        axis.scale = Scale::Logarithmic { from };
    }
    axis
}

/// A panel with a line for each variant.
fn panel(
    shown: &[&VariantCapacity],
    heading: &str,
    unit: Unit,
    figure: fn(&PointReport) -> &Figure,
) -> Panel {
    let (mut series, mut bands, mut end) = (Vec::new(), Vec::new(), 0.0f64);
    for (place, variant) in shown.iter().enumerate() {
        let role = Role::Variant(place as u8);
        let (mut points, mut band) = (Vec::new(), Vec::new());
        for point in &variant.curve {
            let (x, figure) = (point.load.value, figure(point));
            let Some(Quantity::Number(mean)) = figure.mean else {
                continue;
            };
            let low = figure.low.unwrap_or(mean).max(0.0);
            let high = figure.high.unwrap_or(mean);
            points.push((x, mean));
            band.push((x, low, high));
            end = end.max(high);
        }
        if band.iter().any(|(_, low, high)| low < high) {
            bands.push(Band { role, points: band });
        }
        series.push(Series {
            name: variant.name.clone(),
            note: String::new(),
            role,
            shape: Shape::Dotted,
            stacked_on: None,
            points,
        });
    }
    let end = match unit {
        Unit::Share => end.min(1.0),
        Unit::Seconds | Unit::Count => end * 1.05,
    };
    let mut panel = Panel::new(heading, Axis::new(heading, unit, end), 3);
    let nothing = series.iter().all(|series| series.points.is_empty());
    panel.empty = nothing.then_some("never, at every load");
    panel.series = series;
    panel.bands = bands;
    panel
}

fn best_possible(today: Option<&VariantCapacity>) -> Option<Series> {
    let points = today?.curve.iter().filter_map(|point| {
        let Some(Quantity::Number(seconds)) = point.best_possible else {
            return None;
        };
        Some((point.load.value, seconds))
    });
    Some(Series {
        name: "best possible of today".to_owned(),
        note: String::new(),
        role: Role::Event,
        shape: Shape::Line,
        stacked_on: None,
        points: points.collect(),
    })
}

/// The greatest number of a panel.
fn highest(panel: &Panel) -> f64 {
    let points = panel.series.iter().flat_map(|series| &series.points);
    points.map(|point| point.1).fold(0.0, f64::max)
}

/// Draws the numbers that a panel's metric is compared with.
fn bounds(panel: &mut Panel, expected: &[Expectation], of: impl Fn(&Expectation) -> bool) {
    let highest = highest(panel);
    for expectation in expected.iter().filter(|it| of(it)) {
        let at = expectation.value;
        if !at.is_finite() || at < 0.0 || (highest > 0.0 && at > BOUND_ABOVE * highest) {
            continue;
        }
        panel.y.end = match panel.y.unit {
            Unit::Share => panel.y.end.max(at),
            Unit::Seconds | Unit::Count if highest == 0.0 => at.max(f64::MIN_POSITIVE) * 1.05,
            Unit::Seconds | Unit::Count => panel.y.end.max(at * 1.05),
        };
        panel.levels.push(Level {
            at,
            text: expectation.text.clone(),
            role: Role::Throttled,
        });
    }
}

/// Spreads a panel by powers of ten where numbers are too far apart to be read otherwise.
fn spread(panel: &mut Panel) {
    let points = panel.series.iter().flat_map(|series| &series.points);
    let values: Vec<f64> = points.map(|point| point.1).collect();
    let greatest = values.iter().copied().fold(0.0, f64::max);
    let positive = values.into_iter().filter(|value| *value > 0.0);
    let least = positive.fold(f64::INFINITY, f64::min);
    if greatest > SPAN_EVEN * least {
        let from = powers_from(panel.y.unit, least, greatest);
        panel.y.scale = Scale::Logarithmic { from };
        panel.y.end = panel.y.end.max(greatest * 1.25);
    }
}

/// The loads that variants hold to, each once.
fn marks(shown: &[&VariantCapacity]) -> Vec<Mark> {
    let mut marks: Vec<(f64, Mark)> = Vec::new();
    for (place, variant) in shown.iter().enumerate() {
        let Some(load) = variant.holds_to.as_ref().filter(|_| !variant.or_more) else {
            continue;
        };
        match marks.iter_mut().find(|(value, _)| *value == load.value) {
            Some((_, mark)) => mark.text = format!("{}, {}", mark.text, variant.name),
            None => marks.push((
                load.value,
                Mark {
                    at: load.value,
                    text: format!("{}: {}", load.text, variant.name),
                    role: Role::Variant(place as u8),
                },
            )),
        }
    }
    marks.arrange_by(|a, b| a.0.total_cmp(&b.0));
    marks.into_iter().map(|(_, mark)| mark).collect()
}

fn holds(variant: &VariantCapacity, unit: &str) -> String {
    let way = if variant.falling { "from" } else { "to" };
    let more = if variant.or_more { "+" } else { "" };
    match &variant.holds_to {
        Some(load) => format!("holds {way} {}{more}", load.named(unit)),
        None if variant.unsure == Some(Unsure::Skipped) => "not judged".to_owned(),
        None if variant.unsure.is_some() => "undecided".to_owned(),
        None => "does not hold".to_owned(),
    }
}

fn title(capacity: &Capacity) -> String {
    let unit = &capacity.unit;
    let named = |variant: &VariantCapacity| format!("{} {}", variant.name, holds(variant, unit));
    let today = capacity.variants.first();
    let mut title = today.map_or_else(String::new, named);
    let value = |it: &VariantCapacity| {
        let load = it.holds_to.as_ref().map(|load: &Load| load.value);
        load.map(|value| if it.falling { -value } else { value })
    };
    let best = capacity.variants.iter().skip(1).rev();
    let reach = |it: &&VariantCapacity| value(it).unwrap_or(f64::NEG_INFINITY);
    let best = best.max_by(|a, b| reach(a).total_cmp(&reach(b)));
    if let Some(best) = best.filter(|it| value(it) > today.and_then(value)) {
        title = format!("{title}; {}", named(best));
    }
    title
}

fn description(capacity: &Capacity) -> String {
    let unit = &capacity.unit;
    let variants = capacity.variants.iter();
    let each = variants.map(|it| format!("{} {}.", it.name, holds(it, unit)));
    let each: Vec<String> = each.collect();
    format!(
        "{} against {} from {} to {}. {}",
        "Failures, start delay and the end of the last one",
        capacity.path,
        capacity.from.text,
        capacity.to.text,
        each.join(" ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capacity::{Options, capacity as find};
    use crate::chart::{Size, Theme};
    use crate::replicate::Sequential;
    use crate::scenario::Document;
    use crate::scenarios::built_in;

    /// Curves of some variants of the incident, against an interval or the number of workflows.
    fn chart(only: &[&str], vary: &str, sets: &[(&str, &str)]) -> Chart {
        let scenario = built_in("circleci-ecr-fanout").unwrap();
        let document = Document::parse(scenario.name, scenario.text.as_bytes()).unwrap();
        let set =
            |document: Document, (path, value): &(&str, &str)| document.set(path, value).unwrap();
        let document = sets.iter().fold(document, set);
        let options = Options {
            only: only.iter().map(|name| (*name).to_owned()).collect(),
            vary: Some(vary.parse().unwrap()),
            ..Options::of(&document)
        };
        let found = find(&document, &options, &Sequential).unwrap().unwrap();
        capacity(&found, &document.scenario().expect)
    }

    const WIDE: Size = Size {
        width: 1_000,
        height: 760,
    };

    #[test]
    fn curves_in_both_themes() {
        let only = ["login-per-job", "three-images", "tuned"];
        let chart = chart(&only, "workloads.ci.workflows=1..12", &[]);
        insta::assert_binary_snapshot!(
            "capacity_light.svg",
            chart.svg(WIDE, Theme::Light).into_bytes()
        );
        insta::assert_binary_snapshot!(
            "capacity_dark.svg",
            chart.svg(WIDE, Theme::Dark).into_bytes()
        );
    }

    #[test]
    fn the_chart_shows_borders_bounds_bands_and_what_never_ends() {
        let chart = chart(&["tuned"], "workloads.ci.workflows=1..4", &[]);
        let [failed, delay, finish] = &chart.panels[..] else {
            panic!("three panels");
        };
        assert_eq!(chart.marks[0].text, "1: today");
        assert_eq!(failed.levels[0].text, "ci.jobs.failed == 0");
        assert_eq!(delay.levels[0].at, 120.0);
        // Where a job fails, the slowest of ten never starts: the line of today ends.
        assert_eq!(delay.series[0].points, [(1.0, 0.0)]);
        assert_eq!(delay.series[0].at(2.0), None);
        let best = finish.series.last().unwrap();
        assert_eq!((best.at(1.0), best.at(2.0)), (Some(0.0), Some(46.0)));
        assert!(!failed.bands.is_empty());
    }

    #[test]
    fn an_interval_is_marked_where_it_holds_from() {
        let vary = "workloads.ci.begin.every=30s..60s";
        let chart = chart(&["today"], vary, &[("workloads.ci.begin", "{every: 60s}")]);
        assert_eq!(chart.title, "today holds from 46s");
        assert_eq!((chart.x.unit, chart.marks[0].at), (Unit::Seconds, 46.0));
    }
}
