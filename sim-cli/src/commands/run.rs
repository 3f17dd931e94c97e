//! `pullstorm run`.

use super::simulate::{self, Asked, Forms};
use crate::args::{Format, Run};
use crate::failure::Failure;
use crate::terminal::Terminal;
use pullstorm_core::explain::explain;
use pullstorm_core::judge::Status;
use pullstorm_core::replicate::{Prepared, prepare};
use pullstorm_core::report::{self, Report};
use pullstorm_core::scenario::Document;

/// Simulates one variant and judges its expectations, or tells one entity's story.
pub fn run(args: &Run, terminal: &Terminal) -> Result<(), Failure> {
    let document = simulate::document(&args.simulated)?;
    let seed = simulate::seed(&args.simulated, &document);
    let name = args.variant.as_deref().unwrap_or("today");
    if let Some(argument) = document.kept_from(name).into_iter().next() {
        let message =
            format!("`--set {argument}` does nothing: the variant `{name}` sets that itself");
        let hint = "leave out `--variant` to try it on today, or change the variant in the file";
        return Err(Failure::input(message).hint(hint));
    }
    if let Some(entity) = &args.explain {
        let format = args.simulated.form.format;
        return story(&only(&document, name)?, seed, entity, format, terminal);
    }
    let ended = match &args.sweep {
        None => simulate::once(
            &args.simulated,
            only(&document, name)?,
            seed,
            &Forms {
                article: report::run_article,
                csv: report::metrics_csv,
            },
            terminal,
        ),
        Some(sweep) => {
            let named = [name.to_owned()];
            let asked = Asked {
                named: &named,
                alone: true,
            };
            simulate::sweep(&args.simulated, &document, sweep, &asked, seed, terminal)
        }
    };
    if holds(&ended?) {
        Ok(())
    } else {
        Err(Failure::Broken)
    }
}

fn only(document: &Document, name: &str) -> Result<Vec<Prepared>, Failure> {
    let mut prepared = prepare(document, &[name.to_owned()])?;
    prepared.retain(|variant| variant.name == name);
    Ok(prepared)
}

fn holds(reports: &[Report]) -> bool {
    reports
        .iter()
        .flat_map(|report| &report.variants)
        .all(|variant| variant.verdict == Status::Met)
}

fn story(
    prepared: &[Prepared],
    seed: u64,
    entity: &str,
    format: Format,
    terminal: &Terminal,
) -> Result<(), Failure> {
    let variant = prepared
        .first()
        .ok_or_else(|| Failure::Own("the variant was not prepared".to_owned()))?;
    let story = explain(variant, seed, 0, entity).map_err(Failure::input)?;
    let article = report::story_article(&story);
    super::tell("pullstorm-story/1", &story, &article, format, terminal)
}
