//! Where numbers come from that no scenario states: presets of the catalog and retry policies.

use crate::catalog::{Counting, Preset, PresetLimiter, preset};
use crate::plan::Plan;
use crate::replicate::Prepared;
use crate::report::counting;
use serde::{Deserialize, Serialize};

/// A preset that a service of a scenario names, and its values.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct PresetValues {
    /// The service of the scenario.
    pub service: String,
    /// As the scenario writes it: with a date or, for the latest, without.
    pub written: String,
    /// With its date.
    pub preset: String,
    /// Its limiters that the variant asks.
    pub limiters: Vec<Limit>,
}

/// A limiter of a preset.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Limit {
    /// Its name in the preset.
    pub name: String,
    /// How it counts, as the catalog has it.
    pub rule: String,
    /// Since when, as well as that is known.
    pub since: String,
}

/// The retry policy of a loop.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Policy {
    /// Workload and loop: `ci.sdk`.
    pub name: String,
    /// The policy in words.
    pub policy: String,
}

/// A preset that is not what it was.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct PresetChange {
    /// The service of the scenario.
    pub service: String,
    /// The preset with its date, before.
    pub was: String,
    /// And now.
    pub is: String,
    /// The limiter that changed.
    pub limiter: Option<String>,
    /// The change, in a sentence.
    pub text: String,
}

/// The presets that a variant uses.
pub(super) fn presets(prepared: &Prepared) -> Vec<PresetValues> {
    let services = prepared.scenario.services.iter();
    let values = services.filter_map(|service| {
        let written = &service.value.preset.as_ref()?.value;
        let found = preset(written).ok()?;
        let asked = |limiter: &&PresetLimiter| {
            let mut own = prepared.plan.limiters.iter();
            own.any(|own| {
                own.service == service.name && own.name == limiter.name && !own.keys.is_empty()
            })
        };
        let limiters = found.limiters.iter().filter(asked);
        Some(PresetValues {
            service: service.name.clone(),
            written: written.clone(),
            preset: found.name.clone(),
            limiters: limiters.map(|limiter| limit(found, limiter)).collect(),
        })
    });
    values.collect()
}

fn limit(preset: &Preset, limiter: &PresetLimiter) -> Limit {
    let since = limiter.valid.from.as_ref().unwrap_or(&preset.date);
    Limit {
        name: limiter.name.clone(),
        rule: match &limiter.counting {
            Counting::Known(algorithm) => counting(algorithm),
            Counting::Unknown(_) => "not known".to_owned(),
        },
        since: since.to_string(),
    }
}

/// The retry policies of all loops, those of one name and policy once.
pub(super) fn policies(plan: &Plan) -> Vec<Policy> {
    let mut policies: Vec<Policy> = Vec::new();
    for retry in &plan.loops {
        let workload = &plan.workloads[retry.workload as usize].name;
        let policy = Policy {
            name: format!("{workload}.{}", retry.name),
            policy: retry.policy.describe(),
        };
        if !policies.contains(&policy) {
            policies.push(policy);
        }
    }
    policies
}

/// What has changed in the presets that a scenario names as it did before.
pub(super) fn preset_changes(was: &[PresetValues], is: &[PresetValues]) -> Vec<PresetChange> {
    let mut changes = Vec::new();
    for is in is {
        let before = was
            .iter()
            .find(|was| was.service == is.service && was.written == is.written);
        let Some(was) = before.filter(|was| *was != is) else {
            continue;
        };
        let change = |limiter: Option<&str>, text: String| PresetChange {
            service: is.service.clone(),
            was: was.preset.clone(),
            is: is.preset.clone(),
            limiter: limiter.map(str::to_owned),
            text,
        };
        let dated = match was.preset == is.preset {
            true => String::new(),
            false => format!(", {} -> {}", was.preset, is.preset),
        };
        let changed = changes.len();
        for limit in &is.limiters {
            let known = was.limiters.iter().find(|known| known.name == limit.name);
            let (name, rule) = (&limit.name, &limit.rule);
            let (written, since) = (&is.written, &limit.since);
            let text = match known {
                Some(known) if known.rule == *rule => continue,
                Some(known) if was.preset == is.preset => format!(
                    "preset {written} was corrected {} -> {rule} ({name})",
                    known.rule
                ),
                Some(known) => format!(
                    "preset {written} changed {} -> {rule} on {since} ({name}{dated})",
                    known.rule
                ),
                None => format!("preset {written} limits {name} too: {rule}, since {since}{dated}"),
            };
            changes.push(change(Some(name), text));
        }
        for gone in &was.limiters {
            if is.limiters.iter().all(|limit| limit.name != gone.name) {
                let text = format!(
                    "preset {} no longer limits {}, which was {}{dated}",
                    is.written, gone.name, gone.rule
                );
                changes.push(change(Some(&gone.name), text));
            }
        }
        if changes.len() == changed && was.preset != is.preset {
            let text = format!(
                "preset {} is {} now, which was {}, with the same numbers",
                is.written, is.preset, was.preset
            );
            changes.push(change(None, text));
        }
    }
    changes
}

/// What has changed in retry policies.
pub(super) fn policy_changes(was: &[Policy], is: &[Policy]) -> Vec<String> {
    let changed = is.iter().filter_map(|is| {
        let was = was.iter().find(|was| was.name == is.name)?;
        let text = || {
            format!(
                "retry policy of {} changed: {} -> {}",
                is.name, was.policy, is.policy
            )
        };
        (was.policy != is.policy).then(text)
    });
    changed.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(preset: &str, rule: &str, since: &str) -> PresetValues {
        PresetValues {
            service: "ecr".to_owned(),
            written: "aws-ecr".to_owned(),
            preset: preset.to_owned(),
            limiters: vec![Limit {
                name: "login".to_owned(),
                rule: rule.to_owned(),
                since: since.to_owned(),
            }],
        }
    }

    fn said(was: PresetValues, is: PresetValues) -> Vec<String> {
        let changes = preset_changes(&[was], &[is]);
        changes.into_iter().map(|change| change.text).collect()
    }

    #[test]
    fn a_new_date_of_a_preset_says_what_changed_and_when() {
        let was = values("aws-ecr@2026-01", "500/s", "2026-01");
        let is = values("aws-ecr@2026-11", "400/s", "2026-11-10");
        assert_eq!(
            said(was.clone(), is),
            [
                "preset aws-ecr changed 500/s -> 400/s on 2026-11-10 (login, aws-ecr@2026-01 -> \
              aws-ecr@2026-11)"
            ]
        );
        let same = values("aws-ecr@2026-11", "500/s", "2026-11-10");
        assert!(said(was.clone(), same)[0].ends_with("with the same numbers"));
        assert_eq!(said(was.clone(), was), [""; 0]);
    }

    #[test]
    fn a_corrected_record_and_limiters_that_come_and_go_are_told() {
        let was = values("aws-ecr@2026-01", "500/s", "2026-01");
        let corrected = values("aws-ecr@2026-01", "450/s", "2026-01");
        assert_eq!(
            said(was.clone(), corrected),
            ["preset aws-ecr was corrected 500/s -> 450/s (login)"]
        );
        let mut other = values("aws-ecr@2026-11", "9/s", "2026-11");
        other.limiters[0].name = "pull".to_owned();
        let both = said(was.clone(), other);
        assert!(both[0].contains("limits pull too: 9/s, since 2026-11"));
        assert!(both[1].contains("no longer limits login, which was 500/s"));
        let mut named_anew = was.clone();
        named_anew.written = "aws-ecr@2026-01".to_owned();
        assert_eq!(said(was, named_anew), [""; 0], "that is the scenario's");
    }
}
