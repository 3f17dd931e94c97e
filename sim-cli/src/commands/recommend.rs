//! `pullstorm recommend`.

use super::simulate::{self, Forms};
use crate::args::Recommend;
use crate::failure::Failure;
use crate::terminal::Terminal;
use crate::workers::Threads;
use pullstorm_core::recommend::{Options, Recommendation, recommend};
use pullstorm_core::replicate::Prepared;
use pullstorm_core::report;

/// Says what to change, best first.
pub fn run(args: &Recommend, terminal: &Terminal) -> Result<(), Failure> {
    let document = simulate::document(&args.simulated)?;
    simulate::say_what_is_kept(&document, &args.variant, terminal);
    let mut options = Options::of(&document);
    options.seed = simulate::seed(&args.simulated, &document);
    options.runs = args.simulated.runs;
    options.only = args.variant.clone();
    let plot = simulate::plot(&args.simulated)?;
    let threads = Threads::new(args.simulated.threads)?;
    let recommendation = recommend(&document, &options, &threads)?;
    let interrupted = threads.finish();
    let Recommendation { report, prepared } =
        recommendation.ok_or_else(simulate::nothing_finished)?;
    let forms = Forms {
        article: report::recommend_article,
        csv: report::ranking_csv,
    };
    simulate::print(&report, &forms, args.simulated.form.format, terminal)?;
    if let Some(plot) = plot {
        let ranked: Vec<&Prepared> = prepared.iter().collect();
        plot.draw(&ranked, options.seed, report.variants[0].runs)?;
    }
    simulate::ended(interrupted, args.simulated.form.format, terminal)
}
