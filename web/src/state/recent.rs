//! Experiments of the past, in the browser's storage. It may be full or forbidden; then there are
//! none, and nothing else is missing.

use super::{Experiment, Tab, decode, encode};

const KEY: &str = "pullstorm-recent-1";

/// How many are kept.
const KEPT_MAX: usize = 8;

/// The fragments and names of experiments, latest first.
pub fn list() -> Vec<(String, String)> {
    let text = storage().and_then(|storage| storage.get_item(KEY).ok().flatten());
    let text = text.unwrap_or_default();
    let fragments = text.lines().take(KEPT_MAX);
    let known = fragments.filter_map(|fragment| {
        let (experiment, _) = decode(fragment).ok()?;
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

/// Whether the browser keeps an experiment.
#[derive(Copy, Clone, PartialEq, Debug)]
pub enum Kept {
    /// It does.
    Yes,
    /// It is longer than what is kept.
    TooLong,
    /// Storage is full or forbidden.
    NoStorage,
}

/// Puts an experiment first.
pub fn keep(experiment: &Experiment) -> Kept {
    let Some(storage) = storage() else {
        return Kept::NoStorage;
    };
    let Some(fragment) = encode(experiment, Tab::default()) else {
        return Kept::TooLong;
    };
    let known = storage.get_item(KEY).ok().flatten().unwrap_or_default();
    let others = known.lines().filter(|other| *other != fragment);
    let all: Vec<&str> = std::iter::once(fragment.as_str())
        .chain(others)
        .take(KEPT_MAX)
        .collect();
    match storage.set_item(KEY, &all.join("\n")) {
        Ok(()) => Kept::Yes,
        Err(_) => Kept::NoStorage,
    }
}

fn storage() -> Option<web_sys::Storage> {
    // Where storage is forbidden, asking for it is an error already.
    web_sys::window()?.local_storage().ok().flatten()
}
