//! When recorded arrivals come.

use crate::compile::problem::Problems;
use crate::random::Distribution;
use crate::recording::{Arrival, Recording};
use crate::scenario::model::{Arrivals, HerdArrivals, Replay, Scenario};
use crate::units::Span;

/// When arrivals come.
#[derive(Copy, Clone)]
pub(super) struct Timed<'a> {
    /// After time 0 the first of them comes.
    pub first: Span,
    /// How often, and how fast.
    pub replay: &'a Replay,
    /// Within which each is drawn.
    pub spread: Span,
}

impl Timed<'_> {
    /// Each of these, as often as there are copies of it.
    pub fn arrivals<'r>(&self, recorded: impl Iterator<Item = &'r Arrival>) -> Arrivals {
        let at = |arrival: &Arrival| self.first + scaled(arrival.after, self.replay.speed);
        let copies = self.replay.copies as usize;
        let instants = recorded.flat_map(|it| std::iter::repeat_n(at(it), copies));
        let splay = match self.spread {
            Span::ZERO => Distribution::Constant(Span::ZERO),
            spread => Distribution::Uniform {
                low: Span::ZERO,
                high: spread - Span::from_nanos(1),
            },
        };
        Arrivals::Herd(HerdArrivals {
            instants: instants.collect(),
            hosts: 1,
            splay,
            fixed_splay: false,
            skew: Span::ZERO,
        })
    }
}

/// When the first arrival comes; a problem where one comes before time 0 or after the horizon.
pub(super) fn first(
    path: &str,
    replay: &Replay,
    recording: &Recording,
    scenario: &Scenario,
    problems: &mut Problems,
) -> Option<Span> {
    let dates = recording.first_unix_nanos.zip(scenario.start_unix_nanos);
    let told = match (replay.from, dates) {
        (Some(from), _) => Some(from),
        (None, None) => Some(Span::ZERO),
        (None, Some((first, start))) => first.checked_sub(start).map(Span::from_nanos),
    };
    let comes = |arrival: &Arrival| {
        let after = scaled(arrival.after, replay.speed);
        told.map(|first| first.saturating_add(after))
    };
    // Those in time are followed by those that are late.
    let in_time = |arrival: &Arrival| comes(arrival).is_some_and(|at| at < scenario.horizon);
    let Some(wrong) = recording.arrivals.iter().find(|it| !in_time(it)) else {
        return told;
    };
    let line = wrong.line;
    let message = match comes(wrong) {
        None => format!(
            "the arrival in line {line} of the recording comes before `start`, the time 0 of the \
             scenario"
        ),
        Some(at) => format!(
            "the arrival in line {line} of the recording comes at {at}, and runs are cut off at \
             `horizon`, {}",
            scenario.horizon
        ),
    };
    let hint = "set `start` to the date of its first arrival, say when that comes (`from: 0s`), or \
                choose a longer `horizon`";
    let path = format!("{path}.recording");
    problems.push(
        replay.recording.place,
        &path,
        message,
        Some(hint.to_owned()),
    );
    None
}

fn scaled(span: Span, speed: f64) -> Span {
    if speed == 1.0 {
        return span;
    }
    Span::from_secs_f64(span.as_secs_f64() / speed)
}
