//! One rule of the table: how an error reads, and what is behind it.

use serde::Serialize;
use std::fmt;

/// How an error reads, and what is behind it.
#[derive(Copy, Clone, PartialEq, Debug)]
pub struct Rule {
    /// Stable name.
    pub id: &'static str,
    /// Of each group at least one text must occur in the line. All in lower case.
    pub contains: &'static [&'static [&'static str]],
    /// None of these may occur in it. All in lower case.
    pub without: &'static [&'static str],
    /// Whether it counts only for lines that no other rule knows.
    pub last_resort: bool,
    /// What speaks.
    pub limiter: &'static str,
    /// What it counts by.
    pub scope: &'static str,
    /// On which side it sits.
    pub side: Side,
    /// Whether waiting helps.
    pub helps: Helps,
    /// For how long, and what waiting does.
    pub waiting: &'static str,
    /// The preset to simulate it with.
    pub preset: Option<&'static str>,
    /// The preset's limiters it is about; empty where the operation in the line tells.
    pub limiters: &'static [&'static str],
    /// The built-in scenario to open.
    pub scenario: Option<&'static str>,
    /// What to do next.
    pub next: &'static [&'static str],
    /// Where it is from.
    pub sources: &'static [&'static str],
}

/// On which side a limiter sits.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// At the service: others share it, and every request sent counts.
    Server,
    /// In your own client, engine or node: the request never left, or is not tried again.
    Client,
}

/// Whether waiting helps.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Helps {
    /// Yes.
    Yes,
    /// Only if the load goes down meanwhile, or for longer than a client waits.
    Partly,
    /// No.
    No,
}

impl Rule {
    /// A rule that says nothing yet; the table fills in what differs.
    pub(super) const BLANK: Rule = Rule {
        id: "",
        contains: &[],
        without: &[],
        last_resort: false,
        limiter: "",
        scope: "",
        side: Side::Server,
        helps: Helps::Yes,
        waiting: "",
        preset: None,
        limiters: &[],
        scenario: None,
        next: &[],
        sources: &[],
    };

    /// Whether the rule knows a line, given in lower case.
    pub(super) fn knows(&self, lowered: &str) -> bool {
        self.contains
            .iter()
            .all(|group| group.iter().any(|text| lowered.contains(text)))
            && !self.without.iter().any(|text| lowered.contains(text))
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Side::Server => "server side",
            Side::Client => "client side",
        })
    }
}

impl fmt::Display for Helps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Helps::Yes => "yes",
            Helps::Partly => "partly",
            Helps::No => "no",
        })
    }
}
