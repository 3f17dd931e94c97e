//! `kind: swarm-service`: services of a Docker Swarm whose tasks are restarted when they fail.

use super::choice::{Case, Choice, Defined, Mapped};
use super::distribution::Varying;
use super::form::{Count, Share, Time, Words};
use super::model::{
    Fails, Moving, RestartCondition, SwarmRestart, SwarmService, SwarmUpdate, UpdateFailure,
    Watched, Workload,
};
use super::moving::{Common, machines, watched};
use super::pull::pull;
use super::record::Record;
use super::workload::Kind;
use crate::random::Distribution;
use crate::units::Span;

/// The registration of this kind.
pub(crate) const KIND: Kind = Kind {
    word: "swarm-service",
    form: || {
        Box::new(Mapped(record(), |service: SwarmService| {
            Workload::SwarmService(service)
        }))
    },
};

const CONDITION: Words<RestartCondition> = Words(&[
    ("any", RestartCondition::Any, "Whatever ended it."),
    (
        "on-failure",
        RestartCondition::Any,
        "If it failed; tasks here end in no other way.",
    ),
    ("none", RestartCondition::Never, "Never."),
]);

/// swarmkit @3e72cb64 `api/defaults/service.go`: 5 s, also where a compose `restart_policy` leaves
/// `delay` out; no limit of attempts.
fn restart() -> Record<SwarmRestart> {
    let blank = || SwarmRestart {
        condition: RestartCondition::Any,
        delay: Span::from_secs(5),
        max_attempts: 0,
        window: Span::ZERO,
    };
    Record::new("When a task that ended is started again.", blank)
        .optional(
            "condition",
            CONDITION,
            "any",
            "What must have ended it.",
            "on-failure",
            |it, v| it.condition = v,
        )
        .optional(
            "delay",
            Time::ANY,
            "5s",
            "From the end of one task to the start of the next; its image is pulled meanwhile.",
            "1s",
            |it, v| it.delay = v,
        )
        .optional(
            "max_attempts",
            Count::ANY,
            "0",
            "Restarts of one place at most; 0 is no limit.",
            "3",
            |it, v| it.max_attempts = v as u32,
        )
        .optional(
            "window",
            Time::ANY,
            "0s",
            "With this, only restarts within it count as attempts.",
            "2min",
            |it, v| it.window = v,
        )
}

const RESOLVE: Words<bool> = Words(&[
    (
        "always",
        true,
        "The manager looks the tag up once for each service, one service after another (`docker stack \
         deploy`, `docker service create`). If that succeeds, tasks are started by digest; if not, \
         by tag.",
    ),
    (
        "never",
        false,
        "It does not: tasks are started as the images are named. So it is too where the string has \
         not changed under `changed`.",
    ),
]);

const ORDER: Words<bool> = Words(&[
    ("stop-first", false, "The old task stops first."),
    ("start-first", true, "The new task is up first."),
]);

const FAILURE: Words<UpdateFailure> = Words(&[
    ("pause", UpdateFailure::Pause, "No other task is updated."),
    (
        "continue",
        UpdateFailure::Continue,
        "The update goes on; the task is restarted meanwhile.",
    ),
    (
        "rollback",
        UpdateFailure::Rollback,
        "No other task is updated, and this one is taken back.",
    ),
]);

/// swarmkit @3e72cb64 `api/defaults/service.go`: parallelism 1, delay 0, failure action pause, monitor
/// 5 s, order stop-first, failure ratio 0.
fn update() -> Record<SwarmUpdate> {
    let blank = || SwarmUpdate {
        parallelism: 1,
        delay: Span::ZERO,
        start_first: false,
        on_failure: UpdateFailure::Pause,
        failure_ratio_ppm: 0,
        monitor: Span::from_secs(5),
    };
    Record::new("How a service replaces its tasks.", blank)
        .optional(
            "parallelism",
            Count::ANY,
            "1",
            "Tasks that are replaced at a time; 0 is all at once.",
            "2",
            |it, v| it.parallelism = v as u32,
        )
        .optional(
            "delay",
            Time::ANY,
            "0s",
            "From one task being up until the next is replaced.",
            "10s",
            |it, v| it.delay = v,
        )
        .optional(
            "order",
            ORDER,
            "stop-first",
            "Which of the old task and the new one goes first.",
            "start-first",
            |it, v| it.start_first = v,
        )
        .optional(
            "failure_action",
            FAILURE,
            "pause",
            "What follows a task that fails before it is up, or within `monitor`.",
            "rollback",
            |it, v| it.on_failure = v,
        )
        .optional(
            "max_failure_ratio",
            Share,
            "0%",
            "The part of a service's tasks that may fail before `failure_action` is taken.",
            "10%",
            |it, v| it.failure_ratio_ppm = v,
        )
        .optional(
            "monitor",
            Time::ANY,
            "5s",
            "A task that fails this soon after its start is a failure of the update.",
            "30s",
            |it, v| it.monitor = v,
        )
        .check(|it, node, decoder| {
            let fine = it.on_failure != UpdateFailure::Rollback || it.failure_ratio_ppm == 0;
            if !fine {
                let ratio = node.get("max_failure_ratio").unwrap_or(node);
                let hint = "leave it out, or write `failure_action: pause`";
                decoder.refuse(
                    ratio,
                    "a rollback after some failures is not simulated, only after the first",
                    hint,
                );
            }
            fine
        })
}

fn fails() -> Choice<Fails> {
    const PLAIN: Words<Fails> = Words(&[
        ("never", Fails::Never, "They do not."),
        (
            "at-prepare",
            Fails::AtPrepare,
            "Before they start: a mount, a network, a secret is missing.",
        ),
    ]);
    Choice {
        noun: "`never`, `at-prepare` or `after-start`",
        plain: Box::new(PLAIN),
        cases: vec![Case::new(
            "after-start",
            "After having run this long.",
            Varying,
            Fails::AfterStart,
        )],
    }
}

fn blank() -> SwarmService {
    SwarmService {
        services: 1,
        replicas: 1,
        nodes: 1,
        watched: Watched::default(),
        fails: Fails::Never,
        repaired: None,
        removed: None,
        restart: SwarmRestart {
            condition: RestartCondition::Any,
            delay: Span::from_secs(5),
            max_attempts: 0,
            window: Span::ZERO,
        },
        resolves_image: false,
        update: None,
        schedule: Distribution::Constant(Span::ZERO),
        create: Distribution::Constant(Span::ZERO),
        moving: Moving::blank(),
    }
}

fn record() -> Record<SwarmService> {
    let about = "Services of a Docker Swarm: tasks on nodes, pulled for and restarted when they \
                 fail.";
    let common = Common {
        about,
        blank,
        moving: |it| &mut it.moving,
        section: (
            "pull",
            Box::new(pull()),
            "What is pulled, and how.",
            "{client: swarm-executor, images: app, cached: everything}",
        ),
        identity: "{address: office-nat}",
        operated_by: ("Who operates the swarm, and so owns its settings.", "you"),
    };
    let own = |record: Record<SwarmService>| {
        let record = machines(record, |it| &mut it.moving);
        let record = watched(
            record,
            |it| &mut it.watched,
            "When they are deployed or scheduled anew.",
            (
                "30min",
                "How long one looks at it: restarts have no end of their own.",
            ),
        );
        record
            .optional(
                "services",
                Count::POSITIVE,
                "1",
                "Services that are like this.",
                "30",
                |it, v| it.services = v as u32,
            )
            .optional(
                "replicas",
                Count::POSITIVE,
                "1",
                "Tasks of each service.",
                "2",
                |it, v| it.replicas = v as u32,
            )
            .optional(
                "nodes",
                Count::POSITIVE,
                "1",
                "Machines the tasks are spread over.",
                "4",
                |it, v| it.nodes = v as u32,
            )
            .optional(
                "fails",
                fails(),
                "never",
                "How the tasks fail: `at-prepare`, or `{after-start: 1s}`.",
                "at-prepare",
                |it, v| it.fails = v,
            )
            .absent(
                "repaired",
                Time::ANY,
                "never",
                "From when on the tasks do not fail any more.",
                "20min",
                |it, v| it.repaired = Some(v),
            )
            .absent(
                "removed",
                Time::ANY,
                "never",
                "When the services are removed (`docker service rm`, `docker stack rm`).",
                "20min",
                |it, v| it.removed = Some(v),
            )
            .optional(
                "restart",
                Defined("restart", restart()),
                "{}",
                "The restart policy, as in compose `deploy.restart_policy`.",
                "{condition: on-failure, delay: 5s, max_attempts: 3}",
                |it, v| it.restart = v,
            )
            .optional(
                "resolve_image",
                RESOLVE,
                "never",
                "Whether the manager looks the images up at the deploy: `--resolve-image`. Without \
                 `--with-registry-auth` (`credentials: none` of `pull:`) the look-up of a private image is \
                 denied, and tasks start by tag.",
                "always",
                |it, v| it.resolves_image = v,
            )
            .absent(
                "update",
                Defined("update", update()),
                "nothing is there to be replaced: all tasks start at once",
                "How running tasks are replaced, as in compose `deploy.update_config`.",
                "{parallelism: 2, delay: 10s}",
                |it, v| it.update = Some(v),
            )
            .optional(
                "schedule",
                Varying,
                "150ms",
                "From the decision to start a task until its node prepares it; the default is the \
             scheduler's debounce of 50 ms and a dispatcher's batch of 100 ms.",
                "{uniform: [150ms, 1s]}",
                |it, v| it.schedule = v,
            )
            .optional(
                "create",
                Varying,
                "0s",
                "From the pull until the container is created.",
                "300ms",
                |it, v| it.create = v,
            )
    };
    common.record(&KIND, own).check(|it, node, decoder| {
        if it.restart.delay.is_zero() && it.schedule == Distribution::Constant(Span::ZERO) {
            let restart = node.get("restart").unwrap_or(node);
            let at = restart.get("delay").unwrap_or(restart);
            let hint = "give the restart a delay, or `schedule` a time";
            decoder.refuse(
                at,
                "restarts without any time between them have no end",
                hint,
            );
            return false;
        }
        if it.repaired.is_some() && it.fails == Fails::Never {
            let at = node.get("repaired").unwrap_or(node);
            let hint = "say how tasks fail: `fails: at-prepare`";
            decoder.refuse(at, "nothing fails here that could be repaired", hint);
            return false;
        }
        true
    })
}
