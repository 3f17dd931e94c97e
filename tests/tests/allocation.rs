//! No attempt asks the system for memory: what a simulation needs is laid out when it begins.
//!
//! What can still grow is the calendar's, by doubling: the lines in which it keeps its slots.

use allocation_counter::measure;
use pullstorm_core::engine::{Progress, Simulation};
use pullstorm_core::plan::{Plan, storm};
use pullstorm_core::random::Keys;
use pullstorm_core::record::Nothing;
use pullstorm_core::replicate::prepare;
use pullstorm_core::retry::{Growth, RetryPolicy, Strategy};
use pullstorm_core::scenario::Document;
use pullstorm_core::units::Span;

/// Events between two looks.
const EVENTS: u64 = 200;

/// Allocations in each stretch of events of a run, to its end.
fn allocations(plan: &Plan) -> Vec<u64> {
    let mut simulation: Simulation<'_, Keys, Nothing> =
        Simulation::new(plan, Keys::new(1, 0), Nothing);
    let mut counted = Vec::new();
    let mut progress = Progress::Running;
    while progress == Progress::Running {
        let memory = measure(|| progress = simulation.advance(EVENTS));
        counted.push(memory.count_total);
    }
    assert_eq!(progress, Progress::Done);
    counted
}

#[test]
fn what_counts_allocations_sees_one() {
    assert_eq!(
        measure(|| drop(Vec::<u64>::with_capacity(9))).count_total,
        1
    );
}

/// Lists that can grow.
const LISTS: u32 = 2;

/// As many allocations as the doublings of all lists to so many entries.
fn doublings(entries: u32) -> u64 {
    u64::from(LISTS * entries.next_power_of_two().ilog2())
}

#[test]
fn attempts_of_a_storm_allocate_nothing() {
    let growth = Growth::new(Span::from_millis(100), Span::from_secs(20));
    let policy = |attempts| RetryPolicy::new(Strategy::FullJitter(growth), attempts);
    let clients = 10_000;
    let counted = allocations(&storm(clients, policy(100)));
    assert!(counted.len() > 4_000, "{} stretches", counted.len());
    assert!(
        counted.iter().all(|allocations| *allocations == 0),
        "{counted:?}"
    );
}

#[test]
fn the_first_incident_allocates_for_its_calendar_at_most() {
    let text = include_str!("../../scenarios/circleci-ecr-fanout.yaml");
    let document = Document::parse("circleci", text.as_bytes()).unwrap();
    for prepared in prepare(&document, &[]).unwrap() {
        let counted = allocations(&prepared.plan);
        let most = doublings(prepared.plan.activities());
        let sum: u64 = counted.iter().sum();
        assert!(sum <= most, "{}: {sum} of {most}", prepared.name);
    }
}
