//! The review report: all that a capacity review asks about a scenario, in one document.
//!
//! [`review`] collects it: the recommendation, the capacity of each variant, how far the advice bends
//! when circumstances are other than assumed, what the model leaves out here, and the commands that
//! give every number again. [`Review`] is plain data, written and read as JSON, so that a document can
//! be made of kept results. [`html`] and [`markdown`] lay it out.

mod circumstance;
mod html;
mod kept;
mod left_out;
mod model;
mod sections;
mod sensitivity;

#[cfg(test)]
mod tests;

pub use html::html;
pub use kept::{NotKept, read};
pub use model::{Command, Figure, Limit, Part, Review, SCHEMA, Sensitivity, Tried, shell_word};
pub use sections::markdown;

use crate::capacity::{self, capacity};
use crate::recommend::{self, Recommendation, recommend};
use crate::replicate::Workers;
use crate::scenario::Document;

/// Candidates whose capacity is looked for.
const CURVES: usize = 5;

/// Events that the runs of a candidate's capacity are worth: a second or two.
const EVENTS_OF_A_CURVE: u64 = 24_000_000;

/// How a review is made.
#[derive(Clone, Debug)]
pub struct Options {
    /// The seed.
    pub seed: u64,
    /// Runs of each variant; `None` lets Pullstorm choose.
    pub runs: Option<u32>,
    /// The scenario as the command line names it.
    pub named: String,
    /// What the command line sets, `PATH=VALUE`.
    pub sets: Vec<String>,
}

/// The review of a scenario, and what was simulated for it, so that it can be drawn. If the user stops
/// it, what was known by then; `None` if that is nothing.
///
/// # Errors
/// All problems of the scenario that compile finds.
pub fn review(
    document: &Document,
    options: &Options,
    workers: &dyn Workers,
) -> Result<Option<(Review, Recommendation)>, crate::yaml::Diagnostics> {
    let mut asked = recommend::Options::of(document);
    asked.seed = options.seed;
    asked.runs = options.runs;
    let Some(recommendation) = recommend(document, &asked, workers)? else {
        return Ok(None);
    };
    let mut review = Review::of_report(&recommendation.report, document);
    review.limits = model::limits(&recommendation);
    review.left_out = left_out::left_out(document.scenario());
    review.commands = model::commands(&recommendation.report, document, options);
    if workers.stopped() {
        review.no_capacity = Some("it was interrupted before its first run".to_owned());
    } else if document.scenario().load.is_some() {
        workers.begins();
        let mut asked = capacity::Options::of(document);
        asked.seed = options.seed;
        asked.only = drawn(&recommendation, document);
        asked.events = Some(EVENTS_OF_A_CURVE);
        let (drawn, candidates) = (
            asked.only.len(),
            candidates(&recommendation, document).count(),
        );
        // A load that the scenario itself refuses has no curve; everything else can still be told.
        match capacity(document, &asked, workers) {
            Ok(mut found) => {
                if let Some(found) = found.as_mut().filter(|_| drawn < candidates) {
                    found.notes.push(format!(
                        "these are the {drawn} best ranked of {candidates} candidates; `pullstorm \
                         capacity` has all"
                    ));
                }
                let best = recommendation.report.recommended.as_ref();
                let unwritten = best.filter(|best| !asked.only.contains(best));
                if let (Some(found), Some(best)) = (found.as_mut(), unwritten) {
                    found.notes.push(format!(
                        "`{best}` was found by search and stands in no file: write what it sets as a \
                         variant to have its curve"
                    ));
                }
                review.capacity = found;
            }
            Err(refusal) => review.no_capacity = Some(in_words(&refusal)),
        }
    }
    if !workers.stopped() {
        workers.begins();
        let advised = sensitivity::advised(&recommendation);
        let today = recommendation.report.variants.first();
        let mut links = today
            .into_iter()
            .flat_map(|it| &it.ways)
            .flat_map(|way| &way.links);
        let binds = links.find(|link| link.binds).map(|link| link.name.as_str());
        review.sensitivity = sensitivity::of(document, advised, binds, options.seed, workers);
    }
    review.interrupted = recommendation.report.interrupted || workers.stopped();
    Ok(Some((review, recommendation)))
}

/// A refusal in a sentence.
fn in_words(refusal: &capacity::Refusal) -> String {
    match refusal {
        capacity::Refusal::Asked { message, .. } => message.clone(),
        capacity::Refusal::Scenario(problems) => {
            let problems = problems.items().iter().map(|it| it.message.as_str());
            let problems: Vec<&str> = problems.collect();
            format!("within the range of `load:`, {}", problems.join("; "))
        }
    }
}

/// The ranked variants that the scenario writes, best first.
fn candidates<'r>(
    recommendation: &'r Recommendation,
    document: &'r Document,
) -> impl Iterator<Item = &'r String> {
    let ranked = recommendation.report.variants.iter();
    let names = ranked.map(|variant| &variant.name);
    names.filter(|name| document.variants().iter().any(|known| known.name == **name))
}

/// The variants whose curves are worth a page: the best ranked that the scenario writes.
fn drawn(recommendation: &Recommendation, document: &Document) -> Vec<String> {
    let best = candidates(recommendation, document).take(CURVES);
    let mut names: Vec<String> = best.cloned().collect();
    // An empty list would mean all of them.
    if names.is_empty() {
        names.push("today".to_owned());
    }
    names
}
