//! One entity's story, told to a person.

use super::article::Article;
use super::page::Tone;
use super::table::{Column, Table};
use super::words;
use crate::explain::{Explanation, folded};

/// The story: how it ended first, then what happened.
pub fn story_article(story: &Explanation) -> Article {
    let mut article = Article::new();
    let own = story.entity.rsplit('.').next().unwrap_or_default();
    // A name like `workflows[1].jobs[3]` counts within the workflow, a story's lines over all.
    let kind = own.split('[').next().unwrap_or_default();
    let end = story
        .lines
        .iter()
        .rev()
        .find(|line| line.who.starts_with(kind) && line.who[kind.len()..].starts_with('['));
    let ended = match end {
        Some(line) => format!("{} at {}", line.text, words::seconds(line.at)),
        None => "has no story: it never began".to_owned(),
    };
    article.fact(
        &story.entity,
        Tone::Strong,
        format!("{ended} ({}, run {})", story.variant, story.run),
    );
    article.gap();
    let mut table = Table::new([
        Column::numbers("AT"),
        Column::words("WHO"),
        Column::sentences("WHAT"),
    ]);
    let told = folded(story);
    for line in &told {
        table.row([
            words::seconds(line.at).into(),
            line.who.as_str().into(),
            line.text.as_str().into(),
        ]);
    }
    article.table(table);
    if told.len() < story.lines.len() {
        article.gap();
        article.aside(format!(
            "equal steps are told together; all {} lines: `pullstorm run ... --explain '{}' --format \
             json`",
            story.lines.len(),
            story.entity
        ));
    }
    if story.left_out > 0 {
        article.gap();
        article.aside(format!("{} more lines did not fit", story.left_out));
    }
    article
}
