//! A recommendation, told to a person: what fails, what binds, and what to change, best first.

use super::article::Article;
use super::cells;
use super::compare_article::{has_lowest, whose};
use super::model::{
    Answer, Figure, Label, LeverReport, Probe, Quantity, Report, SafeRegion, Settings,
    VariantReport,
};
use super::page::Tone;
use super::run_article::{foot, lines, verdict};
use super::table::{Cell, Column, Table};
use crate::catalog::Pace;
use crate::metric::Unit;
use serde::{Deserialize, Serialize};

/// How the table is ordered, in a sentence.
const ORDER: &str = "Best first: what holds; what somebody can change; what is nearer to you and less \
                     work (owner; setting, pipeline code, infrastructure, quota or money); who starts \
                     sooner; fewer requests (5 % more or less of these two is no difference); how far it \
                     holds. Today stands last.";

/// What is said of a change takes this many columns, or more lines than somebody reads.
const CHANGE_WIDTH: usize = 28;

/// A change that an article of a recommendation tells of.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Offer {
    /// The heading or the cell of a table that tells of it.
    pub told: String,
    /// What it is called, for people.
    pub name: String,
    /// Paths and the value of each.
    pub sets: Vec<(String, String)>,
}

/// The changes that [`recommend_article`] tells of, in its order: the ranked variants, what stops it now
/// and the fix, sets, and single settings that do anything.
pub fn offers(report: &Report) -> Vec<Offer> {
    let variants = report.variants.iter().skip(1);
    let ranked = variants.clone().map(|it| Offer {
        told: change(it),
        name: it.name.clone(),
        sets: it.overrides.clone(),
    });
    let answers = report.answers.iter().filter_map(|answer| {
        let mut known = variants.clone();
        let variant = known.find(|it| it.name == answer.variant)?;
        Some(Offer {
            told: heading(answer),
            name: answer.variant.clone(),
            sets: variant.overrides.clone(),
        })
    });
    let searched = report.sets.iter().chain(&report.levers);
    let searched = searched.filter(|it| it.no_effect.is_none());
    let searched = searched.map(|it| Offer {
        told: setting(it),
        name: it.what.clone(),
        sets: it.sets.clone(),
    });
    ranked.chain(answers).chain(searched).collect()
}

/// The recommendation.
pub fn recommend_article(report: &Report) -> Article {
    let mut article = Article::new();
    let is_below = |label| matches!(label, Label::NotSo | Label::Runs);
    lines(report, &mut article, |label| !is_below(label));
    article.gap();
    article.table(ranking(report));
    article.aside(ORDER);
    if let Some(legend) = whose(report) {
        article.aside(legend);
    }
    // What others believe is no answer to the question: that is above, and in the table.
    article.gap();
    lines(report, &mut article, |label| label == Label::NotSo);
    answers(report, &mut article);
    for (title, searched, left_out) in searched(report) {
        if !searched.is_empty() || left_out > 0 {
            article.heading(title);
            levers(searched, left_out, &mut article);
        }
    }
    remarks(report, &mut article);
    probes("CONFIRM", &report.confirm, &mut article);
    settings(report, &mut article);
    probes("WATCH", &report.watch, &mut article);
    foot(report, &mut article);
    article
}

/// What was searched beside the variants: its heading, what was found, and how much was not tried.
pub(super) fn searched(report: &Report) -> [(&'static str, &[LeverReport], u32); 2] {
    [
        (
            "Sets that hold, where no single change does",
            &report.sets,
            0,
        ),
        (
            "Single settings that are in no variant",
            &report.levers,
            report.levers_left_out,
        ),
    ]
}

/// What stops it now and the fix: what each comes to, what it leaves, how far its numbers may move.
fn answers(report: &Report, article: &mut Article) {
    for answer in &report.answers {
        article.heading(heading(answer));
        article.paragraph(format!(
            "{} ({}, {}, within {}).",
            answer.about.trim_end_matches('.'),
            answer.owner,
            answer.effort,
            answer.pace
        ));
        article.item(comes_to(answer));
        article.item(leaves(answer));
        for region in &answer.safe {
            article.item(safe(region));
        }
    }
}

/// What an answer comes to, with the difference to *today*.
pub(super) fn comes_to(answer: &Answer) -> String {
    let runs = answer.runs;
    let against = |figure: &Figure, unit| {
        let told = cells::estimate(figure, unit, runs);
        match cells::difference(figure.difference.as_ref(), unit).as_str() {
            "-" => told,
            difference => format!("{told} ({difference} against today)"),
        }
    };
    let above = match answer.above_best_possible {
        Some(Quantity::Number(above)) => {
            let above = cells::value(above, Unit::Seconds);
            format!(", {above} above the best possible")
        }
        Some(Quantity::Never) | None => String::new(),
    };
    let mut comes_to = vec![format!("{} fail", against(&answer.failed, Unit::Count))];
    // Where nothing starts there is no start delay, and nothing to say of it.
    if answer.start_delay_p90.mean.is_some() {
        let within = against(&answer.start_delay_p90, Unit::Seconds);
        comes_to.push(format!("nine of ten start within {within}"));
    }
    if let Some(last) = answer.last_start.as_ref().filter(|it| it.mean.is_some()) {
        let last = against(last, Unit::Seconds);
        comes_to.push(format!("the last one starts after {last}"));
    }
    if answer.finished_after.mean.is_some() {
        comes_to.push(match answer.finished_after.never {
            0 => {
                let finished = cells::estimate(&answer.finished_after, Unit::Seconds, runs);
                format!("the last is done after {finished}{above}")
            }
            _ if runs == 1 => "not all end well".to_owned(),
            never => format!("in {never} of {runs} runs not all end well"),
        });
    }
    format!(
        "it comes to, in {} with fresh seeds: {}",
        super::words::counted(f64::from(runs), "runs"),
        comes_to.join("; ")
    )
}

/// What an answer leaves as it is.
pub(super) fn leaves(answer: &Answer) -> String {
    match answer.not_fixed.as_slice() {
        [] => "it fixes all that was simulated".to_owned(),
        left => format!("it does not fix: {}", left.join("; ")),
    }
}

/// What heads an answer and names its [`Offer`].
pub(super) fn heading(answer: &Answer) -> String {
    let when = match answer.pace {
        Pace::Minutes => "Now",
        Pace::Days => "This week",
    };
    format!("{when}: `{}`", answer.variant)
}

/// How far a number may move.
pub(super) fn safe(region: &SafeRegion) -> String {
    let end = |end: &Option<(String, String)>| match end {
        Some((value, why)) if why.is_empty() => format!("{value} cannot be set"),
        Some((value, why)) => format!("{value} breaks `{why}`"),
        None => "nothing was tried".to_owned(),
    };
    let holds = match region.from == region.to {
        true => format!("at {} alone", region.from),
        false => format!("from {} to {}", region.from, region.to),
    };
    let seen = match region.runs {
        0 | 1 => String::new(),
        runs => format!(", seen in {runs} runs at each end"),
    };
    format!(
        "{} ({}) is safe {holds}{seen}; below, {}; above, {}",
        region.path,
        region.value,
        end(&region.breaks_below),
        end(&region.breaks_above)
    )
}

/// Settings with what each comes to; those that change nothing, with the reason.
pub(super) fn levers(levers: &[LeverReport], left_out: u32, article: &mut Article) {
    let (idle, others): (Vec<&LeverReport>, Vec<&LeverReport>) =
        levers.iter().partition(|it| it.no_effect.is_some());
    let mut table = Table::new([
        Column::words("VERDICT"),
        Column::words("OWNER"),
        Column::sentences("SETTING").keeping(CHANGE_WIDTH),
        Column::numbers("FAILED"),
        Column::numbers("HOLDS TO"),
    ]);
    for lever in &others {
        let to = lever
            .holds_to
            .as_ref()
            .map_or("-".to_owned(), cells::holds_to);
        table.row([
            verdict(lever.verdict),
            lever.owner.to_string().into(),
            setting(lever).into(),
            cells::estimate(&lever.failed, Unit::Count, lever.runs).into(),
            to.into(),
        ]);
    }
    if !others.is_empty() {
        article.table(table);
    }
    for lever in idle {
        let why = lever.no_effect.as_deref().unwrap_or_default();
        article.item(format!("{}: {why}", lever.what));
    }
    match left_out {
        0 => {}
        1 => article.item("one more was not tried, because runs of this scenario are long"),
        more => article.item(format!(
            "{more} more were not tried, because runs of this scenario are long"
        )),
    }
}

fn setting(lever: &LeverReport) -> String {
    match lever.broken.first() {
        Some(broken) => format!("{} ({}; breaks {broken})", lever.what, lever.effort),
        None => format!("{} ({})", lever.what, lever.effort),
    }
}

fn ranking(report: &Report) -> Table {
    // Today stands last: it is what the changes above it are measured by.
    let ranked = report.variants.iter().skip(1);
    ranking_of(report, ranked.chain(report.variants.first()))
}

/// Some of the variants, in their order.
pub(super) fn ranking_of<'r>(
    report: &Report,
    variants: impl Iterator<Item = &'r VariantReport>,
) -> Table {
    let units = report
        .variants
        .first()
        .map_or("", |variant| variant.headline.units.as_str());
    let load = report
        .variants
        .iter()
        .find_map(|variant| variant.holds_to.as_ref())
        .map_or("", |holds| holds.unit.as_str());
    let lowest = report.variants.iter().any(has_lowest);
    let headings = [
        Column::words("VERDICT"),
        Column::words("OWNER").optional(),
        Column::sentences("CHANGE").keeping(CHANGE_WIDTH),
        Column::numbers(format!("FAILED {}", units.to_uppercase()).trim()),
        Column::numbers("FINISHED AFTER"),
        Column::numbers("BEST POSSIBLE").optional(),
    ];
    let holds = Column::numbers(format!("HOLDS TO {}", load.to_uppercase()).trim());
    let lowest_running = lowest.then(|| Column::numbers("LOWEST RUNNING"));
    let mut table = Table::new(headings.into_iter().chain(lowest_running).chain([holds]));
    for variant in variants {
        let runs = variant.runs;
        let head = &variant.headline;
        let lowest_running = lowest.then(|| {
            let figure = head.running_lowest.as_ref();
            let told = figure.map(|it| cells::estimate(it, Unit::Count, runs));
            told.unwrap_or_default().into()
        });
        let holds = variant.holds_to.as_ref();
        let row = [
            verdict(variant.verdict),
            owner(variant),
            change(variant).into(),
            cells::estimate(&head.failed, Unit::Count, runs).into(),
            cells::estimate(&head.finished_after, Unit::Seconds, runs).into(),
            cells::quantity(variant.best_possible.finished_after, Unit::Seconds).into(),
        ];
        let holds = holds.map_or("-".to_owned(), cells::holds_to).into();
        table.row(row.into_iter().chain(lowest_running).chain([holds]));
    }
    table
}

fn owner(variant: &VariantReport) -> Cell {
    match &variant.change {
        None => "".into(),
        Some(change) if !change.possible => Cell::new(Tone::Bad, "nobody"),
        Some(change) => change.owner.to_string().into(),
    }
}

fn change(variant: &VariantReport) -> String {
    let mut text = variant.name.clone();
    if !variant.about.is_empty() && !variant.overrides.is_empty() {
        text = format!("{text}: {}", variant.about);
    }
    match &variant.broken_because {
        Some(because) => format!("{text} (fails: {because})"),
        None => text,
    }
}

/// Levers without effect and what else is said of single changes.
pub(super) fn remarks(report: &Report, article: &mut Article) {
    let remarks: Vec<String> = report
        .variants
        .iter()
        .filter_map(|variant| Some((&variant.name, variant.change.as_ref()?)))
        .flat_map(|(name, change)| {
            change
                .remarks
                .iter()
                .map(move |remark| format!("{name}: {remark}"))
        })
        .collect();
    if !remarks.is_empty() {
        article.gap();
        article.facts("REMARK", remarks);
    }
}

/// Commands that show what is throttled, and how to read them.
pub(super) fn probes(label: &str, probes: &[Probe], article: &mut Article) {
    for (index, probe) in probes.iter().enumerate() {
        article.gap();
        let label = if index == 0 { label } else { "" };
        article.fact(
            label,
            Tone::Strong,
            format!("{}: {}; {}", probe.of, probe.about, probe.reads),
        );
        article.code("sh", probe.command.as_str());
    }
    article.gap();
}

/// The settings of the answers in full, what stops it now first; those of the others are one step
/// away.
fn settings(report: &Report, article: &mut Article) {
    let mut answers: Vec<&String> = report.answers.iter().map(|it| &it.variant).collect();
    if answers.is_empty() {
        answers.extend(&report.recommended);
    }
    let mut is_told = false;
    for answer in &answers {
        let of_it = report.settings.iter().filter(|it| it.variant == **answer);
        for (index, settings) in of_it.enumerate() {
            if index == 0 {
                article.heading(format!("To apply `{answer}`"));
            }
            tell(settings, article);
            is_told = true;
        }
    }
    let others = report.settings.iter();
    let rest: Vec<&Settings> = others
        .filter(|it| !answers.contains(&&it.variant))
        .collect();
    let mut names: Vec<&str> = Vec::new();
    let mut others = Article::new();
    for settings in rest {
        if names.last() != Some(&settings.variant.as_str()) {
            names.push(&settings.variant);
            others.heading(format!("To apply `{}`", settings.variant));
        }
        tell(settings, &mut others);
    }
    if names.is_empty() {
        return;
    }
    let too = if is_told { ", too" } else { "" };
    let names = names.join(", ");
    article.gap();
    article.folded_only(
        &format!("Settings for {names}"),
        others,
        format!("There are settings for {names}{too}: add --format markdown or json."),
    );
}

pub(super) fn tell(settings: &Settings, article: &mut Article) {
    article.gap();
    article.paragraph(format!(
        "{}, in {} (owner: {}):",
        settings.target, settings.place, settings.owner
    ));
    written(settings, article);
}

/// What is to be written, and why, what it risks and how to undo it.
pub(super) fn written(settings: &Settings, article: &mut Article) {
    article.code(settings.language.word(), settings.text.as_str());
    let facts = [
        ("why", Some(&settings.why)),
        ("effect", settings.effect.as_ref()),
        ("risk", Some(&settings.risk)),
        ("undo", Some(&settings.undo)),
    ];
    for (label, text) in facts {
        if let Some(text) = text {
            article.fact(label, Tone::Faint, text.as_str());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recommend::{Options, recommend};
    use crate::replicate::Sequential;
    use crate::scenario::Document;

    #[test]
    fn a_region_says_where_nothing_was_tried_and_one_of_a_single_number_says_that() {
        let region = |from: &str, to: &str, below: Option<&str>| {
            safe(&SafeRegion {
                path: "workloads.ci.tags".to_owned(),
                value: "1".to_owned(),
                from: from.to_owned(),
                to: to.to_owned(),
                runs: 1,
                breaks_below: below.map(|value| (value.to_owned(), String::new())),
                breaks_above: None,
            })
        };
        assert_eq!(
            region("1", "1", None),
            "workloads.ci.tags (1) is safe at 1 alone; below, nothing was tried; above, nothing was tried"
        );
        assert_eq!(
            region("1", "8", Some("0")),
            "workloads.ci.tags (1) is safe from 1 to 8; below, 0 cannot be set; above, nothing was tried"
        );
    }

    #[test]
    fn of_too_few_to_have_nine_of_ten_nothing_is_said_of_nine_of_ten() {
        // Of four jobs nobody can be the tenth.
        let text = "
pullstorm: 1
name: few
services: {ecr: {preset: aws-ecr@2018-01, limiters: {GetAuthorizationToken: {bucket: {burst: 8}}}}}
workloads: {ci: {kind: ci-fanout, service: ecr, workflows: 1, jobs: 4, images: 6, login: per-image}}
variants: {per-job: {about: One login a job, set: {workloads.ci.login: per-job}}}
expect: [ci.jobs.failed == 0]
";
        let document = Document::parse("few.yaml", text.as_bytes()).unwrap();
        let found = recommend(&document, &Options::of(&document), &Sequential);
        let report = found.unwrap().unwrap().report;
        assert!(report.answers[0].start_delay_p90.mean.is_none());
        let told = recommend_article(&report).markdown();
        assert!(told.contains("with fresh seeds: 0"), "{told}");
        assert!(!told.contains("nine of ten"), "{told}");
    }
}
