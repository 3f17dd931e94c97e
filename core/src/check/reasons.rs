//! Why results are not those of a baseline, as far as that can be told.

use super::baseline::{Baseline, Entry};
use super::origin::{PresetChange, limit_changes, policy_changes};

/// Whether all that runs and their numbers come from is what it was when the baseline was made.
pub(super) fn nothing_else_changed(baseline: &Baseline, was: &Entry, is: &Entry) -> bool {
    let same_runs = was.seed == is.seed && was.runs == is.runs;
    let same_version = baseline.pullstorm == env!("CARGO_PKG_VERSION");
    let as_written = was.fingerprint == is.fingerprint && was.policies == is.policies;
    let same_limits = was.limits.is_none() || was.limits == is.limits;
    as_written && same_runs && same_version && same_limits && was.presets == is.presets
}

/// What is known to be other than when the baseline was made; of what `presets` tell nothing more.
pub(super) fn reasons(
    baseline: &Baseline,
    was: &Entry,
    is: &Entry,
    presets: &[PresetChange],
) -> Vec<String> {
    let mut reasons = Vec::new();
    let is_edited = was.fingerprint != is.fingerprint;
    if is_edited {
        reasons.push("the scenario or this variant of it has been edited".to_owned());
    }
    reasons.extend(limit_changes(
        was.limits.as_deref(),
        is.limits.as_deref(),
        presets,
    ));
    reasons.extend(policy_changes(&was.policies, &is.policies, is_edited));
    if was.seed != is.seed {
        reasons.push(format!("seed {} -> {}", was.seed, is.seed));
    }
    if was.runs != is.runs {
        reasons.push(format!("{} -> {} runs", was.runs, is.runs));
    }
    let version = env!("CARGO_PKG_VERSION");
    if baseline.pullstorm != version {
        reasons.push(format!("Pullstorm {} -> {version}", baseline.pullstorm));
    }
    let kind = |digest: &str| digest.split(':').next().unwrap_or("").to_owned();
    if kind(&was.digest) != kind(&is.digest) {
        let (was, is) = (kind(&was.digest), kind(&is.digest));
        reasons.push(format!(
            "digests are of another kind ({was} -> {is}), so that only numbers were compared"
        ));
    }
    if reasons.is_empty() && was.presets == is.presets {
        reasons.push(
            "nothing that Pullstorm was given changed: it simulates otherwise than the one that wrote the \
             baseline, or the digest there was edited"
                .to_owned(),
        );
    }
    reasons
}
