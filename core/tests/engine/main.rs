//! The engine on random small plans: what must hold of every run, whatever the program does.

mod properties;
mod witness;
mod world;
