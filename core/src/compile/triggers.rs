//! What sets load off from outside, and until when orchestrators are watched.

use crate::plan::{Plan, TriggerPlan};
use crate::scenario::model::{Fails, Scenario, SwarmService, Workload};
use crate::units::{Span, Time};

/// Notes the triggers of a scenario in its plan.
pub(super) fn note(scenario: &Scenario, plan: &mut Plan) {
    let at = |span: Span| Time::ZERO + span;
    for service in &scenario.services {
        for fault in &service.value.faults {
            let (of, what) = (&service.name, &fault.name);
            plan.triggers.push(match fault.value.until {
                Some(until) => TriggerPlan {
                    ends: at(until),
                    text: format!("the end of {of}'s fault `{what}`"),
                },
                None => TriggerPlan {
                    ends: Time::NEVER,
                    text: format!("{of}'s fault `{what}` has no end"),
                },
            });
        }
    }
    for workload in &scenario.workloads {
        if let Workload::SwarmService(swarm) = &workload.value
            && swarm.fails != Fails::Never
        {
            plan.triggers.push(failing(&workload.name, swarm));
        }
    }
    let watched = scenario
        .workloads
        .iter()
        .filter_map(|it| it.value.watched());
    plan.watched_until = watched.map(|it| it.until).max().map(at);
}

/// Tasks that fail until somebody repairs or removes them.
fn failing(name: &str, swarm: &SwarmService) -> TriggerPlan {
    let seen = |at: &Span| *at < swarm.watched.until;
    let repaired = swarm.repaired.filter(seen).map(|at| (at, "repaired"));
    let removed = swarm.removed.filter(seen).map(|at| (at, "removed"));
    match repaired.into_iter().chain(removed).min() {
        Some((at, how)) => TriggerPlan {
            ends: Time::ZERO + at,
            text: format!("`{name}` is {how}"),
        },
        None => TriggerPlan {
            ends: Time::NEVER,
            text: format!("`{name}` is neither repaired nor removed"),
        },
    }
}
