//! Commands that show whether a service throttles: before a change that it is the cause, after it
//! that it holds.

use serde::Deserialize;
use std::collections::BTreeMap;

/// Stands in a command for the operation that is throttled.
const OPERATION: &str = "{operation}";

/// A command, and how to read what it prints.
#[derive(Clone, Eq, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// What it shows, in a few words.
    pub about: String,
    /// The command, for a POSIX shell; names in capitals behind `$` are the user's.
    pub command: String,
    /// What its answer means.
    pub reads: String,
    /// Where it is known from.
    pub sources: Vec<String>,
}

impl Evidence {
    /// Whether it speaks of one operation of the service.
    pub fn is_of_operation(&self) -> bool {
        [&self.about, &self.command, &self.reads]
            .into_iter()
            .any(|text| text.contains(OPERATION))
    }

    /// The same with the operation put in.
    pub fn of(&self, operation: &str) -> Evidence {
        Evidence {
            about: self.about.replace(OPERATION, operation),
            command: self.command.replace(OPERATION, operation),
            reads: self.reads.replace(OPERATION, operation),
            sources: self.sources.clone(),
        }
    }

    /// The same with sources in place of their keys.
    pub(super) fn named(&self, sources: &BTreeMap<String, String>) -> Result<Evidence, String> {
        let named = self.sources.iter().map(|key| {
            let source = sources.get(key).cloned();
            source.ok_or_else(|| format!("no source `{key}`"))
        });
        let sources: Vec<String> = named.collect::<Result<_, _>>()?;
        if sources.is_empty() {
            return Err(format!("no source for `{}`", self.about));
        }
        Ok(Evidence {
            sources,
            ..self.clone()
        })
    }
}
