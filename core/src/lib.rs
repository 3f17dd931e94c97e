//! The Pullstorm model: what rate limiters, retrying clients and orchestrators do to each other.
//!
//! This crate is pure. It reads no file, clock or environment, starts no thread and prints nothing;
//! a scenario and a seed go in as values, a report comes out as a value. It builds for
//! `wasm32-unknown-unknown`, where it gives the same bits as natively.
//!
//! Data flows one way, and each step is a module:
//!
//! ```text
//! scenario text -> yaml -> scenario -> compile -> plan -> engine -> outcome
//!               -> replicate -> judge -> capacity, recommend -> report, emit, chart
//! ```

pub mod capacity;
pub mod catalog;
pub mod check;
pub mod compile;
pub mod control;
pub mod diagnose;
pub mod emit;
pub mod engine;
pub mod explain;
pub mod judge;
pub mod lanes;
pub mod limiter;
pub mod metric;
pub(crate) mod order;
pub mod outcome;
pub mod plan;
pub mod random;
pub mod recommend;
pub mod record;
pub mod recording;
pub mod replicate;
pub mod report;
pub mod retry;
pub mod review;
pub mod scenario;
pub mod scenarios;
pub mod statistics;
pub mod tune;
pub mod units;
pub mod yaml;

#[cfg(feature = "charts")]
pub mod chart;
