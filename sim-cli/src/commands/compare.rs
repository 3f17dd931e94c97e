//! `pullstorm compare`.

use super::simulate::{self, Asked, Forms};
use crate::args::Compare;
use crate::failure::Failure;
use crate::terminal::Terminal;
use pullstorm_core::replicate::prepare;
use pullstorm_core::report;

/// Puts variants side by side.
pub fn run(args: &Compare, terminal: &Terminal) -> Result<(), Failure> {
    let document = simulate::document(&args.simulated)?;
    simulate::say_what_is_kept(&document, &args.variant, terminal);
    let seed = simulate::seed(&args.simulated, &document);
    let asked = Asked {
        named: &args.variant,
        alone: false,
    };
    let forms = Forms {
        article: report::compare_article,
        csv: report::metrics_csv,
    };
    let simulated = &args.simulated;
    match &args.sweep {
        None => {
            let prepared = prepare(&document, &args.variant)?;
            simulate::once(simulated, prepared, seed, &forms, terminal)?
        }
        Some(sweep) => simulate::sweep(simulated, &document, sweep, &asked, seed, terminal)?,
    };
    Ok(())
}
