//! Who can make a change, and what it takes.

use crate::capacity;
use crate::catalog::{self, Effort, Lever, Owner, Pace, Switch, lever};
use crate::emit;
use crate::replicate::Prepared;
use crate::report::model::Change;
use crate::retry::{preset, sdk_defaults};
use crate::scenario::model::{RetryChoice, Scenario, Workload};

/// The change that a variant is: the hardest of its overrides counts.
pub(super) fn of(prepared: &Prepared, today: &Prepared, unchanged: Option<String>) -> Change {
    let scenario = &prepared.scenario;
    let load = scenario.load.as_ref();
    let mut owner = Owner::You;
    let mut effort = Effort::Setting;
    let mut pace = Pace::Minutes;
    let mut applied: Vec<String> = Vec::new();
    let mut remarks: Vec<String> = unchanged.into_iter().collect();
    let mut possible = true;
    for (path, value) in &prepared.overrides {
        let Some(lever) = lever_of(scenario, today, path) else {
            if load.is_some_and(|load| load.value.path == *path) {
                // Another load is another world, and nobody's to choose.
                possible = false;
                continue;
            }
            // Who operates a client decides who owns its settings; that is in the owner.
            if !path.ends_with(".operated_by") {
                remarks.push(format!(
                    "counts on {path} being {value}; no setting makes it so, look whether yours is"
                ));
            }
            continue;
        };
        let switch = switch(&today.scenario, path, value);
        let (own, takes) = match switch {
            // Who signs in or pays is the user; the provider has said yes already.
            Switch::Upgrade(effort) => (Owner::You, effort),
            _ => (lever.owner(operator(scenario, path)), lever.effort),
        };
        owner = owner.max(own);
        effort = effort.max(takes);
        if switch == Switch::NoChoice {
            possible = false;
            remarks.push(format!(
                "which numbers hold for {path} is the provider's to say; {value} is no choice"
            ));
        }
        pace = pace.max(lever.pace);
        applied.extend(lever.applied.iter().map(|place| (*place).to_owned()));
        if let Some(refusal) =
            refused(prepared, path, lever).or_else(|| no_setting(scenario, &today.scenario, path))
        {
            possible = false;
            remarks.push(refusal);
        }
    }
    if let Some(load) = load.filter(|_| capacity::sets_load(prepared)) {
        let unit = &load.value.unit;
        remarks.push(format!(
            "sets the number of {unit}, which is the load: its figures are those of that many, and up to \
             which load it holds is not asked"
        ));
    }
    applied.dedup();
    remarks.dedup();
    Change {
        owner,
        effort,
        pace: match owner {
            Owner::You => pace,
            // Somebody has to be asked.
            _ => Pace::Days,
        },
        applied,
        possible,
        remarks,
    }
}

/// The lever that a path of a variant pulls.
pub(super) fn lever_of(
    scenario: &Scenario,
    today: &Prepared,
    path: &str,
) -> Option<&'static Lever> {
    let of_new = new_mirror(scenario, today, path);
    lever(of_new.as_deref().unwrap_or(path), kind_of(scenario, path))
}

/// The path of what makes a service that is not there today a mirror: all of it is set up with it.
fn new_mirror(scenario: &Scenario, today: &Prepared, path: &str) -> Option<String> {
    let name = path.strip_prefix("services.")?.split('.').next()?;
    let mut known = today.scenario.services.iter();
    let mut services = scenario.services.iter();
    let is_new = known.all(|it| it.name != name);
    let caches = services.any(|it| it.name == name && it.value.caches.is_some());
    (is_new && caches).then(|| format!("services.{name}.caches"))
}

/// What it is to have another preset of a service than today.
fn switch(today: &Scenario, path: &str, value: &str) -> Switch {
    let name = path.strip_prefix("services.");
    let name = name.and_then(|rest| rest.strip_suffix(".preset"));
    let mut services = today.services.iter();
    let own = services.find(|it| Some(it.name.as_str()) == name);
    let own = own.and_then(|it| catalog::preset(&it.value.preset.as_ref()?.value).ok());
    match (own, catalog::preset(value)) {
        (Some(own), Ok(other)) => own.switch_to(other),
        _ => Switch::Other,
    }
}

/// A provider that does not raise a limit makes its change impossible.
fn refused(prepared: &Prepared, path: &str, lever: &Lever) -> Option<String> {
    if lever.owner != Owner::Provider {
        return None;
    }
    let mut names = path.split('.');
    let (Some("services"), Some(service)) = (names.next(), names.next()) else {
        return None;
    };
    let (Some("limiters"), Some(limiter)) = (names.next(), names.next()) else {
        return None;
    };
    let plan = &prepared.plan;
    let known = plan
        .limiters
        .iter()
        .find(|known| known.service == service && known.name == limiter)?;
    (known.raisable == Some(false))
        .then(|| format!("{service} {limiter} is not raisable, says the provider"))
}

/// What another SDK does, or an SDK did before its defaults changed, is no setting of a client that
/// is an SDK today: only what the AWS config can write is.
fn no_setting(scenario: &Scenario, today: &Scenario, path: &str) -> Option<String> {
    if !path.contains(".retry") {
        return None;
    }
    let of = |scenario| workload(scenario, path)?.retry();
    let (own, before) = (of(scenario)?, of(today)?);
    let default = |choice: &RetryChoice| {
        let name = preset(choice.preset.as_deref()?)?.name;
        let mut defaults = sdk_defaults().iter();
        defaults.find(|default| default.before == name || default.after == name)
    };
    let (other, _) = (default(own)?, default(before)?);
    if own.policy.kind() == before.policy.kind() && own.preset == before.preset {
        return None;
    }
    if emit::aws_mode(&own.policy, Some(&before.policy)).is_some() {
        return None;
    }
    Some(match other.since {
        Some(since) => format!(
            "this is what {} did before {since}; no setting brings it back",
            other.label
        ),
        None => format!(
            "this is what {} does; another SDK is no setting",
            other.label
        ),
    })
}

/// The workload that a path is of.
pub(super) fn workload<'s>(scenario: &'s Scenario, path: &str) -> Option<&'s Workload> {
    let mut names = path.split('.');
    let (Some("workloads"), Some(name)) = (names.next(), names.next()) else {
        return None;
    };
    let named = scenario
        .workloads
        .iter()
        .find(|workload| workload.name == name)?;
    Some(&named.value)
}

pub(super) fn kind_of(scenario: &Scenario, path: &str) -> Option<&'static str> {
    workload(scenario, path).map(Workload::kind)
}

/// Who operates the client whose requests a workload makes.
pub(super) fn operator(scenario: &Scenario, path: &str) -> Option<Owner> {
    workload(scenario, path).map(Workload::operated_by)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replicate::prepare;
    use crate::scenario::Document;
    use crate::scenarios;

    #[test]
    fn another_load_is_no_change_that_somebody_can_make() {
        let incident = scenarios::built_in("ecs-hundred-tasks").unwrap();
        let document = Document::parse(incident.name, incident.text.as_bytes()).unwrap();
        let prepared = prepare(&document, &[]).unwrap();
        let possible = |name: &str| {
            let variant = prepared.iter().find(|it| it.name == name).unwrap();
            of(variant, &prepared[0], None).possible
        };
        assert!(possible("maximum-200") && possible("prefer-cached-200"));
        assert!(!possible("fifty-cold") && !possible("fifty-warm"));
    }

    #[test]
    fn what_the_variants_of_the_incidents_change_somebody_can_change_or_it_is_circumstance() {
        // What happened, what was granted, how long work takes, how much is wanted: nobody sets these.
        const CIRCUMSTANCE: [&str; 9] = [
            ".operated_by",
            ".duration",
            ".desired",
            ".rounds",
            ".faults.",
            ".copies",
            ".spread",
            "services.fargate",
            ".latency",
        ];
        for builtin in scenarios::BUILT_IN {
            let document = Document::parse(builtin.name, builtin.text.as_bytes()).unwrap();
            for prepared in prepare(&document, &[]).unwrap() {
                for (path, _) in &prepared.overrides {
                    let known = lever(path, kind_of(&prepared.scenario, path)).is_some();
                    let circumstance = CIRCUMSTANCE.iter().any(|it| path.contains(it));
                    assert!(known || circumstance, "{}: {path}", builtin.name);
                }
            }
        }
    }
}
