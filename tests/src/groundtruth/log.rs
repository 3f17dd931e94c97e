//! One repeat of a fan-out, as the registry logged it: who sent what when.

use super::setup::Phases;
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

    /// When each caller of a set began.
    pub fn starts(&self, whose: &[u32]) -> Vec<u64> {
        let of = |caller: &u32| self.callers.get(caller)?.first().map(|first| first.at);
        let mut starts: Vec<u64> = whose.iter().filter_map(of).collect();
        starts.sort_unstable();
        starts
    }

    /// Callers that asked for blobs without having asked for a manifest by digest: daemons that had
    /// kept it. The others, too.
    pub fn by_kept_manifest(&self) -> (Vec<u32>, Vec<u32>) {
        let kept = |sent: &Vec<Logged>| {
            let any = |class: &str| sent.iter().any(|it| it.class == class);
            any("blob") && !any("mdig")
        };
        let (kept, fresh): (Vec<_>, Vec<_>) = self.callers.iter().partition(|(_, sent)| kept(sent));
        let numbers = |of: Vec<(&u32, &Vec<Logged>)>| of.into_iter().map(|(it, _)| *it).collect();
        (numbers(kept), numbers(fresh))
    }

    /// Times between requests where nothing was refused, by phase; of blobs that are fetched side by
    /// side to the first of them, and from that to each.
    pub fn phases(&self, side_by_side: bool, config_first: bool) -> Phases {
        let mut phases = Phases::default();
        for sent in self.callers.values() {
            gaps(sent, side_by_side, config_first, &mut phases);
        }
        phases
    }

    /// Times from a refusal to the next request for the same thing, of clients that send again at
    /// once: so long takes one attempt.
    pub fn attempts(&self) -> Vec<u64> {
        let mut spans = Vec::new();
        for sent in self.callers.values() {
            for (place, refused) in sent.iter().enumerate().filter(|(_, it)| it.refused) {
                let same =
                    |it: &&Logged| it.object == refused.object && it.method == refused.method;
                let next = sent[place + 1..].iter().find(same);
                spans.extend(next.map(|next| next.at.saturating_sub(refused.at)));
            }
        }
        spans
    }
}

fn gaps(sent: &[Logged], side_by_side: bool, config_first: bool, phases: &mut Phases) {
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
