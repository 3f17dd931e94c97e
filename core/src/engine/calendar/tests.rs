//! The wheel against the heap.

use super::{Calendar, Entry, Heap, Wheel};
use crate::units::Time;
use proptest::prelude::*;

fn entry(nanos: u64, activity: u32) -> Entry {
    Entry {
        time: Time::from_nanos(nanos),
        activity,
        generation: activity ^ 0x5555,
    }
}

/// What a simulation does to its calendar.
#[derive(Clone, Debug)]
enum Step {
    /// Push so many nanoseconds after now.
    After(u64),
    /// Push at the time of an earlier push, if that is not past.
    Again(prop::sample::Index),
    Pop,
    Peek,
}

/// Waits on every scale: none, inside a slot, inside the near wheel, on each far level.
fn waits() -> impl Strategy<Value = u64> {
    prop_oneof![
        2 => Just(0),
        3 => 0..1u64 << 20,
        6 => 0..20_000_000_000u64,
        2 => 30_000_000_000..40_000_000_000u64,
        3 => (0..64u32, any::<u64>()).prop_map(|(shift, bits)| bits >> shift),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => waits().prop_map(Step::After),
        2 => any::<prop::sample::Index>().prop_map(Step::Again),
        5 => Just(Step::Pop),
        1 => Just(Step::Peek),
    ];
    prop::collection::vec(step, 1..400)
}

/// Runs the same steps on both calendars, then empties them.
fn compare(steps: &[Step]) {
    let (mut wheel, mut heap) = (Wheel::with_capacity(0), Heap::with_capacity(0));
    let (mut now, mut times) = (0u64, vec![0]);
    for (activity, step) in (0..).zip(steps) {
        let time = match step {
            Step::After(wait) => now.saturating_add(*wait),
            Step::Again(index) => *index.get(&times).max(&now),
            Step::Pop => {
                let popped = heap.pop();
                assert_eq!(wheel.pop(), popped);
                now = popped.map_or(now, |entry| entry.time.as_nanos());
                continue;
            }
            Step::Peek => {
                assert_eq!(wheel.peek_time(), heap.peek_time());
                continue;
            }
        };
        times.push(time);
        wheel.push(entry(time, activity));
        heap.push(entry(time, activity));
        assert_eq!(wheel.len(), heap.len());
    }
    while let Some(expected) = heap.pop() {
        assert_eq!(wheel.peek_time(), Some(expected.time));
        assert_eq!(wheel.pop(), Some(expected));
    }
    assert_eq!(
        (wheel.pop(), wheel.peek_time(), wheel.len()),
        (None, None, 0)
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_wheel_pops_what_the_heap_pops(steps in steps()) {
        compare(&steps);
    }
}

#[test]
fn a_long_run_of_short_sleeps_and_rare_long_ones_pops_alike() {
    let (mut wheel, mut heap) = (Wheel::with_capacity(2_000), Heap::with_capacity(2_000));
    let bits = |n: u64| crate::random::mix(n);
    for i in 0..2_000u32 {
        wheel.push(entry(bits(u64::from(i)) >> 34, i));
        heap.push(entry(bits(u64::from(i)) >> 34, i));
    }
    for n in 2_000..200_000u64 {
        assert_eq!(wheel.peek_time(), heap.peek_time());
        let popped = heap.pop().unwrap();
        assert_eq!(wheel.pop(), Some(popped));
        // Up to 17 s; one in 64 up to 5 h, on a grid of a second so that many coincide.
        let wait = if n % 64 == 0 {
            (bits(n) >> 20) / 1_000_000_000 * 1_000_000_000
        } else {
            bits(n) >> 30
        };
        let next = entry(popped.time.as_nanos() + wait, popped.activity);
        wheel.push(next);
        heap.push(next);
    }
}

#[test]
fn a_million_entries_of_one_instant_come_out_in_the_order_they_were_pushed() {
    const MILLION: u32 = 1_000_000;
    let mut wheel = Wheel::with_capacity(0);
    let instant = 90_000_000_000_001;
    wheel.push(entry(instant, 0));
    wheel.push(entry(instant + 1, MILLION + 1));
    assert_eq!(wheel.pop(), Some(entry(instant, 0)));
    // The slot is running, and its last entry is later than the instant.
    for activity in 1..=MILLION {
        wheel.push(entry(instant, activity));
    }
    for activity in 1..=MILLION {
        assert_eq!(wheel.pop(), Some(entry(instant, activity)));
    }
    assert_eq!(wheel.pop(), Some(entry(instant + 1, MILLION + 1)));
}

#[test]
fn the_end_of_time_can_be_waited_for() {
    let mut wheel = Wheel::with_capacity(1);
    wheel.push(entry(u64::MAX, 1));
    assert_eq!(wheel.peek_time(), Some(Time::NEVER));
    wheel.push(entry(3, 2));
    assert_eq!(wheel.pop(), Some(entry(3, 2)));
    assert_eq!(wheel.pop(), Some(entry(u64::MAX, 1)));
    wheel.push(entry(u64::MAX, 3));
    assert_eq!(wheel.pop(), Some(entry(u64::MAX, 3)));
    assert_eq!(wheel.pop(), None);
}

#[test]
#[should_panic(expected = "past")]
fn pushing_into_the_past_is_a_programming_error() {
    let mut wheel = Wheel::with_capacity(1);
    wheel.push(entry(5, 0));
    wheel.pop();
    wheel.push(entry(4, 0));
}
