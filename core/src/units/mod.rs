//! Quantities with their units in the type: instants, spans and rates.

mod rate;
mod time;

pub use rate::{Rate, RateError};
pub use time::{Span, Time};
