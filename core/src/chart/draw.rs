//! A chart onto a canvas, with plotters.

use super::axis::Coordinate;
use super::canvas::Canvas;
use super::figure::Size;
use super::layout::{
    GAP_COLUMN, Layout, MARGIN, NAME_ROW, Place, SAMPLE, SPACE, gaps, has_names, heading_text,
};
use super::spec::{Chart, Panel, Role, Series, Shape};
use super::text::{BODY, Font, NAME, SMALL, TITLE};
use super::theme::Theme;
use crate::order::Arrange;
use plotters::chart::{ChartBuilder, ChartContext, LabelAreaPosition};
use plotters::coord::Shift;
use plotters::coord::cartesian::Cartesian2d;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind};
use plotters::element::{Circle, PathElement, Polygon, Rectangle};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontDesc, FontFamily, FontStyle, RGBAColor, ShapeStyle, TextStyle};
use std::cell::RefCell;
use std::convert::Infallible;
use std::rc::Rc;

/// Radius of a marked point.
const DOT: i32 = 3;

/// How dense the colour of a band is.
const BAND: f64 = 0.15;

type Area = DrawingArea<Canvas, Shift>;
type Plot<'a> = ChartContext<'a, Canvas, Cartesian2d<Coordinate, Coordinate>>;

/// What was drawn.
#[derive(Debug)]
pub(super) struct Drawing {
    pub width: u32,
    pub height: u32,
    pub elements: String,
}

/// Draws a chart.
pub(super) fn draw(chart: &Chart, size: Size, theme: Theme) -> Drawing {
    let layout = Layout::of(chart, size);
    let (width, height) = (layout.width as u32, layout.height as u32);
    let canvas = Rc::new(RefCell::new(Canvas::new((width, height), theme)));
    let painter = Painter {
        root: DrawingArea::from(&canvas),
        canvas: Rc::clone(&canvas),
        chart,
        layout: &layout,
    };
    painter.paint();
    // The canvas has another owner as long as plotters' areas live.
    drop(painter);
    let elements = canvas.replace(Canvas::new((0, 0), theme)).finish();
    Drawing {
        width,
        height,
        elements,
    }
}

struct Painter<'a> {
    root: Area,
    canvas: Rc<RefCell<Canvas>>,
    chart: &'a Chart,
    layout: &'a Layout,
}

impl Painter<'_> {
    fn paint(&self) {
        let layout = self.layout;
        done(self.root.fill(&Role::Paper));
        self.lines(&layout.title, TITLE, Role::Ink);
        self.lines(&layout.subtitle, BODY, Role::Muted);
        for (at, (panel, place)) in self.chart.panels.iter().zip(&layout.panels).enumerate() {
            self.panel(panel, place, at + 1 == layout.panels.len());
        }
        let middle = (layout.plot.0 + layout.plot.1) / 2;
        let style = text_style(SMALL, Role::Muted, HPos::Center, VPos::Top);
        self.text(&self.chart.x.label, &style, (middle, layout.x_label));
        self.marks();
    }

    fn lines(&self, (top, lines): &(i32, Vec<String>), font: Font, role: Role) {
        let style = text_style(font, role, HPos::Left, VPos::Top);
        for (at, line) in lines.iter().enumerate() {
            self.text(line, &style, (MARGIN, top + at as i32 * font.line()));
        }
    }

    fn text(&self, text: &str, style: &TextStyle<'_>, at: (i32, i32)) {
        if !text.is_empty() {
            done(self.root.draw_text(text, style, at));
        }
    }

    fn path(&self, points: Vec<(i32, i32)>, role: Role, width: u32) {
        done(self.root.draw(&PathElement::new(points, line(role, width))));
    }

    fn panel(&self, panel: &Panel, place: &Place, is_last: bool) {
        let style = text_style(NAME, Role::Ink, HPos::Left, VPos::Top);
        self.text(&heading_text(panel), &style, (MARGIN, place.heading));
        for key in &place.keys {
            let series = &panel.series[key.series];
            let (x, y) = key.at;
            self.sample(series, (x, y + NAME.size / 2));
            let x = x + SAMPLE + SPACE;
            self.text(&key.name, &style, (x, y));
            let note = text_style(BODY, Role::Muted, HPos::Left, VPos::Top);
            let x = x + NAME.width(&key.name) + SPACE;
            self.text(&key.note, &note, (x, y));
        }

        let (left, right) = self.layout.plot;
        let (top, bottom) = place.plot;
        let x = Coordinate::across(&self.chart.x, right - left - 1);
        let y = Coordinate::upright(&panel.y, bottom - top - 1);
        // plotters takes what the labels need off the area that it is given.
        let (labels_left, labels_below) =
            (left - MARGIN, if is_last { SMALL.line() + 6 } else { 0 });
        let area = self
            .root
            .clone()
            .shrink((MARGIN, top), (right - MARGIN, bottom - top + labels_below));
        let mut plot = done(
            ChartBuilder::on(&area)
                .set_label_area_size(LabelAreaPosition::Left, labels_left)
                .set_label_area_size(LabelAreaPosition::Bottom, labels_below)
                .build_cartesian_2d(x, y),
        );
        done(
            plot.configure_mesh()
                .bold_line_style(line(Role::Grid, 1))
                .axis_style(line(Role::Axis, 1))
                .label_style(text_style(SMALL, Role::Muted, HPos::Left, VPos::Top))
                .x_labels(100)
                .y_labels(100)
                .draw(),
        );
        self.series(panel, &plot);
        for mark in &self.chart.marks {
            let (x, _) = plot.backend_coord(&(mark.at, 0.0));
            self.dashed(mark.role.dash(), |painter| {
                painter.path(vec![(x, top - 2), (x, bottom)], mark.role, 1);
            });
        }
        self.words(panel, &plot);
        if has_names(panel, self.layout.width) {
            self.names(panel, &plot);
        }
        self.gaps(panel, &plot);
    }

    /// A piece of a series beside its name; `at` is the middle of its left edge.
    fn sample(&self, series: &Series, (x, y): (i32, i32)) {
        match series.shape {
            Shape::Area => {
                let corners = [(x, y - 5), (x + SAMPLE, y + 5)];
                done(
                    self.root
                        .draw(&Rectangle::new(corners, area_fill(series.role))),
                );
                self.path(vec![corners[0], (x + SAMPLE, y - 5)], series.role, 2);
            }
            Shape::Steps | Shape::Staircase | Shape::Line | Shape::Dotted => {
                self.dashed(series.role.dash(), |painter| {
                    let points = vec![(x, y), (x + SAMPLE, y)];
                    painter.path(points, series.role, width_of(series));
                });
            }
        }
    }

    fn dashed(&self, dash: Option<&'static str>, draw: impl FnOnce(&Self)) {
        self.canvas.borrow_mut().dash(dash);
        draw(self);
        self.canvas.borrow_mut().dash(None);
    }

    fn series(&self, panel: &Panel, plot: &Plot<'_>) {
        for band in panel.bands.iter().rev() {
            let edge = |(x, y): (f64, f64)| plot.backend_coord(&(x, y));
            let highs = band.points.iter().map(|(x, _, high)| edge((*x, *high)));
            let lows = band.points.iter().rev().map(|(x, low, _)| edge((*x, *low)));
            let corners: Vec<(i32, i32)> = highs.chain(lows).collect();
            let fill = ShapeStyle::from(band.role.mix(BAND)).filled();
            done(self.root.draw(&Polygon::new(corners, fill)));
        }
        for level in &panel.levels {
            self.dashed(Role::Event.dash(), |painter| {
                let from = plot.backend_coord(&(0.0, level.at));
                let to = plot.backend_coord(&(self.chart.x.end, level.at));
                painter.path(vec![from, to], level.role, 1);
            });
        }
        for (at, series) in panel.series.iter().enumerate().rev() {
            let name = match series.note.is_empty() {
                true => series.name.clone(),
                false => format!("{}: {}", series.name, series.note),
            };
            self.canvas.borrow_mut().open(&name);
            self.dashed(series.role.dash(), |painter| painter.shape(panel, at, plot));
            self.canvas.borrow_mut().close();
        }
    }

    fn shape(&self, panel: &Panel, at: usize, plot: &Plot<'_>) {
        let series = &panel.series[at];
        let end = self.chart.x.end;
        let tops = |points: &[(f64, f64)]| -> Vec<(f64, f64)> {
            points
                .iter()
                .map(|(x, _)| (*x, panel.top(at, *x)))
                .collect()
        };
        let pixels = |points: Vec<(f64, f64)>| -> Vec<(i32, i32)> {
            points
                .iter()
                .map(|point| plot.backend_coord(point))
                .collect()
        };
        let width = width_of(series);
        match series.shape {
            Shape::Area => {
                let mut edge = pixels(steps(&tops(&series.points), end));
                let floors = series.points.iter().map(|(x, _)| {
                    let floor = series.stacked_on.map_or(0.0, |below| panel.top(below, *x));
                    (*x, floor)
                });
                let floor = pixels(steps(&floors.collect::<Vec<_>>(), end));
                edge.extend(floor.into_iter().rev());
                done(self.root.draw(&Polygon::new(edge, area_fill(series.role))));
                for run in runs(&series.points, end) {
                    self.path(pixels(steps(&tops(run.0), run.1)), series.role, 1);
                }
            }
            Shape::Steps => {
                for (points, end) in runs(&series.points, end) {
                    let mut outline = steps(&tops(points), end);
                    let (first, last) = (outline[0].0, outline[outline.len() - 1].0);
                    outline.insert(0, (first, 0.0));
                    outline.push((last, 0.0));
                    self.path(pixels(outline), series.role, width);
                }
            }
            Shape::Staircase => {
                let mut outline = steps(&tops(&series.points), end);
                if let Some((first, _)) = outline.first().copied() {
                    outline.insert(0, (first, 0.0));
                    outline.insert(0, (0.0, 0.0));
                }
                self.path(pixels(outline), series.role, width);
            }
            Shape::Line => self.path(pixels(series.points.clone()), series.role, width),
            Shape::Dotted => {
                let points = pixels(series.points.clone());
                for point in &points {
                    let dot = Circle::new(
                        *point,
                        DOT,
                        ShapeStyle::from(RGBAColor::from(series.role)).filled(),
                    );
                    done(self.root.draw(&dot));
                }
                self.path(points, series.role, width);
            }
        }
    }

    fn words(&self, panel: &Panel, plot: &Plot<'_>) {
        let (left, right) = self.layout.plot;
        self.canvas.borrow_mut().halo(true);
        for level in &panel.levels {
            let (_, y) = plot.backend_coord(&(0.0, level.at));
            let style = text_style(SMALL, level.role, HPos::Right, VPos::Bottom);
            self.text(&level.text, &style, (right - 4, y - 3));
        }
        for callout in &panel.callouts {
            let (x, y) = plot.backend_coord(&callout.at);
            let long = SMALL.width(&callout.text) + 10;
            let (x, side) = if x + long <= right {
                (x + 8, HPos::Left)
            } else {
                ((x - 8).max(left + long), HPos::Right)
            };
            let style = text_style(SMALL, Role::Ink, side, VPos::Top);
            self.text(&callout.text, &style, (x, y));
        }
        self.canvas.borrow_mut().halo(false);
        if let Some(words) = panel.empty {
            let (from, to) = (
                plot.backend_coord(&(0.0, 0.0)),
                plot.backend_coord(&(self.chart.x.end, panel.y.end)),
            );
            let middle = ((from.0 + to.0) / 2, (from.1 + to.1) / 2);
            let style = text_style(BODY, Role::Muted, HPos::Center, VPos::Center);
            self.text(words, &style, middle);
        }
    }

    /// Names of series at their ends, moved apart so that none covers another.
    fn names(&self, panel: &Panel, plot: &Plot<'_>) {
        let end = self.chart.x.end;
        let heights: Vec<i32> = (0..panel.series.len())
            .map(|at| plot.backend_coord(&(end, panel.top(at, end))).1)
            .collect();
        let (_, bottom) = plot.backend_coord(&(0.0, 0.0));
        let (_, top) = plot.backend_coord(&(0.0, panel.y.end));
        let rows = apart(&heights, (top, bottom), NAME_ROW);
        let from = self.layout.plot.1;
        let bend = from + GAP_COLUMN * (gaps(panel) as i32 + 1);
        let to = bend + SAMPLE;
        let x = to + SPACE;
        let room = self.layout.width - MARGIN - x;
        for ((series, height), row) in panel.series.iter().zip(&heights).zip(rows) {
            let middle = row + NAME.size / 2 + 1;
            let points = vec![
                (from, *height),
                (bend, *height),
                (to - 8, middle),
                (to, middle),
            ];
            self.dashed(series.role.dash(), |painter| {
                painter.path(points, series.role, 1);
            });
            let name = text_style(NAME, Role::Ink, HPos::Left, VPos::Top);
            self.text(&NAME.shorten(&series.name, room), &name, (x, row));
            let note = text_style(SMALL, Role::Muted, HPos::Left, VPos::Top);
            let below = row + NAME.line() - 1;
            self.text(&SMALL.shorten(&series.note, room), &note, (x, below));
        }
    }

    /// How much each series lacks to the whole, measured beside the plot.
    fn gaps(&self, panel: &Panel, plot: &Plot<'_>) {
        let mut x = self.layout.plot.1 + GAP_COLUMN / 2;
        for (at, series) in panel.series.iter().enumerate() {
            let Some(end) = panel.gap_of(at) else {
                continue;
            };
            let (_, low) = plot.backend_coord(&(0.0, end));
            let (_, high) = plot.backend_coord(&(0.0, 1.0));
            for y in [low, high] {
                self.path(vec![(x - 2, y), (x + 3, y)], series.role, 1);
            }
            self.dashed(series.role.dash(), |painter| {
                painter.path(vec![(x, low), (x, high)], series.role, 2);
            });
            x += GAP_COLUMN;
        }
    }

    /// What happened, in words above the first panel.
    fn marks(&self) {
        let Some(first) = self.layout.panels.first() else {
            return;
        };
        let (left, right) = self.layout.plot;
        for (row, mark) in self.chart.marks.iter().enumerate() {
            let place = self.chart.x.place(mark.at) * f64::from(right - left - 1);
            let x = left + place.round() as i32;
            let rows = (self.chart.marks.len() - row) as i32;
            let top = first.plot.0 - rows * SMALL.line();
            let half = SMALL.width(&mark.text) / 2;
            let middle = x.min(right - half).max(left + half);
            let style = text_style(SMALL, mark.role, HPos::Center, VPos::Top);
            self.text(&mark.text, &style, (middle, top));
        }
    }
}

/// plotters' errors are a canvas that fails, which this one cannot, and a canvas in use, which it
/// is not: everything here draws one thing after the other.
fn done<T>(result: Result<T, DrawingAreaErrorKind<Infallible>>) -> T {
    result.expect("the canvas takes everything, and one thing at a time")
}

fn line(role: Role, width: u32) -> ShapeStyle {
    ShapeStyle::from(RGBAColor::from(role)).stroke_width(width)
}

fn area_fill(role: Role) -> ShapeStyle {
    let opacity = match role {
        Role::Credits => 0.15,
        _ => 0.4,
    };
    ShapeStyle::from(role.mix(opacity)).filled()
}

fn width_of(series: &Series) -> u32 {
    match (series.role, series.shape) {
        (Role::Variant(0), _) => 3,
        (_, Shape::Steps) => 1,
        _ => 2,
    }
}

fn text_style(font: Font, role: Role, h_pos: HPos, v_pos: VPos) -> TextStyle<'static> {
    let weight = if font.is_bold {
        FontStyle::Bold
    } else {
        FontStyle::Normal
    };
    let font = FontDesc::new(FontFamily::SansSerif, f64::from(font.size), weight);
    let mut style = TextStyle::from(font).pos(Pos::new(h_pos, v_pos));
    style.color = role.to_backend_color();
    style
}

/// The corners of steps that hold each number until the next one, the last one until `end`.
fn steps(points: &[(f64, f64)], end: f64) -> Vec<(f64, f64)> {
    let ends = points.iter().skip(1).map(|next| next.0);
    points
        .iter()
        .zip(ends.chain([end]))
        .flat_map(|((x, y), end)| [(*x, *y), (end, *y)])
        .collect()
}

/// Stretches in which a series is above 0, each with where it ends.
fn runs(points: &[(f64, f64)], end: f64) -> Vec<(&[(f64, f64)], f64)> {
    let mut runs = Vec::new();
    let mut from = 0;
    for to in 0..=points.len() {
        if points.get(to).is_none_or(|point| point.1 <= 0.0) {
            if from < to {
                runs.push((&points[from..to], points.get(to).map_or(end, |next| next.0)));
            }
            from = to + 1;
        }
    }
    runs
}

/// Tops of rows as near to the wanted middles as they can be without covering one another, within
/// top and bottom; in the order of the middles, and where these are equal in the order given.
fn apart(middles: &[i32], (top, bottom): (i32, i32), height: i32) -> Vec<i32> {
    let mut order: Vec<usize> = (0..middles.len()).collect();
    order.arrange_by_key(|at| (middles[*at], *at));
    let mut rows = vec![0; middles.len()];
    let mut free = top - height / 4;
    for at in &order {
        rows[*at] = (middles[*at] - height / 4).max(free);
        free = rows[*at] + height;
    }
    let mut free = bottom + height / 4;
    for at in order.iter().rev() {
        rows[*at] = rows[*at].min(free - height);
        free = rows[*at];
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_their_order_and_cover_nobody() {
        let rows = apart(&[10, 10, 10, 300, 310], (10, 320), 36);
        assert!(
            rows.windows(2).all(|pair| pair[1] - pair[0] >= 36),
            "{rows:?}"
        );
        assert!(rows[4] + 36 <= 320 + 9);
        assert_eq!(apart(&[200, 100], (0, 400), 36), [191, 91]);
    }

    #[test]
    fn a_number_holds_until_the_next_one() {
        assert_eq!(
            steps(&[(0.0, 1.0), (2.0, 3.0)], 5.0),
            [(0.0, 1.0), (2.0, 1.0), (2.0, 3.0), (5.0, 3.0)]
        );
        assert!(steps(&[], 5.0).is_empty());
    }

    #[test]
    fn stretches_end_where_nothing_is() {
        let points = [(0.0, 2.0), (1.0, 0.0), (2.0, 0.0), (3.0, 1.0), (4.0, 2.0)];
        let runs = runs(&points, 9.0);
        assert_eq!(runs, [(&points[..1], 1.0), (&points[3..], 9.0)]);
    }
}
