//! What activities share beside limiters: taking and giving slots, looking into caches.

use super::Simulation;
use super::calendar::Calendar;
use super::cells::Found;
use super::slots::Waiter;
use super::source::Source;
use crate::plan::{CellRule, NONE, Owner};
use crate::record::{Line, LineKind, Recorder};
use crate::units::Time;

impl<S: Source, R: Recorder, C: Calendar> Simulation<'_, S, R, C> {
    /// Uses a slot of a semaphore up, if there is one.
    pub(super) fn use_up(&mut self, id: u32, rule: u32) -> bool {
        let rule = self.plan.pool_rules[rule as usize];
        let owner = rule.owner.index(self.place(id));
        let slots = &mut self.pools[(self.first_pool[rule.pool as usize] + owner) as usize];
        slots.take().is_some()
    }

    /// Takes a slot. False: none was free, and the activity waits in line.
    pub(super) fn take(&mut self, id: u32, rule: u32, at: Time) -> bool {
        let rule = self.plan.pool_rules[rule as usize];
        let pool = rule.pool;
        let holding = id as usize * self.plan.pools.len() + pool as usize;
        if self.held[holding] == NONE {
            let owner = rule.owner.index(self.place(id));
            let slots = &mut self.pools[(self.first_pool[pool as usize] + owner) as usize];
            let Some(slot) = slots.take() else {
                slots.wait(Waiter {
                    activity: id,
                    generation: self.activities[id as usize].generation,
                    since: at,
                });
                let kind = LineKind::Waits { pool };
                self.recorder.happened(Line {
                    at,
                    activity: id,
                    kind,
                });
                return false;
            };
            self.held[holding] = slot;
        }
        self.totals.pools[pool as usize].taken += 1;
        self.recorder.happened(Line {
            at,
            activity: id,
            kind: LineKind::Took { pool },
        });
        true
    }

    /// Gives the slot of `pool` back, if one is held, and wakes the next in line.
    pub(super) fn give(&mut self, id: u32, pool: u32, at: Time) {
        let pools = self.plan.pools.len();
        let slot = std::mem::replace(&mut self.held[id as usize * pools + pool as usize], NONE);
        if slot == NONE {
            return;
        }
        let owner = slot / self.numbered(pool);
        self.hand_on(pool, owner, slot, at);
    }

    /// Whether others see the end of an activity by a slot that it gives back.
    pub(super) fn holds_a_slot(&self, id: u32) -> bool {
        let pools = self.plan.pools.len();
        let held = &self.held[id as usize * pools..][..pools];
        held.iter().any(|slot| *slot != NONE)
    }

    /// How many numbers the slots of each owner take: one for those that are made, where there is none at
    /// the start.
    pub(super) fn numbered(&self, pool: u32) -> u32 {
        self.plan.pools[pool as usize].slots.max(1)
    }

    /// Hands a slot to the next in line, or puts it back.
    pub(super) fn hand_on(&mut self, pool: u32, owner: u32, slot: u32, at: Time) {
        assert!(at == self.now, "slots change hands at events");
        let (pools, activities) = (self.plan.pools.len(), &self.activities);
        let owned = &mut self.pools[(self.first_pool[pool as usize] + owner) as usize];
        let next = owned
            .next(|waiter| activities[waiter.activity as usize].generation == waiter.generation);
        match next {
            Some(waiter) => {
                self.held[waiter.activity as usize * pools + pool as usize] = slot;
                let waited = at.since(waiter.since).as_nanos();
                self.waiting[waiter.activity as usize].nanos += waited;
                let totals = &mut self.totals.pools[pool as usize];
                totals.waited += 1;
                totals.nanos += waited;
                self.queue(waiter.activity, at);
            }
            None => owned.give(slot),
        }
    }

    pub(super) fn give_all(&mut self, id: u32, at: Time) {
        for pool in 0..self.plan.pools.len() as u32 {
            self.give(id, pool, at);
        }
        self.stop_fetching(id, at);
    }

    /// The cell an activity finds by this rule.
    pub(super) fn cell(&self, id: u32, rule: CellRule) -> Option<u32> {
        let place = self.place(id);
        let owner = match rule.owner {
            Owner::Place(owner) => owner.index(place),
            Owner::Slot(pool) => {
                let slot = self.held[id as usize * self.plan.pools.len() + pool as usize];
                if slot == NONE {
                    return None;
                }
                slot
            }
        };
        Some(self.caches[rule.cache as usize].cell(owner, rule.item.index(place)))
    }

    /// Looks for a cell that the activity means to fetch if need be.
    pub(super) fn fetch(&mut self, id: u32, rule: CellRule, at: Time) -> Found {
        let Some(cell) = self.cell(id, rule) else {
            return Found::FetchIt;
        };
        let cells = &mut self.caches[rule.cache as usize];
        let found = cells.fetch(cell, at, id);
        if self.plan.caches[rule.cache as usize].single_flight {
            match found {
                Found::Good => {}
                Found::FetchIt => self.fetches(id, (rule.cache, cell), at),
                Found::Wait => cells.wait(cell, id, &mut self.next_in_line),
            }
        }
        found
    }

    /// What a cell holds is no longer good.
    pub(super) fn forget_cell(&mut self, id: u32, rule: CellRule) {
        if let Some(cell) = self.cell(id, rule) {
            self.caches[rule.cache as usize].forget(cell);
        }
    }

    /// A cell is good from now on: who waits for it goes on.
    pub(super) fn fill(&mut self, id: u32, rule: CellRule, at: Time) {
        let Some(cell) = self.cell(id, rule) else {
            return;
        };
        self.caches[rule.cache as usize].fill(cell, at);
        if !self.plan.caches[rule.cache as usize].single_flight {
            return;
        }
        for fetching in &mut self.fetching[id as usize] {
            if *fetching == (rule.cache, cell) {
                *fetching = NOTHING;
            }
        }
        while let Some(next) =
            self.caches[rule.cache as usize].next_in_line(cell, &self.next_in_line)
        {
            self.queue(next, at);
        }
    }

    /// Notes that an activity fetches a cell. It fetches one for its host and one for a mirror at
    /// most: a third takes the place of the first, which nobody can be waiting to see filled by it.
    fn fetches(&mut self, id: u32, cell: (u32, u32), at: Time) {
        let fetching = self.fetching[id as usize];
        if fetching.contains(&cell) {
            return;
        }
        let free = fetching.iter().position(|one| *one == NOTHING);
        if free.is_none() {
            self.abandon(id, fetching[0], at);
        }
        self.fetching[id as usize][free.unwrap_or(0)] = cell;
    }

    /// Gives up fetching a cell: the next in line does.
    pub(super) fn abandon(&mut self, id: u32, cell: (u32, u32), at: Time) {
        let Some(fetching) = self.fetching.get_mut(id as usize) else {
            return;
        };
        let Some(place) = fetching.iter().position(|one| *one == cell) else {
            return;
        };
        fetching[place] = NOTHING;
        let (cache, cell) = cell;
        let cells = &mut self.caches[cache as usize];
        cells.abandon(cell);
        if let Some(next) = cells.next_in_line(cell, &self.next_in_line) {
            self.queue(next, at);
        }
    }

    /// An activity that ends or is cancelled fetches nothing any more.
    fn stop_fetching(&mut self, id: u32, at: Time) {
        let Some(fetching) = self.fetching.get(id as usize) else {
            return;
        };
        for cell in *fetching {
            if cell != NOTHING {
                self.abandon(id, cell, at);
            }
        }
    }
}

/// No cache and no cell.
pub(super) const NOTHING: (u32, u32) = (NONE, NONE);
