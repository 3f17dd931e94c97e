//! An error line to the limiter behind it.
//!
//! Text goes in as it was copied from a log or a terminal; out comes which limiter spoke, by what it
//! counts, on which side it sits, whether waiting helps and what to do next. The rules are a table
//! ([`rules`]); numbers come from the [catalog].
//!
//! ```
//! use pullstorm_core::diagnose::{Diagnosis, Side, diagnose};
//!
//! let text = "Error response from daemon: toomanyrequests: Too Many Requests (HAP429).";
//! let Diagnosis::Known { finding, .. } = diagnose(text) else { panic!() };
//! assert_eq!(finding.rule, "docker-hub-abuse");
//! assert_eq!(finding.side, Side::Server);
//! assert_eq!(finding.limits[0].limiter, "abuse");
//! ```

mod reading;
mod rule;
mod table;
#[cfg(test)]
mod tests;

pub use reading::Reading;
pub use rule::{Helps, Rule, Side};

use crate::catalog::{self, Confidence, Preset};
use serde::Serialize;

/// What a text says.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Diagnosis {
    /// A limiter was recognised.
    Known {
        /// The most specific one.
        finding: Box<Finding>,
        /// What else the text speaks of, most specific first.
        others: Vec<Finding>,
    },
    /// No rule knows the text.
    Unknown(Unknown),
}

/// A limiter that was recognised.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Finding {
    /// The rule that recognised it.
    pub rule: &'static str,
    /// The first line it was recognised in, from 1.
    pub line: usize,
    /// That line.
    pub text: String,
    /// What spoke.
    pub limiter: &'static str,
    /// What it counts by.
    pub scope: &'static str,
    /// On which side it sits.
    pub side: Side,
    /// Whether waiting helps.
    pub helps: Helps,
    /// For how long, and what waiting does.
    pub waiting: &'static str,
    /// What the line says in numbers.
    pub readings: Vec<Reading>,
    /// The preset to simulate it with.
    pub preset: Option<String>,
    /// The limits in question, as the catalog has them.
    pub limits: Vec<LimitFact>,
    /// The built-in scenario to open.
    pub scenario: Option<&'static str>,
    /// What to do next.
    pub next: &'static [&'static str],
    /// Where the rule is from.
    pub sources: &'static [&'static str],
}

/// A limit as the catalog has it.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct LimitFact {
    /// Short name of the limiter within the preset.
    pub limiter: String,
    /// Its figures, or that they are not published.
    pub published: String,
    /// What it counts by.
    pub scope: String,
    /// Whether the provider raises it; `None` if nobody says.
    pub raisable: Option<bool>,
    /// How well that is known.
    pub confidence: Confidence,
    /// When it was last looked up.
    pub as_of: String,
}

/// What can be said about a text that no rule knows.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Unknown {
    /// The first line that speaks of throttling at all, from 1.
    pub throttled_line: Option<usize>,
    /// What to look for and paste instead.
    pub look_for: &'static [&'static str],
}

/// Says which limiter is behind a text of one line or many.
///
/// Every line is looked at. Where several rules know something, the most specific is the finding
/// and the others are listed; a rule is listed once, with the first line that it knows.
pub fn diagnose(text: &str) -> Diagnosis {
    let mut reader = LogReader::new();
    for line in text.lines() {
        reader.read(line);
    }
    reader.finish()
}

/// Reads a log line by line and keeps only what it has found, however long the log is.
#[derive(Debug)]
pub struct LogReader {
    lines: usize,
    /// By rule, in their order, the first line it knows.
    found: Vec<Option<Finding>>,
    throttled_line: Option<usize>,
    blank: bool,
}

impl Default for LogReader {
    fn default() -> Self {
        LogReader::new()
    }
}

impl LogReader {
    /// A reader that has read nothing.
    pub fn new() -> Self {
        LogReader {
            lines: 0,
            found: table::rules().map(|_| None).collect(),
            throttled_line: None,
            blank: true,
        }
    }

    /// Whether there was nothing to read but white space.
    pub fn is_blank(&self) -> bool {
        self.blank
    }

    /// Reads the next line, without its end.
    pub fn read(&mut self, line: &str) {
        self.lines += 1;
        if line.trim().is_empty() {
            return;
        }
        self.blank = false;
        let lowered = line.to_ascii_lowercase();
        if self.throttled_line.is_none() && speaks_of_throttling(&lowered) {
            self.throttled_line = Some(self.lines);
        }
        for (rule, found) in table::rules().zip(&mut self.found) {
            if found.is_none() && rule.knows(&lowered) {
                *found = Some(finding(rule, self.lines, line, &lowered));
            }
        }
    }

    /// What the log says.
    pub fn finish(self) -> Diagnosis {
        let found = table::rules().zip(self.found);
        let mut findings: Vec<(&Rule, Finding)> = found
            .filter_map(|(rule, finding)| Some((rule, finding?)))
            .collect();
        // A rule of last resort adds nothing to a line that a better one knows.
        let explained: Vec<usize> = findings
            .iter()
            .filter(|(rule, _)| !rule.last_resort)
            .map(|(_, finding)| finding.line)
            .collect();
        findings.retain(|(rule, finding)| !rule.last_resort || !explained.contains(&finding.line));
        let mut findings = findings.into_iter().map(|(_, finding)| finding);
        match findings.next() {
            Some(first) => Diagnosis::Known {
                finding: Box::new(first),
                others: findings.collect(),
            },
            None => Diagnosis::Unknown(Unknown {
                throttled_line: self.throttled_line,
                look_for: &table::LOOK_FOR,
            }),
        }
    }
}

/// All rules, most specific first.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    table::rules()
}

fn speaks_of_throttling(line: &str) -> bool {
    let words = [
        "throttl",
        "toomanyrequests",
        "too many requests",
        "rate exceeded",
        "rate limit",
        "slow down",
        "slowdown",
    ];
    words.iter().any(|word| line.contains(word)) || has_status_429(line)
}

/// Whether 429 stands in the line as a status, not as a number of something.
fn has_status_429(line: &str) -> bool {
    let before = [
        "http", "http/1.0", "http/1.1", "http/2", "http/2.0", "http/3", "status", "code", "error",
        "response", "returned", "answered", "got",
    ];
    line.trim() == "429"
        || line.match_indices("429").any(|(at, _)| {
            let is_number = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric());
            let (head, tail) = (&line[..at], &line[at + 3..]);
            let alone = !is_number(head.chars().next_back()) && !is_number(tail.chars().next());
            let head = head.trim_end_matches([' ', ':', '=', '(', '"', '\'', '[']);
            let word = head
                .rsplit([' ', '(', '"', '\'', '=', '_', '-', ','])
                .next();
            alone && word.is_some_and(|word| before.contains(&word))
        })
}

fn finding(rule: &'static Rule, line: usize, original: &str, lowered: &str) -> Finding {
    let readings = reading::read(original, lowered);
    let chosen = reading::hub_preset(&readings).filter(|_| rule.id == "docker-hub-headers");
    let preset = chosen
        .or(rule.preset)
        .and_then(|name| catalog::preset(name).ok());
    Finding {
        rule: rule.id,
        line,
        text: original.trim().to_owned(),
        limiter: rule.limiter,
        scope: rule.scope,
        side: rule.side,
        helps: rule.helps,
        waiting: rule.waiting,
        readings,
        preset: preset.map(|preset| preset.name.clone()),
        limits: preset
            .map(|preset| limits(rule, preset, lowered))
            .unwrap_or_default(),
        scenario: rule.scenario,
        next: rule.next,
        sources: rule.sources,
    }
}

/// The limiters of the preset that the line can be about: those that the rule names, or those of an
/// operation that occurs in the line, or the only one there is.
fn limits(rule: &Rule, preset: &Preset, lowered: &str) -> Vec<LimitFact> {
    let about = |limiter: &&catalog::PresetLimiter| match rule.limiters {
        [] => {
            preset.limiters.len() == 1
                || limiter
                    .operations
                    .iter()
                    .any(|(name, _)| has_word(lowered, name))
        }
        named => named.contains(&limiter.name.as_str()),
    };
    preset
        .limiters
        .iter()
        .filter(about)
        .map(|limiter| LimitFact {
            limiter: limiter.name.clone(),
            published: limiter.published.to_string(),
            scope: limiter.scope.to_string(),
            raisable: limiter.raisable,
            confidence: limiter.confidence,
            as_of: preset.as_of.to_string(),
        })
        .collect()
}

/// Whether the name occurs in the lower-case line as a word of its own.
pub(crate) fn has_word(lowered: &str, name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '-');
    lowered.match_indices(&name).any(|(at, found)| {
        !part(lowered[..at].chars().next_back())
            && !part(lowered[at + found.len()..].chars().next())
    })
}
