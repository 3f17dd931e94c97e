//! The hot path asks the system for no memory: everything is laid out when a simulation begins.
//!
//! What may grow is bounded by the entities of the plan: the pool of lines in which the calendar
//! keeps its slots, and the lists of those that are served at one instant. They grow while the
//! crowd does, by doubling, and never afterwards.

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

#[test]
fn a_storm_allocates_nothing_once_all_its_clients_have_come() {
    let growth = Growth::new(Span::from_millis(100), Span::from_secs(20));
    let policy = RetryPolicy::new(Strategy::FullJitter(growth), 100);
    let plan = storm(10_000, policy);
    let counted = allocations(&plan);
    eprintln!(
        "{:?}",
        counted
            .iter()
            .enumerate()
            .filter(|(_, n)| **n > 0)
            .collect::<Vec<_>>()
    );
    assert_eq!(counted.iter().sum::<u64>(), 0, "of {}", counted.len());
}

#[test]
fn the_first_incident_allocates_nothing() {
    let text = include_str!("../../scenarios/circleci-ecr-fanout.yaml");
    let document = Document::parse("circleci", text.as_bytes()).unwrap();
    for prepared in prepare(&document, &[]).unwrap() {
        let counted = allocations(&prepared.plan);
        eprintln!(
            "{} {:?}",
            prepared.name,
            counted
                .iter()
                .enumerate()
                .filter(|(_, n)| **n > 0)
                .collect::<Vec<_>>()
        );
        assert_eq!(
            counted.iter().sum::<u64>(),
            0,
            "{} of {}",
            prepared.name,
            counted.len()
        );
    }
}
