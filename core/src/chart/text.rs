//! Texts: how wide they are, where they break, and how they are written in XML.

/// Advance widths of the characters from space to tilde, in hundredths of the font size: those of
/// DejaVu Sans 2.37, among the widest fonts that a system puts in for `sans-serif`, so that what
/// fits here fits everywhere.
const WIDTHS: [u8; 95] = [
    32, 40, 46, 84, 64, 95, 78, 27, 39, 39, 50, 84, 32, 36, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 34, 34, 84, 84, 84, 53, 100, 68, 69, 70, 77, 63, 58, 77, 75, 29, 29, 66, 56, 86, 75,
    79, 60, 79, 69, 63, 61, 73, 68, 99, 69, 61, 69, 39, 34, 39, 84, 50, 50, 61, 63, 55, 63, 62, 35,
    63, 63, 28, 28, 58, 28, 97, 63, 61, 63, 63, 41, 52, 39, 63, 59, 82, 59, 59, 52, 64, 34, 64, 84,
];

/// What stands for the rest of a text that does not fit.
const ELLIPSIS: char = '…';

/// The font of a text.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub(super) struct Font {
    /// Pixels.
    pub size: i32,
    pub is_bold: bool,
}

/// The headline.
pub(super) const TITLE: Font = Font {
    size: 17,
    is_bold: true,
};

/// What a panel or a series is.
pub(super) const NAME: Font = Font {
    size: 13,
    is_bold: true,
};

/// Everything else.
pub(super) const BODY: Font = Font {
    size: 13,
    is_bold: false,
};

/// Numbers on axes, and words in the plot.
pub(super) const SMALL: Font = Font {
    size: 12,
    is_bold: false,
};

impl Font {
    /// Pixels from one line to the next.
    pub(super) const fn line(self) -> i32 {
        self.size + 5
    }

    /// How wide a text is, in whole pixels, rounded up.
    pub(super) fn width(self, text: &str) -> i32 {
        let hundredths: u64 = text.chars().map(advance).sum();
        // Bold letters of the same font are wider by about 15 %.
        let percent = if self.is_bold { 115 } else { 100 };
        let pixels = (hundredths * self.size as u64 * percent).div_ceil(10_000);
        pixels.min(1 << 20) as i32
    }

    /// As much of a text as fits into `width` pixels.
    pub(super) fn shorten(self, text: &str, width: i32) -> String {
        if self.width(text) <= width {
            return text.to_owned();
        }
        let mut short = String::new();
        for character in text.chars() {
            short.push(character);
            if self.width(&short) + self.width("…") > width {
                short.pop();
                break;
            }
        }
        short.truncate(short.trim_end().len());
        short.push(ELLIPSIS);
        short
    }

    /// Breaks a text at spaces into lines of at most `width` pixels; what does not fit into `most`
    /// lines is cut off. Empty texts have no lines.
    pub(super) fn wrap(self, text: &str, width: i32, most: usize) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for word in text.split_whitespace() {
            let is_last = lines.len() == most;
            match lines.last_mut() {
                Some(line) if is_last || self.width(&format!("{line} {word}")) <= width => {
                    line.push(' ');
                    line.push_str(word);
                }
                _ => lines.push(word.to_owned()),
            }
        }
        for line in &mut lines {
            *line = self.shorten(line, width);
        }
        lines
    }
}

/// Hundredths of the font size.
fn advance(character: char) -> u64 {
    match character {
        ' '..='~' => u64::from(WIDTHS[character as usize - 32]),
        '\u{0300}'..='\u{036f}' => 0,
        '…' | '—' => 100,
        // Hangul, and from the radicals of Chinese on: most letters fill a square.
        '\u{1100}'..='\u{11ff}' | '\u{2e80}'.. => 100,
        _ => 66,
    }
}

/// Writes a text so that XML gives it back, in attributes and between tags. Line breaks and other
/// control characters, most of which XML has no way to write, become spaces.
pub(super) fn escape(text: &str, out: &mut String) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            // Marks that turn the direction of all that follows would turn the rest of the chart.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {}
            _ if character.is_control() => out.push(' '),
            _ => out.push(character),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escaped(text: &str) -> String {
        let mut out = String::new();
        escape(text, &mut out);
        out
    }

    #[test]
    fn no_text_leaves_its_place_in_the_markup() {
        assert_eq!(
            escaped("<script>alert(\"1\" & '2')</script>"),
            "&lt;script&gt;alert(&quot;1&quot; &amp; &#39;2&#39;)&lt;/script&gt;"
        );
        assert_eq!(
            escaped("a\u{0}b\nc\u{1b}[31m\u{ffff}"),
            "a b c [31m\u{fffd}"
        );
        assert_eq!(escaped("a\u{202e}b"), "ab");
    }

    #[test]
    fn wrapped_lines_fit_and_say_where_they_were_cut() {
        let text = "one two three four five six seven eight nine ten";
        for width in [60, 100, 200, 1000] {
            let lines = BODY.wrap(text, width, 3);
            assert!(lines.len() <= 3);
            assert!(lines.iter().all(|line| BODY.width(line) <= width));
            let whole = lines.join(" ") == text;
            assert_eq!(whole, !lines.last().unwrap().ends_with(ELLIPSIS));
        }
        assert!(BODY.wrap("  ", 100, 3).is_empty());
        assert_eq!(BODY.shorten("", 5), "");
    }

    #[test]
    fn widths_grow_with_the_size_and_the_weight() {
        assert_eq!(BODY.width("0"), 9);
        assert!(TITLE.width("word") > NAME.width("word"));
        assert!(NAME.width("word") > BODY.width("word"));
    }
}
