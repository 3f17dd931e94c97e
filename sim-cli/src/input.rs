//! Reading: scenarios by name, path or from standard input, and logs.

use crate::failure::Failure;
use pullstorm_core::catalog::nearest;
use pullstorm_core::scenario::Document;
use pullstorm_core::scenarios::{BUILT_IN, built_in};
use pullstorm_core::yaml::BYTES_MAX;
use std::fs::File;
use std::io::{self, Read};

/// A log that is diagnosed is read up to here; its first errors are what matters.
const LOG_BYTES_MAX: u64 = 64 << 20;

/// The scenario that an argument names: `-` is standard input, then come the built-in names, then
/// paths.
///
/// # Errors
/// What is unreadable, and all problems of the scenario.
pub fn scenario(argument: &str) -> Result<Document, Failure> {
    if let Some(scenario) = built_in(argument) {
        return Ok(Document::parse(scenario.name, scenario.text.as_bytes())?);
    }
    // One byte more than a scenario may have, so that the reader says how many it may have.
    let limit = BYTES_MAX as u64 + 1;
    let (name, bytes) = if argument == "-" {
        ("standard input", read(io::stdin().lock(), limit))
    } else {
        let bytes = File::open(argument).and_then(|file| read_file(file, limit));
        (argument, bytes)
    };
    let bytes = bytes.map_err(|error| unreadable(argument, &error))?;
    Ok(Document::parse(name, &bytes)?)
}

/// Standard input as text; what is not UTF-8 in it is replaced, as logs hold anything.
///
/// # Errors
/// Where it cannot be read.
pub fn log() -> Result<String, Failure> {
    read(io::stdin().lock(), LOG_BYTES_MAX)
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .map_err(|error| Failure::input(format!("cannot read standard input: {error}")))
}

fn read(source: impl Read, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn read_file(file: File, limit: u64) -> io::Result<Vec<u8>> {
    // Windows refuses to open a directory, Unix only to read it, each with its own words.
    if file.metadata()?.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    read(file, limit)
}

fn unreadable(argument: &str, error: &io::Error) -> Failure {
    let names = || BUILT_IN.iter().map(|scenario| scenario.name);
    let like_a_name = !argument.contains(['/', '\\', '.']);
    if error.kind() != io::ErrorKind::NotFound {
        return Failure::input(format!("cannot read `{argument}`: {}", reason(error)));
    }
    if !like_a_name {
        return Failure::input(format!("there is no file `{argument}`"));
    }
    let near = nearest(argument, names(), 2);
    let hint = match near.as_slice() {
        [] => "`pullstorm scenarios` lists those that are built in".to_owned(),
        near => format!("did you mean `{}`?", near.join("` or `")),
    };
    Failure::input(format!(
        "`{argument}` is neither a built-in scenario nor a file"
    ))
    .hint(hint)
}

/// Why reading or writing failed, without the operating system's error number.
pub fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::IsADirectory => "it is a directory".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::NotFound => "no such directory".to_owned(),
        io::ErrorKind::ReadOnlyFilesystem => "the file system is read-only".to_owned(),
        io::ErrorKind::StorageFull => "the disk is full".to_owned(),
        _ => error.to_string(),
    }
}
