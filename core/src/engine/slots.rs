//! Pools of slots (runners, download slots) with a waiting line: first come, first served.

use crate::units::Time;
use std::collections::VecDeque;

/// A place in the line.
#[derive(Copy, Clone, Debug)]
pub(super) struct Waiter {
    pub activity: u32,
    pub generation: u32,
    pub since: Time,
}

/// A pool: slots are numbered, so that a slot can be a machine with things cached on it.
#[derive(Clone, Debug)]
pub(super) struct Pool {
    /// Slots that nobody has used yet.
    fresh: std::ops::Range<u32>,
    returned: Vec<u32>,
    line: VecDeque<Waiter>,
}

impl Pool {
    /// A pool with the slots of these numbers.
    pub fn new(slots: std::ops::Range<u32>) -> Self {
        Pool {
            fresh: slots,
            returned: Vec::new(),
            line: VecDeque::new(),
        }
    }

    /// A free slot: the one given back last, for its caches are warm.
    pub fn take(&mut self) -> Option<u32> {
        self.returned.pop().or_else(|| self.fresh.next())
    }

    pub fn wait(&mut self, waiter: Waiter) {
        self.line.push_back(waiter);
    }

    /// The first in line whom `alive` still finds waiting; the others are forgotten.
    pub fn next(&mut self, alive: impl Fn(&Waiter) -> bool) -> Option<Waiter> {
        while let Some(waiter) = self.line.pop_front() {
            if alive(&waiter) {
                return Some(waiter);
            }
        }
        None
    }

    pub fn give(&mut self, slot: u32) {
        self.returned.push(slot);
    }
}
