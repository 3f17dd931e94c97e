//! Seed and run decide what happens, and nothing else does: not the calendar, not who watches, not
//! how often the engine comes back, not the thread, not what else there is in the scenario.

use pullstorm_core::engine::calendar::{Calendar, DefaultCalendar, Heap, Wheel};
use pullstorm_core::engine::{Progress, Simulation, simulate};
use pullstorm_core::outcome::{Digest, Outcome};
use pullstorm_core::plan::{Plan, storm};
use pullstorm_core::random::Keys;
use pullstorm_core::record::{self, Line, LineKind, Nothing, Pass, Recorder, Request, Story};
use pullstorm_core::replicate::prepare;
use pullstorm_core::retry::{ClientState, Growth, RetryPolicy, Strategy, Verdict};
use pullstorm_core::scenario::Document;
use pullstorm_core::scenarios::BUILT_IN;
use pullstorm_core::units::{Span, Time};
use pullstorm_tests::incident::{incident, variant, variants, with};
use pullstorm_tests::parallel;
use std::collections::BTreeMap;

const SEED: u64 = 7;

fn document(text: &str) -> Document {
    Document::parse("test.yaml", text.as_bytes()).unwrap_or_else(|problems| panic!("{problems}"))
}

/// The plans of all built-in scenarios, of a storm and of the busy scenario of this file.
fn plans() -> Vec<Plan> {
    let growth = Growth::new(Span::from_millis(100), Span::from_secs(20));
    let policy = RetryPolicy::new(Strategy::FullJitter(growth), 8);
    let mut documents: Vec<Document> = BUILT_IN.iter().map(|one| incident(one.name)).collect();
    documents.push(busy(&[CI, DEPLOYS]));
    let variants = documents.iter().flat_map(variants);
    let plans = variants.map(|prepared| prepared.plan);
    plans.chain([storm(400, policy)]).collect()
}

fn outcome<R: Recorder, C: Calendar>(plan: &Plan, recorder: R, budget: u64) -> Outcome {
    let mut simulation: Simulation<'_, Keys, R, C> =
        Simulation::new(plan, Keys::new(SEED, 3), recorder);
    while simulation.advance(budget) == Progress::Running {}
    simulation.finish().0
}

/// Everything that an outcome says, not only what its digest covers.
fn told(outcome: &Outcome) -> String {
    format!("{outcome:?}")
}

#[test]
fn calendar_budget_and_recorders_change_nothing() {
    for plan in plans() {
        let name = format!("{} {}", plan.scenario, plan.variant);
        let first = told(&outcome::<_, DefaultCalendar>(&plan, Nothing, u64::MAX));
        let others = [
            (
                "again",
                outcome::<_, DefaultCalendar>(&plan, Nothing, u64::MAX),
            ),
            ("a heap", outcome::<_, Heap>(&plan, Nothing, u64::MAX)),
            (
                "a wheel, event by event",
                outcome::<_, Wheel>(&plan, Nothing, 1),
            ),
            (
                "a heap, 17 events at a time",
                outcome::<_, Heap>(&plan, Nothing, 17),
            ),
            (
                "with series",
                outcome::<_, DefaultCalendar>(&plan, record::series(&plan), u64::MAX),
            ),
            (
                "with a story that is full soon",
                outcome::<_, DefaultCalendar>(&plan, Story::new(10), 1_000),
            ),
            (
                "with both",
                outcome::<_, Heap>(&plan, (Story::new(1_000_000), record::series(&plan)), 3),
            ),
        ];
        for (how, other) in others {
            assert!(told(&other) == first, "{name} differs: {how}");
        }
    }
}

#[test]
fn order_and_threads_of_runs_change_nothing() {
    let plans = plans();
    let runs: Vec<(usize, u64)> = (0..plans.len())
        .flat_map(|plan| (0..6).map(move |run| (plan, run)))
        .collect();
    let digest = |(plan, run): &(usize, u64)| simulate(&plans[*plan], SEED, *run, Nothing).0.digest;
    let one_by_one: Vec<Digest> = runs.iter().map(digest).collect();
    for threads in [1, 8] {
        assert_eq!(
            parallel::map_on(threads, &runs, digest),
            one_by_one,
            "{threads} threads"
        );
    }
    let mut backward: Vec<Digest> = runs.iter().rev().map(digest).collect();
    backward.reverse();
    assert_eq!(backward, one_by_one);
}

#[test]
fn another_seed_and_another_run_are_another_world() {
    let plan = &variant(&busy(&[CI, DEPLOYS]), "today").plan;
    let mut digests: Vec<Digest> = [(1, 0), (1, 1), (2, 0), (2, 1)]
        .map(|(seed, run)| simulate(plan, seed, run, Nothing).0.digest)
        .to_vec();
    digests.sort();
    digests.dedup();
    assert_eq!(digests.len(), 4);
}

/// Everything that can be drawn is: arrivals, spread, messages, work, jitter, failures, order.
const CI: &str = "
  ci:
    kind: ci-fanout
    service: registry
    operation: login
    begin: {rate: 6/min, lasting: 3min}
    jobs: 5
    images: 2
    login: per-image
    launch_spread: 5s
    spin_up: {uniform: [1s, 9s]}
    duration: {exponential: 2min}
    retry: {strategy: full-jitter, base: 500ms, cap: 20s, attempts: 20}
    rerun: {times: 2, delay: 30s}
";

const DEPLOYS: &str = "
  deploys:
    kind: api-callers
    service: cloud
    callers: 6
    begin: {every: 3s}
    calls: {Update: 3, Describe: 2}
    rounds: 2
    think: {exponential: 1s}
    pause: {lognormal: {median: 5s, sigma: 1}}
    on_failure: continue
    client: shared
    retry: aws-standard-2.1
";

fn busy(workloads: &[&str]) -> Document {
    let services = "pullstorm: 1
name: busy
services:
  registry:
    latency: {abs-normal: {mean: 80ms, deviation: 30ms}}
    limiters:
      logins: {bucket: {burst: 5, refill: 1/s}, operations: [login], background: 12/min}
    faults: {bad: {answer: {status: 503}, chance: 5%}}
  cloud:
    latency: 60ms
    limiters:
      calls:
        bucket: {burst: 3, refill: 1/s}
        operations: [Update, Describe]
        status: 400
        code: ThrottlingException
workloads:
";
    document(&format!("{services}{}", workloads.concat()))
}

/// What happened to each entity of a workload: block and place, then what and when.
fn lives(
    document: &Document,
    workload: &str,
) -> BTreeMap<(String, u32), Vec<(Time, &'static str)>> {
    let plan = &variant(document, "today").plan;
    let mut lives: BTreeMap<_, Vec<_>> = BTreeMap::new();
    let (outcome, story) = simulate(plan, SEED, 0, Story::new(usize::MAX));
    assert_eq!(outcome.cut_off, None);
    for line in story.finish().0 {
        let block = plan.block_of(line.activity);
        if plan.workloads[block.workload as usize].name == workload {
            let entity = (block.name.clone(), line.activity - block.first);
            lives
                .entry(entity)
                .or_default()
                .push((line.at, word(line.kind)));
        }
    }
    lives
}

fn word(kind: LineKind) -> &'static str {
    match kind {
        LineKind::Wanted => "wanted",
        LineKind::Waits { .. } => "waits",
        LineKind::Took { .. } => "took",
        LineKind::Admitted { .. } => "admitted",
        LineKind::Throttled { .. } => "throttled",
        LineKind::Fault { .. } => "fault",
        LineKind::Sleeps { .. } => "sleeps",
        LineKind::GaveUp { .. } => "gave up",
        LineKind::Started => "started",
        LineKind::Done => "done",
        LineKind::Failed => "failed",
        LineKind::Cancelled => "cancelled",
    }
}

#[test]
fn another_workload_moves_no_draw_of_this_one() {
    for (workload, text, other) in [("ci", CI, DEPLOYS), ("deploys", DEPLOYS, CI)] {
        let alone = lives(&busy(&[text]), workload);
        let words: Vec<&str> = alone.values().flatten().map(|(_, word)| *word).collect();
        for word in ["throttled", "sleeps", "admitted", "done"] {
            assert!(words.contains(&word), "nothing is {word} in {workload}");
        }
        assert_eq!(
            lives(&busy(&[text, other]), workload),
            alone,
            "{workload} comes first"
        );
        assert_eq!(
            lives(&busy(&[other, text]), workload),
            alone,
            "{workload} comes last"
        );
    }
}

/// Draws that a retry policy has nothing to do with.
#[derive(Default)]
struct Draws {
    /// When each entity was wanted for the first time: arrivals and launch spread.
    wanted: BTreeMap<u32, Time>,
    started: BTreeMap<u32, Time>,
    /// From started to done: how long the job works.
    works: BTreeMap<u32, Span>,
    call_ended: BTreeMap<u32, Time>,
    /// From the end of each call to the next: pauses.
    pauses: BTreeMap<u32, Vec<Span>>,
}

impl Recorder for Draws {
    fn sent(&mut self, request: &Request) {
        if let Some(ended) = self.call_ended.remove(&request.activity) {
            let pauses = self.pauses.entry(request.activity).or_default();
            pauses.push(request.at.since(ended));
        }
    }

    fn passed(&mut self, pass: &Pass, _: Option<&ClientState>) {
        if !matches!(pass.failure, Some(Verdict::Retry(_))) {
            self.call_ended.insert(pass.activity, pass.at);
        }
    }

    fn happened(&mut self, line: Line) {
        match line.kind {
            LineKind::Wanted => {
                self.wanted.entry(line.activity).or_insert(line.at);
            }
            LineKind::Started => {
                self.started.insert(line.activity, line.at);
            }
            LineKind::Done => {
                if let Some(started) = self.started.get(&line.activity) {
                    self.works.insert(line.activity, line.at.since(*started));
                }
            }
            _ => {}
        }
    }
}

/// What `workload` draws when its calls are tried again under `retry`.
fn draws(document: &Document, workload: &str, retry: &str) -> Draws {
    let document = with(document, &format!("workloads.{workload}.retry"), retry);
    let plan = &variant(&document, "today").plan;
    let (outcome, draws) = simulate(plan, SEED, 0, Draws::default());
    assert_eq!(outcome.cut_off, None);
    draws
}

const POLICIES: [&str; 4] = [
    "none",
    "{strategy: fixed, delay: 700ms, attempts: 4}",
    "{strategy: full-jitter, base: 500ms, cap: 20s, attempts: 30}",
    "aws-legacy",
];

#[test]
fn another_retry_policy_changes_no_arrival_and_no_work() {
    for login in ["per-image", "per-job"] {
        let document = with(&busy(&[CI]), "workloads.ci.login", login);
        let document = with(&document, "workloads.ci.rerun.times", "0");
        let all: Vec<Draws> = POLICIES
            .iter()
            .map(|retry| draws(&document, "ci", retry))
            .collect();
        let most = all.iter().max_by_key(|draws| draws.works.len()).unwrap();
        assert!(most.works.len() > 30, "{} jobs are done", most.works.len());
        for (draws, retry) in all.iter().zip(POLICIES) {
            // Logins begin when their job has spun up, so that they tell how long that took.
            assert_eq!(draws.wanted, most.wanted, "arrivals, {login}, {retry}");
            assert!(!draws.works.is_empty(), "{login}, {retry}");
            for (job, work) in &draws.works {
                assert_eq!(
                    Some(work),
                    most.works.get(job),
                    "job {job}, {login}, {retry}"
                );
            }
        }
    }
}

/// What a job draws: when it is wanted, how long it takes from then to its start, how long it works.
type Job = (Option<Time>, Option<Span>, Option<Span>);

/// The jobs of `ci` by place, whoever logs in for them.
fn jobs(document: &Document, login: &str) -> Vec<Job> {
    let document = with(document, "workloads.ci.login", login);
    let document = with(&document, "workloads.ci.rerun.times", "0");
    let plan = &variant(&document, "today").plan;
    let block = plan.blocks.iter().find(|block| block.name == "jobs");
    let block = block.expect("a fan-out has jobs");
    let drawn = draws(&document, "ci", POLICIES[2]);
    let job = |id: u32| {
        let (wanted, started) = (drawn.wanted.get(&id), drawn.started.get(&id));
        let waited = wanted.zip(started).map(|(from, to)| to.since(*from));
        (wanted.copied(), waited, drawn.works.get(&id).copied())
    };
    let places = block.first..block.first + block.count;
    places.map(job).collect()
}

const LOGINS: [&str; 4] = ["per-image", "per-job", "per-host", "per-workflow"];

#[test]
fn another_login_scope_moves_no_spread_spin_up_or_work() {
    // Nobody is throttled or fails: what a job waits for is its spin-up and the round trip of its logins.
    let registry = "{latency: 100ms, limiters: {logins: {bucket: {burst: 9999, refill: 99/s}, \
                    operations: [login]}}}";
    let open = with(&busy(&[CI]), "services.registry", registry);
    let open = with(&open, "services.registry.faults", "null");
    let first = jobs(&open, LOGINS[0]);
    let all = |draw: fn(&Job) -> bool| first.iter().filter(|job| draw(job)).count();
    let begun = all(|job| job.0.is_some());
    assert!(begun > 30, "{begun} jobs begin");
    assert_eq!(all(|job| job.1.is_some() && job.2.is_some()), begun);
    let mut waits: Vec<Span> = first.iter().filter_map(|job| job.1).collect();
    waits.sort();
    waits.dedup();
    assert_eq!(waits.len(), begun, "each has a spin-up of its own");
    for login in &LOGINS[1..] {
        let other = jobs(&open, login);
        let differs = first.iter().zip(&other).find(|(one, other)| one != other);
        assert_eq!(differs, None, "{login}");
    }
    // Where logins are throttled, jobs wait for other reasons, and some are never wanted or done.
    let busy = busy(&[CI]);
    let first = jobs(&busy, LOGINS[0]);
    for login in &LOGINS[1..] {
        let other = jobs(&busy, login);
        let both = |draw: fn(&Job) -> Option<u64>| -> Vec<(u64, u64)> {
            let pairs = first.iter().zip(&other);
            pairs
                .filter_map(|(one, other)| draw(one).zip(draw(other)))
                .collect()
        };
        for draw in [
            |job: &Job| job.0.map(|at| at.since(Time::ZERO).as_nanos()),
            |job: &Job| job.2.map(Span::as_nanos),
        ] {
            let both = both(draw);
            assert!(both.len() > 10, "{login}: {} jobs in both", both.len());
            assert!(both.iter().all(|(one, other)| one == other), "{login}");
        }
    }
}

#[test]
fn another_retry_policy_changes_no_pause_between_calls() {
    let document = busy(&[DEPLOYS]);
    let first = draws(&document, "deploys", POLICIES[0]);
    assert_eq!(first.pauses.len(), 6);
    assert!(first.pauses.values().all(|pauses| pauses.len() == 9));
    for retry in &POLICIES[1..] {
        assert_eq!(
            draws(&document, "deploys", retry).pauses,
            first.pauses,
            "{retry}"
        );
    }
}

#[test]
fn a_variant_that_changes_nothing_is_today() {
    let text = "pullstorm: 1
name: same
services: {registry: {limiters: {logins: {bucket: {burst: 5, refill: 1/s}, operations: [login]}}}}
workloads:
  ci: {kind: ci-fanout, service: registry, operation: login, jobs: 9, duration: {exponential: 1s}}
variants: {same: {about: nothing, set: {workloads.ci.jobs: 9}}}
";
    let prepared = prepare(&document(text), &[]).unwrap_or_else(|problems| panic!("{problems}"));
    let digests: Vec<Digest> = prepared
        .iter()
        .map(|variant| simulate(&variant.plan, SEED, 0, Nothing).0.digest)
        .collect();
    assert_eq!(digests[0], digests[1]);
}
