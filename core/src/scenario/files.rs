//! Files that a scenario names: whoever has a file system reads them, and hands them over.

use super::document::Document;
use super::model::{Placed, RecordingChoice, Scenario, Workload};
use crate::outcome::DigestWriter;
use crate::recording::{self, Columns, Recording};
use crate::yaml::{Diagnostic, Diagnostics, Place, Sources};
use std::sync::Arc;

/// Files that have been read, as bytes and as the recordings that scenarios take them for.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Files {
    bytes: Vec<(String, Arc<Vec<u8>>)>,
    recordings: Vec<(String, Columns, Arc<Recording>)>,
}

impl Files {
    /// Puts into a scenario what has been read of the files that it names; adds what is wrong with
    /// them to `problems`, and their texts to `sources`.
    pub fn fill(
        &mut self,
        scenario: &mut Scenario,
        sources: &mut Sources,
        problems: &mut Vec<Diagnostic>,
    ) {
        for (path, choice) in choices(scenario) {
            let RecordingChoice {
                file: Some(file),
                columns,
                content: content @ None,
                ..
            } = &mut choice.value
            else {
                continue;
            };
            match self.recording(file, columns) {
                None => {}
                Some(Ok(recording)) => *content = Some(recording),
                Some(Err(error)) => problems.push(self.problem(file, error, sources).path(path)),
            }
        }
    }

    /// A file as these columns make it; `None` if it has not been read.
    fn recording(
        &mut self,
        file: &str,
        columns: &Columns,
    ) -> Option<Result<Arc<Recording>, recording::RecordingError>> {
        let known = self.recordings.iter();
        let mut known = known.filter(|(name, by, _)| name == file && by == columns);
        if let Some((.., recording)) = known.next() {
            return Some(Ok(Arc::clone(recording)));
        }
        let bytes = self.get(file)?;
        Some(recording::read(bytes, columns).map(|recording| {
            let recording = Arc::new(recording);
            let entry = (file.to_owned(), columns.clone(), Arc::clone(&recording));
            self.recordings.push(entry);
            recording
        }))
    }

    fn get(&self, file: &str) -> Option<&[u8]> {
        let known = self.bytes.iter().find(|(name, _)| name == file)?;
        Some(&known.1)
    }

    /// A problem at its place in the file.
    fn problem(
        &self,
        file: &str,
        error: recording::RecordingError,
        sources: &mut Sources,
    ) -> Diagnostic {
        let text = String::from_utf8_lossy(self.get(file).unwrap_or(&[]));
        let range = error.place.unwrap_or(0..0);
        // A byte order mark was skipped before places were counted.
        let skipped = if text.starts_with('\u{feff}') { 3 } else { 0 };
        let source = match sources.find(file) {
            Some(known) => known,
            None => sources.push(file, &text),
        };
        let (start, end) = (range.start + skipped, range.end + skipped);
        let place = Place::new(source, start as u32, end as u32);
        Diagnostic::new(error.message, place).hint(error.hint)
    }

    /// What the files are, in 128 bits; `None` if there are none.
    pub fn fingerprint(&self) -> Option<String> {
        if self.bytes.is_empty() {
            return None;
        }
        let mut digest = DigestWriter::new();
        for (name, bytes) in &self.bytes {
            digest.word(name.len() as u64);
            for byte in name.bytes() {
                digest.word(u64::from(byte));
            }
            digest.word(bytes.len() as u64);
            for chunk in bytes.chunks(8) {
                let mut word = [0; 8];
                word[..chunk.len()].copy_from_slice(chunk);
                digest.word(u64::from_le_bytes(word));
            }
        }
        Some(digest.finish().to_string())
    }
}

/// The recordings of a scenario, with their paths.
fn choices(
    scenario: &mut Scenario,
) -> impl Iterator<Item = (String, &mut Placed<RecordingChoice>)> {
    scenario.workloads.iter_mut().filter_map(|named| {
        let path = format!("workloads.{}.recording", named.name);
        match &mut named.value {
            Workload::Replay(replay) => Some((path, &mut replay.recording)),
            _ => None,
        }
    })
}

impl Document {
    /// The document with the files that it or its variants name (recordings). `read` gives the bytes
    /// of a file, or says why it cannot; it is asked once for each that has not been read.
    ///
    /// # Errors
    /// What cannot be read, and what is wrong with what was read, each at its place.
    pub fn with_files(
        mut self,
        mut read: impl FnMut(&str) -> Result<Vec<u8>, String>,
    ) -> Result<Document, Diagnostics> {
        let mut problems = Vec::new();
        let mut files = self.take_files();
        for scenario in self.scenarios_mut() {
            for (path, choice) in choices(scenario) {
                let RecordingChoice {
                    file: Some(file),
                    content: None,
                    ..
                } = &choice.value
                else {
                    continue;
                };
                if files.get(file).is_some() {
                    continue;
                }
                match read(file) {
                    Ok(bytes) => files.bytes.push((file.clone(), Arc::new(bytes))),
                    Err(reason) => problems.push(Diagnostic {
                        message: format!("cannot read `{file}`: {reason}"),
                        place: choice.place,
                        label: None,
                        path,
                        hint: Some("files are looked for beside the scenario".to_owned()),
                        also: Vec::new(),
                    }),
                }
            }
        }
        self.fill_files(files, problems)
    }
}
