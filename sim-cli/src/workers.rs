//! Replications on several threads, with progress, until the user presses Ctrl-C.

use crate::failure::Failure;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use pullstorm_core::replicate::{Measured, Prepared, RunSummary, Trial, Workers, run_unless};
use rayon::prelude::*;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// An answer within this needs no progress bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// What a shell says of a program that Ctrl-C ended.
const INTERRUPTED: i32 = 130;

static STOPPED: AtomicBool = AtomicBool::new(false);

/// Runs on all threads of the pool. Each run depends on its number alone, so that their order and
/// the number of threads change nothing.
pub struct Threads {
    progress: ProgressBar,
    shown: AtomicBool,
    known: Mutex<String>,
}

impl Threads {
    /// Prepares the thread pool and listens to Ctrl-C: the first one ends the runs and prints what
    /// is finished, the second one ends the program.
    ///
    /// # Errors
    /// Where the system refuses threads or the signal.
    pub fn new(threads: Option<u16>) -> Result<Threads, Failure> {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads.map_or(0, usize::from))
            .build_global()
            .map_err(|error| Failure::Own(format!("cannot start threads: {error}")))?;
        ctrlc::set_handler(|| {
            if STOPPED.swap(true, Ordering::SeqCst) {
                std::process::exit(INTERRUPTED);
            }
        })
        .map_err(|error| Failure::Own(format!("cannot listen to Ctrl-C: {error}")))?;
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} runs, {msg}")
            .map_err(|error| Failure::Own(error.to_string()))?;
        let progress = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden());
        progress.set_style(style);
        Ok(Threads {
            progress,
            shown: AtomicBool::new(false),
            known: Mutex::default(),
        })
    }

    /// Clears the progress bar and says whether the user has stopped the runs.
    pub fn finish(self) -> bool {
        self.progress.finish_and_clear();
        self.stopped()
    }

    fn show(&self) {
        let slow = self.progress.elapsed() > PATIENCE;
        if slow && !self.shown.swap(true, Ordering::Relaxed) {
            // Draws nothing where standard error is no terminal.
            self.progress.set_draw_target(ProgressDrawTarget::stderr());
        }
    }
}

impl Workers for Threads {
    fn run(&self, prepared: &Prepared, seed: u64, first: u32, count: u32) -> Vec<RunSummary> {
        self.progress.inc_length(u64::from(count));
        let known = self
            .known
            .lock()
            .map_or_else(|_| String::new(), |it| it.clone());
        self.progress.set_message(prepared.name.clone() + &known);
        let runs: Vec<Option<RunSummary>> = (first..first + count)
            .into_par_iter()
            .map(|run| {
                let stopped = || self.stopped();
                let summary = (!stopped()).then(|| run_unless(prepared, seed, run, &stopped));
                self.progress.inc(1);
                self.show();
                summary.flatten()
            })
            .collect();
        runs.into_iter().map_while(|run| run).collect()
    }

    fn trials(&self, trials: &[Trial<'_>]) -> Vec<Measured> {
        let runs = trials.iter().map(|trial| u64::from(trial.count));
        self.progress.inc_length(runs.sum());
        let known = self
            .known
            .lock()
            .map_or_else(|_| String::new(), |it| it.clone());
        self.progress.set_message("search".to_owned() + &known);
        let measured: Vec<Option<Measured>> = trials
            .par_iter()
            .map(|trial| {
                let stopped = || self.stopped();
                let measured = (!stopped()).then(|| trial.run(&stopped));
                self.progress.inc(u64::from(trial.count));
                self.show();
                measured.flatten()
            })
            .collect();
        measured
            .into_iter()
            .map_while(|measured| measured)
            .collect()
    }

    fn stopped(&self) -> bool {
        STOPPED.load(Ordering::SeqCst)
    }

    fn tell(&self, known: &str) {
        if let Ok(mut shown) = self.known.lock() {
            *shown = format!("; so far {known}");
        }
    }
}
