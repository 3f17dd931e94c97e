//! `pullstorm recommend`.

use super::simulate::{self, Forms};
use crate::args::Recommend;
use crate::failure::Failure;
use crate::terminal::Terminal;
use crate::workers::Threads;
use pullstorm_core::recommend::{Options, recommend};
use pullstorm_core::replicate::{Prepared, prepare};
use pullstorm_core::report;

/// Says what to change, best first.
pub fn run(args: &Recommend, terminal: &Terminal) -> Result<(), Failure> {
    let document = simulate::document(&args.simulated)?;
    let mut options = Options::of(&document);
    options.seed = simulate::seed(&args.simulated, &document);
    options.runs = args.simulated.runs;
    options.only = args.variant.clone();
    let plot = simulate::plot(&args.simulated)?;
    let threads = Threads::new(args.simulated.threads)?;
    let report = recommend(&document, &options, &threads)?;
    let interrupted = threads.finish();
    let mut report = report.ok_or_else(simulate::nothing_finished)?;
    let forms = Forms {
        article: report::recommend_article,
        csv: report::ranking_csv,
    };
    if interrupted {
        report.notes.push(simulate::INTERRUPTED.to_owned());
    }
    simulate::print(&report, &forms, args.simulated.form.format, terminal)?;
    if let Some(plot) = plot {
        // As they are ranked; a searched policy is in no file that could be prepared.
        let prepared = prepare(&document, &options.only)?;
        let ranked: Vec<&Prepared> = report
            .variants
            .iter()
            .filter_map(|variant| prepared.iter().find(|known| known.name == variant.name))
            .collect();
        plot.draw(&ranked, options.seed, report.variants[0].runs)?;
    }
    simulate::stopped(interrupted)
}
