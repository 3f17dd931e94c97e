//! Expectations: met, broken, or undecided.
//!
//! An expectation speaks of the mean over runs. It is met or broken when the whole 95 % interval
//! lies on one side of the number, and undecided in between. `== n` means in every run. One that
//! holds in a share of runs counts those in which it does; it is met or broken when, with 95 %
//! confidence, more or fewer than that share of all runs are such. A run that was cut off decides
//! nothing.

use crate::plan::{BlockRole, Plan};
use crate::report::counted;
use crate::scenario::model::{Comparison, Expectation, Holds};
use crate::statistics::{Estimate, at_least, at_most, no_events_limit};

/// Whether an expectation holds. [`Status::word`] is how reports say it, in every form.
#[derive(Copy, Clone, Eq, PartialEq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It holds.
    #[serde(rename = "holds", alias = "met")]
    Met,
    /// It does not.
    #[serde(rename = "fails", alias = "broken")]
    Broken,
    /// The runs do not say.
    Undecided,
    /// There is nothing to say: its quantile needs more entities than there are. Never a verdict.
    Skipped,
}

impl Status {
    /// The one word for it, in every form of a report.
    pub const fn word(self) -> &'static str {
        match self {
            Status::Met => "holds",
            Status::Broken => "fails",
            Status::Undecided => "undecided",
            Status::Skipped => "skipped",
        }
    }

    /// The better, the less: what holds before what is undecided before what fails.
    pub fn rank(self) -> u8 {
        match self {
            Status::Met => 0,
            Status::Undecided | Status::Skipped => 1,
            Status::Broken => 2,
        }
    }
}

/// Why the runs do not say.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Open {
    /// The interval contains the number: more runs make it narrower.
    Interval,
    /// One run says nothing about the spread.
    OneRun,
    /// A run was stopped before its end.
    CutOff,
    /// There was no run.
    NoRun,
}

impl Open {
    const fn in_words(self) -> &'static str {
        match self {
            Open::Interval => "the 95 % interval contains the number",
            Open::OneRun => "one run says nothing about the spread",
            Open::CutOff => "a run was stopped before its end",
            Open::NoRun => "there was no run",
        }
    }
}

/// What the runs say of an expectation.
#[derive(Clone, PartialEq, Debug)]
pub struct Judgement {
    /// The verdict.
    pub status: Status,
    /// The mean over runs that have a value; `None` where none has, infinity for *never*.
    pub observed: Option<f64>,
    /// What else must be said, in a sentence.
    pub note: Option<String>,
    /// Why it is undecided, if it is.
    pub open: Option<Open>,
}

/// Judges an expectation by the values of its metric, in the order of the runs. `deterministic`
/// says that every run is the same; `cut_off` that at least one run was stopped early.
pub fn judge(
    expectation: &Expectation,
    values: &[Option<f64>],
    deterministic: bool,
    cut_off: bool,
) -> Judgement {
    let undecided = |observed, open: Open| Judgement {
        status: Status::Undecided,
        observed,
        note: Some(open.in_words().to_owned()),
        open: Some(open),
    };
    let estimate = Estimate::of(values);
    let nevers = values
        .iter()
        .flatten()
        .filter(|value| value.is_infinite())
        .count();
    let observed = match estimate {
        _ if nevers > 0 => Some(f64::INFINITY),
        Some(estimate) => Some(estimate.mean),
        None => None,
    };
    if cut_off {
        return undecided(observed, Open::CutOff);
    }
    if values.is_empty() {
        return undecided(None, Open::NoRun);
    }
    let Some(mean) = observed else {
        return Judgement {
            status: Status::Skipped,
            observed: None,
            note: Some("skipped: too few entities for this quantile".to_owned()),
            open: None,
        };
    };
    let values = &with_value(values)[..];
    if let Holds::ShareOfRuns(share) = expectation.holds {
        return share_of_runs(expectation, share, values, mean, deterministic);
    }
    if expectation.comparison == Comparison::Equal {
        return every_run(expectation.value, values, mean, deterministic);
    }
    let holds = |value: f64| expectation.comparison.holds(value, expectation.value);
    let settled = |status| Judgement {
        status,
        observed: Some(mean),
        note: None,
        open: None,
    };
    if nevers > 0 {
        // The mean is never, above any number.
        let status = if holds(f64::INFINITY) {
            Status::Met
        } else {
            Status::Broken
        };
        let note = format!(
            "never in {nevers} of {}",
            counted(values.len() as f64, "runs")
        );
        return Judgement {
            status,
            observed: Some(mean),
            note: Some(note),
            open: None,
        };
    }
    let same = estimate.is_some_and(|estimate| estimate.sd == 0.0);
    if deterministic || (same && values.len() > 1) {
        return Judgement {
            status: match holds(mean) {
                true => Status::Met,
                false => Status::Broken,
            },
            observed: Some(mean),
            note: (!deterministic).then(|| in_all(values.len())),
            open: None,
        };
    }
    match estimate.and_then(|estimate| estimate.interval) {
        None => undecided(Some(mean), Open::OneRun),
        Some(interval) => match (holds(interval.low), holds(interval.high)) {
            (true, true) => settled(Status::Met),
            (false, false) => settled(Status::Broken),
            _ => undecided(Some(mean), Open::Interval),
        },
    }
}

/// The runs in which the metric has a value.
fn with_value(values: &[Option<f64>]) -> Vec<Option<f64>> {
    values.iter().copied().filter(Option::is_some).collect()
}

/// What is expected of a scenario that expects nothing: that no unit of any workload fails.
pub fn assumed(plan: &Plan) -> Vec<Expectation> {
    let foreground = plan
        .workloads
        .iter()
        .filter(|workload| !workload.background);
    let units = foreground.filter_map(|workload| {
        let mut blocks = workload.blocks.clone();
        let unit = blocks.find(|block| plan.blocks[*block as usize].role == BlockRole::Unit)?;
        let units = &plan.blocks[unit as usize].name;
        let metric = format!("{}.{units}.failed", workload.name);
        Some(Expectation::of(metric, Comparison::Equal, 0.0))
    });
    units.collect()
}

/// The error that a verdict on a share of runs may make: 1 minus the confidence of intervals.
const DOUBT: f64 = 0.05;

/// Runs that it takes at least to say that something is so in a share of all runs, if it is so in each of
/// them.
pub(crate) fn runs_for(share: f64) -> f64 {
    libm::ceil(libm::log(DOUBT) / libm::log(share))
}

/// Whether an expectation holds in a share of all runs, by the runs in which it does.
fn share_of_runs(
    expectation: &Expectation,
    share: f64,
    values: &[Option<f64>],
    mean: f64,
    deterministic: bool,
) -> Judgement {
    let holds = |value: &&f64| expectation.comparison.holds(**value, expectation.value);
    let runs = values.len() as u32;
    let so = values.iter().flatten().filter(holds).count() as u32;
    let counted = format!("so in {so} of {}", counted(f64::from(runs), "runs"));
    let judgement = |status, note: String, open| Judgement {
        status,
        observed: Some(mean),
        note: Some(note),
        open,
    };
    if deterministic || share >= 1.0 {
        return match so == runs {
            false => judgement(Status::Broken, counted, None),
            true if deterministic => judgement(Status::Met, "so in every run".to_owned(), None),
            true if runs == 1 => judgement(Status::Undecided, counted, Some(Open::OneRun)),
            true => judgement(Status::Met, in_all(values.len()), None),
        };
    }
    let percent = share * 100.0;
    if at_least(so, runs, share) <= DOUBT {
        return judgement(Status::Met, counted, None);
    }
    if at_most(so, runs, share) <= DOUBT {
        return judgement(Status::Broken, counted, None);
    }
    let needed = runs_for(share);
    let open = match f64::from(runs) < needed {
        true => format!(
            "{counted}; at least {needed} runs, all of them so, can say {percent} % with 95 % confidence"
        ),
        false => format!("{counted}, which may be {percent} % of all runs or not"),
    };
    judgement(Status::Undecided, open, Some(Open::Interval))
}

fn every_run(number: f64, values: &[Option<f64>], mean: f64, deterministic: bool) -> Judgement {
    let differing = values
        .iter()
        .flatten()
        .filter(|value| **value != number)
        .count();
    let runs = values.len();
    if differing > 0 {
        let note = format!("not so in {differing} of {}", counted(runs as f64, "runs"));
        return Judgement {
            status: Status::Broken,
            observed: Some(mean),
            note: Some(note),
            open: None,
        };
    }
    if runs == 1 && !deterministic {
        return Judgement {
            status: Status::Undecided,
            observed: Some(mean),
            note: Some("so in one run, which says too little about others".to_owned()),
            open: Some(Open::OneRun),
        };
    }
    Judgement {
        status: Status::Met,
        observed: Some(mean),
        note: (!deterministic).then(|| in_all(runs)),
        open: None,
    }
}

/// How sure it is that what all runs have in common is so in others.
fn in_all(runs: usize) -> String {
    let limit = no_events_limit(runs as u32) * 100.0;
    format!("so in all {runs} runs: with 95 % confidence otherwise in under {limit:.1} % of runs")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expect(comparison: Comparison, value: f64) -> Expectation {
        Expectation::of("ci.jobs.failed", comparison, value)
    }

    fn status(comparison: Comparison, value: f64, values: &[f64]) -> Status {
        let values: Vec<Option<f64>> = values.iter().copied().map(Some).collect();
        judge(&expect(comparison, value), &values, false, false).status
    }

    #[test]
    fn an_interval_on_one_side_decides_and_one_that_straddles_does_not() {
        let values = [9.0, 10.0, 11.0, 10.0, 10.0];
        assert_eq!(status(Comparison::AtMost, 12.0, &values), Status::Met);
        assert_eq!(status(Comparison::AtMost, 8.0, &values), Status::Broken);
        assert_eq!(status(Comparison::AtMost, 10.0, &values), Status::Undecided);
        assert_eq!(status(Comparison::Above, 8.0, &values), Status::Met);
    }

    #[test]
    fn equal_means_in_every_run_and_says_how_sure_that_is() {
        assert_eq!(
            status(Comparison::Equal, 0.0, &[0.0, 0.0, 1.0]),
            Status::Broken
        );
        let zeros = vec![Some(0.0); 30];
        let judgement = judge(&expect(Comparison::Equal, 0.0), &zeros, false, false);
        assert_eq!(judgement.status, Status::Met);
        assert!(judgement.note.is_some_and(|note| note.contains("9.5 %")));
        let at_most = judge(&expect(Comparison::AtMost, 0.0), &zeros, false, false);
        assert!(at_most.note.is_some_and(|note| note.contains("9.5 %")));
        assert_eq!(status(Comparison::Equal, 0.0, &[0.0]), Status::Undecided);
    }

    #[test]
    fn never_is_above_any_number_and_a_cut_off_decides_nothing() {
        assert_eq!(
            status(Comparison::AtMost, 1e9, &[1.0, f64::INFINITY]),
            Status::Broken
        );
        let values = [Some(0.0)];
        let judgement = judge(&expect(Comparison::Equal, 0.0), &values, true, true);
        assert_eq!(judgement.status, Status::Undecided);
    }

    #[test]
    fn a_quantile_that_no_run_has_is_skipped_and_one_that_some_runs_have_is_judged_by_those() {
        let expectation = expect(Comparison::AtMost, 5.0);
        let judged = |values: &[Option<f64>]| judge(&expectation, values, false, false).status;
        assert_eq!(judged(&[None, None]), Status::Skipped);
        assert_eq!(judged(&[Some(3.0), None, Some(3.0)]), Status::Met);
        assert_eq!(judged(&[Some(7.0), None, Some(7.0)]), Status::Broken);
        assert_eq!(judged(&[]), Status::Undecided);
    }

    #[test]
    fn a_single_run_decides_only_what_is_deterministic() {
        let one = [Some(3.0)];
        let expectation = expect(Comparison::AtMost, 5.0);
        assert_eq!(judge(&expectation, &one, true, false).status, Status::Met);
        assert_eq!(
            judge(&expectation, &one, false, false).status,
            Status::Undecided
        );
    }

    /// The verdict on `failed == 0` in a share of runs, where so many of so many have no failure.
    fn in_share(share: f64, so: usize, runs: usize) -> Judgement {
        let mut expectation = expect(Comparison::Equal, 0.0);
        expectation.holds = Holds::ShareOfRuns(share);
        let values: Vec<Option<f64>> = (0..runs)
            .map(|run| Some(f64::from(u8::from(run >= so))))
            .collect();
        judge(&expectation, &values, false, false)
    }

    #[test]
    fn a_share_of_runs_is_met_or_broken_when_the_count_leaves_little_doubt() {
        assert_eq!(in_share(0.95, 59, 59).status, Status::Met);
        assert_eq!(in_share(0.95, 300, 300).status, Status::Met);
        assert_eq!(in_share(0.95, 25, 30).status, Status::Broken);
        assert_eq!(in_share(0.95, 285, 300).status, Status::Undecided);
        assert_eq!(in_share(0.5, 27, 30).status, Status::Met);
    }

    #[test]
    fn too_few_runs_to_say_a_share_say_how_many_it_takes() {
        let judgement = in_share(0.95, 30, 30);
        assert_eq!(
            (judgement.status, judgement.open),
            (Status::Undecided, Some(Open::Interval))
        );
        let note = judgement.note.unwrap();
        assert!(note.contains("at least 59 runs"), "{note}");
    }

    #[test]
    fn all_runs_means_every_single_one() {
        assert_eq!(in_share(1.0, 30, 30).status, Status::Met);
        assert_eq!(in_share(1.0, 29, 30).status, Status::Broken);
        assert_eq!(in_share(1.0, 1, 1).status, Status::Undecided);
        let mut expectation = expect(Comparison::AtMost, 5.0);
        expectation.holds = Holds::ShareOfRuns(0.99);
        let judged = |value| judge(&expectation, &[Some(value)], true, false).status;
        assert_eq!((judged(3.0), judged(7.0)), (Status::Met, Status::Broken));
        assert_eq!(judged(f64::INFINITY), Status::Broken);
    }
}
