//! Cells of caches: what is good until when, who is fetching it, and who waits for that.

use crate::plan::{CachePlan, FOR_EVER, NONE};
use crate::units::Time;

/// The cells of one cache, by owner and item.
#[derive(Clone, Debug)]
pub(super) struct Cells {
    plan: CachePlan,
    until: Vec<Time>,
    /// Who first looked for a cell, which counts as filled to others since. Empty unless cells do
    /// ([`CachePlan::filled_when_asked`]).
    promised_by: Vec<u32>,
    /// Empty unless the cache is single-flight.
    flights: Vec<Flight>,
}

/// Who is fetching a cell, and the ends of the line of those who wait for it.
#[derive(Copy, Clone, Debug)]
struct Flight {
    fetching: u32,
    first: u32,
    last: u32,
}

/// What somebody who wants a cell has to do.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub(super) enum Found {
    Good,
    FetchIt,
    Wait,
}

impl Cells {
    pub fn new(plan: CachePlan) -> Self {
        let cells = plan.owners as usize * plan.items as usize;
        let nobody = Flight {
            fetching: NONE,
            first: NONE,
            last: NONE,
        };
        let good = |item: usize| item < plan.filled as usize;
        let items = plan.items.max(1) as usize;
        let until = (0..cells).map(|cell| {
            if good(cell % items) {
                FOR_EVER
            } else {
                Time::ZERO
            }
        });
        Cells {
            plan,
            until: until.collect(),
            promised_by: vec![NONE; if plan.filled_when_asked { cells } else { 0 }],
            flights: vec![nobody; if plan.single_flight { cells } else { 0 }],
        }
    }

    pub fn cell(&self, owner: u32, item: u32) -> u32 {
        owner * self.plan.items + item
    }

    /// Whether an activity finds a cell good at `at`. Where cells count as filled once looked for, who looks
    /// first is taken to fill it.
    pub fn look(&mut self, cell: u32, at: Time, activity: u32) -> bool {
        if self.until[cell as usize] > at {
            return true;
        }
        match self.promised_by.get_mut(cell as usize) {
            None => false,
            Some(by) if *by == NONE => {
                *by = activity;
                false
            }
            // Who has set out to fetch it does not have it yet, however often it looks.
            Some(by) => *by != activity,
        }
    }

    /// Looks for a cell on behalf of an activity that means to fetch it if need be.
    pub fn fetch(&mut self, cell: u32, at: Time, activity: u32) -> Found {
        if self.look(cell, at, activity) {
            return Found::Good;
        }
        match self.flights.get_mut(cell as usize) {
            None => Found::FetchIt,
            Some(flight) if flight.fetching == NONE || flight.fetching == activity => {
                flight.fetching = activity;
                Found::FetchIt
            }
            Some(_) => Found::Wait,
        }
    }

    /// Puts an activity at the end of the line for a cell. Lines run through `next`, by activity.
    pub fn wait(&mut self, cell: u32, activity: u32, next: &mut [u32]) {
        let flight = &mut self.flights[cell as usize];
        next[activity as usize] = NONE;
        if flight.first == NONE {
            flight.first = activity;
        } else {
            next[flight.last as usize] = activity;
        }
        flight.last = activity;
    }

    /// Takes an activity out of the line for a cell, if it stands there.
    pub fn leave_line(&mut self, cell: u32, activity: u32, next: &mut [u32]) {
        let Some(flight) = self.flights.get_mut(cell as usize) else {
            return;
        };
        let (mut before, mut at) = (NONE, flight.first);
        while at != NONE && at != activity {
            (before, at) = (at, next[at as usize]);
        }
        if at == NONE {
            return;
        }
        let after = next[at as usize];
        match before {
            NONE => flight.first = after,
            before => next[before as usize] = after,
        }
        if flight.last == activity {
            flight.last = before;
        }
    }

    /// A cell is good from `at` on. Nobody is fetching it any more.
    pub fn fill(&mut self, cell: u32, at: Time) {
        let until = match self.plan.lifetime {
            Some(lifetime) => at + lifetime,
            None => FOR_EVER,
        };
        self.until[cell as usize] = until;
        self.abandon(cell);
    }

    /// A cell is good no longer.
    pub fn forget(&mut self, cell: u32) {
        self.until[cell as usize] = Time::ZERO;
        if let Some(by) = self.promised_by.get_mut(cell as usize) {
            *by = NONE;
        }
    }

    /// Nobody is fetching a cell any more.
    pub fn abandon(&mut self, cell: u32) {
        if let Some(flight) = self.flights.get_mut(cell as usize) {
            flight.fetching = NONE;
        }
    }

    /// Takes the first out of the line for a cell.
    pub fn next_in_line(&mut self, cell: u32, next: &[u32]) -> Option<u32> {
        let flight = self.flights.get_mut(cell as usize)?;
        let first = flight.first;
        if first == NONE {
            return None;
        }
        flight.first = next[first as usize];
        Some(first)
    }
}
