//! What many runs say together: means with intervals, differences, and quantiles of samples in
//! which some never happened.
//!
//! Everything is computed in a fixed order with `+ - * /`, square roots and `libm`, so that an
//! interval that decides a verdict has the same bits everywhere.

mod binomial;
mod estimate;
mod histogram;
mod samples;
mod student;

pub use binomial::{at_least, at_most};
pub use estimate::{Estimate, Interval, no_events_limit};
pub use samples::{Quantile, QuantileError, Sample, Samples};
pub use student::{normal_quantile, student_quantile};
