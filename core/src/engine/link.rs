//! Links: bandwidth that transfers share equally, moment by moment.
//!
//! A link counts in *virtual* bytes: those that a transfer which was there all the time would have
//! got. While n transfers are under way it grows by 1/n of what the link carries, so a transfer of
//! b bytes is over when the count has grown by b since it began, whoever came and went meanwhile
//! (processor sharing in virtual time: A. Parekh and R. Gallager, 1993). The count is in whole
//! 2^-16 bytes; times are rounded up, so that nothing is over too early.
//!
//! Links stand behind the activities of the plan and are woken like them, at the time at which the
//! first of their transfers will be over; a transfer that comes or goes moves that time.

use super::Simulation;
use super::calendar::Calendar;
use super::source::Source;
use crate::plan::{AmountRule, LinkPlan, LinkRule, Step};
use crate::record::Recorder;
use crate::units::{Span, Time};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A virtual byte, in the units of the count.
const BYTE: u64 = 1 << 16;
const NANOS: u128 = 1_000_000_000;

/// One link.
#[derive(Clone, Debug)]
pub(super) struct Link {
    bytes_per_second: u64,
    /// Virtual bytes so far, and when they were counted.
    count: u64,
    counted: Time,
    /// Transfers under way.
    under_way: u32,
    /// At which count each is over: activity, its generation, and which of its links this is.
    ends: BinaryHeap<Reverse<(u64, u32, u32, u8)>>,
}

impl Link {
    pub fn new(plan: &LinkPlan) -> Self {
        Link {
            bytes_per_second: plan.bytes_per_second,
            count: 0,
            counted: Time::ZERO,
            under_way: 0,
            ends: BinaryHeap::new(),
        }
    }

    /// Counts up to `now`.
    fn advance(&mut self, now: Time) {
        let nanos = now.since(self.counted).as_nanos();
        self.counted = now;
        if self.under_way > 0 {
            let carried = u128::from(nanos) * u128::from(self.bytes_per_second) * u128::from(BYTE);
            self.count += (carried / (NANOS * u128::from(self.under_way))) as u64;
        }
    }

    /// When the first transfer is over, if none comes or goes.
    fn first_end(&self) -> Option<Time> {
        let Reverse((end, ..)) = self.ends.peek()?;
        let left = u128::from(end.saturating_sub(self.count));
        let speed = u128::from(self.bytes_per_second) * u128::from(BYTE);
        let nanos = (left * NANOS * u128::from(self.under_way.max(1))).div_ceil(speed);
        Some(self.counted + Span::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)))
    }
}

/// How long a transfer takes that has a link for itself.
pub(super) fn alone(bytes: u64, link: &LinkPlan) -> Span {
    let nanos = (u128::from(bytes) * NANOS).div_ceil(u128::from(link.bytes_per_second));
    Span::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

impl<S: Source, R: Recorder, C: Calendar> Simulation<'_, S, R, C> {
    /// The amount of an activity's item.
    pub(super) fn amount(&self, id: u32, amount: AmountRule) -> u64 {
        let item = amount.item.index(self.place(id));
        self.plan.amounts[(amount.first + item) as usize]
    }

    /// Puts an activity's bytes on their links. Returns how long they take on links that nobody
    /// shares, or nothing if the activity has to wait for the links.
    pub(super) fn transfer(&mut self, id: u32, transfer: u32, at: Time) -> Option<Span> {
        let plan = self.plan;
        let transfer = &plan.transfers[transfer as usize];
        let bytes = self.amount(id, transfer.bytes);
        let mut longest = Span::ZERO;
        let mut shared = 0;
        let rules = &plan.link_rules[transfer.links.start as usize..transfer.links.end as usize];
        for (bit, rule) in rules.iter().enumerate() {
            let link = &plan.links[rule.link as usize];
            if !link.shared || bytes == 0 {
                longest = longest.max(alone(bytes, link));
                continue;
            }
            shared |= 1 << bit;
            let index = self.link(id, *rule);
            let generation = self.activities[id as usize].generation;
            let link = &mut self.links[index as usize];
            link.advance(at);
            let end = link.count.saturating_add(bytes.saturating_mul(BYTE));
            link.ends.push(Reverse((end, id, generation, bit as u8)));
            link.under_way += 1;
            self.wake_link(index);
        }
        if shared == 0 {
            return Some(longest);
        }
        self.moving[id as usize] = shared;
        None
    }

    /// A link has carried something to its end.
    pub(super) fn serve(&mut self, activity: u32, at: Time) {
        let index = activity - self.plan.activities();
        let link = &mut self.links[index as usize];
        link.advance(at);
        while let Some(Reverse((end, id, generation, bit))) = link.ends.peek().copied() {
            if end > link.count {
                break;
            }
            link.ends.pop();
            let mover = &mut self.activities[id as usize];
            if mover.generation != generation {
                continue;
            }
            link.under_way -= 1;
            let moving = &mut self.moving[id as usize];
            *moving &= !(1 << bit);
            if *moving == 0 {
                mover.pc += 1;
                self.calendar.push(super::Entry {
                    time: at,
                    activity: id,
                    generation,
                });
            }
        }
        self.wake_link(index);
    }

    /// An activity that is cancelled moves nothing any more.
    pub(super) fn stop_moving(&mut self, id: u32, at: Time) {
        let plan = self.plan;
        let Step::Transfer { transfer } = plan.steps[self.activities[id as usize].pc as usize]
        else {
            return;
        };
        let moving = std::mem::take(&mut self.moving[id as usize]);
        let rules = plan.transfers[transfer as usize].links.clone();
        for (bit, rule) in rules.enumerate() {
            if moving & 1 << bit == 0 {
                continue;
            }
            let index = self.link(id, plan.link_rules[rule as usize]);
            let link = &mut self.links[index as usize];
            link.advance(at);
            link.under_way -= 1;
            self.wake_link(index);
        }
    }

    fn link(&self, id: u32, rule: LinkRule) -> u32 {
        self.first_link[rule.link as usize] + rule.owner.index(self.place(id))
    }

    /// Queues a link for its next end; an earlier wake-up counts no more.
    fn wake_link(&mut self, index: u32) {
        let id = self.plan.activities() + index;
        self.activities[id as usize].generation += 1;
        if let Some(end) = self.links[index as usize].first_end() {
            self.queue(id, end);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_transfers_that_share_a_link_take_twice_as_long_while_both_are_there() {
        let mut link = Link::new(&LinkPlan {
            bytes_per_second: 100,
            owners: 1,
            shared: true,
        });
        let mut begin = |at: Time, bytes: u64, id: u32| {
            link.advance(at);
            link.ends
                .push(Reverse((link.count + bytes * BYTE, id, 0, 0)));
            link.under_way += 1;
            link.first_end()
        };
        let at = |millis: u64| Time::ZERO + Span::from_millis(millis);
        assert_eq!(begin(at(0), 100, 0), Some(at(1_000)));
        // Half is over; the other half and the second's 50 bytes share the link.
        assert_eq!(begin(at(500), 50, 1), Some(at(1_500)));
    }
}
