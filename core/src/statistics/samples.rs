//! Spans that entities of a run took, with those that never got there.

use super::histogram::Histogram;
use crate::units::Span;

/// One entity's span, or that it never came to an end. Never is above any span.
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Debug)]
pub enum Sample {
    /// It took this long.
    After(Span),
    /// It failed, was given up or was still under way when the run was cut off.
    Never,
}

impl Sample {
    /// Seconds; infinite for never.
    pub fn as_secs_f64(self) -> f64 {
        match self {
            Sample::After(span) => span.as_secs_f64(),
            Sample::Never => f64::INFINITY,
        }
    }
}

/// A share of a sample, strictly between none and all, to the millionth.
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Debug)]
pub struct Quantile {
    millionths: u32,
}

/// Why a number is not a quantile.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum QuantileError {
    /// It is not above 0 and below 1.
    OutOfRange,
}

impl Quantile {
    /// The median.
    pub const P50: Quantile = Quantile {
        millionths: 500_000,
    };
    /// The 90th percentile.
    pub const P90: Quantile = Quantile {
        millionths: 900_000,
    };
    /// The 99th percentile.
    pub const P99: Quantile = Quantile {
        millionths: 990_000,
    };

    /// The quantile of this many millionths.
    ///
    /// # Errors
    /// - [`QuantileError::OutOfRange`] if it is not above 0 and below 1,000,000.
    pub fn from_millionths(millionths: u32) -> Result<Self, QuantileError> {
        if millionths == 0 || millionths >= 1_000_000 {
            return Err(QuantileError::OutOfRange);
        }
        Ok(Quantile { millionths })
    }

    /// Millionths of the sample that lie at or below.
    pub const fn millionths(self) -> u32 {
        self.millionths
    }

    /// The rank of the quantile among `n` values, of which the smallest has rank 1: the least share
    /// of the sample that is not below the quantile. `None` if less than one value is expected
    /// above it, n (1 - q) < 1: such a quantile says nothing that the maximum does not.
    fn rank(self, n: u64) -> Option<u64> {
        let (n, q) = (u128::from(n), u128::from(self.millionths));
        (n * (1_000_000 - q) >= 1_000_000).then(|| (n * q).div_ceil(1_000_000) as u64)
    }
}

/// The spans of the entities of a run, and how many of them never came to an end.
///
/// Up to a million spans are kept exactly; more are counted in a histogram, whose quantiles are
/// within 0.1 %. Sum, mean, extremes and counts are always exact. What samples say does not depend
/// on the order in which they were recorded or merged.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    store: Store,
    /// Spans recorded, without the nevers.
    spans: u64,
    nevers: u64,
    /// In nanoseconds.
    sum: u128,
    /// The shortest and longest span; meaningless while there is none.
    range: (Span, Span),
}

#[derive(Clone, Debug)]
enum Store {
    /// In nanoseconds; in order if the flag is set.
    Exact {
        values: Vec<u64>,
        is_sorted: bool,
    },
    Counted(Histogram),
}

impl Default for Store {
    fn default() -> Self {
        Store::Exact {
            values: Vec::new(),
            is_sorted: true,
        }
    }
}

impl Samples {
    /// The most spans that are kept exactly.
    pub const EXACT_MAX: usize = 1_000_000;

    /// No samples, with room for as many without another allocation.
    pub fn with_capacity(samples: usize) -> Self {
        let values = Vec::with_capacity(samples.min(Self::EXACT_MAX));
        Samples {
            store: Store::Exact {
                values,
                is_sorted: true,
            },
            ..Samples::default()
        }
    }

    /// Adds the span of one entity.
    pub fn record(&mut self, span: Span) {
        self.count(1, span.as_nanos().into(), (span, span));
        match &mut self.store {
            Store::Counted(histogram) => histogram.record(span.as_nanos()),
            Store::Exact { values, is_sorted } => {
                if values.len() < Self::EXACT_MAX {
                    *is_sorted &= values.last().is_none_or(|last| *last <= span.as_nanos());
                    values.push(span.as_nanos());
                } else {
                    self.histogram().record(span.as_nanos());
                }
            }
        }
    }

    /// Adds an entity that never came to an end.
    pub fn record_never(&mut self) {
        self.nevers += 1;
    }

    /// Adds all samples of another collection.
    pub fn merge(&mut self, other: &Samples) {
        if other.spans > 0 {
            self.count(other.spans, other.sum, other.range);
        }
        self.nevers += other.nevers;
        match (&mut self.store, &other.store) {
            (Store::Exact { values, is_sorted }, Store::Exact { values: more, .. })
                if values.len() + more.len() <= Self::EXACT_MAX =>
            {
                *is_sorted &= more.is_empty();
                values.extend_from_slice(more);
            }
            (_, Store::Exact { values: more, .. }) => {
                let histogram = self.histogram();
                more.iter().for_each(|value| histogram.record(*value));
            }
            (_, Store::Counted(more)) => self.histogram().merge(more),
        }
    }

    fn count(&mut self, spans: u64, sum: u128, range: (Span, Span)) {
        self.range = match self.spans {
            0 => range,
            _ => (self.range.0.min(range.0), self.range.1.max(range.1)),
        };
        self.spans += spans;
        self.sum += sum;
    }

    /// Makes the store a histogram, if it is not one already.
    fn histogram(&mut self) -> &mut Histogram {
        if let Store::Exact { values, .. } = &self.store {
            let mut histogram = Histogram::default();
            values.iter().for_each(|value| histogram.record(*value));
            self.store = Store::Counted(histogram);
        }
        match &mut self.store {
            Store::Counted(histogram) => histogram,
            Store::Exact { .. } => unreachable!("the store has just become a histogram"),
        }
    }

    /// Puts exact values in order, which makes any number of quantiles cheap.
    pub fn sort(&mut self) {
        if let Store::Exact { values, is_sorted } = &mut self.store {
            values.sort_unstable();
            *is_sorted = true;
        }
    }

    /// Samples in all, nevers included.
    pub fn len(&self) -> u64 {
        self.spans + self.nevers
    }

    /// Whether nothing was recorded.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Samples that never came to an end.
    pub fn nevers(&self) -> u64 {
        self.nevers
    }

    /// Whether quantiles are exact; within 0.1 % otherwise.
    pub fn is_exact(&self) -> bool {
        matches!(self.store, Store::Exact { .. })
    }

    /// Mean in seconds of the samples that came to an end, `None` if none did. How many were left
    /// out [`Samples::nevers`] says.
    pub fn mean_secs(&self) -> Option<f64> {
        (self.spans > 0).then(|| self.sum as f64 / self.spans as f64 / 1e9)
    }

    /// The least sample.
    pub fn min(&self) -> Option<Sample> {
        match self.spans {
            0 => (self.nevers > 0).then_some(Sample::Never),
            _ => Some(Sample::After(self.range.0)),
        }
    }

    /// The greatest sample: never, if one never came to an end.
    pub fn max(&self) -> Option<Sample> {
        match (self.spans, self.nevers) {
            (0, 0) => None,
            (_, 0) => Some(Sample::After(self.range.1)),
            _ => Some(Sample::Never),
        }
    }

    /// The quantile by nearest rank: the least sample at or below which lies at least this share of
    /// all samples, nevers included and greatest. `None` if n (1 - q) < 1.
    pub fn quantile(&self, quantile: Quantile) -> Option<Sample> {
        let rank = quantile.rank(self.len())?;
        if rank > self.spans {
            return Some(Sample::Never);
        }
        let nanos = match &self.store {
            Store::Exact {
                values,
                is_sorted: true,
            } => values[rank as usize - 1],
            Store::Exact { values, .. } => *values.clone().select_nth_unstable(rank as usize - 1).1,
            Store::Counted(histogram) => {
                let middle = histogram.ranked(rank)?;
                middle.clamp(self.range.0.as_nanos(), self.range.1.as_nanos())
            }
        };
        Some(Sample::After(Span::from_nanos(nanos)))
    }

    /// The distribution as steps: spans in rising order, each with how many samples are at or below
    /// it. Every span there is, or, if that were more than `steps_max`, those at as many evenly
    /// spread ranks; the last step is always the longest span.
    pub fn cumulative(&self, steps_max: usize) -> Vec<(Span, u64)> {
        let mut sorted = Vec::new();
        let mut steps: Vec<(Span, u64)> = Vec::new();
        if let Store::Exact { values, .. } = &self.store {
            sorted.clone_from(values);
            sorted.sort_unstable();
            for (at, value) in sorted.iter().enumerate() {
                if sorted.get(at + 1) != Some(value) {
                    steps.push((Span::from_nanos(*value), at as u64 + 1));
                }
            }
            if steps.len() <= steps_max {
                return steps;
            }
            steps.clear();
        }
        let steps_max = steps_max.max(1) as u128;
        for step in 1..=steps_max {
            let rank = (u128::from(self.spans) * step).div_ceil(steps_max) as u64;
            let nanos = match &self.store {
                Store::Exact { .. } => sorted.get(rank as usize - 1).copied(),
                Store::Counted(_) if rank == self.spans => Some(self.range.1.as_nanos()),
                Store::Counted(histogram) => histogram
                    .ranked(rank)
                    .map(|nanos| nanos.clamp(self.range.0.as_nanos(), self.range.1.as_nanos())),
            };
            let Some(span) = nanos.map(Span::from_nanos) else {
                continue;
            };
            match steps.last_mut() {
                Some(last) if last.0 == span => last.1 = rank,
                _ => steps.push((span, rank)),
            }
        }
        steps
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::mix;
    use proptest::prelude::*;

    fn seconds(values: impl IntoIterator<Item = u64>) -> Samples {
        let mut samples = Samples::default();
        values
            .into_iter()
            .for_each(|value| samples.record(Span::from_secs(value)));
        samples
    }

    fn after(secs: u64) -> Option<Sample> {
        Some(Sample::After(Span::from_secs(secs)))
    }

    #[test]
    fn quantiles_are_nearest_ranks() {
        let mut samples = seconds((1..=100).rev());
        for _ in 0..2 {
            assert_eq!(samples.quantile(Quantile::P50), after(50));
            assert_eq!(samples.quantile(Quantile::P90), after(90));
            assert_eq!(samples.quantile(Quantile::P99), after(99));
            samples.sort();
        }
        assert_eq!((samples.min(), samples.max()), (after(1), after(100)));
        assert_eq!(samples.mean_secs(), Some(50.5));
    }

    #[test]
    fn a_quantile_needs_one_sample_above_it() {
        assert_eq!(seconds(0..99).quantile(Quantile::P99), None);
        assert_eq!(seconds(0..10).quantile(Quantile::P90), after(8));
        assert_eq!(seconds(0..9).quantile(Quantile::P90), None);
        assert_eq!(seconds(0..2).quantile(Quantile::P50), after(0));
        assert_eq!(seconds([]).quantile(Quantile::P50), None);
    }

    #[test]
    fn what_never_happened_is_above_every_number_and_outside_the_mean() {
        let mut samples = seconds(1..=85);
        (0..15).for_each(|_| samples.record_never());
        assert_eq!(samples.quantile(Quantile::P50), after(50));
        assert_eq!(samples.quantile(Quantile::P90), Some(Sample::Never));
        assert_eq!(samples.max(), Some(Sample::Never));
        assert_eq!(samples.mean_secs(), Some(43.0));
        assert_eq!((samples.len(), samples.nevers()), (100, 15));
        assert!(
            samples
                .quantile(Quantile::P90)
                .unwrap()
                .as_secs_f64()
                .is_infinite()
        );
    }

    #[test]
    fn beyond_a_million_quantiles_are_within_a_thousandth_and_say_so() {
        let mut values: Vec<u64> = (0..1_000_001)
            .map(|i| mix(i) >> (mix(i + 7) % 40))
            .collect();
        let mut samples = Samples::default();
        values
            .iter()
            .for_each(|value| samples.record(Span::from_nanos(*value)));
        assert!(!samples.is_exact());
        values.sort_unstable();
        for millionths in [1, 1_000, 250_000, 500_000, 900_000, 990_000, 999_999] {
            let quantile = Quantile::from_millionths(millionths).unwrap();
            let rank = quantile.rank(samples.len()).unwrap();
            let exact = values[rank as usize - 1];
            let Some(Sample::After(span)) = samples.quantile(quantile) else {
                panic!()
            };
            assert!(
                span.as_nanos().abs_diff(exact) <= exact / 1_000,
                "{millionths} {exact}"
            );
        }
        assert_eq!(
            samples.min(),
            Some(Sample::After(Span::from_nanos(values[0])))
        );
    }

    #[test]
    fn a_million_samples_are_still_exact_however_they_were_put_together() {
        let mut samples = seconds(0..600_000);
        samples.merge(&seconds(600_000..1_000_000));
        assert!(samples.is_exact());
        samples.merge(&seconds([5]));
        assert!(!samples.is_exact());
    }

    #[test]
    fn the_steps_of_a_distribution_are_its_distinct_spans() {
        let mut samples = seconds([3, 1, 1, 2, 3, 3]);
        samples.record_never();
        let secs = |steps: Vec<(Span, u64)>| -> Vec<(f64, u64)> {
            steps
                .iter()
                .map(|(span, n)| (span.as_secs_f64(), *n))
                .collect()
        };
        assert_eq!(secs(samples.cumulative(9)), [(1.0, 2), (2.0, 3), (3.0, 6)]);
        assert_eq!(secs(samples.cumulative(2)), [(2.0, 3), (3.0, 6)]);
        assert_eq!(secs(seconds(0..1_000).cumulative(4)).len(), 4);
        assert!(seconds([]).cumulative(9).is_empty());
    }

    #[test]
    fn steps_of_many_samples_end_with_the_longest() {
        let mut samples = Samples::default();
        (0..1_000_001).for_each(|i| samples.record(Span::from_nanos(mix(i) >> 20)));
        let steps = samples.cumulative(100);
        assert_eq!(steps.len(), 100);
        assert!(
            steps
                .windows(2)
                .all(|pair| pair[0].0 < pair[1].0 && pair[0].1 < pair[1].1)
        );
        let (last, count) = steps[99];
        assert_eq!(
            (Some(Sample::After(last)), count),
            (samples.max(), samples.len())
        );
    }

    proptest! {
        #[test]
        fn merging_is_recording_all(a in prop::collection::vec(0..99u64, 0..60),
                                    b in prop::collection::vec(0..99u64, 0..60)) {
            let mut merged = seconds(a.clone());
            merged.record_never();
            merged.merge(&seconds(b.clone()));
            let mut whole = seconds(b.into_iter().chain(a));
            whole.record_never();
            for quantile in [Quantile::P50, Quantile::P90, Quantile::P99] {
                prop_assert_eq!(merged.quantile(quantile), whole.quantile(quantile));
            }
            prop_assert_eq!(merged.mean_secs(), whole.mean_secs());
            prop_assert_eq!((merged.min(), merged.max()), (whole.min(), whole.max()));
        }
    }
}
