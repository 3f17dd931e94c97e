//! Steps: what is done one after the other, how long each takes, and the table at the end.

use crate::command::Outcome;
use std::fmt::Write;
use std::time::Duration;
#[expect(
    clippy::disallowed_types,
    reason = "a stopwatch needs a clock; nothing simulated does"
)]
use std::time::Instant;

/// Steps taken so far.
#[derive(Default)]
pub struct Steps {
    taken: Vec<Taken>,
}

struct Taken {
    name: &'static str,
    time: Duration,
    failed: bool,
}

impl Steps {
    /// Takes one step and notes its time.
    ///
    /// # Errors
    /// What the step itself fails with.
    #[expect(clippy::disallowed_types, reason = "the stopwatch")]
    pub fn take(&mut self, name: &'static str, step: impl FnOnce() -> Outcome) -> Outcome {
        eprintln!("\n== {name}");
        let begin = Instant::now();
        let outcome = step();
        self.taken.push(Taken {
            name,
            time: begin.elapsed(),
            failed: outcome.is_err(),
        });
        outcome
    }

    /// One line a step and a total.
    pub fn table(&self) -> String {
        let width = self.taken.iter().map(|step| step.name.len()).max();
        let width = width.unwrap_or(0).max("total".len());
        let mut table = String::new();
        let mut line = |name: &str, time: Duration, mark: &str| {
            // Writing to a string cannot fail.
            let _ = writeln!(table, "{name:<width$}  {:>7.1} s{mark}", time.as_secs_f64());
        };
        for step in &self.taken {
            line(
                step.name,
                step.time,
                if step.failed { "  FAILED" } else { "" },
            );
        }
        line("total", self.taken.iter().map(|step| step.time).sum(), "");
        table
    }
}
