//! One question, answered a run at a time.

use crate::protocol::{Answer, Cell, Emphasis, Judgement, Question, Table};
use crate::scenario;
use pullstorm_core::judge::{Status, judge};
use pullstorm_core::metric::Unit;
use pullstorm_core::replicate::{Prepared, RUNS_DEFAULT, RunSummary, prepare, run_one};
use pullstorm_core::scenario::model::Expectation;
use pullstorm_core::units::Span;

/// How far a study has come.
pub enum Step {
    /// There is more to do.
    Working,
    /// The answer.
    Finished(Box<Answer>),
}

/// *Today* and all variants, run under the same random numbers.
pub struct Study {
    variants: Vec<Variant>,
    seed: u64,
}

struct Variant {
    prepared: Prepared,
    runs: u32,
    summaries: Vec<RunSummary>,
}

impl Study {
    /// Prepares to answer.
    ///
    /// # Errors
    /// What is wrong with the scenario, for people.
    pub fn new(question: &Question) -> Result<Self, String> {
        let document = scenario::document()?;
        let prepared = prepare(&document, &[]).map_err(|problems| problems.render(false))?;
        let scenario = document.scenario();
        let runs = question.runs.or(scenario.runs).unwrap_or(RUNS_DEFAULT);
        let variants = prepared.into_iter().map(|prepared| Variant {
            // Running the same thing twice tells nothing.
            runs: if prepared.deterministic { 1 } else { runs },
            prepared,
            summaries: Vec::new(),
        });
        Ok(Study {
            variants: variants.collect(),
            seed: question.seed.unwrap_or(scenario.seed),
        })
    }

    /// Makes one run.
    pub fn advance(&mut self) -> Step {
        match self.variants.iter_mut().find(|variant| !variant.is_done()) {
            Some(variant) => {
                let run = variant.summaries.len() as u32;
                let summary = run_one(&variant.prepared, self.seed, run);
                variant.summaries.push(summary);
                Step::Working
            }
            None => Step::Finished(Box::new(self.answer())),
        }
    }

    /// Runs done, and all there are.
    pub fn progress(&self) -> (u64, u64) {
        self.variants.iter().fold((0, 0), |(done, total), variant| {
            let made = variant.summaries.len() as u64;
            (done + made, total + u64::from(variant.runs))
        })
    }

    fn answer(&self) -> Answer {
        let today = &self.variants[0];
        let expect = &today.prepared.scenario.expect;
        let judged: Vec<Judged> = expect.iter().map(|e| today.judge(e)).collect();
        let broken = judged.iter().find(|judged| judged.status == Status::Broken);
        let undecided = judged
            .iter()
            .find(|judged| judged.status == Status::Undecided);
        let (judgement, headline) = match (broken, undecided) {
            (Some(judged), _) => (Judgement::Fails, format!("Today, {}", judged.text)),
            (_, Some(judged)) => (Judgement::Undecided, format!("Today, {}", judged.text)),
            _ => (
                Judgement::Holds,
                "Today, all expectations are met".to_owned(),
            ),
        };
        let mut columns = vec!["Variant".to_owned(), "What it changes".to_owned()];
        columns.extend(expect.iter().map(|expectation| expectation.text.clone()));
        let assumed = today.prepared.plan.assumptions.iter();
        Answer {
            judgement,
            headline,
            facts: assumed
                .map(|a| ("Assumed".to_owned(), a.text.clone()))
                .collect(),
            chart_title: String::new(),
            chart: None,
            tables: vec![Table {
                title: format!("Variants, mean of {} runs", today.runs),
                columns,
                rows: self.variants.iter().map(Variant::row).collect(),
            }],
            digest: today.summaries[0].digest.to_string(),
            digest_note: format!("today, run 0 of seed {}", self.seed),
        }
    }
}

/// An expectation, its verdict and the words for what was seen.
struct Judged {
    status: Status,
    observed: String,
    text: String,
}

impl Variant {
    fn is_done(&self) -> bool {
        self.summaries.len() >= self.runs as usize
    }

    fn row(&self) -> Vec<Cell> {
        let plain = |text: &str| Cell {
            text: text.to_owned(),
            numeric: false,
            emphasis: Emphasis::None,
        };
        let mut row = vec![plain(&self.prepared.name), plain(&self.prepared.about)];
        row.extend(self.prepared.scenario.expect.iter().map(|expectation| {
            let judged = self.judge(expectation);
            Cell {
                text: judged.observed,
                numeric: true,
                emphasis: match judged.status {
                    Status::Met => Emphasis::Good,
                    Status::Broken => Emphasis::Bad,
                    Status::Undecided => Emphasis::None,
                },
            }
        }));
        row
    }

    fn judge(&self, expectation: &Expectation) -> Judged {
        let index = self.prepared.metrics.find(&expectation.metric);
        let values: Vec<Option<f64>> = self
            .summaries
            .iter()
            .map(|summary| summary.values[index.expect("prepare checks the names of metrics")])
            .collect();
        let cut_off = self
            .summaries
            .iter()
            .any(|summary| summary.cut_off.is_some());
        let judgement = judge(expectation, &values, self.prepared.deterministic, cut_off);
        let unit = index
            .and_then(|index| self.prepared.metrics.get(index))
            .map(|m| m.unit);
        let observed = match (judgement.observed, unit) {
            (None, _) => "unknown".to_owned(),
            (Some(value), _) if value.is_infinite() => "never".to_owned(),
            (Some(value), Some(Unit::Seconds)) => Span::from_secs_f64(value).to_string(),
            (Some(value), _) => format!("{}", (value * 100.0).round() / 100.0),
        };
        let verb = match judgement.status {
            Status::Met => "is met",
            Status::Broken => "is broken",
            Status::Undecided => "is undecided",
        };
        Judged {
            status: judgement.status,
            text: format!("{} {verb}: {observed}", expectation.text),
            observed,
        }
    }
}
