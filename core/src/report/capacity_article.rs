//! A capacity report, told to a person.

use super::article::Article;
use super::capacity_target::target;
use super::cells;
use super::model::Figure;
use super::page::Tone;
use super::recommend_article::tell;
use super::run_article::verdict;
use super::table::{Cell, Column, Table};
use super::words;
use crate::capacity::{
    Answer, Capacity, Headroom, Known, Load, Measure, Quota, Raise, Unsure, VariantCapacity,
};
use crate::judge::Status;
use crate::metric::Unit;

/// Raises are told with their sources of so many variants; of all in a table.
const QUOTAS_TOLD: usize = 1;

/// Why loads are no answer to what is expected.
const TOO_FEW: &str = "too few entities for a quantile that is expected";

/// Which variants hold at the target, where one is asked for; up to which load each holds; headroom and quota of *today*; then the curves.
pub fn capacity_article(capacity: &Capacity) -> Article {
    capacity_article_with(capacity, None)
}

/// The same with the command that finds the quota of *today*, for who has not found it out.
pub(crate) fn capacity_article_with(capacity: &Capacity, finds: Option<&str>) -> Article {
    let mut article = Article::new();
    let unit = capacity.unit.as_str();
    if capacity.interrupted {
        let text = "this is what was known by then";
        article.fact("INTERRUPTED", Tone::Warn, text);
    }
    target(capacity, &mut article);
    for (place, variant) in capacity.variants.iter().enumerate() {
        let (tone, text) = holds(capacity, variant);
        let label = match (place, variant.falling) {
            (0, false) => "HOLDS TO",
            (0, true) => "HOLDS FROM",
            _ => "",
        };
        article.fact(label, tone, text);
    }
    let today = capacity.variants.first();
    if let Some(today) = today
        && let Some(headroom) = &today.headroom
    {
        let (tone, text) = spare(capacity, headroom, today.falling);
        article.fact("HEADROOM", tone, text);
    }
    for variant in capacity.variants.iter().take(QUOTAS_TOLD) {
        if let Some(quota) = &variant.quota {
            let (tone, text) = needs(&variant.name, quota, unit, finds);
            article.fact("QUOTA", tone, text);
            for raise in &quota.raises {
                article.fact("", Tone::Strong, source(raise));
            }
        }
    }
    article.gap();
    article.table(overview(capacity));
    for variant in &capacity.variants {
        let title = format!("{}, by {}", variant.name, capacity.path);
        let mut curve = Article::new();
        curve.table(curve_of(capacity, variant));
        article.folded(&title, curve);
    }
    let sets = capacity.variants.iter().take(QUOTAS_TOLD);
    let sets = sets.flat_map(|it| &it.quota).flat_map(|it| &it.raises);
    let sets: Vec<String> = sets.filter_map(set).collect();
    article.gap();
    if !sets.is_empty() {
        article.fact("TRY IT", Tone::Strong, sets.join(" "));
    }
    let asked = capacity.variants.iter().take(QUOTAS_TOLD);
    let asked = asked.flat_map(|it| &it.quota).flat_map(|it| &it.requests);
    for (index, request) in asked.enumerate() {
        if index == 0 {
            article.heading("To ask for it");
        }
        tell(request, &mut article);
    }
    article.gap();
    article.facts("NOTE", capacity.notes.iter().map(String::as_str));
    article.aside(format!(
        "Bounds and means are over runs with common random numbers, ± half a 95 % interval; seed \
         {}. Knee: the load from which throttled attempts \
         outgrow it.",
        capacity.seed
    ));
    article
}

/// `today holds to 1 workflow, fails at 2 (ci.jobs.failed == 0 is broken)`.
fn holds(capacity: &Capacity, variant: &VariantCapacity) -> (Tone, String) {
    let unit = capacity.unit.as_str();
    let name = &variant.name;
    let broken = || match variant.broken.as_slice() {
        [] => String::new(),
        [broken] => format!(" ({broken} is broken)"),
        broken => format!(" (broken: {})", broken.join("; ")),
    };
    // Easier loads are those above where less is more.
    let between = match (&variant.holds_to, variant.falling) {
        (Some(_), _) => "what lies between",
        (None, false) => "what lies below",
        (None, true) => "what lies above",
    };
    let sure = match variant.unsure {
        None => String::new(),
        Some(Unsure::Undecided) => format!("; {between} is undecided"),
        Some(Unsure::Skipped) => format!("; {between} is not judged: {TOO_FEW}"),
        Some(Unsure::RunsSpent) => format!("; the runs allowed did not suffice for {between}"),
        Some(Unsure::Interrupted) => format!("; {between} was not finished"),
    };
    let fails = match &variant.fails_from {
        Some(_) if variant.holds_to.is_none() && fails_at_both_ends(capacity, variant) => {
            let (from, to) = (&capacity.from.text, &capacity.to.text);
            format!("fails at {from} and at {to}{}", broken())
        }
        Some(fails) if variant.holds_to.is_none() && !variant.falling => {
            format!("fails at {} already{}{sure}", fails.named(unit), broken())
        }
        Some(fails) => format!("fails at {}{}{sure}", fails.text, broken()),
        None if variant.unsure.is_some() => "beyond that it is undecided".to_owned(),
        None => "that is the end of the range".to_owned(),
    };
    let again = match variant.holds_again.as_slice() {
        [] => String::new(),
        again => {
            let again: Vec<&str> = again.iter().map(|load| load.text.as_str()).collect();
            format!(
                ", and beyond that holds at {}, where arrivals happen to fit the limit or chance has \
                 it: no load to plan with",
                again.join(", ")
            )
        }
    };
    let way = if variant.falling { "from" } else { "to" };
    let more = match (variant.or_more, variant.falling) {
        (true, false) => " or more",
        (true, true) => " or less",
        (false, _) => "",
    };
    match &variant.holds_to {
        Some(load) => {
            let tone = match variant.unsure {
                None => Tone::Good,
                Some(_) => Tone::Warn,
            };
            let text = format!(
                "{name} holds {way} {}{more}, {fails}{again}",
                load.named(unit)
            );
            (tone, text)
        }
        None if variant.fails_from.is_some() => (Tone::Bad, format!("{name} {fails}{again}")),
        None if variant.unsure == Some(Unsure::Skipped) => (
            Tone::Warn,
            format!("{name} is judged at no load: {TOO_FEW}{again}"),
        ),
        None => (
            Tone::Warn,
            format!("{name} is undecided at any load{again}"),
        ),
    }
}

/// Whether a number of which more may be easier breaks at both ends of its range.
fn fails_at_both_ends(capacity: &Capacity, variant: &VariantCapacity) -> bool {
    let is_count = capacity.measure == Measure::Count && capacity.path.starts_with("workloads.");
    let fails = |end: &Load| {
        let mut curve = variant.curve.iter();
        curve.any(|it| it.load == *end && it.verdict == Status::Broken)
    };
    !is_count && capacity.from != capacity.to && fails(&capacity.from) && fails(&capacity.to)
}

/// `today has 2 workflows, 1 more than hold (-50 %)`.
fn spare(capacity: &Capacity, headroom: &Headroom, falling: bool) -> (Tone, String) {
    let now = headroom.now.named(&capacity.unit);
    if headroom.known == Known::NotAtAll {
        let (from, to) = (&capacity.from.text, &capacity.to.text);
        let looked = match from == to {
            true => format!("{from} alone does not tell"),
            false => format!("{from} to {to} does not tell"),
        };
        let says = match headroom.verdict {
            Status::Met => format!("which holds; {looked} how far it could go"),
            Status::Broken => format!("which does not hold; {looked} what would"),
            Status::Undecided => format!("which is undecided; {looked} what would hold"),
            Status::Skipped => "which is not judged: too few entities for a quantile".to_owned(),
        };
        let text = format!("today has {now}, {says}");
        return (Tone::Warn, text);
    }
    let (more, less) = match falling {
        false => ("more", "more than hold"),
        true => ("less", "less than holds"),
    };
    let amount = amount(headroom.spare.abs(), capacity.measure);
    let percent = headroom.spare_percent.map_or(String::new(), |percent| {
        let sign = if percent > 0.0 { "+" } else { "" };
        format!(" ({sign}{} %)", words::number(percent))
    });
    let least = match headroom.known {
        Known::AtLeast => "at least ",
        Known::Exactly | Known::NotAtAll => "",
    };
    match headroom.spare {
        spare if spare > 0.0 => {
            let text = format!("today has {now}; {least}{amount} {more} would hold{percent}");
            (Tone::Good, text)
        }
        spare if spare < 0.0 => {
            let less = match headroom.known {
                Known::AtLeast => less.replace("hold", "surely hold"),
                Known::Exactly | Known::NotAtAll => less.to_owned(),
            };
            let text = format!("today has {now}, {amount} {less}{percent}");
            (Tone::Bad, text)
        }
        _ if headroom.verdict == Status::Met => (
            Tone::Warn,
            match headroom.known {
                Known::AtLeast => {
                    format!("today has {now}; whether {more} would hold is not known")
                }
                Known::Exactly | Known::NotAtAll => {
                    format!("today has {now}, and not one {more} would hold")
                }
            },
        ),
        _ => (Tone::Bad, format!("today has {now}, and holds at no load")),
    }
}

/// So much of a load.
pub(super) fn amount(number: f64, measure: Measure) -> String {
    match measure {
        Measure::Count | Measure::Other => words::number(number),
        Measure::PerSecond => format!("{}/s", words::number(number)),
        Measure::Seconds => words::seconds(number),
    }
}

/// What a target needs, in a sentence.
fn needs(name: &str, quota: &Quota, unit: &str, finds: Option<&str>) -> (Tone, String) {
    let target = format!("{name} at {}", quota.target.named(unit));
    let raises: Vec<String> = quota.raises.iter().map(change).collect();
    let raises = raises.join(" and ");
    match quota.answer {
        Answer::Nothing => (
            Tone::Good,
            format!("{target} holds with the limits of today"),
        ),
        Answer::Raises => (Tone::Strong, format!("{target} needs {raises}")),
        Answer::CannotBeRaised => {
            let text = format!("{target} would need {raises}, which is not to be had");
            (Tone::Bad, text)
        }
        Answer::NoQuota => {
            let broken = quota.broken.join(" and ");
            let text = format!("no quota makes {target} hold: {broken} breaks without limits too");
            (Tone::Bad, text)
        }
        Answer::NotJudged => (Tone::Warn, format!("{target} is not judged: {TOO_FEW}")),
        Answer::Unknown => {
            let finds = finds.map_or(String::new(), |it| format!("; `{it}` looks for it longer"));
            let text = format!("what {target} needs was not found out{finds}");
            (Tone::Warn, text)
        }
    }
}

/// `ecr GetAuthorizationToken raised from 500/s to 640/s`.
fn change(raise: &Raise) -> String {
    let Raise {
        service,
        limiter,
        from,
        to,
        factor,
        ..
    } = raise;
    let percent = words::number(((factor - 1.0) * 1_000.0).round() / 10.0);
    format!("{service} {limiter} raised from {from} to {to} (+{percent} %)")
}

fn source(raise: &Raise) -> String {
    let name = format!("{} {}", raise.service, raise.limiter);
    let can = match raise.raisable {
        _ if raise.own => format!(
            "{name} is a setting of your own {}, which you raise yourself",
            match raise.service.as_str() {
                "kubelet" => "kubelets (registryPullQPS, registryBurst)",
                other => other,
            }
        ),
        Some(true) => format!("{name} can be raised on request"),
        Some(false) => format!("{name} is not raised, says the provider"),
        None => format!("nobody says whether {name} can be raised"),
    };
    format!("{can}: {}", raise.source)
}

fn set(raise: &Raise) -> Option<String> {
    let (path, value) = raise.set.as_ref()?;
    Some(format!("--set '{path}={value}'"))
}

/// The variants below one another.
fn overview(capacity: &Capacity) -> Table {
    let all_fall = capacity.variants.iter().all(|it| it.falling);
    // Of what is no load nobody asks for a quota.
    let has_quotas = capacity.variants.iter().any(|it| it.quota.is_some());
    let quotas = has_quotas.then(|| Column::sentences(&quota_title(capacity)).optional());
    let columns = [
        Column::words("VARIANT"),
        Column::numbers(if all_fall { "HOLDS FROM" } else { "HOLDS TO" }),
        Column::numbers("FAILS AT"),
        Column::numbers("HEADROOM"),
        Column::numbers("KNEE").optional(),
    ];
    let runs = Column::numbers("RUNS").optional();
    let mut table = Table::new(columns.into_iter().chain(quotas).chain([runs]));
    for variant in &capacity.variants {
        let text = |load: &Option<Load>| {
            let load = load.as_ref();
            load.map_or_else(|| "-".to_owned(), |load| load.text.clone())
        };
        let tone = match (&variant.holds_to, variant.unsure) {
            (Some(_), None) => Tone::Good,
            (None, None) => Tone::Bad,
            (_, Some(_)) => Tone::Warn,
        };
        let from = match variant.falling && !all_fall && variant.holds_to.is_some() {
            true => "from ",
            false => "",
        };
        let more = match (variant.or_more, variant.falling) {
            (true, false) => "+",
            (true, true) => " or less",
            (false, _) => "",
        };
        let percent = variant.headroom.as_ref().map_or_else(String::new, percent);
        let row = [
            variant.name.as_str().into(),
            Cell::new(tone, format!("{from}{}{more}", text(&variant.holds_to))),
            text(&variant.fails_from).into(),
            percent.into(),
            text(&variant.knee).into(),
        ];
        let quota = has_quotas.then(|| quota_cell(variant).into());
        let runs = variant.runs.to_string().into();
        table.row(row.into_iter().chain(quota).chain([runs]));
    }
    table
}

/// How much more would hold, in percent of today's load: `+200 %`, `+75 %+` if perhaps more.
fn percent(headroom: &Headroom) -> String {
    let more = match headroom.known {
        Known::AtLeast if headroom.spare >= 0.0 => "+",
        Known::Exactly | Known::AtLeast => "",
        Known::NotAtAll => return "not known".to_owned(),
    };
    headroom.spare_percent.map_or_else(String::new, |it| {
        let sign = if it > 0.0 { "+" } else { "" };
        format!("{sign}{} %{more}", words::number(it))
    })
}

fn quota_title(capacity: &Capacity) -> String {
    let mut targets = capacity.variants.iter().filter_map(|it| it.quota.as_ref());
    match targets.next() {
        Some(quota) if targets.all(|it| it.target == quota.target) => {
            format!("QUOTA FOR {}", quota.target.text)
        }
        _ => "QUOTA FOR TWICE".to_owned(),
    }
}

fn quota_cell(variant: &VariantCapacity) -> String {
    let Some(quota) = &variant.quota else {
        return String::new();
    };
    let raises = || {
        let raises = quota.raises.iter().map(|it| {
            let refused = if it.raisable == Some(false) {
                ", not raised"
            } else {
                ""
            };
            format!("{} {}{refused}", it.limiter, it.to)
        });
        raises.collect::<Vec<_>>().join("; ")
    };
    match quota.answer {
        Answer::Nothing => "none needed".to_owned(),
        Answer::Raises | Answer::CannotBeRaised => raises(),
        Answer::NoQuota => "no quota helps".to_owned(),
        Answer::Unknown => "not found out".to_owned(),
        Answer::NotJudged => "not judged".to_owned(),
    }
}

/// The loads of a variant below one another.
fn curve_of(capacity: &Capacity, variant: &VariantCapacity) -> Table {
    let units = capacity.units.rsplit('.').next().unwrap_or_default();
    let quantile = capacity.start_delay.rsplit('.').next().unwrap_or_default();
    let load = capacity.path.rsplit('.').next().unwrap_or_default();
    let mut table = Table::new([
        Column::numbers(&load.to_uppercase()),
        Column::words("VERDICT"),
        Column::numbers(&format!("FAILED {}", units.to_uppercase())),
        Column::numbers("START DELAY MEAN").optional(),
        Column::numbers(&format!("START DELAY {}", quantile.to_uppercase())),
        Column::numbers("FINISHED AFTER"),
        Column::numbers("BEST POSSIBLE").optional(),
        Column::numbers("THROTTLED"),
        Column::numbers("RUNS").optional(),
    ]);
    for point in &variant.curve {
        let runs = point.runs;
        let seconds = |figure: &Figure| cells::estimate(figure, Unit::Seconds, runs);
        let is_knee = variant.knee.as_ref() == Some(&point.load);
        let mark = if is_knee { "knee " } else { "" };
        table.row([
            format!("{mark}{}", point.load.text).into(),
            verdict(point.verdict),
            cells::estimate(&point.failed, Unit::Count, runs).into(),
            seconds(&point.start_delay_mean).into(),
            seconds(&point.start_delay_judged).into(),
            seconds(&point.finished_after).into(),
            point
                .best_possible
                .map_or_else(|| "-".to_owned(), |it| cells::quantity(it, Unit::Seconds))
                .into(),
            cells::estimate(&point.throttled_share, Unit::Share, runs).into(),
            runs.to_string().into(),
        ]);
    }
    table
}
