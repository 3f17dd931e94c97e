//! Settings in the native form of the tool that takes them.
//!
//! Each target is a file with one function that looks at a variant and writes what it can set;
//! another target is a file and a line in [`TARGETS`].

mod aws_config;
mod circleci;
mod harness;

use crate::replicate::Prepared;
use crate::report::model::Settings;

/// A target writes the settings of a variant, those that it takes; the second is *today*.
type Target = fn(&Prepared, &Prepared) -> Vec<Settings>;

const TARGETS: [Target; 3] = [harness::settings, aws_config::settings, circleci::settings];

/// The settings of a variant for every target that takes some of them. `today` is what it differs
/// from.
pub fn settings(prepared: &Prepared, today: &Prepared) -> Vec<Settings> {
    TARGETS
        .iter()
        .flat_map(|target| target(prepared, today))
        .collect()
}

/// Whether a variant overrides something whose path has this name in it.
fn overrides(prepared: &Prepared, name: &str) -> bool {
    prepared
        .overrides
        .iter()
        .any(|(path, _)| path.split('.').any(|part| part == name))
}
