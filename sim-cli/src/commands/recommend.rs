//! `pullstorm recommend`.

use super::simulate::{self, Forms};
use crate::args::Recommend;
use crate::failure::Failure;
use crate::terminal::Terminal;
use pullstorm_core::recommend::{Options, recommend};
use pullstorm_core::report;

/// Says what to change, best first.
pub fn run(args: &Recommend, terminal: &Terminal) -> Result<(), Failure> {
    let document = simulate::document(&args.simulated)?;
    let mut options = Options::of(&document);
    options.seed = args.simulated.seed.unwrap_or(options.seed);
    options.runs = args.simulated.runs;
    options.only = args.variant.clone();
    let threads = simulate::threads(&args.simulated)?;
    let report = recommend(&document, &options, &threads)?;
    let interrupted = threads.finish();
    let mut report = report.ok_or_else(simulate::nothing_finished)?;
    let forms = Forms {
        article: report::recommend_article,
        csv: report::ranking_csv,
    };
    let format = args.simulated.form.format;
    simulate::print(&mut report, &forms, format, interrupted, terminal)?;
    if interrupted {
        Err(Failure::Stopped)
    } else {
        Ok(())
    }
}
