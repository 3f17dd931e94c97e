//! Files that answers go to: tried before anything is simulated, written whole or not at all.

use crate::failure::Failure;
use crate::input::{reason, was_read};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A file that an answer goes to.
pub struct Output {
    /// As it was written.
    named: PathBuf,
    /// Where it leads, links followed.
    target: PathBuf,
}

impl Output {
    /// Finds out before any simulation whether the file can be written; changes nothing. It is asked
    /// when all input has been read.
    ///
    /// # Errors
    /// Where it cannot, and where it would replace what was read.
    pub fn new(path: &Path) -> Result<Output, Failure> {
        let refused = |error: &io::Error| {
            let why = reason(error);
            Failure::input(format!("cannot write `{}`: {why}", path.display()))
        };
        if path.to_string_lossy().ends_with(std::path::is_separator) {
            return Err(refused(&io::ErrorKind::IsADirectory.into()));
        }
        if was_read(path) {
            let path = path.display();
            let message = format!("cannot write `{path}`: it is what was read, and would be lost");
            return Err(Failure::input(message).hint("name another file"));
        }
        let output = Output {
            named: path.to_owned(),
            target: fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()),
        };
        match fs::metadata(path) {
            Ok(known) if known.is_dir() => Err(refused(&io::ErrorKind::IsADirectory.into())),
            Ok(known) if !known.is_file() => Ok(output),
            Ok(known) if known.permissions().readonly() => {
                Err(refused(&io::ErrorKind::PermissionDenied.into()))
            }
            _ => {
                let beside = output.beside();
                File::create(&beside).map_err(|error| refused(&error))?;
                fs::remove_file(&beside).map_err(|error| refused(&error))?;
                Ok(output)
            }
        }
    }

    /// Writes the file: first beside it, then in its place.
    ///
    /// # Errors
    /// Where it cannot be written after all.
    pub fn write(&self, text: &str) -> Result<(), Failure> {
        self.try_write(text).map_err(|error| {
            let (path, why) = (self.named.display(), reason(&error));
            Failure::Own(format!("cannot write `{path}`: {why}"))
        })
    }

    fn try_write(&self, text: &str) -> io::Result<()> {
        // A pipe or device has no place to put a file in.
        if fs::metadata(&self.target).is_ok_and(|known| !known.is_file()) {
            return fs::write(&self.target, text);
        }
        let beside = self.beside();
        let written = File::create(&beside)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .and_then(|()| fs::rename(&beside, &self.target));
        if written.is_err() {
            // The failure to write is what matters, not that of clearing up after it.
            let _ = fs::remove_file(&beside);
        }
        written
    }

    /// A name of this process only, in the folder of the file.
    fn beside(&self) -> PathBuf {
        let mut name = self.target.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.part", std::process::id()));
        self.target.with_file_name(name)
    }
}
