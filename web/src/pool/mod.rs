//! Workers, and what they are asked.
//!
//! Each worker does one short order at a time (runs, comparisons), and between them slices of one
//! long one (answers). Long ones never take all workers, and after a change what can wait is not begun
//! for a moment, so that a control that goes on moving is answered at once. What nobody waits for any more is taken back, and a worker that does not come back from it is
//! replaced. So is one that dies; what it did is done once more.

mod line;
mod study;

pub use study::Study;

use crate::protocol::{Call, News, Order, Reply, Task, Trouble};
use gloo_timers::callback::Timeout;
use line::Line;
use std::collections::VecDeque;
use yew::Callback;

/// The most workers.
const WORKERS_MAX: u32 = 4;

/// A worker that died so often is not replaced.
const DEATHS_MAX: u32 = 8;

/// Who moves a control moves it again sooner than that.
const REST_MS: u32 = 150;

/// A worker that is busy for so long with what nobody wants any more is replaced.
const PATIENCE_MS: u32 = 2_000;

/// Who waits for an answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Topic {
    /// The comparison of one generation of experiments.
    Study(u64),
    /// What there is to see before that.
    First,
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
    /// Whether it is done in slices.
    fn is_long(&self) -> bool {
        matches!(self, Topic::HoldsTo(_) | Topic::Answer)
    }
}

/// What the page hears of its workers.
pub enum Event {
    /// A worker said something.
    News(usize, News),
    /// A worker ended by itself, and why.
    Died(usize, String),
    /// A worker has had time enough to come back from what nobody wants any more.
    Late(usize),
    /// Nothing has changed for a while.
    Rested,
}

/// The workers.
pub struct Pool {
    slots: Vec<Slot>,
    waiting: VecDeque<Held>,
    last: u64,
    deaths: u32,
    /// While it is there, what waits for a rest is not handed out.
    rest: Option<Timeout>,
    on_event: Callback<Event>,
}

struct Slot {
    line: Option<Line>,
    is_ready: bool,
    busy: Option<Held>,
    long: Option<Held>,
    /// When what it is busy with was no longer wanted; it is replaced after that.
    late: Option<Timeout>,
}

/// An order that a worker has.
struct Held {
    topic: Topic,
    order: Order,
    /// Whether it waits until nothing has changed for a while.
    at_rest: bool,
    /// Whether a worker has died of it before.
    again: bool,
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
            rest: None,
            on_event,
        };
        for at in 0..count as usize {
            let line = Line::start(at, &pool.on_event)?;
            pool.slots.push(Slot {
                line: Some(line),
                is_ready: false,
                busy: None,
                long: None,
                late: None,
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
        let busy = self
            .slots
            .iter()
            .flat_map(|slot| [&slot.busy, &slot.long])
            .flatten();
        let mut waited_for = self
            .waiting
            .iter()
            .map(|it| &it.topic)
            .chain(busy.map(|it| &it.topic));
        waited_for.any(|it| it == topic)
    }

    /// Something has changed, and may do so again soon.
    pub fn begin_rest(&mut self) {
        let on_event = self.on_event.clone();
        self.rest = Some(Timeout::new(REST_MS, move || on_event.emit(Event::Rested)));
    }

    /// Asks. Comparisons go first.
    pub fn ask(&mut self, topic: Topic, task: Task) {
        self.take_order(topic, task, false);
    }

    /// Asks for what can wait until nothing has changed for a while.
    pub fn ask_at_rest(&mut self, topic: Topic, task: Task) {
        self.take_order(topic, task, true);
    }

    fn take_order(&mut self, topic: Topic, task: Task, at_rest: bool) {
        self.last += 1;
        let order = Order {
            id: self.last,
            task,
        };
        let held = Held {
            topic,
            order,
            at_rest,
            again: false,
        };
        match held.topic {
            Topic::First => self.waiting.push_front(held),
            Topic::Study(_) | Topic::Today | Topic::WhatIf => {
                let behind = self
                    .waiting
                    .iter()
                    .position(|it| !matches!(it.topic, Topic::Study(_)));
                let at = behind.unwrap_or(self.waiting.len());
                self.waiting.insert(at, held);
            }
            _ => self.waiting.push_back(held),
        }
        self.hand_out();
    }

    /// Nobody wants answers to these any more. A long one that is under way is taken back; a worker
    /// that does not come back from a short one is replaced.
    pub fn drop_topics(&mut self, unwanted: impl Fn(&Topic) -> bool) {
        self.waiting.retain(|it| !unwanted(&it.topic));
        for (at, slot) in self.slots.iter_mut().enumerate() {
            if let Some(held) = slot.long.take_if(|it| unwanted(&it.topic))
                && let Some(line) = &slot.line
            {
                line.send(&Call::Cancel(held.order.id));
            }
            let is_lost = slot.busy.as_ref().is_some_and(|it| unwanted(&it.topic));
            if is_lost && slot.late.is_none() {
                let on_event = self.on_event.clone();
                let late = Timeout::new(PATIENCE_MS, move || on_event.emit(Event::Late(at)));
                slot.late = Some(late);
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
                let held = slot.busy.take_if(|it| it.order.id == id);
                if held.is_some() {
                    slot.late = None;
                }
                let held = held.or_else(|| slot.long.take_if(|it| it.order.id == id));
                self.hand_out();
                return Ok(held.map(|it| Answer {
                    topic: it.topic,
                    reply,
                }));
            }
            Event::Died(at, why) => {
                self.deaths += 1;
                if self.deaths > DEATHS_MAX {
                    return Err(why);
                }
                let slot = &mut self.slots[at];
                if slot.late.take().is_some() {
                    // Nobody wants that any more.
                    slot.busy = None;
                }
                let mut given_up = None;
                for held in [slot.busy.take(), slot.long.take()].into_iter().flatten() {
                    // Once may have been bad luck; who dies of it twice would do so again.
                    // One answer is given on at a time: of two, the other is tried again.
                    match held.again && given_up.is_none() {
                        true => given_up = Some(held.topic),
                        false => self.waiting.push_front(Held {
                            again: true,
                            ..held
                        }),
                    }
                }
                self.replace(at);
                self.hand_out();
                return Ok(given_up.map(|topic| Answer {
                    topic,
                    reply: Err(format!("The worker ended: {why}").into()),
                }));
            }
            // Its last answer may have come in the meantime.
            Event::Late(at) if self.slots[at].late.is_some() => self.replace(at),
            Event::Late(_) => {}
            Event::Rested => self.rest = None,
        }
        self.hand_out();
        Ok(None)
    }

    fn replace(&mut self, at: usize) {
        let slot = &mut self.slots[at];
        slot.busy = None;
        slot.late = None;
        slot.is_ready = false;
        // What it did beside is done anew by another.
        self.waiting.extend(slot.long.take());
        slot.line = None;
        slot.line = Line::start(at, &self.on_event).ok();
    }

    /// Gives orders to workers that have room for them.
    fn hand_out(&mut self) {
        while let Some((next, at)) = self.next() {
            let Some(held) = self.waiting.remove(next) else {
                return;
            };
            let slot = &mut self.slots[at];
            if let Some(line) = &slot.line {
                line.send(&Call::Order(held.order.clone()));
            }
            match held.topic.is_long() {
                true => slot.long = Some(held),
                false => slot.busy = Some(held),
            }
        }
    }

    /// The first order that a worker has room for, and that worker.
    fn next(&self) -> Option<(usize, usize)> {
        let long = self.slots.iter().filter(|slot| slot.long.is_some()).count();
        let room_for_long = long + 1 < self.slots.len();
        let free = |is_long: bool| {
            let has_room = |slot: &Slot| match is_long {
                true => room_for_long && slot.long.is_none(),
                false => slot.busy.is_none(),
            };
            let ready = |slot: &&(usize, &Slot)| slot.1.is_ready && has_room(slot.1);
            let slots: Vec<(usize, &Slot)> = self.slots.iter().enumerate().collect();
            // Short ones go to a worker without a long one, if there is one.
            let idle = slots
                .iter()
                .find(|slot| ready(slot) && slot.1.long.is_none());
            idle.or_else(|| slots.iter().find(ready)).map(|slot| slot.0)
        };
        let (short, for_long) = (free(false), free(true));
        let can_wait = |held: &Held| held.at_rest || held.topic.is_long();
        let is_due = |held: &Held| self.rest.is_none() || !can_wait(held);
        let due = self.waiting.iter().enumerate().filter(|it| is_due(it.1));
        due.into_iter().find_map(|(next, held)| {
            let at = if held.topic.is_long() {
                for_long
            } else {
                short
            };
            at.map(|at| (next, at))
        })
    }
}
