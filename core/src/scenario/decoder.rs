//! What the forms report to while a tree is decoded: all problems, each with place and path.

use crate::units::text::TextError;
use crate::yaml::{Diagnostic, Entry, Node, Place};

/// Problems after which no more are looked for: nobody reads that many, and each costs time.
pub(crate) const PROBLEMS_MAX: usize = 1_000;

/// Collects problems and knows the path of what is being decoded.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    path: Vec<String>,
    /// Where the key of what is being decoded stands: a map is marked at its key.
    keys: Vec<Place>,
    problems: Vec<Diagnostic>,
    /// Whether what is decoded is a default, which stands nowhere.
    default: bool,
}

impl Decoder {
    /// A decoder of values that nobody wrote.
    pub fn of_default() -> Self {
        Decoder {
            default: true,
            ..Decoder::default()
        }
    }

    /// All problems so far.
    pub fn into_problems(self) -> Vec<Diagnostic> {
        self.problems
    }

    /// Whether there are so many problems that no more are looked for.
    pub fn is_full(&self) -> bool {
        self.problems.len() >= PROBLEMS_MAX
    }

    /// Decodes what is under a key.
    pub fn under<T>(&mut self, entry: &Entry, decode: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(entry.key.clone());
        self.keys.push(entry.key_place);
        let result = decode(self);
        self.keys.pop();
        self.path.pop();
        result
    }

    /// The name of what is being decoded.
    pub fn name(&self) -> &str {
        self.path.last().map_or("", String::as_str)
    }

    /// The path of what is being decoded.
    pub fn path(&self) -> String {
        self.path.join(".")
    }

    /// The place of the key of what is being decoded, else of the node itself.
    pub fn key_place(&self, node: &Node) -> Place {
        self.keys.last().copied().unwrap_or(node.place)
    }

    /// Where a value stands: a scalar itself, a map or list at its key. `None` for a default.
    pub fn place_of(&self, node: &Node) -> Option<Place> {
        if self.default {
            None
        } else if node.text().is_some() && !node.is_blank() {
            Some(node.place)
        } else {
            Some(self.key_place(node))
        }
    }

    /// Adds a problem at the path of what is being decoded.
    pub fn report(&mut self, diagnostic: Diagnostic) {
        let path = self.path();
        self.report_at(diagnostic, path);
    }

    /// Adds a problem of something under what is being decoded.
    pub fn report_under(&mut self, name: &str, diagnostic: Diagnostic) {
        let mut path = self.path.clone();
        path.push(name.to_owned());
        self.report_at(diagnostic, path.join("."));
    }

    fn report_at(&mut self, diagnostic: Diagnostic, path: String) {
        if !self.is_full() {
            self.problems.push(diagnostic.path(path));
        }
    }

    /// Adds a problem with a node: marked at the value, or at its key if it is a map or list.
    pub fn refuse(&mut self, node: &Node, message: impl Into<String>, hint: impl Into<String>) {
        let mut diagnostic = Diagnostic::new(message, node.place).hint(hint);
        diagnostic.place = self.place_of(node);
        self.report(diagnostic);
    }

    /// The text of a scalar that stands for `noun`; reports everything else.
    pub fn scalar<'n>(&mut self, node: &'n Node, noun: &str, example: &str) -> Option<&'n str> {
        match node.text() {
            Some(text) if !node.is_null() => Some(text),
            _ => {
                self.expected(node, noun, example);
                None
            }
        }
    }

    /// Reports that something else was expected.
    pub fn expected(&mut self, node: &Node, noun: &str, example: &str) {
        let message = if self.path.is_empty() {
            format!("{noun} is expected here, found {}", node.describe())
        } else {
            format!("`{}` is {noun}, found {}", self.name(), node.describe())
        };
        self.refuse(node, message, format!("write it like `{example}`"));
    }

    /// The value of a text that was read, or its problem.
    pub fn quantity<T>(&mut self, node: &Node, read: Result<T, TextError>) -> Option<T> {
        match read {
            Ok(value) => Some(value),
            Err(error) => {
                self.refuse(node, error.to_string(), error.hint());
                None
            }
        }
    }
}
