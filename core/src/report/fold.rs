//! Texts of cells that are wider than their column, in lines.

use super::page::{width_of, wrap};

/// A text in lines of at most `width` columns; a word that is wider is broken, best behind a hyphen,
/// so that it moves no other column.
pub(super) fn folded(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for line in wrap(text, width) {
        let mut rest = line.as_str();
        while width_of(rest) > width.max(1) {
            let fits = |at: &usize| width_of(&rest[..*at]) <= width.max(1);
            let ends = rest.char_indices().map(|(at, c)| at + c.len_utf8());
            let most = ends.take_while(fits).last().unwrap_or(rest.len());
            let hyphen = rest[..most].rfind(['-', '.', '_', '/']).map(|at| at + 1);
            let (head, tail) = rest.split_at(hyphen.unwrap_or(most));
            lines.push(head.to_owned());
            rest = tail;
        }
        lines.push(rest.to_owned());
    }
    lines
}

/// The pieces of a number that may stand below one another: `58.4`, `± 0.3`; `64 or more`, `(12 runs)`.
pub(super) fn pieces(text: &str) -> Vec<&str> {
    let breaks = text.match_indices(' ').map(|(at, _)| at);
    let mut rest = 0;
    let mut pieces = Vec::new();
    for at in breaks {
        if ["±", "("].iter().any(|it| text[at + 1..].starts_with(it)) {
            pieces.push(&text[rest..at]);
            rest = at + 1;
        }
    }
    pieces.push(&text[rest..]);
    pieces
}

/// A number in lines of at most `width` columns, broken between its pieces.
pub(super) fn folded_number(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for piece in text.split('\n').flat_map(pieces) {
        match lines.last_mut() {
            Some(line) if width_of(line) + 1 + width_of(piece) <= width => {
                line.push(' ');
                line.push_str(piece);
            }
            _ => lines.push(piece.to_owned()),
        }
    }
    lines.iter().flat_map(|line| folded(line, width)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_is_too_wide_is_broken_behind_a_hyphen_or_anywhere() {
        assert_eq!(folded("ÄÖÜ-äöü", 4), ["ÄÖÜ-", "äöü"]);
        assert_eq!(folded("aaaa", 0), ["a", "a", "a", "a"]);
    }

    #[test]
    fn a_number_breaks_between_itself_and_what_is_said_of_it() {
        assert_eq!(pieces("2min 30s ± 4s"), ["2min 30s", "± 4s"]);
        assert_eq!(folded_number("58.4 ± 0.3", 10), ["58.4 ± 0.3"]);
        assert_eq!(folded_number("58.4 ± 0.3", 9), ["58.4", "± 0.3"]);
        let load = folded_number("64 or more (12 runs)", 11);
        assert_eq!(load, ["64 or more", "(12 runs)"]);
        assert_eq!(folded_number("never", 3), ["nev", "er"]);
    }
}
