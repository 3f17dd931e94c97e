//! Expectations, best possible and causes: from numbers to a verdict.

mod best_possible;
mod cause;
mod expectation;

pub use best_possible::{BestPossible, SetBy, best_possible};
pub use cause::{Cause, CauseKey, causes};
pub use expectation::{Judgement, Status, judge};
