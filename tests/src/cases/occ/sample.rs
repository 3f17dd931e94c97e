//! One figure over many runs.

/// Values, sorted.
#[derive(Clone, Debug)]
pub struct Sample(Vec<f64>);

impl Sample {
    /// A sample of these values.
    pub fn new(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        Sample(values)
    }

    /// How many there are.
    pub fn count(&self) -> f64 {
        self.0.len() as f64
    }

    /// Their mean.
    pub fn mean(&self) -> f64 {
        self.0.iter().sum::<f64>() / self.count()
    }

    /// Their variance.
    pub fn variance(&self) -> f64 {
        let mean = self.mean();
        let squares = self.0.iter().map(|x| (x - mean) * (x - mean));
        squares.sum::<f64>() / (self.count() - 1.0)
    }

    /// The value below which this share lies.
    pub fn percentile(&self, share: f64) -> f64 {
        self.at(share * (self.count() - 1.0))
    }

    /// Where that percentile of another sample, of `others` values, may lie: four standard errors of
    /// the rank to both sides. Where values come in clumps, as unjittered backoff makes them, the
    /// next clump is as good as this one. `None` where there are too few values to tell.
    pub fn percentile_range(&self, share: f64, others: f64) -> Option<(f64, f64)> {
        let error = (share * (1.0 - share) * (1.0 / self.count() + 1.0 / others)).sqrt();
        let (low, high) = (share - 4.0 * error, share + 4.0 * error);
        let at = |share: f64| self.at(share * (self.count() - 1.0));
        (low >= 0.0 && high <= 1.0).then(|| (at(low), at(high)))
    }

    /// The value of a rank that need not be whole.
    fn at(&self, rank: f64) -> f64 {
        let rank = rank.clamp(0.0, self.count() - 1.0);
        let (low, high) = (self.0[rank.floor() as usize], self.0[rank.ceil() as usize]);
        low + (high - low) * rank.fract()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_may_lie_four_standard_errors_of_its_rank_off() {
        let sample = Sample::new((0..=400).map(f64::from).collect());
        assert_eq!(sample.percentile(0.5), 200.0);
        // Ranks have a standard error of sqrt(401 / 4) = 10.01, and neighbours differ by one.
        let (low, high) = sample.percentile_range(0.5, f64::INFINITY).unwrap();
        assert!(
            (low - 160.05).abs() < 0.1 && (high - 239.95).abs() < 0.1,
            "{low} {high}"
        );
    }
}
