//! What to do: what stops it now, and the fix; what each comes to, and what it leaves.

use super::headroom::Search;
use super::{lines, safe};
use crate::catalog::Pace;
use crate::judge::Status;
use crate::metric::Unit;
use crate::random::mix;
use crate::replicate::RUNS_DEFAULT;
use crate::report::model::{Answer, Figure, HoldsTo, Quantity, Report, VariantReport};
use crate::report::{Judged, cells, counted, main_workload, singular};

/// The answers of a ranked report: what stops it within minutes, if the fix takes longer, and the fix.
pub(super) fn answers(report: &Report, judged: &[Judged], search: &Search) -> Vec<Answer> {
    let Some(fix) = lines::recommended(&report.variants) else {
        return Vec::new();
    };
    let now = now_beside(&report.variants, fix);
    let today = &judged[0];
    // The answers were chosen by the runs they had; these are others.
    let again = |judged: &Judged| {
        let runs = if judged.prepared.deterministic {
            1
        } else {
            RUNS_DEFAULT
        };
        let seed = mix(search.seed ^ 0x0061_6e73_7765);
        Judged::new(judged.prepared.clone(), search.workers, seed, Some(runs))
    };
    let today_again = again(today);
    let answer = |variant: &VariantReport| {
        let judged = judged.iter().find(|it| it.prepared.name == variant.name)?;
        let own = again(judged);
        let change = variant.change.as_ref()?;
        let (workload, units, _) = main_workload(&own.prepared.plan);
        let figure = |metric: &str| own.figure(&format!("{workload}.{metric}"), Some(&today_again));
        let finished_after = figure("finished_after");
        let last_start = figure(&format!("{units}.last_start"));
        let bests: Vec<f64> = own
            .runs
            .iter()
            .map(|run| run.best.finish.as_secs_f64())
            .collect();
        let above = finished_after.mean.map(|mean| above(mean, &bests));
        let is_fix = variant.name == fix.name;
        Some(Answer {
            pace: change.pace,
            variant: variant.name.clone(),
            about: variant.about.clone(),
            owner: change.owner,
            effort: change.effort,
            runs: own.runs.len() as u32,
            failed: figure(&format!("{units}.failed")),
            start_delay_p90: figure(&format!("{units}.start_delay.p90")),
            last_start: variant
                .headline
                .last_start
                .as_ref()
                .map(|_| last_start.clone()),
            finished_after,
            above_best_possible: above,
            holds_to: variant.holds_to.clone(),
            not_fixed: not_fixed(variant, &own, &today_again),
            safe: if is_fix {
                safe::regions(judged, search)
            } else {
                Vec::new()
            },
        })
    };
    let both = now.into_iter().chain([fix]);
    both.filter_map(answer).collect()
}

/// By how many seconds runs finish later than they could, in the mean: a difference of means is the
/// mean of the differences run by run.
fn above(finished: Quantity, bests: &[f64]) -> Quantity {
    let best = bests.iter().sum::<f64>() / bests.len() as f64;
    match finished {
        Quantity::Number(mean) => Quantity::of((mean - best).max(0.0)),
        Quantity::Never => Quantity::Never,
    }
}

/// The best of the ranked variants that counts within minutes.
pub(super) fn now(variants: &[VariantReport]) -> Option<&VariantReport> {
    variants.iter().skip(1).find(|variant| {
        let change = variant.change.as_ref();
        let fast = change.is_some_and(|it| it.possible && it.pace == Pace::Minutes);
        fast && variant.verdict == Status::Met
    })
}

/// What to do now, where the fix takes longer and asks no less: nobody has to do more before that.
pub(super) fn now_beside<'v>(
    variants: &'v [VariantReport],
    fix: &VariantReport,
) -> Option<&'v VariantReport> {
    now(variants).filter(|now| now.name != fix.name && !asks_less(fix, now))
}

/// Whether a change is nearer to whoever reads this, or less work, than another.
pub(super) fn asks_less(variant: &VariantReport, than: &VariantReport) -> bool {
    let toil = |it: &VariantReport| it.change.as_ref().map(|it| (it.owner, it.effort));
    let both = toil(variant).zip(toil(than));
    both.is_some_and(|(own, other)| own < other)
}

fn not_fixed(variant: &VariantReport, again: &Judged, today: &Judged) -> Vec<String> {
    let mut left = Vec::new();
    for expectation in again
        .expectations
        .iter()
        .filter(|it| it.status == Status::Broken)
    {
        left.push(format!("`{}` is still broken", expectation.text));
    }
    let (workload, units, _) = main_workload(&again.prepared.plan);
    let failed = again.figure(&format!("{workload}.{units}.failed"), None);
    if let Some(failed) = failed.mean_otherwise.filter(|failed| *failed > 0.0) {
        left.push(all_the_same(failed, &units, "fails", "fail"));
    }
    let border = |holds: &&HoldsTo| !holds.or_more && holds.is_known();
    if let Some(holds) = variant.holds_to.as_ref().filter(border) {
        left.push(format!("more than {}", holds.named()));
    }
    let head = &variant.headline;
    if let Some(Quantity::Number(first)) = head.first_throttled.mean
        && first >= 0.5
    {
        let calls = format!("first {}", head.calls);
        let (one, more) = ("is throttled, and waits,", "are throttled, and wait,");
        left.push(all_the_same(first, &calls, one, more));
    }
    if variant.headline.last_start.is_some() {
        left.extend(later(again, today));
    }
    for sufferer in &variant.sufferers {
        left.push(format!("{} still suffers", sufferer.workload));
    }
    left
}

/// What becomes of so many a run, in the mean of the runs: no run has a part of one.
fn all_the_same(mean: f64, units: &str, one: &str, more: &str) -> String {
    let average = if mean.fract() == 0.0 {
        ""
    } else {
        "on average "
    };
    let verb = if mean == 1.0 { one } else { more };
    format!(
        "{average}{} a run {verb} all the same",
        counted(mean, units)
    )
}

/// That the last unit starts later than today's, which no start delay counts.
fn later(again: &Judged, today: &Judged) -> Option<String> {
    let (workload, units, _) = main_workload(&again.prepared.plan);
    let path = format!("{workload}.{units}.last_start");
    let own = again.figure(&path, Some(today));
    let put_off = own
        .difference
        .as_ref()
        .filter(|it| it.low.unwrap_or(it.mean) > 0.0);
    put_off?;
    let told = |figure: &Figure| Some(cells::quantity(figure.mean?, Unit::Seconds));
    let unit = singular(&units);
    Some(format!(
        "the last {unit} starts {} after the beginning instead of {}, and that wait is in no start delay",
        told(&own)?,
        told(&today.figure(&path, None))?
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_all_the_same_is_one_many_or_a_mean_of_runs() {
        let of = |mean| all_the_same(mean, "jobs", "fails", "fail");
        assert_eq!(of(1.0), "1 job a run fails all the same");
        assert_eq!(of(12.0), "12 jobs a run fail all the same");
        assert_eq!(
            of(1.0 / 30.0),
            "on average 0.033 jobs a run fail all the same"
        );
    }

    #[test]
    fn runs_that_could_not_finish_sooner_are_not_above_the_best_possible() {
        assert_eq!(above(Quantity::of(2.0), &[1.0, 3.0]), Quantity::of(0.0));
        assert_eq!(above(Quantity::of(2.5), &[1.0, 3.0]), Quantity::of(0.5));
        assert_eq!(above(Quantity::Never, &[1.0]), Quantity::Never);
    }
}
