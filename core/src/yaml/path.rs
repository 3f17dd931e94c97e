//! Paths: names joined by dots, the same everywhere (overrides, `--set`, sweeps, metrics).

use std::fmt;

/// Names that lead from the root of a tree to a node: `workloads.ci.jobs`.
///
/// A path names things; it never counts them, so that inserting a workload moves no path.
#[derive(Clone, Eq, PartialEq, Ord, PartialOrd, Debug)]
pub struct Path(Vec<String>);

/// Why a text is not a path.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum PathError {
    /// There is no name before the byte at this offset.
    EmptyName(usize),
    /// The character at this byte offset cannot be in a path.
    BadCharacter(usize, char),
}

impl Path {
    /// Reads `names.joined.by.dots`. A name is any run of characters without dots, blanks and
    /// control characters.
    ///
    /// # Errors
    /// - [`PathError::EmptyName`] for two dots in a row, a dot at an end, or an empty text,
    /// - [`PathError::BadCharacter`] for blanks and control characters.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        if let Some((at, c)) = text
            .char_indices()
            .find(|(_, c)| c.is_whitespace() || c.is_control())
        {
            return Err(PathError::BadCharacter(at, c));
        }
        let mut names = Vec::new();
        let mut at = 0;
        for name in text.split('.') {
            if name.is_empty() {
                return Err(PathError::EmptyName(at));
            }
            at += name.len() + 1;
            names.push(name.to_owned());
        }
        Ok(Path(names))
    }

    /// The names.
    pub fn names(&self) -> &[String] {
        &self.0
    }

    /// The path to something under this path.
    pub fn join(&self, name: &str) -> Path {
        let mut names = self.0.clone();
        names.push(name.to_owned());
        Path(names)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("."))
    }
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PathError::EmptyName(_) => {
                f.write_str("a path is names joined by single dots, like `workloads.ci.jobs`")
            }
            PathError::BadCharacter(_, c) => write!(f, "a path cannot contain {c:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_names_joined_by_single_dots() {
        let path = Path::parse("workloads.ci.jobs").unwrap();
        assert_eq!(path.names(), ["workloads", "ci", "jobs"]);
        assert_eq!(path.to_string(), "workloads.ci.jobs");
        assert_eq!(Path::parse(""), Err(PathError::EmptyName(0)));
        assert_eq!(Path::parse("a..b"), Err(PathError::EmptyName(2)));
        assert_eq!(Path::parse("a."), Err(PathError::EmptyName(2)));
        assert_eq!(Path::parse("a b"), Err(PathError::BadCharacter(1, ' ')));
    }
}
