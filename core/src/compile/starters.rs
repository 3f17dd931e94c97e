//! What pulls for an orchestrator is no choice: nodes of a Swarm, kubelets and the agent of ECS have
//! rules of their own around the engine, which would be left out if the engine were named instead.

use super::problem::Problems;
use crate::catalog;
use crate::scenario::model::{Named, Workload};

/// Refuses a client that the orchestrator of a workload does not pull with.
pub(super) fn check(workloads: &[Named<Workload>], problems: &mut Problems) {
    for named in workloads {
        let (Some((who, own)), Some(moving)) = (pulled_by(&named.value), named.value.moving())
        else {
            continue;
        };
        let client = &moving.section.client;
        let Some(written) = catalog::client(&client.value) else {
            // That has been reported where clients are looked up.
            continue;
        };
        if own.contains(&written.name.as_str()) {
            continue;
        }
        let over = own.iter().find(|name| {
            let starts = catalog::client(name);
            starts.is_some_and(|it| it.engine_named(&written.name).is_some())
        });
        let hint = match over {
            Some(starts) => format!(
                "write `client: {starts}` and `engine: {}`: its rules for pulls belong to it",
                written.name
            ),
            None => format!(
                "write `client: {}`; `pullstorm catalog {}` lists the engines that it runs over",
                own.join("` or `client: "),
                own[0]
            ),
        };
        let message = format!("{who} do not pull with `{}`", written.name);
        let path = format!("workloads.{}.pull.client", named.name);
        problems.push(client.place, &path, message, Some(hint));
    }
}

/// Who pulls for an orchestrator, and with which clients; `None` where anything can pull.
fn pulled_by(workload: &Workload) -> Option<(&'static str, &'static [&'static str])> {
    match workload {
        Workload::SwarmService(_) => Some(("nodes of a Swarm", &["swarm-executor"])),
        Workload::EcsDeployment(_) => Some(("tasks of ECS", &["ecs-agent", "fargate"])),
        Workload::KubernetesRollout(_) | Workload::ScaleOut(_) => {
            Some(("nodes of Kubernetes", &["kubelet"]))
        }
        Workload::CiFanout(_)
        | Workload::ApiCallers(_)
        | Workload::ImagePulls(_)
        | Workload::ImagePushes(_)
        | Workload::Herd(_)
        | Workload::Replay(_) => None,
    }
}
