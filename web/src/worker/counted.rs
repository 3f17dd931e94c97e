//! Runs for answers that take long: a slice at a time, so that the worker stays open to others.
//!
//! The core asks for runs in an order that depends on nothing but the question. So an answer that was
//! stopped is begun anew, finds all runs that were made before in the log of its calls, and goes on
//! from there.

use super::{now, post};
use crate::protocol::News;
use pullstorm_core::replicate::{Measured, Prepared, RunSummary, Trial, Workers, run_one};
use std::cell::{Cell, RefCell};

/// A slice simulates so long at least, in milliseconds.
const SLICE_MS: f64 = 100.0;

/// A slice simulates so many times as long as it took to come to where the last one stopped.
const PER_REPLAY: f64 = 3.0;

/// The runs of an answer, by call.
#[derive(Default)]
pub struct Log {
    runs: Calls<RunSummary>,
    trials: Calls<Measured>,
}

/// What was made for each call, in order.
type Calls<T> = RefCell<Vec<Vec<T>>>;

/// One slice.
pub struct Slice<'l> {
    log: &'l Log,
    /// Calls so far, for runs and for trials.
    asked: [Cell<usize>; 2],
    began: f64,
    /// When it has to end; not known before it simulates.
    ends: Cell<Option<f64>>,
    stopped: Cell<bool>,
    done: Cell<u64>,
}

impl<'l> Slice<'l> {
    /// A slice that goes on where the log ends.
    pub fn new(log: &'l Log) -> Self {
        Slice {
            log,
            asked: [const { Cell::new(0) }; 2],
            began: now(),
            ends: Cell::new(None),
            stopped: Cell::new(false),
            done: Cell::new(0),
        }
    }

    /// Whether it ended before the answer.
    pub fn is_cut(&self) -> bool {
        if self.stopped.get() {
            post(&News::Progress(self.done.get()));
        }
        self.stopped.get()
    }

    /// Whether its time is over. What came before is repeated without simulating, and does not count.
    fn is_over(&self) -> bool {
        let at = now();
        let ends = self.ends.get().unwrap_or_else(|| {
            let replay = at - self.began;
            at + SLICE_MS.max(PER_REPLAY * replay)
        });
        self.ends.set(Some(ends));
        at >= ends
    }
}

impl Slice<'_> {
    /// What a call comes to: what was made for it before, and as much more as there is time for.
    fn made<T: Clone>(
        &self,
        asked: &Cell<usize>,
        calls: &Calls<T>,
        count: usize,
        make: impl Fn(usize) -> T,
    ) -> Vec<T> {
        let call = asked.replace(asked.get() + 1);
        let mut calls = calls.borrow_mut();
        if calls.len() <= call {
            if self.stopped.get() {
                return Vec::new();
            }
            calls.push(Vec::new());
        }
        let made = &mut calls[call];
        while made.len() < count && !self.stopped.get() {
            if self.is_over() {
                self.stopped.set(true);
                break;
            }
            made.push(make(made.len()));
        }
        self.done.set(self.done.get() + made.len() as u64);
        made.clone()
    }
}

impl Workers for Slice<'_> {
    fn run(&self, prepared: &Prepared, seed: u64, first: u32, count: u32) -> Vec<RunSummary> {
        self.made(&self.asked[0], &self.log.runs, count as usize, |at| {
            run_one(prepared, seed, first + at as u32)
        })
    }

    fn trials(&self, trials: &[Trial<'_>]) -> Vec<Measured> {
        self.made(&self.asked[1], &self.log.trials, trials.len(), |at| {
            trials[at].run(&|| false).unwrap_or_default()
        })
    }

    fn stopped(&self) -> bool {
        self.stopped.get()
    }
}
