//! One data model of what is told to a person, and its text, Markdown, JSON and CSV forms.
//!
//! [`model`] is the data; [`build`] makes it from runs. Renderers turn it into text and compute
//! nothing.

mod build;
pub mod model;
mod words;

pub use build::{Judged, judge_variants, report};
pub use model::Report;
