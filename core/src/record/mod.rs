//! What a run writes down beyond its totals: nothing, series, or the story.
//!
//! Recording is a type parameter of the simulation and never changes the outcome.

mod series;
mod story;

pub use series::{Bin, LimiterSeries, Series};
pub use story::{Line, LineKind, Story};

use crate::limiter::{Decision, Limiter};
use crate::plan::Plan;
use crate::retry::{ClientState, Verdict};
use crate::units::{Span, Time};

/// Listens to a simulation.
pub trait Recorder {
    /// A limiter decided an attempt.
    #[inline]
    fn decided(&mut self, _attempt: &Attempt, _decision: Decision, _limiter: &Limiter) {}

    /// A client sent a request.
    #[inline]
    fn sent(&mut self, _request: &Request) {}

    /// A pass through a retry loop ended; `client` is the client object as that left it.
    #[inline]
    fn passed(&mut self, _pass: &Pass, _client: Option<&ClientState>) {}

    /// Something else happened to an activity.
    #[inline]
    fn happened(&mut self, _line: Line) {}
}

/// An attempt at a limiter.
#[derive(Copy, Clone, Debug)]
pub struct Attempt {
    /// When it was decided.
    pub at: Time,
    /// Into the plan's limiters.
    pub limiter: u32,
    /// Under which key.
    pub key: u32,
    /// Credits asked for.
    pub cost: u32,
    /// Who asked.
    pub activity: u32,
    /// Whether it is other callers' load.
    pub background: bool,
}

/// A request on its way.
#[derive(Copy, Clone, Debug)]
pub struct Request {
    /// When it left.
    pub at: Time,
    /// Who sent it.
    pub activity: u32,
    /// Into the plan's sites.
    pub site: u32,
}

/// A pass through a retry loop.
#[derive(Copy, Clone, Debug)]
pub struct Pass {
    /// When it ended: for an attempt, when its answer came.
    pub at: Time,
    /// Whose it was.
    pub activity: u32,
    /// Into the plan's loops.
    pub retry: u32,
    /// What the retry policy made of its failure; `None` where it succeeded.
    pub failure: Option<Verdict>,
}

/// Writes nothing down.
#[derive(Copy, Clone, Default, Debug)]
pub struct Nothing;

impl Recorder for Nothing {}

impl<A: Recorder, B: Recorder> Recorder for (A, B) {
    #[inline]
    fn decided(&mut self, attempt: &Attempt, decision: Decision, limiter: &Limiter) {
        self.0.decided(attempt, decision, limiter);
        self.1.decided(attempt, decision, limiter);
    }

    #[inline]
    fn sent(&mut self, request: &Request) {
        self.0.sent(request);
        self.1.sent(request);
    }

    #[inline]
    fn passed(&mut self, pass: &Pass, client: Option<&ClientState>) {
        self.0.passed(pass, client);
        self.1.passed(pass, client);
    }

    #[inline]
    fn happened(&mut self, line: Line) {
        self.0.happened(line);
        self.1.happened(line);
    }
}

/// For recorders of runs that are few: each type compiles the engine anew, and this is one for all.
impl Recorder for &mut dyn Recorder {
    #[inline]
    fn decided(&mut self, attempt: &Attempt, decision: Decision, limiter: &Limiter) {
        (**self).decided(attempt, decision, limiter);
    }

    #[inline]
    fn sent(&mut self, request: &Request) {
        (**self).sent(request);
    }

    #[inline]
    fn passed(&mut self, pass: &Pass, client: Option<&ClientState>) {
        (**self).passed(pass, client);
    }

    #[inline]
    fn happened(&mut self, line: Line) {
        (**self).happened(line);
    }
}

impl Recorder for Option<Story> {
    #[inline]
    fn decided(&mut self, attempt: &Attempt, decision: Decision, limiter: &Limiter) {
        if let Some(story) = self {
            story.decided(attempt, decision, limiter);
        }
    }

    #[inline]
    fn happened(&mut self, line: Line) {
        if let Some(story) = self {
            story.happened(line);
        }
    }
}

/// The series and minute counts of a plan's limiters.
pub fn series(plan: &Plan) -> Series {
    Series::new(plan, Span::from_millis(100))
}
