//! What the engine keeps for each activity.

use crate::random::Key;
use crate::retry::Memory;
use crate::units::Time;

/// Where an activity stands.
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Debug)]
#[repr(u8)]
pub enum State {
    /// It never began (surplus of random arrivals, or its turn never came).
    Unborn = 0,
    /// It runs, sleeps or waits.
    Running = 1,
    /// It has what it wanted and still works.
    Started = 2,
    /// It ended well.
    Done = 3,
    /// It ended without success.
    Failed = 4,
    /// A sibling's failure ended it.
    Cancelled = 5,
}

/// One activity. It fills one cache line: an event costs one access to memory, and a million of
/// them are a storm.
#[derive(Clone, Debug)]
#[repr(align(64))]
pub(super) struct Activity {
    pub pc: u32,
    pub generation: u32,
    pub key: Key,
    /// When it last sent a request or forked; once it has ended, when that was.
    pub last: Time,
    /// Time lost to throttled attempts, in nanoseconds.
    pub throttled: u64,
    pub attempts: u32,
    pub block: u16,
    pub state: State,
    /// The outermost loop; inner ones are kept apart.
    pub outermost: Frame,
}

const _: () = assert!(size_of::<Activity>() == 64);

/// One entered loop.
#[derive(Copy, Clone, Default, Debug)]
pub(super) struct Frame {
    pub memory: Memory,
    /// Tells the entries of one loop apart, so that each has random numbers of its own.
    pub iteration: u32,
}

/// A fork whose children are under way.
#[derive(Copy, Clone, Debug)]
pub(super) struct Join {
    pub fork: u32,
    pub pending: u32,
    pub failed: u32,
    /// The child that ended last, and when.
    pub critical: u32,
    pub latest: Time,
    /// The failure that came first.
    pub error: u32,
    pub failed_at: Time,
}

/// An answer under way to an activity that others can observe.
#[derive(Copy, Clone, Debug)]
pub(super) struct Answer {
    /// Into the plan's errors; `NONE` is success.
    pub error: u32,
    pub hint: Option<crate::units::Span>,
}
