//! `pullstorm baseline`.

use super::check::{Simulated, tolerance};
use crate::args::Baseline as Args;
use crate::failure::Failure;
use crate::output::Output;
use crate::terminal::Terminal;
use pullstorm_core::check::{Baseline, Entry, Tolerance};
use pullstorm_core::judge::Status;

/// Writes the numbers of today into a file.
pub fn run(args: &Args, terminal: &Terminal) -> Result<(), Failure> {
    let tolerance = tolerance(Tolerance::default(), &args.subjects.tolerance)?;
    let simulated = Simulated::prepare(&args.subjects, terminal)?;
    let output = args.output.as_deref().map(Output::new).transpose()?;
    let (checked, interrupted) = simulated.judge(&args.subjects)?;
    if interrupted {
        let message = "interrupted before all variants were finished; no baseline was written";
        return Err(Failure::Interrupted(message.to_owned()));
    }
    let entries = checked.iter().map(Entry::of);
    let baseline = Baseline::new(tolerance, entries.collect());
    let text = super::json(&baseline)?;
    let Some(output) = output else {
        return terminal.print(&text);
    };
    output.write(&text)?;
    let all = baseline.entries.len();
    let met = baseline.entries.iter();
    let met = met.filter(|entry| entry.verdict == Status::Met).count();
    let variants = if all == 1 { "variant" } else { "variants" };
    terminal.print(&match all - met {
        0 => format!("wrote {all} {variants}, whose expectations hold\n"),
        open => format!(
            "wrote {all} {variants}; of {open} an expectation is broken or undecided, and \
             `pullstorm check` will fail\n"
        ),
    })
}
