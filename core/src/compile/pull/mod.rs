//! Pulls: what a client sends for an image becomes steps. The only place that knows what a pull
//! sends.
//!
//! ```text
//! pull (in its parent's program)
//!   already there, by the rule of pulling:  done
//!   warm:  ping, token, HEAD ...                           as the client's record says
//!   cold:  [loop of whole pulls] { ping, token, HEAD, index, manifest }, config
//!          fork layers, join                               blobs side by side, slots, cancellation
//!            layer    not there yet?  slot { request loops { GET } }  there now
//! ```
//!
//! A push is the same from the other side ([`push`]):
//!
//! ```text
//! push   ping, token
//!        fork layers, join      slot { HEAD; the registry lacks it?  POST, PATCH, PUT }
//!        config alike (with some clients beside the layers), PUT manifest
//! ```
//!
//! A workload that pulls makes [`Pulls`], lays them out below the block that pulls
//! ([`Pulls::lay_out`]) and writes them into that block's program ([`Pulls::write`]).

mod agent;
mod behaviour;
mod blobs;
mod helper;
mod layout;
mod login;
#[cfg(test)]
mod login_tests;
#[cfg(test)]
mod mirror_tests;
mod mirrored;
#[cfg(test)]
mod password_tests;
mod passwords;
mod private;
#[cfg(test)]
mod private_tests;
mod program;
mod puller;
#[cfg(test)]
mod puller_tests;
mod push;
#[cfg(test)]
mod push_tests;
mod report;
mod request;
#[cfg(test)]
mod retry_tests;
#[cfg(test)]
mod tests;
mod transfer;
mod twin;

use super::World;
use super::images::ResolvedImage;
use super::keys::Hosts;
use super::nats::Nats;
use super::problem::Problems;
use super::service::Resolved;
use crate::catalog::Client;
use crate::catalog::client::{
    Action, Auth, Cache, Conditions, Engine, FallsThrough, OuterLoop, Pacing, Reference, SlotOwner,
    Step,
};
use crate::plan::PlanBuilder;
use crate::random::Distribution;
use crate::retry::RetryPolicy;
use crate::scenario::model::{Cached, Identity, Moving, Placed, PullSection};
pub(super) use behaviour::has_behaviour;
use behaviour::{Rule, asks_if_missing, rule};
use layout::Layout;
use puller::{Puller, keeps_layers, takes_mirror};
pub(super) use report::Report;
use std::borrow::Cow;
use twin::Twin;

/// Who pulls: what limiters know of a workload.
#[derive(Copy, Clone, Debug)]
pub(super) struct Who<'a> {
    pub workload: &'a str,
    pub identity: &'a Identity,
    /// The machines it shares with other workloads, if it does.
    pub machines: Option<&'a str>,
}

impl<'a> Who<'a> {
    /// What its hosts are called.
    fn hosts(&self) -> &'a str {
        self.machines.unwrap_or(self.workload)
    }
}

/// What the pull section of a workload means, ready to be laid out and written.
#[derive(Debug)]
pub(super) struct Pulls<'a> {
    who: Who<'a>,
    section: Cow<'a, PullSection>,
    client: &'static Client,
    engine: &'static Engine,
    /// What the engine's record is called.
    engine_name: &'static str,
    /// Blobs that it fetches at once, and whose limit that is; `None` for all at once.
    at_once: Option<(u32, SlotOwner)>,
    rule: Rule,
    /// The images, then those that are asked for elsewhere when a mirror has failed.
    targets: Vec<Target<'a>>,
    /// How many images there are.
    images: usize,
    /// Whether no host pulls an image twice, so that nothing need be remembered.
    once: bool,
    /// Whether each task has credentials of its own.
    role_of_task: bool,
    /// Whether who pulls signs in first.
    signs_in: bool,
    /// What makes the call for a password again, if that is not as a record says.
    login_retry: Option<&'a RetryPolicy>,
    /// What brings the passwords of registries, if the client does not come by them itself.
    helper: Option<&'static Client>,
    /// If it is one of several ways in which the workload pulls: which.
    twin: Option<Twin>,
    /// Whom the agent tells the digests that it finds.
    report: Option<Report>,
    world: Sizes,
    /// How the agent paces its pulls, if the scenario says so.
    pacing: Option<Pacing>,
    layout: Option<Layout>,
    /// What hosts are behind.
    nats: &'a Nats,
}

/// How much a scenario has of what hosts can hold.
#[derive(Copy, Clone, Debug)]
struct Sizes {
    services: u32,
    images: u32,
    layers: u32,
}

/// An image to pull, and from where.
#[derive(Clone, Debug)]
struct Target<'a> {
    image: ResolvedImage<'a>,
    service: &'a Resolved,
    /// The place of that service in the scenario.
    registry: u32,
    /// How it is named.
    reference: Reference,
    auth: Auth,
    /// How many of its layers, the first ones, every host holds from the start.
    held: u32,
    /// Which of the images of the section it is.
    place: usize,
    /// Which of the images of the scenario it is.
    number: u32,
    /// Where the service fetches it, if that is a mirror.
    upstream: Option<&'a Resolved>,
    /// The target that is the same image at its own registry, if the service is asked before that.
    own: Option<usize>,
}

impl<'a> Pulls<'a> {
    /// Looks up the client, the images and their registries for the workload that has this path and
    /// name. On a push, what is cached is what the registry holds.
    pub fn resolve(
        action: Action,
        (path, name): (&str, &'a str),
        moving: &'a Moving,
        world: World<'a>,
        problems: &mut Problems,
    ) -> Option<Self> {
        let World {
            services, images, ..
        } = world;
        let section = &moving.section;
        let path = &format!("{path}.{}", action.name());
        let who = Who {
            workload: name,
            identity: &moving.identity,
            machines: moving.machines.as_ref().map(|it| it.value.as_str()),
        };
        let puller = Puller::resolve(path, section, action, problems);
        let instead = section
            .registry
            .as_ref()
            .map(|registry| services.find_at(registry, &format!("{path}.registry"), problems));
        let before = section
            .mirror
            .as_ref()
            .map(|mirror| services.find_at(mirror, &format!("{path}.mirror"), problems));
        let mut targets: Vec<Target<'_>> = Vec::new();
        let mut own_targets = Vec::new();
        for name in &section.images.value {
            let placed = Placed {
                value: name.clone(),
                place: section.images.place,
            };
            let image = images.find(&placed, &format!("{path}.images"), problems);
            let Some(image) = image else { continue };
            let own = &image.image.registry;
            if let Some(mirror) = section.mirror.as_ref().filter(|it| it.value == own.value) {
                let message = format!(
                    "`{}` is the registry of `{}` itself",
                    mirror.value, image.name
                );
                let hint = "name a service with `caches:`, or leave `mirror` out".to_owned();
                problems.push(mirror.place, &format!("{path}.mirror"), message, Some(hint));
                continue;
            }
            // A registry that is not there has been reported where the image is.
            let registry = services.get(&own.value);
            let asked = before.or(instead).unwrap_or(registry);
            let Some(service) = asked else { continue };
            if action == Action::Push && service.mirror.is_some() {
                let place = section.registry.as_ref().map_or(own.place, |it| it.place);
                let message = format!("{} is a mirror, to which nothing is pushed", service.name);
                let hint = "name the registry that it fetches from".to_owned();
                problems.push(place, path, message, Some(hint));
                continue;
            }
            let signed = |service: &Resolved, problems: &mut Problems| {
                let auth = section.auth.or_else(|| service.auth());
                if auth.is_none() {
                    let named = section.registry.as_ref().or(section.mirror.as_ref());
                    let place = named.map_or(own.place, |it| it.place);
                    let message = format!("{} is not known to be a registry", service.name);
                    let hint = "name the service that has the image, or say how it wants requests \
                                signed with auth: none, token or basic";
                    problems.push(place, path, message, Some(hint.to_owned()));
                }
                auth
            };
            let auth = match before {
                Some(_) => Some(service.auth().unwrap_or(Auth::None)),
                None => signed(service, problems),
            };
            let Some(auth) = auth else { continue };
            let upstream = upstream(path, section, (service, registry), world, problems);
            takes_mirror(path, section, puller, registry, problems);
            let own_layers = image.image.layers.len();
            let held = match section.cached {
                _ if action == Action::Pull
                    && !puller.is_some_and(|it| keeps_layers(it.engine)) =>
                {
                    0
                }
                Cached::Nothing | Cached::Manifests => 0,
                Cached::Base if images.is_base(image.name) => image.layers.len(),
                Cached::Base => image.layers.len() - own_layers,
                Cached::Everything => image.layers.len(),
            };
            let place = targets.len();
            let target = Target {
                reference: image.image.reference,
                image: image.clone(),
                service,
                registry: services.place(service).unwrap_or(0),
                auth,
                held: held as u32,
                place,
                number: images.place(image.name),
                upstream,
                own: None,
            };
            let behind = registry.filter(|it| before.is_some() && it.name != service.name);
            if let Some(registry) = behind {
                let Some(auth) = signed(registry, problems) else {
                    continue;
                };
                own_targets.push(Target {
                    service: registry,
                    registry: services.place(registry).unwrap_or(0),
                    auth,
                    upstream: None,
                    ..target.clone()
                });
            }
            targets.push(target);
        }
        let Puller {
            client,
            engine,
            name: engine_name,
            at_once,
        } = puller?;
        let images = section.images.value.len();
        if targets.len() != images {
            return None;
        }
        for own in own_targets {
            let next = targets.len();
            targets[own.place].own = Some(next);
            targets.push(own);
        }
        let helper = helper::resolve(path, section, (client, engine), problems);
        helper::refuse_without_passwords(path, section, (who, &targets), problems);
        Some(Pulls {
            who,
            images,
            section: Cow::Borrowed(section),
            client,
            engine,
            engine_name,
            at_once,
            rule: rule(section, client),
            targets,
            once: false,
            role_of_task: false,
            signs_in: false,
            login_retry: None,
            helper,
            twin: None,
            report: None,
            world: Sizes {
                services: services.count(),
                images: world.images.count(),
                layers: world.images.layers(),
            },
            pacing: None,
            layout: None,
            nats: &services.nats,
        })
    }

    /// Says that no host pulls an image twice: nothing is remembered then, which is faster.
    pub fn once(self, once: bool) -> Self {
        let once = once && self.who.machines.is_none();
        Pulls { once, ..self }
    }

    /// Says whether each task pulls as a role of its own: where the agent keeps tokens by the
    /// credentials of a task, none serves two tasks then.
    pub fn with_role_of_task(self, role_of_task: bool) -> Self {
        Pulls {
            role_of_task,
            ..self
        }
    }

    /// The hosts that so many activities are spread over, in turn: no more than there are
    /// activities, unless others are on them too.
    pub fn hosts_of(&self, hosts: u32, activities: u32) -> Hosts {
        let shared = self.who.machines.is_some();
        Hosts {
            neighbours: 1,
            count: if shared { hosts } else { hosts.min(activities) }.max(1),
        }
    }

    /// The index of something that hosts have: laid out for this workload alone, or once for all
    /// that share its machines. `of` is what it belongs to there, an engine or an agent.
    fn of_hosts(
        &self,
        builder: &mut PlanBuilder,
        (of, what): (&str, &str),
        lay_out: impl FnOnce(&mut PlanBuilder) -> u32,
    ) -> u32 {
        match (self.who.machines, self.twin) {
            (None, None) => lay_out(builder),
            (None, Some(_)) => {
                let workload = self.who.workload;
                builder.shared(format!("of {workload}/{of}/{what}"), lay_out)
            }
            (Some(machines), _) => builder.shared(format!("{machines}/{of}/{what}"), lay_out),
        }
    }

    /// How many activities one pull adds below its own.
    pub fn children(&self) -> u64 {
        let blobs = |target: &Target<'_>| {
            if !self.has_blobs(target) {
                return 0;
            }
            let steps = self.steps(target, Cache::Cold);
            u64::from(self.requests(target, layout::side_by_side(&steps)))
        };
        self.targets.iter().map(blobs).sum()
    }

    /// Whether the blobs of a target have activities of their own: those of an image's own registry
    /// behind a mirror only where the client begins the whole pull again there.
    fn has_blobs(&self, target: &Target<'_>) -> bool {
        let mirrors = self.engine.mirrors.as_ref();
        let whole = mirrors.is_some_and(|it| it.falls_through == FallsThrough::WholePull);
        let behind = self.targets[target.place].service.name != target.service.name;
        !behind || whole
    }

    /// Under which conditions an image is pulled.
    fn conditions(&self, target: &Target<'_>, cache: Cache) -> Conditions {
        Conditions {
            reference: target.reference,
            cache,
            auth: target.auth,
            layers: target.image.layers.len() as u32,
            layers_held: target.held,
            platforms: target.image.image.platforms,
            manifest_known: (self.once || self.who.machines.is_some())
                && self.section.cached == Cached::Manifests,
        }
    }

    /// The steps of a pull, in order.
    fn steps(&self, target: &Target<'_>, cache: Cache) -> Vec<&'static Step> {
        let conditions = self.conditions(target, cache);
        self.engine.steps(Action::Pull, &conditions).collect()
    }

    /// Whether it makes a difference to this client that a host has the image.
    fn warm_differs(&self, target: &Target<'_>) -> bool {
        self.steps(target, Cache::Cold) != self.steps(target, Cache::Warm)
    }

    /// Loops that this client puts around an action and that begin anew with each call.
    fn loops(&self) -> impl Iterator<Item = &'static OuterLoop> {
        let wrapper = self.client.wrapper();
        wrapper.into_iter().flat_map(|wrapper| &wrapper.loops)
    }
}

/// Where the service that a section asks fetches an image from; `None` if it has it.
fn upstream<'a>(
    path: &str,
    section: &PullSection,
    (service, registry): (&Resolved, Option<&Resolved>),
    world: World<'a>,
    problems: &mut Problems,
) -> Option<&'a Resolved> {
    let upstream = world.services.get(&service.mirror.as_ref()?.upstream)?;
    let registry = registry.filter(|it| it.name != service.name)?;
    if upstream.has_images_of(registry) {
        return Some(upstream);
    }
    let named = section.mirror.as_ref().or(section.registry.as_ref());
    let message = format!(
        "{} fetches from {}, and the image is in {}",
        service.name, upstream.name, registry.name
    );
    let hint = "a mirror has the images of its upstream: pull this one without it";
    let place = named.and_then(|it| it.place);
    problems.push(place, path, message, Some(hint.to_owned()));
    None
}

/// The stated distribution of a phase, or a constant.
fn stated_or(
    stated: Option<&Distribution>,
    otherwise: Option<crate::units::Span>,
) -> Option<Distribution> {
    stated
        .cloned()
        .or(otherwise.map(Distribution::Constant))
        .filter(|it| *it != Distribution::Constant(crate::units::Span::ZERO))
}
