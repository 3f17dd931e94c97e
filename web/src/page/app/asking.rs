//! Who is asked what when the experiment changes, and what becomes of the answers.

use super::App;
use super::first::time_within;
use crate::page::guide::story_of;
use crate::page::paste::Given;
use crate::pool::{Answer, Topic};
use crate::protocol::{Question, Reply, Task};
use crate::state::{self, Experiment, Tab};
use pullstorm_core::report::number;
use pullstorm_core::yaml::BYTES_MAX;
use std::rc::Rc;

impl App {
    /// Shows another experiment.
    pub(super) fn show(&mut self, experiment: Experiment) {
        self.history.change(experiment, None);
        self.begin(true);
    }

    /// Asks anew after the experiment has changed.
    pub(super) fn begin(&mut self, is_other: bool) {
        let Some(pool) = &mut self.pool else {
            return;
        };
        let experiment = self.history.now();
        pool.drop_topics(|topic| match topic {
            Topic::Today => is_other,
            Topic::HoldsTo(0) => is_other,
            Topic::WhatIf | Topic::HoldsTo(_) | Topic::Lanes | Topic::Charts => true,
            Topic::Answer => is_other,
            _ => false,
        });
        pool.drop_topics(|topic| *topic == Topic::First);
        self.trouble = None;
        self.refused = None;
        self.is_fresh = false;
        self.first = None;
        self.holds_to[1] = None;
        self.story.1 = None;
        if is_other {
            self.holds_to[0] = None;
            self.lanes = None;
            self.charts = None;
            self.answer = None;
            self.asked = None;
            let steps = story_of(&self.history.now().name);
            self.step = self.step.filter(|_| !steps.is_empty());
            self.opened = [None, None];
        }
        let each = self.study.each(experiment).filter(|_| !is_other);
        let until = each.zip(self.lanes.as_ref());
        let until = until.and_then(|(each, lanes)| time_within(lanes, each));
        if let Some(until) = until {
            let (texts, seed) = (experiment.texts(), experiment.seed);
            pool.ask(Topic::First, Task::First { texts, until, seed });
        }
        if !is_other {
            pool.begin_rest();
        }
        self.study.begin(experiment, until.is_some(), pool);
        let [today, what_if] = experiment.texts();
        if is_other {
            pool.ask(Topic::Today, Task::Open(today));
        }
        if !experiment.is_unchanged() {
            pool.ask(Topic::WhatIf, Task::Open(what_if));
        } else {
            self.opened[1] = None;
        }
    }

    /// Takes an answer in.
    pub(super) fn take(&mut self, answer: Answer) {
        let Some(pool) = &mut self.pool else {
            return;
        };
        let is_present = match &answer.topic {
            topic @ Topic::Study(_) => *topic == self.study.topic(),
            _ => true,
        };
        match (answer.topic, answer.reply) {
            (_, Ok(Reply::Runs(batch))) => self.study.take(batch, pool),
            (Topic::Study(_), Ok(Reply::Compared(comparison))) if is_present => {
                self.study.judged(&comparison, pool);
                let is_first = !self.is_fresh;
                self.comparison = Some(Rc::from(comparison));
                self.first = None;
                self.is_fresh = true;
                if is_first {
                    self.ask_lanes();
                }
                if self.study.is_final() {
                    self.finished();
                }
            }
            // Where it comes after all of the run, it says nothing new.
            (Topic::First, Ok(Reply::First(until, comparison))) if !self.is_fresh => {
                self.first = Some((Rc::from(comparison), until.into()));
            }
            (Topic::First, _) => {}
            (Topic::Today, Ok(Reply::Opened(opened))) => self.opened[0] = Some(Rc::from(opened)),
            (Topic::WhatIf, Ok(Reply::Opened(opened))) => self.opened[1] = Some(Rc::from(opened)),
            (Topic::HoldsTo(at), Ok(Reply::HoldsTo(found))) => {
                let text = found.unwrap_or_else(|| "no load named".to_owned());
                self.holds_to[at] = Some(text.into());
                if self.history.now().is_unchanged() {
                    self.holds_to[1] = self.holds_to[0].clone();
                }
            }
            (Topic::Lanes, Ok(Reply::Lanes(lanes))) => self.lanes = Some(Rc::from(lanes)),
            (Topic::Diagnosis, Ok(Reply::Told(article, scenario))) => {
                self.told = Some((Rc::from(article), scenario));
            }
            (Topic::Story, Ok(Reply::Told(article, _))) => self.story.1 = Some(Rc::from(article)),
            (Topic::Charts, Ok(Reply::Charts(charts))) => self.charts = Some(Rc::new(charts)),
            (Topic::Answer, Ok(Reply::Answered(answered))) => {
                if let Some((question, _)) = self.asked.take() {
                    self.answer = Some((question, Rc::from(answered)));
                }
            }
            (Topic::Answer, Err(trouble)) => {
                self.asked = None;
                self.refused = Some(trouble);
            }
            // What the column cannot say is not said; what cannot be simulated is.
            (topic, Err(trouble)) if is_present && !matches!(topic, Topic::HoldsTo(_)) => {
                self.trouble = Some(trouble);
            }
            _ => {}
        }
    }

    /// Asks a question of *today*.
    pub(super) fn ask(&mut self, question: Question) {
        let experiment = self.history.now();
        let [text, _] = experiment.texts();
        let seed = experiment.seed;
        if let Some(pool) = &mut self.pool {
            pool.drop_topics(|topic| *topic == Topic::Answer);
            self.asked = Some((question, 0));
            let task = Task::Answer {
                question,
                text,
                seed,
            };
            pool.ask(Topic::Answer, task);
        }
    }

    /// Asks for charts where they are seen and not there.
    pub(super) fn ask_charts(&mut self) {
        let is_seen = self.tab == Tab::Pictures && self.study.is_final();
        let experiment = self.history.now();
        let (texts, seed) = (experiment.texts(), experiment.seed);
        if let Some(pool) = self.pool.as_mut().filter(|_| is_seen) {
            pool.drop_topics(|topic| *topic == Topic::Charts);
            pool.ask(Topic::Charts, Task::Charts { texts, seed });
        }
    }

    /// Tells a step of the guided story.
    pub(super) fn guide(&mut self, step: Option<usize>) {
        self.step = step;
        let now = self.history.now();
        let Some(step) = step.and_then(|step| story_of(&now.name).get(step)) else {
            return;
        };
        let sets = step.sets.iter();
        let sets: Vec<_> = sets
            .map(|(path, value)| ((*path).to_owned(), (*value).to_owned()))
            .collect();
        if let Ok(changed) = now.reset().with(&sets) {
            self.history.change(changed, None);
            self.begin(false);
        }
    }

    fn ask_lanes(&mut self) {
        let experiment = self.history.now();
        let (texts, seed) = (experiment.texts(), experiment.seed);
        if let Some(pool) = &mut self.pool {
            pool.drop_topics(|topic| *topic == Topic::Lanes);
            pool.ask_at_rest(Topic::Lanes, Task::Lanes { texts, seed });
        }
    }

    /// All runs are made and judged.
    fn finished(&mut self) {
        let experiment = self.history.now();
        let seed = experiment.seed;
        let is_unchanged = experiment.is_unchanged();
        let [today, what_if] = experiment.texts();
        self.kept = state::recent::keep(experiment);
        state::show_in_address(experiment, self.tab);
        let Some(pool) = &mut self.pool else {
            return;
        };
        let mut ask = |at: usize, text| {
            let topic = Topic::HoldsTo(at);
            if self.holds_to[at].is_none() && !pool.is_asked(&topic) {
                pool.ask(topic, Task::HoldsTo { text, seed });
            }
        };
        ask(0, today);
        if !is_unchanged {
            ask(1, what_if);
        } else {
            self.holds_to[1] = self.holds_to[0].clone();
        }
        self.ask_charts();
    }

    /// Opens an experiment by its fragment; what cannot be opened leaves what is there.
    pub(super) fn open(&mut self, fragment: &str) {
        match state::decode(fragment) {
            Ok((experiment, tab)) => {
                self.notice = None;
                self.tab = tab;
                self.show(experiment);
            }
            Err(bad) => {
                self.notice = Some(bad.words().into());
                state::show_in_address(self.history.now(), self.tab);
            }
        }
    }

    /// A text that was pasted or dropped: a scenario, or an error.
    pub(super) fn read(&mut self, given: Given) {
        let Given { name, text, of } = given;
        self.notice = of.map(|bytes| {
            let all = number((bytes / 1e5).ceil() / 10.0);
            format!("Of {name} ({all} MB) only the last MB was read.").into()
        });
        // A link or the file of an experiment.
        let fragment = text.rsplit('#').next().unwrap_or_default().trim();
        if state::is_packed(fragment) {
            self.told = None;
            self.open(fragment);
            return;
        }
        if text.len() > BYTES_MAX {
            let words = format!("{name} has more than {} kB.", BYTES_MAX / 1_000);
            self.refused = Some(words.into());
            return;
        }
        let is_scenario = text.lines().any(|line| line.starts_with("pullstorm:"));
        if is_scenario {
            self.told = None;
            self.show(Experiment::of(&name, &text));
        } else if let Some(pool) = &mut self.pool {
            pool.ask(Topic::Diagnosis, Task::Diagnose(text));
        }
    }
}
