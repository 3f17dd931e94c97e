//! Circumstances: what a scenario takes for granted and nobody can change, and what else it may be.

use crate::catalog::lever;
use crate::limiter::{Algorithm, Initial, Refill};
use crate::order::Arrange;
use crate::plan::{LimiterPlan, Plan};
use crate::scenario::Document;
use crate::scenario::distribution::WORDS;
use crate::units::{Rate, Span, text};

/// More are not tried: a table that is read to its end is worth more than a complete one.
pub(super) const MOST: usize = 12;

/// Times that the world takes, not the scenario's author: how long work lasts, not how long it is looked
/// at.
const TIMES: [&str; 13] = [
    "duration",
    "spin_up",
    "think",
    "pause",
    "create",
    "schedule",
    "boot",
    "provision",
    "start",
    "healthy_after",
    "ready_after",
    "drain",
    "terminate",
];

/// A latency that stands for "a little" where the scenario has none.
const LATENCIES: [&str; 2] = ["50ms", "200ms"];

/// A circumstance and other values of it.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Circumstance {
    /// Its path.
    pub path: String,
    /// What it is, in words.
    pub what: String,
    /// As it is.
    pub from: String,
    /// What else is tried.
    pub to: Vec<String>,
}

/// The circumstances of a variant: latencies, other callers, how full limiters begin, inferred bursts,
/// and the times that its workloads take. Those of the limiter that binds come first.
pub(super) fn circumstances(
    document: &Document,
    plan: &Plan,
    binds: Option<&str>,
) -> Vec<Circumstance> {
    let asked = plan.limiters.iter();
    let mut limiters: Vec<&LimiterPlan> = asked
        .filter(|it| !it.client_side && !it.keys.is_empty())
        .collect();
    limiters.arrange_by_key(|it| Some(format!("{} {}", it.service, it.name).as_str()) != binds);
    let mut found: Vec<Circumstance> = limiters
        .iter()
        .take(1)
        .flat_map(|it| of_limiter(it))
        .collect();
    for service in &document.scenario().services {
        let path = format!("services.{}.latency", service.name);
        found.extend(varied(document, &path, "latency"));
    }
    for workload in &document.scenario().workloads {
        for key in TIMES {
            let path = format!("workloads.{}.{key}", workload.name);
            if lever(&path, Some(workload.value.kind())).is_none() {
                found.extend(varied(document, &path, &key.replace('_', " ")));
            }
        }
    }
    found.extend(limiters.iter().skip(1).flat_map(|it| of_limiter(it)));
    found
}

fn of_limiter(limiter: &LimiterPlan) -> Vec<Circumstance> {
    let at = format!("services.{}.limiters.{}", limiter.service, limiter.name);
    let of = format!("{} {}", limiter.service, limiter.name);
    let mut found = Vec::new();
    if let Some(rate) = sustained(&limiter.spec.algorithm) {
        // A tenth and a quarter of what the limiter lets through.
        let others = [10, 4].map(|part| Rate::new(rate.count(), scaled_span(rate, part)));
        found.push(Circumstance {
            path: format!("{at}.background"),
            what: format!("other callers at {of}"),
            from: limiter.background.to_string(),
            to: others
                .into_iter()
                .flatten()
                .map(|rate| rate.to_string())
                .collect(),
        });
    }
    if limiter.spec.initial == Initial::Full {
        found.push(Circumstance {
            path: format!("{at}.initial"),
            what: format!("credits of {of} at the start"),
            from: "full".to_owned(),
            to: vec!["empty".to_owned()],
        });
    }
    let inferred = limiter
        .assumption
        .as_ref()
        .is_some_and(|it| it.text.contains("burst"));
    if let Algorithm::TokenBucket(bucket) = &limiter.spec.algorithm
        && inferred
    {
        found.push(Circumstance {
            path: format!("{at}.bucket.burst"),
            what: format!("burst of {of}, which nobody publishes"),
            from: bucket.burst.to_string(),
            to: [bucket.burst / 2, bucket.burst.saturating_mul(2)]
                .into_iter()
                .filter(|burst| *burst > 0)
                .map(|burst| burst.to_string())
                .collect(),
        });
    }
    found
}

/// What a limiter lets through for ever, where that is a rate.
fn sustained(algorithm: &Algorithm) -> Option<Rate> {
    match algorithm {
        Algorithm::TokenBucket(bucket) => match &bucket.refill {
            Refill::Continuous(rate) => Some(*rate),
            Refill::Lump { .. } => None,
        },
        _ => None,
    }
}

fn scaled_span(rate: Rate, factor: u64) -> Span {
    Span::from_nanos(rate.nanos().saturating_mul(factor))
}

/// A time of the scenario at half and twice what is written; a latency of nothing at a little.
fn varied(document: &Document, path: &str, what: &str) -> Option<Circumstance> {
    let from = document.value_at(path)?;
    let what = match path.split('.').nth(1) {
        Some(of) => format!("{what} of {of}"),
        None => what.to_owned(),
    };
    let is_nothing = text::span(&from).is_ok_and(Span::is_zero);
    let to = match (is_nothing, path.ends_with(".latency")) {
        (true, true) => LATENCIES.map(str::to_owned).to_vec(),
        (true, false) => return None,
        (false, _) => vec![times(&from, 1, 2)?, times(&from, 2, 1)?],
    };
    Some(Circumstance {
        path: path.to_owned(),
        what,
        from,
        to,
    })
}

/// A written time, or a distribution of times, with every time in it multiplied; `None` where nothing
/// in it is a time, or something is neither a time nor a word of a distribution.
fn times(written: &str, by: u64, over: u64) -> Option<String> {
    let mut out = String::new();
    let mut found = false;
    let mut rest = written;
    while !rest.is_empty() {
        let end = rest
            .find(|c: char| "{}[],: ".contains(c))
            .unwrap_or(rest.len());
        let (token, tail) = rest.split_at(end);
        if let Ok(span) = text::span(token) {
            let nanos = span.as_nanos().checked_mul(by)? / over;
            out.push_str(&Span::from_nanos(nanos).to_string());
            found = true;
        } else if token.is_empty() || WORDS.contains(&token) || token.parse::<f64>().is_ok() {
            out.push_str(token);
        } else {
            return None;
        }
        let separator = tail.chars().next().map_or(0, char::len_utf8);
        out.push_str(&tail[..separator]);
        rest = &tail[separator..];
    }
    found.then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_of_a_distribution_is_scaled_and_nothing_else() {
        assert_eq!(times("60ms", 2, 1).as_deref(), Some("120ms"));
        assert_eq!(
            times("{uniform: [1s, 10s]}", 1, 2).as_deref(),
            Some("{uniform: [500ms, 5s]}")
        );
        assert_eq!(
            times("{lognormal: {median: 1s, sigma: 0.5}}", 2, 1).as_deref(),
            Some("{lognormal: {median: 2s, sigma: 0.5}}")
        );
        assert_eq!(
            times("{abs-normal: {mean: 1s, deviation: 200ms}}", 2, 1).as_deref(),
            Some("{abs-normal: {mean: 2s, deviation: 400ms}}")
        );
        assert_eq!(times("{client: docker, bandwidth: 1s}", 2, 1), None);
        assert_eq!(times("32", 2, 1), None);
    }
}
