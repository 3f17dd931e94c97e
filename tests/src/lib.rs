//! Helpers shared by the end-to-end, fidelity and determinism tests in `tests/tests/`.

pub mod cases;
pub mod wasm;
