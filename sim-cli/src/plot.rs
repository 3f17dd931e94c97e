//! `--plot`: charts in a file, whole or not at all.

use crate::failure::Failure;
use crate::output::Output;
use pullstorm_core::capacity::Capacity;
use pullstorm_core::chart::{self, Recorded, Size, Theme};
use pullstorm_core::replicate::Prepared;
use pullstorm_core::scenario::model::Expectation;
use rayon::prelude::*;
use std::path::Path;

/// Of each chart.
pub const SIZE: Size = Size {
    width: 1_000,
    height: 440,
};

/// Of the three panels of capacity.
pub const CURVES: Size = Size {
    width: 1_000,
    height: 760,
};

/// Curves of start delays need no more runs than this.
pub const RUNS_MAX: u32 = 30;

/// Endings of images that are something else than SVG.
const IMAGES: [&str; 7] = ["png", "jpg", "jpeg", "gif", "webp", "pdf", "html"];

/// A file that charts go to.
pub struct Plot(Output);

impl Plot {
    /// Finds out before any simulation whether the file can be written; changes nothing.
    ///
    /// # Errors
    /// Where it cannot.
    pub fn new(path: &Path) -> Result<Plot, Failure> {
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
        Output::new(path).map(Plot)
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
        self.0
            .write(&chart::page(title, &charts, SIZE, Theme::Auto))
    }

    /// Draws the curves of capacity and writes the file.
    ///
    /// # Errors
    /// Where it cannot be written after all.
    pub fn capacity(&self, capacity: &Capacity, expected: &[Expectation]) -> Result<(), Failure> {
        self.0
            .write(&chart::capacity(capacity, expected).svg(CURVES, Theme::Auto))
    }
}
