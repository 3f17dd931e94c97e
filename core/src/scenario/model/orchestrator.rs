//! Orchestrators: who starts tasks, and which clients pull for them.

use super::Workload;

/// What starts tasks, and what pulls for them.
#[derive(Debug, Eq, PartialEq)]
pub struct Orchestrator {
    /// Who pulls, in messages: `nodes of a Swarm`.
    pub pullers: &'static str,
    /// The clients of the catalog that pull for it.
    pub clients: &'static [&'static str],
    /// The client of the catalog whose logs are what the orchestrator itself says of its tasks,
    /// whatever pulls for them.
    pub tells: &'static str,
    /// What its tasks do about an image where no behaviour is written, and how another is written.
    pub behaviour: &'static str,
}

/// The client whose tasks have machines of their own, which hold nothing.
pub const FARGATE: &str = "fargate";

/// The client that pulls for tasks on container instances.
pub const ECS_AGENT: &str = "ecs-agent";

/// Docker Swarm.
pub const SWARM: Orchestrator = Orchestrator {
    pullers: "nodes of a Swarm",
    clients: &["swarm-executor"],
    tells: "swarm-executor",
    behaviour: "leave `behaviour` out: a node asks at each start, unless the image is named by digest and \
                there; `never` is DOCKER_SERVICE_PREFER_OFFLINE_IMAGE=1",
};

/// Amazon ECS.
pub const ECS: Orchestrator = Orchestrator {
    pullers: "tasks of ECS",
    clients: &[ECS_AGENT, FARGATE],
    tells: FARGATE,
    behaviour: "leave `behaviour` out, or write a value of ECS_IMAGE_PULL_BEHAVIOR for `client: ecs-agent`: \
                `default`, `always`, `once` or `prefer-cached`; tasks on Fargate pull always",
};

/// Kubernetes. Events are the same whatever pulls: the client that tells them has no other log.
pub const KUBERNETES: Orchestrator = Orchestrator {
    pullers: "nodes of Kubernetes",
    clients: &["kubelet"],
    tells: "cri-o",
    behaviour: "write an imagePullPolicy: `Always`, `IfNotPresent` or `Never`",
};

impl Workload {
    /// What starts its tasks, if it is an orchestrator, which has rules of its own around an engine.
    pub fn orchestrator(&self) -> Option<&'static Orchestrator> {
        match self {
            Workload::SwarmService(_) => Some(&SWARM),
            Workload::EcsDeployment(_) => Some(&ECS),
            Workload::KubernetesRollout(_) | Workload::ScaleOut(_) => Some(&KUBERNETES),
            Workload::CiFanout(_)
            | Workload::ApiCallers(_)
            | Workload::ImagePulls(_)
            | Workload::ImagePushes(_)
            | Workload::Herd(_)
            | Workload::Replay(_) => None,
        }
    }
}
