//! A review in the order in which a reader asks, and as Markdown.

use super::model::{Figure, Part, Review, Sensitivity, Tried};
use crate::judge::Status;
use crate::metric::Unit;
use crate::plan::Basis;
use crate::report::model::Label;
use crate::report::{
    Article, Column, Table, Tone, capacity_article_with, cells, escaped, recommend_article,
    tone_of, verdict,
};

/// A part of the document.
pub(super) struct Section<'r> {
    /// Its heading; the first has none.
    pub title: &'static str,
    /// What it says.
    pub article: Article,
    /// Its charts.
    pub figures: Vec<&'r Figure>,
}

/// The parts of a review. The answer comes first, then what was asked, what it rests on, the numbers,
/// and how to get them again.
pub(super) fn sections(review: &Review) -> Vec<Section<'_>> {
    let plain = |title, article| Section {
        title,
        article,
        figures: Vec::new(),
    };
    let mut sections = vec![
        plain("Question", question(review)),
        Section {
            title: "Answer",
            article: recommend_article(&review.recommendation),
            figures: figures(review, Part::Candidates),
        },
        plain("What it rests on", assumptions(review)),
    ];
    let mut capacity = Article::new();
    match (&review.capacity, &review.no_capacity) {
        (Some(known), _) => {
            let finds = super::model::finds_quota(&review.commands, known);
            capacity = capacity_article_with(known, finds.as_deref());
        }
        (None, Some(why)) => capacity.paragraph(format!("No curve: {why}.")),
        (None, None) => capacity.paragraph(
            "No curve: these results have none, or the scenario names no `load:`. `pullstorm capacity \
             SCENARIO --vary PATH=RANGE` draws one for any number.",
        ),
    }
    sections.push(Section {
        title: "Capacity",
        article: capacity,
        figures: figures(review, Part::Capacity),
    });
    sections.push(plain(
        "Sensitivity",
        sensitivity(review.sensitivity.as_ref()),
    ));
    sections.push(plain("What the model leaves out", left_out(review)));
    sections.push(plain("How to get these numbers again", commands(review)));
    sections.retain(|section| !section.article.blocks().is_empty());
    sections
}

/// The answer in a few lines, for who reads no further.
pub(super) fn summary(review: &Review) -> Article {
    let mut article = Article::new();
    if review.interrupted {
        article.fact("INTERRUPTED", Tone::Warn, "this is what was known by then");
    }
    for (place, line) in review.recommendation.lines.iter().enumerate() {
        if place == 0 || matches!(line.label, Label::Now | Label::ThisWeek | Label::Do) {
            article.fact(line.label.word(), tone_of(line.label), line.text.as_str());
        }
    }
    article
}

/// The document as Markdown.
pub fn markdown(review: &Review) -> String {
    let head = summary(review);
    let mut out = format!("# {}\n\n", escaped(&review.title));
    out.push_str(&head.markdown());
    for section in sections(review) {
        out.push_str(&format!("\n## {}\n", section.title));
        let article = section.article.markdown();
        if !article.starts_with('\n') {
            out.push('\n');
        }
        out.push_str(&article);
        for figure in section.figures {
            let mut article = Article::new();
            article.aside(format!("{}: {}", figure.title, figure.description));
            out.push('\n');
            out.push_str(&article.markdown());
        }
    }
    out
}

fn figures(review: &Review, part: Part) -> Vec<&Figure> {
    review
        .figures
        .iter()
        .filter(|figure| figure.part == part)
        .collect()
}

fn question(review: &Review) -> Article {
    let mut article = Article::new();
    let expected = match review.expected.as_slice() {
        [] => "nothing fails".to_owned(),
        expected => expected
            .iter()
            .map(|it| format!("`{it}`"))
            .collect::<Vec<_>>()
            .join(", "),
    };
    article.paragraph(format!(
        "Does `{}` hold ({expected}), by how much, and what has to change so that it does?",
        review.scenario
    ));
    for text in &review.about {
        match text.strip_prefix("- ") {
            Some(item) => article.item(item),
            None => article.paragraph(text.as_str()),
        }
    }
    article
}

fn assumptions(review: &Review) -> Article {
    let mut article = Article::new();
    let mut table = Table::new([
        Column::words("LIMIT"),
        Column::sentences("NUMBERS"),
        Column::words("COUNTED BY"),
        Column::words("CAN BE RAISED"),
        Column::sentences("KNOWN FROM"),
    ]);
    for limit in &review.limits {
        let raised = match limit.raisable {
            _ if limit.own => "by you: a setting",
            Some(true) => "yes",
            Some(false) => "no",
            None => "nobody says",
        };
        let mut from = limit.source.clone();
        for document in &limit.documents {
            from.push_str("; ");
            from.push_str(document);
        }
        table.row([
            limit.name.as_str().into(),
            limit.rule.as_str().into(),
            limit.scope.as_str().into(),
            raised.into(),
            from.into(),
        ]);
    }
    article.table(table);
    article.gap();
    for assumption in &review.recommendation.assumptions {
        let basis = match assumption.basis {
            Basis::Inferred => "inferred from what is published",
            Basis::Observed => "seen by users or said by staff",
            Basis::Stated => "the scenario says so",
            Basis::Default => "a default of Pullstorm",
        };
        article.item(format!("{} ({basis})", assumption.text));
    }
    article
}

fn sensitivity(sensitivity: Option<&Sensitivity>) -> Article {
    let mut article = Article::new();
    let Some(known) = sensitivity else {
        article.paragraph(
            "Nothing was varied: these results have no trials, or there is nothing to vary.",
        );
        return article;
    };
    let falls: Vec<&Tried> = known
        .trials
        .iter()
        .filter(|trial| trial.verdict != known.as_is.verdict)
        .collect();
    let all = known.trials.len();
    let stands = in_words(known.as_is.verdict);
    let variant = &known.variant;
    match falls.as_slice() {
        [] => article.paragraph(format!(
            "`{variant}` {stands} under all {all} other circumstances that were tried, one at a time."
        )),
        falls => {
            article.paragraph(format!(
                "`{variant}` {stands} as it is. Of {all} other circumstances, tried one at a time, {} \
                 change that:",
                falls.len()
            ));
            for trial in falls {
                let broken = match trial.broken.as_slice() {
                    [] => String::new(),
                    broken => format!(" ({})", broken.join("; ")),
                };
                article.item(format!(
                    "{} {} instead of {}: {}{broken}",
                    trial.what,
                    trial.to,
                    trial.from,
                    in_words(trial.verdict)
                ));
            }
        }
    }
    let mut table = Table::new([
        Column::sentences("CIRCUMSTANCE"),
        Column::words("IS"),
        Column::words("IF"),
        Column::words("VERDICT"),
        Column::numbers(format!("FAILED {}", known.units.to_uppercase()).trim()),
        Column::numbers("START DELAY P90"),
    ]);
    for trial in std::iter::once(&known.as_is).chain(&known.trials) {
        let what = if trial.what.is_empty() {
            "as it is"
        } else {
            &trial.what
        };
        table.row([
            what.into(),
            trial.from.as_str().into(),
            trial.to.as_str().into(),
            verdict(trial.verdict),
            cells::estimate(&trial.failed, Unit::Count, known.runs).into(),
            cells::estimate(&trial.start_delay_p90, Unit::Seconds, known.runs).into(),
        ]);
    }
    article.table(table);
    let untried = match known.untried {
        0 => String::new(),
        untried => format!(" {untried} more circumstances were not tried."),
    };
    article.aside(format!(
        "{} runs each, with common random numbers.{untried}",
        known.runs
    ));
    article
}

/// `holds`, `is undecided`.
fn in_words(status: Status) -> &'static str {
    match status {
        Status::Met => "holds",
        Status::Broken => "fails",
        Status::Undecided | Status::Skipped => "is undecided",
    }
}

fn left_out(review: &Review) -> Article {
    let mut article = Article::new();
    for text in &review.left_out {
        article.item(text.as_str());
    }
    article
}

fn commands(review: &Review) -> Article {
    let mut article = Article::new();
    if review.commands.is_empty() {
        return article;
    }
    article.paragraph(
        "The same version of Pullstorm prints the same numbers and digests, on any machine and on any \
         number of threads.",
    );
    let lines: Vec<String> = review
        .commands
        .iter()
        .map(|command| match &command.digest {
            Some(digest) => format!("# {}: {digest}\n{}", command.gives, command.line),
            None => format!("# {}\n{}", command.gives, command.line),
        })
        .collect();
    article.code("sh", lines.join("\n"));
    if !review.version.is_empty() {
        article.aside(format!("Made by Pullstorm {}.", review.version));
    }
    article
}
