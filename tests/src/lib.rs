//! Helpers shared by the end-to-end, fidelity and determinism tests in `tests/tests/`.

#[cfg(feature = "browser")]
pub mod browser;
pub mod cases;
pub mod groundtruth;
pub mod incident;
pub mod parallel;
pub mod wasm;
