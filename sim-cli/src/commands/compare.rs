//! `pullstorm compare`.

use super::simulate::{self, Forms};
use crate::args::Compare;
use crate::failure::Failure;
use crate::terminal::Terminal;
use pullstorm_core::replicate::prepare;
use pullstorm_core::report::{self, judge_variants};

/// Puts variants side by side.
pub fn run(args: &Compare, terminal: &Terminal) -> Result<(), Failure> {
    let document = simulate::document(&args.simulated)?;
    let seed = args.simulated.seed.unwrap_or(document.scenario().seed);
    let prepared = prepare(&document, &args.variant)?;
    let threads = simulate::threads(&args.simulated)?;
    let judged = judge_variants(prepared, &threads, seed, args.simulated.runs);
    let interrupted = threads.finish();
    if judged.is_empty() {
        return Err(simulate::nothing_finished());
    }
    let mut report = report::report(&judged, seed);
    let forms = Forms {
        article: report::compare_article,
        csv: report::metrics_csv,
    };
    let format = args.simulated.form.format;
    simulate::print(&mut report, &forms, format, interrupted, terminal)?;
    if interrupted {
        Err(Failure::Stopped)
    } else {
        Ok(())
    }
}
