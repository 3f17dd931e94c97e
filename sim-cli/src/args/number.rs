//! Numbers with their ranges.

use std::fmt::Display;
use std::str::FromStr;

/// Reads a seed.
pub(super) fn seed(text: &str) -> Result<u64, String> {
    let range = || format!("write a whole number from 0 to {}", u64::MAX);
    text.parse().map_err(|_| range())
}

/// Reads a number of runs.
pub(super) fn runs(text: &str) -> Result<u32, String> {
    from_one_to(1_000_000, text)
}

/// Reads a number of threads.
pub(super) fn threads(text: &str) -> Result<u16, String> {
    from_one_to(1024, text)
}

fn from_one_to<N: FromStr + PartialOrd + From<u8> + Display>(
    most: N,
    text: &str,
) -> Result<N, String> {
    let number = text.parse().ok();
    let in_range = number.filter(|it| *it >= N::from(1) && *it <= most);
    in_range.ok_or_else(|| format!("write a whole number from 1 to {most}"))
}
