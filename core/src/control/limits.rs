//! Numbers of the limiters that requests meet, which a preset may give without their being written.

use super::{Control, Form, LIMIT, Measure};
use crate::compile::compile;
use crate::limiter::{Algorithm, Opening, Refill};
use crate::plan::LimiterPlan;
use crate::scenario::Document;

/// Windows are offered with their limit so many times as large.
const TIMES: [(u64, u64); 5] = [(1, 1), (1, 2), (2, 1), (5, 1), (10, 1)];

/// Adds the numbers of limiters, or their weight where they are written.
pub(super) fn add(document: &Document, controls: &mut Vec<Control>) {
    let Ok(plan) = compile(document.scenario(), "today") else {
        return;
    };
    let met = plan
        .limiters
        .iter()
        .filter(|limiter| !limiter.keys.is_empty());
    for limiter in met {
        let base = format!("services.{}.limiters.{}", limiter.service, limiter.name);
        for (key, about, default, form) in numbers(limiter) {
            let path = format!("{base}.{key}");
            if let Some(control) = controls.iter_mut().find(|control| control.path == path) {
                control.weight += LIMIT;
                continue;
            }
            controls.push(Control {
                value: document.value_at(&path),
                about: format!("{about} ({} {})", limiter.service, limiter.name),
                path,
                default: Some(default),
                form,
                lever: None,
                weight: LIMIT,
            });
        }
    }
}

fn numbers(limiter: &LimiterPlan) -> Vec<(&'static str, &'static str, String, Form)> {
    let count = || Form::Count {
        min: 1,
        max: u64::from(u32::MAX),
    };
    let mut numbers = Vec::new();
    if let Some((now, form)) = window(&limiter.spec.algorithm) {
        let about = "So many requests in a window of time.";
        numbers.push(("window", about, now, form));
    }
    if let Algorithm::TokenBucket(bucket) = &limiter.spec.algorithm {
        let burst = bucket.burst.to_string();
        numbers.push(("bucket.burst", "The most credits it holds.", burst, count()));
        if let Refill::Continuous(rate) = bucket.refill {
            let form = Form::Quantity(Measure::Rate);
            numbers.push((
                "bucket.refill",
                "How fast credits come back.",
                rate.to_string(),
                form,
            ));
        }
    }
    let background = limiter.background.to_string();
    let form = Form::Quantity(Measure::Rate);
    numbers.push((
        "background",
        "Load of other callers, on each key.",
        background,
        form,
    ));
    numbers
}

/// A window as it is written, and the same with other limits; `None` where the algorithm has none.
fn window(algorithm: &Algorithm) -> Option<(String, Form)> {
    let (limit, span, kind, opening) = match algorithm {
        Algorithm::FixedWindow(it) => (it.limit, it.window, "fixed", Some(it.opening)),
        Algorithm::SlidingLog(it) => (it.limit, it.window, "sliding", None),
        Algorithm::SlidingCounter(it) => (it.limit, it.window, "sliding-counter", Some(it.opening)),
        Algorithm::TokenBucket(_)
        | Algorithm::NginxLimitReq(_)
        | Algorithm::ConcurrencyLimit(_) => return None,
    };
    // A time is written in one unit.
    let span = Some(span.to_string()).filter(|text| !text.contains(' '))?;
    let opens = match opening {
        Some(Opening::FirstRequest) => ", opens: first-request",
        Some(Opening::AlignedToClock) | None => "",
    };
    let written = |limit: u64| format!("{{limit: {limit} per {span}, kind: {kind}{opens}}}");
    let options = TIMES.into_iter().filter_map(|(times, part)| {
        let other = limit.checked_mul(times)? / part;
        let about = match (times, part) {
            (1, 1) => "as it is".to_owned(),
            (1, _) => "half of it".to_owned(),
            _ => format!("{times} times as many"),
        };
        (other > 0).then(|| (written(other), about))
    });
    Some((written(limit), Form::Choice(options.collect())))
}
