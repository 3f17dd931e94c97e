//! Scenario to plan: presets are filled in, names become indices, impossible things are refused.
//!
//! Each kind of workload compiles in a file of its own; another one is a file and a line in
//! [`workload`].

mod accounts;
mod api_callers;
mod background;
mod ci_fanout;
mod clients;
mod ecs_deployment;
mod ecs_versions;
mod effort;
mod ending;
mod endless;
mod faults;
mod herd;
mod image_pulls;
mod image_pushes;
mod images;
mod keys;
mod kubernetes_rollout;
mod machines;
mod mirror;
mod nats;
mod problem;
mod pull;
mod replay;
mod rolling;
mod scale_out;
mod sdk_call;
mod service;
mod starters;
mod swarm_service;
mod too_late;
mod triggers;

use crate::plan::{Assumption, Basis, Plan, PlanBuilder};
use crate::scenario::Problem;
use crate::scenario::model::{Named, Scenario, Workload};
use images::Images;
use problem::Problems;
use service::Services;

/// The most entities a plan may have. What they need beside themselves is bounded by
/// the scenario's `memory`.
pub const ENTITIES_MAX: u64 = 10_000_000;

/// Compiles one variant of a scenario.
///
/// # Errors
/// Everything that is wrong, each with its place: a name that nothing has, a number that nobody
/// published and the scenario does not give, a limiter that cannot count exactly, more entities
/// than fit in memory, more calls than a run can make, a loop without end in which no time passes.
pub fn compile(scenario: &Scenario, variant: &str) -> Result<Plan, Vec<Problem>> {
    let mut problems = Problems::default();
    let mut builder = PlanBuilder::new(&scenario.name, variant);
    builder.plan().start_unix_nanos = scenario.start_unix_nanos;
    builder.plan().horizon = scenario.horizon;
    let mut services = Services::resolve(scenario, &mut builder, &mut problems);
    let images = Images::resolve(scenario, &services, &mut problems);
    services.add_mirrors(scenario, &images, &mut builder, &mut problems);
    let world = World {
        services: &services,
        images: &images,
        scenario,
    };
    machines::check(&scenario.workloads, &mut problems);
    starters::check(&scenario.workloads, &mut problems);
    endless::refuse_unwatched(scenario, &mut problems);
    for named in &scenario.workloads {
        services.endpoints(named, &mut builder, &mut problems);
        endless::refuse(named, scenario, &mut problems);
        endless::refuse_dense(named, scenario, &mut problems);
        workload(named, world, &mut builder, &mut problems);
    }
    if scenario.workloads.is_empty() {
        problems.push(
            None,
            "workloads",
            "there is no workload, so nothing would happen",
            None,
        );
    }
    too_late::refuse(builder.plan(), scenario, &mut problems);
    triggers::note(scenario, builder.plan());
    background::add(&mut builder, &mut problems);
    services.check_keys(&mut builder, &mut problems);
    services.check_named(&mut builder, &mut problems);
    for text in &scenario.assumptions {
        let assumption = Assumption {
            text: text.clone(),
            basis: Basis::Stated,
        };
        builder.plan().stated.push(assumption);
    }
    if builder.keys_left_out() > 0 {
        let keys = builder.keys().saturating_add(builder.keys_left_out());
        let message = format!(
            "limiters would count under {keys} keys, one for each host; a run has {} at most",
            effort::KEYS_MAX
        );
        let hint = "lower the number of hosts, or switch limiters by host or address that do not \
                    matter off";
        problems.push(None, "workloads", message, Some(hint.to_owned()));
    }
    problems.finish()?;
    let plan = builder.finish();
    let mut problems = Problems::default();
    effort::check(&plan, scenario.memory, &mut problems);
    problems.finish()?;
    Ok(plan)
}

/// What the workloads of a scenario have in common.
#[derive(Copy, Clone, Debug)]
struct World<'a> {
    services: &'a Services,
    images: &'a Images<'a>,
    /// What is written.
    scenario: &'a Scenario,
}

/// Compiles one workload.
fn workload(
    named: &Named<Workload>,
    world: World<'_>,
    builder: &mut PlanBuilder,
    problems: &mut Problems,
) {
    let path = format!("workloads.{}", named.name);
    match &named.value {
        Workload::CiFanout(fanout) => {
            ci_fanout::compile(
                &path,
                &named.name,
                fanout,
                world.services,
                builder,
                problems,
            );
        }
        Workload::ApiCallers(callers) => {
            api_callers::compile(
                &path,
                &named.name,
                callers,
                world.services,
                builder,
                problems,
            );
        }
        Workload::ImagePulls(pulling) => {
            image_pulls::compile(&path, &named.name, pulling, world, builder, problems);
        }
        Workload::ImagePushes(pushing) => {
            image_pushes::compile(&path, &named.name, pushing, world, builder, problems);
        }
        Workload::SwarmService(swarm) => {
            swarm_service::compile(&path, &named.name, swarm, world, builder, problems);
        }
        Workload::EcsDeployment(ecs) => {
            ecs_deployment::compile(&path, &named.name, ecs, world, builder, problems);
        }
        Workload::KubernetesRollout(rollout) => {
            kubernetes_rollout::compile(&path, &named.name, rollout, world, builder, problems);
        }
        Workload::ScaleOut(scale_out) => {
            scale_out::compile(&path, &named.name, scale_out, world, builder, problems);
        }
        Workload::Herd(it) => {
            herd::compile(&path, &named.name, it, world, builder, problems);
        }
        Workload::Replay(it) => {
            replay::compile(&path, &named.name, it, world, builder, problems);
        }
    }
}

/// Refuses a workload with more entities than fit.
fn fits(entities: u64, path: &str, builder: &mut PlanBuilder, problems: &mut Problems) -> bool {
    let there = u64::from(builder.plan().activities());
    let fits = there.saturating_add(entities) <= ENTITIES_MAX;
    if !fits {
        problems.push(
            None,
            path,
            format!(
                "this workload has {} entities (jobs, tasks, pods, pulls, layers, callers ...); a run holds \
                 {ENTITIES_MAX} at most",
                how_many(entities)
            ),
            Some("lower the counts, or simulate a part and scale the limit with it".to_owned()),
        );
    }
    fits
}

/// A count in words; one that does not fit in 64 bits is only known to be larger.
fn how_many(count: u64) -> String {
    if count == u64::MAX {
        format!("more than {count}")
    } else {
        count.to_string()
    }
}
