//! The command line as its users see it: what it prints, where, and its exit code.

mod bad_input;
mod capacity;
mod information;
mod signals;
mod simulation;
mod world;
