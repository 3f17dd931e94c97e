//! The herd in words.

use pullstorm_core::lanes::{Axis, Doing, Ending, Lane, Lanes};
use pullstorm_core::report::{counted, seconds};

/// A place of an axis: `1min 5s`, `200 attempts`.
pub fn place(axis: Axis, at: f64) -> String {
    match axis {
        Axis::Seconds => seconds(at),
        Axis::Attempts => counted(at.round(), "attempts"),
    }
}

/// How many do what at a place of the axis.
pub fn counts(lanes: &[Lane], at: f64) -> String {
    let mut counts = [0_u32; 6];
    for lane in lanes {
        let ended = lane.stretches.last().is_none_or(|last| last.until <= at);
        let index = match (ended, lane.ending) {
            (true, Ending::Done) => 4,
            (true, Ending::Failed) => 5,
            _ => match lane
                .stretches
                .iter()
                .find(|it| it.from <= at && at < it.until)
            {
                Some(stretch) => match stretch.doing {
                    Doing::Waiting => 0,
                    Doing::Pulling => 1,
                    Doing::Asleep => 2,
                    Doing::Running => 3,
                },
                None => continue,
            },
        };
        counts[index] += 1;
    }
    let words = ["waiting", "pulling", "asleep", "running", "done", "failed"];
    let said = counts.iter().zip(words).filter(|(count, _)| **count > 0);
    said.map(|(count, word)| format!("{count} {word}"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// The picture in words.
pub fn summary(lanes: &Lanes) -> String {
    let count = |ending: Ending| lanes.lanes.iter().filter(|it| it.ending == ending).count();
    let asleep = lanes.lanes.iter().flat_map(|lane| &lane.stretches);
    let asleep = asleep.filter(|stretch| stretch.doing == Doing::Asleep);
    let slept: f64 = asleep.map(|stretch| stretch.until - stretch.from).sum();
    let refused: u64 = lanes
        .lanes
        .iter()
        .map(|lane| u64::from(lane.throttled))
        .sum();
    let (over, asleep) = match lanes.axis {
        Axis::Seconds => (
            format!("over {}", seconds(lanes.end)),
            format!(", {} asleep in all", seconds(slept)),
        ),
        Axis::Attempts => (
            format!("in one instant of {}", place(lanes.axis, lanes.end)),
            String::new(),
        ),
    };
    let mut text = format!(
        "{} {over}: {} done, {} failed, {} open at the end; {} throttled{asleep}.",
        counted(lanes.lanes.len() as f64, "lines"),
        count(Ending::Done),
        count(Ending::Failed),
        count(Ending::Open),
        counted(refused as f64, "attempts"),
    );
    if lanes.left_out > 0 {
        text += &format!(" {} more have no line here.", lanes.left_out);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_attempt_is_one() {
        let lane = Lane {
            name: "ci.jobs[0]".to_owned(),
            stretches: Vec::new(),
            ending: Ending::Failed,
            admitted: 0,
            throttled: 1,
        };
        let lanes = Lanes {
            lanes: vec![lane],
            left_out: 0,
            tracks: Vec::new(),
            axis: Axis::Attempts,
            end: 1.0,
        };
        assert_eq!(
            summary(&lanes),
            "1 line in one instant of 1 attempt: 0 done, 1 failed, 0 open at the end; 1 attempt \
             throttled."
        );
    }
}
