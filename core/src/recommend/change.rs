//! Who can make a change, and what it takes.

use crate::catalog::{Effort, Lever, Owner, lever};
use crate::report::Judged;
use crate::report::model::Change;
use crate::scenario::model::{Scenario, Workload};

/// The change that a variant is: the hardest of its overrides counts.
pub(super) fn of(judged: &Judged, unchanged: &Option<String>) -> Change {
    let scenario = &judged.prepared.scenario;
    let mut owner = Owner::You;
    let mut effort = Effort::Setting;
    let mut applied: Vec<String> = Vec::new();
    let mut remarks: Vec<String> = unchanged.iter().cloned().collect();
    let mut possible = true;
    for (path, value) in &judged.prepared.overrides {
        let kind = kind_of(scenario, path);
        let Some(lever) = lever(path, kind) else {
            // Who operates a client decides who owns its settings; that is in the owner.
            if !path.ends_with(".operated_by") {
                remarks.push(format!(
                    "counts on {path} being {value}; no setting makes it so, look whether yours is"
                ));
            }
            continue;
        };
        owner = owner.max(lever.owner(operator(scenario, path)));
        effort = effort.max(lever.effort);
        applied.extend(lever.applied.iter().map(|place| (*place).to_owned()));
        if let Some(refusal) = refused(judged, path, lever) {
            possible = false;
            remarks.push(refusal);
        }
    }
    applied.dedup();
    Change {
        owner: owner.to_string(),
        effort: effort.to_string(),
        applied,
        possible,
        remarks,
    }
}

/// The rank of an effort by its name, least first.
pub(super) fn effort_rank(name: &str) -> u8 {
    let efforts = [
        Effort::Setting,
        Effort::PipelineCode,
        Effort::Infrastructure,
        Effort::QuotaOrMoney,
    ];
    efforts
        .iter()
        .position(|effort| effort.to_string() == name)
        .unwrap_or(efforts.len()) as u8
}

/// The rank of an owner by its name: who decides today first.
pub(super) fn owner_rank(name: &str) -> u8 {
    let owners = [
        Owner::You,
        Owner::CiVendor,
        Owner::CloudVendor,
        Owner::Provider,
    ];
    owners
        .iter()
        .position(|owner| owner.to_string() == name)
        .unwrap_or(owners.len()) as u8
}

/// A provider that does not raise a limit makes its change impossible.
fn refused(judged: &Judged, path: &str, lever: &Lever) -> Option<String> {
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
    let plan = &judged.prepared.plan;
    let known = plan
        .limiters
        .iter()
        .find(|known| known.service == service && known.name == limiter)?;
    (known.raisable == Some(false))
        .then(|| format!("{service} {limiter} is not raisable, says the provider"))
}

fn workload<'s>(scenario: &'s Scenario, path: &str) -> Option<&'s Workload> {
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

fn kind_of(scenario: &Scenario, path: &str) -> Option<&'static str> {
    workload(scenario, path).map(Workload::kind)
}

/// Who operates the client whose requests a workload makes.
fn operator(scenario: &Scenario, path: &str) -> Option<Owner> {
    workload(scenario, path).map(Workload::operated_by)
}
