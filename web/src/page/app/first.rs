//! The first result where one run takes longer than anybody waits: that of the first minutes of it.

use pullstorm_core::lanes::{Axis, Lanes};

/// A run that takes longer than this, in milliseconds, is first shown in part.
const LONG_MS: f64 = 60.0;

/// The first part of both columns takes about so long together, in milliseconds.
const FIRST_MS: f64 = 50.0;

/// Horizons as people say them: seconds, and as a scenario has them.
const HORIZONS: [(f64, &str); 15] = [
    (1.0, "1s"),
    (2.0, "2s"),
    (5.0, "5s"),
    (10.0, "10s"),
    (30.0, "30s"),
    (60.0, "1min"),
    (120.0, "2min"),
    (300.0, "5min"),
    (600.0, "10min"),
    (1_800.0, "30min"),
    (3_600.0, "1h"),
    (7_200.0, "2h"),
    (14_400.0, "4h"),
    (28_800.0, "8h"),
    (86_400.0, "24h"),
];

/// The horizon up to which both columns are simulated soon enough, where a run takes so many
/// milliseconds; none where all of it is, or not even a second.
pub fn horizon_within(lanes: &[Lanes; 2], each: f64) -> Option<&'static str> {
    let ends = lanes.iter().filter(|it| it.axis == Axis::Seconds);
    let end = ends.map(|it| it.end).fold(0.0, f64::max);
    until(end, each)
}

fn until(end: f64, each: f64) -> Option<&'static str> {
    if each <= LONG_MS {
        return None;
    }
    let within = end * FIRST_MS / (2.0 * each);
    let fits = |it: &&(f64, &'static str)| it.0 <= within;
    HORIZONS.iter().rev().find(fits).map(|it| it.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_takes_long_is_cut_and_what_is_left_of_it_does_not() {
        assert_eq!(until(600.0, 20.0), None);
        assert_eq!(
            until(600.0, 100.0),
            Some("2min"),
            "a quarter of it, or less"
        );
        assert_eq!(until(86_400.0, 1_000.0), Some("30min"));
        assert_eq!(
            until(2.0, 10_000.0),
            None,
            "less than a second says nothing"
        );
    }
}
