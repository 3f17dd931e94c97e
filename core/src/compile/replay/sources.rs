//! Whose calls of a recording count.

use super::state;
use crate::compile::problem::Problems;
use crate::plan::PlanBuilder;
use crate::recording::{Arrival, Recording};
use crate::scenario::model::{Place, Placed};

/// Whose calls of a recording count: names of operations do not say whose they are, and that of a
/// login has two more services.
pub(super) struct Sources<'a> {
    pub path: &'a str,
    pub name: &'a str,
    /// Where the recording stands.
    pub place: Option<Place>,
    /// Whose the scenario says.
    pub stated: Option<&'a Placed<String>>,
    /// Whose those of the service are that is called, where that is known.
    pub known: Option<&'a str>,
}

impl Sources<'_> {
    /// The arrivals that count; the plan says how many do not. Without a source that is stated or
    /// known, and of a recording that tells none, all do.
    pub fn arrivals(
        &self,
        recording: &Recording,
        builder: &mut PlanBuilder,
        problems: &mut Problems,
    ) -> Option<Vec<Arrival>> {
        let stated = self.stated.map(|it| it.value.as_str());
        let wanted = match (stated, recording.sources.is_empty()) {
            (None, true) => None,
            (stated, _) => stated.or(self.known),
        };
        let Some(wanted) = wanted else {
            if !recording.sources.is_empty() {
                self.state_source(&recording.sources, recording, builder);
            }
            return Some(recording.arrivals.clone());
        };
        let is_wanted = |source: u32| {
            let source = &recording.sources[source as usize];
            source.eq_ignore_ascii_case(wanted)
        };
        let all = recording.arrivals.iter();
        // Who does not tell may be meant, unless somebody says whom.
        let counts = |it: &&Arrival| it.source.map_or(stated.is_none(), is_wanted);
        let counted: Vec<Arrival> = all.filter(counts).copied().collect();
        let others = recording.sources.iter();
        let others = others.filter(|source| !source.eq_ignore_ascii_case(wanted));
        let others: Vec<String> = others.cloned().collect();
        if counted.is_empty() {
            let whose = match others.is_empty() {
                true => "does not tell whose calls it has (`eventSource`)".to_owned(),
                false => format!("has those of {}", listed(&others)),
            };
            let message = format!("no recorded call is of {wanted}: the recording {whose}");
            let of_recording = format!("{}.recording", self.path);
            let (place, path, hint) = match self.stated {
                Some(stated) => (
                    stated.place,
                    format!("{of_recording}.event_source"),
                    "name one that is there, or leave `event_source` out; with `operation`, calls of all \
                     sources are taken for that one",
                ),
                None => (
                    self.place,
                    of_recording,
                    "say whose calls count (`event_source: ...`), or what each arrival calls \
                     (`operation: ...`)",
                ),
            };
            problems.push(place, &path, message, Some(hint.to_owned()));
            return None;
        }
        let left_out = recording.arrivals.len() - counted.len();
        if left_out > 0 {
            let text = format!(
                "{left_out} of {} recorded arrivals of `{}` are left out, for they are no calls of \
                 {wanted}: {}",
                recording.arrivals.len(),
                self.name,
                match others.is_empty() {
                    true => "they do not tell whose they are".to_owned(),
                    false => listed(&others),
                },
            );
            state(builder, text);
        }
        self.state_source(&[wanted.to_owned()], recording, builder);
        Some(counted)
    }

    /// Whose calls are taken, and where they were made.
    fn state_source(&self, sources: &[String], recording: &Recording, builder: &mut PlanBuilder) {
        // Regions are those of the whole recording.
        let others = recording.sources.iter();
        let mut others =
            others.filter(|it| !sources.iter().any(|own| own.eq_ignore_ascii_case(it)));
        let place = match others.next().is_some() || recording.regions.is_empty() {
            true => String::new(),
            false => format!(" in {}", listed(&recording.regions)),
        };
        let text = format!(
            "arrivals of `{}` are recorded calls of {}{place}",
            self.name,
            listed(sources),
        );
        state(builder, text);
    }
}

/// The first few names, and how many more there are.
fn listed(names: &[String]) -> String {
    const SHOWN_MAX: usize = 3;
    let shown: Vec<&str> = names.iter().take(SHOWN_MAX).map(String::as_str).collect();
    match names.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
