//! Replications on several threads, with progress, until the user presses Ctrl-C.

use crate::failure::Failure;
use crate::progress::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use pullstorm_core::replicate::{Measured, Prepared, RunSummary, Trial, Workers, run_unless};
use rayon::prelude::*;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// An answer within this needs no progress bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// How often the text beside the bar changes at most.
const PACE: Duration = Duration::from_millis(200);

/// The bar is drawn in so many steps.
const STEPS: u64 = 1_000;

/// What a shell says of a program that Ctrl-C ended.
const INTERRUPTED: i32 = 130;

static STOPPED: AtomicBool = AtomicBool::new(false);

/// Runs on all threads of the pool. Each run depends on its number alone, so that their order and
/// the number of threads change nothing.
pub struct Threads {
    bar: ProgressBar,
    shown: AtomicBool,
    progress: Mutex<Progress>,
    /// Runs that have ended.
    done: AtomicU64,
    /// When the text was made last, in milliseconds since the beginning.
    told: AtomicU64,
}

impl Threads {
    /// Prepares the thread pool and listens to Ctrl-C and to who ends the program (SIGTERM): the
    /// first signal ends the runs and prints what is finished, the second one ends the program.
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
        let style = ProgressStyle::with_template("{bar:30} {wide_msg}")
            .map_err(|error| Failure::Own(error.to_string()))?;
        let bar = ProgressBar::with_draw_target(Some(STEPS), ProgressDrawTarget::hidden());
        bar.set_style(style);
        Ok(Threads {
            bar,
            shown: AtomicBool::new(false),
            progress: Mutex::default(),
            done: AtomicU64::new(0),
            told: AtomicU64::new(0),
        })
    }

    /// Clears the progress bar and says whether the user has stopped the runs.
    pub fn finish(self) -> bool {
        self.bar.finish_and_clear();
        self.stopped()
    }

    /// Notes what is asked for, and what it is for.
    fn begin(&self, runs: u64, doing: &str) {
        self.change(|progress| {
            progress.asked += runs;
            doing.clone_into(&mut progress.doing);
        });
    }

    /// Notes runs that have ended.
    fn ended(&self, runs: u64) {
        self.done.fetch_add(runs, Ordering::Relaxed);
        let elapsed = self.bar.elapsed();
        if elapsed > PATIENCE && !self.shown.swap(true, Ordering::Relaxed) {
            // Draws nothing where standard error is no terminal.
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        let (now, pace) = (elapsed.as_millis() as u64, PACE.as_millis() as u64);
        let told = self.told.load(Ordering::Relaxed);
        if now >= told + pace && self.told.swap(now, Ordering::Relaxed) == told {
            self.change(|_| ());
        }
    }

    fn change(&self, change: impl FnOnce(&mut Progress)) {
        // What a thread left that panicked is not worth another panic.
        if let Ok(mut progress) = self.progress.lock() {
            change(&mut progress);
            progress.done = self.done.load(Ordering::Relaxed);
            self.bar
                .set_position((progress.filled() * STEPS as f64) as u64);
            self.bar.set_message(progress.text(self.bar.elapsed()));
        }
    }
}

impl Workers for Threads {
    fn run(&self, prepared: &Prepared, seed: u64, first: u32, count: u32) -> Vec<RunSummary> {
        self.begin(u64::from(count), &prepared.name);
        let runs: Vec<Option<RunSummary>> = (first..first + count)
            .into_par_iter()
            .map(|run| {
                let stopped = || self.stopped();
                let summary = (!stopped()).then(|| run_unless(prepared, seed, run, &stopped));
                self.ended(1);
                summary.flatten()
            })
            .collect();
        runs.into_iter().map_while(|run| run).collect()
    }

    fn trials(&self, trials: &[Trial<'_>]) -> Vec<Measured> {
        let runs = trials.iter().map(|trial| u64::from(trial.count));
        self.begin(runs.sum(), "search");
        let measured: Vec<Option<Measured>> = trials
            .par_iter()
            .map(|trial| {
                let stopped = || self.stopped();
                let measured = (!stopped()).then(|| trial.run(&stopped));
                self.ended(u64::from(trial.count));
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
        self.change(|progress| known.clone_into(&mut progress.known));
    }

    fn begins(&self) {
        let elapsed = self.bar.elapsed();
        self.change(|progress| progress.begin_stage(elapsed));
    }

    fn reached(&self, part: f64) {
        self.change(|progress| progress.part = Some(part));
    }
}
