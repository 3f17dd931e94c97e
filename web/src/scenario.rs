//! The scenario that the page shows.

use pullstorm_core::scenario::Document;

const NAME: &str = "circleci-ecr-fanout";
const TEXT: &str = include_str!("../../scenarios/circleci-ecr-fanout.yaml");

/// Decodes it.
///
/// # Errors
/// What is wrong with it, with places, for people.
pub fn document() -> Result<Document, String> {
    Document::parse(NAME, TEXT.as_bytes()).map_err(|problems| problems.render(false))
}
