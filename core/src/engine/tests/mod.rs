//! Statements about the engine, on plans put together by hand.

mod cut_off;
mod fleet;
mod stopping;

use super::calendar::{Heap, Wheel};
use super::{Progress, Scripted, Simulation, State, simulate};
use crate::limiter::{Algorithm, ConcurrencySpec, Refill, Spec, TokenBucketSpec};
use crate::outcome::Outcome;
use crate::plan::{
    BlockRole, BlockSpec, Check, ClientRule, ErrorSource, Fork, GiveUp, Hint, JoinRule, KeyRule,
    Latency, LimiterPlan, LoopSpec, NONE, Plan, PlanBuilder, Service, SiteSpec, Start, Step,
    Wanted, storm,
};
use crate::random::{Distribution, Keys};
use crate::record::{self, LineKind, Nothing, Story};
use crate::retry::{ErrorShape, Origin, RateLimiter, RetryPolicy, Strategy};
use crate::scenario::model::{Arrivals, Scope};
use crate::units::{Rate, Span, Time};

fn fixed(delay: Span, attempts: u32) -> RetryPolicy {
    RetryPolicy::new(Strategy::Fixed { delay }, attempts)
}

fn bucket(burst: u64, per_second: u64) -> Algorithm {
    let refill = Refill::Continuous(Rate::per_second(per_second));
    Algorithm::TokenBucket(TokenBucketSpec { burst, refill })
}

/// A builder with one limiter that says 429.
fn world(algorithm: Algorithm) -> PlanBuilder {
    let mut builder = PlanBuilder::new("test", "today");
    let shape = ErrorShape {
        origin: Origin::Response,
        status: Some(429),
        code: None,
    };
    let error = builder.error(shape, ErrorSource::Limiter(0), "throttled");
    builder.limiter(LimiterPlan {
        service: "registry".to_owned(),
        name: "requests".to_owned(),
        spec: Spec::new(algorithm),
        client_side: false,
        scope: Scope::Global,
        keys: vec!["all".to_owned()],
        error,
        hint: Hint::None,
        background: Rate::ZERO,
        raisable: None,
        records: Vec::new(),
        source: String::new(),
        assumption: None,
    });
    builder.operation("registry", "get");
    builder.workload("work", "calls", false);
    builder
}

fn request(latency: Span) -> SiteSpec {
    SiteSpec {
        operation: 0,
        checks: vec![Check {
            limiter: 0,
            cost: 1,
            key: KeyRule::Constant(0),
        }],
        faults: Vec::new(),
        latency: Latency::RoundTrip(Distribution::Constant(latency)),
        service: Service::Plain,
        background: false,
    }
}

fn looped<'a>(name: &'a str, policy: RetryPolicy) -> LoopSpec<'a> {
    LoopSpec {
        name,
        policy,
        give_up: GiveUp::Propagate,
        client: None,
        measured: false,
        whatever_failed: false,
    }
}

fn roots<'a>(name: &'a str, count: u32) -> BlockSpec<'a> {
    let start = Start::Arrivals(Arrivals::Every {
        count,
        every: Span::ZERO,
        from: Span::ZERO,
    });
    BlockSpec {
        name,
        role: BlockRole::Unit,
        count,
        start,
        starts_when_done: false,
    }
}

fn children<'a>(name: &'a str, count: u32, parent: u32, each: u32) -> BlockSpec<'a> {
    let start = Start::Forked { parent, each };
    BlockSpec {
        name,
        role: BlockRole::Call,
        count,
        start,
        starts_when_done: true,
    }
}

fn fork(block: u32, count: u32, join: JoinRule) -> Fork {
    Fork {
        block,
        from: 0,
        count,
        spread: Span::ZERO,
        join,
        wanted: Wanted::OnceLaunched,
        cancel_after: NONE,
        retry: NONE,
    }
}

fn run(plan: &Plan) -> Outcome {
    simulate(plan, 1, 0, Nothing).0
}

fn story(plan: &Plan) -> Vec<record::Line> {
    simulate(plan, 1, 0, Story::new(10_000)).1.finish().0
}

/// Workflows of 32 jobs with 6 logins each, all at once.
fn fan_out(workflows: u32) -> Plan {
    let mut builder = world(bucket(200, 4));
    builder.plan().random_order = true;
    let flows = builder.block(roots("workflows", workflows));
    let jobs = builder.block(BlockSpec {
        role: BlockRole::Unit,
        starts_when_done: false,
        ..children("jobs", workflows * 32, flows, 32)
    });
    let logins = builder.block(children("logins", workflows * 32 * 6, jobs, 6));
    builder.program(flows, |p| p.fork(fork(jobs, 32, JoinRule::Any)));
    builder.program(jobs, |p| {
        p.fork(fork(logins, 6, JoinRule::All));
        p.step(Step::Started);
    });
    builder.program(logins, |p| {
        p.retry(looped("sdk", RetryPolicy::NONE), |p| {
            p.send(request(Span::ZERO));
        });
    });
    builder.finish()
}

#[test]
fn a_fan_out_of_logins_overruns_the_bucket_by_exactly_what_does_not_fit() {
    for (workflows, throttled) in [(1, 0), (2, 184), (3, 376), (8, 1336)] {
        let outcome = run(&fan_out(workflows));
        assert_eq!(outcome.totals.limiters[0][0].throttled, throttled);
        assert_eq!(outcome.totals.loops[0].first_throttled, throttled);
        assert_eq!(
            outcome.totals.limiters[0][0].offered(),
            u64::from(workflows) * 192
        );
    }
}

#[test]
fn which_logins_are_throttled_is_drawn_per_run_and_not_by_index() {
    let plan = fan_out(2);
    let failed = |run| simulate(&plan, 1, run, Nothing).0.totals.blocks[1].in_state(State::Failed);
    let jobs: Vec<u64> = (0..8).map(failed).collect();
    // With 184 of 384 throttled at random a job keeps all six logins with chance 0.0197.
    assert!(
        jobs.iter().all(|failed| (56..=64).contains(failed)),
        "{jobs:?}"
    );
    let digests: Vec<_> = (0..8)
        .map(|run| simulate(&plan, 1, run, Nothing).0.digest)
        .collect();
    assert!(digests[1..].iter().any(|digest| *digest != digests[0]));
}

#[test]
fn four_nested_loops_multiply() {
    let mut builder = world(bucket(1, 0));
    builder.plan().limiters[0].spec.initial = crate::limiter::Initial::Empty;
    let block = builder.block(roots("pulls", 1));
    let second = Span::from_secs(1);
    builder.program(block, |p| {
        p.retry(looped("orchestrator", fixed(second, 2)), |p| {
            p.retry(looped("agent", fixed(second, 3)), |p| {
                p.retry(looped("engine", fixed(second, 5)), |p| {
                    p.retry(looped("sdk", fixed(second, 7)), |p| {
                        p.send(request(Span::ZERO));
                    });
                });
            });
        });
    });
    let outcome = run(&builder.finish());
    assert_eq!(outcome.totals.sites[0].attempts, 2 * 3 * 5 * 7);
    let calls: Vec<u64> = outcome
        .totals
        .loops
        .iter()
        .map(|retry| retry.calls)
        .collect();
    assert_eq!(calls, [1, 2, 6, 30]);
    let retries: Vec<u64> = outcome
        .totals
        .loops
        .iter()
        .map(|retry| retry.retries)
        .collect();
    assert_eq!(retries, [1, 4, 24, 180]);
    // Every sleep is a second and nothing else takes time.
    assert_eq!(outcome.end, Time::ZERO + Span::from_secs(1 + 4 + 24 + 180));
    assert_eq!(outcome.totals.blocks[0].in_state(State::Failed), 1);
}

/// Two downloads and one slot; the first download is throttled once and sleeps 5 s.
fn one_slot(keep: bool) -> Plan {
    let mut builder = world(bucket(1, 1));
    builder.plan().limiters[0].spec.initial = crate::limiter::Initial::Empty;
    let pool = builder.pool(1, "slots");
    let block = builder.block(roots("downloads", 2));
    builder.program(block, |p| {
        let retry = looped("engine", fixed(Span::from_secs(5), 5));
        if keep {
            p.step(Step::Take { rule: pool });
            p.retry(retry, |p| {
                p.send(request(Span::ZERO));
            });
            p.step(Step::Give { rule: pool });
        } else {
            p.retry(retry, |p| {
                p.step(Step::Take { rule: pool });
                p.send(request(Span::ZERO));
                p.step(Step::Give { rule: pool });
            });
        }
        p.step(Step::Started);
    });
    builder.finish()
}

#[test]
fn a_slot_held_through_a_sleep_keeps_the_next_one_waiting() {
    let plan = one_slot(true);
    let lines = story(&plan);
    let second: Vec<_> = lines.iter().filter(|line| line.activity == 1).collect();
    assert!(matches!(second[1].kind, LineKind::Waits { .. }) && second[1].at == Time::ZERO);
    // The first holds the slot from 0 to 5 s, throughout its sleep.
    assert!(matches!(second[2].kind, LineKind::Took { .. }));
    assert_eq!(second[2].at, Time::ZERO + Span::from_secs(5));
    let waited = run(&plan).totals.blocks[0].waiting.max();
    assert_eq!(waited.map(|sample| sample.as_secs_f64()), Some(5.0));
}

#[test]
fn a_slot_taken_inside_the_loop_is_free_while_its_holder_sleeps() {
    let plan = one_slot(false);
    let lines = story(&plan);
    let took: Vec<(u32, Time)> = lines
        .iter()
        .filter(|line| matches!(line.kind, LineKind::Took { .. }))
        .map(|line| (line.activity, line.at))
        .collect();
    let at = |secs| Time::ZERO + Span::from_secs(secs);
    // The bucket holds one credit: the second is throttled again at 5 s.
    assert_eq!(
        took,
        [(0, at(0)), (1, at(0)), (0, at(5)), (1, at(5)), (1, at(10))]
    );
}

#[test]
fn a_cancelled_sibling_ends_at_once_and_its_credits_stay_spent() {
    // Three credits, none earned: of four layers asked for at once one is throttled.
    let mut builder = world(bucket(3, 0));
    let pulls = builder.block(roots("pulls", 1));
    let layers = builder.block(children("layers", 4, pulls, 4));
    let after = builder.block(BlockSpec {
        name: "after",
        ..roots("after", 1)
    });
    builder.program(pulls, |p| p.fork(fork(layers, 4, JoinRule::FailFast)));
    let wait = builder.duration(Distribution::Constant(Span::from_secs(4)));
    builder.program(layers, |p| {
        p.retry(looped("engine", RetryPolicy::NONE), |p| {
            p.send(request(Span::ZERO));
        });
        p.step(Step::Wait {
            duration: wait,
            draw: 0,
        });
    });
    builder.program(after, |p| {
        p.step(Step::Wait {
            duration: wait,
            draw: 0,
        });
        p.retry(looped("late", RetryPolicy::NONE), |p| {
            p.send(request(Span::ZERO));
        });
    });
    let outcome = run(&builder.finish());
    let layers = &outcome.totals.blocks[1];
    assert_eq!(
        (
            layers.in_state(State::Failed),
            layers.in_state(State::Cancelled)
        ),
        (1, 3)
    );
    assert_eq!(
        layers.last_end,
        Time::ZERO,
        "nobody waits for the cancelled"
    );
    // The late request finds nothing: what the cancelled siblings took stays spent.
    assert_eq!(outcome.totals.limiters[0][0].admitted, 3);
    assert_eq!(outcome.totals.blocks[2].in_state(State::Failed), 1);
}

#[test]
fn a_cancelled_request_in_flight_no_longer_counts_as_in_flight() {
    let limit = Algorithm::ConcurrencyLimit(ConcurrencySpec { limit: 2 });
    let mut builder = world(limit);
    let pulls = builder.block(roots("pulls", 1));
    let layers = builder.block(children("layers", 3, pulls, 3));
    let late = builder.block(roots("late", 2));
    builder.program(pulls, |p| p.fork(fork(layers, 3, JoinRule::FailFast)));
    builder.program(layers, |p| {
        p.retry(looped("engine", RetryPolicy::NONE), |p| {
            p.send(request(Span::from_secs(10)));
        });
    });
    // The third is refused and answered at 10 s; the other two are cancelled under way.
    let wait = builder.duration(Distribution::Constant(Span::from_secs(10)));
    builder.program(late, |p| {
        p.step(Step::Wait {
            duration: wait,
            draw: 0,
        });
        p.retry(looped("late", RetryPolicy::NONE), |p| {
            p.send(request(Span::from_secs(1)));
        });
    });
    let outcome = run(&builder.finish());
    assert_eq!(outcome.totals.blocks[2].in_state(State::Done), 2);
}

#[test]
fn a_request_is_decided_after_half_the_round_trip_and_answered_after_all_of_it() {
    let mut builder = world(bucket(1, 1));
    let block = builder.block(BlockSpec {
        starts_when_done: true,
        ..roots("calls", 1)
    });
    builder.program(block, |p| {
        p.retry(looped("sdk", RetryPolicy::NONE), |p| {
            p.send(request(Span::from_millis(80)));
        });
    });
    let plan = builder.finish();
    let lines = story(&plan);
    let admitted = lines
        .iter()
        .find(|line| matches!(line.kind, LineKind::Admitted { .. }));
    assert_eq!(
        admitted.map(|line| line.at),
        Some(Time::ZERO + Span::from_millis(40))
    );
    let done = lines.iter().find(|line| line.kind == LineKind::Done);
    assert_eq!(
        done.map(|line| line.at),
        Some(Time::ZERO + Span::from_millis(80))
    );
}

#[test]
fn the_split_of_a_start_delay_adds_up() {
    let mut builder = world(bucket(1, 1));
    let block = builder.block(BlockSpec {
        starts_when_done: true,
        ..roots("calls", 3)
    });
    builder.program(block, |p| {
        p.retry(looped("sdk", fixed(Span::from_millis(400), 20)), |p| {
            p.send(request(Span::from_millis(100)));
        });
    });
    let outcome = run(&builder.finish());
    let block = &outcome.totals.blocks[0];
    let mean = |samples: &crate::statistics::Samples| samples.mean_secs().unwrap_or(f64::NAN);
    let sum = mean(&block.waiting) + mean(&block.throttled) + mean(&block.work);
    assert!((sum - mean(&block.start_delay)).abs() < 1e-9);
    assert!(
        (mean(&block.work) - 0.1).abs() < 1e-9,
        "the one attempt that was needed"
    );
    // Attempts every half second: admitted at 0.05, 1.05 and 2.05 s.
    assert!((mean(&block.throttled) - 1.0).abs() < 1e-9);
}

#[test]
fn recording_and_calendar_change_nothing() {
    let policy = RetryPolicy::new(
        Strategy::Fixed {
            delay: Span::from_millis(700),
        },
        9,
    );
    for plan in [fan_out(3), storm(500, policy)] {
        let digest = run(&plan).digest;
        assert_eq!(
            simulate(&plan, 1, 0, record::series(&plan)).0.digest,
            digest
        );
        assert_eq!(
            simulate(&plan, 1, 0, Story::new(usize::MAX)).0.digest,
            digest
        );
        let mut heap: Simulation<'_, Keys, Nothing, Heap> =
            Simulation::new(&plan, Keys::new(1, 0), Nothing);
        while heap.advance(7) == Progress::Running {}
        assert_eq!(
            heap.finish().0.digest,
            digest,
            "a heap, seven events at a time"
        );
        let mut wheel: Simulation<'_, Keys, Nothing, Wheel> =
            Simulation::new(&plan, Keys::new(1, 0), Nothing);
        while wheel.advance(1) == Progress::Running {}
        assert_eq!(
            wheel.finish().0.digest,
            digest,
            "the wheel, one event at a time"
        );
    }
}

#[test]
fn a_scripted_source_gives_each_activity_its_own_numbers() {
    let ceiling = Span::from_secs(1);
    let policy = RetryPolicy::new(crate::retry::Strategy::Fixed { delay: ceiling }, 3);
    let plan = storm(3, policy);
    let source = Scripted::new(Keys::new(1, 0), plan.activities(), |_, _| 0.25);
    let mut scripted: Simulation<'_, _, Nothing> = Simulation::new(&plan, source, Nothing);
    while scripted.advance(u64::MAX) == Progress::Running {}
    assert_eq!(
        scripted.finish().0.totals.blocks[0].in_state(State::Done),
        3
    );
}

#[test]
fn clients_held_back_to_one_instant_come_in_the_order_in_which_they_began_to_wait() {
    let mut builder = world(bucket(1, 1));
    builder.plan().limiters[0].spec.initial = crate::limiter::Initial::Empty;
    let base = builder.clients(2);
    let block = builder.block(roots("clients", 2));
    let policy = RetryPolicy {
        rate_limiter: RateLimiter::Botocore,
        ..RetryPolicy::new(
            Strategy::AwsLegacy {
                base: Span::from_secs(1),
            },
            2,
        )
    };
    let rule = KeyRule::Place {
        base,
        divisor: 1,
        modulus: 2,
    };
    let call = LoopSpec {
        client: Some(ClientRule {
            rule,
            per_call: false,
            shared: false,
        }),
        ..looped("sdk", policy)
    };
    builder.program(block, |p| {
        p.retry(call, |p| {
            p.send(request(Span::ZERO));
        });
    });
    let plan = builder.finish();
    // Throttled at 0 s, the first sleeps 0.9 s and the second 0.1 s; then each one's own limiter
    // lets it send at 2 s, when the bucket has a single credit.
    let script = |client, _| if client == 0 { 0.9 } else { 0.1 };
    let source = Scripted::new(Keys::new(1, 0), plan.activities(), script);
    let mut simulation: Simulation<'_, _, Story> =
        Simulation::new(&plan, source, Story::new(usize::MAX));
    while simulation.advance(u64::MAX) == Progress::Running {}
    let (lines, _) = simulation.finish().1.finish();
    let admitted: Vec<_> = lines
        .iter()
        .filter(|line| matches!(line.kind, LineKind::Admitted { .. }))
        .map(|line| (line.activity, line.at))
        .collect();
    assert_eq!(admitted, [(1, Time::ZERO + Span::from_secs(2))]);
}

#[test]
fn a_hint_in_a_header_that_the_policy_does_not_read_changes_nothing() {
    use crate::retry::HintHeader::{AmzRetryAfter, RetryAfter};
    let ends = |header| {
        let mut builder = world(bucket(1, 1));
        builder.plan().limiters[0].hint = Hint::Fixed(header, Span::from_secs(4));
        builder.plan().errors[0].shape.code = Some("ThrottlingException".to_owned());
        let calls = builder.block(roots("calls", 2));
        let policy = crate::retry::preset("aws-standard-2.1").unwrap().policy;
        builder.program(calls, |p| {
            p.retry(looped("sdk", policy), |p| {
                p.send(request(Span::ZERO));
            });
        });
        story(&builder.finish()).last().map(|line| line.at)
    };
    assert!(
        ends(AmzRetryAfter) > ends(RetryAfter),
        "only one of the two is read"
    );
}

#[test]
fn what_a_sibling_cancels_has_not_started_yet() {
    let mut builder = world(bucket(1, 0));
    let pulls = builder.block(roots("pulls", 1));
    let layers = builder.block(BlockSpec {
        starts_when_done: false,
        ..children("layers", 2, pulls, 2)
    });
    builder.program(pulls, |p| p.fork(fork(layers, 2, JoinRule::FailFast)));
    let wait = builder.duration(Distribution::Constant(Span::from_secs(4)));
    builder.program(layers, |p| {
        p.retry(looped("engine", RetryPolicy::NONE), |p| {
            p.send(request(Span::from_secs(1)));
        });
        p.step(Step::Wait {
            duration: wait,
            draw: 0,
        });
        p.step(Step::Started);
    });
    let plan = builder.finish();
    // The first layer is served and would start at 5 s; the second is throttled at 1 s.
    let lines = story(&plan);
    assert!(
        lines.iter().all(|line| line.kind != LineKind::Started),
        "{lines:?}"
    );
    let cancelled = lines.iter().find(|line| line.kind == LineKind::Cancelled);
    assert_eq!(
        cancelled.map(|line| line.at),
        Some(Time::ZERO + Span::from_secs(1))
    );
    assert_eq!(run(&plan).totals.blocks[1].work.len(), 0);
}
