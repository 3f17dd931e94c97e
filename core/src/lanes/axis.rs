//! Along what lanes and tracks are laid out: time, or where a run is over in an instant, the order of its
//! attempts.

use super::tracks::WIDTH;
use crate::units::Time;
use serde::{Deserialize, Serialize};

/// What is counted along the axis.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
pub enum Axis {
    /// Seconds of scenario time.
    Seconds,
    /// Attempts at limiters in the order in which they were decided: all of them fall into one instant,
    /// and time would show nothing.
    Attempts,
}

impl Axis {
    /// What one of its units is while it is recorded, in seconds.
    pub(super) fn unit(self) -> f64 {
        match self {
            Axis::Seconds => 1.0,
            // A bin of a track each, so that none of them holds a part of one.
            Axis::Attempts => WIDTH.as_secs_f64(),
        }
    }
}

/// Where on an axis something happens.
#[derive(Copy, Clone, Debug)]
pub(super) struct Clock {
    axis: Axis,
    decided: u64,
}

impl Clock {
    /// Before anything has happened.
    pub(super) fn new(axis: Axis) -> Self {
        Clock { axis, decided: 0 }
    }

    pub(super) fn axis(&self) -> Axis {
        self.axis
    }

    /// Whether any attempt was decided yet.
    pub(super) fn has_decided(&self) -> bool {
        self.decided > 0
    }

    /// Where that is which happens at a time.
    pub(super) fn at(&self, at: Time) -> Time {
        match self.axis {
            Axis::Seconds => at,
            Axis::Attempts => {
                let nanos = self.decided.saturating_mul(WIDTH.as_nanos());
                Time::from_nanos(nanos)
            }
        }
    }

    /// Where an attempt is that is decided at a time; what happens next comes after it.
    pub(super) fn decide(&mut self, at: Time) -> Time {
        let place = self.at(at);
        self.decided += 1;
        place
    }
}
