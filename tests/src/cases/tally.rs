//! Cases tried and cases inside their tolerance.

use std::fmt;

/// Misses that are spelled out in a report.
const MISSES_SHOWN: usize = 10;

/// Counts the cases of one family.
#[derive(Clone, Default, Debug)]
pub struct Tally {
    tried: u64,
    misses: Vec<String>,
    skipped: Vec<String>,
    notes: Vec<String>,
}

impl Tally {
    /// Nothing tried yet.
    pub fn new() -> Self {
        Tally::default()
    }

    /// Counts one case; `miss` says what is wrong with it, and nothing where it is inside.
    pub fn count(&mut self, case: impl fmt::Display, miss: Option<String>) {
        self.tried += 1;
        if let Some(miss) = miss {
            self.misses.push(format!("{case}: {miss}"));
        }
    }

    /// Leaves out a case that cannot be tried, and says why: it is neither inside nor a miss.
    pub fn skip(&mut self, case: impl fmt::Display, reason: impl fmt::Display) {
        self.skipped.push(format!("{case}: {reason}"));
    }

    /// Counts a case that must come out exactly as it was written.
    pub fn exact<T: PartialEq + fmt::Debug>(&mut self, case: impl fmt::Display, got: T, want: T) {
        let miss = (got != want).then(|| format!("{got:?}, should be {want:?}"));
        self.count(case, miss);
    }

    /// Counts a case that may differ by `tolerance`. What is not a number is a miss.
    pub fn within(&mut self, case: impl fmt::Display, got: f64, want: f64, tolerance: f64) {
        let inside = (got - want).abs() <= tolerance;
        let miss = (!inside).then(|| format!("{got}, should be {want} +- {tolerance:.3e}"));
        self.count(case, miss);
    }

    /// Adds the cases of another tally.
    pub fn absorb(&mut self, other: Tally) {
        self.tried += other.tried;
        self.misses.extend(other.misses);
        self.skipped.extend(other.skipped);
        self.notes.extend(other.notes);
    }

    /// Adds a remark that the report prints beside the counts.
    pub fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    /// Cases tried so far.
    pub fn tried(&self) -> u64 {
        self.tried
    }

    /// What is wrong with each case outside its tolerance.
    pub fn misses(&self) -> &[String] {
        &self.misses
    }

    /// Why each case that could not be tried was not.
    pub fn skipped(&self) -> &[String] {
        &self.skipped
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:>6} {:>7}",
            self.tried,
            self.tried - self.misses.len() as u64
        )?;
        for note in &self.notes {
            write!(f, "  {note}")?;
        }
        for skipped in self.skipped.iter().take(MISSES_SHOWN) {
            write!(f, "\n    not tried: {skipped}")?;
        }
        for miss in self.misses.iter().take(MISSES_SHOWN) {
            write!(f, "\n    {miss}")?;
        }
        if self.misses.len() > MISSES_SHOWN {
            write!(f, "\n    and {} more", self.misses.len() - MISSES_SHOWN)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_is_not_a_number_is_a_miss() {
        let mut tally = Tally::new();
        tally.within("mean", f64::NAN, 1.0, 10.0);
        tally.within("mean", 1.5, 1.0, 0.5);
        assert_eq!((tally.tried(), tally.misses().len()), (2, 1));
    }
}
