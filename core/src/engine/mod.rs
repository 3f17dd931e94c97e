//! The event engine: activities run programs against limiters until done or cut off.

pub mod calendar;
