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
    free: Vec<u32>,
    line: VecDeque<Waiter>,
}

impl Pool {
    pub fn new(slots: u32) -> Self {
        Pool {
            free: (0..slots).rev().collect(),
            line: VecDeque::new(),
        }
    }

    /// A free slot: the one given back last, for its caches are warm.
    pub fn take(&mut self) -> Option<u32> {
        self.free.pop()
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
        self.free.push(slot);
    }
}
