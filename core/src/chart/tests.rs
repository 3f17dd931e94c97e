//! What charts say about the incident of 2018, what they must survive, and how they look.

use super::*;
use crate::compile::compile;
use crate::engine::simulate;
use crate::limiter::{Algorithm, Refill, Spec, TokenBucketSpec};
use crate::outcome::{CutOff, Outcome};
use crate::plan::{BlockRole, Hint, LimiterPlan, Plan};
use crate::record::{self, Bin};
use crate::replicate::{Prepared, prepare};
use crate::scenario::Document;
use crate::scenario::model::Scope;
use crate::statistics::Samples;
use crate::units::{Rate, Span, Time};

const INCIDENT: &[u8] = include_bytes!("../../../scenarios/circleci-ecr-fanout.yaml");
const WIDE: Size = Size {
    width: 1_200,
    height: 480,
};
const NARROW: Size = Size {
    width: 400,
    height: 480,
};

struct Ran {
    plan: Plan,
    outcome: Outcome,
    series: record::Series,
}

/// Run 0 of some variants of the incident.
fn incident(names: &[&str]) -> Vec<Ran> {
    let document = Document::parse("incident.yaml", INCIDENT).unwrap();
    let run = |name: &&str| {
        let variant = document.variants().iter().find(|v| v.name == *name);
        let scenario = variant.map_or(document.scenario(), |variant| &variant.scenario);
        let plan = compile(scenario, name).unwrap();
        let (outcome, series) = simulate(&plan, 1, 0, record::series(&plan));
        Ran {
            plan,
            outcome,
            series,
        }
    };
    names.iter().map(run).collect()
}

impl Ran {
    fn timeline(&self) -> Chart {
        let limiter = most_throttled(&self.outcome).unwrap();
        let data = TimelineData::of(&self.plan, &self.outcome, &self.series, limiter, 0);
        timeline(&data)
    }

    fn delays(&self) -> VariantDelays<'_> {
        let jobs = self
            .plan
            .blocks
            .iter()
            .position(|block| block.role == BlockRole::Unit);
        VariantDelays {
            name: &self.plan.variant,
            delays: &self.outcome.totals.blocks[jobs.unwrap()].start_delay,
            runs: 1,
        }
    }
}

fn bucket(burst: u64, rate: Rate) -> LimiterPlan {
    let refill = Refill::Continuous(rate);
    LimiterPlan {
        service: "registry".to_owned(),
        name: "login".to_owned(),
        spec: Spec::new(Algorithm::TokenBucket(TokenBucketSpec { burst, refill })),
        client_side: false,
        scope: Scope::AccountRegion,
        keys: vec!["all".to_owned()],
        error: 0,
        hint: Hint::None,
        background: Rate::ZERO,
        raisable: None,
        records: Vec::new(),
        source: String::new(),
        assumption: None,
    }
}

fn timeline_of(limiter: &LimiterPlan, bins: &[Bin], cut_off: Option<(CutOff, Time)>) -> Chart {
    timeline(&TimelineData {
        scenario: "fan-out",
        variant: "today",
        run: 0,
        limiter,
        bins,
        width: Span::from_millis(100),
        at_least: Time::ZERO,
        cut_off,
    })
}

/// 384 at once on 200 credits, then retries that thin out, over a background of one a second.
fn storm() -> Vec<Bin> {
    let mut bins = vec![Bin::default(); 500];
    bins[0] = Bin {
        admitted: 200,
        throttled: 184,
        background: 0,
        credits: Some(0.0),
    };
    for at in 1..500u64 {
        let asks = at.is_multiple_of(1 + at / 60);
        bins[at as usize] = Bin {
            admitted: u64::from(at.is_multiple_of(3) && asks),
            throttled: if asks { 600 / (at + 40) } else { 0 },
            background: u64::from(at.is_multiple_of(10) && asks),
            credits: asks.then_some((at as f64 / 25.0 - 5.0).max(0.0)),
        };
    }
    bins
}

fn samples(secs: impl IntoIterator<Item = f64>, nevers: u64) -> Samples {
    let mut samples = Samples::default();
    secs.into_iter()
        .for_each(|s| samples.record(Span::from_secs_f64(s)));
    (0..nevers).for_each(|_| samples.record_never());
    samples
}

fn delays_of(variants: &[(&str, &Samples)], runs: u64) -> Chart {
    let variants: Vec<VariantDelays<'_>> = variants
        .iter()
        .map(|(name, delays)| VariantDelays { name, delays, runs })
        .collect();
    start_delays(&DelaysData {
        scenario: "fan-out",
        workload: "ci",
        noun: "jobs",
        variants: &variants,
    })
}

/// Eight variants of 64 jobs, from none started to all at once.
fn eight() -> Vec<Samples> {
    (0..8u64)
        .map(|variant| {
            let started = [1, 33, 40, 64, 64, 64, 64, 0][variant as usize];
            let secs = (0..started).map(|job| (job * variant) as f64 * 0.2);
            samples(secs, 64 - started)
        })
        .collect()
}

fn eight_delays() -> Chart {
    let samples = eight();
    let names = [
        "today",
        "b",
        "c",
        "tuned",
        "login-per-job",
        "spaced",
        "g",
        "h",
    ];
    let variants: Vec<(&str, &Samples)> = names.into_iter().zip(&samples).collect();
    delays_of(&variants, 1)
}

/// Every element is closed in its turn, and nothing else stands between them: what a reader of XML
/// insists on. Returns the names of elements in the order of opening.
fn elements(svg: &str) -> Vec<&str> {
    let (mut open, mut seen) = (Vec::new(), Vec::new());
    let mut rest = svg;
    while let Some(at) = rest.find('<') {
        assert!(!rest[..at].contains('>'), "{}", &rest[..at]);
        let end = at + rest[at..].find('>').expect("a closed tag");
        let tag = &rest[at + 1..end];
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
        } else {
            let name = tag.split([' ', '/']).next().unwrap();
            seen.push(name);
            if !tag.ends_with('/') {
                open.push(name);
            }
        }
        rest = &rest[end + 1..];
    }
    assert!(open.is_empty(), "{open:?}");
    seen
}

#[test]
fn the_incident_is_told_in_words_and_numbers() {
    let chart = incident(&["today"])[0].timeline();
    assert_eq!(chart.title, "today: 184 of 384 attempts throttled");
    assert_eq!(
        chart.description,
        "384 attempts asked ecr GetAuthorizationToken: 200 were admitted, 184 throttled. The \
         busiest 100ms began at 0s with 384. The last was admitted at 0s. Of 200 credits 0 were \
         left at the least; refill 4/s."
    );
    let credits = &chart.panels[1].series[0];
    assert_eq!(credits.at(0.0), Some(0.0));
    // 200 credits at 4 a second are back after 50 s.
    assert_eq!(chart.x.end, 50.0);
    assert_eq!(credits.at(25.0), Some(100.0));
    assert_eq!(credits.at(50.0), Some(200.0));
}

#[test]
fn the_incident_has_a_start_delay_curve_for_each_variant() {
    let runs = incident(&["today", "tuned", "login-per-job"]);
    let variants: Vec<VariantDelays<'_>> = runs.iter().map(Ran::delays).collect();
    let chart = start_delays(&DelaysData {
        scenario: "circleci-ecr-fanout",
        workload: "ci",
        noun: "jobs",
        variants: &variants,
    });
    let series = &chart.panels[0].series;
    assert!(
        series[0].note.ends_with("of 64 never start"),
        "{}",
        series[0].note
    );
    assert!(series[1].note.starts_with("all 64 start, last after"));
    assert_eq!(series[2].note, "all 64 start at once");
    assert!(chart.title.ends_with("2 of 3 variants start them all"));
}

#[test]
fn an_overview_has_all_variants_in_one_chart_and_a_timeline_for_each() {
    let document = Document::parse("incident.yaml", INCIDENT).unwrap();
    let only = ["tuned", "login-per-job"].map(str::to_owned);
    let prepared = prepare(&document, &only).unwrap();
    let charts = of_variants(&prepared.iter().collect::<Vec<_>>(), 1, 3);
    let kinds: Vec<&str> = charts.iter().map(|chart| chart.kind).collect();
    assert_eq!(kinds, ["start-delays", "timeline", "timeline", "timeline"]);
    assert!(charts[0].subtitle.ends_with("mean of 3 runs"));
    let alone = incident(&["today"])[0].timeline();
    assert_eq!(charts[1].title, alone.title, "recording changes nothing");
    assert!(charts[1].x.end > alone.x.end);
    assert!(charts[1..].iter().all(|chart| chart.x == charts[1].x));
    assert!(overview(&[]).is_empty());
}

#[test]
fn of_too_many_variants_those_are_shown_that_leave_least_behind() {
    let document = Document::parse("incident.yaml", INCIDENT).unwrap();
    let tuned = document.variants().iter().find(|v| v.name == "tuned");
    let today = |name: String| Prepared::new(&name, "", &[], document.scenario()).unwrap();
    let mut prepared: Vec<Prepared> = (0..9).map(|n| today(format!("v{n}"))).collect();
    let tuned = &tuned.unwrap().scenario;
    prepared.push(Prepared::new("tuned", "", &[], tuned).unwrap());
    let charts = of_variants(&prepared.iter().collect::<Vec<_>>(), 1, 1);
    let names: Vec<&str> = charts[0].panels[0]
        .series
        .iter()
        .map(|s| s.name.as_str())
        .collect();
    assert_eq!(names, ["v0", "v1", "v2", "v3", "v4", "v5", "v6", "tuned"]);
    assert_eq!(charts.len(), 1 + VARIANTS_MAX);
}

#[test]
fn what_never_starts_is_the_gap_to_the_whole() {
    let chart = delays_of(&[("today", &samples((0..33).map(f64::from), 31))], 1);
    let panel = &chart.panels[0];
    assert_eq!(panel.series[0].note, "31 of 64 never start");
    assert_eq!(panel.gap_of(0), Some(33.0 / 64.0));
    assert_eq!(panel.series[0].at(1.0), Some(2.0 / 64.0));
    assert_eq!(chart.title, "Start delay of ci jobs: 31 of 64 never start");

    let all = delays_of(&[("today", &samples((0..3).map(f64::from), 0))], 1);
    assert_eq!(all.panels[0].gap_of(0), None);
    let none = delays_of(&[("today", &samples([], 5))], 1);
    assert_eq!(none.panels[0].gap_of(0), Some(0.0));
    assert_eq!(none.panels[0].series[0].note, "5 of 5 never start");
}

#[test]
fn over_many_runs_the_gap_is_that_of_a_mean_run() {
    let note = |nevers: u64| {
        let samples = samples((nevers..1_920).map(|_| 1.0), nevers);
        delays_of(&[("today", &samples)], 30).panels[0].series[0]
            .note
            .clone()
    };
    assert_eq!(note(882), "29.4 of 64 never start");
    assert_eq!(note(1), "0.0333 of 64 never start");
    assert_eq!(note(1_919), "63.9667 of 64 never start");
    assert_eq!(note(0), "all 64 start, last after 1s in the worst run");
}

#[test]
fn charts_of_nothing_say_so() {
    let limiter = bucket(200, Rate::per_second(4));
    for bins in [vec![], vec![Bin::default()]] {
        let chart = timeline_of(&limiter, &bins, None);
        assert_eq!(chart.title, "today: nobody asked registry login");
        assert!(
            chart
                .svg(WIDE, Theme::Light)
                .contains(">nobody asked</text>")
        );
    }
    for chart in [
        delays_of(&[], 1),
        delays_of(&[("today", &Samples::default())], 1),
    ] {
        let svg = chart.svg(NARROW, Theme::Dark);
        elements(&svg);
        assert!(svg.contains(">nothing was to start</text>"));
        assert!(!svg.contains("NaN"));
    }
}

#[test]
fn single_points_and_huge_numbers_are_drawn() {
    let one = Bin {
        admitted: 1,
        credits: Some(0.0),
        ..Bin::default()
    };
    let huge = Bin {
        admitted: u64::MAX / 2,
        throttled: u64::MAX / 2,
        background: u64::MAX / 3,
        credits: Some(1e18),
    };
    let limiters = [
        bucket(1, Rate::per_second(1)),
        bucket(u64::MAX / 4, Rate::per_second(u64::MAX / 4)),
        bucket(1, Rate::ZERO),
    ];
    let ages = samples([0.0, Span::MAX.as_secs_f64()], 1);
    let mut charts = vec![
        delays_of(&[("a", &ages)], 1),
        delays_of(&[("a", &samples([0.0], 0))], 1),
        delays_of(
            &[("a", &samples([1e-9], 0)), ("b", &samples([1e9], 3))],
            u64::MAX,
        ),
    ];
    for limiter in &limiters {
        for bins in [
            vec![one],
            vec![huge],
            vec![one; 1_024],
            vec![Bin::default(), huge, one],
        ] {
            charts.push(timeline_of(limiter, &bins, None));
            let cut_off = Some((CutOff::Events, Time::NEVER));
            charts.push(timeline_of(limiter, &bins, cut_off));
        }
    }
    for chart in &charts {
        for size in [
            WIDE,
            NARROW,
            Size {
                width: 0,
                height: 0,
            },
            Size {
                width: u32::MAX,
                height: u32::MAX,
            },
        ] {
            let svg = chart.svg(size, Theme::Auto);
            elements(&svg);
            assert!(
                !svg.contains("NaN") && !svg.contains("inf"),
                "{}",
                chart.title
            );
        }
        let table = chart.table();
        assert!(
            table
                .rows
                .iter()
                .all(|row| row.len() == table.columns.len())
        );
    }
}

#[test]
fn names_cannot_leave_their_place() {
    let evil = "</title><script>alert(1)</script>\" onload=\"x&y\u{0}\u{202e}";
    let limiter = LimiterPlan {
        service: evil.to_owned(),
        name: evil.to_owned(),
        keys: vec![evil.to_owned(), evil.to_owned()],
        ..bucket(10, Rate::per_second(1))
    };
    let bins = storm();
    let first = timeline(&TimelineData {
        scenario: evil,
        variant: evil,
        run: 0,
        limiter: &limiter,
        bins: &bins,
        width: Span::from_millis(100),
        at_least: Time::ZERO,
        cut_off: None,
    });
    let delays = samples([1.0], 1);
    let second = start_delays(&DelaysData {
        scenario: evil,
        workload: evil,
        noun: evil,
        variants: &[VariantDelays {
            name: evil,
            delays: &delays,
            runs: 1,
        }],
    });
    let svg = page(evil, &[first, second], NARROW, Theme::Auto);
    let seen = elements(&svg);
    assert!(!seen.contains(&"script"));
    assert!(!svg.contains('\0') && !svg.contains('\u{202e}'));
    assert!(svg.contains("&lt;script&gt;"));
}

#[test]
fn a_page_gets_no_style_but_attributes_unless_it_asks() {
    let chart = eight_delays();
    for theme in [Theme::Light, Theme::Dark] {
        let svg = chart.svg(WIDE, theme);
        assert!(!svg.contains("<style") && !svg.contains("style="));
    }
    assert!(
        chart
            .svg(WIDE, Theme::Auto)
            .contains("prefers-color-scheme:dark")
    );
    let page = page("two", &[chart.clone(), chart], WIDE, Theme::Auto);
    assert_eq!(page.matches("<style>").count(), 1);
}

#[test]
fn the_table_says_what_the_chart_shows() {
    let table = eight_delays().table();
    assert_eq!(table.columns.len(), 9);
    assert_eq!(table.columns[1], "today, started");
    let first = &table.rows[0];
    assert_eq!(first[..3], ["0s", "1.6%", "1.6%"]);
    let last = table.rows.last().unwrap();
    assert_eq!(
        last[1..],
        [
            "1.6%", "51.6%", "62.5%", "100%", "100%", "100%", "100%", "0%"
        ]
    );
}

#[test]
fn more_variants_than_can_be_told_apart_are_counted() {
    let samples = samples([1.0], 0);
    let variants = vec![("v", &samples); 11];
    let chart = delays_of(&variants, 1);
    assert_eq!(chart.panels[0].series.len(), VARIANTS_MAX);
    assert!(chart.subtitle.ends_with("3 more variants are not shown"));
}

#[test]
fn the_title_counts_the_variants_that_start_all_whether_they_are_shown_or_not() {
    let (all, some) = (samples([1.0], 0), samples([1.0], 1));
    let title = |starting: usize, of: usize| {
        let mut variants = vec![("v", &some); of];
        variants[of - starting..].fill(("v", &all));
        let title = delays_of(&variants, 1).title;
        title
            .strip_prefix("Start delay of ci jobs: ")
            .unwrap()
            .to_owned()
    };
    assert_eq!(title(0, 11), "no variant starts them all");
    assert_eq!(title(1, 11), "1 of 11 variants starts them all");
    assert_eq!(title(10, 11), "10 of 11 variants start them all");
    assert_eq!(title(11, 11), "every variant starts them all");
    assert_eq!(title(2, 3), "2 of 3 variants start them all");
}

#[test]
fn golden_charts() {
    let limiter = bucket(200, Rate::per_second(4));
    let cut_off = Some((CutOff::Horizon, Time::ZERO + Span::from_secs(55)));
    let storm = timeline_of(&limiter, &storm(), cut_off);
    let delays = eight_delays();
    let golden = |svg: String| {
        elements(&svg);
        svg.into_bytes()
    };
    insta::assert_binary_snapshot!(
        "timeline_wide_light.svg",
        golden(storm.svg(WIDE, Theme::Light))
    );
    insta::assert_binary_snapshot!(
        "timeline_narrow_dark.svg",
        golden(storm.svg(NARROW, Theme::Dark))
    );
    insta::assert_binary_snapshot!(
        "start_delays_wide_dark.svg",
        golden(delays.svg(WIDE, Theme::Dark))
    );
    insta::assert_binary_snapshot!(
        "start_delays_narrow_light.svg",
        golden(delays.svg(NARROW, Theme::Light))
    );
    let size = Size {
        width: 720,
        height: 360,
    };
    insta::assert_binary_snapshot!(
        "page_auto.svg",
        golden(page("fan-out", &[storm, delays], size, Theme::Auto))
    );
}
