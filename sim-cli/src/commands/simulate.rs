//! What `run`, `compare` and `recommend` have in common.

use crate::args::{Format, Simulated};
use crate::failure::Failure;
use crate::input;
use crate::terminal::Terminal;
use crate::workers::Threads;
use pullstorm_core::report::{Article, Report};
use pullstorm_core::scenario::Document;

/// The scenario with everything set that `--set` sets.
///
/// # Errors
/// What is unreadable, and all problems of the scenario with those values.
pub fn document(simulated: &Simulated) -> Result<Document, Failure> {
    let mut document = input::scenario(&simulated.scenario)?;
    for text in &simulated.set {
        let (path, value) = text.split_once('=').ok_or_else(|| {
            Failure::input(format!("`--set {text}` has no `=`"))
                .hint("write --set PATH=VALUE, as in --set workloads.ci.jobs=16")
        })?;
        document = document.set(path.trim(), value)?;
    }
    Ok(document)
}

/// How a report is put on paper.
pub struct Forms {
    /// For people.
    pub article: fn(&Report) -> Article,
    /// For spreadsheets.
    pub csv: fn(&Report) -> String,
}

/// Prints a report in the form asked for; after an interruption, of what is finished.
pub fn print(
    report: &mut Report,
    forms: &Forms,
    format: Format,
    interrupted: bool,
    terminal: &Terminal,
) -> Result<(), Failure> {
    if interrupted {
        report
            .notes
            .push("interrupted: this is what was finished by then".to_owned());
    }
    let text = match format {
        Format::Text => (forms.article)(report).text(&terminal.page),
        Format::Markdown => (forms.article)(report).markdown(),
        Format::Json => super::json(report)?,
        Format::Csv => (forms.csv)(report),
    };
    terminal.print(&text)
}

/// What the user gets whose Ctrl-C came first.
pub fn nothing_finished() -> Failure {
    Failure::Interrupted("interrupted before the first run was finished".to_owned())
}

/// Threads as the arguments ask for them.
///
/// # Errors
/// Where the system refuses them.
pub fn threads(simulated: &Simulated) -> Result<Threads, Failure> {
    Threads::new(simulated.threads)
}
