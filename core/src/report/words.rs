//! Numbers and rules in words, the same in every report.

use crate::limiter::{
    Algorithm, FixedWindowSpec, Refill, SlidingCounterSpec, SlidingLogSpec, Spec,
};
use crate::plan::{Assumption, Basis, LimiterPlan, LoopPlan, Plan};
use crate::retry::Budget;
use crate::units::Span;

/// How a limiter counts and whom it locks out: `200 burst, 4/s`.
pub fn rule(spec: &Spec) -> String {
    let counting = counting(&spec.algorithm);
    match spec.lock_out {
        None => counting,
        Some(lock_out) if lock_out.renewed => {
            format!(
                "{counting}, locked out until quiet for {}",
                lock_out.lasting
            )
        }
        Some(lock_out) => format!("{counting}, locked out for {}", lock_out.lasting),
    }
}

/// How a limiter counts.
pub fn counting(algorithm: &Algorithm) -> String {
    match algorithm {
        Algorithm::TokenBucket(bucket) => match bucket.refill {
            Refill::Continuous(rate) => format!("{} burst, {rate}", bucket.burst),
            Refill::Lump { credits, every } => {
                format!("{} burst, {credits} every {every}", bucket.burst)
            }
        },
        Algorithm::FixedWindow(FixedWindowSpec { limit, window, .. }) => {
            format!("{limit} per {window}, fixed window")
        }
        Algorithm::SlidingLog(SlidingLogSpec { limit, window, .. }) => {
            format!("{limit} in any {window}")
        }
        Algorithm::SlidingCounter(SlidingCounterSpec { limit, window, .. }) => {
            format!("{limit} per {window}, sliding counter")
        }
        Algorithm::NginxLimitReq(nginx) => {
            format!("{}, burst {}, {}", nginx.rate, nginx.burst, nginx.delay)
        }
        Algorithm::ConcurrencyLimit(spec) => format!("{} in flight", spec.limit),
    }
}

/// Where the numbers of a limiter come from, and that they are inferred where they are.
pub fn source(limiter: &LimiterPlan) -> String {
    match inferred(limiter) {
        Some(inferred) => format!("{}; {inferred}", limiter.source),
        None => limiter.source.clone(),
    }
}

/// Which number of a limiter is inferred, if one is.
pub fn inferred(limiter: &LimiterPlan) -> Option<&'static str> {
    let assumption = limiter.assumption.as_ref()?;
    let what = match limiter.spec.algorithm {
        Algorithm::TokenBucket(_) => "burst inferred",
        _ => "window inferred",
    };
    (assumption.basis == Basis::Inferred).then_some(what)
}

/// A mark behind the numbers of a limiter that nobody published; empty where they are.
pub fn doubt(limiter: &LimiterPlan) -> String {
    let stated = |it: &Assumption| it.basis == Basis::Stated;
    match inferred(limiter) {
        Some(inferred) => format!(" ({inferred})"),
        None if limiter.assumption.as_ref().is_some_and(stated) => format!(" [{}]", limiter.source),
        None => String::new(),
    }
}

/// A loop with its workload: `ci.sdk`.
pub fn loop_name(plan: &Plan, retry: &LoopPlan) -> String {
    format!(
        "{}.{}",
        plan.workloads[retry.workload as usize].name, retry.name
    )
}

/// A number with as many digits as a reader needs: `63`, `62.6`, `0.031`.
pub fn number(value: f64) -> String {
    let rounded = value.round();
    if (value - rounded).abs() < 1e-9 * value.abs().max(1.0) {
        return format!("{rounded}");
    }
    let decimals = if value.abs() >= 100.0 {
        0
    } else if value.abs() >= 10.0 {
        1
    } else if value.abs() >= 1.0 {
        2
    } else {
        3
    };
    format!("{value:.decimals$}")
}

/// Bytes with three digits: `512 B`, `1.34 GB`.
pub fn bytes(value: f64) -> String {
    let units = ["B", "kB", "MB", "GB", "TB", "PB"];
    let mut scaled = value;
    let mut unit = 0;
    while scaled >= 1_000.0 && unit + 1 < units.len() {
        scaled /= 1_000.0;
        unit += 1;
    }
    format!("{} {}", number(scaled), units[unit])
}

/// Seconds in words: `46s`, `1min 12s`, `250ms`.
pub fn seconds(value: f64) -> String {
    if value < 0.0 {
        return format!("-{}", seconds(-value));
    }
    // Three digits are as much as a simulation of assumptions is worth.
    let nanos = if value >= 60.0 {
        value.round() * 1e9
    } else if value >= 10.0 {
        (value * 10.0).round() * 1e8
    } else {
        (value * 1000.0).round() * 1e6
    };
    Span::from_nanos(nanos as u64).to_string()
}

/// How a loop stops that its client's budget does not let try again.
pub(super) fn budget_spent(budget: &Budget) -> &'static str {
    match budget {
        Budget::None => "was not allowed to try again",
        Budget::Quota(_) => "had spent its retry quota",
        Budget::Finagle { .. } => "had made as many retries as its calls allow for now",
        Budget::Grpc { .. } => "had lost more than half of its tokens to failures",
        Budget::Concurrent { .. } => "had as many retries under way as it may",
        Budget::Bucket { .. } => "had emptied its bucket of retries",
        Budget::Breaker { .. } => "had opened its circuit breaker",
        Budget::Restarts { .. } => "had started anew as often as it may",
        Budget::Failures { .. } => "had stopped after too many failures",
    }
}

/// So many of something whose name is a plural: `1 arrival`, `6 arrivals`.
pub fn counted(count: f64, plural: &str) -> String {
    match count == 1.0 {
        true => format!("1 {}", singular(plural)),
        false => format!("{} {plural}", number(count)),
    }
}

/// Figures of a limit with what they are counted by, where that is known.
pub fn per(figures: &str, scope: &str) -> String {
    if scope == crate::catalog::Scope::Unknown.to_string() {
        return format!("{figures}; what it counts by is not published");
    }
    match figures == crate::catalog::Figures::NotPublished.to_string() {
        true => format!("{figures}; counts by {scope}"),
        false => format!("{figures} per {scope}"),
    }
}

/// One of something whose name is a plural: `workflow` of `workflows`, `copy` of `copies`.
pub fn singular(plural: &str) -> String {
    match plural.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => plural.strip_suffix('s').unwrap_or(plural).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular_and_what_nobody_publishes_is_said_in_a_sentence() {
        assert_eq!(counted(1.0, "first calls"), "1 first call");
        assert_eq!(counted(0.5, "copies"), "0.500 copies");
        assert_eq!(counted(2.0, "copies"), "2 copies");
        assert_eq!(per("5 burst", "host"), "5 burst per host");
        assert_eq!(
            per("number not published", "host"),
            "number not published; counts by host"
        );
        assert_eq!(
            per("number not published", "not published"),
            "number not published; what it counts by is not published"
        );
    }

    #[test]
    fn numbers_and_times_have_the_digits_a_reader_needs() {
        let read: Vec<String> = [63.0, 62.6333, 0.0312, 1234.56].map(number).to_vec();
        assert_eq!(read, ["63", "62.6", "0.031", "1235"]);
        let read: Vec<String> = [46.0, 71.87, 0.25, 12.345].map(seconds).to_vec();
        assert_eq!(read, ["46s", "1min 12s", "250ms", "12.3s"]);
    }
}
