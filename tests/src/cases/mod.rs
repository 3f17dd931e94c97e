//! Validation cases: numbers from other people's programs and from mathematics, read by family.
//!
//! A family is a set of files with one meaning. The project's own files lie in `tests/cases/`; the
//! variable `PULLSTORM_CASES` names another directory with the same columns and other points.
//! Another family is one file here and one line in [`FAMILIES`].

mod batches;
mod directory;
mod exact;
mod tally;

mod closed_form;
mod decorrelated;
mod fluid;
mod gcra;
mod nginx;
mod occ;
mod poisson;
mod reference;
mod retry_budget;
mod sdk;
mod seed_arithmetic;
mod seed_fleet;
mod wave;
mod window;

pub use batches::{Batches, Samples};
pub use directory::{CaseError, Directory};
pub use exact::Exact;
pub use tally::Tally;

use std::fmt;

/// All families, in the order in which they are reported.
pub const FAMILIES: &[Family] = &[
    gcra::FAMILY,
    nginx::FAMILY,
    fluid::FAMILY,
    window::FAMILY,
    poisson::THROTTLE,
    poisson::WAIT,
    wave::FAMILY,
    closed_form::FAMILY,
    decorrelated::FAMILY,
    reference::FAMILY,
    sdk::FAMILY,
    occ::FAMILY,
    retry_budget::FAMILY,
    seed_arithmetic::FAMILY,
];

/// A set of files with one meaning, and how to check them.
#[derive(Copy, Clone, Debug)]
pub struct Family {
    /// What it is called in reports and on the command line of the test.
    pub name: &'static str,
    /// Its files; a `*` stands for any characters.
    pub files: &'static [&'static str],
    /// Reads all its files that are in the directory and tries their cases.
    pub check: Check,
    /// Whether the project's own files are used where the directory has none.
    pub falls_back: bool,
}

/// Reads a family's files and tries their cases.
pub type Check = fn(&Directory) -> Result<Tally, CaseError>;

impl Family {
    /// A family that `check` tries.
    pub const fn new(name: &'static str, files: &'static [&'static str], check: Check) -> Self {
        Family {
            name,
            files,
            check,
            falls_back: false,
        }
    }

    /// The same family, which uses the project's own files where another directory has none.
    pub const fn or_the_projects_own(self) -> Self {
        Family {
            falls_back: true,
            ..self
        }
    }

    /// Whether a file of this name belongs to the family.
    pub fn owns(&self, file: &str) -> bool {
        self.files
            .iter()
            .any(|pattern| match pattern.split_once('*') {
                None => *pattern == file,
                Some((before, after)) => {
                    file.len() >= before.len() + after.len()
                        && file.starts_with(before)
                        && file.ends_with(after)
                }
            })
    }

    fn run(&self, directory: &Directory) -> Finding {
        let present = directory.files().any(|file| self.owns(file));
        if !present && self.falls_back && !directory.is_the_projects_own() {
            return match Directory::the_projects_own() {
                Ok(own) => self.run(&own),
                Err(error) => Finding::Unreadable(error),
            };
        }
        if !present {
            return Finding::Absent;
        }
        match (self.check)(directory) {
            Ok(tally) => Finding::Tried(tally),
            Err(error) => Finding::Unreadable(error),
        }
    }
}

/// What became of a family.
#[derive(Debug)]
pub enum Finding {
    /// The directory has none of its files.
    Absent,
    /// Its cases were tried.
    Tried(Tally),
    /// A file of it cannot be read, or has columns nobody knows.
    Unreadable(CaseError),
    /// The check itself broke.
    Panicked,
}

/// What became of all families.
#[derive(Debug)]
pub struct Report {
    /// The families that were asked for, in order.
    pub findings: Vec<(&'static str, Finding)>,
    /// Files that belong to no family.
    pub unknown_files: Vec<String>,
}

impl Report {
    /// Whether every case that could be tried lies inside its tolerance and every file is known.
    pub fn holds(&self) -> bool {
        self.unknown_files.is_empty()
            && self.findings.iter().all(|(_, finding)| match finding {
                Finding::Absent => true,
                Finding::Tried(tally) => tally.misses().is_empty(),
                Finding::Unreadable(_) | Finding::Panicked => false,
            })
    }
}

/// Runs the families whose name contains one of `filters`; all of them where there is no filter.
pub fn run(directory: &Directory, filters: &[String]) -> Report {
    let asked = |family: &&Family| {
        filters.is_empty()
            || filters
                .iter()
                .any(|filter| family.name.contains(filter.as_str()))
    };
    let findings = std::thread::scope(|scope| {
        let running: Vec<_> = FAMILIES
            .iter()
            .filter(asked)
            .map(|family| (family.name, scope.spawn(|| family.run(directory))))
            .collect();
        running
            .into_iter()
            .map(|(name, thread)| (name, thread.join().unwrap_or(Finding::Panicked)))
            .collect()
    });
    let unknown_files = directory
        .files()
        .filter(|file| *file != "README.md" && !FAMILIES.iter().any(|family| family.owns(file)))
        .map(str::to_owned)
        .collect();
    Report {
        findings,
        unknown_files,
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<28} {:>6} {:>7}", "family", "tried", "inside")?;
        for (name, finding) in &self.findings {
            match finding {
                Finding::Absent => writeln!(f, "{name:<28} absent")?,
                Finding::Panicked => writeln!(f, "{name:<28} the check panicked")?,
                Finding::Unreadable(error) => writeln!(f, "{name:<28} {error}")?,
                Finding::Tried(tally) => writeln!(f, "{name:<28} {tally}")?,
            }
        }
        for file in &self.unknown_files {
            writeln!(f, "{file}: no family has a file of this name")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fixture_of_the_project_belongs_to_exactly_one_family() {
        let own = Directory::the_projects_own().unwrap();
        for file in own.files().filter(|file| *file != "README.md") {
            let owners: Vec<_> = FAMILIES.iter().filter(|family| family.owns(file)).collect();
            assert_eq!(owners.len(), 1, "{file}: {owners:?}");
        }
    }

    #[test]
    fn every_family_has_a_fixture_in_the_project() {
        let own = Directory::the_projects_own().unwrap();
        for family in FAMILIES {
            assert!(own.files().any(|file| family.owns(file)), "{}", family.name);
        }
    }
}
