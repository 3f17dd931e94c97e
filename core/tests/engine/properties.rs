//! What must hold of every run.

use crate::witness::{Told, What, Witness};
use crate::world::{self, BUCKET, GUARD, World};
use proptest::prelude::*;
use pullstorm_core::engine::calendar::{Calendar, Heap, Wheel};
use pullstorm_core::engine::{CheckTotals, LoopTotals, Progress, Simulation, State, Totals};
use pullstorm_core::outcome::Outcome;
use pullstorm_core::plan::{GiveUp, NONE, Plan, Step};
use pullstorm_core::random::{Distribution, Keys};
use pullstorm_core::record::LineKind;
use pullstorm_core::retry::Verdict;
use pullstorm_core::units::{Span, Time};

fn run<C: Calendar>(plan: &Plan, budget: u64) -> (Outcome, Witness) {
    let mut simulation: Simulation<'_, Keys, Witness, C> =
        Simulation::new(plan, Keys::new(1, 0), Witness::default());
    while simulation.advance(budget) == Progress::Running {}
    simulation.finish()
}

fn ran(world: &World) -> (Plan, Outcome, Witness) {
    let plan = world.plan();
    let (outcome, witness) = run::<Wheel>(&plan, u64::MAX);
    (plan, outcome, witness)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn no_interval_admits_more_than_burst_and_refill(world in world::any(true)) {
        let (_, _, witness) = ran(&world);
        let admitted = witness.admissions(BUCKET);
        for (place, (start, _)) in admitted.iter().enumerate() {
            let mut credits = 0;
            // Long runs are looked at in part: what comes in a short interval is what counts.
            for (end, cost) in admitted[place..].iter().take(200) {
                credits += cost;
                let most = world.most_in(end.since(*start));
                prop_assert!(credits <= most, "{credits} of {most} from {start} to {end}");
            }
        }
    }

    #[test]
    fn limiters_are_asked_in_the_order_of_time(world in world::any(true)) {
        let (_, _, witness) = ran(&world);
        let mut last = Time::ZERO;
        for told in &witness.told {
            if matches!(told.what, What::Decided { .. }) {
                prop_assert!(told.at >= last, "{told:?} after {last}");
                last = told.at;
            }
        }
    }

    #[test]
    fn an_entity_lives_from_wanted_to_one_end_and_does_nothing_afterwards(world in world::any(true)) {
        let (plan, outcome, witness) = ran(&world);
        prop_assert_eq!(outcome.cut_off, None);
        for (block, totals) in plan.blocks.iter().zip(&outcome.totals.blocks) {
            prop_assert_eq!(totals.ended.iter().sum::<u64>(), u64::from(block.count));
            let left = totals.in_state(State::Running) + totals.in_state(State::Started);
            prop_assert_eq!(left, 0, "of {}", block.name);
        }
        for activity in 0..plan.activities() {
            let (mut alive, mut begins) = (false, false);
            let mut last = Time::ZERO;
            for told in witness.about(activity) {
                let wanted = told.what == What::Line(LineKind::Wanted);
                prop_assert!(alive != wanted, "{told:?} while alive is {alive}");
                alive = !told.what.is_end();
                // A sibling can be cancelled before the time at which it would have begun.
                if told.what == What::Line(LineKind::Cancelled) && begins {
                    last = Time::ZERO;
                }
                prop_assert!(told.at >= last, "{told:?} after {last}");
                (last, begins) = (told.at, wanted);
            }
            prop_assert!(!alive, "activity {activity} has no end");
        }
    }

    #[test]
    fn who_gave_up_goes_on_outside_or_fails_and_sends_nothing(world in world::any(true)) {
        let (plan, _, witness) = ran(&world);
        for activity in 0..plan.activities() {
            let about: Vec<&Told> = witness
                .about(activity)
                .filter(|told| !matches!(told.what, What::Line(LineKind::GaveUp { .. })))
                .collect();
            for pair in about.windows(2) {
                let What::Passed { retry, failure: Some(verdict) } = pair[0].what else {
                    continue;
                };
                let stopped = &plan.loops[retry as usize];
                if matches!(verdict, Verdict::Retry(_)) || stopped.give_up == GiveUp::Continue {
                    continue;
                }
                let next = match pair[1].what {
                    What::Passed { retry, .. } => retry == stopped.parent,
                    What::Line(LineKind::Failed) => stopped.parent == NONE,
                    _ => false,
                };
                prop_assert!(next, "{:?} follows {:?}", pair[1], pair[0]);
                prop_assert_eq!(pair[1].at, pair[0].at);
            }
        }
    }

    #[test]
    fn attempts_are_the_passes_of_the_loops_around_them(world in world::any(false)) {
        let (plan, outcome, witness) = ran(&world);
        for (site, totals) in (0..).zip(&outcome.totals.sites) {
            prop_assert_eq!(totals.attempts, witness.sent(site));
            let around = plan.sites[site as usize].retry;
            let Some(retry) = plan.loops.get(around as usize) else { continue };
            // Where there is nothing else in the body, and children never cancel the request.
            let body = &plan.steps[retry.body as usize..retry.exit as usize - 1];
            if matches!(body, [Step::Send { .. }, Step::Decide { .. }, Step::Answer { .. }]) {
                prop_assert_eq!(totals.attempts, outcome.totals.loops[around as usize].passes());
            }
        }
        for retry in &outcome.totals.loops {
            prop_assert_eq!(retry.passes(), retry.calls + retry.retries);
            prop_assert_eq!(retry.calls, retry.succeeded + retry.gave_up_in_all());
            prop_assert_eq!(retry.delays.len(), retry.succeeded);
        }
    }

    #[test]
    fn what_sites_asked_a_limiter_is_what_it_was_asked_and_refused(world in world::any(true)) {
        let (plan, outcome, _) = ran(&world);
        for (limiter, keys) in (0..).zip(&outcome.totals.limiters) {
            let mut asked = CheckTotals::default();
            let checks = plan.checks.iter().zip(&outcome.totals.checks);
            for (_, counted) in checks.filter(|(check, _)| check.limiter == limiter) {
                asked.add(counted);
            }
            let offered: u64 = keys.iter().map(|key| key.offered()).sum();
            let throttled: u64 = keys.iter().map(|key| key.throttled).sum();
            prop_assert_eq!((asked.asked(), asked.throttled), (offered, throttled));
            prop_assert_eq!(asked.last_throttled.is_some(), throttled > 0);
            prop_assert!(asked.last_throttled.is_none_or(|last| last <= outcome.end));
        }
    }

    #[test]
    fn no_more_slots_are_held_than_there_are(world in world::any(true)) {
        let (_, outcome, _) = ran(&world);
        // Holders have one request under way at most, so their limiter never has to say no.
        prop_assert_eq!(outcome.totals.limiters[GUARD][0].throttled, 0);
    }

    #[test]
    fn heap_and_wheel_and_any_budget_tell_the_same(world in world::any(true), budget in 1..40u64) {
        let plan = world.plan();
        let (outcome, witness) = run::<Wheel>(&plan, u64::MAX);
        for (other, told) in [run::<Heap>(&plan, u64::MAX), run::<Wheel>(&plan, budget)] {
            prop_assert_eq!(format!("{other:?}"), format!("{outcome:?}"));
            prop_assert_eq!(&told, &witness);
        }
    }

    #[test]
    fn running_ahead_comes_to_the_same_as_an_event_for_each_step(world in world::any(true)) {
        let mut ahead = world.plan();
        // Of things that fall on one instant either may come first.
        for duration in &mut ahead.durations {
            if let Distribution::Constant(span) = *duration {
                let high = span + Span::from_millis(1);
                *duration = Distribution::Uniform { low: span, high };
            }
        }
        let mut stepwise = ahead.clone();
        for site in &mut stepwise.sites {
            (site.send_is_event, site.answer_is_event) = (true, true);
        }
        for block in &mut stepwise.blocks {
            block.timed_end = true;
        }
        let ahead = run::<Wheel>(&ahead, u64::MAX).0;
        let stepwise = run::<Wheel>(&stepwise, u64::MAX).0;
        prop_assert_eq!(counts(&ahead), counts(&stepwise));
        prop_assert_eq!(ahead.digest, stepwise.digest);
    }
}

/// What does not depend on the order in which things are noted.
fn counts(outcome: &Outcome) -> String {
    let Totals {
        limiters,
        loops,
        sites,
        checks,
        pools,
        blocks,
        gauges: _,
        tallies: _,
        last_arrivals,
    } = &outcome.totals;
    let loops = loops.iter().map(|retry| {
        let LoopTotals {
            calls,
            failed_passes,
            succeeded,
            retries,
            slept,
            ..
        } = retry;
        let delay = retry.delays.mean_secs();
        (
            calls,
            failed_passes,
            succeeded,
            retries,
            slept,
            &retry.gave_up,
            delay,
        )
    });
    let blocks = blocks.iter().map(|block| {
        let parts = [
            &block.start_delay,
            &block.waiting,
            &block.throttled,
            &block.work,
        ];
        (
            block.ended,
            block.last_end,
            parts.map(|part| (part.len(), part.mean_secs())),
        )
    });
    let (loops, blocks): (Vec<_>, Vec<_>) = (loops.collect(), blocks.collect());
    // Who waited is known; how long is a matter of nanoseconds that fall on one instant.
    let pools = pools.iter().map(|pool| (pool.taken, pool.waited));
    let pools: Vec<_> = pools.collect();
    format!("{limiters:?} {loops:?} {sites:?} {checks:?} {pools:?} {blocks:?} {last_arrivals:?}")
}
