//! Means over runs and their 95 % intervals.

use super::student_quantile;

/// The share of intervals that contain the true mean.
const CONFIDENCE: f64 = 0.95;

/// A range of values.
#[derive(Copy, Clone, PartialEq, Debug)]
pub struct Interval {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

impl Interval {
    /// Whether `value` lies inside or on an end.
    pub fn contains(self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }
}

/// The mean of a quantity over independent runs.
///
/// A run may have no value (a quantile of too few) or the value *never* (positive infinity: the 99th
/// percentile of start delays where one in ten failed). Such runs are counted, and the mean is that
/// of the others.
#[derive(Copy, Clone, PartialEq, Debug)]
pub struct Estimate {
    /// Mean over the runs that have a finite value.
    pub mean: f64,
    /// Where the true mean lies with 95 % confidence, by Student's t distribution. `None` for a
    /// single run, which says nothing about the spread.
    pub interval: Option<Interval>,
    /// Standard deviation over runs (n - 1 in the denominator); zero for a single run.
    pub sd: f64,
    /// The smallest value.
    pub min: f64,
    /// The largest finite value.
    pub max: f64,
    /// Runs that have a finite value.
    pub n: u32,
    /// Runs whose value is *never*.
    pub never: u32,
    /// Runs without a value.
    pub missing: u32,
}

impl Estimate {
    /// The estimate from the values of runs, in the order of the runs. `None` where no run has a
    /// finite value.
    pub fn of(values: &[Option<f64>]) -> Option<Self> {
        let finite = || {
            values
                .iter()
                .flatten()
                .copied()
                .filter(|value| value.is_finite())
        };
        let (mut n, mut sum) = (0u32, 0.0);
        let (mut min, mut max) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in finite() {
            n += 1;
            sum += value;
            min = min.min(value);
            max = max.max(value);
        }
        if n == 0 {
            return None;
        }
        let count = f64::from(n);
        let mean = (sum / count).clamp(min, max);
        let (mut squares, mut rest) = (0.0, 0.0);
        for value in finite() {
            let deviation = value - mean;
            squares += deviation * deviation;
            rest += deviation;
        }
        // Taking out what rounding left in the mean (Chan, Golub and LeVeque 1983).
        let variance = (squares - rest * rest / count).max(0.0) / (count - 1.0).max(1.0);
        let sd = variance.sqrt();
        let interval = (n > 1).then(|| {
            let half = student_quantile((1.0 + CONFIDENCE) / 2.0, n - 1) * sd / count.sqrt();
            Interval {
                low: mean - half,
                high: mean + half,
            }
        });
        let never = values
            .iter()
            .flatten()
            .filter(|value| **value == f64::INFINITY)
            .count() as u32;
        let missing = values.len() as u32 - never - n;
        Some(Estimate {
            mean,
            interval,
            sd,
            min,
            max,
            n,
            never,
            missing,
        })
    }

    /// The estimate of how much more `candidate` is than `today`, run by run: under common random
    /// numbers what both share cancels out. A run counts if both values are finite; its difference
    /// is missing otherwise.
    ///
    /// # Panics
    /// If the numbers of runs differ.
    pub fn of_differences(candidate: &[Option<f64>], today: &[Option<f64>]) -> Option<Self> {
        assert_eq!(candidate.len(), today.len(), "paired runs have partners");
        let differences: Vec<Option<f64>> = candidate
            .iter()
            .zip(today)
            .map(|(candidate, today)| Some((*candidate)? - (*today)?))
            .map(|difference| difference.filter(|difference| difference.is_finite()))
            .collect();
        Estimate::of(&differences)
    }

    /// Runs in all.
    pub fn runs(&self) -> u32 {
        self.n + self.never + self.missing
    }
}

/// The highest probability per run, with 95 % confidence, of an event that happened in none of
/// `runs` runs: `1 - 0.05^(1/runs)`, about 3 / `runs` (the rule of three; Hanley and Lippman-Hand,
/// JAMA 1983). 1 where there was no run.
pub fn no_events_limit(runs: u32) -> f64 {
    if runs == 0 {
        return 1.0;
    }
    -libm::expm1(libm::log(1.0 - CONFIDENCE) / f64::from(runs))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Key, Keys, Purpose, Uniform};

    fn some(values: &[f64]) -> Vec<Option<f64>> {
        values.iter().copied().map(Some).collect()
    }

    #[test]
    fn ten_known_values_give_the_textbook_interval() {
        let values: Vec<f64> = (1..=10).map(f64::from).collect();
        let estimate = Estimate::of(&some(&values)).unwrap();
        assert_eq!(
            (estimate.mean, estimate.min, estimate.max, estimate.n),
            (5.5, 1.0, 10.0, 10)
        );
        assert!((estimate.sd - 3.027_650_354_097_491_7).abs() < 1e-14);
        let Interval { low, high } = estimate.interval.unwrap();
        // 5.5 -/+ 2.262157 * 3.027650 / sqrt(10)
        assert!((low - 3.334_149).abs() < 1e-6 && (high - 7.665_851).abs() < 1e-6);
    }

    #[test]
    fn equal_runs_give_an_interval_without_width_and_one_run_gives_none() {
        let equal = Estimate::of(&some(&[0.1; 30])).unwrap();
        assert_eq!(
            equal.interval,
            Some(Interval {
                low: 0.1,
                high: 0.1
            })
        );
        assert_eq!(Estimate::of(&some(&[3.0])).unwrap().interval, None);
    }

    #[test]
    fn runs_that_never_finish_or_have_no_value_are_counted_and_left_out_of_the_mean() {
        let values = [
            Some(1.0),
            Some(f64::INFINITY),
            None,
            Some(3.0),
            Some(f64::NAN),
        ];
        let estimate = Estimate::of(&values).unwrap();
        assert_eq!(estimate.mean, 2.0);
        assert_eq!(
            (
                estimate.n,
                estimate.never,
                estimate.missing,
                estimate.runs()
            ),
            (2, 1, 2, 5)
        );
        assert_eq!(Estimate::of(&[None, Some(f64::INFINITY)]), None);
        assert_eq!(Estimate::of(&[]), None);
    }

    #[test]
    fn differences_are_taken_run_by_run() {
        let candidate = [Some(11.0), Some(22.0), None, Some(f64::INFINITY)];
        let today = [Some(10.0), Some(20.0), Some(5.0), Some(f64::INFINITY)];
        let estimate = Estimate::of_differences(&candidate, &today).unwrap();
        assert_eq!((estimate.mean, estimate.n, estimate.missing), (1.5, 2, 2));
    }

    #[test]
    fn about_one_interval_in_twenty_misses_the_true_mean() {
        let keys = Keys::new(5, 0);
        let mut uniform = keys.sequence(Purpose::Work, Key::ROOT, 0);
        let missed = (0..10_000)
            .filter(|_| {
                let values: Vec<_> = (0..10).map(|_| Some(uniform.unit())).collect();
                !Estimate::of(&values)
                    .unwrap()
                    .interval
                    .unwrap()
                    .contains(0.5)
            })
            .count();
        assert!((430..570).contains(&missed), "{missed} of 10,000");
    }

    #[test]
    fn a_clean_record_proves_little_while_it_is_short() {
        assert_eq!(no_events_limit(0), 1.0);
        assert!((no_events_limit(1) - 0.95).abs() < 1e-15);
        assert!((no_events_limit(30) - 0.095_033_9).abs() < 1e-7);
        assert!((no_events_limit(3_000) * 3_000.0 - 3.0).abs() < 0.01);
    }
}
