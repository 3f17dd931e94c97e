//! The page that text is set on: its width, and colours or none.

use serde::{Deserialize, Serialize};
use unicode_width::UnicodeWidthStr;

/// Running text is not set wider than this: longer lines are hard to read.
const PROSE_WIDTH_MAX: usize = 100;

/// How wide text is set, and whether it has colours.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct Page {
    /// Columns of the terminal.
    pub width: usize,
    /// Whether ANSI colours are written.
    pub colored: bool,
}

/// What a piece of text is to its reader; a page with colours shows it.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Default, Serialize, Deserialize)]
pub enum Tone {
    /// Ordinary text.
    #[default]
    Plain,
    /// The answer, a heading.
    Strong,
    /// It holds.
    Good,
    /// It does not hold.
    Bad,
    /// It may not hold.
    Warn,
    /// One step away: sources, units, what is known anyway.
    Faint,
}

impl Page {
    /// A page without colours.
    pub const fn plain(width: usize) -> Page {
        Page {
            width,
            colored: false,
        }
    }

    /// The text in a tone.
    pub fn paint(&self, tone: Tone, text: &str) -> String {
        let code = match tone {
            _ if !self.colored || text.is_empty() => return text.to_owned(),
            Tone::Plain => return text.to_owned(),
            Tone::Strong => "1",
            Tone::Good => "32",
            Tone::Bad => "1;31",
            Tone::Warn => "33",
            Tone::Faint => "2",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }

    /// A paragraph, wrapped.
    pub fn paragraph(&self, text: &str) -> String {
        wrap(text, self.prose_width()).join("\n") + "\n"
    }

    /// A paragraph behind a word in capitals; what follows the first line is indented.
    ///
    /// ```
    /// use pullstorm_core::report::{Page, Tone};
    ///
    /// let text = Page::plain(26).labelled("LIMIT", Tone::Strong, 7, "200 burst, 4/s, not raisable");
    /// assert_eq!(text, "LIMIT  200 burst, 4/s, not\n       raisable\n");
    /// ```
    pub fn labelled(&self, label: &str, tone: Tone, indent: usize, text: &str) -> String {
        let width = self.prose_width().saturating_sub(indent).max(20);
        let mut lines = wrap(text, width).into_iter();
        let gap = indent.saturating_sub(width_of(label)).max(1);
        let mut out = self.paint(tone, label);
        if let Some(first) = lines.next().filter(|line| !line.is_empty()) {
            out.extend(std::iter::repeat_n(' ', gap));
            out.push_str(&first);
        }
        out.push('\n');
        for line in lines {
            out.extend(std::iter::repeat_n(' ', indent));
            out.push_str(&line);
            out.push('\n');
        }
        out
    }

    fn prose_width(&self) -> usize {
        self.width.min(PROSE_WIDTH_MAX)
    }
}

/// The columns a text takes.
pub fn width_of(text: &str) -> usize {
    text.width()
}

/// The text in lines of at most `width` columns, broken at blanks. A word that is wider keeps its
/// line to itself, whole: it is a path or an address that somebody wants to copy.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            if !line.is_empty() && width_of(&line) + 1 + width_of(word) > width {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_blanks_and_never_within_a_word() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(
            wrap("see https://example.net/long now", 8),
            ["see", "https://example.net/long", "now"]
        );
        assert_eq!(wrap("", 8), [""]);
        assert_eq!(wrap("µs µs µs", 5), ["µs µs", "µs"]);
    }

    #[test]
    fn colours_appear_only_on_a_page_that_has_them() {
        let colored = Page {
            width: 80,
            colored: true,
        };
        assert_eq!(Page::plain(80).paint(Tone::Bad, "FAILS"), "FAILS");
        assert_eq!(
            colored.paint(Tone::Bad, "FAILS"),
            "\u{1b}[1;31mFAILS\u{1b}[0m"
        );
        assert_eq!(colored.paint(Tone::Plain, "x"), "x");
    }
}
