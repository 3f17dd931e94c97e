//! A whole recommendation: text in, all that is told out.

use pullstorm_core::recommend::{Options, recommend};
use pullstorm_core::replicate::Sequential;
use pullstorm_core::report::recommend_article;
use pullstorm_core::scenario::Document;

/// What is recommended for a scenario: the JSON of the report, and the Markdown that it is told in. A scenario
/// that cannot be run gives its problems instead.
pub fn recommendation(text: &str) -> String {
    let document = match Document::parse("scenario.yaml", text.as_bytes()) {
        Ok(document) => document,
        Err(problems) => return problems.to_string(),
    };
    let found = match recommend(&document, &Options::of(&document), &Sequential) {
        Ok(Some(found)) => found.report,
        Ok(None) => return "nothing".to_owned(),
        Err(problems) => return problems.to_string(),
    };
    match serde_json::to_string_pretty(&found) {
        Ok(json) => format!("{json}\n{}", recommend_article(&found).markdown()),
        Err(problem) => problem.to_string(),
    }
}
