//! Running the built-in scenarios the way the tests of `tests/tests/incidents` speak of them.

use pullstorm_core::engine::Reason;
use pullstorm_core::replicate::{Prepared, RunSummary, prepare, run_one};
use pullstorm_core::scenario::Document;
use pullstorm_core::scenarios::built_in;

/// The seed of every run in these tests; a failure is repeated with it.
pub const SEED: u64 = 1;

/// A built-in scenario.
///
/// # Panics
/// If there is none of this name, or its file has a mistake.
pub fn incident(name: &str) -> Document {
    let found = built_in(name).unwrap_or_else(|| panic!("there is a scenario {name}"));
    Document::parse(name, found.text.as_bytes()).unwrap_or_else(|problems| panic!("{problems}"))
}

/// The scenario with a value set, in *today* and in all variants.
///
/// # Panics
/// If the path or the value is wrong.
pub fn with(document: &Document, path: &str, value: &str) -> Document {
    document
        .set_everywhere(path, value)
        .unwrap_or_else(|problems| panic!("{problems}"))
}

/// All variants of a scenario, *today* first.
///
/// # Panics
/// If one of them does not compile.
pub fn variants(document: &Document) -> Vec<Prepared> {
    prepare(document, &[]).unwrap_or_else(|problems| panic!("{problems}"))
}

/// One variant.
///
/// # Panics
/// If it does not exist or does not compile.
pub fn variant(document: &Document, name: &str) -> Prepared {
    let only = [name.to_owned()];
    let prepared = prepare(document, &only).unwrap_or_else(|problems| panic!("{problems}"));
    let found = prepared.into_iter().find(|variant| variant.name == name);
    found.unwrap_or_else(|| panic!("there is a variant {name}"))
}

/// Runs 0, 1, 2 ... of a variant.
#[derive(Debug)]
pub struct Runs {
    variant: Prepared,
    runs: Vec<RunSummary>,
}

impl Runs {
    /// The first `count` runs.
    pub fn of(variant: Prepared, count: u32) -> Self {
        let runs = (0..count).map(|run| run_one(&variant, SEED, run)).collect();
        Runs { variant, runs }
    }

    /// The runs themselves.
    pub fn summaries(&self) -> &[RunSummary] {
        &self.runs
    }

    /// Whether every run of both came to the same, to the last digit.
    pub fn same_as(&self, other: &Runs) -> bool {
        let digests = |runs: &Runs| -> Vec<String> {
            runs.runs.iter().map(|run| run.digest.to_string()).collect()
        };
        digests(self) == digests(other)
    }

    /// How often, in all runs, a loop gave up for this reason.
    pub fn gave_up(&self, reason: Reason) -> u64 {
        let causes = self.runs.iter().flat_map(|run| &run.causes);
        let counted = causes.filter(|cause| cause.key.reason == reason);
        counted.map(|cause| cause.count).sum()
    }

    /// A metric in the order of the runs; infinity is *never*.
    ///
    /// # Panics
    /// If there is no such metric, or a run has no value for it.
    pub fn values(&self, path: &str) -> Vec<f64> {
        let metrics = &self.variant.metrics;
        let index = metrics.find(path);
        let index = index.unwrap_or_else(|| panic!("there is a metric {path}"));
        let value = |run: &RunSummary| run.values[index];
        let values = self.runs.iter().map(value);
        values
            .map(|value| value.unwrap_or_else(|| panic!("{path} has a value in every run")))
            .collect()
    }

    /// The value of a metric that is the same in every run.
    ///
    /// # Panics
    /// If it differs between runs.
    pub fn always(&self, path: &str) -> f64 {
        let values = self.values(path);
        let first = values[0];
        assert!(
            values.iter().all(|value| *value == first),
            "{path} is {first} in run 0 and differs in another: {values:?}"
        );
        first
    }

    /// The mean of a metric over the runs.
    pub fn mean(&self, path: &str) -> f64 {
        self.values(path).iter().sum::<f64>() / self.runs.len() as f64
    }

    /// Smallest and largest value of a metric over the runs.
    pub fn range(&self, path: &str) -> (f64, f64) {
        let values = self.values(path);
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        (least, most)
    }
}
