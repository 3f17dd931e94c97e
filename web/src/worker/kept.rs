//! What a worker has read and compiled, so that the next task about the same text begins at once.

use crate::protocol::{Text, Trouble};
use pullstorm_core::replicate::{Prepared, prepare};
use pullstorm_core::report::Judged;
use pullstorm_core::report::model::VariantReport;
use pullstorm_core::scenario::Document;
use pullstorm_core::units::Span;
use pullstorm_core::yaml::Diagnostics;

/// Texts that are kept: *today*, *what if*, and what was before them.
const KEPT_MAX: usize = 4;

/// Reports of *today* that are kept: of its first part and of all of it.
const TODAYS_MAX: usize = 2;

/// Documents and plans by text, and the reports of *today*, which moves of *what if* do not change.
#[derive(Default)]
pub struct Kept {
    /// The one used last comes last.
    entries: Vec<Entry>,
    /// The one used last comes last.
    todays: Vec<Today>,
}

/// A column that is compared with others, and by what it is known.
pub struct Today {
    /// What it was made from.
    pub from: Source,
    /// Its runs.
    pub judged: Judged,
    /// What they say.
    pub report: VariantReport,
    /// Runs that are wanted of it.
    pub wanted: u32,
}

/// What the report of a column follows from.
#[derive(Clone, PartialEq)]
pub struct Source {
    /// The scenario.
    pub text: Text,
    /// Its seed, unless the text's own.
    pub seed: Option<u64>,
    /// Runs that were asked for.
    pub asked: Option<u32>,
    /// Runs that there were.
    pub runs: usize,
    /// Where its runs end, unless at their own horizon.
    pub until: Option<Span>,
}

struct Entry {
    text: Text,
    document: Document,
    today: Option<Prepared>,
}

impl Kept {
    /// A text, decoded.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn document(&mut self, text: &Text) -> Result<&Document, Trouble> {
        Ok(&self.entry(text)?.document)
    }

    /// A text as it is, compiled.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn prepared(&mut self, text: &Text) -> Result<&Prepared, Trouble> {
        let entry = self.entry(text)?;
        if entry.today.is_none() {
            let only = ["today".to_owned()];
            let prepared = prepare(&entry.document, &only).map_err(|it| trouble(&it))?;
            entry.today = prepared.into_iter().next();
        }
        let today = entry.today.as_ref();
        today.ok_or_else(|| "there is nothing to simulate".to_owned().into())
    }

    /// What a column runs: its text, compiled, up to where its runs end. The scenario is whole, so that
    /// workloads that begin later are still there.
    ///
    /// # Errors
    /// All that is wrong with the text.
    pub fn cut(&mut self, from: &Source) -> Result<Prepared, Trouble> {
        let mut prepared = self.prepared(&from.text)?.clone();
        if let Some(until) = from.until.filter(|until| *until < prepared.plan.horizon) {
            prepared.plan.horizon = until;
            prepared.scenario.horizon = until;
        }
        Ok(prepared)
    }

    /// Hands out the report of *today* that was made from this, if it is kept.
    pub fn take_today(&mut self, from: &Source) -> Option<Today> {
        let at = self.todays.iter().position(|today| today.from == *from)?;
        Some(self.todays.remove(at))
    }

    /// Keeps a report of *today*.
    pub fn keep_today(&mut self, today: Today) {
        if self.todays.len() >= TODAYS_MAX {
            self.todays.remove(0);
        }
        self.todays.push(today);
    }

    fn entry(&mut self, text: &Text) -> Result<&mut Entry, Trouble> {
        match self.entries.iter().position(|entry| entry.text == *text) {
            Some(at) => {
                let entry = self.entries.remove(at);
                self.entries.push(entry);
            }
            None => {
                let document = Document::parse(&text.name, text.yaml.as_bytes());
                let document = document.map_err(|problems| trouble(&problems))?;
                if self.entries.len() >= KEPT_MAX {
                    self.entries.remove(0);
                }
                self.entries.push(Entry {
                    text: text.clone(),
                    document,
                    today: None,
                });
            }
        }
        Ok(self.entries.last_mut().expect("it was there or was added"))
    }
}

/// Problems in the words of the command line, and by line.
pub fn trouble(problems: &Diagnostics) -> Trouble {
    let lines = problems.items().iter().filter_map(|item| {
        let place = item.place?;
        let (line, _) = problems.sources().line_and_column(place);
        Some((line, item.message.clone()))
    });
    Trouble {
        lines: lines.collect(),
        words: problems.render(false),
    }
}
