//! Metrics of workflows, jobs and callers.

use super::Row;
use super::Unit::{Count, Seconds, Share};
use crate::engine::{BlockTotals, State};
use crate::statistics::{Quantile, Samples};

pub(super) const ROWS: [Row<BlockTotals>; 15] = [
    ("wanted", Count, "how many were wanted", |block| {
        Some(block.wanted as f64)
    }),
    ("finished", Count, "how many ended well", |block| {
        Some(block.in_state(State::Done) as f64)
    }),
    (
        "failed",
        Count,
        "how many ended without success or never started",
        |block| Some(failed(block) as f64),
    ),
    (
        "failed_share",
        Share,
        "part of those wanted that failed",
        |block| super::share(failed(block), block.wanted),
    ),
    (
        "never_started",
        Count,
        "how many never got what they wanted",
        |block| Some(block.start_delay.nevers() as f64),
    ),
    (
        "start_delay.mean",
        Seconds,
        "from wanting to start to started, of those that started",
        |b| b.start_delay.mean_secs(),
    ),
    (
        "start_delay.p50",
        Seconds,
        "half of those wanted started within this",
        |block| quantile(&block.start_delay, Quantile::P50),
    ),
    (
        "start_delay.p90",
        Seconds,
        "nine of ten wanted started within this",
        |block| quantile(&block.start_delay, Quantile::P90),
    ),
    (
        "start_delay.p99",
        Seconds,
        "99 of 100 wanted started within this",
        |block| quantile(&block.start_delay, Quantile::P99),
    ),
    (
        "start_delay.max",
        Seconds,
        "the longest start delay; never if one never started",
        |block| block.start_delay.max().map(|sample| sample.as_secs_f64()),
    ),
    (
        "start_delay.waiting",
        Seconds,
        "mean part of the start delay in line for a slot or its turn",
        |block| block.waiting.mean_secs(),
    ),
    (
        "start_delay.throttled",
        Seconds,
        "mean part of the start delay lost to throttling",
        |b| b.throttled.mean_secs(),
    ),
    (
        "start_delay.work",
        Seconds,
        "mean rest of the start delay: work, and what orchestrators and agents wait for anyway",
        |block| block.work.mean_secs(),
    ),
    (
        "last_start",
        Seconds,
        "from time 0 until the last one started, however late it was wanted; never if one never started",
        last_start,
    ),
    (
        "unfinished",
        Count,
        "how many were still under way at the cut-off",
        |block| Some((block.in_state(State::Running) + block.in_state(State::Started)) as f64),
    ),
];

/// Whether a row speaks of starting, not of ending.
pub(super) fn is_about_starting(name: &str) -> bool {
    name.starts_with("start_delay") || name == "never_started" || name == "last_start"
}

/// When the last one started, in seconds of scenario time; none where none was wanted.
fn last_start(block: &BlockTotals) -> Option<f64> {
    let started = (block.start_delay.nevers() == 0).then_some(block.last_start);
    (block.wanted > 0).then(|| started.map_or(f64::INFINITY, |time| time.as_secs_f64()))
}

/// Those that ended without success, were cancelled, or whose turn never came.
fn failed(block: &BlockTotals) -> u64 {
    let under_way = block.in_state(State::Running) + block.in_state(State::Started);
    block
        .wanted
        .saturating_sub(block.in_state(State::Done) + under_way)
}

pub(super) fn quantile(samples: &Samples, quantile: Quantile) -> Option<f64> {
    samples
        .quantile(quantile)
        .map(|sample| sample.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use crate::judge::Status;
    use crate::recommend::{Options, recommend};
    use crate::replicate::{Sequential, prepare, run_one};
    use crate::report::{compare_article, judge_variants, report};
    use crate::scenario::Document;

    /// Eight jobs of a minute that log in to a registry which takes four at once and no more for long.
    const JOBS: &str = "
pullstorm: 1
name: waves
services:
  hub: {latency: 1ms, limiters: {logins: {bucket: {burst: 4, refill: 2/min}, status: 429}}}
workloads:
  ci: {kind: ci-fanout, service: hub, operation: login, jobs: 8, images: 1, login: per-image, ci: circleci,
       spin_up: 0s, duration: 1min, retry: none}
variants:
  waves: {about: Four waves, set: {workloads.ci.waves: 4}}
expect: [ci.jobs.start_delay.p50 <= 1s, ci.jobs.failed == 0]
";

    fn document(text: &str) -> Document {
        Document::parse("waves.yaml", text.as_bytes()).unwrap()
    }

    #[test]
    fn the_last_start_counts_the_wait_for_a_wave_and_start_delays_do_not() {
        let prepared = prepare(&document(JOBS), &[]).unwrap();
        let value = |variant: usize, path: &str| {
            let at = prepared[variant].metrics.find(path).unwrap();
            run_one(&prepared[variant], 1, 0).values[at]
        };
        assert_eq!(
            value(0, "ci.jobs.last_start"),
            Some(f64::INFINITY),
            "four never start"
        );
        assert_eq!(value(1, "ci.jobs.start_delay.max"), Some(0.001));
        assert_eq!(value(1, "ci.jobs.last_start"), Some(180.004));
    }

    #[test]
    fn waves_do_not_meet_what_is_expected_of_the_last_start() {
        let verdicts = |expect: &str| {
            let text = JOBS.replace("ci.jobs.start_delay.p50 <= 1s", expect);
            let prepared = prepare(&document(&text), &[]).unwrap();
            let judged = judge_variants(prepared, &Sequential, 1, None);
            judged[1].verdict
        };
        assert_eq!(verdicts("ci.jobs.start_delay.max <= 1s"), Status::Met);
        assert_eq!(verdicts("ci.jobs.last_start <= 1min"), Status::Broken);
    }

    #[test]
    fn where_a_variant_has_waves_its_last_start_is_told_and_elsewhere_nothing_is() {
        let told = |text: &str| {
            let prepared = prepare(&document(text), &[]).unwrap();
            let judged = judge_variants(prepared, &Sequential, 1, None);
            compare_article(&report(&judged, 1)).markdown()
        };
        assert!(told(JOBS).contains("LAST START"), "{}", told(JOBS));
        assert!(!told(&JOBS.replace("ci.waves: 4", "ci.login: anonymous")).contains("LAST START"));
    }

    #[test]
    fn a_recommendation_of_waves_says_how_much_later_the_last_job_starts() {
        let text = JOBS.replace(
            "retry: none",
            "retry: {strategy: fixed, delay: 5s, attempts: 99}",
        );
        // Nothing that is searched helps.
        let tune = "tune: {workloads.ci.retry.attempts: [98, 99]}\n";
        let expect = format!("{tune}expect: [ci.logins.throttled == 0]\n");
        let (text, _) = text.split_once("expect:").unwrap();
        let document = document(&format!("{text}{expect}"));
        let found = recommend(&document, &Options::of(&document), &Sequential);
        let report = found.unwrap().unwrap().report;
        let fix = report
            .answers
            .iter()
            .find(|it| it.variant == "waves")
            .unwrap();
        let left = fix.not_fixed.join("; ");
        assert!(
            left.contains("the last job starts 3min after the beginning instead of 2min"),
            "{left}"
        );
        let applied = &report.settings.iter().find(|it| it.variant == "waves");
        let effect = applied.and_then(|it| it.effect.clone()).unwrap_or_default();
        assert!(effect.contains("the last started after: 2min"), "{effect}");
    }
}
