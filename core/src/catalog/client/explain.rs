//! What the catalog says of a client, in words.

use super::refusals::{RefusalExplanation, refusals};
use super::{
    Action, AfterFailure, AfterTokenFailure, Around, Asks, Auth, Begins, Blobs, Cache, Client,
    Conditions, Confidence, Credentials, Engine, LoopMemory, OuterLoop, OverPullLimit, PullRule,
    Reference, Refresh, RequestClass, Role, Siblings, SlotOwner, Status, Step, Times, TokenOwner,
    Unknown, Uploads, Wrapper,
};
use crate::units::Span;
use serde::Serialize;

/// One client in a list.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct ClientEntry {
    /// Its name.
    pub name: String,
    /// What it is.
    pub title: String,
    /// Whether it talks to registries, makes others do so, or brings tokens.
    pub role: &'static str,
    /// How well it is known.
    pub confidence: Confidence,
    /// Whether it can be met in the field.
    pub status: Status,
    /// Whether something about it is not published.
    pub asks: bool,
    /// When its facts were last looked up.
    pub as_of: String,
}

/// A client in full.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct ClientExplanation {
    /// As it stands in the list.
    pub entry: ClientEntry,
    /// The versions that behave like this.
    pub versions: String,
    /// Who has it by default.
    pub default_of: Vec<String>,
    /// The requests of its actions, by condition.
    pub sequences: Vec<SequenceExplanation>,
    /// What it does when a request is answered 429, by class.
    pub refusals: Vec<RefusalExplanation>,
    /// How it fetches blobs.
    pub blobs: Option<String>,
    /// How it sends blobs, if it is known what it pushes.
    pub uploads: Option<String>,
    /// The engines it runs over, the default first.
    pub engines: Vec<String>,
    /// How a scenario names another engine than the default; `None` where there is no other.
    pub other_engine: Option<String>,
    /// When it asks the registry at all.
    pub pull_rules: Vec<String>,
    /// Loops around whole actions.
    pub loops: Vec<String>,
    /// How it paces pulls.
    pub pacing: Option<String>,
    /// How it comes by tokens.
    pub tokens: Option<String>,
    /// What a pull costs whose manifest is refused.
    pub cost: Option<String>,
    /// Where the times between its requests come from.
    pub timing: Option<String>,
    /// What nobody has published.
    pub unknown: Vec<Unknown>,
    /// What else a reader must know.
    pub notes: Vec<String>,
    /// Where this is known from.
    pub sources: Vec<String>,
}

/// The requests of an action under some conditions.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct SequenceExplanation {
    /// The action and its conditions: `cold pull by tag`.
    pub when: String,
    /// The requests in order: `HEAD resolve`; `with` begins one that runs beside the one before.
    pub requests: Vec<String>,
    /// How many they are: `N + 4`, where N is the number of layers.
    pub count: String,
}

impl Client {
    /// As it stands in a list.
    pub fn entry(&self) -> ClientEntry {
        ClientEntry {
            name: self.name.clone(),
            title: self.title.clone(),
            role: match self.role {
                Role::Engine(_) => "engine",
                Role::Wrapper(_) => "wrapper",
                Role::Helper(_) => "helper",
            },
            confidence: self.confidence,
            status: self.status,
            asks: !self.unknown.is_empty(),
            as_of: self.as_of.to_string(),
        }
    }

    /// All that is known of it, in words.
    pub fn explain(&self) -> ClientExplanation {
        let engine = self.engine();
        let wrapper = self.wrapper();
        let loops = engine.map(|engine| &engine.loops);
        let loops = loops.or(wrapper.map(|wrapper| &wrapper.loops));
        ClientExplanation {
            entry: self.entry(),
            versions: self.versions.clone(),
            default_of: self.default_of.clone(),
            sequences: engine.map(sequences).unwrap_or_default(),
            refusals: engine.map(refusals).unwrap_or_default(),
            blobs: engine.map(|engine| blobs(&engine.blobs)),
            uploads: engine.and_then(|engine| engine.uploads.as_ref().map(uploads)),
            engines: wrapper.map(engines).unwrap_or_default(),
            other_engine: wrapper.and_then(|wrapper| other_engine(&self.name, wrapper)),
            pull_rules: wrapper
                .map(|wrapper| wrapper.pull_rules.iter().map(pull_rule).collect())
                .unwrap_or_default(),
            loops: loops
                .map(|loops| loops.iter().map(outer_loop).collect())
                .unwrap_or_default(),
            pacing: wrapper.map(pacing),
            tokens: self.credentials().map(tokens),
            cost: self.cost(),
            timing: engine.and_then(|engine| engine.timing.clone()),
            unknown: self.unknown.clone(),
            notes: named_beside(self).chain(self.notes.clone()).collect(),
            sources: self.sources.clone(),
        }
    }

    /// `3 requests (+1 token) for a pull whose manifest is refused`.
    fn cost(&self) -> Option<String> {
        let refused = self.refused_manifest()?;
        let token = |class| class == RequestClass::Token;
        let words = |requests: u64, tokens: u64| {
            let plural = if requests == 1 { "" } else { "s" };
            let tokens = match tokens {
                0 => String::new(),
                1 => " (+1 token)".to_owned(),
                tokens => format!(" (+{tokens} tokens)"),
            };
            format!("{requests} request{plural}{tokens}")
        };
        let wanted = "for a pull whose manifest is refused";
        Some(
            match (refused.count(|class| !token(class)), refused.count(token)) {
                (Some(requests), Some(tokens)) => format!("{} {wanted}", words(requests, tokens)),
                _ => {
                    let tokens = refused.pull.iter().filter(|class| token(**class)).count() as u64;
                    let each = words(refused.pull.len() as u64 - tokens, tokens);
                    format!("{each} {wanted}, again and again without end")
                }
            },
        )
    }
}

/// The conditions that a person asks about first.
fn sequences(engine: &Engine) -> Vec<SequenceExplanation> {
    let cold = Conditions {
        auth: Auth::Token,
        ..Conditions::cold(0)
    };
    let digest = Conditions {
        reference: Reference::Digest,
        ..cold
    };
    let warm = |conditions| Conditions {
        cache: Cache::Warm,
        ..conditions
    };
    let of_index = Conditions {
        platforms: Some(0),
        ..cold
    };
    let all = [
        (Action::Pull, "cold pull by tag", cold),
        (Action::Pull, "cold pull by digest", digest),
        (Action::Pull, "cold pull by tag, P platforms", of_index),
        (Action::Pull, "warm pull by tag", warm(cold)),
        (Action::Pull, "warm pull by digest", warm(digest)),
        (Action::Inspect, "look-up of a tag", cold),
        (Action::Login, "login", cold),
        (Action::Push, "push", cold),
    ];
    all.iter()
        .filter(|(action, ..)| engine.actions.contains_key(action))
        .map(|(action, when, conditions)| {
            let steps: Vec<&Step> = engine.steps(*action, conditions).collect();
            SequenceExplanation {
                when: (*when).to_owned(),
                requests: steps.iter().map(|step| request(step, conditions)).collect(),
                count: count(&steps, conditions),
            }
        })
        .collect()
}

fn request(step: &Step, conditions: &Conditions) -> String {
    let beside = if step.begins == Begins::With {
        "with "
    } else {
        ""
    };
    let times = match step.times {
        Times::Once => "",
        Times::Layers | Times::MissingLayers => "N x ",
        Times::Blobs | Times::MissingBlobs => "(N + 1) x ",
        Times::Platforms if conditions.platforms.is_some() => "P x ",
        Times::Platforms => "",
    };
    format!("{beside}{times}{} {}", step.method, step.class)
}

/// `N + 4`, `N + 2 P + 3`, `3`.
fn count(steps: &[&Step], conditions: &Conditions) -> String {
    let of = |wanted: fn(Times) -> bool| steps.iter().filter(|step| wanted(step.times)).count();
    let blobs = of(|times| matches!(times, Times::Blobs | Times::MissingBlobs));
    let layers = blobs + of(|times| matches!(times, Times::Layers | Times::MissingLayers));
    let platforms = match conditions.platforms {
        Some(_) => of(|times| times == Times::Platforms),
        None => 0,
    };
    // The config beside the layers is one more of each.
    let rest = steps.len() - layers - platforms + blobs;
    let mut parts = Vec::new();
    for (number, letter) in [(layers, "N"), (platforms, "P")] {
        match number {
            0 => {}
            1 => parts.push(letter.to_owned()),
            number => parts.push(format!("{number} {letter}")),
        }
    }
    if rest > 0 || parts.is_empty() {
        parts.push(rest.to_string());
    }
    parts.join(" + ")
}

fn blobs(blobs: &Blobs) -> String {
    let owner = match blobs.counted_by {
        SlotOwner::Pull => "of a pull",
        SlotOwner::Daemon => "of all pulls of the daemon",
    };
    let slots = match (
        blobs.at_once,
        blobs.take_slot.contains(&RequestClass::Config),
    ) {
        (None, _) => "all blobs at once".to_owned(),
        (Some(1), _) => "one layer after the other".to_owned(),
        (Some(at_once), true) => format!("{at_once} blobs at once {owner}"),
        (Some(at_once), false) => format!("{at_once} layers at once {owner}"),
    };
    let failure = failure(blobs.siblings);
    let shared = match blobs.shares_downloads {
        Some(true) => "; pulls that want the same layer share one download",
        Some(false) | None => "",
    };
    format!("{slots}{failure}{shared}")
}

fn uploads(uploads: &Uploads) -> String {
    let owner = match uploads.counted_by {
        SlotOwner::Pull => "of a push",
        SlotOwner::Daemon => "of all pushes of a host",
    };
    let slots = match uploads.at_once {
        None => "all blobs at once".to_owned(),
        Some(at_once) => format!("{at_once} at once {owner}"),
    };
    let config = match uploads.config_takes_slot {
        true => "",
        false => ", and the config beside them",
    };
    format!("{slots}{config}{}", failure(uploads.siblings))
}

fn failure(siblings: Siblings) -> String {
    match siblings {
        Siblings::Cancelled {
            after_min,
            after_max,
        } if after_max == Span::ZERO && after_min == Span::ZERO => {
            "; one that fails stops the others at once".to_owned()
        }
        Siblings::Cancelled {
            after_min,
            after_max,
        } => format!("; one that fails stops the others {after_min} to {after_max} later"),
        Siblings::GoOn => "; when one fails, the others go on".to_owned(),
        Siblings::None => String::new(),
    }
}

fn engines(wrapper: &Wrapper) -> Vec<String> {
    let describe = |choice: &super::EngineChoice| {
        let layers = match choice.layers_at_once {
            Some((layers, _)) => format!(", {layers} blobs at once"),
            None => String::new(),
        };
        format!("{} ({}{layers})", choice.client, choice.when)
    };
    wrapper.engines.iter().map(describe).collect()
}

fn other_engine(name: &str, wrapper: &Wrapper) -> Option<String> {
    let [usual, other, ..] = &wrapper.engines[..] else {
        return None;
    };
    Some(format!(
        "{} by default; another is named beside the client: `pull: {{client: {name}, engine: {}}}`",
        usual.client, other.client
    ))
}

/// How a scenario uses a helper.
fn named_beside(client: &Client) -> impl Iterator<Item = String> {
    let name = &client.name;
    let said = matches!(client.role, Role::Helper(_)).then(|| {
        format!("A scenario names it beside the client: `pull: {{client: docker-classic, helper: {name}}}`.")
    });
    said.into_iter()
}

fn pull_rule(rule: &PullRule) -> String {
    let asks = match rule.asks {
        Asks::Always => "asks the registry every time",
        Asks::IfNotPresent => "asks if the host lacks the image",
        Asks::IfNeverPulled => "asks if it never pulled that name",
        Asks::UnlessPinnedAndPresent => "asks unless the image is named by digest and there",
        Asks::Never => "never asks",
    };
    let inspects = match rule.inspects {
        true => ", looks the tag up before",
        false => "",
    };
    let after = match rule.after_failure {
        AfterFailure::RunLocal => "starts from the local image after a failure",
        AfterFailure::Fail => "fails after a failure",
        AfterFailure::TryAgain => "tries again after a failure",
    };
    let note = note(rule.note.as_deref());
    format!("{}: {asks}{inspects}; {after}.{note}", rule.name)
}

fn outer_loop(one: &OuterLoop) -> String {
    let around = match one.around {
        Around::Pull => "the pull",
        Around::Inspect => "the look-up",
        Around::Login => "the login",
        Around::Push => "the push",
        Around::Blob => "each blob of a push",
        Around::Layer => "each layer of a push",
        Around::Manifest => "each manifest of a push",
    };
    let memory = match one.memory {
        LoopMemory::Call => String::new(),
        LoopMemory::Process => ", counted by the process and never begun anew".to_owned(),
        LoopMemory::PodImage { forgotten_after } => {
            format!(", counted by pod and image, forgotten after {forgotten_after}")
        }
    };
    let note = note(one.note.as_deref());
    format!(
        "{} around {around}: {}{memory}.{note}",
        one.name, one.policy.does
    )
}

fn pacing(wrapper: &Wrapper) -> String {
    let at_once = match wrapper.pacing.at_once {
        None => "any number of pulls at once".to_owned(),
        Some(1) => "one pull after the other".to_owned(),
        Some(pulls) => format!("{pulls} pulls at once"),
    };
    match wrapper.pacing.limiter {
        None => at_once,
        Some(limiter) => {
            let over = match limiter.over {
                OverPullLimit::Fails => "a pull too many fails without asking the registry",
                OverPullLimit::Waits => "a pull too many waits",
            };
            format!(
                "{at_once}; {} burst, {}: {over}",
                limiter.burst, limiter.rate
            )
        }
    }
}

fn tokens(credentials: &Credentials) -> String {
    let owner = match credentials.shared_by {
        TokenOwner::HostRegistry => "one for each host and registry",
        TokenOwner::HostOrTaskRegistry => {
            "one for each host and registry, or for each task with a role of its own"
        }
        TokenOwner::HostRegistryKey => "one for each host, registry and access key",
        TokenOwner::Job => "one for each job",
        TokenOwner::JobImage => "one for each image of a job",
        TokenOwner::Use => "one for each use",
        TokenOwner::Deploy => {
            return format!(
                "those of who deploys, sent along with it.{}",
                note(credentials.note.as_deref())
            );
        }
    };
    let refresh = match credentials.refresh {
        Refresh::HalfLife => "replaced at half of its life".to_owned(),
        Refresh::Before { at_least, spread } => {
            format!(
                "replaced {at_least} to {} before its end",
                at_least + spread
            )
        }
        Refresh::NotKept => "not kept".to_owned(),
    };
    let retry = match &credentials.retry {
        Some((name, policy)) => {
            format!("; the call is retried as {name}, {}", policy.describe())
        }
        None => String::new(),
    };
    let after = match credentials.after_failure {
        AfterTokenFailure::Fail => "a failed call fails the pull",
        AfterTokenFailure::UseOld => "after a failed call the old one is used",
    };
    let flights = match credentials.single_flight {
        Some(true) => ", pulls of one image wait for one call",
        Some(false) | None => "",
    };
    let tries = match credentials.each_try {
        true => ", asked for at each try of a pull",
        false => "",
    };
    let note = note(credentials.note.as_deref());
    format!("{owner}, {refresh}{flights}{tries}{retry}; {after}.{note}")
}

fn note(note: Option<&str>) -> String {
    note.map(|note| format!(" {note}")).unwrap_or_default()
}
