//! Settings in the native form of the tool that takes them.
//!
//! Each target is a file with one function that looks at a variant and writes what it can set;
//! another target is a file and a line in [`TARGETS`].

mod aws_config;
mod circleci;
mod harness;

pub(crate) use aws_config::aws_mode;

use crate::replicate::Prepared;
use crate::report::model::Settings;
use crate::scenario::model::RetryChoice;

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

/// The workloads whose own retry policy a variant overrides: name, policy, and that of *today*.
fn retries<'p>(
    prepared: &'p Prepared,
    today: &'p Prepared,
) -> impl Iterator<Item = (&'p str, &'p RetryChoice, &'p RetryChoice)> {
    prepared.scenario.workloads.iter().filter_map(|workload| {
        let path = format!("workloads.{}.retry", workload.name);
        let mut overrides = prepared.overrides.iter();
        overrides.find(|(known, _)| {
            let below = known.strip_prefix(&path);
            below.is_some_and(|below| below.is_empty() || below.starts_with('.'))
        })?;
        let mut known = today.scenario.workloads.iter();
        let before = known.find(|known| known.name == workload.name)?;
        Some((
            workload.name.as_str(),
            workload.value.retry()?,
            before.value.retry()?,
        ))
    })
}

/// Whether a variant overrides something whose path has this name in it.
fn overrides(prepared: &Prepared, name: &str) -> bool {
    prepared
        .overrides
        .iter()
        .any(|(path, _)| path.split('.').any(|part| part == name))
}
