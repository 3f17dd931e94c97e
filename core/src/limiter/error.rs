//! What keeps a limiter from being built.

use super::sliding_log::LOGGED_CREDITS_MAX;
use std::fmt;

/// Why a limiter cannot be built. Its text says what is wrong and what to write instead.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum SpecError {
    /// Burst or limit is zero: nothing could ever pass.
    NothingPasses,
    /// The numbers are too large to count exactly in 64 bits.
    TooLarge,
    /// The window, the refill period or the lock-out is zero.
    NoPeriod,
    /// The rate is so low that it is rounded down to nothing.
    NoRate,
    /// The window is longer than 2^62 nanoseconds.
    TooLong,
    /// A sliding log of this size would not fit in memory.
    LogTooLarge {
        /// Credits logged per key.
        limit: u64,
        /// Keys.
        keys: u32,
    },
    /// A sliding window counter of this limit and window cannot be decided in 64 bits.
    CounterTooLarge,
    /// The option means nothing to this algorithm.
    NotForThisAlgorithm {
        /// What was asked for.
        option: &'static str,
        /// [`super::Algorithm::name`].
        algorithm: &'static str,
    },
    /// Throttled requests are charged, but requests wait instead of being throttled.
    NobodyToCharge,
    /// Who is refused is locked out, but requests wait instead of being refused.
    NobodyToLockOut,
}

impl fmt::Display for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SpecError::NothingPasses => {
                f.write_str("a burst or limit of 0 lets nothing through; write 1 or more")
            }
            SpecError::TooLarge => f.write_str(
                "burst and refill are too large to be counted exactly together; write a smaller \
                 burst, or the rate with fewer digits",
            ),
            SpecError::NoPeriod => f.write_str(
                "a window, refill period or lock-out of 0 is none; write a length above 0",
            ),
            SpecError::NoRate => f.write_str(
                "nginx counts whole thousandths of a request a second, so that a rate below \
                 3.6/h lets one burst through and nothing after; write a higher one",
            ),
            SpecError::TooLong => f.write_str(
                "a window of more than 146 years cannot be counted; write a shorter one",
            ),
            SpecError::LogTooLarge { limit, keys } => write!(
                f,
                "a sliding window log of {limit} requests for each of {keys} keys is more than \
                 the {LOGGED_CREDITS_MAX} that fit in memory; write a lower limit, fewer keys, or \
                 a token bucket of the same rate"
            ),
            SpecError::CounterTooLarge => f.write_str(
                "a sliding window counter multiplies its limit with its window, which is too much \
                 here to be exact; write both ten or more times smaller, or a token bucket of the \
                 same rate",
            ),
            SpecError::NotForThisAlgorithm { option, algorithm } => {
                write!(f, "{option} means nothing to a {algorithm}; leave it out")
            }
            SpecError::NobodyToLockOut => f.write_str(
                "nobody can be locked out where requests wait instead of being throttled; write \
                 one of the two",
            ),
            SpecError::NobodyToCharge => f.write_str(
                "throttled requests cannot be charged where requests wait instead; write one of \
                 the two",
            ),
        }
    }
}

impl std::error::Error for SpecError {}
