//! The texts that a scenario is made of, and places in them.

/// Which text a place is in: the scenario file, or one of the `--set` arguments.
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Debug, Default)]
pub struct SourceId(pub u16);

impl SourceId {
    /// The scenario file.
    pub const FILE: SourceId = SourceId(0);
}

/// A run of bytes of a text.
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Debug)]
pub struct Place {
    /// Which text.
    pub source: SourceId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Place {
    /// The bytes `start..end` of a text.
    pub const fn new(source: SourceId, start: u32, end: u32) -> Self {
        Place { source, start, end }
    }
}

/// A text and what it is called.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct Source {
    /// File name, or the argument it was given in.
    pub name: String,
    /// The text.
    pub text: String,
}

/// All texts of a scenario; the index is the [`SourceId`].
#[derive(Clone, Eq, PartialEq, Debug, Default)]
pub struct Sources(Vec<Source>);

impl Sources {
    /// Only the scenario file.
    pub fn new(file_name: &str, text: &str) -> Self {
        let mut sources = Sources::default();
        sources.push(file_name, text);
        sources
    }

    /// Adds a text.
    ///
    /// # Panics
    /// If there are more than 65,535 texts: each is an argument somebody wrote.
    pub fn push(&mut self, name: &str, text: &str) -> SourceId {
        let id = u16::try_from(self.0.len()).expect("fewer than 65,536 arguments");
        self.0.push(Source {
            name: name.to_owned(),
            text: text.to_owned(),
        });
        SourceId(id)
    }

    /// The number of the text of that name.
    pub fn find(&self, name: &str) -> Option<SourceId> {
        let place = self.0.iter().position(|source| source.name == name)?;
        u16::try_from(place).ok().map(SourceId)
    }

    /// The text of that number.
    pub fn get(&self, id: SourceId) -> Option<&Source> {
        self.0.get(usize::from(id.0))
    }

    /// What is written at a place; empty if there is no such place.
    pub fn slice(&self, place: Place) -> &str {
        self.get(place.source)
            .and_then(|source| source.text.get(place.start as usize..place.end as usize))
            .unwrap_or("")
    }

    /// Line and column of a place, both from 1; columns count characters.
    pub fn line_and_column(&self, place: Place) -> (usize, usize) {
        let Some(source) = self.get(place.source) else {
            return (1, 1);
        };
        let before = source.text.get(..place.start as usize).unwrap_or("");
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = before.matches('\n').count() + 1;
        (line, before[line_start..].chars().count() + 1)
    }
}
