//! CI workflows: a fan of jobs, each logs in to a registry and then works.
//!
//! ```text
//! workflow   [login per-workflow]  fork wave 1, join  fork wave 2, join ...
//!   job        rerun loop { take runner, spin up, logins, started, work, give runner }
//!     login      sdk loop { send GetAuthorizationToken }
//! ```

use super::fits;
use super::keys::{self, Hosts};
use super::problem::Problems;
use super::service::{Resolved, Services};
use crate::catalog::client::Auth;
use crate::plan::{
    Assumption, Basis, BlockRole, BlockSpec, Check, ClientRule, FaultPlan, Fork, GiveUp, JoinRule,
    KeyRule, LoopSpec, NONE, PlanBuilder, Service, SiteSpec, Start, Step, Wanted,
};
use crate::report::counted;
use crate::retry::{RetryPolicy, Strategy};
use crate::scenario::model::{CiFanout, Login, LoginOrder, Placed, ServiceOrder};
use crate::units::Span;

/// Draws of a job's spans, apart from each other.
const SPIN_UP: u32 = 0;
const DURATION: u32 = 1;

pub(super) fn compile(
    path: &str,
    name: &str,
    fanout: &CiFanout,
    services: &Services,
    builder: &mut PlanBuilder,
    problems: &mut Problems,
) {
    let Some(service) = services.find(&fanout.requests.service, path, problems) else {
        return;
    };
    let Some(operation) = login_operation(path, fanout, service, problems) else {
        return;
    };
    if refuse_unasked(path, name, fanout, service, &operation, problems) {
        return;
    }
    let workflows = fanout.workflows.count_max();
    let jobs = workflows.saturating_mul(u64::from(fanout.jobs));
    let forked = match (fanout.login, fanout.logins) {
        (Login::PerImage, LoginOrder::Parallel) => fanout.images,
        _ => 0,
    };
    let logins = jobs.saturating_mul(u64::from(forked));
    let entities = workflows.saturating_add(jobs).saturating_add(logins);
    if !fits(entities, path, builder, problems) {
        return;
    }
    if fanout.waves > fanout.jobs {
        let message = format!(
            "{} cannot be split into {} waves",
            counted(f64::from(fanout.jobs), "jobs"),
            fanout.waves
        );
        problems.push(None, &format!("{path}.waves"), message, None);
        return;
    }
    let lifetime = fanout.token_lifetime.or(service.token_lifetime());
    if fanout.login == Login::PerHost && fanout.runners.is_some() && lifetime.is_none() {
        problems.push(
            fanout.requests.service.place,
            &format!("{path}.token_lifetime"),
            format!("how long a login to {} is good is not known", service.name),
            Some("write token_lifetime: with the time a machine keeps it".to_owned()),
        );
        return;
    }
    builder.plan().random_order |= fanout.order == ServiceOrder::Random;
    builder.workload(name, "logins", false);
    if service.counts_pulls() {
        let text = format!(
            "jobs of `{name}` only log in: their pulls, which {} counts too, are a workload of `kind: \
             image-pulls`",
            service.name
        );
        let basis = Basis::Default;
        builder.plan().stated.push(Assumption { text, basis });
    }
    let block = |name, role, count, start, starts_when_done| BlockSpec {
        name,
        role,
        count: count as u32,
        start,
        starts_when_done,
    };
    let start = Start::Arrivals(fanout.workflows.clone());
    let flow_block = builder.block(block(
        "workflows",
        BlockRole::Group,
        workflows,
        start,
        false,
    ));
    let start = Start::Forked {
        parent: flow_block,
        each: fanout.jobs,
    };
    let job_block = builder.block(block("jobs", BlockRole::Unit, jobs, start, false));
    let login_block = (forked > 0).then(|| {
        let start = Start::Forked {
            parent: job_block,
            each: forked,
        };
        builder.block(block("logins", BlockRole::Call, logins, start, true))
    });
    let runners = fanout.runners.map(|count| builder.pool(count, "runners"));
    let tokens = match (fanout.login, runners) {
        (Login::PerHost, Some(pool)) => lifetime.map(|span| builder.token_cache(pool, span)),
        _ => None,
    };
    let hosts = |neighbours: u32| Hosts {
        neighbours,
        count: fanout.runners.unwrap_or(u32::MAX).min(jobs as u32).max(1),
    };
    let operation = builder.operation(&service.name, &operation);
    let operation_name = builder.plan().operations[operation as usize].name.clone();
    let checks = |builder: &mut PlanBuilder, neighbours: u32| {
        service.checks(
            &operation_name,
            name,
            &fanout.requests.identity,
            hosts(neighbours),
            builder,
        )
    };
    // Jobs and their logins are on the machine whose slot the job holds.
    let on_runner = |builder: &mut PlanBuilder, neighbours: u32| {
        let mut checks = checks(builder, neighbours);
        if let Some(rule) = runners {
            let pool = builder.plan().pool_rules[rule as usize].pool;
            for check in &mut checks {
                check.key = keys::by_slot(builder, check.key, pool);
            }
        }
        checks
    };
    let login = |checks: Vec<Check>, activities: u64| LoginSite {
        fanout,
        service,
        operation,
        faults: service.faults(&operation_name, name),
        checks,
        activities: activities as u32,
    };

    let flow_login = login(checks(builder, fanout.jobs.max(1)), workflows);
    builder.program(flow_block, |program| {
        if fanout.login == Login::PerWorkflow {
            flow_login.write(program);
        }
        let mut from = 0;
        for wave in 0..fanout.waves {
            let count = fanout.jobs / fanout.waves + u32::from(wave < fanout.jobs % fanout.waves);
            program.fork(Fork {
                block: job_block,
                from,
                count,
                spread: fanout.launch_spread,
                join: JoinRule::All,
                wanted: match fanout.login {
                    // These jobs are there with their workflow and wait for its login.
                    Login::PerWorkflow if wave == 0 => Wanted::SpreadFromParent,
                    _ => Wanted::OnceLaunched,
                },
                retry: NONE,
                cancel_after: NONE,
            });
            from += count;
        }
    });

    let job_login = login(on_runner(builder, 1), jobs);
    let spin_up = builder.duration(fanout.spin_up.clone());
    let duration = builder.duration(fanout.duration.clone());
    let job = |program: &mut PlanBuilder| {
        if let Some(rule) = runners {
            program.step(Step::Take { rule });
        }
        program.step(Step::Wait {
            duration: spin_up,
            draw: SPIN_UP,
        });
        match (login_block, fanout.login) {
            (Some(block), _) => program.fork(Fork {
                block,
                from: 0,
                count: forked,
                spread: Span::ZERO,
                join: JoinRule::All,
                wanted: Wanted::OnceLaunched,
                retry: NONE,
                cancel_after: NONE,
            }),
            (None, Login::PerImage) => {
                for _ in 0..fanout.images {
                    job_login.write(program);
                }
            }
            (None, Login::PerJob) => job_login.write(program),
            (None, Login::PerHost) => match tokens {
                Some(cell) => {
                    let skip = program.step(Step::IfCached { cell, to: NONE });
                    job_login.write(program);
                    program.step(Step::Fill { cell });
                    program.land(skip);
                }
                None => job_login.write(program),
            },
            (None, Login::PerWorkflow | Login::Anonymous) => {}
        }
        program.step(Step::Started);
        program.step(Step::Wait {
            duration,
            draw: DURATION,
        });
        if let Some(rule) = runners {
            program.step(Step::Give { rule });
        }
    };
    builder.program(job_block, |program| {
        if fanout.rerun.times == 0 {
            return job(program);
        }
        let delay = Strategy::Fixed {
            delay: fanout.rerun.delay,
        };
        let rerun = LoopSpec {
            name: "rerun",
            policy: RetryPolicy::new(delay, fanout.rerun.times + 1),
            give_up: GiveUp::Propagate,
            client: None,
            measured: false,
            whatever_failed: true,
        };
        program.retry(rerun, job);
    });

    if let Some(block) = login_block {
        let login = login(on_runner(builder, forked), logins);
        builder.program(block, |program| login.write(program));
    }
}

fn login_operation(
    path: &str,
    fanout: &CiFanout,
    service: &Resolved,
    problems: &mut Problems,
) -> Option<String> {
    if let Some(operation) = &fanout.operation {
        let path = format!("{path}.operation");
        return service
            .check_operation(operation, &path, problems)
            .then(|| operation.value.clone());
    }
    if let Some(operation) = service.login() {
        return Some(operation);
    }
    if fanout.login == Login::Anonymous {
        return Some("login".to_owned());
    }
    let Placed { place, .. } = fanout.requests.service;
    let hint = match service.counts_pulls() {
        true => ASK_PULLS,
        false => "write operation: with the name of the operation that a login calls",
    };
    problems.push(
        place,
        &format!("{path}.operation"),
        format!(
            "which operation of {} is a login is not known",
            service.name
        ),
        Some(hint.to_owned()),
    );
    None
}

/// What to write where pulls count and logins do not.
const ASK_PULLS: &str = "to ask for what counts there, write `kind: image-pulls` with the images that \
                         jobs pull";

/// Refuses a fan-out that asks nothing of any limit where there are limits for pulls: it would hold,
/// whatever its load.
fn refuse_unasked(
    path: &str,
    name: &str,
    fanout: &CiFanout,
    service: &Resolved,
    operation: &str,
    problems: &mut Problems,
) -> bool {
    // Without a login nothing can be had of a registry that wants one for each pull: what jobs
    // need then comes from elsewhere.
    let goes_elsewhere = service.auth() == Some(Auth::Basic);
    let (key, place, who) = match fanout.login {
        Login::Anonymous if goes_elsewhere => return false,
        Login::Anonymous => ("login", None, "nobody logs in here".to_owned()),
        _ if service.counts(operation) || service.preset_counts(operation) => return false,
        _ if !service.faults(operation, name).is_empty() => return false,
        _ => (
            "service",
            fanout.requests.service.place,
            format!("no limit of {} counts logins", service.name),
        ),
    };
    if !service.counts_pulls() {
        return false;
    }
    let message = format!(
        "jobs of `ci-fanout` do not pull, they log in, and {who}: what counts at {} are pulls",
        service.name
    );
    problems.push(
        place,
        &format!("{path}.{key}"),
        message,
        Some(ASK_PULLS.to_owned()),
    );
    true
}

/// The program of one login.
struct LoginSite<'a> {
    fanout: &'a CiFanout,
    service: &'a Resolved,
    operation: u32,
    faults: Vec<FaultPlan>,
    checks: Vec<Check>,
    /// How many activities log in, each by a process of its own.
    activities: u32,
}

impl LoginSite<'_> {
    fn write(&self, program: &mut PlanBuilder) {
        let policy = self.fanout.requests.retry.policy.clone();
        let client = policy.keeps_client_state().then(|| ClientRule {
            rule: KeyRule::Place {
                base: program.clients(self.activities),
                divisor: 1,
                modulus: self.activities,
            },
            per_call: true,
            shared: false,
        });
        let sdk = LoopSpec {
            name: "sdk",
            policy,
            give_up: GiveUp::Propagate,
            client,
            measured: true,
            whatever_failed: false,
        };
        program.retry(sdk, |program| {
            program.send(SiteSpec {
                operation: self.operation,
                checks: self.checks.clone(),
                faults: self.faults.clone(),
                latency: self.service.latency(),
                service: Service::Plain,
                background: false,
            });
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::compile::compile;
    use crate::engine::simulate;
    use crate::record::Nothing;
    use crate::replicate::prepare;
    use crate::scenario::Document;
    use crate::units::Span;

    /// Lifetimes of the token caches, or what is wrong.
    fn lifetimes(service: &str, more: &str) -> Result<Vec<Span>, String> {
        let text = format!(
            "pullstorm: 1\nname: x\nservices: {{hub: {{latency: 1ms, {service}}}}}\nworkloads: \
             {{ci: {{kind: ci-fanout, service: hub, jobs: 4, runners: 2, login: per-host{more}}}}}\n"
        );
        let document = Document::parse("x", text.as_bytes()).unwrap();
        match compile(document.scenario(), "today") {
            Ok(plan) => Ok(plan
                .caches
                .iter()
                .filter_map(|cache| cache.lifetime)
                .collect()),
            Err(problems) => Err(problems[0].message.clone()),
        }
    }

    #[test]
    fn a_machine_keeps_a_login_as_long_as_a_token_of_the_service_is_good() {
        let hours = |hours: u64| Ok(vec![Span::from_secs(hours * 3600)]);
        assert_eq!(lifetimes("preset: aws-ecr@2018-01", ""), hours(12));
        let shorter = ", token_lifetime: 6h";
        assert_eq!(lifetimes("preset: aws-ecr@2018-01", shorter), hours(6));
    }

    #[test]
    fn a_fan_out_says_that_its_pulls_are_another_workload_where_they_count() {
        let says = |preset: &str| {
            let text = format!(
                "pullstorm: 1\nname: x\nservices: {{hub: {{preset: {preset}}}}}\nworkloads: {{ci: {{kind: \
                 ci-fanout, service: hub, jobs: 2, login: per-job}}}}\n"
            );
            let document = Document::parse("x", text.as_bytes()).unwrap();
            let plan = compile(document.scenario(), "today").unwrap();
            plan.stated
                .iter()
                .any(|it| it.text.contains("kind: image-pulls"))
        };
        assert!(says("docker-hub-free@2026-11"));
        assert!(!says("aws-ecr@2018-01"), "it limits logins alone");
    }

    #[test]
    fn what_nobody_says_of_a_token_is_asked_for() {
        let own = "limiters: {l: {bucket: {burst: 9, refill: 1/s}}}";
        let more = ", operation: login";
        let question = "how long a login to hub is good is not known";
        assert_eq!(lifetimes(own, more), Err(question.to_owned()));
        let told = ", operation: login, token_lifetime: 1h";
        assert_eq!(lifetimes(own, told), Ok(vec![Span::from_secs(3600)]));
    }

    #[test]
    fn logins_one_after_another_start_a_job_when_the_last_has_its_answer() {
        let started = |logins: &str| {
            let text = format!(
                "pullstorm: 1\nname: x\nservices: {{hub: {{latency: 1s, limiters: {{l: {{bucket: \
                 {{burst: 9, refill: 9/s}}}}}}}}}}\nworkloads: {{ci: {{kind: ci-fanout, service: hub, \
                 operation: login, jobs: 1, images: 3, login: per-image, logins: {logins}}}}}\n"
            );
            let document = Document::parse("x", text.as_bytes()).unwrap();
            let plan = compile(document.scenario(), "today").unwrap();
            let outcome = simulate(&plan, 1, 0, Nothing).0;
            let finished = outcome.workloads[0].finished_after.unwrap();
            (
                finished.as_secs_f64(),
                outcome.totals.limiters[0][0].admitted,
            )
        };
        assert_eq!(started("sequential"), (3.0, 3));
        assert_eq!(started("parallel"), (1.0, 3));
    }

    /// By key, how many attempts a limiter by host let through and refused.
    fn by_host(workload: &str) -> Vec<(u64, u64)> {
        let text = format!(
            "pullstorm: 1
name: hosts
services:
  registry:
    latency: 0s
    limiters: {{logins: {{bucket: {{burst: 2, refill: 1/d}}, scope: host}}}}
workloads:
  ci: {{kind: ci-fanout, service: registry, operation: login, {workload}}}
"
        );
        let document = Document::parse("x", text.as_bytes()).unwrap_or_else(|it| panic!("{it}"));
        let plan = compile(document.scenario(), "today").unwrap_or_else(|it| panic!("{it:?}"));
        let outcome = simulate(&plan, 1, 0, Nothing).0;
        assert_eq!(outcome.cut_off, None);
        let keys = outcome.totals.limiters[0].iter();
        keys.map(|key| (key.admitted, key.throttled)).collect()
    }

    /// A workflow of one job every ten seconds, and two machines: the one used last is used again.
    const ONE_AFTER_ANOTHER: &str = "workflows: 4, begin: {every: 10s}, jobs: 1, runners: 2, \
                                     spin_up: 0s, duration: 1s";

    #[test]
    fn a_job_is_counted_on_the_machine_it_runs_on() {
        let jobs = format!("{ONE_AFTER_ANOTHER}, login: per-job");
        assert_eq!(by_host(&jobs), [(2, 2), (0, 0)]);
    }

    #[test]
    fn launch_spread_is_no_start_delay_whoever_logs_in() {
        let longest = |login: &str, spread: &str| {
            let text = format!(
                "pullstorm: 1\nname: x\nservices: {{hub: {{latency: 1s, limiters: {{l: {{bucket: \
                 {{burst: 99, refill: 9/s}}}}}}}}}}\nworkloads: {{ci: {{kind: ci-fanout, service: hub, \
                 operation: login, jobs: 32, launch_spread: {spread}, login: {login}}}}}\n"
            );
            let document = Document::parse("x", text.as_bytes()).unwrap();
            let plan = compile(document.scenario(), "today").unwrap();
            let outcome = simulate(&plan, 1, 0, Nothing).0;
            let [_, jobs, ..] = &outcome.totals.blocks[..] else {
                panic!("no jobs of {login}");
            };
            assert_eq!((jobs.wanted, jobs.start_delay.len()), (32, 32), "{login}");
            (jobs.start_delay.max(), outcome.workloads[0].finished_after)
        };
        // Nothing is throttled: a job waits for the one round trip of a login, however many are
        // launched when.
        for login in ["per-workflow", "per-host", "per-job", "per-image"] {
            let (at_once, spread) = (longest(login, "0s"), longest(login, "1min"));
            assert_eq!(spread.0, at_once.0, "{login}");
            assert!(spread.1 > at_once.1, "{login}");
        }
    }

    #[test]
    fn logins_beside_each_other_are_counted_on_the_machine_of_their_job() {
        let jobs = format!("{ONE_AFTER_ANOTHER}, login: per-image, images: 3, logins: parallel");
        assert_eq!(by_host(&jobs), [(2, 10), (0, 0)]);
    }

    #[test]
    fn a_failed_job_is_run_again_after_the_delay_up_to_so_many_times() {
        // A job that logs in while the registry is down for 90 s: jobs finished, logins sent, and
        // when it started.
        let again = |rerun: &str| {
            let text = format!(
                "pullstorm: 1
name: again
services:
  hub: {{latency: 0s, limiters: {{l: {{bucket: {{burst: 9, refill: 9/s}}}}}}, faults: {{out: {{answer: {{status: 503}}, until: 90s}}}}}}
workloads:
  ci: {{kind: ci-fanout, service: hub, operation: login, jobs: 1, images: 1, login: per-job, retry: none, spin_up: 0s, duration: 1s{rerun}}}
"
            );
            let document =
                Document::parse("x", text.as_bytes()).unwrap_or_else(|it| panic!("{it}"));
            let prepared = prepare(&document, &[]).unwrap_or_else(|it| panic!("{it}"));
            let plan = &prepared[0].plan;
            let (mut outcome, _) = simulate(plan, 1, 0, Nothing);
            let metrics = &prepared[0].metrics;
            let values = metrics.values(plan, &mut outcome);
            let of = |name: &str| metrics.find(name).and_then(|index| values[index]);
            [
                of("ci.jobs.finished"),
                of("ci.logins.attempts"),
                of("ci.jobs.start_delay.max"),
            ]
        };
        let never = Some(f64::INFINITY);
        assert_eq!(again(""), [Some(0.0), Some(1.0), never]);
        let times = |times: u32, delay: &str| {
            again(&format!(", rerun: {{times: {times}, delay: {delay}}}"))
        };
        assert_eq!(times(1, "1min"), [Some(0.0), Some(2.0), never]);
        // At 0, 60 and 120 s; a third re-run is not needed.
        assert_eq!(times(2, "1min"), [Some(1.0), Some(3.0), Some(120.0)]);
        assert_eq!(times(3, "1min"), [Some(1.0), Some(3.0), Some(120.0)]);
        assert_eq!(times(3, "91s"), [Some(1.0), Some(2.0), Some(91.0)]);
    }
}
