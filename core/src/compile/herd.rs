//! Hosts that one trigger sets off together.
//!
//! ```text
//! host   clock, splay, then as a caller of operations or a pull
//! ```

use super::problem::Problems;
use super::{ENTITIES_MAX, World, api_callers, image_pulls};
use crate::plan::PlanBuilder;
use crate::scenario::model::{
    ApiCallers, Arrivals, Cron, Errand, Fault, Herd, HerdArrivals, ImagePulls, Scenario, Trigger,
};
use crate::units::Span;

pub(super) fn compile(
    path: &str,
    name: &str,
    herd: &Herd,
    world: World<'_>,
    builder: &mut PlanBuilder,
    problems: &mut Problems,
) {
    let Some(instants) = instants(path, herd, world.scenario, problems) else {
        return;
    };
    let arrivals = Arrivals::Herd(HerdArrivals {
        instants,
        hosts: herd.hosts,
        splay: herd.splay.clone(),
        fixed_splay: herd.fixed_splay,
        skew: herd.skew,
    });
    match &herd.errand {
        Errand::Calls(callers) => {
            let callers = ApiCallers {
                callers: arrivals,
                ..callers.clone()
            };
            api_callers::compile(path, name, &callers, world.services, builder, problems);
        }
        Errand::Pulls(pulls) => {
            let pulls = ImagePulls {
                pulls: arrivals,
                hosts: Some(herd.hosts),
                ..pulls.clone()
            };
            image_pulls::compile(path, name, &pulls, world, builder, problems);
        }
    }
}

/// When all hosts are set off.
fn instants(
    path: &str,
    herd: &Herd,
    scenario: &Scenario,
    problems: &mut Problems,
) -> Option<Vec<Span>> {
    let (at, rounds) = (&herd.at, &herd.rounds);
    if rounds.value > 1 && !matches!(at.value, Trigger::Schedule(_)) {
        let message = "`rounds` goes with a schedule only";
        let hint = "write a schedule (`at: hourly`), or all times: `at: [0s, 1h]`".to_owned();
        problems.push(rounds.place, &format!("{path}.rounds"), message, Some(hint));
        return None;
    }
    let found = match &at.value {
        Trigger::At(times) => Ok(times.clone()),
        Trigger::Schedule(cron) => scheduled(cron, herd, scenario),
        Trigger::FaultBegins(name) => fault(name, scenario).map(|fault| vec![fault.from]),
        Trigger::FaultEnds(name) => fault(name, scenario).and_then(|fault| match fault.until {
            Some(until) => Ok(vec![until]),
            None => Err((
                format!("the fault `{name}` never ends"),
                format!(
                    "give it an end: `services.{}.until`",
                    name.replacen('.', ".faults.", 1)
                ),
            )),
        }),
    };
    found
        .map_err(|(message, hint)| {
            problems.push(at.place, &format!("{path}.at"), message, Some(hint));
        })
        .ok()
}

/// What is wrong, and what to write instead.
type Refusal = (String, String);

/// The instants of a schedule that lie within the run, as many as there are rounds.
fn scheduled(cron: &Cron, herd: &Herd, scenario: &Scenario) -> Result<Vec<Span>, Refusal> {
    let Some(start) = scenario.start_unix_nanos else {
        return Err((
            "a schedule needs the date and time of scenario time 0".to_owned(),
            "add `start: 2026-11-20T02:55:00Z` to the scenario, or write a time: `at: 5min`"
                .to_owned(),
        ));
    };
    // More would be refused anyway, for their entities.
    let rounds_max = ENTITIES_MAX / u64::from(herd.hosts) + 1;
    let rounds = u64::from(herd.rounds.value).min(rounds_max);
    let instants: Vec<Span> = cron
        .from(start)
        .map(|instant| Span::from_nanos(instant - start))
        .take_while(|instant| *instant < scenario.horizon)
        .take(rounds as usize)
        .collect();
    if instants.is_empty() {
        return Err((
            format!(
                "the schedule has no instant within {} of `start`",
                scenario.horizon
            ),
            "write an earlier or later `start`, or a longer `horizon`".to_owned(),
        ));
    }
    if (instants.len() as u64) < rounds {
        let within = instants.len();
        return Err((
            format!(
                "{within} of {} rounds of the schedule begin within {} of `start`",
                herd.rounds.value, scenario.horizon
            ),
            format!("write `rounds: {within}`, or a longer `horizon`"),
        ));
    }
    Ok(instants)
}

/// The fault `SERVICE.FAULT`.
fn fault<'s>(name: &str, scenario: &'s Scenario) -> Result<&'s Fault, Refusal> {
    let all = || {
        scenario.services.iter().flat_map(|service| {
            let faults = &service.value.faults;
            faults
                .iter()
                .map(move |fault| (format!("{}.{}", service.name, fault.name), fault))
        })
    };
    if let Some((_, found)) = all().find(|(known, _)| known == name) {
        return Ok(&found.value);
    }
    let known: Vec<String> = all().map(|(name, _)| name).collect();
    let hint = match known.is_empty() {
        true => "no service has faults; a service has them under `faults`".to_owned(),
        false => format!("faults here: {}", known.join(", ")),
    };
    Err((format!("there is no fault `{name}`"), hint))
}

#[cfg(test)]
mod tests {
    use crate::compile::compile;
    use crate::engine::simulate;
    use crate::limiter::{Decision, Limiter};
    use crate::record::{Attempt, Recorder};
    use crate::scenario::Document;
    use crate::units::Time;

    /// When which host asked.
    #[derive(Default)]
    struct Asked(Vec<(u32, Time)>);

    impl Recorder for Asked {
        fn decided(&mut self, attempt: &Attempt, _: Decision, _: &Limiter) {
            self.0.push((attempt.key, attempt.at));
        }
    }

    fn written(herd: &str) -> Document {
        let text = format!(
            "pullstorm: 1\nname: x\nstart: 2026-11-20T02:50:00Z\nservices:\n  api:\n    latency: \
             0s\n    limiters: {{calls: {{bucket: {{burst: 10, refill: 1/s}}, scope: host}}}}\n    \
             faults: {{down: {{answer: {{status: 503}}, from: 7min, until: 9min}}, ill: {{answer: \
             {{status: 503}}, chance: 0%}}}}\nworkloads:\n  fleet: {{kind: herd, service: api, calls: \
             [Ask], {herd}}}\n"
        );
        Document::parse("x", text.as_bytes()).unwrap_or_else(|problems| panic!("{problems}"))
    }

    /// Key and second of each request, in order of time.
    fn asked(herd: &str) -> Vec<(u32, f64)> {
        let plan = compile(written(herd).scenario(), "today").unwrap();
        let mut asked = simulate(&plan, 1, 0, Asked::default()).1.0;
        asked.sort_by_key(|(key, at)| (*at, *key));
        let seconds = |(key, at): (u32, Time)| (key, at.as_secs_f64());
        asked.into_iter().map(seconds).collect()
    }

    fn refused(herd: &str) -> String {
        let found = compile(written(herd).scenario(), "today").unwrap_err();
        format!("{}: {}", found[0].path, found[0].message)
    }

    #[test]
    fn cron_sets_all_hosts_off_at_the_full_hour_and_again_an_hour_later() {
        let (first, second) = (600.0, 4_200.0);
        assert_eq!(
            asked("hosts: 2, at: hourly, rounds: 2"),
            [(0, first), (1, first), (0, second), (1, second)],
            "time 0 is ten minutes before the hour, and a host is the same host each time"
        );
        assert_eq!(asked("hosts: 1, at: {cron: '55 2 * * *'}"), [(0, 300.0)]);
        assert_eq!(asked("hosts: 1, at: [5s, 1min]"), [(0, 5.0), (0, 60.0)]);
    }

    #[test]
    fn hosts_come_when_a_fault_begins_or_ends() {
        assert_eq!(
            asked("hosts: 1, at: {fault_begins: api.down}"),
            [(0, 420.0)]
        );
        assert_eq!(asked("hosts: 1, at: {fault_ends: api.down}"), [(0, 540.0)]);
    }

    #[test]
    fn splay_spreads_hosts_anew_each_time_unless_it_is_fixed() {
        let herd = |rest: &str| {
            let herd = "hosts: 400, at: hourly, rounds: 2, splay: {uniform: [0s, 10min]}";
            let mut delays = vec![[0.0; 2]; 400];
            for (host, at) in asked(&format!("{herd}{rest}")) {
                let round = usize::from(at >= 4_200.0);
                delays[host as usize][round] = at - [600.0, 4_200.0][round];
            }
            delays
        };
        let drawn = herd("");
        let mean = drawn.iter().map(|delays| delays[0]).sum::<f64>() / 400.0;
        // The standard error of the mean of 400 delays of up to 600 s is 8.7 s.
        assert!((265.0..335.0).contains(&mean), "{mean}");
        assert!(
            drawn
                .iter()
                .all(|[first, second]| (first - second).abs() > 1e-6)
        );
        let kept = herd(", fixed_splay: true");
        assert!(
            kept.iter()
                .all(|[first, second]| (first - second).abs() < 1e-6)
        );
    }

    #[test]
    fn clocks_are_off_either_way_by_as_much_as_is_said_and_the_same_each_time() {
        let times = asked("hosts: 200, at: hourly, rounds: 2, skew: 2s");
        let of_first: Vec<f64> = times[..200].iter().map(|(_, at)| at - 600.0).collect();
        assert!(of_first.iter().all(|off| off.abs() <= 2.0));
        assert!(of_first.iter().any(|off| *off > 1.5) && of_first.iter().any(|off| *off < -1.5));
        for ((host, first), (later, second)) in times[..200].iter().zip(&times[200..]) {
            assert_eq!(host, later);
            assert!((second - first - 3_600.0).abs() < 1e-6);
        }
    }

    #[test]
    fn triggers_that_never_come_are_refused() {
        assert_eq!(
            refused("hosts: 1, at: {fault_ends: api.ill}"),
            "workloads.fleet.at: the fault `api.ill` never ends"
        );
        assert_eq!(
            refused("hosts: 1, at: {fault_begins: ecs.down}"),
            "workloads.fleet.at: there is no fault `ecs.down`"
        );
        assert_eq!(
            refused("hosts: 1, at: {cron: '0 0 1 6 *'}"),
            "workloads.fleet.at: the schedule has no instant within 1d of `start`"
        );
        assert_eq!(
            refused("hosts: 1, at: 5min, rounds: 2"),
            "workloads.fleet.rounds: `rounds` goes with a schedule only"
        );
        assert!(
            refused("hosts: 1, at: hourly, rounds: 30").contains("24 of 30 rounds of the schedule")
        );
        assert!(refused("hosts: 4000000, at: minutely, rounds: 9").contains("entities"));
    }

    #[test]
    fn a_schedule_without_a_date_is_refused() {
        let document = written("hosts: 1, at: hourly")
            .set("start", "null")
            .unwrap();
        let found = compile(document.scenario(), "today").unwrap_err();
        assert!(found[0].message.contains("date and time"), "{found:?}");
    }
}
