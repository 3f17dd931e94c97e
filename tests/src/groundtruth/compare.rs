//! A point: means of the log and of the model, and whether they agree.

use pullstorm_core::statistics::student_quantile;

/// A difference up to this part of what was measured counts as agreement.
pub const TOLERANCE: f64 = 0.05;

/// A difference up to so many standard errors counts as agreement.
pub const ERRORS: f64 = 2.0;

/// A mean with what it is known from.
#[derive(Copy, Clone, PartialEq, Debug)]
pub struct Estimate {
    /// The mean.
    pub mean: f64,
    /// Sample variance.
    pub variance: f64,
    /// Of so many numbers.
    pub count: usize,
}

impl Estimate {
    /// Mean and variance of some numbers.
    ///
    /// # Panics
    /// If there is none.
    pub fn of(numbers: &[f64]) -> Self {
        assert!(!numbers.is_empty(), "nothing has no mean");
        let count = numbers.len();
        let mean = numbers.iter().sum::<f64>() / count as f64;
        let squares: f64 = numbers
            .iter()
            .map(|number| (number - mean) * (number - mean))
            .sum();
        Estimate {
            mean,
            variance: squares / (count.max(2) - 1) as f64,
            count,
        }
    }
}

/// One number of a point, measured and modelled.
#[derive(Copy, Clone, PartialEq, Debug)]
pub struct Comparison {
    /// Over the repeats of the log.
    pub measured: Estimate,
    /// Over the runs of the model.
    pub modelled: Estimate,
}

impl Comparison {
    /// Modelled less measured.
    pub fn difference(&self) -> f64 {
        self.modelled.mean - self.measured.mean
    }

    /// The standard error of the difference of the means.
    pub fn error(&self) -> f64 {
        let of = |estimate: &Estimate| estimate.variance / estimate.count as f64;
        (of(&self.measured) + of(&self.modelled)).sqrt()
    }

    /// Whether the means agree: within 5 % of what was measured, or within two standard errors.
    pub fn agrees(&self) -> bool {
        let difference = self.difference().abs();
        difference <= TOLERANCE * self.measured.mean || difference <= ERRORS * self.error()
    }

    /// Whether means of so few repeats as the log has lie further apart than this by chance alone, in more
    /// than one case of twenty (Student's t with one degree of freedom less than repeats).
    pub fn may_be_chance(&self) -> bool {
        let repeats = self.measured.count as u32;
        self.measured.variance > 0.0
            && repeats > 1
            && self.errors() <= student_quantile(0.975, repeats - 1)
    }

    /// By how many standard errors the means differ.
    pub fn errors(&self) -> f64 {
        self.difference().abs() / self.error()
    }
}

/// The worst that a reference model does at any point of a client, driven by the same logs by whoever
/// made them.
#[derive(Copy, Clone, PartialEq, Debug)]
pub struct Reference {
    /// Requests it is off by, as a part of those measured.
    pub requests: f64,
    /// Pulls it is off by.
    pub pulls: f64,
    /// The same with of how many, in words: its points are known by client only.
    pub pulls_of: &'static str,
}

/// A point of a log, replayed.
#[derive(Clone, Debug)]
pub struct Point {
    /// Its name in the log.
    pub name: String,
    /// Repeats that were replayed.
    pub repeats: usize,
    /// Requests sent.
    pub requests: Comparison,
    /// Callers served, or pulls that came through.
    pub succeeded: Comparison,
    /// What was taken from the log, besides when each caller began.
    pub taken: &'static str,
    /// Why the model differs where it does.
    pub cause: &'static str,
    /// What a reference model does, where one is known.
    pub reference: Option<Reference>,
}

/// A point of a log, or one repeat of it, that could not be replayed.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct NotReplayed {
    /// Its name in the log.
    pub name: String,
    /// What is unknown or missing.
    pub reason: String,
}

impl Point {
    /// Whether requests and successes agree.
    pub fn agrees(&self) -> bool {
        self.requests.agrees() && self.succeeded.agrees()
    }

    /// Whether the model, in what it misses, is closer than the reference model at its worst.
    pub fn is_closer_than(&self, reference: Reference) -> bool {
        let requests = self.requests.difference().abs() / self.requests.measured.mean;
        let pulls = self.succeeded.difference().abs();
        (self.requests.agrees() || requests < reference.requests)
            && (self.succeeded.agrees() || pulls < reference.pulls)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compare(measured: &[f64], modelled: &[f64]) -> Comparison {
        Comparison {
            measured: Estimate::of(measured),
            modelled: Estimate::of(modelled),
        }
    }

    #[test]
    fn means_agree_within_five_per_cent_or_two_standard_errors() {
        assert!(compare(&[100.0, 100.0], &[105.0, 105.0]).agrees());
        assert!(!compare(&[100.0, 100.0], &[106.0, 106.0]).agrees());
        // The measured means scatter with a standard error of 10.
        assert!(compare(&[90.0, 110.0], &[119.0, 119.0]).agrees());
        assert!(!compare(&[90.0, 110.0], &[121.0, 121.0]).agrees());
    }

    #[test]
    fn few_repeats_that_scatter_tell_little_and_such_that_never_differ_tell_much() {
        // A standard error of 10 from two repeats: Student's t is 12.7.
        assert!(compare(&[90.0, 110.0], &[200.0, 200.0]).may_be_chance());
        assert!(!compare(&[90.0, 110.0], &[240.0, 240.0]).may_be_chance());
        assert!(!compare(&[100.0, 100.0], &[80.0, 140.0]).may_be_chance());
    }

    #[test]
    fn a_reference_model_is_beaten_in_what_is_missed_only() {
        let point = |requests: f64, succeeded: f64| Point {
            name: String::new(),
            repeats: 2,
            requests: compare(&[100.0, 100.0], &[requests, requests]),
            succeeded: compare(&[10.0, 10.0], &[succeeded, succeeded]),
            taken: "",
            cause: "",
            reference: None,
        };
        let reference = Reference {
            requests: 0.1,
            pulls: 2.0,
            pulls_of: "2 pulls of 10",
        };
        assert!(point(109.0, 10.0).is_closer_than(reference));
        assert!(!point(111.0, 10.0).is_closer_than(reference));
        assert!(point(100.0, 8.5).is_closer_than(reference));
        assert!(!point(100.0, 7.5).is_closer_than(reference));
    }
}
