//! What the model leaves out, where it matters to a scenario: `docs/model.md` in short.

use crate::scenario::model::{Scenario, Workload};

/// Something that is left out, and where that matters.
struct LeftOut {
    matters: fn(&Scenario) -> bool,
    says: &'static str,
}

const LEFT_OUT: [LeftOut; 12] = [
    LeftOut {
        matters: |_| true,
        says: "Limiters of a real provider are distributed and best effort; here each is one exact \
               counter. Providers also throttle for reasons that they do not publish.",
    },
    LeftOut {
        matters: |_| true,
        says: "Connections, DNS and TLS cost nothing beyond the stated latency, and nothing is lost on \
               the way but what `faults` say.",
    },
    LeftOut {
        matters: |scenario| has_background(scenario),
        says: "Other callers come at random at a constant rate and retry nothing.",
    },
    LeftOut {
        matters: |scenario| any(scenario, "ci-fanout"),
        says: "A CI job only logs in; what its machine pulls afterwards is a workload of its own.",
    },
    LeftOut {
        matters: |scenario| any(scenario, "api-callers"),
        says: "What a caller does between two calls takes no time unless the scenario says so.",
    },
    LeftOut {
        matters: pulls,
        says: "Times between the requests of a pull are medians of single pulls on one idle machine; \
               yours differ.",
    },
    LeftOut {
        matters: |scenario| any(scenario, "swarm-service"),
        says: "Swarm's scheduler weighs a node down after five failures of a service within five \
               minutes, so that its tasks move to other nodes, and knows reservations; both are left out.",
    },
    LeftOut {
        matters: |scenario| any(scenario, "ecs-deployment"),
        says: "Of ECS, placement, network interfaces and load balancer calls are left out. Only the \
               longest wait of its restart throttle is published; what comes before is assumed.",
    },
    LeftOut {
        matters: |scenario| any(scenario, "kubernetes-rollout") || any(scenario, "scale-out"),
        says: "Of Kubernetes, container restarts, node pressure and image garbage collection are left \
               out.",
    },
    LeftOut {
        matters: |scenario| scenario.services.iter().any(|it| it.value.caches.is_some()),
        says: "A mirror's own tokens and the time that bytes take from upstream to the mirror are left \
               out.",
    },
    LeftOut {
        matters: |scenario| !scenario.nats.is_empty(),
        says: "A NAT gateway with several addresses gives each request one at random; a client that \
               keeps a connection for a whole pull is mixed less than that.",
    },
    LeftOut {
        matters: |_| true,
        says: "\"Best possible\" ignores waiting for machines and takes token caches as warm: it can be \
               too low, never too high.",
    },
];

/// What the model leaves out that matters to a scenario.
pub(super) fn left_out(scenario: &Scenario) -> Vec<String> {
    let matters = LEFT_OUT.iter().filter(|it| (it.matters)(scenario));
    matters.map(|it| it.says.to_owned()).collect()
}

fn any(scenario: &Scenario, kind: &str) -> bool {
    scenario
        .workloads
        .iter()
        .any(|workload| workload.value.kind() == kind)
}

fn pulls(scenario: &Scenario) -> bool {
    let callers = |workload: &Workload| {
        matches!(
            workload,
            Workload::CiFanout(_) | Workload::ApiCallers(_) | Workload::ImagePushes(_)
        )
    };
    scenario
        .workloads
        .iter()
        .any(|workload| !callers(&workload.value))
}

fn has_background(scenario: &Scenario) -> bool {
    let mut limiters = scenario
        .services
        .iter()
        .flat_map(|service| &service.value.limiters);
    limiters.any(|limiter| limiter.value.background.is_some_and(|rate| !rate.is_zero()))
}
