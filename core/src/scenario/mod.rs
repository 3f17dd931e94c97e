//! The scenario language: its model, its decoder and its JSON Schema.
