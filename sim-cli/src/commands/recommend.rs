//! `pullstorm recommend`.

use super::simulate::{self, Forms};
use crate::args::Recommend;
use crate::failure::Failure;
use crate::terminal::Terminal;
use crate::workers::Threads;
use pullstorm_core::recommend::{Options, recommend};
use pullstorm_core::report;

/// Says what to change, best first.
pub fn run(args: &Recommend, terminal: &Terminal) -> Result<(), Failure> {
    let document = simulate::document(&args.simulated)?;
    let mut options = Options::of(&document);
    options.seed = simulate::seed(&args.simulated, &document);
    options.runs = args.simulated.runs;
    options.only = args.variant.clone();
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
    simulate::stopped(interrupted)
}
