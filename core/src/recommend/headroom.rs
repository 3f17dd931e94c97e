//! Headroom: up to which load all expectations are met.
//!
//! The load is the whole number that the scenario's `load:` names. From a load that holds it is
//! doubled until the variant breaks, then the border is found by halving. A variant that holds at
//! some load is taken to hold at every smaller one, and one that does not hold at some load at no
//! larger one: the load it was judged at counts as any other.

use crate::judge::Status;
use crate::replicate::{Prepared, Workers};
use crate::report::Judged;
use crate::report::model::HoldsTo;
use crate::scenario::Document;

/// Runs at each load on the way to the border, where runs differ.
const RUNS_TO_FIND: u32 = 10;

/// Runs at the border itself: none of them may break an expectation. Then fewer than 3 runs in 100
/// do, with 95 % confidence.
const RUNS_TO_CONFIRM: u32 = 100;

/// Where loads are tried, and with what.
pub(super) struct Search<'a> {
    /// The scenario.
    pub document: &'a Document,
    /// Who simulates.
    pub workers: &'a dyn Workers,
    /// The seed.
    pub seed: u64,
}

impl Search<'_> {
    /// Up to which load a variant holds; `None` where the scenario names no load. A variant that
    /// held by chance is judged anew with as many runs as confirm a border.
    pub fn holds_to(&self, judged: &mut Judged) -> Option<HoldsTo> {
        let load = judged.prepared.scenario.load.as_ref()?.value.clone();
        let now = self.load_now(judged, &load.path);
        let held = |judged: &Judged| now.filter(|_| judged.verdict == Status::Met);
        let mut good = held(judged).unwrap_or(0);
        let most = match now {
            Some(now) if good == 0 => load.up_to.min(now.saturating_sub(1)),
            _ => load.up_to.max(good),
        };
        let mut found = border(good, most, |n| {
            self.holds(judged, &load.path, n, RUNS_TO_FIND)
        });
        let mut confirmed = 0;
        while found > confirmed {
            if found > good {
                if self.holds(judged, &load.path, found, RUNS_TO_CONFIRM) {
                    break;
                }
            } else {
                let again = self.again(judged);
                if again.verdict == Status::Met {
                    break;
                }
                *judged = again;
                good = 0;
            }
            // What is rare, few runs do not see: find the border again with as many as decide it.
            let holds = |n| self.holds(judged, &load.path, n, RUNS_TO_CONFIRM);
            found = border(good, found - 1, holds);
            confirmed = if found > good { found } else { 0 };
        }
        Some(HoldsTo {
            load: found,
            or_more: found > 0 && found == load.up_to.max(good),
            unit: load.unit,
            runs: match judged.prepared.deterministic {
                true => 1,
                false => RUNS_TO_CONFIRM,
            },
            now,
        })
    }

    /// The load that a variant was judged at, where it is written.
    fn load_now(&self, judged: &Judged, path: &str) -> Option<u32> {
        let overrides = &judged.prepared.overrides;
        let own = overrides.iter().find(|(known, _)| known == path);
        let now = match own {
            Some((_, value)) => value.parse().ok(),
            None => self.document.number_at(path),
        };
        now.and_then(|now| u32::try_from(now).ok())
    }

    fn again(&self, judged: &Judged) -> Judged {
        let runs = if judged.prepared.deterministic {
            1
        } else {
            RUNS_TO_CONFIRM
        };
        let prepared = judged.prepared.clone();
        Judged::new(prepared, self.workers, self.seed, Some(runs))
    }

    /// Whether a variant holds at a load: its expectations are met, or the runs are too few to be
    /// sure of a mean but every single one meets them.
    fn holds(&self, judged: &Judged, path: &str, load: u32, runs: u32) -> bool {
        let Some(prepared) = at(self.document, judged, path, &load.to_string()) else {
            return false;
        };
        let mut runs = if prepared.deterministic { 1 } else { runs };
        loop {
            let tried = Judged::new(prepared.clone(), self.workers, self.seed, Some(runs));
            match tried.verdict {
                Status::Met => return true,
                Status::Undecided if tried.every_run_meets() => return true,
                Status::Undecided if runs < RUNS_TO_CONFIRM && !prepared.deterministic => {
                    runs = RUNS_TO_CONFIRM;
                }
                _ => return false,
            }
        }
    }
}

/// Up to which load a variant of a document holds; `None` where the scenario names no load, or the
/// search was stopped. A variant that held by chance is judged anew.
pub fn holds_to(
    document: &Document,
    judged: &mut Judged,
    workers: &dyn Workers,
) -> Option<HoldsTo> {
    let search = Search {
        document,
        workers,
        seed: judged.seed,
    };
    search.holds_to(judged).filter(|_| !workers.stopped())
}

/// The largest load from `good`, which holds (0: none is known to), up to `most` at which something
/// holds; 0 if it does not hold at 1.
fn border(good: u32, most: u32, holds: impl Fn(u32) -> bool) -> u32 {
    let mut good = good;
    if good == 0 {
        if most == 0 || !holds(1) {
            return 0;
        }
        good = 1;
    }
    let mut bad = None;
    while good < most {
        let next = good.saturating_mul(2).min(most);
        if holds(next) {
            good = next;
        } else {
            bad = Some(next);
            break;
        }
    }
    let Some(mut bad) = bad else {
        return good;
    };
    while bad - good > 1 {
        let middle = good + (bad - good) / 2;
        if holds(middle) {
            good = middle;
        } else {
            bad = middle;
        }
    }
    good
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

#[cfg(test)]
mod tests {
    use super::border;

    #[test]
    fn the_border_is_the_largest_load_that_holds() {
        for most in [1, 2, 7, 64, 100] {
            for largest in 0..=most {
                for good in 0..=largest {
                    assert_eq!(border(good, most, |load| load <= largest), largest);
                }
            }
        }
        assert_eq!(border(0, 0, |_| true), 0);
    }
}
