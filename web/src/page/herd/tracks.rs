//! Tracks above the herd: numbers over the same time, as shapes and as a table.

use super::view::Window;
use super::words::place;
use crate::page::blocks;
use pullstorm_core::lanes::{Axis, Curve, Lanes, Track, TrackKind};
use pullstorm_core::report::{Column, Table, number};
use std::fmt::Write;
use std::rc::Rc;
use yew::prelude::*;

/// Units of a picture's width and height.
const WIDTH: f64 = 1_000.0;
const HEIGHT: f64 = 40.0;

/// Loops beyond this share the last colour.
const LOOP_COLOURS: usize = 5;

/// Rows of a table.
const ROWS: usize = 12;

/// A track in a window of time: a class and a path for each curve.
pub type Shapes = Vec<(AttrValue, AttrValue)>;

/// The shapes of each track.
pub fn drawn(tracks: &[Track], window: &Window) -> Vec<Shapes> {
    tracks.iter().map(|track| shapes(track, window)).collect()
}

fn shapes(track: &Track, window: &Window) -> Shapes {
    let sums = heights(track);
    let most = sums.iter().flatten().copied().fold(0.0, f64::max);
    let classes = track.curves.iter().enumerate();
    let classes = classes.map(|(at, curve)| class_of(track.kind, at, curve));
    let paths = sums
        .iter()
        .map(|values| path(track, values, most, window).into());
    let mut shapes: Shapes = classes.map(AttrValue::from).zip(paths).collect();
    if track.kind.is_stacked() {
        // Each covers the lower part of the one above it.
        shapes.reverse();
    }
    shapes
}

/// Curves as they are drawn: those that add up, one on another.
fn heights(track: &Track) -> Vec<Vec<f64>> {
    let mut below: Vec<f64> = Vec::new();
    let curves = track.curves.iter().map(|curve| {
        if !track.kind.is_stacked() {
            return curve.values.clone();
        }
        below.resize(curve.values.len().max(below.len()), 0.0);
        for (sum, value) in below.iter_mut().zip(&curve.values) {
            *sum += value;
        }
        below.clone()
    });
    curves.collect()
}

fn path(track: &Track, values: &[f64], most: f64, window: &Window) -> String {
    let is_line = track.kind == TrackKind::Loops;
    let height = |value: f64| HEIGHT - 1.0 - value / most.max(1e-9) * (HEIGHT - 4.0);
    let x = |bin: usize| window.part(bin as f64 * track.width) * WIDTH;
    let mut text = String::new();
    let mut last = None;
    for (bin, value) in values.iter().enumerate() {
        let (from, until) = (x(bin), x(bin + 1));
        if until <= 0.0 || from >= WIDTH {
            continue;
        }
        let y = (height(*value) * 10.0).round() / 10.0;
        // Writing to a string cannot fail.
        let _ = match last {
            None if is_line => write!(text, "M{:.1} {y}", from.max(0.0)),
            None => write!(text, "M{:.1} {HEIGHT}V{y}", from.max(0.0)),
            Some(before) if before == y => Ok(()),
            Some(_) => write!(text, "H{from:.1}V{y}"),
        };
        last = Some(y);
    }
    let until = x(values.len()).clamp(0.0, WIDTH);
    let _ = match last {
        None => Ok(()),
        Some(_) if is_line => write!(text, "H{until:.1}"),
        Some(_) => write!(text, "H{until:.1}V{HEIGHT}z"),
    };
    text
}

fn class_of(kind: TrackKind, at: usize, curve: &Curve) -> String {
    match kind {
        TrackKind::Attempts => ["lane-done", "lane-failed"][at.min(1)].to_owned(),
        TrackKind::Credits => "track-credits".to_owned(),
        TrackKind::Loops => format!("track-loop track-loop-{}", at.min(LOOP_COLOURS - 1)),
        TrackKind::Doing => format!("lane-{}", curve.name),
        TrackKind::LockedOut => "lane-failed".to_owned(),
    }
}

/// One track: its name, what is at the crosshair or else a summary, and its picture.
pub fn view(track: &Track, shapes: &Shapes, window: &Window, crosshair: Option<f64>) -> Html {
    let cross = crosshair.map(|at| format!("{:.2}%", window.part(at) * 100.0));
    let picture = format!("0 0 {WIDTH} {HEIGHT}");
    html! {
        <figure class="track">
            <figcaption>
                <b>{ &track.name }</b>
                <span>
                    { match crosshair {
                        Some(at) => told(track, at),
                        None => html! { { &track.summary } },
                    } }
                </span>
            </figcaption>
            <svg role="img" aria-label={format!("{}: {}", track.name, track.summary)}
                width="100%" height={HEIGHT.to_string()} viewBox={picture}
                preserveAspectRatio="none">
                { for shapes.iter().map(|(class, path)| html! { <path class={class.clone()} d={path} /> }) }
                if let Some(at) = cross {
                    <line class="crosshair" x1={at.clone()} x2={at} y1="0" y2="100%" />
                }
            </svg>
        </figure>
    }
}

/// What there is of each curve at a second, beside its colour.
fn told(track: &Track, at: f64) -> Html {
    let value = |curve: &Curve| value_at(track, curve, at);
    let offered: f64 = track.curves.iter().map(value).sum();
    let curves = track.curves.iter().enumerate();
    html! {
        <>
            if track.kind == TrackKind::Attempts {
                { format!("offered {}", number(offered)) }
            }
            { for curves.map(|(at, curve)| html! {
                <>
                    <svg class="swatch" width="10" height="10" aria-hidden="true">
                        <path class={class_of(track.kind, at, curve)} d="M0 1h10v8h-10z" />
                    </svg>
                    { format!("{} {}", curve.name, number(value(curve))) }
                </>
            }) }
        </>
    }
}

fn value_at(track: &Track, curve: &Curve, at: f64) -> f64 {
    let bin = (at / track.width).max(0.0) as usize;
    curve.values.get(bin).copied().unwrap_or(0.0)
}

#[derive(Properties)]
pub struct Props {
    /// Both columns.
    pub lanes: Rc<[Lanes; 2]>,
    /// Which of them.
    pub at: usize,
}

impl PartialEq for Props {
    fn eq(&self, other: &Props) -> bool {
        // Ten thousand lanes are not compared one by one whenever the pointer moves.
        Rc::ptr_eq(&self.lanes, &other.lanes) && self.at == other.at
    }
}

/// The numbers of all tracks.
#[component(Numbers)]
pub fn numbers(props: &Props) -> Html {
    let Lanes { tracks, axis, .. } = &props.lanes[props.at];
    html! {
        <details id="track-numbers">
            <summary>{ "The numbers of these lanes" }</summary>
            { for tracks.iter().map(|track| html! {
                <>
                    <h3>{ &track.name }</h3>
                    <p class="summary">{ &track.summary }</p>
                    { blocks::table(&table(track, *axis)) }
                </>
            }) }
        </details>
    }
}

/// A track in a dozen rows: rates as means over the time before, all else as it then is.
fn table(track: &Track, axis: Axis) -> Table {
    let bins = track.curves.iter().map(|curve| curve.values.len()).max();
    let bins = bins.unwrap_or(0);
    let columns = track.curves.iter();
    let columns = columns.map(|curve| Column::numbers(&curve.name.to_uppercase()));
    let mut table = Table::new(std::iter::once(Column::numbers("UNTIL")).chain(columns));
    let rows = ROWS.min(bins);
    for row in 0..rows {
        let (from, until) = (row * bins / rows, (row + 1) * bins / rows);
        let of = |curve: &Curve| {
            let values = &curve.values[from.min(curve.values.len())..until.min(curve.values.len())];
            let value = match track.kind {
                TrackKind::Attempts | TrackKind::Loops => {
                    values.iter().sum::<f64>() / (until - from) as f64
                }
                _ => values.last().copied().unwrap_or(0.0),
            };
            number(value)
        };
        let at = place(axis, until as f64 * track.width);
        table.row(
            std::iter::once(at)
                .chain(track.curves.iter().map(of))
                .map(Into::into),
        );
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn track(kind: TrackKind, curves: &[(&str, &[f64])]) -> Track {
        let curves = curves.iter().map(|(name, values)| Curve {
            name: (*name).to_owned(),
            values: values.to_vec(),
        });
        Track {
            kind,
            name: "ecr login".to_owned(),
            summary: "3 offered".to_owned(),
            width: 1.0,
            full: None,
            curves: curves.collect(),
        }
    }

    #[test]
    fn what_was_throttled_lies_on_what_was_admitted_and_both_fill_the_height() {
        let track = track(
            TrackKind::Attempts,
            &[("admitted", &[1.0, 1.0]), ("throttled", &[1.0, 0.0])],
        );
        let shapes = shapes(&track, &Window::all(2.0));
        assert_eq!(shapes[0].0, "lane-failed", "what is behind comes first");
        assert_eq!(shapes[0].1, "M0.0 40V3H500.0V21H1000.0V40z");
        assert_eq!(shapes[1].1, "M0.0 40V21H1000.0V40z");
    }

    #[test]
    fn only_what_is_in_the_window_is_drawn() {
        let values: Vec<f64> = (0..512).map(|at| f64::from(at % 2)).collect();
        let track = track(TrackKind::Loops, &[("sdk", &values)]);
        let window = Window::all(512.0).zoomed(1.0 / 64.0, 0.5);
        let shapes = shapes(&track, &window);
        assert!(shapes[0].1.matches('V').count() <= 9, "{}", shapes[0].1);
    }

    #[test]
    fn a_table_keeps_the_sum_of_rates_and_what_is_left_at_the_end() {
        let values: Vec<f64> = (0..24).map(f64::from).collect();
        let rates = table(
            &track(TrackKind::Attempts, &[("admitted", &values)]),
            Axis::Seconds,
        );
        let levels = table(
            &track(TrackKind::Credits, &[("left", &values)]),
            Axis::Seconds,
        );
        assert_eq!(rates.rows().len(), ROWS);
        assert_eq!(&*rates.rows()[0][1].text, "0.500");
        assert_eq!(&*levels.rows()[0][1].text, "1");
        assert_eq!(&*levels.rows()[ROWS - 1][0].text, "24s");
    }
}
