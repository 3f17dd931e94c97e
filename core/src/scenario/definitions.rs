//! What the forms say about themselves: the `$defs` of the schema, and the tables of the reference.

use serde_json::{Map, Value as Json, json};

/// Collects definitions and tables while a schema is made.
#[derive(Debug, Default)]
pub(crate) struct Definitions {
    made: Map<String, Json>,
    path: Vec<String>,
    tables: Vec<Table>,
    words: Vec<(String, String)>,
    /// What the next table is, said by the choice that it is a case of.
    case: Option<&'static str>,
}

/// A table of the reference.
#[derive(Debug)]
pub(crate) struct Table {
    /// Where its keys are written: a path, or the name of a definition.
    pub heading: String,
    /// What it is.
    pub about: &'static str,
    /// Its keys.
    pub rows: Vec<Row>,
}

/// A key of a table.
#[derive(Debug)]
pub(crate) struct Row {
    /// The key.
    pub key: &'static str,
    /// What it means.
    pub about: &'static str,
    /// What holds without it.
    pub absent: String,
    /// How it may be written.
    pub example: &'static str,
    /// Words that can stand there, and what they mean.
    pub words: Vec<(String, String)>,
}

impl Definitions {
    /// A reference to the definition of that name, which is made if it is not there.
    pub fn refer(&mut self, name: &str, make: impl FnOnce(&mut Self) -> Json) -> Json {
        if !self.made.contains_key(name) {
            let path = std::mem::replace(&mut self.path, vec![name.to_owned()]);
            let words = std::mem::take(&mut self.words);
            self.case = None;
            let schema = make(self);
            self.words = words;
            self.path = path;
            self.made.insert(name.to_owned(), schema);
        }
        json!({ "$ref": format!("#/$defs/{name}") })
    }

    /// Describes what is under a key.
    pub fn under<T>(&mut self, key: &str, describe: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(key.to_owned());
        let result = describe(self);
        self.path.pop();
        result
    }

    /// Describes a case of a choice: a table that begins there is what the choice says of it.
    pub fn case<T>(
        &mut self,
        key: &str,
        about: &'static str,
        describe: impl FnOnce(&mut Self) -> T,
    ) -> T {
        self.case = Some(about);
        let result = self.under(key, describe);
        self.case = None;
        result
    }

    /// Begins a table and gives its number.
    pub fn table(&mut self, about: &'static str) -> usize {
        let heading = self.path.join(".");
        let about = self.case.take().unwrap_or(about);
        self.tables.push(Table {
            heading,
            about,
            rows: Vec::new(),
        });
        self.tables.len() - 1
    }

    /// Adds a key to a table.
    pub fn row(&mut self, table: usize, row: Row) {
        self.tables[table].rows.push(row);
    }

    /// Adds a word that can stand where something is being described.
    pub fn word(&mut self, word: &str, about: &str) {
        self.words.push((word.to_owned(), about.to_owned()));
    }

    /// The words since they were last taken.
    pub fn take_words(&mut self) -> Vec<(String, String)> {
        std::mem::take(&mut self.words)
    }

    /// The definitions, in the order of their names.
    pub fn to_json(&self) -> Json {
        Json::Object(self.made.clone())
    }

    /// The tables, in the order in which they were begun.
    pub fn tables(&self) -> &[Table] {
        &self.tables
    }
}
