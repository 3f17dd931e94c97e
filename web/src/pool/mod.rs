//! Workers, and what they are asked.
//!
//! Each worker does one order at a time. Short orders (runs, comparisons) go before long ones
//! (answers), and long ones never take all workers, so that a control that moves is answered at
//! once. A worker that dies is replaced.

mod line;
mod study;

pub use study::Study;

use crate::protocol::{News, Order, Reply, Task, Trouble};
use line::Line;
use std::collections::VecDeque;
use yew::Callback;

/// The most workers.
const WORKERS_MAX: u32 = 4;

/// A worker that died so often is not replaced.
const DEATHS_MAX: u32 = 8;

/// Who waits for an answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Topic {
    /// The comparison of one generation of experiments.
    Study(u64),
    /// What the scenario of *today* is.
    Today,
    /// What the scenario of *what if* is.
    WhatIf,
    /// The holds-to of a column.
    HoldsTo(usize),
    /// The lanes of both columns.
    Lanes,
    /// The story of an entity.
    Story,
    /// The charts of both columns.
    Charts,
    /// An answer.
    Answer,
    /// A diagnosis.
    Diagnosis,
}

impl Topic {
    /// Whether it can take more than a moment.
    fn is_long(&self) -> bool {
        matches!(self, Topic::HoldsTo(_) | Topic::Charts | Topic::Answer)
    }
}

/// What the page hears of its workers.
pub enum Event {
    /// A worker said something.
    News(usize, News),
    /// A worker ended by itself, and why.
    Died(usize, String),
}

/// The workers.
pub struct Pool {
    slots: Vec<Slot>,
    waiting: VecDeque<(Topic, Order)>,
    last: u64,
    deaths: u32,
    on_event: Callback<Event>,
}

struct Slot {
    line: Option<Line>,
    is_ready: bool,
    busy: Option<(Topic, u64)>,
}

/// An answer, and to whom.
pub struct Answer {
    /// Who waited.
    pub topic: Topic,
    /// What the worker says.
    pub reply: Result<Reply, Trouble>,
}

impl Pool {
    /// Starts workers, one for each processor up to four.
    ///
    /// # Errors
    /// If the browser has no workers; in words.
    pub fn start(on_event: Callback<Event>) -> Result<Self, String> {
        let processors = web_sys::window().map_or(1.0, |it| it.navigator().hardware_concurrency());
        let count = (processors as u32).clamp(2, WORKERS_MAX);
        let mut pool = Pool {
            slots: Vec::new(),
            waiting: VecDeque::new(),
            last: 0,
            deaths: 0,
            on_event,
        };
        for at in 0..count as usize {
            let line = Line::start(at, &pool.on_event)?;
            pool.slots.push(Slot {
                line: Some(line),
                is_ready: false,
                busy: None,
            });
        }
        Ok(pool)
    }

    /// How many workers there are.
    pub fn size(&self) -> usize {
        self.slots.len()
    }

    /// Whether anybody waits for an answer to this.
    pub fn is_asked(&self, topic: &Topic) -> bool {
        let busy = self.slots.iter().filter_map(|slot| slot.busy.as_ref());
        let mut waited_for = self
            .waiting
            .iter()
            .map(|(it, _)| it)
            .chain(busy.map(|it| &it.0));
        waited_for.any(|it| it == topic)
    }

    /// Asks. Comparisons go first.
    pub fn ask(&mut self, topic: Topic, task: Task) {
        self.last += 1;
        let order = Order {
            id: self.last,
            task,
        };
        match topic {
            Topic::Study(_) | Topic::Today | Topic::WhatIf => {
                let behind = self
                    .waiting
                    .iter()
                    .position(|(it, _)| !matches!(it, Topic::Study(_)));
                let at = behind.unwrap_or(self.waiting.len());
                self.waiting.insert(at, (topic, order));
            }
            _ => self.waiting.push_back((topic, order)),
        }
        self.hand_out();
    }

    /// Nobody wants answers to these any more. What a worker is doing for long is ended with it.
    pub fn drop_topics(&mut self, unwanted: impl Fn(&Topic) -> bool) {
        self.waiting.retain(|(topic, _)| !unwanted(topic));
        for at in 0..self.slots.len() {
            let busy = self.slots[at].busy.as_ref();
            if busy.is_some_and(|(topic, _)| topic.is_long() && unwanted(topic)) {
                self.replace(at);
            }
        }
    }

    /// Takes note of what a worker said; gives an answer on, unless nobody waits for it any more.
    ///
    /// # Errors
    /// Why workers die, once they have died too often.
    pub fn hear(&mut self, event: Event) -> Result<Option<Answer>, String> {
        match event {
            Event::News(at, News::Ready) => self.slots[at].is_ready = true,
            Event::News(_, News::Progress(_)) => return Ok(None),
            Event::News(at, News::Done(id, reply)) => {
                let slot = &mut self.slots[at];
                let topic = slot.busy.take_if(|(_, busy)| *busy == id);
                self.hand_out();
                return Ok(topic.map(|(topic, _)| Answer { topic, reply }));
            }
            Event::Died(at, why) => {
                let topic = self.slots[at].busy.take();
                self.deaths += 1;
                if self.deaths > DEATHS_MAX {
                    return Err(why);
                }
                self.replace(at);
                self.hand_out();
                return Ok(topic.map(|(topic, _)| Answer {
                    topic,
                    reply: Err(format!("The worker ended: {why}").into()),
                }));
            }
        }
        self.hand_out();
        Ok(None)
    }

    fn replace(&mut self, at: usize) {
        let slot = &mut self.slots[at];
        slot.busy = None;
        slot.is_ready = false;
        slot.line = None;
        slot.line = Line::start(at, &self.on_event).ok();
    }

    /// Gives orders to workers that do nothing.
    fn hand_out(&mut self) {
        let is_busy_long =
            |slot: &&Slot| slot.busy.as_ref().is_some_and(|(topic, _)| topic.is_long());
        loop {
            let long = self.slots.iter().filter(is_busy_long).count();
            let room_for_long = long + 1 < self.slots.len();
            let next = self
                .waiting
                .iter()
                .position(|(topic, _)| room_for_long || !topic.is_long());
            let free = self
                .slots
                .iter()
                .position(|it| it.is_ready && it.busy.is_none());
            let (Some(next), Some(free)) = (next, free) else {
                return;
            };
            let Some((topic, order)) = self.waiting.remove(next) else {
                return;
            };
            let slot = &mut self.slots[free];
            if let Some(line) = &slot.line {
                line.send(&order);
            }
            slot.busy = Some((topic, order.id));
        }
    }
}
