//! A recommendation by parts, for a page that shows the answer at once and folds the rest.
//!
//! [`recommend_article`](super::recommend_article) tells the same from top to bottom. Each setting and
//! each change stands in one part only.

use super::article::Article;
use super::cells;
use super::model::{Answer, HeadLine, Label, Report, Settings, VariantReport};
use super::recommend_article::{
    Offer, comes_to, heading, leaves, levers, offers, probes, ranking_of, remarks, safe, searched,
    written,
};
use super::run_article::{foot, tone_of};
use crate::catalog::Pace;
use crate::judge::Status;
use crate::metric::Unit;
use serde::{Deserialize, Serialize};

/// See the module.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Advice {
    /// Whether *today* holds: word and sentence.
    pub verdict: (String, String),
    /// What stops it now and the fix; where there is neither, what is said instead.
    pub answers: Vec<Advised>,
    /// What holds, best first, and *today*.
    pub ranking: Article,
    /// What most readers skip.
    pub details: Vec<Part>,
    /// The changes that the parts tell of.
    pub offers: Vec<Offer>,
}

/// What to do, in one way.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Advised {
    /// The word of its line: `NOW`, `THIS WEEK`, `DO`.
    pub label: String,
    /// How soon it counts: `within minutes`; empty where there is nothing to do.
    pub pace: String,
    /// What it is, who makes it, and up to which load it holds.
    pub sentence: String,
    /// Its [`Offer`], by what tells of it; none where there is nothing to apply.
    pub told: Option<String>,
    /// What it comes to: names and values.
    pub figures: Vec<(String, String)>,
    /// What it does not fix, in a sentence; none where it fixes all that was simulated.
    pub leaves: Option<String>,
    /// Its settings, each in the native form of a tool.
    pub settings: Vec<Part>,
    /// How its figures compare with *today*, and how far its numbers may move.
    pub detail: Article,
}

/// What is folded behind a title.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Part {
    /// What it is about.
    pub title: String,
    /// The detail.
    pub inside: Article,
}

/// The recommendation by parts.
pub fn advice(report: &Report) -> Advice {
    let is_verdict =
        |line: &&HeadLine| matches!(line.label, Label::Holds | Label::Fails | Label::Undecided);
    let verdict = report.lines.iter().find(is_verdict);
    let verdict = verdict.map_or_else(Default::default, |line| {
        (line.label.word().to_owned(), line.text.clone())
    });
    let (others, holding): (Vec<&VariantReport>, Vec<&VariantReport>) = report
        .variants
        .iter()
        .skip(1)
        .partition(|variant| variant.verdict != Status::Met);
    let today = report.variants.first();
    let mut ranking = Article::new();
    ranking.table(ranking_of(report, holding.into_iter().chain(today)));
    let mut details = Vec::new();
    let mut part = |title: String, inside: Article| {
        if !inside.blocks().is_empty() {
            details.push(Part { title, inside });
        }
    };
    let mut failing = Article::new();
    let count = others.len();
    let undecided = others.iter().any(|it| it.verdict != Status::Broken);
    failing.table(ranking_of(report, others.into_iter()));
    let title = match (count, undecided) {
        (1, true) => "A change that is undecided".to_owned(),
        (1, false) => "A change that does not hold".to_owned(),
        (_, true) => format!("{count} changes that do not hold or are undecided"),
        (_, false) => format!("{count} changes that do not hold"),
    };
    part(title, failing);
    for (title, levers_of, left_out) in searched(report) {
        let mut inside = Article::new();
        levers(levers_of, left_out, &mut inside);
        part(title.to_owned(), inside);
    }
    let (title, inside) = other_settings(report);
    part(title, inside);
    for (title, label, probes_of) in [
        ("Confirm that it is this limit", "CONFIRM", &report.confirm),
        ("Watch it from now on", "WATCH", &report.watch),
    ] {
        let mut inside = Article::new();
        probes(label, probes_of, &mut inside);
        part(title.to_owned(), inside);
    }
    part(
        "What cannot help, the limit, and what is assumed".to_owned(),
        grounds(report),
    );
    Advice {
        verdict,
        answers: answers(report),
        ranking,
        details,
        offers: offers(report),
    }
}

/// The lines that say what to do, each with the answer it is about.
fn answers(report: &Report) -> Vec<Advised> {
    let lines = report.lines.iter();
    let lines = lines.filter(|line| matches!(line.label, Label::Now | Label::ThisWeek | Label::Do));
    let mut answers = report.answers.iter();
    lines
        .map(|line| match answers.next() {
            Some(answer) => advised(report, line, answer),
            None => Advised {
                label: line.label.word().to_owned(),
                pace: String::new(),
                sentence: line.text.clone(),
                told: None,
                figures: Vec::new(),
                leaves: None,
                settings: Vec::new(),
                detail: Article::new(),
            },
        })
        .collect()
}

fn advised(report: &Report, line: &HeadLine, answer: &Answer) -> Advised {
    let mut detail = Article::new();
    detail.item(comes_to(answer));
    for region in &answer.safe {
        detail.item(safe(region));
    }
    let own = report
        .settings
        .iter()
        .filter(|it| it.variant == answer.variant);
    Advised {
        label: line.label.word().to_owned(),
        pace: match answer.pace {
            Pace::Minutes => "within minutes".to_owned(),
            Pace::Days => "within days".to_owned(),
        },
        sentence: line.text.clone(),
        told: Some(heading(answer)),
        figures: figures(report, answer),
        leaves: (!answer.not_fixed.is_empty()).then(|| leaves(answer)),
        settings: own.map(part_of).collect(),
        detail,
    }
}

fn figures(report: &Report, answer: &Answer) -> Vec<(String, String)> {
    let units = report.variants.first().map(|it| &it.headline.units);
    let units = units.map_or("", String::as_str);
    let of = |figure, unit| cells::estimate(figure, unit, answer.runs);
    let mut figures = vec![(
        format!("{units} that fail"),
        of(&answer.failed, Unit::Count),
    )];
    if answer.start_delay_p90.mean.is_some() {
        let within = of(&answer.start_delay_p90, Unit::Seconds);
        figures.push(("nine of ten start within".to_owned(), within));
    }
    if answer.finished_after.mean.is_some() {
        let finished = of(&answer.finished_after, Unit::Seconds);
        figures.push(("the last is done after".to_owned(), finished));
    }
    figures
}

fn part_of(settings: &Settings) -> Part {
    let mut inside = Article::new();
    written(settings, &mut inside);
    Part {
        title: format!(
            "{}, in {} (owner: {})",
            settings.target, settings.place, settings.owner
        ),
        inside,
    }
}

/// The settings of what is no answer, each variant below its name.
fn other_settings(report: &Report) -> (String, Article) {
    let is_answer = |it: &&Settings| report.answers.iter().any(|of| of.variant == it.variant);
    let others = report.settings.iter().filter(|it| !is_answer(it));
    let others: Vec<&Settings> = others.collect();
    let mut names = Vec::new();
    let mut inside = Article::new();
    for of_one in others.chunk_by(|a, b| a.variant == b.variant) {
        names.push(of_one[0].variant.as_str());
        inside.heading(format!("To apply `{}`", of_one[0].variant));
        for settings in of_one {
            let Part { title, inside: own } = part_of(settings);
            inside.folded(&title, own);
        }
    }
    (format!("Settings for {}", names.join(", ")), inside)
}

/// All that the lines and notes say besides.
fn grounds(report: &Report) -> Article {
    let mut article = Article::new();
    let is_told = |label: Label| {
        use Label::{Do, Fails, Holds, Now, Runs, ThisWeek, Undecided};
        matches!(
            label,
            Do | Now | ThisWeek | Fails | Holds | Undecided | Runs
        )
    };
    for line in report.lines.iter().filter(|line| !is_told(line.label)) {
        article.fact(line.label.word(), tone_of(line.label), line.text.as_str());
    }
    remarks(report, &mut article);
    foot(report, &mut article);
    article
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recommend::{Options, recommend};
    use crate::replicate::Sequential;
    use crate::report::Block;
    use crate::scenario::Document;

    fn advice_for(expectation: &str) -> (Report, Advice) {
        let text = format!(
            "
pullstorm: 1
name: few
services: {{ecr: {{preset: aws-ecr@2018-01, limiters: {{GetAuthorizationToken: {{bucket: {{burst: 8}}}}}}}}}}
workloads: {{ci: {{kind: ci-fanout, service: ecr, workflows: 1, jobs: 4, images: 6, login: per-image, ci: circleci}}}}
variants:
  per-job: {{about: One login a job, set: {{workloads.ci.login: per-job}}}}
  per-workflow: {{about: One login a workflow, set: {{workloads.ci.login: per-workflow}}}}
  patient: {{about: More attempts, set: {{workloads.ci.retry: {{preset: aws-legacy}}}}}}
expect: [{expectation}]
"
        );
        let document = Document::parse("few.yaml", text.as_bytes()).unwrap();
        let found = recommend(&document, &Options::of(&document), &Sequential);
        let report = found.unwrap().unwrap().report;
        let advice = advice(&report);
        (report, advice)
    }

    fn code_of(article: &Article) -> Vec<&str> {
        let blocks = article.blocks().iter();
        let code = blocks.flat_map(|block| match block {
            Block::Code { text, .. } => vec![text.as_str()],
            Block::Folded { inside, .. } => code_of(inside),
            _ => Vec::new(),
        });
        code.collect()
    }

    #[test]
    fn every_setting_is_told_once_and_every_change_can_be_applied_where_it_is_told() {
        let (report, advice) = advice_for("ci.jobs.failed == 0");
        let answers = advice.answers.iter().flat_map(|answer| &answer.settings);
        let parts: Vec<&Part> = answers.chain(&advice.details).collect();
        assert!(!report.settings.is_empty());
        for settings in &report.settings {
            let told = parts.iter().flat_map(|part| code_of(&part.inside));
            let times = told.filter(|text| *text == settings.text).count();
            assert_eq!(times, 1, "{}", settings.target);
        }
        let headings = advice.answers.iter().filter_map(|it| it.told.clone());
        let details = advice.details.iter().map(|part| &part.inside);
        let tables = details.chain([&advice.ranking]).flat_map(Article::blocks);
        let cells = tables.flat_map(|block| match block {
            Block::Table(table) => table.rows().iter().flatten().collect(),
            _ => Vec::new(),
        });
        let told: Vec<String> = headings
            .chain(cells.map(|cell| cell.text.clone()))
            .collect();
        for offer in &advice.offers {
            let places = told.iter().filter(|text| **text == offer.told).count();
            assert_eq!(places, 1, "{}", offer.told);
        }
    }

    #[test]
    fn where_today_holds_nothing_is_to_be_applied_and_the_line_says_so() {
        let (_, advice) = advice_for("ci.jobs.failed <= 4");
        assert_eq!(advice.verdict.0, "HOLDS");
        assert_eq!(advice.answers.len(), 1);
        assert!(advice.answers[0].sentence.starts_with("nothing: "));
        assert_eq!(advice.answers[0].told, None);
    }
}
