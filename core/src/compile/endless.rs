//! Loops without end: a client that sends again and again at one instant, or so soon that a run
//! would be nothing else.

use super::problem::Problems;
use super::swarm_service;
use crate::plan::EVENTS_MAX;
use crate::random::Distribution;
use crate::retry::{Budget, Class, RetryPolicy};
use crate::scenario::model::{
    ApiCallers, CiFanout, Errand, Fails, Herd, Named, Requests, RetryChoice, Scenario,
    SwarmService, Workload,
};
use crate::units::Span;

const CLASSES: [Class; 3] = [Class::Throttling, Class::Transient, Class::Timeout];

/// So many attempts at one instant are no client's intention.
const ATTEMPTS_AT_ONCE_MAX: u64 = 10_000;

/// Refuses a restart loop that is looked at for a shorter time than another workload that pulls from the
/// same registry: it would end there without a word, and the other would seem to recover.
pub(super) fn refuse_unwatched(scenario: &Scenario, problems: &mut Problems) {
    for named in &scenario.workloads {
        let Workload::SwarmService(swarm) = &named.value else {
            continue;
        };
        let own = swarm.watched.until;
        if !restarts_for_ever(swarm) {
            continue;
        }
        let beside = scenario.workloads.iter().filter_map(|other| {
            let until = other.value.watched()?.until;
            (until > own && ask_one_service(scenario, &named.value, &other.value))
                .then_some((until, &other.name))
        });
        let Some((until, last)) = beside.max() else {
            continue;
        };
        let name = &named.name;
        problems.push(
            None,
            &format!("workloads.{name}.until"),
            format!(
                "`{name}` fails for ever and is looked at until {own}, when its restarts would end, and \
                 `{last}` until {until}"
            ),
            Some(format!(
                "write `until: {until}`, or `removed: {own}` if somebody removes it then"
            )),
        );
    }
}

/// Whether tasks fail and are started again until nobody looks any more.
fn restarts_for_ever(swarm: &SwarmService) -> bool {
    let own = swarm.watched.until;
    let ended = [swarm.repaired, swarm.removed];
    let ends = ended.into_iter().flatten().any(|at| at <= own);
    let policy = swarm_service::policy(swarm);
    let allowed = match policy.budget {
        Budget::None => true,
        // However fast tasks fail, a window never has more restarts than delays fit into it.
        Budget::Restarts { most, window } => {
            let fastest = swarm.restart.delay.as_nanos().saturating_mul(most.into());
            fastest >= window.as_nanos()
        }
        _ => false,
    };
    let unlimited = policy.attempts_max == RetryPolicy::UNLIMITED && allowed;
    swarm.fails != Fails::Never && !ends && unlimited
}

/// Whether two workloads pull from one service.
fn ask_one_service(scenario: &Scenario, a: &Workload, b: &Workload) -> bool {
    let asks = |workload: &Workload, service: &str| {
        let section = workload.moving().map(|it| &it.section);
        section.is_some_and(|it| it.asks(scenario, service))
    };
    let mut services = scenario.services.iter().map(|it| it.name.as_str());
    services.any(|service| asks(a, service) && asks(b, service))
}

/// Refuses a workload whose calls and retries never let time pass.
pub(super) fn refuse(named: &Named<Workload>, scenario: &Scenario, problems: &mut Problems) {
    if let Workload::ImagePushes(pushing) = &named.value {
        // A push takes no time where the registry takes none.
        return refuse_sleepless(&pushing.retry, &named.name, problems);
    }
    // Clients that pull bring policies that end.
    let Some(Requests { service, retry, .. }) = named.value.requests() else {
        return;
    };
    let instant = scenario
        .services
        .iter()
        .filter(|known| known.name == service.value)
        .all(|known| takes_no_time(&known.value.latency));
    if !instant {
        return;
    }
    let attempts = attempts_at_once(&retry.policy);
    if attempts > ATTEMPTS_AT_ONCE_MAX {
        return refuse_sleepless(retry, &named.name, problems);
    }
    let (who, calls) = match &named.value {
        Workload::CiFanout(fanout) => ("job", logins_at_once(fanout)),
        Workload::ApiCallers(callers) => ("caller", calls_at_once(callers)),
        Workload::Herd(Herd {
            errand: Errand::Calls(callers),
            ..
        }) => ("host", calls_at_once(callers)),
        // What pulls send is bounded by their images.
        _ => return,
    };
    let requests = calls.saturating_mul(attempts);
    if requests > ATTEMPTS_AT_ONCE_MAX {
        problems.push(
            None,
            &format!("workloads.{}", named.name),
            format!(
                "each {who} sends {requests} requests at one instant, for no time passes between \
                 them"
            ),
            Some(
                "give the service a latency, put time between the calls, or lower their number"
                    .into(),
            ),
        );
    }
}

/// Refuses a loop that alone, around a single call or job, can take more events than a run has,
/// even if it sleeps each time as long as it can. Loops that are shorter are cut off by the run.
pub(super) fn refuse_dense(named: &Named<Workload>, scenario: &Scenario, problems: &mut Problems) {
    let Some(Requests { service, retry, .. }) = named.value.requests() else {
        return;
    };
    let mut services = scenario.services.iter();
    let known = services.find(|known| known.name == service.value);
    let Some(latency) = known.and_then(|known| known.value.latency.longest()) else {
        return;
    };
    let policy = &retry.policy;
    if let Some(sleep) = sleep_longest(policy) {
        let attempts = passes(policy.attempts_max, latency + sleep, scenario.horizon);
        if attempts > EVENTS_MAX {
            let path = format!("workloads.{}.retry", named.name);
            let message = format!(
                "each call can be tried {attempts} times in {}, {} after an attempt at the \
                 latest; a run has {EVENTS_MAX} events at most",
                scenario.horizon,
                latency + sleep
            );
            let hint = "sleep longer, set fewer attempts, or a shorter horizon";
            problems.push(retry.place, &path, message, Some(hint.into()));
            return;
        }
    }
    let Workload::CiFanout(fanout) = &named.value else {
        return;
    };
    let asleep = CLASSES.map(|class| policy.span_max(class, None));
    let longest = |spans: [Option<Span>; 3]| spans.into_iter().collect::<Option<Vec<_>>>();
    let (Some(asleep), Some(spin_up)) = (longest(asleep), fanout.spin_up.longest()) else {
        return;
    };
    let asleep = asleep.into_iter().max().unwrap_or(Span::ZERO);
    let sent = Span::from_nanos(
        latency
            .as_nanos()
            .saturating_mul(u64::from(policy.attempts_max)),
    );
    let period = fanout.rerun.delay + spin_up + sent + asleep;
    let reruns = passes(fanout.rerun.times, period, scenario.horizon);
    let requests = reruns.saturating_mul(u64::from(fanout.images));
    if requests > EVENTS_MAX {
        let path = format!("workloads.{}.rerun", named.name);
        let message = format!(
            "each job can be run again {} in {}, with {requests} logins; a run has \
             {EVENTS_MAX} events at most",
            if reruns == 1 {
                "once".to_owned()
            } else {
                format!("{reruns} times")
            },
            scenario.horizon
        );
        let hint = "give the rerun a delay, or lower its times";
        problems.push(None, &path, message, Some(hint.into()));
    }
}

/// How often something happens that takes `period` each time, at most `times` times.
fn passes(times: u32, period: Span, horizon: Span) -> u64 {
    let fit = horizon.as_nanos().checked_div(period.as_nanos());
    fit.unwrap_or(u64::MAX).min(u64::from(times))
}

/// What a policy sleeps on average before a retry if it sleeps as long as it can; `None` if that is
/// not known beforehand or something else ends its retries.
fn sleep_longest(policy: &RetryPolicy) -> Option<Span> {
    const RETRIES: u32 = 10_000;
    if policy.budget != Budget::None {
        return None;
    }
    let mut many = policy.clone();
    many.attempts_max = RETRIES + 1;
    let spans = CLASSES.map(|class| many.span_max(class, None));
    let longest = spans
        .into_iter()
        .collect::<Option<Vec<Span>>>()?
        .into_iter()
        .max()?;
    Some(Span::from_nanos(longest.as_nanos() / u64::from(RETRIES)))
}

fn refuse_sleepless(retry: &RetryChoice, workload: &str, problems: &mut Problems) {
    if attempts_at_once(&retry.policy) <= ATTEMPTS_AT_ONCE_MAX {
        return;
    }
    problems.push(
        retry.place,
        &format!("workloads.{workload}.retry"),
        format!(
            "{} and no time passes between them, so this loop would never end",
            retry.policy.describe()
        ),
        Some("give the policy a sleep, the service a latency, or set fewer attempts".into()),
    );
}

/// How often a call is tried while no time passes.
fn attempts_at_once(policy: &RetryPolicy) -> u64 {
    match sleepless(policy) {
        true => u64::from(policy.attempts_max),
        false => 1,
    }
}

/// The most logins of one job between which no time passes.
fn logins_at_once(fanout: &CiFanout) -> u64 {
    let reruns = match fanout.rerun.delay.is_zero() && takes_no_time(&fanout.spin_up) {
        true => u64::from(fanout.rerun.times) + 1,
        false => 1,
    };
    u64::from(fanout.images).saturating_mul(reruns)
}

/// The most calls of one caller between which no time passes.
fn calls_at_once(callers: &ApiCallers) -> u64 {
    let per_round: u64 = callers
        .calls
        .iter()
        .map(|call| u64::from(call.value.1))
        .sum();
    let at_once = match takes_no_time(&callers.think) {
        true => per_round,
        false => 1,
    };
    // Between rounds only the pause lies; the thinking comes before later calls of a round.
    let rounds = match takes_no_time(&callers.pause) && at_once == per_round {
        true => u64::from(callers.rounds),
        false => 1,
    };
    let polls = callers.poll.as_ref().map_or(0, |poll| {
        let times = if takes_no_time(&poll.every) {
            poll.times
        } else {
            1
        };
        poll.calls.len() as u64 * u64::from(times)
    });
    at_once.saturating_mul(rounds).saturating_add(polls)
}

fn takes_no_time(distribution: &Distribution) -> bool {
    distribution.longest() == Some(Span::ZERO)
}

/// Whether no error of any kind makes the policy sleep.
fn sleepless(policy: &RetryPolicy) -> bool {
    let mut once = policy.clone();
    once.attempts_max = 100;
    CLASSES
        .into_iter()
        .all(|class| once.span_max(class, None) == Some(Span::ZERO))
}

#[cfg(test)]
mod tests {
    use crate::compile::compile;
    use crate::scenario::Document;

    fn problems(latency: &str, delay: &str) -> Vec<String> {
        let text = format!(
            "pullstorm: 1\nname: x\nservices: {{a: {{latency: {latency}, limiters: {{b: {{bucket: \
             {{burst: 1, refill: 1/h}}}}}}}}}}\nworkloads: {{c: {{kind: api-callers, service: a, \
             callers: 2, calls: [d], retry: {{strategy: fixed, delay: {delay}, attempts: \
             100000}}}}}}\n"
        );
        let document = Document::parse("x", text.as_bytes()).unwrap();
        compile(document.scenario(), "today")
            .err()
            .unwrap_or_default()
            .into_iter()
            .map(|problem| problem.message)
            .collect()
    }

    fn refused(workload: &str) -> bool {
        let text = format!(
            "pullstorm: 1\nname: x\nservices: {{a: {{latency: 0s, limiters: {{b: {{bucket: \
             {{burst: 1, refill: 1/h}}}}}}}}}}\nworkloads: {{c: {{service: a, {workload}}}}}\n"
        );
        let document = Document::parse("x", text.as_bytes()).unwrap_or_else(|it| panic!("{it}"));
        let found = compile(document.scenario(), "today")
            .err()
            .unwrap_or_default();
        found
            .iter()
            .any(|problem| problem.message.contains("at one instant"))
    }

    #[test]
    fn calls_between_which_no_time_passes_are_refused_and_calls_with_time_between_are_not() {
        let callers = |rest: &str| refused(&format!("kind: api-callers, {rest}"));
        assert!(callers("calls: [d], rounds: 1000000000"));
        assert!(!callers("calls: [d], rounds: 1000000, pause: 1s"));
        assert!(callers("calls: {d: 100, e: 100}, rounds: 100"));
        assert!(!callers("calls: {d: 100, e: 100}, rounds: 100, think: 1s"));
        assert!(callers("calls: {d: 20000}"));
        assert!(callers(
            "calls: {d: 200}, retry: {strategy: fixed, delay: 0s, attempts: 90}"
        ));
        assert!(!callers(
            "calls: {d: 200}, retry: {strategy: fixed, delay: 1s, attempts: 90}"
        ));
        let polls = "calls: [d], poll: {times: 1000000, calls: [e], every:";
        assert!(callers(&format!("{polls} 0s}}")));
        assert!(!callers(&format!("{polls} 1s}}")));
        let jobs = "kind: ci-fanout, operation: d, jobs: 1, images: 200, rerun: {times: 90, delay:";
        assert!(refused(&format!("{jobs} 0s}}")));
        assert!(!refused(&format!("{jobs} 1s}}")));
    }

    #[test]
    fn a_script_that_pushes_again_and_again_at_once_is_refused() {
        let pushes = |delay: &str| {
            let text = format!(
                "pullstorm: 1\nname: x\nservices: {{a: {{latency: 0s, limiters: {{b: {{bucket: {{burst: \
                 1, refill: 1/h}}}}}}}}}}\nimages: {{i: {{registry: a, \
                 layers: 1}}}}\nworkloads: {{c: {{kind: image-pushes, push: {{client: docker-classic, \
                 auth: none, images: i}}, retry: {{strategy: fixed, delay: {delay}, attempts: \
                 100000}}}}}}\n"
            );
            let document =
                Document::parse("x", text.as_bytes()).unwrap_or_else(|it| panic!("{it}"));
            compile(document.scenario(), "today").is_err()
        };
        assert!(pushes("0s"));
        assert!(!pushes("1s"));
    }

    /// What is said of 64 jobs of six images, with `retry` and `rerun` as they are written.
    fn fan_out(latency: &str, retry: &str, rerun: &str) -> String {
        let text = format!(
            "pullstorm: 1\nname: x\nservices: {{a: {{latency: {latency}, limiters: {{b: {{bucket: \
             {{burst: 200, refill: 4/s}}}}}}}}}}\nworkloads: {{c: {{kind: ci-fanout, service: a, \
             operation: d, jobs: 64, images: 6, retry: {retry}, rerun: {rerun}}}}}\n"
        );
        let document = Document::parse("x", text.as_bytes()).unwrap_or_else(|it| panic!("{it}"));
        let found = compile(document.scenario(), "today")
            .err()
            .unwrap_or_default();
        found.into_iter().map(|problem| problem.message).collect()
    }

    #[test]
    fn a_call_that_can_be_tried_more_often_than_a_run_has_events_is_refused() {
        let fixed = |delay: &str, attempts: u32| {
            let retry = format!("{{strategy: fixed, delay: {delay}, attempts: {attempts}}}");
            fan_out("0s", &retry, "{times: 0, delay: 1s}")
        };
        let said = fixed("1us", 4_000_000_000);
        assert!(
            said.starts_with("each call can be tried 4000000000 times in 1d"),
            "{said}"
        );
        assert_eq!(fixed("1us", 1_000_000), "");
        assert_eq!(fixed("10ms", 4_000_000_000), "");
        let jitter = "{strategy: full-jitter, base: 100ms, cap: 20s, attempts: 4000000000}";
        assert_eq!(fan_out("0s", jitter, "{times: 0, delay: 1s}"), "");
    }

    #[test]
    fn a_job_that_can_run_again_more_often_than_a_run_has_events_is_refused() {
        let rerun = |latency: &str, delay: &str| {
            fan_out(
                latency,
                "none",
                &format!("{{times: 4000000000, delay: {delay}}}"),
            )
        };
        assert!(rerun("0s", "0s").contains("at one instant"));
        assert!(rerun("0s", "1us").contains("run again 4000000000 times in 1d"));
        assert!(rerun("1us", "0s").contains("run again"));
        assert_eq!(rerun("60ms", "0s"), "");
        assert_eq!(rerun("0s", "1s"), "");
    }

    #[test]
    fn a_loop_in_which_no_time_passes_is_refused() {
        assert!(problems("0s", "0s")[0].contains("would never end"));
        assert!(problems("0s", "1s").is_empty());
        assert!(problems("1ms", "0s").is_empty());
    }
}
