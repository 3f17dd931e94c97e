//! Statements about loops that sleep once more before they stop: long polls whose quota is empty.

use super::*;
use crate::retry::{Budget, QuotaRules};

const SLEEP: Span = Span::from_secs(5);

fn at(secs: u64) -> Time {
    Time::ZERO + Span::from_secs(secs)
}

/// A client with nothing to spend on retries, which sleeps 5 s before it says so.
fn long_poll(builder: &mut PlanBuilder, shared: bool) -> LoopSpec<'static> {
    let nothing = QuotaRules {
        capacity: 0,
        ..QuotaRules::STANDARD_2_1
    };
    let base = builder.clients(4);
    let rule = match shared {
        true => KeyRule::Constant(base),
        false => KeyRule::Place {
            base,
            divisor: 1,
            modulus: 4,
        },
    };
    LoopSpec {
        client: Some(ClientRule {
            rule,
            per_call: false,
            shared,
        }),
        ..looped(
            "sdk",
            RetryPolicy {
                budget: Budget::Quota(nothing),
                long_polling: true,
                ..fixed(SLEEP, 9)
            },
        )
    }
}

/// One credit, for the first request.
fn one_credit() -> PlanBuilder {
    world(bucket(1, 0))
}

fn ended(plan: &Plan, activity: u32) -> Option<(LineKind, Time)> {
    let lines = story(plan);
    let last = lines.iter().rfind(|line| line.activity == activity)?;
    Some((last.kind, last.at))
}

#[test]
fn a_slot_is_kept_through_the_last_sleep_and_then_goes_to_the_next_in_line() {
    let mut builder = one_credit();
    builder.plan().limiters[0].spec.initial = crate::limiter::Initial::Empty;
    let pool = builder.pool(1, "slots");
    let polls = builder.block(roots("polls", 2));
    let poll = long_poll(&mut builder, false);
    builder.program(polls, |p| {
        p.step(Step::Take { rule: pool });
        p.retry(poll, |p| {
            p.send(request(Span::ZERO));
        });
        p.step(Step::Give { rule: pool });
    });
    let plan = builder.finish();
    assert_eq!(ended(&plan, 0), Some((LineKind::Failed, at(5))));
    assert_eq!(ended(&plan, 1), Some((LineKind::Failed, at(10))));
    assert_eq!(run(&plan).totals.loops[0].slept, 2 * SLEEP.as_nanos());
}

#[test]
fn a_slot_taken_inside_the_loop_is_free_during_the_last_sleep() {
    let mut builder = one_credit();
    builder.plan().limiters[0].spec.initial = crate::limiter::Initial::Empty;
    let pool = builder.pool(1, "slots");
    let polls = builder.block(roots("polls", 2));
    let poll = long_poll(&mut builder, false);
    builder.program(polls, |p| {
        p.retry(poll, |p| {
            p.step(Step::Take { rule: pool });
            p.send(request(Span::ZERO));
            p.step(Step::Give { rule: pool });
        });
    });
    assert_eq!(ended(&builder.finish(), 1), Some((LineKind::Failed, at(5))));
}

#[test]
fn siblings_are_cancelled_when_the_last_sleep_ends_and_not_when_it_begins() {
    for (works, end) in [
        (4, (LineKind::Done, at(4))),
        (6, (LineKind::Cancelled, at(5))),
    ] {
        let mut builder = one_credit();
        let pulls = builder.block(roots("pulls", 1));
        let layers = builder.block(children("layers", 2, pulls, 2));
        builder.program(pulls, |p| p.fork(fork(layers, 2, JoinRule::FailFast)));
        let duration = builder.duration(Distribution::Constant(Span::from_secs(works)));
        let poll = long_poll(&mut builder, false);
        builder.program(layers, |p| {
            p.retry(poll, |p| {
                p.send(request(Span::ZERO));
            });
            p.step(Step::Wait { duration, draw: 0 });
        });
        let plan = builder.finish();
        assert_eq!(
            ended(&plan, 1),
            Some(end),
            "the first layer, served at once"
        );
        assert_eq!(ended(&plan, 2), Some((LineKind::Failed, at(5))));
        assert_eq!(ended(&plan, 0), Some((LineKind::Failed, at(5))));
    }
}

#[test]
fn a_poller_that_is_cancelled_in_its_last_sleep_never_stops_by_itself() {
    let mut builder = one_credit();
    let pulls = builder.block(roots("pulls", 1));
    let layers = builder.block(children("layers", 2, pulls, 2));
    builder.program(pulls, |p| p.fork(fork(layers, 2, JoinRule::FailFast)));
    let poll = long_poll(&mut builder, false);
    builder.program(layers, |p| {
        // The first is served, asks again after a second without retrying, and fails.
        p.retry(poll, |p| {
            p.send(request(Span::ZERO));
        });
        p.retry(looped("again", RetryPolicy::NONE), |p| {
            p.send(request(Span::from_secs(1)));
        });
    });
    let plan = builder.finish();
    assert_eq!(ended(&plan, 2), Some((LineKind::Cancelled, at(1))));
    let outcome = run(&plan);
    assert_eq!(outcome.totals.loops[0].gave_up_in_all(), 0);
    assert_eq!(outcome.totals.loops[1].gave_up_in_all(), 1);
}

#[test]
fn what_comes_after_a_poll_that_may_fail_comes_after_its_last_sleep() {
    for shared in [false, true] {
        let mut builder = one_credit();
        builder.plan().limiters[0].spec.initial = crate::limiter::Initial::Empty;
        let polls = builder.block(roots("polls", 2));
        let poll = LoopSpec {
            give_up: GiveUp::Continue,
            ..long_poll(&mut builder, shared)
        };
        builder.program(polls, |p| {
            p.retry(poll, |p| {
                p.send(request(Span::from_secs(2)));
            });
            p.step(Step::Started);
        });
        let plan = builder.finish();
        assert_eq!(ended(&plan, 0), Some((LineKind::Done, at(7))));
        assert_eq!(ended(&plan, 1), Some((LineKind::Done, at(7))));
        let delays = &run(&plan).totals.blocks[0];
        assert_eq!(delays.throttled.mean_secs(), Some(5.0));
    }
}
