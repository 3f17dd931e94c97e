//! Why bytes are no recording, and where.

use super::Row;
use std::fmt;
use std::ops::Range;

/// Why bytes are no recording.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct RecordingError {
    /// The bytes that are wrong; `None` for the whole.
    pub place: Option<Range<usize>>,
    /// Line, from 1, in which they begin.
    pub line: Option<u64>,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// What to write instead.
    pub hint: String,
    /// What of its row it is about, if the place is the whole row's.
    pub(super) field: Option<Field>,
}

/// What of a row can be wrong by itself.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub(super) enum Field {
    /// When it came.
    Time,
    /// How often.
    Count,
}

impl RecordingError {
    pub(super) fn whole(message: impl Into<String>, hint: impl Into<String>) -> Self {
        RecordingError {
            place: None,
            line: None,
            message: message.into(),
            hint: hint.into(),
            field: None,
        }
    }

    /// About a row that lies at these bytes.
    pub(super) fn row(row: &Row, message: impl Into<String>, hint: impl Into<String>) -> Self {
        RecordingError {
            place: Some(row.place.clone()),
            line: Some(row.line),
            ..RecordingError::whole(message, hint)
        }
    }

    /// About one value of a row.
    pub(super) fn field(
        row: &Row,
        field: Field,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        RecordingError {
            field: Some(field),
            ..RecordingError::row(row, message, hint)
        }
    }
}

impl fmt::Display for RecordingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}
