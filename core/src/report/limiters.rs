//! What a report says of each limiter: its rule, who asked it how much, and when.

use super::model::{BusiestMinute, KeyReport, LimiterReport, OtherKeys, SeriesReport};
use super::{Judged, words};
use crate::engine::{KeyTotals, Totals, simulate_with_series};
use crate::plan::LimiterPlan;
use crate::record::Series;

/// Keys that are shown one by one; the rest is summed.
const KEYS_SHOWN: usize = 20;

/// The limiters that a variant's requests meet.
pub(super) fn limiters(judged: &Judged, today: Option<&Judged>) -> Vec<LimiterReport> {
    let plan = &judged.prepared.plan;
    let (outcome, series) = simulate_with_series(plan, judged.seed, 0);
    (0..)
        .zip(&plan.limiters)
        .filter(|(_, limiter)| !limiter.keys.is_empty())
        .map(|(index, limiter)| of(judged, today, index, limiter, &outcome.totals, &series))
        .collect()
}

fn of(
    judged: &Judged,
    today: Option<&Judged>,
    index: u32,
    limiter: &LimiterPlan,
    totals: &Totals,
    series: &Series,
) -> LimiterReport {
    let path = format!("limiters.{}.{}", limiter.service, limiter.name);
    let mut keys: Vec<KeyReport> = (0..)
        .zip(&limiter.keys)
        .zip(&totals.limiters[index as usize])
        .map(|((key, name), counted)| key_report(name, counted, series, index, key))
        .collect();
    keys.sort_by(|a, b| b.offered.cmp(&a.offered).then_with(|| a.key.cmp(&b.key)));
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
        raisable: limiter.raisable,
        source: words::source(limiter),
        assumption: limiter
            .assumption
            .as_ref()
            .map(|assumption| assumption.text.clone()),
        background: limiter.background.to_string(),
        offered: judged.figure(&format!("{path}.offered"), today),
        throttled: judged.figure(&format!("{path}.throttled"), today),
        background_share: judged.figure(&format!("{path}.background_share"), today),
        busiest_minute,
        series: series_report(series, index),
    }
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
