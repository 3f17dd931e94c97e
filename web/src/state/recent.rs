//! Experiments of the past, in the browser's storage. It may be full or forbidden; then there are
//! none, and nothing else is missing.

use super::{Experiment, decode, encode};

const KEY: &str = "pullstorm-recent-1";

/// How many are kept.
const KEPT_MAX: usize = 8;

/// The fragments and names of experiments, latest first.
pub fn list() -> Vec<(String, String)> {
    let text = storage().and_then(|storage| storage.get_item(KEY).ok().flatten());
    let text = text.unwrap_or_default();
    let fragments = text.lines().take(KEPT_MAX);
    let known = fragments.filter_map(|fragment| {
        let experiment = decode(fragment).ok()?;
        let changes = experiment.changes().unwrap_or_default();
        let changes: Vec<String> = changes
            .into_iter()
            .map(|(path, value)| {
                let short = path.rsplit('.').next().unwrap_or_default().to_owned();
                format!("{short} {value}")
            })
            .collect();
        let name = match changes.is_empty() {
            true => experiment.name,
            false => format!("{}: {}", experiment.name, changes.join(", ")),
        };
        Some((fragment.to_owned(), name))
    });
    known.collect()
}

/// Puts an experiment first. Whether the browser let it.
pub fn keep(experiment: &Experiment) -> bool {
    let (Some(storage), Some(fragment)) = (storage(), encode(experiment)) else {
        return false;
    };
    let known = storage.get_item(KEY).ok().flatten().unwrap_or_default();
    let others = known.lines().filter(|other| *other != fragment);
    let all: Vec<&str> = std::iter::once(fragment.as_str())
        .chain(others)
        .take(KEPT_MAX)
        .collect();
    storage.set_item(KEY, &all.join("\n")).is_ok()
}

fn storage() -> Option<web_sys::Storage> {
    // Where storage is forbidden, asking for it is an error already.
    web_sys::window()?.local_storage().ok().flatten()
}
