//! Presets: whole policies as real clients ship them, each with its source.

mod aws;
mod java;
mod others;

pub(super) use aws::{aws_cpp_legacy, aws_go_2_0, aws_js_2_0, aws_legacy, aws_standard_2_1};
pub(super) use others::{envoy, grpc};

use super::RetryPolicy;

/// How well a statement about a client is known.
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Debug)]
pub enum Confidence {
    /// Read in the source at the named commit.
    Source,
    /// Official documentation, or one secondary source.
    Documented,
    /// Concluded from other facts.
    Inferred,
}

/// A policy with a name.
#[derive(Clone, PartialEq, Debug)]
pub struct Preset {
    /// The name in scenarios.
    pub name: &'static str,
    /// Other names for the same.
    pub aliases: &'static [&'static str],
    /// What it is, for people; the numbers of attempts follow from [`RetryPolicy::describe`].
    pub label: &'static str,
    /// The policy.
    pub policy: RetryPolicy,
    /// Where it stands.
    pub source: &'static str,
    /// When that was read, year and month.
    pub as_of: &'static str,
    /// How well it is known.
    pub confidence: Confidence,
    /// Who has it by default, and until or since when.
    pub default_of: &'static str,
}

impl Preset {
    /// Label and attempts: `standard mode, 2.1 rules: 3 attempts (2 retries)`.
    pub fn describe(&self) -> String {
        format!("{}: {}", self.label, self.policy.describe())
    }
}

/// The preset of this name or alias.
pub fn preset(name: &str) -> Option<Preset> {
    presets().find(|preset| preset.name == name || preset.aliases.contains(&name))
}

/// All presets, in the order in which a list shows them.
pub fn presets() -> impl Iterator<Item = Preset> {
    let clients = [
        aws::modes(),
        aws::other_sdks(),
        java::presets(),
        others::presets(),
    ];
    std::iter::once(others::none()).chain(clients.into_iter().flatten())
}

const AS_OF: &str = "2026-11";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::retry::{Budget, Params, PolicyError, QuotaRules, StrategyKind};
    use crate::units::Span;

    #[test]
    fn names_are_unique_and_lead_to_their_preset() {
        let all: Vec<Preset> = presets().collect();
        let mut names: Vec<&str> = all
            .iter()
            .flat_map(|p| p.aliases.iter().copied().chain([p.name]))
            .collect();
        for preset in &all {
            assert_eq!(super::preset(preset.name).as_ref(), Some(preset));
        }
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn every_preset_is_made_again_from_its_own_parameters() {
        for preset in presets() {
            let again = preset.policy.with(&preset.policy.params());
            if preset.policy.kind() == StrategyKind::None {
                assert_eq!(preset.policy.params(), Params::default());
            }
            assert_eq!(again, Ok(preset.policy), "{}", preset.name);
        }
    }

    #[test]
    fn a_preset_can_be_given_more_attempts() {
        let more = Params {
            attempts: Some(8),
            ..Params::default()
        };
        let policy = preset("aws-standard-2.1")
            .unwrap()
            .policy
            .with(&more)
            .unwrap();
        assert_eq!(policy.describe(), "8 attempts (7 retries)");
        assert_eq!(policy.budget, Budget::Quota(QuotaRules::STANDARD_2_1));
    }

    #[test]
    fn labels_say_attempts_and_retries() {
        let label = preset("harness").unwrap().describe();
        assert_eq!(
            label,
            "Harness account defaults for AWS calls: 6 attempts (5 retries)"
        );
    }

    #[test]
    fn a_parameter_that_a_strategy_does_not_know_is_an_error() {
        let params = Params {
            cap: Some(Span::from_secs(20)),
            ..Params::default()
        };
        let error = preset("aws-legacy")
            .unwrap()
            .policy
            .with(&params)
            .unwrap_err();
        assert!(matches!(error, PolicyError::Superfluous { .. }));
    }
}
