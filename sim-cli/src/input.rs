//! Reading: scenarios by name, path or from standard input, and logs.

use crate::failure::Failure;
use pullstorm_core::catalog::nearest;
use pullstorm_core::recording;
use pullstorm_core::scenario::Document;
use pullstorm_core::scenarios::{BUILT_IN, built_in};
use pullstorm_core::yaml::BYTES_MAX;
use std::fs::File;
use std::io::{self, BufRead, Read};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// A longer line of a log is read in pieces of this length, each as a line.
const LINE_BYTES_MAX: u64 = 1 << 20;

/// More than thousands of variants take in a baseline.
const TEXT_BYTES_MAX: u64 = 64 << 20;

/// Every file that was read, links followed, so that no answer is written over one.
static READ: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Whether a file was read by this process.
pub fn was_read(path: &Path) -> bool {
    let read = READ.lock().unwrap_or_else(|torn| torn.into_inner());
    std::fs::canonicalize(path).is_ok_and(|real| read.contains(&real))
}

fn open(path: &Path) -> io::Result<File> {
    let file = File::open(path)?;
    if let Ok(real) = std::fs::canonicalize(path) {
        let mut read = READ.lock().unwrap_or_else(|torn| torn.into_inner());
        read.push(real);
    }
    Ok(file)
}

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
        let bytes = open(Path::new(argument)).and_then(|file| read_file(file, limit));
        (argument, bytes)
    };
    let bytes = bytes.map_err(|error| unreadable(argument, &error))?;
    with_recordings(Document::parse(name, &bytes)?, argument)
}

/// The scenario that an argument names, with the recordings that lie beside it, or, if it comes from
/// standard input, in the working directory.
fn with_recordings(document: Document, argument: &str) -> Result<Document, Failure> {
    let beside = Path::new(argument).parent().unwrap_or(Path::new(""));
    Ok(document.with_files(|name| recording(&beside.join(name)))?)
}

/// The bytes of a recording, or why it cannot be read.
fn recording(path: &Path) -> Result<Vec<u8>, String> {
    // One byte more than a recording may have, so that its reader says how many it may have.
    let limit = recording::BYTES_MAX as u64 + 1;
    let bytes = open(path).and_then(|file| read_file(file, limit));
    bytes.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        _ => reason(&error),
    })
}

/// The scenario that an argument names, with everything set that `--set` and `--memory` set.
///
/// # Errors
/// What is unreadable, and all problems of the scenario with those values.
pub fn scenario_with(
    argument: &str,
    sets: &[String],
    memory: Option<&str>,
) -> Result<Document, Failure> {
    let mut document = scenario(argument)?;
    let mut paths: Vec<&str> = Vec::new();
    for text in sets {
        let (path, value) = text.split_once('=').ok_or_else(|| {
            Failure::input(format!("`--set {text}` has no `=`"))
                .hint("write --set PATH=VALUE, as in --set workloads.ci.jobs=16")
        })?;
        let path = path.trim();
        if paths.contains(&path) {
            let message = format!("`--set` has two values for `{path}`");
            return Err(Failure::input(message).hint("leave one of them out"));
        }
        paths.push(path);
        document = document.set(path, value)?;
    }
    if let Some(memory) = memory {
        document = document.set_by("--memory", "memory", memory)?;
    }
    with_recordings(document, argument)
}

/// The text of a file that is no scenario.
///
/// # Errors
/// What is unreadable, and what is no text.
pub fn text(path: &Path) -> Result<String, Failure> {
    let named = path.display();
    let bytes = open(path).and_then(|file| read_file(file, TEXT_BYTES_MAX + 1));
    let bytes = bytes.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Failure::input(format!("there is no file `{named}`")),
        _ => Failure::input(format!("cannot read `{named}`: {}", reason(&error))),
    })?;
    if bytes.len() as u64 > TEXT_BYTES_MAX {
        let limit = TEXT_BYTES_MAX >> 20;
        return Err(Failure::input(format!(
            "cannot read `{named}`: it has more than {limit} MiB"
        )));
    }
    String::from_utf8(bytes)
        .map_err(|_| Failure::input(format!("cannot read `{named}`: it is not UTF-8")))
}

/// Standard input line by line; what is not UTF-8 in it is replaced, as logs hold anything.
///
/// # Errors
/// Where it cannot be read.
pub fn log(line: impl FnMut(&str)) -> Result<(), Failure> {
    lines(&mut io::stdin().lock(), line)
        .map_err(|error| Failure::input(format!("cannot read standard input: {error}")))
}

fn lines(source: &mut impl BufRead, mut line: impl FnMut(&str)) -> io::Result<()> {
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        if source.take(LINE_BYTES_MAX).read_until(b'\n', &mut bytes)? == 0 {
            return Ok(());
        }
        let end = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
        let end = end.strip_suffix(b"\r").unwrap_or(end);
        line(&String::from_utf8_lossy(end));
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use pullstorm_core::diagnose::{Diagnosis, LogReader};
    use std::io::BufReader;

    fn diagnosed(log: impl Read) -> Diagnosis {
        let mut reader = LogReader::new();
        lines(&mut BufReader::new(log), |line| reader.read(line)).unwrap();
        reader.finish()
    }

    #[test]
    fn an_error_is_found_however_much_log_comes_before_it() {
        let before = io::repeat(b' ').take(65 << 20);
        let error = b"\r\nError: toomanyrequests: Too Many Requests (HAP429).\r\n";
        let Diagnosis::Known { finding, .. } = diagnosed(before.chain(&error[..])) else {
            panic!("the error is known");
        };
        assert_eq!(finding.rule, "docker-hub-abuse");
        assert_eq!(
            finding.text,
            "Error: toomanyrequests: Too Many Requests (HAP429)."
        );
    }
}
