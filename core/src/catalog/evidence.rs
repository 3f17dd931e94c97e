//! Commands that show whether a service throttles: before a change that it is the cause, after it
//! that it holds.

use serde::Deserialize;
use std::collections::BTreeMap;

/// Stands in a command for the operation that is throttled.
const OPERATION: &str = "{operation}";

/// What commands and their readings share, by the name that stands for it in the records of clients:
/// the words by which lines about a refusal are known, those that tell who refused, and what they mean.
const WORDS: [(&str, &str); 3] = [
    ("{throttled}", "-e toomanyrequests -e 'too many requests'"),
    (
        "{which}",
        "-e HAP429 -e 'pull rate limit' -e 'Rate exceeded' -e 'Data limit exceeded' -e '429 Too Many \
         Requests'",
    ),
    (
        "{meaning}",
        "HAP429 is Docker Hub's abuse limiter, pull rate limit its limit of pulls; Rate exceeded is Amazon \
         ECR or ECR Public, Data limit exceeded ECR Public's limit of bytes; 429 Too Many Requests may be \
         any of them",
    ),
];

/// As whom a service is asked, where it counts strangers and users apart.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AskedAs {
    /// Without signing in.
    Stranger,
    /// Signed in.
    User,
}

/// A command, and how to read what it prints.
#[derive(Clone, Eq, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// For whom it is an answer; `None` for anybody.
    pub asked_as: Option<AskedAs>,
    /// What it shows, in a few words.
    pub about: String,
    /// The command, for a POSIX shell; names in capitals behind `$` are the user's,
    /// and so are `ACCOUNT` and `REGION`.
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
            asked_as: self.asked_as,
            about: self.about.replace(OPERATION, operation),
            command: self.command.replace(OPERATION, operation),
            reads: self.reads.replace(OPERATION, operation),
            sources: self.sources.clone(),
        }
    }

    /// The same with sources in place of their keys, and shared words in place of their names.
    pub(super) fn named(&self, sources: &BTreeMap<String, String>) -> Result<Evidence, String> {
        let named = self.sources.iter().map(|key| {
            let source = sources.get(key).cloned();
            source.ok_or_else(|| format!("no source `{key}`"))
        });
        let sources: Vec<String> = named.collect::<Result<_, _>>()?;
        if sources.is_empty() {
            return Err(format!("no source for `{}`", self.about));
        }
        let in_full = |text: &str| {
            let words = WORDS.iter();
            words.fold(text.to_owned(), |text, (name, words)| {
                text.replace(name, words)
            })
        };
        Ok(Evidence {
            asked_as: self.asked_as,
            about: self.about.clone(),
            command: in_full(&self.command),
            reads: in_full(&self.reads),
            sources,
        })
    }
}

/// Where it is written what clients were refused, with the commands that show it.
#[derive(Clone, Eq, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// Who writes it: `Docker Engine`.
    pub of: String,
    /// What shows refusals, before anything is changed.
    pub confirm: Vec<Evidence>,
    /// What shows afterwards that there are none.
    pub watch: Vec<Evidence>,
}

impl Log {
    /// The same with sources in place of their keys.
    pub(super) fn named(&self, sources: &BTreeMap<String, String>) -> Result<Log, String> {
        let named = |all: &[Evidence]| -> Result<Vec<Evidence>, String> {
            all.iter().map(|it| it.named(sources)).collect()
        };
        Ok(Log {
            of: self.of.clone(),
            confirm: named(&self.confirm)?,
            watch: named(&self.watch)?,
        })
    }
}
