//! The plain calendar: a binary heap with a sequence number.

use super::{Calendar, Entry};
use crate::units::Time;
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// A binary heap of entries; ties are broken by a sequence number.
#[derive(Clone, Debug)]
pub struct Heap {
    heap: BinaryHeap<Numbered>,
    pushed: u64,
    now: Time,
}

/// An entry and how many were pushed before it.
#[derive(Copy, Clone, Debug)]
pub(super) struct Numbered {
    pub(super) entry: Entry,
    pub(super) number: u64,
}

impl Ord for Numbered {
    /// The greatest is the one that comes out of a [`BinaryHeap`] first: the earliest.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.entry.time, other.number).cmp(&(self.entry.time, self.number))
    }
}

impl PartialOrd for Numbered {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Numbered {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Numbered {}

impl Calendar for Heap {
    fn with_capacity(entries: usize) -> Self {
        Heap {
            heap: BinaryHeap::with_capacity(entries),
            pushed: 0,
            now: Time::ZERO,
        }
    }

    fn push(&mut self, entry: Entry) {
        assert!(entry.time >= self.now, "an entry cannot lie in the past");
        self.heap.push(Numbered {
            entry,
            number: self.pushed,
        });
        self.pushed += 1;
    }

    fn pop_foretelling(&mut self, _soon: impl FnMut(u32)) -> Option<Entry> {
        let Numbered { entry, .. } = self.heap.pop()?;
        self.now = entry.time;
        Some(entry)
    }

    fn peek_time(&mut self) -> Option<Time> {
        self.heap.peek().map(|numbered| numbered.entry.time)
    }

    fn len(&self) -> usize {
        self.heap.len()
    }
}
