//! What page and worker say to each other, as JSON text.
//!
//! Each order carries a *generation*; the page ignores news of generations that it has left behind,
//! and the worker stops working on one when it hears of the next.

use serde::{Deserialize, Serialize};

/// Counts what the page has asked for.
pub type Generation = u32;

/// From the page to the worker.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Order {
    /// Simulate, and drop what is being simulated.
    Run(Generation, Question),
    /// Drop what is being simulated.
    Stop(Generation),
}

/// What to simulate.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Question {
    /// In place of the scenario's own seed.
    pub seed: Option<u64>,
    /// In place of the number of runs that the scenario calls for.
    pub runs: Option<u32>,
}

/// From the worker to the page.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum News {
    /// The worker listens. What is sent before that may be lost.
    Ready,
    /// So many runs are done, of so many.
    Progress(Generation, u64, u64),
    /// The answer.
    Answer(Generation, Box<Answer>),
    /// There will be no answer, and why.
    Failed(Generation, String),
}

/// What the page shows, in its order. The core says it; the page only lays it out.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Answer {
    /// Whether the scenario as it is holds.
    pub judgement: Judgement,
    /// The verdict in one sentence.
    pub headline: String,
    /// What lies behind it: name and text.
    pub facts: Vec<(String, String)>,
    /// What the chart shows.
    pub chart_title: String,
    /// A chart as SVG.
    pub chart: Option<String>,
    /// Variants side by side.
    pub tables: Vec<Table>,
    /// Identifies what happened.
    pub digest: String,
    /// Which run the digest is of.
    pub digest_note: String,
}

/// Whether expectations are met.
#[derive(Copy, Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Judgement {
    /// All are.
    Holds,
    /// One is broken.
    Fails,
    /// The runs do not tell.
    Undecided,
}

impl Judgement {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Judgement::Holds => "Holds",
            Judgement::Fails => "Fails",
            Judgement::Undecided => "Undecided",
        }
    }
}

/// Rows of as many cells as there are columns.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Table {
    /// What it shows.
    pub title: String,
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Its rows; the first cell names the row.
    pub rows: Vec<Vec<Cell>>,
}

/// One cell.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Cell {
    /// What it says.
    pub text: String,
    /// Whether it is a number, to be set flush right.
    pub numeric: bool,
    /// Whether it is good or bad news.
    pub emphasis: Emphasis,
}

/// How a cell stands out.
#[derive(Copy, Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Emphasis {
    /// Not at all.
    None,
    /// As good news.
    Good,
    /// As bad news.
    Bad,
}

impl Emphasis {
    /// Its class in the style sheet.
    pub fn class(self) -> Option<&'static str> {
        match self {
            Emphasis::None => None,
            Emphasis::Good => Some("good"),
            Emphasis::Bad => Some("bad"),
        }
    }
}

impl Order {
    /// The text that travels.
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).expect("orders are plain data")
    }
}

impl News {
    /// The text that travels.
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).expect("news are plain data")
    }
}
