//! The set-ups of the logs as scenarios.

use crate::cases::CaseError;

/// The record of the catalog for a client of the logs.
///
/// # Errors
/// If nobody knows it.
pub fn client(file: &str, logged: &str) -> Result<&'static str, CaseError> {
    const KNOWN: [(&str, &str); 9] = [
        ("docker-20.", "docker-classic"),
        ("containerd-1.", "containerd-1.6"),
        ("containerd-2.4", "containerd-2.4"),
        ("podman-4.", "podman-4"),
        ("skopeo-1.9.3+retry-times-3", "skopeo-1.9-retry-times-3"),
        ("skopeo-1.9.3-to-oci", "skopeo-1.9-to-oci"),
        ("skopeo-1.9", "skopeo-1.9"),
        ("skopeo-2026", "skopeo-2026"),
        ("crane-0.21", "crane-2026-05"),
    ];
    let found = KNOWN.iter().find(|(begins, _)| logged.starts_with(begins));
    let unknown = || CaseError::new(file, format!("nothing is known about {logged}"));
    found.map(|(_, record)| *record).ok_or_else(unknown)
}

/// An image of the logs: `docker-l6` has six layers, `oci-x6` an index of three such images.
///
/// # Errors
/// If its name says no number of layers.
pub fn image(file: &str, name: &str, reference: &str) -> Result<String, CaseError> {
    let shape = name.rsplit('-').next().unwrap_or_default();
    let layers = shape.trim_start_matches(['l', 'x']).trim_end_matches('m');
    if layers.parse::<u32>().is_err() {
        return Err(CaseError::new(
            file,
            format!("nobody knows the image {name}"),
        ));
    }
    let platforms = match shape.starts_with('x') {
        true => ", platforms: 3",
        false => "",
    };
    Ok(format!(
        "{{registry: registry, layers: {layers}{platforms}, reference: {reference}}}"
    ))
}

/// Times before the requests of each phase, in microseconds, as a log has them.
#[derive(Clone, Debug, Default)]
pub struct Phases {
    pub resolve: Vec<u64>,
    pub manifest: Vec<u64>,
    pub config: Vec<u64>,
    pub layer: Vec<u64>,
    /// From the first of the blobs that are fetched side by side to each of them.
    pub stagger: Vec<u64>,
}

impl Phases {
    /// These times, and for phases that were not seen those of `all`.
    pub fn or(self, all: &Phases) -> Phases {
        let either = |own: Vec<u64>, all: &Vec<u64>| if own.is_empty() { all.clone() } else { own };
        Phases {
            resolve: either(self.resolve, &all.resolve),
            manifest: either(self.manifest, &all.manifest),
            config: either(self.config, &all.config),
            layer: either(self.layer, &all.layer),
            stagger: either(self.stagger, &all.stagger),
        }
    }

    /// The stagger as a scenario states it, if there is one.
    pub fn stagger(&self) -> String {
        if self.stagger.is_empty() {
            return String::new();
        }
        format!(", stagger: {}", empirical(self.stagger.iter().copied()))
    }

    /// As a scenario states them. A request takes `attempt` microseconds, which are part of what
    /// lies between two.
    pub fn think(&self, attempt: u64) -> String {
        let phases = [
            ("resolve", &self.resolve),
            ("manifest", &self.manifest),
            ("config", &self.config),
            ("layer", &self.layer),
        ];
        let stated: Vec<String> = phases
            .into_iter()
            .filter(|(_, spans)| !spans.is_empty())
            .map(|(phase, spans)| {
                let spans = spans.iter().map(|span| span.saturating_sub(attempt));
                format!("{phase}: {}", empirical(spans))
            })
            .collect();
        format!("{{{}}}", stated.join(", "))
    }
}

/// Measured spans as a time that varies.
fn empirical(micros: impl Iterator<Item = u64>) -> String {
    let spans: Vec<String> = micros.map(|span| format!("{span}us")).collect();
    format!("{{empirical: [{}]}}", spans.join(", "))
}

/// How a client of the logs fetches blobs.
#[derive(Copy, Clone, Debug)]
pub struct Fetching {
    /// Side by side, or one by one.
    pub side_by_side: bool,
    /// The config by itself, before the layers.
    pub config_first: bool,
    /// Whether it sends again at once when it is refused, so that the time of an attempt matters.
    pub at_once: bool,
}

/// How a record of the catalog fetches blobs.
pub fn fetching(record: &str) -> Fetching {
    let is = |names: &[&str]| names.iter().any(|name| record.starts_with(name));
    Fetching {
        side_by_side: !is(&["crane", "skopeo-1.9"]),
        config_first: is(&["crane", "podman", "skopeo-2026"]),
        at_once: is(&["containerd", "docker"]),
    }
}
