//! What native code and wasm must agree on, as text that both can print.
//!
//! The test `wasm_parity` computes each text twice: it links this crate natively and interprets the
//! module that this crate becomes for wasm32. The bench `node` times the storm in both.

mod arithmetic;
mod charts;
#[cfg(target_arch = "wasm32")]
mod exports;
mod recommendation;
mod scenario;
mod search;
mod storm;

pub use arithmetic::fingerprint;
pub use charts::scenario_charts;
pub use recommendation::recommendation;
pub use scenario::scenario_digests;
pub use search::search_answer;
pub use storm::{storm, storm_digest};
