//! A log-linear histogram: whole numbers within 0.1 %, in little memory.
//!
//! Numbers below 512 have a bucket each. Above, each doubling is divided into 512 buckets of equal
//! width, so that the middle of a bucket is within 1/1024 of every number in it.

/// Each doubling has 2^9 buckets.
const BITS: u32 = 9;

/// How many numbers fell into each bucket.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Histogram {
    /// Up to the highest bucket that was ever hit.
    counts: Vec<u64>,
}

impl Histogram {
    pub(super) fn record(&mut self, value: u64) {
        let bucket = bucket_of(value);
        if bucket >= self.counts.len() {
            self.counts.resize(bucket + 1, 0);
        }
        self.counts[bucket] += 1;
    }

    pub(super) fn merge(&mut self, other: &Histogram) {
        if self.counts.len() < other.counts.len() {
            self.counts.resize(other.counts.len(), 0);
        }
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
    }

    /// About the number of rank `rank`, where the smallest has rank 1; `None` if there are fewer.
    pub(super) fn ranked(&self, rank: u64) -> Option<u64> {
        let mut seen = 0;
        let bucket = self.counts.iter().position(|count| {
            seen += count;
            seen >= rank
        })?;
        Some(middle_of(bucket))
    }
}

/// The bucket of a number.
fn bucket_of(value: u64) -> usize {
    // How far the number must be shifted to be below 2^(BITS + 1).
    let shift = (u64::BITS - BITS - 1).saturating_sub(value.leading_zeros());
    ((u64::from(shift) << BITS) + (value >> shift)) as usize
}

/// The number in the middle of a bucket.
fn middle_of(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    let shift = (bucket >> BITS).saturating_sub(1);
    let low = (bucket - (shift << BITS)) << shift;
    low + (1u64 << shift) / 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_middle_of_a_bucket_is_within_a_thousandth_of_its_numbers(
            bits in any::<u64>(), shift in 0..64u32,
        ) {
            let value = bits >> shift;
            let middle = middle_of(bucket_of(value));
            prop_assert!(middle.abs_diff(value) <= value / 1_000, "{value} {middle}");
        }

        #[test]
        fn greater_numbers_are_in_no_lower_bucket(a in any::<u64>(), shift in 0..64u32) {
            let value = a >> shift;
            prop_assert!(bucket_of(value) <= bucket_of(value.saturating_add(1)));
            prop_assert!(bucket_of(value) >= bucket_of(value / 2));
        }
    }

    #[test]
    fn small_numbers_are_exact() {
        for value in 0..1_024 {
            assert_eq!(middle_of(bucket_of(value)), value);
        }
    }
}
