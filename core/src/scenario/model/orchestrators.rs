//! What starts tasks.

use super::{Moving, Placed, Workload};
use crate::random::Distribution;
use crate::units::{Rate, Span};

/// From when until when one looks at something that has no end of its own.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Default)]
pub struct Watched {
    /// When it begins.
    pub from: Span,
    /// When one looks no longer.
    pub until: Span,
}

impl Workload {
    /// From when until when it is watched, if it has no end of its own.
    pub fn watched(&self) -> Option<Watched> {
        match self {
            Workload::SwarmService(it) => Some(it.watched),
            Workload::EcsDeployment(it) => Some(it.watched),
            Workload::KubernetesRollout(it) => Some(it.watched),
            Workload::ScaleOut(it) => Some(it.watched),
            _ => None,
        }
    }
}

/// Services of a Docker Swarm that are alike.
#[derive(Clone, PartialEq, Debug)]
pub struct SwarmService {
    /// How many services.
    pub services: u32,
    /// Tasks of each.
    pub replicas: u32,
    /// Machines the tasks are spread over.
    pub nodes: u32,
    /// From when until when one looks at it.
    pub watched: Watched,
    /// How the tasks fail.
    pub fails: Fails,
    /// From when on they do not fail any more.
    pub repaired: Option<Span>,
    /// When the services are removed.
    pub removed: Option<Span>,
    /// When a task that ended is started again.
    pub restart: SwarmRestart,
    /// Whether the manager looks each service's images up before it starts tasks, and names them by
    /// digest if that succeeds.
    pub resolves_image: bool,
    /// How old tasks are replaced; `None`: there are none, and all tasks start at once.
    pub update: Option<SwarmUpdate>,
    /// From the decision to start a task until its node prepares it.
    pub schedule: Distribution,
    /// From the pull until the container is created.
    pub create: Distribution,
    /// What is pulled, and by whom.
    pub moving: Moving,
}

/// How tasks fail.
#[derive(Clone, PartialEq, Debug)]
pub enum Fails {
    /// They do not.
    Never,
    /// Before they start.
    AtPrepare,
    /// After having run this long.
    AfterStart(Distribution),
}

/// How a Swarm service replaces its tasks.
#[derive(Copy, Clone, PartialEq, Debug)]
pub struct SwarmUpdate {
    /// Tasks that are replaced at a time; 0 is all.
    pub parallelism: u32,
    /// From one being up to the next.
    pub delay: Span,
    /// Whether the new task starts before the old one stops.
    pub start_first: bool,
    /// What follows a task that fails.
    pub on_failure: UpdateFailure,
    /// The part of a service's tasks that may fail before that, in parts per million.
    pub failure_ratio_ppm: u32,
    /// A task that fails this soon after its start counts as a failure of the update.
    pub monitor: Span,
}

/// What a Swarm update does when a task fails.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum UpdateFailure {
    /// It updates no other task.
    Pause,
    /// It goes on.
    Continue,
    /// It updates no other task, and takes this one back.
    Rollback,
}

impl SwarmUpdate {
    /// How many of so many tasks may fail before the update stops: it does when failures / tasks is
    /// above the ratio (swarmkit @0072dfff `manager/orchestrator/update/updater.go`).
    pub fn tolerated(&self, tasks: u32) -> u32 {
        (u64::from(tasks) * u64::from(self.failure_ratio_ppm) / 1_000_000) as u32
    }
}

/// The restart policy of a Swarm service.
#[derive(Copy, Clone, PartialEq, Debug)]
pub struct SwarmRestart {
    /// What must have ended a task.
    pub condition: RestartCondition,
    /// From the end of one task to the start of the next.
    pub delay: Span,
    /// Restarts of one place at most; 0 is no limit.
    pub max_attempts: u32,
    /// If not zero, only restarts within it count.
    pub window: Span,
}

/// What must have ended a task for it to be started again.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum RestartCondition {
    /// Anything.
    Any,
    /// It is never started again.
    Never,
}

/// A rolling deployment of services of Amazon ECS that are alike.
#[derive(Clone, PartialEq, Debug)]
pub struct EcsDeployment {
    /// Services that are deployed at once.
    pub services: u32,
    /// Tasks of each (`desiredCount`).
    pub desired: u32,
    /// `minimumHealthyPercent`.
    pub minimum_healthy_percent: u32,
    /// `maximumPercent`.
    pub maximum_percent: u32,
    /// Instances the tasks are spread over; `None`: each has one of its own (Fargate).
    pub hosts: Option<u32>,
    /// From when until when one looks at it.
    pub watched: Watched,
    /// In which time the scheduler launches one task of a service (the inverse of its rate).
    pub launch_every: Span,
    /// From the launch of a task until its pull begins.
    pub provision: Distribution,
    /// From the pull until the container runs.
    pub start: Distribution,
    /// From running to healthy.
    pub healthy_after: Distribution,
    /// When after they run tasks fail their health check, and are stopped and replaced; `None`: they
    /// pass it.
    pub unhealthy_after: Option<Distribution>,
    /// From when on they pass it all the same.
    pub repaired: Option<Span>,
    /// The service whose limiters each launch of a task meets (Fargate).
    pub launches: Option<Placed<String>>,
    /// Whether tasks pull as an execution role of their own, so that no token serves two of them.
    pub execution_role: bool,
    /// Whether one task of a deployment finds the digests of its images and all others start by
    /// them.
    pub version_consistency: bool,
    /// From the decision to stop an old task until it has stopped.
    pub drain: Distribution,
    /// How long the scheduler launches no task of a service after one that never ran, the first
    /// time; it doubles up to the cap.
    pub throttle_base: Span,
    /// The longest.
    pub throttle_cap: Span,
    /// The deployment circuit breaker.
    pub breaker: Option<CircuitBreaker>,
    /// What is pulled, and by whom.
    pub moving: Moving,
}

impl EcsDeployment {
    /// The most tasks of a service that may be there: `floor(desired x maximumPercent / 100)`
    /// (Amazon ECS developer guide, rolling update).
    pub fn upper(&self) -> u32 {
        part(self.desired, self.maximum_percent)
    }

    /// The fewest tasks of a service that must run: `ceil(desired x minimumHealthyPercent / 100)`.
    pub fn lower(&self) -> u32 {
        let least = u64::from(self.desired) * u64::from(self.minimum_healthy_percent);
        least.div_ceil(100) as u32
    }
}

fn part(whole: u32, percent: u32) -> u32 {
    (u64::from(whole) * u64::from(percent) / 100).min(u64::from(u32::MAX)) as u32
}

/// The deployment circuit breaker of ECS: so many failed tasks fail the deployment.
#[derive(Copy, Clone, PartialEq, Debug)]
pub struct CircuitBreaker {
    /// How many failures are too many.
    pub threshold: BreakerThreshold,
    /// Whether a task that became healthy forgets the failures before it.
    pub reset_on_healthy_task: bool,
    /// Whether the old revision is started again.
    pub rollback: bool,
}

/// How many failures are too many.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum BreakerThreshold {
    /// So many.
    Count(u32),
    /// So many percent of the desired tasks, at least 3 and at most 200.
    BoundedPercent(u32),
    /// So many percent of the desired tasks.
    UnboundedPercent(u32),
    /// Half of the desired tasks, at least 10 and at most 200 (until mid 2023).
    Before2023,
}

impl BreakerThreshold {
    /// The number, for so many desired tasks (ECS API reference, `ThresholdConfiguration` and
    /// `DeploymentCircuitBreaker`; the developer guide of 2023-06 for the older form).
    pub fn failures(self, desired: u32) -> u32 {
        let percent = |percent: u32| {
            let failures = u64::from(desired) * u64::from(percent);
            failures.div_ceil(100).min(u64::from(u32::MAX)) as u32
        };
        match self {
            BreakerThreshold::Count(count) => count,
            BreakerThreshold::BoundedPercent(share) => percent(share).clamp(3, 200),
            BreakerThreshold::UnboundedPercent(share) => percent(share).max(1),
            BreakerThreshold::Before2023 => percent(50).clamp(10, 200),
        }
    }
}

/// How a kubelet paces its pulls; `None` is its default.
#[derive(Copy, Clone, PartialEq, Debug)]
pub struct KubeletPulls {
    /// `registryPullQPS`; zero is no limit.
    pub qps: Option<Rate>,
    /// `registryBurst`.
    pub burst: Option<u32>,
    /// `serializeImagePulls`.
    pub serialize: bool,
    /// `maxParallelImagePulls`; `None` is no limit.
    pub parallel_max: Option<u32>,
}

impl Default for KubeletPulls {
    fn default() -> Self {
        KubeletPulls {
            qps: None,
            burst: None,
            serialize: true,
            parallel_max: None,
        }
    }
}

/// Part of a whole: a number, or a share of it in parts per million.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Part {
    /// So many.
    Count(u32),
    /// Parts per million.
    Share(u32),
}

impl Part {
    /// Of so many, rounded up.
    pub fn up(self, whole: u32) -> u32 {
        match self {
            Part::Count(count) => count,
            Part::Share(ppm) => {
                let part = (u64::from(whole) * u64::from(ppm)).div_ceil(1_000_000);
                part.min(u64::from(u32::MAX)) as u32
            }
        }
    }

    /// Of so many, rounded down.
    pub fn down(self, whole: u32) -> u32 {
        match self {
            Part::Count(count) => count.min(whole),
            Part::Share(ppm) => (u64::from(whole) * u64::from(ppm) / 1_000_000) as u32,
        }
    }
}

/// A rolling update of a Kubernetes deployment.
#[derive(Clone, PartialEq, Debug)]
pub struct KubernetesRollout {
    /// Pods.
    pub replicas: u32,
    /// `maxSurge`, rounded up.
    pub max_surge: Part,
    /// `maxUnavailable`, rounded down.
    pub max_unavailable: Part,
    /// Nodes the pods are spread over.
    pub nodes: u32,
    /// From when until when one looks at it.
    pub watched: Watched,
    /// From the decision to create a pod until its kubelet sees it.
    pub schedule: Distribution,
    /// From the pull until the containers run.
    pub start: Distribution,
    /// From running to ready.
    pub ready_after: Distribution,
    /// From the decision to stop an old pod until it is gone.
    pub terminate: Distribution,
    /// How kubelets pace pulls.
    pub kubelet: Placed<KubeletPulls>,
    /// What is pulled, and by whom.
    pub moving: Moving,
}

/// Nodes that join a cluster, cold, and pull what runs on them.
#[derive(Clone, PartialEq, Debug)]
pub struct ScaleOut {
    /// Nodes in all.
    pub nodes: u32,
    /// Nodes that join at once; then the next so many.
    pub wave: u32,
    /// From one wave to the next.
    pub every: Span,
    /// From when until when one looks at it.
    pub watched: Watched,
    /// Pods of a node.
    pub pods: u32,
    /// From joining until the pods of a node are seen by its kubelet.
    pub boot: Distribution,
    /// From the pull until the containers run.
    pub start: Distribution,
    /// How kubelets pace pulls.
    pub kubelet: Placed<KubeletPulls>,
    /// What is pulled, and by whom.
    pub moving: Moving,
}

#[cfg(test)]
mod tests {
    use super::BreakerThreshold::{Before2023, BoundedPercent, Count, UnboundedPercent};

    #[test]
    fn half_of_the_tasks_trip_the_breaker_but_never_fewer_than_three_or_more_than_200() {
        let failures = [1, 25, 400, 800].map(|desired| BoundedPercent(50).failures(desired));
        assert_eq!(failures, [3, 13, 200, 200]);
        let unbounded = [1, 25, 400, 800].map(|desired| UnboundedPercent(50).failures(desired));
        assert_eq!(unbounded, [1, 13, 200, 400]);
        assert_eq!(Before2023.failures(1), 10);
        assert_eq!(Count(7).failures(100), 7);
    }
}
