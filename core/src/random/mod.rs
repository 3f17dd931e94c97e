//! Random numbers that do not depend on the order of events.
//!
//! Every number is a function of the seed, the run, a [`Purpose`], the key of the entity that asks
//! and how often it asked before. Two variants of a scenario therefore meet the same jitter, the
//! same durations and the same arrivals wherever they ask for the same thing.

mod distribution;
mod key;

pub use distribution::{Distribution, DistributionError};
pub use key::{Key, Keys, Purpose, Sequence, mix};

/// A source of uniform random numbers.
///
/// The keyed source serves simulations; a scripted one replays the numbers of a recorded trace.
pub trait Uniform {
    /// 64 uniform random bits.
    fn bits(&mut self) -> u64;

    /// A double in [0, 1): the upper 53 bits.
    #[inline(always)]
    fn unit(&mut self) -> f64 {
        // Signed, which converts to the same double and in less time.
        (self.bits() >> 11) as i64 as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// A whole number in [0, `bound`), or 0 where `bound` is 0.
    #[inline(always)]
    fn below(&mut self, bound: u64) -> u64 {
        // Multiply-high: its bias of at most bound / 2^64 is far under what any test can see.
        product_high(self.bits(), bound)
    }
}

/// The upper 64 bits of a product, by halves: wasm has no multiplication of 128 bits and calls a
/// function for it.
fn product_high(a: u64, b: u64) -> u64 {
    let halves = |value: u64| (value >> 32, value & u64::from(u32::MAX));
    let ((a_high, a_low), (b_high, b_low)) = (halves(a), halves(b));
    let (cross, carried) = halves(a_high * b_low + ((a_low * b_low) >> 32));
    let middle = a_low * b_high + carried;
    a_high * b_high + cross + (middle >> 32)
}

#[cfg(test)]
mod tests {
    use super::product_high;
    use proptest::prelude::*;

    fn oracle(a: u64, b: u64) -> u64 {
        ((u128::from(a) * u128::from(b)) >> 64) as u64
    }

    #[test]
    fn products_at_the_edges_have_the_bits_of_128() {
        let edges = [
            0,
            1,
            2,
            u64::from(u32::MAX),
            1 << 32,
            1 << 63,
            u64::MAX - 1,
            u64::MAX,
        ];
        for a in edges {
            for b in edges {
                assert_eq!(product_high(a, b), oracle(a, b), "{a} * {b}");
            }
        }
    }

    proptest! {
        #[test]
        fn products_have_the_bits_of_128(a: u64, b: u64, small in 0u64..1 << 20) {
            prop_assert_eq!(product_high(a, b), oracle(a, b));
            prop_assert_eq!(product_high(a, small), oracle(a, small));
        }
    }
}
