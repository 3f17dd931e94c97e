//! Statements about runs that are stopped before everything has ended, and about requests that a
//! limiter and a failing service hold up one after the other.

use super::*;
use crate::limiter::OverLimit;
use crate::outcome::CutOff;
use crate::plan::FaultPlan;

/// Entities that work for so many seconds and then send a request.
fn waits(horizon: u64, seconds: &[u64]) -> Plan {
    let mut builder = world(bucket(100, 1));
    builder.plan().horizon = Span::from_secs(horizon);
    for works in seconds {
        let block = builder.block(roots("works", 1));
        let duration = builder.duration(Distribution::Constant(Span::from_secs(*works)));
        builder.program(block, |p| {
            p.step(Step::Wait { duration, draw: 0 });
            p.retry(looped("sdk", RetryPolicy::NONE), |p| {
                p.send(request(Span::ZERO));
            });
        });
    }
    builder.finish()
}

#[test]
fn what_is_left_at_the_horizon_was_cut_off_by_the_horizon_whether_one_is_left_or_many() {
    for (works, done) in [(&[10, 60][..], 1), (&[10, 60, 70], 1), (&[60], 0)] {
        let plan = waits(30, works);
        for random_order in [false, true] {
            let plan = Plan {
                random_order,
                ..plan.clone()
            };
            let outcome = run(&plan);
            assert_eq!(outcome.cut_off, Some(CutOff::Horizon), "{works:?}");
            let ended: u64 = (outcome.totals.blocks.iter())
                .map(|block| block.in_state(State::Done))
                .sum();
            assert_eq!(ended, done);
        }
    }
    assert_eq!(run(&waits(90, &[10, 60])).cut_off, None);
}

#[test]
fn a_run_of_too_many_events_says_so() {
    let mut plan = waits(90, &[10, 20, 30]);
    plan.events_max = 2;
    assert_eq!(run(&plan).cut_off, Some(CutOff::Events));
}

#[test]
fn who_waits_for_a_slot_that_nobody_gives_back_is_stuck() {
    let mut builder = world(bucket(100, 1));
    let permits = builder.semaphore(1);
    let block = builder.block(roots("tasks", 2));
    builder.program(block, |p| {
        p.step(Step::Consume { rule: permits });
    });
    assert_eq!(run(&builder.finish()).cut_off, Some(CutOff::Stuck));
}

/// A request that a limiter lets wait for 10 s, and a service that is down at some time.
fn held_then_failed(from: u64, until: u64, timeout: Option<Span>) -> Plan {
    let mut builder = world(bucket(1, 0));
    let spec = &mut builder.plan().limiters[0].spec;
    let refill = Refill::Lump {
        credits: 1,
        every: Span::from_secs(10),
    };
    spec.algorithm = Algorithm::TokenBucket(TokenBucketSpec { burst: 1, refill });
    spec.initial = crate::limiter::Initial::Empty;
    spec.over_limit = OverLimit::Wait;
    let shape = ErrorShape {
        origin: Origin::Response,
        status: Some(503),
        code: None,
    };
    let error = builder.error(shape, ErrorSource::Service, "down");
    let block = builder.block(roots("callers", 1));
    let at = |secs| Time::ZERO + Span::from_secs(secs);
    builder.program(block, |p| {
        p.retry(looped("sdk", RetryPolicy::NONE), |p| {
            p.send(SiteSpec {
                faults: vec![FaultPlan {
                    error,
                    chance_ppm: 1_000_000,
                    from: at(from),
                    until: at(until),
                    timeout,
                }],
                ..request(Span::from_secs(2))
            });
        });
    });
    builder.finish()
}

fn end(plan: &Plan) -> (LineKind, Time) {
    let last = story(plan).pop().unwrap();
    (last.kind, last.at)
}

#[test]
fn a_request_that_a_limiter_let_wait_fails_after_its_wait_and_not_before() {
    let at = |secs| Time::ZERO + Span::from_secs(secs);
    // Sent at 0, decided at 1 s, let through at 10 s; the answer takes another second.
    let up = held_then_failed(60, 70, None);
    assert_eq!(end(&up), (LineKind::Done, at(11)));
    let down = held_then_failed(0, 70, None);
    assert_eq!(end(&down), (LineKind::Failed, at(11)));
}

#[test]
fn a_service_fails_what_reaches_it_while_it_is_down_and_not_what_was_sent_then() {
    let at = |secs| Time::ZERO + Span::from_secs(secs);
    assert_eq!(end(&held_then_failed(0, 5, None)), (LineKind::Done, at(11)));
    let later = held_then_failed(5, 20, None);
    assert_eq!(end(&later), (LineKind::Failed, at(11)));
}

#[test]
fn a_timeout_lasts_as_long_as_it_says() {
    let at = |secs| Time::ZERO + Span::from_secs(secs);
    let silent = |secs| held_then_failed(0, 70, Some(Span::from_secs(secs)));
    // Counted from sending: an answer would have come after 11 s, and who waits for less hears
    // nothing of the limiter that holds its request.
    assert_eq!(end(&silent(30)), (LineKind::Failed, at(30)));
    assert_eq!(end(&silent(7)), (LineKind::Failed, at(7)));
    let up = held_then_failed(60, 70, Some(Span::from_secs(30)));
    assert_eq!(end(&up), (LineKind::Done, at(11)), "it answers");
}
