//! Replications on several threads, with progress, until the user presses Ctrl-C.

use crate::failure::Failure;
use crate::progress::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use pullstorm_core::replicate::{Measured, Prepared, RunSummary, Trial, Workers, run_unless};
use rayon::prelude::*;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{JoinHandle, spawn};
use std::time::Duration;

/// An answer within this needs no progress bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// How often the bar is drawn, and the text beside it changes, at most.
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
    patience: Patience,
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
        let bar = hidden_bar()?;
        Ok(Threads {
            patience: Patience::of(&bar),
            bar,
            progress: Mutex::default(),
            done: AtomicU64::new(0),
            told: AtomicU64::new(0),
        })
    }

    /// Clears the progress bar and says whether the user has stopped the runs.
    pub fn finish(self) -> bool {
        let stopped = self.stopped();
        self.patience.end();
        self.bar.finish_and_clear();
        stopped
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
        let (now, pace) = (
            self.bar.elapsed().as_millis() as u64,
            PACE.as_millis() as u64,
        );
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

/// A bar that is not drawn yet. What turns in front of it shows that there is still somebody at work
/// where no run ends for long.
fn hidden_bar() -> Result<ProgressBar, Failure> {
    let style = ProgressStyle::with_template("{spinner} {bar:30} {wide_msg}")
        .map_err(|error| Failure::Own(error.to_string()))?;
    let bar = ProgressBar::with_draw_target(Some(STEPS), ProgressDrawTarget::hidden());
    bar.set_style(style);
    Ok(bar)
}

/// Who has the bar drawn when the answer takes long, whether or not a run has ended by then.
struct Patience {
    /// Gone when the answer is there.
    open: Sender<()>,
    waiting: JoinHandle<()>,
}

impl Patience {
    fn of(bar: &ProgressBar) -> Patience {
        let (open, answer) = channel();
        let bar = bar.clone();
        // Draws nothing where standard error is no terminal.
        let waiting = spawn(move || {
            show_unless_answered(&answer, PATIENCE, &bar, ProgressDrawTarget::stderr());
        });
        Patience { open, waiting }
    }

    /// The answer is there: from now on nobody shows the bar.
    fn end(self) {
        drop(self.open);
        // A bar that could not be drawn spoils no answer.
        let _ = self.waiting.join();
    }
}

/// Waits for the answer, and draws the bar from then on if that takes longer than `patience`.
fn show_unless_answered(
    answer: &Receiver<()>,
    patience: Duration,
    bar: &ProgressBar,
    target: ProgressDrawTarget,
) {
    if answer.recv_timeout(patience) == Err(RecvTimeoutError::Timeout) {
        bar.set_draw_target(target);
        bar.tick();
        bar.enable_steady_tick(PACE);
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

#[cfg(test)]
mod tests {
    use super::*;
    use indicatif::TermLike;
    use std::io;
    use std::sync::Arc;

    /// A terminal that keeps what is written.
    #[derive(Clone, Debug, Default)]
    struct Paper(Arc<Mutex<String>>);

    impl TermLike for Paper {
        fn width(&self) -> u16 {
            80
        }

        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn write_line(&self, line: &str) -> io::Result<()> {
            self.write_str(line)
        }

        fn write_str(&self, text: &str) -> io::Result<()> {
            self.0.lock().unwrap().push_str(text);
            Ok(())
        }

        fn clear_line(&self) -> io::Result<()> {
            Ok(())
        }

        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What is drawn of a bar whose only run is under way, by who waits for this answer.
    fn drawn(answer: &Receiver<()>, patience: Duration) -> String {
        let (bar, paper) = (hidden_bar().unwrap(), Paper::default());
        bar.set_message("0/1 runs, today");
        let terminal = ProgressDrawTarget::term_like(Box::new(paper.clone()));
        show_unless_answered(answer, patience, &bar, terminal);
        bar.finish_and_clear();
        let drawn = paper.0.lock().unwrap();
        drawn.clone()
    }

    #[test]
    fn a_bar_is_drawn_while_the_first_run_lasts_longer_than_patience() {
        let (_not_yet, answer) = channel();
        let drawn = drawn(&answer, Duration::ZERO);
        assert!(drawn.contains("0/1 runs, today"), "{drawn:?}");
    }

    #[test]
    fn an_answer_in_time_needs_no_bar() {
        let (open, answer) = channel();
        drop(open);
        assert_eq!(drawn(&answer, Duration::MAX), "");
    }
}
