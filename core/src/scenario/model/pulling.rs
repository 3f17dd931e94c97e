//! Images, and how a workload pulls them.

use super::{Arrivals, Identity, Placed, RetryChoice, Scenario};
use crate::catalog::client::{Auth, Reference};
use crate::catalog::{Owner, Preset};
use crate::random::Distribution;

/// An image in a registry.
#[derive(Clone, PartialEq, Debug)]
pub struct Image {
    /// The service that has it.
    pub registry: Placed<String>,
    /// Bytes of each of its own layers; those of its base are not among them.
    pub layers: Vec<u64>,
    /// The image whose layers lie below its own.
    pub base: Option<Placed<String>>,
    /// Platforms of its index; `None`: its tag names a manifest, and there is no index.
    pub platforms: Option<u32>,
    /// How its users name it.
    pub reference: Reference,
    /// Whether only who has credentials may read it.
    pub private: bool,
}

/// How the tasks, jobs or pods of a workload pull images.
#[derive(Clone, PartialEq, Debug)]
pub struct PullSection {
    /// A pull client of the catalog.
    pub client: Placed<String>,
    /// The engine that the client runs over, if it starts pulls of one; `None`: its first. Few
    /// sections name one.
    pub engine: Option<Box<Placed<String>>>,
    /// What brings passwords of registries to a client that does not come by them itself; `None`:
    /// nothing. Few sections name one.
    pub helper: Option<Box<Placed<String>>>,
    /// The images one of them needs, in the order in which they are pulled.
    pub images: Placed<Vec<String>>,
    /// A service that is asked instead of the images' own registries.
    pub registry: Option<Placed<String>>,
    /// A service that is asked before the images' own registries.
    pub mirror: Option<Placed<String>>,
    /// How the client says who it is; `None`: as the registry asks.
    pub auth: Option<Auth>,
    /// Whether whoever pulls has credentials to read private images.
    pub credentials: Credentials,
    /// When the registry is asked; `None`: whoever starts the pull decides.
    pub behaviour: Option<Placed<PullBehaviour>>,
    /// What hosts hold at the start.
    pub cached: Cached,
    /// Bytes a second into each host; `None`: layers take no time beyond their requests.
    pub bandwidth: Option<u64>,
    /// Round trips by phase; a phase that is not here takes what the registry takes.
    pub latency: Vec<(PullPhase, Distribution)>,
    /// How much later than the first of them each blob begins that is fetched side by side with
    /// others; `None`: as the client's record says.
    pub stagger: Option<Distribution>,
    /// Pauses before the first request of each phase; a phase that is not here takes what the
    /// client's record says.
    pub think: Vec<(PullPhase, Distribution)>,
}

impl PullSection {
    /// Whether this service is asked for an image: the one that stands in for all registries, else the
    /// image's own.
    pub(crate) fn asks_for(&self, scenario: &Scenario, image: &str, service: &str) -> bool {
        if let Some(registry) = &self.registry {
            return registry.value == service;
        }
        let mut images = scenario.images.iter();
        let image = images.find(|known| known.name == image);
        image.is_some_and(|image| image.value.registry.value == service)
    }

    /// Whether this service is asked for any image of these pulls.
    pub(crate) fn asks(&self, scenario: &Scenario, service: &str) -> bool {
        let mut images = self.images.value.iter();
        images.any(|image| self.asks_for(scenario, image, service))
    }

    /// Whether a service takes whoever pulls or pushes for a stranger: it shows nothing, or the limits of
    /// the service's preset are those of who does not sign in, and it says of itself neither how it signs
    /// in nor as which user. A service without a preset asks only for what the scenario says.
    pub(crate) fn is_strangers(&self, identity: &Identity, preset: Option<&Preset>) -> bool {
        if self.credentials == Credentials::None {
            return true;
        }
        let Some(preset) = preset else { return false };
        match self.auth {
            Some(Auth::None) => true,
            Some(Auth::Token | Auth::Basic) => !preset.signs_in() && !identity.names_user(),
            None => !preset.signs_in(),
        }
    }

    /// The round trip that is stated for a phase.
    pub fn latency_of(&self, phase: PullPhase) -> Option<&Distribution> {
        of(&self.latency, phase)
    }

    /// The pause that is stated for a phase.
    pub fn think_of(&self, phase: PullPhase) -> Option<&Distribution> {
        of(&self.think, phase)
    }

    /// When the registry is asked, if whoever starts the pull would do as `usual` says.
    pub fn behaviour_or(&self, usual: PullBehaviour) -> PullBehaviour {
        let stated = self.behaviour.as_ref();
        stated.map_or(usual, |stated| stated.value)
    }

    /// A section that names nothing yet.
    pub(crate) fn blank() -> Self {
        PullSection {
            client: Placed {
                value: String::new(),
                place: None,
            },
            engine: None,
            helper: None,
            images: Placed {
                value: Vec::new(),
                place: None,
            },
            registry: None,
            mirror: None,
            auth: None,
            credentials: Credentials::Right,
            behaviour: None,
            cached: Cached::Nothing,
            bandwidth: None,
            latency: Vec::new(),
            stagger: None,
            think: Vec::new(),
        }
    }
}

fn of(stated: &[(PullPhase, Distribution)], phase: PullPhase) -> Option<&Distribution> {
    let found = stated.iter().find(|(known, _)| *known == phase)?;
    Some(&found.1)
}

/// What whoever pulls can show to a registry.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Credentials {
    /// What the images ask for.
    Right,
    /// Nothing: private images are denied.
    None,
}

/// When a registry is asked for an image.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum PullBehaviour {
    /// Each time.
    Always,
    /// Each time; where the registry does not answer, a local image will do.
    AlwaysOrLocal,
    /// Only where the host does not have the image.
    IfNotPresent,
    /// Only where the host's agent has never pulled it: an image that came with the machine does
    /// not count.
    Once,
    /// Never.
    Never,
}

/// What hosts hold at the start.
#[derive(Copy, Clone, Eq, PartialEq, Debug, PartialOrd)]
pub enum Cached {
    /// Nothing.
    Nothing,
    /// Manifests, left over from a pull that failed or an image that was removed.
    Manifests,
    /// The layers of base images.
    Base,
    /// All images.
    Everything,
}

/// A part of a pull.
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Debug)]
pub enum PullPhase {
    /// Asking whether there is a registry, and which credentials it wants.
    Ping,
    /// Asking for a bearer token.
    Token,
    /// Asking what a tag stands for, without its manifest.
    Resolve,
    /// Fetching the index of a multi-arch image.
    Index,
    /// Fetching the manifest.
    Manifest,
    /// Fetching the configuration blob.
    Config,
    /// Fetching a layer.
    Layer,
}

impl PullPhase {
    /// All of them, in the order of a pull.
    pub const ALL: [PullPhase; 7] = [
        PullPhase::Ping,
        PullPhase::Token,
        PullPhase::Resolve,
        PullPhase::Index,
        PullPhase::Manifest,
        PullPhase::Config,
        PullPhase::Layer,
    ];
}

/// What workloads say that pull or push images.
#[derive(Clone, PartialEq, Debug)]
pub struct Moving {
    /// What is moved, and how.
    pub section: PullSection,
    /// To whom the attempts belong.
    pub identity: Identity,
    /// Who operates the client.
    pub operated_by: Owner,
    /// The machines it happens on, which it shares with workloads that name the same; `None`: they
    /// are its own.
    pub machines: Option<Placed<String>>,
}

impl Moving {
    /// Of nothing yet.
    pub(crate) fn blank() -> Self {
        Moving {
            section: PullSection::blank(),
            identity: Identity::blank(),
            operated_by: Owner::You,
            machines: None,
        }
    }
}

/// Pulls for their own sake: CI machines, `docker compose pull`, a measurement.
#[derive(Clone, PartialEq, Debug)]
pub struct ImagePulls {
    /// When pulls begin.
    pub pulls: Arrivals,
    /// Hosts on which they happen in turn; `None`: each on one of its own.
    pub hosts: Option<u32>,
    /// Whether each logs in first.
    pub login: bool,
    /// How the call for a password is tried again; `None`: as the client's record says, if at all. Few
    /// workloads say it.
    pub login_retry: Option<Box<RetryChoice>>,
    /// What is pulled, and by whom.
    pub moving: Moving,
}

impl ImagePulls {
    /// Of nothing yet.
    pub(crate) fn blank() -> Self {
        ImagePulls {
            pulls: Arrivals::At(Vec::new()),
            hosts: None,
            login: false,
            login_retry: None,
            moving: Moving::blank(),
        }
    }
}

/// Builds that push images.
#[derive(Clone, PartialEq, Debug)]
pub struct ImagePushes {
    /// When pushes begin.
    pub pushes: Arrivals,
    /// Hosts on which they happen in turn; `None`: each on one of its own.
    pub hosts: Option<u32>,
    /// How the call is tried again with which each push signs in; `None`: builds are signed in.
    pub login: Option<RetryChoice>,
    /// Under how many tags each image is pushed, at least 1.
    pub tags: u32,
    /// What is pushed, and by whom. What its section calls cached is what the registry holds.
    pub moving: Moving,
    /// What starts a push that failed again, whatever it failed of.
    pub retry: RetryChoice,
}
