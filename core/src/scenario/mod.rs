//! The scenario language: its model, its decoder and its JSON Schema.
//!
//! A [`Document`] is a scenario file: *today* and its variants, decoded, with all problems at once
//! if there are any. Each section of the language is a file here with a table (`record::Record`);
//! its lines drive the decoder, the [`schema`] and the [`reference`] page. Another field is a line;
//! another kind of workload is a file and a line in `workload.rs`.

mod api_callers;
mod applied;
mod arrivals;
mod budget;
mod choice;
mod ci_fanout;
mod contradiction;
pub(crate) mod cron;
mod decoder;
mod definitions;
pub(crate) mod distribution;
mod document;
mod ecs_deployment;
mod errand;
mod expectation;
mod files;
mod form;
mod harness;
mod herd;
pub(crate) mod identity;
mod image;
mod image_pulls;
mod image_pushes;
pub(crate) mod instant;
mod kubelet;
mod kubernetes_rollout;
mod limiter;
pub mod model;
mod moving;
mod nat;
mod overrides;
mod pull;
mod record;
mod reference;
mod replay;
mod requests;
mod retry;
mod root;
mod scale_out;
mod schema;
mod service;
mod swarm_service;
mod tune;
mod whole;
mod workload;

pub use document::{Document, Problem, Refused, Variant};
pub use model::Scenario;
pub use reference::reference;
pub use root::VERSION;
pub use schema::schema;
