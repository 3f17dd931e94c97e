//! The data of a review: what `--format json` writes and `--from` reads.

use super::Options;
use crate::capacity::Capacity;
use crate::catalog;
use crate::judge::Status;
use crate::order::Arrange;
use crate::recommend::Recommendation;
use crate::report::model::{self as report, Report};
use crate::scenario::Document;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The name and version of the JSON form.
pub const SCHEMA: &str = "pullstorm-review/1";

/// A whole review.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Review {
    /// [`SCHEMA`].
    pub schema: Cow<'static, str>,
    /// The version of Pullstorm that made it; empty where the results do not say.
    #[serde(default)]
    pub version: String,
    /// Name of the scenario.
    pub scenario: String,
    /// Its title.
    pub title: String,
    /// The story behind it, paragraph by paragraph.
    pub about: Vec<String>,
    /// The expectations, as they are written.
    pub expected: Vec<String>,
    /// The limits that the numbers rest on, with their sources.
    pub limits: Vec<Limit>,
    /// *Today*, the candidates, and what to change.
    pub recommendation: Report,
    /// Up to which load each variant holds; none where the scenario names no load.
    pub capacity: Option<Capacity>,
    /// Why there is no capacity, where it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_capacity: Option<String>,
    /// What becomes of the advice under other circumstances.
    pub sensitivity: Option<Sensitivity>,
    /// Charts.
    pub figures: Vec<Figure>,
    /// What the model leaves out that matters here.
    pub left_out: Vec<String>,
    /// The commands that give the numbers again.
    pub commands: Vec<Command>,
    /// Whether the user stopped it before its end.
    pub interrupted: bool,
}

/// A limit, and how well it is known.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize)]
pub struct Limit {
    /// Service and name: `ecr GetAuthorizationToken`.
    pub name: String,
    /// How it counts: `200 burst, 4/s`.
    pub rule: String,
    /// What it counts by.
    pub scope: String,
    /// Whether it is the client's own, which is a setting.
    #[serde(default)]
    pub own: bool,
    /// Whether the provider raises it; none where nobody says.
    pub raisable: Option<bool>,
    /// The preset with its date, and the confidence; or that the scenario says so.
    pub source: String,
    /// What about it is inferred.
    pub assumption: Option<String>,
    /// Documents that say so.
    pub documents: Vec<String>,
}

/// What becomes of a variant when one circumstance after another is other than assumed.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Sensitivity {
    /// The variant: the recommended one, or *today* where nothing is recommended.
    pub variant: String,
    /// What is counted: `jobs`.
    pub units: String,
    /// Runs of each trial.
    pub runs: u32,
    /// Circumstances that were not tried, as there are too many.
    pub untried: u32,
    /// As it is.
    pub as_is: Tried,
    /// Each circumstance at each other value.
    pub trials: Vec<Tried>,
}

/// A variant under one other circumstance.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Tried {
    /// Path of the value; empty for none.
    pub path: String,
    /// What it is, in words; empty for none.
    pub what: String,
    /// The value as it is.
    pub from: String,
    /// The value tried.
    pub to: String,
    /// How the expectations fare.
    pub verdict: Status,
    /// What breaks.
    pub broken: Vec<String>,
    /// How many failed.
    pub failed: report::Figure,
    /// Nine of ten started within this.
    pub start_delay_p90: report::Figure,
}

/// A chart.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize)]
pub struct Figure {
    /// Where it belongs.
    pub part: Part,
    /// Its headline.
    pub title: String,
    /// What it shows, in whole sentences.
    pub description: String,
    /// The picture, an SVG document.
    pub svg: String,
}

/// The part of the document that a chart belongs to.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// *Today* against the candidates.
    Candidates,
    /// Capacity.
    Capacity,
}

/// A command that gives numbers of the review again.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize)]
pub struct Command {
    /// What it gives.
    pub gives: String,
    /// The command line.
    pub line: String,
    /// The digest that it prints, if it prints one.
    pub digest: Option<String>,
}

impl Review {
    /// A review of which there is a recommendation only.
    pub(super) fn of_report(report: &Report, document: &Document) -> Review {
        let scenario = document.scenario();
        let mut review = Review::of_kept(report.clone());
        review.version = env!("CARGO_PKG_VERSION").to_owned();
        review.about = paragraphs(&scenario.about);
        review
    }

    /// What a kept recommendation says by itself.
    pub(super) fn of_kept(report: Report) -> Review {
        let expected = report.variants.first().map(|today| {
            let texts = today.expectations.iter().map(|it| it.text.clone());
            texts.collect()
        });
        let limits = report.variants.first().map(|today| {
            let limits = today.limiters.iter().map(|limiter| Limit {
                name: limiter.name.clone(),
                rule: limiter.rule.clone(),
                scope: limiter.scope.clone(),
                own: limiter.own,
                raisable: limiter.raisable,
                source: limiter.source.clone(),
                assumption: limiter.assumption.clone(),
                documents: Vec::new(),
            });
            limits.collect()
        });
        Review {
            schema: SCHEMA.into(),
            version: String::new(),
            scenario: report.scenario.clone(),
            title: match report.title.is_empty() {
                true => report.scenario.clone(),
                false => report.title.clone(),
            },
            about: Vec::new(),
            expected: expected.unwrap_or_default(),
            limits: limits.unwrap_or_default(),
            capacity: None,
            no_capacity: None,
            sensitivity: None,
            figures: Vec::new(),
            left_out: Vec::new(),
            commands: Vec::new(),
            interrupted: report.interrupted,
            recommendation: report,
        }
    }
}

/// The limits of *today*, with the documents behind them.
pub(super) fn limits(recommendation: &Recommendation) -> Vec<Limit> {
    let mut limits = Review::of_kept(recommendation.report.clone()).limits;
    let Some(today) = recommendation.prepared.first() else {
        return limits;
    };
    for limit in &mut limits {
        let mut plans = today.plan.limiters.iter();
        let plan = plans.find(|plan| format!("{} {}", plan.service, plan.name) == limit.name);
        let records = plan.map_or(&[][..], |plan| &plan.records);
        for name in records {
            let known = catalog::catalog().record(name);
            limit.documents.extend(known.map(|record| {
                let sources = record.sources.join(", ");
                format!("{sources} ({})", record.confidence)
            }));
        }
        limit.documents.arrange();
        limit.documents.dedup();
    }
    limits
}

/// The commands that give the numbers of a review again.
pub(super) fn commands(report: &Report, document: &Document, options: &Options) -> Vec<Command> {
    // What came through a pipe is gone; a file can be read again.
    let piped = options.named == "-";
    let named = match piped {
        true => format!("{}.yaml", document.scenario().name),
        false => options.named.clone(),
    };
    let sets: String = options.sets.iter().map(|set| setting(set)).collect();
    let tail = format!("{}{sets} --seed {}", shell_word(&named), options.seed);
    let runs = options
        .runs
        .map_or(String::new(), |runs| format!(" --runs {runs}"));
    let saved = piped.then(|| Command {
        gives: "the scenario came from standard input; save it first, from where it came"
            .to_owned(),
        line: format!("cat > {}", shell_word(&named)),
        digest: None,
    });
    let mut commands: Vec<Command> = saved.into_iter().collect();
    commands.push(Command {
        gives: "the recommendation".to_owned(),
        line: format!("pullstorm recommend {tail}{runs}"),
        digest: None,
    });
    if document.scenario().load.is_some() {
        commands.push(Command {
            gives:
                "the capacity; where runs are long with more of them than here, and what it says \
                    counts"
                    .to_owned(),
            line: format!("pullstorm capacity {tail}"),
            digest: None,
        });
    }
    commands.push(Command {
        gives: "this document, its sensitivity among it".to_owned(),
        line: format!("pullstorm report {tail}{runs} -o review.html"),
        digest: None,
    });
    for variant in &report.variants {
        let written = document
            .variants()
            .iter()
            .any(|known| known.name == variant.name);
        let changes = match variant.name.as_str() {
            "today" => String::new(),
            name if written => format!(" --variant {name}"),
            _ => {
                let sets = variant.overrides.iter();
                sets.map(|(path, value)| setting(&format!("{path}={value}")))
                    .collect()
            }
        };
        commands.push(Command {
            gives: variant.name.clone(),
            line: format!("pullstorm run {tail}{changes} --runs {}", variant.runs),
            digest: Some(variant.digest.clone()),
        });
    }
    commands
}

/// The command that finds the quota of *today* at the target of a capacity: that of the review has
/// fewer runs. `None` without a command for capacity, in results that were kept without one.
pub(super) fn finds_quota(commands: &[Command], capacity: &Capacity) -> Option<String> {
    let mut lines = commands.iter().map(|command| &command.line);
    let line = lines.find(|line| line.starts_with("pullstorm capacity "))?;
    let target = &capacity.variants.first()?.quota.as_ref()?.target.text;
    let (path, from, to) = (&capacity.path, &capacity.from.text, &capacity.to.text);
    let varied = match from == to {
        true => format!("{path}={from}"),
        false => format!("{path}={from}..{to}"),
    };
    let [varied, target] = [&varied, target].map(|word| shell_word(word));
    Some(format!("{line} --vary {varied} --target {target}"))
}

fn setting(set: &str) -> String {
    format!(" --set {}", shell_word(set))
}

/// A word as a POSIX shell takes it, whatever is in it.
///
/// ```
/// use pullstorm_core::review::shell_word;
///
/// assert_eq!(shell_word("a.yaml"), "a.yaml");
/// assert_eq!(shell_word("it's *"), r"'it'\''s *'");
/// ```
pub fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

/// The paragraphs and list items of a story in Markdown, each on one line.
fn paragraphs(about: &str) -> Vec<String> {
    let mut paragraphs: Vec<String> = Vec::new();
    let mut open = false;
    for line in about.lines() {
        let item = line.trim_start().starts_with("- ");
        let line = line.trim();
        if line.is_empty() {
            open = false;
            continue;
        }
        match paragraphs.last_mut() {
            Some(last) if open && !item => {
                last.push(' ');
                last.push_str(line);
            }
            _ => paragraphs.push(line.to_owned()),
        }
        open = true;
    }
    paragraphs
}
