//! The scenario that the page shows.

use pullstorm_core::scenario::Document;
use pullstorm_core::scenarios::built_in;

const NAME: &str = "circleci-ecr-fanout";

/// Decodes it.
///
/// # Errors
/// What is wrong with it, with places, for people.
pub fn document() -> Result<Document, String> {
    let scenario = built_in(NAME).expect("incident 1 is built in");
    Document::parse(NAME, scenario.text.as_bytes()).map_err(|problems| problems.render(false))
}
