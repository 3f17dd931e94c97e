//! What page and workers say to each other, as bytes of postcard.
//!
//! A worker does one task after another and says so; one that takes long is done in slices, between
//! which it does others. It knows nothing of the tasks before, except that it keeps what it has
//! compiled: a task brings all that it is about.

use pullstorm_core::control::Control;
use pullstorm_core::lanes::Lanes;
use pullstorm_core::report::{Advice, Article, Table};
use serde::{Deserialize, Serialize};

/// From the page to a worker.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Call {
    /// Something is to be done.
    Order(Order),
    /// Nobody waits for the order of this number any more.
    Cancel(u64),
}

/// What is to be done.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Order {
    /// Comes back with the answer.
    pub id: u64,
    /// What to do.
    pub task: Task,
}

/// What a worker can do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Task {
    /// Say what a scenario is.
    Open(Text),
    /// Simulate runs of a scenario as it is.
    Runs {
        /// The scenario.
        text: Text,
        /// In place of its seed.
        seed: Option<u64>,
        /// The first run.
        first: u32,
        /// How many.
        count: u32,
        /// Comes back with the runs: where they belong.
        shelf: u64,
    },
    /// Judge *today* and *what if* by runs that were made.
    Compare(Box<CompareTask>),
    /// Judge *today* and *what if* by run 0 of each, made here, up to a time: what there is to see before
    /// all of it is simulated.
    First {
        /// *Today* and *what if*.
        texts: [Text; 2],
        /// Up to when, in seconds.
        until: u64,
        /// In place of their seed.
        seed: Option<u64>,
    },
    /// Find up to which load a scenario holds.
    HoldsTo {
        /// The scenario.
        text: Text,
        /// In place of its seed.
        seed: Option<u64>,
    },
    /// Say what each unit of run 0 does, in both columns.
    Lanes {
        /// *Today* and *what if*.
        texts: [Text; 2],
        /// In place of their seed.
        seed: Option<u64>,
    },
    /// Tell the story of an entity in run 0.
    Story {
        /// The scenario.
        text: Text,
        /// In place of its seed.
        seed: Option<u64>,
        /// Its name.
        entity: String,
    },
    /// Draw the charts of both columns.
    Charts {
        /// *Today* and *what if*.
        texts: [Text; 2],
        /// In place of their seed.
        seed: Option<u64>,
    },
    /// Answer a question of a scenario.
    Answer {
        /// Which.
        question: Question,
        /// The scenario.
        text: Text,
        /// In place of its seed.
        seed: Option<u64>,
    },
    /// Say which limiter is behind an error line.
    Diagnose(String),
}

impl Task {
    /// Whether it is done in slices.
    pub fn is_sliced(&self) -> bool {
        matches!(self, Task::HoldsTo { .. } | Task::Answer { .. })
    }
}

/// A scenario: what messages call it, and its YAML.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Text {
    /// Its name.
    pub name: String,
    /// Its YAML.
    pub yaml: String,
}

/// See [`Task::Compare`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CompareTask {
    /// *Today* and *what if*.
    pub texts: [Text; 2],
    /// In place of their seed.
    pub seed: Option<u64>,
    /// In place of the number of runs that they call for.
    pub runs: Option<u32>,
    /// The runs there are of each, from run 0, as workers gave them.
    pub known: [Vec<Vec<u8>>; 2],
}

/// Questions that take longer than a comparison.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
pub enum Question {
    /// What to change, best first.
    Recommend,
    /// How many at once.
    Capacity,
}

/// From a worker to the page.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum News {
    /// It listens. What is sent before that may be lost.
    Ready,
    /// So many runs of the present task are done.
    Progress(u64),
    /// The task of this number is done.
    Done(u64, Result<Reply, Trouble>),
}

/// The answer to a task of the same name.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Reply {
    /// See [`Task::Open`].
    Opened(Box<Opened>),
    /// See [`Task::Runs`].
    Runs(Batch),
    /// See [`Task::Compare`].
    Compared(Box<Comparison>),
    /// See [`Task::First`]: how long it is, in words, and what it shows.
    First(String, Box<Comparison>),
    /// See [`Task::HoldsTo`]; `None` where no load is named.
    HoldsTo(Option<String>),
    /// See [`Task::Lanes`].
    Lanes(Box<[Lanes; 2]>),
    /// See [`Task::Story`] and [`Task::Diagnose`]: told, and the incident to open.
    Told(Box<Article>, Option<String>),
    /// See [`Task::Charts`].
    Charts(Vec<Picture>),
    /// See [`Task::Answer`].
    Answered(Box<Answered>),
}

/// Why there is no answer.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Trouble {
    /// For people, in the words of the command line.
    pub words: String,
    /// Lines of the scenario, from 1, and what is wrong in each.
    pub lines: Vec<(usize, String)>,
}

impl From<String> for Trouble {
    fn from(words: String) -> Trouble {
        Trouble {
            words,
            lines: Vec::new(),
        }
    }
}

/// What a scenario is.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Opened {
    /// Its name.
    pub name: String,
    /// What happened to whom.
    pub title: String,
    /// The story in Markdown.
    pub about: String,
    /// Its own seed.
    pub seed: u64,
    /// What of it can be turned, what matters most first.
    pub controls: Vec<Control>,
    /// Its variants.
    pub variants: Vec<Change>,
}

/// Runs of a scenario.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Batch {
    /// Where they belong.
    pub shelf: u64,
    /// The first of them.
    pub first: u32,
    /// Each as bytes.
    pub runs: Vec<Vec<u8>>,
    /// How long they took, in milliseconds.
    pub took: f64,
}

/// Both columns, judged. The core has worded it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Comparison {
    /// *Today* and *what if*.
    pub columns: [Column; 2],
    /// Rows of numbers: heading, both values, and the difference.
    pub rows: Vec<Row>,
    /// How many runs each column should have had; more than it has while there is more to say.
    pub wanted: [u32; 2],
    /// The command that gives the same numbers for *today*.
    pub command: String,
    /// The report in the forms in which it can be taken away.
    pub exports: Exports,
}

/// A row of numbers.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Row {
    /// What it is.
    pub heading: String,
    /// Both values in words.
    pub values: [String; 2],
    /// *What if* less *today*, in words.
    pub difference: String,
}

/// A column.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Column {
    /// `FAILS`, `HOLDS`, `UNDECIDED`.
    pub label: String,
    /// The verdict in a sentence.
    pub sentence: String,
    /// The other lines of the answer: label and sentence.
    pub lines: Vec<(String, String)>,
    /// What is taken for granted.
    pub assumptions: Vec<String>,
    /// How many runs.
    pub runs: u32,
    /// Identifies them.
    pub digest: String,
    /// The limiter that refuses most, over time.
    pub credits: Option<Credits>,
    /// Why: what is met in order, and what binds.
    pub why: Article,
}

/// Credits left in a limiter, in run 0.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Credits {
    /// The limiter.
    pub name: String,
    /// The most it holds, as far as was seen.
    pub most: f64,
    /// The last second shown.
    pub until: f64,
    /// Second, credits.
    pub points: Vec<(f64, f64)>,
}

/// A report to take away.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Exports {
    /// As Markdown.
    pub markdown: String,
    /// As JSON.
    pub json: String,
    /// As CSV.
    pub csv: String,
}

/// A change to apply: its name, what it says of itself, and each path with its value.
pub type Change = (String, String, Vec<(String, String)>);

/// The answer to a [`Question`].
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Answered {
    /// What to change.
    Advice(Advice),
    /// How many at once: told, and drawn.
    Curve(Article, Picture),
}

/// A chart in the forms in which the page may show it, as SVG documents.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Picture {
    /// Its headline.
    pub title: String,
    /// What it shows, in sentences.
    pub description: String,
    /// For large screens, light and dark.
    pub wide: [String; 2],
    /// For small screens, light and dark.
    pub narrow: [String; 2],
    /// The same facts in words.
    pub table: Table,
}
