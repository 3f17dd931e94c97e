//! An axis as plotters knows it: numbers to pixels, and the numbers that stand at it.

use super::spec::{Axis, Unit};
use super::text::SMALL;
use super::ticks::{rounded_up, ticks};
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};
use std::ops::Range;

/// Pixels between two numbers at a horizontal axis.
const BETWEEN: f64 = 14.0;

/// An axis with its ticks.
#[derive(Clone, Debug)]
pub(super) struct Coordinate {
    axis: Axis,
    ticks: Vec<f64>,
}

impl Coordinate {
    /// A horizontal axis of so many pixels, with as many ticks as can be read.
    pub(super) fn across(axis: &Axis, pixels: i32) -> Self {
        let at_once = |most: usize| -> Self {
            let ticks = ticks(axis, most);
            let axis = axis.clone();
            Coordinate { axis, ticks }
        };
        (2..=(pixels / 70).clamp(2, 14) as usize)
            .rev()
            .map(at_once)
            .find(|coordinate| coordinate.can_be_read(pixels))
            .unwrap_or_else(|| at_once(1))
    }

    /// An upright axis of so many pixels. One of counts ends at a tick.
    pub(super) fn upright(axis: &Axis, pixels: i32) -> Self {
        let most = (pixels / 34).clamp(2, 6) as usize;
        let axis = match axis.unit {
            Unit::Count => rounded_up(axis.clone(), most),
            Unit::Seconds | Unit::Share => axis.clone(),
        };
        let ticks = ticks(&axis, most);
        Coordinate { axis, ticks }
    }

    /// The widest number at it, in pixels.
    pub(super) fn ticks_width(&self) -> i32 {
        let width = |tick: &f64| SMALL.width(&self.axis.write(*tick));
        self.ticks.iter().map(width).max().unwrap_or(0)
    }

    /// How far the last number at an axis of so many pixels reaches beyond its end.
    pub(super) fn overhang(&self, pixels: i32) -> i32 {
        let last = self.ticks.last().map(|tick| self.ends(*tick, pixels).1);
        last.map_or(0, |end| (end.ceil() as i32 - pixels).max(0))
    }

    fn can_be_read(&self, pixels: i32) -> bool {
        self.ticks
            .windows(2)
            .all(|pair| self.ends(pair[0], pixels).1 + BETWEEN <= self.ends(pair[1], pixels).0)
    }

    /// Where a number at an axis of so many pixels begins and ends.
    fn ends(&self, tick: f64, pixels: i32) -> (f64, f64) {
        let at = self.axis.place(tick) * f64::from(pixels);
        let half = f64::from(SMALL.width(&self.axis.write(tick))) / 2.0;
        (at - half, at + half)
    }
}

impl Ranged for Coordinate {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, number: &f64, (first, last): (i32, i32)) -> i32 {
        first + (f64::from(last - first) * self.axis.place(*number)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        // plotters asks once more for finer lines between the ticks; there are none.
        if hint.weight().allow_light_points() {
            return Vec::new();
        }
        self.ticks.clone()
    }

    fn range(&self) -> Range<f64> {
        0.0..self.axis.end
    }
}

impl ValueFormatter<f64> for Coordinate {
    fn format_ext(&self, number: &f64) -> String {
        self.axis.write(*number)
    }
}
