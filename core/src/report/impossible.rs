//! Expectations that nothing can meet: outside of what their metric can be, or sooner than any retry
//! timing can make it.

use super::model::{BestReport, Quantity};
use super::{Judged, best, cells, main_workload};
use crate::judge::inevitable_wait;
use crate::metric::Unit;
use crate::replicate::{Prepared, RUNS_DEFAULT};
use crate::scenario::Problem;
use crate::scenario::model::{
    Comparison, Errand, Expectation, Login, OnFailure, Severity, Workload,
};
use crate::units::Span;

/// Expectations that are outside of what their metrics can be.
pub(crate) fn out_of_range(prepared: &Prepared) -> Vec<Problem> {
    let impossible = prepared.scenario.expect.iter().filter_map(|expectation| {
        let metrics = &prepared.metrics;
        let metric = metrics.get(metrics.find(&expectation.metric)?)?;
        let (least, most) = metric.range();
        let possible = match expectation.comparison {
            Comparison::Below => least < expectation.value,
            Comparison::AtMost => least <= expectation.value,
            Comparison::Equal => (least..=most).contains(&expectation.value),
            Comparison::AtLeast => expectation.value <= most,
            Comparison::Above => expectation.value < most,
        };
        let shown = |value| cells::value(value, metric.unit);
        let range = match most < f64::MAX {
            true => format!("from {} to {}", shown(least), shown(most)),
            false => format!("{} or more", shown(least)),
        };
        (!possible).then(|| Problem {
            place: expectation.place,
            path: "expect".to_owned(),
            message: format!("nothing can meet `{}`", expectation.text),
            hint: Some(format!("`{}` is {range}", expectation.metric)),
        })
    });
    impossible.collect()
}

/// Why no retry timing can meet an expectation.
pub(crate) enum TooSoon {
    /// It wants the last done before the best possible.
    Done(BestReport),
    /// It wants all started before the call that waits longest can have its credit.
    Started(Span),
}

impl TooSoon {
    /// Beside the expectation in a check.
    pub fn of_a_check(&self) -> String {
        match self {
            TooSoon::Done(best) => format!(
                "no retry timing can meet it: {} is the best possible, set by {}",
                cells::quantity(best.finished_after, Unit::Seconds),
                best.set_by
            ),
            TooSoon::Started(wait) => format!(
                "no retry timing can meet it where none fails: one call has to wait {} at least for its \
                 credit",
                told(*wait)
            ),
        }
    }

    /// In brackets, beside the verdict of a recommendation.
    pub fn of_a_verdict(&self) -> String {
        match self {
            TooSoon::Done(best) => format!(
                "best possible: the last done after {}",
                cells::quantity(best.finished_after, Unit::Seconds)
            ),
            TooSoon::Started(wait) => format!(
                "best possible where none fails: the last to start waits {}",
                told(*wait)
            ),
        }
    }
}

fn told(wait: Span) -> String {
    match wait {
        Span::MAX => "forever".to_owned(),
        wait => super::seconds(wait.as_secs_f64()),
    }
}

/// Why no retry timing can meet an expectation of a variant; `None` where that is not known.
pub(crate) fn too_soon(judged: &Judged, expectation: &Expectation) -> Option<TooSoon> {
    let is_below = |least: f64| match expectation.comparison {
        Comparison::Below => expectation.value <= least,
        Comparison::AtMost | Comparison::Equal => expectation.value < least,
        Comparison::AtLeast | Comparison::Above => false,
    };
    let (workload, units, _) = main_workload(&judged.prepared.plan);
    let of_main = expectation.metric.strip_prefix(&workload)?;
    let of_main = of_main.strip_prefix('.')?;
    if of_main == "finished_after" {
        let best = best(judged);
        return match best.finished_after {
            Quantity::Number(earliest) if is_below(earliest) => Some(TooSoon::Done(best)),
            _ => None,
        };
    }
    let of_units = of_main.strip_prefix(&units)?;
    if !matches!(of_units, ".start_delay.max" | ".last_start")
        || !starts_after_its_calls(judged, &workload)
        || !needs_every_call(judged)
    {
        return None;
    }
    let wait = least_wait(judged);
    is_below(wait.as_secs_f64()).then_some(TooSoon::Started(wait))
}

/// Whether nothing of a workload starts before its first call was let in.
fn starts_after_its_calls(judged: &Judged, workload: &str) -> bool {
    let mut workloads = judged.prepared.scenario.workloads.iter();
    match workloads.find(|it| it.name == workload).map(|it| &it.value) {
        // A login that others wait for may be over when a job that comes later is wanted.
        Some(Workload::CiFanout(it)) => matches!(it.login, Login::PerImage | Login::PerJob),
        Some(Workload::ApiCallers(it)) => it.on_failure == OnFailure::Stop,
        Some(Workload::Herd(it)) => match &it.errand {
            Errand::Calls(calls) => calls.on_failure == OnFailure::Stop,
            Errand::Pulls(_) => false,
        },
        _ => false,
    }
}

/// How long a call of a variant has to wait at least, in the run in which that is shortest.
pub(crate) fn least_wait(judged: &Judged) -> Span {
    let plan = &judged.prepared.plan;
    let main = (0..)
        .zip(&plan.workloads)
        .find(|(_, workload)| !workload.background);
    let main = main.map_or(0, |(index, _)| index);
    judged
        .runs
        .iter()
        .take(RUNS_DEFAULT as usize)
        .map(|run| inevitable_wait(plan, judged.seed, u64::from(run.run), main))
        .min()
        .unwrap_or(Span::ZERO)
}

/// Whether an expectation that decides breaks as soon as one call fails.
pub(crate) fn needs_every_call(judged: &Judged) -> bool {
    of_every_call(judged).next().is_some()
}

/// Whether such an expectation is broken.
pub(crate) fn lacks_a_call(judged: &Judged) -> bool {
    let mut broken = judged.expectations.iter().filter(|it| it.breaks());
    broken.any(|broken| of_every_call(judged).any(|it| it.text == broken.text))
}

fn of_every_call(judged: &Judged) -> impl Iterator<Item = Expectation> {
    let (workload, ..) = main_workload(&judged.prepared.plan);
    judged.expected().into_iter().filter(move |expectation| {
        let of_main = expectation.metric.split('.').next() == Some(workload.as_str());
        let none = expectation.comparison.holds(0.0, expectation.value)
            && !expectation
                .comparison
                .holds(f64::MIN_POSITIVE, expectation.value);
        let decides = expectation.severity == Severity::Fail;
        decides && of_main && is_of_failures(&expectation.metric) && none
    })
}

/// Whether a metric counts what fails.
pub(crate) fn is_of_failures(metric: &str) -> bool {
    metric.ends_with(".failed") || metric.ends_with(".failed_share")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capacity::{self, Refusal, capacity};
    use crate::replicate::{Sequential, prepare};
    use crate::scenario::Document;

    fn document(retry: &str, expect: &str) -> Document {
        let text = format!(
            "pullstorm: 1\nname: late\nservices: {{api: {{latency: 0s, limiters: {{calls: {{bucket: {{burst: \
             20, refill: 1/s}}, status: 429}}}}}}}}\nworkloads:\n  deploys: {{kind: api-callers, service: api, \
             callers: 40, calls: [deploy], retry: {retry}}}\nload: {{path: workloads.deploys.callers, up_to: \
             80, unit: deploys}}\nexpect: [{expect}]\n"
        );
        Document::parse("x.yaml", text.as_bytes()).unwrap()
    }

    #[test]
    fn a_check_says_of_a_start_delay_that_no_retry_timing_can_meet_it() {
        let told = |expect: &str| {
            let document = document("harness-default", expect);
            let prepared = prepare(&document, &[]).unwrap().remove(0);
            let judged = Judged::new(prepared, &Sequential, 1, Some(3));
            let expected = judged.expected().into_iter();
            let told = expected.filter_map(|it| too_soon(&judged, &it));
            told.map(|it| it.of_a_check())
                .collect::<Vec<_>>()
                .join("; ")
        };
        let delay = "deploys.callers.start_delay.max <= 5s";
        assert_eq!(
            told(&format!("deploys.callers.failed == 0, {delay}")),
            "no retry timing can meet it where none fails: one call has to wait 20s at least for its credit"
        );
        assert_eq!(told(delay), "");
        let done = told("deploys.finished_after <= 5s");
        assert!(
            done.contains("20s is the best possible, set by api calls"),
            "{done}"
        );
    }

    #[test]
    fn what_nothing_can_meet_is_refused_before_it_is_asked_up_to_which_load_it_holds() {
        let refused = |expect: &str| {
            let document = document("none", expect);
            match capacity(&document, &capacity::Options::of(&document), &Sequential) {
                Err(Refusal::Scenario(problems)) => problems.to_string(),
                Err(Refusal::Asked { message, .. }) => panic!("{message}"),
                Ok(_) => String::new(),
            }
        };
        // Forty today, up to eighty of them.
        let many = refused("deploys.callers.finished >= 81");
        assert!(
            many.contains("nothing can meet `deploys.callers.finished >= 81`"),
            "{many}"
        );
        assert!(many.contains("from 0 to 80"), "{many}");
        assert_eq!(refused("deploys.callers.finished >= 41"), "");
        assert_eq!(refused("deploys.callers.failed == 0"), "");
    }
}
