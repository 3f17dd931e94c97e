//! Arrivals as somebody recorded them.
//!
//! ```text
//! arrival   to its operation: sdk loop { send };  or as a pull
//! ```

mod calls;
mod sources;
mod timed;

#[cfg(test)]
mod tests;

use self::calls::Calls;
use self::sources::Sources;
use self::timed::Timed;
use super::problem::Problems;
use super::{World, fits, image_pulls};
use crate::plan::{Assumption, Basis, PlanBuilder};
use crate::scenario::model::{ImagePulls, Replay, ReplayedArrival};

pub(super) fn compile(
    path: &str,
    name: &str,
    replay: &Replay,
    world: World<'_>,
    builder: &mut PlanBuilder,
    problems: &mut Problems,
) {
    let choice = &replay.recording.value;
    let Some(recording) = choice.content.as_deref() else {
        let file = choice.file.as_deref().unwrap_or_default();
        let hint = "only the command line reads files; elsewhere write the recording into the \
                    scenario: `recording: {inline: ...}`";
        problems.push(
            replay.recording.place,
            &format!("{path}.recording"),
            format!("the recording `{file}` has not been read"),
            Some(hint.to_owned()),
        );
        return;
    };
    let Some(first) = timed::first(path, replay, recording, world.scenario, problems) else {
        return;
    };
    let count = (recording.arrivals.len() as u64).saturating_mul(u64::from(replay.copies));
    if !fits(count, path, builder, problems) {
        return;
    }
    let spread = replay.spread.unwrap_or(recording.resolution);
    if !spread.is_zero() && replay.spread.is_none() {
        let text = format!(
            "times of the recording of `{name}` are whole multiples of {spread}: each arrival is \
             drawn within its own"
        );
        state(builder, text);
    }
    if recording.throttled > 0 {
        let text = format!(
            "{} of {} arrivals of `{name}` {} throttled (429) when recorded: what their clients sent \
             again is among the arrivals",
            recording.throttled,
            recording.arrivals.len(),
            if recording.throttled == 1 {
                "was"
            } else {
                "were"
            }
        );
        state(builder, text);
    }
    let timed = Timed {
        first,
        replay,
        spread,
    };
    match &replay.arrival {
        ReplayedArrival::Pull(pulls) => {
            if choice.columns.key.is_some() {
                let hint = "say on how many hosts pulls happen in turn: `hosts: 4`";
                problems.push(
                    replay.recording.place,
                    &format!("{path}.recording.key"),
                    "`key` goes with calls only",
                    Some(hint.to_owned()),
                );
                return;
            }
            let sources = Sources {
                path,
                name,
                place: replay.recording.place,
                stated: choice.event_source.as_ref(),
                known: None,
            };
            let Some(arrivals) = sources.arrivals(recording, builder, problems) else {
                return;
            };
            let pulls = ImagePulls {
                pulls: timed.arrivals(arrivals.iter()),
                ..pulls.clone()
            };
            image_pulls::compile(path, name, &pulls, world, builder, problems);
        }
        ReplayedArrival::Call {
            requests,
            operation,
            client,
        } => {
            let calls = Calls {
                path,
                name,
                place: replay.recording.place,
                requests,
                operation: operation.as_ref(),
                client: *client,
                keyed: choice.columns.key.is_some() || !recording.keys.is_empty(),
                event_source: choice.event_source.as_ref(),
            };
            calls.compile(timed, recording, world.services, builder, problems);
        }
    }
}

fn state(builder: &mut PlanBuilder, text: String) {
    let basis = Basis::Default;
    builder.plan().stated.push(Assumption { text, basis });
}
