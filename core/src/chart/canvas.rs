//! What plotters draws on: it writes SVG elements, in whole pixels.

use super::spec::Role;
use super::text::{self, Font};
use super::theme::Theme;
use plotters::style::{Color, RGBAColor};
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
    FontStyle,
};
use std::convert::Infallible;
use std::fmt::Write;

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

/// plotters carries colours as red, green and blue; what it carries here is the index of a role.
impl Color for Role {
    fn to_backend_color(&self) -> BackendColor {
        BackendColor {
            alpha: 1.0,
            rgb: (self.index(), 0, 0),
        }
    }
}

impl From<Role> for RGBAColor {
    fn from(role: Role) -> Self {
        RGBAColor(role.index(), 0, 0, 1.0)
    }
}

/// The elements of a drawing.
#[derive(Debug)]
pub(super) struct Canvas {
    size: (u32, u32),
    theme: Theme,
    dash: Option<&'static str>,
    has_halo: bool,
    elements: String,
}

impl Canvas {
    pub(super) fn new(size: (u32, u32), theme: Theme) -> Self {
        Canvas {
            size,
            theme,
            dash: None,
            has_halo: false,
            elements: String::new(),
        }
    }

    /// The dash pattern of the lines that follow.
    pub(super) fn dash(&mut self, dash: Option<&'static str>) {
        self.dash = dash;
    }

    /// Whether the texts that follow keep the lines below them off.
    pub(super) fn halo(&mut self, has_halo: bool) {
        self.has_halo = has_halo;
    }

    /// Begins a group that a pointer resting on it names.
    pub(super) fn open(&mut self, title: &str) {
        self.elements.push_str("<g><title>");
        text::escape(title, &mut self.elements);
        self.elements.push_str("</title>\n");
    }

    /// Ends the group.
    pub(super) fn close(&mut self) {
        self.elements.push_str("</g>\n");
    }

    /// All elements.
    pub(super) fn finish(self) -> String {
        self.elements
    }

    fn write(&mut self, arguments: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = self.elements.write_fmt(arguments);
    }

    fn fill(&mut self, color: BackendColor) {
        let role = Role::ALL[usize::from(color.rgb.0)];
        let (class, colour) = (role.class(), role.colour(self.theme));
        self.write(format_args!(" class=\"ps-fill-{class}\" fill=\"{colour}\""));
        if color.alpha < 1.0 {
            let percent = (color.alpha * 100.0).round() as u8;
            self.write(format_args!(" fill-opacity=\"{percent}%\""));
        }
    }

    fn stroke<S: BackendStyle>(&mut self, style: &S) {
        let role = Role::ALL[usize::from(style.color().rgb.0)];
        let (class, colour, width) = (role.class(), role.colour(self.theme), style.stroke_width());
        self.write(format_args!(
            " class=\"ps-stroke-{class}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\""
        ));
        if let Some(dash) = self.dash {
            self.write(format_args!(" stroke-dasharray=\"{dash}\""));
        }
    }

    /// The data of a path, and whether all its lines run along the axes.
    fn path(&mut self, points: &[BackendCoord]) {
        let mut at = points[0];
        self.write(format_args!(" d=\"M{} {}", at.0, at.1));
        for &(x, y) in &points[1..] {
            if y == at.1 {
                self.write(format_args!("H{x}"));
            } else if x == at.0 {
                self.write(format_args!("V{y}"));
            } else {
                self.write(format_args!("L{x} {y}"));
            }
            at = (x, y);
        }
    }
}

/// Leaves out points that change no pixel: repeated ones, and those within a straight stretch
/// along an axis.
fn simplified(points: impl IntoIterator<Item = BackendCoord>) -> Vec<BackendCoord> {
    let mut kept: Vec<BackendCoord> = Vec::new();
    for point in points {
        if kept.last() == Some(&point) {
            continue;
        }
        if let [.., before, last] = kept[..] {
            let along = |a: i32, b: i32, c: i32| (a <= b && b <= c) || (a >= b && b >= c);
            let straight = (before.0 == last.0
                && last.0 == point.0
                && along(before.1, last.1, point.1))
                || (before.1 == last.1 && last.1 == point.1 && along(before.0, last.0, point.0));
            if straight {
                kept.pop();
            }
        }
        kept.push(point);
    }
    kept
}

/// Whether every line runs along an axis, so that it can be drawn without soft edges.
fn is_square(points: &[BackendCoord]) -> bool {
    points
        .windows(2)
        .all(|pair| pair[0].0 == pair[1].0 || pair[0].1 == pair[1].1)
}

impl DrawingBackend for Canvas {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, color: BackendColor) -> Drawn {
        self.draw_rect((x, y), (x + 1, y + 1), &color, true)
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Drawn {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        (left, top): BackendCoord,
        (right, bottom): BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn {
        self.elements.push_str("<rect");
        if fill {
            self.fill(style.color());
        } else {
            self.stroke(style);
        }
        let (width, height) = (right.abs_diff(left), bottom.abs_diff(top));
        let (left, top) = (left.min(right), top.min(bottom));
        self.write(format_args!(
            " x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\"/>\n"
        ));
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        let points = simplified(path);
        if points.len() < 2 || style.color().alpha == 0.0 {
            return Ok(());
        }
        self.elements.push_str("<path");
        self.stroke(style);
        if is_square(&points) {
            self.elements.push_str(" shape-rendering=\"crispEdges\"");
        } else {
            self.elements.push_str(" stroke-linejoin=\"round\"");
        }
        self.path(&points);
        self.elements.push_str("\"/>\n");
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        corners: I,
        style: &S,
    ) -> Drawn {
        let points = simplified(corners);
        if points.len() < 3 || style.color().alpha == 0.0 {
            return Ok(());
        }
        self.elements.push_str("<path");
        self.fill(style.color());
        if is_square(&points) {
            self.elements.push_str(" shape-rendering=\"crispEdges\"");
        }
        self.path(&points);
        self.elements.push_str("Z\"/>\n");
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        (x, y): BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Drawn {
        self.elements.push_str("<circle");
        if fill {
            self.fill(style.color());
        } else {
            self.stroke(style);
        }
        self.write(format_args!(" cx=\"{x}\" cy=\"{y}\" r=\"{radius}\"/>\n"));
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &S,
        (x, y): BackendCoord,
    ) -> Drawn {
        let font = font_of(style);
        // Where letters stand below their middle and their top, as shares of the size; attributes
        // such as `dominant-baseline` are not known to every viewer.
        let y = match style.anchor().v_pos {
            VPos::Top => y + (font.size * 78 + 50) / 100,
            VPos::Center => y + (font.size * 35 + 50) / 100,
            VPos::Bottom => y - (font.size * 22 + 50) / 100,
        };
        self.write(format_args!(
            "<text x=\"{x}\" y=\"{y}\" font-size=\"{}\"",
            font.size
        ));
        if font.is_bold {
            self.elements.push_str(" font-weight=\"bold\"");
        }
        match style.anchor().h_pos {
            HPos::Left => {}
            HPos::Center => self.elements.push_str(" text-anchor=\"middle\""),
            HPos::Right => self.elements.push_str(" text-anchor=\"end\""),
        }
        let role = Role::ALL[usize::from(style.color().rgb.0)];
        let (class, colour) = (role.class(), role.colour(self.theme));
        if self.has_halo {
            let (paper, below) = (Role::Paper.class(), Role::Paper.colour(self.theme));
            self.write(format_args!(
                " class=\"ps-fill-{class} ps-stroke-{paper}\" fill=\"{colour}\" stroke=\"{below}\" \
                 stroke-width=\"4\" stroke-linejoin=\"round\" paint-order=\"stroke\""
            ));
        } else {
            self.write(format_args!(" class=\"ps-fill-{class}\" fill=\"{colour}\""));
        }
        self.elements.push('>');
        text::escape(text, &mut self.elements);
        self.elements.push_str("</text>\n");
        Ok(())
    }

    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        text: &str,
        style: &S,
    ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        let font = font_of(style);
        Ok((font.width(text) as u32, font.size as u32))
    }
}

fn font_of<S: BackendTextStyle>(style: &S) -> Font {
    Font {
        size: style.size().round() as i32,
        is_bold: matches!(style.style(), FontStyle::Bold),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_that_change_no_pixel_are_left_out() {
        let points = [
            (0, 0),
            (0, 0),
            (5, 0),
            (9, 0),
            (9, 4),
            (9, 2),
            (9, 8),
            (20, 9),
        ];
        assert_eq!(
            simplified(points),
            [(0, 0), (9, 0), (9, 4), (9, 2), (9, 8), (20, 9)]
        );
    }

    #[test]
    fn a_line_without_length_is_not_drawn() {
        let mut canvas = Canvas::new((100, 100), Theme::Light);
        let style = RGBAColor::from(Role::Ink);
        canvas.draw_path([(3, 3), (3, 3)], &style).unwrap();
        canvas.fill_polygon([(0, 0), (5, 0)], &style).unwrap();
        assert_eq!(canvas.finish(), "");
    }
}
