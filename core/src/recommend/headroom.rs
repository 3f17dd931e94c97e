//! Headroom: up to which load all expectations are met, as [`crate::capacity`] finds it.

use super::closest::Closest;
use super::tune::Loads;
use crate::capacity;
use crate::replicate::{Prepared, Workers};
use crate::report::Judged;
use crate::report::model::HoldsTo;
use crate::scenario::Document;
use std::cell::{Cell, RefCell};

/// Events that are spent on the borders of all variants: a few seconds.
const EVENTS_WORTH: u64 = 40_000_000;

/// Events of one variant at least and at most.
const EVENTS: (u64, u64) = (3_000_000, 8_000_000);

/// Where loads are tried, and with what.
pub(super) struct Search<'a> {
    /// The scenario.
    pub document: &'a Document,
    /// Who simulates.
    pub workers: &'a dyn Workers,
    /// The seed.
    pub seed: u64,
    /// Settings that the longest search so far has tried.
    pub tried: Cell<u64>,
    /// What came closest in searches that found nothing which surely holds.
    pub closest: RefCell<Option<Closest>>,
    /// The loads that settings were judged at; those of the search that could afford least.
    pub loads: RefCell<Option<Loads>>,
}

impl<'a> Search<'a> {
    /// Nothing tried yet.
    pub fn new(document: &'a Document, workers: &'a dyn Workers, seed: u64) -> Self {
        Search {
            document,
            workers,
            seed,
            tried: Cell::new(0),
            closest: RefCell::default(),
            loads: RefCell::default(),
        }
    }

    /// Up to which load a variant holds; `None` where the scenario names no load. A variant that
    /// held by chance is judged anew.
    pub fn holds_to(&self, judged: &mut Judged) -> Option<HoldsTo> {
        let variants = self.document.variants().len() as u64 + 1;
        let events = (EVENTS_WORTH / variants).clamp(EVENTS.0, EVENTS.1);
        self.holds_to_within(judged, events)
    }

    /// The same within so many events.
    pub fn holds_to_within(&self, judged: &mut Judged, events: u64) -> Option<HoldsTo> {
        capacity::holds_to(self.document, judged, self.workers, events)
    }
}

/// Up to which load a variant of a document holds; `None` where the scenario names no load, or the
/// search was stopped. A variant that held by chance is judged anew.
pub fn holds_to(
    document: &Document,
    judged: &mut Judged,
    workers: &dyn Workers,
) -> Option<HoldsTo> {
    let search = Search::new(document, workers, judged.seed);
    search.holds_to(judged).filter(|_| !workers.stopped())
}

/// The variant with one value of the scenario set anew.
pub(super) fn at(
    document: &Document,
    judged: &Judged,
    path: &str,
    value: &str,
) -> Option<Prepared> {
    let prepared = &judged.prepared;
    let load = (path.to_owned(), value.to_owned());
    let scenario = document
        .with_all(prepared.overrides.iter().chain([&load]))
        .ok()?;
    Prepared::new(
        &prepared.name,
        &prepared.about,
        &prepared.overrides,
        &scenario,
    )
    .ok()
}
