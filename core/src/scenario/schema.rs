//! The JSON Schema of the scenario language, from the same tables that decode it.

use super::form::{Definitions, Form};
use super::root;
use serde_json::Value as Json;

/// The JSON Schema (draft 2020-12) of a scenario file, so that editors complete and check it.
pub fn schema() -> Json {
    let mut definitions = Definitions::default();
    let mut schema = root::file().schema(&mut definitions);
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    schema["title"] = "Pullstorm scenario".into();
    schema["$defs"] = definitions.to_json();
    schema
}
