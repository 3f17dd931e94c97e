//! A comparison in the making: one run of each column first, then as many as are called for, shared
//! between the workers.
//!
//! Runs are kept by text, so that *today* is simulated once however *what if* changes, and a change
//! that is undone costs nothing new.

use super::{Pool, Topic};
use crate::protocol::{Batch, CompareTask, Comparison, Task, Text};
use crate::state::Experiment;

/// A batch of runs takes about so long, in milliseconds: progress is seen, and what nobody wants any
/// more is soon over.
const BATCH_MS: f64 = 60.0;

/// Texts whose runs are kept.
const SHELVES_MAX: usize = 6;

/// The runs of one text.
struct Shelf {
    id: u64,
    text: Text,
    seed: Option<u64>,
    /// By run; what is not there yet is empty.
    runs: Vec<Vec<u8>>,
    /// Runs that are ordered or there.
    ordered: u32,
    /// What one takes, in milliseconds, as far as is known.
    each: Option<f64>,
}

impl Shelf {
    /// How many runs there are without a gap from run 0.
    fn complete(&self) -> u32 {
        self.runs.iter().take_while(|run| !run.is_empty()).count() as u32
    }
}

/// See the module.
#[derive(Default)]
pub struct Study {
    generation: u64,
    last_shelf: u64,
    shelves: Vec<Shelf>,
    goal: [u32; 2],
    texts: [Text; 2],
    seed: Option<u64>,
    runs: Option<u32>,
    /// Whether a judgement is under way, and of how many runs the last one was.
    judging: Option<[u32; 2]>,
    judged: Option<[u32; 2]>,
    is_final: bool,
    /// Whether something is there to see before all of a run is made.
    is_after_first: bool,
}

impl Study {
    /// Begins anew with an experiment, of which something is shown before if `is_after_first`.
    pub fn begin(&mut self, experiment: &Experiment, is_after_first: bool, pool: &mut Pool) {
        let old = Topic::Study(self.generation);
        self.generation += 1;
        pool.drop_topics(|topic| *topic == old);
        self.texts = experiment.texts();
        self.seed = experiment.seed;
        self.runs = experiment.runs;
        self.goal = [1, 1];
        self.judging = None;
        self.judged = None;
        self.is_final = false;
        self.is_after_first = is_after_first;
        for shelf in &mut self.shelves {
            // What was ordered by the generation before is dropped, or comes too late.
            shelf.runs.truncate(shelf.complete() as usize);
            shelf.ordered = shelf.complete();
        }
        self.go_on(pool);
    }

    /// What a run of a column takes, in milliseconds, as far as is known: of *today*, or of any *what
    /// if* there was.
    pub fn each(&self, experiment: &Experiment) -> Option<f64> {
        let [today, _] = experiment.texts();
        let of_same = self.shelves.iter().filter(|it| it.text.name == today.name);
        of_same.filter_map(|shelf| shelf.each).reduce(f64::max)
    }

    /// The generation whose answers count.
    pub fn topic(&self) -> Topic {
        Topic::Study(self.generation)
    }

    /// Whether all runs are made and judged.
    pub fn is_final(&self) -> bool {
        self.is_final
    }

    /// Runs that are there, and that are wanted as far as is known.
    pub fn progress(&self) -> (u32, u32) {
        let done = [0, 1].map(|at| {
            let shelf = self.shelf(at).map_or(0, |at| self.shelves[at].complete());
            shelf.min(self.goal[at])
        });
        (done.iter().sum(), self.goal.iter().sum())
    }

    /// Takes runs in, also those that an earlier generation ordered.
    pub fn take(&mut self, batch: Batch, pool: &mut Pool) {
        let found = self.shelves.iter_mut().find(|it| it.id == batch.shelf);
        if let Some(shelf) = found {
            shelf.each = Some(batch.took / batch.runs.len().max(1) as f64);
            for (run, bytes) in (batch.first as usize..).zip(batch.runs) {
                if shelf.runs.len() <= run {
                    shelf.runs.resize(run + 1, Vec::new());
                }
                shelf.runs[run] = bytes;
            }
        }
        self.go_on(pool);
    }

    /// Takes a judgement in: whether more runs are wanted.
    pub fn judged(&mut self, comparison: &Comparison, pool: &mut Pool) {
        self.judged = self.judging.take();
        let has = [0, 1].map(|at| comparison.columns[at].runs);
        self.goal = [0, 1].map(|at| comparison.wanted[at].max(has[at]));
        self.is_final = [0, 1].iter().all(|at| comparison.wanted[*at] <= has[*at]);
        self.go_on(pool);
    }

    fn go_on(&mut self, pool: &mut Pool) {
        if self.is_final {
            return;
        }
        for at in [0, 1] {
            self.order_runs(at, pool);
        }
        let there = [0, 1].map(|at| {
            let shelf = self.shelf(at).map(|shelf| self.shelves[shelf].complete());
            shelf.unwrap_or(0).min(self.goal[at])
        });
        if there == self.goal && self.judging.is_none() && self.judged != Some(there) {
            self.judging = Some(there);
            let known = [0, 1].map(|at| {
                let shelf = &self.shelves[self.shelf(at).expect("its runs are there")];
                shelf.runs[..there[at] as usize].to_vec()
            });
            let task = CompareTask {
                texts: self.texts.clone(),
                seed: self.seed,
                runs: self.runs,
                known,
            };
            self.ask(pool, Task::Compare(Box::new(task)));
        }
    }

    fn order_runs(&mut self, at: usize, pool: &mut Pool) {
        let goal = self.goal[at];
        let index = match self.shelf(at) {
            Some(index) => index,
            None => {
                if self.shelves.len() >= SHELVES_MAX {
                    let unused = |it: &Shelf| !self.texts.contains(&it.text);
                    let place = self.shelves.iter().position(unused).unwrap_or(0);
                    self.shelves.remove(place);
                }
                self.last_shelf += 1;
                self.shelves.push(Shelf {
                    id: self.last_shelf,
                    text: self.texts[at].clone(),
                    seed: self.seed,
                    runs: Vec::new(),
                    ordered: 0,
                    each: None,
                });
                self.shelves.len() - 1
            }
        };
        let workers = pool.size() as u32;
        let mut tasks = Vec::new();
        let shelf = &mut self.shelves[index];
        while shelf.ordered < goal {
            let left = goal - shelf.ordered;
            let fit = shelf
                .each
                .map_or(1.0, |each| (BATCH_MS / each.max(0.01)).max(1.0))
                as u32;
            let count = fit.min(left.div_ceil(workers)).max(1);
            let task = Task::Runs {
                text: shelf.text.clone(),
                seed: shelf.seed,
                first: shelf.ordered,
                count,
                shelf: shelf.id,
            };
            shelf.ordered += count;
            tasks.push(task);
        }
        for task in tasks {
            self.ask(pool, task);
        }
    }

    /// Asks for what shows a change at once, or for what can wait.
    fn ask(&self, pool: &mut Pool, task: Task) {
        let shows_change = self.judged.is_none() && !self.is_after_first;
        match shows_change {
            true => pool.ask(self.topic(), task),
            false => pool.ask_at_rest(self.topic(), task),
        }
    }

    fn shelf(&self, at: usize) -> Option<usize> {
        let text = &self.texts[at];
        let of = |it: &Shelf| it.text == *text && it.seed == self.seed;
        self.shelves.iter().position(of)
    }
}
