//! What a report says of each limiter: its rule, who asked it how much, and when.

use super::model::{
    BusiestMinute, Figure, KeyReport, LimiterReport, OtherKeys, SeriesReport, SpenderReport,
};
use super::spending::Spending;
use super::{Judged, words};
use crate::engine::{KeyTotals, Totals, simulate_told};
use crate::order::Arrange;
use crate::plan::{LimiterPlan, Link, Plan};
use crate::record::{self, Series};
use crate::replicate::{Met, RunSummary};

/// Keys that are shown one by one; the rest is summed.
const KEYS_SHOWN: usize = 20;

/// What was written down in run 0.
pub(super) struct Observed<'a> {
    pub totals: Totals,
    pub series: Series,
    pub spending: Spending<'a>,
}

impl<'a> Observed<'a> {
    /// Runs it once more.
    pub fn of(plan: &'a Plan, seed: u64) -> Self {
        let mut recorder = (record::series(plan), Spending::new(plan));
        let outcome = simulate_told(plan, seed, 0, &mut recorder);
        let (series, spending) = recorder;
        Observed {
            totals: outcome.totals,
            series,
            spending,
        }
    }
}

/// The limiters that a variant's requests meet.
pub(super) fn limiters(
    judged: &Judged,
    today: Option<&Judged>,
    observed: &Observed<'_>,
) -> Vec<LimiterReport> {
    let plan = &judged.prepared.plan;
    (0..)
        .zip(&plan.limiters)
        .filter(|(_, limiter)| !limiter.keys.is_empty())
        .map(|(index, limiter)| of(judged, today, index, limiter, observed))
        .collect()
}

fn of(
    judged: &Judged,
    today: Option<&Judged>,
    index: u32,
    limiter: &LimiterPlan,
    Observed { totals, series, .. }: &Observed<'_>,
) -> LimiterReport {
    let path = format!("limiters.{}.{}", limiter.service, limiter.name);
    let mut keys: Vec<KeyReport> = (0..)
        .zip(&limiter.keys)
        .zip(&totals.limiters[index as usize])
        .map(|((key, name), counted)| key_report(name, counted, series, index, key))
        .collect();
    keys.arrange_by(|a, b| b.offered.cmp(&a.offered).then_with(|| a.key.cmp(&b.key)));
    // Keys that are asked less in all may be asked more within a minute.
    let busiest_minute = keys
        .iter()
        .filter_map(|key| key.busiest_minute.clone())
        .max_by_key(|minute| minute.attempts);
    let others = keys.split_off(keys.len().min(KEYS_SHOWN));
    LimiterReport {
        name: format!("{} {}", limiter.service, limiter.name),
        rule: words::rule(&limiter.spec),
        scope: limiter.scope.words().to_owned(),
        keys,
        other_keys: (!others.is_empty()).then(|| OtherKeys {
            keys: others.len() as u64,
            offered: others.iter().map(|key| key.offered).sum(),
            throttled: others.iter().map(|key| key.throttled).sum(),
        }),
        own: limiter.client_side,
        raisable: limiter.raisable,
        source: words::source(limiter),
        assumption: limiter
            .assumption
            .as_ref()
            .map(|assumption| assumption.text.clone()),
        inferred: words::inferred(limiter).map(str::to_owned),
        background: limiter.background.to_string(),
        offered: judged.figure(&format!("{path}.offered"), today),
        throttled: judged.figure(&format!("{path}.throttled"), today),
        background_share: judged.figure(&format!("{path}.background_share"), today),
        spenders: spenders(judged, index),
        recovered_after: judged.figure(&format!("{path}.recovered_after"), today),
        busiest_minute,
        series: series_report(series, index),
    }
}

/// Who asked a limiter, most first.
fn spenders(judged: &Judged, limiter: u32) -> Vec<SpenderReport> {
    let plan = &judged.prepared.plan;
    let mut spenders = Vec::new();
    for (place, chain) in judged.prepared.chains.iter().enumerate() {
        for (link, met) in chain.links.iter().enumerate() {
            let asker = match met {
                Link::Limiter {
                    limiter: met,
                    mirror,
                    ..
                } if *met == limiter => *mirror,
                _ => continue,
            };
            let figure = |of: fn(&Met) -> u64| {
                let met = |run: &RunSummary| Some(of(&run.ways[place][link]) as f64);
                let values: Vec<Option<f64>> = judged.runs.iter().map(met).collect();
                Figure::of(&values, None).within(0.0, f64::MAX)
            };
            let workload = &plan.workloads[chain.workload as usize];
            spenders.push(SpenderReport {
                workload: match workload.background {
                    true => "other callers".to_owned(),
                    false => match asker {
                        Some(mirror) => {
                            format!("{}, for {}", plan.mirrors[mirror as usize], workload.name)
                        }
                        None => workload.name.clone(),
                    },
                },
                offered: figure(|met| met.offered),
                throttled: figure(|met| met.throttled),
                share: 0.0,
            });
        }
    }
    let offered = |spender: &SpenderReport| spender.offered.mean_otherwise.unwrap_or(0.0);
    let all: f64 = spenders.iter().map(offered).sum();
    for spender in &mut spenders {
        spender.share = if all > 0.0 {
            offered(spender) / all
        } else {
            0.0
        };
    }
    spenders.arrange_by(|a, b| b.share.total_cmp(&a.share));
    spenders
}

fn key_report(
    name: &str,
    counted: &KeyTotals,
    series: &Series,
    limiter: u32,
    key: u32,
) -> KeyReport {
    let (from, attempts) = series.busiest_minute(limiter, key);
    KeyReport {
        key: name.to_owned(),
        offered: counted.offered(),
        throttled: counted.throttled,
        busiest_minute: (attempts > 0).then(|| BusiestMinute {
            key: name.to_owned(),
            from: from.as_secs_f64(),
            attempts,
        }),
    }
}

fn series_report(series: &Series, limiter: u32) -> SeriesReport {
    let bins = series.bins(limiter);
    SeriesReport {
        bin_seconds: series.width().as_secs_f64(),
        admitted: bins.iter().map(|bin| bin.admitted).collect(),
        throttled: bins.iter().map(|bin| bin.throttled).collect(),
        background: bins.iter().map(|bin| bin.background).collect(),
        credits: bins.iter().map(|bin| bin.credits).collect(),
    }
}

#[cfg(test)]
mod tests {
    use crate::replicate::{Sequential, prepare};
    use crate::report::model::LimiterReport;
    use crate::report::{judge_variants, report, run_article};
    use crate::scenario::Document;

    /// A limiter by host: 25 hosts that ask twice, one a minute, and 5 that ask three times at once;
    /// each host is let through once.
    fn thirty_hosts() -> (LimiterReport, String) {
        let text = "
pullstorm: 1
name: hosts
services:
  api: {latency: 0s, limiters: {calls: {bucket: {burst: 1, refill: 1/d}, scope: host}}}
workloads:
  light: {kind: api-callers, service: api, callers: 25, calls: [Ask], rounds: 2, pause: 1min, retry: none,
          on_failure: continue}
  heavy: {kind: api-callers, service: api, callers: 5, calls: [Ask], rounds: 3, retry: none, on_failure: continue}
expect: [light.callers.failed == 0]
";
        let document = Document::parse("x", text.as_bytes()).unwrap_or_else(|it| panic!("{it}"));
        let prepared = prepare(&document, &[]).unwrap_or_else(|it| panic!("{it}"));
        let mut report = report(&judge_variants(prepared, &Sequential, 1, Some(1)), 1);
        let text = run_article(&report).markdown();
        (report.variants.remove(0).limiters.remove(0), text)
    }

    #[test]
    fn the_keys_that_spend_most_come_first() {
        let (limiter, _) = thirty_hosts();
        let (heavy, light) = limiter.keys.split_at(5);
        for key in heavy {
            assert!(key.key.starts_with("heavy"), "{key:?}");
            assert_eq!((key.offered, key.throttled), (3, 2));
        }
        for key in light {
            assert!(key.key.starts_with("light"), "{key:?}");
            assert_eq!((key.offered, key.throttled), (2, 1));
        }
        assert_eq!(
            limiter.busiest_minute.map(|minute| minute.attempts),
            Some(3)
        );
    }

    #[test]
    fn beyond_twenty_keys_the_rest_is_summed() {
        let (limiter, text) = thirty_hosts();
        assert_eq!(limiter.keys.len(), 20);
        let others = limiter.other_keys.unwrap();
        assert_eq!(
            (others.keys, others.offered, others.throttled),
            (10, 20, 10)
        );
        let all: u64 = limiter.keys.iter().map(|key| key.offered).sum();
        assert_eq!(all + others.offered, 25 * 2 + 5 * 3);
        assert!(text.contains("25 others"), "{text}");
    }
}
