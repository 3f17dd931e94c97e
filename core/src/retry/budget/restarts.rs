//! What orchestrators allow: restarts within a window, failures in a row.

use crate::units::{Span, Time};
use std::collections::VecDeque;

/// The restarts of one place that still count (swarmkit @3e72cb64,
/// `manager/orchestrator/restart/restart.go`: `max_attempts` with a `window` counts only those
/// inside it).
#[derive(Clone, Debug, Default)]
pub struct Restarts(VecDeque<Time>);

impl Restarts {
    /// Notes a restart at `now`, unless `most` of the last `window` are there already.
    pub fn take(&mut self, most: u32, window: Span, now: Time) -> bool {
        while self.0.front().is_some_and(|first| *first + window <= now) {
            self.0.pop_front();
        }
        let allowed = self.0.len() < most as usize;
        if allowed {
            self.0.push_back(now);
        }
        allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Time {
        Time::ZERO + Span::from_secs(seconds)
    }

    #[test]
    fn three_restarts_in_a_minute_and_the_fourth_waits_for_the_first_to_be_forgotten() {
        let mut restarts = Restarts::default();
        let minute = Span::from_secs(60);
        let allowed = [0, 10, 20, 30, 59, 60].map(|t| restarts.take(3, minute, at(t)));
        assert_eq!(allowed, [true, true, true, false, false, true]);
    }
}
