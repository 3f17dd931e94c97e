//! The directory the cases are read from, strictly: every column must be known.

use serde::de::DeserializeOwned;
use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

/// The variable that names another directory of cases.
pub const VARIABLE: &str = "PULLSTORM_CASES";

/// A directory of case files.
#[derive(Clone, Debug)]
pub struct Directory {
    path: PathBuf,
    files: BTreeSet<String>,
    own: bool,
}

/// Why a file of cases cannot be used.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct CaseError {
    /// The file or directory.
    pub file: String,
    /// What is wrong with it.
    pub reason: String,
}

impl CaseError {
    /// `reason` is wrong with `file`.
    pub fn new(file: impl Into<String>, reason: impl fmt::Display) -> Self {
        CaseError {
            file: file.into(),
            reason: reason.to_string(),
        }
    }
}

impl fmt::Display for CaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file, self.reason)
    }
}

impl std::error::Error for CaseError {}

impl Directory {
    /// The directory that `PULLSTORM_CASES` names, or the project's own where it is not set. A
    /// relative path counts from the root of the workspace.
    ///
    /// # Errors
    /// If the directory cannot be listed.
    pub fn from_environment() -> Result<Self, CaseError> {
        match std::env::var_os(VARIABLE) {
            None => Directory::the_projects_own(),
            Some(path) => {
                // Cargo runs a test inside its package, which is not where its user stands.
                let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
                Directory::open(&root.join(path), false)
            }
        }
    }

    /// The files in `tests/cases/`.
    ///
    /// # Errors
    /// If the directory cannot be listed.
    pub fn the_projects_own() -> Result<Self, CaseError> {
        Directory::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("cases"), true)
    }

    /// Lists the files in `path`.
    ///
    /// # Errors
    /// If it cannot be listed.
    pub fn open(path: &Path, own: bool) -> Result<Self, CaseError> {
        let wrong = |error: std::io::Error| CaseError::new(path.display().to_string(), error);
        let mut files = BTreeSet::new();
        for entry in std::fs::read_dir(path).map_err(wrong)? {
            files.insert(
                entry
                    .map_err(wrong)?
                    .file_name()
                    .to_string_lossy()
                    .into_owned(),
            );
        }
        Ok(Directory {
            path: path.to_owned(),
            files,
            own,
        })
    }

    /// Whether these are the project's own files.
    pub fn is_the_projects_own(&self) -> bool {
        self.own
    }

    /// The names of all files, sorted.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(String::as_str)
    }

    /// The names of the files that begin with `prefix` and end with `suffix`, sorted.
    pub fn matching(&self, prefix: &str, suffix: &str) -> impl Iterator<Item = &str> {
        self.files().filter(move |file| {
            file.len() >= prefix.len() + suffix.len()
                && file.starts_with(prefix)
                && file.ends_with(suffix)
        })
    }

    /// Whether there is a file of this name.
    pub fn has(&self, file: &str) -> bool {
        self.files.contains(file)
    }

    /// The rows of a CSV file. `Row` says which columns there are; give it
    /// `#[serde(deny_unknown_fields)]`, so that a column nobody knows is an error.
    ///
    /// # Errors
    /// - the file cannot be read or has no rows,
    /// - a column is missing or unknown,
    /// - a value is not what its column holds.
    pub fn table<Row: DeserializeOwned>(&self, file: &str) -> Result<Vec<Row>, CaseError> {
        let mut reader = csv::Reader::from_path(self.path.join(file))
            .map_err(|error| CaseError::new(file, error))?;
        let rows: Vec<Row> = reader
            .deserialize()
            .collect::<Result<_, _>>()
            .map_err(|error| CaseError::new(file, error))?;
        if rows.is_empty() {
            return Err(CaseError::new(file, "has no cases"));
        }
        Ok(rows)
    }

    /// A JSON file. Give its types `#[serde(deny_unknown_fields)]`, so that a key nobody knows is
    /// an error.
    ///
    /// # Errors
    /// If the file cannot be read or is not what `T` describes.
    pub fn json<T: DeserializeOwned>(&self, file: &str) -> Result<T, CaseError> {
        let text = std::fs::read_to_string(self.path.join(file))
            .map_err(|error| CaseError::new(file, error))?;
        serde_json::from_str(&text).map_err(|error| CaseError::new(file, error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Deserialize, Debug)]
    #[serde(deny_unknown_fields)]
    struct Summary {
        #[serde(rename = "case")]
        _case: String,
    }

    #[test]
    fn a_column_nobody_knows_is_an_error_that_names_it() {
        let own = Directory::the_projects_own().unwrap();
        let error = own.table::<Summary>("gcra-summary.csv").unwrap_err();
        assert_eq!(error.file, "gcra-summary.csv");
        assert!(error.reason.contains("burst"), "{error}");
    }

    #[test]
    fn a_directory_that_is_not_there_is_an_error_that_names_it() {
        let error = Directory::open(Path::new("no-such-directory"), false).unwrap_err();
        assert_eq!(error.file, "no-such-directory");
    }
}
