//! `kind: ecs-deployment`: a rolling deployment of Amazon ECS.

use super::choice::{Case, Choice, Defined, Mapped};
use super::distribution::Varying;
use super::form::{At, Count, Flag, Text, Time, Words};
use super::model::{BreakerThreshold, CircuitBreaker, EcsDeployment, Moving, Watched, Workload};
use super::moving::{Common, machines, watched};
use super::pull::pull;
use super::record::Record;
use super::workload::Kind;
use crate::random::Distribution;
use crate::units::Span;

/// The registration of this kind.
pub(crate) const KIND: Kind = Kind {
    word: "ecs-deployment",
    form: || {
        Box::new(Mapped(record(), |deployment: EcsDeployment| {
            Workload::EcsDeployment(deployment)
        }))
    },
};

const PERCENT: Count = Count { min: 1, max: 1_000 };

fn threshold() -> Choice<BreakerThreshold> {
    const PLAIN: Words<BreakerThreshold> = Words(&[(
        "before-2023",
        BreakerThreshold::Before2023,
        "Half of the desired tasks, at least 10 and at most 200, as until mid 2023.",
    )]);
    Choice {
        noun: "a threshold",
        plain: Box::new(PLAIN),
        cases: vec![
            Case::new(
                "bounded-percent",
                "`BOUNDED_PERCENT`: percent of the desired tasks, at least 3 and at most 200.",
                PERCENT,
                |v| BreakerThreshold::BoundedPercent(v as u32),
            ),
            Case::new(
                "unbounded-percent",
                "`UNBOUNDED_PERCENT`: percent of the desired tasks.",
                PERCENT,
                |v| BreakerThreshold::UnboundedPercent(v as u32),
            ),
            Case::new(
                "count",
                "`COUNT`: so many failed tasks.",
                Count::POSITIVE,
                |v| BreakerThreshold::Count(v as u32),
            ),
        ],
    }
}

fn breaker() -> Record<CircuitBreaker> {
    let blank = || CircuitBreaker {
        threshold: BreakerThreshold::BoundedPercent(50),
        reset_on_healthy_task: true,
        rollback: false,
    };
    Record::new("The deployment circuit breaker.", blank)
        .optional(
            "threshold",
            threshold(),
            "{bounded-percent: 50}",
            "How many failed tasks fail the deployment.",
            "{count: 10}",
            |it, v| it.threshold = v,
        )
        .optional(
            "reset_on_healthy_task",
            Flag,
            "true",
            "Whether a task that became healthy forgets the failures before it.",
            "false",
            |it, v| it.reset_on_healthy_task = v,
        )
        .optional(
            "rollback",
            Flag,
            "false",
            "Whether the old revision is started again where it was stopped.",
            "true",
            |it, v| it.rollback = v,
        )
}

fn blank() -> EcsDeployment {
    let none = Distribution::Constant(Span::ZERO);
    EcsDeployment {
        services: 1,
        desired: 1,
        minimum_healthy_percent: 100,
        maximum_percent: 200,
        hosts: None,
        watched: Watched::default(),
        launch_every: Span::ZERO,
        provision: none.clone(),
        start: none.clone(),
        healthy_after: none.clone(),
        unhealthy_after: None,
        repaired: None,
        launches: None,
        execution_role: false,
        version_consistency: true,
        drain: none,
        throttle_base: Span::ZERO,
        throttle_cap: Span::ZERO,
        breaker: None,
        moving: Moving::blank(),
    }
}

fn record() -> Record<EcsDeployment> {
    let about = "A rolling deployment of Amazon ECS: new tasks start within maximumPercent, old ones \
                 stop within minimumHealthyPercent.";
    let common = Common {
        about,
        blank,
        moving: |it| &mut it.moving,
        section: (
            "pull",
            Box::new(pull()),
            "What is pulled, and how.",
            "{client: ecs-agent, images: app}",
        ),
        identity: "{account: prod, region: us-east-1}",
        operated_by: ("Who operates the service, and so owns its settings.", "you"),
    };
    let own = |record: Record<EcsDeployment>| {
        let record = machines(record, |it| &mut it.moving);
        let record = watched(
            record,
            |it| &mut it.watched,
            "When the deployment begins.",
            (
                "3h",
                "How long one looks at it: a deployment without a circuit breaker has no end of its \
             own.",
            ),
        );
        record
        .optional(
            "services",
            Count::POSITIVE,
            "1",
            "Services that are deployed at once.",
            "12",
            |it, v| it.services = v as u32,
        )
        .required(
            "desired",
            Count::POSITIVE,
            "Tasks of each service: `desiredCount`.",
            "100",
            |it, v| it.desired = v as u32,
        )
        .optional(
            "minimum_healthy_percent",
            Count { min: 0, max: 100 },
            "100",
            "`minimumHealthyPercent`; rounded up.",
            "75",
            |it, v| it.minimum_healthy_percent = v as u32,
        )
        .optional(
            "maximum_percent",
            Count { min: 100, max: 1_000 },
            "200",
            "`maximumPercent`; rounded down.",
            "125",
            |it, v| it.maximum_percent = v as u32,
        )
        .absent(
            "hosts",
            Count::POSITIVE,
            "each task has a machine of its own (Fargate)",
            "Container instances the tasks are spread over.",
            "50",
            |it, v| it.hosts = Some(v as u32),
        )
        .optional(
            "launch_every",
            Time::ANY,
            "120ms",
            "The scheduler launches one task of a service in this time; the default is its quota of \
             500 a minute.",
            "480ms",
            |it, v| it.launch_every = v,
        )
        .optional(
            "provision",
            Varying,
            "0s",
            "From the launch of a task until its pull begins.",
            "{uniform: [10s, 30s]}",
            |it, v| it.provision = v,
        )
        .optional(
            "start",
            Varying,
            "0s",
            "From the pull until the container runs.",
            "2s",
            |it, v| it.start = v,
        )
        .optional(
            "healthy_after",
            Varying,
            "0s",
            "From running to healthy; old tasks stop only for healthy ones.",
            "30s",
            |it, v| it.healthy_after = v,
        )
        .absent(
            "unhealthy_after",
            Varying,
            "they pass it",
            "Tasks run, but fail their health check this long afterwards (grace period and retries of \
             the check included), and are stopped and replaced at once.",
            "{uniform: [60s, 90s]}",
            |it, v| it.unhealthy_after = Some(v),
        )
        .absent(
            "repaired",
            Time::ANY,
            "never",
            "From when on tasks pass their health check.",
            "20min",
            |it, v| it.repaired = Some(v),
        )
        .absent(
            "launches",
            At(Text),
            "nothing but the scheduler's own rate",
            "The service whose limiters each launch of a task waits for: its preset is one of \
             `aws-fargate`.",
            "fargate",
            |it, v| it.launches = Some(v),
        )
        .optional(
            "execution_role",
            Flag,
            "false",
            "Whether tasks pull as a task execution role: the agent of an instance then keeps a token \
             for each task, and not one for all.",
            "true",
            |it, v| it.execution_role = v,
        )
        .optional(
            "version_consistency",
            Flag,
            "true",
            "`versionConsistency` of the containers: the first task of a deployment finds the digests of \
             its images, and all others wait for that and start by them; so it is since June 2024.",
            "false",
            |it, v| it.version_consistency = v,
        )
        .optional(
            "drain",
            Varying,
            "0s",
            "From the decision to stop an old task until it has stopped and makes room: \
             deregistration delay and stop timeout.",
            "5min",
            |it, v| it.drain = v,
        )
        .optional(
            "throttle_base",
            Time::POSITIVE,
            "10s",
            "How long a service launches no task after one that never ran, the first time; it doubles. \
             AWS publishes only the longest.",
            "1min",
            |it, v| it.throttle_base = v,
        )
        .optional(
            "throttle_cap",
            Time::POSITIVE,
            "27min",
            "The longest such time.",
            "15min",
            |it, v| it.throttle_cap = v,
        )
        .absent(
            "breaker",
            Defined("breaker", breaker()),
            "no circuit breaker: it tries for ever",
            "The deployment circuit breaker.",
            "{rollback: true}",
            |it, v| it.breaker = Some(v),
        )
    };
    common.record(&KIND, own).check(|it, node, decoder| {
        if it.unhealthy_after == Some(Distribution::Constant(Span::ZERO)) {
            let at = node.get("unhealthy_after").unwrap_or(node);
            let message = "tasks that fail without having run at all have no end";
            decoder.refuse(at, message, "say how long after they run they fail");
            return false;
        }
        if it.upper() > it.desired || it.lower() < it.desired {
            return true;
        }
        let at = node.get("maximum_percent").unwrap_or(node);
        let message = "no task may be missing and none may be added, so nothing can be deployed";
        let hint = "raise `maximum_percent` or lower `minimum_healthy_percent` by at least one \
                        task";
        decoder.refuse(at, message, hint);
        false
    })
}

#[cfg(test)]
mod tests {
    use crate::catalog::{Figures, catalog};
    use crate::scenario::Document;
    use crate::scenario::model::{BreakerThreshold, EcsDeployment, Workload};
    use crate::units::Span;

    /// A deployment that says nothing of itself but what it has to.
    fn by_default() -> EcsDeployment {
        let text = "pullstorm: 1
name: x
services: {ecr: {preset: aws-ecr}}
images: {app: {registry: ecr, layers: 2}}
workloads: {web: {kind: ecs-deployment, desired: 4, pull: {client: fargate, images: app}}}
";
        let document = Document::parse("x.yaml", text.as_bytes()).unwrap();
        let scenario = document.scenario();
        match &scenario.workloads[0].value {
            Workload::EcsDeployment(ecs) => ecs.clone(),
            _ => unreachable!("it is a deployment"),
        }
    }

    #[test]
    fn pace_and_throttle_are_those_of_the_records_unless_they_are_said() {
        let ecs = by_default();
        for of in ["ec2", "fargate"] {
            let id = format!("ecs.service_launch_rate.{of}");
            let Figures::Rate { limit, window } = catalog().record(&id).unwrap().limit else {
                panic!("{id} is no rate")
            };
            let each = Span::from_nanos(window.as_nanos() / limit);
            assert_eq!(ecs.launch_every, each, "{id}");
        }
        let longest = catalog().record("ecs.service_throttle.max_delay").unwrap();
        let Figures::Constant { value, .. } = longest.limit else {
            panic!("{longest:?}")
        };
        assert_eq!(ecs.throttle_cap, Span::from_secs(value));
    }

    #[test]
    fn a_breaker_counts_as_its_records_say() {
        let forms = [
            ("default", BreakerThreshold::BoundedPercent(50)),
            ("2020", BreakerThreshold::Before2023),
        ];
        for (of, threshold) in forms {
            let id = format!("ecs.circuit_breaker.threshold.{of}");
            let says = catalog().record(&id).unwrap().note.as_deref().unwrap();
            let (least, most) = (threshold.failures(1), threshold.failures(100_000));
            let bounds = format!(
                "Half the desired count, rounded up, but at least {least} and at most {most}"
            );
            assert!(says.starts_with(&bounds), "{id}: {says}, and not {bounds}");
            assert_eq!(threshold.failures(101), 51, "{id}");
        }
    }
}
