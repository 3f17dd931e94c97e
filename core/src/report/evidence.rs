//! Which commands confirm what *today* fails of, and which show afterwards that a change holds.
//!
//! The commands are the catalog's, by service: of those that throttle, and of what pulls.

use super::Judged;
use super::model::Probe;
use crate::catalog::{self, Evidence, Service};
use crate::plan::Plan;
use crate::scenario::model::Workload;

/// Commands of each sort at most: the first say most.
const AT_MOST: usize = 3;

/// What to confirm and what to watch; nothing where nothing is throttled.
pub(crate) fn evidence(today: &Judged) -> (Vec<Probe>, Vec<Probe>) {
    let throttled = throttled(today);
    if throttled.is_empty() {
        return (Vec::new(), Vec::new());
    }
    let mut asked: Vec<(&Service, Option<String>)> = Vec::new();
    for limiter in throttled {
        if let Some(service) = service_of(today, limiter) {
            let operation = operation(&today.prepared.plan, limiter);
            asked.push((service, Some(operation)));
        }
    }
    for workload in &today.prepared.scenario.workloads {
        let service = seen_by(&workload.value).and_then(|it| catalog::catalog().service(it).ok());
        asked.extend(service.map(|service| (service, None)));
    }
    let of = |all: fn(&Service) -> &[Evidence]| {
        let mut probes: Vec<Probe> = Vec::new();
        for (service, operation) in &asked {
            for evidence in chosen(all(service), operation.as_deref()) {
                let probe = probe(service, evidence);
                if !probes.contains(&probe) {
                    probes.push(probe);
                }
            }
        }
        probes.truncate(AT_MOST);
        probes
    };
    (of(|it| &it.confirm), of(|it| &it.watch))
}

/// The limiters that throttle today, most first.
fn throttled(today: &Judged) -> Vec<usize> {
    let mut counted: Vec<(f64, usize)> = Vec::new();
    for (index, limiter) in today.prepared.plan.limiters.iter().enumerate() {
        let path = format!("limiters.{}.{}.throttled", limiter.service, limiter.name);
        let values = today.values(&path).unwrap_or_default();
        let throttled: f64 = values.into_iter().flatten().sum();
        if throttled > 0.0 {
            counted.push((throttled, index));
        }
    }
    counted.sort_by(|a, b| b.0.total_cmp(&a.0));
    counted.into_iter().map(|(_, limiter)| limiter).collect()
}

/// The catalog's service that a limiter belongs to; the kubelet, of a limiter of its own.
fn service_of(today: &Judged, limiter: usize) -> Option<&'static Service> {
    let limiter = &today.prepared.plan.limiters[limiter];
    let mut services = today.prepared.scenario.services.iter();
    let name = match services.find(|known| known.name == limiter.service) {
        Some(named) => {
            let preset = catalog::preset(&named.value.preset.as_ref()?.value).ok()?;
            preset.service.as_str()
        }
        None => "kubelet",
    };
    catalog::catalog().service(name).ok()
}

/// The first operation of the plan that asks a limiter.
fn operation(plan: &Plan, limiter: usize) -> String {
    let mut sites = plan.sites.iter();
    let site = sites.find(|site| {
        let checks = &plan.checks[site.checks.start as usize..site.checks.end as usize];
        checks.iter().any(|check| check.limiter as usize == limiter)
    });
    site.map_or(String::new(), |site| {
        plan.operations[site.operation as usize].name.clone()
    })
}

/// Whose log tells of the pulls of a workload.
fn seen_by(workload: &Workload) -> Option<&'static str> {
    match workload {
        Workload::EcsDeployment(_) => Some("ecs"),
        Workload::KubernetesRollout(_) | Workload::ScaleOut(_) => Some("kubelet"),
        Workload::SwarmService(_) => Some("docker-engine"),
        Workload::CiFanout(_)
        | Workload::ApiCallers(_)
        | Workload::ImagePulls(_)
        | Workload::ImagePushes(_)
        | Workload::Herd(_)
        | Workload::Replay(_) => {
            let client = &workload.moving()?.section.client.value;
            client.starts_with("docker-").then_some("docker-engine")
        }
    }
}

/// Of one operation, what speaks of it, or all where nothing does; else what speaks of none.
fn chosen(all: &[Evidence], operation: Option<&str>) -> Vec<Evidence> {
    let (of_one, of_none): (Vec<&Evidence>, Vec<&Evidence>) =
        all.iter().partition(|it| it.is_of_operation());
    match operation {
        Some(operation) if !of_one.is_empty() => {
            of_one.into_iter().map(|it| it.of(operation)).collect()
        }
        _ => of_none.into_iter().cloned().collect(),
    }
}

fn probe(service: &Service, evidence: Evidence) -> Probe {
    Probe {
        of: service.provider.clone(),
        about: evidence.about,
        command: evidence.command,
        reads: evidence.reads,
        source: evidence.sources.join("; "),
    }
}
