//! The first result where one run takes longer than anybody waits: that of the first minutes of it.

use pullstorm_core::lanes::{Axis, Lanes};

/// A comparison of both columns takes about so many times as long as one run of one of them: the
/// column that has changed is run, run without limits and written down, its best possible is found,
/// and the first time all of it for the other column, too.
const RUNS_OF_COMPARISON: f64 = 6.0;

/// A comparison that takes longer than this, in milliseconds, is first shown in part, and that part
/// takes about so long. What is left to 100 goes by until a move is read and what it comes to is drawn.
const FIRST_MS: f64 = 50.0;

/// Times that people say, in seconds.
const TIMES: [u64; 15] = [
    1, 2, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400,
];

/// The time up to which both columns are simulated soon enough, in seconds, where a run takes so many
/// milliseconds; none where all of it is, or not even a second.
pub fn time_within(lanes: &[Lanes; 2], each: f64) -> Option<u64> {
    let ends = lanes.iter().filter(|it| it.axis == Axis::Seconds);
    let end = ends.map(|it| it.end).fold(0.0, f64::max);
    until(end, each)
}

fn until(end: f64, each: f64) -> Option<u64> {
    let comparison = RUNS_OF_COMPARISON * each;
    if comparison <= FIRST_MS {
        return None;
    }
    let within = end * FIRST_MS / comparison;
    TIMES.into_iter().rev().find(|it| *it as f64 <= within)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_takes_long_is_cut_and_what_is_left_of_it_does_not() {
        assert_eq!(until(600.0, 8.0), None);
        assert_eq!(until(600.0, 33.0), Some(120), "a quarter of it, or less");
        assert_eq!(until(86_400.0, 330.0), Some(1_800));
        assert_eq!(
            until(2.0, 10_000.0),
            None,
            "less than a second says nothing"
        );
    }
}
