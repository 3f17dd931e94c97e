//! Which of the things below the first screen is open.

use serde::{Deserialize, Serialize};

/// What there is. Links hold its place in this order.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub enum Tab {
    /// What each unit did, and charts.
    #[default]
    Pictures,
    /// Recommend, capacity, why.
    Answers,
    /// All values that can be turned.
    Settings,
    /// The scenario as YAML.
    Scenario,
    /// Links, files, the command.
    Share,
}

impl Tab {
    /// All, in order.
    pub const ALL: [Tab; 5] = [
        Tab::Pictures,
        Tab::Answers,
        Tab::Settings,
        Tab::Scenario,
        Tab::Share,
    ];
}
