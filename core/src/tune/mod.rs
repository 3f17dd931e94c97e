//! A simulation optimiser: which setting of a space meets the expectations with the shortest start
//! delay.
//!
//! A [`Space`] is a product of short lists of values that a person would write. [`Search`] is asked
//! for [trials](crate::replicate::Trial) and told what they measured, round by round; whoever asks may
//! run a round in any order, on any number of threads or web workers, or a slice at a time: results
//! go back by index, so the answer depends on the seed alone. [`tune`] is the loop around it.
//!
//! The search is:
//!
//! - a quasi-random start, Halton's sequence with random digits ([`halton`]), beside *today* and what a
//!   single change comes to;
//! - a race on runs under common random numbers: the better a setting ranks, the more runs it gets
//!   (successive halving: Karnin, Koren, Somekh, "Almost optimal exploration in multi-armed bandits",
//!   ICML 2013), and what ranks first by luck falls back as its runs grow, as in OCBA (Chen, Lin,
//!   Yücesan, Chick, "Simulation budget allocation ...", Discrete Event Dynamic Systems 10, 2000);
//! - local refinement: the neighbours of the best on the grid, which is logarithmic for times, until
//!   none is better (COMPASS: Hong, Nelson, "Discrete optimization via simulation using COMPASS",
//!   Operations Research 54, 2006);
//! - of settings that are about as good, the one whose surroundings break the expectations least: what
//!   lies at the edge holds in a few runs and fails in many;
//! - numbers that make no difference go back to what they are today;
//! - the winner is measured again with random numbers it was not chosen by.

mod archive;
mod domain;
mod halton;
mod search;
mod space;
mod tuner;

pub use archive::Miss;
pub(crate) use archive::felt;
pub use domain::{Domain, DomainError, Scale};
pub(crate) use domain::{in_one_unit, plainly};
pub use search::{Request, Search};
pub use space::{Dimension, Point, Setting, Space};
pub use tuner::{Found, Goal, Options, measure, trial, tune};
