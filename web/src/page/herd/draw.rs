//! Lines of the herd as paths: one a colour, whatever their number.

use super::view::Window;
use super::words::place;
use pullstorm_core::lanes::{Axis, Doing, Ending, Lane};
use pullstorm_core::report::number;
use std::fmt::Write;

/// Pixels of a line.
pub const ROW: usize = 10;

/// Units of the picture's width.
const WIDTH: f64 = 1_000.0;

/// A mark at the end of a line.
const MARK: f64 = 4.0;

/// The shapes of each colour.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Shapes {
    /// In line for a slot.
    pub waiting: String,
    /// Asking.
    pub pulling: String,
    /// Asleep.
    pub asleep: String,
    /// Running.
    pub running: String,
    /// Marks of those that ended well.
    pub done: String,
    /// Marks of those that failed.
    pub failed: String,
}

/// The lines from one row to another, in a window of time.
pub fn drawn(lanes: &[Lane], rows: (usize, usize), window: &Window) -> Shapes {
    let mut shapes = Shapes::default();
    let (first, last) = (rows.0.min(lanes.len()), rows.1.min(lanes.len()));
    for (row, lane) in lanes.iter().enumerate().take(last).skip(first) {
        let y = row * ROW + 1;
        let height = ROW - 2;
        for stretch in &lane.stretches {
            let from = window.part(stretch.from).max(0.0) * WIDTH;
            let until = window.part(stretch.until).min(1.0) * WIDTH;
            if until <= 0.0 || from >= WIDTH {
                continue;
            }
            let shape = match stretch.doing {
                Doing::Waiting => &mut shapes.waiting,
                Doing::Pulling => &mut shapes.pulling,
                Doing::Asleep => &mut shapes.asleep,
                Doing::Running => &mut shapes.running,
            };
            let width = (until - from).max(0.6);
            // Writing to a string cannot fail. Sleep is a thin line, so that shape tells it, too.
            let _ = match stretch.doing {
                Doing::Asleep => write!(
                    shape,
                    "M{from:.1} {}h{width:.1}v2h-{width:.1}z",
                    y + height / 2 - 1
                ),
                _ => write!(shape, "M{from:.1} {y}h{width:.1}v{height}h-{width:.1}z"),
            };
        }
        let end = lane.stretches.last().map_or(0.0, |last| last.until);
        let at = window.part(end);
        if (0.0..=1.0).contains(&at) {
            let x = (at * WIDTH).min(WIDTH - MARK);
            let _ = match lane.ending {
                Ending::Done => write!(shapes.done, "M{x:.1} {y}h1.5v{height}h-1.5z"),
                Ending::Failed => write!(shapes.failed, "M{x:.1} {y}h{MARK}v{height}h-{MARK}z"),
                Ending::Open => Ok(()),
            };
        }
    }
    shapes
}

/// Steps between the times along an axis, in seconds, and between counts of attempts.
const SECONDS: [f64; 18] = [
    0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 300.0, 600.0, 1_800.0, 3_600.0,
    14_400.0, 21_600.0, 43_200.0,
];
const ATTEMPTS: [f64; 12] = [
    1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0, 5_000.0, 20_000.0,
];

/// Places along the axis: a part of the width and what is written there.
pub fn ticks(window: &Window, axis: Axis) -> Vec<(f64, String)> {
    let (from, until) = window.range();
    let wanted = (until - from) / 6.0;
    let (steps, day): (&[f64], f64) = match axis {
        Axis::Seconds => (&SECONDS, 86_400.0),
        Axis::Attempts => (&ATTEMPTS, 100_000.0),
    };
    let step = steps.iter().copied().find(|step| *step >= wanted);
    let step = step.unwrap_or((wanted / day).ceil() * day);
    let first = (from / step).ceil();
    let places = (0..8).map(|index| (first + f64::from(index)) * step);
    // A name at the very end would be cut.
    let places: Vec<f64> = places
        .take_while(|at| *at <= until && window.part(*at) < 0.97)
        .collect();
    let named = places.iter().enumerate().map(|(index, at)| {
        let name = match axis {
            // What is counted is said once, where there is room.
            Axis::Attempts if index > 0 => number(*at),
            _ => place(axis, *at),
        };
        (window.part(*at), name)
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use pullstorm_core::lanes::Stretch;

    #[test]
    fn only_rows_that_are_seen_are_drawn_and_what_failed_is_marked() {
        let stretch = Stretch {
            from: 0.0,
            until: 10.0,
            doing: Doing::Pulling,
        };
        let lane = |ending| Lane {
            name: "ci.jobs[0]".to_owned(),
            stretches: vec![stretch],
            ending,
            admitted: 1,
            throttled: 0,
        };
        let lanes: Vec<Lane> = (0..10_000).map(|_| lane(Ending::Failed)).collect();
        let shapes = drawn(&lanes, (5_000, 5_050), &Window::all(10.0));
        assert_eq!(shapes.pulling.matches('M').count(), 50);
        assert_eq!(shapes.failed.matches('M').count(), 50);
        assert_eq!(shapes.asleep, "");
    }

    #[test]
    fn an_axis_has_some_times_and_not_too_many() {
        for end in [0.002, 1.0, 46.0, 600.0, 7_200.0, 1e6] {
            let ticks = ticks(&Window::all(end), Axis::Seconds);
            assert!((2..=8).contains(&ticks.len()), "{end}: {ticks:?}");
        }
        // From a day up to a few.
        for end in [87_000.0, 129_000.0, 130_000.0, 200_000.0, 259_000.0] {
            let ticks = ticks(&Window::all(end), Axis::Seconds);
            assert!((3..=8).contains(&ticks.len()), "{end}: {ticks:?}");
        }
    }
}
