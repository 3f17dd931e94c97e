//! Articles as HTML, without scripts: for a review that is one file.

use super::article::{Article, Block};
use super::page::Tone;
use super::table::Table;
use std::fmt::Write;

impl Article {
    /// As HTML, to stand below a heading of the second level.
    pub fn html(&self) -> String {
        let mut out = String::new();
        let runs = self.blocks().chunk_by(|a, b| {
            matches!(
                (a, b),
                (Block::Fact { .. }, Block::Fact { .. }) | (Block::Item(_), Block::Item(_))
            )
        });
        for run in runs {
            match &run[0] {
                Block::Fact { .. } => {
                    out.push_str("<dl class=\"facts\">\n");
                    run.iter().for_each(|block| fact(&mut out, block));
                    out.push_str("</dl>\n");
                }
                Block::Item(_) => {
                    out.push_str("<ul>\n");
                    for block in run {
                        if let Block::Item(text) = block {
                            let _ = writeln!(out, "<li>{}</li>", inline(text));
                        }
                    }
                    out.push_str("</ul>\n");
                }
                block => one(&mut out, block),
            }
        }
        out
    }
}

/// Text that HTML takes as text, in an attribute too.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

fn fact(out: &mut String, block: &Block) {
    if let Block::Fact { label, tone, text } = block {
        let class = class_of(*tone);
        let _ = writeln!(
            out,
            "<dt{class}>{}</dt><dd>{}</dd>",
            escaped(label),
            inline(text)
        );
    }
}

fn one(out: &mut String, block: &Block) {
    // Writing to a string cannot fail.
    let _ = match block {
        Block::Heading(text) => writeln!(out, "<h3>{}</h3>", inline(text)),
        Block::Paragraph(tone, text) => {
            writeln!(out, "<p{}>{}</p>", class_of(*tone), inline(text))
        }
        Block::Table(table) => {
            self::table(out, table);
            Ok(())
        }
        // It can be wider than the page, so the keyboard must be able to scroll it.
        Block::Code { text, .. } => writeln!(
            out,
            "<pre tabindex=\"0\"><code>{}</code></pre>",
            escaped(text.trim_end())
        ),
        Block::Folded { title, inside, .. } => writeln!(
            out,
            "<details><summary>{}</summary>\n{}</details>",
            inline(title),
            inside.html()
        ),
        Block::Fact { .. } | Block::Item(_) | Block::Gap => Ok(()),
    };
}

/// A table. Its first column names the row, unless that holds verdicts: then the first with sentences.
fn table(out: &mut String, table: &Table) {
    let columns = table.columns();
    let judges = table.rows().iter().any(|row| row[0].tone != Tone::Plain);
    let sentences = columns.iter().position(|column| column.is_flexible());
    let names = sentences.filter(|_| judges).unwrap_or(0);
    let class = |at: usize, tone: Tone| {
        let number = columns[at].is_right().then_some("number");
        let tone = word_of(tone);
        let classes: Vec<&str> = number.into_iter().chain(tone).collect();
        match classes.as_slice() {
            [] => String::new(),
            classes => format!(" class=\"{}\"", classes.join(" ")),
        }
    };
    out.push_str("<div class=\"scroll\" tabindex=\"0\"><table>\n<thead><tr>");
    for (at, column) in columns.iter().enumerate() {
        let class = class(at, Tone::Plain);
        let _ = write!(
            out,
            "<th scope=\"col\"{class}>{}</th>",
            escaped(column.title())
        );
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in table.rows() {
        out.push_str("<tr>");
        for (at, cell) in row.iter().enumerate() {
            let (class, text) = (class(at, cell.tone), inline(&cell.text));
            let _ = match at == names {
                true => write!(out, "<th scope=\"row\"{class}>{text}</th>"),
                false => write!(out, "<td{class}>{text}</td>"),
            };
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table></div>\n");
}

/// Text in which back quotes mark what is to be typed.
fn inline(text: &str) -> String {
    let parts = text.split('`').enumerate();
    let parts = parts.map(|(at, part)| match at % 2 {
        0 => escaped(part),
        _ => format!("<code>{}</code>", escaped(part)),
    });
    parts.collect()
}

fn class_of(tone: Tone) -> String {
    word_of(tone).map_or(String::new(), |word| format!(" class=\"{word}\""))
}

fn word_of(tone: Tone) -> Option<&'static str> {
    match tone {
        Tone::Plain => None,
        Tone::Strong => Some("strong"),
        Tone::Good => Some("good"),
        Tone::Bad => Some("bad"),
        Tone::Warn => Some("warn"),
        Tone::Faint => Some("faint"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Cell, Column};

    #[test]
    fn names_from_files_are_text_wherever_they_stand() {
        let hostile = "<script>alert(1)</script>\"'&`<b>`";
        let mut table = Table::new([Column::sentences(hostile), Column::numbers("N")]);
        table.row([hostile.into(), Cell::new(Tone::Bad, hostile)]);
        let mut inside = Article::new();
        inside.item(hostile);
        let mut article = Article::new();
        article.heading(hostile);
        article.fact(hostile, Tone::Good, hostile);
        article.paragraph(hostile);
        article.aside(hostile);
        article.table(table);
        article.code(hostile, hostile);
        article.folded(hostile, inside);
        let html = article.html();
        assert!(!html.contains("<script"), "{html}");
        assert!(!html.contains("<b>"), "{html}");
        assert_eq!(html.matches("alert(1)").count(), 11);
    }

    #[test]
    fn neighbouring_facts_and_items_share_a_list() {
        let mut article = Article::new();
        article.facts("NEXT", ["wait", "log in less"]);
        article.item("one");
        article.item("two");
        let html = article.html();
        assert_eq!(html.matches("<dl").count(), 1);
        assert_eq!(html.matches("<ul").count(), 1);
    }
}
