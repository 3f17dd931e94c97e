//! The timing wheel: entries wait unsorted in slots of a millisecond and are sorted slot by slot.
//!
//! A sleep of a few seconds costs one write into the list of its slot, however many entries wait;
//! a slot holds few entries, so that sorting it when its time comes is cheap. Sleeps of up to 17
//! seconds, the usual ceiling of retry policies, always go straight into their slot; later entries
//! wait in coarser wheels first.

use super::far::FarWheels;
use super::heap::Numbered;
use super::lines::Lines;
use super::near::{self, Near, NearWheel};
use super::{Calendar, Entry};
use crate::units::Time;
use std::collections::BinaryHeap;

/// This many popped entries stay in the running slot before an insertion clears them away.
const COMPACTION_MIN: usize = 64;

/// Slots with fewer entries than this are taken together with those that follow, so that the state
/// of several activities is fetched at once; but no more than this many slots (17 ms), because what
/// is pushed between them later must be inserted.
const TOGETHER_ENTRIES: usize = 8;

/// Entries of one instant for which room is made beforehand; larger crowds are rare.
const CROWD: usize = 1 << 12;
const TOGETHER_SLOTS: u64 = 16;

/// A timing wheel with sorted slots.
#[derive(Clone, Debug)]
pub struct Wheel {
    /// The slot that is running, in order; those before `next` are popped.
    running: Vec<Entry>,
    next: usize,
    /// Entries pushed into the running slot before its last one. While one waits here, the last
    /// entry of `running` is later than it, so that of two equal times the one here came later.
    inserted: BinaryHeap<Numbered>,
    /// Entries ever pushed into `inserted`.
    insertions: u64,
    /// The slot after the running one: nothing in the wheels lies before it.
    next_slot: u64,
    near: NearWheel,
    far: FarWheels,
    lines: Lines,
    /// The earliest time in the wheels, where somebody asked for it since the last slot was taken.
    earliest_in_wheels: Option<Time>,
    /// Time of the entry popped last.
    now: Time,
    len: usize,
}

impl Wheel {
    /// Brings the next occupied slot into `running`, in which nothing is left, and those that
    /// follow while they are near and few.
    #[inline(never)]
    fn take_next_slots(&mut self, mut soon: impl FnMut(u32)) -> bool {
        let Some(first) = self.reach_next_slot() else {
            return false;
        };
        self.earliest_in_wheels = None;
        self.running.clear();
        self.next = 0;
        let end = (first + TOGETHER_SLOTS).min(near::first_slot(self.far.reached()));
        let mut slot = first;
        loop {
            self.next_slot = slot + 1;
            let mut taken = self.lines.take(&mut self.near.take(slot));
            while let Some(items) = self.lines.next_line::<Near>(&mut taken) {
                for near in items.iter::<Near>() {
                    let entry = near.entry(slot);
                    soon(entry.activity);
                    self.running.push(entry);
                }
            }
            if self.running.len() >= TOGETHER_ENTRIES {
                break;
            }
            match self.near.first_occupied(self.next_slot) {
                Some(next) if next < end => slot = next,
                _ => break,
            }
        }
        self.sort_running();
        true
    }

    /// Apart from [`Wheel::take_next_slots`], which is compiled for each recorder: a sort is large.
    #[inline(never)]
    fn sort_running(&mut self) {
        // Stable: entries of one time stay in the order in which they came.
        self.running.sort_by_key(|entry| entry.time);
    }

    /// Finds the next occupied slot and moves the wheels so far that its block is the running one.
    fn reach_next_slot(&mut self) -> Option<u64> {
        loop {
            if let Some(slot) = self.near.first_occupied(self.next_slot) {
                if near::block_of(slot) == self.far.reached() {
                    self.advance(near::block_of(slot) + 1);
                }
                return Some(slot);
            }
            let block = self.far.next_block()?;
            self.next_slot = near::first_slot(block);
            self.advance(block);
        }
    }

    /// Moves the far wheels on to `block` and its entries into the near wheel.
    fn advance(&mut self, block: u64) {
        let near = &mut self.near;
        self.far.advance(&mut self.lines, block, |lines, entry| {
            near.push(lines, entry)
        });
    }

    /// The time of the earliest entry in the wheels.
    fn earliest_in_wheels(&self) -> Option<Time> {
        match self.near.first_occupied(self.next_slot) {
            Some(slot) => self.near.earliest_in(&self.lines, slot),
            None => self.far.earliest(&self.lines),
        }
    }

    /// Adds an entry to the slot that is running.
    #[inline(never)]
    fn insert(&mut self, entry: Entry) {
        if self.next >= COMPACTION_MIN && self.next >= self.running.len() / 2 {
            self.running.drain(..self.next);
            self.next = 0;
        }
        let last = self.running[self.next..].last();
        if last.is_none_or(|last| last.time <= entry.time) {
            self.running.push(entry);
        } else {
            self.inserted.push(Numbered {
                entry,
                number: self.insertions,
            });
            self.insertions += 1;
        }
    }
}

impl Calendar for Wheel {
    fn with_capacity(entries: usize) -> Self {
        Wheel {
            running: Vec::with_capacity(entries.min(CROWD)),
            next: 0,
            inserted: BinaryHeap::with_capacity(entries.min(CROWD)),
            insertions: 0,
            next_slot: 0,
            near: NearWheel::new(),
            far: FarWheels::new(1),
            lines: Lines::with_capacity::<Near>(entries, near::SLOTS),
            earliest_in_wheels: None,
            now: Time::ZERO,
            len: 0,
        }
    }

    #[inline(always)]
    fn push(&mut self, entry: Entry) {
        assert!(entry.time >= self.now, "an entry cannot lie in the past");
        self.len += 1;
        let slot = near::slot_of(entry.time);
        if slot < self.next_slot {
            self.insert(entry);
            return;
        }
        if let Some(earliest) = &mut self.earliest_in_wheels {
            *earliest = entry.time.min(*earliest);
        }
        if near::block_of(slot) <= self.far.reached() {
            self.near.push(&mut self.lines, entry);
        } else {
            self.far.push(&mut self.lines, entry);
        }
    }

    #[inline(always)]
    fn pop_foretelling(&mut self, soon: impl FnMut(u32)) -> Option<Entry> {
        if self.next == self.running.len() && !self.take_next_slots(soon) {
            return None;
        }
        let first = self.running[self.next];
        let entry = match self.inserted.peek() {
            Some(inserted) if inserted.entry.time < first.time => self.inserted.pop()?.entry,
            _ => {
                self.next += 1;
                first
            }
        };
        self.now = entry.time;
        self.len -= 1;
        Some(entry)
    }

    #[inline]
    fn peek_time(&mut self) -> Option<Time> {
        if let Some(first) = self.running.get(self.next) {
            let inserted = self
                .inserted
                .peek()
                .map_or(first.time, |inserted| inserted.entry.time);
            return Some(inserted.min(first.time));
        }
        if self.earliest_in_wheels.is_none() {
            self.earliest_in_wheels = self.earliest_in_wheels();
        }
        self.earliest_in_wheels
    }

    #[inline]
    fn len(&self) -> usize {
        self.len
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::mix;

    #[test]
    fn a_million_waiting_entries_cost_less_than_twenty_bytes_each() {
        const ENTRIES: u64 = 1_000_000;
        for seconds_max in [1u64, 20, 3_600, 86_400] {
            let mut wheel = Wheel::with_capacity(ENTRIES as usize);
            for i in 0..ENTRIES {
                let time = Time::from_nanos(mix(i) % (seconds_max * 1_000_000_000));
                wheel.push(Entry {
                    time,
                    activity: i as u32,
                    generation: 0,
                });
            }
            let bytes = wheel.lines.bytes();
            assert!(
                bytes < 20 * ENTRIES as usize,
                "{bytes} bytes for {seconds_max} s"
            );
        }
    }
}
