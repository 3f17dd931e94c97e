//! Quantities as people write them: `250ms`, `4/s`, `100 per 6h`, `75%`, `20k`, `512Mi`.
//!
//! Numbers are read as exact decimals, never through a float, and a number without its unit is
//! refused: nobody knows what `latency: 60` means.

mod decimal;
mod error;
mod quantity;
mod rate;
mod span;

pub use error::{Kind, TextError, TextFault};
pub use quantity::{any_parts_per_million, bandwidth, bytes, count, number, parts_per_million};
pub use rate::{count_per_span, rate};
pub use span::{SPAN_MAX, span};
