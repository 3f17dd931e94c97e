//! `pullstorm capacity`.

use super::simulate::{self, Forms};
use crate::args;
use crate::failure::Failure;
use crate::input;
use crate::plot::Plot;
use crate::terminal::Terminal;
use crate::workers::Threads;
use pullstorm_core::capacity::{Options, Refusal, capacity};
use pullstorm_core::report;

/// Says up to which load each variant holds.
pub fn run(args: &args::Capacity, terminal: &Terminal) -> Result<(), Failure> {
    let document = input::scenario_with(&args.scenario, &args.set, args.memory.as_deref())?;
    simulate::say_what_is_kept(&document, &args.variant, terminal);
    let mut options = Options::of(&document);
    options.seed = args.seed.unwrap_or(options.seed);
    options.runs = args.runs.unwrap_or(options.runs);
    options.only = args.variant.clone();
    options.vary = args.vary.clone();
    options.target = args.target.clone();
    let plot = args.plot.as_deref().map(Plot::new).transpose()?;
    let threads = Threads::new(args.threads)?;
    let found = capacity(&document, &options, &threads);
    let interrupted = threads.finish();
    let found = found.map_err(|refusal| match refusal {
        Refusal::Scenario(problems) => Failure::Scenario(problems),
        Refusal::Asked { message, hint } => Failure::input(message).hint(hint),
    })?;
    let found = found.ok_or_else(simulate::nothing_finished)?;
    let forms = Forms {
        article: report::capacity_article,
        csv: report::capacity_csv,
    };
    simulate::print(&found, &forms, args.form.format, terminal)?;
    if let Some(plot) = plot {
        plot.capacity(&found, &document.scenario().expect)?;
    }
    simulate::ended(interrupted, args.form.format, terminal)
}
