//! The built-in scenarios as statements about the world: what was told of each incident, what
//! arithmetic says of it, and what its variants change.

mod built_in;
mod circleci;
mod ecr_push;
mod fleet;
mod harness;
mod herd;
mod mirror;
mod replay;
mod sdk_defaults;
