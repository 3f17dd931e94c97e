//! The setting that came closest in a search that found none which surely holds.

use super::words;
use crate::metric::Unit;
use crate::replicate::Prepared;
use crate::report::cells;
use crate::scenario::model::Holds;
use crate::tune::{Found, Miss};

/// The best setting of such a search.
pub(super) struct Closest {
    /// What it sets.
    sets: Vec<(String, String)>,
    /// What there is against it.
    why: String,
    /// Settings that had been tried.
    tried: usize,
    /// Whether the search came to its end.
    is_whole: bool,
}

impl Closest {
    /// What a search came to that begins from a variant; `None` where it found what holds and came to its end.
    pub fn of(found: &Found, from: &Prepared) -> Option<Closest> {
        if found.holds && !found.interrupted {
            return None;
        }
        let miss = found.miss.as_ref();
        let miss = miss.map_or(String::new(), |miss| format!(": {}", missed(miss, from)));
        let why = match (found.seems_to_hold, found.interrupted) {
            (true, true) => "seems to hold, which no other runs confirm yet".to_owned(),
            (true, false) => format!("held in the runs that it was chosen by alone{miss}"),
            (false, _) => format!("does not hold either{miss}"),
        };
        Some(Closest {
            sets: found.overrides.clone(),
            why,
            tried: found.tried,
            is_whole: !found.interrupted,
        })
    }

    /// Whether it says more than another one: of the search that was stopped, or of more settings.
    pub fn says_more(&self, other: &Closest) -> bool {
        (!self.is_whole, self.tried) > (!other.is_whole, other.tried)
    }

    /// `the best of 64 settings searched does not hold either: ...; it is attempts of ci 12`.
    pub fn told(&self) -> String {
        let Closest { tried, why, .. } = self;
        let sets = match self.sets.as_slice() {
            [] => "today as it is".to_owned(),
            sets => words::list(sets),
        };
        format!("the best of {tried} settings searched ({sets}) {why}")
    }
}

/// `ci.jobs.failed == 0 comes to 12 at workloads.ci.workflows 4`.
fn missed(miss: &Miss, from: &Prepared) -> String {
    let Miss {
        expectation,
        load,
        values,
    } = miss;
    let runs = values.len();
    let observed = match expectation.holds {
        Holds::ShareOfRuns(share) if share < 1.0 => {
            let so = |value: &&f64| expectation.comparison.holds(**value, expectation.value);
            format!(
                "is so in {} of {runs} runs",
                values.iter().filter(so).count()
            )
        }
        Holds::ShareOfRuns(_) | Holds::Mean => {
            let metrics = &from.metrics;
            let metric = metrics.find(&expectation.metric);
            let unit = metric.and_then(|at| metrics.get(at)).map(|it| it.unit);
            let mean = values.iter().sum::<f64>() / runs.max(1) as f64;
            let mean = match mean.is_finite() {
                true => cells::value(mean, unit.unwrap_or(Unit::Count)),
                false => "never".to_owned(),
            };
            format!("comes to {mean}")
        }
    };
    let at = load
        .as_ref()
        .map_or(String::new(), |(path, value)| format!(" at {path} {value}"));
    format!("{} {observed}{at}", expectation.text)
}
