//! Quantities with their units in the type: instants, spans and rates.

mod rate;
pub mod text;
mod time;

pub use rate::{Rate, RateError};
pub use time::{Span, Time};
