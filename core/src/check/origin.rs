//! Where numbers come from: presets of the catalog, the limits in force, and retry policies.

use crate::catalog::{Counting, Preset, PresetLimiter, preset};
use crate::plan::Plan;
use crate::replicate::Prepared;
use crate::report::{counting, rule};
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

/// A limit that a variant asks, whoever set it.
#[derive(Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
pub struct InForce {
    /// Its service.
    pub service: String,
    /// Its name.
    pub limiter: String,
    /// How it counts, as it was simulated.
    pub rule: String,
}

impl InForce {
    fn is_of(&self, service: &str, limiter: &str) -> bool {
        self.service == service && self.limiter == limiter
    }
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

/// The limits that a variant asks.
pub(super) fn limits(plan: &Plan) -> Vec<InForce> {
    let asked = plan.limiters.iter().filter(|it| !it.keys.is_empty());
    let limits = asked.map(|limiter| InForce {
        service: limiter.service.clone(),
        limiter: limiter.name.clone(),
        rule: rule(&limiter.spec),
    });
    limits.collect()
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

/// What has changed in the presets of services: in the catalog, or because the scenario names another
/// one. `in_force` are the limits of now: a scenario may set one itself.
pub(super) fn preset_changes(
    was: &[PresetValues],
    is: &[PresetValues],
    in_force: &[InForce],
) -> Vec<PresetChange> {
    let pairs = is.iter().filter_map(|is| {
        let was = was.iter().find(|was| was.service == is.service)?;
        Some((was, is))
    });
    let changed = pairs.filter(|(was, is)| was.preset != is.preset || was.limiters != is.limiters);
    changed
        .flat_map(|(was, is)| changes_of(was, is, in_force))
        .collect()
}

/// What has changed in the preset of one service.
fn changes_of(was: &PresetValues, is: &PresetValues, in_force: &[InForce]) -> Vec<PresetChange> {
    let change = |limiter: Option<&str>, text: String| PresetChange {
        service: is.service.clone(),
        was: was.preset.clone(),
        is: is.preset.clone(),
        limiter: limiter.map(str::to_owned),
        text,
    };
    let named = called(was, is);
    let now = match was.written == is.written {
        true => "",
        false => ", as the scenario has it now",
    };
    let dated = match was.preset == is.preset {
        true => String::new(),
        false => format!(", {} -> {}{now}", was.preset, is.preset),
    };
    let mut changes = Vec::new();
    for limit in &is.limiters {
        let Limit { name, rule, since } = limit;
        let known = was.limiters.iter().find(|known| known.name == *name);
        let text = match known {
            Some(known) if known.rule == *rule => continue,
            Some(known) if was.preset == is.preset => {
                format!(
                    "preset {named} was corrected {} -> {rule} ({name})",
                    known.rule
                )
            }
            Some(known) => format!(
                "preset {named} changed {} -> {rule} on {since} ({name}{dated})",
                known.rule
            ),
            None => format!("preset {named} limits {name} too: {rule}, since {since}{dated}"),
        };
        let mut own = in_force.iter().filter(|it| it.is_of(&is.service, name));
        let own = own.find(|own| !own.rule.starts_with(rule.as_str()));
        let own = own.map(|own| format!("; the scenario sets this limit itself: {}", own.rule));
        changes.push(change(Some(name), text + &own.unwrap_or_default()));
    }
    for gone in &was.limiters {
        if is.limiters.iter().all(|limit| limit.name != gone.name) {
            let text = format!(
                "preset {named} no longer limits {}, which was {}{dated}",
                gone.name, gone.rule
            );
            changes.push(change(Some(&gone.name), text));
        }
    }
    if changes.is_empty() && was.preset != is.preset {
        let text = format!(
            "preset {named} is {} now, which was {}, with the same numbers",
            is.preset, was.preset
        );
        changes.push(change(None, text));
    }
    changes
}

/// What the preset of a service is called, before and now: as it is written, without the date where that
/// is what changed, or by its service.
fn called(was: &PresetValues, is: &PresetValues) -> String {
    let family = |it: &PresetValues| it.preset.split('@').next().unwrap_or_default().to_owned();
    match (was.written == is.written, family(was) == family(is)) {
        (true, _) => is.written.clone(),
        (false, true) => family(is),
        (false, false) => format!("of {}", is.service),
    }
}

/// What has changed in limits that no preset brought; nothing where one of both does not say what they are.
pub(super) fn limit_changes(
    was: Option<&[InForce]>,
    is: Option<&[InForce]>,
    presets: &[PresetChange],
) -> Vec<String> {
    let (Some(was), Some(is)) = (was, is) else {
        return Vec::new();
    };
    let is_told = |limit: &InForce| {
        let mut told = presets.iter();
        told.any(|it| {
            it.limiter
                .as_ref()
                .is_some_and(|name| limit.is_of(&it.service, name))
        })
    };
    let changed = is.iter().filter_map(|is| {
        let InForce {
            service,
            limiter,
            rule,
        } = is;
        let mut known = was.iter().filter(|was| was.is_of(service, limiter));
        match known.next() {
            Some(was) if was.rule == *rule => None,
            Some(was) => Some((
                is,
                format!(
                    "limit {limiter} of {service} changed {} -> {rule}",
                    was.rule
                ),
            )),
            None => Some((
                is,
                format!("limit {limiter} of {service} is asked now: {rule}"),
            )),
        }
    });
    let gone = was.iter().filter(|was| {
        let mut now = is.iter();
        now.all(|is| !is.is_of(&was.service, &was.limiter))
    });
    let gone = gone.map(|was| {
        let InForce {
            service,
            limiter,
            rule,
        } = was;
        let text = format!("limit {limiter} of {service}, which was {rule}, is asked no more");
        (was, text)
    });
    // What a preset brought is told where it changed.
    let told = changed.chain(gone).filter(|(limit, _)| !is_told(limit));
    told.map(|(_, text)| text).collect()
}

/// What has changed in retry policies. Loops around each other may have one name: what both lists have is
/// as it was, and of the rest the first of a name is compared with the first. Of loops that come and go
/// nothing is told where the scenario `is_edited`, which says as much.
pub(super) fn policy_changes(was: &[Policy], is: &[Policy], is_edited: bool) -> Vec<String> {
    let mut gone: Vec<&Policy> = was.iter().filter(|it| !is.contains(it)).collect();
    let new = is.iter().filter(|it| !was.contains(it));
    let mut texts = Vec::new();
    for Policy { name, policy } in new {
        match gone.iter().position(|was| was.name == *name) {
            Some(at) => {
                let was = &gone.remove(at).policy;
                texts.push(format!("retry policy of {name} changed: {was} -> {policy}"));
            }
            None if is_edited => {}
            None => texts.push(format!("loop {name} is new: {policy}")),
        }
    }
    let gone = gone.into_iter().filter(|_| !is_edited);
    let gone = gone.map(|it| format!("loop {}, which was {}, is gone", it.name, it.policy));
    texts.into_iter().chain(gone).collect()
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
        let changes = preset_changes(&[was], &[is], &[]);
        changes.into_iter().map(|change| change.text).collect()
    }

    fn in_force(rule: &str) -> InForce {
        InForce {
            service: "ecr".to_owned(),
            limiter: "login".to_owned(),
            rule: rule.to_owned(),
        }
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
        assert_eq!(said(was, named_anew), [""; 0], "the same by another name");
    }

    #[test]
    fn a_date_that_the_scenario_names_anew_is_told_with_the_limits_before_and_after() {
        let mut was = values("aws-ecr@2026-01", "500/s", "2026-01");
        was.written = "aws-ecr@2026-01".to_owned();
        let mut is = values("aws-ecr@2026-11", "400/s", "2026-11-10");
        is.written = "aws-ecr@2026-11".to_owned();
        let told = "preset aws-ecr changed 500/s -> 400/s on 2026-11-10 (login, aws-ecr@2026-01 -> \
                    aws-ecr@2026-11, as the scenario has it now)";
        assert_eq!(said(was.clone(), is.clone()), [told]);
        is.preset = "aws-ecr-gov@2026-11".to_owned();
        assert!(said(was, is)[0].starts_with("preset of ecr changed 500/s -> 400/s on"));
    }

    #[test]
    fn a_limit_that_the_scenario_sets_is_told_as_its_own_and_what_a_preset_changed_only_once() {
        let was = values("aws-ecr@2026-01", "500/s", "2026-01");
        let is = values("aws-ecr@2026-11", "400/s", "2026-11-10");
        let own = [in_force("90/s")];
        let changes = preset_changes(std::slice::from_ref(&was), std::slice::from_ref(&is), &own);
        let told = &changes[0].text;
        assert!(
            told.ends_with("; the scenario sets this limit itself: 90/s"),
            "{told}"
        );
        let by_preset = preset_changes(&[was], &[is], &[in_force("400/s, locked out for 1min")]);
        assert!(
            !by_preset[0].text.contains("itself"),
            "{}",
            by_preset[0].text
        );
        let changed = |was: &[InForce], is: &[InForce], presets: &[PresetChange]| {
            limit_changes(Some(was), Some(is), presets).join("\n")
        };
        let before = [in_force("70/s")];
        assert_eq!(
            changed(&before, &own, &[]),
            "limit login of ecr changed 70/s -> 90/s"
        );
        assert_eq!(changed(&before, &own, &by_preset), "");
        assert_eq!(
            limit_changes(None, Some(&own), &[]),
            [""; 0],
            "files of before say nothing of limits"
        );
        assert_eq!(
            changed(&[], &own, &[]),
            "limit login of ecr is asked now: 90/s"
        );
        let gone = changed(&before, &[], &[]);
        assert_eq!(gone, "limit login of ecr, which was 70/s, is asked no more");
    }

    #[test]
    fn loops_of_one_name_are_compared_each_with_its_own() {
        let policies = |of: &[&str]| {
            let policy = |policy: &&str| Policy {
                name: "web.manifest".to_owned(),
                policy: (*policy).to_owned(),
            };
            of.iter().map(policy).collect::<Vec<_>>()
        };
        let changed =
            |was: &[&str], is: &[&str]| policy_changes(&policies(was), &policies(is), true);
        let both = ["9 attempts", "1 attempt"];
        assert_eq!(changed(&both, &both), [""; 0]);
        let turned = ["1 attempt", "9 attempts"];
        assert_eq!(changed(&both, &turned), [""; 0]);
        assert_eq!(
            changed(&both, &["9 attempts", "2 attempts"]),
            ["retry policy of web.manifest changed: 1 attempt -> 2 attempts"]
        );
        assert_eq!(
            changed(&both, &["5 attempts", "2 attempts"]),
            [
                "retry policy of web.manifest changed: 9 attempts -> 5 attempts",
                "retry policy of web.manifest changed: 1 attempt -> 2 attempts"
            ]
        );
        // A loop more, or one that is gone, is no other policy of the one that stays.
        assert_eq!(changed(&both[..1], &both), [""; 0]);
        assert_eq!(changed(&both, &both[..1]), [""; 0]);
        // Where nobody edited the scenario, it is what a client does now.
        let one = policies(&both[..1]);
        assert_eq!(
            policy_changes(&[], &one, false),
            ["loop web.manifest is new: 9 attempts"]
        );
        assert_eq!(
            policy_changes(&one, &[], false),
            ["loop web.manifest, which was 9 attempts, is gone"]
        );
    }
}
