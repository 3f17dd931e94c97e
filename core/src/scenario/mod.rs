//! The scenario language: its model, its decoder and its JSON Schema.

pub mod model;

pub use model::Scenario;
