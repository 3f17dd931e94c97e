//! The calendar: which activity runs next.
//!
//! A calendar hands out entries first by time, then first come, first served. It never removes one:
//! the engine knows a cancelled wake-up by its generation and drops it when it comes out.
//!
//! [`Wheel`] is the calendar of the engine; [`Heap`] is short enough to be right at a glance and
//! serves as its oracle.
//!
//! ```
//! use pullstorm_core::engine::calendar::{Calendar, DefaultCalendar, Entry};
//! use pullstorm_core::units::Time;
//!
//! let mut calendar = DefaultCalendar::with_capacity(3);
//! let at = |nanos, activity| Entry { time: Time::from_nanos(nanos), activity, generation: 0 };
//! for entry in [at(7, 1), at(5, 2), at(7, 3)] {
//!     calendar.push(entry);
//! }
//! assert_eq!(calendar.peek_time(), Some(Time::from_nanos(5)));
//! let order: Vec<u32> = std::iter::from_fn(|| calendar.pop()).map(|e| e.activity).collect();
//! assert_eq!(order, [2, 1, 3]);
//! ```

mod far;
mod heap;
mod lines;
mod near;
mod wheel;

pub use heap::Heap;
pub use wheel::Wheel;

use crate::units::Time;

/// The calendar of the engine.
pub type DefaultCalendar = Wheel;

/// A wake-up of an activity.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct Entry {
    /// When it wakes.
    pub time: Time,
    /// Index of the activity.
    pub activity: u32,
    /// The activity's generation when the wake-up was ordered; an older one is void.
    pub generation: u32,
}

/// Entries in the order in which they happen: by time, and those of one time in the order in which
/// they were pushed.
pub trait Calendar {
    /// An empty calendar with room for about this many entries at once.
    fn with_capacity(entries: usize) -> Self;

    /// Adds an entry.
    ///
    /// # Panics
    /// If the entry lies before the one popped last.
    fn push(&mut self, entry: Entry);

    /// Takes out the next entry, or `None` where there is none.
    fn pop(&mut self) -> Option<Entry> {
        self.pop_foretelling(|_| {})
    }

    /// Takes out the next entry. Where the calendar puts entries in order some at a time, `soon` is
    /// told the activities of those that will come out next, this one included, so that the caller
    /// can fetch their state from memory together.
    fn pop_foretelling(&mut self, soon: impl FnMut(u32)) -> Option<Entry>;

    /// The time of the next entry. Looking does not move the calendar: entries before that time may
    /// still be pushed.
    fn peek_time(&mut self) -> Option<Time>;

    /// How many entries it holds.
    fn len(&self) -> usize;

    /// Whether it holds none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests;
