//! When a registry is asked for an image, and what will do where it does not answer.

use crate::catalog::Client;
use crate::catalog::client::{AfterFailure, Asks, PullRule, Reference};
use crate::scenario::model::{PullBehaviour, PullSection};

/// When the registry is asked, and what a failure does.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub(super) struct Rule {
    pub asks: Asks,
    pub run_local: bool,
    /// Whether the reference is looked up before the pull.
    pub inspects: bool,
}

/// When the registry is asked, and whether the image of the host will do: as the client's record
/// says of the setting that the section names, by default of its first. A setting that the client
/// does not have means the same as elsewhere.
pub(super) fn rule(section: &PullSection, client: &Client) -> Rule {
    let rules = client.wrapper().map(|wrapper| &wrapper.pull_rules[..]);
    let rules = rules.unwrap_or_default();
    let stated = section.behaviour.as_ref().map(|stated| stated.value);
    let (asks, run_local) = meaning(stated.unwrap_or(PullBehaviour::Always));
    let own = match stated {
        None => rules.first(),
        Some(stated) => rules.iter().find(|rule| means(rule, stated)),
    };
    Rule {
        asks: own.map_or(asks, |own| own.asks),
        run_local: own.map_or(run_local == Some(true), runs_local),
        inspects: rules.iter().any(|rule| rule.inspects),
    }
}

/// Whether a client has a setting that means this behaviour.
pub(in crate::compile) fn has_behaviour(client: &Client, behaviour: PullBehaviour) -> bool {
    let rules = client.wrapper().map(|wrapper| &wrapper.pull_rules);
    rules.is_some_and(|rules| rules.iter().any(|rule| means(rule, behaviour)))
}

/// Whether a rule of a client's record is what a behaviour means.
fn means(rule: &PullRule, behaviour: PullBehaviour) -> bool {
    let (asks, run_local) = meaning(behaviour);
    rule.asks == asks && run_local.is_none_or(|wanted| runs_local(rule) == wanted)
}

/// When the registry is asked, and whether the image of the host will do where that matters.
const fn meaning(behaviour: PullBehaviour) -> (Asks, Option<bool>) {
    match behaviour {
        PullBehaviour::Always => (Asks::Always, Some(false)),
        PullBehaviour::AlwaysOrLocal => (Asks::Always, Some(true)),
        PullBehaviour::IfNotPresent => (Asks::IfNotPresent, None),
        PullBehaviour::Once => (Asks::IfNeverPulled, None),
        PullBehaviour::Never => (Asks::Never, None),
    }
}

fn runs_local(rule: &PullRule) -> bool {
    rule.after_failure == AfterFailure::RunLocal
}

/// Whether the registry is asked only for what the host lacks.
pub(super) fn asks_if_missing(rule: Rule, reference: Reference) -> bool {
    match rule.asks {
        Asks::IfNotPresent => true,
        Asks::UnlessPinnedAndPresent => reference == Reference::Digest,
        Asks::Always | Asks::IfNeverPulled | Asks::Never => false,
    }
}
