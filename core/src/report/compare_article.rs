//! Variants side by side, told to a person.

use super::article::Article;
use super::cells;
use super::model::{Figure, Headline, Report, VariantReport};
use super::page::Tone;
use super::run_article::{TOO_FEW, foot, head, verdict};
use super::table::{Column, Table};
use crate::metric::Unit;

/// What failed and when it was finished stand before *best possible*, which they are held against.
const BEFORE_BEST: usize = 2;

/// Columns behind the start delay, which *last start* is beside.
const AFTER_DELAY: usize = 3;

/// What *last start* says that start delays do not.
const LAST_START: &str = "`LAST START`: from the beginning until the last one started; a start \
                          delay counts from when one is wanted, which of a later wave is the wave's \
                          beginning";

/// A column that compares: heading, unit, figure, and whether a narrow page can do without.
struct Compared {
    heading: String,
    unit: Unit,
    of: fn(&Headline) -> Option<&Figure>,
    optional: bool,
}

impl Compared {
    fn column(&self) -> Column {
        let column = Column::numbers(&self.heading);
        if self.optional {
            column.optional()
        } else {
            column
        }
    }
}

/// The comparison: *today* first, then each variant, then the paired differences.
pub fn compare_article(report: &Report) -> Article {
    let mut article = Article::new();
    head(report, &mut article);
    runs_line(report, &mut article);
    article.gap();
    article.table(side_by_side(report));
    article.aside(best_legend(report));
    if let Some(legend) = whose(report) {
        article.aside(legend);
    }
    let missing = |variant: &VariantReport| variant.headline.start_delay_p90.mean.is_none();
    if report.variants.iter().any(missing) {
        article.aside(TOO_FEW);
    }
    let has_last = |variant: &VariantReport| variant.headline.last_start.is_some();
    if report.variants.iter().any(has_last) {
        article.aside(LAST_START);
    }
    let differences = differences(report);
    if !differences.is_empty() {
        article.heading("Difference to today in the same runs, ± half its 95 % interval");
        article.table(differences);
    }
    let mut what = Article::new();
    for variant in report.variants.iter().skip(1) {
        what.fact(&variant.name, Tone::Strong, sets(variant));
    }
    article.folded("What each variant sets", what);
    cut_offs(report, &mut article);
    foot(report, &mut article);
    article
}

/// Whose numbers a table of variants has, where a scenario has several workloads.
pub(super) fn whose(report: &Report) -> Option<String> {
    let head = &report.variants.first()?.headline;
    let others: Vec<String> = head.others.iter().map(|name| format!("`{name}`")).collect();
    let (last, before) = others.split_last()?;
    let others = match before {
        [] => last.clone(),
        _ => format!("{} and {last}", before.join(", ")),
    };
    Some(format!(
        "Numbers are those of `{}`; `pullstorm run --variant NAME` has those of {others}",
        head.workload
    ))
}

/// What *best possible* is, and what sets that of today.
fn best_legend(report: &Report) -> String {
    let what = "`BEST POSSIBLE`: a lower limit on finished after, whenever clients try again";
    let today = report.variants.first().map(|today| &today.best_possible);
    match today.filter(|best| !best.set_by.is_empty()) {
        Some(best) => format!("{what}; today's is set by {}", best.set_by),
        None => what.to_owned(),
    }
}

fn runs_line(report: &Report, article: &mut Article) {
    let Some(today) = report.variants.first() else {
        return;
    };
    let counts = || report.variants.iter().map(|variant| variant.runs);
    let runs = match (counts().min(), counts().max()) {
        (Some(least), Some(most)) if least < most => format!("{least} to {most} runs"),
        (_, Some(1)) => "1 run".to_owned(),
        (_, most) => format!("{} runs", most.unwrap_or(0)),
    };
    article.fact(
        "RUNS",
        Tone::Faint,
        format!(
            "{runs} a variant, of which these are means, with the same random numbers; seed {}; digest of today {}",
            report.seed, today.digest
        ),
    );
}

/// What a variant changes: its sentence and its paths.
fn sets(variant: &VariantReport) -> String {
    let overrides: Vec<String> = variant
        .overrides
        .iter()
        .map(|(path, value)| format!("{path}={value}"))
        .collect();
    match (variant.about.is_empty(), overrides.is_empty()) {
        (true, _) => overrides.join("; "),
        (false, true) => variant.about.clone(),
        (false, false) => format!("{}: {}", variant.about, overrides.join("; ")),
    }
}

fn cut_offs(report: &Report, article: &mut Article) {
    let cut = report.variants.iter().filter_map(|variant| {
        let why = variant.cut_off.as_ref()?;
        Some(format!("{}: {why}", variant.name))
    });
    let cut: Vec<String> = cut.collect();
    if !cut.is_empty() {
        article.gap();
        article.facts("CUT OFF", cut);
    }
}

fn columns(report: &Report) -> Vec<Compared> {
    let Some(today) = report.variants.first() else {
        return Vec::new();
    };
    let units = today.headline.units.to_uppercase();
    let calls = today.headline.calls.to_uppercase();
    let column = |heading: String, unit, of| Compared {
        heading,
        unit,
        of,
        optional: false,
    };
    let optional = |heading: String, unit, of| Compared {
        heading,
        unit,
        of,
        optional: true,
    };
    use Unit::{Count, Ratio, Seconds};
    let mut columns = vec![
        column(format!("FAILED {units}"), Count, |head| Some(&head.failed)),
        column("FINISHED AFTER".to_owned(), Seconds, |head| {
            Some(&head.finished_after)
        }),
        optional("START DELAY P90".to_owned(), Seconds, |head| {
            Some(&head.start_delay_p90)
        }),
        optional(format!("FIRST {calls} THROTTLED"), Count, |head| {
            Some(&head.first_throttled)
        }),
        optional(format!("TRIES PER {}", singular(&calls)), Ratio, |head| {
            Some(&head.amplification)
        }),
        optional(format!("FAILED {calls}"), Count, |head| {
            Some(&head.calls_failed)
        }),
    ];
    if report.variants.iter().any(has_lowest) {
        let lowest = column("LOWEST RUNNING".to_owned(), Count, |head| {
            head.running_lowest.as_ref()
        });
        columns.insert(BEFORE_BEST, lowest);
    }
    if today.headline.last_start.is_some() {
        let last = optional("LAST START".to_owned(), Seconds, |head| {
            head.last_start.as_ref()
        });
        let after_delay = columns.len() - AFTER_DELAY;
        columns.insert(after_delay, last);
    }
    columns
}

/// Whether a variant has tasks that a rollout can take away.
pub(super) fn has_lowest(variant: &VariantReport) -> bool {
    variant.headline.running_lowest.is_some()
}

fn singular(plural: &str) -> &str {
    plural.strip_suffix('S').unwrap_or(plural)
}

fn side_by_side(report: &Report) -> Table {
    let compared = columns(report);
    let headings = [Column::words("VARIANT"), Column::words("VERDICT")]
        .into_iter()
        .chain(compared.iter().take(BEFORE_BEST).map(Compared::column))
        .chain([Column::numbers("BEST POSSIBLE").optional()])
        .chain(compared.iter().skip(BEFORE_BEST).map(Compared::column));
    let unseen = |variant: &VariantReport| variant.broken_because.is_some();
    let because = report.variants.iter().any(unseen);
    let because = because.then(|| Column::sentences("FAILS BECAUSE"));
    let has_because = because.is_some();
    let mut table = Table::new(headings.chain(because));
    for variant in &report.variants {
        let best = cells::quantity(variant.best_possible.finished_after, Unit::Seconds);
        let figure = |column: &Compared| {
            let figure = (column.of)(&variant.headline);
            let told = figure.map(|it| cells::estimate(it, column.unit, variant.runs));
            told.unwrap_or_default().into()
        };
        let row = [variant.name.as_str().into(), verdict(variant.verdict)]
            .into_iter()
            .chain(compared.iter().take(BEFORE_BEST).map(figure))
            .chain([best.into()])
            .chain(compared.iter().skip(BEFORE_BEST).map(figure));
        let because = variant.broken_because.clone().unwrap_or_default();
        table.row(row.chain(has_because.then(|| because.into())));
    }
    table
}

/// Whether it is never in any run: then no difference can be taken.
fn is_never(figure: &Figure) -> bool {
    figure.never > 0
}

fn differences(report: &Report) -> Table {
    // A column in which nothing differs says nothing.
    let Some(today) = report.variants.first() else {
        return Table::default();
    };
    let differs = |of: fn(&Headline) -> Option<&Figure>| {
        report.variants.iter().skip(1).any(|variant| {
            let pair = of(&variant.headline).zip(of(&today.headline));
            pair.is_some_and(|(figure, before)| {
                let difference = figure.difference.as_ref();
                difference.is_some_and(|difference| difference.mean != 0.0)
                    || is_never(figure) != is_never(before)
            })
        })
    };
    let compared: Vec<Compared> = columns(report)
        .into_iter()
        .filter(|column| differs(column.of))
        .collect();
    let headings = [Column::words("VARIANT")]
        .into_iter()
        .chain(compared.iter().map(Compared::column));
    let mut table = Table::new(headings);
    if compared.is_empty() {
        return table;
    }
    for variant in report.variants.iter().skip(1) {
        let figures = compared.iter().map(|column| {
            let pair = (column.of)(&variant.headline).zip((column.of)(&today.headline));
            let Some((own, before)) = pair else {
                return "".into();
            };
            match (is_never(before), is_never(own)) {
                (false, false) => cells::difference(own.difference.as_ref(), column.unit).into(),
                (true, false) => {
                    let now = own.mean.map(|mean| cells::quantity(mean, column.unit));
                    format!("now {}", now.unwrap_or_default()).into()
                }
                (false, true) => "now never".into(),
                (true, true) => "never".into(),
            }
        });
        let row = [variant.name.as_str().into()].into_iter().chain(figures);
        table.row(row);
    }
    table
}
