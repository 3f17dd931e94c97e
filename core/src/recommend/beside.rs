//! What the settings of a variant take for granted and cannot bring about: machines that somebody sets up,
//! and images that somebody puts on them before anything starts.

use crate::metric::Unit;
use crate::replicate::Prepared;
use crate::report::model::{Report, VariantReport};
use crate::report::{Judged, cells};
use crate::scenario::Scenario;
use crate::scenario::model::{Cached, EcsDeployment, Moving, Workload};

/// Remarks, of each variant, what somebody has to do beside its settings.
pub(super) fn remark(report: &mut Report, judged: &[Judged]) {
    let Some(today) = judged.first() else {
        return;
    };
    let of = |name: &str| judged.iter().find(|it| it.prepared.name == name);
    let found = report.variants.iter().map(|variant| {
        let own = of(&variant.name)?;
        let mut remarks = instances(&own.prepared, &today.prepared, &report.variants);
        remarks.extend(machines(&own.prepared.scenario, &today.prepared.scenario));
        remarks.extend(filled(&own.prepared.scenario, &today.prepared.scenario));
        Some(remarks)
    });
    let found: Vec<_> = found.collect();
    for (variant, remarks) in report.variants.iter_mut().zip(found) {
        if let (Some(change), Some(remarks)) = (&mut variant.change, remarks) {
            change.remarks.extend(remarks);
        }
    }
}

/// Tasks that leave Fargate for instances: who makes these, and how much of the figures is their doing.
fn instances(own: &Prepared, today: &Prepared, variants: &[VariantReport]) -> Vec<String> {
    let moved = own.scenario.workloads.iter().filter_map(|workload| {
        let hosts = ecs(&own.scenario, &workload.name)?.hosts?;
        let was_on_fargate = ecs(&today.scenario, &workload.name)?.hosts.is_none();
        was_on_fargate.then_some((&workload.name, hosts))
    });
    let told = moved.map(|(name, hosts)| {
        let path = format!("workloads.{name}.hosts");
        match the_same_with_less(own, &path, variants) {
            Some(less) => format!(
                "its figures are those of {hosts} container instances and of what else it sets, together; \
                 `{}` has the instances alone ({}) and says what has to be set up first",
                less.name,
                comes_to(less)
            ),
            None => format!(
                "{name} runs on {hosts} container instances instead of Fargate, and no setting here makes \
                 them: first set up the instances, their capacity provider, and a task definition that EC2 \
                 takes"
            ),
        }
    });
    told.collect()
}

/// Machines that pull and stay: who sets them up.
fn machines(own: &Scenario, today: &Scenario) -> Vec<String> {
    let hosts = |scenario: &Scenario, name: &str| {
        let mut workloads = scenario.workloads.iter();
        match &workloads.find(|it| it.name == name)?.value {
            Workload::ImagePulls(it) => it.hosts,
            _ => None,
        }
    };
    let told = own.workloads.iter().filter_map(|workload| {
        let machines = hosts(own, &workload.name)?;
        let instead = match hosts(today, &workload.name) {
            Some(same) if same == machines => return None,
            Some(other) => format!(" instead of {other}"),
            None => " that stay, and keep what they pulled, instead of a fresh one each time".to_owned(),
        };
        Some(format!(
            "{} pulls on {machines} machines{instead}, and no setting here makes them: set up as many \
             runners of your own for it",
            workload.name
        ))
    });
    told.collect()
}

/// The variant that sets up the machines of another one, this path among it, and nothing else.
fn the_same_with_less<'v>(
    own: &Prepared,
    path: &str,
    variants: &'v [VariantReport],
) -> Option<&'v VariantReport> {
    let others = variants.iter().filter(|it| {
        let is_part = it.overrides.iter().all(|set| own.overrides.contains(set));
        let mut paths = it.overrides.iter().map(|(path, _)| path.as_str());
        let own_path = paths.clone().any(|it| it == path);
        // An agent instead of Fargate is what instances run.
        let of_machines = |path: &str| path.ends_with(".hosts") || path.ends_with(".pull.client");
        is_part && it.overrides.len() < own.overrides.len() && own_path && paths.all(of_machines)
    });
    others.min_by_key(|it| it.overrides.len())
}

fn comes_to(variant: &VariantReport) -> String {
    let (head, runs) = (&variant.headline, variant.runs);
    let failed = cells::estimate(&head.failed, Unit::Count, runs);
    let finished = cells::estimate(&head.finished_after, Unit::Seconds, runs);
    format!(
        "failed {}: {failed}; finished after: {finished}",
        head.units
    )
}

/// Hosts that hold more at the start than they hold today.
fn filled(own: &Scenario, today: &Scenario) -> Vec<String> {
    let told = own.workloads.iter().filter_map(|workload| {
        let section = &pulls(&workload.value)?.section;
        let before = today.workloads.iter().find(|it| it.name == workload.name)?;
        if section.cached <= pulls(&before.value)?.section.cached {
            return None;
        }
        let what = match section.cached {
            Cached::Nothing => return None,
            Cached::Manifests => "the manifests of its images",
            Cached::Base => "the base layers of its images",
            Cached::Everything => "its images, those that are deployed now",
        };
        Some(format!(
            "each host of {} is taken to hold {what}, before the first pull (`cached`): no setting puts \
             them there, so build them into the machine image or pull them on each host beforehand, on new \
             hosts and for each new tag, too; who finds nothing pulls it",
            workload.name
        ))
    });
    told.collect()
}

fn ecs<'s>(scenario: &'s Scenario, name: &str) -> Option<&'s EcsDeployment> {
    let mut workloads = scenario.workloads.iter();
    match &workloads.find(|it| it.name == name)?.value {
        Workload::EcsDeployment(deployment) => Some(deployment),
        _ => None,
    }
}

/// What a workload pulls; of a push, what is held is what the registry holds.
fn pulls(workload: &Workload) -> Option<&Moving> {
    match workload {
        Workload::ImagePushes(_) => None,
        other => other.moving(),
    }
}

#[cfg(test)]
mod tests {
    use crate::recommend::tests::{of, variant};
    use crate::report::model::Report;

    /// A deployment of tasks on Fargate that throttles itself, and variants that put it on instances.
    const DEPLOYMENT: &str = "
pullstorm: 1
name: web
services: {ecr: {preset: aws-ecr@2018-01, latency: 30ms, limiters: {GetAuthorizationToken: {bucket: {burst: 4}}}}}
images: {app: {registry: ecr, layers: 2, size: 20MB}}
workloads:
  web: {kind: ecs-deployment, services: 2, desired: 10, version_consistency: false, pull: {client: fargate, images: app}}
variants:
  instances: {set: {workloads.web.hosts: 4, workloads.web.pull.client: ecs-agent}}
  digest: {set: {workloads.web.hosts: 4, workloads.web.pull.client: ecs-agent, images.app.reference: digest}}
  cached:
    set:
      workloads.web.hosts: 4
      workloads.web.pull: {client: ecs-agent, images: app, behaviour: prefer-cached, cached: everything}
  digest-in-steps:
    set: {workloads.web.hosts: 4, workloads.web.pull.client: ecs-agent, images.app.reference: digest, workloads.web.maximum_percent: 150}
  smaller: {set: {workloads.web.maximum_percent: 150}}
expect: [web.tasks.failed == 0]
";

    fn deployment() -> Report {
        of(DEPLOYMENT)
    }

    fn remarks(report: &Report, name: &str) -> String {
        let change = variant(report, name).change.as_ref().unwrap();
        change.remarks.join("; ")
    }

    #[test]
    fn who_moves_tasks_to_instances_is_told_to_make_them_and_what_they_alone_come_to() {
        let report = deployment();
        let instances = remarks(&report, "instances");
        let made = "web runs on 4 container instances instead of Fargate, and no setting here makes them: \
                    first set up the instances";
        assert!(instances.contains(made), "{instances}");
        assert!(!instances.contains("alone"), "{instances}");
        for name in ["digest", "digest-in-steps", "cached"] {
            let told = remarks(&report, name);
            let both = "those of 4 container instances and of what else it sets, together; `instances` has \
                        the instances alone (failed tasks: ";
            assert!(told.contains(both), "{name}: {told}");
        }
        assert!(!remarks(&report, "smaller").contains("instances"));
        // What sets a digest, too, has not the instances alone.
        let alone =
            "  instances: {set: {workloads.web.hosts: 4, workloads.web.pull.client: ecs-agent}}\n";
        assert!(DEPLOYMENT.contains(alone));
        let report = of(&DEPLOYMENT.replace(alone, ""));
        let told = remarks(&report, "digest-in-steps");
        assert!(told.contains(made), "{told}");
    }

    #[test]
    fn who_counts_on_full_caches_is_told_that_nothing_here_fills_them() {
        let report = deployment();
        let cached = remarks(&report, "cached");
        let filled = "each host of web is taken to hold its images, those that are deployed now, before the \
                      first pull";
        assert!(cached.contains(filled), "{cached}");
        assert!(!remarks(&report, "digest").contains("cached"));
    }
}
