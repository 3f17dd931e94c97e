//! Both columns from runs that other workers have made.

use super::kept::{Kept, Source, Today};
use crate::protocol::{Column, CompareTask, Comparison, Credits, Exports, Row, Text, Trouble};
use pullstorm_core::metric::Unit;
use pullstorm_core::recommend::newer_presets;
use pullstorm_core::replicate::{Prepared, RunSummary, Workers, run_one};
use pullstorm_core::report::model::{Figure, Label, LimiterReport, Report, VariantReport};
use pullstorm_core::report::{
    Article, Judged, Tone, cells, compare_article, headlines, metrics_csv, report_of,
    variant_report,
};
use pullstorm_core::units::Span;
use std::cell::{Cell, RefCell};

/// More points than a small picture has pixels are never seen.
const POINTS_MAX: usize = 240;

/// Judges both columns as the command line would, as far as there are runs.
///
/// # Errors
/// What is wrong with one of the texts.
pub fn compare(kept: &mut Kept, task: &CompareTask) -> Result<Comparison, Trouble> {
    let of = |at: usize| Source {
        text: task.texts[at].clone(),
        seed: task.seed,
        asked: task.runs,
        runs: task.known[at].len(),
        until: None,
    };
    compare_from(kept, [of(0), of(1)], |at, _| {
        let runs = task.known[at].iter();
        runs.map(|run| postcard::from_bytes(run).ok()).collect()
    })
}

/// Both columns by run 0 of each, made here, up to a time.
///
/// # Errors
/// What is wrong with one of the texts.
pub fn first(
    kept: &mut Kept,
    texts: [Text; 2],
    until: Span,
    seed: Option<u64>,
) -> Result<Comparison, Trouble> {
    let own = kept.prepared(&texts[0])?.scenario.seed;
    let seed = seed.unwrap_or(own);
    let of = texts.map(|text| Source {
        text,
        seed: Some(seed),
        asked: Some(1),
        runs: 1,
        until: Some(until),
    });
    compare_from(kept, of, |_, prepared| {
        vec![Some(run_one(prepared, seed, 0))]
    })
}

/// Both columns, each from its runs; *today*'s report where it is not kept from an earlier comparison.
fn compare_from(
    kept: &mut Kept,
    from: [Source; 2],
    runs: impl Fn(usize, &Prepared) -> Vec<Option<RunSummary>>,
) -> Result<Comparison, Trouble> {
    let [from_today, from_what_if] = from;
    // First, for it may be wrong while somebody types, and *today* is taken out for as long as this lasts.
    let mut prepared = kept.cut(&from_what_if)?;
    let today = match kept.take_today(&from_today) {
        Some(today) => today,
        None => {
            let prepared = kept.cut(&from_today)?;
            let seed = from_today.seed.unwrap_or(prepared.scenario.seed);
            let known = Known::new(runs(0, &prepared));
            let (judged, wanted) = known.judged(prepared, seed, from_today.asked)?;
            Today {
                from: from_today,
                report: variant_report(&judged, None),
                judged,
                wanted,
            }
        }
    };
    // Common random numbers: both columns have the seed of today.
    let seed = today.judged.seed;
    "what-if".clone_into(&mut prepared.name);
    "what-if".clone_into(&mut prepared.plan.variant);
    let known = Known::new(runs(1, &prepared));
    let (what_if, wanted) = known.judged(prepared, seed, from_what_if.asked)?;
    let variants = vec![
        today.report.clone(),
        variant_report(&what_if, Some(&today.judged)),
    ];
    let judged = [today.judged, what_if];
    let report = report_of(&judged, variants, seed);
    let comparison = Comparison {
        rows: rows(&report),
        columns: [0, 1].map(|at| column(&judged[at], &report.variants[at])),
        wanted: [today.wanted, wanted],
        command: format!(
            "pullstorm run {} --seed {} --runs {}",
            report.scenario, report.seed, report.variants[0].runs
        ),
        exports: Exports {
            markdown: compare_article(&report).markdown(),
            json: serde_json::to_string_pretty(&report).unwrap_or_default(),
            csv: metrics_csv(&report),
        },
    };
    let [judged, _] = judged;
    kept.keep_today(Today { judged, ..today });
    Ok(comparison)
}

/// Runs that are there already. What is missing is noted, and nobody makes it here.
struct Known {
    runs: RefCell<Vec<Option<RunSummary>>>,
    wanted: Cell<u32>,
    stopped: Cell<bool>,
}

impl Known {
    fn new(runs: Vec<Option<RunSummary>>) -> Self {
        Known {
            runs: RefCell::new(runs),
            wanted: Cell::new(0),
            stopped: Cell::new(false),
        }
    }

    /// What they say, and how many runs are wanted.
    fn judged(
        &self,
        prepared: Prepared,
        seed: u64,
        asked: Option<u32>,
    ) -> Result<(Judged, u32), Trouble> {
        let judged = Judged::new(prepared, self, seed, asked);
        if judged.runs.is_empty() {
            return Err("no run was made".to_owned().into());
        }
        let wanted = self.wanted.get().max(judged.runs.len() as u32);
        Ok((judged, wanted))
    }
}

impl Workers for Known {
    fn run(&self, _: &Prepared, _: u64, first: u32, count: u32) -> Vec<RunSummary> {
        let until = first.saturating_add(count);
        self.wanted.set(self.wanted.get().max(until));
        let mut runs = self.runs.borrow_mut();
        let there = runs.iter_mut().skip(first as usize).take(count as usize);
        let found: Vec<RunSummary> = there.map_while(Option::take).collect();
        self.stopped.set((found.len() as u32) < count);
        found
    }

    fn stopped(&self) -> bool {
        self.stopped.get()
    }
}

fn column(judged: &Judged, variant: &VariantReport) -> Column {
    let mut lines = headlines(judged, variant).into_iter();
    let first = lines.next().expect("a verdict comes first");
    let lines: Vec<_> = lines.collect();
    let assumed = lines.iter().find(|line| line.label == Label::Assumed);
    let assumptions = assumed.map_or_else(Vec::new, |line| {
        line.text.split("; ").map(str::to_owned).collect()
    });
    let others = lines.iter().filter(|line| line.label != Label::Assumed);
    let lines = others.map(|line| (line.label.word().to_owned(), line.text.clone()));
    let newer = newer_presets(judged).into_iter();
    let newer = newer.map(|text| (Label::Today.word().to_owned(), text));
    Column {
        label: first.label.word().to_owned(),
        sentence: first.text,
        lines: lines.chain(newer).collect(),
        assumptions,
        runs: variant.runs,
        digest: variant.digest.clone(),
        credits: variant
            .limiters
            .iter()
            .max_by(|a, b| busy(a).total_cmp(&busy(b)))
            .map(credits),
        why: why(variant),
    }
}

fn busy(limiter: &LimiterReport) -> f64 {
    let of = |figure: &Figure| figure.mean_otherwise.unwrap_or(0.0);
    // What refuses most; where nothing refuses, what is asked most.
    of(&limiter.throttled) * 1e9 + of(&limiter.offered)
}

fn credits(limiter: &LimiterReport) -> Credits {
    let series = &limiter.series;
    let every = series.credits.len().div_ceil(POINTS_MAX).max(1);
    let points: Vec<(f64, f64)> = series
        .credits
        .chunks(every)
        .enumerate()
        .filter_map(|(at, bins)| {
            let least = bins.iter().flatten().copied().reduce(f64::min)?;
            Some(((at * every) as f64 * series.bin_seconds, least))
        })
        .collect();
    Credits {
        name: limiter.name.clone(),
        most: points.iter().map(|point| point.1).fold(0.0, f64::max),
        until: points
            .last()
            .map_or(0.0, |point| point.0 + series.bin_seconds),
        points,
    }
}

/// What is met in order, what binds, which loop multiplies what, and what calls are given up on.
fn why(variant: &VariantReport) -> Article {
    let mut article = Article::new();
    for way in &variant.ways {
        for link in &way.links {
            let throttled = cells::estimate(&link.throttled, Unit::Count, variant.runs);
            let offered = cells::estimate(&link.offered, Unit::Count, variant.runs);
            let binds = if link.binds { "; this one binds" } else { "" };
            article.item(format!(
                "{} meets {}: {throttled} of {offered} throttled{binds}",
                way.workload, link.name
            ));
        }
    }
    for retry in &variant.loops {
        let times = cells::estimate(&retry.amplification, Unit::Ratio, variant.runs);
        article.item(format!(
            "{} ({}) multiplies by {times}",
            retry.name, retry.policy
        ));
    }
    for cause in &variant.causes {
        let often = cells::value(cause.per_run, Unit::Count);
        article.item(format!("{} ({often} a run)", cause.text));
    }
    if article.blocks().is_empty() {
        article.fact("WHY", Tone::Faint, "nothing is in its way");
    }
    article
}

fn rows(report: &Report) -> Vec<Row> {
    let [today, what_if] = [0, 1].map(|at| &report.variants[at]);
    let head = &today.headline;
    let row = |heading: String, unit: Unit, of: fn(&VariantReport) -> &Figure| Row {
        heading,
        values: [
            cells::estimate(of(today), unit, today.runs),
            cells::estimate(of(what_if), unit, what_if.runs),
        ],
        difference: cells::difference(of(what_if).difference.as_ref(), unit),
    };
    let wanted = cells::value(head.wanted, Unit::Count);
    let heading = match what_if.headline.wanted == head.wanted {
        true => format!("{} that fail, of {wanted}", capital(&head.units)),
        false => format!("{} that fail", capital(&head.units)),
    };
    let mut rows = vec![
        row(heading, Unit::Count, |it| &it.headline.failed),
        row("Finished after".to_owned(), Unit::Seconds, |it| {
            &it.headline.finished_after
        }),
    ];
    rows.push(Row {
        heading: "Best possible".to_owned(),
        values: [today, what_if]
            .map(|it| cells::quantity(it.best_possible.finished_after, Unit::Seconds)),
        difference: String::new(),
    });
    let lowest = [today, what_if].map(|it| it.headline.running_lowest.as_ref());
    if lowest.iter().any(Option::is_some) {
        let told = |figure: Option<&Figure>, runs| {
            let told = figure.map(|it| cells::estimate(it, Unit::Count, runs));
            told.unwrap_or_else(|| "-".to_owned())
        };
        let difference = lowest[1].and_then(|it| it.difference.as_ref());
        rows.push(Row {
            heading: "Lowest running".to_owned(),
            values: [told(lowest[0], today.runs), told(lowest[1], what_if.runs)],
            difference: cells::difference(difference, Unit::Count),
        });
    }
    rows.push(row("Nine in ten started".to_owned(), Unit::Seconds, |it| {
        &it.headline.start_delay_p90
    }));
    if let (Some(before), Some(after)) = (&head.last_start, &what_if.headline.last_start) {
        rows.push(Row {
            heading: "The last started after".to_owned(),
            values: [
                cells::estimate(before, Unit::Seconds, today.runs),
                cells::estimate(after, Unit::Seconds, what_if.runs),
            ],
            difference: cells::difference(after.difference.as_ref(), Unit::Seconds),
        });
    }
    let heading = format!("First {} throttled", head.calls);
    rows.push(row(heading, Unit::Count, |it| &it.headline.first_throttled));
    let one = head.calls.strip_suffix('s').unwrap_or(&head.calls);
    let heading = format!("Attempts per {one}");
    rows.push(row(heading, Unit::Ratio, |it| &it.headline.amplification));
    rows
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}
