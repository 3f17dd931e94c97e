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

    /// Their standard deviation.
    pub fn deviation(&self) -> f64 {
        self.variance().sqrt()
    }

    /// The standard error of the difference between this standard deviation and that of another
    /// sample, of `others` values: sqrt((m4 - s^4) / n) / 2s for each, by the fourth moment m4 about
    /// the mean of these values.
    pub fn deviation_error(&self, others: f64) -> f64 {
        let (mean, variance) = (self.mean(), self.variance());
        if variance == 0.0 {
            return 0.0;
        }
        let squares = self.0.iter().map(|x| (x - mean) * (x - mean));
        let fourth = squares.map(|it| it * it).sum::<f64>() / self.count();
        let spread = (fourth - variance * variance).max(0.0) / (4.0 * variance);
        (spread * (1.0 / self.count() + 1.0 / others)).sqrt()
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

    #[test]
    fn a_standard_deviation_is_known_as_well_as_its_fourth_moment_says() {
        // Second and fourth moment are both 2/3: (2/3 - 4/9) / (4 * 2/3) is a twelfth.
        let three = Sample::new([[-1.0; 1000], [0.0; 1000], [1.0; 1000]].concat());
        let (alone, both) = (
            three.deviation_error(f64::INFINITY),
            three.deviation_error(3000.0),
        );
        assert!((alone / (1.0_f64 / 36_000.0).sqrt() - 1.0).abs() < 1e-3);
        assert!((both / alone - 2.0_f64.sqrt()).abs() < 1e-12);
        // Values that are all as far from their mean as each other leave hardly any doubt.
        let two = Sample::new([[1.0; 50], [3.0; 50]].concat());
        assert!(two.deviation_error(f64::INFINITY) < 1e-2);
        assert_eq!(Sample::new(vec![2.0; 9]).deviation_error(9.0), 0.0);
    }
}
