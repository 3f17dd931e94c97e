//! The browser of the browser tests: looked for, or installed where that needs no question.

use crate::command::{Failure, Outcome, output_of, program, run};
use std::path::{Path, PathBuf};

const NAMES: [&str; 5] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
];
const MAC: &str = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";

/// The Chromium to test with: `$CHROME`, else one that is installed, else (as root on Debian and
/// its kin) one that is installed now.
///
/// # Errors
/// If `$CHROME` names no file, or there is none and this program may not install one.
pub fn chromium() -> Result<PathBuf, Failure> {
    if let Some(chosen) = std::env::var_os("CHROME") {
        let chosen = PathBuf::from(chosen);
        return if chosen.is_file() {
            Ok(chosen)
        } else {
            Err(Failure(format!(
                "CHROME={} is not a file",
                chosen.display()
            )))
        };
    }
    if let Some(found) = installed() {
        return Ok(found);
    }
    let is_root = output_of(program("id").arg("-u")).is_some_and(|user| user == "0");
    if !is_root || !Path::new("/usr/bin/apt-get").exists() {
        return Err(missing());
    }
    install().map_err(|Failure(why)| Failure(format!("{why}; {}", missing().0)))?;
    installed().ok_or_else(missing)
}

fn install() -> Outcome {
    run(program("apt-get").arg("update"))?;
    let mut install = program("apt-get");
    install.env("DEBIAN_FRONTEND", "noninteractive");
    run(install.args(["install", "-y", "--no-install-recommends", "chromium"]))
}

fn installed() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    NAMES
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .chain([PathBuf::from(MAC)])
        .find(|candidate| candidate.is_file())
}

fn missing() -> Failure {
    Failure(
        "the browser tests need Chromium: `sudo apt-get install chromium`, \
         or set CHROME to the path of a Chromium or Chrome"
            .into(),
    )
}
