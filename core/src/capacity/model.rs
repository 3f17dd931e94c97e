//! The data of a capacity report: what `--format json` writes.

use super::load::{Load, Measure};
use crate::judge::Status;
use crate::report::model::{Figure, Quantity, Settings};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The name and version of the JSON form.
pub const SCHEMA: &str = "pullstorm-capacity/1";

/// Up to which load each variant holds, and what happens on the way.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Capacity {
    /// [`SCHEMA`].
    pub schema: Cow<'static, str>,
    /// Name of the scenario.
    pub scenario: String,
    /// Its title.
    pub title: String,
    /// The seed.
    pub seed: u64,
    /// The path of the number that means load.
    pub path: String,
    /// What one of it is called, in the plural; empty where the number says its unit.
    pub unit: String,
    /// What the number is.
    pub measure: Measure,
    /// The smallest load looked at.
    pub from: Load,
    /// The largest.
    pub to: Load,
    /// The load that somebody asks for; none where nobody does.
    #[serde(default)]
    pub target: Option<Load>,
    /// What is counted as failed and started: `ci.jobs`.
    pub units: String,
    /// Which start delay `start_delay_judged` is: the one that an expectation speaks of, else
    /// the 99th percentile.
    pub start_delay: String,
    /// The most runs a variant may have had.
    pub runs_most: u32,
    /// *Today* first.
    pub variants: Vec<VariantCapacity>,
    /// Whether the user stopped it before its end.
    pub interrupted: bool,
    /// What a reader should know besides.
    pub notes: Vec<String>,
}

/// Up to which load a variant holds.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct VariantCapacity {
    /// Its name; `today` without overrides.
    pub name: String,
    /// What it changes.
    pub about: String,
    /// What it sets: path and value.
    pub overrides: Vec<(String, String)>,
    /// Whether every run is the same.
    pub deterministic: bool,
    /// Runs that were spent on it.
    pub runs: u32,
    /// Whether less of the number is more load: an interval, a quota.
    pub falling: bool,
    /// The largest load at which all expectations are met, and at every smaller one that was tried;
    /// the smallest where less is more. None if there is none.
    pub holds_to: Option<Load>,
    /// Runs in which that was seen.
    pub holds_in: u32,
    /// Whether that is the end of the range, so that it may hold beyond.
    pub or_more: bool,
    /// The nearest load beyond it at which an expectation is surely broken. What lies between is
    /// undecided. None if the range ends before.
    pub fails_from: Option<Load>,
    /// What breaks there, as it was written.
    pub broken: Vec<String>,
    /// Loads beyond one that does not hold which hold nevertheless.
    pub holds_again: Vec<Load>,
    /// Why it is not known better, if it is not.
    pub unsure: Option<Unsure>,
    /// How far the load of today is from the largest that holds; none where the scenario does not
    /// write it.
    pub headroom: Option<Headroom>,
    /// Where throttling begins to grow ([`super::knee`]).
    pub knee: Option<Load>,
    /// The curve, by rising number.
    pub curve: Vec<PointReport>,
    /// What quota a target load would need.
    pub quota: Option<Quota>,
}

/// Why a border is not known better.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unsure {
    /// The 95 % interval contains the number expected, or runs were cut off.
    Undecided,
    /// Up to where something is surely broken, or to the end of the range, the expectations cannot be told
    /// of so few as there are: their quantiles need more.
    Skipped,
    /// The runs allowed were spent.
    RunsSpent,
    /// The user stopped it.
    Interrupted,
}

/// How far the load of today is from the largest that holds.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Headroom {
    /// The load of today.
    pub now: Load,
    /// Whether the variant holds there.
    pub verdict: Status,
    /// How much more would hold, in the load's own numbers; negative if less would. Zero where it is
    /// not known.
    pub spare: f64,
    /// The same in percent of today's load; none where that is zero or it is not known.
    pub spare_percent: Option<f64>,
    /// How far that is known.
    #[serde(default)]
    pub known: Known,
}

/// How far a headroom is known.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Known {
    /// It is so much.
    #[default]
    Exactly,
    /// It is so much or more: the range ends, or what lies beyond is undecided. Of what is too much, it
    /// may be less.
    AtLeast,
    /// The range ends before the load of today, or what lies between is undecided.
    NotAtAll,
}

/// What happens at a load.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct PointReport {
    /// The load.
    pub load: Load,
    /// How the expectations fare together.
    pub verdict: Status,
    /// Expectations that are broken or undecided.
    pub lacking: Vec<String>,
    /// How many runs.
    pub runs: u32,
    /// Whether a run was stopped before its end.
    pub cut_off: bool,
    /// How many failed.
    pub failed: Figure,
    /// The part of those wanted that failed.
    pub failed_share: Figure,
    /// Mean start delay of those that started.
    pub start_delay_mean: Figure,
    /// 99 of 100 wanted started within this.
    pub start_delay_p99: Figure,
    /// The start delay that [`Capacity::start_delay`] names.
    pub start_delay_judged: Figure,
    /// When the last one ended; never if one failed.
    pub finished_after: Figure,
    /// Attempts refused.
    pub throttled: Figure,
    /// Part of the attempts that was refused.
    pub throttled_share: Figure,
    /// Seconds; no retry timing finishes earlier in any run.
    pub best_possible: Option<Quantity>,
}

/// The quota that a target load would need.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Quota {
    /// The target.
    pub target: Load,
    /// Whether it holds there with the limits of today; none where that was not simulated.
    #[serde(default)]
    pub verdict: Option<Status>,
    /// What it needs.
    pub answer: Answer,
    /// The limits to raise, each as little as will do.
    pub raises: Vec<Raise>,
    /// What is broken at the target without them.
    pub broken: Vec<String>,
    /// The texts that ask for them: quota requests, or the mail to a provider that does not raise
    /// them.
    #[serde(default)]
    pub requests: Vec<Settings>,
}

/// What a target load needs.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Nothing: it holds as it is.
    Nothing,
    /// The raises of the list.
    Raises,
    /// The raises of the list, of which at least one is not to be had.
    CannotBeRaised,
    /// No quota would do: with every limit that throttles out of the way it does not hold.
    NoQuota,
    /// It was not found out: the runs were spent, or the user stopped it.
    Unknown,
    /// Nothing is judged there: too few entities for what is expected.
    NotJudged,
}

/// A limit to raise.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Raise {
    /// Name of the service in the scenario.
    pub service: String,
    /// Name of the limiter.
    pub limiter: String,
    /// How it counts today: `200 burst, 4/s`.
    pub from: String,
    /// How it would have to count.
    pub to: String,
    /// The number to ask for, over the one of today.
    pub factor: f64,
    /// Whether it is a limit of the clients themselves: a setting, for which nobody is asked.
    #[serde(default)]
    pub own: bool,
    /// Whether the provider raises it; none where nobody says.
    pub raisable: Option<bool>,
    /// Where that is said.
    pub source: String,
    /// Path and value that set it in the scenario, where it can be written so.
    pub set: Option<(String, String)>,
}
