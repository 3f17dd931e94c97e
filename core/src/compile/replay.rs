//! Arrivals as somebody recorded them.
//!
//! ```text
//! arrival   to its operation: sdk loop { send };  or as a pull
//! ```

use super::clients;
use super::keys::{self, Hosts};
use super::problem::Problems;
use super::service::{Resolved, Services};
use super::{World, fits, image_pulls};
use crate::plan::{
    Assumption, Basis, BlockRole, BlockSpec, GiveUp, LoopSpec, NONE, PlanBuilder, Service,
    SiteSpec, Start, Step,
};
use crate::random::Distribution;
use crate::recording::{Arrival, Recording};
use crate::scenario::model::{
    Arrivals, Client, HerdArrivals, ImagePulls, Place, Placed, Replay, ReplayedArrival, Requests,
    Scenario,
};
use crate::units::Span;

pub(super) fn compile(
    path: &str,
    name: &str,
    replay: &Replay,
    world: World<'_>,
    builder: &mut PlanBuilder,
    problems: &mut Problems,
) {
    let choice = &replay.recording.value;
    let Some(recording) = choice.content.as_deref() else {
        let file = choice.file.as_deref().unwrap_or_default();
        let hint = "only the command line reads files; elsewhere write the recording into the \
                    scenario: `recording: {inline: ...}`";
        problems.push(
            replay.recording.place,
            &format!("{path}.recording"),
            format!("the recording `{file}` has not been read"),
            Some(hint.to_owned()),
        );
        return;
    };
    let Some(first) = first(path, replay, recording, world.scenario, problems) else {
        return;
    };
    let count = (recording.arrivals.len() as u64).saturating_mul(u64::from(replay.copies));
    if !fits(count, path, builder, problems) {
        return;
    }
    let spread = replay.spread.unwrap_or(recording.resolution);
    if !spread.is_zero() && replay.spread.is_none() {
        let text = format!(
            "times of the recording of `{name}` are whole multiples of {spread}: each arrival is \
             drawn within its own"
        );
        state(builder, text);
    }
    if recording.throttled > 0 {
        let text = format!(
            "{} of {} arrivals of `{name}` were throttled (429) when they were recorded: what their \
             clients sent again is among the arrivals",
            recording.throttled,
            recording.arrivals.len()
        );
        state(builder, text);
    }
    let timed = Timed {
        first,
        replay,
        spread,
    };
    match &replay.arrival {
        ReplayedArrival::Pull(pulls) => {
            if choice.columns.key.is_some() {
                let hint = "say on how many hosts pulls happen in turn: `hosts: 4`";
                problems.push(
                    replay.recording.place,
                    &format!("{path}.recording.key"),
                    "`key` goes with calls only",
                    Some(hint.to_owned()),
                );
                return;
            }
            let sources = Sources {
                path,
                name,
                place: replay.recording.place,
                stated: choice.event_source.as_ref(),
                known: None,
            };
            let Some(arrivals) = sources.arrivals(recording, builder, problems) else {
                return;
            };
            let pulls = ImagePulls {
                pulls: timed.arrivals(arrivals.iter()),
                ..pulls.clone()
            };
            image_pulls::compile(path, name, &pulls, world, builder, problems);
        }
        ReplayedArrival::Call {
            requests,
            operation,
            client,
        } => {
            let calls = Calls {
                path,
                name,
                place: replay.recording.place,
                requests,
                operation: operation.as_ref(),
                client: *client,
                keyed: choice.columns.key.is_some() || !recording.keys.is_empty(),
                event_source: choice.event_source.as_ref(),
            };
            calls.compile(timed, recording, world.services, builder, problems);
        }
    }
}

/// When the first arrival comes.
fn first(
    path: &str,
    replay: &Replay,
    recording: &Recording,
    scenario: &Scenario,
    problems: &mut Problems,
) -> Option<Span> {
    let dates = recording.first_unix_nanos.zip(scenario.start_unix_nanos);
    let told = match (replay.from, dates) {
        (Some(from), _) => Some(from),
        (None, None) => Some(Span::ZERO),
        (None, Some((first, start))) => first.checked_sub(start).map(Span::from_nanos),
    };
    let comes = |arrival: &Arrival| {
        let after = scaled(arrival.after, replay.speed);
        told.map(|first| first.saturating_add(after))
    };
    // Those in time are followed by those that are late.
    let in_time = |arrival: &Arrival| comes(arrival).is_some_and(|at| at < scenario.horizon);
    let Some(wrong) = recording.arrivals.iter().find(|it| !in_time(it)) else {
        return told;
    };
    let line = wrong.line;
    let message = match comes(wrong) {
        None => format!(
            "the arrival in line {line} of the recording comes before `start`, the time 0 of the \
             scenario"
        ),
        Some(at) => format!(
            "the arrival in line {line} of the recording comes at {at}, and runs are cut off at \
             `horizon`, {}",
            scenario.horizon
        ),
    };
    let hint = "set `start` to the date of its first arrival, say when that comes (`from: 0s`), or \
                choose a longer `horizon`";
    let path = format!("{path}.recording");
    problems.push(
        replay.recording.place,
        &path,
        message,
        Some(hint.to_owned()),
    );
    None
}

fn scaled(span: Span, speed: f64) -> Span {
    if speed == 1.0 {
        return span;
    }
    Span::from_secs_f64(span.as_secs_f64() / speed)
}

fn state(builder: &mut PlanBuilder, text: String) {
    let basis = Basis::Default;
    builder.plan().stated.push(Assumption { text, basis });
}

/// When arrivals come.
#[derive(Copy, Clone)]
struct Timed<'a> {
    first: Span,
    replay: &'a Replay,
    spread: Span,
}

impl Timed<'_> {
    /// Each of these, as often as there are copies of it.
    fn arrivals<'r>(&self, recorded: impl Iterator<Item = &'r Arrival>) -> Arrivals {
        let at = |arrival: &Arrival| self.first + scaled(arrival.after, self.replay.speed);
        let copies = self.replay.copies as usize;
        let instants = recorded.flat_map(|it| std::iter::repeat_n(at(it), copies));
        let splay = match self.spread {
            Span::ZERO => Distribution::Constant(Span::ZERO),
            spread => Distribution::Uniform {
                low: Span::ZERO,
                high: spread - Span::from_nanos(1),
            },
        };
        Arrivals::Herd(HerdArrivals {
            instants: instants.collect(),
            hosts: 1,
            splay,
            fixed_splay: false,
            skew: Span::ZERO,
        })
    }
}

/// Recorded arrivals that are calls.
struct Calls<'a> {
    path: &'a str,
    name: &'a str,
    place: Option<Place>,
    requests: &'a Requests,
    operation: Option<&'a Placed<String>>,
    client: Client,
    keyed: bool,
    event_source: Option<&'a Placed<String>>,
}

impl Calls<'_> {
    fn compile(
        &self,
        timed: Timed<'_>,
        recording: &Recording,
        services: &Services,
        builder: &mut PlanBuilder,
        problems: &mut Problems,
    ) {
        let Some(service) = services.find(&self.requests.service, self.path, problems) else {
            return;
        };
        let Some((operations, mut arrivals)) =
            self.operations(recording, service, builder, problems)
        else {
            return;
        };
        // Those of one operation stand side by side, so that a program can tell them apart.
        arrivals.sort_by_key(|(operation, _)| *operation);
        let copies = timed.replay.copies;
        let count = arrivals.len() as u32 * copies;
        builder.workload(self.name, "calls", false);
        let block = builder.block(BlockSpec {
            name: "arrivals",
            role: BlockRole::Unit,
            count,
            start: Start::Arrivals(timed.arrivals(arrivals.iter().map(|(_, arrival)| arrival))),
            starts_when_done: true,
        });
        let hosts = self.keyed.then(|| {
            // Who is not told is somebody else.
            let unknown = recording.keys.len() as u32;
            let host = |(_, arrival): &(usize, Arrival)| arrival.key.unwrap_or(unknown);
            let each = arrivals
                .iter()
                .flat_map(|it| std::iter::repeat_n(host(it), copies as usize));
            each.collect::<Vec<u32>>()
        });
        let host_count = match &hosts {
            Some(_) => recording.keys.len() as u32 + 1,
            None => count,
        };
        let policy = &self.requests.retry.policy;
        let client = clients::rule(policy, self.client, count, builder);
        let sites: Vec<_> = operations
            .iter()
            .map(|operation| {
                let spread = Hosts {
                    neighbours: 1,
                    count: host_count,
                };
                let identity = &self.requests.identity;
                let mut checks = service.checks(operation, self.name, identity, spread, builder);
                if let Some(hosts) = &hosts {
                    for check in &mut checks {
                        check.key = keys::by_list(builder, check.key, hosts);
                    }
                }
                (operation, checks)
            })
            .collect();
        builder.program(block, |program| {
            let mut below = 0;
            let mut places = Vec::new();
            for operation in 0..sites.len() - 1 {
                below += arrivals.iter().filter(|(of, _)| *of == operation).count() as u32 * copies;
                places.push(program.step(Step::IfPlace {
                    each: count,
                    below,
                    to: NONE,
                }));
            }
            // The last operation follows at once, the others where their jumps land.
            let mut ends = Vec::new();
            for (place, (operation, checks)) in sites.iter().enumerate().rev() {
                if let Some(jump) = places.get(place) {
                    ends.push(program.step(Step::Jump { to: NONE }));
                    program.land(*jump);
                }
                let sdk = LoopSpec {
                    name: "sdk",
                    policy: self.requests.retry.policy.clone(),
                    give_up: GiveUp::Propagate,
                    client,
                    measured: true,
                    whatever_failed: false,
                };
                let index = program.operation(&service.name, operation);
                program.retry(sdk, |program| {
                    program.send(SiteSpec {
                        operation: index,
                        checks: checks.clone(),
                        faults: service.faults(operation, self.name),
                        latency: service.latency(),
                        service: Service::Plain,
                        background: false,
                    });
                });
            }
            for end in ends {
                program.land(end);
            }
        });
    }

    /// The operations that are called, and the arrivals with theirs. Arrivals of what the service
    /// does not have are left out, and the plan says so.
    #[allow(clippy::type_complexity)]
    fn operations(
        &self,
        recording: &Recording,
        service: &Resolved,
        builder: &mut PlanBuilder,
        problems: &mut Problems,
    ) -> Option<(Vec<String>, Vec<(usize, Arrival)>)> {
        let sources = Sources {
            path: self.path,
            name: self.name,
            place: self.place,
            stated: self.event_source,
            known: match self.operation {
                // Whoever says what each arrival calls means each.
                Some(_) => None,
                None => service
                    .known()
                    .and_then(|known| known.event_source.as_deref()),
            },
        };
        let recorded = sources.arrivals(recording, builder, problems)?;
        if let Some(operation) = self.operation {
            let path = format!("{}.operation", self.path);
            if !service.check_operation(operation, &path, problems) {
                return None;
            }
            let all = recorded.into_iter().map(|arrival| (0, arrival));
            return Some((vec![operation.value.clone()], all.collect()));
        }
        let mut operations: Vec<String> = Vec::new();
        // What each name of the recording is here, into `operations`.
        let known: Vec<Option<usize>> = recording
            .operations
            .iter()
            .map(|name| {
                let operation = service.recorded(name)?;
                let place = operations.iter().position(|known| *known == operation);
                Some(place.unwrap_or_else(|| {
                    operations.push(operation);
                    operations.len() - 1
                }))
            })
            .collect();
        let of = |arrival: &Arrival| known[arrival.operation? as usize];
        let arrivals: Vec<(usize, Arrival)> = recorded
            .iter()
            .filter_map(|arrival| Some((of(arrival)?, *arrival)))
            .collect();
        let left_out = recorded.len() - arrivals.len();
        let names = left_out_names(recording, &recorded, &known);
        if arrivals.is_empty() {
            let message = match recording.operations.is_empty() {
                true => "the recording does not tell operations".to_owned(),
                false => format!(
                    "{} has none of the recorded operations: {names}",
                    service.name
                ),
            };
            let hint = "say what each arrival calls: `operation: GetAuthorizationToken`";
            problems.push(
                self.requests.service.place,
                &format!("{}.recording", self.path),
                message,
                Some(hint.to_owned()),
            );
            return None;
        }
        if left_out > 0 {
            let text = format!(
                "{left_out} of {} recorded arrivals of `{}` are left out, for {} does not \
                 have or count what they call: {names}",
                recorded.len(),
                self.name,
                service.name
            );
            state(builder, text);
        }
        Some((operations, arrivals))
    }
}

/// Names of operations of recorded arrivals that the service does not have, the first few of them.
fn left_out_names(recording: &Recording, recorded: &[Arrival], known: &[Option<usize>]) -> String {
    const SHOWN_MAX: usize = 5;
    let mut called = vec![false; known.len()];
    for arrival in recorded {
        if let Some(operation) = arrival.operation {
            called[operation as usize] = true;
        }
    }
    let names = recording.operations.iter().zip(known.iter().zip(called));
    let names = names.filter(|(_, (known, called))| known.is_none() && *called);
    let names: Vec<&str> = names.map(|(name, _)| name.as_str()).collect();
    let mut shown: Vec<&str> = names.iter().copied().take(SHOWN_MAX).collect();
    if recorded.iter().any(|arrival| arrival.operation.is_none()) {
        shown.push("no operation at all");
    }
    if names.len() > SHOWN_MAX {
        shown.push("...");
    }
    shown.join(", ")
}

/// Whose calls of a recording count: names of operations do not say whose they are, and that of a
/// login has two more services.
struct Sources<'a> {
    path: &'a str,
    name: &'a str,
    /// Where the recording stands.
    place: Option<Place>,
    /// Whose the scenario says.
    stated: Option<&'a Placed<String>>,
    /// Whose those of the service are that is called, where that is known.
    known: Option<&'a str>,
}

impl Sources<'_> {
    /// The arrivals that count; the plan says how many do not. Without a source that is stated or
    /// known, and of a recording that tells none, all do.
    fn arrivals(
        &self,
        recording: &Recording,
        builder: &mut PlanBuilder,
        problems: &mut Problems,
    ) -> Option<Vec<Arrival>> {
        let stated = self.stated.map(|it| it.value.as_str());
        let wanted = match (stated, recording.sources.is_empty()) {
            (None, true) => None,
            (stated, _) => stated.or(self.known),
        };
        let Some(wanted) = wanted else {
            if !recording.sources.is_empty() {
                self.state_source(&recording.sources, recording, builder);
            }
            return Some(recording.arrivals.clone());
        };
        let is_wanted = |source: u32| {
            let source = &recording.sources[source as usize];
            source.eq_ignore_ascii_case(wanted)
        };
        let all = recording.arrivals.iter();
        // Who does not tell may be meant, unless somebody says whom.
        let counts = |it: &&Arrival| it.source.map_or(stated.is_none(), is_wanted);
        let counted: Vec<Arrival> = all.filter(counts).copied().collect();
        let others = recording.sources.iter();
        let others = others.filter(|source| !source.eq_ignore_ascii_case(wanted));
        let others: Vec<String> = others.cloned().collect();
        if counted.is_empty() {
            let whose = match others.is_empty() {
                true => "does not tell whose calls it has (`eventSource`)".to_owned(),
                false => format!("has those of {}", listed(&others)),
            };
            let message = format!("no recorded call is of {wanted}: the recording {whose}");
            let of_recording = format!("{}.recording", self.path);
            let (place, path, hint) = match self.stated {
                Some(stated) => (
                    stated.place,
                    format!("{of_recording}.event_source"),
                    "name one that is there, or leave `event_source` out; with `operation`, calls of all \
                     sources are taken for that one",
                ),
                None => (
                    self.place,
                    of_recording,
                    "say whose calls count (`event_source: ...`), or what each arrival calls \
                     (`operation: ...`)",
                ),
            };
            problems.push(place, &path, message, Some(hint.to_owned()));
            return None;
        }
        let left_out = recording.arrivals.len() - counted.len();
        if left_out > 0 {
            let text = format!(
                "{left_out} of {} recorded arrivals of `{}` are left out, for they are no calls of \
                 {wanted}: {}",
                recording.arrivals.len(),
                self.name,
                match others.is_empty() {
                    true => "they do not tell whose they are".to_owned(),
                    false => listed(&others),
                },
            );
            state(builder, text);
        }
        self.state_source(&[wanted.to_owned()], recording, builder);
        Some(counted)
    }

    /// Whose calls are taken, and where they were made.
    fn state_source(&self, sources: &[String], recording: &Recording, builder: &mut PlanBuilder) {
        // Regions are those of the whole recording.
        let others = recording.sources.iter();
        let mut others =
            others.filter(|it| !sources.iter().any(|own| own.eq_ignore_ascii_case(it)));
        let place = match others.next().is_some() || recording.regions.is_empty() {
            true => String::new(),
            false => format!(" in {}", listed(&recording.regions)),
        };
        let text = format!(
            "arrivals of `{}` are recorded calls of {}{place}",
            self.name,
            listed(sources),
        );
        state(builder, text);
    }
}

/// The first few names, and how many more there are.
fn listed(names: &[String]) -> String {
    const SHOWN_MAX: usize = 3;
    let shown: Vec<&str> = names.iter().take(SHOWN_MAX).map(String::as_str).collect();
    match names.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use crate::compile::compile;
    use crate::engine::simulate;
    use crate::limiter::{Decision, Limiter};
    use crate::plan::Plan;
    use crate::record::{Attempt, Recorder, Request};
    use crate::scenario::Document;
    use crate::units::Time;

    /// When who sent what, and under which key it was counted.
    struct Asked<'p> {
        plan: &'p Plan,
        /// The operation that each activity sent last.
        sent: Vec<String>,
        found: Vec<(Time, String, String)>,
    }

    impl Recorder for Asked<'_> {
        fn sent(&mut self, request: &Request) {
            let site = &self.plan.sites[request.site as usize];
            let operation = &self.plan.operations[site.operation as usize].name;
            self.sent[request.activity as usize].clone_from(operation);
        }

        fn decided(&mut self, attempt: &Attempt, _: Decision, _: &Limiter) {
            let key = &self.plan.limiters[attempt.limiter as usize].keys[attempt.key as usize];
            let operation = self.sent[attempt.activity as usize].clone();
            self.found.push((attempt.at, operation, key.clone()));
        }
    }

    fn written(replay: &str, recording: &str) -> Document {
        let recording = recording.replace('\n', "\n        ");
        let text = format!(
            "pullstorm: 1\nname: x\nstart: 2026-11-18T09:00:00Z\nservices:\n  api: {{latency: 0s, \
             limiters: {{calls: {{bucket: {{burst: 10, refill: 1/s}}, scope: host}}}}}}\n  ecs: \
             {{preset: aws-ecs, latency: 0s}}\nimages:\n  app: {{registry: api, layers: 1, size: \
             1MB}}\nworkloads:\n  log:\n    kind: replay\n    {replay}\n    recording:\n      inline: \
             |\n        {recording}\n"
        );
        Document::parse("x", text.as_bytes()).unwrap_or_else(|problems| panic!("{problems}"))
    }

    #[test]
    fn requests_of_one_address_in_an_access_log_are_those_of_one_host() {
        let line = |client: &str, second: u32| {
            format!(
                "{client} - - [18/Nov/2026:09:00:0{second} +0000] \"GET /v2/app/manifests/1 \
                 HTTP/1.1\" 429 87 \"-\" \"containerd/2.1.3\"\n"
            )
        };
        let log = line("192.0.2.1", 1) + &line("192.0.2.2", 1) + &line("192.0.2.1", 2);
        let document = written("service: api\n    spread: 0s", &log);
        let found = asked(&document);
        let keys: Vec<&str> = found.iter().map(|(_, _, key)| key.as_str()).collect();
        assert!(keys[0] != keys[1] && keys[0] == keys[2], "{keys:?}");
        assert!(
            found
                .iter()
                .all(|(_, operation, _)| operation == "manifest")
        );
        let plan = compile(document.scenario(), "today").unwrap();
        let stated = plan.stated.iter();
        let mut stated =
            stated.filter(|it| it.text.contains("3 of 3 arrivals of `log` were throttled"));
        assert!(stated.next().is_some());
    }

    /// Second, operation and key of each request.
    fn asked(document: &Document) -> Vec<(f64, String, String)> {
        let plan = compile(document.scenario(), "today").unwrap_or_else(|it| panic!("{it:?}"));
        let recorder = Asked {
            plan: &plan,
            sent: vec![String::new(); plan.activities() as usize],
            found: Vec::new(),
        };
        let mut asked = simulate(&plan, 1, 0, recorder).1.found;
        asked.sort();
        let seconds =
            |(at, operation, key): (Time, String, String)| (at.as_secs_f64(), operation, key);
        asked.into_iter().map(seconds).collect()
    }

    fn seconds(document: &Document) -> Vec<f64> {
        asked(document).into_iter().map(|(at, ..)| at).collect()
    }

    fn refused(document: &Document) -> String {
        let found = compile(document.scenario(), "today").unwrap_err();
        format!("{}: {}", found[0].path, found[0].message)
    }

    #[test]
    fn each_arrival_calls_its_own_operation_at_its_own_time() {
        let log = "t,op\n0.5,Get\n0.75,Put\n1.5,Get\n2.25,List";
        let found = asked(&written("service: api", log));
        let operations: Vec<(f64, &str)> = found
            .iter()
            .map(|(at, operation, _)| (*at, operation.as_str()))
            .collect();
        assert_eq!(
            operations,
            [(0.0, "Get"), (0.25, "Put"), (1.0, "Get"), (1.75, "List")]
        );
    }

    #[test]
    fn copies_double_the_load_and_speed_shortens_it() {
        let log = "t\n0.5\n4.5";
        let replay = |more: &str| {
            seconds(&written(
                &format!("service: api\n    operation: Get{more}"),
                log,
            ))
        };
        assert_eq!(replay(""), [0.0, 4.0]);
        assert_eq!(replay("\n    copies: 2"), [0.0, 0.0, 4.0, 4.0]);
        assert_eq!(replay("\n    speed: 2\n    from: 10s"), [10.0, 12.0]);
    }

    #[test]
    fn dates_are_those_of_the_scenario_and_seconds_are_drawn_from() {
        let log = "time\n2026-11-18T09:00:05Z\n2026-11-18T09:00:07Z";
        let at = seconds(&written("service: api\n    operation: Get", log));
        assert!(
            (5.0..6.0).contains(&at[0]) && (7.0..8.0).contains(&at[1]),
            "{at:?}"
        );
        assert!(at[0].fract() > 1e-6, "drawn within its second");
        let worst = seconds(&written(
            "service: api\n    operation: Get\n    spread: 0s",
            log,
        ));
        assert_eq!(worst, [5.0, 7.0]);
        let other_date = written("service: api\n    operation: Get", log)
            .set("start", "2026-11-19T00:00:00Z")
            .unwrap();
        assert_eq!(
            refused(&other_date),
            "workloads.log.recording: the arrival in line 2 of the recording comes before `start`, \
             the time 0 of the scenario"
        );
        let short = written("service: api\n    operation: Get", log).set("horizon", "6s");
        assert_eq!(
            refused(&short.unwrap()),
            "workloads.log.recording: the arrival in line 3 of the recording comes at 7s, and runs are \
             cut off at `horizon`, 6s"
        );
        let at_once = other_date.set("workloads.log.from", "1min").unwrap();
        assert!((60.0..61.0).contains(&seconds(&at_once)[0]));
    }

    #[test]
    fn who_asked_is_one_host_however_often() {
        let log = "t,op,ip\n0.5,Get,b\n1.5,Get,a\n2.5,Put,b\n3.25,Put,";
        let mut document = written("service: api", log);
        let hosts = |document: &Document| -> Vec<String> {
            asked(document).into_iter().map(|(.., key)| key).collect()
        };
        let mut own = hosts(&document);
        own.dedup();
        assert_eq!(own.len(), 4, "without a key each is a host of its own");
        let text = document
            .text()
            .replace("      inline:", "      key: ip\n      inline:");
        document = Document::parse("x", text.as_bytes()).unwrap();
        assert_eq!(
            hosts(&document),
            ["log host 1", "log host 2", "log host 1", "log host 3"]
        );
    }

    #[test]
    fn what_the_service_does_not_have_is_left_out_and_said() {
        let log = "time,eventName\n1,DescribeTasks\n2,ListImages\n3,DescribeTasks";
        let document = written("service: ecs", log);
        let plan = compile(document.scenario(), "today").unwrap();
        assert_eq!(asked(&document).len(), 2);
        let stated: Vec<&str> = plan.stated.iter().map(|it| it.text.as_str()).collect();
        assert!(
            stated
                .iter()
                .any(|it| it.starts_with("1 of 3 recorded") && it.ends_with("ListImages")),
            "{stated:?}"
        );
        let none = written("service: ecs", "time,eventName\n1,ListImages");
        assert!(refused(&none).ends_with("none of the recorded operations: ListImages"));
        let untold = written("service: ecs", "time\n1");
        assert!(refused(&untold).ends_with("does not tell operations"));
    }

    /// What the plan of a document says of what is recorded.
    fn stated(document: &Document) -> String {
        let plan = compile(document.scenario(), "today").unwrap_or_else(|it| panic!("{it:?}"));
        let texts = plan.stated.iter().map(|it| it.text.as_str());
        texts.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn calls_of_another_service_by_the_same_name_are_not_calls_of_this_one() {
        let log = "eventTime,eventName,eventSource\n1,ListClusters,ecs.amazonaws.com\n\
                   2,ListClusters,eks.amazonaws.com\n3,ListClusters,kafka.amazonaws.com\n\
                   4,ListClusters,";
        let known = written("service: ecs", log);
        assert_eq!(asked(&known).len(), 2, "its own, and who does not tell");
        let said = stated(&known);
        assert!(
            said.contains(
                "2 of 4 recorded arrivals of `log` are left out, for they are no calls of \
                 ecs.amazonaws.com: eks.amazonaws.com, kafka.amazonaws.com"
            ),
            "{said}"
        );
        let of = |source: &str, document: &Document| {
            let stated = format!("    recording:\n      event_source: {source}");
            let text = document.text().replace("    recording:", &stated);
            Document::parse("x", text.as_bytes()).unwrap()
        };
        let other = of("eks.amazonaws.com", &written("service: api", log));
        assert_eq!(asked(&other).len(), 1, "none but those that are stated");
        let nobody = of("sts.amazonaws.com", &known);
        assert_eq!(
            refused(&nobody),
            "workloads.log.recording.event_source: no recorded call is of sts.amazonaws.com: the \
             recording has those of ecs.amazonaws.com, eks.amazonaws.com, kafka.amazonaws.com"
        );
        // Nobody wrote whose calls count: the recording is what is wrong.
        let elsewhere = "eventTime,eventName,eventSource\n2,ListClusters,eks.amazonaws.com";
        assert_eq!(
            refused(&written("service: ecs", elsewhere)),
            "workloads.log.recording: no recorded call is of ecs.amazonaws.com: the recording has \
             those of eks.amazonaws.com"
        );
        let all = written("service: ecs\n    operation: ListServices", log);
        assert_eq!(
            asked(&all).len(),
            4,
            "whoever says what each calls means each"
        );
    }

    #[test]
    fn a_region_is_told_where_all_calls_of_the_recording_count() {
        let head =
            "eventTime,eventName,eventSource,awsRegion\n1,ListClusters,ecs.amazonaws.com,eu-west-1";
        let own = "arrivals of `log` are recorded calls of ecs.amazonaws.com";
        let said = stated(&written("service: ecs", head));
        assert!(said.contains(&format!("{own} in eu-west-1")), "{said}");
        let both = format!("{head}\n2,ListClusters,eks.amazonaws.com,us-east-1");
        let said = stated(&written("service: ecs", &both));
        assert!(said.contains(own) && !said.contains("-1"), "{said}");
    }

    #[test]
    fn arrivals_can_be_pulls() {
        let pull = "pull: {client: docker-classic, images: app, auth: none}\n    hosts: 1";
        let document = written(pull, "t\n0.5\n9.5");
        // ping, look-up, manifest, config and layer; then ping and look-up of what is there.
        let at = seconds(&document);
        assert_eq!(at.iter().filter(|at| **at < 9.0).count(), 5, "{at:?}");
        assert_eq!(at.iter().filter(|at| **at >= 9.0).count(), 2, "{at:?}");
    }

    #[test]
    fn a_file_that_nobody_has_read_is_refused_and_one_that_was_read_counts() {
        let text = "pullstorm: 1\nname: x\nservices: {api: {limiters: {l: {bucket: {burst: 1, refill: \
                    1/s}}}}}\nworkloads: {log: {kind: replay, service: api, recording: \
                    log.csv}}\nvariants: {other: {set: {workloads.log.recording: other.csv}}}\n";
        let document = Document::parse("x", text.as_bytes()).unwrap();
        assert_eq!(
            refused(&document),
            "workloads.log.recording: the recording `log.csv` has not been read"
        );
        let unread = document.fingerprint("today");
        let files = |name: &str| match name {
            "log.csv" => Ok(b"t,op\n1,a\n2,b\n".to_vec()),
            _ => Err("there is no such file".to_owned()),
        };
        let problems = document.clone().with_files(files).unwrap_err().to_string();
        assert!(
            problems.contains("cannot read `other.csv`: there is no such file"),
            "{problems}"
        );
        let both = |_: &str| Ok(b"t,op\n1,a\n2,b\n".to_vec());
        let document = document.with_files(both).unwrap();
        assert_eq!(asked(&document).len(), 2);
        assert_ne!(
            document.fingerprint("today"),
            unread,
            "a recording is part of what is simulated"
        );
        let twice = document.set("workloads.log.copies", "2").unwrap();
        assert_eq!(asked(&twice).len(), 4, "files stay when something is set");
        let broken = |_: &str| Ok(b"t,op\n1,a\nsoon,b\n".to_vec());
        let document = Document::parse("x", text.as_bytes()).unwrap();
        let said = document.with_files(broken).unwrap_err().to_string();
        assert!(said.contains("--> log.csv:3:1"), "{said}");
    }
}
