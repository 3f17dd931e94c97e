//! `pullstorm run`.

use super::simulate::{self, Forms};
use crate::args::Run;
use crate::failure::Failure;
use crate::terminal::Terminal;
use pullstorm_core::judge::Status;
use pullstorm_core::replicate::prepare;
use pullstorm_core::report::{self, judge_variants};

/// Simulates one variant and judges its expectations.
pub fn run(args: &Run, terminal: &Terminal) -> Result<(), Failure> {
    let document = simulate::document(&args.simulated)?;
    let seed = args.simulated.seed.unwrap_or(document.scenario().seed);
    let name = args.variant.as_deref().unwrap_or("today");
    let mut prepared = prepare(&document, &[name.to_owned()])?;
    prepared.retain(|variant| variant.name == name);
    let threads = simulate::threads(&args.simulated)?;
    let judged = judge_variants(prepared, &threads, seed, args.simulated.runs);
    let interrupted = threads.finish();
    if judged.is_empty() {
        return Err(simulate::nothing_finished());
    }
    let mut report = report::report(&judged, seed);
    let forms = Forms {
        article: report::run_article,
        csv: report::metrics_csv,
    };
    let format = args.simulated.form.format;
    simulate::print(&mut report, &forms, format, interrupted, terminal)?;
    match judged.iter().all(|variant| variant.verdict == Status::Met) {
        _ if interrupted => Err(Failure::Stopped),
        true => Ok(()),
        false => Err(Failure::Broken),
    }
}
