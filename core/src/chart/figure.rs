//! Drawings as SVG documents: one chart, or several under one another.

use super::draw::{Drawing, draw};
use super::spec::{Chart, Role};
use super::text::escape;
use super::theme::{Theme, style_sheet};
use std::fmt::Write;

/// How large a chart is drawn, in pixels.
///
/// The width is 400 to 1,400; the height is at most 2,000, and more where titles, names and the
/// least height of a plot need more.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct Size {
    /// Pixels across.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
}

impl Default for Size {
    /// As wide as a text column on a large screen.
    fn default() -> Self {
        Size {
            width: 960,
            height: 520,
        }
    }
}

impl Size {
    pub(super) fn within_limits(self) -> Size {
        Size {
            width: self.width.clamp(400, 1_400),
            height: self.height.min(2_000),
        }
    }
}

impl Chart {
    /// The chart as an SVG document, or as an element to put into a page.
    pub fn svg(&self, size: Size, theme: Theme) -> String {
        document(self, &draw(self, size, theme), theme, true, None)
    }
}

/// Several charts of one size under one another, as one SVG document.
pub fn page(title: &str, charts: &[Chart], size: Size, theme: Theme) -> String {
    let mut inside = String::new();
    let mut y = 0;
    for chart in charts {
        let drawing = draw(chart, size, theme);
        inside.push_str(&document(chart, &drawing, theme, false, Some(y)));
        y += drawing.height;
    }
    let (width, height) = (size.within_limits().width, y.max(1));
    let mut text = String::new();
    let _ = write!(
        text,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"group\" aria-labelledby=\"ps-page-title\">\n\
         <title id=\"ps-page-title\">"
    );
    escape(title, &mut text);
    text.push_str("</title>\n");
    if theme == Theme::Auto {
        text.push_str(&style_sheet());
    }
    let (class, colour) = (Role::Paper.class(), Role::Paper.colour(theme));
    let _ = writeln!(
        text,
        "<rect class=\"ps-fill-{class}\" fill=\"{colour}\" width=\"{width}\" height=\"{height}\"/>"
    );
    text.push_str(&inside);
    text.push_str("</svg>\n");
    text
}

fn document(
    chart: &Chart,
    drawing: &Drawing,
    theme: Theme,
    is_alone: bool,
    y: Option<u32>,
) -> String {
    let Drawing { width, height, .. } = drawing;
    let id = chart.id();
    let mut text = String::with_capacity(drawing.elements.len() + 2_048);
    // Writing to a string cannot fail.
    text.push_str("<svg xmlns=\"http://www.w3.org/2000/svg\"");
    if let Some(y) = y {
        let _ = write!(text, " y=\"{y}\"");
    }
    let _ = write!(
        text,
        " width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         class=\"ps-chart\" role=\"img\" aria-labelledby=\"{id}-title\" \
         aria-describedby=\"{id}-desc\" font-family=\"system-ui, sans-serif\">\n\
         <title id=\"{id}-title\">"
    );
    escape(&chart.title, &mut text);
    let _ = write!(text, "</title>\n<desc id=\"{id}-desc\">");
    escape(&chart.description, &mut text);
    text.push_str("</desc>\n");
    if is_alone && theme == Theme::Auto {
        text.push_str(&style_sheet());
    }
    text.push_str(&drawing.elements);
    text.push_str("</svg>\n");
    text
}
