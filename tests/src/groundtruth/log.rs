//! One repeat of a fan-out, as the registry logged it: who sent what when.

use super::setup::{Fetching, Phases};
use std::collections::BTreeMap;

/// A request in a log.
#[derive(Clone, Debug)]
pub struct Logged {
    /// In microseconds since the limiter was set.
    pub at: u64,
    /// Class in the words of the log.
    pub class: String,
    /// `H` or `G`.
    pub method: String,
    /// What was asked for: the end of its digest.
    pub object: String,
    /// Whether it was refused.
    pub refused: bool,
}

/// All that one repeat of a point says.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// Requests of each caller, in order; no TLS hellos.
    pub callers: BTreeMap<u32, Vec<Logged>>,
    /// Pulls that came through.
    pub succeeded: u32,
}

impl Log {
    /// Requests in all.
    pub fn requests(&self) -> u32 {
        self.callers.values().map(|sent| sent.len() as u32).sum()
    }

    /// Times between requests of all callers.
    pub fn phases(&self, how: Fetching) -> Phases {
        let mut phases = Phases::default();
        for sent in self.callers.values() {
            gaps(sent, how, &mut phases);
        }
        phases
    }

    /// Times from a refusal to the next request for the same thing, of clients that send again at
    /// once: so long takes one attempt.
    pub fn attempts(&self) -> Vec<u64> {
        self.callers
            .values()
            .flat_map(|sent| attempts_of(sent))
            .collect()
    }
}

/// [`Log::attempts`] of one caller.
pub fn attempts_of(sent: &[Logged]) -> Vec<u64> {
    let mut spans = Vec::new();
    for (place, refused) in sent.iter().enumerate().filter(|(_, it)| it.refused) {
        let same = |it: &&Logged| it.object == refused.object && it.method == refused.method;
        let next = sent[place + 1..].iter().find(same);
        spans.extend(next.map(|next| next.at.saturating_sub(refused.at)));
    }
    spans
}

/// Whether a caller asked for blobs without having asked for a manifest by digest: a daemon that had
/// kept it.
pub fn had_kept_manifest(sent: &[Logged]) -> bool {
    let any = |class: &str| sent.iter().any(|it| it.class == class);
    any("blob") && !any("mdig")
}

/// Times between requests of one caller.
pub fn phases_of(sent: &[Logged], how: Fetching) -> Phases {
    let mut phases = Phases::default();
    gaps(sent, how, &mut phases);
    phases
}

/// Times between requests where nothing was refused, by phase; of blobs that are fetched side by
/// side to the first of them, and from that to each.
fn gaps(sent: &[Logged], how: Fetching, phases: &mut Phases) {
    let Fetching {
        side_by_side,
        config_first,
        ..
    } = how;
    let mut seen: Vec<(&str, &str)> = Vec::new();
    let mut before: Option<&Logged> = None;
    let mut config: Option<&str> = None;
    // The first of the blobs that are fetched side by side.
    let mut first: Option<u64> = None;
    for request in sent {
        let what = (request.object.as_str(), request.method.as_str());
        let again = seen.contains(&what);
        seen.push(what);
        let is_blob = request.class == "blob";
        let is_config = is_blob && config_first && config.is_none_or(|it| it == request.object);
        let at_side = is_blob && side_by_side && !is_config;
        let answered = before.filter(|before| !before.refused);
        match (again, first.filter(|_| at_side), answered) {
            (true, _, _) => {}
            (false, Some(first), _) => phases.stagger.push(request.at.saturating_sub(first)),
            (false, None, Some(before)) => {
                let gap = request.at.saturating_sub(before.at);
                match (request.class.as_str(), request.method.as_str()) {
                    (_, "H") => phases.resolve.push(gap),
                    ("mtag" | "mdig", _) => phases.manifest.push(gap),
                    ("blob", _) if is_config => phases.config.push(gap),
                    ("blob", _) if config_first => phases.layer.push(gap),
                    ("blob", _) => {
                        phases.config.push(gap);
                        phases.layer.push(gap);
                    }
                    _ => {}
                }
            }
            (false, None, None) => {}
        }
        if at_side && first.is_none() {
            phases.stagger.push(0);
            first = Some(request.at);
        }
        if is_config {
            config = Some(&request.object);
        }
        before = Some(request);
    }
}
