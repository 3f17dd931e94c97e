//! `--plot`: charts in a file, whole or not at all.

use crate::failure::Failure;
use crate::input::reason;
use pullstorm_core::capacity::Capacity;
use pullstorm_core::chart::{self, Recorded, Size, Theme};
use pullstorm_core::replicate::Prepared;
use pullstorm_core::scenario::model::Expectation;
use rayon::prelude::*;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Of each chart.
const SIZE: Size = Size {
    width: 1_000,
    height: 440,
};

/// Of the three panels of capacity.
const CURVES: Size = Size {
    width: 1_000,
    height: 760,
};

/// Curves of start delays need no more runs than this.
const RUNS_MAX: u32 = 30;

/// Endings of images that are something else than SVG.
const IMAGES: [&str; 7] = ["png", "jpg", "jpeg", "gif", "webp", "pdf", "html"];

/// A file that charts go to.
pub struct Plot {
    /// As it was written.
    named: PathBuf,
    /// Where it leads, links followed.
    target: PathBuf,
}

impl Plot {
    /// Finds out before any simulation whether the file can be written; changes nothing.
    ///
    /// # Errors
    /// Where it cannot.
    pub fn new(path: &Path) -> Result<Plot, Failure> {
        let refused = |error: &io::Error| {
            let why = reason(error);
            Failure::input(format!("cannot write `{}`: {why}", path.display()))
        };
        let other = path
            .extension()
            .filter(|ending| !ending.eq_ignore_ascii_case("svg"));
        if let Some(ending) = other
            && IMAGES
                .iter()
                .any(|image| ending.eq_ignore_ascii_case(image))
        {
            let message = format!("cannot write `{}`: charts are SVG", path.display());
            return Err(Failure::input(message).hint(format!(
                "write --plot {}",
                path.with_extension("svg").display()
            )));
        }
        let plot = Plot {
            named: path.to_owned(),
            target: fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()),
        };
        match fs::metadata(path) {
            Ok(known) if known.is_dir() => Err(refused(&io::ErrorKind::IsADirectory.into())),
            Ok(known) if !known.is_file() => Ok(plot),
            Ok(known) if known.permissions().readonly() => {
                Err(refused(&io::ErrorKind::PermissionDenied.into()))
            }
            _ => {
                let beside = plot.beside();
                File::create(&beside).map_err(|error| refused(&error))?;
                fs::remove_file(&beside).map_err(|error| refused(&error))?;
                Ok(plot)
            }
        }
    }

    /// Draws the variants and writes the file: first beside it, then in its place.
    ///
    /// # Errors
    /// Where it cannot be written after all.
    pub fn draw(&self, variants: &[&Prepared], seed: u64, runs: u32) -> Result<(), Failure> {
        let title = variants
            .first()
            .map_or("", |variant| variant.scenario.title.as_str());
        let recorded: Vec<Recorded<'_>> = variants
            .par_iter()
            .map(|variant| Recorded::with_runs(variant, seed, runs.clamp(1, RUNS_MAX)))
            .collect();
        let charts = chart::overview(&recorded);
        self.save(&chart::page(title, &charts, SIZE, Theme::Auto))
    }

    /// Draws the curves of capacity and writes the file.
    ///
    /// # Errors
    /// Where it cannot be written after all.
    pub fn capacity(&self, capacity: &Capacity, expected: &[Expectation]) -> Result<(), Failure> {
        self.save(&chart::capacity(capacity, expected).svg(CURVES, Theme::Auto))
    }

    fn save(&self, svg: &str) -> Result<(), Failure> {
        self.write(svg).map_err(|error| {
            let (path, why) = (self.named.display(), reason(&error));
            Failure::Own(format!("cannot write `{path}`: {why}"))
        })
    }

    fn write(&self, text: &str) -> io::Result<()> {
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
