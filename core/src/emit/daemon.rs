//! `/etc/docker/daemon.json`: mirrors of Docker Hub.
//!
//! Keys as in the dockerd reference, read in November 2026. `registry-mirrors` is asked for images of
//! Docker Hub and of no other registry.

use super::Fragment;
use super::diff::{Diff, registry_of};
use super::write::{json, names};
use crate::catalog::Owner;
use crate::report::model::Language;
use serde_json::json;

/// The mirror that a variant puts before Docker Hub, or takes away, for Docker's engines.
pub(super) fn settings(diff: &Diff<'_>) -> Vec<Fragment> {
    // One file serves all containers of a node: who wants something else needs nodes of its own.
    let mut daemons: Vec<(&str, Option<&str>, bool)> = Vec::new();
    for moving in diff.moving() {
        let section = &moving.own.section;
        let client = section.client.value.as_str();
        let takes = client.starts_with("docker-") || client == "swarm-executor";
        let hub = registry_of(&diff.own.scenario, section) == Some("docker-hub");
        let mirror = |section: &'_ crate::scenario::model::PullSection| {
            section.mirror.as_ref().map(|mirror| mirror.value.clone())
        };
        if takes && hub {
            let changed = moving.changed(|it| mirror(&it.section)).is_some();
            let mirror = section.mirror.as_ref().map(|mirror| mirror.value.as_str());
            daemons.push((moving.name, mirror, changed));
        }
    }
    let mut mirrors: Vec<Option<&str>> = Vec::new();
    for (_, mirror, changed) in &daemons {
        if *changed && !mirrors.contains(mirror) {
            mirrors.push(*mirror);
        }
    }
    let fragments = mirrors.into_iter().map(|mirror| {
        let (same, other): (Vec<_>, Vec<_>) = daemons.iter().partition(|it| it.1 == mirror);
        let of = |daemons: Vec<&(&'_ str, _, _)>| -> String {
            let daemons: Vec<&str> = daemons.iter().map(|(name, ..)| *name).collect();
            names(&daemons)
        };
        let nodes = match other.is_empty() {
            true => "all nodes".to_owned(),
            false => format!(
                "the nodes of {}, which have to be others than those of {}",
                of(same),
                of(other)
            ),
        };
        fragment(mirror, &nodes)
    });
    fragments.collect()
}

fn fragment(mirror: Option<&str>, nodes: &str) -> Fragment {
    let urls: Vec<String> = mirror
        .iter()
        .map(|name| format!("https://{name}.example.net"))
        .collect();
    let (why, risk) = match mirror {
        Some(_) => (
            "images of Docker Hub are asked of the mirror first; what it holds costs the address \
             nothing",
            "an empty mirror is filled by whoever asks first, all at once if all do; docker goes on to \
             Docker Hub when the mirror fails",
        ),
        None => (
            "images are asked of Docker Hub itself",
            "what the mirror answered counts against the address again",
        ),
    };
    Fragment {
        place: format!("/etc/docker/daemon.json of {nodes}, then systemctl reload docker"),
        owner: Owner::You,
        language: Language::Json,
        text: json(&json!({ "registry-mirrors": urls })),
        why: why.to_owned(),
        risk: risk.to_owned(),
        undo: "restore the list of today and reload".to_owned(),
    }
}
