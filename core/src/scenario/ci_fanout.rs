//! `kind: ci-fanout`: workflows of CI jobs that log in to a registry and then work.

use super::arrivals::{Begin, arrivals, begin};
use super::choice::Mapped;
use super::distribution::Varying;
use super::form::{At, Count, Text, Time, Words};
use super::model::{
    Arrivals, CiFanout, CiSystem, Login, LoginOrder, Requests, Rerun, ServiceOrder, Workload,
};
use super::record::Record;
use super::requests::Common;
use super::workload::Kind;
use crate::random::Distribution;
use crate::units::Span;

/// The registration of this kind.
pub(crate) const KIND: Kind = Kind {
    word: "ci-fanout",
    form: || {
        Box::new(Mapped(record(), |draft: Draft| {
            Workload::CiFanout(draft.workload)
        }))
    },
};

const CI: Words<CiSystem> = Words(&[
    ("circleci", CiSystem::CircleCi, "CircleCI."),
    ("github-actions", CiSystem::GitHubActions, "GitHub Actions."),
    ("gitlab", CiSystem::GitLab, "GitLab CI/CD."),
]);

const LOGIN: Words<Login> = Words(&[
    (
        "per-image",
        Login::PerImage,
        "Each job, once for each of its images.",
    ),
    ("per-job", Login::PerJob, "Each job, once."),
    (
        "per-host",
        Login::PerHost,
        "Each machine, once in the lifetime of a token.",
    ),
    (
        "per-workflow",
        Login::PerWorkflow,
        "Each workflow, once, before its jobs.",
    ),
    ("anonymous", Login::Anonymous, "Nobody."),
]);

const LOGINS: Words<LoginOrder> = Words(&[
    ("parallel", LoginOrder::Parallel, "All at once."),
    (
        "sequential",
        LoginOrder::Sequential,
        "The next when the one before has succeeded.",
    ),
]);

const ORDER: Words<ServiceOrder> = Words(&[
    ("random", ServiceOrder::Random, "Drawn in each run."),
    (
        "index",
        ServiceOrder::Index,
        "The first workflow's first job first.",
    ),
]);

struct Draft {
    workload: CiFanout,
    count: Option<u32>,
    begin: Begin,
}

impl Draft {
    fn blank() -> Self {
        let none = Distribution::Constant(Span::ZERO);
        let workload = CiFanout {
            requests: Requests::blank(),
            ci: None,
            operation: None,
            workflows: Arrivals::At(Vec::new()),
            jobs: 0,
            waves: 0,
            launch_spread: Span::ZERO,
            runners: None,
            images: 0,
            login: Login::PerImage,
            logins: LoginOrder::Parallel,
            order: ServiceOrder::Random,
            spin_up: none.clone(),
            duration: none,
            rerun: Rerun {
                times: 0,
                delay: Span::ZERO,
            },
            token_lifetime: None,
        };
        Draft {
            workload,
            count: None,
            begin: Begin::default(),
        }
    }
}

fn record() -> Record<Draft> {
    let common = Common {
        about: "CI workflows: each is a fan of jobs, each job logs in to a registry and then works.",
        blank: Draft::blank,
        requests: |it: &mut Draft| &mut it.workload.requests,
        service: ("The service its jobs log in to.", "ecr"),
        retry: "The retry policy of a login.",
        identity: "{account: ci, region: us-east-1}",
        operated_by: "ci-vendor",
    };
    common.record(&KIND, own).check(|it, node, decoder| {
        let found = arrivals(it.count, &it.begin, "workflows", node, decoder);
        let complete = found.is_some();
        if let Some(found) = found {
            it.workload.workflows = found;
        }
        complete
    })
}

/// The keys of this kind alone.
fn own(record: Record<Draft>) -> Record<Draft> {
    record
        .absent(
            "ci",
            CI,
            "not stated; settings for a CI system are then not written",
            "The CI system that runs it, in whose form settings are written. It changes no result.",
            "circleci",
            |it, v| it.workload.ci = Some(v),
        )
        .absent(
            "operation",
            At(Text),
            "the login operation of the service's preset",
            "The operation that is a login.",
            "GetAuthorizationToken",
            |it, v| it.workload.operation = Some(v),
        )
        .absent(
            "workflows",
            Count::POSITIVE,
            "1",
            "How many workflows begin.",
            "2",
            |it, v| it.count = Some(v as u32),
        )
        .optional(
            "begin",
            begin(),
            "0s",
            "When they begin: all at a time, `{every: 48s}`, `{at: [0s, 48s]}`, or at random \
             `{rate: 2/min, lasting: 1h}`.",
            "{every: 48s}",
            |it, v| it.begin = v,
        )
        .required(
            "jobs",
            Count::POSITIVE,
            "Jobs of a workflow.",
            "32",
            |it, v| {
                it.workload.jobs = v as u32;
            },
        )
        .optional(
            "waves",
            Count::POSITIVE,
            "1",
            "Waves the jobs are split into; a wave begins when the one before is done. The start \
             delay of a job counts from its launch: the beginning of its wave and its part of \
             `launch_spread`; when the last job of all starts is the metric `ci.jobs.last_start`.",
            "2",
            |it, v| it.workload.waves = v as u32,
        )
        .optional(
            "launch_spread",
            Time::ANY,
            "0s",
            "Each job is launched at a random time within this after its wave begins; 0s is the \
             worst case.",
            "30s",
            |it, v| it.workload.launch_spread = v,
        )
        .absent(
            "runners",
            Count::POSITIVE,
            "as many as needed",
            "Machines that run jobs, shared by all workflows.",
            "16",
            |it, v| it.workload.runners = Some(v as u32),
        )
        .optional(
            "images",
            Count::ANY,
            "1",
            "Images of a job.",
            "6",
            |it, v| {
                it.workload.images = v as u32;
            },
        )
        .optional(
            "login",
            LOGIN,
            "per-image",
            "Who logs in.",
            "per-job",
            |it, v| {
                it.workload.login = v;
            },
        )
        .optional(
            "logins",
            LOGINS,
            "parallel",
            "How the logins of one job follow each other.",
            "sequential",
            |it, v| it.workload.logins = v,
        )
        .optional(
            "order",
            ORDER,
            "random",
            "Who is served first among attempts of one instant.",
            "index",
            |it, v| it.workload.order = v,
        )
        .optional(
            "spin_up",
            Varying,
            "0s",
            "From getting a machine to the first login.",
            "20s",
            |it, v| it.workload.spin_up = v,
        )
        .optional(
            "duration",
            Varying,
            "0s",
            "From the last login to the end of the job.",
            "5min",
            |it, v| it.workload.duration = v,
        )
        .optional(
            "rerun",
            rerun(),
            "{times: 0, delay: 0s}",
            "What happens to a job whose login was given up.",
            "{times: 2, delay: 1min}",
            |it, v| it.workload.rerun = v,
        )
        .absent(
            "token_lifetime",
            Time::POSITIVE,
            "as long as a token of the service's preset is good",
            "How long a machine keeps a login (with `login: per-host`).",
            "6h",
            |it, v| it.workload.token_lifetime = Some(v),
        )
}

fn rerun() -> Record<Rerun> {
    let blank = || Rerun {
        times: 0,
        delay: Span::ZERO,
    };
    Record::new("Re-runs of a failed job.", blank)
        .required("times", Count::ANY, "How often at most.", "2", |it, v| {
            it.times = v as u32
        })
        .optional(
            "delay",
            Time::ANY,
            "0s",
            "How long after it failed.",
            "1min",
            |it, v| {
                it.delay = v;
            },
        )
}
