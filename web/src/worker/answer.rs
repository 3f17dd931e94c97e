//! Answers that take longer than a comparison.

use super::charts::picture;
use super::counted::Slice;
use super::kept::{Kept, trouble};
use crate::protocol::{Answered, Question, Text, Trouble};
use pullstorm_core::capacity::{self, Refusal, capacity};
use pullstorm_core::recommend::{self, Options, recommend};
use pullstorm_core::report::{Judged, advice, capacity_article};

/// Runs of each variant that a curve may take here; the command line takes more.
const RUNS: u32 = 1_000;

/// Up to which load a text holds, in words; `None` where it names no load.
///
/// # Errors
/// What is wrong with it.
pub fn holds_to(
    kept: &mut Kept,
    text: &Text,
    seed: Option<u64>,
    workers: &Slice<'_>,
) -> Result<Option<String>, Trouble> {
    let prepared = kept.prepared(text)?.clone();
    let seed = seed.unwrap_or(prepared.scenario.seed);
    let mut judged = Judged::new(prepared, workers, seed, None);
    let holds_to = recommend::holds_to(kept.document(text)?, &mut judged, workers);
    Ok(holds_to.map(|holds_to| {
        let or_more = if holds_to.or_more { " and more" } else { "" };
        format!("{}{or_more}", holds_to.named())
    }))
}

/// The answer to a question.
///
/// # Errors
/// What is wrong with the text, or that it cannot be asked.
pub fn answer(
    kept: &mut Kept,
    question: Question,
    text: &Text,
    seed: Option<u64>,
    workers: &Slice<'_>,
) -> Result<Answered, Trouble> {
    let document = kept.document(text)?;
    match question {
        Question::Recommend => {
            let mut options = Options::of(document);
            options.seed = seed.unwrap_or(options.seed);
            let found = recommend(document, &options, workers).map_err(|it| trouble(&it))?;
            let report = found.ok_or_else(|| "no run was made".to_owned())?.report;
            Ok(Answered::Advice(advice(&report)))
        }
        Question::Capacity => {
            let mut options = capacity::Options::of(document);
            options.seed = seed.unwrap_or(options.seed);
            options.runs = RUNS;
            options.only = vec!["today".to_owned()];
            let found = capacity(document, &options, workers).map_err(|refusal| match refusal {
                Refusal::Scenario(problems) => trouble(&problems),
                Refusal::Asked { message, hint } => format!("{message}; {hint}").into(),
            })?;
            let found = found.ok_or_else(|| "no run was made".to_owned())?;
            let chart = pullstorm_core::chart::capacity(&found, &document.scenario().expect);
            Ok(Answered::Curve(capacity_article(&found), picture(&chart)))
        }
    }
}
