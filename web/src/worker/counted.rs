//! Runs, one after another, counted for the page.

use super::{now, post};
use crate::protocol::News;
use pullstorm_core::replicate::{Prepared, RunSummary, Workers, run_one};
use std::cell::Cell;

/// The page hears of progress this often.
const NEWS_EVERY_MS: f64 = 100.0;

/// One run after another. Who wants no answer any more ends the worker.
pub struct Counted {
    done: Cell<u64>,
    told: Cell<f64>,
}

impl Counted {
    /// None is done.
    pub fn new() -> Self {
        Counted {
            done: Cell::new(0),
            told: Cell::new(now()),
        }
    }
}

impl Workers for Counted {
    fn run(&self, prepared: &Prepared, seed: u64, first: u32, count: u32) -> Vec<RunSummary> {
        let runs = first..first + count;
        runs.map(|run| {
            self.done.set(self.done.get() + 1);
            if now() - self.told.get() >= NEWS_EVERY_MS {
                self.told.set(now());
                post(&News::Progress(self.done.get()));
            }
            run_one(prepared, seed, run)
        })
        .collect()
    }
}
