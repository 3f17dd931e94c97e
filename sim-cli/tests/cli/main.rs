//! The command line as its users see it: what it prints, where, and its exit code.

mod bad_input;
mod capacity;
mod check;
mod check_bad_input;
mod ci_examples;
mod information;
mod own_check;
mod recording;
mod report;
mod signals;
mod simulation;
mod world;
