//! Expectations, best possible and causes: from numbers to a verdict.

mod admission;
mod best_possible;
mod cause;
mod earliest;
mod expectation;
mod fallback;
mod inevitable_wait;
mod recovery;
mod relax;

pub use best_possible::{AtBest, BestPossible, SetBy, at_best_unless, best_possible};
pub use cause::{Cause, CauseKey, causes};
pub(crate) use expectation::runs_for;
pub use expectation::{Judgement, Open, Status, assumed, judge};
pub use inevitable_wait::inevitable_wait;
pub use recovery::{Trigger, TriggeredBy, recovered_after, trigger};
