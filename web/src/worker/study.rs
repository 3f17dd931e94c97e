//! From a question to an answer.

use super::{pictures, post, scope};
use crate::protocol::{Answer, News, Question};
use crate::scenario;
use pullstorm_core::recommend::{Options, Recommendation, recommend};
use pullstorm_core::replicate::{Prepared, RunSummary, Workers, run_one};
use pullstorm_core::report::recommend_article;
use std::cell::Cell;
use web_sys::Performance;

/// The page hears of progress this often.
const NEWS_EVERY_MS: f64 = 50.0;

/// Simulates *today* and all variants, and ranks them.
///
/// # Errors
/// What is wrong with the scenario, for people.
pub fn answer(question: &Question) -> Result<Box<Answer>, String> {
    let document = scenario::document()?;
    let mut options = Options::of(&document);
    options.seed = question.seed.unwrap_or(options.seed);
    options.runs = question.runs;
    let Recommendation { report, prepared } = recommend(&document, &options, &Counted::new())
        .map_err(|problems| problems.render(false))?
        .ok_or("no run was made")?;
    let today = &report.variants[0];
    Ok(Box::new(Answer {
        article: recommend_article(&report),
        charts: pictures::of(&prepared, &report),
        digest: today.digest.clone(),
        command: format!(
            "pullstorm run {} --seed {} --runs {}",
            report.scenario, report.seed, today.runs
        ),
    }))
}

/// One run after another, counted for the page.
struct Counted {
    clock: Performance,
    done: Cell<u64>,
    told: Cell<f64>,
}

impl Counted {
    fn new() -> Self {
        let clock = scope().performance().expect("workers have a clock");
        Counted {
            told: Cell::new(clock.now()),
            done: Cell::new(0),
            clock,
        }
    }
}

impl Workers for Counted {
    fn run(&self, prepared: &Prepared, seed: u64, first: u32, count: u32) -> Vec<RunSummary> {
        let runs = first..first + count;
        runs.map(|run| {
            self.done.set(self.done.get() + 1);
            if self.clock.now() - self.told.get() >= NEWS_EVERY_MS {
                self.told.set(self.clock.now());
                post(&News::Progress(self.done.get()));
            }
            run_one(prepared, seed, run)
        })
        .collect()
    }

    fn stopped(&self) -> bool {
        // Who wants no answer ends the worker.
        false
    }
}
