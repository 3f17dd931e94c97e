//! What the user of a service can get to from a preset, by signing in or by paying, and which presets
//! are no choice of anybody's.

use super::lever::Effort;
use super::preset::Preset;
use serde::{Deserialize, Serialize};

/// A plan of the same service that its user can choose.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Upgrade {
    /// The preset that holds then, with its date.
    pub to: String,
    /// What it takes: credentials in a pipeline, or money.
    pub effort: Effort,
}

/// What it is to have one preset instead of another.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Switch {
    /// Its user signs in or pays.
    Upgrade(Effort),
    /// Other numbers than those of today for the same plan, or for one that its user can choose, by
    /// another source or of another day: which hold the provider decides.
    NoChoice,
    /// Another plan or another service.
    Other,
}

impl Preset {
    /// What it is to have another preset in place of this one.
    ///
    /// ```
    /// use pullstorm_core::catalog::{Effort, Switch, preset};
    ///
    /// let anonymous = preset("docker-hub-anonymous").unwrap();
    /// let to = |name: &str| anonymous.switch_to(preset(name).unwrap());
    /// assert_eq!(to("docker-hub-free"), Switch::Upgrade(Effort::PipelineCode));
    /// assert_eq!(to("docker-hub-paid"), Switch::Upgrade(Effort::QuotaOrMoney));
    /// assert_eq!(to("docker-hub-anonymous-observed"), Switch::NoChoice);
    /// assert_eq!(to("docker-hub-free-observed"), Switch::NoChoice);
    /// assert_eq!(to("docker-hub-free@2020-11-02"), Switch::NoChoice);
    /// assert_eq!(to("aws-ecr"), Switch::Other);
    /// ```
    pub fn switch_to(&self, other: &Preset) -> Switch {
        let disputes = |name: &str| other.conflicts.iter().any(|it| it.with == name);
        if self.family == other.family || disputes(&self.name) {
            return Switch::NoChoice;
        }
        let is = |upgrade: &&Upgrade| upgrade.to.split('@').next() == Some(other.family.as_str());
        match self.upgrades.iter().find(is) {
            Some(upgrade) if upgrade.to == other.name => Switch::Upgrade(upgrade.effort),
            // The plan, but as it was on another day.
            Some(_) => Switch::NoChoice,
            None if self.upgrades.iter().any(|it| disputes(&it.to)) => Switch::NoChoice,
            None if self.disputed_like(other) => Switch::NoChoice,
            None => Switch::Other,
        }
    }

    /// Whether both contradict the same third.
    fn disputed_like(&self, other: &Preset) -> bool {
        let mut thirds = self.conflicts.iter();
        thirds.any(|own| other.conflicts.iter().any(|it| it.with == own.with))
    }
}
