//! Finding the scenarios that a check is about: built-in names, files, and whole folders.

use crate::failure::Failure;
use crate::input::{self, reason};
use pullstorm_core::catalog::nearest;
use pullstorm_core::scenario::Document;
use pullstorm_core::scenarios::built_in;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A scenario and the file it is in.
pub struct Subject {
    /// The file as it was named, with `/`; `None` for a built-in scenario or standard input.
    pub file: Option<String>,
    /// The scenario.
    pub document: Document,
}

/// Files of folders that are left out are named up to this many.
const LEFT_OUT_NAMED: usize = 5;

/// How long a key may be that is taken for a misspelt `pullstorm`.
const LIKE_PULLSTORM: std::ops::RangeInclusive<usize> = 7..=11;

/// What paths lead to.
pub struct Gathered {
    /// The scenarios.
    pub subjects: Vec<Subject>,
    /// YAML files of folders that are no scenarios.
    others: Vec<String>,
}

impl Gathered {
    /// Which files of folders were left out and why; `None` if none was.
    pub fn left_out(&self) -> Option<String> {
        let more = self.others.len().saturating_sub(LEFT_OUT_NAMED);
        let named: Vec<&str> = self
            .others
            .iter()
            .take(LEFT_OUT_NAMED)
            .map(String::as_str)
            .collect();
        let more = match more {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let named = named.join(", ");
        (!self.others.is_empty())
            .then(|| format!("left out, as they have no key `pullstorm`: {named}{more}"))
    }
}

/// All scenarios that paths lead to, in the order of the paths and of the names in a folder; a file
/// that several paths lead to, once.
///
/// # Errors
/// All that is unreadable and all problems of all scenarios; a path that leads to no scenario; two
/// scenarios of one name, as a report could not tell them apart.
pub fn gather(paths: &[String]) -> Result<Gathered, Failure> {
    let mut subjects = Vec::new();
    let mut others = Vec::new();
    let mut failures = Vec::new();
    let mut seen = BTreeSet::new();
    for path in paths {
        let is_folder = built_in(path).is_none() && Path::new(path).is_dir();
        if !is_folder {
            let known = fs::canonicalize(path).is_ok_and(|real| !seen.insert(real));
            if !known || built_in(path).is_some() {
                add(path, &mut subjects, &mut failures);
            }
            continue;
        }
        match scenario_files(Path::new(path), &mut others) {
            Err(failure) => failures.push(failure),
            Ok(files) if files.is_empty() => failures.push(
                Failure::input(format!("there is no scenario in `{path}` or below"))
                    .hint("a scenario is a .yaml file with the key `pullstorm`"),
            ),
            Ok(files) => {
                for file in files {
                    if fs::canonicalize(&file).is_ok_and(|real| seen.insert(real)) {
                        add(&named(&file), &mut subjects, &mut failures);
                    }
                }
            }
        }
    }
    failures.extend(named_alike(&subjects));
    match failures.len() {
        0 => {
            others.sort();
            others.dedup();
            Ok(Gathered { subjects, others })
        }
        1 => Err(failures.remove(0)),
        _ => Err(Failure::Several(failures)),
    }
}

fn add(path: &str, subjects: &mut Vec<Subject>, failures: &mut Vec<Failure>) {
    let is_file = path != "-" && built_in(path).is_none();
    match input::scenario(path) {
        Ok(document) => subjects.push(Subject {
            file: is_file.then(|| path.to_owned()),
            document,
        }),
        Err(failure) => failures.push(failure),
    }
}

/// A path as messages and annotations have it on every system.
fn named(path: &Path) -> String {
    let path = path.to_string_lossy().replace('\\', "/");
    path.strip_prefix("./").unwrap_or(&path).to_owned()
}

/// The scenarios in a folder and below, in the order of their names. Hidden folders are left out,
/// and links to folders, which could lead round in a circle. YAML files that are none are added to
/// `others`; one that seems to be meant as a scenario is refused.
fn scenario_files(folder: &Path, others: &mut Vec<String>) -> Result<Vec<PathBuf>, Failure> {
    let unreadable = |path: &Path| {
        let path = named(path);
        move |error: io::Error| Failure::input(format!("cannot read `{path}`: {}", reason(&error)))
    };
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(unreadable(&folder))? {
            let entry = entry.map_err(unreadable(&folder))?;
            let path = entry.path();
            let kind = entry.file_type().map_err(unreadable(&path))?;
            let hidden = entry.file_name().to_string_lossy().starts_with('.');
            if kind.is_dir() && !hidden {
                folders.push(path);
            } else if is_yaml(&path) && path.is_file() {
                let text = fs::read(&path).map_err(unreadable(&path))?;
                let key = first_key(&text);
                if key == "pullstorm" || is_scenario(&text) {
                    files.push(path);
                } else if LIKE_PULLSTORM.contains(&key.len())
                    && !nearest(&key, ["pullstorm"], 1).is_empty()
                {
                    let message = format!("`{}` begins with `{key}`", named(&path));
                    let hint = "a scenario begins with `pullstorm: 1`";
                    return Err(Failure::input(message).hint(hint));
                } else {
                    others.push(named(&path));
                }
            }
        }
    }
    files.sort();
    Ok(files)
}

fn is_yaml(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending == "yaml" || ending == "yml")
}

/// Whether a file means to be a scenario, even if it has mistakes.
fn is_scenario(text: &[u8]) -> bool {
    let mut lines = text.split(|byte| *byte == b'\n');
    lines.any(|line| line.starts_with(b"pullstorm:") || line.starts_with(b"\"pullstorm\":"))
}

/// The first key of a YAML file; empty where it does not begin with one.
fn first_key(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let mut lines = text.trim_start_matches('\u{feff}').lines().map(str::trim);
    let first =
        lines.find(|line| !line.is_empty() && !line.starts_with(['#', '%']) && *line != "---");
    let key = first
        .and_then(|line| line.split_once(':'))
        .map_or("", |(key, _)| key);
    key.trim_matches(['{', '"', '\'', ' ']).to_owned()
}

fn named_alike(subjects: &[Subject]) -> Vec<Failure> {
    let mut by_name: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for subject in subjects {
        let name = subject.document.scenario().name.as_str();
        let file = subject.file.as_deref().unwrap_or("the built-in one");
        by_name.entry(name).or_default().push(file);
    }
    let alike = by_name.into_iter().filter(|(_, files)| files.len() > 1);
    alike
        .map(|(name, files)| {
            let message = format!(
                "several scenarios are called `{name}`: {}",
                files.join(", ")
            );
            Failure::input(message).hint("give each a `name:` of its own")
        })
        .collect()
}
