//! The data of a report: what the command line and the page show, and what `--format json` writes.
//!
//! Field names are a contract ([`SCHEMA`]); a field may be added, none changes its meaning.

mod answer;
mod way;

pub use answer::{Answer, LeverReport, SafeRegion};
pub use way::{
    LinkKind, LinkReport, NestedLoop, NotSo, Outlasting, SpenderReport, Sufferer, WayReport,
    WorstOperation,
};

use crate::capacity::RUNS_TO_CONFIRM;
use crate::catalog::{Effort, Owner, Pace};
use crate::metric::Unit;
use crate::plan::Assumption;
use crate::scenario::model::{Place, Severity};
use crate::statistics::Estimate;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::borrow::Cow;

/// The name and version of the JSON form.
pub const SCHEMA: &str = "pullstorm-report/2";

/// A whole report: of a run (one variant), a comparison, or a recommendation.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: Cow<'static, str>,
    /// Name of the scenario.
    pub scenario: String,
    /// Its title.
    pub title: String,
    /// The seed.
    pub seed: u64,
    /// The answer in a few labelled lines, most important first.
    pub lines: Vec<HeadLine>,
    /// The variants: *today* first, then the candidates; in a recommendation the best first.
    pub variants: Vec<VariantReport>,
    /// What is taken for granted, in any variant.
    pub assumptions: Vec<Assumption>,
    /// What shows that the cause is this one, before anything is changed.
    #[serde(default)]
    pub confirm: Vec<Probe>,
    /// What shows afterwards that a change holds.
    #[serde(default)]
    pub watch: Vec<Probe>,
    /// Changes to apply, in the native form of the tools that take them, best first.
    pub settings: Vec<Settings>,
    /// What to do, the soonest first: what stops it now, and the fix. Empty where nothing is to be done
    /// or nothing here would do, and in what is no recommendation.
    #[serde(default)]
    pub answers: Vec<Answer>,
    /// Single settings that are in no variant, best first, with what each comes to. Empty where nothing is
    /// to be done, and in what is no recommendation.
    #[serde(default)]
    pub levers: Vec<LeverReport>,
    /// Single settings that were not looked at, because runs of the scenario are long.
    #[serde(default)]
    pub levers_left_out: u32,
    /// The smallest sets of changes that hold where no single one does, best first.
    #[serde(default)]
    pub sets: Vec<LeverReport>,
    /// The variant to change to; none where nothing is to be done or nothing here would do.
    pub recommended: Option<String>,
    /// Whether the user stopped it before its end.
    pub interrupted: bool,
    /// What a reader should know besides: levers without effect and why, conflicts of sources.
    pub notes: Vec<String>,
}

impl Report {
    /// Says first of all that the user stopped it before its end.
    pub fn interrupt(&mut self, text: &str) {
        self.interrupted = true;
        let text = text.to_owned();
        let label = Label::Interrupted;
        self.lines.insert(0, HeadLine { label, text });
    }
}

/// A labelled line of the answer: `FAILS    184 of 384 first logins throttled`.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct HeadLine {
    /// What the line is about.
    pub label: Label,
    /// The sentence.
    pub text: String,
}

/// What a line of the answer is about.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Label {
    /// The scenario as it is fails.
    Fails,
    /// The scenario as it is holds.
    Holds,
    /// The runs do not say.
    Undecided,
    /// A workload that others' spending hits.
    Suffers,
    /// The limit that binds.
    Limit,
    /// Throttling that outlasts what set it off.
    Lasts,
    /// What the provider allows today, where the scenario is of another day.
    Today,
    /// What calls are given up on, where that is no limit.
    Cause,
    /// The user stopped it.
    Interrupted,
    /// A claim of the trade that is not so.
    NotSo,
    /// What is taken for granted.
    Assumed,
    /// What cannot help, and why.
    Cannot,
    /// What to do.
    Do,
    /// What stops it within minutes, without a deploy, where the fix takes longer.
    Now,
    /// The fix, where something else stops it sooner.
    ThisWeek,
    /// How sure this is: runs, seed, digest.
    Runs,
}

impl Label {
    /// The label as it is printed.
    pub const fn word(self) -> &'static str {
        match self {
            Label::Fails => "FAILS",
            Label::Holds => "HOLDS",
            Label::Undecided => "UNDECIDED",
            Label::Suffers => "SUFFERS",
            Label::Limit => "LIMIT",
            Label::Lasts => "LASTS",
            Label::Cause => "CAUSE",
            Label::Interrupted => "INTERRUPTED",
            Label::Today => "TODAY",
            Label::NotSo => "NOT SO",
            Label::Assumed => "ASSUMED",
            Label::Cannot => "CANNOT",
            Label::Do => "DO",
            Label::Now => "NOW",
            Label::ThisWeek => "THIS WEEK",
            Label::Runs => "RUNS",
        }
    }
}

/// One variant.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct VariantReport {
    /// Its name; `today` without overrides.
    pub name: String,
    /// What it changes.
    pub about: String,
    /// What it sets: path and value.
    pub overrides: Vec<(String, String)>,
    /// Who can make the change, and what it takes; none for *today*.
    pub change: Option<Change>,
    /// How many runs.
    pub runs: u32,
    /// Whether every run is the same.
    pub deterministic: bool,
    /// The digest of all runs, in order.
    pub digest: String,
    /// Runs that were stopped before their end, and why.
    pub cut_off: Option<String>,
    /// How the expectations fare together.
    pub verdict: crate::judge::Status,
    /// What breaks, where the number of failed units does not show it.
    pub broken_because: Option<String>,
    /// What breaks with all limiters out of the way, too; none where that is nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub without_limits: Option<WithoutLimits>,
    /// The expectations.
    pub expectations: Vec<ExpectationReport>,
    /// The numbers a table shows.
    pub headline: Headline,
    /// Lower limit on *finished after* by any retry timing.
    pub best_possible: BestReport,
    /// Up to which load all expectations are met; none where it was not asked.
    pub holds_to: Option<HoldsTo>,
    /// Why calls and jobs failed, most frequent first.
    pub causes: Vec<CauseReport>,
    /// The retry loops, with policy and amplification.
    pub loops: Vec<LoopReport>,
    /// The ways of the workloads: what each meets in order, and what binds.
    pub ways: Vec<WayReport>,
    /// The workloads that fail or wait because of what others spend.
    pub sufferers: Vec<Sufferer>,
    /// The limiters that go on refusing when what set the load off is over.
    pub outlasting: Vec<Outlasting>,
    /// Claims of the trade that the sources refute, and that matter here.
    pub not_so: Vec<NotSo>,
    /// The limiters.
    pub limiters: Vec<LimiterReport>,
    /// All metrics.
    pub metrics: Vec<MetricReport>,
}

/// What no limiter is behind: expectations that break with all of them out of the way, too.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct WithoutLimits {
    /// The expectations.
    pub broken: Vec<BrokenAnyway>,
    /// What it is instead, in words: slots that are waited for, a fault, the work itself.
    pub because: String,
    /// Whether limits do harm besides: another expectation breaks because of them, or more fail.
    pub limits_matter: bool,
}

/// An expectation that breaks without any limit, too.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct BrokenAnyway {
    /// As it was written.
    pub text: String,
    /// The path of what is compared.
    pub metric: String,
    /// What its number is.
    pub unit: Unit,
    /// What is observed without limits: the mean of a few runs.
    pub observed: Quantity,
}

/// Who can make a change.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Change {
    /// Who owns the hardest part: `you`, `CI vendor`, `cloud vendor`, `provider`.
    pub owner: Owner,
    /// What it takes: `setting`, `pipeline code`, `infrastructure`, `quota or money`.
    pub effort: Effort,
    /// How soon it counts: `minutes`, `days`.
    #[serde(default = "days")]
    pub pace: Pace,
    /// What is done where.
    pub applied: Vec<String>,
    /// Whether somebody can make it at all (a provider may not raise a limit).
    pub possible: bool,
    /// Overrides that change nothing or are no lever, and why.
    pub remarks: Vec<String>,
}

/// What a report that does not say it is taken to mean.
fn days() -> Pace {
    Pace::Days
}

/// An expectation.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct ExpectationReport {
    /// As it was written.
    pub text: String,
    /// The path of what is compared; of a count that is compared with a percentage, its share's.
    pub metric: String,
    /// What its number is.
    pub unit: Unit,
    /// What it means if it is broken.
    pub severity: Severity,
    /// Where it was written.
    #[serde(skip)]
    pub place: Option<Place>,
    /// Whether it holds.
    pub status: crate::judge::Status,
    /// The mean of its metric over runs.
    pub observed: Option<Quantity>,
    /// What else must be said.
    pub note: Option<String>,
    /// Why it is undecided, if it is.
    #[serde(skip)]
    pub open: Option<crate::judge::Open>,
    /// Whether the scenario does not state it and it is taken for granted.
    pub assumed: bool,
}

impl ExpectationReport {
    /// Whether it is broken and that breaks the verdict.
    pub fn breaks(&self) -> bool {
        self.status == crate::judge::Status::Broken && self.severity == Severity::Fail
    }
}

/// The numbers a table shows.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Headline {
    /// Whose numbers these are.
    pub workload: String,
    /// The other workloads of the scenario, whose numbers these are not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<String>,
    /// What is counted: `jobs`, `callers`.
    pub units: String,
    /// How many were wanted (mean over runs).
    pub wanted: f64,
    /// How many ended well.
    pub finished: Figure,
    /// How many failed.
    pub failed: Figure,
    /// When the last one ended; never if one failed.
    pub finished_after: Figure,
    /// How few tasks ran at the lowest, old and new. Only where tasks ran at the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub running_lowest: Option<Figure>,
    /// What that counts, where it is not every task that runs: healthy ones, ready pods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub running_counts: Option<String>,
    /// Nine of ten started within this.
    pub start_delay_p90: Figure,
    /// When the last one started, in seconds of scenario time. Only where a variant has its units
    /// wanted in waves or later than today's: start delays do not count that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_start: Option<Figure>,
    /// What calls are called: `logins`, `calls`.
    pub calls: String,
    /// Calls that were needed.
    pub calls_needed: f64,
    /// Calls whose first attempt was throttled.
    pub first_throttled: Figure,
    /// Calls that were given up.
    pub calls_failed: Figure,
    /// Attempts per call.
    pub amplification: Figure,
}

/// An estimate of a quantity over runs.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Figure {
    /// Mean over runs; *never* if it is so in any run; none if no run has a value.
    pub mean: Option<Quantity>,
    /// Lower end of the 95 % interval.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// Smallest over runs.
    pub min: Option<f64>,
    /// Largest finite value over runs.
    pub max: Option<f64>,
    /// Runs in which it is *never*.
    pub never: u32,
    /// Mean over the runs in which it is not *never*.
    pub mean_otherwise: Option<f64>,
    /// Paired difference to *today* over runs in which both have a value, with its interval.
    pub difference: Option<Difference>,
}

/// A paired difference to *today*.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Difference {
    /// Mean over runs.
    pub mean: f64,
    /// Lower end of the 95 % interval.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
}

impl Figure {
    /// The same figure of a metric that is never below or above these: its interval is cut there.
    pub fn within(mut self, least: f64, most: f64) -> Self {
        for end in [&mut self.low, &mut self.high].into_iter().flatten() {
            *end = end.clamp(least, most);
        }
        self
    }

    /// The figure of a metric from its values in the order of the runs, compared with *today*'s.
    pub fn of(values: &[Option<f64>], today: Option<&[Option<f64>]>) -> Self {
        let estimate = Estimate::of(values);
        let never = values
            .iter()
            .flatten()
            .filter(|value| value.is_infinite())
            .count() as u32;
        let mean = estimate.map(|estimate| estimate.mean);
        let interval = estimate.and_then(|estimate| estimate.interval);
        let difference = today
            .and_then(|today| {
                // One of the two may have had more runs.
                let paired = values.len().min(today.len());
                Estimate::of_differences(&values[..paired], &today[..paired])
            })
            .map(|estimate| Difference {
                mean: estimate.mean,
                low: estimate.interval.map(|interval| interval.low),
                high: estimate.interval.map(|interval| interval.high),
            });
        Figure {
            mean: if never > 0 {
                Some(Quantity::Never)
            } else {
                mean.map(Quantity::Number)
            },
            low: interval.map(|interval| interval.low),
            high: interval.map(|interval| interval.high),
            min: estimate.map(|estimate| estimate.min),
            max: estimate.map(|estimate| estimate.max),
            never,
            mean_otherwise: mean,
            difference,
        }
    }
}

/// A number, or *never*.
#[derive(Copy, Clone, PartialEq, Debug)]
pub enum Quantity {
    /// A number.
    Number(f64),
    /// Above any number.
    Never,
}

impl Quantity {
    /// The quantity of a value that may be infinite.
    pub fn of(value: f64) -> Self {
        if value.is_finite() {
            Quantity::Number(value)
        } else {
            Quantity::Never
        }
    }
}

impl Serialize for Quantity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Quantity::Number(number) => serializer.serialize_f64(*number),
            Quantity::Never => serializer.serialize_str("never"),
        }
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Number(f64),
            Word(String),
        }
        match Written::deserialize(deserializer)? {
            Written::Number(number) => Ok(Quantity::Number(number)),
            Written::Word(word) if word == "never" => Ok(Quantity::Never),
            Written::Word(word) => Err(de::Error::invalid_value(
                de::Unexpected::Str(&word),
                &"a number or `never`",
            )),
        }
    }
}

/// Best possible.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct BestReport {
    /// Seconds; the smallest over runs.
    pub finished_after: Quantity,
    /// What sets it, in words.
    pub set_by: String,
    /// Seconds until the last needed operation can be admitted.
    pub last_admission: Quantity,
}

/// Up to which load a variant holds.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct HoldsTo {
    /// The largest load that was tried and meets all expectations; 0 if the smallest does not.
    pub load: u32,
    /// Whether that was the largest tried, so that it may hold beyond.
    pub or_more: bool,
    /// Whether the search ended before it had found the border: a longer one may say less or more.
    #[serde(default)]
    pub about: bool,
    /// What one of it is called.
    pub unit: String,
    /// In how many runs at that load no expectation was broken; 1 where all runs are the same.
    pub runs: u32,
    /// The load that the variant was judged at, where the scenario writes it.
    pub now: Option<u32>,
}

impl HoldsTo {
    /// The load in words: `6 workflows`, `1 workflow`, `about 6 workflows`.
    pub fn named(&self) -> String {
        let about = self.roughly();
        match self.load {
            1 => format!("{about}1 {}", super::words::singular(&self.unit)),
            load => format!("{about}{load} {}", self.unit),
        }
    }

    /// Whether anything is known of it: a search that ended before any load was seen to hold says nothing.
    pub fn is_known(&self) -> bool {
        !self.about || self.load > 0
    }

    /// What stands before a load that a longer search may correct.
    pub fn roughly(&self) -> &'static str {
        match self.about && !self.or_more {
            true => "about ",
            false => "",
        }
    }

    /// In how few runs that was seen, where they are fewer than decide a border; none where it was
    /// seen in enough of them, where all runs are the same, and where no load holds.
    pub fn few_runs(&self) -> Option<u32> {
        (self.load > 0 && self.runs > 1 && self.runs < RUNS_TO_CONFIRM).then_some(self.runs)
    }
}

/// Why something failed.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct CauseReport {
    /// In words: which limiter or fault, which loop, why it stopped.
    pub text: String,
    /// How often per run, on average.
    pub per_run: f64,
}

/// A retry loop.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct LoopReport {
    /// Workload and loop: `ci.sdk`.
    pub name: String,
    /// Its policy, in words.
    pub policy: String,
    /// The longest time from its first to its last attempt under throttling, in seconds; none if
    /// there is no such time.
    pub span_max: Option<f64>,
    /// Passes through the loop per entry.
    pub amplification: Figure,
    /// Seconds asleep, all entities together.
    pub asleep: Figure,
}

/// A limiter.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct LimiterReport {
    /// Service and name: `ecr GetAuthorizationToken`.
    pub name: String,
    /// How it counts: `200 burst, 4/s`.
    pub rule: String,
    /// What it counts by.
    pub scope: String,
    /// The keys that were asked most, in run 0.
    pub keys: Vec<KeyReport>,
    /// The other keys together.
    pub other_keys: Option<OtherKeys>,
    /// Whether it is the client's own, which is a setting.
    #[serde(default)]
    pub own: bool,
    /// Whether the provider raises it.
    pub raisable: Option<bool>,
    /// Where the numbers come from.
    pub source: String,
    /// What about the numbers is assumed.
    pub assumption: Option<String>,
    /// Which of them is inferred, if one is: `burst inferred`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inferred: Option<String>,
    /// Load of other callers.
    pub background: String,
    /// Attempts that asked.
    pub offered: Figure,
    /// Attempts refused.
    pub throttled: Figure,
    /// Part of the attempts that other callers made.
    pub background_share: Figure,
    /// Who asked, most first.
    pub spenders: Vec<SpenderReport>,
    /// How long after the last cause from outside it still refused.
    pub recovered_after: Figure,
    /// The busiest minute of the busiest key, in run 0.
    pub busiest_minute: Option<BusiestMinute>,
    /// Rates and credits over time, in run 0.
    pub series: SeriesReport,
}

/// One key of a limiter, in run 0.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct KeyReport {
    /// The key.
    pub key: String,
    /// Attempts that asked.
    pub offered: u64,
    /// Attempts refused.
    pub throttled: u64,
    /// Its busiest minute.
    pub busiest_minute: Option<BusiestMinute>,
}

/// The keys that are not shown one by one, in run 0.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct OtherKeys {
    /// How many.
    pub keys: u64,
    /// Attempts that asked.
    pub offered: u64,
    /// Attempts refused.
    pub throttled: u64,
}

/// Counts per bin of time, all keys together, in run 0.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct SeriesReport {
    /// Width of a bin.
    pub bin_seconds: f64,
    /// Attempts let through.
    pub admitted: Vec<u64>,
    /// Attempts refused.
    pub throttled: Vec<u64>,
    /// Attempts of other callers among both.
    pub background: Vec<u64>,
    /// Credits left under the first key at its first decision in the bin.
    pub credits: Vec<Option<f64>>,
}

/// The minute in which a key of a limiter was asked most.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct BusiestMinute {
    /// The key.
    pub key: String,
    /// When it began, in seconds of scenario time.
    pub from: f64,
    /// Attempts in it.
    pub attempts: u64,
}

/// A metric.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct MetricReport {
    /// Its path.
    pub path: String,
    /// What the number is.
    pub unit: Unit,
    /// Its estimate.
    pub figure: Figure,
}

/// A change in the native form of the tool that takes it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Settings {
    /// The variant it belongs to.
    pub variant: String,
    /// The tool: `Harness account defaults`, `AWS config`.
    pub target: String,
    /// The file or place it goes to.
    pub place: String,
    /// Who can write it there.
    pub owner: Owner,
    /// The language it is written in.
    pub language: Language,
    /// The text to put there.
    pub text: String,
    /// What it does, and what it takes.
    pub why: String,
    /// What the variant comes to beside *today*, in numbers; none where it was not simulated.
    pub effect: Option<String>,
    /// What may go wrong, or what it leaves as it is.
    pub risk: String,
    /// How to undo it.
    pub undo: String,
}

/// A command that shows whether something is throttled.
#[derive(Clone, Eq, PartialEq, Debug, Deserialize, Serialize)]
pub struct Probe {
    /// Who throttles, or sees it: `Amazon ECR`.
    pub of: String,
    /// What it shows.
    pub about: String,
    /// The command, for a POSIX shell.
    pub command: String,
    /// What its answer means.
    pub reads: String,
    /// Where it is known from.
    pub source: String,
}

/// The language in which settings are written.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Sections of `key = value`.
    Ini,
    /// YAML.
    Yaml,
    /// JSON.
    Json,
    /// TOML.
    Toml,
    /// HCL, the language of Terraform.
    Hcl,
    /// Commands of a POSIX shell.
    Sh,
    /// Words, or a form to fill in.
    Text,
}

impl Language {
    /// Its name, for highlighting.
    pub const fn word(self) -> &'static str {
        match self {
            Language::Ini => "ini",
            Language::Yaml => "yaml",
            Language::Json => "json",
            Language::Toml => "toml",
            Language::Hcl => "hcl",
            Language::Sh => "sh",
            Language::Text => "text",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_of_a_count_never_leaves_what_is_possible() {
        let finished: Vec<Option<f64>> = [0.0, 0.0, 1.0].map(Some).to_vec();
        let plain = Figure::of(&finished, None);
        assert!(plain.low < Some(0.0) && plain.high > Some(1.0));
        let of_one = Figure::of(&finished, None).within(0.0, 1.0);
        assert_eq!((of_one.low, of_one.high), (Some(0.0), Some(1.0)));
    }
}
