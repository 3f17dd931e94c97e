//! A run, told to a person: does it hold, why not, and every number.

use super::article::Article;
use super::cells;
use super::model::{
    BestReport, BusiestMinute, CauseReport, ExpectationReport, Label, LimiterReport, LoopReport,
    MetricReport, Report, VariantReport,
};
use super::page::Tone;
use super::table::{Cell, Column, Table};
use super::{way_article, words};
use crate::judge::Status;
use crate::metric::Unit;
use crate::scenario::model::Severity;

/// Causes shown; the rest is in JSON.
const CAUSES_MAX: usize = 8;

/// What a `-` means.
pub(super) const TOO_FEW: &str = "`-`: too few entities for this quantile; p50 needs 2, p90 10, p99 \
                                  100";

/// Keys of a limiter shown one by one; more are in JSON.
const KEYS_MAX: usize = 5;

/// The report of one variant; the answer first, detail behind it.
pub fn run_article(report: &Report) -> Article {
    let mut article = Article::new();
    head(report, &mut article);
    for variant in &report.variants {
        best_line(&variant.best_possible, &mut article);
        runs_line(variant, report.seed, &mut article);
        article.gap();
        article.table(expectations(variant));
        let missing = |metric: &MetricReport| metric.figure.mean.is_none();
        if variant.metrics.iter().any(missing) {
            article.aside(TOO_FEW);
        }
        way_article::ways(variant, &mut article);
        if !variant.causes.is_empty() {
            article.heading("Why calls were given up");
            article.table(causes(&variant.causes));
        }
        let mut detail = Article::new();
        loops(&variant.loops, variant.runs, &mut detail);
        article.folded("Retry loops", detail);
        let mut detail = Article::new();
        detail.table(limiters(variant));
        for limiter in &variant.limiters {
            if limiter.spenders.len() > 1 {
                detail.gap();
                detail.table(way_article::spenders(limiter, variant.runs));
            }
            if key_count(limiter) > 1 {
                detail.gap();
                detail.table(keys(limiter));
            }
        }
        article.folded("Limiters", detail);
        let mut detail = Article::new();
        detail.table(metrics(variant));
        article.folded("Metrics (`pullstorm metrics` says what each means)", detail);
    }
    foot(report, &mut article);
    article
}

/// The labelled lines, except how sure this is: that comes last ([`foot`]).
pub(super) fn head(report: &Report, article: &mut Article) {
    lines(report, article, |label| label != Label::Runs);
}

/// The labelled lines that are wanted.
pub(super) fn lines(report: &Report, article: &mut Article, wanted: impl Fn(Label) -> bool) {
    for line in report.lines.iter().filter(|line| wanted(line.label)) {
        article.fact(line.label.word(), tone_of(line.label), line.text.as_str());
    }
}

/// What the reader should know besides, and how sure this is.
pub(super) fn foot(report: &Report, article: &mut Article) {
    article.gap();
    article.facts("NOTE", report.notes.iter().map(String::as_str));
    for line in report.lines.iter().filter(|line| line.label == Label::Runs) {
        article.fact(line.label.word(), tone_of(line.label), line.text.as_str());
    }
}

pub(crate) fn tone_of(label: Label) -> Tone {
    match label {
        Label::Fails | Label::Cannot | Label::Interrupted | Label::Suffers => Tone::Bad,
        Label::Holds | Label::Do | Label::Now | Label::ThisWeek => Tone::Good,
        Label::Undecided | Label::Assumed | Label::Lasts => Tone::Warn,
        Label::Limit | Label::Cause | Label::Today | Label::NotSo => Tone::Strong,
        Label::Runs => Tone::Faint,
    }
}

/// The best possible, which no retry timing beats, and what sets it.
fn best_line(best: &BestReport, article: &mut Article) {
    // Without a run there is none.
    if !best.set_by.is_empty() {
        article.fact("BEST", Tone::Strong, best_sentence(best));
    }
}

/// `46s (lower limit, set by ecr GetAuthorizationToken: 200 burst, 4/s)`.
pub(super) fn best_sentence(best: &BestReport) -> String {
    let after = cells::quantity(best.finished_after, Unit::Seconds);
    format!("{after} (lower limit, set by {})", best.set_by)
}

fn runs_line(variant: &VariantReport, seed: u64, article: &mut Article) {
    let runs = match (variant.deterministic, variant.runs) {
        (true, _) => "1 run, as every run is the same".to_owned(),
        (false, 1) => "1 run".to_owned(),
        (false, runs) => format!("{runs} runs, 95 % intervals"),
    };
    article.fact(
        "RUNS",
        Tone::Faint,
        format!("{runs}; seed {seed}; digest {}", variant.digest),
    );
    if let Some(cut_off) = &variant.cut_off {
        article.fact("CUT OFF", Tone::Bad, cut_off.as_str());
    }
}

/// Whether it holds, in a word, with its tone.
pub(crate) fn verdict(status: Status) -> Cell {
    let tone = match status {
        Status::Met => Tone::Good,
        Status::Broken => Tone::Bad,
        Status::Undecided => Tone::Warn,
        Status::Skipped => Tone::Faint,
    };
    Cell::new(tone, status.word())
}

/// Whether an expectation holds, in a word; one that only warns does.
pub(crate) fn standing(expectation: &ExpectationReport) -> Cell {
    match (expectation.status, expectation.severity) {
        (Status::Broken, Severity::Warn) => Cell::new(Tone::Warn, "warns"),
        (status, _) => verdict(status),
    }
}

fn expectations(variant: &VariantReport) -> Table {
    let mut table = Table::new([
        Column::words("EXPECTED"),
        Column::words("IS"),
        Column::numbers("OBSERVED"),
        Column::sentences("NOTE"),
    ]);
    for expectation in &variant.expectations {
        let unit = expectation.unit;
        let observed = expectation
            .observed
            .map_or("-".to_owned(), |observed| cells::quantity(observed, unit));
        table.row([
            match expectation.assumed {
                true => format!("{} (assumed)", expectation.text).into(),
                false => expectation.text.as_str().into(),
            },
            standing(expectation),
            observed.into(),
            expectation.note.clone().unwrap_or_default().into(),
        ]);
    }
    table
}

fn causes(causes: &[CauseReport]) -> Table {
    let mut table = Table::new([Column::numbers("PER RUN"), Column::sentences("CAUSE")]);
    for cause in causes.iter().take(CAUSES_MAX) {
        table.row([
            words::number(cause.per_run).into(),
            cause.text.as_str().into(),
        ]);
    }
    if causes.len() > CAUSES_MAX {
        let rest: f64 = causes[CAUSES_MAX..].iter().map(|cause| cause.per_run).sum();
        table.row([words::number(rest).into(), "other causes".into()]);
    }
    table
}

/// The loops in which something was tried again, and how many there are in which nothing was.
fn loops(loops: &[LoopReport], runs: u32, article: &mut Article) {
    let mut table = Table::new([
        Column::words("LOOP"),
        Column::sentences("POLICY"),
        Column::numbers("GIVES UP WITHIN"),
        Column::numbers("TRIES PER CALL"),
        Column::numbers("ASLEEP IN ALL").optional(),
    ]);
    let tried_again = |retry: &&LoopReport| {
        let tries = retry.amplification.mean_otherwise;
        tries.is_some_and(|tries| tries > 1.0)
    };
    let told: Vec<&LoopReport> = loops.iter().filter(tried_again).collect();
    for retry in &told {
        let span = retry.span_max.map_or("no limit".to_owned(), words::seconds);
        table.row([
            retry.name.as_str().into(),
            retry.policy.as_str().into(),
            span.into(),
            cells::estimate(&retry.amplification, Unit::Ratio, runs).into(),
            cells::estimate(&retry.asleep, Unit::Seconds, runs).into(),
        ]);
    }
    if !told.is_empty() {
        article.table(table);
    }
    let others = loops.len() - told.len();
    match others {
        0 => {}
        _ if !told.is_empty() => {
            article.aside(format!("Nothing was tried again in {others} more."))
        }
        1 => article.aside("Nothing was tried again."),
        _ => article.aside(format!(
            "Nothing was tried again in any of the {others} loops."
        )),
    }
}

fn limiters(variant: &VariantReport) -> Table {
    let mut table = Table::new([
        Column::words("LIMITER"),
        Column::sentences("RULE"),
        Column::sentences("PER"),
        Column::numbers("OFFERED"),
        Column::numbers("THROTTLED"),
        Column::numbers("OTHERS' SHARE").optional(),
        Column::numbers("BUSIEST MINUTE, RUN 0").optional(),
    ]);
    let count = |figure| cells::estimate(figure, Unit::Count, variant.runs);
    for limiter in &variant.limiters {
        let keys = match key_count(limiter) {
            1 => limiter.scope.clone(),
            keys => format!("{} ({keys} keys)", limiter.scope),
        };
        let busiest = limiter.busiest_minute.as_ref().map(busiest);
        table.row([
            limiter.name.as_str().into(),
            rule(limiter).into(),
            keys.into(),
            count(&limiter.offered).into(),
            count(&limiter.throttled).into(),
            cells::mean(&limiter.background_share, Unit::Share, variant.runs).into(),
            busiest.unwrap_or("-".to_owned()).into(),
        ]);
    }
    table
}

/// How many keys a limiter has met.
fn key_count(limiter: &LimiterReport) -> u64 {
    let others = limiter.other_keys.as_ref().map_or(0, |others| others.keys);
    limiter.keys.len() as u64 + others
}

/// The keys of a limiter that were asked most, and the others together.
fn keys(limiter: &LimiterReport) -> Table {
    let mut table = Table::new([
        Column::words(&format!("{} BY KEY, RUN 0", limiter.name)),
        Column::numbers("OFFERED"),
        Column::numbers("THROTTLED"),
        Column::numbers("BUSIEST MINUTE"),
    ]);
    let (shown, rest) = limiter.keys.split_at(limiter.keys.len().min(KEYS_MAX));
    for key in shown {
        let busiest = key.busiest_minute.as_ref().map_or("-".to_owned(), busiest);
        table.row([
            key.key.as_str().into(),
            key.offered.to_string().into(),
            key.throttled.to_string().into(),
            busiest.into(),
        ]);
    }
    let others = key_count(limiter) - shown.len() as u64;
    if others > 0 {
        let (mut offered, mut throttled) = limiter
            .other_keys
            .as_ref()
            .map_or((0, 0), |others| (others.offered, others.throttled));
        offered += rest.iter().map(|key| key.offered).sum::<u64>();
        throttled += rest.iter().map(|key| key.throttled).sum::<u64>();
        table.row([
            format!("{others} others").into(),
            offered.to_string().into(),
            throttled.to_string().into(),
            "".into(),
        ]);
    }
    table
}

fn busiest(minute: &BusiestMinute) -> String {
    format!("{} from {}", minute.attempts, words::seconds(minute.from))
}

fn rule(limiter: &LimiterReport) -> String {
    match (&limiter.inferred, &limiter.assumption) {
        (Some(inferred), _) => format!("{} ({inferred}, see ASSUMED)", limiter.rule),
        (None, Some(_)) => format!("{} (see ASSUMED)", limiter.rule),
        (None, None) => limiter.rule.clone(),
    }
}

fn metrics(variant: &VariantReport) -> Table {
    let mut table = Table::new([
        Column::words("METRIC"),
        Column::numbers("MEAN"),
        Column::numbers("95 % INTERVAL"),
        Column::numbers("SMALLEST").optional(),
        Column::numbers("LARGEST").optional(),
    ]);
    for metric in &variant.metrics {
        let (figure, unit) = (&metric.figure, metric.unit);
        let end = |end: Option<f64>| end.map_or(String::new(), |end| cells::value(end, unit));
        let varies = figure.min != figure.max || figure.never > 0;
        let (smallest, largest) = match varies {
            true if figure.never > 0 => (end(figure.min), "never".to_owned()),
            true => (end(figure.min), end(figure.max)),
            false => Default::default(),
        };
        table.row([
            metric.path.as_str().into(),
            cells::mean(figure, unit, variant.runs).into(),
            cells::interval(figure, unit).into(),
            smallest.into(),
            largest.into(),
        ]);
    }
    table
}
