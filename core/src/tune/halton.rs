//! Halton's sequence with random digits: points that fill a cube evenly, another way for each seed.
//!
//! The radical inverse of the index in a prime base for each dimension (J. H. Halton, "On the
//! efficiency of certain quasi-random sequences of points", Numerische Mathematik 2, 1960), with the
//! digits at each place permuted at random, which breaks the correlation between large bases (A. B. Owen,
//! "A randomized Halton algorithm in R", arXiv:1706.02808).

use crate::random::{Key, Keys, Purpose, Uniform};

const PRIMES: [u64; 24] = [
    2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89,
];

/// Digits that are looked at; a product of so many places is finer than any list of values.
const PLACES: u64 = 24;

/// One coordinate of the points.
pub(super) struct Halton {
    base: u64,
    /// The permuted digits of each place.
    digits: Vec<Vec<u64>>,
}

impl Halton {
    /// The coordinate of a dimension. From the 25th on primes are used again, with other digits.
    pub fn new(seed: u64, dimension: usize) -> Halton {
        let base = PRIMES[dimension % PRIMES.len()];
        let keys = Keys::new(seed, 0);
        let key = Key::ROOT.named("tune").child(dimension as u64);
        // 2^-53 is the finest that a number between 0 and 1 tells.
        let mut places = 0;
        let mut reach: u64 = 1;
        while places < PLACES && reach < (1 << 53) / base {
            reach *= base;
            places += 1;
        }
        let digits = (0..places).map(|place| {
            let mut uniform = keys.sequence(Purpose::Order, key, place << 32);
            let mut digits: Vec<u64> = (0..base).collect();
            for last in (1..digits.len()).rev() {
                let other = uniform.below(last as u64 + 1) as usize;
                digits.swap(last, other);
            }
            digits
        });
        Halton {
            base,
            digits: digits.collect(),
        }
    }

    /// The coordinate of a point, at least 0 and below 1.
    pub fn at(&self, index: u64) -> f64 {
        let mut rest = index;
        let mut unit = 1.0;
        let mut at = 0.0;
        for digits in &self.digits {
            unit /= self.base as f64;
            at += unit * digits[(rest % self.base) as usize] as f64;
            rest /= self.base;
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stretch_of_a_power_of_the_base_has_one_point_in_each_cell() {
        for (dimension, base) in [(0, 2), (1, 3), (4, 11)] {
            let halton = Halton::new(7, dimension);
            let cells = base * base;
            for begin in [0, cells, 5 * cells] {
                let cell = |index| (halton.at(index) * cells as f64 + 1e-9) as u64;
                let mut hit: Vec<u64> = (begin..begin + cells).map(cell).collect();
                hit.sort_unstable();
                assert_eq!(hit, (0..cells).collect::<Vec<u64>>());
            }
        }
    }

    #[test]
    fn another_seed_is_another_sequence_and_the_same_seed_the_same() {
        let points = |seed| -> Vec<f64> {
            let halton = Halton::new(seed, 5);
            (0..20).map(|index| halton.at(index)).collect()
        };
        assert_eq!(points(1), points(1));
        assert_ne!(points(1), points(2));
        assert!(points(3).iter().all(|at| (0.0..1.0).contains(at)));
    }
}
