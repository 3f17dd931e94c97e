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
    fn unit(&mut self) -> f64 {
        // Signed, which converts to the same double and in less time.
        (self.bits() >> 11) as i64 as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// A whole number in [0, `bound`), or 0 where `bound` is 0.
    fn below(&mut self, bound: u64) -> u64 {
        // Multiply-high: its bias of at most bound / 2^64 is far under what any test can see.
        ((self.bits() as u128 * bound as u128) >> 64) as u64
    }
}
