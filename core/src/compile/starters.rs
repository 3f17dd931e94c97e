//! What pulls for an orchestrator is no choice: nodes of a Swarm, kubelets and the agent of ECS have
//! rules of their own around the engine, which would be left out if the engine were named instead, and
//! settings of their own for when they ask the registry.

use super::problem::Problems;
use super::pull;
use crate::catalog::{self, Client};
use crate::scenario::model::{Moving, Named, Orchestrator, Workload};

/// Refuses a client that the orchestrator of a workload does not pull with, and a behaviour that its
/// client does not have.
pub(super) fn check(workloads: &[Named<Workload>], problems: &mut Problems) {
    for named in workloads {
        let (Some(orchestrator), Some(moving)) = (named.value.orchestrator(), named.value.moving())
        else {
            continue;
        };
        let Some(written) = catalog::client(&moving.section.client.value) else {
            // That has been reported where clients are looked up.
            continue;
        };
        let path = format!("workloads.{}.pull", named.name);
        if orchestrator.clients.contains(&written.name.as_str()) {
            check_behaviour((orchestrator, written), &path, moving, problems);
        } else {
            refuse_client((orchestrator, written), &path, moving, problems);
        }
    }
}

fn refuse_client(
    (orchestrator, written): (&Orchestrator, &Client),
    path: &str,
    moving: &Moving,
    problems: &mut Problems,
) {
    let own = orchestrator.clients;
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
    let message = format!(
        "{} do not pull with `{}`",
        orchestrator.pullers, written.name
    );
    let place = moving.section.client.place;
    problems.push(place, &format!("{path}.client"), message, Some(hint));
}

/// A behaviour is a setting of what pulls: one that it does not have would be simulated, and could be
/// set nowhere.
fn check_behaviour(
    (orchestrator, client): (&Orchestrator, &Client),
    path: &str,
    moving: &Moving,
    problems: &mut Problems,
) {
    let Some(behaviour) = &moving.section.behaviour else {
        return;
    };
    if pull::has_behaviour(client, behaviour.value) {
        return;
    }
    let message = format!("`{}` has no setting that pulls like this", client.name);
    let hint = orchestrator.behaviour.to_owned();
    problems.push(
        behaviour.place,
        &format!("{path}.behaviour"),
        message,
        Some(hint),
    );
}
