//! Decorrelated jitter: the mean of the n-th sleep is `base * (2 * 1.5^n - 1)` without a cap.

use super::{Batches, CaseError, Directory, Family, Samples, Tally};
use pullstorm_core::random::{Key, Keys, Purpose};
use pullstorm_core::retry::{Class, Failure, Memory, RetryPolicy, Strategy, Verdict};
use pullstorm_core::units::{Span, Time};
use serde::Deserialize;

/// See the module.
pub const FAMILY: Family = Family::new("decorrelated-mean", &[FILE], check);

const FILE: &str = "decorrelated-mean.csv";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    /// The unit of time is read as a second.
    base: f64,
    cap: f64,
    n_th_sleep: u32,
    mean_without_cap_exact: f64,
    #[serde(rename = "mean_with_cap_numeric_rel1e-3")]
    mean_with_cap: f64,
    cap_cannot_bind: u8,
}

fn check(directory: &Directory) -> Result<Tally, CaseError> {
    let mut tally = Tally::new();
    let samples = Samples::of(0, 1_000_000);
    if let Some(note) = samples.note() {
        tally.note(note);
    }
    for (run, row) in directory.table::<Row>(FILE)?.into_iter().enumerate() {
        let label = |what| {
            let Row {
                base,
                cap,
                n_th_sleep: n,
                ..
            } = row;
            format!("sleep {n} of base {base}, {what} {cap}")
        };
        let longest = (0..row.n_th_sleep).fold(row.base, |longest, _| longest * 3.0);
        let free = longest <= row.cap;
        if free != (row.cap_cannot_bind == 1) {
            return Err(CaseError::new(FILE, "whether the cap can bind is wrong"));
        }
        let (mean, error) = mean(&row, row.cap, run, samples.counted);
        // The file's own number is within 1e-3; with fewer samples the draw is wider than 0.3 %.
        let tolerance =
            (3e-3 * row.mean_with_cap).max(if samples.reduced { 4.0 * error } else { 0.0 });
        tally.within(label("capped at"), mean, row.mean_with_cap, tolerance);
        let (mean, error) = self::mean(&row, 1e9, run, samples.counted);
        tally.within(
            label("but for the cap of"),
            mean,
            row.mean_without_cap_exact,
            4.0 * error,
        );
    }
    Ok(tally)
}

fn mean(row: &Row, cap: f64, run: usize, samples: u64) -> (f64, f64) {
    let strategy = Strategy::DecorrelatedJitter {
        base: Span::from_secs_f64(row.base),
        cap: Span::from_secs_f64(cap),
    };
    let policy = RetryPolicy::new(strategy, RetryPolicy::UNLIMITED);
    let keys = Keys::new(20_261_120, run as u64);
    let mut batches = Batches::new(samples, 20);
    for entity in 0..samples {
        let mut uniform = keys.sequence(Purpose::Jitter, Key::ROOT.child(entity), 0);
        let mut memory = Memory::default();
        let mut last = Span::ZERO;
        while memory.sends < row.n_th_sleep {
            memory.sends += 1;
            let failure = Failure {
                class: Some(Class::Throttling),
                hint: None,
            };
            if let Verdict::Retry(sleep) =
                policy.after_failure(failure, &mut memory, None, Time::ZERO, &mut uniform)
            {
                last = sleep;
            }
        }
        batches.add(last.as_secs_f64());
    }
    batches.mean_and_error()
}
