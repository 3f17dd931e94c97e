//! `pullstorm report`.

use super::simulate;
use crate::args;
use crate::failure::Failure;
use crate::input;
use crate::output::Output;
use crate::plot::{CURVES, RUNS_MAX, SIZE};
use crate::terminal::Terminal;
use crate::workers::Threads;
use pullstorm_core::chart::{self, Chart, Recorded, Size, Theme};
use pullstorm_core::recommend::Recommendation;
use pullstorm_core::review::{self, Figure, Options, Part, Review};
use pullstorm_core::scenario::Document;
use rayon::prelude::*;
use std::path::Path;

/// Variants that are drawn besides *today*, best first.
const CANDIDATES_DRAWN: usize = 3;

/// The forms that a review can be written in, by the ending of its file.
#[derive(Copy, Clone)]
enum Form {
    Html,
    Markdown,
    Json,
}

/// What a report is made of.
enum Given<'a> {
    /// A scenario, as it was named.
    Scenario(&'a str, Box<Document>),
    /// Results that were kept.
    Kept(Box<Review>),
}

/// Writes the document for a capacity review.
pub fn run(args: &args::Report, terminal: &Terminal) -> Result<(), Failure> {
    let form = form(args.output.as_deref())?;
    let given = match (&args.scenario, &args.from) {
        (Some(scenario), None) => {
            let memory = args.memory.as_deref();
            let document = input::scenario_with(scenario, &args.set, memory)?;
            simulate::say_what_is_kept(&document, &[], terminal);
            Given::Scenario(scenario, document.into())
        }
        (None, Some(kept)) => Given::Kept(read(kept)?.into()),
        _ => {
            let message = "a report needs a scenario, or results with --from";
            let hint = "write `pullstorm report circleci-ecr-fanout -o review.html`";
            return Err(Failure::input(message).hint(hint));
        }
    };
    let output = args.output.as_deref().map(Output::new).transpose()?;
    let (review, interrupted) = match given {
        Given::Scenario(named, document) => simulated(args, named, &document)?,
        Given::Kept(review) => (*review, false),
    };
    let text = match form {
        Form::Html => review::html(&review),
        Form::Markdown => review::markdown(&review),
        Form::Json => super::json(&review)?,
    };
    match (output, &args.output) {
        (Some(output), Some(path)) => {
            output.write(&text)?;
            let first = review.recommendation.lines.first();
            let first = first.map_or("", |line| line.text.as_str());
            let path = path.display();
            terminal.print(&terminal.page.paragraph(&format!("wrote {path}: {first}")))?;
        }
        _ => terminal.print(&text)?,
    }
    simulate::stopped(interrupted)
}

/// The form that the ending of a file asks for; Markdown for a terminal or a pipe.
fn form(path: Option<&Path>) -> Result<Form, Failure> {
    let Some(path) = path else {
        return Ok(Form::Markdown);
    };
    let ending = path
        .extension()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase();
    match ending.as_str() {
        "html" | "htm" => Ok(Form::Html),
        "md" | "markdown" => Ok(Form::Markdown),
        "json" => Ok(Form::Json),
        _ => {
            let path = path.display();
            let message = format!("cannot tell from `{path}` what to write");
            Err(Failure::input(message).hint("end the name in .html, .md or .json"))
        }
    }
}

fn simulated(
    args: &args::Report,
    scenario: &str,
    document: &Document,
) -> Result<(Review, bool), Failure> {
    let memory = args.memory.iter().map(|memory| format!("memory={memory}"));
    let options = Options {
        seed: args.seed.unwrap_or(document.scenario().seed),
        runs: args.runs,
        named: scenario.to_owned(),
        sets: args.set.iter().cloned().chain(memory).collect(),
    };
    let threads = Threads::new(args.threads)?;
    let made = review::review(document, &options, &threads);
    let interrupted = threads.finish();
    let (mut review, recommendation) = made?.ok_or_else(simulate::nothing_finished)?;
    review.figures = figures(document, &review, &recommendation, options.seed);
    Ok((review, interrupted))
}

fn read(path: &Path) -> Result<Review, Failure> {
    let text = input::text(path)?;
    review::read(&text).map_err(|why| {
        let message = format!("cannot make a report of `{}`: {why}", path.display());
        Failure::input(message)
            .hint("keep results with `pullstorm report SCENARIO -o results.json`")
    })
}

fn figures(
    document: &Document,
    review: &Review,
    recommendation: &Recommendation,
    seed: u64,
) -> Vec<Figure> {
    let runs = recommendation
        .report
        .variants
        .first()
        .map_or(1, |today| today.runs);
    let drawn: Vec<_> = recommendation
        .prepared
        .iter()
        .take(1 + CANDIDATES_DRAWN)
        .collect();
    let recorded: Vec<Recorded<'_>> = drawn
        .into_par_iter()
        .map(|variant| Recorded::with_runs(variant, seed, runs.clamp(1, RUNS_MAX)))
        .collect();
    let drawn = |part, size: Size, chart: &Chart| Figure {
        part,
        title: chart.title.clone(),
        description: chart.description.clone(),
        svg: chart.svg(size, Theme::Auto),
    };
    let mut figures: Vec<Figure> = chart::overview(&recorded)
        .iter()
        .map(|chart| drawn(Part::Candidates, SIZE, chart))
        .collect();
    if let Some(capacity) = &review.capacity {
        let chart = chart::capacity(capacity, &document.scenario().expect);
        figures.push(drawn(Part::Capacity, CURVES, &chart));
    }
    figures
}
