//! Pull clients: what container engines, agents and runners send to a registry, and what they do
//! when it says no.
//!
//! The files in `data/clients/` hold one family each, in several versions where they differ. An
//! [`Engine`] talks to the registry: its record has the requests of each [`Action`] in order, and a
//! [`ClassRule`] for each class of request. A [`Wrapper`] starts pulls of an engine and adds loops,
//! limits and rules of its own. What nobody has published is [`Unknown`], with the reason.
//!
//! ```
//! use pullstorm_core::catalog::{self, Action, Conditions, RequestClass};
//!
//! let docker = catalog::client("docker-classic").unwrap();
//! let cold = docker.requests(Action::Pull, &Conditions::cold(12));
//! assert_eq!(cold.len(), 12 + 4);
//! assert_eq!(cold[..2], [RequestClass::Ping, RequestClass::Resolve]);
//! ```

mod explain;
mod file;
mod raw_policy;
mod refusals;
mod refused;
mod request;
mod rule;
#[cfg(test)]
mod tests;
mod wrapper;

pub use explain::{ClientEntry, ClientExplanation, SequenceExplanation};
pub use refusals::RefusalExplanation;
pub use refused::{Amplification, amplification};
pub use request::{
    Action, Auth, Begins, Cache, Conditions, ImageKind, Method, Reference, RequestClass, Step,
    Times, When,
};
pub use rule::{
    Around, Blobs, ClassRule, LoopMemory, OnFailure, OuterLoop, Policy, Siblings, SlotOwner,
    Uploads,
};
pub use wrapper::{
    AfterFailure, AfterTokenFailure, Asks, Credentials, EngineChoice, OverPullLimit, Pacing,
    PullLimiter, PullRule, Refresh, TokenOwner, Wrapper,
};

use super::evidence::Log;
use super::figure::Date;
use super::file::DataError;
use super::record::Body;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::OnceLock;

/// A client: what pulls images, or what makes it do so.
#[derive(Clone, PartialEq, Debug)]
pub struct Client {
    /// Name in scenarios, `docker-classic`.
    pub name: String,
    /// What it is, in a few words.
    pub title: String,
    /// The versions that behave like this, in words.
    pub versions: String,
    /// Whether that can be installed.
    pub status: Status,
    /// Who has it by default.
    pub default_of: Vec<String>,
    /// What it does.
    pub role: Role,
    /// Where it is written what it was refused, what says most first; none where nobody says.
    pub logs: Vec<Log>,
    /// What nobody has published.
    pub unknown: Vec<Unknown>,
    /// What else a reader must know.
    pub notes: Vec<String>,
    /// Where this is known from.
    pub sources: Vec<String>,
    /// When that was last looked up.
    pub as_of: Date,
    /// How well it is known.
    pub confidence: Confidence,
}

/// What part a client has in a pull.
#[derive(Clone, PartialEq, Debug)]
pub enum Role {
    /// It talks to the registry.
    Engine(Box<Engine>),
    /// It starts pulls of an engine.
    Wrapper(Box<Wrapper>),
    /// It supplies engines with tokens and pulls nothing.
    Helper(Box<Credentials>),
}

/// Whether a client's behaviour can be met in the field.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It was released.
    #[default]
    Released,
    /// It is built from source that no release has yet.
    Unreleased,
    /// It is an open change that may never be.
    Proposed,
}

/// How well a client's behaviour is known.
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// Deduced from other facts.
    Inferred,
    /// Official documentation, or one secondary source.
    Documented,
    /// Read in the source at a named commit.
    Source,
    /// Measured against a registry, request by request.
    Measured,
}

/// Something that nobody has published.
#[derive(Clone, Eq, PartialEq, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Unknown {
    /// What it is about.
    pub what: String,
    /// Why it is not here, and what is done without it.
    pub reason: String,
}

/// A client that talks to registries.
#[derive(Clone, PartialEq, Debug)]
pub struct Engine {
    /// The requests of each action that is known, in order.
    pub actions: BTreeMap<Action, Vec<Step>>,
    /// What failures do, by class; every class of the actions has a rule.
    pub rules: BTreeMap<RequestClass, ClassRule>,
    /// Actions for which a class has another rule.
    pub exceptions: BTreeMap<(Action, RequestClass), ClassRule>,
    /// How blobs are fetched.
    pub blobs: Blobs,
    /// How blobs are sent on a push, if it is known what the engine pushes.
    pub uploads: Option<Uploads>,
    /// Loops around whole pulls.
    pub loops: Vec<OuterLoop>,
    /// What it does with a mirror that is asked before a registry; `None` where nobody says, or it
    /// has none.
    pub mirrors: Option<Mirrors>,
    /// On what machine the times between requests were measured; `None` if nobody did.
    pub timing: Option<String>,
}

/// How an engine goes on from a mirror that refuses or lacks something to the registry itself.
#[derive(Clone, Eq, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mirrors {
    /// What is asked for again.
    pub falls_through: FallsThrough,
    /// The service of the catalog whose mirrors it can have; `None` for any.
    pub only_of: Option<String>,
}

/// What is asked of the next host when one has failed.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FallsThrough {
    /// The request that failed: each request of a pull begins with the mirror.
    EachRequest,
    /// The whole pull, from its first request.
    WholePull,
}

impl Engine {
    /// The steps of an action under these conditions, in order; none for an action that the record
    /// does not describe. A step makes as many requests as [`Times::count`] says.
    pub fn steps(&self, action: Action, conditions: &Conditions) -> impl Iterator<Item = &Step> {
        let steps = self.actions.get(&action).map_or(&[][..], Vec::as_slice);
        steps.iter().filter(move |step| step.when.holds(conditions))
    }

    /// The rule for requests of a class in an action.
    ///
    /// # Panics
    /// If no action of the engine sends one.
    pub fn rule(&self, action: Action, class: RequestClass) -> &ClassRule {
        let exception = self.exceptions.get(&(action, class));
        exception.unwrap_or_else(|| &self.rules[&class])
    }
}

impl Client {
    /// The engine's record, of an engine.
    pub fn engine(&self) -> Option<&Engine> {
        match &self.role {
            Role::Engine(engine) => Some(engine),
            Role::Wrapper(_) | Role::Helper(_) => None,
        }
    }

    /// The wrapper's record, of a wrapper.
    pub fn wrapper(&self) -> Option<&Wrapper> {
        match &self.role {
            Role::Wrapper(wrapper) => Some(wrapper),
            Role::Engine(_) | Role::Helper(_) => None,
        }
    }

    /// How it comes by the passwords of registries: a wrapper that does so itself, or a helper that
    /// brings them to engines.
    pub fn credentials(&self) -> Option<&Credentials> {
        match &self.role {
            Role::Engine(_) => None,
            Role::Wrapper(wrapper) => wrapper.credentials.as_ref(),
            Role::Helper(credentials) => Some(credentials),
        }
    }

    /// The requests of an action, in order, if all are answered; requests of steps that begin
    /// together follow each other. Of a wrapper, those of its default engine; of a helper, none.
    pub fn requests(&self, action: Action, conditions: &Conditions) -> Vec<RequestClass> {
        let Some(engine) = self.default_engine().and_then(Client::engine) else {
            return Vec::new();
        };
        engine
            .steps(action, conditions)
            .flat_map(|step| {
                let count = step.times.count(conditions);
                (0..count).map(|_| step.class)
            })
            .collect()
    }

    /// The engine's client that pulls: itself, or a wrapper's default.
    pub fn default_engine(&self) -> Option<&Client> {
        match &self.role {
            Role::Engine(_) => Some(self),
            Role::Wrapper(wrapper) => client(&wrapper.engines.first()?.client),
            Role::Helper(_) => None,
        }
    }

    /// The engine of this name, if it is one of those that a wrapper runs over.
    pub fn engine_named(&self, name: &str) -> Option<&Client> {
        let choice = self.engine_choice(Some(name))?;
        client(&choice.client)
    }

    /// What a wrapper says of the engine of this name, or of its default one; `None` for what is
    /// an engine itself, and for a name that is none of a wrapper's engines.
    pub fn engine_choice(&self, name: Option<&str>) -> Option<&EngineChoice> {
        let mut engines = self.wrapper()?.engines.iter();
        match name {
            None => engines.next(),
            Some(name) => engines.find(|choice| choice.client == name),
        }
    }

    /// Blobs that a pull over the engine of this name, or over the default one, fetches at once,
    /// and whose limit that is: the wrapper's own where it sets one, else the engine's. `None` for
    /// all at once.
    pub fn blobs_at_once(&self, engine: Option<&str>) -> Option<(u32, SlotOwner)> {
        let set = self.engine_choice(engine);
        if let Some(own) = set.and_then(|choice| choice.layers_at_once) {
            return Some(own);
        }
        let runs = match engine {
            None => self.default_engine(),
            Some(engine) => self.engine_named(engine),
        };
        let blobs = &runs?.engine()?.blobs;
        Some((blobs.at_once?, blobs.counted_by))
    }
}

/// The data files, one for each family.
const FILES: [(&str, &str); 7] = [
    ("ci.json", include_str!("../data/clients/ci.json")),
    (
        "containerd.json",
        include_str!("../data/clients/containerd.json"),
    ),
    (
        "containers-image.json",
        include_str!("../data/clients/containers-image.json"),
    ),
    ("docker.json", include_str!("../data/clients/docker.json")),
    ("ecs.json", include_str!("../data/clients/ecs.json")),
    (
        "go-containerregistry.json",
        include_str!("../data/clients/go-containerregistry.json"),
    ),
    (
        "kubernetes.json",
        include_str!("../data/clients/kubernetes.json"),
    ),
];

/// All clients, family by family.
pub fn clients() -> &'static [Client] {
    static CLIENTS: OnceLock<Vec<Client>> = OnceLock::new();
    CLIENTS.get_or_init(|| {
        read(&FILES).unwrap_or_else(|mistake| panic!("the catalog's clients: {mistake}"))
    })
}

/// The client of this name.
pub fn client(name: &str) -> Option<&'static Client> {
    clients().iter().find(|client| client.name == name)
}

/// Reads data files, given by name and text.
///
/// # Errors
/// The first mistake in them: what does not parse, a name that occurs twice or leads nowhere.
pub fn read(files: &[(&str, &str)]) -> Result<Vec<Client>, DataError> {
    file::read(files)
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Confidence::Inferred => "inferred",
            Confidence::Documented => "documented",
            Confidence::Source => "read in its source",
            Confidence::Measured => "measured",
        })
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Status::Released => "released",
            Status::Unreleased => "not released yet",
            Status::Proposed => "an open change, in no release",
        })
    }
}
