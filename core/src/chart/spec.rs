//! A chart as data: what is shown, without where and how.

use super::number;

/// A chart: panels under one another over a common horizontal axis.
#[derive(Clone, PartialEq, Debug)]
pub struct Chart {
    /// What kind of chart it is, in letters that can stand in an XML id.
    pub kind: &'static str,
    /// Its headline.
    pub title: String,
    /// What it is of, below the headline.
    pub subtitle: String,
    /// What it shows, in whole sentences: for those who do not see it.
    pub description: String,
    /// The horizontal axis of all panels.
    pub x: Axis,
    /// From top to bottom.
    pub panels: Vec<Panel>,
    /// Upright lines through all panels.
    pub marks: Vec<Mark>,
    /// Where on the horizontal axis the rows of the table are.
    pub rows: Vec<f64>,
}

/// One coordinate system of a chart.
#[derive(Clone, PartialEq, Debug)]
pub struct Panel {
    /// What the vertical axis shows, with its unit.
    pub heading: String,
    /// The vertical axis.
    pub y: Axis,
    /// Its part of the height, relative to the other panels.
    pub weight: u32,
    /// The first is drawn last, above the others.
    pub series: Vec<Series>,
    /// Behind the series.
    pub bands: Vec<Band>,
    /// Lines across.
    pub levels: Vec<Level>,
    /// Points with a word to them.
    pub callouts: Vec<Callout>,
    /// Whether series are named at their right ends where there is room, or in the heading.
    pub names_at_ends: bool,
    /// Whether series are named at all; not where the panel above has the same.
    pub is_named: bool,
    /// Said in the middle of a panel that has nothing else to show.
    pub empty: Option<&'static str>,
}

/// An axis, from 0 to its end.
#[derive(Clone, PartialEq, Debug)]
pub struct Axis {
    /// What it measures.
    pub label: String,
    /// How numbers on it are written.
    pub unit: Unit,
    /// How numbers are spread along it.
    pub scale: Scale,
    /// The greatest number on it; above 0 and finite.
    pub end: f64,
}

/// What a number on an axis is, and therefore how it is written.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Unit {
    /// Seconds, written as people write times.
    Seconds,
    /// A number of things, or of things a second.
    Count,
    /// A share of a whole, 0 to 1.
    Share,
}

/// How numbers are spread along an axis.
#[derive(Copy, Clone, PartialEq, Debug)]
pub enum Scale {
    /// Evenly.
    Linear,
    /// By powers of ten; evenly from 0 to `from`, which takes as much room as one power.
    Logarithmic {
        /// Where the powers begin; above 0.
        from: f64,
    },
}

/// What is drawn, and therefore its colour.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Role {
    /// Behind everything.
    Paper,
    /// Text.
    Ink,
    /// Less important text.
    Muted,
    /// Lines to read numbers by.
    Grid,
    /// Lines to which numbers are written.
    Axis,
    /// Attempts that asked.
    Offered,
    /// Attempts let through.
    Admitted,
    /// Attempts refused.
    Throttled,
    /// Attempts of other callers.
    Background,
    /// Credits left.
    Credits,
    /// An event.
    Event,
    /// A variant by its place; the first is the baseline.
    Variant(u8),
}

/// Numbers over the horizontal axis.
#[derive(Clone, PartialEq, Debug)]
pub struct Series {
    /// Its name.
    pub name: String,
    /// What it comes to, in words.
    pub note: String,
    /// What it is.
    pub role: Role,
    /// How it is drawn.
    pub shape: Shape,
    /// Into the panel's series: the one on which this one is stacked.
    pub stacked_on: Option<usize>,
    /// By rising x. In steps a number holds from its x to the next one.
    pub points: Vec<(f64, f64)>,
}

/// What lies about a line: a number is between two others with 95 % confidence.
#[derive(Clone, PartialEq, Debug)]
pub struct Band {
    /// Its colour.
    pub role: Role,
    /// By rising x: x, lower and upper end.
    pub points: Vec<(f64, f64, f64)>,
}

/// How a series is drawn.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Shape {
    /// An area under steps.
    Area,
    /// The outline of steps.
    Steps,
    /// An unbroken line of steps.
    Staircase,
    /// A line from point to point.
    Line,
    /// The same with its points marked; nothing is known beyond the last one.
    Dotted,
}

/// A line across a panel.
#[derive(Clone, PartialEq, Debug)]
pub struct Level {
    /// At what height.
    pub at: f64,
    /// What it is.
    pub text: String,
    /// Its colour.
    pub role: Role,
}

/// An upright line through all panels.
#[derive(Clone, PartialEq, Debug)]
pub struct Mark {
    /// Where on the horizontal axis.
    pub at: f64,
    /// What happened.
    pub text: String,
    /// Its colour.
    pub role: Role,
}

/// A word to a point.
#[derive(Clone, PartialEq, Debug)]
pub struct Callout {
    /// The point.
    pub at: (f64, f64),
    /// The word.
    pub text: String,
}

impl Axis {
    /// An axis from 0 to `end`; to 1 where `end` is no positive number.
    pub fn new(label: &str, unit: Unit, end: f64) -> Self {
        let end = if end > 0.0 { end.min(1e300) } else { 1.0 };
        Axis {
            label: label.to_owned(),
            unit,
            scale: Scale::Linear,
            end,
        }
    }

    /// How a number on the axis is written.
    pub fn write(&self, number: f64) -> String {
        number::write(self.unit, number)
    }

    /// Where a number lies, from 0 to 1; numbers beyond the ends lie at the ends.
    pub fn place(&self, number: f64) -> f64 {
        let place = match self.scale {
            Scale::Linear => number / self.end,
            Scale::Logarithmic { from } => {
                let powers = |number: f64| {
                    if number < from {
                        number / from
                    } else {
                        1.0 + libm::log10(number / from)
                    }
                };
                powers(number) / powers(self.end)
            }
        };
        if place.is_nan() {
            return 0.0;
        }
        place.clamp(0.0, 1.0)
    }
}

impl Panel {
    /// A panel without anything in it.
    pub fn new(heading: &str, y: Axis, weight: u32) -> Self {
        Panel {
            heading: heading.to_owned(),
            y,
            weight,
            series: Vec::new(),
            bands: Vec::new(),
            levels: Vec::new(),
            callouts: Vec::new(),
            names_at_ends: false,
            is_named: true,
            empty: None,
        }
    }

    /// How high the top of a series lies over `x`.
    pub fn top(&self, series: usize, x: f64) -> f64 {
        let series = &self.series[series];
        let below = series.stacked_on.map_or(0.0, |below| self.top(below, x));
        below + series.at(x).unwrap_or(0.0)
    }

    /// Where a series of shares ends, if it ends below the whole.
    pub(super) fn gap_of(&self, series: usize) -> Option<f64> {
        let (_, end) = *self.series[series].points.last()?;
        let is_of_whole = self.series[series].shape == Shape::Staircase;
        (is_of_whole && self.y.unit == Unit::Share && end < 1.0).then_some(end)
    }
}

impl Series {
    /// The number at `x`; `None` before the first.
    pub fn at(&self, x: f64) -> Option<f64> {
        let after = self.points.partition_point(|point| point.0 <= x);
        let (left, value) = *self.points.get(after.checked_sub(1)?)?;
        match (self.shape, self.points.get(after)) {
            (Shape::Line | Shape::Dotted, Some((right, next))) => {
                Some(value + (next - value) * ((x - left) / (right - left)))
            }
            (Shape::Dotted, None) if x > left => None,
            _ => Some(value),
        }
    }
}

impl Chart {
    /// An id that differs between charts of different things.
    pub(super) fn id(&self) -> String {
        // FNV-1a: all that is asked of it is to tell a page's charts apart.
        let hash = self
            .title
            .bytes()
            .chain([0])
            .chain(self.subtitle.bytes())
            .fold(0x811c_9dc5u32, |hash, byte| {
                (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
            });
        format!("ps-{}-{hash:08x}", self.kind)
    }
}
