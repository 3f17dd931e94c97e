//! Statements about the parts of a fleet: caches, pools by owner, semaphores, fallbacks, clocks,
//! ends.

use super::*;
use crate::plan::{CachePlan, CellRule, Counted, LinkPlan, LinkRule, Owner, PoolKind, PoolPlan};

const WORK: u32 = 0;

fn secs(seconds: u64) -> Span {
    Span::from_secs(seconds)
}

fn wait(p: &mut PlanBuilder, span: Span, draw: u32) {
    let duration = p.duration(Distribution::Constant(span));
    p.step(Step::Wait { duration, draw });
}

/// A world whose limiter lets nothing through.
fn shut() -> PlanBuilder {
    let mut builder = world(bucket(1, 0));
    builder.plan().limiters[0].spec.initial = crate::limiter::Initial::Empty;
    builder
}

/// Activities that all want one cell; whoever fetches it sends one request of 2 s.
fn one_cell(mut builder: PlanBuilder, activities: u32, single_flight: bool) -> Plan {
    let block = builder.block(roots("pulls", activities));
    let cache = builder.cache(CachePlan {
        owners: 1,
        items: 1,
        lifetime: None,
        filled: 0,
        single_flight,
        filled_when_asked: false,
    });
    let cell = builder.cell_rule(CellRule {
        cache,
        owner: Owner::Place(KeyRule::Constant(0)),
        item: KeyRule::Constant(0),
    });
    builder.program(block, |p| {
        let good = p.step(Step::Fetch { cell, to: NONE });
        p.send(request(secs(2)));
        p.step(Step::Fill { cell });
        p.land(good);
        p.step(Step::Started);
    });
    builder.finish()
}

#[test]
fn who_finds_a_layer_being_fetched_waits_and_asks_nothing() {
    let outcome = run(&one_cell(world(bucket(100, 0)), 5, true));
    assert_eq!(outcome.totals.limiters[0][0].admitted, 1);
    let delays = &outcome.totals.blocks[0].start_delay;
    assert_eq!(delays.len(), 5);
    assert_eq!(delays.max().map(|sample| sample.as_secs_f64()), Some(2.0));
}

#[test]
fn without_single_flight_everybody_fetches_at_once() {
    let outcome = run(&one_cell(world(bucket(100, 0)), 5, false));
    assert_eq!(outcome.totals.limiters[0][0].admitted, 5);
}

#[test]
fn when_who_fetches_fails_the_next_in_line_fetches() {
    let outcome = run(&one_cell(shut(), 3, true));
    // Each in turn asks, is refused and ends.
    assert_eq!(outcome.totals.limiters[0][0].throttled, 3);
    assert_eq!(outcome.totals.blocks[0].in_state(State::Failed), 3);
    assert_eq!(outcome.end, Time::ZERO + secs(6));
}

#[test]
fn a_cell_is_fetched_again_when_its_lifetime_is_over() {
    let mut builder = world(bucket(100, 0));
    let mut spec = roots("checks", 4);
    spec.start = Start::Arrivals(Arrivals::Every {
        count: 4,
        every: secs(6),
        from: Span::ZERO,
    });
    let block = builder.block(spec);
    let cache = builder.cache(CachePlan {
        owners: 1,
        items: 1,
        lifetime: Some(secs(10)),
        filled: 0,
        single_flight: false,
        filled_when_asked: false,
    });
    let cell = builder.cell_rule(CellRule {
        cache,
        owner: Owner::Place(KeyRule::Constant(0)),
        item: KeyRule::Constant(0),
    });
    builder.program(block, |p| {
        let good = p.step(Step::IfCached { cell, to: NONE });
        p.send(request(Span::ZERO));
        p.step(Step::Fill { cell });
        p.land(good);
    });
    // At 0 and, 10 s being over, at 12 s; not at 6 and 18 s.
    assert_eq!(run(&builder.finish()).totals.limiters[0][0].admitted, 2);
}

#[test]
fn each_host_has_slots_of_its_own() {
    let mut builder = world(bucket(100, 0));
    let block = builder.block(roots("downloads", 4));
    let pool = builder.pools(PoolPlan {
        slots: 1,
        owners: 2,
        about: "slots",
        kind: PoolKind::Places,
    });
    let rule = builder.pool_rule(
        pool,
        KeyRule::Place {
            base: 0,
            divisor: 1,
            modulus: 2,
        },
    );
    builder.program(block, |p| {
        p.step(Step::Take { rule });
        wait(p, secs(3), WORK);
        p.step(Step::Give { rule });
    });
    let outcome = run(&builder.finish());
    assert_eq!(outcome.end, Time::ZERO + secs(6));
    let waited = outcome.totals.blocks[0].waiting.max();
    assert_eq!(waited, None, "nothing is started in this plan");
}

#[test]
fn a_rolling_update_starts_as_many_as_there_is_room_for() {
    // Four old tasks, room for one more, none may be missing: one at a time.
    let mut builder = world(bucket(100, 0));
    let old = builder.block(roots("old", 4));
    let new = builder.block(roots("new", 4));
    let room = builder.semaphore(1);
    let spare = builder.semaphore(0);
    let running = builder.gauge("running", Counted::TasksThatRun, 4);
    builder.program(old, |p| {
        p.step(Step::Consume { rule: spare });
        p.step(Step::Count {
            gauge: running,
            by: -1,
        });
        p.step(Step::Signal { rule: room });
    });
    builder.program(new, |p| {
        p.step(Step::Consume { rule: room });
        wait(p, secs(10), WORK);
        p.step(Step::Started);
        p.step(Step::Count {
            gauge: running,
            by: 1,
        });
        p.step(Step::Signal { rule: spare });
    });
    let outcome = run(&builder.finish());
    assert_eq!(outcome.end, Time::ZERO + secs(40));
    let running = outcome.totals.gauges[0];
    assert_eq!((running.lowest, running.highest, running.last), (4, 5, 4));
}

#[test]
fn a_permit_handed_to_one_who_is_cancelled_in_that_instant_goes_to_the_next_of_its_group() {
    // Two groups without a permit. Of each, one child stands first in line and a sibling of it fails
    // at 5 s, right after a permit was made; another waits behind it.
    let mut builder = world(bucket(100, 0));
    let givers = builder.block(roots("givers", 2));
    let parents = builder.block(roots("parents", 2));
    let siblings = builder.block(children("siblings", 4, parents, 2));
    let others = builder.block(roots("others", 2));
    let pool = builder.pools(PoolPlan {
        slots: 0,
        owners: 2,
        about: "permits",
        kind: PoolKind::Permits,
    });
    let mut of = |divisor| {
        let owner = KeyRule::Place {
            base: 0,
            divisor,
            modulus: 2,
        };
        builder.pool_rule(pool, owner)
    };
    let (each, of_two) = (of(1), of(2));
    let shape = ErrorShape {
        origin: Origin::Response,
        status: None,
        code: None,
    };
    let error = builder.error(shape, ErrorSource::Service, "broken");
    builder.program(givers, |p| {
        wait(p, secs(5), WORK);
        p.step(Step::Signal { rule: each });
    });
    builder.program(parents, |p| p.fork(fork(siblings, 2, JoinRule::FailFast)));
    builder.program(siblings, |p| {
        let first = p.step(Step::IfPlace {
            each: 2,
            below: 1,
            to: NONE,
        });
        wait(p, secs(5), WORK);
        p.step(Step::Fail { error, retry: NONE });
        p.land(first);
        p.step(Step::Consume { rule: of_two });
    });
    builder.program(others, |p| {
        wait(p, secs(1), WORK);
        p.step(Step::Consume { rule: each });
    });
    let blocks = run(&builder.finish()).totals.blocks;
    let [_, _, siblings, others] = &blocks[..] else {
        panic!("four blocks");
    };
    assert_eq!(siblings.in_state(State::Cancelled), 2);
    assert_eq!(others.in_state(State::Done), 2);
    assert_eq!(others.last_end, Time::ZERO + secs(5));
}

#[test]
fn a_refused_head_is_followed_by_a_get() {
    let mut builder = shut();
    let block = builder.block(roots("pulls", 1));
    builder.program(block, |p| {
        let head = LoopSpec {
            give_up: GiveUp::Continue,
            ..looped("engine", RetryPolicy::NONE)
        };
        p.retry_else(
            head,
            |p| {
                p.send(request(Span::ZERO));
            },
            |p| {
                p.send(request(Span::ZERO));
            },
        );
        p.step(Step::Started);
    });
    let outcome = run(&builder.finish());
    assert_eq!(outcome.totals.limiters[0][0].throttled, 2);
    assert_eq!(outcome.totals.blocks[0].in_state(State::Failed), 1);
}

#[test]
fn a_head_that_succeeds_needs_no_get() {
    let mut builder = world(bucket(5, 0));
    let block = builder.block(roots("pulls", 1));
    builder.program(block, |p| {
        let head = LoopSpec {
            give_up: GiveUp::Continue,
            ..looped("engine", RetryPolicy::NONE)
        };
        let get = |p: &mut PlanBuilder| {
            p.send(request(Span::ZERO));
        };
        p.retry_else(head, get, get);
        p.step(Step::Started);
    });
    let outcome = run(&builder.finish());
    assert_eq!(outcome.totals.limiters[0][0].admitted, 1);
    assert_eq!(outcome.totals.blocks[0].in_state(State::Done), 1);
}

#[test]
fn an_answer_of_401_uses_up_an_attempt_where_the_client_counts_it() {
    let sends = |charged: bool| {
        let mut builder = shut();
        let block = builder.block(roots("pulls", 1));
        builder.program(block, |p| {
            p.retry(looped("engine", fixed(Span::ZERO, 5)), |p| {
                if charged {
                    let retry = p.innermost().unwrap_or(NONE);
                    p.step(Step::Charge { retry });
                }
                p.send(request(Span::from_millis(1)));
            });
        });
        run(&builder.finish()).totals.limiters[0][0].throttled
    };
    assert_eq!((sends(false), sends(true)), (5, 3));
}

#[test]
fn a_failed_layer_stops_the_others_only_when_the_news_reaches_them() {
    let cancelled = |delay: Option<Span>| {
        // One credit: the first layer gets it and downloads for a second, the second is refused.
        let mut builder = world(bucket(1, 0));
        let pulls = builder.block(roots("pulls", 1));
        let layers = builder.block(children("layers", 2, pulls, 2));
        builder.program(pulls, |p| {
            let cancel_after = match delay {
                None => NONE,
                Some(span) => p.duration(Distribution::Constant(span)),
            };
            p.fork(Fork {
                cancel_after,
                ..fork(layers, 2, JoinRule::FailFast)
            });
        });
        builder.program(layers, |p| {
            p.send(request(Span::ZERO));
            wait(p, secs(1), WORK);
        });
        let plan = builder.finish();
        let outcome = run(&plan);
        assert_eq!(outcome.totals.blocks[0].in_state(State::Failed), 1);
        assert_eq!(outcome.totals.blocks[1].in_state(State::Cancelled), 1);
        let lines = story(&plan);
        let cancelled = lines.iter().find(|line| line.kind == LineKind::Cancelled);
        cancelled.map(|line| line.at)
    };
    assert_eq!(cancelled(None), Some(Time::ZERO));
    let soon = Span::from_millis(25);
    assert_eq!(cancelled(Some(soon)), Some(Time::ZERO + soon));
}

#[test]
fn a_restart_loop_turns_at_the_larger_of_delay_and_preparation() {
    let restarts = |delay: u64, preparation: u64| {
        let mut builder = world(bucket(1_000, 0));
        let block = builder.block(roots("tasks", 1));
        let mut end = roots("end", 1);
        end.start = Start::Arrivals(Arrivals::At(vec![secs(60)]));
        let end = builder.block(end);
        let shape = ErrorShape {
            origin: Origin::Response,
            status: None,
            code: None,
        };
        let mount = builder.error(
            shape,
            ErrorSource::Service,
            "bind source path does not exist",
        );
        builder.program(block, |p| {
            let forever = LoopSpec {
                whatever_failed: true,
                ..looped("orchestrator", fixed(Span::ZERO, RetryPolicy::UNLIMITED))
            };
            p.retry(forever, |p| {
                let delay = p.duration(Distribution::Constant(secs(delay)));
                p.step(Step::WaitSince {
                    duration: delay,
                    draw: WORK,
                });
                p.step(Step::Mark);
                p.send(request(secs(preparation)));
                p.fail(mount);
            });
        });
        builder.program(end, |p| {
            p.step(Step::EndBlock { block });
        });
        let outcome = run(&builder.finish());
        assert_eq!(outcome.totals.blocks[0].in_state(State::Cancelled), 1);
        assert_eq!(outcome.end, Time::ZERO + secs(60));
        outcome.totals.limiters[0][0].admitted
    };
    // Decided half a round trip after each start.
    assert_eq!(restarts(5, 2), 12);
    assert_eq!(restarts(5, 10), 6);
}

/// When each of some downloads ends that begin at these seconds, share one link of 100 bytes a
/// second, and have so many bytes; the last is given up at 3 s if `given_up`.
fn downloads(begin: &[u64], bytes: &[u64], given_up: bool) -> Vec<f64> {
    let mut builder = world(bucket(1, 0));
    let link = builder.links(LinkPlan {
        bytes_per_second: 100,
        owners: 1,
        shared: true,
    });
    let last = begin.len() as u32 - 1;
    let mut blocks = Vec::new();
    for (begin, bytes) in begin.iter().zip(bytes) {
        let mut spec = roots("downloads", 1);
        spec.start = Start::Arrivals(Arrivals::At(vec![secs(*begin)]));
        blocks.push((builder.block(spec), *bytes));
    }
    let mut end = roots("end", u32::from(given_up));
    end.start = Start::Arrivals(Arrivals::At(vec![secs(3)]));
    let end = builder.block(end);
    for (block, bytes) in &blocks {
        builder.program(*block, |p| {
            let amount = p.amounts(&[*bytes], KeyRule::Constant(0));
            let owner = KeyRule::Constant(0);
            p.transfer(amount, vec![LinkRule { link, owner }]);
        });
    }
    builder.program(end, |p| {
        if given_up {
            let block = blocks[last as usize].0;
            p.step(Step::EndBlock { block });
        }
    });
    let lines = story(&builder.finish());
    let ended = |id: u32| lines.iter().rfind(|line| line.activity == id);
    (0..=last)
        .filter_map(ended)
        .map(|line| line.at.since(Time::ZERO).as_secs_f64())
        .collect()
}

#[test]
fn downloads_share_a_link_equally_while_they_overlap() {
    assert_eq!(downloads(&[0], &[500], false), [5.0]);
    assert_eq!(downloads(&[0, 0], &[500, 500], false), [10.0, 10.0]);
    // Two seconds alone, then shared until the short one is over, then alone again.
    assert_eq!(downloads(&[0, 2], &[500, 100], false), [6.0, 4.0]);
}

#[test]
fn a_download_that_is_given_up_leaves_its_share_to_the_others() {
    // 200 bytes by 2 s, shared from then on: 250 by 3 s, and the other 250 alone.
    assert_eq!(downloads(&[0, 2], &[500, 900], true), [5.5, 3.0]);
}

#[test]
fn nobody_waits_for_what_only_happens_at_a_time() {
    let mut builder = world(bucket(1, 0));
    let work = builder.block(roots("tasks", 1));
    let mut end = roots("end", 1);
    end.role = BlockRole::Event;
    end.start = Start::Arrivals(Arrivals::At(vec![secs(60)]));
    let end = builder.block(end);
    builder.program(work, |p| wait(p, secs(5), WORK));
    builder.program(end, |p| {
        p.step(Step::EndBlock { block: work });
    });
    let outcome = run(&builder.finish());
    assert_eq!(outcome.end, Time::ZERO + secs(5));
    let finished = outcome.workloads[0].finished_after;
    assert_eq!(finished, Some(Time::ZERO + secs(5)));
}

#[test]
fn only_later_passes_go_through_the_steps_that_are_for_them() {
    let mut builder = world(bucket(1, 0));
    builder.plan().limiters[0].spec.initial = crate::limiter::Initial::Empty;
    let block = builder.block(roots("tasks", 1));
    builder.program(block, |p| {
        let again = |p: &mut PlanBuilder| wait(p, secs(7), WORK);
        p.retry_again(looped("orchestrator", fixed(Span::ZERO, 3)), again, |p| {
            p.send(request(Span::ZERO));
        });
    });
    let outcome = run(&builder.finish());
    assert_eq!(outcome.totals.limiters[0][0].throttled, 3);
    assert_eq!(outcome.end, Time::ZERO + secs(14));
}
