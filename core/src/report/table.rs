//! Tables, as text of a given width, Markdown or CSV.

use super::csv::csv_line;
use super::fold::{folded, folded_number, pieces};
use super::page::{Page, Tone, width_of};
use serde::{Deserialize, Serialize};

/// Blanks between two columns.
const GAP: usize = 2;

/// A column that has to give way keeps at least this many columns of text.
const FLEXIBLE_WIDTH_MIN: usize = 12;

/// Words up to this wide stay whole as long as anything else can give way.
const WORD_WIDTH_KEPT: usize = 16;

/// Rows under headings.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

/// A heading, and how what is under it is set.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Column {
    title: String,
    right: bool,
    flexible: bool,
    optional: bool,
    /// The width that sentences keep as long as anything else can give way.
    keeps: usize,
}

/// What gives way where the page is too narrow.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Give {
    /// Sentences, as far as they do.
    Some,
    /// Sentences, to the least that can be read.
    Sentences,
    /// Names, too.
    Names,
}

/// What stands under a heading.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Cell {
    /// The text.
    pub text: String,
    /// How it is shown.
    pub tone: Tone,
}

impl Column {
    /// A column of words.
    pub fn words(title: &str) -> Column {
        Column {
            title: title.to_owned(),
            right: false,
            flexible: false,
            optional: false,
            keeps: FLEXIBLE_WIDTH_MIN,
        }
    }

    /// A column of sentences, which wrap where the page is narrow.
    pub fn sentences(title: &str) -> Column {
        Column {
            flexible: true,
            ..Column::words(title)
        }
    }

    /// A column of numbers, set to the right.
    pub fn numbers(title: &str) -> Column {
        Column {
            right: true,
            ..Column::words(title)
        }
    }

    /// The column, left out of text where the page is too narrow for all; the last one goes first.
    pub fn optional(self) -> Column {
        Column {
            optional: true,
            ..self
        }
    }

    /// The column, of sentences that are hard to read in less than `width`: numbers wrap before them, and
    /// optional columns are left out.
    pub fn keeping(self, width: usize) -> Column {
        Column {
            keeps: width,
            ..self
        }
    }

    /// What stands above it.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Whether it is set to the right.
    pub fn is_right(&self) -> bool {
        self.right
    }

    /// Whether it holds sentences, which wrap.
    pub fn is_flexible(&self) -> bool {
        self.flexible
    }

    /// The narrowest that its heading can be.
    fn heading_width_min(&self) -> usize {
        self.title
            .split_whitespace()
            .map(width_of)
            .max()
            .unwrap_or(0)
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Cell {
        Cell {
            text: text.into(),
            tone: Tone::Plain,
        }
    }
}

impl Cell {
    /// A cell in a tone.
    pub fn new(tone: Tone, text: impl Into<String>) -> Cell {
        Cell {
            text: text.into(),
            tone,
        }
    }
}

impl Table {
    /// A table without rows.
    pub fn new(columns: impl IntoIterator<Item = Column>) -> Table {
        Table {
            columns: columns.into_iter().collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row.
    ///
    /// # Panics
    /// If it has not as many cells as there are columns.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        let cells: Vec<Cell> = cells.into_iter().collect();
        assert_eq!(cells.len(), self.columns.len(), "a cell for each column");
        self.rows.push(cells);
    }

    /// Its columns.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Its rows, each with a cell for each column.
    pub fn rows(&self) -> &[Vec<Cell>] {
        &self.rows
    }

    /// Whether it has no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// As text. Where the page is too narrow, headings wrap, then sentences, then numbers beside them; then
    /// optional columns are left out.
    pub fn text(&self, page: &Page) -> String {
        let (shown, widths) = self.fit(page.width);
        let headings = shown
            .iter()
            .map(|index| (Tone::Strong, self.columns[*index].title.as_str()));
        let mut out = self.line(page, &shown, &widths, headings.collect(), true);
        for row in &self.rows {
            let cells = shown
                .iter()
                .map(|index| (row[*index].tone, row[*index].text.as_str()));
            out.push_str(&self.line(page, &shown, &widths, cells.collect(), false));
        }
        out
    }

    /// As a Markdown table.
    pub fn markdown(&self) -> String {
        let escaped = |text: &str| text.replace('|', "\\|").replace('\n', " ");
        let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        let mut out = line(self.columns.iter().map(|c| escaped(&c.title)).collect());
        let rules = self
            .columns
            .iter()
            .map(|column| if column.right { "---:" } else { "---" }.to_owned());
        out.push_str(&line(rules.collect()));
        for row in &self.rows {
            out.push_str(&line(row.iter().map(|cell| escaped(&cell.text)).collect()));
        }
        out
    }

    /// As CSV (RFC 4180 with line feeds); headings in `snake_case`.
    pub fn csv(&self) -> String {
        let titles = self
            .columns
            .iter()
            .map(|column| column.title.to_lowercase().replace(' ', "_"));
        let mut out = csv_line(titles);
        for row in &self.rows {
            out.push_str(&csv_line(row.iter().map(|cell| cell.text.clone())));
        }
        out
    }

    /// The columns that are shown, and their widths.
    fn fit(&self, page_width: usize) -> (Vec<usize>, Vec<usize>) {
        let mut shown: Vec<usize> = (0..self.columns.len()).collect();
        let mut narrow: Vec<usize> = Vec::new();
        loop {
            let widths = self.widths(&shown, page_width, &narrow, Give::Some);
            if total(&widths) <= page_width {
                return (shown, widths);
            }
            // Rows that wrap anyway may do so in other columns, too.
            let wraps = shown.iter().any(|index| self.columns[*index].flexible);
            let next = shown
                .iter()
                .filter(|index| wraps && !narrow.contains(index));
            let next = next.map(|index| (self.spared(*index), *index));
            let next = next.filter(|(spared, _)| *spared > 0);
            let mut last = shown.iter();
            let last = last.rposition(|index| self.columns[*index].optional);
            match (next.max_by_key(|(spared, _)| *spared), last) {
                (Some((_, index)), _) => narrow.push(index),
                (None, Some(last)) => {
                    shown.remove(last);
                    narrow.clear();
                }
                (None, None) => break,
            }
        }
        let widths = self.widths(&shown, page_width, &narrow, Give::Sentences);
        if total(&widths) <= page_width {
            return (shown, widths);
        }
        // Nothing else is left to give way than names.
        let widths = self.widths(&shown, page_width, &narrow, Give::Names);
        (shown, widths)
    }

    /// The width of what stands under a heading, whole or in pieces below one another.
    fn body_width(&self, index: usize, whole: bool) -> usize {
        let cells = self.rows.iter().flat_map(|row| row[index].text.split('\n'));
        let widths = cells.map(|text| match whole {
            true => width_of(text),
            false => pieces(text).into_iter().map(width_of).max().unwrap_or(0),
        });
        widths.max().unwrap_or(0)
    }

    /// The widest word under a heading that stays whole.
    fn word_width(&self, index: usize) -> usize {
        let cells = self.rows.iter();
        let words = cells.flat_map(|row| row[index].text.split_whitespace());
        let widest = words.map(width_of).max();
        widest.unwrap_or(0).min(WORD_WIDTH_KEPT)
    }

    /// How much narrower a column of numbers gets whose cells wrap.
    fn spared(&self, index: usize) -> usize {
        let column = &self.columns[index];
        if !column.right {
            return 0;
        }
        let least = column.heading_width_min();
        let whole = self.body_width(index, true).max(least);
        whole - self.body_width(index, false).max(least)
    }

    fn widths(
        &self,
        shown: &[usize],
        page_width: usize,
        narrow: &[usize],
        give: Give,
    ) -> Vec<usize> {
        let mut widths: Vec<usize> = Vec::new();
        let mut headings_wrapped: Vec<usize> = Vec::new();
        let words: Vec<usize> = shown.iter().map(|index| self.word_width(*index)).collect();
        for index in shown {
            let column = &self.columns[*index];
            let body = self.body_width(*index, !narrow.contains(index));
            widths.push(body.max(width_of(&column.title)));
            headings_wrapped.push(body.max(column.heading_width_min()));
        }
        if total(&widths) > page_width {
            widths = headings_wrapped;
        }
        // The widest sentences give way first, down to the width of the next widest.
        while total(&widths) > page_width {
            let widest = (0..widths.len())
                .filter(|place| {
                    let column = &self.columns[shown[*place]];
                    let least = match give {
                        Give::Some => column.keeps.max(words[*place]),
                        Give::Sentences | Give::Names => FLEXIBLE_WIDTH_MIN,
                    };
                    let gives = column.flexible || (give == Give::Names && !column.right);
                    gives && widths[*place] > least
                })
                .max_by_key(|place| widths[*place]);
            match widest {
                Some(place) => widths[place] -= 1,
                None => break,
            }
        }
        widths
    }

    fn line(
        &self,
        page: &Page,
        shown: &[usize],
        widths: &[usize],
        cells: Vec<(Tone, &str)>,
        bottom: bool,
    ) -> String {
        let wrapped: Vec<Vec<String>> = cells
            .iter()
            .zip(widths)
            .zip(shown)
            .map(
                |(((_, text), width), index)| match self.columns[*index].right && !bottom {
                    true => folded_number(text, *width),
                    false => folded(text, *width),
                },
            )
            .collect();
        let height = wrapped.iter().map(Vec::len).max().unwrap_or(0);
        let mut out = String::new();
        for line in 0..height {
            let mut blanks = 0;
            for (index, lines) in wrapped.iter().enumerate() {
                let skipped = if bottom { height - lines.len() } else { 0 };
                let text = line
                    .checked_sub(skipped)
                    .and_then(|line| lines.get(line))
                    .map_or("", String::as_str);
                let padding = widths[index].saturating_sub(width_of(text));
                let (before, after) = match self.columns[shown[index]].right {
                    true => (padding, 0),
                    false => (0, padding),
                };
                // Blanks are written only before something, so that no line ends in them.
                blanks += before;
                if !text.is_empty() {
                    out.extend(std::iter::repeat_n(' ', blanks));
                    out.push_str(&page.paint(cells[index].0, text));
                    blanks = 0;
                }
                blanks += after + GAP;
            }
            out.push('\n');
        }
        out
    }
}

/// Columns of text that columns of these widths take together.
fn total(widths: &[usize]) -> usize {
    widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes() -> Table {
        let mut table = Table::new([
            Column::words("OWNER"),
            Column::sentences("CHANGE"),
            Column::numbers("FAILED JOBS"),
        ]);
        table.row([
            "you".into(),
            "One login a job, shared by its images".into(),
            Cell::new(Tone::Good, "0"),
        ]);
        table.row(["provider".into(), "A higher limit".into(), "12.5".into()]);
        table
    }

    #[test]
    fn a_wide_page_takes_one_line_a_row() {
        insta::assert_snapshot!(changes().text(&Page::plain(80)), @r"
        OWNER     CHANGE                                 FAILED JOBS
        you       One login a job, shared by its images            0
        provider  A higher limit                                12.5
        ");
    }

    #[test]
    fn a_narrow_page_wraps_headings_and_sentences() {
        insta::assert_snapshot!(changes().text(&Page::plain(40)), @r"
                                          FAILED
        OWNER     CHANGE                    JOBS
        you       One login a job,             0
                  shared by its images
        provider  A higher limit            12.5
        ");
    }

    #[test]
    fn a_page_too_narrow_for_all_leaves_out_optional_columns_and_only_those() {
        let mut table = Table::new([
            Column::words("FIRST"),
            Column::words("SECOND").optional(),
            Column::words("THIRD").optional(),
            Column::words("FOURTH"),
        ]);
        table.row(["a".into(), "b".into(), "c".into(), "d".into()]);
        let shown = |width| table.text(&Page::plain(width));
        assert_eq!(
            shown(80).lines().next(),
            Some("FIRST  SECOND  THIRD  FOURTH")
        );
        assert_eq!(shown(27).lines().next(), Some("FIRST  SECOND  FOURTH"));
        assert_eq!(shown(5).lines().next(), Some("FIRST  FOURTH"));
        assert!(table.markdown().contains("THIRD") && table.csv().contains("third"));
    }

    #[test]
    fn sentences_keep_their_width_while_numbers_can_wrap_or_columns_be_left_out() {
        let mut table = Table::new([
            Column::sentences("CHANGE").keeping(20),
            Column::numbers("FAILED"),
            Column::numbers("BEST POSSIBLE").optional(),
            Column::numbers("HOLDS TO"),
        ]);
        let change = "One login a job, shared by all of its images";
        table.row([
            change.into(),
            "120.5 ± 12.25".into(),
            "2min 30s".into(),
            "64 or more (12 runs)".into(),
        ]);
        insta::assert_snapshot!(table.text(&Page::plain(57)), @r"
                                                 BEST
        CHANGE                       FAILED  POSSIBLE    HOLDS TO
        One login a job,      120.5 ± 12.25  2min 30s  64 or more
        shared by all of its                            (12 runs)
        images
        ");
        insta::assert_snapshot!(table.text(&Page::plain(41)), @r"
        CHANGE                 FAILED    HOLDS TO
        One login a job,        120.5  64 or more
        shared by all of its  ± 12.25   (12 runs)
        images
        ");
    }

    #[test]
    fn no_page_is_too_narrow() {
        for width in 0..10 {
            assert!(changes().text(&Page::plain(width)).contains("shared"));
        }
    }

    #[test]
    fn a_sentence_wraps_before_a_word_beside_it_is_broken() {
        let columns = ["RULE", "PER"].map(Column::sentences);
        let mut table = Table::new(columns.into_iter().chain([Column::numbers("OFFERED")]));
        table.row(["200 burst, 4/s", "account+region", "5281"].map(Cell::from));
        let text = table.text(&Page::plain(37));
        assert!(text.contains("account+region"), "{text}");
        assert!(text.contains("\n4/s"), "{text}");
    }

    #[test]
    fn a_word_wider_than_its_column_is_broken_and_moves_no_other_column() {
        let mut table = Table::new([Column::sentences("CHANGE"), Column::numbers("FAILED")]);
        table.row(["by amazon-ecr-credential-helper".into(), "0".into()]);
        insta::assert_snapshot!(table.text(&Page::plain(24)), @r"
        CHANGE            FAILED
        by                     0
        amazon-ecr-
        credential-
        helper
        ");
    }

    #[test]
    fn csv_quotes_what_needs_it() {
        insta::assert_snapshot!(changes().csv(), @r#"
        owner,change,failed_jobs
        you,"One login a job, shared by its images",0
        provider,A higher limit,12.5
        "#);
        assert_eq!(csv_line(["a\"b".to_owned()]), "\"a\"\"b\"\n");
    }

    #[test]
    fn markdown_escapes_bars() {
        let mut table = Table::new([Column::words("a"), Column::numbers("b")]);
        table.row(["x|y".into(), "1".into()]);
        assert_eq!(
            table.markdown(),
            "| a | b |\n| --- | ---: |\n| x\\|y | 1 |\n"
        );
    }
}
