//! ECS services: how many tasks start at once, when a deployment gives up, on what tasks run, and how
//! many services are deployed at a time.
//!
//! Keys as in `UpdateServiceRequest` of the ECS API (service model of botocore 1.44, read in November
//! 2026). The structure `deploymentConfiguration` is written whole: it is one value to the API.

use super::Fragment;
use super::diff::{Both, Diff};
use super::write::json;
use crate::catalog::Owner;
use crate::report::model::Language;
use crate::scenario::model::{BreakerThreshold, CircuitBreaker, EcsDeployment, Workload};
use serde_json::{Value as Json, json};

/// What a variant changes of ECS services.
pub(super) fn settings(diff: &Diff<'_>) -> Vec<Fragment> {
    let services = diff.kind(|workload| match workload {
        Workload::EcsDeployment(deployment) => Some(deployment),
        _ => None,
    });
    let fragments = services.flat_map(|service| {
        [
            configuration(&service),
            capacity(&service),
            in_turn(&service),
        ]
    });
    fragments.flatten().collect()
}

fn configuration(service: &Both<'_, EcsDeployment>) -> Option<Fragment> {
    let own = service.own;
    service.changed(|it| (it.maximum_percent, it.minimum_healthy_percent, it.breaker))?;
    let mut configuration = json!({
        "maximumPercent": own.maximum_percent,
        "minimumHealthyPercent": own.minimum_healthy_percent,
    });
    match (own.breaker, service.today.breaker) {
        (Some(breaker), _) => configuration["deploymentCircuitBreaker"] = circuit_breaker(breaker)?,
        (None, Some(_)) => {
            configuration["deploymentCircuitBreaker"] = json!({"enable": false, "rollback": false});
        }
        (None, None) => {}
    }
    let most = own.upper().saturating_sub(own.lower()).min(own.desired);
    let why = match service.changed(|it| (it.maximum_percent, it.minimum_healthy_percent)) {
        Some(_) => format!(
            "at most {most} of the {} tasks of a service start at once, where {} did",
            own.desired,
            service
                .today
                .upper()
                .saturating_sub(service.today.lower())
                .min(own.desired),
        ),
        None => "a deployment whose tasks do not start ends instead of starting more".to_owned(),
    };
    Some(Fragment {
        place: input_file(service),
        owner: Owner::You,
        language: Language::Json,
        text: json(&json!({
            "cluster": "CLUSTER",
            "service": service.name,
            "deploymentConfiguration": configuration,
        })),
        why,
        risk: risk(own, service.today),
        undo: format!(
            "the same with maximumPercent {} and minimumHealthyPercent {}{}",
            service.today.maximum_percent,
            service.today.minimum_healthy_percent,
            match (service.today.breaker, own.breaker) {
                (None, Some(_)) => ", and enable false",
                (Some(today), own) if own != Some(today) =>
                    ", and the deploymentCircuitBreaker of today",
                _ => "",
            }
        ),
    })
}

/// What may go wrong with what changed.
fn risk(own: &EcsDeployment, today: &EcsDeployment) -> String {
    let mut risks = Vec::new();
    if own.upper() < today.upper() {
        risks.push(
            "the tasks of a service start in turns, so where nothing is throttled a deployment takes \
             longer",
        );
    }
    if own.upper() > today.upper() {
        risks.push("more tasks start at once, and ask for their images at once");
    }
    if own.minimum_healthy_percent < today.minimum_healthy_percent {
        risks.push("the service runs with fewer tasks meanwhile");
    }
    if own.breaker.is_some() {
        risks.push("the circuit breaker takes back a deployment that would have recovered");
    }
    if own.breaker.is_none() && today.breaker.is_some() {
        risks.push("a deployment that cannot succeed goes on starting tasks");
    }
    if risks.is_empty() {
        risks.push("old tasks stop later");
    }
    risks.join("; ")
}

fn circuit_breaker(breaker: CircuitBreaker) -> Option<Json> {
    let mut written = json!({"enable": true, "rollback": breaker.rollback});
    let (kind, value) = match breaker.threshold {
        // What the API does when nothing is written.
        BreakerThreshold::BoundedPercent(50) => (None, 0),
        BreakerThreshold::BoundedPercent(share) => (Some("BOUNDED_PERCENT"), share),
        BreakerThreshold::UnboundedPercent(share) => (Some("UNBOUNDED_PERCENT"), share),
        BreakerThreshold::Count(count) => (Some("COUNT"), count),
        // No setting brings back what ECS did then.
        BreakerThreshold::Before2023 => return None,
    };
    if let Some(kind) = kind {
        written["thresholdConfiguration"] = json!({"type": kind, "value": value});
    }
    if !breaker.reset_on_healthy_task {
        written["resetOnHealthyTask"] = json!(false);
    }
    Some(written)
}

fn input_file(service: &Both<'_, EcsDeployment>) -> String {
    let others = match service.own.services {
        1 => String::new(),
        all => format!(", for each of the {all} services"),
    };
    format!("service.json, for aws ecs update-service --cli-input-json file://service.json{others}")
}

/// Tasks that leave Fargate for instances.
fn capacity(service: &Both<'_, EcsDeployment>) -> Option<Fragment> {
    let hosts = service.changed(|it| it.hosts)??;
    if service.today.hosts.is_some() {
        return None;
    }
    Some(Fragment {
        place: input_file(service),
        owner: Owner::You,
        language: Language::Json,
        text: json(&json!({
            "cluster": "CLUSTER",
            "service": service.name,
            "capacityProviderStrategy": [{"capacityProvider": "INSTANCES", "weight": 1}],
            "forceNewDeployment": true,
        })),
        why: format!(
            "tasks run on {hosts} container instances, whose agents keep tokens and images; Fargate \
             keeps neither"
        ),
        risk: "instances are yours to size and patch; one without the image pulls it first"
            .to_owned(),
        undo: "the same with the capacity provider FARGATE".to_owned(),
    })
}

/// Services that are deployed so many at a time instead of all at once.
fn in_turn(service: &Both<'_, EcsDeployment>) -> Option<Fragment> {
    let at_once = service.changed(|it| it.services)?;
    if at_once > service.today.services {
        return None;
    }
    Some(Fragment {
        place: "the pipeline that deploys".to_owned(),
        owner: Owner::You,
        language: Language::Sh,
        text: format!(
            "# SERVICES: the names of the services, {at_once} deployed at a time\n\
             export CLUSTER=CLUSTER\n\
             echo \"$SERVICES\" | xargs -n 1 -P {at_once} sh -c '\n  \
             aws ecs update-service --cluster \"$CLUSTER\" --service \"$0\" --force-new-deployment &&\n  \
             aws ecs wait services-stable --cluster \"$CLUSTER\" --services \"$0\" || exit 1\n'\n"
        ),
        why: format!(
            "{at_once} of the {} services at a time: the limit recovers between them",
            service.today.services
        ),
        risk:
            "the figures are those of the services that are deployed together: all of them take that \
             long for each turn; a service that is not stable within the waiter's ten \
               minutes is left behind while the next one begins, and the script ends with an error"
                .to_owned(),
        undo: "deploy them at once again".to_owned(),
    })
}
