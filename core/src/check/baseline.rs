//! What a baseline keeps: per variant the digest, the headline numbers and where they come from.

use super::origin::{self, InForce, Policy, PresetValues};
use super::report::Checked;
use super::tolerance::Tolerance;
use crate::judge::Status;
use crate::metric::Unit;
use crate::order::Arrange;
use crate::plan::Plan;
use crate::report::model::Figure;
use crate::report::{Judged, names, running_lowest};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The name and version of the file.
pub const SCHEMA: &str = "pullstorm-baseline/1";

/// The part of the name that all versions share.
const FAMILY: &str = "pullstorm-baseline/";

/// A baseline file.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Baseline {
    /// [`SCHEMA`].
    pub schema: String,
    /// The version of Pullstorm that wrote it.
    pub pullstorm: String,
    /// How far its numbers may move.
    pub tolerance: Tolerance,
    /// The variants.
    pub entries: Vec<Entry>,
}

/// What a baseline says of one variant.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// Name of the scenario.
    pub scenario: String,
    /// Name of the variant.
    pub variant: String,
    /// The scenario's file as it was named then; none for a built-in scenario, and where it is not
    /// known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// [`Document::fingerprint`].
    pub fingerprint: String,
    /// The seed of its runs.
    pub seed: u64,
    /// How many runs.
    pub runs: u32,
    /// Whether every run is the same.
    pub deterministic: bool,
    /// The digest of all runs, in order.
    pub digest: String,
    /// How its expectations fared together.
    pub verdict: Status,
    /// Its headline numbers.
    pub numbers: Vec<Number>,
    /// The presets it uses, and their values.
    pub presets: Vec<PresetValues>,
    /// The limits that it asks, whoever set them; `None` in files of before they were kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<Vec<InForce>>,
    /// The retry policies of its loops.
    pub policies: Vec<Policy>,
}

/// A headline number: the mean over runs in which it is not *never*, and its 95 % interval.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Number {
    /// The path of its metric.
    pub path: String,
    /// What the number is.
    pub unit: Unit,
    /// The mean; `None` where it is *never* in every run, or no run has a value.
    pub mean: Option<f64>,
    /// Lower end of the interval; `None` for a single run.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// Runs in which it is *never*.
    pub never: u32,
}

/// Why a text is not a baseline that can be compared with.
#[derive(Clone, Eq, PartialEq, Debug)]
pub enum BaselineError {
    /// It is not JSON, or not a baseline.
    Other(String),
    /// It is a baseline of another version.
    Version {
        /// Its version: `pullstorm-baseline/2`.
        schema: String,
        /// The version of Pullstorm that wrote it, if it says so.
        pullstorm: Option<String>,
    },
    /// It says something twice, and nobody knows which of both counts.
    Twice(String),
}

impl fmt::Display for BaselineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BaselineError::Other(why) => write!(f, "it is not a baseline: {why}"),
            BaselineError::Twice(what) => write!(
                f,
                "it has {what} twice, and which of both counts is not known"
            ),
            BaselineError::Version { schema, pullstorm } => {
                let by = pullstorm.as_deref().unwrap_or("another version");
                write!(
                    f,
                    "it is a {schema} file, written by Pullstorm {by}; Pullstorm {} reads {SCHEMA}",
                    env!("CARGO_PKG_VERSION")
                )
            }
        }
    }
}

impl std::error::Error for BaselineError {}

/// The head of a file of any version.
#[derive(Deserialize)]
struct Version {
    schema: Option<String>,
    pullstorm: Option<String>,
}

impl Baseline {
    /// A baseline of these variants.
    pub fn new(tolerance: Tolerance, mut entries: Vec<Entry>) -> Self {
        entries.arrange_by(|a, b| (&a.scenario, &a.variant).cmp(&(&b.scenario, &b.variant)));
        Baseline {
            schema: SCHEMA.to_owned(),
            pullstorm: env!("CARGO_PKG_VERSION").to_owned(),
            tolerance,
            entries,
        }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// What is not a baseline, one of another version of the format, or one that has a variant or a
    /// number of it twice.
    pub fn parse(text: &str) -> Result<Self, BaselineError> {
        let other = |error: serde_json::Error| BaselineError::Other(error.to_string());
        let version: Version = serde_json::from_str(text).map_err(other)?;
        match version.schema {
            Some(schema) if schema == SCHEMA => {
                let baseline: Baseline = serde_json::from_str(text).map_err(other)?;
                match baseline.twice() {
                    Some(what) => Err(BaselineError::Twice(what)),
                    None => Ok(baseline),
                }
            }
            Some(schema) if schema.starts_with(FAMILY) => Err(BaselineError::Version {
                schema,
                pullstorm: version.pullstorm,
            }),
            Some(schema) => {
                let why = format!("its schema is `{schema}`, where a baseline has `{SCHEMA}`");
                Err(BaselineError::Other(why))
            }
            None => Err(BaselineError::Other("it names no `schema`".to_owned())),
        }
    }

    /// The first variant, or number of a variant, that it has twice: as two branches that are merged
    /// leave it.
    fn twice(&self) -> Option<String> {
        for (place, entry) in self.entries.iter().enumerate() {
            let Entry {
                scenario, variant, ..
            } = entry;
            let is_same = |it: &Entry| (&it.scenario, &it.variant) == (scenario, variant);
            if self.entries[..place].iter().any(is_same) {
                return Some(format!("`{scenario}`, variant `{variant}`,"));
            }
            for (place, number) in entry.numbers.iter().enumerate() {
                let mut before = entry.numbers[..place].iter();
                if before.any(|it| it.path == number.path) {
                    let path = &number.path;
                    return Some(format!("`{path}` of `{scenario}`, variant `{variant}`,"));
                }
            }
        }
        None
    }

    /// What it says of a variant.
    pub fn find(&self, scenario: &str, variant: &str) -> Option<&Entry> {
        let mut entries = self.entries.iter();
        entries.find(|entry| entry.scenario == scenario && entry.variant == variant)
    }
}

impl Entry {
    /// What a baseline keeps of a variant that was run.
    pub fn of(checked: &Checked<'_>) -> Self {
        let Checked {
            file,
            document,
            judged,
        } = checked;
        let prepared = &judged.prepared;
        Entry {
            scenario: prepared.scenario.name.clone(),
            variant: prepared.name.clone(),
            file: file.clone(),
            fingerprint: document.fingerprint(&prepared.name),
            seed: judged.seed,
            runs: judged.runs.len() as u32,
            deterministic: prepared.deterministic,
            digest: judged.digest(),
            verdict: judged.verdict,
            numbers: numbers(judged),
            presets: origin::presets(prepared),
            limits: Some(origin::limits(&prepared.plan)),
            policies: origin::policies(&prepared.plan),
        }
    }
}

/// The numbers that a table shows of each workload, what limiters refused, and whatever is expected.
fn numbers(judged: &Judged) -> Vec<Number> {
    let metrics = &judged.prepared.metrics;
    let expected = judged.expectations.iter().map(|it| it.metric.clone());
    let mut paths = headline_paths(&judged.prepared.plan);
    paths.extend(expected);
    let mut numbers: Vec<Number> = Vec::new();
    for path in paths {
        let metric = metrics.find(&path).and_then(|at| metrics.get(at));
        let Some(metric) = metric.filter(|_| numbers.iter().all(|known| known.path != path)) else {
            continue;
        };
        let figure = judged.figure(&path, None);
        numbers.push(Number::of(path, metric.unit, &figure));
    }
    numbers
}

fn headline_paths(plan: &Plan) -> Vec<String> {
    let mut paths = Vec::new();
    let foreground = plan.workloads.iter().filter(|it| !it.background);
    for workload in foreground {
        let (name, units, calls) = names(plan, workload);
        for unit in ["finished", "failed", "start_delay.p90"] {
            paths.push(format!("{name}.{units}.{unit}"));
        }
        paths.push(format!("{name}.finished_after"));
        paths.extend(running_lowest(plan, &workload.name));
        for call in ["first_throttled", "failed", "amplification"] {
            paths.push(format!("{name}.{calls}.{call}"));
        }
    }
    for limiter in plan.limiters.iter().filter(|it| !it.keys.is_empty()) {
        let (service, name) = (&limiter.service, &limiter.name);
        paths.push(format!("limiters.{service}.{name}.throttled_share"));
    }
    paths
}

impl Number {
    fn of(path: String, unit: Unit, figure: &Figure) -> Self {
        Number {
            path,
            unit,
            mean: figure.mean_otherwise,
            low: figure.low,
            high: figure.high,
            never: figure.never,
        }
    }

    /// Half its interval; 0 where it has none.
    pub(super) fn half(&self) -> f64 {
        self.low
            .zip(self.high)
            .map_or(0.0, |(low, high)| (high - low) / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_baseline_reads_back_as_it_was_written() {
        let baseline = Baseline::new(Tolerance::default(), Vec::new());
        let text = serde_json::to_string(&baseline).unwrap();
        assert_eq!(Baseline::parse(&text), Ok(baseline));
    }

    #[test]
    fn a_variant_or_a_number_that_stands_there_twice_is_refused_with_its_name() {
        let number = r#"{"path": "ci.finished_after", "unit": "seconds", "mean": 1.0, "low": null,
            "high": null, "never": 0}"#;
        let entry = |numbers: &[&str]| {
            let numbers = numbers.join(", ");
            format!(
                r#"{{"scenario": "logins", "variant": "today", "fingerprint": "", "seed": 1, "runs": 1,
                "deterministic": true, "digest": "", "verdict": "holds", "numbers": [{numbers}],
                "presets": [], "policies": []}}"#
            )
        };
        let parsed = |entries: &[String]| {
            let entries = entries.join(", ");
            Baseline::parse(&format!(
                r#"{{"schema": "pullstorm-baseline/1", "pullstorm": "0.1.0",
                "tolerance": {{"all": {{"relative": 0.02}}}}, "entries": [{entries}]}}"#
            ))
        };
        let once = entry(&[number]);
        assert!(parsed(std::slice::from_ref(&once)).is_ok());
        let told = parsed(&[once.clone(), once]).unwrap_err().to_string();
        assert!(
            told.starts_with("it has `logins`, variant `today`, twice"),
            "{told}"
        );
        let told = parsed(&[entry(&[number, number])]).unwrap_err().to_string();
        assert!(
            told.starts_with("it has `ci.finished_after` of `logins`"),
            "{told}"
        );
    }

    #[test]
    fn another_version_is_told_from_what_is_no_baseline() {
        let refused = |text: &str| Baseline::parse(text).unwrap_err().to_string();
        let newer =
            refused(r#"{"schema": "pullstorm-baseline/2", "pullstorm": "9.1.0", "cases": 7}"#);
        assert!(
            newer.contains("pullstorm-baseline/2 file, written by Pullstorm 9.1.0"),
            "{newer}"
        );
        assert!(refused(r#"{"schema": "pullstorm-report/1"}"#).contains("`pullstorm-report/1`"));
        assert!(refused("{}").contains("no `schema`"));
        assert!(refused("pullstorm: 1").contains("not a baseline"));
        let torn = refused(r#"{"schema": "pullstorm-baseline/1", "pullstorm": "0.1.0"}"#);
        assert!(torn.contains("tolerance"), "{torn}");
    }
}
