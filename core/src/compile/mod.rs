//! Scenario to plan: presets are filled in, names become indices, impossible things are refused.
