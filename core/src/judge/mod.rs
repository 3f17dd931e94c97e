//! Expectations, best possible and causes: from numbers to a verdict.

mod best_possible;
mod cause;
mod earliest;
mod expectation;
mod inevitable_wait;

pub use best_possible::{BestPossible, SetBy, best_possible};
pub use cause::{Cause, CauseKey, causes};
pub use expectation::{Judgement, Status, judge};
pub use inevitable_wait::inevitable_wait;
