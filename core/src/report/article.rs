//! Facts, tables and lists in the order in which a reader needs them, as text or as Markdown.
//!
//! A report for people is written once, as an [`Article`]; both forms follow from it.

use super::page::{Page, Tone};
use super::table::Table;
use serde::{Deserialize, Serialize};

/// Labels of facts are set in a column at least this wide.
const LABEL_WIDTH_MIN: usize = 7;

/// What is told to a person, top down.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Article {
    blocks: Vec<Block>,
}

/// A part of an article.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Block {
    /// What follows is about this.
    Heading(String),
    /// A sentence behind a word in capitals.
    Fact {
        /// The word; empty where the fact before has the same.
        label: String,
        /// How the word is shown.
        tone: Tone,
        /// The sentence.
        text: String,
    },
    /// A sentence, or some.
    Paragraph(Tone, String),
    /// A line of a list.
    Item(String),
    /// A table.
    Table(Table),
    /// Text to copy, never wrapped.
    Code {
        /// The language it is written in.
        language: String,
        /// The text.
        text: String,
    },
    /// Detail that most readers skip.
    Folded {
        /// What it is about.
        title: String,
        /// The detail.
        inside: Article,
        /// What text says instead; `None`: all of it.
        in_text: Option<String>,
    },
    /// An empty line.
    Gap,
}

impl Article {
    /// An article without content.
    pub fn new() -> Article {
        Article::default()
    }

    /// Its parts, for those who lay them out themselves.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// What follows is about this.
    pub fn heading(&mut self, text: impl Into<String>) {
        self.gap();
        self.blocks.push(Block::Heading(text.into()));
    }

    /// A sentence behind a word in capitals.
    pub fn fact(&mut self, label: &str, tone: Tone, text: impl Into<String>) {
        self.blocks.push(Block::Fact {
            label: label.to_owned(),
            tone,
            text: text.into(),
        });
    }

    /// Facts with one label, each on its own line; nothing if there are none.
    pub fn facts<T: Into<String>>(&mut self, label: &str, texts: impl IntoIterator<Item = T>) {
        for (index, text) in texts.into_iter().enumerate() {
            self.fact(if index == 0 { label } else { "" }, Tone::Strong, text);
        }
    }

    /// A sentence.
    pub fn paragraph(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Paragraph(Tone::Plain, text.into()));
    }

    /// A sentence that most readers skip.
    pub fn aside(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Paragraph(Tone::Faint, text.into()));
    }

    /// A line of a list.
    pub fn item(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Item(text.into()));
    }

    /// A table, unless it has no rows.
    pub fn table(&mut self, table: Table) {
        if !table.is_empty() {
            self.blocks.push(Block::Table(table));
        }
    }

    /// Text to copy, never wrapped. `language` is for Markdown.
    pub fn code(&mut self, language: &str, text: impl Into<String>) {
        self.blocks.push(Block::Code {
            language: language.to_owned(),
            text: text.into(),
        });
    }

    /// Detail: in Markdown it is folded, as text it follows under a heading.
    pub fn folded(&mut self, title: &str, inside: Article) {
        self.fold(title, inside, None);
    }

    /// Detail that Markdown folds and text leaves out, saying this instead.
    pub fn folded_only(&mut self, title: &str, inside: Article, in_text: impl Into<String>) {
        self.fold(title, inside, Some(in_text.into()));
    }

    fn fold(&mut self, title: &str, inside: Article, in_text: Option<String>) {
        if !inside.blocks.is_empty() {
            self.gap();
            self.blocks.push(Block::Folded {
                title: title.to_owned(),
                inside,
                in_text,
            });
        }
    }

    /// An empty line; several are one, and none begins or ends an article.
    pub fn gap(&mut self) {
        if !matches!(self.blocks.last(), None | Some(Block::Gap)) {
            self.blocks.push(Block::Gap);
        }
    }

    /// As text for a terminal.
    pub fn text(&self, page: &Page) -> String {
        let indent = self.label_width() + 2;
        let mut out = String::new();
        for block in &self.blocks {
            out.push_str(&match block {
                Block::Heading(text) => page.paint(Tone::Strong, text) + "\n",
                Block::Fact { label, tone, text } => page.labelled(label, *tone, indent, text),
                Block::Paragraph(Tone::Plain, text) => page.paragraph(text),
                Block::Paragraph(tone, text) => painted(page, *tone, text),
                Block::Item(text) => page.labelled("-", Tone::Plain, 2, text),
                Block::Table(table) => table.text(page),
                Block::Code { text, .. } => text
                    .lines()
                    .map(|line| format!("  {line}").trim_end().to_owned() + "\n")
                    .collect(),
                Block::Folded {
                    in_text: Some(text),
                    ..
                } => painted(page, Tone::Faint, text),
                Block::Folded { title, inside, .. } => {
                    format!("{}\n{}", page.paint(Tone::Strong, title), inside.text(page))
                }
                Block::Gap => "\n".to_owned(),
            });
        }
        out.truncate(out.trim_end().len());
        out + "\n"
    }

    /// As Markdown for a comment or a job summary.
    pub fn markdown(&self) -> String {
        let mut out = String::new();
        let mut last: Option<&Block> = None;
        for block in &self.blocks {
            let continues = matches!(
                (last, block),
                (Some(Block::Item(_)), Block::Item(_)) | (None, _) | (_, Block::Gap)
            ) || matches!(
                (last, block),
                (Some(Block::Fact { .. }), Block::Fact { .. })
            );
            if !continues {
                out.push('\n');
            }
            match block {
                Block::Heading(text) => out.push_str(&format!("### {}\n", escaped(text))),
                Block::Fact { label, text, .. } if label.is_empty() => {
                    out.push_str(&format!("  - {}\n", escaped(text)));
                }
                Block::Fact { label, text, .. } if text.is_empty() => {
                    out.push_str(&format!("- **{label}**\n"));
                }
                Block::Fact { label, text, .. } => {
                    out.push_str(&format!("- **{label}** {}\n", escaped(text)));
                }
                Block::Paragraph(_, text) => out.push_str(&(escaped(text) + "\n")),
                Block::Item(text) => out.push_str(&format!("- {}\n", escaped(text))),
                Block::Table(table) => out.push_str(&table.markdown()),
                Block::Code { language, text } => {
                    let fence = fence(text);
                    let text = text.trim_end();
                    out.push_str(&format!("{fence}{language}\n{text}\n{fence}\n"));
                }
                Block::Folded { title, inside, .. } => out.push_str(&format!(
                    "<details><summary>{}</summary>\n\n{}\n</details>\n",
                    escaped(title),
                    inside.markdown()
                )),
                Block::Gap => continue,
            }
            last = Some(block);
        }
        out
    }

    fn label_width(&self) -> usize {
        let label = |block: &Block| match block {
            Block::Fact { label, .. } => super::width_of(label),
            _ => 0,
        };
        self.blocks
            .iter()
            .map(label)
            .max()
            .unwrap_or(0)
            .max(LABEL_WIDTH_MIN)
    }
}

/// A paragraph, each of its lines in a tone.
fn painted(page: &Page, tone: Tone, text: &str) -> String {
    page.paragraph(text)
        .lines()
        .map(|line| page.paint(tone, line) + "\n")
        .collect()
}

/// Back quotes to put around code: more of them than follow one another in it, and three at least.
fn fence(code: &str) -> String {
    let runs = code.split(|c| c != '`').map(str::len);
    "`".repeat((runs.max().unwrap_or(0) + 1).max(3))
}

/// Text in which Markdown finds nothing to format.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut code = false;
    for c in text.chars() {
        code ^= c == '`';
        match c {
            '\n' => out.push(' '),
            '*' | '_' | '<' | '>' | '[' | ']' if !code => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

/// A line of somebody's log, safe to print: without control characters, and not endless.
pub(crate) fn quoted(line: &str) -> String {
    const SHOWN_MAX: usize = 300;
    let clean = line.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut out: String = clean.take(SHOWN_MAX).collect();
    if line.chars().nth(SHOWN_MAX).is_some() {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Column;

    fn article() -> Article {
        let mut inside = Article::new();
        inside.item("first *detail*");
        inside.item("second detail");
        let mut table = Table::new([Column::words("A"), Column::numbers("B")]);
        table.row(["x".into(), "1".into()]);
        let mut article = Article::new();
        article.fact("FAILS", Tone::Bad, "184 of 384 first logins throttled");
        article.facts("NEXT", ["wait", "`log_in` less"]);
        article.gap();
        article.gap();
        article.table(table);
        article.folded("Detail", inside.clone());
        article.folded_only("More", inside, "More in Markdown");
        article
    }

    #[test]
    fn text_has_labels_in_a_column() {
        insta::assert_snapshot!(article().text(&Page::plain(80)), @r"
        FAILS    184 of 384 first logins throttled
        NEXT     wait
                 `log_in` less

        A  B
        x  1

        Detail
        - first *detail*
        - second detail

        More in Markdown
        ");
    }

    #[test]
    fn markdown_folds_detail_and_escapes() {
        insta::assert_snapshot!(article().markdown(), @r"
        - **FAILS** 184 of 384 first logins throttled
        - **NEXT** wait
          - `log_in` less

        | A | B |
        | --- | ---: |
        | x | 1 |

        <details><summary>Detail</summary>

        - first \*detail\*
        - second detail

        </details>

        <details><summary>More</summary>

        - first \*detail\*
        - second detail

        </details>
        ");
    }

    #[test]
    fn code_does_not_break_out_of_its_fence() {
        let mut article = Article::new();
        article.code("sh", "echo '```'\n# `````");
        assert_eq!(
            article.markdown(),
            "``````sh\necho '```'\n# `````\n``````\n"
        );
    }

    #[test]
    fn a_line_of_a_log_is_printed_without_its_control_characters() {
        assert_eq!(quoted("a\u{1b}[31mb\tc"), "a [31mb c");
        assert_eq!(quoted(&"x".repeat(1000)).chars().count(), 301);
    }
}
