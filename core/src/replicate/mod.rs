//! Many runs of a plan under common random numbers, and the variants of a scenario side by side.
//!
//! A run is independent of all others, so a host may run them in any order and on any number of
//! threads: it implements [`Workers`]. Summaries come back in the order of the runs, and everything
//! that follows is computed from them in that order.

mod expectations;
mod prepared;
mod summary;
mod trial;
mod way;

pub use prepared::{Prepared, prepare, prepare_sparing};
pub use summary::{RunSummary, run_one, run_unless};
pub use trial::{Measured, Trial};
pub(crate) use trial::{deferral, puts_off};
pub use way::{Asked, Met, Passed};

/// Runs replications. The command line does it on several threads, the page in its worker.
pub trait Workers {
    /// The summaries of runs `first..first + count` of a variant, in order; fewer, but never with a
    /// gap, if the user has stopped it.
    fn run(&self, prepared: &Prepared, seed: u64, first: u32, count: u32) -> Vec<RunSummary>;

    /// What each of some trials measured, in their order; fewer, but never with a gap, if the user has
    /// stopped it.
    fn trials(&self, trials: &[Trial<'_>]) -> Vec<Measured> {
        let run = |trial: &Trial<'_>| match self.stopped() {
            true => None,
            false => trial.run(&|| self.stopped()),
        };
        trials.iter().map_while(run).collect()
    }

    /// Whether the user wants no more runs, but what there is of the answer. A run that is under way
    /// then is dropped ([`run_unless`]).
    fn stopped(&self) -> bool {
        false
    }

    /// Hears the best answer so far, in a few words, to show it to who waits.
    fn tell(&self, _known: &str) {}

    /// Hears that a stage of the answer begins, of which nothing is there yet. An answer of one stage
    /// need not say so.
    fn begins(&self) {}

    /// Hears which part of the stage is there, from 0 to 1, as well as that can be guessed.
    fn reached(&self, _part: f64) {}
}

/// One run after another, on the caller's thread.
#[derive(Copy, Clone, Default, Debug)]
pub struct Sequential;

impl Workers for Sequential {
    fn run(&self, prepared: &Prepared, seed: u64, first: u32, count: u32) -> Vec<RunSummary> {
        (first..first + count)
            .map(|run| run_one(prepared, seed, run))
            .collect()
    }
}

/// How many runs a scenario gets that does not say, if its runs differ.
pub const RUNS_DEFAULT: u32 = 30;

/// An undecided expectation gets up to this many times more runs.
pub const RUNS_MORE: u32 = 10;
