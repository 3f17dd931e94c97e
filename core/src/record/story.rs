//! The story: one line an attempt and a change of state, with its cause.

use super::{Attempt, Recorder};
use crate::limiter::{Decision, Limiter};
use crate::units::{Span, Time};

/// One thing that happened.
#[derive(Copy, Clone, PartialEq, Debug)]
pub struct Line {
    /// When.
    pub at: Time,
    /// To whom.
    pub activity: u32,
    /// What.
    pub kind: LineKind,
}

/// What can happen.
#[derive(Copy, Clone, PartialEq, Debug)]
pub enum LineKind {
    /// It was wanted.
    Wanted,
    /// It stands in line for a slot of this pool.
    Waits {
        /// Into the plan's pools.
        pool: u32,
    },
    /// It got a slot.
    Took {
        /// Into the plan's pools.
        pool: u32,
    },
    /// A limiter let it through.
    Admitted {
        /// Into the plan's limiters.
        limiter: u32,
    },
    /// A limiter said no.
    Throttled {
        /// Into the plan's limiters.
        limiter: u32,
    },
    /// The service failed.
    Fault {
        /// Into the plan's errors.
        error: u32,
    },
    /// It sleeps before it tries again.
    Sleeps {
        /// Into the plan's loops.
        retry: u32,
        /// How long.
        span: Span,
        /// Attempts so far.
        sends: u32,
    },
    /// A loop stopped trying.
    GaveUp {
        /// Into the plan's loops.
        retry: u32,
        /// Into the plan's errors.
        error: u32,
        /// Attempts made.
        sends: u32,
    },
    /// It has what it wanted.
    Started,
    /// It ended well.
    Done,
    /// It ended without success.
    Failed,
    /// A sibling's failure ended it.
    Cancelled,
}

/// The lines of a run, as many as fit.
#[derive(Clone, PartialEq, Debug)]
pub struct Story {
    lines: Vec<Line>,
    most: usize,
    left_out: u64,
}

impl Story {
    /// A story of at most `most` lines.
    pub fn new(most: usize) -> Self {
        Story {
            lines: Vec::new(),
            most,
            left_out: 0,
        }
    }

    /// The lines by time (what happened at one instant stays in order), and how many did not fit.
    pub fn finish(mut self) -> (Vec<Line>, u64) {
        self.lines.sort_by_key(|line| line.at);
        (self.lines, self.left_out)
    }
}

impl Recorder for Story {
    fn decided(&mut self, attempt: &Attempt, decision: Decision, _: &Limiter) {
        let limiter = attempt.limiter;
        let kind = match decision {
            Decision::Throttled(_) => LineKind::Throttled { limiter },
            Decision::Admitted | Decision::Delayed(_) => LineKind::Admitted { limiter },
        };
        self.happened(Line {
            at: attempt.at,
            activity: attempt.activity,
            kind,
        });
    }

    fn happened(&mut self, line: Line) {
        if self.lines.len() < self.most {
            self.lines.push(line);
        } else {
            self.left_out += 1;
        }
    }
}
