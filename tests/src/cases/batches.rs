//! Means and standard errors of correlated samples, by batches.

/// How many samples a statistical family takes.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct Samples {
    /// Samples thrown away before the first batch.
    pub warm_up: u64,
    /// Samples that count.
    pub counted: u64,
    /// Whether there are fewer than the family asks for, because this is a debug build.
    pub reduced: bool,
}

impl Samples {
    /// The numbers a family asks for; a tenth of them in a debug build.
    pub fn of(warm_up: u64, counted: u64) -> Self {
        match cfg!(debug_assertions) {
            true => Samples {
                warm_up: warm_up / 10,
                counted: counted / 10,
                reduced: true,
            },
            false => Samples {
                warm_up,
                counted,
                reduced: false,
            },
        }
    }

    /// How far a mean with this standard error may lie off: four errors, and never less than 1e-4,
    /// or 1e-3 for a tenth of the samples, where a rare event may not happen at all.
    pub fn tolerance(self, error: f64) -> f64 {
        (4.0 * error).max(if self.reduced { 1e-3 } else { 1e-4 })
    }

    /// What a report says beside the counts where there are fewer samples than asked for.
    pub fn note(self) -> Option<String> {
        self.reduced
            .then(|| "a tenth of the samples, as this is a debug build".to_owned())
    }
}

/// Sums of a fixed number of equally long batches.
#[derive(Clone, Debug)]
pub struct Batches {
    sums: Vec<f64>,
    length: u64,
    added: u64,
}

impl Batches {
    /// `batches` batches for `samples` samples in all.
    ///
    /// # Panics
    /// If the samples do not divide into batches.
    pub fn new(samples: u64, batches: u64) -> Self {
        assert!(batches > 1 && samples.is_multiple_of(batches));
        Batches {
            sums: vec![0.0; batches as usize],
            length: samples / batches,
            added: 0,
        }
    }

    /// Adds the next sample.
    pub fn add(&mut self, sample: f64) {
        self.sums[(self.added / self.length) as usize] += sample;
        self.added += 1;
    }

    /// The mean, and the standard error that the spread of the batch means gives it.
    pub fn mean_and_error(&self) -> (f64, f64) {
        let n = self.sums.len() as f64;
        let means: Vec<f64> = self
            .sums
            .iter()
            .map(|sum| sum / self.length as f64)
            .collect();
        let mean = means.iter().sum::<f64>() / n;
        let squares = means.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>();
        (mean, (squares / (n - 1.0) / n).sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_of_the_mean_is_the_spread_of_the_batch_means() {
        let mut batches = Batches::new(4, 2);
        for sample in [1.0, 3.0, 5.0, 7.0] {
            batches.add(sample);
        }
        // Batch means 2 and 6: variance 8, over two batches 4.
        assert_eq!(batches.mean_and_error(), (4.0, 2.0));
    }
}
