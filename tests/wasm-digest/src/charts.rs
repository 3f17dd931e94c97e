//! Charts of a scenario as the command line writes them.

use pullstorm_core::chart::{Size, Theme, of_variants, page};
use pullstorm_core::replicate::{Prepared, prepare};
use pullstorm_core::scenario::Document;

/// The charts of all variants, of two runs each, as one SVG document. A scenario that cannot be run
/// gives its problems instead.
pub fn scenario_charts(text: &str, width: u32) -> String {
    let prepared = Document::parse("scenario.yaml", text.as_bytes())
        .and_then(|document| Ok((document.scenario().seed, prepare(&document, &[])?)));
    match prepared {
        Ok((seed, prepared)) => {
            let variants: Vec<&Prepared> = prepared.iter().collect();
            let charts = of_variants(&variants, seed, 2);
            let size = Size { width, height: 440 };
            page("charts", &charts, size, Theme::Auto)
        }
        Err(problems) => problems.to_string(),
    }
}
