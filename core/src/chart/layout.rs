//! Where the parts of a chart are, before anything is drawn.

use super::axis::Coordinate;
use super::figure::Size;
use super::spec::{Chart, Panel, Scale};
use super::text::{BODY, NAME, SMALL, TITLE};

/// Pixels around everything.
pub(super) const MARGIN: i32 = 16;
/// A sample of a series beside its name.
pub(super) const SAMPLE: i32 = 20;
/// Between a sample and its name, or a name and its note.
pub(super) const SPACE: i32 = 6;
/// From one name at the end of a series to the next.
pub(super) const NAME_ROW: i32 = 36;
/// From one line that measures a gap to the next.
pub(super) const GAP_COLUMN: i32 = 7;

/// Least height of a plot.
const PLOT_HEIGHT_MIN: i32 = 110;
/// Below this width names do not fit beside the plot.
const WIDTH_WITH_NAMES: i32 = 760;

/// Where everything is.
#[derive(Debug)]
pub(super) struct Layout {
    pub width: i32,
    pub height: i32,
    /// Headline, and where it begins.
    pub title: (i32, Vec<String>),
    /// What is below it.
    pub subtitle: (i32, Vec<String>),
    /// Left and right edge of the plots.
    pub plot: (i32, i32),
    pub panels: Vec<Place>,
    /// Where the label of the horizontal axis is.
    pub x_label: i32,
}

/// Where a panel is.
#[derive(Debug)]
pub(super) struct Place {
    /// Top of its heading.
    pub heading: i32,
    /// Names of its series with their samples.
    pub keys: Vec<Key>,
    /// Top and bottom of the plot.
    pub plot: (i32, i32),
}

/// A series' name in the heading.
#[derive(Debug)]
pub(super) struct Key {
    pub series: usize,
    /// Top left corner.
    pub at: (i32, i32),
    pub name: String,
    pub note: String,
}

impl Layout {
    pub(super) fn of(chart: &Chart, size: Size) -> Self {
        let size = size.within_limits();
        let (width, wanted) = (size.width as i32, size.height as i32);
        let inside = width - 2 * MARGIN;
        let mut y = MARGIN - 2;
        let title = (y, TITLE.wrap(&chart.title, inside, 2));
        y += title.1.len() as i32 * TITLE.line() + 2;
        let subtitle = (y, BODY.wrap(&chart.subtitle, inside, 4));
        y += subtitle.1.len() as i32 * BODY.line() + 10;

        let names = chart.panels.iter().map(|panel| names_width(panel, width));
        let right = width - MARGIN - names.max().unwrap_or(0).max(gaps_width(chart));
        // All headings first: what they leave is for the plots.
        let mut places: Vec<Place> = Vec::new();
        let mut words = y;
        for (at, panel) in chart.panels.iter().enumerate() {
            let place = heading(panel, width, if at == 0 { chart.marks.len() } else { 0 });
            words += place.plot.0 + 14;
            places.push(place);
        }
        let foot = SMALL.line() * 2 + 14;
        let weights: i32 = chart.panels.iter().map(|panel| panel.weight as i32).sum();
        let free = wanted - words - foot;
        for (place, panel) in places.iter_mut().zip(&chart.panels) {
            let least = match has_names(panel, width) {
                true => PLOT_HEIGHT_MIN.max(panel.series.len() as i32 * NAME_ROW),
                false => PLOT_HEIGHT_MIN,
            };
            let height = (free * panel.weight as i32 / weights.max(1)).max(least);
            place.heading += y;
            place.keys.iter_mut().for_each(|key| key.at.1 += y);
            place.plot = (y + place.plot.0, y + place.plot.0 + height);
            y = place.plot.1 + 14;
        }
        y -= 14;
        let ticks = chart.panels.iter().zip(&places).map(|(panel, place)| {
            Coordinate::upright(&panel.y, place.plot.1 - place.plot.0).ticks_width()
        });
        let left = MARGIN + ticks.max().unwrap_or(0) + 10;
        let overhang = Coordinate::across(&chart.x, right - left).overhang(right - left);
        let right = right.min(width - overhang - 2);
        let x_label = y + SMALL.line() + 9;
        Layout {
            width,
            height: y + foot,
            title,
            subtitle,
            plot: (left, right),
            panels: places,
            x_label,
        }
    }
}

/// What stands above a panel; logarithmic axes say so.
pub(super) fn heading_text(panel: &Panel) -> String {
    match panel.y.scale {
        Scale::Linear => panel.heading.clone(),
        Scale::Logarithmic { .. } => format!("{} (logarithmic)", panel.heading),
    }
}

/// Whether the series of a panel are named at their ends.
pub(super) fn has_names(panel: &Panel, width: i32) -> bool {
    panel.names_at_ends && width >= WIDTH_WITH_NAMES
}

/// How many series of a panel end below the top of a share axis.
pub(super) fn gaps(panel: &Panel) -> usize {
    let falls_short = |series: usize| panel.gap_of(series).is_some();
    (0..panel.series.len()).filter(|s| falls_short(*s)).count()
}

fn gaps_width(chart: &Chart) -> i32 {
    let gaps = chart.panels.iter().map(gaps).max().unwrap_or(0) as i32;
    GAP_COLUMN * (gaps + i32::from(gaps > 0))
}

/// Room to the right of the plot for the names of series, gaps included.
fn names_width(panel: &Panel, width: i32) -> i32 {
    if !has_names(panel, width) {
        return 0;
    }
    let widest = panel
        .series
        .iter()
        .map(|series| NAME.width(&series.name).max(SMALL.width(&series.note)))
        .max();
    let gaps = GAP_COLUMN * (gaps(panel) as i32 + 1);
    gaps + 2 * SAMPLE + SPACE + widest.unwrap_or(0).min(width * 3 / 10)
}

/// A heading with its keys from y = 0 on; the plot begins where they end.
fn heading(panel: &Panel, width: i32, marks: usize) -> Place {
    let (mut x, mut y) = (MARGIN + NAME.width(&heading_text(panel)) + SAMPLE, 0);
    let mut keys = Vec::new();
    if panel.is_named && !has_names(panel, width) {
        for (at, series) in panel.series.iter().enumerate() {
            let most = width - 2 * MARGIN - SAMPLE - SPACE;
            let name = NAME.shorten(&series.name, most / 2);
            let note = BODY.shorten(&series.note, most - NAME.width(&name) - SPACE);
            let long = SAMPLE + SPACE + NAME.width(&name) + SPACE + BODY.width(&note);
            if x + long > width - MARGIN {
                (x, y) = (MARGIN, y + NAME.line() + 1);
            }
            keys.push(Key {
                series: at,
                at: (x, y),
                name,
                note,
            });
            x += long + SAMPLE;
        }
    }
    let marks = marks as i32 * SMALL.line();
    Place {
        heading: 0,
        keys,
        plot: (y + NAME.line() + 6 + marks, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::super::spec::{Axis, Unit};
    use super::*;

    #[test]
    fn the_last_number_of_the_axis_stays_inside_the_drawing() {
        for end in [60.0, 150.0, 5_400.0] {
            let chart = Chart {
                kind: "test",
                title: String::new(),
                subtitle: String::new(),
                description: String::new(),
                x: Axis::new("", Unit::Seconds, end),
                panels: vec![Panel::new("", Axis::new("", Unit::Count, 1.0), 1)],
                marks: Vec::new(),
                rows: Vec::new(),
            };
            for width in (400..1_400).step_by(50) {
                let layout = Layout::of(&chart, Size { width, height: 300 });
                let (left, right) = layout.plot;
                let overhang = Coordinate::across(&chart.x, right - left).overhang(right - left);
                assert!(right + overhang <= layout.width, "{end} {width}");
            }
        }
    }
}
